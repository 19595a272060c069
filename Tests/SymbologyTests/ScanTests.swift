import Symbology
import Testing

/// Classification of scanned data.
struct ScanTests {
  private func scan(_ text: String, _ aim: String? = nil) -> Scan {
    Scan(bytes: Array(text.utf8), aim: aim.flatMap { AIMIdentifier($0) })
  }

  @Test(arguments: [
    ("]E0", 104), ("]E4", 103), ("]E3", 119), ("]A0", 108), ("]C0", 110), ("]C1", 120), ("]F0", 107), ("]G0", 109),
    ("]I0", 106), ("]L0", 201), ("]U0", 202), ("]d1", 203), ("]d2", 208), ("]Q1", 204), ("]Q3", 209), ("]e0", 131),
    ("]z0", 206), ("]h0", 215), ("]X0", 501),
  ])
  func identifiers(_ text: String, _ number: Int) {
    #expect(AIMIdentifier(text)?.scanDataType.rawValue == number)
  }

  @Test(arguments: ["", "]", "]E", "E00", "]00", "]E00", "]E ", "]中"])
  func noIdentifiers(_ text: String) { #expect(AIMIdentifier(text) == nil) }

  @Test(arguments: [
    ("6901234567892", "06901234567892", GTIN.Form.gtin13), ("96385074", "00000096385074", .gtin8),
    ("036000291452", "00036000291452", .gtin12), ("10012345678902", "10012345678902", .gtin14),
    // UPC-E with each rule of the last digit.
    ("04252614", "00042100005264", .upcE), ("01234505", "00012000003455", .upcE),
    ("425261", "00042100005264", .upcE), ("0425261", "00042100005264", .upcE),
  ])
  func gtins(_ text: String, _ digits: String, _ form: GTIN.Form) {
    #expect(GTIN(text)?.digits == digits)
    #expect(GTIN(text)?.form == form)
  }

  @Test(arguments: ["6901234567893", "96385075", "036000291453", "", "123", "690123456789a", "69012345678920000"])
  func noGTINs(_ text: String) { #expect(GTIN(text) == nil) }

  @Test func everyWrongCheckDigitIsRefused() {
    for digit in 0...9 where digit != 2 { #expect(GTIN("690123456789\(digit)") == nil) }
  }

  @Test func productsStayProducts() {
    // 13 digits that also pass the card check must stay a product.
    #expect(scan("6901234567892").kind == GTIN("6901234567892").map { .product($0) })
    #expect(scan("4006381333931", "]E0").type == .ean13)
    #expect(scan("036000291452", "]E0").type == .upcA)
    #expect(scan("2512345678908", "]E0").kind == GTIN("2512345678908").map { .inStore($0) })
    #expect(scan("https://example.com/01/06901234567892", "]Q1").kind == .other)
  }

  @Test func gs1() {
    let label = "0106901234567892310300019510ABC\u{1D}17301231"
    guard case .gs1(let elements) = scan(label, "]C1").kind else {
      Issue.record("no element string")
      return
    }
    #expect(elements.map(\.identifier) == ["01", "3103", "10", "17"])
    #expect(elements.map(\.data) == ["06901234567892", "000195", "ABC", "301231"])
    // The same bytes without the identifier are just text.
    #expect(scan(label, "]C0").kind == .other)
  }

  @Test func gs1Separators() throws {
    #expect(throws: GS1Error.separator(offset: 0)) { try GS1ElementString.parse("\u{1D}10A".utf8) }
    #expect(throws: GS1Error.separator(offset: 4)) { try GS1ElementString.parse("10A\u{1D}\u{1D}21B".utf8) }
    #expect(try GS1ElementString.parse("11260101\u{1D}10A\u{1D}".utf8).count == 2)
    #expect(throws: GS1Error.data(identifier: "17")) { try GS1ElementString.parse("17261".utf8) }
    #expect(throws: GS1Error.identifier(offset: 0)) { try GS1ElementString.parse("xx".utf8) }
  }

  @Test func inStorePatterns() throws {
    let weight = try #require(InStorePattern("21.....NNDDD", meaning: .weight))
    let body: [UInt8] = [2, 1, 1, 2, 3, 4, 5, 0, 1, 2, 5, 0]
    let code = (body + [GTIN.checkDigit(of: body)]).map(String.init).joined()
    let label = try #require(GTIN(code))
    let reading = try #require(weight.read(label))
    #expect(reading.value == 1250)
    #expect(reading.decimals == 3)
    #expect(reading.item.digits.hasPrefix("02112345"))
    #expect(GTIN(String(reading.item.digits.dropFirst())) != nil)
    #expect(weight.read(try #require(GTIN("6901234567892"))) == nil)
    for bad in ["", "21.....DDDNN", "21..........", "21.....NNDDDD", "2x.....NNDDD"] {
      #expect(InStorePattern(bad, meaning: .price) == nil)
    }
  }

  @Test func anyBytesAreClassified() {
    var random = SplitMix(seed: 0x5CA7)
    let aims = ["]C1", "]e0", "]E0", "]Q3", "]Q1", "]d2"].map { AIMIdentifier($0) } + [nil]
    for _ in 0..<20_000 {
      let count = Int(random.next() % 40)
      let digitsOnly = random.next() % 2 == 0
      let bytes = (0..<count).map { _ in
        digitsOnly ? UInt8(0x30 + random.next() % 10) : UInt8(truncatingIfNeeded: random.next())
      }
      let scan = Scan(bytes: bytes, aim: aims[Int(random.next() % UInt64(aims.count))])
      let masked = scan.masked(bytes)
      if scan.isSecret { #expect(!masked.utf8.elementsEqual(bytes)) }
    }
  }
}

/// Small seeded generator (SplitMix64).
struct SplitMix {
  private var state: UInt64
  init(seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
