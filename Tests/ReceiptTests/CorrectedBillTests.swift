import Document
import Money
import Receipt
import Testing
import Till
import TillShop

/// 反结账 on paper: the new bill, the copy of the old one, and the Z.
@Suite struct CorrectedBillTests {
  private let time = "2026-01-01 08:00:00"

  private func stamp(_ shop: Shop) -> Stamp {
    Stamp(
      at: 1_767_225_600_000, offsetMinutes: 480, timeTrusted: true, businessDay: shop.day, lane: "1", operator: "1001")
  }

  private func render(_ stub: StubSealed, _ shop: Shop, language: String = "zh-CN", correctedBy: StubNumber? = nil)
    -> String
  {
    var configuration = shop.till.configuration
    configuration.language = language
    return Receipt.render(
      stub, stamp: stamp(shop), sequence: 77, hash: String(repeating: "ab", count: 32), configuration: configuration,
      origin: shop.box, copy: .original, reprint: nil, localTime: time, correctedBy: correctedBy
    ).plainText(columns: 48, measure: .eastAsian)
  }

  /// 12.50 in cash and by a terminal, replaced by 9.00: 3.50 go out.
  private func corrected() throws -> (Shop, old: StubSealed, new: StubSealed) {
    var shop = try Shop()
    let first = try shop.totaled([item(1250)])
    let report = TenderReport(outcome: .yes, reference: "A7")
    for tender in [
      TenderInput(kind: .external, amount: 1000, provider: "pos-1", report: report),
      TenderInput(kind: .cash, tendered: 500),
    ] { try shop.act(.addTender(AddTender(sale: first, tender: tender))) }
    let old = try #require(shop.stubs.last)
    try shop.act(
      .approve(
        Approve(approver: "9", action: .correctSale, subject: "1", revision: 0, reason: "wrong dish", amount: 1250)))
    let facts = try shop.facts(old)
    let decision = try shop.act(
      .openSale(
        OpenSale(
          lane: "1", kind: .correction, lines: [item(900)], corrects: facts.reference,
          approval: shop.till.approvals.keys.first)), facts: [facts])
    let sale = SaleChange(decision.records)?.sale ?? ""
    try shop.act(.total(SaleCall(sale: sale)))
    try shop.act(.addTender(AddTender(sale: sale, tender: TenderInput(kind: .cash))))
    return (shop, old, try #require(shop.stubs.last))
  }

  @Test func theNewBill() throws {
    let (shop, _, new) = try corrected()
    let expected = """
                    存根便利店
                        更正单
      单号 2                                  收银位 1
      时间 2026-01-01 08:00:00             收银员 1001
      原单 shop/1 1
      ------------------------------------------------
      品名                     数量     单价      金额
      农夫山泉 550ml              1   ¥9.00     ¥9.00
      ------------------------------------------------
      合计                                      ¥9.00
      原单支付 pos-1                           ¥10.00
        A7
      原单支付 现金                             ¥2.50
      现金                                     -¥3.50
      含税 V13 13% (¥7.96)                      ¥1.04
                        更正单

      """
    let text = render(new, shop)
    #expect(text.hasPrefix(expected), "\(text)")
    let english = render(new, shop, language: "en")
    #expect(english.contains("CORRECTION") && english.contains("Original shop/1 1"))
    #expect(english.contains("Paid before: pos-1"))
  }

  @Test func theCopyOfTheOldOneSaysSo() throws {
    let (shop, old, new) = try corrected()
    let marked = render(old, shop, correctedBy: new.stub)
    #expect(marked.contains("*** 已被单号 2 更正 ***") && !render(old, shop).contains("更正"))
    #expect(render(old, shop, language: "en", correctedBy: new.stub).contains("*** CORRECTED BY No. 2 ***"))
  }

  /// What is not indented adds up to the total.
  @Test func theDay() throws {
    var (shop, _, _) = try corrected()
    let decision = try shop.act(.closeDay(last: 50, head: String(repeating: "cd", count: 32)))
    let day = try #require(
      decision.records.compactMap { if case .dayClosed(let day) = $0.fact { day } else { nil } }.first)
    let frame = SlipFrame(
      stamp: stamp(shop), configuration: shop.till.configuration, origin: shop.box, localTime: time)
    let expected = """
      --------------------------------
      销售 × 1                 ¥12.50
      退货 × 0                  ¥0.00
      更正单 × 1               -¥3.50
      合计                      ¥9.00
        净额                    ¥7.96
        税 V13 13%              ¥1.04
      已扣优惠                  ¥0.00
      --------------------------------
      现金 × 2                 -¥1.00
      pos-1 × 1                ¥10.00
      --------------------------------
      """
    let text = Receipt.render(day, currency: Currency(code: "CNY"), in: frame).plainText(
      columns: 32, measure: .eastAsian)
    #expect(text.contains(expected), "\(text)")
    let running = Receipt.render(interim: day.totals, currency: Currency(code: "CNY"), in: frame)
    #expect(running.plainText(columns: 32, measure: .eastAsian).contains("更正单 × 1"))
  }
}
