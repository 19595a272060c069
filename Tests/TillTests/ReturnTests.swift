import Money
import Testing
import Till
import TillShop

@Suite struct ReturnTests {
  /// Training neither pays money out of a real drawer nor takes anything off a real stub.
  @Test func trainingAndMoneyDoNotMeet() throws {
    var shop = try Shop()
    try shop.act(.openShift(OpenShift(lane: "2", operator: "1002")))
    let real = try shop.facts(try shop.sell([item(500)]))
    let played = try shop.facts(try shop.sell([item(500)], lane: "2"))
    for (facts, lane) in [(played, "1"), (real, "2")] {
      let line = returning(facts.reference, 1, 1000)
      #expect {
        try shop.open([line], lane: lane, kind: .return, facts: [facts])
      } throws: {
        guard case .refused(let rule, _)? = $0 as? Refusal else { return false }
        return rule == .training
      }
      let empty = try shop.open([], lane: lane, kind: .return)
      #expect(throws: Refusal.self) { try shop.act(.addLines(AddLines(sale: empty, lines: [line])), facts: [facts]) }
    }
    try shop.sell([returning(played.reference, 1, 1000)], lane: "2", kind: .return, facts: [played])
    try shop.sell([returning(real.reference, 1, 1000)], kind: .return, facts: [real])
  }

  /// Name, unit and prices of a proven return are those of the original, whatever the caller says of them.
  @Test func aProvenReturnIsNamedAndPricedAsItWasSold() throws {
    var shop = try Shop()
    let sold = try shop.sell([item(350, 2)])
    let facts = try shop.facts(sold)
    var line = returning(facts.reference, 1, 1000)
    line.name = "another name"
    line.unit = "box"
    line.listPrice = Amount(99_900)
    line.unitPrice = Amount(99_900)
    line.pricePer = Quantity(thousandths: 5000)
    let refund = try shop.sell([line], kind: .return, facts: [facts])
    let back = try #require(refund.lines.first)
    let original = try #require(sold.lines.first)
    #expect(back.input.name == original.input.name && back.input.unit == original.input.unit)
    #expect(back.input.unitPrice == Amount(350) && back.input.listPrice == original.input.listPrice)
    #expect(back.input.pricePer == .one && back.quantity == Quantity(thousandths: -1000))
    #expect(back.result.amount == Amount(-350))
    #expect(back.input.original == line.original)
  }

  @Test func neverMoreThanIsLeft() throws {
    var shop = try Shop()
    let sold = try shop.sell([item(500, 3)])
    let facts = try shop.facts(sold)
    #expect(throws: Refusal.overReturn(line: LineID(1), left: 3000)) {
      try shop.sell([returning(facts.reference, 1, 3001)], kind: .return, facts: [facts])
    }
    // What another open sale holds is gone, and so is what an earlier line of the same call took.
    let open = try shop.open([returning(facts.reference, 1, 2000)], kind: .return, facts: [facts])
    #expect(throws: Refusal.overReturn(line: LineID(1), left: 1000)) {
      try shop.sell([returning(facts.reference, 1, 2000)], kind: .return, facts: [facts])
    }
    #expect(throws: Refusal.overReturn(line: LineID(3), left: 0)) {
      try shop.act(
        .addLines(
          AddLines(sale: open, lines: [returning(facts.reference, 1, 1000), returning(facts.reference, 1, 1)])),
        facts: [facts])
    }
    try shop.act(.voidSale(VoidSale(sale: open, reason: "mistake")))
    try shop.sell([returning(facts.reference, 1, 3000)], kind: .return, facts: [facts])
    #expect(throws: Refusal.overReturn(line: LineID(1), left: 0)) {
      try shop.sell([returning(facts.reference, 1, 1)], kind: .return, facts: [try shop.facts(sold)])
    }
  }

  @Test func moneyBackWithoutGoods() throws {
    var shop = try Shop()
    let sold = try shop.sell([item(1130, 1)])
    let facts = try shop.facts(sold)
    let refund = try shop.sell([returning(facts.reference, 1, 0, amount: -113)], kind: .return, facts: [facts])
    #expect(refund.totals.total == -113)
    #expect(refund.totals.tax == -13)
    #expect(try shop.facts(sold).lines[0].leftAmount == 1017)
    let rest = try shop.sell(
      [returning(facts.reference, 1, 1000)], kind: .return, facts: [try shop.facts(sold)])
    #expect(rest.totals.total == -1017)
    #expect(throws: Refusal.self) {
      try shop.sell([returning(facts.reference, 1, 0, amount: -1)], kind: .return, facts: [try shop.facts(sold)])
    }
  }

  @Test func exchangePaysTheDifference() throws {
    var shop = try Shop()
    let sold = try shop.sell([item(1000)])
    let facts = try shop.facts(sold)
    let back = try shop.sell(
      [returning(facts.reference, 1, 1000), item(400)], kind: .exchange, facts: [facts])
    #expect(back.totals.total == -600)
    #expect(back.form == .refund)
    #expect(shop.till.shifts["s1"]?.expected == [Count(key: TenderKey(kind: .cash), amount: 20_400)])
    #expect(back.originals == [facts.reference])
  }

  @Test func withoutFactsOrProof() throws {
    var shop = try Shop()
    let foreign = StubReference(box: "shop/2", stub: "7")
    #expect(throws: Refusal.originalNotHere(box: "shop/2", proofs: [.signature, .none])) {
      try shop.sell([returning(foreign, 1, 1000)], kind: .return)
    }
    var unproven = returning(foreign, 1, 1000)
    unproven.original?.proof = .none
    (unproven.listPrice, unproven.unitPrice) = (300, 300)
    #expect(throws: Refusal.approvalRequired(action: .returnWithoutOriginal, limit: nil, asked: nil, amount: 300)) {
      try shop.sell([unproven], kind: .return)
    }
    let granted = try shop.act(
      .approve(
        Approve(
          approver: "9", action: .returnWithoutOriginal, subject: "1", revision: 0, reason: "no receipt", amount: 300)))
    let approval = try #require(shop.till.approvals.keys.first)
    #expect(granted.records.count == 1)
    let open = OpenSale(lane: "1", kind: .return, lines: [unproven], approval: approval)
    let ring = Event.ring(Ring(open: open, tender: TenderInput(kind: .cash)))
    try shop.act(ring)
    #expect(shop.stubs.last?.totals.total == -300)
    #expect(shop.stubs.last?.approval == approval)
    #expect(shop.till.approvals.isEmpty)
    #expect(throws: Refusal.self) { try shop.act(ring) }
  }

  @Test func aSaleTakesNoReturn() throws {
    var shop = try Shop()
    let sold = try shop.sell([item(1000)])
    let facts = try shop.facts(sold)
    #expect(throws: Refusal.self) {
      try shop.sell([returning(facts.reference, 1, 1000)], kind: .sale, facts: [facts])
    }
    #expect(throws: Refusal.self) { try shop.sell([item(5)], kind: .return) }
    var void = facts
    void.form = .void
    #expect(throws: Refusal.self) {
      try shop.sell([returning(facts.reference, 1, 1000)], kind: .return, facts: [void])
    }
  }
}
