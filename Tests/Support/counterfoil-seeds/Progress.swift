import Glibc

/// How far a run is: one line that is written over on a terminal, a line now and then elsewhere.
struct Progress {
  private static let terminalSeconds: Int64 = 1
  private static let otherwiseSeconds: Int64 = 10

  private let total: UInt64
  private let isTerminal = isatty(2) == 1
  private let began = Progress.now
  private var told = Progress.now

  init(total: UInt64) { self.total = total }

  private static var now: Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec)
  }

  mutating func tell(done: UInt64, failed: Int) {
    let now = Self.now
    guard now - told >= (isTerminal ? Self.terminalSeconds : Self.otherwiseSeconds) else { return }
    told = now
    let left = done > 0 ? Int64(total - done) * (now - began) / Int64(done) : 0
    let line = "\(done) of \(total) seeds, \(failed) failed, \(left) s left"
    say(isTerminal ? "\r\u{1B}[K\(line)" : line, to: 2, endsLine: !isTerminal)
  }

  /// Takes the line away before the result is told.
  func end() { if isTerminal { say("\r\u{1B}[K", to: 2, endsLine: false) } }
}
