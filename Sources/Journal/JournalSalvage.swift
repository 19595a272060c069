/// What a salvage could save.
public struct SalvageReport: Sendable, Hashable {
  /// Files copied, in order of their names.
  public internal(set) var files: [String] = []
  /// Stretches of files that could not be read or uncompressed; zeros stand in their place.
  public internal(set) var unreadable: [UnreadableBytes] = []
  /// Sequences of which no valid record was found, merged to ranges. Behind the last record found nothing is known.
  public internal(set) var lost: [ClosedRange<UInt64>] = []
  /// Records found valid by themselves.
  public internal(set) var records: UInt64 = 0
  /// The last sequence found; nil when there is no record at all.
  public internal(set) var last: UInt64?

  /// One stretch.
  public struct UnreadableBytes: Sendable, Hashable {
    /// Name in the folder that was copied.
    public let file: String
    /// First byte and length (of the uncompressed segment where a compressed block is damaged).
    public let offset: UInt64
    /// How many bytes.
    public let length: UInt64
  }
}

/// Why a salvage ended early: on which side, in which folder.
public struct SalvageError: Error, Hashable, Sendable {
  public enum Side: Hashable, Sendable { case journal, copy }

  public let side: Side
  /// Path of the folder.
  public let folder: String
  public let error: JournalError

  /// Memberwise.
  public init(_ side: Side, _ folder: String, _ error: JournalError) {
    self.side = side
    self.folder = folder
    self.error = error
  }

  init(_ side: Side, _ files: any FileSystem, _ error: JournalError) {
    self.init(side, (files as? PosixFileSystem)?.path ?? "the folder", error)
  }
}

/// Copies a journal from a dying disk: everything that can be read, zeros for the rest, and says which records are
/// lost. The copy is no journal to sell with; `verify` judges it and `BeginEpoch` takes over from it.
public enum JournalSalvage {
  /// What one failed read loses at least.
  private static let block = 4096
  private static let piece = 1 << 20

  /// Copies all segments, quarantines and the checkpoint from one folder into another, which has no journal.
  public static func copy(from source: any FileSystem, to target: any FileSystem) throws(SalvageError) -> SalvageReport
  {
    let names: [String]
    do throws(JournalError) { names = try source.names() } catch { throw SalvageError(.journal, source, error) }
    let segments = SegmentFile.all(in: names)
    guard !segments.isEmpty else {
      let folder = (source as? PosixFileSystem)?.path ?? "the folder"
      throw SalvageError(.journal, folder, .notFound(folder: folder))
    }
    let present: [String]
    do throws(JournalError) { present = try target.names() } catch { throw SalvageError(.copy, target, error) }
    if let present = SegmentFile.all(in: present).first {
      throw SalvageError(.copy, target, .alreadyExists(file: present.name))
    }
    var report = SalvageReport()
    var found = FoundRecords()
    for segment in segments {
      let (name, image) = readable(segment, try read(source, segment.name, &report), &report)
      try write(image, to: name, of: target)
      report.files.append(name)
      found.scan(image.bytes, segment)
    }
    for name in names.sorted() where name == FileNames.checkpoint || name.hasSuffix(".cut") {
      try write(try read(source, name, &report), to: name, of: target)
      report.files.append(name)
    }
    do throws(FileError) { try target.synchronizeDirectory() } catch { throw SalvageError(.copy, target, .file(error)) }
    report.records = found.records
    report.last = found.last
    report.lost = found.lost
    return report
  }

  /// A whole file, zeros where it cannot be read.
  private static func read(_ source: any FileSystem, _ name: String, _ report: inout SalvageReport)
    throws(SalvageError) -> SegmentImage.Raw
  {
    let file: any File
    let size: Int
    do throws(FileError) {
      file = try source.open(name, .readOnly)
      size = Int(min(try file.size(), SegmentHeader.largestSegment))
    } catch { throw SalvageError(.journal, source, .file(error)) }
    let memory = PageBuffer(count: size)
    memory.bytes.initializeMemory(as: UInt8.self, repeating: 0)
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
            report.unreadable.append(.init(file: name, offset: UInt64(small), length: UInt64(count)))
          }
          small += count
        }
      }
      offset += large
    }
    return SegmentImage.Raw(memory: memory, count: size, bypass: nil)
  }

  private static func tryRead(_ file: any File, _ memory: PageBuffer, _ offset: Int, _ count: Int) -> Bool {
    let target = UnsafeMutableRawBufferPointer(rebasing: memory.bytes[offset..<(offset + count)])
    return (try? file.read(into: target, at: UInt64(offset))) == count
  }

  /// What goes into the copy: a sound compressed segment as it is for the copy and uncompressed for the count, a damaged
  /// one uncompressed with zeros for its lost blocks.
  private static func readable(_ segment: SegmentFile, _ raw: SegmentImage.Raw, _ report: inout SalvageReport)
    -> (name: String, image: SegmentImage.Raw)
  {
    guard segment.isCompressed else { return (segment.name, raw) }
    let found = SegmentCompression.layout(header: raw.bytes, fileLength: UInt64(raw.count)) { start, count in
      [UInt8](raw.bytes[Int(start)..<(Int(start) + count)])
    }
    // Without its table nothing of it can be found.
    guard case .success(let layout) = found else { return (segment.name, raw) }
    let memory = PageBuffer(count: Int(layout.length))
    for index in 0..<layout.blocks {
      let start = index * JournalLimit.compressionBlock
      let target = UnsafeMutableRawBufferPointer(
        rebasing: memory.bytes[start..<(start + layout.blockLength(index))])
      let range = Int(layout.offsets[index])..<Int(layout.offsets[index + 1])
      if !SegmentCompression.inflate(UnsafeRawBufferPointer(rebasing: raw.bytes[range]), into: target) {
        target.initializeMemory(as: UInt8.self, repeating: 0)
        report.unreadable.append(
          .init(file: segment.name, offset: UInt64(start), length: UInt64(layout.blockLength(index))))
      }
    }
    let image = SegmentImage.Raw(memory: memory, count: Int(layout.length), bypass: nil)
    return (FileNames.segment(segment.first), image)
  }

  private static func write(_ raw: SegmentImage.Raw, to name: String, of target: any FileSystem) throws(SalvageError) {
    do throws(FileError) {
      let file = try target.create(name)
      var done = 0
      while done < raw.count {
        let count = min(piece, raw.count - done)
        try file.write(UnsafeRawBufferPointer(rebasing: raw.bytes[done..<(done + count)]), at: UInt64(done))
        done += count
      }
      try file.synchronize()
    } catch { throw SalvageError(.copy, target, .file(error)) }
  }
}

/// Which sequences were found, in order.
private struct FoundRecords {
  private(set) var records: UInt64 = 0
  private(set) var last: UInt64?
  private(set) var lost: [ClosedRange<UInt64>] = []
  /// The header read last: it tells a segment's number when its own is unreadable.
  private var header: SegmentHeader?
  private var expected: UInt64?

  /// Counts the frames of a segment that are valid by themselves, wherever they stand.
  mutating func scan(_ bytes: UnsafeRawBufferPointer, _ segment: SegmentFile) {
    note(upTo: segment.first)
    if bytes.count >= SegmentHeader.length, let base = bytes.baseAddress, let own = try? SegmentHeader(base) {
      header = own
    } else {
      header?.number += 1
    }
    guard let salt = header?.salt else { return }
    var scratch = SHA256()
    var offset = SegmentHeader.length
    while let start = bytes.firstNonZero(from: offset) {
      offset = start / FrameLayout.unit * FrameLayout.unit
      guard let frame = Frame(in: bytes, at: offset, salt: salt, hash: &scratch), frame.sequence >= expected ?? 0,
        frame.sequence < SegmentHeader.largestNumber
      else {
        offset += FrameLayout.unit
        continue
      }
      note(upTo: frame.sequence)
      records += 1
      last = frame.sequence
      expected = frame.sequence + 1
      offset += frame.paddedLength
    }
  }

  /// Everything from the expected sequence up to this one is lost.
  private mutating func note(upTo sequence: UInt64) {
    let from = expected ?? sequence
    if from < sequence {
      if let end = lost.last, end.upperBound + 1 == from {
        lost[lost.count - 1] = end.lowerBound...(sequence - 1)
      } else {
        lost.append(from...(sequence - 1))
      }
    }
    expected = max(from, sequence)
  }
}
