import Document
import EscPos
import Testing

@Suite struct EncoderSmokeTests {
  @Test func yenIsTheFullWidthSignOnChineseFonts() {
    for encoding in [KanjiEncoding.gbk, .gb18030] {
      var profile = EscPosProfile()
      profile.kanji = KanjiFont(encoding)
      let encoded = EscPosEncoder(profile: profile).encode(Document(title: "", elements: [.text("¥1￥2")]))
      #expect(encoded.bytes.contains([0xA3, 0xA4, 0x31, 0xA3, 0xA4, 0x32, 0x0A]))
      #expect(encoded.substitutions.isEmpty)
    }
  }

  @Test func codePagesAreStoredUnderTheirNames() {
    for page in CodePage.allCases { #expect(page.storedName == page.rawValue) }
    #expect(CodePage.cp858.byte(for: "€") == 0xD5)
    #expect(CodePage.cp1252.byte(for: "€") == 0x80)
    #expect(CodePage.cp437.byte(for: "é") == 0x82)
    #expect(CodePage.cp866.scalar(for: 0x80) == "А")
    #expect(CodePage.latin9.byte(for: "€") == 0xA4)
  }
}
