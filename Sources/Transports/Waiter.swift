import CLinux
import Devices
import Glibc

/// `poll(2)` on one device's descriptor and on the bell by which other threads end the wait. No thread, no timer.
struct Waiter: ~Copyable, Sendable {
  struct Found {
    /// Events of the device's descriptor; 0 = none.
    var events: Int32 = 0
    /// The bell was rung, and is silent again.
    var woken = false
  }

  private let bell: OwnedDescriptor

  init() { bell = OwnedDescriptor(counterfoil_eventfd()) }

  /// Ends the present or next wait. Any thread.
  func wake() { _ = counterfoil_eventfd_signal(bell.raw) }

  /// Waits for `events` on `descriptor` (negative = only for the bell) until `deadline`; nil = for ever.
  func wait(
    on descriptor: Int32, events: Int32, deadline: Nanoseconds?, listening: Bool = true
  ) throws(TransportError) -> Found {
    while true {
      var set = [
        pollfd(fd: listening ? bell.raw : -1, events: Int16(POLLIN), revents: 0),
        pollfd(fd: descriptor, events: Int16(truncatingIfNeeded: events), revents: 0),
      ]
      let result = poll(&set, 2, Self.timeout(until: deadline))
      if result < 0 {
        guard errno == EINTR else { throw .system(code: errno, call: "poll") }
        continue
      }
      // A timeout longer than poll can count, or cut to whole milliseconds: look at the clock again.
      if result == 0, let deadline, MonotonicClock.now < deadline { continue }
      var found = Found()
      found.events = Int32(set[1].revents)
      if set[0].revents != 0 {
        _ = counterfoil_eventfd_clear(bell.raw)
        found.woken = true
      }
      return found
    }
  }

  private static func timeout(until deadline: Nanoseconds?) -> Int32 {
    guard let deadline else { return -1 }
    let now = MonotonicClock.now
    guard deadline > now else { return 0 }
    // Rounded up: a wait must never end before its deadline.
    let milliseconds = (deadline - now - 1) / Limits.nanosecondsPerMillisecond + 1
    return Int32(clamping: milliseconds)
  }
}

/// Reads and writes that know what the errors of devices mean.
enum DescriptorIO {
  /// Bytes that are there now; empty = none; throws `closed` at the end.
  static func read(_ descriptor: Int32, limit: Int, end: TransportCloseReason) throws(TransportError) -> [UInt8] {
    let size = min(limit, Limits.readSize)
    guard size > 0 else { return [] }
    var result = 0
    var failure: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      repeat {
        result = Glibc.read(descriptor, buffer.baseAddress, size)
        failure = errno
      } while result < 0 && failure == EINTR
      count = max(result, 0)
    }
    if result > 0 { return bytes }
    if result == 0 { throw .closed(end) }
    if failure == EAGAIN { return [] }
    throw error(failure, call: "read", end: end)
  }

  /// What an `errno` means for an open device.
  static func error(_ code: Int32, call: String, end: TransportCloseReason) -> TransportError {
    switch code {
    case ECONNRESET, EPIPE, ECONNABORTED: .closed(.reset)
    case ETIMEDOUT: .closed(.timedOut)
    case EHOSTUNREACH, ENETUNREACH, ENETDOWN, EHOSTDOWN: .closed(.timedOut)
    case EIO, ENODEV, ENXIO: .closed(end)
    default: .system(code: code, call: call)
    }
  }
}
