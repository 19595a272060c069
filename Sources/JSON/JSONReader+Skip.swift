extension JSONReader {
  /// Checks the next value in full, duplicates included, and moves behind it.
  public mutating func skipValue() throws(JSONError) {
    if isChecked { return try passValue() }
    switch try peekType() {
    case .null: try expect("null")
    case .bool: _ = try readBool()
    case .number: if takesAnyNumber { try skipNumber() } else { _ = try readAnyNumber() }
    case .string: _ = try scanText()
    case .array:
      try beginArray()
      while try nextElement() { try skipValue() }
    case .object:
      try beginObject()
      var seen = ObjectKeys(keys)
      while let key = try nextKey() {
        try seen.insert(key, &keys)
        try skipValue()
      }
      seen.end(&keys)
    }
  }

  /// Moves behind the next value, which was checked before: behind its text, or behind the bracket that closes it, or up
  /// to what ends a number or a word.
  private mutating func passValue() throws(JSONError) {
    var open = 0
    _ = try peek()
    repeat {
      guard offset < bytes.count else { throw JSONError(.unexpectedEnd, at: offset) }
      switch bytes[offset] {
      case UInt8(ascii: "\""): _ = try scanText()
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        open &+= 1
        offset &+= 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        open &-= 1
        offset &+= 1
      case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"):
        repeat { offset &+= 1 } while offset < bytes.count && Self.isInside(bytes[offset])
      default: offset &+= 1
      }
    } while open > 0
  }

  /// True of a byte that does not end a number or a word.
  private static func isInside(_ byte: UInt8) -> Bool {
    byte != UInt8(ascii: ",") && byte != UInt8(ascii: "}") && byte != UInt8(ascii: "]") && !isSpace(byte)
  }

  /// Checks the next value in full and answers where it stands in `bytes`.
  public mutating func rawValue() throws(JSONError) -> Range<Int> {
    _ = try peek()
    let start = offset
    try skipValue()
    return start..<offset
  }

  /// The same, but leaves the size of numbers to whoever reads the value: a number too large is JSON all the same.
  public mutating func rawValueOfAnyNumbers() throws(JSONError) -> Range<Int> {
    takesAnyNumber = true
    defer { takesAnyNumber = false }
    return try rawValue()
  }

  /// Reads the next value as a tree.
  public mutating func readValue() throws(JSONError) -> JSON {
    switch try peekType() {
    case .null:
      try expect("null")
      return .null
    case .bool: return .bool(try readBool())
    case .number: return try readAnyNumber()
    case .string: return .string(try scanText().string)
    case .array:
      var elements: [JSON] = []
      try beginArray()
      while try nextElement() { elements.append(try readValue()) }
      return .array(elements)
    case .object:
      var members: [JSON.Member] = []
      try beginObject()
      var seen = ObjectKeys(keys)
      while let key = try nextKey() {
        try seen.insert(key, &keys)
        members.append(JSON.Member(key.string, try readValue()))
      }
      seen.end(&keys)
      return .object(members)
    }
  }
}

/// The keys of one object while it is read as a whole. They lie on the reader's stack of keys, so that a document costs
/// one allocation and not one for each object.
private struct ObjectKeys {
  private let start: Int
  /// Each key so far came after the one before, as our own writers sort them: then none can be there twice.
  private var isAscending = true
  private var many: JSONSeenKeys?

  init(_ stack: [JSONText]) {
    start = stack.count
  }

  mutating func insert(_ key: JSONText, _ stack: inout [JSONText]) throws(JSONError) {
    if many == nil {
      if isAscending, start == stack.count || stack[stack.count - 1].precedesByBytes(key) {
        stack.append(key)
        return
      }
      isAscending = false
      for index in start..<stack.count where stack[index].hasSameBytes(as: key) {
        throw JSONError(.duplicateKey(key.string), at: key.offset)
      }
      if stack.count - start < JSONLimit.pairwiseKeys {
        stack.append(key)
        return
      }
      var seen = JSONSeenKeys()
      for index in start..<stack.count { try seen.insert(stack[index]) }
      many = seen
    }
    try many?.insert(key)
  }

  func end(_ stack: inout [JSONText]) {
    stack.removeLast(stack.count - start)
  }
}

/// The keys of one object so far. Pairwise for small objects, by hash (randomly seeded) for large ones, so that a
/// hostile object of a hundred thousand keys costs no more than its length.
public struct JSONSeenKeys {
  private var few: [JSONText] = []
  private var many: Set<UTF8Key> = []

  /// No key seen yet.
  public init() {}

  /// Remembers `key`; throws `.duplicateKey` when it was there before.
  public mutating func insert(_ key: JSONText) throws(JSONError) {
    guard few.count == JSONLimit.pairwiseKeys else {
      for old in few where old.hasSameBytes(as: key) { throw Self.duplicate(key) }
      few.append(key)
      return
    }
    if many.isEmpty { many = Set(few.map { UTF8Key($0.string) }) }
    guard many.insert(UTF8Key(key.string)).inserted else { throw Self.duplicate(key) }
  }

  private static func duplicate(_ key: JSONText) -> JSONError {
    JSONError(.duplicateKey(key.string), at: key.offset)
  }
}

extension JSON {
  /// Parses a whole document of at most `maximumSize` bytes.
  public init(parsing bytes: [UInt8], maximumSize: Int = .max) throws(JSONError) {
    self = try JSONReader.read(bytes) { (reader) throws(JSONError) -> JSON in
      try JSON(document: &reader, maximumSize: maximumSize)
    }
  }

  /// Parses a whole document of at most `maximumSize` bytes.
  public init(parsing bytes: UnsafeRawBufferPointer, maximumSize: Int = .max) throws(JSONError) {
    var reader = JSONReader(bytes)
    self = try JSON(document: &reader, maximumSize: maximumSize)
  }

  /// Parses a whole document of at most `maximumSize` bytes.
  public init(parsing text: String, maximumSize: Int = .max) throws(JSONError) {
    try self.init(parsing: [UInt8](text.utf8), maximumSize: maximumSize)
  }

  private init(document reader: inout JSONReader, maximumSize: Int) throws(JSONError) {
    guard reader.bytes.count <= maximumSize else { throw JSONError(.tooLarge(maximum: maximumSize), at: maximumSize) }
    self = try reader.readValue()
    try reader.finish()
  }
}
