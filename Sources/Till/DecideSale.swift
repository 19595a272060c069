import Money

extension Sale {
  /// The record that parks it.
  func putAside(label: String?) -> Fact {
    .saleParked(SaleParked(sale: id, revision: revision + 1, label: label, state: state, totals: totals))
  }
}

extension Till {
  /// What may be put aside: anything unfinished, with or without money given.
  static let parkable: [SaleState] = [.open, .tendering, .held]

  func decidePark(_ call: SaleCall, label: String?, _ context: Context) throws(Refusal) -> Decision {
    let sale = try sale(call.sale, revision: call.revision, Till.parkable)
    try TextRules.check(label, "label")
    try TextRules.checkShort(label, "label")
    try checkOpenState(growth: Sizes.text(label))
    var draft = Draft(self, context, lane: sale.lane)
    draft.add(sale.putAside(label: label))
    return draft.decision()
  }

  func decideUnpark(_ call: SaleCall, lane name: String, _ context: Context) throws(Refusal) -> Decision {
    let sale = try sale(call.sale, revision: call.revision, Till.parkable, parkedToo: true)
    guard sale.parked else { throw .wrongState(state: sale.state, parked: false, allowed: Till.parkable) }
    let lane = try laneConfiguration(name)
    let shift = try openShift(lane.name)
    guard lane.training == (sale.mode == .training) else {
      throw .refused(.training, text: "lane \(lane.name) and the sale differ in training")
    }
    var draft = Draft(self, context, lane: lane.name)
    draft.add(
      .saleUnparked(
        SaleUnparked(
          sale: sale.id, revision: sale.revision + 1, lane: lane.name, shift: shift.id, state: sale.state,
          totals: sale.totals)))
    return draft.decision()
  }

  /// Freezes lines and total.
  func decideTotal(_ call: SaleCall, _ context: Context) throws(Refusal) -> Decision {
    let sale = try sale(call.sale, revision: call.revision, [.open])
    try checkVolume()
    let (frozen, record) = try totaled(sale)
    var draft = Draft(self, context, lane: sale.lane)
    draft.add(.saleTotaled(record))
    try carryOver(frozen, draft: &draft)
    return draft.decision()
  }

  /// The sale with frozen results, and the record that froze them.
  func totaled(_ sale: Sale) throws(Refusal) -> (Sale, SaleTotaled) {
    guard !sale.lines.isEmpty else { throw .refused(.emptySale, text: "the sale has no lines") }
    var basket = Basket(sale)
    try basket.reprice(rules: pricingRules(for: sale))
    try SaleRules.checkTotal(basket.totals.total, kind: sale.kind)
    var frozen = sale
    (frozen.lines, frozen.adjustments, frozen.totals) = (basket.lines, basket.adjustments, basket.totals)
    frozen.state = .tendering
    frozen.revision += 1
    let record = SaleTotaled(
      sale: sale.id, revision: frozen.revision, lines: basket.changes(from: sale),
      adjustments: basket.adjustments == sale.adjustments ? nil : basket.adjustments, totals: basket.totals)
    return (frozen, record)
  }

  /// Back to editing; only without money on the table. What was carried over goes back to the corrected bill.
  func decideReopen(_ call: SaleCall, _ context: Context) throws(Refusal) -> Decision {
    let sale = try sale(call.sale, revision: call.revision, [.tendering])
    if let tender = sale.tenders.first(where: \.state.isLive) {
      throw .refused(.tender, text: "tender \(tender.id) is \(tender.state.rawValue): \(tender.wayOut)")
    }
    guard !sale.tenders.contains(where: { $0.state == .approved && !$0.isCarried }) else {
      throw .refused(.tender, text: "take the tenders back first")
    }
    var draft = Draft(self, context, lane: sale.lane)
    let after = try dropCarried(sale, why: "reopened", draft: &draft)
    draft.add(.saleReopened(SaleReopened(sale: sale.id, revision: after.revision, totals: after.totals)))
    return draft.decision()
  }

  /// Before total a void leaves no number; after total it takes a stub number, and approved tenders are taken back. So it
  /// does before a second total when a provider knows an order of the sale: that number must lead somewhere.
  func decideVoid(_ event: VoidSale, _ context: Context) throws(Refusal) -> Decision {
    let sale = try sale(event.sale, revision: event.revision, [.open, .tendering], parkedToo: true)
    try TextRules.require(event.reason, "reason")
    var draft = Draft(self, context, lane: sale.lane)
    let revision = sale.revision + 1
    guard sale.state == .tendering || sale.hasOrders else {
      draft.add(.saleVoided(SaleVoided(sale: sale.id, revision: revision, reason: event.reason, totals: sale.totals)))
      return draft.decision()
    }
    guard sale.state == .tendering else {
      try voidTotalled(sale.frozen(by: pricingRules(for: sale)), reason: event.reason, approval: nil, draft: &draft)
      return draft.decision()
    }
    for tender in sale.tenders { try tender.checkMayBeTakenBack() }
    try sale.checkNothingHoldsIt()
    // What is handed back comes out of somebody's drawer.
    if sale.tenders.contains(where: \.movesCash) { _ = try openShift(sale.lane) }
    var approval: String?
    if configuration.limits.voidTotalledNeedsApproval, sale.mode == .normal {
      let need = ApprovalNeed(.voidTotalled, amount: sale.totals.total.magnitude)
      approval = try draft.approval(event.approval, need, subject: sale.id, revision: sale.revision)
    }
    try voidTotalled(sale, reason: event.reason, approval: approval, draft: &draft)
    return draft.decision()
  }

  /// Takes all that was paid back, and seals the stub of a void.
  func voidTotalled(_ sale: Sale, reason: String, approval: String?, draft: inout Draft) throws(Refusal) {
    var after = sale
    after.revision += 1
    var cash = false
    for index in after.tenders.indices where [.approved, .manual].contains(after.tenders[index].state) {
      cash = cash || after.tenders[index].movesCash
      after.tenders[index] = after.tenders[index].takingBack(why: "void")
      after.totals = try after.tenderedTotals()
      draft.add(
        Fact(
          tender: TenderChanged(
            sale: sale.id, revision: after.revision, tender: after.tenders[index], totals: after.totals,
            parked: sale.parked, reason: reason)))
    }
    let stub = counters.nextStub(sale.mode)
    draft.add(
      .saleVoided(
        SaleVoided(
          sale: sale.id, revision: after.revision, reason: reason, approval: approval, totals: after.totals,
          stub: stub)))
    draft.add(.stubSealed(after.stub(stub, form: .void, shift: finishingShift(sale))))
    if cash { draft.openDrawer(configuration.lane(sale.lane), mode: sale.mode, reason: .change, stub: stub) }
  }

  func decideApprove(_ event: Approve, _ context: Context) throws(Refusal) -> Decision {
    try TextRules.require(event.approver, "approver")
    try TextRules.require(event.reason, "reason")
    try ApprovalRules.check(event)
    if let sale = sales[event.subject] {
      guard event.revision == sale.revision else { throw .revisionConflict(current: sale.revision) }
    } else if event.action == .decideTender, let over = pursuits.values.first(where: { $0.sale == event.subject }) {
      guard event.revision == over.revision else { throw .revisionConflict(current: over.revision) }
    } else {
      let isThere =
        event.action.isOfStub ? hasSealed(event.subject) : configuration.lane(event.subject) != nil
      guard isThere else {
        // What is done to a lane, and never to a sale, was meant for one.
        if event.action.isOfLane { throw .noSuchLane(event.subject) }
        throw .noSuchSale(event.subject, allowed: Till.parkable)
      }
      guard event.revision == 0 else { throw .revisionConflict(current: 0) }
    }
    let lane = configuration.lane(event.subject)?.name
    var draft = Draft(self, context, lane: sales[event.subject]?.lane ?? lane)
    guard approvals.values.filter({ $0.expires >= draft.stamp.at }).count < Limits.approvals else {
      throw .limitExceeded(.approvals, maximum: Int64(Limits.approvals))
    }
    let at = draft.stamp.at
    let (expires, overflow) = at.addingReportingOverflow(Limits.approvalLife)
    guard !overflow else { throw .refused(.approval, text: "the clock is out of range") }
    draft.add(
      .approvalGranted(
        Approval(
          id: try draft.opaqueID(), action: event.action, subject: event.subject, revision: event.revision,
          approver: event.approver, reason: event.reason, granted: at, expires: expires, user: event.user,
          amount: event.amount, proven: event.proven, tender: event.tender, decision: event.decision)))
    return draft.decision()
  }
}

extension Till {
  /// True when a stub has this number.
  func hasSealed(_ number: String) -> Bool {
    guard let stub = StubNumber(number) else { return false }
    return stub.description == number && stub.value < counters.nextStub(stub.mode).value
  }
}

extension Sale {
  /// True when a provider was asked for money under a number of the sale, whatever it said.
  fileprivate var hasOrders: Bool { tenders.contains { $0.number != nil } }

  /// With the results that a total would freeze; as they are when there is no computing them any more.
  fileprivate func frozen(by rules: PricingRules) -> Sale {
    guard let priced = try? priced(rules: rules) else { return self }
    var sale = self
    for (index, result) in priced.lines.enumerated() { sale.lines[index].result = result }
    (sale.adjustments, sale.totals) = (priced.adjustments, priced.totals)
    return sale
  }
}

/// What may be approved.
enum ApprovalRules {
  /// Refuses what no call could use, or any call could.
  static func check(_ event: Approve) throws(Refusal) {
    let action = event.action.rawValue
    guard event.action == .decideTender || event.tender == nil && event.decision == nil else {
      throw .refused(.approval, text: "\(action) decides about no tender; approve it without one")
    }
    guard let amount = event.amount else {
      guard event.action.binding != .required else {
        throw .refused(.approvalAmount, text: "\(action) is approved with the amount that ApprovalRequired names")
      }
      return
    }
    guard event.action.binding != .none else {
      throw .refused(.approvalAmount, text: "\(action) is about no amount; approve it without one")
    }
    guard amount >= .zero, amount.isRepresentable else {
      throw .refused(.approvalAmount, text: "the amount to approve is negative or out of range")
    }
  }
}

/// What a total may be.
enum SaleRules {
  static func checkTotal(_ total: Amount, kind: SaleKind) throws(Refusal) {
    switch kind {
    case .sale where total < .zero: throw .refused(.sign, text: "a sale's total is negative")
    case .correction where total < .zero: throw .refused(.sign, text: "a corrected bill's total is negative")
    case .return where total > .zero: throw .refused(.sign, text: "a return's total is positive")
    default: return
    }
  }
}
