import Money

extension Till {
  /// A sale as it would be right after opening, and the record that opens it.
  func opened(
    _ event: OpenSale, draft: inout Draft, lane: LaneConfiguration, _ context: Context
  ) throws(Refusal) -> (Sale, SaleOpened) {
    let shift = try openShift(lane.name)
    try checkVolume()
    guard let identity else { throw .refused(.genesis, text: "the journal has no genesis") }
    guard (event.kind == .correction) == (event.corrects != nil) else {
      throw .refused(.saleKind, text: "a correction names the bill it replaces, and only a correction does")
    }
    try StubRules.check(event.corrects)
    try TextRules.checkShort(event.externalReference, "externalReference")
    // Open sales, since an answer from their records must know which sale a number means; what is closed is not searched.
    if let reference = event.externalReference,
      let other = sales.values.first(where: { $0.externalReference == reference })
    {
      throw .refused(.reference, text: "sale \(other.id) is open with externalReference \(reference)")
    }
    try TextRules.check(event.label, "label")
    try TextRules.checkShort(event.label, "label")
    try TextRules.check(event.member, "member")
    let mode: SaleMode = lane.training ? .training : .normal
    let corrected = try corrected(by: event, mode: mode, draft: draft, facts: context.facts)
    let record = SaleOpened(
      sale: try draft.opaqueID(), kind: event.kind, mode: mode, currency: identity.currency,
      taxRounding: corrected?.taxRounding ?? configuration.taxRounding, shift: shift.id,
      corrects: corrected?.offset.reference, externalReference: event.externalReference, label: event.label,
      member: event.member, revision: 1, offset: corrected?.offset, carries: corrected?.carries,
      approval: corrected?.approval)
    guard sales[record.sale] == nil else { throw .refused(.genesis, text: "the random number was used before") }
    return (Sale(record, draft.stamp, lane: lane.name), record)
  }

  func decideOpenSale(_ event: OpenSale, _ context: Context) throws(Refusal) -> Decision {
    let lane = try laneConfiguration(event.lane)
    var draft = Draft(self, context, lane: lane.name)
    let (sale, record) = try opened(event, draft: &draft, lane: lane, context)
    // What trainees leave open takes no room from what is sold.
    let most = Limits.most(Limits.openSales, of: sale.mode)
    guard sales.values.count(where: { $0.mode == sale.mode }) < most else {
      throw .limitExceeded(.openSales, maximum: Int64(most))
    }
    try checkOpenState(growth: sale.estimatedSize)
    draft.add(.saleOpened(record))
    if !event.lines.isEmpty || !event.adjustments.isEmpty {
      let basket = try filled(event, sale: sale, draft: draft, context)
      draft.add(.linesAdded(basket.linesAdded(to: sale, revision: 1)))
    }
    return draft.decision()
  }

  /// The basket of a new sale with the lines and adjustments that came with it.
  func filled(_ event: OpenSale, sale: Sale, draft: Draft, _ context: Context) throws(Refusal) -> Basket {
    var basket = Basket(sale)
    let asking = Basket.Asking(
      draft: draft, approval: event.approval, subject: sale.lane, revision: 0)
    try basket.prepare(
      event.lines, from: 1, kind: sale.kind, mode: sale.mode, in: nil, till: self, facts: context.facts)
    try AdjustmentRules.check(event.adjustments, till: self)
    try basket.require(AdjustmentRules.need(event.adjustments, limit: configuration.limits.manualAdjustment))
    if sale.kind == .correction { try basket.demandNothing(beside: .correctSale) }
    try basket.approve(asking)
    basket.adjustments = event.adjustments
    try basket.append(rules: pricingRules(for: sale))
    try basket.check(self, before: nil, draft: draft)
    return basket
  }

  func decideAddLines(_ event: AddLines, _ context: Context) throws(Refusal) -> Decision {
    let sale = try sale(event.sale, revision: event.revision, [.open])
    var draft = Draft(self, context, lane: sale.lane)
    guard !event.lines.isEmpty else { throw .refused(.emptySale, text: "no lines are given") }
    guard sale.lines.count + event.lines.count <= Limits.lines, sale.nextLine < Int32.max - Int32(Limits.lines) else {
      throw .limitExceeded(.lines, maximum: Int64(Limits.lines))
    }
    var basket = Basket(sale)
    let asking = Basket.Asking(
      draft: draft, approval: event.approval, subject: sale.id, revision: sale.revision)
    try basket.prepare(
      event.lines, from: sale.nextLine, kind: sale.kind, mode: sale.mode, in: sale.id, till: self, facts: context.facts)
    try basket.approve(asking)
    try basket.append(rules: pricingRules(for: sale))
    try basket.check(self, before: sale, draft: draft)
    draft.add(.linesAdded(basket.linesAdded(to: sale, revision: sale.revision + 1)))
    return draft.decision()
  }
}

extension Basket {
  /// The record of lines that joined.
  func linesAdded(to sale: Sale, revision: Int64) -> LinesAdded {
    LinesAdded(
      sale: sale.id, revision: revision, lines: added,
      adjustments: changedAdjustments(of: sale), totals: totals, approval: approval)
  }
}

extension Sale {
  /// A sale right after its opening.
  init(_ record: SaleOpened, _ stamp: Stamp, lane: String) {
    self.init(
      id: record.sale, kind: record.kind, mode: record.mode, currency: record.currency,
      taxRounding: record.taxRounding, lane: lane, shift: record.shift, businessDay: stamp.businessDay,
      openedAt: stamp.at, changedAt: stamp.at, operator: stamp.operator, verifiedBy: stamp.verifiedBy,
      revision: record.revision, label: record.label, member: record.member,
      externalReference: record.externalReference, corrects: record.corrects, offset: record.offset,
      carries: record.carries)
  }
}
