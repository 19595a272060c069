import Money

extension Till {
  func decideOpenShift(_ event: OpenShift, _ context: Context) throws(Refusal) -> Decision {
    let lane = try laneConfiguration(event.lane)
    guard shift(lane: lane.name) == nil else {
      throw .refused(.shiftOpen, text: "lane \(lane.name) has an open shift")
    }
    try TextRules.require(event.operator, "operator")
    try checkVolume()
    try CountRules.check(event.opening, cashOnly: true)
    for count in event.opening { try checkLargest([count.amount]) }
    var draft = Draft(self, context, lane: lane.name)
    let day: BusinessDay
    let present = max(context.stamp.businessDay, businessDay ?? context.stamp.businessDay)
    var approval: String?
    if let explicit = event.businessDay {
      if let last = businessDay, explicit < last { throw .clockDoubtful(proposed: explicit, lastKnown: last) }
      guard explicit <= present.later(days: Limits.approvedDays) else {
        throw .refused(
          .businessDay, text: "\(explicit) is more than \(Limits.approvedDays) days ahead of \(present)")
      }
      // No day comes back, so a slip of the finger must not reach far.
      if explicit > context.stamp.businessDay.later(days: Limits.freeDays), explicit != businessDay {
        let need = ApprovalNeed(.businessDay)
        approval = try draft.approval(event.approval, need, subject: lane.name, revision: 0)
      }
      day = explicit
    } else {
      // A doubtful clock may not begin a new day, but it may go on with the day that the journal is in.
      guard context.stamp.timeTrusted || context.stamp.businessDay == businessDay else {
        throw .clockDoubtful(proposed: context.stamp.businessDay, lastKnown: businessDay)
      }
      day = present
    }
    draft.setBusinessDay(day)
    draft.add(
      .shiftOpened(
        ShiftOpened(
          shift: "s\(counters.nextShift)", lane: lane.name, operator: event.operator,
          opening: event.opening.sorted { $0.key < $1.key }, approval: approval)))
    return draft.decision()
  }

  func decideMoveCash(_ event: MoveCash, _ context: Context) throws(Refusal) -> Decision {
    guard let shift = shifts[event.shift] else { throw .noSuchShift(event.shift) }
    guard event.amount > .zero, event.amount <= Limits.largest else {
      throw .refused(.amount, text: "the amount to move must be positive")
    }
    try checkLargest([event.amount])
    try checkVolume()
    try TextRules.require(event.reason, "reason")
    var draft = Draft(self, context, lane: shift.lane)
    var approval: String?
    if event.direction != .in, let limit = configuration.limits.cashOut, event.amount > limit {
      let need = ApprovalNeed(.cashOut, limit: limit, amount: event.amount)
      approval = try draft.approval(event.approval, need, subject: shift.lane, revision: 0)
    }
    draft.add(
      .cashMoved(
        CashMoved(
          shift: shift.id, direction: event.direction, amount: event.amount, reason: event.reason,
          approval: approval)))
    let lane = configuration.lane(shift.lane)
    if event.prints { try draft.queueSlip(nil, lane: lane) }
    draft.openDrawer(lane, mode: lane?.training == true ? .training : .normal, reason: .count)
    return draft.decision()
  }

  /// 交班. Counts first; what was expected is in the record only.
  func decideCloseShift(_ event: CloseShift, _ context: Context) throws(Refusal) -> Decision {
    guard let shift = shifts[event.shift] else { throw .noSuchShift(event.shift) }
    try CountRules.check(event.counts, cashOnly: false)
    try CountRules.check(event.leave, cashOnly: true)
    let cash = TenderKey(kind: .cash)
    guard let counted = event.counts.first(where: { $0.key == cash }) else {
      throw .refused(.count, text: "the cash in the till's own currency was not counted")
    }
    for leave in event.leave {
      let there = leave.key == cash ? counted : event.counts.first { $0.key == leave.key }
      guard let there, leave.amount <= there.amount else {
        throw .refused(.count, text: "more is left in the drawer than was counted")
      }
    }
    let open = sales.values.filter { $0.shift == shift.id }
    // A sale of which the machine says that it cannot be put aside blocks even then; one that waits for a person never.
    let blocking = open.filter { sale in
      sale.state != .held && (!event.carryParked || !(sale.parked || Till.parkable.contains(sale.state)))
    }
    guard blocking.isEmpty else { throw .salesOpen(blocking.map(\.id).sorted()) }
    let differences = try CountRules.differences(counts: event.counts, expected: shift.expected)
    var draft = Draft(self, context, lane: shift.lane)
    draft.add(
      .shiftClosed(
        ShiftClosed(
          shift: shift.id, counts: event.counts.sorted { $0.key < $1.key },
          leave: event.leave.sorted { $0.key < $1.key }, expected: shift.expected, differences: differences,
          carryParked: event.carryParked, carried: open.map(\.id).sorted(), totals: shift.totals,
          operator: shift.operator, openedAt: shift.openedAt, opening: shift.opening, cashIn: shift.cashIn,
          cashOut: shift.cashOut, cashToSafe: shift.cashToSafe, unresolved: unresolved(of: shift),
          held: held(ofShift: shift.id))))
    // After the close, which thereby stays the first record of its event, where reports and slips look for it.
    for sale in open.sorted(by: { $0.id < $1.id }) where !sale.parked { draft.add(sale.putAside(label: nil)) }
    if event.prints { try draft.queueSlip(.closedShift(shift.id), lane: configuration.lane(shift.lane)) }
    return draft.decision()
  }

  /// 日结: closes the range of sequences since the last Z. What is unfinished or unknown is listed and carried.
  func decideCloseDay(
    last: Int64, head: String, slip: String?, _ context: Context
  ) throws(Refusal) -> Decision {
    let first = counters.lastZSequence + 1
    guard last >= first, last <= Amount.largest else {
      throw .refused(.count, text: "the journal ends before the last Z")
    }
    try TextRules.checkIdentifier(head, "head")
    var draft = Draft(self, context)
    draft.add(
      .dayClosed(
        DayClosed(
          number: counters.nextZ, first: first, last: last, head: head, totals: day, grand: grand,
          carried: sales.values.filter { $0.mode == .normal }.map(\.id).sorted(), unresolved: unresolvedOfDay,
          held: heldOfDay)))
    if let slip { try draft.queueSlip(.closedDay(counters.nextZ), lane: try laneConfiguration(slip)) }
    return draft.decision()
  }

  /// Tenders whose outcome nobody knows, by sale and tender, training among them.
  public var unresolved: [UnresolvedTender] { unresolved({ _ in true }, { _ in true }) }

  /// What a Z names: of the whole box, and nothing of training.
  public var unresolvedOfDay: [UnresolvedTender] { unresolved({ $0.mode == .normal }, { $0.isOf(.normal) }) }

  /// What the slip of a shift names: its own sales, and what outlived sales of its lane. Training only while its lane is
  /// one for trainees.
  public func unresolved(of shift: Shift) -> [UnresolvedTender] {
    let isTraining = configuration.lane(shift.lane)?.training == true
    return unresolved(
      { $0.shift == shift.id && ($0.mode == .normal || isTraining) },
      { $0.lane == shift.lane && ($0.isOf(.normal) || isTraining) })
  }

  private func unresolved(
    _ counts: (Sale) -> Bool, _ outlives: (Pursuit) -> Bool
  ) -> [UnresolvedTender] {
    var result: [UnresolvedTender] = []
    for sale in sales.values.sorted(by: { $0.id < $1.id }) where counts(sale) {
      for tender in sale.tenders where tender.state.isLive {
        result.append(
          UnresolvedTender(
            sale: sale.id, tender: tender.id, kind: tender.kind, provider: tender.provider, asked: tender.asked))
      }
    }
    for pursuit in pursuitsInOrder where outlives(pursuit) {
      let tender = pursuit.tender
      result.append(
        UnresolvedTender(
          sale: pursuit.sale, tender: tender.id, kind: .provider, provider: tender.provider, asked: tender.asked,
          verdict: tender.standsAsDecided ? tender.course?.verdict : nil,
          test: tender.standsAsDecided ? tender.course?.test : nil))
    }
    return result
  }
}

/// What counts may be.
enum CountRules {
  static func check(_ counts: [Count], cashOnly: Bool) throws(Refusal) {
    guard counts.count <= Limits.counts else { throw .limitExceeded(.counts, maximum: Int64(Limits.counts)) }
    guard counts.reduce(0, { $0 + $1.denominations.count }) <= Limits.denominations else {
      throw .limitExceeded(.counts, maximum: Int64(Limits.denominations))
    }
    for (index, count) in counts.enumerated() {
      guard !cashOnly || count.key.kind == .cash else {
        throw .refused(.count, text: "only cash is put into or left in a drawer")
      }
      guard count.amount.magnitude <= Limits.largest, count.key.kind != .cash || count.amount >= .zero else {
        throw .refused(.count, text: "a counted amount is out of range")
      }
      guard !counts[..<index].contains(where: { $0.key == count.key }) else {
        throw .refused(.count, text: "\(count.key) is counted twice")
      }
      try TextRules.checkShort(count.key.provider, "provider")
      if let currency = count.key.currency, Currency(code: currency) == nil {
        throw .refused(.currency, text: "\(currency) is no currency of ISO 4217")
      }
      for denomination in count.denominations {
        guard denomination.value.magnitude <= Limits.largest, (0...Limits.amount).contains(denomination.pieces) else {
          throw .refused(.count, text: "a denomination is out of range")
        }
      }
    }
  }

  /// counts − expected for everything counted and all expected cash.
  static func differences(counts: [Count], expected: [Count]) throws(Refusal) -> [Count] {
    var result: [Count] = []
    for count in counts {
      let wanted = expected.first { $0.key == count.key }?.amount ?? .zero
      result.append(Count(key: count.key, amount: try money { () throws(MoneyError) in try count.amount - wanted }))
    }
    for wanted in expected where wanted.key.kind == .cash && !counts.contains(where: { $0.key == wanted.key }) {
      result.append(Count(key: wanted.key, amount: try money { () throws(MoneyError) in try wanted.amount.negated() }))
    }
    return result.sorted { $0.key < $1.key }
  }
}
