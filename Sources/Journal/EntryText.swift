/// The few things the journal itself writes into and reads out of canonical entries, without a JSON tree.
enum EntryText {
  /// `{"blind":"` + 32 digits + `",`
  static let blindLength = 10 + 32 + 2

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
