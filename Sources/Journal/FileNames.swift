/// Names of the journal's files (docs/journal-format.md, section 1).
enum FileNames {
  static let checkpoint = "checkpoint"
  static let checkpointUnfinished = "checkpoint.tmp"
  static let reserve = "quarantine.reserve"
  static let segmentSuffix = ".seg"
  static let compressedSuffix = ".segz"
  static let compressedUnfinishedSuffix = ".segz.tmp"
  static let unfinishedSuffix = ".new"
  private static let digits = 20

  static func segment(_ first: UInt64) -> String { padded(first) + segmentSuffix }
  static func compressed(_ first: UInt64) -> String { padded(first) + compressedSuffix }
  static func quarantine(_ sequence: UInt64, hash: Digest) -> String {
    "\(padded(sequence))-\(hash.hex.prefix(16)).cut"
  }
  static func spare(_ number: UInt64) -> String { "spare-\(number).tmp" }
  static func spareUnfinished(_ number: UInt64) -> String { "spare-\(number)\(unfinishedSuffix)" }

  /// The number of a spare or of an unfinished one.
  static func spareNumber(_ name: String, suffix: String) -> UInt64? {
    guard name.hasPrefix("spare-"), name.hasSuffix(suffix) else { return nil }
    return UInt64(name.dropFirst(6).dropLast(suffix.count))
  }

  /// Whether a name is that of an unfinished file which nothing refers to; unfinished epochs are folders.
  static func isUnfinished(_ name: String) -> Bool {
    guard !name.hasPrefix(EpochFolder.prefix) else { return false }
    return name == checkpointUnfinished || name.hasSuffix(compressedUnfinishedSuffix)
      || name.hasSuffix(unfinishedSuffix)
  }

  private static func padded(_ value: UInt64) -> String {
    let text = String(value)
    return String(repeating: "0", count: digits - text.utf8.count) + text
  }

  /// The first sequence that a segment's name says; nil for any other name.
  static func first(_ name: String, suffix: String) -> UInt64? {
    guard name.hasSuffix(suffix), name.utf8.count == digits + suffix.utf8.count else { return nil }
    let number = name.prefix(digits)
    guard number.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    return UInt64(number)
  }
}

/// A segment's file as the folder's list shows it.
struct SegmentFile: Hashable {
  let first: UInt64
  let name: String
  let isCompressed: Bool

  /// All segments, oldest first; of two files of one segment the compressed one.
  static func all(in names: [String]) -> [SegmentFile] {
    var found: [UInt64: SegmentFile] = [:]
    for name in names {
      if let first = FileNames.first(name, suffix: FileNames.compressedSuffix) {
        found[first] = SegmentFile(first: first, name: name, isCompressed: true)
      } else if let first = FileNames.first(name, suffix: FileNames.segmentSuffix), found[first] == nil {
        found[first] = SegmentFile(first: first, name: name, isCompressed: false)
      }
    }
    return found.values.sorted { $0.first < $1.first }
  }
}

extension FileSystem {
  /// `list` with the journal's error.
  func names() throws(JournalError) -> [String] {
    do { return try list() } catch { throw .file(error) }
  }
}
