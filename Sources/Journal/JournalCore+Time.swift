extension JournalCore {
  /// Bytes of the current segment that one tick hashes after a start.
  private static let hashPiece = 256 << 10

  /// Does what time demands: lazy events after 200 ms, MARK 30 ms after news, CHECKPOINT 60 s after news, the
  /// `checkpoint` file after its record, the hash of an old segment after a start. Returns when it wants to be called
  /// next; nil: not before the next `append`. Urgent events are left to `commit`, but they ride with a CHECKPOINT written
  /// here: compare `durableSequence` afterwards.
  public func tick(now: Reading) throws(JournalError) -> Deadline? {
    try checkRunning()
    writeCheckpointFile()
    let time = now.monotonicNanoseconds
    if let since = timing.newsSince, signer != nil, takesOwn, time >= since &+ JournalLimit.checkpointDelay {
      stageCheckpoint(now: now)
      if !batch.isEmpty { try writeBatch(now: now) }
    } else if !batch.isEmpty, !timing.urgent, let due = lazyDeadline, time >= due {
      try commit(now: now)
    } else if batch.isEmpty, timing.wantsMark, takesOwn, time >= timing.lastBatch &+ JournalLimit.markDelay {
      stageRecord(OwnEntries.mark, continues: false, now: now)
      try writeBatch(now: now)
    }
    if hashed < offset { try hashFile(upTo: min(offset, hashed + UInt64(Self.hashPiece))) }
    return nextDeadline(now: time)
  }

  /// MARK and CHECKPOINT have room. Not: until the switch. The segment may be one that goes on past its time for a
  /// switch, because the disk has no room for another.
  private var takesOwn: Bool { segmentRoom > 0 }

  /// Staged lazy events are themselves the evidence that a MARK would be, so they go when it would.
  private var lazyDeadline: UInt64? {
    guard let since = timing.lazySince else { return nil }
    let lazy = since &+ JournalLimit.lazyDelay
    return timing.wantsMark ? min(lazy, timing.lastBatch &+ JournalLimit.markDelay) : lazy
  }

  private func nextDeadline(now: UInt64) -> Deadline? {
    if hashed < offset || timing.note != nil || timing.urgent { return now }
    var next: Deadline?
    func sooner(_ deadline: UInt64) { next = min(next ?? deadline, deadline) }
    if let lazyDeadline { sooner(lazyDeadline) }
    if takesOwn {
      if timing.wantsMark { sooner(timing.lastBatch &+ JournalLimit.markDelay) }
      if let since = timing.newsSince, signer != nil { sooner(since &+ JournalLimit.checkpointDelay) }
    }
    return next
  }

  /// Brings the hash of the file up to an offset by reading what was written before this start.
  func hashFile(upTo end: UInt64) throws(JournalError) {
    let piece = PageBuffer(count: Self.hashPiece)
    while hashed < end {
      let count = Int(min(end - hashed, UInt64(Self.hashPiece)))
      let target = UnsafeMutableRawBufferPointer(rebasing: piece.bytes[..<count])
      do throws(FileError) {
        guard try file.read(into: target, at: hashed) == count else {
          throw FileError(.read, file.name, code: Errno.inputOutput, detail: "short read at offset \(hashed)")
        }
      } catch { throw poison(error) }
      fileHash.update(UnsafeRawBufferPointer(target))
      hashed += UInt64(count)
    }
  }

  /// Replaces the `checkpoint` file by the newest note. It is a copy for comparison: a failure stops nothing.
  func writeCheckpointFile() {
    guard let note = timing.note else { return }
    timing.note = nil
    do throws(FileError) {
      if try fileSystem.list().contains(FileNames.checkpointUnfinished) {
        try fileSystem.unlink(FileNames.checkpointUnfinished)
      }
      let copy = try fileSystem.create(FileNames.checkpointUnfinished)
      try note.withUnsafeBufferPointer { (bytes) throws(FileError) in
        try copy.write(UnsafeRawBufferPointer(bytes), at: 0)
      }
      try fileSystem.rename(FileNames.checkpointUnfinished, to: FileNames.checkpoint)
    } catch { warnings.append("checkpoint file: \(error)") }
  }
}
