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
    let text = UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
    append(upTo: text.count &+ 4, needsComma: false) { room in
      room.append(UInt8(ascii: "\""))
      room.append(copying: text)
      room.append(UInt8(ascii: "\""))
      room.append(UInt8(ascii: ":"))
    }
  }

  /// Any key; one that stands in the source is taken as known when compiling.
  @_disfavoredOverload
  public mutating func key(_ name: String) {
    string(name)
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
    var value = value
    value.withUTF8 { text in
      guard Self.isPlain(text) else { return appendEscaped(text) }
      append(upTo: text.count &+ 3, needsComma: true) { room in
        room.append(UInt8(ascii: "\""))
        room.append(copying: text)
        room.append(UInt8(ascii: "\""))
      }
    }
  }

  /// A string known when compiling, made of characters that need no escape.
  public mutating func string(literal value: StaticString) {
    let text = UnsafeBufferPointer(start: value.utf8Start, count: value.utf8CodeUnitCount)
    append(upTo: text.count &+ 3, needsComma: true) { room in
      room.append(UInt8(ascii: "\""))
      room.append(copying: text)
      room.append(UInt8(ascii: "\""))
    }
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

  /// Room for the comma that is owed and `count` bytes less one, taken once for all of them: an append asks each time
  /// whether the array is its own and large enough, and an entry has hundreds of pieces.
  @inline(__always)
  private mutating func append(upTo count: Int, needsComma next: Bool, _ body: (inout OutputSpan<UInt8>) -> Void) {
    bytes.append(addingCapacity: count) { room in
      if needsComma { room.append(UInt8(ascii: ",")) }
      body(&room)
    }
    needsComma = next
  }

  private mutating func beginContainer(_ mark: UInt8) {
    append(upTo: 2, needsComma: false) { $0.append(mark) }
  }

  private mutating func word(_ word: StaticString) {
    let text = UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount)
    append(upTo: text.count &+ 1, needsComma: true) { $0.append(copying: text) }
  }

  private mutating func integer(negative: Bool, magnitude: UInt64) {
    var digits = 1
    var left = magnitude / 10
    while left != 0 {
      digits &+= 1
      left /= 10
    }
    append(upTo: digits &+ 2, needsComma: true) { room in
      if negative { room.append(UInt8(ascii: "-")) }
      room.append(repeating: UInt8(ascii: "0"), count: digits)
      var last = room.mutableSpan
      var place = last.count
      var left = magnitude
      for _ in 0..<digits {
        let (quotient, digit) = left.quotientAndRemainder(dividingBy: 10)
        place &-= 1
        last[place] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: digit)
        left = quotient
      }
    }
  }

  /// True of a text that stands in JSON as it is. It looks at all of it: most texts are plain, and a loop without
  /// branches looks at many bytes at once.
  @inline(__always)
  private static func isPlain(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    var special: UInt8 = 0
    for byte in text { special |= (byte < 0x20 ? 1 : 0) | (byte == 0x22 ? 1 : 0) | (byte == 0x5c ? 1 : 0) }
    return special == 0
  }

  private mutating func appendEscaped(_ text: UnsafeBufferPointer<UInt8>) {
    separate()
    bytes.append(UInt8(ascii: "\""))
    var plain = 0
    for (index, byte) in text.enumerated() where byte < 0x20 || byte == 0x22 || byte == 0x5c {
      bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[plain..<index]))
      appendEscape(byte)
      plain = index &+ 1
    }
    bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[plain...]))
    bytes.append(UInt8(ascii: "\""))
    needsComma = true
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

extension OutputSpan<UInt8> {
  /// Bytes for which there is room.
  @inline(__always)
  mutating func append(copying text: UnsafeBufferPointer<UInt8>) {
    withUnsafeMutableBufferPointer { room, used in
      let rest = UnsafeMutableBufferPointer(rebasing: room[used...])
      used &+= rest.update(fromContentsOf: text)
    }
  }
}
