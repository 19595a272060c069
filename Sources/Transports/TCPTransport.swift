import CLinux
import Devices
import Glibc

/// A connection to a network printer, port 9100 by custom.
///
/// Numbers as address only: see ``DeviceAddress/tcp(host:port:)``.
public final class TCPTransport: Transport, @unchecked Sendable {
  // Only `waiter` is used by more than one thread, and only its bell; the rest belongs to the device's thread.
  private let waiter = Waiter()
  private var socket = OwnedDescriptor.none
  private var accepted = 0

  private let host: String
  private let port: UInt16
  public let name: String

  public init(host: String, port: UInt16) {
    self.host = host
    self.port = port
    name = "tcp:" + DeviceAddress.tcp(host: host, port: port).stablePart
  }

  public var now: Nanoseconds { MonotonicClock.now }
  public var isOpen: Bool { socket.isOpen }
  public var acceptedBytes: Int { accepted }
  public func wake() { waiter.wake() }

  public func open(deadline: Nanoseconds) throws(TransportError) {
    guard !socket.isOpen else { throw .notOpen }
    accepted = 0
    var pending: Int32 = 0
    let raw = counterfoil_tcp_connect(host, port, Limits.userTimeoutMilliseconds, &pending)
    guard raw >= 0 else { throw Self.connectError(errno) }
    let candidate = OwnedDescriptor(raw)
    if pending != 0 {
      let found = try waiter.wait(on: candidate.raw, events: POLLOUT, deadline: deadline)
      guard found.events != 0 else { throw found.woken ? .interrupted : .timedOut }
      // A woken wait that also connected is a connection; the driver must still hear the bell.
      if found.woken { waiter.wake() }
      let failure = counterfoil_socket_error(candidate.raw)
      guard failure == 0 else { throw Self.connectError(failure) }
    }
    socket = candidate
  }

  private static func connectError(_ code: Int32) -> TransportError {
    switch code {
    case ECONNREFUSED, ECONNRESET: .refused
    case EHOSTUNREACH, ENETUNREACH, ENETDOWN, EHOSTDOWN, EADDRNOTAVAIL: .unreachable
    case ETIMEDOUT: .timedOut
    case EACCES, EPERM: .denied
    default: .system(code: code, call: "connect")
    }
  }

  public func wait(
    for interest: TransportInterest, deadline: Nanoseconds?
  ) throws(TransportError) -> TransportReadiness {
    var events: Int32 = 0
    if interest.contains(.readable) { events |= POLLIN }
    if interest.contains(.writable) { events |= Int32(POLLOUT) }
    let found = try waiter.wait(on: socket.raw, events: events, deadline: deadline)
    var readiness: TransportReadiness = found.woken ? .woken : []
    if found.events & POLLIN != 0 { readiness.insert(.readable) }
    if found.events & Int32(POLLOUT) != 0 { readiness.insert(.writable) }
    let broken = Int32(POLLERR) | Int32(POLLHUP) | Int32(POLLNVAL)
    if found.events & broken != 0, !readiness.contains(.readable) {
      if found.woken { waiter.wake() }
      let failure = counterfoil_socket_error(socket.raw)
      throw lost(failure == 0 ? .closed(.endOfStream) : DescriptorIO.error(failure, call: "poll", end: .reset))
    }
    return readiness
  }

  /// Lets go of a connection that is none any more.
  private func lost(_ error: TransportError) -> TransportError {
    socket = .none
    return error
  }

  public func read(limit: Int) throws(TransportError) -> [UInt8] {
    guard socket.isOpen else { throw .notOpen }
    do {
      return try DescriptorIO.read(socket.raw, limit: limit, end: .endOfStream)
    } catch {
      throw lost(error)
    }
  }

  public func write(_ bytes: ArraySlice<UInt8>) throws(TransportError) -> Int {
    guard socket.isOpen else { throw .notOpen }
    guard !bytes.isEmpty else { return 0 }
    while true {
      let count = bytes.withUnsafeBytes { send(socket.raw, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      if count >= 0 {
        accepted += count
        return count
      }
      if errno == EINTR { continue }
      if errno == EAGAIN { return 0 }
      throw lost(DescriptorIO.error(errno, call: "send", end: .reset))
    }
  }

  public func unacknowledgedBytes() -> Int? {
    guard socket.isOpen else { return nil }
    let count = counterfoil_unacknowledged(socket.raw)
    return count < 0 ? nil : Int(count)
  }

  /// Closing with unread bytes would send a reset, and a reset may throw away what the printer has not printed yet. So:
  /// say that nothing more comes, read until the printer says the same, then close. A ring of the bell ends the wait
  /// early once the printer's end has acknowledged everything.
  @discardableResult public func close(deadline: Nanoseconds) -> [UInt8] {
    guard socket.isOpen else { return [] }
    var last: [UInt8] = []
    var woken = false
    shutdown(socket.raw, Int32(SHUT_WR))
    while last.count < Limits.closingReadSize {
      guard let part = try? DescriptorIO.read(socket.raw, limit: Limits.readSize, end: .endOfStream) else { break }
      last += part
      if !part.isEmpty { continue }
      if woken, counterfoil_unacknowledged(socket.raw) <= 0 { break }
      guard
        let found = try? waiter.wait(on: socket.raw, events: POLLIN, deadline: deadline, listening: !woken),
        found.events != 0 || found.woken
      else { break }
      woken = woken || found.woken
    }
    if woken { waiter.wake() }
    socket = .none
    return last
  }
}
