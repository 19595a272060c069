import Interfaces

/// A stub as people name it.
enum StubText {
  /// First characters of the code on a receipt (docs/journal-format.md, section 7).
  private static let codePrefix = "CF1:"

  /// Whether this can be a stub's number or a receipt's code: sale ids are neither.
  static func names(_ typed: String) -> Bool {
    let digits = typed.hasPrefix("T") ? typed.dropFirst() : typed[...]
    return typed.hasPrefix(codePrefix) || !digits.isEmpty && digits.utf8.allSatisfy { (0x30...0x39).contains($0) }
  }

  /// The stub of a number, or of the whole code on a receipt as a scanner reads it: `CF1:shop/till:17:1234:0f3a…`. What
  /// the code says beyond the number is checked by the box.
  static func parse(_ typed: String) throws -> Wire.StubReference {
    guard typed.hasPrefix(codePrefix) else { return Wire.StubReference(stub: typed) }
    // The box's name may have a colon; number, sequence and hash have none.
    let fields = typed.dropFirst(codePrefix.utf8.count).split(separator: ":", omittingEmptySubsequences: false)
    guard fields.count >= 4, let sequence = Int64(fields[fields.count - 2]), let hash = fields.last, !hash.isEmpty
    else {
      throw Failure.usage(
        text("\(typed) is not the whole code of a receipt; its stub number will do", "\(typed) 不是完整的小票码；也可以只写存根号"))
    }
    return Wire.StubReference(
      box: fields.dropLast(3).joined(separator: ":"), stub: String(fields[fields.count - 3]), sequence: sequence,
      hash: String(hash))
  }
}
