/// A TOML value.
package indirect enum TOMLNode: Sendable, Equatable {
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
  private let lines: [String: Int]

  /// Parses.
  init(text: String, file: String) throws(ConfigurationError) {
    func fail(_ message: String, line: Int? = nil) -> ConfigurationError {
      ConfigurationError([ConfigurationProblem(file: file, line: line, field: "", message: message)])
    }
    guard text.utf8.count <= Limits.fileBytes else { throw fail("larger than \(Limits.fileBytes) bytes") }
    do throws(TOMLFault) {
      (root, lines) = try TOMLParser.parse(text)
    } catch { throw fail("no TOML: \(error.message)", line: error.line) }
    self.file = file
  }

  /// The line on which a field stands, or the nearest table around it.
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
