import CZlib

/// Compressed sealed segments (docs/journal-format.md, section 9). Any thread may run this beside the writer.
public enum SegmentCompression {
  /// `STUBZ\r\n\x1a`
  static let magic: [UInt8] = [0x53, 0x54, 0x55, 0x42, 0x5A, 0x0D, 0x0A, 0x1A]
  static let headerLength = 16
  private static let level: Int32 = 6

  /// Compresses the sealed segment that begins with record `first`: `.segz` durable under its name, then the `.seg` is
  /// gone. Does nothing but remove the `.seg` when a good `.segz` is there already. The newest segment and one that is
  /// not sealed are refused (`.invalidOptions`).
  public static func compress(_ fileSystem: any FileSystem, first: UInt64) throws(JournalError) {
    let names = try fileSystem.names()
    let source = FileNames.segment(first)
    let target = FileNames.compressed(first)
    guard SegmentFile.all(in: names).last.map({ $0.first > first }) ?? false else {
      throw .invalidOptions("segment \(first) is not sealed")
    }
    guard names.contains(source) else {
      if names.contains(target) { return }
      throw .noSuchRecord(sequence: first)
    }
    do throws(FileError) {
      if names.contains(target) {
        // Renamed by somebody who may not have lived to make the name durable.
        try fileSystem.synchronizeDirectory()
      } else {
        try write(fileSystem, source: source, target: target)
      }
    } catch { throw .file(error) }
    // Read back before the only other copy goes.
    let verdict = try compare(fileSystem, source: source, target: target, names: names)
    do throws(FileError) {
      switch verdict {
      case .good: try fileSystem.unlink(source)
      case .damaged(let text):
        try fileSystem.unlink(target)
        throw FileError(.read, target, code: Errno.badMessage, detail: text)
      case .neither:
        throw FileError(.read, source, code: Errno.badMessage, detail: "the segment and its compressed copy differ")
      }
    } catch { throw .file(error) }
  }

  /// Compresses every sealed segment that begins before record `first`, and removes what a cut left of the
  /// uncompressed ones. A segment that fails is left for the next time.
  public static func compressAll(_ fileSystem: any FileSystem, before first: UInt64) {
    guard let names = try? fileSystem.names() else { return }
    let sources = names.compactMap { FileNames.first($0, suffix: FileNames.segmentSuffix) }
    for source in sources.sorted() where source < first { try? compress(fileSystem, first: source) }
  }

  private static func write(_ fileSystem: any FileSystem, source: String, target: String) throws(FileError) {
    let unfinished = target + ".tmp"
    if try fileSystem.list().contains(unfinished) { try fileSystem.unlink(unfinished) }
    let bytes = try wholeFile(fileSystem, source)
    let compressed = encode(UnsafeRawBufferPointer(bytes.memory.bytes)[..<bytes.count])
    let file = try fileSystem.create(unfinished)
    try compressed.withUnsafeBufferPointer { (elements) throws(FileError) in
      let all = UnsafeRawBufferPointer(elements)
      var done = 0
      while done < all.count {
        let count = min(1 << 20, all.count - done)
        try file.write(UnsafeRawBufferPointer(rebasing: all[done..<(done + count)]), at: UInt64(done))
        done += count
      }
    }
    try file.synchronize()
    try fileSystem.rename(unfinished, to: target)
    try fileSystem.synchronizeDirectory()
  }

  /// What a compressed copy is worth.
  private enum Verdict {
    /// It holds the segment.
    case good
    /// It does not; the segment itself may.
    case damaged(String)
    /// Neither it nor the segment is what the next segment's header says.
    case neither
  }

  /// Compares a segment with its copy. Where they differ the next segment's header tells which of them is right: media
  /// rot may have struck the older file, and then the copy is all there is.
  private static func compare(_ fileSystem: any FileSystem, source: String, target: String, names: [String])
    throws(JournalError) -> Verdict
  {
    let original: (memory: PageBuffer, count: Int)
    let copy: (memory: PageBuffer, count: Int)
    do throws(FileError) {
      original = try wholeFile(fileSystem, source)
      copy = try wholeFile(fileSystem, target)
    } catch { throw .file(error) }
    let decoded: (PageBuffer, Int)
    switch decode(UnsafeRawBufferPointer(rebasing: copy.memory.bytes[..<copy.count])) {
    case .failure(let fault): return .damaged(fault.text)
    case .success(let good): decoded = good
    }
    let old = UnsafeRawBufferPointer(rebasing: original.memory.bytes[..<original.count])
    let new = UnsafeRawBufferPointer(rebasing: decoded.0.bytes[..<decoded.1])
    if new.elementsEqual(old) { return .good }
    let first = FileNames.first(source, suffix: FileNames.segmentSuffix) ?? .max
    guard let next = SegmentFile.all(in: names).first(where: { $0.first > first }) else { return .neither }
    let hash = try SegmentImage.load(fileSystem, next).header.previousHash
    if SHA256.hash(new) == hash { return .good }
    return SHA256.hash(old) == hash ? .damaged("the compressed copy differs") : .neither
  }

  static func wholeFile(_ fileSystem: any FileSystem, _ name: String) throws(FileError) -> (
    memory: PageBuffer, count: Int
  ) {
    let file = try fileSystem.open(name, .readOnly)
    let size = try file.size()
    guard size <= SegmentHeader.largestSegment else { throw FileError(.read, name, code: Errno.fileTooBig) }
    let memory = PageBuffer(count: Int(size))
    let count = try file.read(into: UnsafeMutableRawBufferPointer(rebasing: memory.bytes[..<Int(size)]), at: 0)
    return (memory, count)
  }

  /// The `.segz` of a segment's bytes.
  static func encode(_ bytes: Slice<UnsafeRawBufferPointer>) -> [UInt8] {
    let block = JournalLimit.compressionBlock
    let blocks = max(1, bytes.count.rounded(upTo: block) / block)
    var out: [UInt8] = magic
    append(UInt32(blocks), to: &out)
    append(UInt32(bytes.count - (blocks - 1) * block), to: &out)
    var offsets: [UInt64] = []
    let bound = Int(compressBound(UInt(block)))
    for index in 0..<blocks {
      offsets.append(UInt64(out.count))
      let start = bytes.startIndex + index * block
      let input = UnsafeRawBufferPointer(rebasing: bytes[start..<min(start + block, bytes.endIndex)])
      let piece = [UInt8](unsafeUninitializedCapacity: bound) { buffer, count in
        var length = UInt(bound)
        let source = input.bindMemory(to: UInt8.self).baseAddress
        let code = compress2(buffer.baseAddress, &length, source, UInt(input.count), level)
        count = code == Z_OK ? Int(length) : 0
      }
      out += piece
    }
    offsets.append(UInt64(out.count))
    for offset in offsets { append(offset, to: &out) }
    out += SHA256.hash(out).bytes
    return out
  }

  private static func append(_ value: some FixedWidthInteger, to bytes: inout [UInt8]) {
    withUnsafeBytes(of: value.littleEndian) { bytes += $0 }
  }

  /// What is wrong with a `.segz`.
  struct Fault: Error {
    let offset: UInt64
    let text: String
  }

  /// Where the blocks of a `.segz` stand.
  struct Layout {
    var offsets: [UInt64]
    var lastBlock: Int
    var length: UInt64 { UInt64((offsets.count - 2) * JournalLimit.compressionBlock + lastBlock) }
    var blocks: Int { offsets.count - 1 }

    func blockLength(_ index: Int) -> Int { index == blocks - 1 ? lastBlock : JournalLimit.compressionBlock }
  }

  /// Reads header and table: `header` the first 16 bytes, `table` the end of the file from T to before the hash.
  static func layout(header: UnsafeRawBufferPointer, fileLength: UInt64, table: (UInt64, Int) -> [UInt8]?)
    -> Result<Layout, Fault>
  {
    guard header.count >= headerLength, let base = header.baseAddress, header.prefix(8).elementsEqual(magic) else {
      return .failure(Fault(offset: 0, text: "magic"))
    }
    let blocks = UInt64(base.integer(at: 8, as: UInt32.self))
    let last = Int(base.integer(at: 12, as: UInt32.self))
    let tail = 8 * (blocks + 1) + UInt64(Digest.byteCount)
    guard blocks >= 1, last >= 1, last <= JournalLimit.compressionBlock,
      blocks * UInt64(JournalLimit.compressionBlock) <= SegmentHeader.largestSegment + UInt64(headerLength),
      fileLength >= UInt64(headerLength) + tail
    else { return .failure(Fault(offset: 8, text: "number or length of blocks")) }
    let start = fileLength - tail
    guard let bytes = table(start, 8 * Int(blocks + 1)), bytes.count == 8 * Int(blocks + 1) else {
      return .failure(Fault(offset: start, text: "offset table"))
    }
    let offsets = bytes.withUnsafeBytes { raw in
      (0...Int(blocks)).map { raw.loadUnaligned(fromByteOffset: 8 * $0, as: UInt64.self).littleEndian }
    }
    guard offsets[0] == UInt64(headerLength), offsets[Int(blocks)] == start,
      zip(offsets, offsets.dropFirst()).allSatisfy({ $0 < $1 })
    else { return .failure(Fault(offset: start, text: "offset table")) }
    return .success(Layout(offsets: offsets, lastBlock: last))
  }

  /// Uncompresses one block; false when the stream is damaged or of another length.
  static func inflate(_ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) -> Bool {
    guard let (length, used) = stream(input, into: output) else { return false }
    return length == output.count && used == input.count
  }

  /// Uncompresses the stream at the start of `input`: how long it is, uncompressed and in `input`.
  static func stream(_ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer)
    -> (length: Int, used: Int)?
  {
    var length = UInt(output.count)
    var used = UInt(input.count)
    let code = uncompress2(
      output.bindMemory(to: UInt8.self).baseAddress, &length, input.bindMemory(to: UInt8.self).baseAddress, &used)
    return code == Z_OK ? (Int(length), Int(used)) : nil
  }

  /// The segment's bytes of a whole `.segz`, everything checked.
  static func decode(_ bytes: UnsafeRawBufferPointer) -> Result<(PageBuffer, Int), Fault> {
    let hashStart = bytes.count - Digest.byteCount
    guard hashStart >= headerLength, let base = bytes.baseAddress else {
      return .failure(Fault(offset: 0, text: "too short"))
    }
    let covered = UnsafeRawBufferPointer(rebasing: bytes[..<hashStart])
    guard SHA256.hash(covered) == Digest(loading: base + hashStart) else {
      return .failure(Fault(offset: UInt64(hashStart), text: "hash of the compressed file"))
    }
    let found = layout(header: bytes, fileLength: UInt64(bytes.count)) { start, count in
      [UInt8](bytes[Int(start)..<(Int(start) + count)])
    }
    switch found {
    case .failure(let fault): return .failure(fault)
    case .success(let layout):
      let memory = PageBuffer(count: Int(layout.length))
      for index in 0..<layout.blocks {
        let range = Int(layout.offsets[index])..<Int(layout.offsets[index + 1])
        let start = index * JournalLimit.compressionBlock
        let target = memory.bytes[start..<(start + layout.blockLength(index))]
        guard
          inflate(UnsafeRawBufferPointer(rebasing: bytes[range]), into: UnsafeMutableRawBufferPointer(rebasing: target))
        else { return .failure(Fault(offset: layout.offsets[index], text: "compressed block \(index)")) }
      }
      return .success((memory, Int(layout.length)))
    }
  }
}
