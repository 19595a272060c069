import Foundation
import Interfaces
import JSON
import Synchronization
import Varlink

/// A daemon that answers what a test wants.
final class FakeBox: Sendable {
  let socket: String
  private let server: VarlinkServer
  private let received = Calls()

  /// What came in, in order.
  var calls: [(method: String, parameters: String)] { received.all }

  /// `answer`: the bytes of a reply, an error, or nil for MethodNotImplemented.
  init(
    in folder: URL, _ answer: @escaping @Sendable (Method, [UInt8]) throws(SystemError) -> [UInt8]?
  ) throws {
    socket = folder.appending(path: "control").path()
    let calls = received
    var service = try VarlinkService(vendor: "Counterfoil", product: "fake", version: "0", url: "https://example.org")
    for (interface, text) in InterfaceText.all {
      var handlers: [String: VarlinkHandler] = [:]
      for method in Method.allCases where method.interface == interface {
        handlers[String(method.rawValue.dropFirst(interface.count + 1))] = { call, reply in
          let bytes = [UInt8](call.parameters)
          calls.add(method.rawValue, bytes)
          do throws(SystemError) {
            guard let answer = try answer(method, bytes) else {
              reply.methodNotImplemented(method.rawValue)
              return
            }
            reply.reply(answer)
          } catch {
            reply.replyError(error.name) { error.write(to: &$0) }
          }
        }
      }
      try service.add(text, methods: handlers)
    }
    server = VarlinkServer(service)
    try server.listen(on: ListeningSocket.bind(.path(socket)))
  }

  func stop() { server.stop() }

  /// The calls that came in.
  final class Calls: Sendable {
    private let list = Mutex<[(method: String, parameters: String)]>([])
    var all: [(method: String, parameters: String)] { list.withLock { $0 } }

    func add(_ method: String, _ parameters: [UInt8]) {
      list.withLock { $0.append((method, String(decoding: parameters, as: UTF8.self))) }
    }
  }
}
