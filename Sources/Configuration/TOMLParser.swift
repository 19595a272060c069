/// Why a text is no TOML.
package struct TOMLFault: Error, Equatable {
  package let line: Int
  package let message: String
}

/// A strict reader of TOML 1.0 (toml.io/en/v1.0.0): tables, lists of tables, dotted keys, all forms of texts and whole
/// numbers. Fractions and dates are recognised, and named for what they are; no field of ours is one.
///
/// Own code, not a library; why: docs/decisions/0002-toml-reader.md.
package struct TOMLParser {
  let bytes: [UInt8]
  var index = 0
  /// Line of the byte that is looked at, from 1.
  var line = 1
  /// Line on which each field and table stands, by its path (`lane[0].printer`).
  private(set) var lines: [String: Int] = [:]

  private let root = Table(.header)
  private var current: Table
  private var prefix = ""

  /// What a table was made by, which decides who may add to it.
  private enum Origin { case passing, header, dotted }

  private final class Table {
    var origin: Origin
    var items: [String: Item] = [:]
    init(_ origin: Origin) { self.origin = origin }
  }

  private enum Item {
    case value(TOMLNode)
    case table(Table)
    case list([Table])
  }

  private init(_ text: String) {
    bytes = Array(text.utf8)
    current = root
  }

  /// Reads a text: its fields, and on which line they stand.
  package static func parse(_ text: String) throws(TOMLFault) -> (root: [String: TOMLNode], lines: [String: Int]) {
    var parser = TOMLParser(text)
    while parser.skipBlank(lines: true) {
      if parser.peek() == UInt8(ascii: "[") { try parser.header() } else { try parser.field() }
      try parser.endOfLine()
    }
    if let byte = parser.peek() { throw parser.unexpected(byte) }
    return (nodes(parser.root), parser.lines)
  }

  private static func nodes(_ table: Table) -> [String: TOMLNode] {
    table.items.mapValues { item in
      switch item {
      case .value(let node): node
      case .table(let inner): .table(nodes(inner))
      case .list(let tables): .array(tables.map { .table(nodes($0)) })
      }
    }
  }

  // MARK: - bytes

  func peek(_ offset: Int = 0) -> UInt8? { index + offset < bytes.count ? bytes[index + offset] : nil }

  func fault(_ message: String) -> TOMLFault { TOMLFault(line: line, message: message) }

  func unexpected(_ byte: UInt8) -> TOMLFault {
    switch byte {
    case 0x21...0x7E: fault("'\(Character(Unicode.Scalar(byte)))' does not belong here")
    case 0x80...: fault("only texts and comments may hold characters beyond ASCII")
    default: fault("a control character")
    }
  }

  /// Takes a line end if one is here.
  mutating func takeLineEnd() -> Bool {
    let length = peek() == 0x0A ? 1 : peek() == 0x0D && peek(1) == 0x0A ? 2 : 0
    index += length
    line += length > 0 ? 1 : 0
    return length > 0
  }

  /// Passes spaces, tabs and comments by, and line ends too if asked. False at the end of the text or before a byte
  /// that no comment may hold.
  mutating func skipBlank(lines: Bool) -> Bool {
    while let byte = peek() {
      if byte == 0x20 || byte == 0x09 {
        index += 1
      } else if byte == UInt8(ascii: "#") {
        while let inside = peek(), inside != 0x0A, !(inside == 0x0D && peek(1) == 0x0A) {
          guard !Self.isControl(inside) else { return false }
          index += 1
        }
      } else if !(lines && takeLineEnd()) {
        return !Self.isControl(byte)
      }
    }
    return false
  }

  private mutating func endOfLine() throws(TOMLFault) {
    _ = skipBlank(lines: false)
    if let byte = peek(), !takeLineEnd() { throw unexpected(byte) }
  }

  static func isControl(_ byte: UInt8) -> Bool { (byte < 0x20 && byte != 0x09) || byte == 0x7F }

  // MARK: - keys

  /// A key: names joined by dots.
  mutating func key() throws(TOMLFault) -> [String] {
    var names: [String] = []
    while true {
      _ = skipBlank(lines: false)
      names.append(try name())
      guard names.count <= Limits.depth else { throw fault("nested deeper than \(Limits.depth) levels") }
      while peek() == 0x20 || peek() == 0x09 { index += 1 }
      guard peek() == UInt8(ascii: ".") else { return names }
      index += 1
    }
  }

  private mutating func name() throws(TOMLFault) -> String {
    guard let first = peek() else { throw fault("a name is missing") }
    if first == UInt8(ascii: "\"") || first == UInt8(ascii: "'") {
      guard !(peek(1) == first && peek(2) == first) else { throw fault("a name has one line") }
      return try text(first)
    }
    let start = index
    while let byte = peek(), Self.isNameByte(byte) { index += 1 }
    guard index > start else { throw unexpected(first) }
    return String(decoding: bytes[start..<index], as: UTF8.self)
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x5F: true
    default: false
    }
  }

  // MARK: - structure

  /// `[table]` or `[[list of tables]]`.
  private mutating func header() throws(TOMLFault) {
    let begun = line
    index += 1
    let isList = peek() == UInt8(ascii: "[")
    if isList { index += 1 }
    let names = try key()
    for _ in 0..<(isList ? 2 : 1) {
      guard peek() == UInt8(ascii: "]") else { throw fault("']' is missing") }
      index += 1
    }
    var table = root
    prefix = ""
    for name in names.dropLast() { table = try step(into: name, of: table, making: .passing) }
    guard let last = names.last else { return }
    current = isList ? try append(last, to: table) : try open(last, in: table)
    lines[prefix] = begun
  }

  /// Goes from a table into the one of that name (the newest of a list), which is made when it is not there.
  private mutating func step(into name: String, of table: Table, making origin: Origin) throws(TOMLFault) -> Table {
    prefix = Self.join(prefix, name)
    switch table.items[name] {
    case .table(let inner)?: return inner
    case .list(let tables)?:
      guard let newest = tables.last else { break }
      prefix += "[\(tables.count - 1)]"
      return newest
    case .value?: break
    case nil:
      let inner = Table(origin)
      table.items[name] = .table(inner)
      return inner
    }
    throw fault("\(prefix) is no table that can be added to")
  }

  private mutating func open(_ name: String, in table: Table) throws(TOMLFault) -> Table {
    let isNew = table.items[name] == nil
    if case .list? = table.items[name] { throw fault("\(Self.join(prefix, name)) is there already, as a list") }
    let inner = try step(into: name, of: table, making: .header)
    guard isNew || inner.origin == .passing else { throw fault("\(prefix) is there already") }
    inner.origin = .header
    return inner
  }

  private mutating func append(_ name: String, to table: Table) throws(TOMLFault) -> Table {
    prefix = Self.join(prefix, name)
    let inner = Table(.header)
    switch table.items[name] {
    case nil:
      table.items[name] = .list([inner])
      prefix += "[0]"
    case .list(let tables)?:
      table.items[name] = .list(tables + [inner])
      prefix += "[\(tables.count)]"
    case .table?, .value?: throw fault("\(prefix) is there already")
    }
    return inner
  }

  /// `key = value`.
  private mutating func field() throws(TOMLFault) {
    let begun = line
    let names = try key()
    guard peek() == UInt8(ascii: "=") else { throw fault("'=' is missing") }
    index += 1
    _ = skipBlank(lines: false)
    let value = try value(depth: names.count)
    let outer = prefix
    defer { prefix = outer }
    var table = current
    for name in names.dropLast() {
      table = try step(into: name, of: table, making: .dotted)
      guard table.origin == .dotted else { throw fault("\(prefix) is there already") }
    }
    guard let last = names.last else { return }
    let path = Self.join(prefix, last)
    guard table.items[last] == nil else { throw TOMLFault(line: begun, message: "\(path) is there already") }
    table.items[last] = .value(value)
    lines[path] = begun
  }

  private static func join(_ path: String, _ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }
}
