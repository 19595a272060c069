import JSON

/// How far a verification is.
public struct VerifyProgress: Hashable, Sendable {
  /// The oldest sequence that is on this box.
  public let from: UInt64
  /// Records checked so far.
  public let records: UInt64
  /// The file in work.
  public let file: String
}

/// What a verification found.
public struct VerifyReport: Hashable, Sendable {
  /// The oldest sequence that is on this box.
  public let from: UInt64
  /// The sequence up to which everything is good (exclusive).
  public let upTo: UInt64
  /// Records that are good, before the first bad one.
  public let good: UInt64
  /// Checkpoints whose signature was checked.
  public let checkpoints: UInt64
  /// The first thing that is not as it must be; nil when all is well.
  public let firstBad: JournalFault?
  /// The root over all good records.
  public let root: Digest
  /// One line for a person.
  public let text: String
}

/// Goes through a journal and checks everything (docs/journal-format.md, section 10).
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

  /// What the segment before the current one ended with.
  private struct End {
    var header: SegmentHeader
    var fileHash: Digest
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

  mutating func run(progress: (VerifyProgress) -> Void) throws(JournalError) -> VerifyReport {
    let names = try fileSystem.names()
    let files = SegmentFile.all(in: names)
    guard let oldest = files.first, let newest = files.last else { throw .notFound(folder: "the folder") }
    from = oldest.first
    sequence = from
    var before: End?
    var fault: JournalFault?
    do {
      for file in files where file.first < upTo ?? .max || file == oldest {
        before = try segment(file, after: before, isNewest: file == newest, names: names, progress)
        progress(VerifyProgress(from: from, records: sequence - from, file: file.name))
      }
      try checkRest()
    } catch let found as Found {
      fault = found.fault
    } catch let error as JournalError {
      throw error
    } catch {
      throw .invalidEntry("\(error)")
    }
    return report(fault)
  }

  private func report(_ fault: JournalFault?) -> VerifyReport {
    let last = sequence > from ? ", the last one \(sequence - 1)" : ""
    let good = "\(sequence - from) records good\(last)"
    let text: String
    if let fault {
      text = "\(good); then \(fault)"
    } else {
      let kept = from > 0 ? ", records before \(from) are archived" : ""
      let signed = key == nil ? "signatures not checked: no key" : "\(checkpoints) checkpoints"
      text = "\(good), \(signed)\(kept)"
    }
    return VerifyReport(
      from: from, upTo: sequence, good: sequence - from, checkpoints: checkpoints, firstBad: fault, root: root,
      text: text)
  }

  private func bad(_ file: SegmentFile, _ offset: Int, _ sequence: UInt64?, _ text: String) -> Found {
    Found(fault: JournalFault(file: file.name, offset: UInt64(offset), sequence: sequence, text: text))
  }

  // MARK: One segment

  private mutating func segment(
    _ file: SegmentFile, after before: End?, isNewest: Bool, names: [String], _ progress: (VerifyProgress) -> Void
  ) throws -> End {
    let image: SegmentImage
    do throws(JournalError) {
      image = try SegmentImage.load(fileSystem, file, bypassing: isNewest && upTo == nil)
    } catch {
      if case .corrupt(let fault) = error { throw Found(fault: fault) }
      throw error
    }
    if let before {
      guard file.first == before.frontier.size else {
        throw bad(file, 40, before.frontier.size, "records from \(before.frontier.size) are missing")
      }
      let link = SegmentImage.linkFault(
        from: before.header, fileHash: before.fileHash, chain: before.chain, frontier: before.frontier,
        to: image.header)
      if let link { throw bad(file, 0, file.first, link) }
    }
    if key == nil { key = GenesisKey.find(in: image) }
    if expected == nil, before == nil {
      expected = CheckpointFile.read(fileSystem, names: names, verifier: key).checkpoint
    }
    return try walk(image, isNewest: isNewest, progress)
  }

  private mutating func walk(
    _ image: SegmentImage, isNewest: Bool, _ progress: (VerifyProgress) -> Void
  ) throws -> End {
    let file = image.file
    var walk = SegmentWalk(image.bytes, header: image.header)
    var hash = SHA256()
    var isSealed = false
    root = image.header.root
    if expected?.size == file.first { try compareExpected(file, 0) }
    while sequence < upTo ?? .max, !isSealed {
      // CHECKPOINT and SEAL speak of the tree before them.
      let own = walk.nextClass == .checkpoint || walk.nextClass == .seal
      let rootBefore = own ? walk.root : nil
      guard let (frame, offset) = walk.next() else { break }
      guard EntryText.hasBlind(frame.entry) else { throw bad(file, offset, frame.sequence, "entry has no blind") }
      if let rootBefore, frame.recordClass == .checkpoint {
        try checkCheckpoint(frame, at: offset, file, rootBefore)
      } else if let rootBefore {
        hash.update(UnsafeRawBufferPointer(rebasing: image.bytes[..<offset]))
        try checkSeal(frame, at: offset, image, rootBefore, fileHash: hash.digestSoFar(), end: walk.offset)
        hash.update(UnsafeRawBufferPointer(rebasing: image.bytes[offset..<walk.offset]))
        isSealed = true
      }
      sequence = walk.mark.sequence
      if frame.sequence % Self.progressRecords == 0 {
        progress(VerifyProgress(from: from, records: sequence - from, file: file.name))
      }
      if expected?.size == sequence {
        root = walk.root
        try compareExpected(file, offset)
      }
    }
    root = walk.root
    if !isSealed, upTo.map({ sequence < $0 }) ?? true { try checkEnd(image, &walk, isNewest: isNewest) }
    let mark = walk.mark
    return End(header: image.header, fileHash: hash.finish(), chain: mark.chain, frontier: mark.frontier)
  }

  private mutating func checkCheckpoint(_ frame: Frame, at offset: Int, _ file: SegmentFile, _ rootBefore: Digest)
    throws
  {
    guard let data = OwnEntries.data(of: frame.entry, kind: "checkpoint"), let note = data["note"]?.string else {
      throw bad(file, offset, frame.sequence, "CHECKPOINT without note")
    }
    do {
      let signed = try SignedNote([UInt8](note.utf8))
      let checkpoint = try key.map { try Checkpoint(note: signed, key: $0) } ?? Checkpoint(text: signed.text)
      guard checkpoint.size == frame.sequence, checkpoint.root == rootBefore else {
        throw bad(file, offset, frame.sequence, "CHECKPOINT's size or root is not the tree's")
      }
      checkpoints += 1
    } catch let error as ProofError {
      throw bad(file, offset, frame.sequence, "CHECKPOINT: \(error)")
    }
  }

  private func checkSeal(
    _ frame: Frame, at offset: Int, _ image: SegmentImage, _ rootBefore: Digest, fileHash: Digest, end: Int
  ) throws {
    func wrong(_ text: String) -> Found { bad(image.file, offset, frame.sequence, text) }
    guard let data = OwnEntries.data(of: frame.entry, kind: "seal") else { throw wrong("SEAL without data") }
    guard frame.batchOffset == 0, frame.flags.contains(.lastOfBatch) else { throw wrong("SEAL is not alone") }
    guard data["sequence"]?.integer == Int64(clamping: frame.sequence) else { throw wrong("SEAL's sequence") }
    guard data["root"]?.string == rootBefore.hex else { throw wrong("SEAL's root is not the tree's") }
    guard data["fileHash"]?.string == fileHash.hex else { throw wrong("SEAL's hash is not the file's") }
    guard image.count == end else {
      throw bad(image.file, end, nil, "file is \(image.count) bytes long, its SEAL ends at \(end)")
    }
  }

  /// The end of a segment that is not sealed, which only the newest may be.
  private func checkEnd(_ image: SegmentImage, _ walk: inout SegmentWalk, isNewest: Bool) throws {
    var why = "no SEAL, but a later segment"
    let end = walk.end
    if case .stopped(let text)? = end { why = text }
    guard isNewest else { throw bad(image.file, walk.offset, walk.sequence, why) }
    guard UInt64(image.count) == image.header.segmentSize else {
      let text = "file is \(image.count) bytes long, its header says \(image.header.segmentSize)"
      throw bad(image.file, image.count, walk.sequence, text)
    }
    let isWhole = walk.mark.offset == walk.offset && walk.mark.batchStart == walk.offset
    if isWhole, image.bytes.firstNonZero(from: walk.offset) == nil { return }
    let later = walk.laterBatchExists() ? "; a later batch follows: damage" : "; nothing follows: a torn last batch"
    throw bad(image.file, walk.offset, walk.sequence, why + later)
  }

  // MARK: The checkpoint file

  private func compareExpected(_ file: SegmentFile, _ offset: Int) throws {
    guard let expected, expected.root != root else { return }
    throw bad(file, offset, sequence, "root is not that of the checkpoint file at size \(expected.size)")
  }

  private func checkRest() throws {
    guard upTo == nil, let expected, expected.size > sequence else { return }
    throw Found(
      fault: JournalFault(
        file: FileNames.checkpoint, offset: 0, sequence: sequence,
        text: "a signed checkpoint covers \(expected.size) records, the journal has \(sequence): its end is missing"))
  }
}

extension JournalReader {
  /// Checks everything there is: headers, frames, chain, tree, seals, links, signatures, the checkpoint file. On a
  /// journal in use up to `upTo`, the writer's durable sequence. `key` overrides GENESIS' key (a key that is known from
  /// elsewhere is better evidence). Throws for files that cannot be read; damage is a finding, not an error.
  public func verify(upTo: UInt64? = nil, key: NoteVerifier? = nil, progress: (VerifyProgress) -> Void = { _ in })
    throws(JournalError) -> VerifyReport
  {
    var verification = Verification(fileSystem, upTo: upTo, key: key)
    return try verification.run(progress: progress)
  }
}
