import Command
import Testing

/// What a text loses before it leaves the shop, and what it keeps.
@Suite struct RedactionTests {
  private static let redaction = Redaction(words: ["王芳", "Chief Zhang", "龙井茶", "tea", "01"])

  @Test(arguments: [
    "13800138000", "138 0013 8000", "138-0013-8000", "+86 13800138000", "4111 1111 1111 1111", "4111111111111111",
    "134912345678901234", "12345678", "pin=4711", "PIN: 4711", "\"pin\":\"4711\"", "token=abc",
    "password = \"two words\"",
    "auth_code=1349", "pbkdf2-sha256$200000$d5b0$3c52",
    "3c527338085e398edad3af8fb26b99f6f3c1b282a80439df4e0fd99718ab759f",
    "MC4CAQAwBQYDK2VwBCIEIHh5enh5enh5enh5eg1", "王芳", "sold 龙井茶!", "Chief Zhang", "one tea", "phone:0571-8888",
  ])
  func takesOut(text: String) {
    let clean = Self.redaction.clean("before \(text) after")
    #expect(clean.contains(Redaction.mark), "\(clean)")
    #expect(clean.hasPrefix("before ") && clean.hasSuffix(" after"), "\(clean)")
    for part in text.split(whereSeparator: { " =:\"".contains($0) }) where part.contains(where: \.isNumber) {
      #expect(!clean.contains(part), "\(clean)")
    }
  }

  @Test(arguments: [
    "2026-11-21T11:44:38+0800 box counterfoild[1234]: ready: mode selling", "2026-11-21 11:44:38 +08:00",
    "00000000000000000042.seg, offset 4096", "[12345.678901] sd 0:0:0:0: I/O error, dev sda, sector 1953525168",
    "tcp://192.168.1.87:9100", "steady", "lane-01-1", "no usable key in /var/lib/counterfoil/keys/journal.key",
    "usb 1-1.2: New USB device found, idVendor=04b8, idProduct=0202", "200 of 4096",
  ])
  func keeps(text: String) { #expect(Self.redaction.clean(text) == text) }

  @Test func wordsOnly() {
    #expect(Self.redaction.withoutWords("王芳 13800138000") == "\(Redaction.mark) 13800138000")
  }

  /// Any bytes: it ends, and no known word is left.
  @Test func anyText() {
    var random = SystemRandomNumberGenerator()
    let alphabet = Array("0123456789 -=:\"'abkpin王芳龙井茶.seg$\n")
    for _ in 0..<2_000 {
      let text = String((0..<Int.random(in: 0..<60, using: &random)).compactMap { _ in alphabet.randomElement() })
      #expect(!Self.redaction.clean(text).contains("王芳"), "\(text)")
    }
  }
}
