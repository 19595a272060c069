/// The journal's writer: one synchronous value without thread, clock, random source or lock of its own. One thread
/// owns it. Format: docs/journal-format.md.
public final class JournalCore {
  private init() {}

  /// What recovery found and did.
  public var report: RecoveryReport { RecoveryReport() }

  /// Makes a journal in an empty folder: GENESIS is record 0, durable when this returns.
  public static func create(
    _ fileSystem: any FileSystem, genesis: PendingEntry, identity: JournalIdentity, options: JournalOptions = .init(),
    random: @escaping RandomSource, now: Reading
  ) throws(JournalError) -> JournalCore { throw .invalidOptions("not built yet") }

  /// Opens a journal for writing and repairs what a power cut left (see `report`).
  public static func open(
    _ fileSystem: any FileSystem, options: JournalOptions = .init(), random: @escaping RandomSource, now: Reading
  ) throws(JournalError) -> JournalCore { throw .invalidOptions("not built yet") }

  /// The newest complete STATE event and everything after it (from GENESIS when there is no STATE yet), in order.
  public func replay<Failure: Error>(_ body: (StoredEntry) throws(Failure) -> Void) throws {}

  /// Stages one event: its records are contiguous in one batch, all or none survive. No I/O.
  @discardableResult
  public func append(_ event: [PendingEntry], urgency: Urgency = .now, news: Bool = false, now: Reading)
    throws(JournalError) -> [Receipt]
  { throw .invalidOptions("not built yet") }

  /// Writes everything staged: one `pwrite`, one `fdatasync`. Returns the next sequence: all before it is durable.
  @discardableResult
  public func commit(now: Reading) throws(JournalError) -> UInt64 { throw .invalidOptions("not built yet") }

  /// Does what time demands: lazy events after 200 ms, MARK after 30 ms, CHECKPOINT after 60 s. Returns when it wants
  /// to be called next; nil: not before the next `append`.
  public func tick(now: Reading) throws(JournalError) -> Deadline? { throw .invalidOptions("not built yet") }

  /// Bytes staged, frames and padding between them.
  public var stagedBytes: Int { 0 }
  /// The sequence the next appended record gets.
  public var stagedSequence: UInt64 { 0 }
  /// All records before this sequence are durable.
  public var durableSequence: UInt64 { 0 }
  /// Something urgent is staged.
  public var needsCommit: Bool { false }
  /// The segment's room is below one full batch: switch now.
  public var wantsSwitch: Bool { false }
  /// The segment has no STATE yet: `writeState` must come before any other event.
  public var needsState: Bool { false }
  /// This start's number: one more than the newest in the journal.
  public var boot: UInt32 { 0 }
  /// The end of what is durable.
  public var head: Head {
    Head(journalID: [], epoch: 0, sequence: 0, chain: .zero, root: .zero)
  }

  /// Writes the STATE event into a segment that has none (after a start that followed a stop or a cut switch).
  public func writeState(_ state: [PendingEntry], now: Reading) throws(JournalError) {}

  /// SEAL → next header → rename → STATE, all durable when this returns. Only when nothing is staged.
  public func switchSegment(state: [PendingEntry], now: Reading) throws(JournalError) {}

  /// Clean stop: commits what is staged, STOP, CHECKPOINT, SEAL and the next segment's header (its STATE is written at
  /// the next start). The core accepts nothing afterwards.
  public func stop(_ stopEntry: PendingEntry, now: Reading) throws(JournalError) {}
}

/// What recovery found and did.
public struct RecoveryReport: Sendable, Equatable {
}
