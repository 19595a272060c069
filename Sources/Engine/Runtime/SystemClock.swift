import CLinux
import Glibc
import Journal

/// Where the register gets its time from: the box's clocks, or those of a simulation.
package protocol Clocks: Sendable {
  /// Looks at all clocks. `newest` is the wall time of the newest record, in milliseconds.
  func read(newest: Int64, synchronised: Bool) -> Reading
  /// True when somebody keeps the wall clock right.
  func synchronised() -> Bool
  /// Monotonic nanoseconds, for deadlines only.
  func monotonic() -> UInt64
  /// Civil time of UTC milliseconds since 1970 in the zone set last.
  func local(milliseconds: Int64) -> LocalTime
  /// Takes a zone of the tz database; false when there is no such zone.
  func setZone(_ name: String) -> Bool
}

/// The three clocks of the box, read together once an input.
///
/// The wall clock is evidence, never order: it is not trusted while the kernel says "unsynchronised", when it lies
/// before the newest record of the journal, or before this program was built.
public struct SystemClock: Clocks, Sendable {
  /// Nothing can have happened before this: the first release of the journal format, 2026-01-01T00:00:00Z.
  public static let earliestPossible: Int64 = 1_767_225_600_000
  /// A wall clock may lie this far before the newest record without losing its trust (NTP slews backwards a little).
  public static let backwardTolerance: Int64 = 2_000

  public init() {}

  /// Reads the clocks. `newest` is the wall time of the newest record, in milliseconds.
  public func read(newest: Int64, synchronised: Bool) -> Reading {
    let wall = Self.nanoseconds(CLOCK_REALTIME) / 1_000_000
    let trusted = synchronised && Int64(wall) >= newest - Self.backwardTolerance && Int64(wall) >= Self.earliestPossible
    return Reading(
      wallMilliseconds: Int64(wall), bootNanoseconds: Self.nanoseconds(CLOCK_BOOTTIME),
      monotonicNanoseconds: Self.nanoseconds(CLOCK_MONOTONIC), trusted: trusted)
  }

  /// True when the kernel's wall clock is synchronised (adjtimex, STA_UNSYNC clear).
  public static func synchronised() -> Bool { counterfoil_clock_synchronised() == 1 }

  /// Monotonic nanoseconds, for deadlines only.
  public static func monotonic() -> UInt64 { nanoseconds(CLOCK_MONOTONIC) }

  package func synchronised() -> Bool { Self.synchronised() }
  package func monotonic() -> UInt64 { Self.monotonic() }
  package func local(milliseconds: Int64) -> LocalTime { .of(milliseconds: milliseconds) }
  package func setZone(_ name: String) -> Bool { LocalTime.setZone(name) }

  private static func nanoseconds(_ clock: clockid_t) -> UInt64 {
    var time = timespec()
    clock_gettime(clock, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }
}

/// Civil date and offset of a wall time in the box's zone.
public struct LocalTime: Sendable, Equatable {
  public var year: Int
  public var month: Int
  public var day: Int
  public var hour: Int
  public var minute: Int
  public var second: Int
  /// Minutes east of UTC.
  public var offsetMinutes: Int

  /// ISO 8601 date, for example `2026-03-01`.
  public var date: String { "\(year)-\(Self.two(month))-\(Self.two(day))" }
  /// ISO 8601 time of day to the second.
  public var time: String { "\(Self.two(hour)):\(Self.two(minute)):\(Self.two(second))" }

  static func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }

  static let epoch = LocalTime(year: 1970, month: 1, day: 1, hour: 0, minute: 0, second: 0, offsetMinutes: 0)

  package init(year: Int, month: Int, day: Int, hour: Int, minute: Int, second: Int, offsetMinutes: Int) {
    self.year = year
    self.month = month
    self.day = day
    self.hour = hour
    self.minute = minute
    self.second = second
    self.offsetMinutes = offsetMinutes
  }

  /// The civil time of `milliseconds` since 1970 in the zone that ``setZone(_:)`` set; UTC when the C library refuses.
  public static func of(milliseconds: Int64) -> LocalTime {
    var raw = counterfoil_local_time()
    let seconds = milliseconds >= 0 ? milliseconds / 1000 : (milliseconds - 999) / 1000
    guard civilTime(seconds, &raw) else { return epoch }
    return LocalTime(
      year: Int(raw.year), month: Int(raw.month), day: Int(raw.day), hour: Int(raw.hour), minute: Int(raw.minute),
      second: Int(raw.second), offsetMinutes: Int(raw.offset_minutes))
  }

  /// Sets the zone of the whole process (tz database name). Call before any thread starts. False when it cannot be set.
  public static func setZone(_ name: String) -> Bool { counterfoil_set_time_zone(name) == 0 }

  private static func civilTime(_ seconds: Int64, _ out: inout counterfoil_local_time) -> Bool {
    counterfoil_local_time(seconds, &out) == 0
  }
}

/// The kernel's random source.
public enum SystemRandom {
  /// Fills `buffer`. False when the kernel refuses, which a running Linux does not.
  public static func fill(_ buffer: UnsafeMutableRawBufferPointer) -> Bool {
    guard let base = buffer.baseAddress else { return true }
    return counterfoil_random(base, buffer.count) == 0
  }

  /// One random word.
  public static func word() -> UInt64 {
    var value: UInt64 = 0
    _ = withUnsafeMutableBytes(of: &value) { fill($0) }
    return value
  }

  /// Random words, asked for at once.
  public static func words(_ count: Int) -> [UInt64] {
    var values = [UInt64](repeating: 0, count: count)
    _ = values.withUnsafeMutableBytes { fill($0) }
    return values
  }
}
