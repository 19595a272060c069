import Symbology
import Testing

@Suite struct ScanReadingTests {
  private let patterns = [
    InStorePattern("21.....NNDDD", meaning: .weight)!, InStorePattern("22.....NNNDD", meaning: .price)!,
    InStorePattern("28.....NNNDD", meaning: .discount)!, InStorePattern("23.....NDDDD", meaning: .weight)!,
  ]

  private func label(_ body: String) -> String {
    body + String(GTIN.checkDigit(of: body.utf8.map { $0 - 0x30 }))
  }

  private func read(_ text: String, aim: String? = nil, moneyDigits: Int = 2) -> ScanReading {
    ScanReading(
      bytes: Array(text.utf8), aim: aim.flatMap { AIMIdentifier($0) }, patterns: patterns, moneyDigits: moneyDigits)
  }

  @Test func labelsOfTheShop() {
    let weight = read(label("211234501250"), aim: "]E0")
    #expect(weight.kind == "inStore" && weight.type == .ean13)
    #expect(weight.embedded == ScanReading.Embedded(kind: .weight, value: 1250))
    // All labels of one article have one number.
    #expect(weight.gtin == read(label("211234509999"), aim: "]E0").gtin)
    #expect(weight.gtin == "0" + label("211234500000"))
    #expect(read(label("221234501999")).embedded == ScanReading.Embedded(kind: .price, value: 1999))
    #expect(read(label("281234500050")).embedded == ScanReading.Embedded(kind: .discount, value: 50))
    // A price in a currency without decimals: 1.50 cannot be paid, 15.00 can.
    #expect(read(label("221234500150"), moneyDigits: 0).embedded == nil)
    #expect(read(label("221234501500"), moneyDigits: 0).embedded?.value == 15)
    // Tenths of a gram are lost unless they are zero.
    #expect(read(label("231234512345")).embedded == nil)
    #expect(read(label("231234512340")).embedded?.value == 1234)
    let other = read(label("291234512340"))
    #expect(other.kind == "inStore" && other.embedded == nil && other.gtin == "0" + label("291234512340"))
  }

  @Test func elementStrings() {
    let scan = read("010690123456789217261231310300125010A1", aim: "]C1")
    #expect(scan.kind == "gs1" && scan.gtin == "06901234567892")
    #expect(scan.elements.map(\.identifier) == ["01", "17", "3103", "10"])
    #expect(scan.elements.map(\.data) == ["06901234567892", "261231", "001250", "A1"])
    #expect(scan.embedded == ScanReading.Embedded(kind: .weight, value: 1250))
    #expect(read("01069012345678923922001999", aim: "]e0").embedded == .init(kind: .price, value: 1999))
    #expect(read("01069012345678923012", aim: "]d2").embedded == .init(kind: .quantity, value: 12_000))
    #expect(read("37123", aim: "]C1").embedded == nil)
  }

  @Test func links() {
    let link = read("https://id.example.org/shop/01/9506000134352/10/ABC?17=271231&x=y&3103=000500#top", aim: "]Q1")
    #expect(link.kind == "digitalLink" && link.gtin == "09506000134352")
    #expect(link.elements.map(\.identifier) == ["01", "10", "17", "3103"])
    #expect(link.embedded == .init(kind: .weight, value: 500))
    for other in [
      "https://id.example.org/01/9506000134353", "http://example.org/", "https://example.org/01", "HTTPS://x/02/1",
    ] {
      #expect(read(other).kind == "url" && read(other).gtin == nil, "\(other)")
    }
  }

  @Test func whatTheRestIs() {
    #expect(read("CF1:shop/1:17:345:abcdef").kind == "stub")
    #expect(read("member 4711").kind == "text")
    #expect(ScanReading(bytes: [0xFF, 0xFE], aim: nil).kind == "unknown")
    #expect(read("6901234567892").kind == "product" && read("6901234567892").gtin == "06901234567892")
    let payment = read("134567890123456789")
    #expect(payment.kind == "payment" && payment.masked != nil && payment.masked?.contains("4567890") == false)
    let card = read("4111111111111111")
    #expect(
      card.kind == "card" && card.masked?.hasPrefix("411111") == true && card.masked?.contains("1111111") == false)
  }

  @Test func anyBytesAreRead() {
    var random = SplitMix(seed: 0xD1617)
    let starts = ["https://a/01/9506000134352/", "https://a/01/", "CF1:", "01", "21", ""]
    for _ in 0..<20_000 {
      let tail = (0..<Int(random.next() % 30)).map { _ in UInt8(truncatingIfNeeded: random.next() % 128) }
      let bytes = Array(starts[Int(random.next() % UInt64(starts.count))].utf8) + tail
      let aim = random.next() % 2 == 0 ? AIMIdentifier("]C1") : nil
      let reading = ScanReading(bytes: bytes, aim: aim, patterns: patterns, moneyDigits: Int(random.next() % 4))
      if let gtin = reading.gtin { #expect(gtin.utf8.count == 14) }
    }
  }
}
