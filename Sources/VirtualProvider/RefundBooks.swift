import Interfaces

extension ProviderBooks {
  /// One refund of an order, as the books have it.
  struct Refund {
    var amount: Int64
    var script: RefundScript
    /// What went back; nil: nothing.
    var given: Int64?
    var isDeclined = false
    var isAbnormal = false
    /// Times that its number was ordered, and asked about.
    var orders = 1
    var questions = 0

    var isOpen: Bool { given == nil && !isDeclined && !isAbnormal }
    /// What of the order it takes, or may still.
    var held: Int64 { given ?? (isOpen ? amount : 0) }
  }

  /// The next refunds are treated so, one after the other; the last one stays.
  mutating func followRefunds(_ scripts: [RefundScript]) { refundScripts = scripts }

  /// A line of the ledger about a refund; others are passed over.
  mutating func takeRefund(_ entry: ProviderLedger.Entry) {
    guard let refund = entry.refund else { return }
    func change(_ body: (inout Refund) -> Void) {
      guard var known = orders[entry.number]?.refunds[refund] else { return }
      body(&known)
      orders[entry.number]?.refunds[refund] = known
    }
    switch entry.what {
    case "refundOrdered":
      orders[entry.number]?.refunds[refund] = Refund(
        amount: entry.amount ?? 0, script: entry.script.flatMap { RefundScript($0) } ?? .approve)
    case "refundRepeated": change { $0.orders += 1 }
    case "refundQueried": change { $0.questions += 1 }
    case "refunded": change { $0.given = entry.amount ?? 0 }
    case "refundDeclined": change { $0.isDeclined = true }
    case "refundAbnormal": change { $0.isAbnormal = true }
    default: break
    }
  }

  mutating func refund(_ input: PaymentProviderInterface.Refund.Input) throws(ProviderFileError) -> Reply {
    let (number, refund) = (input.number, input.refund)
    guard let order = orders[number], order.hasPaid, !order.isReversed else {
      return .now(Wire.ProviderResult(outcome: .declined, why: "notPaid"))
    }
    if let known = order.refunds[refund] {
      // The same number moves nothing a second time; other words under it are a fault of the caller.
      guard known.amount == input.amount else {
        return .now(Wire.ProviderResult(outcome: .declined, why: "otherAmount"))
      }
      try keep("refundRepeated", number, refund: refund)
      if faults.contains(.refundsTwice) {
        try keep("refunded", number, amount: input.amount, currency: order.currency, refund: refund)
      }
      switch known.script {
      case .unknown where known.isOpen: try give(number, refund)
      case .plan(let steps, _): return try follow(steps.at(known.orders), number, refund)
      default: try carryOn(number, refund)
      }
      return .now(refundResult(number, refund))
    }
    let script = refundScripts.first ?? .approve
    if refundScripts.count > 1 { refundScripts.removeFirst() }
    if case .swallowed = script { return .never }
    let held = order.refunds.values.reduce(Int64(0)) { $0 + $1.held }
    guard input.amount > 0, held + input.amount <= order.amount || faults.contains(.refundsMore) else {
      return .now(Wire.ProviderResult(outcome: .declined, why: "tooMuch"))
    }
    try keep(
      "refundOrdered", number, amount: input.amount, currency: order.currency, script: script.text, refund: refund)
    switch script {
    case .approve: try give(number, refund)
    case .mismatch: try give(number, refund, amount: input.amount - 1)
    case .decline: try keep("refundDeclined", number, refund: refund)
    case .processing, .abnormal: break
    case .lost:
      try give(number, refund)
      return .never
    case .swallowed: return .never
    case .unknown: return .now(Wire.ProviderResult(outcome: .unknown, why: "systemError"))
    case .slow(let milliseconds):
      try give(number, refund)
      return .later(refundResult(number, refund), milliseconds: milliseconds)
    case .plan(let steps, _): return try follow(steps.at(0), number, refund)
    }
    return .now(refundResult(number, refund))
  }

  mutating func queryRefund(_ number: String, _ refund: String) throws(ProviderFileError) -> Reply {
    guard let known = orders[number]?.refunds[refund] else { return .now(Wire.ProviderResult(outcome: .notFound)) }
    try keep("refundQueried", number, refund: refund)
    switch known.script {
    case .processing(let least) where known.isOpen && known.questions >= least: try give(number, refund)
    case .abnormal where known.isOpen: try keep("refundAbnormal", number, refund: refund)
    case .plan(_, let steps): return try follow(steps.at(known.questions), number, refund)
    default: try carryOn(number, refund)
    }
    return .now(refundResult(number, refund))
  }

  /// Does what it was in the middle of when it died: between the line that takes a refund and the line that ends it.
  private mutating func carryOn(_ number: String, _ refund: String) throws(ProviderFileError) {
    guard let known = orders[number]?.refunds[refund], known.isOpen else { return }
    switch known.script {
    case .approve, .lost, .slow: try give(number, refund)
    case .mismatch: try give(number, refund, amount: known.amount - 1)
    case .decline: try keep("refundDeclined", number, refund: refund)
    case .processing, .abnormal, .swallowed, .unknown, .plan: break
    }
  }

  private mutating func give(_ number: String, _ refund: String, amount: Int64? = nil) throws(ProviderFileError) {
    guard let order = orders[number], let known = order.refunds[refund], known.isOpen else { return }
    try keep("refunded", number, amount: amount ?? known.amount, currency: order.currency, refund: refund)
  }

  private func refundResult(_ number: String, _ refund: String) -> Wire.ProviderResult {
    guard let order = orders[number], let known = order.refunds[refund] else {
      return Wire.ProviderResult(outcome: .notFound)
    }
    if let given = known.given {
      return Wire.ProviderResult(
        outcome: .approved, amount: given, currency: order.currency, reference: "R-\(refund.suffix(6))")
    }
    if known.isDeclined { return Wire.ProviderResult(outcome: .declined, why: "refundClosed") }
    if known.isAbnormal { return Wire.ProviderResult(outcome: .reversed, why: "abnormal") }
    return Wire.ProviderResult(outcome: .pending)
  }

  /// Does and says what the plan wants; without a step, what the books say.
  private mutating func follow(
    _ step: ProviderPlan.Step?, _ number: String, _ refund: String
  ) throws(ProviderFileError) -> Reply {
    guard let step, let known = orders[number]?.refunds[refund] else { return .now(refundResult(number, refund)) }
    switch step.deed {
    case .approved where known.isOpen: try give(number, refund, amount: step.amount)
    case .declined where known.isOpen: try keep("refundDeclined", number, refund: refund)
    case .reversed where known.isOpen: try keep("refundAbnormal", number, refund: refund)
    case .approved, .declined, .reversed, .pending, .unknown, .notFound: break
    }
    let books = refundResult(number, refund)
    switch step.saying {
    case .lost: return .never
    case .held: return .held(books)
    case let saying:
      guard let outcome = Wire.ProviderOutcome(rawValue: saying?.rawValue ?? step.deed.rawValue) else {
        return .now(books)
      }
      return .now(outcome == books.outcome ? books : Wire.ProviderResult(outcome: outcome))
    }
  }
}
