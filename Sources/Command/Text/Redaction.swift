/// Takes out of texts what must not leave the shop: words that are known to be secret or personal, and whatever looks
/// like a phone, card or payment number, a PIN's hash, a key or a token.
///
/// It would rather take too much: what is taken is marked, and who needs it can ask.
package struct Redaction: Sendable {
  /// Stands where something was.
  package static let mark = "[removed]"

  /// Fewest bytes of a known word; in a shorter one a text would drown.
  private static let shortestWord = 3
  /// Fewest digits in a row of a number that may be somebody's.
  private static let longNumber = 7
  /// The same of digits in groups (`138 0013 8000`, `4111-1111-1111-1111`).
  private static let groupedNumber = 9
  /// Fewest characters of a key or token.
  private static let token = 32
  /// Words behind which, after `=` or `:`, stands what nobody else shall know.
  private static let secretNames: Set<String> = [
    "pin", "key", "token", "secret", "password", "passwd", "passphrase", "auth_code", "authcode", "authorization",
    "bearer", "member", "customer", "phone", "mobile", "card", "pan", "cvv", "email",
  ]

  /// Known words by their first byte, the longest first.
  private let words: [UInt8: [[UInt8]]]

  package init(words: some Sequence<String>) {
    var found: [UInt8: Set<[UInt8]>] = [:]
    for word in words {
      let bytes = Array(word.utf8)
      guard bytes.count >= Self.shortestWord, let first = bytes.first else { continue }
      found[first, default: []].insert(bytes)
    }
    self.words = found.mapValues { $0.sorted { $0.count > $1.count } }
  }

  /// Without the known words; for what a program wrote in fields of its own.
  package func withoutWords(_ text: String) -> String {
    let bytes = Array(text.utf8)
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count)
    var index = 0
    while index < bytes.count {
      if let word = words[bytes[index]]?.first(where: { stands($0, in: bytes, at: index) }) {
        result += Self.mark.utf8
        index += word.count
      } else {
        result.append(bytes[index])
        index += 1
      }
    }
    return String(decoding: result, as: UTF8.self)
  }

  /// Without the known words and what looks like a secret; for what anybody may have written.
  package func clean(_ text: String) -> String {
    let bytes = Array(withoutWords(text).utf8)
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count)
    var index = 0
    while index < bytes.count {
      let end = Self.secret(in: bytes, at: index) ?? index
      if end > index {
        result += Self.mark.utf8
        index = end
      } else if let value = Self.namedValue(in: bytes, at: index) {
        result += bytes[index..<value.lowerBound] + Self.mark.utf8
        index = value.upperBound
      } else {
        let next = Self.harmless(in: bytes, at: index)
        result += bytes[index..<next]
        index = next
      }
    }
    return String(decoding: result, as: UTF8.self)
  }

  // MARK: - known words

  /// A word of letters and digits is not looked for inside of another.
  private func stands(_ word: [UInt8], in bytes: [UInt8], at start: Int) -> Bool {
    let end = start + word.count
    guard end <= bytes.count, bytes[start..<end].elementsEqual(word) else { return false }
    if let first = word.first, Self.isWord(first), start > 0, Self.isWord(bytes[start - 1]) { return false }
    if let last = word.last, Self.isWord(last), end < bytes.count, Self.isWord(bytes[end]) { return false }
    return true
  }

  // MARK: - what looks like a secret

  private static func secret(in bytes: [UInt8], at start: Int) -> Int? {
    if start == 0 || !isToken(bytes[start - 1]) {
      let run = bytes[start...].prefix(while: isToken)
      if run.count >= token, run.contains(where: isDigit), run.contains(where: { !isDigit($0) }) { return run.endIndex }
      if String(decoding: run, as: UTF8.self).contains("pbkdf2") { return run.endIndex }
    }
    guard isDigit(bytes[start]), start == 0 || !isDigit(bytes[start - 1]) else { return nil }
    return number(in: bytes, at: start)
  }

  /// The end of a number that may be somebody's.
  private static func number(in bytes: [UInt8], at start: Int) -> Int? {
    var (end, digits) = (start, 0)
    let first = bytes[start...].prefix(while: isDigit)
    while end < bytes.count {
      let group = bytes[end...].prefix(while: isDigit)
      if group.isEmpty { break }
      (end, digits) = (group.endIndex, digits + group.count)
      guard end + 1 < bytes.count, bytes[end] == 0x20 || bytes[end] == 0x2D, isDigit(bytes[end + 1]) else { break }
      end += 1
    }
    while end > start, !isDigit(bytes[end - 1]) { end -= 1 }
    guard first.count >= longNumber || digits >= groupedNumber else { return nil }
    return isHarmless(first, in: bytes) ? nil : end
  }

  /// Names of segments, sectors of a disk, dates.
  private static func isHarmless(_ run: ArraySlice<UInt8>, in bytes: [UInt8]) -> Bool {
    if run.count == segmentDigits, bytes[run.endIndex...].starts(with: ".seg".utf8) { return true }
    if bytes[..<run.startIndex].suffix(7).elementsEqual("sector ".utf8) { return true }
    return isDate(bytes, run.startIndex)
  }

  /// How far to go on without another look, at least one byte: behind what `isHarmless` let pass.
  private static func harmless(in bytes: [UInt8], at start: Int) -> Int {
    guard isDigit(bytes[start]) else { return start + 1 }
    if isDate(bytes, start) { return start + dateLength }
    return bytes[start...].prefix(while: isDigit).endIndex
  }

  private static let segmentDigits = 20
  private static let dateLength = 10

  private static func isDate(_ bytes: [UInt8], _ start: Int) -> Bool {
    let text = bytes[start...].prefix(dateLength)
    guard text.count == dateLength, text[start + 4] == 0x2D, text[start + 7] == 0x2D,
      !bytes[text.endIndex...].starts(with: "-".utf8),
      text.enumerated().allSatisfy({ $0 == 4 || $0 == 7 || isDigit($1) }), text[start] == UInt8(ascii: "2"),
      text[start + 1] == UInt8(ascii: "0")
    else { return false }
    return text.endIndex == bytes.count || !isDigit(bytes[text.endIndex])
  }

  /// The value behind `pin=` and its like, when such a name begins here.
  private static func namedValue(in bytes: [UInt8], at start: Int) -> Range<Int>? {
    guard isLetter(bytes[start]), start == 0 || !isWord(bytes[start - 1]) else { return nil }
    let name = bytes[start...].prefix { isLetter($0) || $0 == UInt8(ascii: "_") }
    guard secretNames.contains(String(decoding: name, as: UTF8.self).lowercased()) else { return nil }
    var index = name.endIndex
    func skip(_ set: String) { while index < bytes.count, set.utf8.contains(bytes[index]) { index += 1 } }
    skip("\"' ")
    guard index < bytes.count, "=:".utf8.contains(bytes[index]) else { return nil }
    skip("=:")
    skip("\"' ")
    let value = bytes[index...].prefix { !"\"',;\n".utf8.contains($0) }
    // In quotes all of it; else one word.
    let isQuoted = index > 0 && "\"'".utf8.contains(bytes[index - 1])
    let end = isQuoted ? value.endIndex : value.prefix { $0 != 0x20 }.endIndex
    return end > index ? index..<end : nil
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
  private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte | 0x20) }
  private static func isWord(_ byte: UInt8) -> Bool { isDigit(byte) || isLetter(byte) || byte == UInt8(ascii: "_") }
  private static func isToken(_ byte: UInt8) -> Bool { isWord(byte) || "+=$-".utf8.contains(byte) }
}
