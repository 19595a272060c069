/// How a scripted provider treats one refund.
public enum RefundScript: Hashable, Sendable {
  /// Gives the money back at once.
  case approve
  case decline
  /// Is at it for so many questions; then the money goes back.
  case processing(Int)
  /// Is at it; at the first question the money could not be given to the customer.
  case abnormal
  /// Gives the money back; the answer is lost.
  case lost
  /// The refund never arrives; the connection breaks.
  case swallowed
  /// Says that it does not know, and has done nothing; the same number again gives the money back.
  case unknown
  /// Gives the money back after so many milliseconds, then answers.
  case slow(Int)
  /// Gives one minor unit less back.
  case mismatch
  /// What happens at each call: `plan;refund=STEPS;query=STEPS`.
  case plan(refund: ProviderPlan.Steps, query: ProviderPlan.Steps)

  public static let words =
    "approve, decline, processing=QUESTIONS, abnormal, lost, swallowed, unknown, slow=MILLISECONDS, mismatch, "
    + "plan;refund=STEPS;query=STEPS"

  /// `approve`, `processing=3`; nil: none.
  public init?(_ text: String) {
    if text.hasPrefix("plan;") {
      var (refund, query) = (ProviderPlan.Steps(), ProviderPlan.Steps())
      for part in text.split(separator: ";", omittingEmptySubsequences: false).dropFirst() {
        let words = part.split(separator: "=", maxSplits: 1)
        guard words.count == 2, let steps = ProviderPlan.Steps(words[1]) else { return nil }
        switch words[0] {
        case "refund" where refund.steps.isEmpty: refund = steps
        case "query" where query.steps.isEmpty: query = steps
        default: return nil
        }
      }
      self = .plan(refund: refund, query: query)
      return
    }
    guard let step = ScriptWord(text) else { return nil }
    switch (step.word, step.number) {
    case ("approve", nil): self = .approve
    case ("decline", nil): self = .decline
    case ("processing", let number?): self = .processing(number)
    case ("abnormal", nil): self = .abnormal
    case ("lost", nil): self = .lost
    case ("swallowed", nil): self = .swallowed
    case ("unknown", nil): self = .unknown
    case ("slow", let number?): self = .slow(number)
    case ("mismatch", nil): self = .mismatch
    default: return nil
    }
  }

  /// The text form.
  public var text: String {
    switch self {
    case .approve: "approve"
    case .decline: "decline"
    case .processing(let number): "processing=\(number)"
    case .abnormal: "abnormal"
    case .lost: "lost"
    case .swallowed: "swallowed"
    case .unknown: "unknown"
    case .slow(let number): "slow=\(number)"
    case .mismatch: "mismatch"
    case .plan(let refund, let query):
      (["plan"] + [("refund", refund), ("query", query)].filter { !$0.1.steps.isEmpty }.map { "\($0.0)=\($0.1.text)" })
        .joined(separator: ";")
    }
  }
}
