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
  /// Everything that is not as it must be and that a look behind the first found, in order; no more than the first of what
  /// one hole has to do with.
  public let faults: [JournalFault]
  /// Bytes behind the last whole batch of a journal that is not in use: a writer was in the middle of them when it was
  /// killed, so they were never acknowledged, and the next start cuts them. Damage of the very last batch looks alike,
  /// unless a signed checkpoint covers it, which makes it a fault.
  public let torn: JournalFault?
  /// What is good behind the first fault.
  public let behind: [GoodStretch]
  /// The root over all good records.
  public let root: Digest
  /// One line for a person.
  public let text: String
}

/// Records behind damage that are good.
public struct GoodStretch: Hashable, Sendable {
  /// The first of them.
  public internal(set) var from: UInt64
  /// Behind the last of them.
  public internal(set) var upTo: UInt64
  /// What ties them to the journal's tree: nothing was lost before them but entries whose leaf is known, or a signed
  /// checkpoint among them has the root that their segment's header leads to. False: they are good by themselves only.
  public internal(set) var isProven: Bool
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

  /// The same of one segment alone.
  func verify(upTo: UInt64?, only first: UInt64) throws(JournalError) -> VerifyReport {
    var verification = Verification(fileSystem, upTo: upTo, key: nil)
    return try verification.run(only: first) { _ in }
  }
}
