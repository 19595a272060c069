import Document
import Testing

@Suite struct PlainTextTests {
  @Test func chineseReceiptAligns() {
    var document = Document(title: "t")
    document.elements = [
      .text("存根联便利店", style: .large, alignment: .center),
      .rule(.single),
      .columns(
        Columns([
          Cell("宫保鸡丁套餐", width: .relative(1)), Cell("2", width: .fixed(4), alignment: .trailing),
          Cell("¥56.00", width: .atLeast(10), alignment: .trailing),
        ])),
      .total("合计", "¥56.00", style: .large),
      .cut(.partial),
    ]
    let expected = """
          存根联便利店
      --------------------------------
      宫保鸡丁套餐        2     ¥56.00
      合计                ¥56.00
      [cut]

      """
    #expect(document.plainText(columns: 32) == expected)
  }

  @Test func wrapsAtSpacesAndBesideHanziButNeverInsideAnAmount() {
    var document = Document(title: "t")
    document.elements = [.text("Garden bench oak 120cm"), .text("红烧牛肉面加大份，不要辣"), .total("Total", "123.45")]
    let expected = """
      Garden
      bench oak
      120cm
      红烧牛肉面
      加大份，不
      要辣
      Total
          123.45

      """
    #expect(document.plainText(columns: 10) == expected)
  }

  @Test func closingPunctuationDoesNotStartALine() {
    let document = Document(title: "t", elements: [.text("红烧牛肉，好")])
    #expect(document.plainText(columns: 8, measure: .eastAsian) == "红烧牛\n肉，好\n")
  }
}
