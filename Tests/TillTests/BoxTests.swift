import Money
import Testing
import Till
import TillShop

@Suite struct BoxTests {
  private let cash = TenderKey(kind: .cash)

  @Test func shiftCountsBlind() throws {
    var shop = try Shop()
    try shop.sell([item(1000)])
    try shop.sell(
      [item(500)], tender: TenderInput(kind: .external, provider: "pos", report: TenderReport(outcome: .yes)))
    try shop.act(.moveCash(MoveCash(shift: "s1", direction: .out, amount: 300, reason: "milk")))
    let open = try shop.open([item(1)])
    let close = CloseShift(
      shift: "s1", counts: [Count(key: cash, amount: 20_690)], leave: [Count(key: cash, amount: 20_000)])
    #expect(throws: Refusal.salesOpen([open])) { try shop.act(.closeShift(close)) }
    try shop.act(.park(SaleCall(sale: open), label: nil))
    #expect(throws: Refusal.salesOpen([open])) { try shop.act(.closeShift(close)) }
    var carrying = close
    carrying.carryParked = true
    var uncounted = carrying
    uncounted.counts = []
    #expect(throws: Refusal.self) { try shop.act(.closeShift(uncounted)) }
    let closed = try shop.act(.closeShift(carrying))
    guard case .shiftClosed(let record)? = closed.records.first?.fact else { throw Refusal.noSuchShift("s1") }
    #expect(record.expected.map(\.amount) == [20_700, 500])
    #expect(record.differences == [Count(key: cash, amount: -10)])
    #expect(record.carried == [open])
    #expect(record.totals.sales == Tally(count: 2, amount: 1500))
    #expect(throws: Refusal.shiftClosed(lane: "1")) { try shop.sell([item(1)]) }
    try shop.act(.openShift(OpenShift(lane: "1", operator: "1002", opening: [Count(key: cash, amount: 20_000)])))
    try shop.act(.unpark(SaleCall(sale: open), lane: "1"))
    #expect(shop.till.sales[open]?.shift == "s2")
    #expect(throws: Refusal.noSuchShift("s1")) { try shop.act(.closeShift(carrying)) }
  }

  @Test func closingParksWhatIsOpenWhenAsked() throws {
    var shop = try Shop()
    let open = try shop.open([item(1)])
    let given = try shop.totaled([item(500)])
    try shop.act(.addTender(AddTender(sale: given, tender: TenderInput(kind: .cash, amount: 200, tendered: 200))))
    let aside = try shop.open([item(2)])
    try shop.act(.park(SaleCall(sale: aside), label: nil))
    let expected = try #require(shop.till.shifts["s1"]).expected.first { $0.key == cash }?.amount
    var close = CloseShift(shift: "s1", counts: [Count(key: cash, amount: expected ?? .zero)])
    #expect(throws: Refusal.salesOpen([open, given, aside].sorted())) { try shop.act(.closeShift(close)) }
    close.carryParked = true
    let before = try #require(shop.till.sales[given])
    let decision = try shop.act(.closeShift(close))
    guard case .shiftClosed(let closed)? = decision.records.first?.fact else { throw Refusal.noSuchShift("s1") }
    #expect(closed.carried == [open, given, aside].sorted() && closed.differences == [Count(key: cash, amount: .zero)])
    let parked = decision.records.compactMap { if case .saleParked(let record) = $0.fact { record.sale } else { nil } }
    #expect(parked == [open, given].sorted())
    #expect(shop.till.sales.values.filter { !$0.parked }.isEmpty)
    let after = try #require(shop.till.sales[given])
    #expect(after.tenders == before.tenders && after.revision == before.revision + 1 && after.label == before.label)
    try shop.act(.openShift(OpenShift(lane: "1", operator: "1002", opening: [Count(key: cash, amount: 20_200)])))
    try shop.act(.unpark(SaleCall(sale: given), lane: "1"))
    try shop.act(.addTender(AddTender(sale: given, tender: TenderInput(kind: .cash))))
    #expect(shop.till.sales[given] == nil)
  }

  @Test func zIsGapFreeAndCarries() throws {
    var shop = try Shop()
    try shop.sell([item(1130)])
    let parked = try shop.totaled([item(200)])
    try shop.act(.addTender(AddTender(sale: parked, tender: TenderInput(kind: .external))))
    let report = shop.till.dayReport()
    let decision = try shop.act(.closeDay(last: 40, head: "abcd"))
    guard case .dayClosed(let z)? = decision.records.first?.fact else { throw Refusal.noSuchShift("z") }
    #expect(z.number == 1 && z.first == 0 && z.last == 40)
    #expect(z.carried == [parked] && z.unresolved.map(\.asked) == [200])
    #expect(z.totals == report.totals && z.totals.taxes.map(\.amount) == [130])
    #expect(z.totals.tenders.map(\.amount) == [1130] && z.totals.firstStub == 1)
    #expect(shop.till.day == SalesTotals())
    #expect(shop.till.grand.total == 1130)
    try shop.act(
      .reportTender(ReportTender(sale: parked, tender: TenderID(1), report: TenderReport(outcome: .yes))))
    #expect(throws: Refusal.self) { try shop.act(.closeDay(last: 40, head: "abcd")) }
    let next = try shop.act(.closeDay(last: 50, head: "abcd"))
    guard case .dayClosed(let second)? = next.records.first?.fact else { throw Refusal.noSuchShift("z") }
    #expect(second.number == 2 && second.first == 41)
    #expect(second.totals.sales.amount == 200 && second.grand.total == 1330)
  }

  /// Cash that is handed back comes out of a shift's drawer, and that shift knows it.
  @Test func cashIsHandedBackInAShift() throws {
    var shop = try Shop(Shop.configuration { $0.limits.voidTotalledNeedsApproval = false })
    let sale = try shop.totaled([item(1000)])
    try shop.act(.addTender(AddTender(sale: sale, tender: TenderInput(kind: .cash, amount: 400))))
    try shop.act(.park(SaleCall(sale: sale), label: nil))
    let counts = [Count(key: cash, amount: 20_400)]
    try shop.act(.closeShift(CloseShift(shift: "s1", counts: counts, carryParked: true)))
    let void = Event.voidSale(VoidSale(sale: sale, reason: "gone"))
    #expect(throws: Refusal.shiftClosed(lane: "1")) { try shop.act(void) }
    try shop.act(.openShift(OpenShift(lane: "1", operator: "1", opening: counts)))
    try shop.act(void)
    #expect(shop.till.shifts["s2"]?.expected.first?.amount == 20_000)
    #expect(shop.till.shifts["s2"]?.totals.reversedTenders.count == 1)
  }

  @Test func theBusinessDayNeverGoesBack() throws {
    var shop = try Shop()
    shop.day = try #require(BusinessDay("2026-01-02"))
    try shop.sell([item(1)])
    #expect(shop.till.businessDay?.description == "2026-01-01", "the open shift holds the day")
    try shop.act(.closeShift(CloseShift(shift: "s1", counts: [Count(key: cash, amount: 20_001)])))
    shop.trusted = false
    #expect(throws: Refusal.clockDoubtful(proposed: shop.day, lastKnown: BusinessDay("2026-01-01"))) {
      try shop.act(.openShift(OpenShift(lane: "1", operator: "1")))
    }
    #expect(throws: Refusal.self) {
      try shop.act(.openShift(OpenShift(lane: "1", operator: "1", businessDay: BusinessDay("2025-12-31"))))
    }
    shop.trusted = true
    try shop.act(.openShift(OpenShift(lane: "1", operator: "1")))
    #expect(shop.till.businessDay?.description == "2026-01-02")
    shop.day = try #require(BusinessDay("2026-01-01"))
    try shop.act(.openShift(OpenShift(lane: "3", operator: "1")))
    #expect(shop.till.businessDay?.description == "2026-01-02")
    #expect(BusinessDay("2026-02-29") == nil && BusinessDay("2028-02-29") != nil && BusinessDay("2026-1-01") == nil)
  }

  /// A day that was named wrongly can never be taken back: beyond tomorrow somebody else says yes, whatever the clock is
  /// worth, and beyond a year nobody can.
  @Test func theBusinessDayDoesNotLeapAhead() throws {
    var shop = try Shop()
    try shop.act(.closeShift(CloseShift(shift: "s1", counts: [Count(key: cash, amount: 20_000)])))
    func open(_ day: String, approval: String? = nil) throws {
      let shift = "s\(shop.till.counters.nextShift)"
      try shop.act(
        .openShift(OpenShift(lane: "1", operator: "1", businessDay: BusinessDay(day), approval: approval)))
      try shop.act(.closeShift(CloseShift(shift: shift, counts: [Count(key: cash, amount: 0)])))
    }
    shop.day = try #require(BusinessDay("2026-02-28"))
    let needed = Refusal.approvalRequired(action: .businessDay, limit: nil, asked: nil)
    #expect(throws: needed) { try open("2026-03-02") }
    try open("2026-03-01")
    for trusted in [true, false] {
      shop.trusted = trusted
      #expect(throws: needed, "\(trusted)") { try open("2026-03-02") }
    }
    func approved(_ lane: String) throws -> String {
      try shop.act(
        .approve(
          Approve(approver: "9", action: .businessDay, subject: lane, revision: 0, reason: "after the holidays")))
      return try #require(shop.till.approvals.values.first { $0.subject == lane }).id
    }
    let other = try approved("3")
    #expect(throws: Refusal.approvalRefused(other, why: .other)) { try open("2026-03-02", approval: other) }
    let one = try approved("1")
    #expect(throws: Refusal.refused(.businessDay, text: "2027-03-03 is more than 366 days ahead of 2026-03-01")) {
      try open("2027-03-03", approval: one)
    }
    try open("2027-03-02", approval: one)
    #expect(throws: Refusal.approvalRefused(one, why: .used)) { try open("2027-03-03", approval: one) }
    // The journal's own day needs nobody, however far the clock is behind it.
    try open("2027-03-02")
    #expect(throws: Refusal.self) { try open("9999-12-31", approval: try approved("1")) }
  }

  /// What is only ever done to a lane says which lane there is not; the rest may be of a sale.
  @Test func anApprovalNamesWhatItDoesNotFind() throws {
    var shop = try Shop()
    for action in ApprovalAction.allCases {
      let amount = action.binding == .required ? Amount(1) : nil
      let expected: Refusal =
        action.isOfLane ? .noSuchLane("x") : .noSuchSale("x", allowed: [.open, .tendering, .held])
      #expect(throws: expected, "\(action)") {
        try shop.act(
          .approve(
            Approve(approver: "9", action: action, subject: "x", revision: 0, reason: "r", amount: amount)))
      }
    }
  }

  private func start(_ job: String, _ shop: inout Shop) throws -> JobStarted {
    guard case .jobStarted(let started)? = try shop.act(.jobStarting(job: job)).records.first?.fact else {
      throw Refusal.noSuchJob(job)
    }
    return started
  }

  @Test func aSecondAttemptIsMarked() throws {
    var shop = try Shop()
    try shop.sell([item(1)])
    #expect(try start("j1", &shop) == JobStarted(job: "j1", ordinal: 1, marked: false))
    #expect(throws: Refusal.self) { try shop.act(.jobStarting(job: "j1")) }
    #expect(throws: Refusal.self) { try shop.act(.decideJob(job: "j1", decision: .cancel)) }
    try shop.act(.jobEnded(JobEnd(job: "j1", outcome: .unknown, level: .sent, why: "cable")))
    #expect(shop.till.jobs["j1"]?.state == .unknown)
    let again = try shop.act(.decideJob(job: "j1", decision: .printAgain))
    #expect(again.effects == [.print(job: "j1", printer: "printer:a")])
    #expect(try start("j1", &shop) == JobStarted(job: "j1", ordinal: 2, marked: true))
    try shop.act(.jobEnded(JobEnd(job: "j1", outcome: .done, level: .cut)))
    #expect(shop.till.jobs.isEmpty)
    #expect(throws: Refusal.noSuchJob("j1")) { try shop.act(.decideJob(job: "j1", decision: .itPrinted)) }
    // Delivered again: a reprint.
    let facts = try shop.facts(shop.stubs[0])
    let delivered = try shop.act(.deliver(Deliver(stub: facts.reference)), facts: [facts])
    #expect(delivered.records.map(\.fact.kind) == [.deliveryOrdered, .jobQueued])
    #expect(shop.till.jobs["j2"]?.copy == .reprint)
    #expect(try start("j2", &shop) == JobStarted(job: "j2", ordinal: 3, marked: true))
    #expect(throws: Refusal.originalNotHere(box: "shop/1", proofs: [.local])) {
      try shop.act(.deliver(Deliver(stub: StubReference(box: "shop/1", stub: "99"))))
    }
  }

  /// 补打 1, 2, 3, … in the order in which they were started, whichever way they were ordered, whatever became of them.
  @Test func numbersOfCopiesRise() throws {
    var shop = try Shop()
    try shop.sell([item(1)])
    var numbers: [Int64?] = []
    func end(_ job: String, _ outcome: JobOutcome) throws {
      try shop.act(.jobEnded(JobEnd(job: job, outcome: outcome, level: .sent)))
    }
    func deliver(_ document: DocumentKind = .receipt) throws {
      let facts = try shop.facts(shop.stubs[0])
      try shop.act(.deliver(Deliver(stub: facts.reference, document: document)), facts: [facts])
    }
    numbers.append(try start("j1", &shop).copyNumber)
    #expect(shop.till.jobs["j1"]?.isMarked == false, "what is being printed is the original")
    try end("j1", .unknown)
    #expect(shop.till.jobs["j1"]?.isMarked == true, "what comes next is a copy")
    try shop.act(.decideJob(job: "j1", decision: .printAgain))
    #expect(shop.till.jobs["j1"]?.isMarked == true)
    numbers.append(try start("j1", &shop).copyNumber)
    #expect(shop.till.jobs["j1"]?.isMarked == true)
    try end("j1", .done)
    try deliver()
    #expect(shop.till.jobs["j2"]?.isMarked == true)
    numbers.append(try start("j2", &shop).copyNumber)
    // The power goes while it prints; somebody asks by delivery, then by decision.
    try shop.act(.boot(Boot(boot: "b", machine: "m", version: "1", configurationHash: "c", clean: false)))
    try deliver()
    numbers.append(try start("j2", &shop).copyNumber)
    try end("j2", .unknown)
    try shop.act(.decideJob(job: "j2", decision: .printAgain))
    numbers.append(try start("j2", &shop).copyNumber)
    try end("j2", .done)
    try deliver()
    numbers.append(try start("j3", &shop).copyNumber)
    try end("j3", .done)
    #expect(numbers == [nil, 1, 2, 3, 4, 5])
    // Another document of the stub counts by itself; one that never started is still the original.
    try deliver(.giftReceipt)
    try shop.act(.decideJob(job: "j4", decision: .cancel))
    try deliver(.giftReceipt)
    #expect(try start("j5", &shop) == JobStarted(job: "j5", ordinal: 1, marked: false))
    try end("j5", .done)
    try deliver(.giftReceipt)
    #expect(try start("j6", &shop).copyNumber == 1)
  }

  @Test func afterARestart() throws {
    var shop = try Shop()
    try shop.sell([item(1)])
    try shop.sell([item(2)])
    try shop.act(.printNote(PrintNote(lane: "1", note: NoteSummary(title: "hello", hash: "ff", size: 3))))
    _ = try start("j1", &shop)
    let young = try shop.open([item(3)])
    #expect(shop.till.drawerOrders.count == 2)
    shop.now += 29 * 60_000
    let boot = Boot(boot: "b", machine: "m", version: "1", configurationHash: "c", clean: false)
    try shop.act(.boot(boot))
    #expect(shop.till.jobs["j1"]?.state == .unknown && shop.till.jobs["j2"]?.state == .owed)
    #expect(shop.till.jobs["j3"] == nil && shop.till.drawerOrders.isEmpty)
    #expect(shop.till.sales[young]?.revision == 1001 && shop.till.sales[young]?.parked == false)
    #expect(throws: Refusal.revisionConflict(current: 1001)) {
      try shop.act(.total(SaleCall(sale: young, revision: 1)))
    }
    // The owed one prints unmarked, on request, as the same job.
    #expect(throws: Refusal.self) { try shop.act(.jobStarting(job: "j2")) }
    let facts = try shop.facts(shop.stubs[1])
    let delivered = try shop.act(.deliver(Deliver(stub: facts.reference)), facts: [facts])
    #expect(delivered.records.map(\.fact.kind) == [.deliveryOrdered])
    #expect(try start("j2", &shop).marked == false)
    shop.now += 31 * 60_000
    var clean = boot
    clean.clean = true
    try shop.act(.boot(clean))
    #expect(shop.till.sales[young]?.revision == 1001)
    #expect(shop.till.sales[young]?.parked == true && shop.till.sales[young]?.recovered == true)
  }

  @Test func unfinishedJobsAreBounded() throws {
    var shop = try Shop()
    for _ in 0..<(Limits.jobs + 20) { try shop.sell([item(1)]) }
    #expect(shop.till.jobs.count == Limits.jobs)
    #expect(shop.till.jobs["j1"] == nil && shop.till.jobs["j21"] != nil)
    #expect(shop.till.drawerOrders.count == Limits.drawerOrders)
  }

  @Test func drawers() throws {
    var shop = try Shop()
    let event = OpenDrawer(lane: "1", reason: .noSale, note: "change for the customer")
    #expect(throws: Refusal.approvalRequired(action: .noSale, limit: nil, asked: nil)) {
      try shop.act(.openDrawer(event))
    }
    try shop.act(.approve(Approve(approver: "9", action: .noSale, subject: "1", revision: 0, reason: "coins")))
    var approved = event
    approved.approval = shop.till.approvals.keys.first
    let ordered = try shop.act(.openDrawer(approved))
    #expect(ordered.effects == [.kickDrawer(order: "d1", drawer: "drawer:a")])
    #expect(shop.till.day.noSales == 1 && shop.till.shifts["s1"]?.totals.noSales == 1)
    try shop.act(.drawerEnded(order: "d1", outcome: .opened))
    #expect(throws: Refusal.noSuchDrawerOrder("d1")) { try shop.act(.drawerEnded(order: "d1", outcome: .sent)) }
    #expect(throws: Refusal.self) { try shop.act(.openDrawer(OpenDrawer(lane: "1", reason: .change, stub: "1"))) }
    let stub = try shop.sell([item(1)])
    try shop.act(.openDrawer(OpenDrawer(lane: "1", reason: .change, stub: stub.stub.description)))
    #expect(shop.till.day.noSales == 1)
    #expect(throws: Refusal.self) { try shop.act(.openDrawer(OpenDrawer(lane: "2", reason: .count))) }
  }

  @Test func receiptPolicies() throws {
    var shop = try Shop(Shop.configuration { $0.lanes[0].merchantCopy = true })
    try shop.act(.openShift(OpenShift(lane: "3", operator: "1003")))
    try shop.sell([item(1)], lane: "3")
    #expect(shop.till.jobs.isEmpty)
    try shop.sell([item(1)], tender: TenderInput(kind: .external, report: TenderReport(outcome: .yes)))
    #expect(shop.till.jobs["j1"]?.document == .receipt && shop.till.jobs["j1"]?.copy == .original)
    #expect(shop.till.jobs["j2"]?.document == .merchantCopy && shop.till.jobs["j2"]?.copy == .merchant)
    #expect(shop.till.jobs["j1"]?.stub?.stub == "2")
    let proforma = try shop.open([item(7)])
    let facts = try shop.facts(shop.stubs[0])
    try shop.act(.deliver(Deliver(sale: proforma, document: .proforma)))
    #expect(shop.till.jobs["j3"]?.sale == proforma)
    let silent = try shop.act(.deliver(Deliver(stub: facts.reference, channel: .electronic)), facts: [facts])
    #expect(silent.records.map(\.fact.kind) == [.deliveryOrdered] && silent.effects.isEmpty)
  }

  @Test func aNewEpochKeepsEverythingAndSkipsNumbers() throws {
    var shop = try Shop()
    try shop.sell([item(1)])
    var genesis = try #require(shop.till.identity)
    genesis.epoch = 1
    genesis.numberGap = 100
    let next = try shop.till.beginning(epoch: genesis)
    #expect(next.counters.nextStub == 102 && next.identity?.epoch == 1)
    #expect(next.shifts == shop.till.shifts && next.grand == shop.till.grand)
  }

  @Test func nothingBeforeGenesis() throws {
    var till = Till()
    let shop = try Shop()
    var copy = shop
    let context = copy.context()
    #expect(throws: Refusal.self) { try till.decide(.total(SaleCall(sale: "x")), context) }
    #expect(throws: ReplayError.self) { try till.apply(shop.records[1]) }
    #expect(throws: Refusal.self) { try shop.till.decide(.genesis(shop.till.identity!), context) }
  }

  /// Records that no decision made are errors, never traps.
  @Test func impossibleRecordsAreRefused() throws {
    var shop = try Shop()
    try shop.sell([item(1)])
    for record in shop.records where record.fact.kind != .config && record.fact.kind != .saleOpened {
      var till = shop.till
      #expect(throws: ReplayError.self, "\(record.fact.kind)") { try till.apply(record) }
    }
  }
}
