import Document
import EscPos
import Testing

/// What becomes of difficult characters on each kind of printer.
@Suite struct CharacterTests {
  private func encode(_ text: String, _ profile: EscPosProfile) -> (hex: String, substitutions: [String]) {
    let encoder = EscPosEncoder(profile: profile)
    let empty = encoder.encode(Document(title: "", elements: [])).bytes
    let encoded = encoder.encode(Document(title: "", elements: [.text(text)]))
    let body = encoded.bytes.dropFirst(empty.count).dropLast()
    return (hex(body), encoded.substitutions.map { "\($0.scalar)=\($0.replacement)" })
  }

  /// Character, bytes, and what the report says of it ("" = nothing: it is the same sign).
  private typealias Row = (text: String, bytes: String, report: String)

  private func check(_ rows: [Row], _ profile: EscPosProfile) {
    for row in rows {
      let (bytes, substitutions) = encode(row.text, profile)
      #expect(bytes == row.bytes, "\(row.text)")
      #expect(substitutions == (row.report.isEmpty ? [] : [row.report]), "\(row.text)")
    }
  }

  @Test func gbk() {
    check(
      [
        ("¥", "a3 a4", ""), ("￥", "a3 a4", ""), ("€", "45 55 52", "€=EUR"), ("，", "a3 ac", ""), ("囍", "87 d6", ""),
        ("𠀀", "a1 fe", "𠀀=〓"), ("🙂", "a1 fe", "🙂=〓"), ("㐀", "a1 fe", "㐀=〓"), ("é", "a8 a6", ""),
        ("ñ", "6e", "ñ=n"), ("\u{200D}\u{FE0F}", "", ""), ("\u{1B}", "a1 fe", "\u{1B}=〓"), ("£", "a1 ea", ""),
      ], Profiles.gbk)
  }

  @Test func gb18030() {
    check(
      [
        ("¥", "a3 a4", ""), ("￥", "a3 a4", ""), ("€", "a2 e3", ""), ("，", "a3 ac", ""), ("囍", "87 d6", ""),
        ("𠀀", "a1 fe", "𠀀=〓"), ("🙂", "a1 fe", "🙂=〓"), ("㐀", "81 39 ee 39", ""), ("䶵", "82 35 87 38", ""),
        ("ñ", "6e", "ñ=n"),
      ], Profiles.gb18030)
  }

  @Test func big5() {
    check(
      [
        ("¥", "a2 44", ""), ("，", "a1 41", ""), ("中", "a4 a4", ""), ("囍", "f8 a6", ""), ("🙂", "a1 bd", "🙂=■"),
      ], Profiles.chinese(.big5))
  }

  @Test func codePage858() {
    check(
      [
        ("¥", "1b 74 13 be", ""), ("￥", "1b 74 13 be", ""), ("€", "1b 74 13 d5", ""), ("，", "2c", "，=,"),
        ("囍", "1b 74 13 fe fe", "囍=■■"), ("𠀀", "1b 74 13 fe fe", "𠀀=■■"), ("🙂", "1b 74 13 fe fe", "🙂=■■"),
        ("Café", "43 61 66 1b 74 13 82", ""),
      ], Profiles.cp858)
    #expect(encode("“a”", Profiles.cp858).hex == "22 61 22")
    #expect(encode("“a”", Profiles.cp858).substitutions.count == 2)
  }

  @Test func noQuestionMarkAppearsFromNowhere() {
    for profile in Profiles.all {
      for value in stride(from: UInt32(0x80), to: 0x30000, by: 61) {
        guard let scalar = Unicode.Scalar(value) else { continue }
        let text = String(Character(scalar))
        let encoder = EscPosEncoder(profile: profile)
        #expect(!encoder.visible(text).contains("?"), "U+\(String(value, radix: 16))")
        let encoded = encoder.encode(Document(title: "", elements: [.text(text)]))
        // The only 3Fh may be none at all: it is neither a trail byte of these sets nor part of a command here.
        #expect(!encoded.bytes.contains(0x3F), "U+\(String(value, radix: 16))")
      }
    }
  }

  @Test func gbkPrintersGetNoFourByteCodes() {
    let encoder = EscPosEncoder(profile: Profiles.gbk)
    for value in UInt32(0x80)..<0x10000 {
      guard let scalar = Unicode.Scalar(value), value % 7 == 0 else { continue }
      let encoded = encoder.encode(Document(title: "", elements: [.text(String(Character(scalar)))]))
      let (_, tokens) = paper(encoded.bytes, profile: Profiles.gbk) { 64 }
      #expect(!tokens.contains { if case .unknown = $0 { true } else { false } }, "U+\(String(value, radix: 16))")
    }
  }

  @Test func codePagesSwitchAsRarelyAsPossible() {
    // ё is in 866 only, é in 437 and 1252, € in 1252 only: from é on, 1252 carries further than 437.
    let (bytes, _) = encode(
      "éé€ё",
      Profiles.western(
        [CodePageSlot(0, .cp437), CodePageSlot(16, .cp1252), CodePageSlot(17, .cp866)]))
    #expect(bytes == "1b 74 10 e9 e9 80 1b 74 11 f1")
  }

  @Test func kanjiModeIsLeftForSingleByteCharactersAndComesBack() {
    let (bytes, substitutions) = encode("中ñ中", Profiles.mixed)
    #expect(bytes == "d6 d0 1c 2e 1b 74 00 a4 1c 26 d6 d0")
    #expect(substitutions.isEmpty)
  }

  @Test func everyCodePageReadsBackWhatItWrites() {
    for page in CodePage.allCases {
      for byte in UInt8(0x80)...0xFF {
        guard let scalar = page.scalar(for: byte) else { continue }
        let again = page.byte(for: scalar)
        #expect(again.flatMap { page.scalar(for: $0) } == scalar, "\(page) \(byte)")
      }
      #expect(page.storedName == page.rawValue)
    }
    #expect(CodePage.cp858.byte(for: "€") == 0xD5 && CodePage.cp1252.byte(for: "€") == 0x80)
    #expect(CodePage.cp866.scalar(for: 0x80) == "А" && CodePage.latin9.byte(for: "€") == 0xA4)
  }

  @Test func substitutionsAreCounted() {
    let encoder = EscPosEncoder(profile: Profiles.gbk)
    let encoded = encoder.encode(Document(title: "", elements: [.text("🙂€🙂"), .text("🙂")]))
    #expect(
      encoded.substitutions == [
        Substitution(scalar: "🙂", replacement: "〓", count: 3), Substitution(scalar: "€", replacement: "EUR", count: 1),
      ])
  }
}
