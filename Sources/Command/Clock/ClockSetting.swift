import Glibc

/// Sets the clock of the box and the one that runs while it is off, through systemd-timedated, which knows both.
package struct ClockSetting {
  /// systemd-timedated takes a moment to see that a time service has stopped.
  private static let attempts = 20
  private static let pauseMicroseconds: UInt32 = 200_000
  /// A clock this far from what it was set to was set by somebody else.
  private static let tolerance: Int64 = 60_000
  /// The daemon believes no clock before: 2026-01-01T00:00:00Z.
  private static let earliest: Int64 = 1_767_225_600_000

  package let view: BoxView
  /// The clock, after it was set.
  package var read: () -> Int64 = { Moment.now }

  package init(_ view: BoxView) { self.view = view }

  /// `2026-11-21 10:00` or with seconds, in the zone of the machine, or in UTC, as UTC milliseconds; nil: no such time.
  package static func parse(_ words: String, isUTC: Bool = false) -> Int64? {
    let halves = words.split(whereSeparator: { $0 == " " || $0 == "T" })
    guard halves.count == 2 else { return nil }
    let day = numbers(halves[0], "-", [4, 2, 2])
    let time = numbers(halves[1], ":", [2, 2, 2]) ?? numbers(halves[1], ":", [2, 2]).map { $0 + [0] }
    guard let day, let time else { return nil }
    var parts = tm()
    (parts.tm_year, parts.tm_mon, parts.tm_mday) = (day[0] - 1900, day[1] - 1, day[2])
    (parts.tm_hour, parts.tm_min, parts.tm_sec, parts.tm_isdst) = (time[0], time[1], time[2], -1)
    let seconds = isUTC ? timegm(&parts) : mktime(&parts)
    // mktime makes 1 March of 30 February, and another hour of one that the change to summer time leaves out.
    let isSame =
      parts.tm_year == day[0] - 1900 && parts.tm_mon == day[1] - 1 && parts.tm_mday == day[2]
      && parts.tm_hour == time[0] && parts.tm_min == time[1] && parts.tm_sec == time[2]
    return isSame ? Int64(seconds) * 1000 : nil
  }

  private static func numbers(_ text: Substring, _ separator: Character, _ digits: [Int]) -> [Int32]? {
    let parts = text.split(separator: separator, omittingEmptySubsequences: false)
    guard parts.map({ $0.utf8.count }) == digits else { return nil }
    let numbers = parts.compactMap { part in part.utf8.allSatisfy { (48...57).contains($0) } ? Int32(part) : nil }
    return numbers.count == digits.count ? numbers : nil
  }

  /// Refuses what would make the journal doubtful: a time before its newest record, or one that nobody can compare.
  package func check(_ time: Int64, journal: Doctor.Journal, isForced: Bool) throws {
    guard time >= Self.earliest else {
      throw Failure.usage(text("a time before 2026 is never right", "早于 2026 年的时间一定不对"))
    }
    guard !isForced else { return }
    let force = text(
      "if it is right all the same: add --force --reason WHY; records until then say that the time is not trusted",
      "如果确实如此：加 --force --reason 原因；此前的记录会注明时间不可信")
    switch journal {
    case .missing: return
    case .unread(let why):
      throw Failure(
        "clockBehind", text("the newest record cannot be read: \(why)", "无法读取最新记录：\(why)"), advice: [force],
        exit: .refused)
    case .newest(let newest):
      guard time < newest.at else { return }
      throw Failure(
        "clockBehind",
        text(
          "\(Moment.text(time)) is before the newest record, of \(Moment.text(newest.at))",
          "\(Moment.text(time)) 早于最新记录（\(Moment.text(newest.at))）"), advice: [force], exit: .refused)
    }
  }

  /// Sets both clocks. A time service that runs is stopped for it and started again, also when it fails.
  package func set(_ time: Int64, reason: String?) throws {
    let before = read()
    let hadService = view.run(["timedatectl", "show", "--property=NTP", "--value"])?.output.hasPrefix("yes") ?? false
    if hadService { try run(["timedatectl", "set-ntp", "false"]) }
    defer { if hadService { _ = view.run(["timedatectl", "set-ntp", "true"]) } }
    try setTime(time, mayWait: hadService)
    let words = "clock set from \(before / 1000) to \(time / 1000) (seconds since 1970 UTC)"
    _ = view.run(["logger", "-t", "counterfoil", words + (reason.map { ": \($0)" } ?? "")])
    let now = read()
    guard abs(now - time) < Self.tolerance else {
      throw Failure(
        "clockNotSet", text("the clock says \(Moment.text(now)) now", "时钟现在是 \(Moment.text(now))"),
        advice: [ErrorTable.entry("clockNotSet")?.cure.text ?? ""], exit: .unavailable)
    }
  }

  private func setTime(_ time: Int64, mayWait: Bool) throws {
    var attempt = 0
    while true {
      do { return try run(["timedatectl", "set-time", Self.utc(time)]) } catch {
        attempt += 1
        guard mayWait, attempt < Self.attempts, "\(error)".contains("synchronization") else { throw error }
        usleep(Self.pauseMicroseconds)
      }
    }
  }

  private func run(_ words: [String]) throws {
    let result = view.run(words)
    guard result?.exit == 0 else {
      let said = result.map { $0.output.split(separator: "\n").first.map(String.init) ?? "\($0.exit)" }
      throw Failure(
        "clockNotSet", "\(words.joined(separator: " ")): \(said ?? text("there is no such program", "没有这个程序"))",
        advice: [ErrorTable.entry("clockNotSet")?.cure.text ?? ""], exit: .unavailable)
    }
  }

  /// `2026-11-21 02:00:00 UTC` (systemd.time(7)), so that the zone of the caller does not matter.
  private static func utc(_ milliseconds: Int64) -> String {
    var seconds = time_t(milliseconds / 1000)
    var parts = tm()
    gmtime_r(&seconds, &parts)
    func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : String(number) }
    return "\(parts.tm_year + 1900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday)) "
      + "\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec)) UTC"
  }
}
