import Glibc
import Synchronization
import Testing
import Varlink

/// What peers that do not read, or do not finish their calls, may cost.
@Suite struct HeldBytesTests {
  private static let limit = 8 << 20

  private static func configuration(_ dropped: Dropped) -> VarlinkServer.Configuration {
    var configuration = VarlinkServer.Configuration()
    configuration.limits.heldBytes = limit
    configuration.observe = { if case .tooMuchHeld = $0 { dropped.count.withLock { $0 += 1 } } }
    return configuration
  }

  private final class Dropped: Sendable {
    let count = Mutex(0)
  }

  private static let big: VarlinkHandler = { _, reply in
    reply.reply {
      $0.raw([UInt8](#"{"text":""#.utf8) + [UInt8](repeating: 0x61, count: 3 << 20) + [UInt8](#""}"#.utf8))
    }
  }

  private func connect(_ service: TestService) throws -> Int32 {
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(service.path.utf8)) }
    let status = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    try #require(status == 0)
    var timeout = timeval(tv_sec: 10, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
    return descriptor
  }

  /// Reads until the peer closes; answers how much came.
  private func drain(_ descriptor: Int32) -> Int {
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    var all = 0
    while true {
      let count = read(descriptor, &buffer, buffer.count)
      if count <= 0 { return all }
      all += count
    }
  }

  /// Ten peers ask for 3 MiB each and do not read: two may be kept within 8 MiB. Who reads is answered as before.
  @Test func repliesThatNobodyReads() throws {
    let dropped = Dropped()
    let service = try TestService(Self.configuration(dropped), extra: ["Later": Self.big])
    defer { service.stop() }
    let call = CallMessage.write("org.example.test.Later", parameters: [UInt8](#"{"text":""}"#.utf8), mode: .once)
    let peers = try (0..<10).map { _ in try connect(service) }
    defer { for peer in peers { close(peer) } }
    for peer in peers { try #require(write(peer, call, call.count) == call.count) }
    var client = try service.client()
    #expect(try client.call("org.example.test.Later", [UInt8](#"{"text":""}"#.utf8)).count > 3 << 20)
    #expect(try client.call("org.example.test.Echo", [UInt8](#"{"text":"é"}"#.utf8)).count > 0)
    #expect((7...9).contains(dropped.count.withLock { $0 }))
  }

  /// Twenty peers send the beginning of a call each, just below the longest.
  @Test func callsThatNobodyFinishes() throws {
    let dropped = Dropped()
    let service = try TestService(Self.configuration(dropped))
    defer { service.stop() }
    let peers = try (0..<20).map { _ in try connect(service) }
    defer { for peer in peers { close(peer) } }
    let half = [UInt8](#"{"method":""#.utf8) + [UInt8](repeating: 0x61, count: (1 << 20) - 64)
    for peer in peers {
      var rest = half[...]
      while !rest.isEmpty {
        let count = rest.withUnsafeBytes { send(peer, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        if count <= 0 { break }
        rest = rest.dropFirst(count)
      }
    }
    var client = try service.client()
    #expect(try client.call("org.example.test.Echo", [UInt8](#"{"text":"é"}"#.utf8)).count > 0)
    #expect((11...14).contains(dropped.count.withLock { $0 }))
  }
}
