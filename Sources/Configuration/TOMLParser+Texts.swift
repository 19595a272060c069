extension TOMLParser {
  /// A text in quotation marks (`"`, with escapes) or apostrophes, on one line or, with three marks, on several.
  mutating func text(_ mark: UInt8) throws(TOMLFault) -> String {
    let isLong = peek(1) == mark && peek(2) == mark
    index += isLong ? 3 : 1
    if isLong { _ = takeLineEnd() }
    var out: [UInt8] = []
    while let byte = peek() {
      if byte == mark {
        if !isLong {
          index += 1
          return String(decoding: out, as: UTF8.self)
        }
        if closes(mark, &out) { return String(decoding: out, as: UTF8.self) }
      } else if byte == 0x0A || (byte == 0x0D && peek(1) == 0x0A) {
        guard isLong else { break }
        _ = takeLineEnd()
        out.append(0x0A)
      } else if Self.isControl(byte) {
        throw fault("a text may not hold a control character")
      } else if byte == 0x5C, mark == UInt8(ascii: "\"") {
        try escape(isLong: isLong, into: &out)
      } else {
        out.append(byte)
        index += 1
      }
    }
    throw fault("the text does not end")
  }

  /// At a mark of a long text: takes one to five marks; true when three of them end it (up to two belong to the text).
  private mutating func closes(_ mark: UInt8, _ out: inout [UInt8]) -> Bool {
    var count = 0
    while count < 5, peek() == mark {
      count += 1
      index += 1
    }
    out.append(contentsOf: [UInt8](repeating: mark, count: count < 3 ? count : count - 3))
    return count >= 3
  }

  private mutating func escape(isLong: Bool, into out: inout [UInt8]) throws(TOMLFault) {
    index += 1
    guard let byte = peek() else { throw fault("the text does not end") }
    index += 1
    switch byte {
    case UInt8(ascii: "\""), 0x5C: out.append(byte)
    case UInt8(ascii: "b"): out.append(0x08)
    case UInt8(ascii: "t"): out.append(0x09)
    case UInt8(ascii: "n"): out.append(0x0A)
    case UInt8(ascii: "f"): out.append(0x0C)
    case UInt8(ascii: "r"): out.append(0x0D)
    case UInt8(ascii: "u"): try scalar(digits: 4, into: &out)
    case UInt8(ascii: "U"): try scalar(digits: 8, into: &out)
    case 0x20, 0x09, 0x0A, 0x0D:
      guard isLong else { throw fault("no such escape") }
      index -= 1
      try skipFold()
    default: throw fault("no such escape")
    }
  }

  /// A backslash at the end of a line of a long text: white space up to the next character is no part of the text.
  private mutating func skipFold() throws(TOMLFault) {
    while peek() == 0x20 || peek() == 0x09 { index += 1 }
    guard takeLineEnd() else { throw fault("no such escape") }
    while peek() == 0x20 || peek() == 0x09 || takeLineEnd() {
      if peek() == 0x20 || peek() == 0x09 { index += 1 }
    }
  }

  private mutating func scalar(digits: Int, into out: inout [UInt8]) throws(TOMLFault) {
    guard index + digits <= bytes.count,
      let value = UInt32(String(decoding: bytes[index..<index + digits], as: UTF8.self), radix: 16),
      bytes[index] != UInt8(ascii: "+"), bytes[index] != UInt8(ascii: "-"), let scalar = Unicode.Scalar(value)
    else { throw fault("no such character") }
    index += digits
    out.append(contentsOf: Array(String(Character(scalar)).utf8))
  }
}
