import JSON

/// A value that a message carries. Reading and writing go straight between bytes and value, without a tree.
public protocol WireValue: Hashable, Sendable {
  /// Reads one value. `tolerant`: members which the type does not know are skipped, as a client must do to talk with a
  /// newer daemon; else they are refused, as a daemon must do to not lose what the caller meant.
  init(reading reader: inout JSONReader, tolerant: Bool) throws(MessageError)

  /// Appends the value in canonical form: keys sorted by their bytes, absent members left out.
  func write(to writer: inout JSONWriter)
}

/// A JSON object with the members its interface file lists.
public protocol WireMessage: WireValue {}

/// The parameters of a method with an idempotency key.
public protocol KeyedMessage: WireMessage {
  /// Writes what is to be decided, canonically: sorted members, no nulls, without key, session, approval and revision.
  func writeDecision(to writer: inout JSONWriter)
}

/// A string out of a fixed list.
public protocol WireEnumeration: WireValue, RawRepresentable, CaseIterable where RawValue == String {
  /// Nil: not one of the list.
  init?(_ text: JSONText)
  /// The string.
  var literal: StaticString { get }
}

/// A method with the types of its parameters and reply.
public protocol WireMethod {
  /// Parameters.
  associatedtype Input: WireMessage
  /// Reply.
  associatedtype Output: WireMessage
  /// Its name and properties.
  static var method: Method { get }
}

/// A method of an interface that somebody else offers and the daemon calls.
public protocol OutwardMethod {
  /// Parameters.
  associatedtype Input: WireMessage
  /// Reply.
  associatedtype Output: WireMessage
  /// Its full name.
  static var name: String { get }
}

/// How many replies a method gives.
public enum Replies: Sendable {
  /// One, with or without `more`.
  case one
  /// One; with `more` further ones per change, until the matter is final.
  case oneThenChanges
  /// A stream that ends with the connection; without `more` the answer is `ExpectedMore`.
  case stream
}

extension Method {
  /// `io.counterfoil.Sale` of `io.counterfoil.Sale.Ring`.
  public var interface: Substring {
    rawValue[..<(rawValue.lastIndex(of: ".") ?? rawValue.endIndex)]
  }

  /// The method with this full name.
  public static func named(_ name: String) -> Method? {
    byName[name]
  }

  private static let byName = Dictionary(uniqueKeysWithValues: allCases.map { ($0.rawValue, $0) })
}

extension WireMessage {
  /// Reads a whole document.
  public init(parsing bytes: [UInt8], tolerant: Bool = false) throws(MessageError) {
    self = try JSONReader.read(bytes) { (reader) throws(MessageError) -> Self in
      let message = try Self(reading: &reader, tolerant: tolerant)
      do throws(JSONError) { try reader.finish() } catch { throw MessageError(error) }
      return message
    }
  }

  /// The message as a canonical JSON document.
  public var bytes: [UInt8] {
    var writer = JSONWriter(capacity: 512)
    write(to: &writer)
    return writer.bytes
  }
}

extension WireEnumeration {
  public init(reading reader: inout JSONReader, tolerant: Bool) throws(MessageError) {
    let text: JSONText
    do { text = try reader.readText() } catch { throw MessageError(error) }
    guard let value = Self(text) else { throw MessageError("", .notInEnumeration) }
    self = value
  }

  public func write(to writer: inout JSONWriter) {
    writer.string(literal: literal)
  }
}

extension String: WireValue {
  public init(reading reader: inout JSONReader, tolerant: Bool) throws(MessageError) {
    do { self = try reader.readString() } catch { throw MessageError(error) }
  }

  public func write(to writer: inout JSONWriter) {
    writer.string(self)
  }
}

extension Bool: WireValue {
  public init(reading reader: inout JSONReader, tolerant: Bool) throws(MessageError) {
    do { self = try reader.readBool() } catch { throw MessageError(error) }
  }

  public func write(to writer: inout JSONWriter) {
    writer.bool(self)
  }
}

extension Int64: WireValue {
  public init(reading reader: inout JSONReader, tolerant: Bool) throws(MessageError) {
    let value: Int64
    do { value = try reader.readInteger() } catch { throw MessageError(error) }
    guard value <= JSONLimit.exactInteger, value >= -JSONLimit.exactInteger else {
      throw MessageError("", .outOfRange)
    }
    self = value
  }

  public func write(to writer: inout JSONWriter) {
    writer.integer(self)
  }
}

extension Array: WireValue where Element: WireValue {
  public init(reading reader: inout JSONReader, tolerant: Bool) throws(MessageError) {
    self = []
    do { try reader.beginArray() } catch { throw MessageError(error) }
    while try reader.nextItem() {
      do { append(try Element(reading: &reader, tolerant: tolerant)) } catch { throw error.within("[\(count)]") }
    }
  }

  public func write(to writer: inout JSONWriter) {
    writer.beginArray()
    for element in self { element.write(to: &writer) }
    writer.endArray()
  }
}

extension Dictionary: WireValue where Key == String, Value: WireValue {
  public init(reading reader: inout JSONReader, tolerant: Bool) throws(MessageError) {
    self = [:]
    try reader.openMessage()
    while let text = try reader.nextField() {
      let key = text.string
      let value: Value
      do { value = try Value(reading: &reader, tolerant: tolerant) } catch { throw error.within(key) }
      guard updateValue(value, forKey: key) == nil else { throw MessageError(key, .duplicate) }
    }
  }

  public func write(to writer: inout JSONWriter) {
    writer.beginObject()
    for (key, value) in sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
      writer.key(key)
      value.write(to: &writer)
    }
    writer.endObject()
  }
}

/// An object whose members the interface does not list: checked, kept as its bytes.
public struct RawObject: WireValue {
  /// One JSON object.
  public let bytes: [UInt8]

  /// An empty object.
  public init() {
    bytes = [UInt8(ascii: "{"), UInt8(ascii: "}")]
  }

  /// Takes bytes that are known to be one JSON object, such as the data of a journal entry.
  public init(trusted bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// The members as a tree.
  public var tree: JSON? {
    try? JSON(parsing: bytes)
  }

  public init(reading reader: inout JSONReader, tolerant: Bool) throws(MessageError) {
    do {
      let range = try reader.rawObject()
      bytes = [UInt8](reader.bytes[range])
    } catch {
      throw MessageError(error)
    }
  }

  public func write(to writer: inout JSONWriter) {
    writer.raw(bytes)
  }
}
