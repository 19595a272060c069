/// A whole segment in memory, uncompressed, with its header read.
struct SegmentImage {
  let file: SegmentFile
  let header: SegmentHeader
  let memory: PageBuffer
  let count: Int
  /// How far past the page cache it was read; nil for an ordinary read.
  let bypass: CacheBypass?

  var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: memory.bytes[..<count]) }

  /// Bytes without a belief in their header.
  struct Raw {
    let memory: PageBuffer
    let count: Int
    let bypass: CacheBypass?
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: memory.bytes[..<count]) }
  }

  /// Reads the file, past the page cache when asked.
  static func raw(_ fileSystem: any FileSystem, _ segment: SegmentFile, bypassing: Bool) throws(JournalError) -> Raw {
    do throws(FileError) {
      let file: any File
      var bypass: CacheBypass?
      if bypassing {
        let opened = try fileSystem.openBypassingCache(segment.name)
        file = opened.file
        bypass = opened.bypass
      } else {
        file = try fileSystem.open(segment.name, .readOnly)
      }
      let size = try file.size()
      guard size <= SegmentHeader.largestSegment else { throw FileError(.read, segment.name, code: Errno.fileTooBig) }
      let memory = PageBuffer(count: Int(size))
      // Whole pages, so that a direct read is aligned; it stops at the end of the file.
      let count = min(try file.read(into: memory.bytes, at: 0), Int(size))
      guard count == Int(size) else {
        throw FileError(.read, segment.name, code: Errno.inputOutput, detail: "\(count) of \(size) bytes")
      }
      return Raw(memory: memory, count: count, bypass: bypass)
    } catch { throw .file(error) }
  }

  /// Reads and uncompresses; the header is checked by itself and against the file's name.
  static func load(_ fileSystem: any FileSystem, _ segment: SegmentFile, bypassing: Bool = false)
    throws(JournalError) -> SegmentImage
  {
    try SegmentImage(segment, raw(fileSystem, segment, bypassing: bypassing))
  }

  /// Believes raw bytes after checking the header.
  init(_ segment: SegmentFile, _ raw: Raw) throws(JournalError) {
    var raw = raw
    if segment.isCompressed {
      switch SegmentCompression.decode(raw.bytes) {
      case .success(let decoded): raw = Raw(memory: decoded.0, count: decoded.1, bypass: raw.bypass)
      case .failure(let fault):
        throw .corrupt(
          JournalFault(file: segment.name, offset: fault.offset, sequence: segment.first, text: fault.text))
      }
    }
    func corrupt(_ text: String) -> JournalError {
      .corrupt(JournalFault(file: segment.name, offset: 0, sequence: segment.first, text: text))
    }
    guard raw.count >= SegmentHeader.length, let base = raw.bytes.baseAddress else { throw corrupt("no header") }
    do throws(SegmentHeader.Fault) {
      header = try SegmentHeader(base)
    } catch {
      switch error {
      case .unsupported(let major): throw .unsupported(file: segment.name, major: major)
      case .checksum: throw corrupt("header checksum")
      case .field(let name): throw corrupt("header: \(name)")
      }
    }
    guard header.first == segment.first else { throw corrupt("header: first sequence is not the file's name") }
    file = segment
    memory = raw.memory
    count = raw.count
    bypass = raw.bypass
  }

  /// Believes a header that was found otherwise.
  init(_ segment: SegmentFile, _ raw: Raw, header: SegmentHeader) {
    file = segment
    self.header = header
    memory = raw.memory
    count = raw.count
    bypass = raw.bypass
  }

  /// What differs between this segment's end and the next one's header; nil when they fit.
  static func linkFault(
    from header: SegmentHeader, fileHash: Digest, chain: Digest, frontier: MerkleFrontier, to next: SegmentHeader
  ) -> String? {
    if next.journalID != header.journalID { return "journal id is not that of the segment before" }
    if next.epoch != header.epoch { return "epoch is not that of the segment before" }
    if next.number != header.number &+ 1 { return "segment number does not follow the segment before" }
    if next.first != frontier.size { return "first sequence does not follow the segment before" }
    if next.chain != chain { return "chain is not that of the segment before" }
    if next.frontier != frontier { return "frontier is not that of the segment before" }
    if next.root != frontier.root { return "root is not that of the segment before" }
    if next.previousHash != fileHash { return "hash of the segment before" }
    return nil
  }
}
