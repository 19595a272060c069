import Document
import EscPos
import Testing

/// A Chinese receipt of 40 lines with everything on it.
func goldenReceipt() -> Document {
  let goods = [
    ("宫保鸡丁套餐", "1", "¥28.00", "¥28.00"), ("珍珠奶茶(大)", "2", "¥15.00", "¥30.00"),
    ("农夫山泉550ml", "3", "¥2.00", "¥6.00"), ("酸辣土豆丝", "1", "¥16.00", "¥16.00"), ("优惠券", "1", "-¥5.00", "-¥5.00"),
    ("红烧牛肉面加大份不要香菜多放辣椒", "12", "¥32.00", "¥384.00"), ("Café crème", "1", "¥18.50", "¥18.50"),
    ("米饭", "2", "¥2.00", "¥4.00"),
  ]
  var elements: [Element] = [
    .text("存根联便利店", style: .large, alignment: .center), .text("朝阳北路店", alignment: .center),
    .total("单号 000123", "收银位 1"), .rule(.single),
  ]
  for index in 0..<30 {
    let (name, quantity, price, amount) = goods[index % goods.count]
    elements.append(
      .columns(
        Columns([
          Cell(name, width: .relative(1)), Cell(quantity, width: .atLeast(3), alignment: .trailing),
          Cell(price, width: .atLeast(9), alignment: .trailing),
          Cell(amount, width: .atLeast(10), alignment: .trailing),
        ])))
  }
  elements += [
    .rule(.single), .total("合计", "¥1,799.00", style: [.bold, .large]), .total("现金", "¥1,800.00"),
    .total("找零", "¥1.00", style: .underline), .text("谢谢惠顾，欢迎下次光临！", alignment: .center),
    .qrCode("CF1:shop-1/till-1:000123:77:0123456789abcdef"), .feed(lines: 1), .cut(.partial),
  ]
  return Document(title: "golden", elements: elements)
}

@Suite struct GoldenTests {
  private func proven(_ profile: EscPosProfile) -> EncodedDocument {
    var profile = profile
    profile.answersFence = true
    profile.answersProcessIdentifier = true
    profile.automaticStatusMask = 0x0F
    let proof = ProofRequest(body: ProcessIdentifier(number: 1), cut: ProcessIdentifier(number: 2), fence: true)
    return EscPosEncoder(profile: profile).encode(goldenReceipt(), proof: proof, drawerKick: true)
  }

  /// The bytes are looked at line by line below; the fingerprint guards those not shown.
  @Test func chineseReceiptIsTheSameToTheByte() {
    let encoded = proven(Profiles.gbk)
    let chunks = zip([0] + encoded.boundaries, encoded.boundaries).map { Array(encoded.bytes[$0..<$1]) }
    #expect(hex(chunks[0]) == "1b 40 1d 61 0f 1b 52 00 1c 26")
    #expect(hex(chunks[1]) == "1b 61 01 1d 21 11 1c 21 0c b4 e6 b8 f9 c1 aa b1 e3 c0 fb b5 ea 0a")
    #expect(hex(chunks[2]) == "1d 21 00 1c 21 00 b3 af d1 f4 b1 b1 c2 b7 b5 ea 0a")
    #expect(hex(chunks[3].prefix(14)) == "1b 61 00 b5 a5 ba c5 20 30 30 30 31 32 33")
    #expect(hex(chunks[5]).hasPrefix("b9 ac b1 a3 bc a6 b6 a1 cc d7 b2 cd 20"))
    #expect(hex(chunks[5]).hasSuffix("20 31 20 20 20 a3 a4 32 38 2e 30 30 20 20 20 20 a3 a4 32 38 2e 30 30 0a"))
    let tail = chunks.suffix(6).map { hex($0) }
    #expect(
      tail
        == [
          "0a", "1b 61 00", "1d 28 48 06 00 30 30 30 30 30 31", "1d 56 42 00", "1d 28 48 06 00 30 30 30 30 30 32",
          "1b 70 00 19 fa", "1d 72 01",
        ].suffix(6))
    #expect(encoded.proofs.map(\.kind) == [.body(.init(number: 1)), .cut(.init(number: 2)), .fence])
    #expect(encoded.proofs.last?.offset == encoded.bytes.count)
    #expect(encoded.bodyEnd == encoded.proofs[0].offset)
    #expect(encoded.substitutions == [] && encoded.omissions == [])
    #expect(RealTimeLint.findings(in: encoded.bytes).isEmpty)
    #expect(fingerprint(encoded.bytes) == "5af1daabfdb7a0cd")
    #expect(fingerprint(proven(Profiles.gb18030).bytes) == fingerprint(encoded.bytes))
    #expect(fingerprint(proven(Profiles.chinese(.gbk, absolute: true)).bytes) == "dfe018c80e1f2893")
    #expect(fingerprint(proven(Profiles.cp858).bytes) == "597fa099ef137f5d")
  }

  @Test func theReceiptReadsAsItShould() {
    let encoder = EscPosEncoder(profile: Profiles.chinese(.gbk, columns: 32))
    let text = paper(encoder.encode(goldenReceipt()).bytes, profile: encoder.profile) { 7 }.text
    let head = """
          存根联便利店
                 朝阳北路店
      单号 000123             收银位 1
      --------------------------------
      宫保鸡丁套餐
                1   ￥28.00    ￥28.00
      珍珠奶茶(大)
                2   ￥15.00    ￥30.00
      农夫山泉550ml
                3    ￥2.00     ￥6.00
      酸辣土豆丝
                1   ￥16.00    ￥16.00
      优惠券
                1   -￥5.00    -￥5.00
      红烧牛肉面加大份不要香菜多放辣椒
               12   ￥32.00   ￥384.00
      Café crème
                1   ￥18.50    ￥18.50
      米饭
                2    ￥2.00     ￥4.00

      """
    let tail = """
      --------------------------------
      合计
                  ￥1,799.00
      现金                  ￥1,800.00
      找零                      ￥1.00
          谢谢惠顾，欢迎下次光临！
      [QR] CF1:shop-1/till-1:000123:77:0123456789abcdef

      [cut]

      """
    #expect(text.hasPrefix(head))
    #expect(text.hasSuffix(tail))
  }

  @Test func positionsAndBlanksGiveTheSamePaper() {
    let blanks = EscPosEncoder(profile: Profiles.chinese(.gbk)).encode(goldenReceipt())
    let jumps = EscPosEncoder(profile: Profiles.chinese(.gbk, absolute: true)).encode(goldenReceipt())
    #expect(jumps.bytes.count < blanks.bytes.count)
    #expect(
      paper(jumps.bytes, profile: Profiles.gbk) { 9 }.text == paper(blanks.bytes, profile: Profiles.gbk) { 9 }.text)
  }

  @Test func withoutAnswersNothingIsAsked() {
    let proof = ProofRequest(body: ProcessIdentifier(number: 1), cut: ProcessIdentifier(number: 2), fence: true)
    let encoded = EscPosEncoder(profile: Profiles.gbk).encode(goldenReceipt(), proof: proof)
    #expect(encoded.proofs.isEmpty)
    #expect(encoded.bytes.suffix(4) == [0x1D, 0x56, 0x42, 0x00])
  }

  @Test func cutsFollowThePrinter() {
    func tail(_ change: (inout EscPosProfile) -> Void, _ cut: Cut) -> [UInt8] {
      var profile = EscPosProfile()
      profile.linesBeforeCut = 2
      change(&profile)
      let encoded = EscPosEncoder(profile: profile).encode(Document(title: "", elements: [.text("x"), .cut(cut)]))
      return Array(encoded.bytes[encoded.bodyEnd...])
    }
    #expect(tail({ $0.cutter = .both }, .full) == [0x1D, 0x56, 0x41, 0x00])
    #expect(tail({ $0.cutter = .partial }, .full) == [0x1D, 0x56, 0x42, 0x00])
    #expect(tail({ $0.cutter = .full }, .partial) == [0x1D, 0x56, 0x41, 0x00])
    #expect(tail({ $0.feedsToCutter = false }, .partial) == [0x0A, 0x0A, 0x1D, 0x56, 0x01])
    #expect(tail({ $0.cutter = .none }, .partial) == [0x0A, 0x0A])
  }

  @Test func drawerPulsesNeverSpellARealTimeCommand() {
    for on in stride(from: 0, through: 600, by: 1) {
      for off in [0, 8, 10, 40, 500, 9999] {
        for pin in [2, 5] {
          let bytes = EscPosCommand.drawerKick(DrawerPulse(pin: pin, onMilliseconds: on, offMilliseconds: off))
          #expect(bytes.count == 5 && bytes[3] > 0 && bytes[4] > 0)
          #expect(RealTimeLint.findings(in: bytes).isEmpty)
        }
      }
    }
  }

  @Test func codesThatCannotBeDrawnArePrintedAsTextAndReported() {
    var profile = EscPosProfile()
    profile.drawsQRCodes = false
    let elements: [Element] = [.qrCode("https://x.test"), .barcode(Barcode(.ean13, "12"))]
    let encoded = EscPosEncoder(profile: profile).encode(Document(title: "", elements: elements))
    #expect(
      encoded.omissions == [
        Omission(what: "qrCode", reason: .notSupported), Omission(what: "ean13", reason: .invalidContent),
      ])
    let (text, _) = paper(encoded.bytes, profile: profile) { 3 }
    #expect(text.contains("https://x.test") && text.contains("12"))
    let hostile = EscPosEncoder(profile: EscPosProfile()).encode(
      Document(title: "", elements: [.qrCode("a\u{10}\u{14}\u{1}\u{0}\u{1}")]))
    #expect(hostile.omissions.count == 1 && RealTimeLint.findings(in: hostile.bytes).isEmpty)
  }
}
