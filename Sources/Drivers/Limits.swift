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
  /// A job's time beyond what paper and bytes need. Field reports: 3 s cut receipts off, 8 s was enough.
  static let jobFloor = 8 * second
  /// How long a job that began waits for paper, a closed cover or a cleared error before it counts as unknown.
  static let blockedExtension = 180 * second
  /// Slowest line that a budget allows for: 9600 bits a second.
  static let slowestBytesPerSecond: Nanoseconds = 900
  /// For handing a short command to a connection.
  static let commandNanoseconds = 2 * second
  /// For an answer to a fence behind a drawer pulse.
  static let fenceNanoseconds = 3 * second
  /// For a drawer to reach its contact, and between two looks at it.
  static let drawerNanoseconds = second * 3 / 2
  static let drawerLook = 100 * millisecond
  /// First and longest pause between two looks at the unacknowledged bytes; the kernel has no event for their end.
  static let firstDrainLook = 2 * millisecond
  static let longestDrainLook = 200 * millisecond
  /// For the end of a connection after a job.
  static let closeNanoseconds = second
  /// Bytes handed over in one step.
  static let writeBytes = 4096
  /// Drawer orders that wait at once; later ones are not sent.
  static let waitingKicks = 8
  /// How long one waits for a printer that is at a job: longer than a receipt takes, shorter than a cashier waits.
  static let kickPatience = 15 * second
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
