extension JSONReader {
  /// Reads an integer. `1250.0` and `1.25e3` are refused, so are `-0` and anything outside 64 bits.
  public mutating func readInteger() throws(JSONError) -> Int64 {
    let start = try beginNumber()
    let value = try scanInteger(from: start)
    if offset < bytes.count, Self.isFractionMark(bytes[offset]) {
      throw JSONError(.notAnInteger, at: start)
    }
    guard let value else { throw JSONError(.integerOutOfRange, at: start) }
    return value
  }

  /// Reads any number as a `Double`; for values that are no money and no count.
  public mutating func readNumber() throws(JSONError) -> Double {
    switch try readAnyNumber() {
    case .integer(let value): Double(value)
    case .number(let value): value
    default: 0
    }
  }

  /// Reads a number as what it is: `.integer` without fraction and exponent, else `.number`.
  mutating func readAnyNumber() throws(JSONError) -> JSON {
    let start = try beginNumber()
    let value = try scanInteger(from: start, allowsNegativeZero: true)
    guard offset < bytes.count, Self.isFractionMark(bytes[offset]) else {
      guard let value else { throw JSONError(.integerOutOfRange, at: start) }
      if value == 0, bytes[start] == UInt8(ascii: "-") { throw JSONError(.negativeZero, at: start) }
      return .integer(value)
    }
    try scanFraction()
    let text = String(decoding: bytes[start..<offset], as: UTF8.self)
    guard let number = Double(text), number.isFinite else { throw JSONError(.notFinite, at: start) }
    return .number(number)
  }

  /// Moves over a number whatever its size.
  mutating func skipNumber() throws(JSONError) {
    let start = try beginNumber()
    _ = try scanInteger(from: start, allowsNegativeZero: true)
    if offset < bytes.count, Self.isFractionMark(bytes[offset]) { try scanFraction() }
  }

  private mutating func beginNumber() throws(JSONError) -> Int {
    let byte = try peek()
    guard byte == UInt8(ascii: "-") || Self.isDigit(byte) else { throw mismatch(.number) }
    return offset
  }

  @inline(__always)
  private static func isDigit(_ byte: UInt8) -> Bool {
    byte &- UInt8(ascii: "0") < 10
  }

  @inline(__always)
  private static func isFractionMark(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: ".") || byte | 0x20 == UInt8(ascii: "e")
  }

  /// Moves over sign and digits; nil when the value does not fit 64 bits.
  private mutating func scanInteger(from start: Int, allowsNegativeZero: Bool = false) throws(JSONError) -> Int64? {
    let negative = bytes[start] == UInt8(ascii: "-")
    var index = negative ? start &+ 1 : start
    let first = index
    var value: Int64 = 0
    var overflow = false
    // Below zero there is one value more, so digits are collected negatively.
    while index < bytes.count, Self.isDigit(bytes[index]) {
      let digit = Int64(bytes[index] &- UInt8(ascii: "0"))
      let (product, over) = value.multipliedReportingOverflow(by: 10)
      let (sum, under) = product.subtractingReportingOverflow(digit)
      overflow = overflow || over || under
      value = sum
      index &+= 1
    }
    offset = index
    guard index > first else {
      throw index < bytes.count ? JSONError(.invalidNumber, at: start) : JSONError(.unexpectedEnd, at: index)
    }
    if bytes[first] == UInt8(ascii: "0"), index &- first > 1 { throw JSONError(.invalidNumber, at: start) }
    if overflow { return nil }
    if negative {
      if value == 0, !allowsNegativeZero, index >= bytes.count || !Self.isFractionMark(bytes[index]) {
        throw JSONError(.negativeZero, at: start)
      }
      return value
    }
    return value == .min ? nil : 0 &- value
  }

  /// Moves over `.digits` and `e±digits`.
  private mutating func scanFraction() throws(JSONError) {
    if bytes[offset] == UInt8(ascii: ".") {
      offset &+= 1
      try scanDigits()
    }
    guard offset < bytes.count, bytes[offset] | 0x20 == UInt8(ascii: "e") else { return }
    offset &+= 1
    if offset < bytes.count, bytes[offset] == UInt8(ascii: "+") || bytes[offset] == UInt8(ascii: "-") { offset &+= 1 }
    try scanDigits()
  }

  private mutating func scanDigits() throws(JSONError) {
    let first = offset
    while offset < bytes.count, Self.isDigit(bytes[offset]) { offset &+= 1 }
    guard offset == first else { return }
    throw offset < bytes.count ? JSONError(.invalidNumber, at: offset) : JSONError(.unexpectedEnd, at: offset)
  }
}
