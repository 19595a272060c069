/// The journal's writer: one synchronous value without thread, clock, random source or lock of its own. One thread
/// owns it and hands in the readings of its clocks. Format: docs/journal-format.md. `wantsSwitch` may be true at once after
/// `open`.
///
/// The order of use: `create` or `open`; `replay` once; `writeState` when `needsState`; then `append`, `commit`,
/// `tick` by its deadlines and `switchSegment` when `wantsSwitch`; at the end `stop`. After the first failed write or
/// synchronize every call throws `.poisoned`, and nothing staged may be acknowledged.
public final class JournalCore {
  /// What is durable.
  struct Durable {
    var sequence: UInt64
    var chain: Digest
    var frontier: MerkleFrontier
  }

  /// What time has to do, on the caller's monotonic clock.
  struct Timing {
    /// When the last batch was written.
    var lastBatch: UInt64 = 0
    /// The last batch had news and nothing proves yet that it was durable.
    var wantsMark = false
    /// When the oldest staged lazy event came.
    var lazySince: UInt64?
    /// Something urgent is staged.
    var urgent = false
    /// What is staged has news that asks for a MARK.
    var stagedNews = false
    /// What is staged closes a day.
    var stagedClose = false
    /// When the oldest record came that no CHECKPOINT covers; staged ones included.
    var newsSince: UInt64?
    /// Sequence of the newest CHECKPOINT, or what recovery kept.
    var lastCheckpoint: UInt64 = 0
    /// The note of a durable CHECKPOINT that the `checkpoint` file does not hold yet.
    var note: [UInt8]?
    /// The note of a staged CHECKPOINT.
    var stagedNote: [UInt8]?
  }

  enum Condition {
    case running
    case poisoned(FileError)
    case stopped
  }

  /// Room for one own record (CHECKPOINT, RECOVERY, SEAL) with its longest note.
  static let ownRecordRoom = 2048

  let fileSystem: any FileSystem
  let options: JournalOptions
  let signer: NoteSigner?
  let random: RandomSource

  /// This start's number: one more than the newest in the journal.
  public let boot: UInt32
  /// What recovery found and did.
  public internal(set) var report: RecoveryReport
  /// Things that went wrong beside the journal without stopping it (the `checkpoint` file, a signature), newest last;
  /// the caller logs and clears them.
  public var warnings: [String] = []

  var header: SegmentHeader
  var file: any File
  /// Where the next batch is written.
  var offset: UInt64
  /// SHA-256 over the file's bytes 0..<`hashed`.
  var fileHash = SHA256()
  var hashed: UInt64

  var batch: Batch
  var frontier: MerkleFrontier
  var durable: Durable
  var timing = Timing()
  var condition = Condition.running
  /// The segment has no STATE yet: `writeState` must come before any other event.
  public internal(set) var needsState: Bool
  /// What recovery read and `replay` will give, oldest first; empty afterwards.
  var replayable: [Recovery.Replayable]

  init(
    _ start: Recovery.Start, fileSystem: any FileSystem, options: JournalOptions, signer: NoteSigner?,
    random: @escaping RandomSource
  ) {
    self.fileSystem = fileSystem
    self.options = options
    self.signer = signer
    self.random = random
    boot = start.boot
    report = start.report
    header = start.header
    file = start.file
    offset = start.offset
    hashed = 0
    frontier = start.durable.frontier
    durable = start.durable
    needsState = start.needsState
    replayable = start.replayable
    batch = Batch(
      capacity: Int(start.header.maximumBatch), alignment: Int(start.header.alignment), salt: start.header.salt,
      chain: start.durable.chain, random: random)
    batch.reset(chain: start.durable.chain, startInBatch: start.startInBatch)
    timing.lastCheckpoint = start.durable.sequence
  }

  // MARK: State

  /// Bytes of frames staged.
  public var stagedBytes: Int { batch.count }
  /// The sequence the next appended record gets.
  public var stagedSequence: UInt64 { frontier.size }
  /// All records before this sequence are durable.
  public var durableSequence: UInt64 { durable.sequence }
  /// Something urgent is staged.
  public var needsCommit: Bool { timing.urgent }
  /// Bytes of events that still fit into the staged batch.
  public var batchRoom: Int {
    max(0, Int(header.maximumBatch) - 4096 - Self.ownRecordRoom - batch.startInBatch - batch.count)
  }
  /// Bytes of events that the segment still takes, behind what is staged.
  public var segmentRoom: Int {
    let end = offset + UInt64(batch.paddedCount(adding: Self.ownRecordRoom)) + JournalLimit.sealReserve
    return end < header.segmentSize ? Int(header.segmentSize - end) : 0
  }
  /// The segment's room is below one full batch: commit, then switch.
  public var wantsSwitch: Bool {
    header.segmentSize < offset + UInt64(header.maximumBatch) + JournalLimit.sealReserve
  }
  /// Longest event that this segment takes, frames and padding included.
  public var maximumEvent: Int { min(JournalLimit.event, Int(header.maximumBatch) / 2) }
  /// First sequence of the current segment; all before it is sealed.
  public var segmentFirst: UInt64 { header.first }
  /// A clean stop sealed the current segment.
  public internal(set) var isSealed = false
  /// Chain value before the first record of the current segment.
  public var segmentChain: Digest { header.chain }
  /// The end of what is durable.
  public var head: Head {
    Head(
      journalID: header.journalID, epoch: header.epoch, sequence: durable.sequence, chain: durable.chain,
      frontier: durable.frontier)
  }

  /// Chain value after the last durable record.
  public var durableChain: Digest { durable.chain }

  func checkRunning() throws(JournalError) {
    switch condition {
    case .running: return
    case .poisoned(let error): throw .poisoned(error)
    case .stopped: throw .stopped
    }
  }

  // MARK: Append and commit

  /// Stages one event: its records become contiguous in one batch; after a power cut all of them are there or none.
  /// No I/O. `news` says that the event holds a tender, stub, refund, job, shift, cash movement, approval or close, so
  /// that a MARK must follow. On an error nothing of the event is staged.
  @discardableResult
  public func append(_ event: [PendingEntry], urgency: Urgency = .now, news: Bool = false, now: Reading)
    throws(JournalError) -> [Receipt]
  {
    try checkRunning()
    guard !needsState else { throw .stateRequired }
    return try stage(event, urgency: urgency, news: news, now: now)
  }

  @discardableResult
  func stage(_ event: [PendingEntry], urgency: Urgency, news: Bool, now: Reading)
    throws(JournalError) -> [Receipt]
  {
    try checkRoom(for: event)
    var receipts: [Receipt] = []
    receipts.reserveCapacity(event.count)
    var closes = false
    for index in event.indices {
      receipts.append(stageRecord(event[index], continues: index < event.count - 1, now: now))
      if event[index].recordClass == .close { closes = true }
    }
    switch urgency {
    case .now: timing.urgent = true
    case .lazy: timing.lazySince = timing.lazySince ?? now.monotonicNanoseconds
    }
    timing.stagedNews = timing.stagedNews || news
    timing.stagedClose = timing.stagedClose || closes
    timing.newsSince = timing.newsSince ?? now.monotonicNanoseconds
    return receipts
  }

  private func checkRoom(for event: [PendingEntry]) throws(JournalError) {
    guard !event.isEmpty else { throw .invalidEntry("an event without records") }
    var bytes = 0
    for entry in event {
      guard EntryText.isBody(entry.body) else { throw .invalidEntry("body is no object or has a blind") }
      let length = EntryText.blindLength + entry.body.count
      guard length <= JournalLimit.entry else {
        throw .entryTooLarge(bytes: length, maximum: JournalLimit.entry)
      }
      bytes += FrameLayout.padded(entry: length)
    }
    guard bytes <= maximumEvent else { throw .eventTooLarge(bytes: bytes, maximum: maximumEvent) }
    guard bytes <= batchRoom else { throw .batchFull }
    let end = offset + UInt64(batch.paddedCount(adding: bytes + Self.ownRecordRoom))
    guard end + JournalLimit.sealReserve <= header.segmentSize else { throw .segmentFull }
  }

  @discardableResult
  func stageRecord(_ entry: borrowing PendingEntry, continues: Bool, now: Reading) -> Receipt {
    var flags: FrameFlags = continues ? .continues : []
    if !now.trusted { flags.insert(.untrustedTime) }
    let sequence = frontier.size
    let leaf = batch.stage(entry, sequence: sequence, flags: flags, boot: boot, now: now)
    frontier.append(leaf)
    return Receipt(sequence: sequence, leaf: leaf)
  }

  /// Writes everything staged: one `pwrite`, one `fdatasync`. Returns the next sequence: all before it is durable.
  @discardableResult
  public func commit(now: Reading) throws(JournalError) -> UInt64 {
    try checkRunning()
    guard !batch.isEmpty else { return durable.sequence }
    if timing.stagedClose || frontier.size - timing.lastCheckpoint >= JournalLimit.checkpointRecords {
      stageCheckpoint(now: now)
    }
    try writeBatch(now: now)
    return durable.sequence
  }

  /// Adds a CHECKPOINT to the batch; its size is its own sequence. Without a signer there are none.
  func stageCheckpoint(now: Reading) {
    guard let signer else { return }
    do throws(ProofError) {
      let checkpoint = try Checkpoint(origin: signer.verifier.name, size: frontier.size, root: frontier.root)
      let note = try checkpoint.signed(by: signer).bytes
      timing.lastCheckpoint = frontier.size
      stageRecord(OwnEntries.checkpoint(note: note), continues: false, now: now)
      timing.stagedNote = note
      timing.newsSince = nil
    } catch {
      warnings.append("checkpoint: \(error)")
      timing.newsSince = now.monotonicNanoseconds
    }
  }

  func writeBatch(now: Reading) throws(JournalError) {
    let bytes = batch.close()
    do throws(FileError) {
      try file.write(bytes, at: offset)
      if !options.omitted.contains(.synchronize) { try file.synchronize() }
    } catch { throw poison(error) }
    if hashed == offset {
      fileHash.update(bytes)
      hashed += UInt64(bytes.count)
    }
    offset += UInt64(bytes.count)
    durable = Durable(sequence: frontier.size, chain: batch.chain, frontier: frontier)
    batch.reset(chain: durable.chain)
    timing.lastBatch = now.monotonicNanoseconds
    timing.wantsMark = timing.stagedNews && !options.omitted.contains(.mark)
    timing.stagedNews = false
    timing.stagedClose = false
    timing.urgent = false
    timing.lazySince = nil
    timing.note = timing.stagedNote ?? timing.note
    timing.stagedNote = nil
  }

  func poison(_ error: FileError) -> JournalError {
    condition = .poisoned(error)
    batch.reset(chain: durable.chain)
    frontier = durable.frontier
    timing = Timing()
    return .poisoned(error)
  }

  // MARK: Recovery

  /// Appends RECOVERY at the end that recovery found; it closes a batch of which frames were kept.
  func writeRecovery(_ data: OwnEntries.Recovery, now: Reading) throws(JournalError) {
    stageRecord(OwnEntries.recovery(data), continues: false, now: now)
    timing.newsSince = now.monotonicNanoseconds
    try writeBatch(now: now)
  }

  /// Writes GENESIS of a new journal.
  func writeGenesis(_ genesis: PendingEntry, now: Reading) throws(JournalError) {
    try stage([genesis], urgency: .now, news: true, now: now)
    try writeBatch(now: now)
  }
}
