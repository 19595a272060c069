/// One element of a GS1 element string: application identifier and data.
public struct GS1Element: Sendable, Equatable {
  public let identifier: String
  public let data: String
}

/// Why bytes are no GS1 element string.
public enum GS1Error: Error, Sendable, Equatable {
  /// A separator at the front, or two in a row.
  case separator(offset: Int)
  /// No known identifier begins here.
  case identifier(offset: Int)
  /// The data of this identifier is too short, too long or of wrong characters.
  case data(identifier: String)
}

/// GS1 element strings (General Specifications 7.8), by identifiers that a till meets. Lengths are checked, meaning is not.
public enum GS1ElementString {
  /// FNC1 as transmitted by scanners.
  public static let separator: UInt8 = 0x1D

  private struct Rule {
    let prefix: String
    /// Digits of the whole identifier.
    let identifierLength: Int
    let lengths: ClosedRange<Int>
    let numeric: Bool
    init(_ prefix: String, _ identifierLength: Int, _ lengths: ClosedRange<Int>, numeric: Bool) {
      self.prefix = prefix
      self.identifierLength = identifierLength
      self.lengths = lengths
      self.numeric = numeric
    }
  }

  private static let rules: [Rule] = [
    Rule("00", 2, 18...18, numeric: true), Rule("01", 2, 14...14, numeric: true), Rule("02", 2, 14...14, numeric: true),
    Rule("10", 2, 1...20, numeric: false), Rule("11", 2, 6...6, numeric: true), Rule("12", 2, 6...6, numeric: true),
    Rule("13", 2, 6...6, numeric: true), Rule("15", 2, 6...6, numeric: true), Rule("16", 2, 6...6, numeric: true),
    Rule("17", 2, 6...6, numeric: true), Rule("20", 2, 2...2, numeric: true), Rule("21", 2, 1...20, numeric: false),
    Rule("22", 2, 1...20, numeric: false), Rule("240", 3, 1...30, numeric: false),
    Rule("241", 3, 1...30, numeric: false), Rule("30", 2, 1...8, numeric: true), Rule("31", 4, 6...6, numeric: true),
    Rule("32", 4, 6...6, numeric: true), Rule("33", 4, 6...6, numeric: true), Rule("34", 4, 6...6, numeric: true),
    Rule("35", 4, 6...6, numeric: true), Rule("36", 4, 6...6, numeric: true), Rule("37", 2, 1...8, numeric: true),
    Rule("390", 4, 1...15, numeric: true), Rule("391", 4, 3...18, numeric: true), Rule("392", 4, 1...15, numeric: true),
    Rule("393", 4, 3...18, numeric: true), Rule("394", 4, 4...4, numeric: true), Rule("414", 3, 13...13, numeric: true),
    Rule("7003", 4, 10...10, numeric: true), Rule("8005", 4, 6...6, numeric: true),
    Rule("8020", 4, 1...25, numeric: false), Rule("99", 2, 1...90, numeric: false),
  ]

  /// Two first digits of identifiers whose length is predefined: no separator is needed behind them.
  private static let predefined: Set<String> = [
    "00", "01", "02", "03", "11", "12", "13", "15", "16", "17", "20", "31", "32", "33", "34", "35", "36", "41",
  ]

  /// Splits data that stand behind an AIM identifier with ``AIMIdentifier/isGS1``. One needless separator behind a fixed
  /// length or at the end is tolerated, as scanners send it; a missing one is never guessed.
  public static func parse(_ bytes: some Collection<UInt8>) throws(GS1Error) -> [GS1Element] {
    let bytes = Array(bytes)
    var elements: [GS1Element] = []
    var index = 0
    while index < bytes.count {
      if bytes[index] == separator { throw .separator(offset: index) }
      guard let (rule, identifier) = match(bytes, at: index) else { throw .identifier(offset: index) }
      let start = index + rule.identifierLength
      var end = start
      let isPredefined = predefined.contains(String(identifier.prefix(2)))
      let limit = isPredefined ? min(bytes.count, start + rule.lengths.upperBound) : bytes.count
      while end < limit, bytes[end] != separator { end += 1 }
      let data = bytes[start..<end]
      let fits = rule.lengths.contains(data.count)
      let clean = data.allSatisfy { rule.numeric ? (0x30...0x39).contains($0) : (0x21...0x7A).contains($0) }
      guard fits, clean else { throw .data(identifier: identifier) }
      elements.append(GS1Element(identifier: identifier, data: String(decoding: data, as: UTF8.self)))
      index = end < bytes.count && bytes[end] == separator ? end + 1 : end
    }
    return elements
  }

  private static func match(_ bytes: [UInt8], at index: Int) -> (Rule, String)? {
    for rule in rules where bytes.count - index >= rule.identifierLength {
      let candidate = bytes[index..<index + rule.identifierLength]
      guard candidate.allSatisfy({ (0x30...0x39).contains($0) }) else { continue }
      if candidate.starts(with: rule.prefix.utf8) { return (rule, String(decoding: candidate, as: UTF8.self)) }
    }
    return nil
  }
}
