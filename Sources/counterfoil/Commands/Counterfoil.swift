import ArgumentParser
import Configuration
import Glibc
import Interfaces
import JSON
import Varlink

@main
struct Counterfoil: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "counterfoil", abstract: "Looks after a point-of-sale box.",
    discussion: """
      EXAMPLES
        counterfoil                                  what the box does and waits for
        counterfoil init --config FILE               makes the journal and its key, once
        counterfoil shift open --operator 1001       opens the till
        counterfoil sale ring --line "Tea,350" --cash 500
        counterfoil journal verify                   checks the journal, also without the daemon
        counterfoil explain RevisionConflict         cause and cure of an error
      """,
    version: "0.1.0",
    subcommands: [
      StatusCommand.self, InitCommand.self, WatchCommand.self, SaleCommand.self, ShiftCommand.self,
      DevicesCommand.self, JournalCommand.self, CallCommand.self, IntrospectCommand.self, ExplainCommand.self,
    ], defaultSubcommand: StatusCommand.self)

  static func main() {
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch let failure as Failure {
      fail(failure)
    } catch {
      // The parser's own: help and version leave with 0, a wrong command line with 64.
      exit(withError: error)
    }
  }

  private static func fail(_ failure: Failure) -> Never {
    if CommandLine.arguments.contains("--json") {
      Terminal.writeLine(failure.json)
    } else {
      Terminal.writeError(failure.lines(Terminal.style).joined(separator: "\n") + "\n")
    }
    Glibc.exit(failure.exit.rawValue)
  }
}

/// Options of every command that talks with the daemon.
struct Connection: ParsableArguments {
  static let standard = "/run/counterfoil/control"

  @Option(
    help:
      "Socket of the daemon: a path or a Varlink address (default: the configuration's, else \(Connection.standard)).")
  var socket: String?

  @Option(help: "Configuration file, which names the socket and the journal.")
  var config: String?

  @Flag(help: "Output for programs.")
  var json = false

  var address: VarlinkAddress {
    get throws {
      let socket = try socket ?? file()?.control.socket ?? Connection.standard
      let text = socket.contains(":") ? socket : "unix:" + socket
      do { return try VarlinkAddress(text) } catch { throw Failure.usage("\(error)") }
    }
  }

  /// The configuration named on the command line.
  func file() throws -> DaemonConfiguration? {
    guard let config else { return nil }
    do { return try DaemonConfiguration(path: config) } catch {
      throw Failure("configuration", "\(error)", exit: .configuration)
    }
  }

  /// Calls and decodes.
  func call<M: WireMethod>(_ method: M.Type, _ input: M.Input, key: String? = nil) throws -> M.Output {
    let bytes = try raw(M.method.rawValue, input.bytes, key: key)
    do {
      return try M.Output(parsing: bytes, tolerant: true)
    } catch {
      throw Failure("protocol", "\(M.method.rawValue): \(error)", exit: .software)
    }
  }

  func raw(_ method: String, _ parameters: [UInt8], key: String? = nil) throws -> [UInt8] {
    let address = try address
    do {
      var client = try VarlinkClient(address)
      return try client.call(method, parameters)
    } catch {
      throw Failure(error, address: address, method: method, key: key)
    }
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

/// Idempotency key of a call that changes something.
struct KeyOption: ParsableArguments {
  @Option(help: "Idempotency key, 16 to 64 characters; give the one of an earlier call to ask for its outcome.")
  var key: String?

  /// The key given, or a new one.
  var value: String {
    key ?? "cli-" + String(UInt64.random(in: 0 ... .max), radix: 16) + String(UInt64.random(in: 0 ... .max), radix: 16)
  }
}

extension Int64 {
  /// Minor units as people write them; two decimals unless the currency has others.
  func money(_ exponent: Int = 2) -> String {
    guard exponent > 0 else { return String(self) }
    var digits = String(magnitude)
    while digits.count <= exponent { digits = "0" + digits }
    return (self < 0 ? "-" : "") + digits.dropLast(exponent) + "." + digits.suffix(exponent)
  }
}
