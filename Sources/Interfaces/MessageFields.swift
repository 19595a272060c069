import JSON

/// Which fields of a message were seen; bit n stands for the n-th field of the interface file.
struct SeenFields {
  private var bits: UInt64 = 0

  /// Marks a field; false: it was marked before.
  @inline(__always)
  mutating func mark(_ index: Int) -> Bool {
    let bit: UInt64 = 1 << UInt64(truncatingIfNeeded: index)
    guard bits & bit == 0 else { return false }
    bits |= bit
    return true
  }
}

extension JSONReader {
  @inline(__always)
  mutating func openMessage() throws(MessageError) {
    do { try beginObject() } catch { throw MessageError(error) }
  }

  @inline(__always)
  mutating func nextField() throws(MessageError) -> JSONText? {
    do { return try nextKey() } catch { throw MessageError(error) }
  }

  @inline(__always)
  mutating func nextItem() throws(MessageError) -> Bool {
    do { return try nextElement() } catch { throw MessageError(error) }
  }

  /// Reads a field that must have a value; null is as good as absent, which is no good.
  @inline(__always)
  mutating func readRequired<Value: WireValue>(
    _ slot: inout Value?, _ name: StaticString, _ index: Int, _ seen: inout SeenFields, _ tolerant: Bool
  ) throws(MessageError) {
    guard seen.mark(index) else { throw MessageError(name.description, .duplicate) }
    do { slot = try Value(reading: &self, tolerant: tolerant) } catch { throw error.within(name.description) }
  }

  /// Reads a field that may be absent; null means the same.
  @inline(__always)
  mutating func readOptional<Value: WireValue>(
    _ slot: inout Value?, _ name: StaticString, _ index: Int, _ seen: inout SeenFields, _ tolerant: Bool
  ) throws(MessageError) {
    guard seen.mark(index) else { throw MessageError(name.description, .duplicate) }
    let isNull: Bool
    do { isNull = try readNullIfPresent() } catch { throw MessageError(name.description, .malformed(error)) }
    guard !isNull else { return }
    do { slot = try Value(reading: &self, tolerant: tolerant) } catch { throw error.within(name.description) }
  }

  /// A field the message does not list: skipped or refused.
  mutating func unknownField(_ key: JSONText, _ tolerant: Bool) throws(MessageError) {
    guard tolerant else { throw MessageError(key.string, .unknown) }
    do { try skipValue() } catch { throw MessageError(key.string, .malformed(error)) }
  }

  /// Where the next value stands, which must be an object.
  mutating func rawObject() throws(JSONError) -> Range<Int> {
    let type = try peekType()
    guard type == .object else { throw JSONError(.wrongType(wanted: .object, found: type), at: offset) }
    return try rawValue()
  }
}

extension JSONWriter {
  @inline(__always)
  mutating func writeField<Value: WireValue>(_ name: StaticString, _ value: Value) {
    key(name)
    value.write(to: &self)
  }

  @inline(__always)
  mutating func writeOptional<Value: WireValue>(_ name: StaticString, _ value: Value?) {
    guard let value else { return }
    key(name)
    value.write(to: &self)
  }
}
