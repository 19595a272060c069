/// What a salvage could save.
public struct SalvageReport: Sendable, Hashable {
  /// Files copied, in order of their names.
  public internal(set) var files: [String] = []
  /// Stretches of files that could not be read; zeros stand in their place.
  public internal(set) var unreadable: [UnreadableBytes] = []
  /// What is not as it was written, also where that lost no record; the first of each hole.
  public internal(set) var damaged: [JournalFault] = []
  /// Sequences of which no valid record was found, merged to ranges. Behind the last record found nothing is known.
  public internal(set) var lost: [ClosedRange<UInt64>] = []
  /// Records found valid by themselves.
  public internal(set) var records: UInt64 = 0
  /// The last sequence found; nil when there is no record at all.
  public internal(set) var last: UInt64?

  mutating func take(_ ranges: [Range<Int>], of file: String) {
    unreadable += ranges.map {
      UnreadableBytes(file: file, offset: UInt64($0.lowerBound), length: UInt64($0.count))
    }
  }

  /// One stretch.
  public struct UnreadableBytes: Sendable, Hashable {
    /// Name in the folder that was copied.
    public let file: String
    /// First byte in the file.
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

/// Copies a journal from a dying disk: every byte that can be read as it is, zeros for the rest, and says what is damaged
/// and which records are lost. The copy of a damaged journal is no journal to sell with; `verify` judges it, its whole
/// segments can be put back, and `BeginEpoch` takes over from it.
public enum JournalSalvage {
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
      let remains: SegmentRemains
      do throws(FileError) { remains = try SegmentRemains(source, segment) } catch {
        throw SalvageError(.journal, source, .file(error))
      }
      report.take(remains.unreadable, of: segment.name)
      try write(remains.verbatim, to: segment.name, of: target)
      report.files.append(segment.name)
      found.scan(remains.bytes, segment)
    }
    for name in names.sorted() where name == FileNames.checkpoint || name.hasSuffix(".cut") {
      let read: (raw: SegmentImage.Raw, unreadable: [Range<Int>])
      do throws(FileError) { read = try SegmentRemains.read(source, name) } catch {
        throw SalvageError(.journal, source, .file(error))
      }
      report.take(read.unreadable, of: name)
      try write(read.raw, to: name, of: target)
      report.files.append(name)
    }
    do throws(FileError) { try target.synchronizeDirectory() } catch { throw SalvageError(.copy, target, .file(error)) }
    report.records = found.records
    report.last = found.last
    report.lost = found.lost
    if let newest = segments.last {
      do throws(JournalError) {
        report.damaged = try JournalReader(target).verify(upTo: newest.first).faults
      } catch { throw SalvageError(.copy, target, error) }
      if let fault = fault(of: newest, in: target) { report.damaged.append(fault) }
    }
    return report
  }

  /// What is wrong with the newest segment. What a writer was in the middle of, or a power cut left, is not.
  private static func fault(of newest: SegmentFile, in target: any FileSystem) -> JournalFault? {
    do throws(JournalError) {
      let image = try SegmentImage.load(target, newest)
      return Recovery.refusal(Recovery.examine(image, checkpointSize: nil), of: image)
    } catch {
      if case .corrupt(let fault) = error { return fault }
      return JournalFault(file: newest.name, offset: 0, sequence: nil, text: "\(error)")
    }
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
