import Money
import Testing
import Till
import TillShop

@Suite struct SaleTests {
  @Test func revisionsAndStates() throws {
    var shop = try Shop()
    let sale = try shop.open([item(100)])
    #expect(shop.till.sales[sale]?.revision == 1)
    try shop.act(.addLines(AddLines(sale: sale, revision: 1, lines: [item(5), item(6)])))
    #expect(throws: Refusal.revisionConflict(current: 2)) {
      try shop.act(.addLines(AddLines(sale: sale, revision: 1, lines: [item(5)])))
    }
    #expect(shop.till.sales[sale]?.lines.map(\.id) == [LineID(1), LineID(2), LineID(3)])
    try shop.act(.changeLine(ChangeLine(sale: sale, line: LineID(2), replacement: item(50))))
    try shop.act(.removeLine(RemoveLine(sale: sale, line: LineID(1))))
    #expect(shop.till.sales[sale]?.totals.total == 56)
    #expect(throws: Refusal.noSuchLine(sale: sale, line: LineID(1))) {
      try shop.act(.removeLine(RemoveLine(sale: sale, line: LineID(1))))
    }
    #expect(throws: Refusal.wrongState(state: .open, parked: false, allowed: [.tendering])) {
      try shop.act(.addTender(AddTender(sale: sale, tender: TenderInput(kind: .cash))))
    }
    let parked = try shop.act(.park(SaleCall(sale: sale), label: "5"))
    #expect(SaleChange(parked.records)?.parked == true)
    #expect(throws: Refusal.wrongState(state: .open, parked: true, allowed: [.open])) {
      try shop.act(.total(SaleCall(sale: sale)))
    }
    #expect(throws: Refusal.shiftClosed(lane: "3")) { try shop.act(.unpark(SaleCall(sale: sale), lane: "3")) }
    try shop.act(.openShift(OpenShift(lane: "3", operator: "1003")))
    try shop.act(.unpark(SaleCall(sale: sale), lane: "3"))
    #expect(shop.till.sales[sale]?.shift == "s2")
    let total = try shop.act(.total(SaleCall(sale: sale)))
    #expect(total.records.first?.stamp.operator == "1003")
    #expect(shop.till.sales[sale]?.revision == 7)
    #expect(throws: Refusal.self) { try shop.act(.total(SaleCall(sale: sale))) }
    #expect(throws: Refusal.noSuchSale("x", allowed: [.open])) { try shop.act(.total(SaleCall(sale: "x"))) }
  }

  @Test func voids() throws {
    var shop = try Shop()
    let early = try shop.open([item(100)])
    let decision = try shop.act(.voidSale(VoidSale(sale: early, reason: "gone")))
    #expect(decision.records.map(\.fact.kind) == [.saleVoided])
    #expect(shop.till.day.voidsBeforeTotal == Tally(count: 1, amount: 100))
    #expect(shop.till.counters.nextStub == 1)
    let late = try shop.totaled([item(250)])
    try shop.act(.addTender(AddTender(sale: late, tender: TenderInput(kind: .cash, amount: 50))))
    let void = VoidSale(sale: late, reason: "gone")
    #expect(throws: Refusal.approvalRequired(action: .voidTotalled, limit: nil, asked: nil, amount: 250)) {
      try shop.act(.voidSale(void))
    }
    let revision = try #require(shop.till.sales[late]?.revision)
    try shop.act(
      .approve(Approve(approver: "9", action: .voidTotalled, subject: late, revision: revision, reason: "manager")))
    var approved = void
    approved.approval = shop.till.approvals.keys.first
    let done = try shop.act(.voidSale(approved))
    #expect(done.records.map(\.fact.kind) == [.tenderReversed, .saleVoided, .stubSealed, .drawerOrdered])
    #expect(SaleChange(done.records)?.state == .voided)
    #expect(shop.stubs.last?.form == .void)
    #expect(shop.till.day.voidsAfterTotal == Tally(count: 1, amount: 250))
    #expect(shop.till.day.sales.count == 0 && shop.till.grand.total == 0)
    #expect(shop.till.shifts["s1"]?.expected.first?.amount == 20_000)
    #expect(shop.till.approvals.isEmpty)
  }

  @Test func approvalsAreForOneThingOnce() throws {
    var shop = try Shop()
    let sale = try shop.open([item(1000)])
    var cheap = item(1000)
    cheap.unitPrice = 899
    #expect(throws: Refusal.approvalRequired(action: .priceOverride, limit: 100_000, asked: 101_000, amount: 101)) {
      try shop.act(.addLines(AddLines(sale: sale, lines: [cheap])))
    }
    cheap.unitPrice = 900
    try shop.act(.addLines(AddLines(sale: sale, lines: [cheap])))
    cheap.unitPrice = 1
    func approve(_ action: ApprovalAction, _ revision: Int64) throws -> String {
      let known = Set(shop.till.approvals.keys)
      try shop.act(
        .approve(
          Approve(
            approver: "9", action: action, subject: sale, revision: revision, reason: "damaged", amount: 1998)))
      return try #require(shop.till.approvals.keys.first { !known.contains($0) })
    }
    #expect(throws: Refusal.revisionConflict(current: 2)) { try approve(.priceOverride, 1) }
    let wrong = try approve(.removeTender, 2)
    #expect(throws: Refusal.self) { try shop.act(.addLines(AddLines(sale: sale, lines: [cheap], approval: wrong))) }
    let late = try approve(.priceOverride, 2)
    shop.now += 60_001
    #expect(throws: Refusal.self) { try shop.act(.addLines(AddLines(sale: sale, lines: [cheap], approval: late))) }
    let stale = try approve(.priceOverride, 2)
    try shop.act(.addLines(AddLines(sale: sale, lines: [item(7)])))
    #expect(throws: Refusal.self) { try shop.act(.addLines(AddLines(sale: sale, lines: [cheap], approval: stale))) }
    try shop.act(.removeLine(RemoveLine(sale: sale, line: LineID(3))))
    shop.now += 60_001
    let good = try approve(.priceOverride, 4)
    #expect(shop.till.approvals.count == 1, "expired ones are gone")
    try shop.act(.addLines(AddLines(sale: sale, lines: [cheap, cheap], approval: good)))
    #expect(shop.till.sales[sale]?.lines.last?.approval == good)
    #expect(shop.till.approvals.isEmpty)
    #expect(throws: Refusal.self) { try shop.act(.addLines(AddLines(sale: sale, lines: [cheap], approval: good))) }
    try shop.act(.total(SaleCall(sale: sale)))
    try shop.act(.addTender(AddTender(sale: sale, tender: TenderInput(kind: .cash))))
    #expect(shop.till.day.overrides == 3)
  }

  @Test func manualAdjustmentsHaveALimit() throws {
    var shop = try Shop()
    let sale = try shop.open([item(9000)])
    func set(_ kind: AdjustmentKind, _ amount: Amount) throws {
      try shop.act(
        .setAdjustments(
          SetAdjustments(sale: sale, adjustments: [Adjustment(id: "m", kind: kind, label: "折", amount: amount)])))
    }
    try set(.manual, -1000)
    #expect(throws: Refusal.approvalRequired(action: .manualAdjustment, limit: 1000, asked: 1001, amount: 1001)) {
      try set(.roundOff, -1001)
    }
    try set(.coupon, -1001)
    #expect(shop.till.sales[sale]?.totals.total == 7999)
    #expect(shop.till.sales[sale]?.adjustments.first?.allocations == [])
    try shop.act(.total(SaleCall(sale: sale)))
    #expect(shop.till.sales[sale]?.adjustments.first?.allocations.map(\.amount) == [-1001])
  }

  /// 抹零 beside a discount of one line: the set takes the place of the one before, and each call asks for all of it.
  @Test func adjustmentsTakeTheirPredecessorsPlace() throws {
    var shop = try Shop()
    let sale = try shop.open([item(3000), item(2037, tax: ["V9"])])
    func set(_ adjustments: [Adjustment], revision: Int64? = nil, approval: String? = nil) throws {
      let event = SetAdjustments(sale: sale, revision: revision, adjustments: adjustments, approval: approval)
      try shop.act(.setAdjustments(event))
    }
    let line = Adjustment(id: "a", kind: .manual, target: LineID(2), label: "瑕疵", amount: -900)
    let roundOff = Adjustment(id: "b", kind: .roundOff, label: "抹零", amount: -37)
    try set([line, roundOff], revision: 1)
    #expect(shop.till.sales[sale]?.totals.total == 4100)
    #expect(shop.till.sales[sale]?.lines.map(\.result.adjustment) == [-27, -910])
    #expect(throws: Refusal.revisionConflict(current: 2)) { try set([], revision: 1) }
    #expect(throws: Refusal.approvalRequired(action: .manualAdjustment, limit: 1000, asked: 1037, amount: 1037)) {
      var more = line
      more.amount = -1000
      try set([more, roundOff])
    }
    try set([roundOff])
    #expect(shop.till.sales[sale]?.totals.total == 5000)
    try set([])
    #expect(shop.till.sales[sale]?.totals.total == 5037)
    #expect(shop.till.sales[sale]?.adjustments == [])
    try shop.act(.total(SaleCall(sale: sale)))
    #expect(throws: Refusal.wrongState(state: .tendering, parked: false, allowed: [.open])) { try set([line]) }
  }

  @Test func partyIsAHandle() throws {
    var shop = try Shop()
    let sale = try shop.open([item(100)])
    func set(_ member: String?, revision: Int64? = nil) throws {
      try shop.act(.setParty(SetParty(sale: sale, revision: revision, member: member)))
    }
    try set("M-2041", revision: 1)
    #expect(shop.till.sales[sale]?.member == "M-2041")
    #expect(shop.till.sales[sale]?.totals.total == 100)
    #expect(throws: Refusal.revisionConflict(current: 2)) { try set(nil, revision: 1) }
    for text in ["13812345678", "4111 1111 1111 1111", "a\nb", String(repeating: "M", count: 201)] {
      #expect(throws: Refusal.self, "\(text)") { try set(text) }
    }
    try set(nil)
    #expect(shop.till.sales[sale]?.member == nil)
    try set("M-7")
    try shop.act(.total(SaleCall(sale: sale)))
    #expect(throws: Refusal.wrongState(state: .tendering, parked: false, allowed: [.open])) { try set("M-8") }
    try shop.act(.addTender(AddTender(sale: sale, tender: TenderInput(kind: .cash))))
    #expect(shop.stubs.last?.member == "M-7")
  }

  @Test func limits() throws {
    var shop = try Shop()
    let sale = try shop.open([])
    let many = Array(repeating: item(1, name: "长沙臭豆腐（辣味）散装称重 500g 袋装"), count: Limits.lines)
    try shop.act(.addLines(AddLines(sale: sale, lines: many)))
    #expect(throws: Refusal.limitExceeded(.lines, maximum: 2000)) {
      try shop.act(.addLines(AddLines(sale: sale, lines: [item(1)])))
    }
    let fat = (0..<Limits.lines).map { _ in item(1, name: String(repeating: "辣", count: 66)) }
    #expect(throws: Refusal.limitExceeded(.openState, maximum: Int64(Limits.openState))) { try shop.open(fat) }
    for _ in 1..<Limits.openSales { _ = try shop.open([]) }
    #expect(throws: Refusal.limitExceeded(.openSales, maximum: 64)) { try shop.open([]) }
    try shop.sell([item(5)])
    try shop.act(
      .setAdjustments(
        SetAdjustments(sale: sale, adjustments: [Adjustment(id: "m", kind: .coupon, label: "折", amount: -777)])))
    try shop.act(.total(SaleCall(sale: sale)))
    try shop.act(.addTender(AddTender(sale: sale, tender: TenderInput(kind: .cash))))
    #expect(shop.stubs.last?.totals.total == 1223)
  }

  @Test func personalDataIsRefused() throws {
    var shop = try Shop()
    for text in ["13812345678", "会员 138 1234 5678", "+86 138-1234-5678", "卡4111 1111 1111 1111", "4111111111111111"] {
      #expect(throws: Refusal.self, "\(text)") { try shop.sell([item(1, name: text)]) }
      #expect(throws: Refusal.self, "\(text)") {
        try shop.act(.openSale(OpenSale(lane: "1", member: text)))
      }
    }
    for text in ["6901234567890", "2026-01-01 12:00", "A4 80g 500 张", "0000000000000000", "12812345678"] {
      try shop.sell([item(1, name: text)])
    }
    #expect(throws: Refusal.self) { try shop.sell([item(1, name: "a\nb")]) }
    #expect(throws: Refusal.limitExceeded(.text, maximum: 200)) {
      try shop.sell([item(1, name: String(repeating: "x", count: 201))])
    }
  }

  @Test func badLines() throws {
    var shop = try Shop()
    func refused(_ change: (inout LineInput) -> Void) {
      var line = item(100)
      change(&line)
      #expect(throws: Refusal.self) { try shop.sell([line]) }
    }
    refused { $0.quantity = .zero }
    refused { $0.quantity = Quantity(thousandths: -1000) }
    refused { $0.quantity = Quantity(thousandths: .max) }
    refused { $0.listPrice = -1 }
    refused { $0.unitPrice = Amount(.max) }
    refused { $0.pricePer = .zero }
    refused { $0.taxCodes = ["no"] }
    refused { $0.taxCodes = ["V13", "V13"] }
    refused { $0.name = "" }
    refused { $0.amount = -5 }
    refused { $0.minimumAge = 200 }
    refused { $0.kind = .depositReturn }
    refused { $0.attributes = (0..<17).map { Attribute(name: "\($0)", value: "") } }
  }

  @Test func trainingIsInNoTotal() throws {
    var shop = try Shop()
    try shop.act(.openShift(OpenShift(lane: "2", operator: "1002")))
    let decision = try shop.act(
      .ring(Ring(open: OpenSale(lane: "2", lines: [item(100)]), tender: TenderInput(kind: .cash))))
    #expect(decision.records.map(\.fact.kind) == [.saleOpened, .stubSealed, .tenderApproved, .salePaid, .jobQueued])
    #expect(shop.stubs.last?.stub.description == "T1")
    #expect(shop.stubs.last?.form == .training)
    #expect(shop.till.jobs["j1"]?.training == true)
    #expect(shop.till.day.sales.count == 0 && shop.till.day.trainingStubs == 1 && shop.till.grand.volume == 20_000)
    #expect(shop.till.shifts["s2"]?.expected.first?.amount == 0)
    let normal = try shop.open([item(1)])
    try shop.act(.park(SaleCall(sale: normal), label: nil))
    #expect(throws: Refusal.self) { try shop.act(.unpark(SaleCall(sale: normal), lane: "2")) }
    #expect(throws: Refusal.self) {
      try shop.act(.configure(reason: "x", Shop.configuration { $0.lanes[1].training = false }))
    }
  }
}
