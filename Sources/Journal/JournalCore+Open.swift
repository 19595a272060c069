extension JournalCore {
  // While a journal is made its first segment has this name.
  private static let unfinished = "genesis" + FileNames.unfinishedSuffix

  /// Makes a journal in a folder that has none: GENESIS is record 0, durable when this returns.
  public static func create(
    _ fileSystem: any FileSystem, genesis: PendingEntry, identity: JournalIdentity, options: JournalOptions = .init(),
    signer: NoteSigner? = nil, random: @escaping RandomSource, now: Reading
  ) throws(JournalError) -> JournalCore {
    try options.check()
    guard identity.journalID.count == 16 else { throw .invalidOptions("journal id has not 16 bytes") }
    guard genesis.recordClass == .genesis else { throw .invalidEntry("record 0 is GENESIS") }
    try lock(fileSystem)
    let names = try fileSystem.names()
    if let present = SegmentFile.all(in: names).first { throw .alreadyExists(file: present.name) }
    let header = SegmentHeader(
      journalID: identity.journalID, number: 0, first: 0, options: options, epoch: identity.epoch, boot: 1,
      createdMilliseconds: now.wallMilliseconds, chain: .zero, previousHash: .zero, frontier: MerkleFrontier())
    let name = FileNames.segment(0)
    let file: any File
    do throws(FileError) {
      if names.contains(unfinished) { try fileSystem.unlink(unfinished) }
      file = try fileSystem.create(unfinished)
      try Spares.fill(file, options)
      _ = try SegmentHeader.write(header, to: unfinished, of: fileSystem)
    } catch { throw .file(error) }
    let start = Recovery.Start(
      header: header, file: file, offset: UInt64(SegmentHeader.length), startInBatch: 0,
      durable: Durable(sequence: 0, chain: .zero, frontier: MerkleFrontier()), boot: 1, needsState: false,
      report: RecoveryReport(), replayable: [])
    let core = JournalCore(start, fileSystem: fileSystem, options: options, signer: signer, random: random)
    try core.writeGenesis(genesis, now: now)
    do throws(FileError) {
      try fileSystem.rename(unfinished, to: name)
      try fileSystem.synchronizeDirectory()
      core.file = try fileSystem.open(name, .readWrite)
    } catch { throw .file(error) }
    core.makeReserve()
    return core
  }

  /// Opens a journal for writing and repairs what a power cut left (see `report`). `signer` signs checkpoints; its
  /// name is GENESIS' origin. Throws `.corrupt`, `.foreign`, `.rolledBack` and `.forked` without having changed anything.
  public static func open(
    _ fileSystem: any FileSystem, options: JournalOptions = .init(), signer: NoteSigner? = nil,
    random: @escaping RandomSource, now: Reading
  ) throws(JournalError) -> JournalCore {
    try options.check()
    try lock(fileSystem)
    let names = try fileSystem.names()
    let segments = SegmentFile.all(in: names)
    guard let newest = segments.last else {
      throw .notFound(folder: (fileSystem as? PosixFileSystem)?.path ?? "the folder")
    }
    let opening = try Opening(fileSystem, names: names, segments: segments, newest: newest, signer: signer)
    // A writer that died between a rename and the synchronizing of the folder leaves a name that a power cut takes back,
    // with all that is written under it from now on. Behind a SEAL nothing is written before the next segment has its
    // name, and then the folder is synchronized.
    if !opening.findings.isSealed {
      do throws(FileError) { try fileSystem.synchronizeDirectory() } catch { throw .file(error) }
    }
    let start = try opening.repair(now: now)
    let core = JournalCore(start, fileSystem: fileSystem, options: options, signer: signer, random: random)
    if opening.findings.isSealed { try core.continueSealed(opening.image, now: now) }
    if let recovery = opening.recovery {
      // Only a long row of crashes before the first STATE gets here: the page that SEAL needs must stay free.
      if core.offset + 2 * 4096 > core.header.segmentSize, start.startInBatch == 0 {
        try core.sealAndContinue(now: now)
      }
      try core.writeRecovery(recovery, now: now)
    }
    core.removeUnfinished(names)
    core.makeReserve()
    return core
  }

  private static func lock(_ fileSystem: any FileSystem) throws(JournalError) {
    do throws(FileError) {
      try fileSystem.lock()
    } catch { throw error.code == Errno.again ? .locked(error) : .file(error) }
  }

  private func removeUnfinished(_ names: [String]) {
    for name in names where FileNames.isUnfinished(name) {
      do throws(FileError) { try fileSystem.unlink(name) } catch { report.warnings.append("\(error)") }
    }
  }

  private func makeReserve() {
    do throws(FileError) {
      try Quarantine.reserve(fileSystem, size: UInt64(header.maximumBatch))
    } catch { report.warnings.append("quarantine reserve: \(error)") }
  }
}

/// One opening of a journal: everything is looked at first, then repaired.
struct Opening {
  let fileSystem: any FileSystem
  let names: [String]
  let image: SegmentImage
  let findings: Recovery.Findings
  /// Segments in memory that replay needs, the newest last.
  let replayable: [Recovery.Replayable]
  /// The newest file had no valid header and was otherwise zero; this is its header.
  let remadeHeader: SegmentHeader?
  private(set) var report = RecoveryReport()
  /// The RECOVERY record to write; nil after a clean stop.
  private(set) var recovery: OwnEntries.Recovery?

  init(
    _ fileSystem: any FileSystem, names: [String], segments: [SegmentFile], newest: SegmentFile, signer: NoteSigner?
  ) throws(JournalError) {
    self.fileSystem = fileSystem
    self.names = names
    let raw = try SegmentImage.raw(fileSystem, newest, bypassing: true)
    remadeHeader = try Self.remadeHeader(fileSystem, raw: raw, segments: segments)
    if let remadeHeader, let base = raw.memory.bytes.baseAddress { remadeHeader.encode(into: base) }
    image = try SegmentImage(newest, raw)
    let note = CheckpointFile.read(fileSystem, names: names, verifier: signer?.verifier)
    findings = Recovery.examine(image, checkpointSize: note.checkpoint?.size)
    if let fault = Recovery.refusal(findings, of: image) { throw .corrupt(fault) }
    if findings.mark.sequence == 0 {
      throw .corrupt(JournalFault(file: newest.name, offset: 4096, sequence: 0, text: "GENESIS is damaged"))
    }
    var replayable = [Recovery.Replayable(image: image, end: findings.mark.offset, state: findings.state)]
    try Recovery.completeWithPredecessors(&replayable, fileSystem: fileSystem, segments: segments)
    self.replayable = replayable
    try Self.check(signer, in: replayable)
    report.checkpoint = try CheckpointFile.compare(note, with: findings, header: image.header)
    report.keptSequence = findings.mark.sequence
    report.bypass = image.bypass
    report.cutRecords = findings.sequenceAtStop - findings.mark.sequence
    recovery = Self.recovery(findings, image: image, before: replayable)
    if let recovery { report.cutBytes = recovery.length }
    report.outcome = outcome
    report.completedSwitch = remadeHeader != nil || findings.isSealed
  }

  /// A checkpoint of another key in the journal could never be taken out again, so the key is looked at before.
  private static func check(_ signer: NoteSigner?, in replayable: [Recovery.Replayable]) throws(JournalError) {
    guard let signer, let own = replayable.lazy.compactMap({ GenesisKey.find(in: $0.image) }).last,
      own != signer.verifier
    else { return }
    throw .foreign(signer: signer.verifier.vkey, journal: own.vkey)
  }

  private var outcome: RecoveryReport.Outcome {
    guard let recovery else { return .stopped }
    return recovery.length > 0 || findings.mark.offset != findings.mark.batchStart ? .torn : .clean
  }

  /// A newest file whose header is damaged and which is otherwise zero is one whose header page was lost: it is made
  /// again from the segment before.
  private static func remadeHeader(_ fileSystem: any FileSystem, raw: SegmentImage.Raw, segments: [SegmentFile])
    throws(JournalError) -> SegmentHeader?
  {
    guard let newest = segments.last, !newest.isCompressed, segments.count > 1, raw.count >= SegmentHeader.length,
      let base = raw.bytes.baseAddress, raw.bytes.firstNonZero(from: SegmentHeader.length) == nil
    else { return nil }
    do throws(SegmentHeader.Fault) {
      _ = try SegmentHeader(base)
      return nil
    } catch {
      if case .unsupported = error { return nil }
    }
    let before = try SegmentImage.load(fileSystem, segments[segments.count - 2])
    let findings = Recovery.examine(before, checkpointSize: nil)
    guard findings.isSealed, Recovery.refusal(findings, of: before) == nil, findings.mark.sequence == newest.first
    else { return nil }
    var header = before.header
    header.number += 1
    header.first = findings.mark.sequence
    header.segmentSize = UInt64(raw.count)
    header.boot = UInt64(findings.newestBoot)
    header.chain = findings.mark.chain
    header.frontier = findings.mark.frontier
    header.root = header.frontier.root
    header.previousHash = SHA256.hash(UnsafeRawBufferPointer(rebasing: before.bytes[..<findings.mark.offset]))
    return header
  }

  /// What RECOVERY will say; nil when STOP, CHECKPOINT are the last two records.
  private static func recovery(
    _ findings: Recovery.Findings, image: SegmentImage, before: [Recovery.Replayable]
  ) -> OwnEntries.Recovery? {
    let start = min(findings.stop, findings.mark.offset)
    let length = image.bytes.endOfNonZero(from: start) - start
    let isWhole = length == 0 && findings.mark.offset == findings.mark.batchStart
    if isWhole, findings.mark.sequence > image.header.first {
      if findings.isStopped { return nil }
    } else if isWhole, before.count > 1 {
      // The newest segment has no record yet: the end of the one before counts.
      if Recovery.examine(before[before.count - 2].image, checkpointSize: nil).isStopped { return nil }
    }
    let cut = UnsafeRawBufferPointer(rebasing: image.bytes[start..<(start + length)])
    let hash = SHA256.hash(cut)
    let sequence = findings.mark.sequence
    return OwnEntries.Recovery(
      segment: image.header.first, offset: UInt64(start), length: UInt64(length), hash: hash, keptSequence: sequence,
      file: length > 0 ? FileNames.quarantine(sequence, hash: hash) : nil, bypass: image.bypass ?? .dropped)
  }

  /// Writes what must be written before a core can begin: the header, the quarantine, zeros over the cut.
  func repair(now: Reading) throws(JournalError) -> Recovery.Start {
    var report = report
    var replayable = replayable
    let file: any File
    do throws(FileError) {
      if let remadeHeader { _ = try SegmentHeader.write(remadeHeader, to: image.file.name, of: fileSystem) }
      file = try fileSystem.open(image.file.name, image.file.isCompressed ? .readOnly : .readWrite)
      if let recovery, recovery.length > 0 {
        let range = Int(recovery.offset)..<Int(recovery.offset + recovery.length)
        let cut = UnsafeRawBufferPointer(rebasing: image.bytes[range])
        report.quarantine = try Quarantine.keep(
          cut, hash: recovery.hash, sequence: recovery.keptSequence, in: fileSystem)
        // To the end of the last page: after a failed synchronize the page cache may hold bytes there that the medium
        // does not, and writing a part of a page would carry them over.
        let end = min(range.upperBound.rounded(upTo: PageBuffer.alignment), image.count)
        let zeros = UnsafeMutableRawBufferPointer(rebasing: image.memory.bytes[range.lowerBound..<end])
        zeros.initializeMemory(as: UInt8.self, repeating: 0)
        try file.write(UnsafeRawBufferPointer(zeros), at: recovery.offset)
      }
      // What was found may be a killed writer's last batch, in the page cache only. A later batch may be written only
      // once it is durable.
      if !image.file.isCompressed { try file.synchronize() }
    } catch { throw .file(error) }
    let mark = findings.mark
    replayable[replayable.count - 1].end = mark.offset
    let boot = replayable.reduce(findings.newestBoot) { max($0, UInt32(clamping: $1.image.header.boot)) }
    return Recovery.Start(
      header: image.header, file: file, offset: UInt64(mark.offset), startInBatch: mark.offset - mark.batchStart,
      durable: JournalCore.Durable(sequence: mark.sequence, chain: mark.chain, frontier: mark.frontier),
      boot: boot == .max ? boot : boot + 1, needsState: findings.state == nil && image.header.number > 0,
      report: report, replayable: replayable)
  }
}
