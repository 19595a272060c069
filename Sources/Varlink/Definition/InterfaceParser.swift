extension VarlinkInterface {
  /// Reads a description (varlink.org, "Interface Definition"). Throws `.definition` with line and column.
  public init(parsing text: String) throws(VarlinkError) {
    var parser = InterfaceParser(text)
    self = try parser.parseInterface()
  }
}

/// Recursive descent over the text of one description.
struct InterfaceParser {
  private var lexer: InterfaceLexer
  private let text: String
  /// Types nest at most this deep.
  private static let depth = 32

  init(_ text: String) {
    self.text = text
    lexer = InterfaceLexer(text)
  }

  mutating func parseInterface() throws(VarlinkError) -> VarlinkInterface {
    let documentation = lexer.skipSpace()
    try lexer.expect(word: "interface")
    lexer.skipBlanks()
    let name = lexer.takeWhile { $0.isNameByte || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-") }
    guard Self.isInterfaceName(name) else { throw lexer.problem("\"\(name)\" is no reverse-domain interface name") }
    try lexer.expectLineEnd()
    var interface = VarlinkInterface(name: name, documentation: documentation, text: text)
    var names: Set<String> = []
    while true {
      let documentation = lexer.skipSpace()
      if lexer.atEnd { break }
      let keyword = lexer.takeWhile { $0.isNameByte }
      lexer.skipBlanks()
      let member = lexer.takeWhile { $0.isNameByte }
      guard Self.isMemberName(member) else {
        throw lexer.problem("\"\(keyword) \(member)\": a member is type, method or error and a capitalised name")
      }
      guard names.insert(member).inserted else { throw lexer.problem("\(member) is declared twice") }
      try parseMember(keyword, member, documentation, into: &interface)
      try lexer.expectLineEnd()
    }
    guard !names.isEmpty else { throw lexer.problem("an interface needs at least one member") }
    try checkReferences(of: interface)
    return interface
  }

  private mutating func parseMember(
    _ keyword: String, _ name: String, _ documentation: String, into interface: inout VarlinkInterface
  ) throws(VarlinkError) {
    lexer.skipSpace()
    switch keyword {
    case "type":
      let type = try parseStructureOrEnumeration(depth: 0)
      interface.types.append(.init(name: name, documentation: documentation, type: type))
    case "error":
      let fields = try parseStructure(depth: 0)
      interface.errors.append(.init(name: name, documentation: documentation, type: .structure(fields)))
    case "method":
      let parameters = try parseStructure(depth: 0)
      lexer.skipSpace()
      try lexer.expect("->")
      lexer.skipSpace()
      let reply = try parseStructure(depth: 0)
      interface.methods.append(
        .init(name: name, documentation: documentation, parameters: parameters, reply: reply))
    default: throw lexer.problem("\"\(keyword)\" is not type, method or error")
    }
  }

  private mutating func parseStructure(depth: Int) throws(VarlinkError) -> [VarlinkField] {
    guard case .structure(let fields) = try parseStructureOrEnumeration(depth: depth) else {
      throw lexer.problem("fields need a type: name: type")
    }
    return fields
  }

  private mutating func parseStructureOrEnumeration(depth: Int) throws(VarlinkError) -> VarlinkType {
    try lexer.expect("(")
    var documentation = lexer.skipSpace()
    if lexer.take(")") { return .structure([]) }
    var fields: [VarlinkField] = []
    var values: [String] = []
    var names: Set<String> = []
    repeat {
      if !names.isEmpty { documentation = lexer.skipSpace() }
      let name = lexer.takeWhile { $0.isNameByte }
      guard Self.isFieldName(name) else { throw lexer.problem("\"\(name)\" is no field name") }
      guard names.insert(name).inserted else { throw lexer.problem("\(name) stands twice") }
      lexer.skipSpace()
      if lexer.take(":") {
        lexer.skipSpace()
        let type = try parseType(depth: depth + 1)
        fields.append(VarlinkField(name: name, documentation: documentation, type: type))
      } else {
        values.append(name)
      }
      guard fields.isEmpty || values.isEmpty else {
        throw lexer.problem("either every entry has a type or none has one")
      }
      lexer.skipSpace()
    } while lexer.take(",")
    try lexer.expect(")")
    return fields.isEmpty ? .enumeration(values) : .structure(fields)
  }

  private mutating func parseType(depth: Int) throws(VarlinkError) -> VarlinkType {
    guard depth <= Self.depth else { throw lexer.problem("types nest too deep") }
    if lexer.take("?") {
      let type = try parseType(depth: depth + 1)
      if case .nullable = type { throw lexer.problem("?? means nothing") }
      return .nullable(type)
    }
    if lexer.take("[]") { return .array(try parseType(depth: depth + 1)) }
    if lexer.take("[string]") { return .dictionary(try parseType(depth: depth + 1)) }
    if lexer.peek == UInt8(ascii: "(") { return try parseStructureOrEnumeration(depth: depth + 1) }
    let name = lexer.takeWhile { $0.isNameByte }
    switch name {
    case "bool": return .bool
    case "int": return .int
    case "float": return .float
    case "string": return .string
    case "object": return .object
    default:
      guard Self.isMemberName(name) else { throw lexer.problem("\"\(name)\" is no type") }
      return .named(name)
    }
  }

  // MARK: Names

  private func checkReferences(of interface: VarlinkInterface) throws(VarlinkError) {
    let known = Set(interface.types.map(\.name))
    var pending = (interface.types + interface.errors).map(\.type)
    pending += interface.methods.map { .structure($0.parameters + $0.reply) }
    while let type = pending.popLast() {
      switch type {
      case .named(let name):
        guard known.contains(name) else { throw lexer.problem("type \(name) is used and not declared") }
      case .structure(let fields): pending += fields.map(\.type)
      case .array(let element), .dictionary(let element), .nullable(let element): pending.append(element)
      default: break
      }
    }
  }

  /// `[A-Za-z](-*[A-Za-z0-9])*(\.[A-Za-z0-9](-*[A-Za-z0-9])*)+`
  static func isInterfaceName(_ name: String) -> Bool {
    let parts = name.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard parts.count > 1, let first = name.utf8.first, first.isLetter else { return false }
    return parts.allSatisfy { part in
      guard let first = part.first, let last = part.last else { return false }
      return first.isAlphanumeric && last.isAlphanumeric
        && part.allSatisfy { $0.isAlphanumeric || $0 == UInt8(ascii: "-") }
    }
  }

  /// `[A-Z][A-Za-z0-9]*`
  static func isMemberName(_ name: String) -> Bool {
    guard let first = name.utf8.first, first.isLetter, first & 0x20 == 0 else { return false }
    return name.utf8.allSatisfy(\.isAlphanumeric)
  }

  /// `[A-Za-z](_?[A-Za-z0-9])*`
  static func isFieldName(_ name: String) -> Bool {
    guard let first = name.utf8.first, first.isLetter, name.utf8.last != UInt8(ascii: "_") else { return false }
    var previous: UInt8 = 0
    for byte in name.utf8 {
      if byte == UInt8(ascii: "_"), previous == byte { return false }
      previous = byte
    }
    return name.utf8.allSatisfy(\.isNameByte)
  }
}
