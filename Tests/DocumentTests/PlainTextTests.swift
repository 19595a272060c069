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

  @Test func longWordsAreBrokenWhereTheLineEnds() {
    let document = Document(title: "t", elements: [.text("0123456789abcdefXYZ"), .text("ab\ncd\n")])
    #expect(document.plainText(columns: 8) == "01234567\n89abcdef\nXYZ\nab\ncd\n")
  }

  @Test func cellWidths() {
    #expect(CellWidth.of("中文，ＡＢ") == 10)
    #expect(CellWidth.of("Café·…") == 6)
    #expect(CellWidth.of("Café·…", ambiguousIsWide: true) == 9)
    #expect(CellWidth.of("e\u{301}\u{200D}") == 1)
    #expect(CellWidth.of("🙂𠀀") == 4)
    #expect(CellWidth.of("¥") == 1 && CellWidth.of("¥", ambiguousIsWide: true) == 2)
    #expect(CellWidth.of("ｱｲｳ") == 3)
  }

  @Test func narrowFixedCellsGrowToTheirWidestCharacter() {
    let row = Columns([Cell("中文", width: .fixed(1)), Cell("x", width: .fixed(1))], gap: 0)
    #expect(Document(title: "t", elements: [.columns(row)]).plainText(columns: 8) == "中x\n文\n")
  }
}
