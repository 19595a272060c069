/// Collects what is wrong in one file.
final class ProblemList {
  let document: TOMLDocument
  private(set) var problems: [ConfigurationProblem] = []

  init(_ document: TOMLDocument) { self.document = document }

  func add(_ field: String, _ message: String) {
    guard problems.count < Limits.problems else { return }
    problems.append(
      ConfigurationProblem(
        file: document.file, line: document.line(of: field), field: field, message: message))
  }

  /// Throws when anything was wrong.
  func finish() throws(ConfigurationError) {
    guard problems.isEmpty else {
      throw ConfigurationError(problems.sorted { ($0.line ?? 0, $0.field) < ($1.line ?? 0, $1.field) })
    }
  }
}

/// Reads the fields of one table. Each read names a known field; ``finish()`` reports the unknown ones.
///
/// A wrong field is reported and read as its default, so that one run shows all that is wrong.
final class TableReader {
  let path: String
  private let table: [String: TOMLNode]
  private let list: ProblemList
  private var known: [String] = []
  /// The table is in the file.
  let isPresent: Bool

  init(_ table: [String: TOMLNode]?, path: String, list: ProblemList) {
    self.table = table ?? [:]
    isPresent = table != nil
    self.path = path
    self.list = list
  }

  func name(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

  func problem(_ key: String, _ message: String) { list.add(name(key), message) }

  private func take(_ key: String) -> TOMLNode? {
    known.append(key)
    return table[key]
  }

  private func wrongKind(_ key: String, _ node: TOMLNode, _ expected: String) {
    problem(key, "is \(node.kind), must be \(expected)")
  }

  // MARK: Values

  /// A text, nil when absent.
  func optionalString(_ key: String, most: Int = Limits.textBytes) -> String? {
    guard let node = take(key) else { return nil }
    guard case .string(let text) = node else {
      wrongKind(key, node, "a text")
      return nil
    }
    guard Self.isText(text, most: most) else {
      problem(key, "longer than \(most) bytes, or holds a control character")
      return nil
    }
    return text
  }

  private static func isText(_ text: String, most: Int) -> Bool {
    text.utf8.count <= most && text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
  }

  func string(_ key: String, default value: String, most: Int = Limits.textBytes) -> String {
    optionalString(key, most: most) ?? value
  }

  /// A text that must be there and not empty.
  func string(_ key: String, most: Int = Limits.textBytes) -> String {
    let before = table[key]
    if let text = optionalString(key, most: most) {
      if text.isEmpty { problem(key, "must not be empty") }
      return text
    }
    if before == nil { missing(key) }
    return ""
  }

  func missing(_ key: String) { list.add(name(key), "is missing") }

  func optionalInteger(_ key: String, in range: ClosedRange<Int>) -> Int? {
    guard let node = take(key) else { return nil }
    guard case .integer(let number) = node else {
      wrongKind(key, node, "a whole number")
      return nil
    }
    guard let value = Int(exactly: number), range.contains(value) else {
      problem(key, "\(number) is not between \(range.lowerBound) and \(range.upperBound)")
      return nil
    }
    return value
  }

  func integer(_ key: String, in range: ClosedRange<Int>, default value: Int) -> Int {
    optionalInteger(key, in: range) ?? value
  }

  /// A whole number that must be there.
  func integer(_ key: String, in range: ClosedRange<Int>) -> Int {
    if table[key] == nil { missing(key) }
    return optionalInteger(key, in: range) ?? range.lowerBound
  }

  func boolean(_ key: String, default value: Bool) -> Bool {
    guard let node = take(key) else { return value }
    guard case .boolean(let flag) = node else {
      wrongKind(key, node, "true or false")
      return value
    }
    return flag
  }

  /// True or false that must be there.
  func boolean(_ key: String) -> Bool {
    if table[key] == nil { missing(key) }
    return boolean(key, default: false)
  }

  /// One of fixed words, nil when absent.
  func optionalChoice<Choice: RawRepresentable & CaseIterable>(_ key: String, _ type: Choice.Type) -> Choice?
  where Choice.RawValue == String {
    guard let text = optionalString(key) else { return nil }
    if let choice = Choice(rawValue: text) { return choice }
    let words = Choice.allCases.map(\.rawValue)
    let hint = Spelling.nearest(to: text, in: words).map { "; did you mean \"\($0)\"?" } ?? ""
    problem(key, "\"\(text)\" is none of \(words.map { "\"\($0)\"" }.joined(separator: ", "))\(hint)")
    return nil
  }

  func choice<Choice: RawRepresentable & CaseIterable>(_ key: String, default value: Choice) -> Choice
  where Choice.RawValue == String {
    optionalChoice(key, Choice.self) ?? value
  }

  /// A list; nil when absent or wrong.
  func array(_ key: String, most: Int) -> [TOMLNode]? {
    guard let node = take(key) else { return nil }
    guard case .array(let elements) = node else {
      wrongKind(key, node, "a list")
      return nil
    }
    guard elements.count <= most else {
      problem(key, "has \(elements.count) entries, at most \(most) are allowed")
      return nil
    }
    return elements
  }

  func strings(_ key: String, most: Int = 64, bytes: Int = Limits.textBytes) -> [String] {
    (array(key, most: most) ?? []).enumerated().compactMap { index, node in
      guard case .string(let text) = node, Self.isText(text, most: bytes) else {
        problem("\(key)[\(index)]", "must be a text of at most \(bytes) bytes without control characters")
        return nil
      }
      return text
    }
  }

  func integers(_ key: String, in range: ClosedRange<Int>, most: Int = 16) -> [Int] {
    (array(key, most: most) ?? []).enumerated().compactMap { index, node in
      guard case .integer(let number) = node, let value = Int(exactly: number), range.contains(value) else {
        problem("\(key)[\(index)]", "must be a whole number between \(range.lowerBound) and \(range.upperBound)")
        return nil
      }
      return value
    }
  }

  // MARK: Tables

  /// The reader of a table inside; of an empty one when absent.
  func table(_ key: String) -> TableReader {
    guard let node = take(key) else { return TableReader(nil, path: name(key), list: list) }
    guard case .table(let inner) = node else {
      wrongKind(key, node, "a table")
      return TableReader(nil, path: name(key), list: list)
    }
    return TableReader(inner, path: name(key), list: list)
  }

  /// The readers of `[[key]]`.
  func tables(_ key: String, most: Int) -> [TableReader] {
    (array(key, most: most) ?? []).enumerated().compactMap { index, node in
      let path = "\(name(key))[\(index)]"
      guard case .table(let inner) = node else {
        list.add(path, "is \(node.kind), must be a table")
        return nil
      }
      return TableReader(inner, path: path, list: list)
    }
  }

  /// The names that are there, of a table whose fields are free.
  var keys: [String] { table.keys.sorted() }

  /// Reports every field that was never asked for.
  func finish() {
    for key in table.keys.sorted() where !known.contains(key) {
      let hint = Spelling.nearest(to: key, in: known).map { "did you mean \"\($0)\"?" }
      problem(key, "unknown field; \(hint ?? "known are \(known.sorted().joined(separator: ", "))")")
    }
  }
}

/// Finds what somebody meant.
enum Spelling {
  /// The word with the smallest edit distance, when it is near enough to be meant.
  static func nearest(to text: String, in words: [String]) -> String? {
    let best = words.map { ($0, distance(Array(text.utf8.prefix(64)), Array($0.utf8))) }.min { $0.1 < $1.1 }
    guard let best, best.1 <= max(2, text.utf8.count / 3) else { return nil }
    return best.0
  }

  /// Levenshtein's distance.
  static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
    var row = Array(0...right.count)
    for (i, a) in left.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for (j, b) in right.enumerated() {
        let next = min(row[j] + 1, row[j + 1] + 1, diagonal + (a == b ? 0 : 1))
        diagonal = row[j + 1]
        row[j + 1] = next
      }
    }
    return row[right.count]
  }
}
