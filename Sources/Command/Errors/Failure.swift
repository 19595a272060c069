import JSON

/// Exit codes of sysexits.h, so that scripts can tell what to do next.
package enum Sysexit: Int32, Sendable {
  case ok = 0
  /// No: a rule, a state, a missing thing, a proof that does not hold.
  case refused = 1
  /// The command line is wrong.
  case usage = 64
  /// The daemon does not run, or does not have the method.
  case unavailable = 69
  /// A fault of the software.
  case software = 70
  /// A file could not be read or written.
  case inputOutput = 74
  /// Later it may work; nothing was decided, or the outcome is unknown.
  case temporary = 75
  /// The caller may not.
  case permission = 77
  /// Something is configured wrongly.
  case configuration = 78
}

/// Why a command ends without success, for people and for programs.
package struct Failure: Error {
  /// Full error name of the protocol, or a code of our own; key of the error table.
  package var code: String
  /// What happened, one sentence.
  package var message: String
  /// What to do, a line each.
  package var advice: [String]
  /// Exit code.
  package var exit: Sysexit
  /// Parameters of a protocol error, a JSON object.
  package var parameters: [UInt8]?

  package init(
    _ code: String, _ message: String, advice: [String] = [], exit: Sysexit, parameters: [UInt8]? = nil
  ) {
    self.code = code
    self.message = message
    self.advice = advice
    self.exit = exit
    self.parameters = parameters
  }

  /// The command line is wrong in a way that only the values show.
  static func usage(_ message: String) -> Failure {
    Failure("usage", message, exit: .usage)
  }

  /// Standard output took not all of it.
  static func output(_ why: String) -> Failure {
    Failure(
      "output", Command.text("the output could not be written: \(why)", "输出无法写入：\(why)"),
      advice: [ErrorTable.entry("output")?.cure.text ?? ""], exit: .inputOutput)
  }

  /// Lines for a person.
  package func lines(_ style: Style) -> [String] {
    ["counterfoil: " + style(message, .bad)] + advice.map { "  " + $0 }
  }

  /// One line for a program.
  package var json: String {
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("error")
    writer.string(code)
    writer.key("exit")
    writer.integer(exit.rawValue)
    writer.key("message")
    writer.string(message)
    if let parameters {
      writer.key("parameters")
      writer.raw(parameters)
    }
    writer.endObject()
    return String(decoding: writer.bytes, as: UTF8.self)
  }
}
