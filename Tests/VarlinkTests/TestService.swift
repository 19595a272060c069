import Glibc
import JSON
import Varlink

/// A server on a fresh path with a few methods, and ways to reach it.
final class TestService: Sendable {
  static let description = """
    # For tests.
    interface org.example.test

    # Answers what it was given.
    method Echo(text: ?string, number: ?int) -> (text: ?string, number: ?int)

    # Answers from another thread, through the event loop.
    method Later(text: string) -> (text: string)

    # Streams until the peer leaves.
    method Watch() -> (text: string)

    # Declared only.
    method Missing() -> ()

    error Failed (why: string)

    """

  let path: String
  let server: VarlinkServer

  init(_ configuration: VarlinkServer.Configuration = .init(), extra: [String: VarlinkHandler] = [:]) throws {
    path = Self.freshPath()
    var service = try VarlinkService(vendor: "Example", product: "Test", version: "1", url: "https://example.org")
    var handlers: [String: VarlinkHandler] = ["Echo": { call, reply in reply.reply(call.parameters) }]
    handlers.merge(extra) { $1 }
    try service.add(Self.description, methods: handlers)
    server = VarlinkServer(service, configuration: configuration)
    try server.listen(on: .bind(.path(path)))
  }

  static func freshPath() -> String {
    "/tmp/varlink-test-\(getpid())-\(UInt32.random(in: 0 ... .max)).sock"
  }

  var address: VarlinkAddress { .path(path) }

  func client() throws -> VarlinkClient {
    try VarlinkClient(address, timeout: .seconds(10))
  }

  func stop() {
    server.stop()
  }
}
