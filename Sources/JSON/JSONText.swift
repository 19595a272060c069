/// A string inside a document that is still where it was received: compared without allocating, copied on demand.
///
/// Valid only as long as the bytes the reader was made from.
public struct JSONText {
  /// The bytes between the quotes, escapes as written, already checked.
  @usableFromInline let raw: UnsafeRawBufferPointer
  /// True when `raw` holds at least one backslash.
  @usableFromInline let escaped: Bool
  /// Offset of the opening quote in the document.
  public let offset: Int

  init(raw: UnsafeRawBufferPointer, escaped: Bool, offset: Int) {
    self.raw = raw
    self.escaped = escaped
    self.offset = offset
  }

  /// True when the text is exactly `other`, byte by byte.
  @inlinable
  public static func == (text: JSONText, other: StaticString) -> Bool {
    if text.escaped { return text.equalsUnescaped(other) }
    let count = other.utf8CodeUnitCount
    guard text.raw.count == count else { return false }
    let wanted = other.utf8Start
    var index = 0
    while index < count {
      if text.raw[index] != wanted[index] { return false }
      index &+= 1
    }
    return true
  }

  /// Lets `switch text { case "method": … }` work.
  @inlinable
  public static func ~= (pattern: StaticString, text: JSONText) -> Bool {
    text == pattern
  }

  /// True when the text is exactly `other`, byte by byte.
  public static func == (text: JSONText, other: String) -> Bool {
    text.string.hasSameBytes(as: other)
  }

  /// True when both spell the same bytes, escapes resolved.
  func hasSameBytes(as other: JSONText) -> Bool {
    if escaped || other.escaped { return string.hasSameBytes(as: other.string) }
    guard raw.count == other.raw.count else { return false }
    for index in raw.indices where raw[index] != other.raw[index] { return false }
    return true
  }

  /// Order of bytes; false where an escape would have to be resolved first.
  func precedesByBytes(_ other: JSONText) -> Bool {
    guard !escaped, !other.escaped else { return false }
    let length = min(raw.count, other.raw.count)
    for index in 0..<length where raw[index] != other.raw[index] { return raw[index] < other.raw[index] }
    return raw.count < other.raw.count
  }

  /// True when `byte` occurs in the text as written (used for ASCII bytes that need no escape).
  public func contains(_ byte: UInt8) -> Bool {
    raw.contains(byte)
  }

  /// The text itself.
  public var string: String {
    if !escaped { return String(decoding: raw, as: UTF8.self) }
    return String(decoding: unescaped, as: UTF8.self)
  }

  /// The UTF-8 bytes of the text, escapes resolved.
  public var utf8: [UInt8] {
    escaped ? unescaped : [UInt8](raw)
  }

  /// The bytes of the text, escapes resolved, without copying when there are none.
  public func withUTF8<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    escaped ? unescaped.withUnsafeBytes(body) : body(raw)
  }

  @usableFromInline
  func equalsUnescaped(_ other: StaticString) -> Bool {
    let bytes = unescaped
    guard bytes.count == other.utf8CodeUnitCount else { return false }
    return bytes.elementsEqual(UnsafeBufferPointer(start: other.utf8Start, count: other.utf8CodeUnitCount))
  }

  /// Resolves escapes. The scanner has checked them, so nothing here can fail.
  private var unescaped: [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(raw.count)
    var index = 0
    while index < raw.count {
      let byte = raw[index]
      guard byte == UInt8(ascii: "\\") else {
        result.append(byte)
        index += 1
        continue
      }
      index = appendEscape(at: index, to: &result)
    }
    return result
  }

  private func appendEscape(at start: Int, to result: inout [UInt8]) -> Int {
    let letter = raw[start + 1]
    guard letter == UInt8(ascii: "u") else {
      result.append(JSONEscape.value(of: letter) ?? letter)
      return start + 2
    }
    let first = JSONEscape.unit(in: raw, at: start + 2) ?? 0
    guard first & 0xfc00 == 0xd800, let second = JSONEscape.unit(in: raw, at: start + 8) else {
      JSONEscape.append(first, to: &result)
      return start + 6
    }
    JSONEscape.append(0x10000 + ((first & 0x3ff) << 10) + (second & 0x3ff), to: &result)
    return start + 12
  }
}

/// The escape table shared by scanner and text.
enum JSONEscape {
  /// The byte that a one-letter escape stands for; nil when JSON has no such escape.
  static func value(of letter: UInt8) -> UInt8? {
    switch letter {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): letter
    case UInt8(ascii: "b"): 0x08
    case UInt8(ascii: "f"): 0x0c
    case UInt8(ascii: "n"): 0x0a
    case UInt8(ascii: "r"): 0x0d
    case UInt8(ascii: "t"): 0x09
    default: nil
    }
  }

  /// Four hexadecimal digits at `start`; nil when they are not there.
  static func unit(in bytes: UnsafeRawBufferPointer, at start: Int) -> UInt32? {
    guard start + 4 <= bytes.count else { return nil }
    var unit: UInt32 = 0
    for index in start..<start + 4 {
      guard let digit = hexadecimal(bytes[index]) else { return nil }
      unit = unit << 4 | digit
    }
    return unit
  }

  private static func hexadecimal(_ byte: UInt8) -> UInt32? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0"))
    case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte - UInt8(ascii: "a") + 10)
    case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte - UInt8(ascii: "A") + 10)
    default: nil
    }
  }

  /// Appends one code point (never a surrogate) as UTF-8.
  static func append(_ point: UInt32, to result: inout [UInt8]) {
    switch point {
    case 0..<0x80:
      result.append(UInt8(truncatingIfNeeded: point))
    case 0x80..<0x800:
      result.append(UInt8(truncatingIfNeeded: 0xc0 | point >> 6))
      result.append(UInt8(truncatingIfNeeded: 0x80 | point & 0x3f))
    case 0x800..<0x10000:
      result.append(UInt8(truncatingIfNeeded: 0xe0 | point >> 12))
      result.append(UInt8(truncatingIfNeeded: 0x80 | point >> 6 & 0x3f))
      result.append(UInt8(truncatingIfNeeded: 0x80 | point & 0x3f))
    default:
      result.append(UInt8(truncatingIfNeeded: 0xf0 | point >> 18))
      result.append(UInt8(truncatingIfNeeded: 0x80 | point >> 12 & 0x3f))
      result.append(UInt8(truncatingIfNeeded: 0x80 | point >> 6 & 0x3f))
      result.append(UInt8(truncatingIfNeeded: 0x80 | point & 0x3f))
    }
  }
}
