import Glibc

/// A file descriptor that is closed when nobody holds it any more.
struct OwnedDescriptor: ~Copyable {
  /// Negative = none.
  let raw: Int32

  init(_ raw: Int32) { self.raw = raw }

  /// No descriptor.
  static var none: OwnedDescriptor { OwnedDescriptor(-1) }

  var isOpen: Bool { raw >= 0 }

  deinit {
    if raw >= 0 { Glibc.close(raw) }
  }
}

/// The clock of every real transport.
enum MonotonicClock {
  static var now: UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
  }
}
