import Engine
import Journal

/// Clocks that move when the simulation says so, in the zone UTC+8.
package final class SimulatedClocks: Clocks, @unchecked Sendable {
  private static let offsetMinutes = 480
  /// Monotonic nanoseconds; every look takes a microsecond.
  private(set) var nanoseconds: UInt64 = 1_000_000_000
  /// Wall clock minus monotonic clock, in milliseconds.
  var wallOffset: Int64 = 1_767_229_200_000
  var isSynchronised = true

  package init() {}

  package func advance(milliseconds: Int) { nanoseconds += UInt64(milliseconds) * 1_000_000 }

  package func advance(to time: UInt64) { nanoseconds = max(nanoseconds, time) }

  package func read(newest: Int64, synchronised: Bool) -> Reading {
    nanoseconds += 1_000
    let wall = wallOffset + Int64(nanoseconds / 1_000_000)
    return Reading(
      wallMilliseconds: wall, bootNanoseconds: nanoseconds, monotonicNanoseconds: nanoseconds,
      trusted: synchronised && wall >= newest - SystemClock.backwardTolerance)
  }

  package func synchronised() -> Bool { isSynchronised }
  package func monotonic() -> UInt64 { nanoseconds }
  package func setZone(_ name: String) -> Bool { true }

  /// Days to civil date after Howard Hinnant's `civil_from_days`.
  package func local(milliseconds: Int64) -> LocalTime {
    let seconds = milliseconds / 1000 + Int64(Self.offsetMinutes) * 60
    let days = seconds / 86_400 + 719_468
    let era = days / 146_097
    let dayOfEra = days % 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shifted = (5 * dayOfYear + 2) / 153
    let month = shifted < 10 ? shifted + 3 : shifted - 9
    let time = Int(seconds % 86_400)
    return LocalTime(
      year: Int(yearOfEra + era * 400 + (month <= 2 ? 1 : 0)), month: Int(month),
      day: Int(dayOfYear - (153 * shifted + 2) / 5 + 1), hour: time / 3600, minute: time / 60 % 60, second: time % 60,
      offsetMinutes: Self.offsetMinutes)
  }
}
