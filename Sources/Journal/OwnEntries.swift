import JSON

/// The bodies of the records that the journal writes by itself (docs/journal-format.md, section 5).
enum OwnEntries {
  static let mark = PendingEntry(recordClass: .mark, body: [UInt8](#"{"data":{},"kind":"mark","v":1}"#.utf8))

  static func checkpoint(note: [UInt8]) -> PendingEntry {
    entry(.checkpoint, "checkpoint", [.init("note", .string(String(decoding: note, as: UTF8.self)))])
  }

  static func seal(fileHash: Digest, root: Digest, sequence: UInt64) -> PendingEntry {
    entry(
      .seal, "seal",
      [
        .init("fileHash", .string(fileHash.hex)), .init("root", .string(root.hex)),
        .init("sequence", .integer(Int64(clamping: sequence))),
      ])
  }

  /// What RECOVERY says.
  struct Recovery {
    var segment: UInt64
    var offset: UInt64
    var length: UInt64
    var hash: Digest
    var keptSequence: UInt64
    var file: String?
    var bypass: CacheBypass
  }

  static func recovery(_ data: Recovery) -> PendingEntry {
    var members: [JSON.Member] = [.init("bypass", .string(data.bypass.rawValue))]
    if let file = data.file { members.append(.init("file", .string(file))) }
    members += [
      .init("hash", .string(data.hash.hex)), .init("keptSequence", .integer(Int64(clamping: data.keptSequence))),
      .init("length", .integer(Int64(clamping: data.length))), .init("offset", .integer(Int64(clamping: data.offset))),
      .init("segment", .integer(Int64(clamping: data.segment))),
    ]
    return entry(.recovery, "recovery", members)
  }

  /// The data of an entry of this kind; nil when it is another or none.
  static func data(of entry: UnsafeRawBufferPointer, kind: String) -> JSON? {
    guard let value = try? JSON(parsing: entry), value["kind"]?.string == kind else { return nil }
    return value["data"]
  }

  private static func entry(_ recordClass: RecordClass, _ kind: String, _ data: [JSON.Member]) -> PendingEntry {
    let value = JSON.object([.init("data", .object(data)), .init("kind", .string(kind)), .init("v", .integer(1))])
    // Strings and integers in range: there is nothing that canonical form refuses.
    return PendingEntry(recordClass: recordClass, body: (try? value.canonicalBytes()) ?? mark.body)
  }
}
