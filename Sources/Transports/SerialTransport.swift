import CLinux
import Devices
import Glibc

/// A serial line: RS-232, a USB device that looks like one, or a pseudo terminal.
///
/// Opened raw, without echo (an echoing line would send a scanner its own code back), exclusively, without modem control.
public final class SerialTransport: Transport, @unchecked Sendable {
  // Only `waiter` is used by more than one thread, and only its bell; the rest belongs to the device's thread.
  private let waiter = Waiter()
  private var terminal = OwnedDescriptor.none
  private var accepted = 0
  private var watch: PathWatch
  private var watching = false
  /// The last open, or a later look, found no such path; so if it is there now, it came in between.
  private var wasMissing = false
  /// The last open found the path and no line behind it, as while one is just coming or going. No event need follow.
  private var wasUnready = false

  private let path: String
  private let line: SerialLine
  public let name: String

  public init(path: String, line: SerialLine) {
    self.path = path
    self.line = line
    watch = PathWatch(path: path)
    name = "serial:" + path
  }

  deinit {
    if terminal.isOpen { counterfoil_serial_release(terminal.raw) }
  }

  public var now: Nanoseconds { MonotonicClock.now }
  public var isOpen: Bool { terminal.isOpen }
  public var acceptedBytes: Int { accepted }
  public func wake() { waiter.wake() }

  public func open(deadline: Nanoseconds) throws(TransportError) {
    guard !terminal.isOpen else { throw .notOpen }
    accepted = 0
    (wasMissing, wasUnready) = (false, false)
    var settings = counterfoil_serial_line()
    settings.speed = UInt32(clamping: line.speed)
    settings.data_bits = UInt8(clamping: line.dataBits)
    settings.stop_bits = UInt8(clamping: line.stopBits)
    switch line.parity {
    case .none: settings.parity = 0
    case .even: settings.parity = 1
    case .odd: settings.parity = 2
    }
    switch line.flow {
    case .none: settings.flow = 0
    case .rtscts: settings.flow = 1
    case .xonxoff: settings.flow = 2
    }
    let raw = counterfoil_serial_open(path, &settings)
    guard raw >= 0 else {
      let code = errno
      let error = Self.openError(code)
      wasMissing = code == ENOENT
      wasUnready = error == .absent && !wasMissing
      throw error
    }
    terminal = OwnedDescriptor(raw)
    watch.disarm()
    watching = false
  }

  private static func openError(_ code: Int32) -> TransportError {
    switch code {
    case ENOENT, ENOTDIR, ENXIO, ENODEV, EIO: .absent
    case EBUSY: .busy
    case EACCES, EPERM: .denied
    default: .system(code: code, call: "open")
    }
  }

  public func wait(
    for interest: TransportInterest, deadline: Nanoseconds?
  ) throws(TransportError) -> TransportReadiness {
    if !terminal.isOpen { return try waitClosed(for: interest, deadline: deadline) }
    var events: Int32 = 0
    if interest.contains(.readable) { events |= POLLIN }
    if interest.contains(.writable) { events |= Int32(POLLOUT) }
    let found = try waiter.wait(on: terminal.raw, events: events, deadline: deadline)
    var readiness: TransportReadiness = found.woken ? .woken : []
    if found.events & POLLIN != 0 { readiness.insert(.readable) }
    if found.events & Int32(POLLOUT) != 0 { readiness.insert(.writable) }
    let broken = Int32(POLLERR) | Int32(POLLHUP) | Int32(POLLNVAL)
    if found.events & broken != 0, !readiness.contains(.readable) {
      if found.woken { waiter.wake() }
      throw lost(.closed(.unplugged))
    }
    return readiness
  }

  private func waitClosed(
    for interest: TransportInterest, deadline: Nanoseconds?
  ) throws(TransportError) -> TransportReadiness {
    guard interest.contains(.presence) else {
      return try waiter.wait(on: -1, events: 0, deadline: deadline).woken ? .woken : []
    }
    var retry = wasUnready ? now &+ Limits.unreadyLineNanoseconds : nil
    while true {
      if !watching { watching = watch.arm() }
      // Looked at after arming, so that nothing comes unseen in between.
      if wasMissing, watch.exists {
        wasMissing = false
        return .presence
      }
      let next = [deadline, retry].compactMap(\.self).min()
      let found = try waiter.wait(on: watching ? watch.raw : -1, events: POLLIN, deadline: next)
      if found.events != 0 {
        watch.clear()
        // A directory may have come or gone: watch the deepest one anew.
        watching = false
        if watch.exists {
          wasMissing = false
          return found.woken ? [.presence, .woken] : .presence
        }
        // It may come back before the new watch stands, and then no event follows.
        wasMissing = true
      }
      if found.woken { return .woken }
      if let deadline, now >= deadline { return [] }
      if let due = retry, now >= due {
        if watch.exists { return .presence }
        retry = nil
      }
    }
  }

  private func lost(_ error: TransportError) -> TransportError {
    if terminal.isOpen { counterfoil_serial_release(terminal.raw) }
    terminal = .none
    return error
  }

  public func read(limit: Int) throws(TransportError) -> [UInt8] {
    guard terminal.isOpen else { throw .notOpen }
    do {
      return try DescriptorIO.read(terminal.raw, limit: limit, end: .unplugged)
    } catch {
      throw lost(error)
    }
  }

  public func write(_ bytes: ArraySlice<UInt8>) throws(TransportError) -> Int {
    guard terminal.isOpen else { throw .notOpen }
    guard !bytes.isEmpty else { return 0 }
    while true {
      let count = bytes.withUnsafeBytes { Glibc.write(terminal.raw, $0.baseAddress, $0.count) }
      if count >= 0 {
        accepted += count
        return count
      }
      if errno == EINTR { continue }
      if errno == EAGAIN { return 0 }
      throw lost(DescriptorIO.error(errno, call: "write", end: .unplugged))
    }
  }

  public func unacknowledgedBytes() -> Int? {
    guard terminal.isOpen else { return nil }
    let count = counterfoil_serial_unsent(terminal.raw)
    return count < 0 ? nil : Int(count)
  }

  @discardableResult public func close(deadline: Nanoseconds) -> [UInt8] {
    guard terminal.isOpen else { return [] }
    var last: [UInt8] = []
    while counterfoil_serial_unsent(terminal.raw) > 0, now < deadline {
      _ = try? waiter.wait(on: -1, events: 0, deadline: now &+ Limits.serialDrainStepNanoseconds, listening: false)
    }
    while last.count < Limits.closingReadSize,
      let part = try? DescriptorIO.read(terminal.raw, limit: Limits.readSize, end: .unplugged), !part.isEmpty
    {
      last += part
    }
    counterfoil_serial_release(terminal.raw)
    terminal = .none
    return last
  }
}
