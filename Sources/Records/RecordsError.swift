import JSON

/// Why an entry, or the state, cannot be read or written.
public enum RecordsError: Error, Equatable, Sendable {
  /// The bytes are no JSON, or of another shape.
  case malformed(JSONError)
  /// A member that must be there is not; `Struct.member`.
  case missing(String)
  /// A word, number or id that this build does not know; type and value.
  case unknownValue(String)
  /// No kind of ours.
  case unknownKind(String)
  /// The parts of a record do not belong together; which rule is broken.
  case parts(String)
  /// One value alone is longer than an entry may be.
  case tooLarge(kind: String, bytes: Int)

  static func word<Word: RawRepresentable>(_ type: Word.Type, _ text: String) throws(RecordsError) -> Word
  where Word.RawValue == String {
    guard let word = Word(rawValue: text) else { throw .unknownValue("\(type) \(text)") }
    return word
  }
}

func utf8Precedes(_ left: String, _ right: String) -> Bool {
  left.utf8.lexicographicallyPrecedes(right.utf8)
}

extension JSONReader {
  mutating func text() throws(RecordsError) -> String {
    do { return try readString() } catch { throw .malformed(error) }
  }

  mutating func int64() throws(RecordsError) -> Int64 {
    do { return try readInteger() } catch { throw .malformed(error) }
  }

  mutating func int32() throws(RecordsError) -> Int32 {
    let wide = try int64()
    guard let value = Int32(exactly: wide) else { throw .unknownValue("32-bit number \(wide)") }
    return value
  }

  mutating func flag() throws(RecordsError) -> Bool {
    do { return try readBool() } catch { throw .malformed(error) }
  }

  mutating func word<Word: RawRepresentable>(_ type: Word.Type) throws(RecordsError) -> Word
  where Word.RawValue == String {
    try RecordsError.word(type, text())
  }

  mutating func parsed<Value>(_ parse: (String) -> Value?) throws(RecordsError) -> Value {
    let text = try text()
    guard let value = parse(text) else { throw .unknownValue("\(Value.self) \(text)") }
    return value
  }

  /// Reads an object; `body` answers false for a member it does not know, which is skipped.
  mutating func object(
    _ body: (inout JSONReader, JSONText) throws(RecordsError) -> Bool
  ) throws(RecordsError) {
    do { try beginObject() } catch { throw .malformed(error) }
    while let key = try nextMember() {
      if !(try body(&self, key)) {
        do { try skipValue() } catch { throw .malformed(error) }
      }
    }
  }

  private mutating func nextMember() throws(RecordsError) -> JSONText? {
    do { return try nextKey() } catch { throw .malformed(error) }
  }

  mutating func items<Value>(
    _ read: (inout JSONReader) throws(RecordsError) -> Value
  ) throws(RecordsError) -> [Value] {
    var values: [Value] = []
    do { try beginArray() } catch { throw .malformed(error) }
    while try nextItem() { values.append(try read(&self)) }
    return values
  }

  private mutating func nextItem() throws(RecordsError) -> Bool {
    do { return try nextElement() } catch { throw .malformed(error) }
  }

  mutating func members<Key: Hashable, Value>(
    _ read: (inout JSONReader, String) throws(RecordsError) -> (Key, Value)
  ) throws(RecordsError) -> [Key: Value] {
    var values: [Key: Value] = [:]
    try object { (reader, key) throws(RecordsError) in
      let (name, value) = try read(&reader, key.string)
      values[name] = value
      return true
    }
    return values
  }

  /// The bytes of the next value.
  mutating func slice() throws(RecordsError) -> Range<Int> {
    do { return try rawValue() } catch { throw .malformed(error) }
  }
}
