import Devices
import Foundation
import Glibc
import Synchronization
import Testing
import Transports
import VirtualDevices

let second: UInt64 = 1_000_000_000

/// Network transport against real sockets of this machine.
struct TCPTransportTests {
  private func server(_ report: @escaping @Sendable (VirtualPrinterServer.Event) -> Void = { _ in }) throws
    -> VirtualPrinterServer
  {
    let server = try VirtualPrinterServer(report: report)
    server.start(VirtualPrinter.Build(profile: .init()))
    return server
  }

  @Test func writesAndReads() throws {
    let server = try server()
    defer { server.stop() }
    let transport = TCPTransport(host: "127.0.0.1", port: server.port)
    #expect(!transport.isOpen)
    try transport.open(deadline: transport.now + 5 * second)
    #expect(try transport.write([0x10, 0x04, 0x01]) == 3)
    #expect(transport.acceptedBytes == 3)
    #expect(try transport.wait(for: .readable, deadline: transport.now + 5 * second) == .readable)
    #expect(try transport.read(limit: 100) == [0x12])
    #expect(try transport.read(limit: 100).isEmpty)
    #expect(transport.unacknowledgedBytes() == 0)
    transport.close(deadline: transport.now + second)
    #expect(!transport.isOpen)
    #expect(throws: TransportError.notOpen) { try transport.write([1]) }
  }

  @Test func refusal() throws {
    // A port that nobody listens at any more.
    let server = try server()
    defer { server.stop() }
    let port = server.port
    server.perform(.power(false))
    let transport = TCPTransport(host: "127.0.0.1", port: port)
    let end = transport.now + 5 * second
    var outcome: TransportError?
    while transport.now < end, outcome == nil {
      do {
        try transport.open(deadline: end)
        transport.close(deadline: 0)
      } catch { outcome = error }
    }
    #expect(outcome == .refused)
  }

  @Test func deadlinesHold() throws {
    let server = try server()
    defer { server.stop() }
    let transport = TCPTransport(host: "127.0.0.1", port: server.port)
    try transport.open(deadline: transport.now + 5 * second)
    let before = transport.now
    #expect(try transport.wait(for: .readable, deadline: before + second / 20).isEmpty)
    #expect(transport.now - before >= second / 20)
    transport.close(deadline: 0)
    // Closed: only the bell or the time.
    let closed = transport.now
    #expect(try transport.wait(for: .readable, deadline: closed + second / 50).isEmpty)
  }

  @Test func wakeEndsAWaitOnce() throws {
    let transport = TCPTransport(host: "127.0.0.1", port: 1)
    transport.wake()
    transport.wake()
    #expect(try transport.wait(for: [], deadline: transport.now + 5 * second) == .woken)
    #expect(try transport.wait(for: [], deadline: transport.now + 1000).isEmpty)
  }

  @Test func resetIsTold() throws {
    let server = try server()
    defer { server.stop() }
    let transport = TCPTransport(host: "127.0.0.1", port: server.port)
    try transport.open(deadline: transport.now + 5 * second)
    // Answered: so the printer has this connection.
    _ = try transport.write([0x10, 0x04, 0x01])
    #expect(try transport.wait(for: .readable, deadline: transport.now + 5 * second) == .readable)
    server.perform(.drop)
    #expect(throws: TransportError.closed(.reset)) {
      let end = transport.now + 5 * second
      while transport.now < end {
        if try transport.wait(for: .readable, deadline: end).contains(.readable) { _ = try transport.read(limit: 10) }
      }
    }
    #expect(!transport.isOpen)
  }

  /// A printer that takes nothing: the kernel takes a bounded amount, the rest waits, and the count is exact.
  @Test func stallIsAccounted() throws {
    let sink = try Sink()
    let transport = TCPTransport(host: "127.0.0.1", port: sink.port)
    try transport.open(deadline: transport.now + 5 * second)
    let block = [UInt8](repeating: 0x20, count: 65_536)
    var full = false
    for _ in 0..<1000 where !full {
      if try transport.write(block[...]) == 0 {
        full = try !transport.wait(for: .writable, deadline: transport.now + second / 5).contains(.writable)
      }
    }
    #expect(full)
    #expect((transport.unacknowledgedBytes() ?? 0) > 0)
    let accepted = transport.acceptedBytes
    #expect(sink.drain(upTo: accepted) == accepted)
    transport.close(deadline: 0)
  }

  @Test func unreachableNumbers() {
    let transport = TCPTransport(host: "no number", port: 9100)
    #expect(throws: TransportError.unreachable) { try transport.open(deadline: transport.now + second) }
  }
}

/// Accepts one connection and reads only when asked.
private final class Sink {
  let port: UInt16
  private let listener: Int32

  init() throws {
    listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let descriptor = listener
    let result = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer -> Int32 in
        guard bind(descriptor, pointer, length) == 0, listen(descriptor, 1) == 0 else { return -1 }
        return getsockname(descriptor, pointer, &length)
      }
    }
    try #require(result == 0)
    port = UInt16(bigEndian: address.sin_port)
  }

  deinit { close(listener) }

  /// Reads until so many bytes came; returns how many did.
  func drain(upTo wanted: Int) -> Int {
    let connection = accept(listener, nil, nil)
    defer { close(connection) }
    var total = 0
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while total < wanted {
      let count = read(connection, &buffer, min(buffer.count, wanted - total))
      guard count > 0 else { break }
      total += count
    }
    return total
  }
}

/// Serial transport against pseudo terminals.
struct SerialTransportTests {
  private func folder() throws -> String {
    let path = NSTemporaryDirectory() + "counterfoil-tty-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    return path
  }

  @Test func readsWithoutEcho() throws {
    let scanner = try VirtualScanner()
    let path = try #require(scanner.path)
    let transport = SerialTransport(path: path, line: SerialLine(speed: 115_200))
    try transport.open(deadline: transport.now + second)
    #expect(scanner.send([0x36, 0x0D, 0x03, 0x11, 0x13]))
    #expect(try transport.wait(for: .readable, deadline: transport.now + 5 * second) == .readable)
    #expect(try transport.read(limit: 100) == [0x36, 0x0D, 0x03, 0x11, 0x13])
    #expect(try transport.write([0x41]) == 1)
    transport.close(deadline: transport.now + second)
  }

  @Test func secondUserIsKeptOut() throws {
    let scanner = try VirtualScanner()
    let path = try #require(scanner.path)
    let first = SerialTransport(path: path, line: SerialLine())
    try first.open(deadline: first.now + second)
    let other = SerialTransport(path: path, line: SerialLine())
    #expect(throws: TransportError.busy) { try other.open(deadline: other.now + second) }
    first.close(deadline: 0)
    try other.open(deadline: other.now + second)
    other.close(deadline: 0)
  }

  @Test func unplugIsTold() throws {
    let scanner = try VirtualScanner()
    let transport = SerialTransport(path: try #require(scanner.path), line: SerialLine())
    try transport.open(deadline: transport.now + second)
    scanner.unplug()
    #expect(throws: TransportError.closed(.unplugged)) {
      let end = transport.now + 5 * second
      while transport.now < end {
        if try transport.wait(for: .readable, deadline: end).contains(.readable) { _ = try transport.read(limit: 10) }
      }
    }
    #expect(!transport.isOpen)
  }

  /// The node's folder itself is missing at first, as /dev/counterfoil is before the first device comes.
  @Test func waitsForTheNodeAndItsFolder() throws {
    let folder = try folder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let link = folder + "/counterfoil/deep/scanner"
    let transport = SerialTransport(path: link, line: SerialLine())
    #expect(throws: TransportError.absent) { try transport.open(deadline: transport.now + second) }
    // Nothing there: the wait ends with its deadline only.
    #expect(try transport.wait(for: .presence, deadline: transport.now + second / 20).isEmpty)
    let maker = Thread {
      try? FileManager.default.createDirectory(atPath: folder + "/counterfoil", withIntermediateDirectories: false)
      try? FileManager.default.createDirectory(atPath: folder + "/counterfoil/deep", withIntermediateDirectories: false)
      made.withLock { $0 = try? VirtualScanner(link: link) }
    }
    maker.start()
    #expect(try transport.wait(for: .presence, deadline: transport.now + 10 * second) == .presence)
    try transport.open(deadline: transport.now + second)
    transport.close(deadline: 0)
    made.withLock { $0 = nil }
  }

  /// Plugged in again in the moment between the look at the path and the new watch: no event of it follows. A driver that
  /// pauses after a broken line would sleep out its pause, up to 30 s.
  @Test func aNodeThatCameBeforeTheNewWatchIsSeen() throws {
    let folder = try folder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let node = folder + "/scanner"
    let transport = SerialTransport(path: node, line: SerialLine())
    #expect(try transport.wait(for: .presence, deadline: transport.now).isEmpty)
    // Something else comes: the watch is to be made anew, which the next wait does.
    try #require(FileManager.default.createFile(atPath: folder + "/other", contents: nil))
    #expect(try transport.wait(for: .presence, deadline: transport.now).isEmpty)
    try #require(FileManager.default.createFile(atPath: node, contents: nil))
    #expect(try transport.wait(for: .presence, deadline: transport.now + 5 * second) == .presence)
  }

  /// A terminal that is still locked is there and cannot be opened; that it was unlocked is no event of its node.
  @Test func aNodeThatIsNotReadyIsTriedAgain() throws {
    // Terminals belong to the whole machine: a daemon of another test that waits for a scanner which is gone may take one
    // of the same number.
    for _ in 0..<7 {
      do { return try unlockedTerminalIsOpened() } catch TransportError.busy { continue }
    }
    try unlockedTerminalIsOpened()
  }

  private func unlockedTerminalIsOpened() throws {
    let master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
    defer { close(master) }
    var number: CInt = 0
    let askNumber: UInt = 0x8004_5430  // TIOCGPTN
    try #require(ioctl(master, askNumber, &number) == 0)
    let path = "/dev/pts/\(number)"
    let transport = SerialTransport(path: path, line: SerialLine())
    #expect(throws: TransportError.absent) { try transport.open(deadline: transport.now + second) }
    var locked: CInt = 0
    let setLock: UInt = 0x4004_5431  // TIOCSPTLCK
    #expect(ioctl(master, setLock, &locked) == 0)
    #expect(try transport.wait(for: .presence, deadline: transport.now + 5 * second) == .presence)
    try transport.open(deadline: transport.now + second)
    #expect(transport.isOpen)
    transport.close(deadline: transport.now)
  }

  @Test func wakeWhileAbsent() throws {
    let transport = SerialTransport(path: "/nonexistent/folder/tty", line: SerialLine())
    #expect(throws: TransportError.absent) { try transport.open(deadline: transport.now + second) }
    transport.wake()
    #expect(try transport.wait(for: .presence, deadline: nil) == .woken)
  }
}

private let made = Mutex<Made>(nil)
private typealias Made = VirtualScanner?
