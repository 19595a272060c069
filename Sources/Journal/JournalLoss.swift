/// What a journal lost behind the record that a new epoch builds on.
public struct JournalLoss: Equatable, Sendable {
  /// Acknowledged records may be missing. False after a power cut too: what that cuts was never acknowledged.
  public let isPossible: Bool
  /// Records that are known to have been written behind it: by frames that are valid by themselves, or by a signed
  /// checkpoint.
  public let records: UInt64

  /// A loss.
  public init(isPossible: Bool, records: UInt64) {
    self.isPossible = isPossible
    self.records = records
  }
}

extension JournalReader {
  /// Looks for what was written at or after `sequence`. `verifier` is the key that the `checkpoint` file is checked
  /// with; nil leaves that file out.
  public func loss(after sequence: UInt64, verifier: NoteVerifier?) throws(JournalError) -> JournalLoss {
    let names = try fileSystem.names()
    var isPossible = false
    var end = sequence
    let note = CheckpointFile.read(fileSystem, names: names, verifier: verifier).checkpoint
    if let note, note.size > sequence { (isPossible, end) = (true, note.size) }
    let files = SegmentFile.all(in: names)
    for (place, file) in files.enumerated() {
      let isNewest = place == files.count - 1
      guard isNewest || files[place + 1].first > sequence else { continue }
      guard let image = try? SegmentImage.load(fileSystem, file) else {
        isPossible = true
        continue
      }
      if let note, note.size >= file.first, note.size <= sequence,
        Recovery.examine(image, checkpointSize: note.size).rootAtCheckpoint.map({ $0 != note.root }) ?? false
      {
        isPossible = true
      }
      let found = Self.end(of: image, after: sequence)
      if found > sequence { isPossible = true }
      end = max(end, found)
      let findings = Recovery.examine(image, checkpointSize: nil)
      if isNewest ? Recovery.refusal(findings, of: image) != nil : !findings.isSealed { isPossible = true }
    }
    return JournalLoss(isPossible: isPossible, records: end - sequence)
  }

  /// One more than the highest sequence of any frame behind the records that count.
  private static func end(of image: SegmentImage, after sequence: UInt64) -> UInt64 {
    var walk = SegmentWalk(image.bytes, header: image.header)
    while walk.next() != nil {}
    // Everything up to here verifies; a torn event's frames behind it were never acknowledged.
    var end = walk.mark.sequence
    var position = walk.offset.rounded(upTo: FrameLayout.unit)
    var hash = SHA256()
    while let start = image.bytes.firstNonZero(from: position) {
      position = start / FrameLayout.unit * FrameLayout.unit
      if let frame = Frame(in: image.bytes, at: position, salt: image.header.salt, hash: &hash),
        frame.sequence >= sequence, frame.sequence < SegmentHeader.largestNumber
      {
        if position - frame.batchOffset > walk.offset { end = max(end, frame.sequence + 1) }
        position += frame.paddedLength
      } else {
        position += FrameLayout.unit
      }
    }
    return max(end, sequence)
  }
}
