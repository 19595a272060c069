/// Integers of the on-disk format: little-endian, unaligned. The caller has checked that the bytes are there.
extension UnsafeRawPointer {
  @inline(__always)
  func integer<Value: FixedWidthInteger & BitwiseCopyable>(at offset: Int, as type: Value.Type = Value.self) -> Value {
    Value(littleEndian: loadUnaligned(fromByteOffset: offset, as: type))
  }
}

extension UnsafeMutableRawPointer {
  @inline(__always)
  func put<Value: FixedWidthInteger & BitwiseCopyable>(_ value: Value, at offset: Int) {
    storeBytes(of: value.littleEndian, toByteOffset: offset, as: Value.self)
  }

  @inline(__always)
  func put(_ digest: Digest, at offset: Int) {
    digest.withUnsafeBytes { (self + offset).copyMemory(from: $0.baseAddress.unsafelyUnwrapped, byteCount: $0.count) }
  }

  func put(_ bytes: [UInt8], at offset: Int) {
    bytes.withUnsafeBytes { source in
      if let base = source.baseAddress { (self + offset).copyMemory(from: base, byteCount: source.count) }
    }
  }

  @inline(__always)
  func zero(at offset: Int, count: Int) {
    (self + offset).initializeMemory(as: UInt8.self, repeating: 0, count: count)
  }
}

/// Page-aligned memory, freed with its owner: what `O_DIRECT` asks for.
final class PageBuffer {
  static let alignment = 4096
  let bytes: UnsafeMutableRawBufferPointer

  /// Uninitialized memory of at least one page.
  init(count: Int) {
    bytes = .allocate(byteCount: max(count.rounded(upTo: Self.alignment), Self.alignment), alignment: Self.alignment)
  }

  deinit { bytes.deallocate() }
}

extension BinaryInteger {
  /// The next multiple of `unit`, itself when it is one. The values of the format are far from the type's limits.
  @inline(__always)
  func rounded(upTo unit: Self) -> Self { (self + unit - 1) / unit * unit }
}

extension UnsafeRawBufferPointer {
  /// The offset of the first byte that is not zero, from `start` on.
  func firstNonZero(from start: Int) -> Int? {
    var index = start
    while index < count, index % 8 != 0 {
      if self[index] != 0 { return index }
      index += 1
    }
    while index + Self.stride <= count, isZero(at: index) { index += Self.stride }
    while index < count {
      if self[index] != 0 { return index }
      index += 1
    }
    return nil
  }

  /// One more than the offset of the last byte that is not zero; `start` when all from there on are zero.
  func endOfNonZero(from start: Int) -> Int {
    var end = count
    while end - Self.stride >= start, isZero(at: end - Self.stride) { end -= Self.stride }
    while end > start, self[end - 1] == 0 { end -= 1 }
    return end
  }

  /// Bytes that are looked at together. After a kill most of the newest segment is zeros, and a start looks at them all.
  private static var stride: Int { 32 }

  @inline(__always)
  private func isZero(at offset: Int) -> Bool {
    func word(_ index: Int) -> UInt64 { loadUnaligned(fromByteOffset: offset &+ index &* 8, as: UInt64.self) }
    return word(0) | word(1) | word(2) | word(3) == 0
  }
}
