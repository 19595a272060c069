/// Appends JSON to a byte array. Commas are written by the writer; the caller writes keys in the order it wants, which
/// for canonical output is the order of their UTF-8 bytes.
///
/// Strings are written as UTF-8 with the fewest escapes: `\"`, `\\`, `\b \t \n \f \r`, other control characters below
/// 0x20 as `\u00xx` with lower-case digits. `/`, DEL and everything beyond ASCII stand as they are.
public struct JSONWriter {
  /// What has been written.
  public var bytes: [UInt8]
  private var needsComma = false

  /// An empty writer with room for `capacity` bytes; it grows as needed.
  public init(capacity: Int = 256) {
    bytes = []
    bytes.reserveCapacity(capacity)
  }

  /// Goes on in an existing buffer, which keeps its capacity and content.
  public init(appendingTo bytes: consuming [UInt8]) {
    self.bytes = bytes
  }

  /// Forgets the content and keeps the memory.
  public mutating func reset() {
    bytes.removeAll(keepingCapacity: true)
    needsComma = false
  }

  /// Opens an object, as a value.
  public mutating func beginObject() {
    beginContainer(UInt8(ascii: "{"))
  }

  /// Closes the object opened last. Balance is the caller's.
  public mutating func endObject() {
    bytes.append(UInt8(ascii: "}"))
    needsComma = true
  }

  /// Opens an array, as a value.
  public mutating func beginArray() {
    beginContainer(UInt8(ascii: "["))
  }

  /// Closes the array opened last. Balance is the caller's.
  public mutating func endArray() {
    bytes.append(UInt8(ascii: "]"))
    needsComma = true
  }

  /// A key known when compiling, made of characters that need no escape.
  public mutating func key(_ name: StaticString) {
    separate()
    bytes.append(UInt8(ascii: "\""))
    bytes.append(contentsOf: UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
    bytes.append(UInt8(ascii: "\""))
    bytes.append(UInt8(ascii: ":"))
    needsComma = false
  }

  /// Any key.
  public mutating func key(_ name: String) {
    separate()
    appendString(name)
    bytes.append(UInt8(ascii: ":"))
    needsComma = false
  }

  /// The value `null`.
  public mutating func null() {
    word("null")
  }

  /// The value `true` or `false`.
  public mutating func bool(_ value: Bool) {
    word(value ? "true" : "false")
  }

  /// A whole number. Beyond ±(2^53−1) it is written as it is; readers of entries and messages refuse it.
  public mutating func integer(_ value: Int64) {
    integer(negative: value < 0, magnitude: value.magnitude)
  }

  /// A whole number without sign.
  public mutating func integer(_ value: UInt64) {
    integer(negative: false, magnitude: value)
  }

  /// Any whole number of up to 64 bits.
  public mutating func integer<Number: FixedWidthInteger>(_ value: Number) {
    integer(negative: value < 0, magnitude: UInt64(truncatingIfNeeded: value.magnitude))
  }

  /// A fraction. Throws `.notFinite` for what JSON cannot write. A whole value keeps its `.0`, so it reads back as a
  /// fraction.
  public mutating func number(_ value: Double) throws(JSONError) {
    guard value.isFinite else { throw JSONError(.notFinite, at: 0) }
    separate()
    bytes.append(contentsOf: value.description.utf8)
    needsComma = true
  }

  /// A string value, escaped.
  public mutating func string(_ value: String) {
    separate()
    appendString(value)
    needsComma = true
  }

  /// A string known when compiling, made of characters that need no escape.
  public mutating func string(literal value: StaticString) {
    separate()
    bytes.append(UInt8(ascii: "\""))
    bytes.append(contentsOf: UnsafeBufferPointer(start: value.utf8Start, count: value.utf8CodeUnitCount))
    bytes.append(UInt8(ascii: "\""))
    needsComma = true
  }

  /// A value that is JSON already.
  public mutating func raw(_ value: UnsafeRawBufferPointer) {
    separate()
    bytes.append(contentsOf: value)
    needsComma = true
  }

  /// A value that is JSON already.
  public mutating func raw(_ value: some Sequence<UInt8>) {
    separate()
    bytes.append(contentsOf: value)
    needsComma = true
  }

  /// A tree, members in their order.
  public mutating func value(_ value: JSON) throws(JSONError) {
    switch value {
    case .null: null()
    case .bool(let value): bool(value)
    case .integer(let value): integer(value)
    case .number(let value): try number(value)
    case .string(let value): string(value)
    case .array(let elements):
      beginArray()
      for element in elements { try self.value(element) }
      endArray()
    case .object(let members):
      beginObject()
      for member in members {
        key(member.key)
        try self.value(member.value)
      }
      endObject()
    }
  }

  // MARK: Inside

  @inline(__always)
  private mutating func separate() {
    if needsComma { bytes.append(UInt8(ascii: ",")) }
  }

  private mutating func beginContainer(_ mark: UInt8) {
    separate()
    bytes.append(mark)
    needsComma = false
  }

  private mutating func word(_ word: StaticString) {
    separate()
    bytes.append(contentsOf: UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount))
    needsComma = true
  }

  private mutating func integer(negative: Bool, magnitude: UInt64) {
    separate()
    needsComma = true
    // Most digits of a UInt64, and its sign.
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 21) { digits in
      var place = digits.count
      var left = magnitude
      repeat {
        let (quotient, digit) = left.quotientAndRemainder(dividingBy: 10)
        place &-= 1
        digits[place] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: digit)
        left = quotient
      } while left != 0
      if negative {
        place &-= 1
        digits[place] = UInt8(ascii: "-")
      }
      bytes.append(contentsOf: UnsafeBufferPointer(rebasing: digits[place...]))
    }
  }

  private mutating func appendString(_ value: String) {
    var value = value
    bytes.append(UInt8(ascii: "\""))
    value.withUTF8 { text in
      var plain = 0
      var index = 0
      while index < text.count {
        let byte = text[index]
        if byte < 0x20 || byte == 0x22 || byte == 0x5c {
          bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[plain..<index]))
          appendEscape(byte)
          plain = index &+ 1
        }
        index &+= 1
      }
      bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[plain...]))
    }
    bytes.append(UInt8(ascii: "\""))
  }

  private mutating func appendEscape(_ byte: UInt8) {
    bytes.append(UInt8(ascii: "\\"))
    switch byte {
    case 0x22, 0x5c: bytes.append(byte)
    case 0x08: bytes.append(UInt8(ascii: "b"))
    case 0x09: bytes.append(UInt8(ascii: "t"))
    case 0x0a: bytes.append(UInt8(ascii: "n"))
    case 0x0c: bytes.append(UInt8(ascii: "f"))
    case 0x0d: bytes.append(UInt8(ascii: "r"))
    default:
      let digits: StaticString = "0123456789abcdef"
      bytes.append(contentsOf: [UInt8(ascii: "u"), UInt8(ascii: "0"), UInt8(ascii: "0")])
      bytes.append(digits.utf8Start[Int(byte >> 4)])
      bytes.append(digits.utf8Start[Int(byte & 15)])
    }
  }
}
