import Foundation
import Glibc
import JSON
import Synchronization
import Testing
import Varlink

/// A server that stops: open calls have a last answer, and nobody who does not read holds it up.
struct StopTests {
  private static let ending: @Sendable (VarlinkReply) -> Void = { reply in
    reply.replyError("org.example.test.Failed", Array(#"{"why":"stop"}"#.utf8))
  }

  private func connect(_ service: TestService) throws -> Int32 {
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    try #require(descriptor >= 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(service.path.utf8)) }
    let result = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    try #require(result == 0)
    return descriptor
  }

  private func send(_ descriptor: Int32, _ method: String, _ mode: VarlinkMode) throws {
    let call = CallMessage.write("org.example.test." + method, parameters: Array(#"{"text":""}"#.utf8), mode: mode)
    try #require(write(descriptor, call, call.count) == call.count)
  }

  private func readAll(_ descriptor: Int32) -> [UInt8] {
    var all: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = read(descriptor, &buffer, buffer.count)
      if count <= 0 { return all }
      all += buffer[..<count]
    }
  }

  @Test func anOpenCallHasItsLastAnswerAndNoCallIsBegunBehindIt() throws {
    let begun = Mutex(0)
    let kept = Mutex<[VarlinkReply]>([])
    let service = try TestService(extra: [
      "Watch": { _, reply in
        begun.withLock { $0 += 1 }
        kept.withLock { $0.append(reply) }
      }
    ])
    let peer = try connect(service)
    defer { close(peer) }
    // The second waits for the first's end.
    try send(peer, "Watch", .more)
    try send(peer, "Watch", .more)
    let deadline = Date().addingTimeInterval(10)
    while begun.withLock({ $0 }) == 0, Date() < deadline { usleep(1_000) }
    service.server.stop(ending: Self.ending)
    let said = String(decoding: readAll(peer), as: UTF8.self)
    #expect(said == #"{"error":"org.example.test.Failed","parameters":{"why":"stop"}}"# + "\0")
    #expect(begun.withLock { $0 } == 1)
  }

  @Test func whoReadsGetsAllAndWhoDoesNotHoldsNobodyUp() throws {
    let text = String(repeating: "x", count: 3 << 20)
    let answered = Mutex(0)
    let service = try TestService(extra: [
      "Later": { _, reply in
        reply.reply(Array(#"{"text":"\#(text)"}"#.utf8))
        answered.withLock { $0 += 1 }
      }
    ])
    let (reader, sleeper) = (try connect(service), try connect(service))
    defer {
      close(reader)
      close(sleeper)
    }
    try send(reader, "Later", .once)
    try send(sleeper, "Later", .once)
    let deadline = Date().addingTimeInterval(10)
    while answered.withLock({ $0 }) < 2, Date() < deadline { usleep(1_000) }
    let got = Mutex(0)
    let thread = Thread { [readAll] in
      let count = readAll(reader).count
      got.withLock { $0 = count }
    }
    thread.start()
    let start = Date()
    service.server.stop(ending: Self.ending)
    #expect(Date().timeIntervalSince(start) < 8)
    while got.withLock({ $0 }) == 0, Date() < deadline { usleep(1_000) }
    #expect(got.withLock { $0 } > text.utf8.count)
  }
}
