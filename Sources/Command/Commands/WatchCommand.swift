import ArgumentParser
import Interfaces

struct WatchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "watch", abstract: "Everything that happens, as it happens; ends with Ctrl-C.",
    discussion: """
      EXAMPLES
        counterfoil watch --topic sale --topic print
        counterfoil watch --json | jq .
      """)
  @OptionGroup var connection: Connection
  @Option(help: "Only these topics: sale, tender, shift, print, drawer, display, scan, device, system; several times.")
  var topic: [String] = []
  @Option(help: "Only this lane.") var lane: String?
  @Option(help: "Go on behind this cursor instead of showing the present state.") var after: String?

  func run() throws {
    let topics = try topic.map { name in
      guard let topic = Wire.Topic(rawValue: name) else {
        let all = Wire.Topic.allCases.map(\.rawValue).joined(separator: ", ")
        throw Failure.usage(text("--topic: no topic \(name); there are: ", "--topic：没有 \(name)；有：") + all)
      }
      return topic
    }
    var session = try connection.open()
    let input = SystemInterface.Watch.Input(topics: topics, lane: lane, after: after)
    try session.stream(Method.systemWatch.rawValue, input.bytes) { parameters in
      if connection.json {
        Terminal.writeLine(String(decoding: parameters, as: UTF8.self))
      } else if let output = try? SystemInterface.Watch.Output(parsing: parameters, tolerant: true) {
        for line in EventText.lines(output, Terminal.style) { Terminal.writeLine(line) }
      }
    }
  }
}
