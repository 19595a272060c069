/// What free text may hold. No personal data enters the journal as long as it cannot be erased from it.
package enum TextRules {
  /// Refuses text that is too long, holds control characters, or looks like a phone or card number.
  static func check(_ text: String?, _ field: String) throws(Refusal) {
    guard let text else { return }
    try checkIdentifier(text, field)
    if text.utf8.count >= 11, looksPersonal(text) {
      throw .refused(.personalData, text: "\(field) looks like a phone or card number; use an opaque handle")
    }
  }

  /// The same without the look for numbers: codes and references are long numbers by nature.
  static func checkIdentifier(_ text: String?, _ field: String) throws(Refusal) {
    guard let text else { return }
    guard text.utf8.count <= Limits.text else { throw .limitExceeded(.text, maximum: Int64(Limits.text)) }
    for byte in text.utf8 where byte < 0x20 || byte == 0x7F {
      throw .refused(.text, text: "\(field) holds a control character")
    }
  }

  /// What a terminal, coupon or promotion goes by.
  static func checkShort(_ text: String?, _ field: String) throws(Refusal) {
    try checkIdentifier(text, field)
    if let text, text.utf8.count > Limits.identifier {
      throw .limitExceeded(.text, maximum: Int64(Limits.identifier))
    }
  }

  /// The beginning of a text that a device or the daemon gave.
  static func cut(_ text: String?) -> String? {
    guard let text, text.utf8.count > Limits.text else { return text }
    var cut = ""
    for character in text {
      if cut.utf8.count + character.utf8.count > Limits.text { break }
      cut.append(character)
    }
    return cut
  }

  /// What a provider said, as it may be kept: its beginning without control characters, and nothing that looks like a
  /// phone or card number unless it is a reference, a long number by nature.
  static func tamed(_ text: String?, most: Int = Limits.text, isReference: Bool = false) -> String? {
    guard let text else { return nil }
    var tamed = ""
    for scalar in text.unicodeScalars {
      let kept = scalar.properties.generalCategory == .control ? "?" : scalar
      if tamed.utf8.count + String(kept).utf8.count > most { break }
      tamed.unicodeScalars.append(kept)
    }
    return isReference || !looksPersonal(tamed) ? tamed : "withheld"
  }

  /// A text that must not be empty.
  static func require(_ text: String, _ field: String) throws(Refusal) {
    guard !text.isEmpty else { throw .refused(.reason, text: "\(field) is empty") }
    try check(text, field)
  }

  /// True for a run of digits (single spaces, dots and dashes inside count as one run) that is a mobile number of the
  /// mainland (11 digits, 1 and 3–9 first, with or without 86) or 13 to 19 digits with a valid Luhn sum.
  package static func looksPersonal(_ text: String) -> Bool {
    var run: [UInt8] = []
    var gap = false
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"):
        run.append(byte - UInt8(ascii: "0"))
        gap = false
      case UInt8(ascii: " "), UInt8(ascii: "-"), UInt8(ascii: "."):
        if gap || run.isEmpty {
          if isPersonal(run) { return true }
          run.removeAll(keepingCapacity: true)
        }
        gap = true
      default:
        if isPersonal(run) { return true }
        run.removeAll(keepingCapacity: true)
        gap = false
      }
    }
    return isPersonal(run)
  }

  private static func isPersonal(_ run: [UInt8]) -> Bool {
    switch run.count {
    case 11: return run[0] == 1 && run[1] >= 3
    case 13 where run[0] == 8 && run[1] == 6 && run[2] == 1 && run[3] >= 3: return true
    case 13...19: return passesLuhn(run)
    default: return false
    }
  }

  private static func passesLuhn(_ run: [UInt8]) -> Bool {
    var sum = 0
    for (position, digit) in run.reversed().enumerated() {
      let doubled = Int(digit) * (position % 2 == 1 ? 2 : 1)
      sum += doubled > 9 ? doubled - 9 : doubled
    }
    // A run of one repeated digit is a separator or a price list, not a card.
    return sum % 10 == 0 && run.contains { $0 != run[0] }
  }
}
