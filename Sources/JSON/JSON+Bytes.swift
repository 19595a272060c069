extension JSON {
  /// The value as JSON, members in their order, without white space. Throws `.notFinite` only.
  public func bytes() throws(JSONError) -> [UInt8] {
    var writer = JSONWriter()
    try writer.value(self)
    return writer.bytes
  }

  /// The canonical form: one spelling for one value, the form that is hashed and stored.
  ///
  /// No white space; members sorted by the UTF-8 bytes of their keys; strings as `JSONWriter` writes them (fewest
  /// escapes, `/` not escaped); integers within ±(2⁵³ − 1) without sign or zeros to spare; no fractions, not even `1.0`.
  /// Throws `.fractionInCanonicalForm`, `.integerNotExact` or, for a tree built by hand, `.duplicateKey`.
  public func canonicalBytes() throws(JSONError) -> [UInt8] {
    var writer = JSONWriter()
    try writer.canonical(self)
    return writer.bytes
  }
}

extension JSONWriter {
  /// A tree in canonical form (see `JSON.canonicalBytes`).
  public mutating func canonical(_ value: JSON) throws(JSONError) {
    switch value {
    case .number: throw JSONError(.fractionInCanonicalForm, at: 0)
    case .integer(let number):
      guard number.magnitude <= UInt64(JSONLimit.exactInteger) else {
        throw JSONError(.integerNotExact(number), at: 0)
      }
      integer(number)
    case .array(let elements):
      beginArray()
      for element in elements { try canonical(element) }
      endArray()
    case .object(let members):
      beginObject()
      var previous: String?
      for member in members.sorted(by: { $0.key.precedesByBytes($1.key) }) {
        if let previous, previous.hasSameBytes(as: member.key) {
          throw JSONError(.duplicateKey(member.key), at: 0)
        }
        previous = member.key
        key(member.key)
        try canonical(member.value)
      }
      endObject()
    default: try self.value(value)
    }
  }
}
