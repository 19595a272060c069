import Glibc

/// A trap in the product ends the whole run; then at least the seeds are named that were running.
enum Crash {
  /// One place a job; a signal handler may read nothing that could be moving.
  nonisolated(unsafe) private static var seeds: UnsafeMutablePointer<UInt64>?
  nonisolated(unsafe) private static var count = 0

  static func tellSeeds(jobs: Int) {
    let places = UnsafeMutablePointer<UInt64>.allocate(capacity: jobs)
    places.initialize(repeating: .max, count: jobs)
    (seeds, count) = (places, jobs)
    for number in [SIGILL, SIGTRAP, SIGABRT, SIGSEGV, SIGBUS, SIGFPE] {
      signal(number) { number in
        Crash.tell()
        signal(number, SIG_DFL)
        raise(number)
      }
    }
  }

  static func runs(_ seed: UInt64?, job: Int) { seeds?[job] = seed ?? .max }

  private static func tell() {
    guard let seeds else { return }
    for job in 0..<count where seeds[job] != .max {
      write(2, "crashed while this ran: --seed ")
      var digits: (UInt8, UInt8) = (0, 0x0A)
      var divisor: UInt64 = 1
      while seeds[job] / divisor > 9 { divisor *= 10 }
      while divisor > 0 {
        digits.0 = 0x30 + UInt8(seeds[job] / divisor % 10)
        _ = Glibc.write(2, &digits.0, 1)
        divisor /= 10
      }
      _ = Glibc.write(2, &digits.1, 1)
    }
  }

  private static func write(_ descriptor: Int32, _ text: StaticString) {
    _ = Glibc.write(descriptor, text.utf8Start, text.utf8CodeUnitCount)
  }
}
