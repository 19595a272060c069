/// Reads a journal without writing: own descriptors, so any thread may have one of its own while the writer works.
/// Sealed segments are read compressed or not.
public final class JournalReader {
  /// Looks at the folder. Segments made later are found when they are needed.
  public init(_ fileSystem: any FileSystem) throws(JournalError) {}

  /// Records from `sequence` on, at most `limit`, none at or after `upTo` (the writer's durable sequence when it
  /// runs; nil: to the end), only those whose kind is in `kinds` (nil: all).
  public func read(from sequence: UInt64, limit: Int, upTo: UInt64? = nil, kinds: Set<String>? = nil)
    throws(JournalError) -> [StoredEntry]
  { [] }

  /// One record.
  public func entry(at sequence: UInt64) throws(JournalError) -> StoredEntry {
    throw .noSuchRecord(sequence: sequence)
  }

  /// All records of the event that `sequence` belongs to, in order.
  public func event(containing sequence: UInt64) throws(JournalError) -> [StoredEntry] {
    throw .noSuchRecord(sequence: sequence)
  }

  /// Sealed segments on this box, oldest first (for Index and compression).
  public func sealedSegments() throws(JournalError) -> [SegmentInfo] { [] }

  /// Checks everything there is: headers, frames, chain, tree, seals, links, signatures. On a live journal up to `upTo`.
  public func verify(upTo: UInt64? = nil, progress: (VerifyProgress) -> Void = { _ in }) throws(JournalError)
    -> VerifyReport
  { VerifyReport(upTo: 0, good: 0, firstBad: nil, text: "not built yet") }
}

/// One segment on this box.
public struct SegmentInfo: Hashable, Sendable {
  /// Number of the segment from 0.
  public let number: UInt64
  /// First sequence in it.
  public let first: UInt64
  /// File name.
  public let file: String
  /// Whether the file is a `.segz`.
  public let isCompressed: Bool
}

/// How far a verification is.
public struct VerifyProgress: Hashable, Sendable {
  /// Records checked so far.
  public let records: UInt64
  /// The file in work.
  public let file: String
}

/// What a verification found.
public struct VerifyReport: Hashable, Sendable {
  /// The sequence the check went up to (exclusive).
  public let upTo: UInt64
  /// Records that are good, before the first bad one.
  public let good: UInt64
  /// The first thing that is not as it must be; nil when all is well.
  public let firstBad: JournalFault?
  /// One line for a person.
  public let text: String
}
