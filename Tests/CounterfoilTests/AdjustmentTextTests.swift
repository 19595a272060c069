import Command
import Interfaces
import Testing

/// What `sale adjust` makes of what a person types.
@Suite struct AdjustmentTextTests {
  let money = AmountText(currency: "CNY")

  func line(_ id: String, _ amount: Int64, kind: Wire.LineKind? = nil, onTop: Bool = false) -> Wire.Line {
    let tax = Wire.Tax(code: "A", rateMillionths: 130_000, included: !onTop, base: 0, amount: 0)
    return Wire.Line(
      id: id, input: Wire.LineInput(kind: kind, name: "x", taxes: ["A"], quantity: 1000, unitPrice: amount),
      amount: amount, adjustment: 0, taxes: [tax], total: amount)
  }

  func present(_ lines: [Wire.Line], _ adjustments: [Wire.Adjustment] = []) -> SaleInterface.Get.Output {
    let totals = Wire.Totals(
      gross: 0, adjustments: 0, net: 0, tax: 0, liabilities: 0, total: 0, due: 0, change: 0, cashRounding: 0, extras: 0)
    let sale = Wire.Sale(
      id: "s", lane: "l", shift: "s1", kind: .sale, mode: .normal, state: .open, parked: false, recovered: false,
      revision: 3, currency: "CNY", businessDay: "2026-11-21", opened: 0, verifiedBy: .nobody, totals: totals)
    return .init(sale: sale, lines: lines, adjustments: adjustments, tenders: [], later: [], corrections: [])
  }

  func plan(
    _ texts: [String], roundDownTo step: Int64? = nil, keep: Bool = false, _ present: SaleInterface.Get.Output
  ) throws -> [Wire.AdjustmentInput] {
    try AdjustmentText.plan(
      texts.map { try AdjustmentText.Off($0, kind: .manual, money) }, roundDownTo: step, keep: keep, on: present)
  }

  @Test func percentagesAreOfThePrices() throws {
    let sale = present([line("1", 3000), line("4", 2037), line("5", 1000, kind: .deposit), line("6", -500)])
    #expect(try plan(["10%"], sale).map(\.amount) == [-504])
    #expect(try plan(["12.5%,4"], sale).map(\.amount) == [-255])
    #expect(try plan(["100%,1", "0.50"], sale).map(\.amount) == [-3000, -50])
    #expect(try plan(["10%,4,a,b"], sale).map(\.label) == ["a,b"])
    #expect(try plan(["10%,4"], sale).map(\.target) == ["4"])
    for text in ["0%", "101%", "-5%", "x%", "", "-1.00", "5", "10%,9", "99999999999999999999%"] {
      #expect(throws: Failure.self, "\(text)") { try plan([text], sale) }
    }
  }

  @Test func roundingDownCountsAllThatIsThere() throws {
    let sale = present(
      [line("1", 3000), line("4", 2037)],
      [
        Wire.Adjustment(id: "a1", kind: .coupon, label: "c", amount: -15, source: "C-7", allocations: []),
        Wire.Adjustment(id: "a2", kind: .roundOff, label: "r", amount: -2, allocations: []),
      ])
    let kept = try plan(["1.00"], roundDownTo: 100, keep: true, sale)
    #expect(kept.map(\.id) == ["a1", "a2", "a3"])
    #expect(kept.map(\.kind) == [.coupon, .manual, .roundOff])
    #expect(kept.map(\.amount) == [-15, -100, -22])
    #expect(kept[0].source == "C-7")
    #expect(try plan([], roundDownTo: 100, sale).map(\.amount) == [-37])
    #expect(try plan([], roundDownTo: 1, sale).isEmpty, "nothing to drop")
    #expect(try plan(["0.50"], keep: true, sale).map(\.id) == ["a1", "a2", "a3"])
    #expect(throws: Failure.self) { try plan([], roundDownTo: 0, sale) }
    #expect(throws: Failure.self) { try plan([], roundDownTo: 100, present([line("1", -500)])) }
    #expect(throws: Failure.self) { try plan([], roundDownTo: 100, present([line("1", 530, onTop: true)])) }
  }
}
