import Money

/// Lines about to join or change an open sale, and what the sale then costs.
struct Basket {
  var lines: [Line]
  var adjustments: [Adjustment]
  var totals: Totals
  /// The new lines with their results.
  var added: [Line] = []
  /// The approval that the new lines use.
  var approval: String?

  /// Who asks for what, for approvals.
  struct Asking {
    let draft: Draft
    let approval: String?
    let subject: String
    let revision: Int64
  }

  init(_ sale: Sale) {
    (lines, adjustments, totals) = (sale.lines, sale.adjustments, sale.totals)
  }

  /// Checks inputs and gives them their first results; returns take from what is left after `open` sales.
  mutating func prepare(
    _ inputs: [LineInput], from first: Int32, kind: SaleKind, mode: SaleMode, replacing: LineID? = nil,
    in sale: String?, _ asking: Asking, facts: [ClosedStubFacts]
  ) throws(Refusal) {
    var ledger = ReturnLedger(facts: facts)
    if inputs.contains(where: \.isProvenReturn) {
      for other in asking.draft.till.sales.values where other.kind != .sale {
        for line in other.lines where line.isProvenReturn && !(other.id == sale && line.id == replacing) {
          ledger.reserve(line)
        }
      }
    }
    added.reserveCapacity(inputs.count)
    for (index, input) in inputs.enumerated() {
      let id = LineID(first &+ Int32(truncatingIfNeeded: index))
      let need = try LineRules.check(input, id: id, kind: kind, till: asking.draft.till)
      var used: String?
      if let need {
        used = try asking.draft.approval(
          asking.approval, need.action, subject: asking.subject, revision: asking.revision, limit: need.limit,
          asked: need.asked)
        approval = used
      }
      if let fact = input.original.flatMap({ ledger.facts($0.reference) }) {
        try Basket.checkOriginal(fact, mode: mode, asking.draft.till, id: id)
      }
      let result = try Pricing.firstResult(input, id: id, ledger: &ledger)
      guard result.amount.magnitude <= Limits.largest else { throw .limitExceeded(.amount, maximum: Limits.amount) }
      added.append(Line(id: id, input: ledger.frozen(input), result: result, approval: used))
    }
    try checkReturns(replacing: replacing, asking)
  }

  /// Asks for an approval when the prepared lines bring what is returned beyond the cashier's limit.
  private mutating func checkReturns(replacing: LineID?, _ asking: Asking) throws(Refusal) {
    guard added.contains(where: \.isProvenReturn) else { return }
    let limit = asking.draft.till.configuration.limits.returnTotal
    guard let need = try LineRules.returnNeed(lines.filter { $0.id != replacing } + added, limit: limit) else { return }
    approval = try asking.draft.approval(
      asking.approval, need.action, subject: asking.subject, revision: asking.revision, limit: need.limit,
      asked: need.asked)
  }

  /// What was never paid for is not paid back, and training takes nothing off real stubs.
  private static func checkOriginal(
    _ fact: ClosedStubFacts, mode: SaleMode, _ till: Till, id: LineID
  ) throws(Refusal) {
    guard fact.mode == mode else {
      throw .refused(.training, text: "line \(id): the stub and the sale differ in training")
    }
    guard fact.form == .sale || fact.form == .training || fact.form == .refund else {
      throw .refused(.original, text: "line \(id): the stub is void")
    }
    guard fact.currency == till.identity?.currency else {
      throw .refused(.currency, text: "line \(id): the stub is in \(fact.currency)")
    }
  }

  /// Appends the prepared lines. Without adjustments and with tax per line only the new lines are computed.
  mutating func append(rules: PricingRules) throws(Refusal) {
    if rules.taxRounding == .perLine, adjustments.isEmpty {
      _ = try Pricing.settle(&added, adjustments: [], rules: rules)
      let (before, new) = (totals, added)
      totals = try money { () throws(MoneyError) in
        var totals = before
        for line in new { try totals.add(line.result, kind: line.kind) }
        totals.due = totals.total
        return totals
      }
      lines += added
    } else {
      let count = lines.count
      lines += added
      try reprice(rules: rules)
      added = Array(lines[count...])
    }
  }

  /// Computes everything anew.
  mutating func reprice(rules: PricingRules) throws(Refusal) {
    adjustments = try Pricing.settle(&lines, adjustments: adjustments, rules: rules)
    totals = try Pricing.sum(lines, adjustments: adjustments)
  }

  /// Refuses what is too large: line count, amounts, encoded size.
  func check(_ till: Till, before: Sale?, draft: Draft) throws(Refusal) {
    guard lines.count <= Limits.lines else { throw .limitExceeded(.lines, maximum: Int64(Limits.lines)) }
    var volume = before?.linesVolume ?? .zero
    var growth = before == nil ? Sizes.saleBase : -(before?.adjustmentsSize ?? 0)
    let new = added
    volume = try money { () throws(MoneyError) in
      var sum = volume
      for line in new { try sum += line.result.amount.magnitude }
      return sum
    }
    for line in added { growth += line.estimatedSize }
    try till.checkLargest([volume, totals.total])
    try till.checkOpenState(growth: growth + adjustments.reduce(0) { $0 + $1.estimatedSize(lines: lines.count) })
  }

  /// The adjustments as an open sale keeps them: allocations move with every edit, so they are recorded with the total.
  var openAdjustments: [Adjustment] {
    adjustments.map { adjustment in
      var open = adjustment
      open.allocations = []
      return open
    }
  }

  /// The same, when they are not what `sale` has; nil otherwise.
  func changedAdjustments(of sale: Sale) -> [Adjustment]? {
    let open = openAdjustments
    return open == sale.adjustments ? nil : open
  }

  /// The lines whose result differs from what `sale` stores.
  func changes(from sale: Sale) -> [LineOutcome] {
    var changes: [LineOutcome] = []
    for (old, new) in zip(sale.lines, lines) where old.result != new.result {
      changes.append(LineOutcome(line: new.id, result: new.result))
    }
    return changes
  }
}
