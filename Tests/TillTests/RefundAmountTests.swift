import Money
import Testing
import Till
import TillShop

/// A refund that moved another amount than was asked, and what a refund may come to.
@Suite struct RefundAmountTests {
  private struct Missing: Error {}

  private func kinds(_ decision: Decision) -> [RecordKind] { decision.records.map(\.fact.kind) }

  /// A shop that sold two bottles at 12.50 by wallet, and another one with a bigger bill beside it.
  private func sold() throws -> (Shop, StubSealed) {
    var shop = try Shop()
    let sale = try shop.totaled([item(1250, 2), item(10)])
    let input = TenderInput(kind: .provider, provider: "wallet", codeHash: "0123456789abcdef", policy: .standard)
    try shop.act(.addTender(AddTender(sale: sale, tender: input)))
    let number = try #require(shop.till.sales[sale]?.tender(TenderID(1))?.number)
    let yes = ProviderAnswer.approved(amount: 2510, currency: "CNY", reference: nil)
    try shop.act(.tenderAnswered(TenderAnswered(sale: sale, tender: TenderID(1), number: number, answer: yes)))
    return (shop, try #require(shop.stubs.last))
  }

  private func refund(_ shop: inout Shop, _ sale: String, _ stub: StubSealed, _ amount: Amount? = nil) throws {
    let input = TenderInput(kind: .provider, amount: amount, policy: .standard)
    try shop.act(.addTender(AddTender(sale: sale, tender: input)), facts: [try shop.facts(stub)])
  }

  /// A return of both bottles, of which so much was asked back and its provider gave that.
  private func mismatched(_ given: Amount, asked: Amount? = nil) throws -> (Shop, StubSealed, String) {
    var (shop, stub) = try sold()
    let facts = try shop.facts(stub)
    let sale = try shop.totaled([returning(facts.reference, 1, 2000)], kind: .return, facts: [facts])
    try refund(&shop, sale, stub, asked)
    #expect(kinds(try shop.act(try said(shop, sale, given))) == [.tenderMismatched])
    #expect(shop.till.sales[sale]?.tenders.first?.course?.took == given)
    return (shop, stub, sale)
  }

  private func said(_ shop: Shop, _ sale: String, _ given: Amount) throws -> Event {
    let number =
      shop.till.sales[sale]?.tenders.first?.number ?? shop.till.pursuits.values.first { $0.sale == sale }?.tender.number
    return .tenderAnswered(
      TenderAnswered(
        sale: sale, tender: TenderID(1), number: try #require(number),
        answer: .approved(amount: given, currency: "CNY", reference: "R")))
  }

  @discardableResult
  private func decide(_ shop: inout Shop, _ sale: String, _ verdict: TenderVerdict, _ amount: Amount) throws
    -> Decision
  {
    let revision = try #require(shop.till.sales[sale]?.revision)
    let approve = Approve(
      approver: "9001", action: .decideTender, subject: sale, revision: revision, reason: "their books", amount: amount)
    guard case .approvalGranted(let granted)? = try shop.act(.approve(approve)).records.first?.fact else {
      throw Missing()
    }
    return try shop.act(
      .decideTender(
        DecideTender(sale: sale, tender: TenderID(1), verdict: verdict, reason: "their books", approval: granted.id)))
  }

  private func left(_ shop: Shop, _ stub: StubSealed) throws -> Amount {
    let facts = try shop.facts(stub)
    return try shop.till.leftToRefund(facts.tenders[0], of: facts)
  }

  /// What went back counts, the rest is still to be paid out, and line and payment lose what they gave.
  @Test func lessThanAskedCountsAndTheRestIsDue() throws {
    var (shop, stub, sale) = try mismatched(1000)
    #expect(try left(shop, stub) == 1510, "nobody decided yet, and so much went back as its provider says")
    #expect(kinds(try decide(&shop, sale, .paid, 2500)) == [.tenderApproved])
    #expect(shop.till.sales[sale]?.tenders.first?.approved == -1000)
    #expect(shop.till.sales[sale]?.totals.due == -1500)
    // The provider is asked about what counts.
    var confirmed = shop
    try confirmed.act(try said(confirmed, sale, 1000))
    #expect(confirmed.till.sales[sale]?.tenders.first?.course?.test == .agrees)
    // By the same payment, or in cash.
    var again = confirmed
    try refund(&again, sale, stub)
    #expect(again.till.sales[sale]?.tenders.last?.asked == -1500)
    try confirmed.act(.addTender(AddTender(sale: sale, tender: TenderInput(kind: .cash))))
    let back = try #require(confirmed.stubs.last)
    #expect(back.sale == sale && back.totals.total == -2500 && back.tenders.map(\.approved) == [-1000, -1500])
    #expect(try left(confirmed, stub) == 1510 && confirmed.till.pursuits.isEmpty)
    let facts = try confirmed.facts(stub)
    #expect(facts.lines.map(\.leftAmount) == [0, 10] && facts.refunded == [TenderID(1): 1000])
    #expect(confirmed.till.day.total == 10 && confirmed.till.day.refunds.amount == -2500)
  }

  /// More than was asked counts as far as the sale pays out as much.
  @Test func moreThanAskedTakesTheRestOfTheSale() throws {
    var (shop, stub, sale) = try mismatched(1600, asked: -1000)
    #expect(throws: Refusal.self, "of more than was asked") { try decide(&shop, sale, .paid, 1000) }
    try decide(&shop, sale, .paid, 1600)
    #expect(shop.till.sales[sale]?.tenders.first?.approved == -1600 && shop.till.sales[sale]?.totals.due == -900)
    #expect(try left(shop, stub) == 910)
  }

  /// What went back beyond the whole sale is in no sum, cannot go back once more, and the next Z names it.
  @Test func whatIsBeyondTheSaleIsNamed() throws {
    var (shop, stub, sale) = try mismatched(2505)
    let done = try decide(&shop, sale, .paid, 2505)
    #expect(kinds(done).prefix(3) == [.tenderApproved, .salePaid, .stubSealed])
    #expect(shop.stubs.last?.tenders.map(\.approved) == [-2500])
    #expect(try left(shop, stub) == 5)
    #expect(kinds(try shop.act(try said(shop, sale, 2505))) == [.tenderTested])
    let z = try shop.act(.closeDay(last: 10_000, head: "00"))
    guard case .dayClosed(let day)? = z.records.first?.fact else { throw Missing() }
    #expect(day.unresolved.map(\.sale) == [sale] && day.unresolved.map(\.test) == [.contrary])
  }

  /// A person says that it did not go back, and its provider that so much did: that much cannot go back again.
  @Test func whatItsProviderSaysAgainstAPersonsWordIsWhatMoved() throws {
    var (shop, stub, sale) = try mismatched(1000)
    try decide(&shop, sale, .notPaid, 2500)
    #expect(try left(shop, stub) == 1510, "its provider said so")
    var other = shop
    try other.act(
      .tenderAnswered(
        TenderAnswered(
          sale: sale, tender: TenderID(1), number: try #require(other.till.sales[sale]?.tenders.first?.number),
          answer: .declined(why: "no"))))
    #expect(try left(other, stub) == 2510, "now it says so too")
    try shop.act(try said(shop, sale, 1000))
    #expect(try left(shop, stub) == 1510)
    try decide(&shop, sale, .paid, 2500)
    #expect(shop.till.sales[sale]?.tenders.first?.approved == -1000 && shop.till.sales[sale]?.totals.due == -1500)
  }

  /// It says more of what counts than it said before: that much cannot go back again.
  @Test func whatItsProviderAddsCannotGoBackAgain() throws {
    var (shop, stub, sale) = try mismatched(1000)
    try decide(&shop, sale, .paid, 2500)
    try shop.act(try said(shop, sale, 2400))
    #expect(shop.till.sales[sale]?.tenders.first?.approved == -1000 && shop.till.sales[sale]?.totals.due == -1500)
    #expect(try left(shop, stub) == 110)
  }

  @Test func nothingIsNoRefund() throws {
    var (shop, _, sale) = try mismatched(0)
    #expect(throws: Refusal.self) { try decide(&shop, sale, .paid, 2500) }
    var other = shop
    other.now += 61_000
    try decide(&other, sale, .notPaid, 2500)
    #expect(other.till.sales[sale]?.totals.due == -2500)
  }

  /// What comes back without proof is not paid out to the wallet that paid something else.
  @Test func onlyWhatIsProvenGoesBackToItsPayment() throws {
    var (shop, stub) = try sold()
    let facts = try shop.facts(stub)
    let sale = try shop.open([returning(facts.reference, 2, 1000)], kind: .return, facts: [facts])
    var unproven = item(1250)
    unproven.quantity = Quantity(thousandths: -1000)
    unproven.original = Original(reference: StubReference(box: "other/1", stub: "5"), proof: .none)
    let revision = try #require(shop.till.sales[sale]?.revision)
    let approve = Approve(
      approver: "9001", action: .returnWithoutOriginal, subject: sale, revision: revision, reason: "no slip",
      amount: 1250)
    guard case .approvalGranted(let granted)? = try shop.act(.approve(approve)).records.first?.fact else {
      throw Missing()
    }
    try shop.act(.addLines(AddLines(sale: sale, lines: [unproven], approval: granted.id)))
    try shop.act(.total(SaleCall(sale: sale)))
    #expect(shop.till.sales[sale]?.totals.due == -1260)
    for amount in [nil, -11] as [Amount?] {
      do {
        try refund(&shop, sale, stub, amount)
        Issue.record("not refused: \(amount ?? 0)")
      } catch Refusal.refused(let rule, let text) {
        #expect(rule == .original && text.contains("worth 0.10, and 0.10 of that"), "\(text)")
      }
    }
    try refund(&shop, sale, stub, -10)
    try shop.act(try said(shop, sale, 10))
    #expect(throws: Refusal.self, "in a second part neither") { try refund(&shop, sale, stub, -1) }
    try shop.act(.addTender(AddTender(sale: sale, tender: TenderInput(kind: .cash))))
    #expect(shop.stubs.last?.tenders.map(\.approved) == [-10, -1250])
  }

  /// Taxes that come on top are part of what a line is worth.
  @Test func whatALineIsWorthHasItsTaxes() throws {
    var shop = try Shop()
    let sale = try shop.totaled([item(1000, tax: ["X7"])])
    let input = TenderInput(kind: .provider, provider: "wallet", codeHash: "0123456789abcdef", policy: .standard)
    try shop.act(.addTender(AddTender(sale: sale, tender: input)))
    try shop.act(try said(shop, sale, 1077))
    let stub = try #require(shop.stubs.last)
    let facts = try shop.facts(stub)
    let back = try shop.totaled([returning(facts.reference, 1, 1000)], kind: .return, facts: [facts])
    try refund(&shop, back, stub)
    #expect(shop.till.sales[back]?.tenders.first?.asked == -1077)
  }
}
