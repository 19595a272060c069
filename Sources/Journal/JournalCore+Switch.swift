extension JournalCore {
  /// Writes the STATE event into a segment that has none (after a start that followed a stop or a cut switch).
  public func writeState(_ state: [PendingEntry], now: Reading) throws(JournalError) {
    try checkRunning()
    guard needsState, batch.isEmpty else { throw .staged }
    guard state.first?.recordClass == .state else { throw .invalidEntry("STATE does not begin with a state record") }
    try stage(state, urgency: .now, news: false, now: now)
    try writeBatch(now: now)
    needsState = false
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

  /// Clean stop: commits what is staged with STOP, then CHECKPOINT, SEAL and the next segment's header (its STATE is
  /// written at the next start). The core accepts nothing afterwards. When the disk has no room for the next segment,
  /// the journal ends at CHECKPOINT, which is clean too.
  public func stop(_ stopEntry: PendingEntry, now: Reading) throws(JournalError) {
    try checkRunning()
    if !needsState {
      if batchRoom < FrameLayout.padded(entry: JournalLimit.entry) { try commit(now: now) }
      try stage([stopEntry], urgency: .now, news: false, now: now)
      stageCheckpoint(now: now)
      try writeBatch(now: now)
      writeCheckpointFile()
      do throws(JournalError) {
        try sealAndContinue(now: now)
      } catch {
        guard case .file(let cause) = error else { throw error }
        warnings.append("segment was not switched at the stop: \(cause)")
      }
    }
    condition = .stopped
  }

  /// Seals the current segment and begins the next, without its STATE.
  func sealAndContinue(now: Reading) throws(JournalError) {
    do throws(FileError) {
      // There must be a successor before there is a SEAL.
      _ = try Spares.take(fileSystem, options: options)
    } catch { throw .file(error) }
    try hashFile(upTo: offset)
    let seal = OwnEntries.seal(fileHash: fileHash.digestSoFar(), root: frontier.root, sequence: frontier.size)
    stageRecord(seal, continues: false, now: now)
    try writeBatch(now: now)
    try beginNext(truncating: true, now: now)
  }

  /// Makes the successor of a segment that recovery found sealed.
  func continueSealed(_ image: SegmentImage, now: Reading) throws(JournalError) {
    _ = fileHash.finish()
    fileHash.update(UnsafeRawBufferPointer(rebasing: image.bytes[..<Int(offset)]))
    hashed = offset
    try beginNext(truncating: !image.file.isCompressed, now: now)
  }

  /// After SEAL: cuts the file and makes the next segment's header. The hash is that of the whole file.
  private func beginNext(truncating: Bool, now: Reading) throws(JournalError) {
    do throws(FileError) {
      if truncating {
        try file.truncate(to: offset)
        try file.synchronize()
      }
      let next = SegmentHeader(
        journalID: header.journalID, number: header.number + 1, first: durable.sequence, options: options,
        epoch: header.epoch, boot: boot, createdMilliseconds: now.wallMilliseconds, chain: durable.chain,
        previousHash: fileHash.digestSoFar(), frontier: durable.frontier)
      try begin(next, in: try Spares.take(fileSystem, options: options))
    } catch { throw poison(error) }
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
