import Journal
import SimulatedDisk

/// A journal as a seed left it, with one line per record as our own reader sees it: the lines that `Tests/journal_reader`
/// must print for the same files.
public struct KeptJournal: Sendable {
  public var files: [(name: String, bytes: [UInt8])] = []
  public var lines: [String] = []

  init(_ disk: SimulatedDisk, isWhole: Bool) throws {
    for name in disk.names { files.append((name, disk.contents(name) ?? [])) }
    guard isWhole else { return }
    let reader = try JournalReader(disk.fileSystem())
    var checkpoints = 0
    var last: StoredEntry?
    for entry in try reader.read(from: 0, limit: .max) {
      if entry.kind == "checkpoint" { checkpoints += 1 }
      last = entry
      lines.append(
        "{\"chain\":\"\(entry.chain.hex)\",\"class\":\(entry.recordClass.rawValue),\"continues\":\(entry.continues),"
          + "\"entry\":\"\(SHA256.hash(entry.entry).hex)\",\"kind\":\"\(entry.kind)\",\"leaf\":\"\(entry.leaf.hex)\","
          + "\"sequence\":\(entry.sequence)}")
    }
    let head = try reader.verify()
    lines.append(
      "{\"chain\":\"\((last?.chain ?? .zero).hex)\",\"checkpoints\":\(checkpoints),\"epoch\":0,"
        + "\"journal\":\"\(Hex.encode(World.journalID))\",\"records\":\(lines.count),\"root\":\"\(head.root.hex)\","
        + "\"sequence\":\(head.upTo)}")
  }
}
