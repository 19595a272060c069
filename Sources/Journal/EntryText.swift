/// The few things the journal itself writes into and reads out of canonical entries, without a JSON tree.
enum EntryText {
  static let blindPrefix = [UInt8](#"{"blind":""#.utf8)
  static let blindBytes = 16
  static let hexDigits = [UInt8]("0123456789abcdef".utf8)
  /// What `blind` adds to a body: its prefix (whose `{` replaces the body's), 32 digits, quote and comma.
  static let blindLength = blindPrefix.count - 1 + 2 * blindBytes + 2

  /// Whether an entry starts with a blind of 32 lower-case digits and another member.
  static func hasBlind(_ entry: UnsafeRawBufferPointer) -> Bool {
    let digits = blindPrefix.count..<(blindPrefix.count + 2 * blindBytes)
    guard entry.count > blindLength + 1, entry.prefix(blindPrefix.count).elementsEqual(blindPrefix) else {
      return false
    }
    guard entry[digits].allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }) else { return false }
    return entry[digits.upperBound] == UInt8(ascii: "\"") && entry[digits.upperBound + 1] == UInt8(ascii: ",")
  }

  /// Whether a body can take a blind: an object with at least one member, no blind of its own.
  static func isBody(_ body: [UInt8]) -> Bool {
    body.count > 4 && body[0] == UInt8(ascii: "{") && body[1] == UInt8(ascii: "\"")
      && body[body.count - 1] == UInt8(ascii: "}") && !body.starts(with: blindPrefix)
  }

  /// The kind of a canonical entry. Keys are sorted and `v` is the last, an integer, so the kind's text stands right
  /// before it; the search goes backwards and never looks into `data`.
  static func kind(of entry: [UInt8]) -> String {
    String(decoding: entry[kindRange(in: entry)], as: UTF8.self)
  }

  /// Where the kind's characters stand; empty when the entry does not end as it must.
  static func kindRange(in entry: [UInt8]) -> Range<Int> {
    var index = entry.count - 1
    guard index > 0, entry[index] == UInt8(ascii: "}") else { return 0..<0 }
    index -= 1
    while index > 0, (0x30...0x39).contains(entry[index]) { index -= 1 }
    let before = [UInt8](#"","v":"#.utf8)
    guard index + 1 >= before.count else { return 0..<0 }
    let end = index + 1 - before.count
    guard entry[end...index].elementsEqual(before) else { return 0..<0 }
    var start = end
    while start > 0, entry[start - 1] != UInt8(ascii: "\"") { start -= 1 }
    let key = [UInt8](#""kind":""#.utf8)
    guard start >= key.count, entry[(start - key.count)..<start].elementsEqual(key) else { return 0..<0 }
    return start..<end
  }
}
