import Glibc

/// Times for people, in the zone of the machine.
package enum Moment {
  /// `2026-11-21 09:30:05 +08:00` of UTC milliseconds: local time with its offset from UTC, so that it means one moment
  /// wherever it is read.
  package static func text(_ milliseconds: Int64) -> String {
    guard let parts = parts(milliseconds) else { return String(milliseconds) }
    return "\(date(parts)) \(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec)) \(offset(parts))"
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
  package static var now: Int64 {
    var clock = timespec()
    clock_gettime(CLOCK_REALTIME, &clock)
    return Int64(clock.tv_sec) * 1000 + Int64(clock.tv_nsec) / 1_000_000
  }

  private static func parts(_ milliseconds: Int64) -> tm? {
    var seconds = time_t(milliseconds / 1000)
    var parts = tm()
    return localtime_r(&seconds, &parts) == nil ? nil : parts
  }

  /// `+08:00` (ISO 8601).
  private static func offset(_ parts: tm) -> String {
    let minutes = Int32(clamping: abs(parts.tm_gmtoff) / 60)
    return (parts.tm_gmtoff < 0 ? "-" : "+") + two(minutes / 60) + ":" + two(minutes % 60)
  }

  private static func date(_ parts: tm) -> String {
    "\(Int(parts.tm_year) + 1900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday))"
  }

  private static func two(_ number: Int32) -> String {
    number < 10 ? "0\(number)" : String(number)
  }
}

/// How long ago something began, for people.
package enum Span {
  /// `12 s`, `5 min`, `3 h`, `2 d`.
  package static func text(_ since: Int64, now: Int64 = Moment.now) -> String {
    let seconds = max(0, (now - since) / 1000)
    switch seconds {
    case ..<60: return Command.text("\(seconds) s", "\(seconds) 秒")
    case ..<3600: return Command.text("\(seconds / 60) min", "\(seconds / 60) 分钟")
    case ..<172_800: return Command.text("\(seconds / 3600) h", "\(seconds / 3600) 小时")
    default: return Command.text("\(seconds / 86_400) d", "\(seconds / 86_400) 天")
    }
  }
}
