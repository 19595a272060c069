import Money
import Testing
import Till
import TillShop

/// A sale that a provider was asked for money for, reopened and voided: its order number leads to a stub.
@Suite struct VoidReopenedTests {
  /// A sale whose payment the provider declined, open again.
  private func reopened(_ shop: inout Shop, adjustments: [Adjustment] = []) throws -> (sale: String, number: String) {
    let sale = try shop.totaled([item(1250, 2)], adjustments: adjustments)
    let input = TenderInput(
      kind: .provider, provider: "wallet", codeHash: "0123456789abcdef", policy: .standard)
    try shop.act(.addTender(AddTender(sale: sale, tender: input)))
    let number = try #require(shop.till.sales[sale]?.tenders.first?.number)
    try shop.act(
      .tenderAnswered(
        TenderAnswered(sale: sale, tender: TenderID(1), number: number, answer: .declined(why: "no money"))))
    try shop.act(.reopen(SaleCall(sale: sale)))
    return (sale, number)
  }

  private func void(_ sale: String) -> Event { .voidSale(VoidSale(sale: sale, reason: "walked away")) }

  @Test func itKeepsAStub() throws {
    var shop = try Shop()
    let off = Adjustment(id: "a", kind: .promotion, target: nil, label: "满减", amount: -100)
    let (sale, number) = try reopened(&shop, adjustments: [off])
    try shop.act(.addLines(AddLines(sale: sale, lines: [item(500)])))
    #expect(kinds(try shop.act(void(sale))) == [.saleVoided, .stubSealed])
    let stub = try #require(shop.stubs.last)
    #expect(stub.form == .void && stub.tenders.map(\.number) == [number])
    // As its total would have frozen it.
    #expect(stub.totals.total == 2900 && stub.lines.count == 2 && stub.lines.allSatisfy { !$0.result.taxes.isEmpty })
    let settled = try stub.lines.reduce(Amount.zero) { try $0 + $1.result.amount + $1.result.adjustment }
    #expect(settled == 2900 && stub.adjustments.first?.allocations.isEmpty == false)
    #expect(shop.till.sales.isEmpty && shop.till.watched[number] != nil)
    #expect(shop.till.day.voidsAfterTotal == Tally(count: 1, amount: 2900))
    #expect(shop.till.day.voidsBeforeTotal == Tally() && shop.till.day.total == 0)
    // What arrives late goes back, under the same number.
    let late = try shop.act(
      .tenderAnswered(
        TenderAnswered(
          sale: sale, tender: TenderID(1), number: number,
          answer: .approved(amount: 2400, currency: "CNY", reference: "R"))))
    #expect(kinds(late) == [.tenderReversing] && shop.till.pursuits[number]?.sale == sale)
  }

  @Test func alsoWhenNothingCanBeComputedAnyMore() throws {
    for empties in [true, false] {
      var shop = try Shop()
      let (sale, number) = try reopened(&shop)
      if empties {
        try shop.act(.removeLine(RemoveLine(sale: sale, line: LineID(1))))
      } else {
        try shop.act(.configure(reason: "taxes", Shop.configuration { $0.taxes.removeAll() }))
        #expect(throws: Refusal.self) { try shop.act(.total(SaleCall(sale: sale))) }
      }
      #expect(kinds(try shop.act(void(sale))) == [.saleVoided, .stubSealed])
      #expect(shop.stubs.last?.tenders.map(\.number) == [number])
    }
  }

  @Test func withoutAnOrderNothingIsLeft() throws {
    var shop = try Shop()
    let sale = try shop.totaled([item(500)])
    try shop.act(.reopen(SaleCall(sale: sale)))
    #expect(kinds(try shop.act(void(sale))) == [.saleVoided])
    #expect(shop.stubs.isEmpty && shop.till.day.voidsBeforeTotal.count == 1)
  }
}
