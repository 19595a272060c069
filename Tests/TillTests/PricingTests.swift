import Foundation
import Money
import Testing
import Till
import TillShop

/// The tax cases of money-rounding.json.
private struct TaxVectors: Decodable {
  struct Line: Decodable {
    var qty: Int64
    var unit: Int64
    var discountBp: Int64?
  }
  struct Sums: Decodable {
    var base: Int64
    var tax: Int64
    var total: Int64
  }
  struct Group: Decodable {
    var gross: Int64
    var rateBp: Int64
  }
  struct Expected: Decodable {
    var net: Int64
    var tax: Int64
    var total: Int64
  }
  struct Case: Decodable {
    var id: String
    var rateBp: Int64?
    var inclusive: Bool
    var lines: [Line]?
    var mixed: [Group]?
    var perLine: Sums?
    var perTotal: Sums?
    var roundGloballyTotal: Int64?
    var roundPerLineTotal: Int64?
    var expectTotal: Int64?
    var expect: Expected?
    var total: Int64?
    var cashStep: Int64?
    var cashTotal: Int64?
    var rounding: Int64?
  }
  var taxLineVsTotal: [Case]

  static func load() throws -> [Case] {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../MoneyTests/money-rounding.json")
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(TaxVectors.self, from: Data(contentsOf: file)).taxLineVsTotal
  }
}

@Suite struct PricingTests {
  private func price(
    _ lines: [LineInput], _ rounding: TaxRounding, _ rules: [TaxRule], _ adjustments: [Adjustment] = []
  ) throws -> Priced {
    try Pricing.price(
      lines: lines, adjustments: adjustments, rules: PricingRules(taxRounding: rounding, taxes: rules))
  }

  private func rule(_ basisPoints: Int64, included: Bool, code: String = "T") -> TaxRule {
    TaxRule(code: code, rate: TaxRate(basisPoints: basisPoints), included: included)
  }

  /// Every case of the file; which of its fields apply is what the case holds.
  @Test func publishedTaxCases() throws {
    let cases = try TaxVectors.load()
    #expect(cases.count == 5)
    for example in cases {
      if let groups = example.mixed, let expected = example.expect {
        let rules = groups.map { rule($0.rateBp, included: true, code: "\($0.rateBp)") }
        let lines = groups.map { item($0.gross, tax: ["\($0.rateBp)"]) }
        // One rounding for the whole sale gives the published net; each code for itself moves a cent between net and
        // tax. The total never changes.
        let whole = try price(lines, .perSale, rules).totals
        #expect(whole.net == Amount(expected.net) && whole.tax == Amount(expected.tax))
        for rounding in TaxRounding.allCases {
          #expect(try price(lines, rounding, rules).totals.total == Amount(expected.total))
        }
        continue
      }
      let rate = try #require(example.rateBp)
      let rules = [rule(rate, included: example.inclusive)]
      let lines = try #require(example.lines).map { item($0.unit, $0.qty, tax: ["T"]) }
      var adjustments: [Adjustment] = []
      for (index, line) in (example.lines ?? []).enumerated() {
        guard let discount = line.discountBp else { continue }
        let amount = try Rounding.multiply(Amount(-line.unit * line.qty), by: discount, over: 10_000)
        adjustments.append(
          Adjustment(id: "d\(index)", kind: .promotion, target: LineID(Int32(index + 1)), label: "-", amount: amount))
      }
      let perLine = try price(lines, .perLine, rules, adjustments).totals
      let perTotal = try price(lines, .perTotal, rules, adjustments).totals
      if let sums = example.perLine {
        #expect(perLine.net == Amount(sums.base) && perLine.tax == Amount(sums.tax))
        #expect(perLine.total == Amount(sums.total), "\(example.id)")
      }
      if let sums = example.perTotal {
        #expect(perTotal.net == Amount(sums.base) && perTotal.tax == Amount(sums.tax))
        #expect(perTotal.total == Amount(sums.total), "\(example.id)")
      }
      if let total = example.roundPerLineTotal { #expect(perLine.total == Amount(total), "\(example.id)") }
      if let total = example.roundGloballyTotal {
        // An adjustment is a whole amount here, so this sum exists only without rounding the discount.
        let exact = try Fraction(Int128(34835 * 16) * 9600 * 12200, over: 100_000_000)
        #expect(try exact.rounded() == Amount(total), "\(example.id)")
      }
      if let total = example.expectTotal ?? example.total {
        #expect(perLine.total == Amount(total) && perTotal.total == Amount(total), "\(example.id)")
      }
      if let step = example.cashStep, let cash = example.cashTotal, let rounding = example.rounding {
        let rounded = try CashRounding.round(perLine.total, step: step)
        #expect(rounded == Amount(cash))
        #expect(try rounded - perLine.total == Amount(rounding))
      }
    }
  }

  @Test func includedTaxNeverChangesTheGross() throws {
    var random = Seeded(9)
    let rules = [rule(1300, included: true, code: "A"), rule(600, included: true, code: "B")]
    for _ in 0..<200 {
      let lines = (0..<Int(1 + random.below(12))).map { _ in
        item(random.below(2000), 1 + random.below(4), tax: random.pick([["A"], ["B"], ["A", "B"], []]))
      }
      let gross = try Amount.sum(lines.map { try $0.quantity.times($0.unitPrice) })
      for rounding in TaxRounding.allCases {
        let priced = try price(lines, rounding, rules)
        #expect(priced.totals.total == gross)
        #expect(try priced.totals.net + priced.totals.tax == gross)
        var perLine = Amount.zero
        for line in priced.lines { for tax in line.taxes { try perLine += tax.amount } }
        #expect(perLine == priced.totals.tax)
      }
    }
  }

  @Test func refundsMirrorSales() throws {
    let rules = [rule(770, included: false, code: "X"), rule(1300, included: true, code: "V")]
    var random = Seeded(4)
    for rounding in TaxRounding.allCases {
      for _ in 0..<50 {
        let lines = (0..<Int(1 + random.below(6))).map { _ in
          item(random.below(999), 1 + random.below(3), tax: random.pick([["X"], ["V"], ["V", "X"]]))
        }
        let back = lines.map { line in
          var line = line
          line.quantity.thousandths *= -1
          return line
        }
        let sold = try price(lines, rounding, rules).totals
        let returned = try price(back, rounding, rules).totals
        #expect(try sold.total + returned.total == 0 && sold.tax + returned.tax == 0)
      }
    }
  }

  @Test func adjustmentsSpreadInOrder() throws {
    let lines = [item(1000), item(1000), item(1000)]
    let priced = try price(
      lines, .perLine, [rule(1300, included: true, code: "V13")],
      [
        Adjustment(id: "a", kind: .coupon, target: LineID(1), label: "-", amount: -1000),
        Adjustment(id: "b", kind: .promotion, label: "-", amount: -101),
      ])
    #expect(priced.lines.map(\.adjustment) == [-1000, -51, -50])
    #expect(priced.adjustments[1].allocations.map(\.line) == [LineID(2), LineID(3)])
    #expect(priced.totals.total == 1899)
    #expect(priced.totals.adjustments == -1101)
    #expect(priced.totals.gross == 3000)
    #expect(throws: Refusal.self) {
      try price(lines, .perLine, [], [Adjustment(id: "a", kind: .coupon, target: LineID(9), label: "-", amount: -1)])
    }
    #expect(throws: Refusal.self) {
      try price(
        [item(10, tax: [])], .perLine, [], [Adjustment(id: "a", kind: .manual, label: "-", amount: -11)])
    }
  }

  @Test func liabilitiesAreNoRevenue() throws {
    var bottle = item(150, 2, tax: [])
    bottle.kind = .deposit
    let priced = try price(
      [item(1130), bottle], .perLine, [rule(1300, included: true, code: "V13")],
      [Adjustment(id: "a", kind: .promotion, label: "-", amount: -113)])
    #expect(priced.totals.liabilities == 300)
    #expect(priced.totals.gross == 1130)
    #expect(priced.totals.net == 900)
    #expect(priced.totals.tax == 117)
    #expect(priced.totals.total == 1317)
    #expect(priced.lines[1].adjustment == 0)
  }

  /// Edits with the short way (new lines only) and with the long way give the same sums.
  @Test func editsAgreeWithPricingAnew() throws {
    for rounding in TaxRounding.allCases {
      var shop = try Shop(Shop.configuration { $0.taxRounding = rounding })
      let sale = try shop.open([])
      for number in 0..<40 {
        try shop.act(
          .addLines(
            AddLines(sale: sale, lines: [item(Int64(33 + number * 7), 3, tax: ["V9"]), item(199, tax: ["X7"])])))
        if number % 5 == 0 { try shop.act(.removeLine(RemoveLine(sale: sale, line: LineID(Int32(number + 1))))) }
        let open = try #require(shop.till.sales[sale])
        let anew = try Pricing.price(lines: open.lines.map(\.input), rules: shop.till.pricingRules(rounding))
        #expect(anew.totals == open.totals)
        #expect(try open.priced(rules: shop.till.pricingRules(rounding)).totals == open.totals)
      }
    }
  }
}
