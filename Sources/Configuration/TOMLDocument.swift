import TOMLKit

/// A TOML value, taken out of the library that parsed it.
indirect enum TOMLNode: Sendable, Equatable {
  case string(String)
  case integer(Int64)
  case boolean(Bool)
  /// Fractions and dates, which no field uses.
  case other(String)
  case array([TOMLNode])
  case table([String: TOMLNode])

  /// For messages.
  var kind: String {
    switch self {
    case .string: "a text"
    case .integer: "a whole number"
    case .boolean: "true or false"
    case .other(let name): name
    case .array: "a list"
    case .table: "a table"
    }
  }
}

/// A parsed file with the lines of its fields.
struct TOMLDocument {
  let file: String
  let root: [String: TOMLNode]
  private let lines: LineIndex

  /// Parses. The library's exceptions end here; what it does not check (size, NUL, depth) is checked before it sees it.
  init(text: String, file: String) throws(ConfigurationError) {
    func fail(_ message: String, line: Int? = nil) -> ConfigurationError {
      ConfigurationError([ConfigurationProblem(file: file, line: line, field: "", message: message)])
    }
    guard text.utf8.count <= Limits.fileBytes else { throw fail("larger than \(Limits.fileBytes) bytes") }
    var guardian = TOMLGuard(text)
    if let message = guardian.refusal() { throw fail("no TOML: \(message)", line: guardian.line) }
    let table: TOMLTable
    do {
      table = try TOMLTable(string: text)
    } catch let error as TOMLParseError {
      throw fail("no TOML: \(error.description)", line: error.source.begin.line)
    } catch {
      throw fail("no TOML")
    }
    guard let root = Self.convert(table, depth: 0) else { throw fail("nested deeper than \(Limits.depth) levels") }
    self.file = file
    self.root = root
    lines = LineIndex(text)
  }

  /// The line on which a field stands, or the nearest table around it.
  func line(of path: String) -> Int? { lines.line(of: path) }

  private static func convert(_ table: TOMLTable, depth: Int) -> [String: TOMLNode]? {
    guard depth < Limits.depth else { return nil }
    var result: [String: TOMLNode] = [:]
    for (key, value) in zip(table.keys, table.values) {
      guard let node = convert(value, depth: depth) else { return nil }
      result[key] = node
    }
    return result
  }

  private static func convert(_ value: TOMLValue, depth: Int) -> TOMLNode? {
    switch value.type {
    case .string: return .string(value.string ?? "")
    case .int: return value.int.map { .integer(Int64($0)) }
    case .bool: return value.bool.map { .boolean($0) }
    case .double: return .other("a fraction")
    case .date, .time, .dateTime: return .other("a date")
    case .table: return value.table.flatMap { convert($0, depth: depth + 1) }.map { .table($0) }
    case .array:
      guard let array = value.array, depth < Limits.depth else { return nil }
      var elements: [TOMLNode] = []
      for index in 0..<array.count {
        guard let node = convert(array[index].tomlValue, depth: depth + 1) else { return nil }
        elements.append(node)
      }
      return .array(elements)
    }
  }
}

/// Where fields stand in a TOML text. The parsing library does not say; headers and keys at the beginning of lines are
/// enough for a person to find the place.
struct LineIndex {
  private var lines: [String: Int] = [:]

  init(_ text: String) {
    var counts: [String: Int] = [:]
    var prefix = ""
    var number = 0
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      number += 1
      let trimmed = line.drop { $0 == " " || $0 == "\t" }
      if trimmed.hasPrefix("[[") {
        let name = Self.name(trimmed.dropFirst(2).prefix { $0 != "]" })
        prefix = "\(name)[\(counts[name, default: 0])]"
        counts[name, default: 0] += 1
        keep(prefix, number)
      } else if trimmed.hasPrefix("[") {
        prefix = Self.name(trimmed.dropFirst().prefix { $0 != "]" })
        keep(prefix, number)
      } else if let equals = trimmed.firstIndex(of: "="), !trimmed.hasPrefix("#") {
        let name = Self.name(trimmed[..<equals])
        keep(prefix.isEmpty ? name : "\(prefix).\(name)", number)
      }
    }
  }

  private mutating func keep(_ path: String, _ number: Int) {
    if lines[path] == nil { lines[path] = number }
  }

  private static func name(_ text: Substring) -> String { text.filter { $0 != " " && $0 != "\"" && $0 != "\t" } }

  func line(of path: String) -> Int? {
    var path = Substring(path)
    while !path.isEmpty {
      if let line = lines[String(path)] { return line }
      guard let end = path.lastIndex(where: { $0 == "." || $0 == "[" }) else { return nil }
      path = path[..<end]
    }
    return nil
  }
}
