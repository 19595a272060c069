/// Reads one document front to back without building a tree.
///
/// ```
/// var reader = JSONReader(bytes)
/// try reader.beginObject()
/// while let key = try reader.nextKey() {
///   switch key {
///   case "amount":
///     guard amount == nil else { throw reader.duplicate(key) }
///     amount = try reader.readInteger()
///   default: try reader.skipValue()
///   }
/// }
/// try reader.finish()
/// ```
/// After `beginObject`, call `nextKey` and then exactly one read until it answers nil. After `beginArray`, call
/// `nextElement` and then exactly one read until it answers false. `nextKey` itself does not look for duplicates: a typed
/// reader knows which field it has seen; `JSONSeenKeys` does it for keys nobody knows. Everything below `skipValue`
/// and `rawValue` is checked in full, duplicates included.
///
/// The reader points into the bytes it was given; they must outlive it.
public struct JSONReader {
  /// The whole document.
  public let bytes: UnsafeRawBufferPointer
  /// Where reading goes on.
  public internal(set) var offset = 0
  /// Open arrays and objects.
  public private(set) var depth = 0
  /// Bit d−1: the container at depth d already has an element, so a comma must come before the next.
  private var started: UInt64 = 0
  /// Numbers that are skipped may be of any size.
  var takesAnyNumber = false
  /// Keys of the objects that are being read as a whole, outermost first.
  var keys: [JSONText] = []
  /// What is skipped was checked before.
  let isChecked: Bool

  /// Reads one document. The bytes must outlive the reader; nothing is looked at yet.
  ///
  /// `isChecked`: `skipValue` or `rawValue` has gone over all of these bytes before. Then what is skipped now is not
  /// checked again: only its end is looked for.
  public init(_ bytes: UnsafeRawBufferPointer, isChecked: Bool = false) {
    self.bytes = bytes
    self.isChecked = isChecked
  }

  /// Reads an array's bytes through `body`.
  public static func read<Result, Failure: Error>(
    _ bytes: [UInt8], isChecked: Bool = false, _ body: (inout JSONReader) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try bytes.withUnsafeBufferPointer { (buffer) throws(Failure) -> Result in
      var reader = JSONReader(UnsafeRawBufferPointer(buffer), isChecked: isChecked)
      return try body(&reader)
    }
  }

  /// Opens an object.
  public mutating func beginObject() throws(JSONError) {
    guard try peek() == UInt8(ascii: "{") else { throw mismatch(.object) }
    try open()
  }

  /// The next key of the object, or nil once after its last member.
  public mutating func nextKey() throws(JSONError) -> JSONText? {
    var byte = try peek()
    if byte == UInt8(ascii: "}") {
      close()
      return nil
    }
    byte = try separate(byte)
    guard byte == UInt8(ascii: "\"") else { throw unexpected(byte) }
    let key = try scanText()
    let colon = try peek()
    guard colon == UInt8(ascii: ":") else { throw unexpected(colon) }
    offset &+= 1
    return key
  }

  /// Opens an array.
  public mutating func beginArray() throws(JSONError) {
    guard try peek() == UInt8(ascii: "[") else { throw mismatch(.array) }
    try open()
  }

  /// True when another element follows; false once after the last.
  public mutating func nextElement() throws(JSONError) -> Bool {
    let byte = try peek()
    if byte == UInt8(ascii: "]") {
      close()
      return false
    }
    _ = try separate(byte)
    return true
  }

  /// Reads a string in place.
  public mutating func readText() throws(JSONError) -> JSONText {
    guard try peek() == UInt8(ascii: "\"") else { throw mismatch(.string) }
    return try scanText()
  }

  /// Reads a string.
  public mutating func readString() throws(JSONError) -> String {
    try readText().string
  }

  /// Reads `true` or `false`.
  public mutating func readBool() throws(JSONError) -> Bool {
    switch try peek() {
    case UInt8(ascii: "t"):
      try expect("true")
      return true
    case UInt8(ascii: "f"):
      try expect("false")
      return false
    default: throw mismatch(.bool)
    }
  }

  /// Reads `null`.
  public mutating func readNull() throws(JSONError) {
    guard try peek() == UInt8(ascii: "n") else { throw mismatch(.null) }
    try expect("null")
  }

  /// Reads `null` if it is there; for optional fields, where absent and null mean the same.
  public mutating func readNullIfPresent() throws(JSONError) -> Bool {
    guard try peek() == UInt8(ascii: "n") else { return false }
    try expect("null")
    return true
  }

  /// The kind of the value that comes next.
  public mutating func peekType() throws(JSONError) -> JSONType {
    let byte = try peek()
    guard let type = Self.type(of: byte) else { throw unexpected(byte) }
    return type
  }

  /// Checks that only white space is left.
  public mutating func finish() throws(JSONError) {
    while offset < bytes.count, Self.isSpace(bytes[offset]) { offset &+= 1 }
    guard offset == bytes.count else { throw JSONError(.trailingBytes, at: offset) }
    guard depth == 0 else { throw JSONError(.unexpectedEnd, at: offset) }
  }

  /// The error for a key that was seen before.
  public func duplicate(_ key: JSONText) -> JSONError {
    JSONError(.duplicateKey(key.string), at: key.offset)
  }

  // MARK: Inside

  @inline(__always)
  static func isSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09
  }

  /// Skips white space and looks at the next byte.
  @inline(__always)
  mutating func peek() throws(JSONError) -> UInt8 {
    while offset < bytes.count {
      let byte = bytes[offset]
      if byte > 0x20 || !Self.isSpace(byte) { return byte }
      offset &+= 1
    }
    throw JSONError(.unexpectedEnd, at: offset)
  }

  private mutating func open() throws(JSONError) {
    guard depth < JSONLimit.depth else { throw JSONError(.tooDeep, at: offset) }
    started &= ~(1 << UInt64(depth))
    depth &+= 1
    offset &+= 1
  }

  @inline(__always)
  private mutating func close() {
    offset &+= 1
    if depth > 0 { depth &-= 1 }
  }

  /// Consumes the comma before every element but the first; answers the element's first byte.
  @inline(__always)
  private mutating func separate(_ byte: UInt8) throws(JSONError) -> UInt8 {
    guard depth > 0 else { throw unexpected(byte) }
    let bit: UInt64 = 1 << UInt64(depth &- 1)
    guard started & bit != 0 else {
      started |= bit
      return byte
    }
    guard byte == UInt8(ascii: ",") else { throw unexpected(byte) }
    offset &+= 1
    return try peek()
  }

  mutating func expect(_ word: StaticString) throws(JSONError) {
    for index in 0..<word.utf8CodeUnitCount {
      guard offset < bytes.count else { throw JSONError(.unexpectedEnd, at: offset) }
      guard bytes[offset] == word.utf8Start[index] else { throw unexpected(bytes[offset]) }
      offset &+= 1
    }
  }

  static func type(of byte: UInt8) -> JSONType? {
    switch byte {
    case UInt8(ascii: "{"): .object
    case UInt8(ascii: "["): .array
    case UInt8(ascii: "\""): .string
    case UInt8(ascii: "t"), UInt8(ascii: "f"): .bool
    case UInt8(ascii: "n"): .null
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): .number
    default: nil
    }
  }

  /// The error for a byte that cannot stand here.
  func unexpected(_ byte: UInt8) -> JSONError {
    if offset == 0, bytes.count >= 3, byte == 0xef, bytes[1] == 0xbb, bytes[2] == 0xbf {
      return JSONError(.byteOrderMark, at: 0)
    }
    return JSONError(.unexpectedByte(byte), at: offset)
  }

  /// The error for a value of another kind, or for no value at all.
  func mismatch(_ wanted: JSONType) -> JSONError {
    guard offset < bytes.count else { return JSONError(.unexpectedEnd, at: offset) }
    guard let found = Self.type(of: bytes[offset]) else { return unexpected(bytes[offset]) }
    return JSONError(.wrongType(wanted: wanted, found: found), at: offset)
  }
}
