import JSON

/// How a call wants to be answered.
public enum VarlinkMode: Sendable, Hashable {
  /// One reply.
  case once
  /// Any number of replies, the last without `continues`.
  case more
  /// No reply, not even an error.
  case oneway
}

/// A call as it stands in a message. Points into the message.
public struct CallMessage {
  /// `interface.Method` as received.
  public var method: JSONText
  /// A JSON object; `{}` when the call had none.
  public var parameters: UnsafeRawBufferPointer
  /// How it wants to be answered, by its flags `more` and `oneway`.
  public var mode: VarlinkMode
  /// The caller wants to leave the protocol after the reply.
  public var upgrade: Bool

  /// Reads a message. Unknown keys are refused unless they contain a dot (vendor keys have reverse-domain names);
  /// flags must be true or false. Whoever throws here has broken the protocol and is disconnected.
  public init(parsing bytes: UnsafeRawBufferPointer) throws(VarlinkError) {
    do {
      try self.init(checking: bytes)
    } catch .json(let error) where error.kind == .wrongType(wanted: .object, found: .array) {
      throw .message("a call is an object")
    }
  }

  private init(checking bytes: UnsafeRawBufferPointer) throws(VarlinkError) {
    var reader = JSONReader(bytes)
    var fields = Fields()
    do throws(JSONError) {
      try reader.beginObject()
      while let key = try reader.nextKey() {
        guard try fields.read(key, from: &reader) else {
          throw JSONError(.unexpectedByte(UInt8(ascii: "\"")), at: key.offset)
        }
      }
      try reader.finish()
    } catch {
      throw .json(error)
    }
    guard let method = fields.method else { throw .message("a call needs a method") }
    if fields.more == true, fields.oneway == true { throw .message("more and oneway exclude each other") }
    self.method = method
    parameters = fields.parameters ?? Self.empty
    mode = fields.oneway == true ? .oneway : fields.more == true ? .more : .once
    upgrade = fields.upgrade == true
  }

  private struct Fields {
    var method: JSONText?
    var parameters: UnsafeRawBufferPointer?
    var oneway: Bool?
    var more: Bool?
    var upgrade: Bool?
    var seenParameters = false
    var vendor = JSONSeenKeys()

    /// False for a key that is not allowed.
    mutating func read(_ key: JSONText, from reader: inout JSONReader) throws(JSONError) -> Bool {
      switch key {
      case "method":
        guard method == nil else { throw reader.duplicate(key) }
        method = try reader.readText()
      case "parameters":
        guard !seenParameters else { throw reader.duplicate(key) }
        seenParameters = true
        if try reader.readNullIfPresent() { break }
        guard try reader.peekType() == .object else { throw try wrongParameters(&reader) }
        parameters = UnsafeRawBufferPointer(rebasing: reader.bytes[try reader.rawValueOfAnyNumbers()])
      case "oneway": try flag(&oneway, key, &reader)
      case "more": try flag(&more, key, &reader)
      case "upgrade": try flag(&upgrade, key, &reader)
      default:
        guard key.contains(UInt8(ascii: ".")) else { return false }
        try vendor.insert(key)
        try reader.skipValue()
      }
      return true
    }

    private func flag(_ flag: inout Bool?, _ key: JSONText, _ reader: inout JSONReader) throws(JSONError) {
      guard flag == nil else { throw reader.duplicate(key) }
      flag = try reader.readBool()
    }

    private func wrongParameters(_ reader: inout JSONReader) throws(JSONError) -> JSONError {
      JSONError(.wrongType(wanted: .object, found: try reader.peekType()), at: reader.offset)
    }
  }

  private static var empty: UnsafeRawBufferPointer {
    let text: StaticString = "{}"
    return UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
  }

  /// Writes a call with its NUL. False flags are left out.
  public static func write(
    _ method: String, parameters: [UInt8], mode: VarlinkMode, upgrade: Bool = false
  ) -> [UInt8] {
    var writer = JSONWriter(capacity: parameters.count + method.utf8.count + 64)
    writer.beginObject()
    writer.key("method")
    writer.string(method)
    switch mode {
    case .once: break
    case .more:
      writer.key("more")
      writer.bool(true)
    case .oneway:
      writer.key("oneway")
      writer.bool(true)
    }
    if upgrade {
      writer.key("upgrade")
      writer.bool(true)
    }
    writer.key("parameters")
    writer.raw(parameters)
    writer.endObject()
    writer.bytes.append(0)
    return writer.bytes
  }
}
