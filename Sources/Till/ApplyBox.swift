import Money

extension Till {
  mutating func applyGenesis(_ genesis: Genesis) throws(ApplyError) {
    guard identity == nil else { throw .reason("there is one genesis already") }
    identity = genesis
    if let gap = genesis.numberGap, gap > 0, gap <= Limits.amount {
      counters.nextStub &+= gap
      counters.nextTrainingStub &+= gap
    }
  }

  /// Refuses a reason for a new epoch that no record may hold.
  public static func check(epochReason reason: String) throws(Refusal) {
    try TextRules.require(reason, "reason")
    try TextRules.check(reason, "reason")
  }

  /// This till under a new genesis, as a new epoch begins: all state stays, lost numbers are skipped.
  public func beginning(epoch genesis: Genesis) throws(ReplayError) -> Till {
    var till = self
    till.identity = nil
    till.counters.lastZSequence = -1
    // A supervisor decided where the new epoch is at home; its first start says where that is.
    till.binding = nil
    do {
      try till.applyGenesis(genesis)
    } catch {
      throw ReplayError(kind: .genesis, reason: "cannot begin")
    }
    return till
  }

  /// A start: what was under way in devices is unknown or owed, old baskets come back parked; after an unclean stop
  /// every expectation of a revision from before fails.
  mutating func applyBoot(_ boot: Boot, _ stamp: Stamp) {
    counters.boots &+= 1
    if let seen = boot.binding { binding = binding?.updated(by: seen) ?? seen }
    for id in Array(sales.keys) {
      guard var sale = sales[id] else { continue }
      if !boot.clean { sale.revision &+= Limits.bootRevision }
      let (age, overflow) = stamp.at.subtractingReportingOverflow(sale.changedAt)
      if !stamp.timeTrusted || overflow || age > Limits.recoveredAge || age < 0 {
        (sale.parked, sale.recovered) = (true, true)
      }
      // An order whose answer was not kept may have been carried out.
      for index in sale.tenders.indices where sale.tenders[index].state == .intent {
        sale.tenders[index] = sale.tenders[index].to(.unknown, why: "restart")
      }
      sales[id] = sale
    }
    for job in Array(jobs.values) {
      switch job.state {
      case .queued where job.document == .note: jobs[job.id] = nil
      case .queued: jobs[job.id]?.state = .owed
      case .started: jobs[job.id]?.state = .unknown
      case .owed, .unknown: break
      }
    }
    drawerOrders = [:]
  }

  mutating func applyDelivery(_ ordered: DeliveryOrdered) {
    counters.nextDelivery &+= 1
    if let job = ordered.job, jobs[job] != nil { jobs[job]?.state = .queued }
  }

  mutating func applyJobQueued(_ job: PrintJob) throws(ApplyError) {
    guard job.id == "j\(counters.nextJob)" else { throw .reason("job \(job.id) is not the next") }
    counters.nextJob &+= 1
    jobs[job.id] = job
  }

  mutating func applyJobStarted(_ started: JobStarted) throws(ApplyError) {
    guard var job = jobs[started.job], job.state == .queued else { throw .reason("job \(started.job) is not queued") }
    job.state = .started
    job.starts = started.ordinal
    jobs[job.id] = job
  }

  /// Done, expired and cancelled jobs are over. Unproven ones wait for a person; a lost receipt is owed, a lost note is
  /// over.
  mutating func applyJobEnded(_ ended: JobEnded) throws(ApplyError) {
    guard var job = jobs[ended.job] else { throw .reason("job \(ended.job) is over") }
    switch ended.outcome {
    case .done, .expired, .cancelled: jobs[job.id] = nil
    case .lost where job.document == .note: jobs[job.id] = nil
    case .lost:
      job.state = .owed
      jobs[job.id] = job
    case .unknown:
      job.state = .unknown
      jobs[job.id] = job
    }
  }

  mutating func applyJobDecided(_ decided: JobDecided) throws(ApplyError) {
    guard jobs[decided.job] != nil else { throw .reason("job \(decided.job) is over") }
    switch decided.decision {
    case .itPrinted, .cancel: jobs[decided.job] = nil
    case .printAgain: jobs[decided.job]?.state = .queued
    }
  }

  mutating func applyDrawerOrdered(_ ordered: DrawerOrdered, _ stamp: Stamp) throws(ApplyError) {
    guard ordered.order == "d\(counters.nextDrawerOrder)" else {
      throw .reason("order \(ordered.order) is not the next")
    }
    counters.nextDrawerOrder &+= 1
    drawerOrders[ordered.order] = DrawerOrder(
      id: ordered.order, drawer: ordered.drawer, lane: stamp.lane, reason: ordered.reason, stub: ordered.stub,
      at: stamp.at)
    use(ordered.approval)
    if let lane = stamp.lane, let shift = shift(lane: lane), ordered.asked == true {
      if ordered.reason == .count { shifts[shift.id]?.counted = true }
      if ordered.reason == .change { shifts[shift.id]?.changeOwed?.removeAll { $0 == ordered.stub } }
    }
    guard ordered.reason == .noSale else { return }
    day.noSales &+= 1
    if let lane = stamp.lane, let shift = shift(lane: lane) { shifts[shift.id]?.totals.noSales &+= 1 }
  }

  mutating func applyDrawerEnded(_ ended: DrawerEnded) throws(ApplyError) {
    guard drawerOrders.removeValue(forKey: ended.order) != nil else {
      throw .reason("order \(ended.order) is over")
    }
  }

  mutating func applyShiftOpened(_ opened: ShiftOpened, _ stamp: Stamp) throws(ApplyError) {
    guard opened.shift == "s\(counters.nextShift)", shift(lane: opened.lane) == nil else {
      throw .reason("shift \(opened.shift) cannot open")
    }
    counters.nextShift &+= 1
    use(opened.approval)
    var shift = Shift(
      id: opened.shift, lane: opened.lane, operator: opened.operator, openedAt: stamp.at,
      businessDay: stamp.businessDay, opening: opened.opening)
    try recorded { () throws(MoneyError) in
      try shift.expect(.zero, TenderKey(kind: .cash))
      for count in opened.opening {
        try shift.expect(count.amount, count.key)
        try grand.volume += count.amount
      }
    }
    shifts[shift.id] = shift
  }

  mutating func applyCashMoved(_ moved: CashMoved, _ stamp: Stamp) throws(ApplyError) {
    guard var shift = shifts[moved.shift] else { throw .reason("shift \(moved.shift) is not open") }
    try recorded { () throws(MoneyError) in
      try grand.volume += moved.amount
      let sign: Int64 = moved.direction == .in ? 1 : -1
      try shift.expect(Amount(sign * moved.amount.minorUnits), TenderKey(kind: .cash))
      switch moved.direction {
      case .in: try shift.cashIn += moved.amount
      case .out: try shift.cashOut += moved.amount
      case .toSafe: try shift.cashToSafe += moved.amount
      }
    }
    shifts[shift.id] = shift
    use(moved.approval)
  }

  mutating func applyShiftClosed(_ closed: ShiftClosed) throws(ApplyError) {
    guard shifts.removeValue(forKey: closed.shift) != nil else {
      throw .reason("shift \(closed.shift) is not open")
    }
  }

  mutating func applyDayClosed(_ closed: DayClosed) throws(ApplyError) {
    guard closed.number == counters.nextZ else { throw .reason("Z \(closed.number) is not the next") }
    counters.nextZ &+= 1
    counters.lastZSequence = closed.last
    day = SalesTotals()
    closePursuits()
  }
}
