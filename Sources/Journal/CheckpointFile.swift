/// The `checkpoint` file: the newest signed note outside the journal, which a journal put back from a copy cannot have.
enum CheckpointFile {
  private static let longest: UInt64 = 65_536

  /// What the file holds.
  struct Found {
    var checkpoint: Checkpoint?
    var state: RecoveryReport.CheckpointState
  }

  /// Reads the file. Torn, unsigned or foreign content is no reason to refuse: it is a copy that is written without
  /// being synchronized.
  static func read(_ fileSystem: any FileSystem, names: [String], verifier: NoteVerifier?) -> Found {
    guard names.contains(FileNames.checkpoint) else { return Found(checkpoint: nil, state: .missing) }
    guard let verifier else { return Found(checkpoint: nil, state: .unusable("no key to check it with")) }
    do {
      let file = try fileSystem.open(FileNames.checkpoint, .readOnly)
      let size = try file.size()
      guard size <= longest else { return Found(checkpoint: nil, state: .unusable("too long")) }
      var bytes = [UInt8](repeating: 0, count: Int(size))
      let count = try bytes.withUnsafeMutableBytes { try file.read(into: $0, at: 0) }
      let checkpoint = try Checkpoint(note: SignedNote(bytes.prefix(count)), key: verifier)
      return Found(checkpoint: checkpoint, state: .older(size: checkpoint.size))
    } catch {
      return Found(checkpoint: nil, state: .unusable("\(error)"))
    }
  }

  /// Refuses a journal that is shorter than a signed checkpoint or has another root at its size.
  static func compare(_ found: Found, with findings: Recovery.Findings, header: SegmentHeader)
    throws(JournalError) -> RecoveryReport.CheckpointState
  {
    guard let checkpoint = found.checkpoint else { return found.state }
    guard checkpoint.size <= findings.mark.sequence else {
      throw .rolledBack(checkpoint: checkpoint.size, journal: findings.mark.sequence)
    }
    guard checkpoint.size >= header.first else { return .older(size: checkpoint.size) }
    // A size inside an event is no place where a checkpoint can be.
    guard findings.rootAtCheckpoint == checkpoint.root else { throw .forked(checkpoint: checkpoint.size) }
    return .matches(size: checkpoint.size)
  }
}
