import Glibc

/// Times for people, in the zone of the machine.
enum Moment {
  /// `2026-11-21 09:30:05` of UTC milliseconds.
  static func text(_ milliseconds: Int64) -> String {
    guard let parts = parts(milliseconds) else { return String(milliseconds) }
    return "\(date(parts)) \(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec))"
  }

  /// `2026-11-21`.
  static func day(_ milliseconds: Int64) -> String {
    parts(milliseconds).map(date) ?? ""
  }

  /// A clock of the kernel.
  static func nanoseconds(_ clock: clockid_t) -> UInt64 {
    var time = timespec()
    clock_gettime(clock, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }

  /// UTC milliseconds now.
  static var now: Int64 {
    var clock = timespec()
    clock_gettime(CLOCK_REALTIME, &clock)
    return Int64(clock.tv_sec) * 1000 + Int64(clock.tv_nsec) / 1_000_000
  }

  private static func parts(_ milliseconds: Int64) -> tm? {
    var seconds = time_t(milliseconds / 1000)
    var parts = tm()
    return localtime_r(&seconds, &parts) == nil ? nil : parts
  }

  private static func date(_ parts: tm) -> String {
    "\(Int(parts.tm_year) + 1900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday))"
  }

  private static func two(_ number: Int32) -> String {
    number < 10 ? "0\(number)" : String(number)
  }
}
