import ArgumentParser
import Interfaces

struct StatusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "What the box does, and what it waits for.",
    discussion: """
      Also without any command: counterfoil
      EXAMPLE: counterfoil status --json
      """)
  @OptionGroup var connection: Connection

  func run() throws {
    var session = try connection.open()
    let status = try session.call(SystemInterface.Status.self, .init())
    connection.show(status) { StatusText.lines(status, Terminal.style) }
  }
}
