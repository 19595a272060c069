import Money
import Testing
import Till
import TillShop

/// Nobody can use up what a till counts in its life with a handful of huge amounts.
@Suite struct LargestSaleTests {
  private let refusal = Refusal.limitExceeded(.saleTotal, maximum: 1_000_000_000)
  private let huge: Amount = 1_000_000_000_000

  @Test func hugeAmountsDoNotStopTheTill() throws {
    var shop = try Shop()
    // 533 of these were the end of a till that did not refuse them.
    for _ in 0..<600 { #expect(throws: refusal) { try shop.sell([item(1_000_000_000_000)]) } }
    #expect(throws: refusal) {
      try shop.act(.moveCash(MoveCash(shift: "s1", direction: .in, amount: huge, reason: "r")))
    }
    #expect(throws: refusal) { try shop.sell([item(600_000_000), item(600_000_000)]) }
    #expect(throws: refusal) { try shop.sell([item(100)], tender: TenderInput(kind: .cash, tendered: huge)) }
    #expect(throws: refusal) {
      try shop.act(
        .openShift(
          OpenShift(lane: "3", operator: "1", opening: [Count(key: TenderKey(kind: .cash), amount: huge)])))
    }
    for report in [
      TenderReport(outcome: .yes, tip: huge), TenderReport(outcome: .yes, surcharge: huge),
      TenderReport(outcome: .yes, cashback: huge),
    ] {
      #expect(throws: refusal) { try shop.sell([item(100)], tender: TenderInput(kind: .external, report: report)) }
      let sale = try shop.totaled([item(100)])
      try shop.act(.addTender(AddTender(sale: sale, tender: TenderInput(kind: .external))))
      #expect(throws: refusal) {
        try shop.act(.reportTender(ReportTender(sale: sale, tender: TenderID(1), report: report)))
      }
    }
    #expect(throws: refusal) { _ = try shop.till.quote(lines: [item(1_000_000_001)], adjustments: []) }
    try shop.sell([item(100)])
  }

  /// More than half a million maximal sales.
  @Test func theLargestSalesAreMany() throws {
    var shop = try Shop()
    let before = shop.till.grand.volume
    try shop.sell([item(1_000_000_000)])
    let counted = shop.till.grand.volume.minorUnits - before.minorUnits
    #expect(counted == 2_115_044_248)
    #expect((1 << 50) / counted > 530_000)
  }

  @Test func theConfigurationSaysMoreOrLess() throws {
    var shop = try Shop(Shop.configuration { $0.limits.saleTotal = 30_000 })
    #expect(throws: Refusal.limitExceeded(.saleTotal, maximum: 30_000)) { try shop.sell([item(30_001)]) }
    try shop.sell([item(30_000)])
    var large = try Shop(Shop.configuration { $0.limits.saleTotal = 1_000_000_000_000 })
    try large.sell([item(1_000_000_000_000)])
    for wrong: Amount in [0, -1, 1_000_000_000_001] {
      #expect(throws: Refusal.self) { _ = try Shop(Shop.configuration { $0.limits.saleTotal = wrong }) }
    }
  }
}
