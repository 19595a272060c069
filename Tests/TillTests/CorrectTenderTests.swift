import Money
import Testing
import Till
import TillShop

/// Books only: a tender of a finished sale counts with another kind, and all sums follow that are still open.
@Suite struct CorrectTenderTests {
  let cash = TenderKey(kind: .cash)
  let card = TenderKey(kind: .external, provider: "pos-1")

  func approve(_ shop: inout Shop, _ stub: StubSealed, _ amount: Amount) throws -> String {
    let known = Set(shop.till.approvals.keys)
    try shop.act(
      .approve(
        Approve(
          approver: "9", action: .correctTender, subject: stub.stub.description, revision: 0, reason: "slip",
          amount: amount)))
    return try #require(shop.till.approvals.keys.first { !known.contains($0) })
  }

  func event(
    _ shop: Shop, _ stub: StubSealed, _ to: TenderKey, tender: Int32 = 1, reference: String? = nil,
    reason: String = "paid by card", approval: String? = nil
  ) -> Event {
    .correctTender(
      CorrectTender(
        stub: shop.reference(stub), tender: TenderID(tender), kind: to.kind, provider: to.provider,
        reference: reference, reason: reason, approval: approval))
  }

  @discardableResult
  func correct(_ shop: inout Shop, _ stub: StubSealed, _ to: TenderKey, tender: Int32 = 1) throws -> TenderCorrected {
    let tenders = try shop.facts(stub).tenders
    let moved = try #require(tenders.first { $0.id == TenderID(tender) })
    let approval = try approve(&shop, stub, try (moved.approved - moved.change).magnitude)
    let decision = try shop.act(
      event(shop, stub, to, tender: tender, approval: approval), facts: [try shop.facts(stub)])
    guard decision.effects.isEmpty, decision.records.count == 1,
      case .tenderCorrected(let corrected) = decision.records[0].fact
    else { throw Refusal.refused(.tender, text: "not one record without effects: \(decision)") }
    return corrected
  }

  func row(_ totals: SalesTotals, _ key: TenderKey) -> TenderTotal? { totals.tenders.first { $0.key == key } }
  func expected(_ shop: Shop, _ shift: String, _ key: TenderKey) -> Amount? {
    shop.till.shifts[shift]?.expected.first { $0.key == key }?.amount
  }

  /// Σ stubs = X = drawer, before and after; the Z too.
  @Test func sumsFollow() throws {
    var shop = try Shop()
    let drawer = try #require(expected(shop, "s1", cash))
    let one = try shop.sell([item(3450)], tender: TenderInput(kind: .cash, tendered: 10_000))
    let two = try shop.sell(
      [item(1000)],
      tender: TenderInput(kind: .external, provider: "pos-1", report: TenderReport(outcome: .yes, tip: 50)))
    #expect(expected(shop, "s1", cash) == (try drawer + 3450))
    let grand = shop.till.grand.total
    let corrected = try correct(&shop, one, card)
    #expect((corrected.from, corrected.to, corrected.amount) == (cash, card, 3450))
    #expect((corrected.shift, corrected.expectedBy) == ("s1", "s1"))
    #expect(expected(shop, "s1", cash) == drawer)
    #expect(expected(shop, "s1", card) == 4500)
    for totals in [shop.till.day, try #require(shop.till.shifts["s1"]?.totals)] {
      #expect(row(totals, card) == TenderTotal(key: card, count: 2, amount: 4500))
      #expect(row(totals, cash) == TenderTotal(key: cash, count: 0, amount: 0))
      #expect(totals.correctedTenders == Tally(count: 1, amount: 3450))
      #expect(totals.total == 4450)
      #expect(totals.tips == 50)
    }
    #expect(shop.till.grand.total == grand)
    // And back, and the other one: what counts is how it is booked now.
    try correct(&shop, one, cash)
    try correct(&shop, two, cash)
    #expect(expected(shop, "s1", cash) == (try drawer + 4500))
    #expect(expected(shop, "s1", card) == 0)
    let closed = try shop.act(.closeDay(last: Int64(shop.records.count), head: "ab"))
    guard case .dayClosed(let z) = closed.records[0].fact else { return #expect(Bool(false), "no Z") }
    #expect(row(z.totals, cash) == TenderTotal(key: cash, count: 2, amount: 4500))
    #expect(z.totals.correctedTenders == Tally(count: 3, amount: 7950))
    #expect(z.totals.total == 4450)
    var replayed = Till()
    for record in shop.records { try replayed.apply(record) }
    #expect(replayed == shop.till)
  }

  /// What is closed stays as it was signed; the day of the correction shows it.
  @Test func aClosedShiftKeepsItsFigures() throws {
    var shop = try Shop()
    let sold = try shop.sell([item(3450)])
    try shop.act(.closeShift(CloseShift(shift: "s1", counts: [Count(key: cash, amount: 3450)])))
    try shop.act(.closeDay(last: Int64(shop.records.count), head: "ab"))
    try shop.act(.openShift(OpenShift(lane: "1", operator: "1002", opening: [Count(key: cash, amount: 500)])))
    let corrected = try correct(&shop, sold, card)
    #expect((corrected.shift, corrected.expectedBy) == (nil, nil))
    #expect(expected(shop, "s2", cash) == 500)
    #expect(shop.till.shifts["s2"]?.totals.correctedTenders == nil)
    #expect(row(shop.till.day, cash) == TenderTotal(key: cash, count: -1, amount: -3450))
    #expect(row(shop.till.day, card) == TenderTotal(key: card, count: 1, amount: 3450))
  }

  /// A part that was paid in one shift of a sale that ended in another: each has what it had.
  @Test func theDrawerIsThatWhichTookTheMoney() throws {
    var shop = try Shop()
    try shop.act(.openShift(OpenShift(lane: "3", operator: "1003")))
    let sale = try shop.totaled([item(1000)])
    let drawer = try #require(expected(shop, "s1", cash))
    try shop.act(.addTender(AddTender(sale: sale, tender: TenderInput(kind: .cash, amount: 400))))
    try shop.act(.park(SaleCall(sale: sale), label: nil))
    try shop.act(.unpark(SaleCall(sale: sale), lane: "3"))
    try shop.act(.addTender(AddTender(sale: sale, tender: TenderInput(kind: .cash))))
    let stub = try #require(shop.stubs.last)
    #expect(stub.tenders.map(\.shift) == ["s1", nil])
    let first = try correct(&shop, stub, card, tender: 1)
    #expect((first.shift, first.expectedBy) == ("s2", "s1"))
    #expect(expected(shop, "s1", cash) == drawer)
    #expect(expected(shop, "s1", card) == 400)
    #expect(expected(shop, "s2", cash) == 600)
    #expect(row(try #require(shop.till.shifts["s2"]?.totals), card)?.amount == 400)
    try correct(&shop, stub, card, tender: 2)
    #expect(expected(shop, "s2", cash) == 0)
    try shop.act(.closeShift(CloseShift(shift: "s1", counts: [Count(key: cash, amount: drawer)])))
    let back = try correct(&shop, stub, cash, tender: 1)
    #expect((back.shift, back.expectedBy) == ("s2", nil))
    #expect(expected(shop, "s2", cash) == 0)
  }

  @Test func itTakesAnApprovalForTheMoney() throws {
    var shop = try Shop()
    let sold = try shop.sell([item(3450)], tender: TenderInput(kind: .cash, tendered: 5000))
    let other = try shop.sell([item(10)])
    let facts = [try shop.facts(sold)]
    #expect(throws: Refusal.approvalRequired(action: .correctTender, limit: nil, asked: nil, amount: 3450)) {
      try shop.act(event(shop, sold, card), facts: facts)
    }
    let little = try approve(&shop, sold, 3449)
    #expect(throws: Refusal.approvalRefused(little, why: .amount, amount: 3450, approved: 3449)) {
      try shop.act(event(shop, sold, card, approval: little), facts: facts)
    }
    let foreign = try approve(&shop, other, 9000)
    #expect(throws: Refusal.approvalRefused(foreign, why: .other)) {
      try shop.act(event(shop, sold, card, approval: foreign), facts: facts)
    }
    #expect(throws: Refusal.noSuchSale("3", allowed: [.open, .tendering, .held])) {
      try shop.act(
        .approve(
          Approve(approver: "9", action: .correctTender, subject: "3", revision: 0, reason: "x", amount: 1)))
    }
    let good = try approve(&shop, sold, 3450)
    try shop.act(event(shop, sold, card, approval: good), facts: facts)
    #expect(throws: Refusal.approvalRefused(good, why: .used)) {
      try shop.act(event(shop, sold, cash, approval: good), facts: [try shop.facts(sold)])
    }
    // Practice needs nobody, and counts nowhere.
    try shop.act(.openShift(OpenShift(lane: "2", operator: "1002")))
    let played = try shop.sell([item(500)], lane: "2")
    let day = shop.till.day
    try shop.act(event(shop, played, card), facts: [try shop.facts(played)])
    #expect(shop.till.day == day)
  }

  @Test func whatIsProvenIsNotCorrected() throws {
    var shop = try Shop()
    let sold = try shop.sell([item(3450)])
    let facts = [try shop.facts(sold)]
    func refuses(_ event: Event, _ rule: Rule, _ facts: [ClosedStubFacts]) {
      let refusal = #expect(throws: Refusal.self) { try shop.act(event, facts: facts) }
      guard case .refused(rule, _)? = refusal else { return #expect(Bool(false), "\(rule): \(refusal as Any)") }
    }
    refuses(event(shop, sold, cash), .tender, facts)
    refuses(event(shop, sold, TenderKey(kind: .cash, provider: "pos-1")), .tender, facts)
    refuses(event(shop, sold, card, reason: ""), .reason, facts)
    refuses(event(shop, sold, card, reason: "13812345678"), .personalData, facts)
    refuses(event(shop, sold, TenderKey(kind: .external, provider: "*")), .text, facts)
    for kind in [TenderKind.provider, .storedValue, .carried] {
      refuses(event(shop, sold, TenderKey(kind: kind)), .tenderKind, facts)
      var paid = facts
      paid[0].tenders[0].kind = kind
      refuses(event(shop, sold, card), .tenderKind, paid)
    }
    var declined = facts
    declined[0].tenders[0].state = .declined
    refuses(event(shop, sold, card), .tender, declined)
    #expect(throws: Refusal.noSuchTender(sale: sold.sale, tender: TenderID(2))) {
      try shop.act(event(shop, sold, card, tender: 2), facts: facts)
    }
    #expect(throws: Refusal.originalNotHere(box: shop.box, proofs: [.local])) {
      try shop.act(event(shop, sold, card), facts: [])
    }
    let dollars = ForeignAmount(currency: "USD", amount: 1000, rateMillionths: 7_000_000)
    let abroad = try shop.sell([item(3450)], tender: TenderInput(kind: .cash, foreign: dollars))
    refuses(event(shop, abroad, card), .foreign, [try shop.facts(abroad)])
    let report = TenderReport(outcome: .yes, cashback: 1000)
    let back = try shop.sell([item(3450)], tender: TenderInput(kind: .external, provider: "pos-1", report: report))
    refuses(event(shop, back, cash), .tender, [try shop.facts(back)])
    // Its terminal may be another one.
    let drawer = try #require(expected(shop, "s1", cash))
    try correct(&shop, back, TenderKey(kind: .external, provider: "pos-2"))
    #expect(expected(shop, "s1", TenderKey(kind: .external, provider: "pos-2")) == 4450)
    #expect(expected(shop, "s1", cash) == drawer)
  }

  /// Money that was paid out moves with its sign.
  @Test func refundsToo() throws {
    var shop = try Shop()
    let sold = try shop.sell([item(1000)])
    let facts = try shop.facts(sold)
    let refund = try shop.sell([returning(facts.reference, 1, 1000)], kind: .return, facts: [facts])
    let drawer = try #require(expected(shop, "s1", cash))
    try correct(&shop, refund, card)
    #expect(expected(shop, "s1", cash) == (try drawer + 1000))
    #expect(row(shop.till.day, card) == TenderTotal(key: card, count: 1, amount: -1000))
  }
}
