import Money

/// Lines about to join or change an open sale, and what the sale then costs.
struct Basket {
  var lines: [Line]
  var adjustments: [Adjustment]
  var totals: Totals
  /// The new lines with their results.
  var added: [Line] = []
  /// What the new lines and adjustments need a second person for.
  private var need: ApprovalNeed?
  /// Indices in `added` of the lines that need it.
  private var needing: [Int] = []
  /// The bill that the sale corrects.
  private let corrects: StubReference?
  /// The approval that they use.
  private(set) var approval: String?

  /// Who asks for what, for approvals.
  struct Asking {
    let draft: Draft
    let approval: String?
    let subject: String
    let revision: Int64
  }

  init(_ sale: Sale) {
    (lines, adjustments, totals, corrects) = (sale.lines, sale.adjustments, sale.totals, sale.offset?.reference)
  }

  /// Checks inputs and gives them their first results; returns take from what is left after `open` sales.
  mutating func prepare(
    _ inputs: [LineInput], from first: Int32, kind: SaleKind, mode: SaleMode, replacing: LineID? = nil,
    in sale: String?, till: Till, facts: [ClosedStubFacts]
  ) throws(Refusal) {
    var ledger = ReturnLedger(facts: facts)
    if inputs.contains(where: \.isProvenReturn) {
      for other in till.sales.values where other.kind != .sale {
        for line in other.lines where line.isProvenReturn && !(other.id == sale && line.id == replacing) {
          ledger.reserve(line)
        }
      }
    }
    var takenOver = try TakenOver(lines, replacing: replacing)
    added.reserveCapacity(inputs.count)
    for (index, given) in inputs.enumerated() {
      let id = LineID(first &+ Int32(truncatingIfNeeded: index))
      let input = try asSold(given, id, kind: kind, ledger)
      var need = try LineRules.check(input, id: id, kind: kind, till: till)
      if let fact = input.original.flatMap({ ledger.facts($0.reference) }) {
        try Basket.checkOriginal(fact, mode: mode, till, id: id)
        if input.isProvenReturn { try till.checkNotCorrected(fact) }
        if input.isTakenOver, try takenOver.goesBeyond(input, of: fact) {
          need = try LineRules.overrideNeed(input, limit: till.configuration.limits.priceOverrideMillionths)
        }
      }
      let result = try Pricing.firstResult(input, id: id, ledger: &ledger)
      guard result.amount.magnitude <= Limits.largest else { throw .limitExceeded(.amount, maximum: Limits.amount) }
      if let action = need?.action {
        need?.amount = try LineRules.amount(action, input, result)
        needing.append(index)
        try require(need)
      }
      added.append(Line(id: id, input: try ledger.frozen(input, line: id), result: result))
    }
    // What the new lines bring all that is returned to.
    if added.contains(where: \.isProvenReturn) {
      let returned = lines.filter { $0.id != replacing } + added
      try require(LineRules.returnNeed(returned, till.configuration.limits))
    }
  }

  /// A line that a correction takes over, with what it was sold as; any other as it is.
  private func asSold(
    _ input: LineInput, _ id: LineID, kind: SaleKind, _ ledger: ReturnLedger
  ) throws(Refusal) -> LineInput {
    guard kind == .correction, let original = input.original, input.isTakenOver else { return input }
    guard let corrects, corrects.isMeant(by: original.reference) else {
      throw .refused(.original, text: "line \(id): a correction takes over lines of the bill that it corrects")
    }
    guard let fact = ledger.facts(original.reference) else {
      throw .originalNotHere(box: original.reference.box, proofs: [.local])
    }
    return try fact.takenOver(input, line: id)
  }

  /// Refuses what needs an approval of its own in a call whose approval is for something else.
  func demandNothing(beside action: ApprovalAction) throws(Refusal) {
    guard let need else { return }
    _ = try ApprovalNeed(action).joined(need)
  }

  /// Notes what a second person must say yes to. An edit is approved as a whole: what its parts need is added up.
  mutating func require(_ more: ApprovalNeed?) throws(Refusal) {
    guard let more else { return }
    need = try need?.joined(more) ?? more
  }

  /// Asks for the approval of all that was noted; after the last part of the edit.
  mutating func approve(_ asking: Asking) throws(Refusal) {
    guard let need else { return }
    let used = try asking.draft.approval(
      asking.approval, need, subject: asking.subject, revision: asking.revision)
    approval = used
    for index in needing { added[index].approval = used }
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
