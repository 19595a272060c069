/// What a provider does and says at each call about one order, call by call. Where the plan ends, the books speak.
///
///     plan;pay=pending:held;query=pending+approved;reverse=unknown:lost+reversed;after=reversed*
///     plan;create=pending;query=pending*;close=approved
///
/// `create` is the making of a code that a till shows, `close` what closes its order; `reversed` there closes what is open.
/// `after` holds for questions behind the first call to reverse or close that was not refused as `pending`. A last step with `*` stays for all that follows.
public struct ProviderPlan: Hashable, Sendable {
  /// One call: what happens in the books, and what is said about it.
  public struct Step: Hashable, Sendable {
    public enum Deed: String, Sendable {
      /// The money is taken, unless it was.
      case approved
      case declined
      /// The order is closed, or its money goes back.
      case reversed
      /// Nothing happens, and this is said.
      case pending, unknown, notFound
    }

    public enum Saying: String, Sendable {
      case approved, declined, pending, unknown, notFound, closed, reversed
      /// The connection breaks.
      case lost
      /// The answer waits for the word `release`.
      case held
    }

    public var deed: Deed
    /// Another amount than that of the order.
    public var amount: Int64?
    /// Nil: what the deed is.
    public var saying: Saying?

    init?(_ text: Substring) {
      let parts = text.split(separator: ":", omittingEmptySubsequences: false)
      let words = parts.first?.split(separator: "=", omittingEmptySubsequences: false) ?? []
      guard (1...2).contains(parts.count), (1...2).contains(words.count), let deed = Deed(rawValue: String(words[0]))
      else { return nil }
      self.deed = deed
      if words.count == 2 {
        guard let amount = Int64(words[1]), amount >= 0, deed == .approved else { return nil }
        self.amount = amount
      }
      if parts.count == 2 {
        guard let saying = Saying(rawValue: String(parts[1])) else { return nil }
        self.saying = saying
      }
    }

    var text: String {
      deed.rawValue + (amount.map { "=\($0)" } ?? "") + (saying.map { ":\($0.rawValue)" } ?? "")
    }
  }

  /// The steps of one kind of call.
  public struct Steps: Hashable, Sendable {
    var steps: [Step] = []
    var repeats = false

    /// The step of a call, counted from 0; nil: the plan ends before.
    func at(_ call: Int) -> Step? {
      if call < steps.count { return steps[call] }
      return repeats ? steps.last : nil
    }

    init() {}

    init?(_ text: Substring) {
      repeats = text.hasSuffix("*")
      for one in (repeats ? text.dropLast() : text).split(separator: "+", omittingEmptySubsequences: false) {
        guard let step = Step(one) else { return nil }
        steps.append(step)
      }
    }

    var text: String { steps.map(\.text).joined(separator: "+") + (repeats ? "*" : "") }
  }

  public var pay = Steps()
  public var query = Steps()
  public var reverse = Steps()
  public var create = Steps()
  public var close = Steps()
  /// Questions behind the first call to reverse or close that was not refused as `pending`.
  public var after = Steps()

  private static let names: [(String, WritableKeyPath<ProviderPlan, Steps> & Sendable)] = [
    ("pay", \.pay), ("query", \.query), ("reverse", \.reverse), ("create", \.create), ("close", \.close),
    ("after", \.after),
  ]

  /// Whether questions are answered by `after`, behind so many calls to reverse and to close.
  func isAfter(reversals: Int, closings: Int) -> Bool {
    (0..<reversals).contains { reverse.at($0)?.deed != .pending }
      || (0..<closings).contains { close.at($0)?.deed != .pending }
  }

  /// Nil: no plan.
  public init?(_ text: String) {
    let parts = text.split(separator: ";", omittingEmptySubsequences: false)
    guard parts.first == "plan" else { return nil }
    for part in parts.dropFirst() {
      let words = part.split(separator: "=", maxSplits: 1)
      guard words.count == 2, let name = Self.names.first(where: { $0.0 == words[0] }), let steps = Steps(words[1]),
        self[keyPath: name.1].steps.isEmpty
      else { return nil }
      self[keyPath: name.1] = steps
    }
  }

  /// The text form.
  public var text: String {
    let parts = Self.names.filter { !self[keyPath: $0.1].steps.isEmpty }
    return (["plan"] + parts.map { "\($0.0)=\(self[keyPath: $0.1].text)" }).joined(separator: ";")
  }
}
