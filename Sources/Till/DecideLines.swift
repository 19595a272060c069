import Money

/// What adjustments may be.
enum AdjustmentRules {
  static func check(_ adjustments: [Adjustment], till: Till) throws(Refusal) {
    guard adjustments.count <= Limits.adjustments else {
      throw .limitExceeded(.adjustments, maximum: Int64(Limits.adjustments))
    }
    var seen = Set<String>()
    var sum = Amount.zero
    var size = 0
    for adjustment in adjustments {
      size += adjustment.estimatedSize(lines: 0)
      try TextRules.checkShort(adjustment.id, "adjustment.id")
      try TextRules.check(adjustment.label, "adjustment.label")
      try TextRules.checkShort(adjustment.source, "adjustment.source")
      guard !adjustment.id.isEmpty, seen.insert(adjustment.id).inserted else {
        throw .refused(.adjustment, text: "adjustment ids must be there and unique")
      }
      let before = sum
      sum = try money { () throws(MoneyError) in try before + adjustment.amount.checked().magnitude }
      guard sum <= Limits.largest else { throw .limitExceeded(.amount, maximum: Limits.amount) }
    }
    guard size <= Limits.adjustmentBytes else {
      throw .limitExceeded(.adjustments, maximum: Int64(Limits.adjustmentBytes))
    }
  }

  /// What manual adjustments beyond the cashier's limit need.
  static func need(_ adjustments: [Adjustment], limit: Amount?) throws(Refusal) -> ApprovalNeed? {
    guard let limit else { return nil }
    let asked = try money { () throws(MoneyError) in
      try Amount.sum(adjustments.filter(\.kind.isManual).map(\.amount.magnitude))
    }
    guard asked > limit else { return nil }
    return ApprovalNeed(.manualAdjustment, limit: limit, amount: asked)
  }
}

extension Till {
  func decideChangeLine(_ event: ChangeLine, _ context: Context) throws(Refusal) -> Decision {
    let sale = try sale(event.sale, revision: event.revision, [.open])
    guard let index = sale.index(of: event.line) else { throw .noSuchLine(sale: sale.id, line: event.line) }
    try TextRules.check(event.reason, "reason")
    var draft = Draft(self, context, lane: sale.lane)
    var basket = Basket(sale)
    let asking = Basket.Asking(
      draft: draft, approval: event.approval, subject: sale.id, revision: sale.revision)
    try basket.prepare(
      [event.replacement], from: event.line.number, kind: sale.kind, mode: sale.mode, replacing: event.line,
      in: sale.id, till: self, facts: context.facts)
    try basket.approve(asking)
    basket.lines[index] = basket.added[0]
    try basket.reprice(rules: pricingRules(for: sale))
    basket.added = [basket.lines[index]]
    try basket.check(self, before: sale, draft: draft)
    draft.add(
      .lineChanged(
        LineChanged(
          sale: sale.id, revision: sale.revision + 1, line: basket.added[0],
          adjustments: basket.changedAdjustments(of: sale), totals: basket.totals,
          reason: event.reason, approval: basket.approval)))
    return draft.decision()
  }

  func decideRemoveLine(_ event: RemoveLine, _ context: Context) throws(Refusal) -> Decision {
    let sale = try sale(event.sale, revision: event.revision, [.open])
    guard let index = sale.index(of: event.line) else { throw .noSuchLine(sale: sale.id, line: event.line) }
    try TextRules.check(event.reason, "reason")
    var draft = Draft(self, context, lane: sale.lane)
    var approval: String?
    if configuration.limits.removeLineNeedsApproval {
      let need = ApprovalNeed(.removeLine, amount: sale.lines[index].result.amount.magnitude)
      approval = try draft.approval(event.approval, need, subject: sale.id, revision: sale.revision)
    }
    var basket = Basket(sale)
    let removed = basket.lines.remove(at: index)
    // What was meant for the line goes with it.
    basket.adjustments.removeAll { $0.target == event.line }
    if sale.taxRounding == .perLine, sale.adjustments.isEmpty {
      let before = basket.totals
      basket.totals = try money { () throws(MoneyError) in
        var totals = before
        try totals.add(removed.result, kind: removed.kind, sign: -1)
        totals.due = totals.total
        return totals
      }
    } else {
      try basket.reprice(rules: pricingRules(for: sale))
    }
    draft.add(
      .lineRemoved(
        LineRemoved(
          sale: sale.id, revision: sale.revision + 1, line: event.line,
          adjustments: basket.changedAdjustments(of: sale), totals: basket.totals,
          reason: event.reason, approval: approval)))
    return draft.decision()
  }

  func decideSetAdjustments(_ event: SetAdjustments, _ context: Context) throws(Refusal) -> Decision {
    let sale = try sale(event.sale, revision: event.revision, [.open])
    var draft = Draft(self, context, lane: sale.lane)
    try AdjustmentRules.check(event.adjustments, till: self)
    let asking = Basket.Asking(
      draft: draft, approval: event.approval, subject: sale.id, revision: sale.revision)
    var basket = Basket(sale)
    try basket.require(AdjustmentRules.need(event.adjustments, limit: configuration.limits.manualAdjustment))
    try basket.approve(asking)
    basket.adjustments = event.adjustments
    try basket.reprice(rules: pricingRules(for: sale))
    try basket.check(self, before: sale, draft: draft)
    draft.add(
      .adjustmentsSet(
        AdjustmentsSet(
          sale: sale.id, revision: sale.revision + 1, adjustments: basket.openAdjustments,
          lines: basket.changes(from: sale), totals: basket.totals, approval: basket.approval)))
    return draft.decision()
  }

  func decideSetParty(_ event: SetParty, _ context: Context) throws(Refusal) -> Decision {
    let sale = try sale(event.sale, revision: event.revision, [.open])
    try TextRules.check(event.member, "member")
    try checkOpenState(growth: Sizes.text(event.member))
    var draft = Draft(self, context, lane: sale.lane)
    draft.add(
      .partySet(PartySet(sale: sale.id, revision: sale.revision + 1, member: event.member, totals: sale.totals)))
    return draft.decision()
  }
}
