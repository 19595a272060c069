import Glibc
import Journal

/// Which idempotency keys sealed segments hold: 64-bit fingerprints, sorted, so that the file is used as it is read.
struct KeyFingerprints: Sendable {
  private(set) var values: [UInt64] = []

  init(_ values: some Sequence<UInt64> = []) { self.values = values.sorted() }

  var isEmpty: Bool { values.isEmpty }

  mutating func insert(_ more: some Sequence<UInt64>) {
    values.append(contentsOf: more)
    values.sort()
  }

  func contains(_ wanted: UInt64) -> Bool {
    var low = 0
    var high = values.count
    while low < high {
      let middle = (low + high) / 2
      if values[middle] < wanted { low = middle + 1 } else { high = middle }
    }
    return low < values.count && values[low] == wanted
  }
}

/// The file `keys` beside the index: the fingerprints of the last days' keys, so that a start need not ask the index for
/// every key there ever was. Written whenever a segment is sealed; disposable like the index.
///
/// It holds for exactly one end of the sealed segments: it names their number of records and the chain value there. With
/// any other end, a wrong checksum or no file at all a start asks the index, which takes longer and finds the same.
///
/// Layout, little-endian: 8 bytes magic, u64 number of sealed records, 32 bytes chain value, u32 number of groups, for each
/// group i64 newest believed wall time in milliseconds, u32 number of fingerprints, u64 each, ascending; CRC-32C of all before it.
struct SealedKeys: Sendable, Equatable {
  /// Keys of one sealed segment.
  struct Group: Sendable, Equatable {
    /// Newest believed wall time in it, milliseconds; 0 when none was believed.
    var newest: Int64
    var fingerprints: [UInt64]
  }

  /// After seven days a key is not promised; a day more for a clock that was wrong.
  static let kept: Int64 = 8 * 86_400_000
  private static let magic = Array("CFKEYS\r\n".utf8)
  private static let longest = 64 << 20

  /// Records in the sealed segments.
  var upTo: UInt64
  /// Chain value after the last of them.
  var chain: Digest
  private(set) var groups: [Group]

  init(upTo: UInt64, chain: Digest, groups: [Group] = []) {
    self.upTo = upTo
    self.chain = chain
    self.groups = groups
  }

  /// Adds the keys of a segment and forgets those that are older than what is promised. A time that was not believed
  /// makes nothing forgotten.
  mutating func add(_ fingerprints: [UInt64], newest: Int64) {
    if !fingerprints.isEmpty { groups.append(Group(newest: newest, fingerprints: fingerprints.sorted())) }
    if newest > 0 { groups.removeAll { $0.newest > 0 && $0.newest < newest - Self.kept } }
  }

  var all: KeyFingerprints { KeyFingerprints(groups.lazy.flatMap(\.fingerprints)) }

  // MARK: - bytes

  var bytes: [UInt8] {
    var bytes = Self.magic
    func put(_ value: some FixedWidthInteger) {
      withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }
    put(upTo)
    bytes += chain.bytes
    put(UInt32(clamping: groups.count))
    for group in groups {
      put(group.newest)
      put(UInt32(clamping: group.fingerprints.count))
      for value in group.fingerprints { put(value) }
    }
    put(CRC32C.checksum(bytes))
    return bytes
  }

  /// Nil for bytes that are not a whole, sound file.
  init?(_ bytes: [UInt8]) {
    guard bytes.count >= Self.magic.count + 8 + 32 + 4 + 4, bytes.starts(with: Self.magic) else { return nil }
    let end = bytes.count - 4
    var offset = Self.magic.count
    func take<Value: FixedWidthInteger>(_: Value.Type) -> Value? {
      guard offset + MemoryLayout<Value>.size <= bytes.count else { return nil }
      defer { offset += MemoryLayout<Value>.size }
      return bytes.withUnsafeBytes { Value(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: Value.self)) }
    }
    offset = end
    guard take(UInt32.self) == CRC32C.checksum(Array(bytes[..<end])) else { return nil }
    offset = Self.magic.count
    guard let upTo = take(UInt64.self), let chain = Digest(bytes[offset..<(offset + 32)]) else { return nil }
    offset += 32
    guard let count = take(UInt32.self) else { return nil }
    var groups: [Group] = []
    for _ in 0..<count {
      guard let newest = take(Int64.self), let length = take(UInt32.self), Int(length) <= (end - offset) / 8 else {
        return nil
      }
      var fingerprints: [UInt64] = []
      fingerprints.reserveCapacity(Int(length))
      for _ in 0..<length {
        guard let value = take(UInt64.self) else { return nil }
        fingerprints.append(value)
      }
      groups.append(Group(newest: newest, fingerprints: fingerprints))
    }
    guard offset == end else { return nil }
    self.init(upTo: upTo, chain: chain, groups: groups)
  }

  // MARK: - file

  /// Reads the file; nil when there is none that is whole.
  static func read(_ path: String) -> SealedKeys? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_size > 0, status.st_size <= longest else { return nil }
    let size = Int(status.st_size)
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      count = max(0, Glibc.read(descriptor, buffer.baseAddress, size))
    }
    return SealedKeys(bytes)
  }

  /// Replaces the file. A failure, as on a full disk, costs the next start time and nothing else, so it is not
  /// synchronized either: a torn file has a wrong checksum.
  func write(_ path: String) {
    let descriptor = open(path + ".tmp", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o640)
    guard descriptor >= 0 else { return }
    let bytes = bytes
    let isWhole = Glibc.write(descriptor, bytes, bytes.count) == bytes.count
    close(descriptor)
    if !isWhole || rename(path + ".tmp", path) != 0 { unlink(path + ".tmp") }
  }
}
