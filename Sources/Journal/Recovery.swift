/// Opening a journal for writing: looks at the newest segment's end, decides, and repairs what one unacknowledged batch
/// can have left (docs/journal-format.md, section 7). Nothing is changed before every refusal has been ruled out.
enum Recovery {
  /// Where a core begins.
  struct Start {
    var header: SegmentHeader
    var file: any File
    var offset: UInt64
    var startInBatch: Int
    var durable: JournalCore.Durable
    var boot: UInt32
    var needsState: Bool
    var report: RecoveryReport
    var replayable: [Replayable]
  }

  /// What the walk over the newest segment found.
  struct Findings {
    var mark: SegmentWalk.Mark
    /// X: where the walk ended, and why.
    var stop: Int
    var end: SegmentWalk.End
    var sequenceAtStop: UInt64
    /// What stands behind X of a segment without SEAL; nil: zeros.
    var tail: SegmentTail?
    var state: Int?
    /// Classes of the last records that were kept, newest last, SEAL aside.
    var lastClasses: [RecordClass] = []
    var isSealed = false
    var newestBoot: UInt32 = 0
    /// The root at the size that the checkpoint file names.
    var rootAtCheckpoint: Digest?

    /// STOP, CHECKPOINT are the last two records, SEAL aside.
    var isStopped: Bool { lastClasses.suffix(2) == [.stop, .checkpoint] }
  }

  /// Walks the whole newest segment.
  static func examine(_ image: SegmentImage, checkpointSize: UInt64?, upTo: UInt64? = nil) -> Findings {
    var walk = SegmentWalk(image.bytes, header: image.header)
    var findings = Findings(
      mark: walk.mark, stop: 0, end: .exhausted, sequenceAtStop: 0,
      newestBoot: UInt32(clamping: image.header.boot))
    var eventStart: Int?
    var isStateEvent = false
    if checkpointSize == image.header.first { findings.rootAtCheckpoint = image.header.root }
    while walk.mark.sequence < upTo ?? .max, let (frame, offset) = walk.next() {
      if eventStart == nil {
        eventStart = offset
        isStateEvent = frame.recordClass == .state
      }
      findings.newestBoot = max(findings.newestBoot, frame.bootNumber)
      guard !frame.flags.contains(.continues) else { continue }
      if isStateEvent { findings.state = eventStart }
      eventStart = nil
      if checkpointSize == walk.mark.sequence { findings.rootAtCheckpoint = walk.root }
      if frame.recordClass == .seal {
        findings.isSealed = true
        break
      }
      findings.lastClasses = findings.lastClasses.suffix(1) + [frame.recordClass]
    }
    findings.mark = walk.mark
    findings.stop = walk.offset
    findings.end = walk.end ?? .exhausted
    findings.sequenceAtStop = walk.sequence
    if !findings.isSealed { findings.tail = walk.tail(of: image, why: "end") }
    return findings
  }

  /// Why the box must not append, as verification says it; nil when it may.
  static func refusal(_ findings: Findings, of image: SegmentImage) -> JournalFault? {
    if findings.isSealed { return SegmentTail.behindSeal(image, findings.stop, findings.sequenceAtStop) }
    // A file that a stop cut behind its SEAL is shorter than its header says: what hides the SEAL is what is wrong.
    if let tail = findings.tail, tail.isLater { return tail.fault }
    guard UInt64(image.count) == image.header.segmentSize else {
      return JournalFault(
        file: image.file.name, offset: UInt64(image.count), sequence: findings.sequenceAtStop,
        text: "file is \(image.count) bytes long, its header says \(image.header.segmentSize)")
    }
    if let tail = findings.tail, tail.isDamage { return tail.fault }
    return nil
  }
}
