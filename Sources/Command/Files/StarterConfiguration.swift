import Configuration
import Glibc
import Money

/// A first `counterfoil.toml`: enough to sell on one lane, without devices.
package struct StarterConfiguration {
  /// What only a person can know.
  package struct Answers: Sendable {
    package var name: String
    package var shop: String
    package var till: String
    package var currency: String
    package var timeZone: String
    /// Folder for journal and index; nil: the daemon's standard.
    package var state: String?
    /// Who makes a box that no unit starts: it has a socket in `state`, and this user may do there what a supervisor may.
    package var maker: uid_t?

    package init(
      name: String, shop: String, till: String, currency: String, timeZone: String, state: String? = nil,
      maker: uid_t? = nil
    ) {
      self.name = name
      self.shop = shop
      self.till = till
      self.currency = currency
      self.timeZone = timeZone
      self.state = state
      self.maker = maker
    }
  }

  /// The file's text.
  package let text: String

  /// Checks the answers as the daemon would.
  package init(answers: Answers) throws {
    guard Currency(code: answers.currency) != nil else {
      throw Failure.usage(
        Command.text("\(answers.currency) is no ISO 4217 code", "\(answers.currency) 不是 ISO 4217 代码"))
    }
    let storage = answers.state.map { folder in
      """

      [storage]
      journal = \(Self.quoted(folder + "/journal"))
      index = \(Self.quoted(folder + "/index"))
      \(answers.maker == nil ? "" : Self.control(in: folder))
      """
    }
    text = """
      # The box. Every key with its meaning: /usr/share/doc/counterfoil/examples/counterfoil.toml

      [shop]
      name = \(Self.quoted(answers.name))
      shop = \(Self.quoted(answers.shop))
      till = \(Self.quoted(answers.till))
      currency = \(Self.quoted(answers.currency))
      time_zone = \(Self.quoted(answers.timeZone))
      \(storage ?? "")
      [[lane]]
      name = "lane-1"

      # Members of these groups may use the box; the package makes the groups.
      \(Self.roles)\(Self.role(of: answers.maker))
      """
    do { _ = try DaemonConfiguration(text: text, file: "counterfoil.toml") } catch {
      throw Failure.usage(error.problems.map { "\($0.field): \($0.message)" }.joined(separator: "\n"))
    }
  }

  /// The standard socket is for the service, and nobody else can make one there.
  private static func control(in folder: String) -> String {
    """

    [control]
    socket = \(quoted(folder + "/control"))
    runtime = \(quoted(folder + "/run"))

    """
  }

  private static var roles: String {
    ["cashier", "supervisor", "technician", "auditor"].map { role in
      """
      [[role]]
      role = "\(role)"
      groups = ["counterfoil-\(role)"]

      """
    }.joined(separator: "\n")
  }

  /// Root looks after a box; it needs no role for that and gets no other.
  private static func role(of maker: uid_t?) -> String {
    guard let maker, maker != 0 else { return "" }
    return """

      # Who made this box.
      [[role]]
      role = "supervisor"
      users = [\(maker)]

      """
  }

  /// Writes the file; one that is there is left alone.
  ///
  /// Hashes of PINs will be written into it, and a PIN is quickly guessed from its hash: the daemon's group reads it,
  /// others do not.
  func write(to path: String, group: gid_t? = nil) throws {
    if let slash = path.lastIndex(of: "/") { try Folders.make(String(path[..<slash]), mode: 0o755) }
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o640)
    guard descriptor >= 0 else { throw Folders.failure(path) }
    defer { close(descriptor) }
    let bytes = [UInt8](text.utf8)
    guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count, fsync(descriptor) == 0 else {
      throw Folders.failure(path)
    }
    if let group, fchown(descriptor, uid_t.max, group) != 0 { throw Folders.failure(path) }
  }

  /// A TOML basic string.
  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": result += "\\" + String(scalar)
      case "\u{0}"..."\u{1f}", "\u{7f}":
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
