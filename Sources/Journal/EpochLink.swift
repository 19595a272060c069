import JSON

/// The end of an earlier epoch, as the GENESIS of the next one names it.
public struct EpochEnd: Hashable, Sendable {
  /// Journal id, 32 hex digits.
  public let journal: String
  public let epoch: UInt32
  /// The last record that counts; what follows it was left behind.
  public let sequence: UInt64
  /// Chain value behind that record, and the root over all up to it, in hex.
  public let chain: String
  public let root: String

  init?(_ data: JSON) {
    guard let previous = data["previous"], let journal = previous["journal"]?.string,
      let epoch = previous["epoch"]?.integer.flatMap(UInt32.init(exactly:)),
      let sequence = previous["sequence"]?.integer.flatMap(UInt64.init(exactly:)),
      let chain = previous["chain"]?.string, let root = previous["root"]?.string
    else { return nil }
    self.journal = journal
    self.epoch = epoch
    self.sequence = sequence
    self.chain = chain
    self.root = root
  }
}

extension JournalReader {
  /// Records looked at for the till's identity: GENESIS or STATE is the first, or stands behind RECOVERY records.
  private static let identityRecords = 64

  /// What the journal builds on, from GENESIS or the copy of it in the oldest STATE that is here; nil for the first epoch.
  public func previousEnd() throws(JournalError) -> EpochEnd? {
    for segment in try segments() {
      for entry in try page(from: segment.first, limit: Self.identityRecords).entries {
        switch entry.recordClass {
        case .genesis: return Self.data(entry, "genesis").flatMap(EpochEnd.init)
        case .state: return Self.data(entry, "state")?["identity"].flatMap(EpochEnd.init)
        default: continue
        }
      }
    }
    return nil
  }

  private static func data(_ entry: StoredEntry, _ kind: String) -> JSON? {
    entry.entry.withUnsafeBytes { OwnEntries.data(of: $0, kind: kind) }
  }
}

extension EpochFolder {
  /// The end of this epoch on which the next one on this box builds; nil when there is no next one.
  public func end(in root: PosixFileSystem) throws(JournalError) -> EpochEnd? {
    guard let next = try Self.all(in: root).first(where: { $0.epoch > epoch }) else { return nil }
    let end = try JournalReader(try next.files(in: root)).previousEnd()
    return end?.epoch == epoch ? end : nil
  }

  /// What is wrong between this epoch and the one before; nil when all fits, or the one before is not here.
  public func linkFault(in root: PosixFileSystem) throws(JournalError) -> JournalFault? {
    guard let end = try JournalReader(try files(in: root)).previousEnd(),
      let before = try Self.all(in: root).first(where: { $0.epoch == end.epoch })
    else { return nil }
    let name = before.path == root.path ? "epoch \(end.epoch)" : Self.name(end.epoch)
    func fault(_ text: String) -> JournalFault {
      JournalFault(file: name, offset: 0, sequence: end.sequence, text: text)
    }
    do throws(JournalError) {
      let head = try JournalReader(try before.files(in: root)).replay(upTo: end.sequence + 1).head
      guard head.sequence == end.sequence + 1 else { return fault("the record on which the next epoch builds is gone") }
      guard Hex.encode(head.journalID) == end.journal, head.chain.hex == end.chain, head.root.hex == end.root else {
        return fault("not the head on which the next epoch builds")
      }
      return nil
    } catch {
      guard case .corrupt(let found) = error else { throw error }
      return fault("the next epoch builds on it, but: \(found)")
    }
  }
}
