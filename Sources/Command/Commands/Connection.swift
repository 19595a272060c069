import ArgumentParser
import Configuration
import Glibc
import Interfaces
import Journal
import Varlink

/// Options of every command that talks with the daemon.
struct Connection: ParsableArguments {
  @Option(help: "Socket of the daemon, a path or a Varlink address. Default: as the configuration says.")
  var socket: String?

  @Option(help: ArgumentHelp("Configuration of the box.", valueName: "file"))
  var config = Connection.standardConfiguration

  @Flag(help: "Output for programs, one JSON object a line.")
  var json = false

  static let standardConfiguration = "/etc/counterfoil/counterfoil.toml"

  /// The configuration; its defaults when the standard file is not there or not for this user.
  func settings() throws -> DaemonConfiguration {
    if config == Self.standardConfiguration, access(config, R_OK) != 0 { return DaemonConfiguration() }
    do { return try DaemonConfiguration(path: config) } catch {
      throw Failure("configuration", "\(error)", exit: .configuration)
    }
  }

  /// Where the daemon listens.
  func address() throws -> VarlinkAddress {
    let text = try socket ?? settings().control.socket
    do { return try VarlinkAddress(text.hasPrefix("unix:") ? text : "unix:" + text) } catch {
      throw Failure.usage("--socket: \(error)")
    }
  }

  /// Connects. With `greeting`, says who is there, which sets the language of texts and tells the currency.
  func open(greeting: Bool = true, lane: String? = nil) throws -> Session {
    var session = try Session(address())
    if greeting { try session.greet(lane: lane) }
    return session
  }

  /// Prints a reply for programs, or what `lines` makes of it for people.
  func show(_ message: some WireMessage, _ lines: () -> [String]) {
    if json {
      Terminal.writeLine(String(decoding: message.bytes, as: UTF8.self))
    } else {
      for line in lines() { Terminal.writeLine(line) }
    }
  }
}

/// One connection with the daemon.
struct Session: ~Copyable {
  private var client: VarlinkClient
  private let address: VarlinkAddress
  /// Amounts as the box writes them.
  private(set) var money = AmountText(currency: nil)
  /// What the box says of who calls, once greeted.
  private(set) var role: Wire.Role?
  private(set) var lanes: [String] = []

  init(_ address: VarlinkAddress) throws {
    self.address = address
    do { client = try VarlinkClient(address) } catch { throw Failure(error, address: address, method: "connect") }
  }

  mutating func greet(lane: String?) throws {
    let hello = try call(
      SystemInterface.Hello.self,
      .init(application: "counterfoil", version: Product.version, language: Language.current.rawValue, lane: lane))
    money = AmountText(
      currency: hello.currency,
      whyNone: hello.mode == .selling ? nil : .notSelling(mode: hello.mode, reasons: hello.reasons))
    role = hello.role
    lanes = hello.lanes.map(\.name)
  }

  /// Calls and decodes. `key` is named when the outcome stays unknown.
  mutating func call<M: WireMethod>(_ method: M.Type, _ input: M.Input, key: String? = nil) throws -> M.Output {
    let bytes = try call(M.method.rawValue, input.bytes, key: key)
    do { return try M.Output(parsing: bytes, tolerant: true) } catch {
      throw Failure("protocol", "\(M.method.rawValue): \(error)", exit: .software)
    }
  }

  /// Calls; with `wait` goes on until the print job or drawer order of the answer is over. Gives the last reply.
  mutating func follow<M: WireMethod>(
    _ method: M.Type, _ input: M.Input, key: String, wait: Bool, each: (M.Output) -> Void = { _ in }
  ) throws -> M.Output {
    guard wait else { return try call(method, input, key: key) }
    var last: M.Output?
    var broken: (any Error)?
    try stream(M.method.rawValue, input.bytes, key: key) { bytes in
      do {
        let output = try M.Output(parsing: bytes, tolerant: true)
        each(output)
        last = output
      } catch { broken = error }
    }
    guard let last, broken == nil else {
      throw Failure("protocol", "\(M.method.rawValue): \(broken.map { "\($0)" } ?? "no reply")", exit: .software)
    }
    return last
  }

  mutating func call(_ method: String, _ parameters: [UInt8], key: String? = nil) throws -> [UInt8] {
    do { return try client.call(method, parameters) } catch {
      throw Failure(error, address: address, method: method, key: key, money: money)
    }
  }

  /// Calls with `more`; ends when the service ends it.
  mutating func stream(
    _ method: String, _ parameters: [UInt8], key: String? = nil, _ each: ([UInt8]) -> Void
  ) throws {
    try replies(method, parameters, key: key) { reply in
      each(reply)
      return true
    }
  }

  /// Calls with `more`; hands every answer to `each`, until the service ends it or `each` answers false.
  mutating func watch<M: WireMethod>(
    _ method: M.Type, _ input: M.Input, key: String, _ each: (M.Output) -> Bool
  ) throws {
    var broken: (any Error)?
    try replies(M.method.rawValue, input.bytes, key: key) { bytes in
      do { return each(try M.Output(parsing: bytes, tolerant: true)) } catch {
        broken = error
        return false
      }
    }
    if let broken { throw Failure("protocol", "\(M.method.rawValue): \(broken)", exit: .software) }
  }

  private mutating func replies(
    _ method: String, _ parameters: [UInt8], key: String?, _ goesOn: ([UInt8]) -> Bool
  ) throws {
    Terminal.endWithReader()
    do {
      try client.callMore(method, parameters) { reply, _ in goesOn(reply) }
    } catch { throw Failure(error, address: address, method: method, key: key, money: money) }
  }
}

/// Idempotency key of a call that changes something.
struct KeyOption: ParsableArguments {
  @Option(
    name: .customLong("key"),
    help: "Idempotency key, 16 to 64 characters. Give the key of an earlier call to learn its outcome.")
  var given: String?

  /// The key given, or a new one.
  func make() -> String {
    given ?? Self.random()
  }

  /// The key of a further call of the same command: always the same for the same `key`, and never longer than a key
  /// may be.
  static func step(_ name: String, of key: String) -> String {
    let longest = 64
    let plain = key + "." + name
    return plain.utf8.count <= longest ? plain : Hex.encode(SHA256.hash([UInt8](plain.utf8)).bytes)
  }

  /// A new key.
  static func random() -> String {
    "cli-" + (0..<2).map { _ in String(UInt64.random(in: 0 ... .max), radix: 16) }.joined()
  }
}

extension Failure {
  /// A copy that could not be made: which side failed, where.
  init(_ error: SalvageError) {
    self.init(error.error)
    switch error.side {
    case .journal: message = text("the journal in \(error.folder): ", "\(error.folder) 中的账本：") + message
    case .copy:
      if case .file(let file) = error.error {
        message = file.what
        if file.isDenied { exit = .permission }
      }
      message = text("the copy in \(error.folder): ", "\(error.folder) 中的副本：") + message
    }
  }

  /// The same with words before its message.
  func leading(_ words: String) -> Failure {
    var failure = self
    failure.message = words + message
    return failure
  }

  /// A journal that could not be read or made.
  init(_ error: JournalError) {
    let (code, exit): (String, Sysexit) =
      switch error {
      case .file, .segmentFull: ("journalFile", .inputOutput)
      case .poisoned: ("journalPoisoned", .inputOutput)
      case .locked: ("journalLocked", .temporary)
      case .notFound: ("journalMissing", .configuration)
      case .alreadyExists: ("journalExists", .configuration)
      case .unsupported: ("journalUnsupported", .configuration)
      case .corrupt: ("journalDamaged", .inputOutput)
      case .rolledBack: ("journalRolledBack", .inputOutput)
      case .forked: ("journalForked", .inputOutput)
      case .foreign: ("journalForeign", .configuration)
      case .archived: (ErrorTable.system + "Archived", .inputOutput)
      case .noSuchRecord: (ErrorTable.system + "NoSuchRecord", .refused)
      default: ("journalFile", .software)
      }
    // The journal describes itself in English; elsewhere that is a line of its own behind the table's words.
    let entry = ErrorTable.entry(code)
    self.init(
      code, text("\(error)", entry?.cause.chinese ?? "\(error)"),
      advice: text([], (entry.map { [$0.cure.chinese] } ?? []) + ["\(error)"]), exit: exit)
    // The daemon's own files are for it and root: nothing is wrong with them when another user may not.
    if case .file(let file) = error, file.isDenied, geteuid() != 0 {
      message = text(file.what, "没有权限：\(file.what)")
      advice = [text("run the same with sudo", "请用 sudo 运行同一命令")]
      self.exit = .permission
    }
  }
}
