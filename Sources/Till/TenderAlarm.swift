/// Why a person must look at a payment that is being taken back. The box goes on by itself where it can.
public enum TenderAlarm: String, Sendable, CaseIterable {
  /// It has been going on for 10 minutes; the provider is asked less and less often.
  case overdue
  /// The provider said that it took the money, and now, again and again, that there is nothing to give back.
  case contradicted
  /// The provider's time for it is over; nobody is asked any more.
  case givenUp
}

extension Till {
  /// It stays in taking back: other money may have taken its place in the bill, so it can hold nothing of it again.
  func decideAlarm(_ alarm: TenderAlarm, of event: GiveUpTender, _ context: Context) throws(Refusal) -> Decision {
    try changing(event, context) { (tender) throws(Refusal) in
      guard tender.kind == .provider, tender.state == .reversing, tender.course?.alarm != alarm,
        tender.course?.alarm != .givenUp
      else { throw .refused(.tender, text: "nobody need look at tender \(tender.id) for that") }
      var tender = tender
      tender.course?.alarm = alarm
      return tender
    }
  }

  /// What the register itself says of a tender, whether it outlived its sale or its sale is not finished.
  func changing(
    _ event: GiveUpTender, _ context: Context, _ change: (Tender) throws(Refusal) -> Tender
  ) throws(Refusal) -> Decision {
    if let pursuit = pursuits[event.number] {
      var draft = Draft(self, context, lane: pursuit.lane)
      draft.add(Fact(tender: pursuit.changed(to: try change(pursuit.tender)), was: pursuit.tender))
      return draft.decision()
    }
    guard let sale = sales[event.sale] else { throw .noSuchSale(event.sale) }
    guard let tender = sale.tender(event.tender), tender.number == event.number else {
      throw .noSuchTender(sale: event.sale, tender: event.tender)
    }
    var draft = Draft(self, context, lane: sale.lane)
    try settle(try change(tender), of: sale, draft: &draft)
    return draft.decision()
  }

  /// A person decides about what outlived its sale: the same as of an unfinished one, and the sale stays as it is.
  func decideOutlived(_ event: DecideTender, _ context: Context) throws(Refusal) -> Decision? {
    guard sales[event.sale] == nil,
      let pursuit = pursuits.values.first(where: { $0.sale == event.sale && $0.tender.id == event.tender })
    else { return nil }
    if let revision = event.revision, revision != pursuit.revision {
      throw .revisionConflict(current: pursuit.revision)
    }
    try TextRules.require(event.reason, "reason")
    try TextRules.checkShort(event.reference, "reference")
    var next = try pursuit.tender.decided(event.verdict)
    next.reference = event.reference ?? next.reference
    next.course?.decidedAt = context.stamp.at
    var draft = Draft(self, context, lane: pursuit.lane)
    let need = ApprovalNeed(deciding: next.id, ApprovedDecision(event.verdict), amount: pursuit.tender.atStake)
    let approval = try draft.approval(event.approval, need, subject: pursuit.sale, revision: pursuit.revision)
    draft.add(
      Fact(tender: pursuit.changed(to: next, reason: event.reason, approval: approval), was: pursuit.tender))
    return draft.decision()
  }
}

extension Pursuit {
  /// The record of its tender's next state; the sale stays as it ended.
  func changed(to tender: Tender, reason: String? = nil, approval: String? = nil) -> TenderChanged {
    TenderChanged(
      sale: sale, revision: revision, tender: tender, totals: totals, reason: reason, approval: approval,
      state: voided == true ? .voided : .completed)
  }
}
