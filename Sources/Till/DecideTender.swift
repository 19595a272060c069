import Money

extension Till {
  func decideAddTender(_ event: AddTender, _ context: Context) throws(Refusal) -> Decision {
    let sale = try sale(event.sale, revision: event.revision, [.tendering])
    _ = try openShift(sale.lane)
    try checkVolume()
    var draft = Draft(self, context, lane: sale.lane)
    let lane = configuration.lane(sale.lane)
    try checkOpenState(growth: Sizes.tender + Sizes.course + Sizes.refund)
    let tender = try Tendering.make(event.tender, for: sale, lane: lane, facts: context.facts, draft: &draft)
    try settle(tender, of: sale, draft: &draft)
    if tender.state == .intent { draft.add(.authorise(sale: sale.id, tender: tender.id)) }
    return draft.decision()
  }

  func decideReportTender(_ event: ReportTender, _ context: Context) throws(Refusal) -> Decision {
    let sale = try sale(event.sale, revision: event.revision, [.tendering], parkedToo: true)
    guard let tender = sale.tender(event.tender) else { throw .noSuchTender(sale: sale.id, tender: event.tender) }
    try tender.checkMayBeReported()
    var reported = try Tendering.reported(event.report, on: tender, till: self)
    reported.reported = true
    // Cash handed out with it comes out of somebody's drawer.
    if reported.movesCash { _ = try openShift(sale.lane) }
    var draft = Draft(self, context, lane: sale.lane)
    try settle(reported, of: sale, draft: &draft)
    return draft.decision()
  }

  /// Records a tender's new state; the last one finishes the sale in the same event.
  func settle(
    _ tender: Tender, of sale: Sale, reason: String? = nil, approval: String? = nil, draft: inout Draft
  ) throws(Refusal) {
    var after = sale
    after.revision += 1
    after.put(tender)
    after.totals = try after.tenderedTotals()
    var tender = tender
    if tender.state == .approved, !after.isSettled {
      // The sale may go on and end in another shift.
      tender.shift = finishingShift(sale)
      after.put(tender)
    }
    let changed = TenderChanged(
      sale: sale.id, revision: after.revision, tender: tender, totals: after.totals, parked: sale.parked,
      reason: reason, approval: approval, state: sale.state == .tendering ? nil : sale.state)
    draft.add(Fact(tender: changed, was: sale.tender(tender.id)))
    // A refund that went wrong is decided by itself (DecideTender).
    if tender.state == .manual, sale.state == .tendering, !tender.isRefund {
      draft.add(
        .saleHeld(
          SaleHeld(
            sale: sale.id, revision: after.revision, why: tender.heldWhy(in: sale), tender: tender.id,
            totals: after.totals, parked: sale.parked)))
    }
    let lane = configuration.lane(sale.lane)
    if sale.state == .tendering, after.isSettled {
      try end(after, draft: &draft)
      let stub = counters.nextStub(sale.mode)
      if tender.movesCash { draft.openDrawer(lane, mode: sale.mode, reason: .change, stub: stub) }
    } else if tender.movesCash {
      draft.openDrawer(lane, mode: sale.mode, reason: .change)
    }
  }

  /// Takes an approved tender of an unfinished sale back: cash is handed back, an external one was reversed at its
  /// terminal, a provider's is reversed by it, also while its outcome is not known.
  func decideRemoveTender(_ event: RemoveTender, _ context: Context) throws(Refusal) -> Decision {
    let sale = try sale(event.sale, revision: event.revision, [.tendering])
    guard var tender = sale.tender(event.tender) else {
      throw .noSuchTender(sale: sale.id, tender: event.tender)
    }
    try TextRules.require(event.reason, "reason")
    try tender.checkMayBeTakenBack()
    guard !tender.isCarried else {
      throw .refused(
        .tender, text: "tender \(tender.id) is of the corrected bill; Reopen or Void gives it back to that")
    }
    try tender.checkCanBeTakenBack()
    var draft = Draft(self, context, lane: sale.lane)
    var approval: String?
    if configuration.limits.removeTenderNeedsApproval, sale.mode == .normal, tender.state == .approved {
      let moved = try money { () throws(MoneyError) in try tender.approved - tender.change }
      let need = ApprovalNeed(.removeTender, amount: moved.magnitude)
      approval = try draft.approval(event.approval, need, subject: sale.id, revision: sale.revision)
    }
    let cash = tender.movesCash
    tender = tender.takingBack(why: "removed")
    var after = sale
    after.put(tender)
    after.totals = try after.tenderedTotals()
    draft.add(
      Fact(
        tender: TenderChanged(
          sale: sale.id, revision: sale.revision + 1, tender: tender, totals: after.totals, reason: event.reason,
          approval: approval)))
    if cash { draft.openDrawer(configuration.lane(sale.lane), mode: sale.mode, reason: .change) }
    return draft.decision()
  }
}

extension Fact {
  /// The fact of a tender's state; of its provider's word on a decision where that is all that changed.
  init(tender changed: TenderChanged, was before: Tender? = nil) {
    guard changed.tender.course?.test == nil || changed.tender.state != before?.state else {
      self = .tenderTested(changed)
      return
    }
    switch changed.tender.state {
    case .approved: self = .tenderApproved(changed)
    case .declined: self = .tenderDeclined(changed)
    case .reversed: self = .tenderReversed(changed)
    case .intent: self = .tenderIntended(changed)
    case .pending: self = .tenderPending(changed)
    case .unknown: self = .tenderUnknown(changed)
    case .reversing: self = .tenderReversing(changed)
    case .manual: self = .tenderMismatched(changed)
    }
  }

  /// What it says of a tender that has changed; nil: it is of something else, or of the books only.
  public var tender: TenderChanged? {
    switch self {
    case .tenderIntended(let it), .tenderPending(let it), .tenderApproved(let it), .tenderDeclined(let it),
      .tenderUnknown(let it), .tenderReversing(let it), .tenderReversed(let it), .tenderMismatched(let it),
      .tenderTested(let it):
      it
    default: nil
    }
  }
}

extension Sale {
  /// Adds a tender or replaces the one with its id.
  mutating func put(_ tender: Tender) {
    if let index = tenders.firstIndex(where: { $0.id == tender.id }) {
      tenders[index] = tender
    } else {
      tenders.append(tender)
    }
  }
}
