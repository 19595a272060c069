import ArgumentParser
import JSON

struct CallCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "call", abstract: "Calls any method of any Varlink service.",
    discussion: """
      EXAMPLES
        counterfoil call io.counterfoil.Sale.Get '{"stub":{"stub":"17"}}'
        counterfoil call io.counterfoil.System.Watch '{"topics":[]}' --more
        counterfoil call --socket unix:/run/systemd/io.systemd.Hostname io.systemd.Hostname.Describe
      """)
  @OptionGroup var connection: Connection
  @Argument(help: "Full method name.") var method: String
  @Argument(help: "Parameters, one JSON object.") var parameters = "{}"
  @Flag(help: "Take a stream of replies.") var more = false

  func run() throws {
    let bytes: [UInt8]
    do {
      let tree = try JSON(parsing: parameters)
      guard tree.object != nil else { throw Failure.usage(text("parameters: not a JSON object", "参数不是 JSON 对象")) }
      bytes = try tree.bytes()
    } catch let error as JSONError {
      throw Failure.usage(text("parameters are no JSON: \(error)", "参数不是 JSON：\(error)"))
    }
    var session = try connection.open(greeting: false)
    guard more else {
      Terminal.writeLine(String(decoding: try session.call(method, bytes), as: UTF8.self))
      return
    }
    try session.stream(method, bytes) { Terminal.writeLine(String(decoding: $0, as: UTF8.self)) }
  }
}

struct IntrospectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "introspect", abstract: "The interfaces of any Varlink service, or the text of one.",
    discussion: """
      EXAMPLES
        counterfoil introspect
        counterfoil introspect io.counterfoil.Sale
      """)
  @OptionGroup var connection: Connection
  @Argument(help: "Interface name.") var interface: String?

  func run() throws {
    var session = try connection.open(greeting: false)
    guard let interface else {
      let bytes = try session.call("org.varlink.service.GetInfo", [UInt8]("{}".utf8))
      guard !connection.json else { return Terminal.writeLine(String(decoding: bytes, as: UTF8.self)) }
      for name in (try? JSON(parsing: bytes))?["interfaces"]?.array ?? [] { Terminal.writeLine(name.string ?? "") }
      return
    }
    let parameters = (try? JSON.object([JSON.Member("interface", .string(interface))]).bytes()) ?? []
    let bytes = try session.call("org.varlink.service.GetInterfaceDescription", parameters)
    guard !connection.json else { return Terminal.writeLine(String(decoding: bytes, as: UTF8.self)) }
    Terminal.write((try? JSON(parsing: bytes))?["description"]?.string ?? "")
  }
}
