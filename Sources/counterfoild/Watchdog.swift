import Devices
import Engine
import Glibc
import Synchronization

/// Feeds the service manager's watchdog as long as the threads that have something to do get on with it.
///
/// Once in a third of the watch's time it looks at what the threads show of themselves, which wakes none of them, and sends
/// one turn through the event loop. A thread that stands still for the watch's time is named in the log and the watchdog is
/// not fed any more until it goes on; then the service manager ends the daemon and starts it anew.
final class Watchdog: Sendable {
  /// Looks in the watch's time.
  private static let looks: UInt64 = 3
  /// Nanoseconds between two looks at least, whatever was asked for.
  private static let shortestPause: Nanoseconds = 1_000_000
  /// The longest watch's time that is taken, microseconds: a day.
  private static let longest: UInt64 = 86_400_000_000

  /// The watch's time, nanoseconds.
  private let limit: Nanoseconds
  private let isEnding = Atomic<Bool>(false)
  private let sent = Atomic<UInt64>(0)
  private let answered = Atomic<UInt64>(0)

  private init(limit: Nanoseconds) { self.limit = limit }

  /// The watchdog that the service manager asks this process for (sd_watchdog_enabled(3)): `WATCHDOG_USEC`, and
  /// `WATCHDOG_PID` unless it is another's. Nil: none is asked for, and nothing wakes for one.
  static func fromEnvironment() -> Watchdog? {
    guard let text = getenv("WATCHDOG_USEC"), let microseconds = UInt64(String(cString: text)), microseconds > 0
    else { return nil }
    if let process = getenv("WATCHDOG_PID"), Int32(String(cString: process)) != getpid() { return nil }
    return Watchdog(limit: min(microseconds, longest) * 1_000)
  }

  /// Watches these threads and the event loop from now on, in a thread of its own.
  func start(_ threads: [WatchedThread], loop: @escaping @Sendable (@escaping @Sendable () -> Void) -> Void) {
    startThread("watchdog") { [self] in
      var watch = ThreadWatch(limit: limit)
      var standing: [String: Nanoseconds] = [:]
      while true {
        // At the end threads come to an end: how long that may take is the service manager's to say.
        let isEnding = isEnding.load(ordering: .relaxed)
        let looks = threads.map { ($0.name, $0.look()) } + [("event loop", self.look)]
        let wedged = isEnding ? [] : watch.judge(looks, now: SystemClock.monotonic())
        Self.tell(wedged, &standing)
        if wedged.isEmpty { Notify.send("WATCHDOG=1") }
        turn(loop)
        Self.sleep(max(limit / Self.looks, Self.shortestPause))
      }
    }
  }

  /// The daemon stops: threads that end are not wedged.
  func end() { isEnding.store(true, ordering: .relaxed) }

  /// Sends one turn through the event loop, unless the last one has not come back.
  private func turn(_ loop: (@escaping @Sendable () -> Void) -> Void) {
    guard !isEnding.load(ordering: .relaxed),
      sent.load(ordering: .relaxed) == answered.load(ordering: .relaxed)
    else { return }
    sent.wrappingAdd(1, ordering: .relaxed)
    loop { [self] in answered.wrappingAdd(1, ordering: .relaxed) }
  }

  private var look: WorkLook {
    let turns = answered.load(ordering: .relaxed)
    return WorkLook(steps: turns, owed: turns == sent.load(ordering: .relaxed) ? .nothing : .now)
  }

  /// One line when a thread stands still, one when it goes on.
  private static func tell(_ wedged: [ThreadWatch.Standstill], _ standing: inout [String: Nanoseconds]) {
    var now: [String: Nanoseconds] = [:]
    for thread in wedged {
      now[thread.name] = thread.nanoseconds
      guard standing[thread.name] == nil else { continue }
      log(.critical, "\(thread.name): no progress for \(words(thread.nanoseconds)): the watchdog is not fed")
    }
    for (name, last) in standing.sorted(by: { $0.key < $1.key }) where now[name] == nil {
      log(.warning, "\(name): goes on after \(words(last)) or more")
    }
    standing = now
  }

  private static func words(_ nanoseconds: Nanoseconds) -> String {
    let tenths = nanoseconds / 100_000_000
    return "\(tenths / 10).\(tenths % 10) s"
  }

  private static func sleep(_ nanoseconds: Nanoseconds) {
    let end = SystemClock.monotonic() + nanoseconds
    var time = timespec(tv_sec: Int(end / 1_000_000_000), tv_nsec: Int(end % 1_000_000_000))
    while clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, nil) == EINTR {}
  }
}
