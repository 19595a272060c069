import Money
import Testing
import Till
import TillShop

/// Returns from a stub of another box, once its proof was checked.
@Suite struct ForeignReturnTests {
  static let key = "shop/2+5a1c9f02+AZ8T"

  /// Facts as the lookup hands them over: of a stub sealed on a box like this one, which is `shop/2`.
  private func foreign(_ lines: [LineInput] = [item(1130, 3)]) throws -> ClosedStubFacts {
    var other = try Shop()
    var facts = try other.facts(try other.sell(lines))
    facts.reference = StubReference(box: "shop/2", stub: facts.stub.description, sequence: 40, hash: "ab")
    facts.provenBy = Self.key
    return facts
  }

  private func shop(_ limit: Amount?) throws -> Shop {
    try Shop(Shop.configuration { $0.limits.foreignReturnTotal = limit })
  }

  /// A line as an application names it: it knows the number, and says nothing of the proof.
  private func back(_ facts: ClosedStubFacts, _ quantity: Int64, _ proof: OriginalProof = .signature) -> LineInput {
    var line = returning(StubReference(box: "shop/2", stub: facts.reference.stub), 1, quantity)
    line.original?.proof = proof
    return line
  }

  @Test func aProofIsEnoughUpToTheLimitAndTheEntrySaysWhose() throws {
    var shop = try shop(2260)
    let facts = try foreign()
    for said in [OriginalProof.signature, .local, .hub] {
      var line = back(facts, 1000, said)
      line.original?.provenBy = "a key that the application names"
      let sale = try shop.open([line], kind: .return, facts: [facts])
      let kept = try #require(shop.till.sales[sale]?.lines.first?.input.original)
      #expect(kept == Original(reference: facts.reference, line: LineID(1), proof: .signature, provenBy: Self.key))
      try shop.act(.voidSale(VoidSale(sale: sale, reason: "next")))
    }
    let stub = try shop.sell([back(facts, 2000)], kind: .return, facts: [facts])
    #expect(stub.totals.total == -2260 && stub.form == .refund)
    #expect(stub.lines.first?.result.taxes.first?.amount == -260)
    #expect(stub.originals == [facts.reference])
  }

  @Test func beyondTheLimitAPersonApprovesBesideTheProof() throws {
    let facts = try foreign()
    for (limit, asked) in [(Amount(1129), Amount(1130)), (nil, 1130)] {
      var shop = try shop(limit)
      let refusal = Refusal.approvalRequired(
        action: .returnTotal, limit: limit?.minorUnits ?? 0, asked: asked.minorUnits, amount: asked)
      #expect(throws: refusal) { try shop.sell([back(facts, 1000)], kind: .return, facts: [facts]) }
      try shop.act(
        .approve(
          Approve(
            approver: "9", action: .returnTotal, subject: "1", revision: 0, reason: "seen", amount: 1130)))
      let approval = try #require(shop.till.approvals.keys.first)
      let open = OpenSale(lane: "1", kind: .return, lines: [back(facts, 1000)], approval: approval)
      try shop.act(.ring(Ring(open: open, tender: TenderInput(kind: .cash))), facts: [facts])
      #expect(shop.stubs.last?.totals.total == -1130)
    }
  }

  /// Stubs of this box do not count for the limit of foreign ones, and a small sum of those not for that of all.
  @Test func bothLimitsAreOfTheirOwn() throws {
    var shop = try Shop(
      Shop.configuration {
        $0.limits.foreignReturnTotal = 1130
        $0.limits.returnTotal = 3000
      })
    let facts = try foreign()
    let own = try shop.facts(try shop.sell([item(1000, 3)]))
    try shop.sell([back(facts, 1000), returning(own.reference, 1, 1000)], kind: .return, facts: [facts, own])
    #expect(throws: Refusal.approvalRequired(action: .returnTotal, limit: 3000, asked: 3130, amount: 3130)) {
      try shop.sell([back(facts, 1000), returning(own.reference, 1, 2000)], kind: .return, facts: [facts, own])
    }
    #expect(throws: Refusal.approvalRequired(action: .returnTotal, limit: 1130, asked: 2260, amount: 2260)) {
      try shop.sell([back(facts, 2000)], kind: .return, facts: [facts])
    }
    // Line by line is no way around it.
    let sale = try shop.open([back(facts, 1000)], kind: .return, facts: [facts])
    #expect(throws: Refusal.approvalRequired(action: .returnTotal, limit: 1130, asked: 2260, amount: 2260)) {
      try shop.act(.addLines(AddLines(sale: sale, lines: [back(facts, 1000)])), facts: [facts])
    }
  }

  @Test func neverMoreThanTheStubSaysLessWhatCameBackHere() throws {
    var shop = try shop(100_000)
    var facts = try foreign()
    let open = try shop.open([back(facts, 2000)], kind: .return, facts: [facts])
    #expect(throws: Refusal.overReturn(line: LineID(1), left: 1000)) {
      try shop.sell([back(facts, 2000)], kind: .return, facts: [facts])
    }
    try shop.act(.voidSale(VoidSale(sale: open, reason: "mistake")))
    try facts.take(try shop.sell([back(facts, 2000)], kind: .return, facts: [facts]))
    #expect(throws: Refusal.overReturn(line: LineID(1), left: 1000)) {
      try shop.sell([back(facts, 2000)], kind: .return, facts: [facts])
    }
    try facts.take(try shop.sell([back(facts, 1000)], kind: .return, facts: [facts]))
    #expect(throws: Refusal.overReturn(line: LineID(1), left: 0)) {
      try shop.sell([back(facts, 1)], kind: .return, facts: [facts])
    }
    // A stub of this box with the same number is another one.
    let own = try shop.facts(try shop.sell([item(500)]))
    #expect(own.lines[0].leftQuantity == .one)
  }

  /// Its provider's order is not here, so its money cannot go back there; nor can another box's bill be corrected.
  @Test func noMoneyGoesBackThroughAProviderAndNoBillIsReplaced() throws {
    var shop = try shop(100_000)
    let facts = try foreign()
    let sale = try shop.open([back(facts, 1000)], kind: .return, facts: [facts])
    try shop.act(.total(SaleCall(sale: sale)))
    #expect(throws: Refusal.originalNotHere(box: "shop/2", proofs: [.local])) {
      try shop.act(.addTender(AddTender(sale: sale, tender: TenderInput(kind: .provider))), facts: [facts])
    }
    try shop.act(.addTender(AddTender(sale: sale, tender: TenderInput(kind: .cash))))
    #expect(shop.stubs.last?.totals.total == -1130)
    #expect(throws: Refusal.originalNotHere(box: "shop/2", proofs: [.local])) {
      try shop.act(
        .openSale(OpenSale(lane: "1", kind: .correction, lines: [item(1)], corrects: facts.reference)), facts: [facts])
    }
    #expect(throws: Refusal.originalNotHere(box: "shop/2", proofs: [.local])) {
      try shop.act(
        .correctTender(
          CorrectTender(stub: facts.reference, tender: TenderID(1), kind: .external, reason: "card")), facts: [facts])
    }
  }

  @Test func whatIsNoStubToReturnFromIsRefused() throws {
    var shop = try shop(100_000)
    func rule(_ change: (inout ClosedStubFacts) -> Void) throws -> Rule? {
      var facts = try foreign()
      change(&facts)
      do { try shop.sell([back(facts, 1000)], kind: .return, facts: [facts]) } catch Refusal.refused(let rule, _) {
        return rule
      }
      return nil
    }
    #expect(try rule { $0.mode = .training } == .training)
    #expect(try rule { $0.currency = "EUR" } == .currency)
    #expect(try rule { $0.form = .void } == .original)
    // What another box wrote has not passed this one's rules.
    #expect(
      try rule {
        var input = $0.lines[0].line.input
        input.name = ""
        $0.lines[0].line = Line(id: LineID(1), input: input, result: $0.lines[0].line.result)
      } == .text)
  }

  /// What the application says of the proof of a stub that is here does not count either.
  @Test func aStubOfThisBoxIsLocal() throws {
    var shop = try Shop()
    let own = try shop.facts(try shop.sell([item(500)]))
    var line = returning(own.reference, 1, 1000)
    line.original?.proof = .signature
    line.original?.provenBy = "any"
    let stub = try shop.sell([line], kind: .return, facts: [own])
    #expect(stub.lines.first?.input.original == Original(reference: own.reference, line: LineID(1), proof: .local))
  }
}
