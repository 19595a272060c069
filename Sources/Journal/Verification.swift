import JSON

/// Goes through a journal and checks everything (docs/journal-format.md, section 10). It does not end at the first fault:
/// what stands behind is checked from the next header on that can be believed.
struct Verification {
  /// Records from one word about the progress to the next, inside a segment.
  private static let progressRecords: UInt64 = 4_096
  private let fileSystem: any FileSystem
  private let upTo: UInt64?
  private var key: NoteVerifier?
  private var checkpoints: UInt64 = 0
  private var from: UInt64 = 0
  private var sequence: UInt64 = 0
  private var root = MerkleHash.empty
  /// The checkpoint file's head, until the tree has its size.
  private var expected: Checkpoint?
  private var faults: [JournalFault] = []
  private var torn: JournalFault?
  private var behind: [GoodStretch] = []
  /// Where everything was good, once something is not.
  private var firstBad: (sequence: UInt64, root: Digest)?
  /// Everything before is bound to the tree by its leaves.
  private var isTied = true

  /// What the segment before the current one ended with.
  private struct End {
    var header: SegmentHeader
    /// Nil: the file is damaged, so its hash says nothing.
    var fileHash: Digest?
    var chain: Digest
    var frontier: MerkleFrontier
  }

  /// A fault found, on its way out.
  private struct Found: Error {
    var fault: JournalFault
  }

  init(_ fileSystem: any FileSystem, upTo: UInt64?, key: NoteVerifier?) {
    self.fileSystem = fileSystem
    self.upTo = upTo
    self.key = key
  }

  /// With `only` one segment is checked, against what the next one's header says of it.
  mutating func run(only: UInt64? = nil, progress: (VerifyProgress) -> Void) throws(JournalError) -> VerifyReport {
    let names = try fileSystem.names()
    let files = SegmentFile.all(in: names).filter { $0.first >= only ?? 0 }
    guard let oldest = files.first else { throw .notFound(folder: "the folder") }
    from = oldest.first
    sequence = from
    expected = try checkpointFile(files, names)
    var before: End?
    for (place, file) in files.enumerated() where file.first < upTo ?? .max || file == oldest {
      do {
        before = try segment(place, of: files, after: before, progress)
      } catch let found as Found {
        note(found.fault)
        (before, isTied) = (nil, false)
      } catch let error as JournalError {
        throw error
      } catch {
        throw .invalidEntry("\(error)")
      }
      progress(VerifyProgress(from: from, records: sequence - min(from, sequence), file: file.name))
      if only == nil { continue }
      if place + 1 < files.count, let end = before, let next = try? SegmentSource(fileSystem, files[1]).header {
        let link = SegmentImage.linkFault(
          from: end.header, fileHash: end.fileHash ?? next.previousHash, chain: end.chain, frontier: end.frontier,
          to: next)
        if let link { note(bad(file, 0..<0, nil, "not what the next segment's header says: \(link)").fault) }
      }
      return report()
    }
    checkRest()
    return report()
  }

  private mutating func note(_ fault: JournalFault) {
    faults.append(fault)
    if firstBad == nil { firstBad = (sequence, root) }
  }

  private func report() -> VerifyReport {
    let end = firstBad ?? (sequence, root)
    let last = end.sequence > from ? ", the last one \(end.sequence - 1)" : ""
    let good = end.sequence - from
    var text = (good == 1 ? "1 record" : "\(good) records") + " good\(last)"
    if let fault = faults.first {
      text += "; then \(fault)"
      for more in faults.dropFirst() { text += "; \(more)" }
      for stretch in behind where stretch.upTo > stretch.from {
        let tied = stretch.isProven ? "good and in the tree" : "good by themselves, not proven against the tree"
        text += "; \(stretch.from) to \(stretch.upTo - 1) \(tied)"
      }
    } else {
      let kept = from > 0 ? ", records before \(from) are not here: archived or missing" : ""
      let counted = checkpoints == 1 ? "1 checkpoint" : "\(checkpoints) checkpoints"
      let signed = key == nil ? "signatures not checked: no key" : counted
      text += ", \(signed)\(kept)"
    }
    if let torn { text += "; behind it, no damage: \(torn); the next start cuts it" }
    return VerifyReport(
      from: from, upTo: end.sequence, good: good, checkpoints: checkpoints, firstBad: faults.first,
      faults: faults, torn: torn, behind: behind.filter { $0.upTo > $0.from }, root: end.root, text: text)
  }

  private func bad(_ file: SegmentFile, _ bytes: Range<Int>, _ sequence: UInt64?, next: UInt64? = nil, _ text: String)
    -> Found
  {
    Found(
      fault: JournalFault(
        file: file.name, offset: UInt64(bytes.lowerBound), length: bytes.isEmpty ? nil : UInt64(bytes.count),
        sequence: sequence, next: next, text: text))
  }

  // MARK: One segment

  private mutating func segment(
    _ place: Int, of files: [SegmentFile], after before: End?, _ progress: (VerifyProgress) -> Void
  ) throws -> End {
    let file = files[place]
    var before = before
    if let end = before, file.first != end.frontier.size {
      note(
        bad(file, 40..<48, end.frontier.size, next: file.first, "records from \(end.frontier.size) are missing").fault)
      (before, isTied) = (nil, false)
    }
    let loaded = try load(file, isNewest: place == files.count - 1, after: before)
    if let fault = loaded.headerFault { note(fault) }
    let image = loaded.image
    if let end = before, loaded.headerFault == nil {
      let link = SegmentImage.linkFault(
        from: end.header, fileHash: end.fileHash ?? image.header.previousHash, chain: end.chain, frontier: end.frontier,
        to: image.header)
      if let link {
        note(bad(file, 0..<SegmentHeader.length, nil, next: file.first, link).fault)
        (before, isTied) = (nil, false)
      }
    }
    if before == nil { (sequence, root) = (file.first, image.header.root) }
    if !faults.isEmpty, before == nil || behind.last?.upTo != sequence {
      behind.append(GoodStretch(from: sequence, upTo: sequence, isProven: isTied))
    }
    return try walk(image, loaded, limit: place + 1 < files.count ? files[place + 1].first : nil, progress)
  }

  /// A segment's bytes and what is wrong with them before a frame was looked at.
  private struct Loaded {
    var image: SegmentImage
    var headerFault: JournalFault?
    /// What could not be read or uncompressed.
    var lost: [JournalFault] = []
    /// The compressed file is not as it was written, though its contents may be.
    var fileFault: JournalFault?
  }

  private func load(_ file: SegmentFile, isNewest: Bool, after before: End?) throws -> Loaded {
    let refusal: JournalFault
    do throws(JournalError) {
      return Loaded(image: try SegmentImage.load(fileSystem, file, bypassing: isNewest && upTo == nil))
    } catch {
      switch error {
      case .corrupt(let fault): refusal = fault
      case .file(let failed) where failed.isDamage:
        refusal = JournalFault(file: file.name, offset: 0, sequence: nil, text: "\(failed)")
      default: throw error
      }
    }
    let remains = try SegmentRemains(fileSystem, file)
    var headerFault: JournalFault?
    let header: SegmentHeader
    if let own = remains.header(of: file) {
      header = own
    } else if let end = before {
      headerFault = JournalFault(
        file: file.name, offset: 0, length: UInt64(SegmentHeader.length), sequence: nil, next: file.first,
        text: remains.faults.first?.text ?? refusal.text)
      header = SegmentHeader(following: end.header, first: file.first, chain: end.chain, frontier: end.frontier)
    } else {
      throw bad(file, 0..<SegmentHeader.length, nil, remains.faults.first?.text ?? refusal.text)
    }
    let damaged = remains.faults.isEmpty && file.isCompressed ? remains.changedBytes(refusal) : nil
    return Loaded(
      image: SegmentImage(file, remains.raw, header: header), headerFault: headerFault,
      lost: remains.faults, fileFault: damaged)
  }

  private mutating func walk(
    _ image: SegmentImage, _ loaded: Loaded, limit: UInt64?, _ progress: (VerifyProgress) -> Void
  ) throws -> End {
    let file = image.file
    var walk = SegmentWalk(image.bytes, header: image.header)
    var hash = SHA256()
    var (isSealed, isWhole) = (false, loaded.headerFault == nil)
    root = image.header.root
    if expected?.size == file.first { try compareExpected(file, 0) }
    while sequence < upTo ?? .max, !isSealed {
      // CHECKPOINT and SEAL speak of the tree before them.
      let own = walk.nextClass == .checkpoint || walk.nextClass == .seal
      let rootBefore = own ? walk.root : nil
      guard let (frame, offset) = walk.next() else {
        guard try bridge(&walk, loaded, limit: limit) else { break }
        isWhole = false
        advance(to: walk.mark.sequence)
        continue
      }
      guard EntryText.hasBlind(frame.entry) else {
        throw bad(file, offset..<(offset + frame.length), frame.sequence, "entry has no blind")
      }
      if let rootBefore, frame.recordClass == .checkpoint {
        try checkCheckpoint(frame, at: offset, file, rootBefore)
        if key != nil, let last = behind.indices.last { behind[last].isProven = true }
      } else if let rootBefore {
        hash.update(UnsafeRawBufferPointer(rebasing: image.bytes[..<offset]))
        let fileHash = hash.digestSoFar()
        try checkSeal(frame, at: offset, image, rootBefore, fileHash: isWhole ? fileHash : nil)
        isSealed = true
        if walk.isInPadding { _ = try bridge(&walk, loaded, limit: limit) }
        hash.update(UnsafeRawBufferPointer(rebasing: image.bytes[offset..<walk.offset]))
        // What a start would refuse for.
        if limit == nil, let fault = SegmentTail.behindSeal(image, walk.offset, walk.sequence) {
          throw Found(fault: fault)
        }
        guard image.count == walk.offset else {
          throw bad(
            file, min(walk.offset, image.count)..<max(walk.offset, image.count), nil,
            "file is \(image.count) bytes long, its SEAL ends at \(walk.offset)")
        }
      }
      advance(to: walk.mark.sequence)
      if frame.sequence % Self.progressRecords == 0 {
        progress(VerifyProgress(from: from, records: sequence - min(from, sequence), file: file.name))
      }
      if expected?.size == sequence {
        root = walk.root
        try compareExpected(file, offset)
      }
    }
    root = walk.root
    if !isSealed, upTo.map({ sequence < $0 }) ?? true { try checkEnd(image, &walk, isNewest: limit == nil) }
    if let fault = loaded.fileFault ?? (isWhole ? loaded.lost.first : nil) { note(fault) }
    let mark = walk.mark
    return End(
      header: image.header, fileHash: isWhole ? hash.finish() : nil, chain: mark.chain, frontier: mark.frontier)
  }

  private mutating func advance(to next: UInt64) {
    sequence = next
    if let last = behind.indices.last { behind[last].upTo = next }
  }

  /// Takes note of what ended the walk and goes on behind it, when the chain says how. False: it is the end of what was
  /// written, perhaps.
  private mutating func bridge(_ walk: inout SegmentWalk, _ loaded: Loaded, limit: UInt64?) throws -> Bool {
    guard case .stopped(let text)? = walk.end else { return false }
    let file = loaded.image.file
    var broken = walk.diagnose(text, limit: limit ?? SegmentHeader.largestNumber)
    let lost = loaded.lost.first { fault in
      fault.offset < UInt64(broken.bytes.upperBound) && fault.offset + (fault.length ?? 0) > UInt64(walk.offset)
    }
    if let lost { broken.text = lost.text }
    // The end of the newest segment is a matter of its own, unless something follows.
    if limit == nil, upTo == nil, !walk.laterBatchExists() { return false }
    if limit == nil, broken.stated == nil, !walk.isInPadding { return false }
    root = walk.root
    let found = bad(file, broken.bytes, broken.sequence, next: broken.next, broken.text)
    guard walk.bridge(broken) else { throw found }
    note(found.fault)
    behind.append(GoodStretch(from: walk.sequence, upTo: walk.sequence, isProven: isTied))
    return true
  }

  private mutating func checkCheckpoint(_ frame: Frame, at offset: Int, _ file: SegmentFile, _ rootBefore: Digest)
    throws
  {
    guard let data = OwnEntries.data(of: frame.entry, kind: "checkpoint"), let note = data["note"]?.string else {
      throw bad(file, offset..<(offset + frame.length), frame.sequence, "CHECKPOINT without note")
    }
    do {
      let signed = try SignedNote([UInt8](note.utf8))
      let checkpoint = try key.map { try Checkpoint(note: signed, key: $0) } ?? Checkpoint(text: signed.text)
      guard checkpoint.size == frame.sequence, checkpoint.root == rootBefore else {
        throw bad(file, offset..<(offset + frame.length), frame.sequence, "CHECKPOINT's size or root is not the tree's")
      }
      checkpoints += 1
    } catch let error as ProofError {
      throw bad(file, offset..<(offset + frame.length), frame.sequence, "CHECKPOINT: \(error)")
    }
  }

  private func checkSeal(
    _ frame: Frame, at offset: Int, _ image: SegmentImage, _ rootBefore: Digest, fileHash: Digest?
  ) throws {
    func wrong(_ text: String) -> Found {
      bad(image.file, offset..<(offset + frame.length), frame.sequence, text)
    }
    guard let data = OwnEntries.data(of: frame.entry, kind: "seal") else { throw wrong("SEAL without data") }
    guard frame.batchOffset == 0, frame.flags.contains(.lastOfBatch) else { throw wrong("SEAL is not alone") }
    guard data["sequence"]?.integer == Int64(clamping: frame.sequence) else { throw wrong("SEAL's sequence") }
    guard data["root"]?.string == rootBefore.hex else { throw wrong("SEAL's root is not the tree's") }
    guard let fileHash else { return }
    guard data["fileHash"]?.string == fileHash.hex else { throw wrong("SEAL's hash is not the file's") }
  }

  /// The end of a segment that is not sealed, which only the newest may be. What a start would cut as a torn batch is
  /// noted, and no fault.
  private mutating func checkEnd(_ image: SegmentImage, _ walk: inout SegmentWalk, isNewest: Bool) throws {
    var why = "no SEAL, but a later segment"
    let end = walk.end
    if case .stopped(let text)? = end { why = text }
    guard isNewest else { throw bad(image.file, walk.offset..<walk.offset, walk.sequence, why) }
    let tail = walk.tail(of: image, why: why)
    if let tail, tail.isLater { throw Found(fault: tail.fault) }
    guard UInt64(image.count) == image.header.segmentSize else {
      let text = "file is \(image.count) bytes long, its header says \(image.header.segmentSize)"
      throw bad(image.file, image.count..<image.count, walk.sequence, text)
    }
    guard let tail else {
      if walk.isBetweenBatches { return }
      let cut = bad(image.file, walk.offset..<walk.offset, walk.sequence, why + SegmentTail.torn)
      if walk.mark.sequence == 0 { throw cut }
      torn = cut.fault
      return
    }
    // A journal has its name only when its first batch is durable.
    if tail.isDamage || walk.mark.sequence == 0 { throw Found(fault: tail.fault) }
    torn = tail.fault
  }

  // MARK: The checkpoint file

  /// The newest note beside the segments, checked with the journal's key.
  private mutating func checkpointFile(_ files: [SegmentFile], _ names: [String]) throws(JournalError) -> Checkpoint? {
    // GENESIS, or the STATE of the first segment that has one.
    for file in files where key == nil {
      if let image = try? SegmentImage.load(fileSystem, file) { key = GenesisKey.find(in: image) }
    }
    return CheckpointFile.read(fileSystem, names: names, verifier: key).checkpoint
  }

  private func compareExpected(_ file: SegmentFile, _ offset: Int) throws {
    guard let expected, expected.root != root else { return }
    throw bad(
      file, offset..<offset, sequence, "root is not that of the checkpoint file at size \(expected.size)")
  }

  private mutating func checkRest() {
    guard upTo == nil, faults.isEmpty, let expected, expected.size > sequence else { return }
    note(
      JournalFault(
        file: FileNames.checkpoint, offset: 0, sequence: sequence,
        text: "a signed checkpoint covers \(expected.size) records, the journal has \(sequence): its end is missing"))
  }
}
