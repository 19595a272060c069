/// A segment's bytes as far as they can be had, uncompressed: zeros stand for what cannot be read.
///
/// Loading it never fails for damage. What of the bytes is right is said by the frames in them; `faults` names what could
/// not even be read or uncompressed.
struct SegmentRemains {
  let file: SegmentFile
  /// The file as it is on the medium, zeros where it cannot be read.
  let verbatim: SegmentImage.Raw
  /// The segment's bytes.
  let raw: SegmentImage.Raw
  /// Stretches of the file that the medium did not give.
  let unreadable: [Range<Int>]
  /// What could not be read or uncompressed, in order.
  let faults: [JournalFault]

  /// What one failed read loses at least.
  private static let block = 4096
  private static let piece = 1 << 20

  var bytes: UnsafeRawBufferPointer { raw.bytes }
  var isPartlyUnread: Bool { !unreadable.isEmpty }

  init(_ fileSystem: any FileSystem, _ file: SegmentFile) throws(FileError) {
    self.file = file
    (verbatim, unreadable) = try Self.read(fileSystem, file.name)
    guard file.isCompressed else {
      raw = verbatim
      faults = unreadable.map {
        JournalFault(
          file: file.name, offset: UInt64($0.lowerBound), length: UInt64($0.count), sequence: nil,
          text: "the medium does not give these bytes")
      }
      return
    }
    let found = SegmentCompression.remains(verbatim.bytes)
    raw = found.raw
    faults = found.faults.map {
      JournalFault(
        file: file.name, offset: UInt64($0.bytes.lowerBound), length: UInt64($0.bytes.count), sequence: nil,
        text: $0.text)
    }
  }

  /// The segment's own header, when it can be believed.
  func header(of file: SegmentFile) -> SegmentHeader? {
    guard raw.count >= SegmentHeader.length, let base = raw.bytes.baseAddress, let own = try? SegmentHeader(base),
      own.first == file.first
    else { return nil }
    return own
  }

  /// Which bytes of a compressed file whose blocks are all whole are not as they were written: the same contents,
  /// compressed again, differ there. `refusal` says what did not fit, in case another compressor wrote the file.
  func changedBytes(_ refusal: JournalFault) -> JournalFault {
    let again = SegmentCompression.encode(raw.bytes[...])
    let differing = again.count == verbatim.count ? again.indices.filter { again[$0] != verbatim.bytes[$0] } : []
    let isClear = !differing.isEmpty && differing.count <= Self.clearChange
    let first = isClear ? differing.first : nil
    let bytes = first.map { first in (differing.last ?? first) + 1 - first }
    return JournalFault(
      file: file.name, offset: first.map(UInt64.init) ?? refusal.offset, length: bytes.map(UInt64.init), sequence: nil,
      text: "\(refusal.text): bytes of the compressed file; its records are whole")
  }

  /// More bytes than this differ where another compressor was at work.
  private static let clearChange = 64

  /// A whole file, zeros where it cannot be read.
  static func read(_ fileSystem: any FileSystem, _ name: String) throws(FileError)
    -> (raw: SegmentImage.Raw, unreadable: [Range<Int>])
  {
    let file = try fileSystem.open(name, .readOnly)
    let size = Int(min(try file.size(), SegmentHeader.largestSegment))
    let memory = PageBuffer(count: size)
    memory.bytes.initializeMemory(as: UInt8.self, repeating: 0)
    var unreadable: [Range<Int>] = []
    var offset = 0
    while offset < size {
      let large = min(piece, size - offset)
      if !tryRead(file, memory, offset, large) {
        // Block by block, so that one bad sector costs one block.
        var small = offset
        while small < offset + large {
          let count = min(block, offset + large - small)
          if !tryRead(file, memory, small, count) {
            UnsafeMutableRawBufferPointer(rebasing: memory.bytes[small..<(small + count)])
              .initializeMemory(as: UInt8.self, repeating: 0)
            unreadable.append(small..<(small + count))
          }
          small += count
        }
      }
      offset += large
    }
    return (SegmentImage.Raw(memory: memory, count: size, bypass: nil), unreadable)
  }

  private static func tryRead(_ file: any File, _ memory: PageBuffer, _ offset: Int, _ count: Int) -> Bool {
    let target = UnsafeMutableRawBufferPointer(rebasing: memory.bytes[offset..<(offset + count)])
    return (try? file.read(into: target, at: UInt64(offset))) == count
  }
}

extension SegmentCompression {
  /// One part of a damaged `.segz`: a range of the uncompressed segment.
  struct LostPart {
    let bytes: Range<Int>
    let text: String
  }

  /// Everything of a `.segz` that can be uncompressed; zeros for the blocks that cannot.
  static func remains(_ bytes: UnsafeRawBufferPointer) -> (raw: SegmentImage.Raw, faults: [LostPart]) {
    let byTable = blocksByTable(bytes)
    if let byTable, byTable.faults.isEmpty { return byTable }
    // The streams stand one after the other, so a damaged table costs nothing when all of them are whole.
    let inOrder = blocksInOrder(bytes)
    if let byTable, byTable.raw.count > inOrder.raw.count { return byTable }
    return inOrder
  }

  private static func blocksByTable(_ bytes: UnsafeRawBufferPointer) -> (raw: SegmentImage.Raw, faults: [LostPart])? {
    let found = layout(header: bytes, fileLength: UInt64(bytes.count)) { start, count in
      [UInt8](bytes[Int(start)..<(Int(start) + count)])
    }
    guard case .success(let layout) = found else { return nil }
    let memory = PageBuffer(count: Int(layout.length))
    var faults: [LostPart] = []
    for index in 0..<layout.blocks {
      let start = index * JournalLimit.compressionBlock
      let target = UnsafeMutableRawBufferPointer(
        rebasing: memory.bytes[start..<(start + layout.blockLength(index))])
      let range = Int(layout.offsets[index])..<Int(layout.offsets[index + 1])
      guard !inflate(UnsafeRawBufferPointer(rebasing: bytes[range]), into: target) else { continue }
      target.initializeMemory(as: UInt8.self, repeating: 0)
      faults.append(
        LostPart(
          bytes: start..<(start + target.count),
          text: "compressed block \(index), bytes \(range.lowerBound) to \(range.upperBound - 1) of the file"))
    }
    return (SegmentImage.Raw(memory: memory, count: Int(layout.length), bypass: nil), faults)
  }

  private static func blocksInOrder(_ bytes: UnsafeRawBufferPointer) -> (raw: SegmentImage.Raw, faults: [LostPart]) {
    let block = JournalLimit.compressionBlock
    let scratch = PageBuffer(count: block)
    var all: [UInt8] = []
    var position = headerLength
    var blocks = 0
    while position < bytes.count, all.count % block == 0, all.count < Int(SegmentHeader.largestSegment) {
      let input = UnsafeRawBufferPointer(rebasing: bytes[position...])
      let target = UnsafeMutableRawBufferPointer(rebasing: scratch.bytes[..<block])
      guard let (length, used) = stream(input, into: target), length > 0 else { break }
      all += UnsafeRawBufferPointer(rebasing: scratch.bytes[..<length])
      position += used
      blocks += 1
    }
    let memory = PageBuffer(count: all.count)
    UnsafeMutableRawBufferPointer(rebasing: memory.bytes[..<all.count]).copyBytes(from: all)
    let raw = SegmentImage.Raw(memory: memory, count: all.count, bypass: nil)
    // Behind the last stream stand the table and the hash, and nothing else.
    let isWhole = position + 8 * (blocks + 1) + Digest.byteCount == bytes.count
    let lost = LostPart(bytes: all.count..<(all.count + 1), text: "the compressed file from byte \(position) on")
    return (raw, isWhole ? [] : [lost])
  }
}
