/// Numbers of the journal that are no options. Sizes in bytes, times in nanoseconds.
public enum JournalLimit {
  /// Longest entry, `blind` included (a tile's entry length has 16 bits).
  public static let entry = 65_535
  /// Longest event: the sum of its frames.
  public static let event = 2 << 20
  /// MARK follows a batch with news after this pause.
  public static let markDelay: UInt64 = 30_000_000
  /// A lazy event rides at most this long.
  public static let lazyDelay: UInt64 = 200_000_000
  /// News older than this is checkpointed.
  public static let checkpointDelay: UInt64 = 60_000_000_000
  /// Records from one checkpoint to the next, at most.
  public static let checkpointRecords: UInt64 = 256
  /// Room kept in every segment beside one full batch: the SEAL and one recovery.
  public static let sealReserve: UInt64 = 8192
  /// A clean stop leaves no segment longer than about this, because the next start reads it whole.
  public static let shortSegment: UInt64 = 128 << 10
  /// Block of `.segz`: uncompressed bytes.
  public static let compressionBlock = 65_536
}

/// How a spare segment gets its blocks.
///
/// Measured on ext4 over the whole life of segments, preparation, MARK and the file system's own journal included
/// (device bytes for one durable single-record commit): zeros 8.2 kB and one flush, reserved only 16.4 kB and two,
/// because each first touch of a reserved page makes the file system commit its journal.
public enum SparePreparation: Sendable {
  /// Reserve only (`fallocate`): no bytes written ahead; each first touch costs the file system a journal commit.
  case allocate
  /// Write zeros ahead: every later write overwrites in place.
  case zeroFill
}

/// What can be chosen when a journal is created or opened. Sizes of an existing segment are read from its header;
/// these hold for the next one.
public struct JournalOptions: Sendable {
  /// Size of a segment; a multiple of the alignment, at least one batch + 16 KiB.
  public var segmentSize: UInt64 = 16 << 20
  /// Every commit batch starts at a multiple of this.
  public var alignment: UInt32 = 4096
  /// Longest batch, padding included.
  public var maximumBatch: UInt32 = 4 << 20
  /// How spares are made.
  public var preparation: SparePreparation = .zeroFill
  /// The kernel's boot id (16 bytes), kept in segment headers as evidence; zeros when unknown.
  public var bootID = [UInt8](repeating: 0, count: 16)
  /// Rules left out on purpose; only tests can set it.
  package var omitted: OmittedRules = []

  /// The defaults.
  public init() {}
}

/// Rules of the journal that a test leaves out to show that data is lost without them. Never set in the product.
package struct OmittedRules: OptionSet, Sendable {
  package let rawValue: Int
  package init(rawValue: Int) { self.rawValue = rawValue }

  /// Batches start right behind each other (8-byte boundary) instead of at the alignment.
  package static let alignment = OmittedRules(rawValue: 1)
  /// No MARK is ever written.
  package static let mark = OmittedRules(rawValue: 2)
  /// Batches are acknowledged without being synchronized.
  package static let synchronize = OmittedRules(rawValue: 4)
}
