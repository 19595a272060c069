import Money
import Testing
import Till
import TillShop

/// A sale that waits for a person, and how it goes on.
@Suite struct HeldTests {
  /// A shop with a totalled sale of 12.50 of which the provider took something else.
  private func held(_ amount: Amount = 1200, _ currency: String = "CNY", asked: Amount? = nil) throws -> (Shop, String)
  {
    var shop = try Shop()
    let sale = try shop.totaled([item(1250)])
    try shop.act(pay(sale, asked))
    let decision = try shop.act(try said(shop, sale, yes(amount, currency)))
    #expect(kinds(decision) == [.tenderMismatched, .saleHeld])
    #expect(SaleChange(decision.records)?.state == .held)
    return (shop, sale)
  }

  @discardableResult
  private func resolve(
    _ shop: inout Shop, _ sale: String, _ resolution: HeldResolution, amount: Amount = 1250
  ) throws -> Decision {
    let revision = try #require(shop.till.sales[sale]?.revision)
    let approval = try granted(&shop, sale, amount)
    return try shop.act(
      .resolveSale(
        ResolveSale(
          sale: sale, revision: revision, resolution: resolution, evidence: "their books", reference: "W7",
          approval: approval)))
  }

  private func state(_ shop: Shop, _ sale: String) -> TenderState? {
    shop.till.sales[sale]?.tender(TenderID(1))?.state
  }

  @Test func anotherAmountHoldsTheSaleAndNothingElse() throws {
    var (shop, sale) = try held()
    let it = try #require(shop.till.sales[sale])
    #expect(it.state == .held && it.totals.due == .zero)
    #expect(it.hold?.why == .otherAmount && it.hold?.tender == TenderID(1))
    #expect(it.waiting?.2 == [.complete, .refund, .void])
    #expect(it.tender(TenderID(1))?.course?.took == 1200)
    // Nothing but a person's decision goes on with it.
    for event in [
      pay(sale), .addTender(AddTender(sale: sale, tender: TenderInput(kind: .cash))), .reopen(SaleCall(sale: sale)),
      .voidSale(VoidSale(sale: sale, reason: "x")),
      .removeTender(RemoveTender(sale: sale, tender: TenderID(1), reason: "x")),
    ] as [Event] {
      #expect(throws: Refusal.self) { try shop.act(event) }
    }
    #expect(shop.till.followedTenders.count == 1)
    // Another sale, its shift's end and the Z go on.
    let next = try shop.totaled([item(300)])
    try shop.act(.addTender(AddTender(sale: next, tender: TenderInput(kind: .cash))))
    let shift = try #require(shop.till.shift(lane: "1"))
    let counts = [Count(key: TenderKey(kind: .cash), amount: 300)]
    let closed = try shop.act(.closeShift(CloseShift(shift: shift.id, counts: counts, carryParked: false)))
    #expect(kinds(closed).prefix(2) == [.shiftClosed, .saleParked])
    #expect(shop.till.sales[sale]?.parked == true && shop.till.sales[sale]?.state == .held)
    let z = try shop.act(.closeDay(last: shop.till.counters.lastZSequence + 9, head: "ab"))
    guard case .dayClosed(let day)? = z.records.first?.fact else { throw Missing() }
    #expect(day.carried == [sale] && day.unresolved.map(\.sale) == [sale])
    try shop.act(.openShift(OpenShift(lane: "1", operator: "1001")))
    try shop.act(.unpark(SaleCall(sale: sale), lane: "1"))
    #expect(shop.till.sales[sale]?.state == .held)
    for clean in [true, false] {
      try shop.act(.boot(Boot(boot: "b", machine: "m", version: "1", configurationHash: "c", clean: clean)))
      #expect(shop.till.sales[sale]?.state == .held && shop.till.sales[sale]?.hold?.tender == TenderID(1))
    }
  }

  @Test func onlyAnApprovalForTheMoneyResolvesIt() throws {
    var (shop, sale) = try held(1300)
    let bare = ResolveSale(sale: sale, resolution: .refund, evidence: "x")
    #expect(throws: Refusal.approvalRequired(action: .decideTender, limit: nil, asked: nil, amount: 1300)) {
      try shop.act(.resolveSale(bare))
    }
    #expect(throws: Refusal.self) { try resolve(&shop, sale, .refund, amount: 1250) }
    var silent = bare
    silent.evidence = ""
    #expect(throws: Refusal.self) { try shop.act(.resolveSale(silent)) }
    let done = try resolve(&shop, sale, .refund, amount: 1300)
    guard case .heldResolved(let it)? = done.records.first?.fact else { throw Missing() }
    #expect(it.approver == "9001" && it.evidence == "their books" && it.resolution == .refund)
    // A sale that is not held has nothing to resolve.
    #expect(throws: Refusal.self) { try resolve(&shop, sale, .refund, amount: 1300) }
  }

  /// What moved counts: less leaves a rest, all of it pays, more is refused, and so is another currency.
  @Test func completeCountsWhatMoved() throws {
    var (shop, sale) = try held(1200)
    let part = try resolve(&shop, sale, .complete)
    #expect(kinds(part) == [.heldResolved, .tenderApproved])
    let after = try #require(shop.till.sales[sale])
    #expect(after.state == .tendering && after.hold == nil && after.totals.due == 50)
    #expect(after.tender(TenderID(1))?.approved == 1200 && after.tender(TenderID(1))?.reference == "W7")
    try shop.act(.addTender(AddTender(sale: sale, tender: TenderInput(kind: .cash))))
    #expect(shop.stubs.last?.tenders.map(\.approved) == [1200, 50])
    // The provider is asked what it says of that: of what counted, not of what was asked.
    #expect(shop.till.followedTenders.map(\.sale) == [sale])
    let test = try shop.act(try said(shop, sale, yes(1200)))
    guard case .tenderTested(let tested)? = test.records.first?.fact else { throw Missing() }
    #expect(tested.tender.course?.test == .agrees && shop.till.pursuits.isEmpty)

    var (more, big) = try held(1300)
    #expect(more.till.sales[big]?.waiting?.2 == [.refund, .void])
    #expect(throws: Refusal.self) { try resolve(&more, big, .complete, amount: 1300) }
    var (foreign, dollars) = try held(1250, "USD")
    #expect(foreign.till.sales[dollars]?.waiting?.2 == [.refund, .void])
    #expect(throws: Refusal.self) { try resolve(&foreign, dollars, .complete) }
    // More than its part of the bill, and no more than the whole of it.
    var (whole, one) = try held(1250, asked: 500)
    let paid = try resolve(&whole, one, .complete)
    #expect(kinds(paid).prefix(4) == [.heldResolved, .tenderApproved, .salePaid, .stubSealed])
    #expect(SaleChange(paid.records)?.state == .completed)
  }

  @Test func refundAndVoidGiveItBack() throws {
    var (shop, sale) = try held()
    #expect(kinds(try resolve(&shop, sale, .refund)) == [.heldResolved, .tenderReversing])
    #expect(shop.till.sales[sale]?.state == .tendering && shop.till.sales[sale]?.totals.due == 1250)
    // It was taken: only the word that it went back ends it.
    #expect(throws: Refusal.self) { try shop.act(try said(shop, sale, .declined(why: "no"))) }
    try shop.act(try said(shop, sale, .reversed))
    try shop.act(.addTender(AddTender(sale: sale, tender: TenderInput(kind: .cash))))
    #expect(shop.till.sales.isEmpty && shop.till.pursuits.isEmpty)

    var (other, gone) = try held()
    let voided = try resolve(&other, gone, .void)
    #expect(kinds(voided) == [.heldResolved, .tenderReversing, .saleVoided, .stubSealed])
    #expect(other.stubs.last?.form == .void && other.till.sales.isEmpty && other.till.pursuits.count == 1)
    try other.act(try said(other, gone, .reversed))
    #expect(other.till.pursuits.isEmpty)
  }

  /// A person lets the money go; of what outlived its sale, too.
  private func handedBack(_ shop: inout Shop, _ sale: String, amount: Amount) throws -> Decision {
    let outlived = shop.till.pursuits.values.first { $0.sale == sale }?.revision
    let revision = try #require(shop.till.sales[sale]?.revision ?? outlived)
    let granted = try shop.act(
      .approve(
        Approve(
          approver: "9001", action: .decideTender, subject: sale, revision: revision, reason: "cash", amount: amount)))
    guard case .approvalGranted(let approval)? = granted.records.first?.fact else { throw Missing() }
    return try shop.act(
      .decideTender(
        DecideTender(
          sale: sale, tender: TenderID(1), verdict: .notPaid, reason: "handed back in cash", approval: approval.id)))
  }

  /// An approval for what was asked lets nothing go that is more.
  @Test(arguments: [false, true]) func onlyAnApprovalForTheMoneyLetsItGo(isVoid: Bool) throws {
    var (shop, sale) = try held(99_999)
    if isVoid { try resolve(&shop, sale, .void, amount: 99_999) }
    let bare = DecideTender(sale: sale, tender: TenderID(1), verdict: .notPaid, reason: "handed back in cash")
    #expect(throws: Refusal.approvalRequired(action: .decideTender, limit: nil, asked: nil, amount: 99_999)) {
      try shop.act(.decideTender(bare))
    }
    for less: Amount in [1250, 99_998] {
      #expect(throws: Refusal.self) { _ = try handedBack(&shop, sale, amount: less) }
    }
    #expect(throws: Never.self) { _ = try handedBack(&shop, sale, amount: 99_999) }
  }

  /// Handed back by hand: what the provider says of it later takes nothing back.
  @Test func whatWasHandedBackStaysHandedBack() throws {
    var (shop, sale) = try held(1300)
    let decided = try handedBack(&shop, sale, amount: 1300)
    #expect(kinds(decided) == [.heldResolved, .tenderDeclined])
    #expect(kinds(try shop.act(try said(shop, sale, yes(1300)))) == [.tenderTested])
    #expect(shop.till.sales[sale]?.tender(TenderID(1))?.state == .declined)
    #expect(shop.till.followedTenders.isEmpty)
    try shop.act(.addTender(AddTender(sale: sale, tender: TenderInput(kind: .cash))))
    #expect(shop.till.unresolved.map(\.sale) == [sale] && shop.till.pursuits.count == 1)
    try shop.act(.closeDay(last: shop.till.counters.lastZSequence + 9, head: "ab"))
    #expect(shop.till.pursuits.isEmpty)
  }

  /// What the provider says of it later is seen, and decides nothing.
  @Test func theProviderGoesOnTalking() throws {
    var (shop, sale) = try held()
    for answer in [yes(1200), .declined(why: "no"), .pending, .unknown(why: "lost"), .notFound] {
      #expect(throws: Refusal.self) { try shop.act(try said(shop, sale, answer)) }
    }
    #expect(kinds(try shop.act(try said(shop, sale, yes(1250)))) == [.tenderMismatched])
    #expect(shop.till.sales[sale]?.waiting?.1?.course?.took == 1250)
    var counted = shop
    #expect(kinds(try resolve(&counted, sale, .complete)).contains(.salePaid))
    #expect(kinds(try shop.act(try said(shop, sale, .reversed))) == [.tenderReversed])
    #expect(shop.till.sales[sale]?.state == .held && shop.till.sales[sale]?.waiting?.2 == [.refund, .void])
    #expect(throws: Refusal.self) { try resolve(&shop, sale, .complete) }
    #expect(kinds(try resolve(&shop, sale, .refund)) == [.heldResolved])
    #expect(shop.till.sales[sale]?.state == .tendering && shop.till.sales[sale]?.totals.due == 1250)
  }

  /// Journals of before have the tender in a sale that goes on tendering.
  @Test func aManualTenderOfBeforeHasTheSameExits() throws {
    for resolution in HeldResolution.allCases {
      var shop = try Shop()
      let sale = try shop.totaled([item(1250)])
      try shop.act(pay(sale))
      var decision = try shop.till.decide(try said(shop, sale, yes(1200)), shop.context([]))
      decision.records.removeAll { $0.fact.kind == .saleHeld }
      for index in decision.records.indices {
        guard case .tenderMismatched(var it) = decision.records[index].fact else { continue }
        it.tender.course?.took = nil
        it.tender.course?.tookCurrency = nil
        decision.records[index].fact = .tenderMismatched(it)
      }
      try shop.till.apply(decision)
      #expect(shop.till.sales[sale]?.state == .tendering && state(shop, sale) == .manual)
      guard resolution != .complete else {
        // What moved is known only when the provider said it again; then it is held as any other.
        #expect(throws: Refusal.self) { try resolve(&shop, sale, .complete) }
        #expect(kinds(try shop.act(try said(shop, sale, yes(1200)))) == [.tenderMismatched, .saleHeld])
        try resolve(&shop, sale, .complete)
        #expect(shop.till.sales[sale]?.totals.due == 50)
        continue
      }
      try resolve(&shop, sale, resolution)
      #expect((shop.till.sales[sale] == nil) == (resolution == .void))
    }
  }
}
