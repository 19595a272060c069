extension TOMLParser {
  /// A value. `depth` counts the lists and tables around it.
  mutating func value(depth: Int) throws(TOMLFault) -> TOMLNode {
    guard depth <= Limits.depth else { throw fault("nested deeper than \(Limits.depth) levels") }
    guard let byte = peek() else { throw fault("a value is missing") }
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "'"): return .string(try text(byte))
    case UInt8(ascii: "["): return try list(depth: depth)
    case UInt8(ascii: "{"): return try inlineTable(depth: depth)
    case 0x0A, 0x0D, UInt8(ascii: "#"): throw fault("a value is missing")
    default: return try word()
    }
  }

  private mutating func list(depth: Int) throws(TOMLFault) -> TOMLNode {
    index += 1
    var elements: [TOMLNode] = []
    while true {
      _ = skipBlank(lines: true)
      if peek() == UInt8(ascii: "]") { break }
      elements.append(try value(depth: depth + 1))
      _ = skipBlank(lines: true)
      if peek() == UInt8(ascii: ",") {
        index += 1
      } else if peek() != UInt8(ascii: "]") {
        throw peek().map { unexpected($0) } ?? fault("']' is missing")
      }
    }
    index += 1
    return .array(elements)
  }

  /// `{ a = 1, b = 2 }` on one line.
  private mutating func inlineTable(depth: Int) throws(TOMLFault) -> TOMLNode {
    index += 1
    var fields: [String: TOMLNode] = [:]
    _ = skipBlank(lines: false)
    while peek() != UInt8(ascii: "}") || !fields.isEmpty {
      let names = try key()
      guard peek() == UInt8(ascii: "=") else { throw fault("'=' is missing") }
      index += 1
      _ = skipBlank(lines: false)
      let value = try value(depth: depth + names.count)
      guard Self.put(value, at: names[...], into: &fields) else {
        throw fault("\(names.joined(separator: ".")) is there already")
      }
      _ = skipBlank(lines: false)
      if peek() == UInt8(ascii: "}") { break }
      guard peek() == UInt8(ascii: ",") else { throw peek().map { unexpected($0) } ?? fault("'}' is missing") }
      index += 1
    }
    index += 1
    return .table(fields)
  }

  private static func put(_ value: TOMLNode, at names: ArraySlice<String>, into fields: inout [String: TOMLNode])
    -> Bool
  {
    guard let first = names.first else { return false }
    guard names.count > 1 else { return fields.updateValue(value, forKey: first) == nil }
    guard case .table(var inner) = fields[first] ?? .table([:]) else { return false }
    guard put(value, at: names.dropFirst(), into: &inner) else { return false }
    fields[first] = .table(inner)
    return true
  }

  // MARK: - words: true, numbers, dates

  private mutating func word() throws(TOMLFault) -> TOMLNode {
    let start = index
    while let byte = peek(), Self.isWordByte(byte) { index += 1 }
    if index == start, let byte = peek() { throw unexpected(byte) }
    // A date may have a space before its time.
    let word = String(decoding: bytes[start..<index], as: UTF8.self)
    switch word {
    case "true": return .boolean(true)
    case "false": return .boolean(false)
    default: break
    }
    if let integer = Self.integer(word) { return .integer(integer) }
    if Self.looksLikeDate(word) {
      if peek() == 0x20, let next = peek(1), (0x30...0x39).contains(next) {
        index += 1
        while let byte = peek(), Self.isWordByte(byte) { index += 1 }
      }
      return .other("a date")
    }
    if Self.looksLikeFraction(word) { return .other("a fraction") }
    throw fault("\"\(word)\" is no value; texts stand in quotation marks")
  }

  private static func isWordByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2B, 0x2D, 0x2E, 0x3A, 0x5F: true
    default: false
    }
  }

  /// A whole number of 64 bits: decimal with sign, or `0x`, `0o`, `0b`; `_` between digits only.
  static func integer(_ word: String) -> Int64? {
    var text = Substring(word)
    var radix = 10
    for (mark, value) in [("0x", 16), ("0o", 8), ("0b", 2)] where text.hasPrefix(mark) {
      (radix, text) = (value, text.dropFirst(2))
    }
    let sign = radix == 10 && (text.first == "-" || text.first == "+") ? text.removeFirst() : "+"
    let groups = text.split(separator: "_", omittingEmptySubsequences: false)
    guard groups.allSatisfy({ group in !group.isEmpty && group.allSatisfy { $0.isHexDigit } }) else { return nil }
    let digits = groups.joined()
    guard radix != 10 || digits == "0" || digits.first != "0" else { return nil }
    return Int64((sign == "-" ? "-" : "") + digits, radix: radix)
  }

  private static func looksLikeDate(_ word: String) -> Bool {
    let bytes = Array(word.utf8)
    func digits(_ range: Range<Int>) -> Bool {
      range.upperBound <= bytes.count && bytes[range].allSatisfy { (0x30...0x39).contains($0) }
    }
    if digits(0..<4), bytes.count >= 10, bytes[4] == 0x2D, digits(5..<7), bytes[7] == 0x2D, digits(8..<10) {
      return true
    }
    return digits(0..<2) && bytes.count >= 5 && bytes[2] == 0x3A && digits(3..<5)
  }

  private static func looksLikeFraction(_ word: String) -> Bool {
    let unsigned = word.first == "-" || word.first == "+" ? word.dropFirst() : Substring(word)
    if unsigned == "inf" || unsigned == "nan" { return true }
    guard let first = unsigned.utf8.first, (0x30...0x39).contains(first), let last = unsigned.utf8.last,
      (0x30...0x39).contains(last), unsigned.contains(".") || unsigned.lowercased().contains("e")
    else { return false }
    return unsigned.utf8.allSatisfy {
      (0x30...0x39).contains($0) || [0x2E, 0x65, 0x45, 0x2B, 0x2D, 0x5F].contains($0)
    }
  }
}
