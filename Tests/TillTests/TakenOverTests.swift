import Money
import Testing
import Till
import TillShop

/// What a correction takes over has the price of then for as much as was sold then, and no more.
@Suite struct TakenOverTests {
  private let bottle = LineInput(name: "酒", taxCodes: ["V13"], listPrice: 10_000, unitPrice: 100)

  private func approve(
    _ shop: inout Shop, _ action: ApprovalAction, _ subject: String, _ amount: Amount, revision: Int64 = 0
  ) throws -> String {
    let granted = try shop.act(
      .approve(
        Approve(
          approver: "9", action: action, subject: subject, revision: revision, reason: "seen", amount: amount)))
    guard case .approvalGranted(let approval) = granted.records[0].fact else { throw Refusal.noSuchSale(subject) }
    return approval.id
  }

  /// Two bottles of 100.00, sold at 1.00 each by approval, and the facts of their bill.
  private func sold() throws -> (Shop, ClosedStubFacts) {
    var shop = try Shop()
    let approval = try approve(&shop, .priceOverride, "1", 20_000)
    var line = bottle
    line.quantity = Quantity(thousandths: 2000)
    let open = OpenSale(lane: "1", lines: [line], approval: approval)
    try shop.act(.ring(Ring(open: open, tender: TenderInput(kind: .cash))))
    let stub = try #require(shop.stubs.last)
    return (shop, try shop.facts(stub))
  }

  private func over(_ facts: ClosedStubFacts, _ thousandths: Int64) -> LineInput {
    LineInput(
      name: "同上", quantity: Quantity(thousandths: thousandths), listPrice: 0, unitPrice: 0,
      original: Original(reference: facts.reference, line: LineID(1)))
  }

  private func correcting(_ shop: inout Shop, _ facts: ClosedStubFacts, _ lines: [LineInput] = []) throws -> String {
    let approval = try approve(&shop, .correctSale, facts.stub.description, facts.totals.total)
    let event = OpenSale(
      lane: "1", kind: .correction, lines: lines, corrects: facts.reference, approval: approval)
    return SaleChange(try shop.act(.openSale(event), facts: [facts]).records)?.sale ?? ""
  }

  /// The money that an approval of the refused edit must name; nil: it is not refused for one.
  private func asked(_ shop: inout Shop, _ event: Event, _ facts: ClosedStubFacts) -> Amount? {
    do { try shop.act(event, facts: [facts]) } catch {
      if case .approvalRequired(.priceOverride, _, _, let amount)? = error as? Refusal { return amount }
      Issue.record("\(error)")
    }
    return nil
  }

  private func add(_ sale: String, _ lines: [LineInput], _ approval: String? = nil) -> Event {
    .addLines(AddLines(sale: sale, lines: lines, approval: approval))
  }

  @Test func asMuchAsWasSoldAsksForNothing() throws {
    var (shop, facts) = try sold()
    let sale = try correcting(&shop, facts, [over(facts, 1000), over(facts, 1000)])
    let total = try shop.act(.total(SaleCall(sale: sale)))
    #expect(total.records.contains { $0.fact.kind == .stubSealed })
    #expect(shop.stubs.last?.overrides == 0)
  }

  @Test func moreIsALineOfItsOwn() throws {
    var (shop, facts) = try sold()
    // In one call, in one line or in several, or behind one that is there already.
    #expect(throws: Refusal.self) { _ = try correcting(&shop, facts, [over(facts, 500_000)]) }
    let sale = try correcting(&shop, facts, [over(facts, 2000)])
    #expect(asked(&shop, add(sale, [over(facts, 1000)]), facts) == 9900)
    #expect(asked(&shop, add(sale, [over(facts, 1)]), facts) == 10)
    let change = ChangeLine(sale: sale, line: LineID(1), replacement: over(facts, 3000))
    #expect(asked(&shop, .changeLine(change), facts) == 29_700)
    // The line that is replaced is not counted, and one that was removed is not either.
    let same = ChangeLine(sale: sale, line: LineID(1), replacement: over(facts, 1000))
    #expect(asked(&shop, .changeLine(same), facts) == nil)
    #expect(asked(&shop, add(sale, [over(facts, 1000), over(facts, 2000)]), facts) == 19_800)
    try shop.act(.removeLine(RemoveLine(sale: sale, line: LineID(1))))
    #expect(asked(&shop, add(sale, [over(facts, 2000)]), facts) == nil)
    // By approval it is sold as it would be for the first time.
    let revision = try #require(shop.till.sales[sale]?.revision)
    let approval = try approve(&shop, .priceOverride, sale, 9900, revision: revision)
    try shop.act(add(sale, [over(facts, 1000)], approval), facts: [facts])
    #expect(shop.till.sales[sale]?.lines.last?.approval == approval)
    try shop.act(.total(SaleCall(sale: sale)))
    try shop.act(.addTender(AddTender(sale: sale, tender: TenderInput(kind: .cash))))
    #expect(shop.stubs.last?.totals.total == 300)
  }
}
