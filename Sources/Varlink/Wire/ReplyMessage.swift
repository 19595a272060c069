import JSON

/// A reply as a client receives it.
public struct ReplyMessage: Sendable, Hashable {
  /// A JSON object; `{}` when the reply had none.
  public var parameters: [UInt8]
  /// More replies to the same call follow.
  public var continues: Bool
  /// Fully qualified name of an error.
  public var error: String?

  /// Reads a message. Unknown keys are skipped: the server is the one to be strict.
  public init(parsing bytes: UnsafeRawBufferPointer) throws(VarlinkError) {
    var reader = JSONReader(bytes)
    var (parameters, continues, error): ([UInt8]?, Bool?, String?) = (nil, nil, nil)
    do throws(JSONError) {
      try reader.beginObject()
      var seen = JSONSeenKeys()
      while let key = try reader.nextKey() {
        try seen.insert(key)
        if try reader.readNullIfPresent() { continue }
        switch key {
        case "parameters": parameters = [UInt8](reader.bytes[try Self.object(&reader)])
        case "continues": continues = try reader.readBool()
        case "error": error = try reader.readString()
        default: try reader.skipValue()
        }
      }
      try reader.finish()
    } catch {
      throw .json(error)
    }
    self.parameters = parameters ?? [UInt8(ascii: "{"), UInt8(ascii: "}")]
    self.continues = continues ?? false
    self.error = error
    if self.continues, error != nil { throw .message("an error reply cannot continue") }
  }

  private static func object(_ reader: inout JSONReader) throws(JSONError) -> Range<Int> {
    let type = try reader.peekType()
    guard type == .object else {
      throw JSONError(.wrongType(wanted: .object, found: type), at: reader.offset)
    }
    return try reader.rawValue()
  }
}
