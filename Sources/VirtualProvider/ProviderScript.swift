/// How a scripted provider treats one order.
public enum ProviderScript: Hashable, Sendable {
  /// Takes the money at once.
  case approve
  case decline
  /// The customer is at it for so many questions; then the money is taken.
  case pending(Int)
  /// The customer is at it for ever.
  case waits
  /// Takes the money; the answer is lost.
  case lost
  /// The order never arrives; the connection breaks.
  case swallowed
  /// Takes the money and says that it does not know.
  case unknown
  /// Takes the money after so many milliseconds, then answers.
  case slow(Int)
  /// The answer is lost, and the money moves after so many questions.
  case late(Int)
  /// As `lost`; so many questions are answered with `unknown`.
  case dark(Int)
  /// The customer is at it; so many reversals are refused.
  case stubborn(Int)
  /// Takes another amount.
  case mismatch
  /// What happens at each call.
  case plan(ProviderPlan)

  /// `approve`, `pending=3`; nil: none.
  public init?(_ text: String) {
    if let plan = ProviderPlan(text) {
      self = .plan(plan)
      return
    }
    guard let step = ScriptWord(text) else { return nil }
    switch (step.word, step.number) {
    case ("approve", nil): self = .approve
    case ("decline", nil): self = .decline
    case ("pending", let number?): self = .pending(number)
    case ("waits", nil): self = .waits
    case ("lost", nil): self = .lost
    case ("swallowed", nil): self = .swallowed
    case ("unknown", nil): self = .unknown
    case ("slow", let number?): self = .slow(number)
    case ("late", let number?): self = .late(number)
    case ("dark", let number?): self = .dark(number)
    case ("stubborn", let number?): self = .stubborn(number)
    case ("mismatch", nil): self = .mismatch
    default: return nil
    }
  }

  public static let words =
    "approve, decline, pending=QUESTIONS, waits, lost, swallowed, unknown, slow=MILLISECONDS, late=QUESTIONS, "
    + "dark=QUESTIONS, stubborn=REVERSALS, mismatch, plan;pay=STEPS;query=STEPS;reverse=STEPS;create=STEPS;close=STEPS;"
    + "after=STEPS"

  /// The text form.
  public var text: String {
    switch self {
    case .approve: "approve"
    case .decline: "decline"
    case .pending(let number): "pending=\(number)"
    case .waits: "waits"
    case .lost: "lost"
    case .swallowed: "swallowed"
    case .unknown: "unknown"
    case .slow(let number): "slow=\(number)"
    case .late(let number): "late=\(number)"
    case .dark(let number): "dark=\(number)"
    case .stubborn(let number): "stubborn=\(number)"
    case .mismatch: "mismatch"
    case .plan(let plan): plan.text
    }
  }
}

/// `WORD` or `WORD=NUMBER` of a script.
struct ScriptWord {
  let word: String
  let number: Int?

  /// Nil: what stands behind the sign is no number, or one below zero.
  init?(_ text: String) {
    let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
    number = parts.count == 2 ? Int(parts[1]) : nil
    guard parts.count == 1 || (number ?? -1) >= 0 else { return nil }
    word = parts.first ?? ""
  }
}
