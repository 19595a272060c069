import CLinux

/// Where a service listens: a path or a name of the abstract space.
public enum VarlinkAddress: Sendable, Hashable, CustomStringConvertible {
  case path(String)
  case abstract(String)

  /// Reads `unix:/path` or `unix:@name`; options after `;` are ignored. A bare absolute path is taken too.
  public init(_ text: String) throws(VarlinkError) {
    var rest = Substring(text)
    if rest.hasPrefix("unix:") {
      rest = rest.dropFirst(5)
    } else if !rest.hasPrefix("/") {
      throw .address(text)
    }
    rest = rest.prefix { $0 != ";" }
    let isAbstract = rest.hasPrefix("@")
    let name = String(isAbstract ? rest.dropFirst() : rest)
    guard !name.isEmpty, name.utf8.count <= CLINUX_UNIX_PATH_MAXIMUM, !name.utf8.contains(0) else {
      throw .address(text)
    }
    self = isAbstract ? .abstract(name) : .path(name)
  }

  /// The address as Varlink tools write it.
  public var description: String {
    switch self {
    case .path(let path): "unix:\(path)"
    case .abstract(let name): "unix:@\(name)"
    }
  }

  var name: String {
    switch self {
    case .path(let name), .abstract(let name): name
    }
  }

  var isAbstract: Bool {
    if case .abstract = self { true } else { false }
  }

  func bind(_ descriptor: Int32) throws(VarlinkError) {
    let status = clinux_unix_bind(descriptor, name, name.utf8.count, isAbstract ? 1 : 0)
    guard status == 0 else { throw .system(step: "bind", subject: description, number: -status) }
  }

  /// Answers 0 or the positive error number.
  func connect(_ descriptor: Int32) -> Int32 {
    -clinux_unix_connect(descriptor, name, name.utf8.count, isAbstract ? 1 : 0)
  }
}
