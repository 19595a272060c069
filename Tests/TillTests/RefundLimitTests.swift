import Money
import Testing
import Till
import TillShop

/// Through a provider goes back what a stub is proven to have sold, and of that no more than its payment.
@Suite struct RefundLimitTests {
  private let policy = ProviderPolicy.standard

  private func approve(
    _ shop: inout Shop, _ action: ApprovalAction, _ subject: String, _ amount: Amount
  ) throws -> String {
    let granted = try shop.act(
      .approve(
        Approve(approver: "9001", action: action, subject: subject, revision: 0, reason: "seen", amount: amount)))
    guard case .approvalGranted(let approval) = granted.records[0].fact else { throw Refusal.noSuchSale(subject) }
    return approval.id
  }

  private func yes(_ shop: inout Shop, _ sale: String, _ amount: Amount) throws {
    let tender = try #require(shop.till.sales[sale]?.tenders.last)
    try shop.act(
      .tenderAnswered(
        TenderAnswered(
          sale: sale, tender: tender.id, number: try #require(tender.number),
          answer: .approved(amount: amount, currency: "CNY", reference: "R"))))
  }

  private func pay(_ shop: inout Shop, _ sale: String, _ amount: Amount? = nil) throws {
    let input = TenderInput(
      kind: .provider, amount: amount, provider: "wallet", codeHash: "0123456789abcdef", policy: policy)
    try shop.act(.addTender(AddTender(sale: sale, tender: input)))
  }

  private func refund(_ sale: String, of stub: StubSealed, _ shop: Shop) -> Event {
    let named = RefundOf(stub: shop.reference(stub), tender: TenderID(1))
    return .addTender(
      AddTender(sale: sale, tender: TenderInput(kind: .provider, policy: policy, refundOf: named)))
  }

  private func sold(_ amount: Int64) throws -> (Shop, StubSealed) {
    var shop = try Shop()
    let sale = try shop.totaled([item(amount)])
    try pay(&shop, sale)
    try yes(&shop, sale, Amount(amount))
    return (shop, try #require(shop.stubs.last))
  }

  /// The bill replaced by one of so much, totalled.
  private func corrected(_ shop: inout Shop, _ stub: StubSealed, to price: Int64, _ facts: ClosedStubFacts) throws
    -> String
  {
    let approval = try approve(&shop, .correctSale, stub.stub.description, stub.totals.total)
    let opened = try shop.act(
      .openSale(
        OpenSale(
          lane: "1", kind: .correction, lines: [item(price)], corrects: facts.reference, approval: approval)),
      facts: [facts])
    let sale = SaleChange(opened.records)?.sale ?? ""
    try shop.act(.total(SaleCall(sale: sale)))
    return sale
  }

  /// A return of a line that names the stub and proves nothing, totalled.
  private func unproven(_ shop: inout Shop, of stub: StubSealed, _ price: Int64) throws -> String {
    var line = item(price)
    line.quantity = Quantity(thousandths: -1000)
    line.original = Original(reference: shop.reference(stub), proof: .none)
    let approval = try approve(&shop, .returnWithoutOriginal, "1", Amount(price))
    let facts = try shop.facts(stub)
    let opened = try shop.act(
      .openSale(OpenSale(lane: "1", kind: .return, lines: [line], approval: approval)), facts: [facts])
    let sale = SaleChange(opened.records)?.sale ?? ""
    try shop.act(.total(SaleCall(sale: sale)))
    return sale
  }

  private func refused(_ shop: inout Shop, _ event: Event, _ facts: [ClosedStubFacts]) -> String? {
    do { try shop.act(event, facts: facts) } catch {
      if case .refused(_, let text)? = error as? Refusal { return text }
      return "\(error)"
    }
    return nil
  }

  @Test func whatIsNotProvenIsPaidOutInCash() throws {
    var (shop, stub) = try sold(700)
    let sale = try unproven(&shop, of: stub, 400)
    let text = refused(&shop, refund(sale, of: stub, shop), [try shop.facts(stub)])
    #expect(text?.contains("proves") == true, "\(text ?? "an order went out")")
    try shop.act(.addTender(AddTender(sale: sale, tender: TenderInput(kind: .cash))))
    #expect(shop.till.sales[sale] == nil)
    // Nothing of the payment went back: the bill is corrected as any other.
    #expect(try shop.facts(stub).refunded.isEmpty)
    _ = try corrected(&shop, stub, to: 700, try shop.facts(stub))
  }

  @Test func aReplacedBillGivesNothingBack() throws {
    var (shop, stub) = try sold(700)
    // A return that proves it stands beside the one that does not.
    let sale = try corrected(&shop, stub, to: 400, try shop.facts(stub))
    try shop.act(refund(sale, of: stub, shop), facts: [try shop.facts(stub)])
    try yes(&shop, sale, 300)
    let new = try #require(shop.stubs.last)
    let facts = try shop.facts(stub)
    #expect(facts.correctedBy == new.stub)
    #expect(facts.refunded == [TenderID(1): 300], "what its correction gave back")
    #expect(try shop.till.leftToRefund(facts.tenders[0], of: facts) == 0)
    let other = try unproven(&shop, of: stub, 700)
    #expect(refused(&shop, refund(other, of: stub, shop), [facts]) != nil)
    // The bill in its place gives back what is left.
    let now = try shop.facts(new)
    #expect(try shop.till.leftToRefund(now.tenders[0], of: now) == 400)
  }

  @Test func whatWentBackOtherwiseIsNoBillToCorrect() throws {
    var (shop, stub) = try sold(700)
    // As a journal of before may have it.
    var facts = try shop.facts(stub)
    facts.refunded = [TenderID(1): 400]
    #expect(throws: Refusal.self) { _ = try corrected(&shop, stub, to: 700, facts) }
    #expect(shop.till.sales.isEmpty)
    // What a correction itself gave back is in its own books.
    let first = try corrected(&shop, stub, to: 400, try shop.facts(stub))
    try shop.act(refund(first, of: stub, shop), facts: [try shop.facts(stub)])
    try yes(&shop, first, 300)
    let new = try #require(shop.stubs.last)
    _ = try corrected(&shop, new, to: 400, try shop.facts(new))
    #expect(shop.stubs.last?.stub.value == 3)
  }
}
