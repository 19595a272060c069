import Document
import Money
import Receipt
import Testing
import Till
import TillShop

/// Slips of the till's own affairs: X of a shift, a closed shift, a movement of cash, a pro forma.
@Suite struct SlipTests {
  private let cash = TenderKey(kind: .cash)

  private func frame(_ shop: Shop, language: String = "zh-CN", reprint: Int? = nil) -> SlipFrame {
    var configuration = shop.till.configuration
    configuration.language = language
    let stamp = Stamp(
      at: shop.now, offsetMinutes: 480, timeTrusted: true, businessDay: shop.day, lane: "1", operator: "1001")
    return SlipFrame(
      stamp: stamp, configuration: configuration, origin: shop.box, localTime: "2026-01-01 08:00:00", reprint: reprint)
  }

  @Test func aShiftThatIsClosed() throws {
    var shop = try Shop()
    _ = try shop.sell([item(1500)], tender: TenderInput(kind: .cash, tendered: 2_000))
    try shop.act(.moveCash(MoveCash(shift: "s1", direction: .toSafe, amount: 10_000, reason: "safe")))
    let decision = try shop.act(
      .closeShift(
        CloseShift(shift: "s1", counts: [Count(key: cash, amount: 11_400)], leave: [Count(key: cash, amount: 5_000)])))
    let closed = try #require(
      decision.records.compactMap { if case .shiftClosed(let shift) = $0.fact { shift } else { nil } }.first)
    let text = Receipt.render(closed, currency: Currency(code: "CNY"), in: frame(shop))
      .plainText(columns: 32, measure: .eastAsian)
    let expected = """
            存根便利店
                  交班
             营业日 2026-01-01
            2026-01-01 08:00:00
      --------------------------------
      班次 s1                 收银位 1
      收银员 1001
      --------------------------------
      销售 × 1                 ¥15.00
      退货 × 0                  ¥0.00
      合计                     ¥15.00
        净额                   ¥13.27
        税 V13 13%              ¥1.73
      已扣优惠                  ¥0.00
      --------------------------------
      现金 × 1                 ¥15.00
      --------------------------------
      作废 / 开钱箱              0 / 0
      票号                       1 - 1
      --------------------------------
      备用金 现金             ¥200.00
      投入保险柜              ¥100.00
      现金
        实点                  ¥114.00
        应有                  ¥115.00
        差额                   -¥1.00
      留存 现金                ¥50.00

      签字 ____________________
                   shop/1
      [cut]

      """
    #expect(text == expected)
  }

  @Test func aMovementOfCash() throws {
    var shop = try Shop()
    let decision = try shop.act(
      .moveCash(MoveCash(shift: "s1", direction: .out, amount: 3_000, reason: "买牛奶", prints: true)))
    let moved = try #require(
      decision.records.compactMap { if case .cashMoved(let moved) = $0.fact { moved } else { nil } }.first)
    let job = try #require(
      decision.records.compactMap { if case .jobQueued(let job) = $0.fact { job } else { nil } }.first)
    #expect(job.document == .report && job.report == "cash:\(job.id)" && job.copy == .original)
    let text = Receipt.render(moved, currency: Currency(code: "CNY"), in: frame(shop))
      .plainText(columns: 32, measure: .eastAsian)
    let expected = """
            存根便利店
              取出现金
             营业日 2026-01-01
            2026-01-01 08:00:00
      --------------------------------
      班次 s1                 收银位 1
      收银员 1001
      金额                     ¥30.00
      事由 买牛奶

      签字 ____________________
                   shop/1
      [cut]

      """
    #expect(text == expected)
    let english = Receipt.render(moved, currency: Currency(code: "CNY"), in: frame(shop, language: "en", reprint: 2))
      .plainText(columns: 32)
    #expect(english.contains("Cash out") && english.contains("Reason 买牛奶") && english.contains("REPRINT 2"))
  }

  @Test func anOpenShiftShowsNotWhatShouldBeInItsDrawer() throws {
    var shop = try Shop()
    _ = try shop.sell([item(1500)], tender: TenderInput(kind: .cash, tendered: 2_000))
    try shop.act(.moveCash(MoveCash(shift: "s1", direction: .in, amount: 700, reason: "coins")))
    let report = try #require(shop.till.shiftReport("s1"))
    let text = Receipt.render(
      interim: report.totals, shift: report, currency: Currency(code: "CNY"), in: frame(shop)
    ).plainText(columns: 32, measure: .eastAsian)
    #expect(text.contains("盘点 X") && text.contains("班次 s1") && text.contains("存入现金"))
    // 200.00 + 15.00 + 7.00
    #expect(!text.contains("222.00") && !text.contains("应有"))
    #expect(!text.contains("改价") && !text.contains("撤销支付"))
  }

  /// What a dishonest cashier would do is counted where its supervisor looks.
  @Test func reportsCountWhatIsTakenBack() throws {
    let shop = try Shop()
    var totals = SalesTotals()
    (totals.removedLines, totals.overrides, totals.reversedTenders) = (2, 3, Tally(count: 1, amount: 350))
    let text = Receipt.render(interim: totals, currency: Currency(code: "CNY"), in: frame(shop))
      .plainText(columns: 32, measure: .eastAsian)
    for (label, value) in [("删除商品行", "2"), ("改价", "3"), ("撤销支付 × 1", "3.50")] {
      #expect(text.split(separator: "\n").contains { $0.contains(label) && $0.contains(value) }, "\(label)")
    }
  }

  @Test func aProFormaIsNoReceipt() throws {
    var shop = try Shop()
    let sale = try shop.open([item(300, 2), item(2800, name: "宫保鸡丁套餐")])
    let open = try #require(shop.till.sales[sale])
    let slip = Receipt.render(proforma: open, in: frame(shop))
    let text = slip.plainText(columns: 32, measure: .eastAsian)
    #expect(text.contains("宫保鸡丁套餐") && text.contains("¥34.00"))
    #expect(text.split(separator: "\n").filter { $0.contains("预结单 PRO FORMA") }.count == 2)
    #expect(!text.contains("CF1:") && !text.contains("单号") && !text.contains("应付"))
  }

  @Test func whatIsClosedComesMarkedWhenItIsAskedForAgain() throws {
    var shop = try Shop()
    let close = try shop.act(.closeDay(last: 50, head: "ab", slip: "1"))
    let first = try #require(
      close.records.compactMap { if case .jobQueued(let job) = $0.fact { job } else { nil } }.first)
    #expect(first.report == "z:1" && first.copy == .original && !first.nextIsMarked && first.printer == "printer:a")
    #expect(throws: Refusal.self) {
      try shop.act(.printReport(lane: "1", printer: nil, report: .closedDay(1)))
    }
    try shop.act(.jobStarting(job: first.id))
    try shop.act(.jobEnded(JobEnd(job: first.id, outcome: .done, level: .clean)))
    let again = try shop.act(.printReport(lane: "1", printer: nil, report: .closedDay(1)))
    let second = try #require(
      again.records.compactMap { if case .jobQueued(let job) = $0.fact { job } else { nil } }.first)
    #expect(second.nextIsMarked)
    // An X is an original each time: it has its own figures and time.
    let x = try shop.act(.printReport(lane: "1", printer: nil, report: .shift("s1")))
    #expect(x.records.contains { if case .jobQueued(let job) = $0.fact { !job.nextIsMarked } else { false } })
    #expect(throws: Refusal.noSuchShift("s9")) {
      try shop.act(.printReport(lane: "1", printer: nil, report: .shift("s9")))
    }
  }

  @Test(arguments: ["x", "x:s1", "shift:s12", "z:7", "cash:j3", "cash:45"]) func namesOfReports(_ text: String) {
    #expect(ReportName(text)?.text == text)
  }

  @Test(arguments: ["", "y", "x:", "z:", "z:a", "cash", "shift:", ":"]) func noNamesOfReports(_ text: String) {
    #expect(ReportName(text) == nil)
  }
}
