import Money

extension Sale {
  /// What its stub is.
  var form: StubForm {
    if mode == .training { return .training }
    return kind == .return || totals.total < .zero ? .refund : .sale
  }

  /// The stub of the sale as it is now.
  func stub(_ number: StubNumber, form: StubForm, shift: String) -> StubSealed {
    StubSealed(
      stub: number, form: form, sale: id, revision: revision, kind: kind, mode: mode, currency: currency,
      taxRounding: taxRounding, shift: shift, openedAt: openedAt, lines: lines, adjustments: adjustments,
      tenders: tenders, totals: totals, corrects: corrects, externalReference: externalReference, label: label,
      member: member, removedLines: removedLines,
      overrides: Int64(lines.reduce(0) { $0 + ($1.isOverridden ? 1 : 0) }), offset: form == .void ? nil : offset)
  }
}

extension Line {
  /// True when the price asked is not the list price and no label decided it; of a line that was taken over, when that
  /// took an approval of its own.
  var isOverridden: Bool {
    let input = input
    if input.isProvenReturn || input.isTakenOver && approval == nil { return false }
    return input.amount == nil ? input.unitPrice != input.listPrice : input.priceSource != .label
  }
}

extension Till {
  /// The shift that a sale ends in: its lane's open one, else the one it began in.
  func finishingShift(_ sale: Sale) -> String { shift(lane: sale.lane)?.id ?? sale.shift }

  /// The lane's receipt when it prints always, and a merchant copy of its own when the lane wants one.
  func queueReceipt(of sale: Sale, stub: StubNumber, lane: LaneConfiguration?, draft: inout Draft) {
    guard let lane, let printer = lane.printer, let identity else { return }
    let reference = StubReference(box: identity.origin, stub: stub.description, epoch: identity.epoch)
    var job = PrintJob(
      id: "", printer: printer, lane: lane.name, document: .receipt, stub: reference,
      training: sale.mode == .training, queuedAt: draft.stamp.at)
    if lane.receipt == .always { _ = draft.queue(job) }
    if lane.merchantCopy, sale.tenders.contains(where: { $0.origin != .cash && $0.state == .approved }) {
      (job.document, job.copy) = (.merchantCopy, .merchant)
      _ = draft.queue(job)
    }
  }

  /// A sale on which nothing is due any more: paid, sealed, printed.
  func end(_ sale: Sale, draft: inout Draft) throws(Refusal) {
    try sale.checkConservation()
    draft.add(.salePaid(SalePaid(sale: sale.id, revision: sale.revision, totals: sale.totals)))
    let stub = counters.nextStub(sale.mode)
    draft.add(.stubSealed(sale.stub(stub, form: sale.form, shift: finishingShift(sale))))
    queueReceipt(of: sale, stub: stub, lane: configuration.lane(sale.lane), draft: &draft)
  }

  /// A whole sale in one event: saleOpened, stubSealed (with everything), tenderApproved, salePaid, jobQueued,
  /// drawerOrdered. A tender that does not settle it is refused, and nothing stays.
  func decideRing(_ event: Ring, _ context: Context) throws(Refusal) -> Decision {
    let lane = try laneConfiguration(event.open.lane)
    var draft = Draft(self, context, lane: lane.name)
    guard event.open.kind != .correction else {
      throw .refused(.saleKind, text: "a correction has payments already; use Open, Total and AddTender")
    }
    let (opened, record) = try opened(event.open, draft: &draft, lane: lane, context)
    let basket = try filled(event.open, sale: opened, draft: draft, context)
    guard !basket.lines.isEmpty else { throw .refused(.emptySale, text: "the sale has no lines") }
    try SaleRules.checkTotal(basket.totals.total, kind: opened.kind)
    var sale = opened
    (sale.lines, sale.adjustments, sale.totals) = (basket.lines, basket.adjustments, basket.totals)
    sale.state = .tendering
    guard event.tender.kind != .provider else {
      throw .refused(
        .tender, text: "a provider answers later, and Ring is paid at once; use Open, Total and AddTender")
    }
    let tender = try Tendering.make(event.tender, for: sale, lane: lane, draft: &draft)
    sale.put(tender)
    sale.totals = try sale.tenderedTotals()
    draft.add(.saleOpened(record))
    let changed = TenderChanged(sale: sale.id, revision: sale.revision, tender: tender, totals: sale.totals)
    guard sale.isSettled else {
      throw .refused(
        .uncovered,
        text:
          "the tender is \(tender.state.rawValue) and leaves \(sale.said(sale.totals.due)) due; Ring is paid in one tender, "
          + "for anything else use Open, Total and AddTender")
    }
    try sale.checkConservation()
    let stub = counters.nextStub(sale.mode)
    var sealed = sale.stub(stub, form: sale.form, shift: sale.shift)
    sealed.approval = basket.approval
    draft.add(.stubSealed(sealed))
    draft.add(.tenderApproved(changed))
    draft.add(.salePaid(SalePaid(sale: sale.id, revision: sale.revision, totals: sale.totals)))
    queueReceipt(of: sale, stub: stub, lane: lane, draft: &draft)
    if tender.movesCash { draft.openDrawer(lane, mode: sale.mode, reason: .change, stub: stub) }
    return draft.decision()
  }
}
