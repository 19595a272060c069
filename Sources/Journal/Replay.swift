extension Recovery {
  /// One segment in memory, verified up to `end`, for replay.
  struct Replayable {
    var image: SegmentImage
    /// The end of the last complete event that is kept.
    var end: Int
    /// Where the newest complete STATE event begins.
    var state: Int?

    /// Gives all records from `start` to `end`.
    func forEach<Failure: Error>(from start: Int, _ body: (StoredEntry) throws(Failure) -> Void) throws(Failure) {
      let salt = image.header.salt
      var offset = start
      while offset < end, let frame = Frame(checksummedIn: image.bytes, at: offset, salt: salt) {
        try body(frame.stored(segment: image.header.first, offset: offset))
        let unit = frame.flags.contains(.lastOfBatch) ? Int(image.header.alignment) : FrameLayout.unit
        offset = (offset + frame.length).rounded(upTo: unit)
      }
    }
  }

  /// Puts segments before the oldest of `found` in front of it until one has a STATE or is the first of all.
  static func completeWithPredecessors(_ found: inout [Replayable], fileSystem: any FileSystem, segments: [SegmentFile])
    throws(JournalError)
  {
    while let oldest = found.first, oldest.state == nil, oldest.image.header.number > 0 {
      let header = oldest.image.header
      guard let before = segments.last(where: { $0.first < header.first }) else {
        throw .archived(epoch: header.epoch, sequence: header.first &- 1)
      }
      let image = try SegmentImage.load(fileSystem, before)
      let findings = examine(image, checkpointSize: nil)
      if let fault = sealFault(findings, image, next: header) { throw .corrupt(fault) }
      found.insert(Replayable(image: image, end: findings.mark.offset, state: findings.state), at: 0)
    }
  }

  /// Why a segment cannot be the one before `next`; nil when it ends in SEAL and all but the file's hash fits.
  static func sealFault(_ findings: Findings, _ image: SegmentImage, next: SegmentHeader) -> JournalFault? {
    var text: String?
    if let fault = refusal(findings, of: image) { return fault }
    if !findings.isSealed { text = "no SEAL, but a later segment" }
    if text == nil {
      text = SegmentImage.linkFault(
        from: image.header, fileHash: next.previousHash, chain: findings.mark.chain,
        frontier: findings.mark.frontier, to: next)
    }
    return text.map {
      JournalFault(
        file: image.file.name, offset: UInt64(findings.stop), sequence: findings.mark.sequence, text: $0)
    }
  }

  /// Gives the newest complete STATE event and everything after it; everything when there is no STATE.
  static func replay<Failure: Error>(_ found: [Replayable], _ body: (StoredEntry) throws(Failure) -> Void)
    throws(Failure)
  {
    let first = found.lastIndex { $0.state != nil } ?? 0
    for index in found.indices.dropFirst(first) {
      let start = index == first ? found[index].state : nil
      try found[index].forEach(from: start ?? SegmentHeader.length, body)
    }
  }
}

extension JournalCore {
  /// Gives the newest complete STATE event and everything after it (from GENESIS when there is no STATE yet), in
  /// order: what a restart rebuilds its state from. Once, after `open`; the memory is free afterwards. The RECOVERY
  /// record of this start is not among them (see `report`).
  public func replay<Failure: Error>(_ body: (StoredEntry) throws(Failure) -> Void) throws(Failure) {
    let found = replayable
    replayable = []
    try Recovery.replay(found, body)
  }
}
