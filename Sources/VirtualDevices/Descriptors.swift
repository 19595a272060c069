import CLinux
import Glibc

/// A file descriptor that is closed when nobody holds it any more.
final class Descriptor: Sendable {
  let raw: Int32
  init(_ raw: Int32) { self.raw = raw }
  deinit { close(raw) }
}

/// The clock of the virtual devices.
func monotonicNow() -> UInt64 {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
}

/// Why a virtual device could not begin.
public struct VirtualDeviceError: Error, Sendable, CustomStringConvertible {
  public let call: String
  public let code: Int32
  public var description: String { "\(call): \(String(cString: strerror(code)))" }

  static func last(_ call: String) -> Self { Self(call: call, code: errno) }
}

/// `poll` over some descriptors. Returns their events in the same order.
func pollDescriptors(_ wanted: [(descriptor: Int32, events: Int32)], until deadline: UInt64?) -> [Int32] {
  var set = wanted.map { pollfd(fd: $0.descriptor, events: Int16(truncatingIfNeeded: $0.events), revents: 0) }
  var timeout: Int32 = -1
  if let deadline {
    let now = monotonicNow()
    timeout = deadline > now ? Int32(clamping: (deadline - now - 1) / 1_000_000 + 1) : 0
  }
  guard poll(&set, nfds_t(set.count), timeout) > 0 else { return wanted.map { _ in 0 } }
  return set.map { Int32($0.revents) }
}

/// Bytes that are there now; nil = the end.
func readSome(_ descriptor: Int32, limit: Int) -> [UInt8]? {
  var result = 0
  var failure: Int32 = 0
  let bytes = [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
    result = read(descriptor, buffer.baseAddress, limit)
    failure = errno
    count = max(result, 0)
  }
  if result > 0 { return bytes }
  return result < 0 && (failure == EAGAIN || failure == EINTR) ? [] : nil
}

func setNonBlocking(_ descriptor: Int32) {
  _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
  _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
}
