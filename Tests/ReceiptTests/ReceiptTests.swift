import Document
import Money
import Receipt
import Testing
import Till
import TillShop

@Suite struct ReceiptTests {
  private static let localTime = "2026-01-01 08:00:00"

  private func stamp(_ change: (inout Stamp) -> Void = { _ in }) -> Stamp {
    let day = BusinessDay(year: 2026, month: 1, day: 1)
    var stamp = Stamp(
      at: 1_767_225_600_000, offsetMinutes: 480, timeTrusted: true, businessDay: day!, lane: "1", operator: "1001")
    change(&stamp)
    return stamp
  }

  private func render(
    _ stub: StubSealed, _ shop: Shop, stamp: Stamp? = nil, document: DocumentKind = .receipt,
    copy: CopyKind = .original, reprint: Int? = nil, template: String = "standard", language: String = "zh-CN"
  ) -> Document {
    var configuration = shop.till.configuration
    configuration.template = template
    configuration.language = language
    configuration.header = language.hasPrefix("zh") ? ["朝阳北路店"] : ["High Street"]
    return Receipt.render(
      stub, stamp: stamp ?? self.stamp(), sequence: 77, hash: String(repeating: "ab", count: 32),
      configuration: configuration, origin: shop.box, document: document, copy: copy, reprint: reprint,
      localTime: Self.localTime)
  }

  /// A sale with everything on it.
  private func sale(_ shop: inout Shop) throws -> StubSealed {
    var weighed = item(1299, tax: ["V9"], name: "有机小番茄")
    weighed.quantity = Quantity(thousandths: 523)
    weighed.unit = "kg"
    let coupon = Adjustment(id: "a", kind: .coupon, label: "满减券", amount: -500)
    let staff = Adjustment(id: "b", kind: .promotion, target: LineID(1), label: "第二件半价", amount: -150)
    return try shop.sell(
      [item(300, 2), item(2800, name: "宫保鸡丁套餐加大份不要香菜"), weighed], adjustments: [coupon, staff],
      tender: TenderInput(kind: .cash, tendered: 10_000))
  }

  @Test func chineseReceiptOnWidePaper() throws {
    var shop = try Shop()
    let text = render(try sale(&shop), shop).plainText(columns: 48, measure: .eastAsian)
    let expected = """
                    存根便利店
                         朝阳北路店
      单号 1                                  收银位 1
      时间 2026-01-01 08:00:00             收银员 1001
      ------------------------------------------------
      品名                     数量     单价      金额
      农夫山泉 550ml              2   ¥3.00     ¥6.00
        第二件半价                             -¥1.50
      宫保鸡丁套餐加大份不要香    1  ¥28.00    ¥28.00
      菜
      有机小番茄            0.523kg  ¥12.99     ¥6.79
      满减券                                   -¥5.00
      ------------------------------------------------
      合计                                     ¥34.29
      现金                                    ¥100.00
      找零                                     ¥65.71
      含税 V13 13% (¥25.07)                     ¥3.26
      含税 V9 9% (¥5.47)                        ¥0.49

      [QR] CF1:shop/1:1:77:abababababababab
                          谢谢惠顾
      [cut]

      """
    #expect(text == expected)
  }

  @Test func chineseReceiptOnNarrowPaper() throws {
    var shop = try Shop()
    let text = render(try sale(&shop), shop).plainText(columns: 32, measure: .eastAsian)
    let expected = """
            存根便利店
                 朝阳北路店
      单号 1                  收银位 1
      时间 2026-01-01 08:00:00
                           收银员 1001
      --------------------------------
      品名
               数量     单价      金额
      农夫山泉 550ml
                  2   ¥3.00     ¥6.00
        第二件半价             -¥1.50
      宫保鸡丁套餐加大份不要香菜
                  1  ¥28.00    ¥28.00
      有机小番茄
            0.523kg  ¥12.99     ¥6.79
      满减券                   -¥5.00
      --------------------------------
      合计                     ¥34.29
      现金                    ¥100.00
      找零                     ¥65.71
      含税 V13 13% (¥25.07)     ¥3.26
      含税 V9 9% (¥5.47)        ¥0.49

      [QR] CF1:shop/1:1:77:abababababababab
                  谢谢惠顾
      [cut]

      """
    #expect(text == expected)
  }

  @Test func compactEnglishReceiptInAForeignCurrency() throws {
    var shop = try Shop(currency: "EUR")
    let stub = try shop.sell(
      [item(300, 2, name: "Still water 0.5 l"), item(2800, name: "Lunch")],
      tender: TenderInput(
        kind: .external, provider: "visa", reference: "A1", report: TenderReport(outcome: .yes, tip: 150)))
    let text = render(stub, shop, template: "compact", language: "en").plainText(columns: 32)
    let expected = """
            存根便利店
                High Street
      No. 1                     Lane 1
      Time 2026-01-01 08:00:00
                         Operator 1001
      --------------------------------
      Still water 0.5 l           6.00
        2 × 3.00
      Lunch                      28.00
      TOTAL EUR                  34.00
      visa                       35.50
        A1
        Tip                       1.50
      incl. tax V13 13% (30.09)   3.91
                 Thank you
      [cut]

      """
    #expect(text == expected)
  }

  @Test func marksStandAtTopAndBottom() throws {
    var shop = try Shop()
    let stub = try sale(&shop)
    func lines(_ document: Document) -> [String] {
      document.plainText(columns: 48, measure: .eastAsian).split(separator: "\n").map { String($0) }
    }
    func count(_ text: String, in document: Document) -> Int { lines(document).filter { $0.contains(text) }.count }

    let original = render(stub, shop)
    #expect(original.copy == .original && !original.isTraining)
    for word in ["补打", "练习", "商户存根", "礼品单", "未校准"] { #expect(count(word, in: original) == 0) }

    let reprint = render(stub, shop, copy: .reprint, reprint: 2)
    #expect(reprint.copy == .reprint(2))
    #expect(count("补打 REPRINT 2", in: reprint) == 2)
    let mark = lines(reprint).firstIndex { $0.contains("补打") } ?? 99
    let number = lines(reprint).firstIndex { $0.contains("单号") } ?? 0
    #expect(mark < number)

    let merchant = render(stub, shop, document: .merchantCopy, copy: .merchant)
    #expect(merchant.copy == .merchant && count("商户存根", in: merchant) == 2 && count("补打", in: merchant) == 0)

    let again = render(stub, shop, document: .merchantCopy, copy: .merchant, reprint: 1)
    #expect(again.copy == .reprint(1) && count("商户存根", in: again) == 2 && count("补打", in: again) == 2)

    let english = render(stub, shop, copy: .reprint, reprint: 1, language: "en")
    #expect(english.language == .english && count("*** REPRINT 1 ***", in: english) == 2)

    let doubtful = render(stub, shop, stamp: stamp { $0.timeTrusted = false })
    #expect(count("时间未校准", in: doubtful) == 1)
    let late = render(stub, shop, stamp: stamp { $0.businessDay = BusinessDay(year: 2025, month: 12, day: 31)! })
    #expect(count("营业日 2025-12-31", in: late) == 1 && count("营业日", in: original) == 0)

    try shop.act(.openShift(OpenShift(lane: "2", operator: "1002")))
    let practice = try shop.sell([item(100)], lane: "2")
    let training = render(practice, shop)
    #expect(training.isTraining && count("练习", in: training) == 2)
  }

  @Test func giftReceiptsShowNoMoney() throws {
    var shop = try Shop()
    let stub = try sale(&shop)
    let text = render(stub, shop, document: .giftReceipt).plainText(columns: 48, measure: .eastAsian)
    #expect(text.contains("宫保鸡丁套餐加大份不要香菜") && text.contains("0.523kg") && text.contains("[QR] CF1:"))
    #expect(!text.contains("¥") && !text.contains("合计") && !text.contains("满减券") && !text.contains("28.00"))
  }

  @Test func refundsNameTheirOriginals() throws {
    var shop = try Shop()
    let stub = try sale(&shop)
    let facts = try shop.facts(stub)
    let back = try shop.sell(
      [returning(shop.reference(stub), 2, 1000)], kind: .return, facts: [facts])
    let text = render(back, shop).plainText(columns: 48, measure: .eastAsian)
    #expect(text.contains("退货") && text.contains("原单 shop/1 \(stub.stub)") && text.contains("-¥"))
  }

  @Test func unknownTemplatesAreTheStandardOne() throws {
    var shop = try Shop()
    let stub = try sale(&shop)
    #expect(render(stub, shop, template: "nobody") == render(stub, shop))
    #expect(render(stub, shop, template: "compact") != render(stub, shop))
    for template in Template.all { #expect(template.version == 1) }
  }

  @Test func notesNeverLookLikeReceipts() {
    let note = Receipt.note(
      title: "单号 000123", language: .simplifiedChinese,
      elements: [
        .qrCode("CF1:shop/1:000123:77:ab"), .qrCode(" cf1:x"), .barcode(Barcode(.code128, "CF1:shop")), .cut(.full),
        .qrCode("https://wifi.test"), .text("x"), .cut(.partial),
      ])
    let text = note.plainText(columns: 32, measure: .eastAsian)
    #expect(!text.uppercased().contains("CF1:"))
    #expect(text.contains("https://wifi.test"))
    #expect(text.components(of: "便条 NOTE") == 2 && text.components(of: "[cut]") == 1)
    #expect(text.hasSuffix("[cut]\n"))
  }

  @Test func reportsAdd() throws {
    var shop = try Shop()
    _ = try sale(&shop)
    _ = try sale(&shop)
    let decision = try shop.act(.closeDay(last: 50, head: String(repeating: "cd", count: 32)))
    let day = try #require(
      decision.records.compactMap { if case .dayClosed(let day) = $0.fact { day } else { nil } }.first)
    let currency = Currency(code: "CNY")
    let frame = SlipFrame(
      stamp: stamp(), configuration: shop.till.configuration, origin: shop.box, localTime: Self.localTime)
    let z = Receipt.render(day, currency: currency, in: frame)
    let text = z.plainText(columns: 32, measure: .eastAsian)
    let expected = """
            存根便利店
                日结 1
             营业日 2026-01-01
            2026-01-01 08:00:00
      --------------------------------
      销售 × 2                 ¥68.58
      退货 × 0                  ¥0.00
      合计                     ¥68.58
        净额                   ¥61.08
        税 V13 13%              ¥6.52
        税 V9 9%                ¥0.98
      已扣优惠                -¥13.00
      --------------------------------
      现金 × 2                 ¥68.58
      --------------------------------
      作废 / 开钱箱              0 / 0
      票号                       1 - 2
      累计                     ¥68.58
        shop/1 0-50 cdcdcdcdcdcdcdcd
      [cut]

      """
    #expect(text == expected)
    let x = Receipt.render(interim: day.totals, currency: currency, in: frame)
    #expect(x.plainText(columns: 32).contains("盘点 X"))
    var again = frame
    again.reprint = 2
    let second = Receipt.render(day, currency: currency, in: again)
    #expect(second.copy == .reprint(2) && z.copy == .original)
    #expect(second.plainText(columns: 32).components(of: "补打 REPRINT 2") == 2)
  }
}

extension String {
  /// How often a text occurs.
  fileprivate func components(of text: String) -> Int {
    var count = 0
    var rest = self[...]
    while let range = rest.firstRange(of: text) {
      count += 1
      rest = rest[range.upperBound...]
    }
    return count
  }
}
