import Devices

/// Every time and size of the drivers.
enum Limits {
  static let millisecond: Nanoseconds = 1_000_000
  static let second: Nanoseconds = 1_000_000_000

  /// For opening a device node.
  static let openNanoseconds = 2 * second
  /// A connection that held this long was a good one: the next failure starts the backoff anew.
  static let steadyNanoseconds = 10 * second
  /// First and longest pause between attempts to connect.
  static let firstBackoff = second / 4
  static let longestBackoff = 30 * second
  /// Bytes taken from a transport in one step.
  static let readBytes = 4096
}

/// Pauses between attempts: doubling, capped.
struct Backoff {
  private var pause = Limits.firstBackoff

  /// The pause to make now.
  mutating func next() -> Nanoseconds {
    defer { pause = min(pause &* 2, Limits.longestBackoff) }
    return pause
  }

  mutating func reset() { pause = Limits.firstBackoff }
}
