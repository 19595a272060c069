/// The first 4,096 bytes of a segment (docs/journal-format.md, section 2).
struct SegmentHeader: Equatable {
  static let length = 4096
  /// `STUBJ\r\n\x1a`
  static let magic: [UInt8] = [0x53, 0x54, 0x55, 0x42, 0x4A, 0x0D, 0x0A, 0x1A]
  static let major: UInt16 = 0
  /// Largest segment this build reads: it is held in memory while it is recovered or verified.
  static let largestSegment: UInt64 = 1 << 30
  /// Sequences and numbers stay below this, so that counting on never overflows.
  static let largestNumber: UInt64 = 1 << 62
  private static let frontierOffset = 216
  private static let batchOffset = 4088
  private static let checksumOffset = 4092

  var journalID: [UInt8]
  var number: UInt64
  var first: UInt64
  var segmentSize: UInt64
  var alignment: UInt32
  var epoch: UInt32
  var boot: UInt64
  var bootID: [UInt8]
  var createdMilliseconds: Int64
  var chain: Digest
  var root: Digest
  var previousHash: Digest
  var frontier: MerkleFrontier
  var maximumBatch: UInt32

  /// Start value of every frame's CRC in this segment: CRC-32C(journal id ‖ segment number).
  var salt: UInt32 {
    withUnsafeBytes(of: number.littleEndian) {
      CRC32C.checksum($0, continuing: CRC32C.checksum(journalID))
    }
  }

  /// What of a header was wrong.
  enum Fault: Error, Equatable {
    case unsupported(UInt16)
    case checksum
    case field(String)
  }

  /// The 4,096 bytes.
  func encode(into target: UnsafeMutableRawPointer) {
    target.zero(at: 0, count: Self.length)
    target.put(Self.magic, at: 0)
    target.put(Self.major, at: 8)
    target.put(UInt32(Self.length), at: 12)
    target.put(journalID, at: 16)
    target.put(number, at: 32)
    target.put(first, at: 40)
    target.put(segmentSize, at: 48)
    target.put(alignment, at: 56)
    target.put(epoch, at: 60)
    target.put(boot, at: 64)
    target.put(bootID, at: 72)
    target.put(createdMilliseconds, at: 88)
    target.put(chain, at: 96)
    target.put(root, at: 128)
    target.put(previousHash, at: 160)
    target.put(UInt32(frontier.peaks.count), at: 212)
    for (index, peak) in frontier.peaks.enumerated() {
      target.put(peak, at: Self.frontierOffset + index * Digest.byteCount)
    }
    target.put(maximumBatch, at: Self.batchOffset)
    let covered = UnsafeRawBufferPointer(start: target, count: Self.checksumOffset)
    target.put(CRC32C.checksum(covered), at: Self.checksumOffset)
  }

  /// Writes a header to the first page of a file and makes it durable; answers the page.
  static func write(_ header: SegmentHeader, to name: String, of fileSystem: any FileSystem) throws(FileError)
    -> PageBuffer
  {
    let page = PageBuffer(count: length)
    if let base = page.bytes.baseAddress { header.encode(into: base) }
    let file = try fileSystem.open(name, .readWrite)
    try file.write(UnsafeRawBufferPointer(page.bytes), at: 0)
    try file.synchronize()
    return page
  }

  /// Reads and checks a header by itself; `bytes` has at least 4,096.
  init(_ bytes: UnsafeRawPointer) throws(Fault) {
    guard UnsafeRawBufferPointer(start: bytes, count: 8).elementsEqual(Self.magic) else { throw .field("magic") }
    let covered = UnsafeRawBufferPointer(start: bytes, count: Self.checksumOffset)
    guard CRC32C.checksum(covered) == bytes.integer(at: Self.checksumOffset, as: UInt32.self) else { throw .checksum }
    let major = bytes.integer(at: 8, as: UInt16.self)
    guard major == Self.major else { throw .unsupported(major) }
    guard bytes.integer(at: 12, as: UInt32.self) == UInt32(Self.length) else { throw .field("header length") }
    journalID = [UInt8](UnsafeRawBufferPointer(start: bytes + 16, count: 16))
    number = bytes.integer(at: 32)
    first = bytes.integer(at: 40)
    segmentSize = bytes.integer(at: 48)
    alignment = bytes.integer(at: 56)
    epoch = bytes.integer(at: 60)
    boot = bytes.integer(at: 64)
    bootID = [UInt8](UnsafeRawBufferPointer(start: bytes + 72, count: 16))
    createdMilliseconds = bytes.integer(at: 88)
    chain = Digest(loading: bytes + 96)
    root = Digest(loading: bytes + 128)
    previousHash = Digest(loading: bytes + 160)
    maximumBatch = bytes.integer(at: Self.batchOffset)
    guard UnsafeRawBufferPointer(start: bytes + 192, count: 20).firstNonZero(from: 0) == nil else {
      throw .field("encryption")
    }
    let count = Int(bytes.integer(at: 212, as: UInt32.self))
    guard count == first.nonzeroBitCount else { throw .field("frontier count") }
    var peaks: [Digest] = []
    for index in 0..<count { peaks.append(Digest(loading: bytes + Self.frontierOffset + index * Digest.byteCount)) }
    guard let frontier = MerkleFrontier(size: first, peaks: peaks) else { throw .field("frontier") }
    self.frontier = frontier
    try checkFields(bytes, frontierEnd: Self.frontierOffset + count * Digest.byteCount)
  }

  private func checkFields(_ bytes: UnsafeRawPointer, frontierEnd: Int) throws(Fault) {
    let rest = UnsafeRawBufferPointer(start: bytes + frontierEnd, count: Self.batchOffset - frontierEnd)
    guard rest.firstNonZero(from: 0) == nil else { throw .field("reserved bytes") }
    guard alignment >= 8, alignment.nonzeroBitCount == 1, alignment <= UInt32(Self.length) else {
      throw .field("alignment")
    }
    guard segmentSize % UInt64(Self.length) == 0, segmentSize <= Self.largestSegment else {
      throw .field("segment size")
    }
    guard maximumBatch % alignment == 0, maximumBatch >= alignment,
      UInt64(maximumBatch) + UInt64(Self.length) + JournalLimit.sealReserve <= segmentSize
    else { throw .field("longest batch") }
    guard first < Self.largestNumber, number < Self.largestNumber else { throw .field("sequence or number") }
    guard root == frontier.root else { throw .field("root") }
    if number == 0 {
      guard first == 0, chain == .zero, previousHash == .zero else { throw .field("first segment") }
    }
  }

  init(
    journalID: [UInt8], number: UInt64, first: UInt64, options: JournalOptions, epoch: UInt32, boot: UInt32,
    createdMilliseconds: Int64, chain: Digest, previousHash: Digest, frontier: MerkleFrontier
  ) {
    self.journalID = journalID
    self.number = number
    self.first = first
    self.segmentSize = options.segmentSize
    self.alignment = options.effectiveAlignment
    self.epoch = epoch
    self.boot = UInt64(boot)
    self.bootID = options.bootID
    self.createdMilliseconds = createdMilliseconds
    self.chain = chain
    self.root = frontier.root
    self.previousHash = previousHash
    self.frontier = frontier
    self.maximumBatch = options.maximumBatch
  }
}

extension SegmentHeader {
  /// The header that must follow a segment with this one, as far as frames depend on it.
  init(following before: SegmentHeader, first: UInt64, chain: Digest, frontier: MerkleFrontier) {
    self = before
    number += 1
    self.first = first
    self.chain = chain
    self.frontier = frontier
    root = frontier.root
  }

  /// What the header of the segment at `place` must be as far as reading frames needs it, from the nearest neighbour
  /// whose header can be read: numbers follow each other. Its chain and frontier are nobody's.
  static func standIn(for place: Int, of files: [SegmentFile], header: (SegmentFile) -> SegmentHeader?)
    -> SegmentHeader?
  {
    let neighbours = files.indices.filter { $0 != place }.sorted { abs($0 - place) < abs($1 - place) }
    for other in neighbours {
      guard var found = header(files[other]) else { continue }
      let number = Int64(clamping: found.number) + Int64(place - other)
      guard number >= 0 else { continue }
      found.number = UInt64(number)
      found.first = files[place].first
      found.chain = .zero
      found.frontier = MerkleFrontier()
      return found
    }
    return nil
  }
}

extension JournalOptions {
  /// The alignment that is used: 8, the least possible, when a test leaves the rule out.
  var effectiveAlignment: UInt32 { omitted.contains(.alignment) ? 8 : alignment }

  /// Refuses what no segment can have.
  func check() throws(JournalError) {
    guard alignment.nonzeroBitCount == 1, alignment >= 512, alignment <= 4096 else {
      throw .invalidOptions("alignment is no power of two from 512 to 4096")
    }
    guard maximumBatch % 4096 == 0, maximumBatch >= 16384 else {
      throw .invalidOptions("longest batch is no multiple of 4096 from 16384 on")
    }
    let least = UInt64(maximumBatch) + UInt64(SegmentHeader.length) + JournalLimit.sealReserve
    guard segmentSize % 4096 == 0, segmentSize >= least, segmentSize <= SegmentHeader.largestSegment else {
      throw .invalidOptions("segment size is no multiple of 4096 from \(least) to \(SegmentHeader.largestSegment)")
    }
    guard bootID.count == 16 else { throw .invalidOptions("boot id has not 16 bytes") }
  }
}
