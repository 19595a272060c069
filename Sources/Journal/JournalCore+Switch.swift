extension JournalCore {
  /// Writes the STATE event into a segment that has none (after a start that followed a stop or a cut switch). With
  /// `commits: false` it is only staged: the first event of the start then shares its batch, and is durable with it.
  public func writeState(_ state: [PendingEntry], commits: Bool = true, now: Reading) throws(JournalError) {
    try checkRunning()
    guard needsState, batch.isEmpty else { throw .staged }
    guard state.first?.recordClass == .state else { throw .invalidEntry("STATE does not begin with a state record") }
    try stage(state, urgency: .now, news: false, now: now)
    needsState = false
    if commits { try writeBatch(now: now) }
  }

  /// SEAL → next header → rename → STATE, all durable when this returns. Only when nothing is staged. A full disk
  /// throws `.file` before anything is sealed: the box sells on while the segment has room.
  public func switchSegment(state: [PendingEntry], now: Reading) throws(JournalError) {
    try checkRunning()
    guard batch.isEmpty else { throw .staged }
    guard !needsState else { throw .stateRequired }
    guard state.first?.recordClass == .state else { throw .invalidEntry("STATE does not begin with a state record") }
    try sealAndContinue(now: now)
    try writeState(state, now: now)
  }

  /// Clean stop: commits what is staged, then STOP with CHECKPOINT, then SEAL; the next start makes the next segment. The
  /// core accepts nothing afterwards.
  ///
  /// A start reads the newest segment whole, so a stop leaves a short one: when there is more than a little behind the
  /// segment's start, `state` begins a last, short segment for STOP, CHECKPOINT and SEAL. When the disk has no room for
  /// it, or for the segment after it, the journal ends at CHECKPOINT in the segment it has, which is clean too.
  public func stop(_ stopEntry: PendingEntry, state: [PendingEntry]? = nil, now: Reading) throws(JournalError) {
    try checkRunning()
    if !needsState {
      if let state, offset > JournalLimit.shortSegment {
        if !batch.isEmpty { try commit(now: now) }
        try beginShort(state: state, now: now)
      }
      if batchRoom < FrameLayout.padded(entry: JournalLimit.entry) { try commit(now: now) }
      try stage([stopEntry], urgency: .now, news: false, now: now)
      stageCheckpoint(now: now)
      try writeBatch(now: now)
      writeCheckpointFile()
      do throws(JournalError) {
        try seal(now: now)
        isSealed = true
      } catch {
        guard case .file(let cause) = error else { throw error }
        warnings.append("segment was not sealed at the stop: \(cause)")
      }
    }
    condition = .stopped
  }

  /// Switches to a short segment. Its bytes are only reserved: few of them are written, and the stop cuts the file
  /// behind them.
  private func beginShort(state: [PendingEntry], now: Reading) throws(JournalError) {
    var short = options
    short.segmentSize = min(options.segmentSize, 2 * UInt64(options.maximumBatch))
    short.preparation = .allocate
    do throws(JournalError) {
      let name: String
      do throws(FileError) { name = try Spares.take(fileSystem, options: short) } catch { throw .file(error) }
      try seal(now: now)
      try beginNext(options: short, in: name, now: now)
    } catch {
      guard case .file(let cause) = error else { throw error }
      warnings.append("no short segment at the stop: \(cause)")
      return
    }
    try writeState(state, now: now)
  }

  /// Seals the current segment and begins the next, without its STATE.
  func sealAndContinue(now: Reading) throws(JournalError) {
    try seal(now: now)
    try beginNext(now: now)
  }

  /// Writes SEAL and cuts the file behind it. There must be a file for a successor before there is a SEAL: a full disk
  /// throws `.file` and nothing is sealed.
  private func seal(now: Reading) throws(JournalError) {
    do throws(FileError) {
      _ = try Spares.take(fileSystem, options: options)
    } catch { throw .file(error) }
    try hashFile(upTo: offset)
    let seal = OwnEntries.seal(fileHash: fileHash.digestSoFar(), root: frontier.root, sequence: frontier.size)
    stageRecord(seal, continues: false, now: now)
    try writeBatch(now: now)
    do throws(FileError) { try cut() } catch { throw poison(error) }
  }

  /// Makes the successor of a segment that recovery found sealed.
  func continueSealed(_ image: SegmentImage, now: Reading) throws(JournalError) {
    _ = fileHash.finish()
    fileHash.update(UnsafeRawBufferPointer(rebasing: image.bytes[..<Int(offset)]))
    hashed = offset
    if !image.file.isCompressed, image.count != Int(offset) {
      do throws(FileError) { try cut() } catch { throw poison(error) }
    }
    try beginNext(now: now)
  }

  private func cut() throws(FileError) {
    try file.truncate(to: offset)
    try file.synchronize()
  }

  /// After SEAL: makes the next segment's header. The hash is that of the whole file.
  private func beginNext(now: Reading) throws(JournalError) {
    let spare: String
    do throws(FileError) { spare = try Spares.take(fileSystem, options: options) } catch { throw poison(error) }
    try beginNext(options: options, in: spare, now: now)
  }

  private func beginNext(options: JournalOptions, in spare: String, now: Reading) throws(JournalError) {
    let next = SegmentHeader(
      journalID: header.journalID, number: header.number + 1, first: durable.sequence, options: options,
      epoch: header.epoch, boot: boot, createdMilliseconds: now.wallMilliseconds, chain: durable.chain,
      previousHash: fileHash.digestSoFar(), frontier: durable.frontier)
    do throws(FileError) { try begin(next, in: spare) } catch { throw poison(error) }
  }

  private func begin(_ next: SegmentHeader, in spare: String) throws(FileError) {
    let name = FileNames.segment(next.first)
    let page = try SegmentHeader.write(next, to: spare, of: fileSystem)
    try fileSystem.rename(spare, to: name)
    try fileSystem.synchronizeDirectory()
    file = try fileSystem.open(name, .readWrite)
    header = next
    offset = UInt64(SegmentHeader.length)
    _ = fileHash.finish()
    fileHash.update(UnsafeRawBufferPointer(page.bytes))
    hashed = offset
    if batch.fits(next) {
      batch.salt = next.salt
    } else {
      batch = Batch(
        capacity: Int(next.maximumBatch), alignment: Int(next.alignment), salt: next.salt, chain: durable.chain,
        random: random)
    }
    needsState = true
    timing.wantsMark = false
  }
}
