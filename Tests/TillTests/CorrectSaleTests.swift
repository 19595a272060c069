import Money
import Testing
import Till
import TillShop

/// 反结账: a finished bill replaced by another one.
@Suite struct CorrectSaleTests {
  private func approve(_ shop: inout Shop, _ stub: StubSealed, _ amount: Amount? = nil) throws -> String {
    let before = Set(shop.till.approvals.keys)
    try shop.act(
      .approve(
        Approve(
          approver: "9", action: .correctSale, subject: stub.stub.description, revision: 0, reason: "wrong plate",
          amount: amount ?? stub.totals.total.magnitude)))
    return try #require(shop.till.approvals.keys.first { !before.contains($0) })
  }

  /// Opens the correction of a stub with an approval.
  private func open(
    _ shop: inout Shop, _ stub: StubSealed, _ lines: [LineInput] = [], lane: String = "1"
  ) throws -> String {
    let approval = stub.mode == .normal ? try approve(&shop, stub) : nil
    let facts = try shop.facts(stub)
    let event = OpenSale(
      lane: lane, kind: .correction, lines: lines, corrects: facts.reference, approval: approval)
    let decision = try shop.act(.openSale(event), facts: [facts])
    return SaleChange(decision.records)?.sale ?? ""
  }

  private func total(_ shop: inout Shop, _ sale: String) throws -> Decision {
    try shop.act(.total(SaleCall(sale: sale)))
  }

  private func pay(_ shop: inout Shop, _ sale: String, _ input: TenderInput = TenderInput(kind: .cash)) throws
    -> Decision
  {
    try shop.act(.addTender(AddTender(sale: sale, tender: input)))
  }

  private func expected(_ shop: Shop, _ key: TenderKey = TenderKey(kind: .cash)) -> Amount? {
    shop.till.shifts["s1"]?.expected.first { $0.key == key }?.amount
  }

  private func refusal(_ body: () throws -> Void) -> Rule? {
    do { try body() } catch {
      if case .refused(let rule, _)? = error as? Refusal { return rule }
    }
    return nil
  }

  /// 12.50 paid with 20: an equal bill ends at its total, without money.
  @Test func equalEndsAtTheTotal() throws {
    var shop = try Shop()
    let old = try shop.sell([item(1250)], tender: TenderInput(kind: .cash, tendered: 2000))
    let before = shop.till
    let sale = try open(&shop, old, [item(1250, tax: ["V9"])])
    #expect(shop.till.approvals.isEmpty)
    let done = try total(&shop, sale)
    #expect(kinds(done) == [.saleTotaled, .tenderApproved, .salePaid, .stubSealed, .jobQueued])
    let new = try #require(shop.stubs.last)
    #expect(new.form == .sale && new.kind == .correction && new.stub.value == 2)
    #expect(new.corrects == (try shop.facts(old)).reference && new.offset?.totals == old.totals)
    let tender = try #require(new.tenders.first)
    #expect(tender.kind == .carried && tender.approved == 1250 && tender.change == 0 && tender.why == nil)
    #expect(tender.carried == CarriedPayment(tender: TenderID(1), kind: .cash))
    #expect(tender.carriedFrom == new.corrects && new.totals.due == 0)
    // No drawer, and the sums move by the difference only: of the tax.
    #expect(expected(shop) == 21_250)
    let (day, was) = (shop.till.day, before.day)
    #expect(day.total == was.total && day.sales == was.sales && day.tenders == was.tenders)
    #expect(day.corrections == Tally(count: 1, amount: 0) && day.gross == was.gross)
    #expect(day.taxes.map(\.amount) == [0, new.totals.tax] && day.tax == new.totals.tax)
    #expect(shop.till.grand.total == before.grand.total && shop.till.grand.sales == before.grand.sales)
    #expect(shop.till.grand.stubs == 2)
  }

  @Test func upwardAndDownward() throws {
    for (price, due, drawer) in [(1500, 250, 21_500), (1000, -250, 21_000)] as [(Int64, Int64, Int64)] {
      var shop = try Shop()
      let old = try shop.sell([item(1250)])
      let sale = try open(&shop, old, [item(price)])
      #expect(kinds(try total(&shop, sale)) == [.saleTotaled, .tenderApproved])
      #expect(shop.till.sales[sale]?.totals.due.minorUnits == due)
      let done = try pay(&shop, sale)
      #expect(kinds(done) == [.tenderApproved, .salePaid, .stubSealed, .jobQueued, .drawerOrdered])
      #expect(expected(shop)?.minorUnits == drawer)
      #expect(shop.till.day.total.minorUnits == price)
      #expect(shop.till.day.corrections == Tally(count: 1, amount: Amount(due)))
      #expect(shop.till.day.tenders == [TenderTotal(key: TenderKey(kind: .cash), count: 2, amount: Amount(price))])
      #expect(try shop.facts(old).correctedBy?.value == 2)
    }
  }

  /// Money of a terminal and of a wallet, tips with it: only the difference moves.
  @Test func terminalsAndWallets() throws {
    var shop = try Shop()
    let first = try shop.totaled([item(3000)])
    let report = TenderReport(outcome: .yes, tip: 200, reference: "A1")
    _ = try pay(&shop, first, TenderInput(kind: .external, amount: 1000, provider: "pos-1", report: report))
    _ = try pay(
      &shop, first,
      TenderInput(kind: .provider, provider: "wallet", codeHash: "0123456789abcdef", policy: .standard))
    let order = try #require(shop.till.sales[first]?.tenders.last)
    try shop.act(
      .tenderAnswered(
        TenderAnswered(
          sale: first, tender: order.id, number: order.number ?? "",
          answer: .approved(amount: 2000, currency: "CNY", reference: "W1"))))
    let old = try #require(shop.stubs.last)
    let tenders = shop.till.day.tenders
    let sale = try open(&shop, old, [item(2500)])
    _ = try total(&shop, sale)
    let external = TenderInput(kind: .external, provider: "pos-1", report: TenderReport(outcome: .yes))
    _ = try pay(&shop, sale, external)
    let new = try #require(shop.stubs.last)
    #expect(new.tenders.map(\.kind) == [.carried, .carried, .external])
    #expect(new.tenders[0].tip == 200 && new.tenders[0].approved == 1200 && new.tenders[0].reference == "A1")
    #expect(new.tenders[1].carried?.number == order.number && new.tenders[1].carried?.kind == .provider)
    #expect(new.tenders[1].carried?.tender == order.id && new.tenders[1].number == nil)
    #expect(shop.till.day.tips == 200)
    #expect(shop.till.day.tenders.first { $0.key.kind == .provider } == tenders.first { $0.key.kind == .provider })
    #expect(expected(shop, TenderKey(kind: .external, provider: "pos-1")) == 700)
    // Once more: the payments are still the first ones, and what was paid out is one of them.
    let again = try open(&shop, new, [item(2500)])
    _ = try total(&shop, again)
    let last = try #require(shop.stubs.last)
    #expect(last.stub.value == 3 && last.tenders.map(\.carried?.kind) == [.external, .provider, .external])
    #expect(last.tenders[1].carriedFrom?.stub == "1" && last.tenders[2].carriedFrom?.stub == "2")
    #expect(shop.till.day.total == 2500 && shop.till.day.corrections == Tally(count: 2, amount: -500))
  }

  /// Nothing is left of a corrected bill; what it sold comes back against the new one.
  @Test func theOldBillIsReplaced() throws {
    var shop = try Shop()
    let old = try shop.sell([item(1000, 2)])
    let sale = try open(&shop, old, [returningNone(try shop.facts(old).reference, 1, 3000)])
    _ = try total(&shop, sale)
    _ = try pay(&shop, sale)
    let new = try #require(shop.stubs.last)
    #expect(new.lines[0].input.unitPrice == 1000 && new.lines[0].input.name == old.lines[0].input.name)
    #expect(new.totals.total == 3000 && new.overrides == 0)
    let facts = try shop.facts(old)
    #expect(facts.lines.allSatisfy { $0.leftQuantity == .zero && $0.leftAmount == 0 && $0.leftTaxes == [0] })
    #expect(
      refusal { try shop.sell([returning(facts.reference, 1, 1000)], kind: .return, facts: [facts]) } == .correction)
    #expect(refusal { _ = try open(&shop, old) } == .correction)
    let correct = CorrectTender(
      stub: facts.reference, tender: TenderID(1), kind: .external, provider: "pos-1", reason: "x", approval: "none")
    #expect(refusal { try shop.act(.correctTender(correct), facts: [facts]) } == .correction)
    let fresh = try shop.facts(new)
    #expect(fresh.correctedBy == nil && fresh.lines[0].leftQuantity.thousandths == 3000)
    let back = try shop.sell([returning(fresh.reference, 1, 3000)], kind: .return, facts: [fresh])
    #expect(back.totals.total == -3000 && back.originals == [fresh.reference])
    #expect(shop.till.day.total == 0)
    #expect(refusal { _ = try open(&shop, new) } == .correction)
  }

  /// A line that is taken over has its price of then, and no rule of prices is asked again; a new one has.
  @Test func linesTakenOver() throws {
    var shop = try Shop()
    var cheap = item(1000)
    cheap.unitPrice = 950
    var label = item(777)
    (label.amount, label.priceSource) = (777, .label)
    let old = try shop.sell([cheap, label])
    try shop.act(.configure(reason: "dearer", Shop.configuration { $0.limits.priceOverrideMillionths = 0 }))
    let facts = try shop.facts(old)
    func over(_ line: Int32, _ quantity: Int64) -> LineInput { returningNone(facts.reference, line, quantity) }
    let sale = try open(&shop, old, [over(1, 1000), over(2, 1000)])
    #expect(shop.till.sales[sale]?.totals.total == 1727)
    func add(_ line: LineInput) throws {
      try shop.act(.addLines(AddLines(sale: sale, lines: [line])), facts: [facts])
    }
    #expect(refusal { try add(over(2, 2000)) } == .quantity)
    #expect(refusal { try add(over(3, 1000)) } == .original)
    #expect(refusal { try add(returning(facts.reference, 1, 1000)) } == .quantity)
    #expect(refusal { try add(returningNone(StubReference(box: "shop/1", stub: "9"), 1, 1000)) } == .original)
    #expect(throws: Refusal.self) { try add(cheap) }
    var unproven = item(100)
    unproven.quantity = Quantity(thousandths: -1000)
    #expect(refusal { try add(unproven) } == .saleKind)
    // A line of an ordinary sale takes nothing over.
    let other = try shop.open([])
    #expect(refusal { try shop.act(.addLines(AddLines(sale: other, lines: [over(1, 1000)])), facts: [facts]) } != nil)
  }

  /// The rate of a tax code is that of the bill.
  @Test func theTaxIsOfTheDay() throws {
    var shop = try Shop()
    let old = try shop.sell([item(1070, tax: ["X7"])])
    try shop.act(
      .configure(
        reason: "rate",
        Shop.configuration {
          $0.taxes[2].rate = TaxRate(basisPoints: 1000)
          $0.taxRounding = .perSale
        }))
    let sale = try open(&shop, old, [returningNone(try shop.facts(old).reference, 1, 1000)])
    #expect(kinds(try total(&shop, sale)).contains(.stubSealed))
    #expect(shop.stubs.last?.totals.tax == old.totals.tax && shop.stubs.last?.taxRounding == old.taxRounding)
  }

  @Test func reopenAndVoidGiveTheOldBillBack() throws {
    var shop = try Shop()
    let old = try shop.sell([item(1250)])
    let before = (shop.till.day, shop.till.shifts, shop.till.grand.volume)
    let sale = try open(&shop, old, [item(1500)])
    for _ in 0..<40 {
      _ = try total(&shop, sale)
      #expect(
        refusal {
          let remove = RemoveTender(sale: sale, tender: TenderID(1), reason: "x")
          try shop.act(.removeTender(remove))
        } == .tender)
      let back = try shop.act(.reopen(SaleCall(sale: sale)))
      #expect(kinds(back) == [.tenderReversed, .saleReopened])
      #expect(shop.till.sales[sale]?.totals.due == 1500 && shop.till.sales[sale]?.tenders.count == 1)
    }
    _ = try total(&shop, sale)
    #expect(refusal { _ = try open(&shop, old) } == .correction)
    let facts = try shop.facts(old)
    #expect(
      refusal { try shop.sell([returning(facts.reference, 1, 1000)], kind: .return, facts: [facts]) } == .correction)
    let revision = shop.till.sales[sale]?.revision ?? 0
    try shop.act(
      .approve(Approve(approver: "9", action: .voidTotalled, subject: sale, revision: revision, reason: "x")))
    let void = try shop.act(
      .voidSale(
        VoidSale(sale: sale, reason: "x", approval: shop.till.approvals.values.first { $0.subject == sale }?.id)))
    #expect(kinds(void) == [.tenderReversed, .saleVoided, .stubSealed])
    #expect(shop.stubs.last?.offset == nil && shop.stubs.last?.form == .void)
    #expect(shop.till.day.total == before.0.total && shop.till.day.tenders == before.0.tenders)
    #expect(shop.till.day.reversedTenders == Tally() && shop.till.day.corrections == nil)
    #expect(shop.till.shifts["s1"]?.expected == before.1["s1"]?.expected)
    // The old bill stands as before.
    #expect(try shop.facts(old).correctedBy == nil)
    try shop.sell([returning(facts.reference, 1, 1000)], kind: .return, facts: [facts])
  }

  @Test func whatIsRefused() throws {
    var shop = try Shop()
    try shop.act(.openShift(OpenShift(lane: "2", operator: "1002")))
    let sold = try shop.sell([item(500, 2)])
    let facts = try shop.facts(sold)
    let bare = OpenSale(lane: "1", kind: .correction, corrects: facts.reference)
    #expect(throws: Refusal.approvalRequired(action: .correctSale, limit: nil, asked: nil, amount: 1000)) {
      try shop.act(.openSale(bare), facts: [facts])
    }
    #expect(throws: Refusal.originalNotHere(box: "shop/1", proofs: [.local])) { try shop.act(.openSale(bare)) }
    #expect(refusal { try shop.act(.openSale(OpenSale(lane: "1", kind: .correction))) } == .saleKind)
    #expect(
      refusal { try shop.act(.ring(Ring(open: bare, tender: TenderInput(kind: .cash))), facts: [facts]) } == .saleKind)
    // One approval is for one thing.
    var cheap = item(1000)
    cheap.unitPrice = 1
    #expect(refusal { _ = try open(&shop, sold, [cheap]) } == .approval)
    // Less than the bill is not enough.
    let small = try approve(&shop, sold, 999)
    #expect(throws: Refusal.self) {
      try shop.act(
        .openSale(OpenSale(lane: "1", kind: .correction, corrects: facts.reference, approval: small)), facts: [facts])
    }
    let practice = try shop.sell([item(500)], lane: "2")
    #expect(refusal { _ = try open(&shop, practice) } == .training)
    #expect(refusal { _ = try open(&shop, sold, lane: "2") } == .training)
    // Held by a return that is under way, then returned in part.
    let taking = try shop.open([returning(facts.reference, 1, 1000)], kind: .return, facts: [facts])
    #expect(refusal { _ = try open(&shop, sold) } == .correction)
    try shop.act(.voidSale(VoidSale(sale: taking, reason: "x")))
    let refund = try shop.sell([returning(facts.reference, 1, 0, amount: -1)], kind: .return, facts: [facts])
    #expect(refusal { _ = try open(&shop, sold) } == .correction)
    #expect(refusal { _ = try open(&shop, refund) } == .correction)
    #expect(shop.till.sales.isEmpty)
  }

  /// Practice replaces practice, with its own numbers and in no sum.
  @Test func training() throws {
    var shop = try Shop()
    try shop.act(.openShift(OpenShift(lane: "2", operator: "1002")))
    let old = try shop.sell([item(500)], lane: "2")
    let sale = try open(&shop, old, [item(500)], lane: "2")
    _ = try total(&shop, sale)
    #expect(shop.stubs.last?.stub.description == "T2" && shop.stubs.last?.form == .training)
    #expect(shop.till.day.total == 0 && shop.till.day.corrections == nil && shop.till.day.trainingStubs == 2)
    #expect(try shop.facts(old).correctedBy?.description == "T2")
  }

  /// On another day, with the drawer of another shift: that day has the difference and nothing else.
  @Test func onAnotherDay() throws {
    var shop = try Shop()
    let old = try shop.sell(
      [item(1250)], tender: TenderInput(kind: .external, provider: "pos-1", report: .init(outcome: .yes)))
    try shop.act(.closeShift(CloseShift(shift: "s1", counts: [Count(key: TenderKey(kind: .cash), amount: 20_000)])))
    try shop.act(.closeDay(last: Int64(shop.records.count), head: "ab"))
    try shop.act(.openShift(OpenShift(lane: "1", operator: "1002")))
    let sale = try open(&shop, old, [item(1000)])
    _ = try total(&shop, sale)
    _ = try pay(&shop, sale)
    let day = shop.till.day
    #expect(day.total == -250 && day.sales == Tally() && day.corrections == Tally(count: 1, amount: -250))
    #expect(day.tenders == [TenderTotal(key: TenderKey(kind: .cash), count: 1, amount: -250)])
    #expect(shop.till.shifts["s2"]?.expected == [Count(key: TenderKey(kind: .cash), amount: -250)])
    #expect(shop.till.grand.total == 1000 && shop.till.grand.sales == 1000)
  }
}

/// A line that a correction takes over from a stub.
private func returningNone(_ reference: StubReference, _ line: Int32, _ thousandths: Int64) -> LineInput {
  LineInput(
    name: "同上", quantity: Quantity(thousandths: thousandths), listPrice: 0, unitPrice: 0,
    original: Original(reference: reference, line: LineID(line)))
}
