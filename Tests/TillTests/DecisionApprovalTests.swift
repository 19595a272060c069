import Testing
import Till
import TillShop

/// Who approves a decision about a payment approves that one, and not the other way round.
@Suite struct DecisionApprovalTests {
  private struct Missing: Error {}

  /// A shop with a sale of 12.50 whose payment got this answer.
  private func shop(_ answer: ProviderAnswer) throws -> (Shop, sale: String) {
    var shop = try Shop()
    let sale = try shop.totaled([item(1250)])
    let input = TenderInput(kind: .provider, provider: "wallet", codeHash: "0123456789abcdef", policy: .standard)
    try shop.act(.addTender(AddTender(sale: sale, tender: input)))
    let number = try #require(shop.till.sales[sale]?.tenders.first?.number)
    try shop.act(
      .tenderAnswered(TenderAnswered(sale: sale, tender: TenderID(1), number: number, answer: answer)))
    return (shop, sale)
  }

  private func approve(
    _ shop: inout Shop, _ sale: String, _ decision: ApprovedDecision?, _ tender: Int32? = 1
  ) throws -> String {
    let revision = try #require(shop.till.sales[sale]?.revision)
    let granted = try shop.act(
      .approve(
        Approve(
          approver: "9001", action: .decideTender, subject: sale, revision: revision, reason: "their books",
          amount: 1250, tender: tender.map { TenderID($0) }, decision: decision)))
    guard case .approvalGranted(let approval)? = granted.records.first?.fact else { throw Missing() }
    return approval.id
  }

  private func decide(_ sale: String, _ verdict: TenderVerdict, _ approval: String) -> Event {
    .decideTender(
      DecideTender(sale: sale, tender: TenderID(1), verdict: verdict, reason: "their books", approval: approval))
  }

  @Test(arguments: TenderVerdict.allCases) func whatWasApprovedIsDecided(_ verdict: TenderVerdict) throws {
    var (shop, sale) = try shop(.unknown(why: "timeout"))
    let other = try approve(&shop, sale, verdict == .paid ? .notPaid : .paid)
    #expect(throws: Refusal.approvalRefused(other, why: .other)) { try shop.act(decide(sale, verdict, other)) }
    let ofAnother = try approve(&shop, sale, ApprovedDecision(rawValue: verdict.rawValue), 2)
    #expect(throws: Refusal.approvalRefused(ofAnother, why: .other)) {
      try shop.act(decide(sale, verdict, ofAnother))
    }
    var told = shop
    try told.act(decide(sale, verdict, try approve(&told, sale, ApprovedDecision(rawValue: verdict.rawValue))))
    // A program that does not tell its approver is believed, as ever.
    try shop.act(decide(sale, verdict, try approve(&shop, sale, nil, nil)))
  }

  @Test func ofAHeldSaleToo() throws {
    var (shop, sale) = try shop(.approved(amount: 1200, currency: "CNY", reference: "P1"))
    let refund = try approve(&shop, sale, .refund)
    func resolve(_ resolution: HeldResolution) -> Event {
      .resolveSale(ResolveSale(sale: sale, resolution: resolution, evidence: "their books", approval: refund))
    }
    for resolution in [HeldResolution.complete, .void] {
      #expect(throws: Refusal.approvalRefused(refund, why: .other)) { try shop.act(resolve(resolution)) }
    }
    #expect(throws: Refusal.approvalRefused(refund, why: .other)) { try shop.act(decide(sale, .notPaid, refund)) }
    var back = shop
    try back.act(decide(sale, .notPaid, try approve(&back, sale, .notPaid)))
    try shop.act(resolve(.refund))
  }

  @Test func nothingElseIsAboutATender() throws {
    var shop = try Shop()
    let approve = Approve(
      approver: "9001", action: .noSale, subject: "1", revision: 0, reason: "change", decision: .paid)
    #expect(throws: Refusal.self) { try shop.act(.approve(approve)) }
  }
}
