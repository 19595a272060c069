/// The coarse class in a frame's type byte. The entry's `kind` is authoritative.
public struct RecordClass: RawRepresentable, Hashable, Sendable {
  /// The number in the frame (docs/journal-format.md, section 6).
  public let rawValue: UInt8
  /// Any class, also one that this build does not know.
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// A sealed stub.
  public static let stub = RecordClass(rawValue: 1)
  /// What happens to a sale.
  public static let domain = RecordClass(rawValue: 2)
  /// A signed note.
  public static let checkpoint = RecordClass(rawValue: 3)
  /// Proof that the batch before was durable.
  public static let mark = RecordClass(rawValue: 4)
  /// Reserved for subject keys.
  public static let key = RecordClass(rawValue: 5)
  /// Reserved for the end of a subject key.
  public static let erase = RecordClass(rawValue: 6)
  /// Reserved.
  public static let clock = RecordClass(rawValue: 7)
  /// What a start cut off or found whole.
  public static let recovery = RecordClass(rawValue: 8)
  /// A closed day.
  public static let close = RecordClass(rawValue: 10)
  /// The end of a segment.
  public static let seal = RecordClass(rawValue: 11)
  /// Record 0.
  public static let genesis = RecordClass(rawValue: 14)
  /// A start of the daemon.
  public static let boot = RecordClass(rawValue: 15)
  /// A changed configuration.
  public static let config = RecordClass(rawValue: 16)
  /// Everything that a restart needs.
  public static let state = RecordClass(rawValue: 17)
  /// What became of a tender.
  public static let tender = RecordClass(rawValue: 18)
  /// Deliveries, print jobs, drawers.
  public static let job = RecordClass(rawValue: 19)
  /// Shifts and cash.
  public static let shift = RecordClass(rawValue: 20)
  /// A clean stop.
  public static let stop = RecordClass(rawValue: 21)
}

/// A record before it has a sequence.
public struct PendingEntry: Hashable, Sendable {
  /// The class for the frame's type byte.
  public var recordClass: RecordClass
  /// Canonical JSON object without `blind`: `{"call":…?,"data":{…},"kind":"…","v":1}`. The journal splices `blind` in.
  public var body: [UInt8]

  /// A record to append.
  public init(recordClass: RecordClass, body: [UInt8]) {
    self.recordClass = recordClass
    self.body = body
  }
}

/// Where an appended record stands; final once the batch is durable.
public struct Receipt: Hashable, Sendable {
  /// Dense number of the record, from 0; also its index in the Merkle tree.
  public let sequence: UInt64
  /// RFC 6962 leaf hash of the entry.
  public let leaf: Digest
}

/// One look at all clocks, taken by the caller.
public struct Reading: Hashable, Sendable {
  /// Wall clock, milliseconds since 1970 UTC.
  public var wallMilliseconds: Int64
  /// `CLOCK_BOOTTIME`, nanoseconds.
  public var bootNanoseconds: UInt64
  /// `CLOCK_MONOTONIC`, nanoseconds; deadlines are on this clock.
  public var monotonicNanoseconds: UInt64
  /// Whether the wall clock is believed.
  public var trusted: Bool

  /// A reading.
  public init(wallMilliseconds: Int64, bootNanoseconds: UInt64, monotonicNanoseconds: UInt64, trusted: Bool) {
    self.wallMilliseconds = wallMilliseconds
    self.bootNanoseconds = bootNanoseconds
    self.monotonicNanoseconds = monotonicNanoseconds
    self.trusted = trusted
  }
}

/// How long an event may wait for its commit.
public enum Urgency: Sendable {
  /// Somebody waits for it.
  case now
  /// May ride with the next commit, at most 200 ms (a basket edit, an outcome).
  case lazy
}

/// Who a new journal is.
public struct JournalIdentity: Hashable, Sendable {
  /// 16 random bytes.
  public var journalID: [UInt8]
  /// 0 for the first journal of a till, one more for each `BeginEpoch`.
  public var epoch: UInt32

  /// An identity; `journalID` has 16 bytes.
  public init(journalID: [UInt8], epoch: UInt32) {
    self.journalID = journalID
    self.epoch = epoch
  }
}

/// The end of a journal: everything durable is before it.
public struct Head: Equatable, Sendable {
  /// The journal's 16 bytes.
  public let journalID: [UInt8]
  /// The journal's epoch.
  public let epoch: UInt32
  /// Number of durable records; the next record's sequence.
  public let sequence: UInt64
  /// Chain value after the last durable record.
  public let chain: Digest
  /// Complete subtrees over all durable records.
  public let frontier: MerkleFrontier

  /// RFC 6962 root over all durable records. Computed when asked: a head is taken for each commit and its root is read
  /// by few.
  public var root: Digest { frontier.root }

  /// A head; one with nothing before it stands for a journal that cannot be read.
  public init(journalID: [UInt8], epoch: UInt32, sequence: UInt64, chain: Digest, frontier: MerkleFrontier) {
    self.journalID = journalID
    self.epoch = epoch
    self.sequence = sequence
    self.chain = chain
    self.frontier = frontier
  }
}

/// Fills memory with random bytes.
public typealias RandomSource = @Sendable (UnsafeMutableRawBufferPointer) -> Void

/// A point on the caller's monotonic clock, in nanoseconds, at which `tick` wants to be called.
public typealias Deadline = UInt64

/// Where a frame stands.
public struct RecordPosition: Hashable, Sendable {
  /// First sequence of the segment, which is also its file's name.
  public let segment: UInt64
  /// Byte offset of the frame in the uncompressed segment.
  public let offset: UInt64
}

/// A record read back.
public struct StoredEntry: Hashable, Sendable {
  /// Dense number from 0.
  public let sequence: UInt64
  /// The frame's type byte.
  public let recordClass: RecordClass
  /// False for the last record of an event, true for those before it.
  public let continues: Bool
  /// Wall clock when it was appended, milliseconds since 1970 UTC; evidence only.
  public let wallMilliseconds: Int64
  /// `CLOCK_BOOTTIME` when it was appended, nanoseconds; evidence only.
  public let bootNanoseconds: UInt64
  /// Whether the wall clock was believed.
  public let trusted: Bool
  /// Number of the daemon's start that wrote it.
  public let boot: UInt32
  /// RFC 6962 leaf hash of `entry`.
  public let leaf: Digest
  /// Chain value after this record.
  public let chain: Digest
  /// Where it stands.
  public let position: RecordPosition
  /// The entry as stored: canonical JSON with `blind`.
  public let entry: [UInt8]

  /// The entry's kind, read from its end (`…,"kind":"x","v":1}`); empty when it has none there.
  public var kind: String { EntryText.kind(of: entry) }
}
