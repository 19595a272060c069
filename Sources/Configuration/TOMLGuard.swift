/// Looks a text over before the parsing library sees it.
///
/// The library takes a C string, so all behind a NUL would be ignored in silence; and in a few places it asserts where it
/// should report (an abort, or worse where asserts are compiled out): a table's name that begins with no character of
/// names, and a list's value that begins with an end. Those are refused here; all else is the library's to judge.
struct TOMLGuard {
  private let bytes: [UInt8]
  private var index = 0
  /// Line of the byte that is looked at, from 1.
  private(set) var line = 1
  /// Open brackets of the value that is looked at.
  private var open: [UInt8] = []
  private var atLineStart = true
  /// In a list, a value may begin here.
  private var beforeValue = false

  private static let quote = UInt8(ascii: "\"")
  private static let apostrophe = UInt8(ascii: "'")
  private static let listBegin = UInt8(ascii: "[")
  private static let listEnd = UInt8(ascii: "]")
  private static let tableBegin = UInt8(ascii: "{")
  private static let tableEnd = UInt8(ascii: "}")

  init(_ text: String) { bytes = Array(text.utf8) }

  private func byte(_ offset: Int = 0) -> UInt8? { index + offset < bytes.count ? bytes[index + offset] : nil }

  /// What is wrong, or nil. ``line`` says where.
  mutating func refusal() -> String? {
    while let byte = byte() {
      switch byte {
      case 0x0A:
        line += 1
        atLineStart = true
        index += 1
        continue
      case 0x20, 0x09:
        index += 1
        continue
      case 0x0D:
        guard self.byte(1) == 0x0A else { return "holds a control character" }
        index += 1
        continue
      case UInt8(ascii: "#"):
        if let message = skipComment() { return message }
        continue
      case Self.quote, Self.apostrophe:
        if let message = skipString(byte) { return message }
      case 0x00..<0x20, 0x7F...: return "only texts and comments may hold this character"
      case Self.listBegin where atLineStart && open.isEmpty:
        if let message = skipHeader() { return message }
      default:
        if let message = bracket(byte) { return message }
        index += 1
      }
      atLineStart = false
    }
    return nil
  }

  private mutating func bracket(_ byte: UInt8) -> String? {
    switch byte {
    case Self.listBegin, Self.tableBegin:
      guard open.count < Limits.depth else { return "nested deeper than \(Limits.depth) levels" }
      open.append(byte)
      beforeValue = byte == Self.listBegin
    case Self.listEnd:
      guard open.isEmpty || open.removeLast() == Self.listBegin else { return "']' where '}' is needed" }
      beforeValue = false
    case Self.tableEnd:
      if beforeValue || open.last == Self.listBegin { return "'}' where ']' is needed" }
      if !open.isEmpty { open.removeLast() }
      beforeValue = false
    case UInt8(ascii: ","): beforeValue = open.last == Self.listBegin
    default: beforeValue = false
    }
    return nil
  }

  private mutating func skipHeader() -> String? {
    index += 1
    while byte() == 0x20 || byte() == 0x09 { index += 1 }
    if byte() == Self.listBegin { index += 1 }
    while byte() == 0x20 || byte() == 0x09 { index += 1 }
    guard let first = byte(), Self.isNameByte(first) else { return "a table needs a name" }
    return nil
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x5F, quote, apostrophe: true
    default: false
    }
  }

  private static func isControl(_ byte: UInt8) -> Bool { (byte < 0x20 && byte != 0x09) || byte == 0x7F }

  private mutating func skipComment() -> String? {
    while let byte = byte(), byte != 0x0A {
      if Self.isControl(byte), !(byte == 0x0D && self.byte(1) == 0x0A) { return "holds a control character" }
      index += 1
    }
    return nil
  }

  /// Passes a text by; one that does not end is the library's to report.
  private mutating func skipString(_ mark: UInt8) -> String? {
    beforeValue = false
    let isLong = byte(1) == mark && byte(2) == mark
    index += isLong ? 3 : 1
    while let byte = byte() {
      if byte == mark, !isLong || (self.byte(1) == mark && self.byte(2) == mark) {
        index += isLong ? 3 : 1
        // Up to two more marks may stand before the end of a long text.
        while isLong, self.byte() == mark { index += 1 }
        return nil
      }
      if byte == 0x0A {
        guard isLong else { return nil }
        line += 1
      } else if Self.isControl(byte), byte != 0x0D {
        return "holds a control character"
      } else if byte == 0x5C, mark == Self.quote, let next = self.byte(1), !Self.isControl(next) {
        index += 1
      }
      index += 1
    }
    return nil
  }
}
