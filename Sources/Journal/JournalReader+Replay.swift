/// The part of a journal that a restart, or a new epoch, rebuilds its state from.
public struct JournalReplay {
  /// The end of what is replayed: everything before it was verified.
  public let head: Head
  private let found: [Recovery.Replayable]

  init(head: Head, found: [Recovery.Replayable]) {
    self.head = head
    self.found = found
  }

  /// Gives the newest complete STATE event and everything after it up to `head`; from GENESIS when there is no STATE.
  public func forEach<Failure: Error>(_ body: (StoredEntry) throws(Failure) -> Void) throws(Failure) {
    try Recovery.replay(found, body)
  }
}

extension JournalReader {
  /// Reads, without changing anything, what is needed to rebuild the state as it was after the last complete event
  /// before `upTo` (nil: the last one that can be verified). A damaged newest segment is used up to the damage, one
  /// without a readable header not at all: this is how `BeginEpoch` takes over from a journal that is refused.
  /// With `bypassing` the newest segment is read past the page cache, which after a failed write holds what the medium
  /// does not.
  public func replay(upTo: UInt64? = nil, bypassing: Bool = false) throws(JournalError) -> JournalReplay {
    let files = SegmentFile.all(in: try fileSystem.names())
    var refusal = JournalError.notFound(folder: "the folder")
    for file in files.reversed() where file.first < upTo ?? .max {
      do throws(JournalError) {
        let image = try SegmentImage.load(fileSystem, file, bypassing: bypassing && file == files.last)
        let findings = Recovery.examine(image, checkpointSize: nil, upTo: upTo)
        guard findings.mark.sequence > image.header.first else { continue }
        var found = [Recovery.Replayable(image: image, end: findings.mark.offset, state: findings.state)]
        try Recovery.completeWithPredecessors(&found, fileSystem: fileSystem, segments: files)
        let head = Head(
          journalID: image.header.journalID, epoch: image.header.epoch, sequence: findings.mark.sequence,
          chain: findings.mark.chain, frontier: findings.mark.frontier)
        return JournalReplay(head: head, found: found)
      } catch { refusal = error }
    }
    throw refusal
  }
}
