import ArgumentParser
import Interfaces

struct StatusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "What the box does, and what it waits for.",
    discussion: """
      Also without any command: counterfoil
      With --print it comes on paper, as CF:STATUS before a scanner does.
      EXAMPLE: counterfoil status --json
      EXAMPLE: counterfoil status --print
      """)
  @OptionGroup var connection: Connection
  @OptionGroup var slip: SlipOption

  func run() throws {
    var session = try connection.open()
    if slip.isWanted { return try slip.print(.status, connection, &session) }
    let status = try session.call(SystemInterface.Status.self, .init())
    connection.show(status) { StatusText.lines(status, Terminal.style) }
  }
}
