import Money
import Testing
import Till
import TillShop

/// What needs a second person, and who that person's word is for.
@Suite struct SecondPersonTests {
  /// Returned lines count whole, and together: neither parts nor what goes out in the same sale hide them.
  @Test func aReturnBeyondTheLimitNeedsAnApproval() throws {
    var shop = try Shop(Shop.configuration { $0.limits.returnTotal = 1000 })
    let facts = try shop.facts(try shop.sell([item(600, 2), item(5000)]))
    let large = returning(facts.reference, 1, 2000)
    let refusal = Refusal.approvalRequired(action: .returnTotal, limit: 1000, asked: 1200, amount: 1200)
    #expect(throws: refusal) { try shop.sell([large], kind: .return, facts: [facts]) }
    #expect(throws: refusal) { try shop.open([large, item(5000)], kind: .exchange, facts: [facts]) }
    let sale = try shop.open([returning(facts.reference, 1, 1000)], kind: .return, facts: [facts])
    let again = AddLines(sale: sale, lines: [returning(facts.reference, 1, 1000)])
    #expect(throws: refusal) { try shop.act(.addLines(again), facts: [facts]) }
    #expect(throws: refusal) {
      try shop.act(
        .changeLine(ChangeLine(sale: sale, line: LineID(1), replacement: large)), facts: [facts])
    }
    let revision = try #require(shop.till.sales[sale]).revision
    try shop.act(
      .approve(
        Approve(
          approver: "9", action: .returnTotal, subject: sale, revision: revision, reason: "broken", amount: 1200)))
    var approved = again
    approved.approval = shop.till.approvals.keys.first
    try shop.act(.addLines(approved), facts: [facts])
    #expect(shop.till.approvals.isEmpty && shop.till.sales[sale]?.totals.total == -1200)
  }

  /// The limit itself is still the cashier's.
  @Test func aReturnUpToTheLimitIsTheCashiers() throws {
    var shop = try Shop(Shop.configuration { $0.limits.returnTotal = 1200 })
    let facts = try shop.facts(try shop.sell([item(600, 2)]))
    #expect(try shop.sell([returning(facts.reference, 1, 2000)], kind: .return, facts: [facts]).totals.total == -1200)
  }

  @Test func changeOpensOnceForAStubOfTheShift() throws {
    var shop = try Shop()
    func change(_ stub: StubNumber, lane: String = "1") -> Event {
      .openDrawer(OpenDrawer(lane: lane, reason: .change, stub: stub.description))
    }
    let refusal = Refusal.approvalRequired(action: .noSale, limit: nil, asked: nil)
    let first = try shop.sell([item(1)]).stub
    let second = try shop.sell([item(1)]).stub
    #expect(throws: refusal) { try shop.act(change(first, lane: "3")) }
    try shop.act(change(first))
    #expect(throws: refusal) { try shop.act(change(first)) }
    try shop.act(.closeShift(CloseShift(shift: "s1", counts: [Count(key: TenderKey(kind: .cash), amount: 20_002)])))
    #expect(throws: refusal) { try shop.act(change(second)) }
    try shop.act(.openShift(OpenShift(lane: "1", operator: "2")))
    #expect(throws: refusal) { try shop.act(change(second)) }
    for _ in 0...Limits.changeOwed { try shop.sell([item(1)]) }
    #expect(throws: refusal) { try shop.act(change(StubNumber(mode: .normal, value: 3))) }
    try shop.act(change(StubNumber(mode: .normal, value: 4)))
  }

  @Test func countOpensOncePerShift() throws {
    var shop = try Shop()
    let count = Event.openDrawer(OpenDrawer(lane: "1", reason: .count))
    let refusal = Refusal.approvalRequired(action: .noSale, limit: nil, asked: nil)
    try shop.act(.moveCash(MoveCash(shift: "s1", direction: .in, amount: 300, reason: "coins")))
    try shop.act(count)
    #expect(throws: refusal) { try shop.act(count) }
    try shop.act(.approve(Approve(approver: "9", action: .noSale, subject: "1", revision: 0, reason: "twice")))
    var approved = OpenDrawer(lane: "1", reason: .count)
    approved.approval = shop.till.approvals.keys.first
    try shop.act(.openDrawer(approved))
    try shop.act(.closeShift(CloseShift(shift: "s1", counts: [Count(key: TenderKey(kind: .cash), amount: 20_300)])))
    #expect(throws: refusal) { try shop.act(count) }
    var lax = try Shop(Shop.configuration { $0.limits.noSaleNeedsApproval = false })
    for _ in 0..<3 { try lax.act(count) }
  }

  /// One program's approval is not another's.
  @Test func anApprovalIsForOneUser() throws {
    var shop = try Shop()
    try shop.act(
      .approve(Approve(approver: "9", action: .noSale, subject: "1", revision: 0, reason: "coins", user: 1001)))
    var event = OpenDrawer(lane: "1", reason: .noSale)
    let approval = try #require(shop.till.approvals.keys.first)
    event.approval = approval
    var context = shop.context()
    for other: Int64? in [nil, 1002] {
      context.user = other
      #expect(throws: Refusal.approvalRefused(approval, why: .user)) {
        try shop.till.decide(.openDrawer(event), context)
      }
    }
    context.user = 1001
    #expect(try shop.till.decide(.openDrawer(event), context).effects.count == 1)
  }

  /// Who tries an approval twice hears that it was used, not that nobody knows it.
  @Test func anApprovalThatDoesNotHoldSaysWhy() throws {
    var shop = try Shop()
    let approve = Event.approve(Approve(approver: "9", action: .noSale, subject: "1", revision: 0, reason: "coins"))
    try shop.act(approve)
    let first = try #require(shop.till.approvals.keys.first)
    var event = OpenDrawer(lane: "1", reason: .noSale)
    event.approval = "never"
    #expect(throws: Refusal.approvalRefused("never", why: .unknown)) { try shop.act(.openDrawer(event)) }
    event.approval = first
    try shop.act(.openDrawer(event))
    #expect(throws: Refusal.approvalRefused(first, why: .used)) { try shop.act(.openDrawer(event)) }
    try shop.act(approve)
    let second = try #require(shop.till.approvals.keys.first)
    event.approval = second
    shop.now += 61_000
    #expect(throws: Refusal.approvalRefused(second, why: .expired)) { try shop.act(.openDrawer(event)) }
    #expect(shop.till.approvals.count == 1, "a refusal uses nothing up")
  }
}
