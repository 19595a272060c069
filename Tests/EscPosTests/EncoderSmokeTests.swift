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
}
