/// Offsets and flags of a record frame (docs/journal-format.md, section 3).
enum FrameLayout {
  static let header = 128
  /// `STBF` read as a little-endian integer.
  static let magic: UInt32 = 0x4642_5453
  static let checksum = 4, length = 8, recordClass = 12, schema = 14, flags = 15, sequence = 16, wall = 24, boot = 32
  static let bootNumber = 40, batchOffset = 44, keyEpoch = 48, entryLength = 52, reserved = 56, leaf = 64, chain = 96
  /// Bytes that the chain covers: 8..95.
  static let chained = 8..<96
  static let unit = 8
  static let schemaVersion: UInt8 = 1
  static let chainPrefix = [UInt8]("stubchain1".utf8)

  /// Length with the zeros up to the next frame.
  static func padded(entry: Int) -> Int { (header + entry).rounded(upTo: unit) }
}

/// Bits of a frame's flags byte.
struct FrameFlags: OptionSet {
  let rawValue: UInt8
  static let encrypted = FrameFlags(rawValue: 1)
  static let lastOfBatch = FrameFlags(rawValue: 2)
  static let untrustedTime = FrameFlags(rawValue: 4)
  static let continues = FrameFlags(rawValue: 8)
  /// What a frame of major 0 may have.
  static let known: FrameFlags = [.lastOfBatch, .untrustedTime, .continues]
}

/// A frame in memory whose length, checksum and leaf were checked: valid by itself.
struct Frame {
  let address: UnsafeRawPointer
  /// 128 + the entry's length.
  let length: Int

  /// The frame at `offset`; nil when there is none that is valid by itself. `hash` is scratch.
  init?(in bytes: UnsafeRawBufferPointer, at offset: Int, salt: UInt32, hash: inout SHA256) {
    guard let frame = Frame(checksummedIn: bytes, at: offset, salt: salt), frame.leafFits(&hash) else { return nil }
    self = frame
  }

  /// Like the other, without the leaf: for reading back what was verified before.
  init?(checksummedIn bytes: UnsafeRawBufferPointer, at offset: Int, salt: UInt32) {
    guard let base = bytes.baseAddress, offset >= 0, offset <= bytes.count - FrameLayout.header else { return nil }
    let address = base + offset
    guard address.integer(at: 0, as: UInt32.self) == FrameLayout.magic else { return nil }
    let length = Int(address.integer(at: FrameLayout.length, as: UInt32.self))
    let entry = Int(address.integer(at: FrameLayout.entryLength, as: UInt32.self))
    guard length > FrameLayout.header, length == FrameLayout.header + entry, entry <= JournalLimit.entry,
      length <= bytes.count - offset
    else { return nil }
    let covered = UnsafeRawBufferPointer(start: address + FrameLayout.length, count: length - FrameLayout.length)
    guard CRC32C.checksum(covered, continuing: salt) == address.integer(at: FrameLayout.checksum, as: UInt32.self)
    else { return nil }
    self.address = address
    self.length = length
  }

  var sequence: UInt64 { address.integer(at: FrameLayout.sequence) }
  var recordClass: RecordClass { RecordClass(rawValue: address.integer(at: FrameLayout.recordClass)) }
  /// The class field's upper byte, which is zero.
  var recordClassHigh: UInt8 { address.integer(at: FrameLayout.recordClass + 1) }
  var schema: UInt8 { address.integer(at: FrameLayout.schema) }
  var flags: FrameFlags { FrameFlags(rawValue: address.integer(at: FrameLayout.flags)) }
  var wallMilliseconds: Int64 { address.integer(at: FrameLayout.wall) }
  var bootNanoseconds: UInt64 { address.integer(at: FrameLayout.boot) }
  var bootNumber: UInt32 { address.integer(at: FrameLayout.bootNumber) }
  var batchOffset: Int { Int(address.integer(at: FrameLayout.batchOffset, as: UInt32.self)) }
  var keyEpoch: UInt32 { address.integer(at: FrameLayout.keyEpoch) }
  var reserved: UInt64 { address.integer(at: FrameLayout.reserved) }
  var leaf: Digest { Digest(loading: address + FrameLayout.leaf) }
  var chain: Digest { Digest(loading: address + FrameLayout.chain) }
  var entry: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: address + FrameLayout.header, count: length - FrameLayout.header)
  }
  /// Length with the zeros up to the next frame.
  var paddedLength: Int { length.rounded(upTo: FrameLayout.unit) }

  private func leafFits(_ hash: inout SHA256) -> Bool {
    hash.update(byte: MerkleHash.leafPrefix)
    hash.update(entry)
    return hash.finish() == leaf
  }

  /// The chain value that this frame must have after `previous`.
  func chain(after previous: Digest, hash: inout SHA256) -> Digest {
    Frame.chain(of: address, after: previous, hash: &hash)
  }

  static func chain(of address: UnsafeRawPointer, after previous: Digest, hash: inout SHA256) -> Digest {
    hash.update(FrameLayout.chainPrefix)
    hash.update(previous)
    let range = FrameLayout.chained
    hash.update(UnsafeRawBufferPointer(start: address + range.lowerBound, count: range.count))
    return hash.finish()
  }

  /// The record as a value of its own.
  func stored(segment: UInt64, offset: Int) -> StoredEntry {
    StoredEntry(
      sequence: sequence, recordClass: recordClass, continues: flags.contains(.continues),
      wallMilliseconds: wallMilliseconds, bootNanoseconds: bootNanoseconds,
      trusted: !flags.contains(.untrustedTime), boot: bootNumber, leaf: leaf, chain: chain,
      position: RecordPosition(segment: segment, offset: UInt64(offset)), entry: [UInt8](entry))
  }
}
