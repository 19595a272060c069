/// Moves over the bytes of a description and knows line and column.
struct InterfaceLexer {
  private let bytes: [UInt8]
  private var offset = 0

  init(_ text: String) {
    bytes = [UInt8](text.utf8)
  }

  var atEnd: Bool { offset == bytes.count }

  var peek: UInt8? { offset < bytes.count ? bytes[offset] : nil }

  mutating func takeWhile(_ accepts: (UInt8) -> Bool) -> String {
    let start = offset
    while let byte = peek, accepts(byte) { offset += 1 }
    return String(decoding: bytes[start..<offset], as: UTF8.self)
  }

  /// Moves over `token` if it is next.
  mutating func take(_ token: StaticString) -> Bool {
    let count = token.utf8CodeUnitCount
    guard offset + count <= bytes.count else { return false }
    for index in 0..<count where bytes[offset + index] != token.utf8Start[index] { return false }
    offset += count
    return true
  }

  mutating func expect(_ token: StaticString) throws(VarlinkError) {
    guard take(token) else { throw problem("\"\(token)\" is expected here") }
  }

  /// A keyword followed by a blank.
  mutating func expect(word: StaticString) throws(VarlinkError) {
    guard take(word), let byte = peek, byte.isBlank else { throw problem("\"\(word)\" is expected here") }
  }

  mutating func skipBlanks() {
    while let byte = peek, byte.isBlank { offset += 1 }
  }

  /// Moves over white space and comments; answers the block of comment lines that stands directly before what follows.
  @discardableResult
  mutating func skipSpace() -> String {
    var block: [String] = []
    var lineIsEmpty = false
    while let byte = peek {
      if byte == UInt8(ascii: "#") {
        offset += 1
        var line = takeWhile { !$0.isLineEnd }
        if line.first == " " { line.removeFirst() }
        block.append(line)
        takeLineEnd()
        lineIsEmpty = true
      } else if byte.isLineEnd {
        if lineIsEmpty { block.removeAll() }
        takeLineEnd()
        lineIsEmpty = true
      } else if byte.isBlank {
        offset += 1
      } else {
        break
      }
    }
    return block.joined(separator: "\n")
  }

  /// A member ends with its line; a comment may stand behind it.
  mutating func expectLineEnd() throws(VarlinkError) {
    skipBlanks()
    if peek == UInt8(ascii: "#") { _ = takeWhile { !$0.isLineEnd } }
    guard let byte = peek else { return }
    guard byte.isLineEnd else { throw problem("the line must end here") }
    takeLineEnd()
  }

  func problem(_ text: String) -> VarlinkError {
    let before = bytes[..<offset]
    let line = before.reduce(1) { $1 == UInt8(ascii: "\n") ? $0 + 1 : $0 }
    let start = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    return .definition(line: line, column: offset - start + 1, problem: text)
  }

  private mutating func takeLineEnd() {
    if !take("\r\n"), let byte = peek, byte.isLineEnd { offset += 1 }
  }
}

extension UInt8 {
  var isBlank: Bool { self == UInt8(ascii: " ") || self == UInt8(ascii: "\t") }
  var isLineEnd: Bool { self == UInt8(ascii: "\n") || self == UInt8(ascii: "\r") }
  var isLetter: Bool { (self | 0x20) &- UInt8(ascii: "a") < 26 }
  var isAlphanumeric: Bool { isLetter || self &- UInt8(ascii: "0") < 10 }
  var isNameByte: Bool { isAlphanumeric || self == UInt8(ascii: "_") }
}
