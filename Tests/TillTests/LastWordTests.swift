import Money
import Testing
import Till
import TillShop

/// What a person decided about a payment and its provider never speaks of again.
@Suite struct LastWordTests {
  private struct Missing: Error {}

  private func kinds(_ decision: Decision) -> [RecordKind] { decision.records.map(\.fact.kind) }

  /// A sale of 12.50 whose wallet nobody knows of.
  private func unknown(lane: String = "1") throws -> (Shop, String, String) {
    var shop = try Shop(Shop.configuration { $0.limits.voidTotalledNeedsApproval = false })
    if lane != "1" { try shop.act(.openShift(OpenShift(lane: lane, operator: "1002"))) }
    let sale = try shop.totaled([item(1250)], lane: lane)
    let input = TenderInput(kind: .provider, provider: "wallet", codeHash: "0123456789abcdef", policy: .standard)
    try shop.act(.addTender(AddTender(sale: sale, tender: input)))
    let number = try #require(shop.till.sales[sale]?.tender(TenderID(1))?.number)
    try shop.act(said(sale, number, .unknown(why: "lost")))
    return (shop, sale, number)
  }

  private func said(_ sale: String, _ number: String, _ answer: ProviderAnswer) -> Event {
    .tenderAnswered(TenderAnswered(sale: sale, tender: TenderID(1), number: number, answer: answer))
  }

  private func lastWord(_ sale: String, _ number: String) -> Event {
    .giveUpTender(GiveUpTender(sale: sale, tender: TenderID(1), number: number, isLastWord: true))
  }

  private func cash(_ sale: String) -> Event {
    .addTender(AddTender(sale: sale, tender: TenderInput(kind: .cash)))
  }

  @discardableResult
  private func decide(_ shop: inout Shop, _ sale: String, _ verdict: TenderVerdict) throws -> Decision {
    let revision = shop.till.sales[sale]?.revision ?? shop.till.pursuits.values.first { $0.sale == sale }?.revision
    let approve = Approve(
      approver: "9001", action: .decideTender, subject: sale, revision: try #require(revision), reason: "their books",
      amount: 1250)
    guard case .approvalGranted(let granted)? = try shop.act(.approve(approve)).records.first?.fact else {
      throw Missing()
    }
    return try shop.act(
      .decideTender(
        DecideTender(sale: sale, tender: TenderID(1), verdict: verdict, reason: "their books", approval: granted.id)))
  }

  private func closed(_ shop: inout Shop) throws -> DayClosed {
    let z = try shop.act(.closeDay(last: shop.till.counters.lastZSequence + 9, head: "ab"))
    guard case .dayClosed(let closed)? = z.records.first?.fact else { throw Missing() }
    return closed
  }

  /// It ends, one Z says what it is, and it leaves every list; the money stays counted as it was decided.
  @Test(arguments: TenderVerdict.allCases) func aPaymentThatNobodyConfirmsEnds(_ verdict: TenderVerdict) throws {
    var (shop, sale, number) = try unknown()
    #expect(throws: Refusal.self, "nobody decided") { try shop.act(lastWord(sale, number)) }
    try decide(&shop, sale, verdict)
    if verdict == .notPaid { try shop.act(cash(sale)) }
    let decidedAt = try #require(shop.till.pursuits[number]?.tender.course?.decidedAt)
    #expect((shop.now - 100...shop.now).contains(decidedAt))
    #expect(shop.till.unresolved.map(\.test) == [nil] && shop.till.followedTenders.map(\.sale) == [sale])
    let before = shop.till
    #expect(kinds(try shop.act(lastWord(sale, number))) == [.tenderTested])
    #expect(throws: Refusal.self, "once") { try shop.act(lastWord(sale, number)) }
    #expect(shop.till.followedTenders.isEmpty && shop.till.pursuits[number]?.tender.isLastWord == true)
    #expect(shop.till.day == before.day && shop.till.grand == before.grand && shop.till.shifts == before.shifts)
    let named = try closed(&shop).unresolved
    #expect(named.map(\.sale) == [sale] && named.map(\.verdict) == [verdict] && named.map(\.test) == [.final])
    #expect(shop.till.pursuits.isEmpty && shop.till.unresolved.isEmpty)
    #expect(try closed(&shop).unresolved.isEmpty)
  }

  /// Money that its provider reports behind the last word is money all the same: it goes back, and no Z forgets it.
  @Test func whatComesBehindTheLastWordGoesBack() throws {
    var (shop, sale, number) = try unknown()
    try decide(&shop, sale, .notPaid)
    try shop.act(cash(sale))
    try shop.act(lastWord(sale, number))
    let yes = ProviderAnswer.approved(amount: 1250, currency: "CNY", reference: nil)
    #expect(kinds(try shop.act(said(sale, number, yes))) == [.tenderReversing])
    #expect(try closed(&shop).unresolved.map(\.test) == [nil], "it is no decision any more")
    #expect(shop.till.pursuits[number]?.tender.state == .reversing)
  }

  /// In a sale that is not finished it is the same; what is taken back behind it is no last word.
  @Test func aPaymentOfAnUnfinishedSaleThatIsTakenBackIsFollowed() throws {
    var shop = try Shop()
    let sale = try shop.totaled([item(1250)])
    let input = TenderInput(
      kind: .provider, amount: 500, provider: "wallet", codeHash: "0123456789abcdef", policy: .standard)
    try shop.act(.addTender(AddTender(sale: sale, tender: input)))
    let number = try #require(shop.till.sales[sale]?.tender(TenderID(1))?.number)
    try shop.act(said(sale, number, .unknown(why: "lost")))
    try decide(&shop, sale, .paid)
    #expect(kinds(try shop.act(lastWord(sale, number))) == [.tenderTested])
    #expect(shop.till.followedTenders.isEmpty)
    try shop.act(.removeTender(RemoveTender(sale: sale, tender: TenderID(1), reason: "card instead")))
    try shop.act(cash(sale))
    #expect(shop.till.sales.isEmpty && shop.till.pursuits[number]?.tender.state == .reversing)
    _ = try closed(&shop)
    #expect(shop.till.followedTenders.map(\.sale) == [sale])
  }

  /// The answer says where the sale stands: paid, ended without payment, or back in the basket.
  @Test func aDecisionSaysWhereItsSaleStands() throws {
    for voided in [false, true] {
      var (shop, sale, number) = try unknown()
      try shop.act(.giveUpTender(GiveUpTender(sale: sale, tender: TenderID(1), number: number)))
      try shop.act(voided ? .voidSale(VoidSale(sale: sale, reason: "gone")) : cash(sale))
      #expect(shop.till.pursuits[number]?.voided == (voided ? true : nil))
      let done = try decide(&shop, sale, .notPaid)
      #expect(SaleChange(done.records)?.state == (voided ? .voided : .completed))
    }
    var (shop, sale, number) = try unknown()
    try shop.act(.giveUpTender(GiveUpTender(sale: sale, tender: TenderID(1), number: number)))
    #expect(throws: Refusal.self, "it is being taken back") { try shop.act(.reopen(SaleCall(sale: sale))) }
    var open = shop
    #expect(SaleChange(try decide(&shop, sale, .notPaid).records)?.state == .tendering)
    // Back in the basket, and then the money came.
    try open.act(said(sale, number, .closed))
    try open.act(.reopen(SaleCall(sale: sale)))
    try open.act(said(sale, number, .approved(amount: 1250, currency: "CNY", reference: nil)))
    #expect(SaleChange(try decide(&open, sale, .notPaid).records)?.state == .open)
  }

  /// A journal of a version that noted no state.
  @Test func anOldDecisionBehindASaleIsOfACompletedOne() {
    let tender = Tender(id: TenderID(1), kind: .provider, state: .reversed, asked: 1250)
    let old = TenderChanged(sale: "s", revision: 3, tender: tender, totals: Totals(), isOver: true)
    #expect(old.saleState == .completed)
    #expect(TenderChanged(sale: "s", revision: 3, tender: tender, totals: Totals()).saleState == .tendering)
  }

  /// The slip of a shift names what outlived sales of its own lane; the Z names all.
  @Test func aShiftNamesItsOwnLane() throws {
    var (shop, sale, _) = try unknown(lane: "3")
    try decide(&shop, sale, .paid)
    let cash = Count(key: TenderKey(kind: .cash), amount: 20_000)
    func slip(_ lane: String) throws -> [UnresolvedTender] {
      let shift = try #require(shop.till.shift(lane: lane)?.id)
      let counts = lane == "1" ? [cash] : [Count(key: TenderKey(kind: .cash), amount: 0)]
      let decision = try shop.act(.closeShift(CloseShift(shift: shift, counts: counts)))
      guard case .shiftClosed(let closed)? = decision.records.first?.fact else { throw Missing() }
      return closed.unresolved
    }
    #expect(try slip("1").isEmpty)
    #expect(try slip("3").map(\.sale) == [sale])
    #expect(try closed(&shop).unresolved.map(\.sale) == [sale])
  }
}
