/// Failed proofs in a row; each makes the next try wait longer.
///
/// Counted by user and operator, not by connection: a new connection costs nothing, and a PIN has few digits. Bounded by
/// the users that have a role and the operators of the configuration; all names that nobody has are one.
struct ProofAttempts {
  struct Who: Hashable {
    let userID: UInt32
    /// Nil: no such operator.
    let `operator`: String?
  }

  private struct Failures {
    var count = 0
    /// Monotonic nanoseconds.
    var lockedUntil: UInt64 = 0
  }

  static let longestWaitSeconds: Int64 = 60
  private static let second: UInt64 = 1_000_000_000
  private var failures: [Who: Failures] = [:]

  /// Seconds to wait before the next try; nil: none.
  func wait(_ who: Who, now: UInt64) -> Int64? {
    guard let failed = failures[who], now < failed.lockedUntil else { return nil }
    return Int64((failed.lockedUntil - now) / Self.second) + 1
  }

  /// Counts a wrong proof; answers the seconds to wait.
  mutating func failed(_ who: Who, now: UInt64) -> Int64 {
    var failed = failures[who] ?? Failures()
    // Nothing is longer than the sixth doubling.
    failed.count = min(failed.count + 1, 6)
    let wait = min(Self.longestWaitSeconds, 1 << Int64(failed.count))
    failed.lockedUntil = now + UInt64(wait) * Self.second
    failures[who] = failed
    return wait
  }

  mutating func succeeded(_ who: Who) { failures[who] = nil }
}
