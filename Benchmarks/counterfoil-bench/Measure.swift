import Glibc

/// The command line was not understood.
struct Usage: Error {}

/// One reading of a clock, in nanoseconds.
func nanoseconds(_ clock: clockid_t = CLOCK_MONOTONIC) -> UInt64 {
  var time = timespec()
  clock_gettime(clock, &time)
  return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

/// Durations of one thing, repeated.
struct Samples {
  private var values: [UInt64] = []

  init() { values.reserveCapacity(1 << 20) }

  mutating func add(_ nanoseconds: UInt64) { values.append(nanoseconds) }

  var count: Int { values.count }
  var sum: UInt64 { values.reduce(0, +) }

  /// Microseconds below which the given share of the samples lies.
  func microseconds(at share: Double) -> Double {
    guard !values.isEmpty else { return 0 }
    let sorted = values.sorted()
    return Double(sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]) / 1000
  }
}
