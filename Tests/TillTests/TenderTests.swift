import Money
import Testing
import Till
import TillShop

@Suite struct TenderTests {
  private func cash(_ sale: String, _ amount: Amount? = nil, tendered: Amount? = nil) -> Event {
    .addTender(AddTender(sale: sale, tender: TenderInput(kind: .cash, amount: amount, tendered: tendered)))
  }
  private func external(_ sale: String, _ amount: Amount? = nil, _ report: TenderReport? = nil) -> Event {
    .addTender(
      AddTender(sale: sale, tender: TenderInput(kind: .external, amount: amount, provider: "pos", report: report)))
  }

  @Test func lastTenderIsOneEventInOrder() throws {
    var shop = try Shop()
    let sale = try shop.totaled([item(1250), item(300)])
    let first = try shop.act(cash(sale, 550))
    #expect(kinds(first) == [.tenderApproved, .drawerOrdered])
    #expect(SaleChange(first.records)?.state == .tendering)
    #expect(SaleChange(first.records)?.totals.due == 1000)
    let last = try shop.act(cash(sale, tendered: 2000))
    #expect(kinds(last) == [.tenderApproved, .salePaid, .stubSealed, .jobQueued, .drawerOrdered])
    #expect(last.effects == [.print(job: "j1", printer: "printer:a"), .kickDrawer(order: "d2", drawer: "drawer:a")])
    let change = try #require(SaleChange(last.records))
    #expect(change.state == .completed && change.stub?.description == "1")
    #expect(change.totals.change == 1000 && change.totals.due == 0)
    #expect(Set(last.records.map(\.stamp)).count == 1)
    #expect(shop.till.sales.isEmpty)
    #expect(shop.till.shifts["s1"]?.expected.first?.amount == 21_550)
  }

  @Test func ringIsOneEventInOrder() throws {
    var shop = try Shop()
    let ring = Ring(open: OpenSale(lines: [item(1250)]), tender: TenderInput(kind: .cash, tendered: 1300))
    #expect(throws: Refusal.noSuchLane(nil)) { try shop.act(.ring(ring)) }
    var laned = ring
    laned.open.lane = "1"
    let decision = try shop.act(.ring(laned))
    #expect(kinds(decision) == [.saleOpened, .stubSealed, .tenderApproved, .salePaid, .jobQueued, .drawerOrdered])
    #expect(SaleChange(decision.records)?.state == .completed)
    #expect(SaleChange(decision.records)?.totals.change == 50)
    #expect(shop.till.day.sales == Tally(count: 1, amount: 1250))
    #expect(shop.till.sales.isEmpty)
  }

  /// All or nothing: what does not pay the whole sale at once is refused, and nothing is recorded.
  @Test func ringNeedsATenderThatCovers() throws {
    var shop = try Shop()
    let before = shop.till
    for tender in [
      TenderInput(kind: .cash, amount: 1249), TenderInput(kind: .cash, amount: 1249, tendered: 1300),
      TenderInput(kind: .external, report: TenderReport(outcome: .unknown)),
      TenderInput(kind: .external, report: TenderReport(outcome: .no)),
      TenderInput(kind: .external, report: TenderReport(outcome: .yes, approved: 1000)),
      TenderInput(kind: .external, amount: 1000, report: TenderReport(outcome: .yes)),
      // Said nothing: nobody knows yet whether it was paid.
      TenderInput(kind: .external),
    ] {
      do {
        try shop.act(.ring(Ring(open: OpenSale(lane: "1", lines: [item(1250)]), tender: tender)))
        Issue.record("\(tender) was taken")
      } catch let refusal as Refusal {
        guard case .refused(.uncovered, let text) = refusal else { throw refusal }
        #expect(text.contains("AddTender"))
      }
      #expect(shop.till == before)
    }
  }

  @Test func anUnknownTenderIsReportedLater() throws {
    var shop = try Shop()
    let id = try shop.totaled([item(1250)])
    let unknown = try shop.act(external(id, nil, TenderReport(outcome: .unknown)))
    #expect(kinds(unknown) == [.tenderUnknown])
    let sale = try #require(shop.till.sales[id])
    #expect(sale.state == .tendering && sale.totals.due == 0)
    #expect(shop.till.unresolved.count == 1)
    #expect(throws: Refusal.self) { try shop.act(external(sale.id)) }
    #expect(throws: Refusal.self) { try shop.act(cash(sale.id)) }
    let report = TenderReport(outcome: .yes, tip: 50, reference: "rrn1")
    let done = try shop.act(.reportTender(ReportTender(sale: sale.id, tender: TenderID(1), report: report)))
    #expect(kinds(done) == [.tenderApproved, .salePaid, .stubSealed, .jobQueued])
    let stub = try #require(shop.stubs.last)
    #expect(stub.totals.extras == 50 && stub.tenders[0].approved == 1300 && stub.tenders[0].reported)
    #expect(shop.till.day.tips == 50)
  }

  @Test func externalPartsAndRefusals() throws {
    var shop = try Shop()
    let sale = try shop.totaled([item(1000)])
    #expect(throws: Refusal.self) { try shop.act(external(sale, 1001, TenderReport(outcome: .yes))) }
    #expect(throws: Refusal.self) { try shop.act(external(sale, -1, TenderReport(outcome: .yes))) }
    #expect(throws: Refusal.self) {
      try shop.act(external(sale, 600, TenderReport(outcome: .yes, approved: 601)))
    }
    #expect(throws: Refusal.self) {
      try shop.act(external(sale, 600, TenderReport(outcome: .yes, approved: 0)))
    }
    let part = try shop.act(external(sale, 600, TenderReport(outcome: .yes, approved: 400)))
    #expect(SaleChange(part.records)?.totals.due == 600)
    let no = try shop.act(external(sale, nil, TenderReport(outcome: .no, why: "card refused")))
    #expect(kinds(no) == [.tenderDeclined])
    let later = try shop.act(external(sale, 200))
    #expect(kinds(later) == [.tenderUnknown])
    #expect(shop.till.sales[sale]?.totals.due == 400)
    // Cash for the rest is possible; the sale waits for the unknown one.
    try shop.act(cash(sale))
    #expect(shop.till.sales[sale]?.totals.due == 0)
    try shop.act(
      .reportTender(ReportTender(sale: sale, tender: TenderID(3), report: TenderReport(outcome: .no))))
    #expect(shop.till.sales[sale]?.totals.due == 200)
    try shop.act(cash(sale))
    #expect(shop.stubs.last?.totals.total == 1000)
    #expect(shop.stubs.last?.tenders.count == 5)
    #expect(throws: Refusal.noSuchSale(sale, allowed: [.tendering])) {
      try shop.act(.reportTender(ReportTender(sale: sale, tender: TenderID(3), report: TenderReport(outcome: .yes))))
    }
  }

  @Test func cashbackComesOutOfTheDrawer() throws {
    var shop = try Shop()
    let sale = try shop.totaled([item(1000)])
    let report = TenderReport(outcome: .yes, surcharge: 10, cashback: 500)
    let decision = try shop.act(external(sale, nil, report))
    #expect(kinds(decision).last == .drawerOrdered)
    let expected = try #require(shop.till.shifts["s1"]?.expected)
    #expect(expected.map(\.amount) == [19_500, 1510])
    #expect(expected.map(\.key.description) == ["cash", "external:pos"])
  }

  @Test func cashRoundingOnTheLastPartOnly() throws {
    var shop = try Shop(currency: "CHF")
    let sale = try shop.totaled([item(29_500, tax: ["X7"])])
    #expect(shop.till.sales[sale]?.totals.total == 31_772)
    #expect(throws: Refusal.self) { try shop.act(cash(sale, 1001)) }
    #expect(throws: Refusal.self) { try shop.act(cash(sale, tendered: 40_001)) }
    try shop.act(cash(sale, 1000))
    let done = try shop.act(cash(sale, tendered: 40_000))
    let totals = try #require(SaleChange(done.records)?.totals)
    #expect(totals.cashRounding == -2 && totals.change == 9230 && totals.due == 0)
    #expect(shop.till.day.cashRounding == -2)
    // An external part is never rounded.
    let exact = try shop.totaled([item(29_500, tax: ["X7"])])
    try shop.act(external(exact, nil, TenderReport(outcome: .yes)))
    #expect(shop.stubs.last?.totals.cashRounding == 0)
    #expect(shop.stubs.last?.tenders[0].approved == 31_772)
  }

  @Test func foreignCash() throws {
    var shop = try Shop()
    let sale = try shop.totaled([item(5000)])
    var input = TenderInput(kind: .cash)
    input.foreign = ForeignAmount(currency: "USD", amount: 1000, rateMillionths: 7_100_000)
    try shop.act(.addTender(AddTender(sale: sale, tender: input)))
    #expect(shop.stubs.last?.totals.change == 2100)
    #expect(shop.till.shifts["s1"]?.expected.map(\.key.description) == ["cash", "cash/USD"])
    #expect(shop.till.shifts["s1"]?.expected.map(\.amount) == [17_900, 1000])
  }

  @Test func removeTenderGivesBack() throws {
    var shop = try Shop()
    let sale = try shop.totaled([item(1000)])
    try shop.act(cash(sale, 400))
    #expect(throws: Refusal.self) { try shop.act(.reopen(SaleCall(sale: sale))) }
    let removed = try shop.act(
      .removeTender(RemoveTender(sale: sale, tender: TenderID(1), reason: "pays by card")))
    #expect(kinds(removed) == [.tenderReversed, .drawerOrdered])
    #expect(SaleChange(removed.records)?.totals.due == 1000)
    #expect(shop.till.shifts["s1"]?.expected.first?.amount == 20_000)
    #expect(throws: Refusal.self) {
      try shop.act(.removeTender(RemoveTender(sale: sale, tender: TenderID(1), reason: "again")))
    }
    #expect(throws: Refusal.noSuchTender(sale: sale, tender: TenderID(8))) {
      try shop.act(.removeTender(RemoveTender(sale: sale, tender: TenderID(8), reason: "none")))
    }
    try shop.act(.reopen(SaleCall(sale: sale)))
    try shop.act(.addLines(AddLines(sale: sale, lines: [item(1)])))
    try shop.act(.total(SaleCall(sale: sale)))
    try shop.act(cash(sale))
    #expect(shop.stubs.last?.totals.total == 1001)
    #expect(shop.stubs.last?.tenders.map(\.state) == [.reversed, .approved])
  }

  @Test func aSaleOfNothingEndsWithAnEmptyTender() throws {
    var shop = try Shop()
    let sale = try shop.totaled([item(0)])
    let decision = try shop.act(cash(sale))
    #expect(kinds(decision) == [.tenderApproved, .salePaid, .stubSealed, .jobQueued])
  }

  /// A late report on a carried sale: what the terminal handed out as cash belongs to a drawer, so somebody must have one.
  @Test func cashbackReportedLateNeedsAnOpenShift() throws {
    var shop = try Shop()
    let sale = try shop.totaled([item(1000)])
    try shop.act(external(sale))
    let cash = TenderKey(kind: .cash)
    let close = CloseShift(shift: "s1", counts: [Count(key: cash, amount: 20_000)], carryParked: true)
    try shop.act(.closeShift(close))
    let report = TenderReport(outcome: .yes, cashback: 500)
    let late = Event.reportTender(ReportTender(sale: sale, tender: TenderID(1), report: report))
    #expect(throws: Refusal.shiftClosed(lane: "1")) { try shop.act(late) }
    try shop.act(.openShift(OpenShift(lane: "1", operator: "1002", opening: [Count(key: cash, amount: 20_000)])))
    try shop.act(late)
    #expect(shop.till.shifts["s2"]?.expected.first { $0.key == cash }?.amount == 19_500)
  }

  @Test func unbuiltKindsAreRefused() throws {
    var shop = try Shop()
    let sale = try shop.totaled([item(10)])
    for kind in [TenderKind.provider, .storedValue, .carried] {
      #expect(throws: Refusal.self) {
        try shop.act(.addTender(AddTender(sale: sale, tender: TenderInput(kind: kind))))
      }
    }
    var noCash = Shop.configuration()
    noCash.lanes[0].cashAllowed = false
    try shop.act(.configure(reason: "no cash", noCash))
    #expect(throws: Refusal.refused(.cashNotAllowed, text: "the lane takes no cash")) { try shop.act(cash(sale)) }
  }
}
