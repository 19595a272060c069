import Devices
import Synchronization
import Testing

/// Which threads are wedged, from looks at them.
struct ThreadWatchTests {
  private static let limit: Nanoseconds = 30
  private static let pause: Nanoseconds = 10

  /// Plays looks at one thread, one every 10 ns from 1,000 on; answers at which of them it is wedged, for how long.
  private func play(_ looks: [WorkLook]) -> [Int: Nanoseconds] {
    var watch = ThreadWatch(limit: Self.limit)
    var wedged: [Int: Nanoseconds] = [:]
    for (index, look) in looks.enumerated() {
      let now = 1_000 + Nanoseconds(index) * Self.pause
      for found in watch.judge([("it", look)], now: now) { wedged[index] = found.nanoseconds }
    }
    return wedged
  }

  @Test func workWithoutProgressIsAWedge() {
    let look = WorkLook(steps: 7, owed: .now)
    #expect(play(Array(repeating: look, count: 6)) == [3: 30, 4: 40, 5: 50])
  }

  @Test func progressIsNone() {
    #expect(play((0..<20).map { WorkLook(steps: UInt64($0 / 2), owed: .now) }).isEmpty)
  }

  @Test func nothingToDoIsNone() {
    let idle = WorkLook(steps: 7, owed: .nothing)
    #expect(play(Array(repeating: idle, count: 20)).isEmpty)
    // What it did before it slept does not count when work comes.
    let work = WorkLook(steps: 7, owed: .now)
    #expect(play([work, work, idle, work, work, work]).isEmpty)
    #expect(play([idle, idle, work, work, work, work]) == [5: 30])
  }

  @Test func itsOwnDeadlineIsObeyed() {
    // Until 1,050: late from then on, wedged 30 after.
    let look = WorkLook(steps: 7, owed: .after(1_050))
    #expect(play(Array(repeating: look, count: 10)) == [8: 30, 9: 40])
    let long = WorkLook(steps: 7, owed: .after(.max))
    #expect(play(Array(repeating: long, count: 50)).isEmpty)
  }

  @Test func whoRecoversIsForgiven() {
    let stuck = WorkLook(steps: 7, owed: .now)
    let on = WorkLook(steps: 8, owed: .now)
    #expect(play([stuck, stuck, stuck, stuck, on, on, on]) == [3: 30])
  }

  /// A process that was stopped, or a box that slept, had no time for anything.
  @Test func lateLooksBeginAnew() {
    var watch = ThreadWatch(limit: Self.limit)
    let look = WorkLook(steps: 7, owed: .now)
    #expect(watch.judge([("it", look)], now: 100).isEmpty)
    #expect(watch.judge([("it", look)], now: 130).isEmpty)
    #expect(watch.judge([("it", look)], now: 140).isEmpty)
    #expect(watch.judge([("it", look)], now: 150).isEmpty)
    #expect(watch.judge([("it", look)], now: 160).map(\.nanoseconds) == [30])
  }

  @Test func eachIsJudgedForItself() {
    var watch = ThreadWatch(limit: Self.limit)
    for step in 0..<3 as Range<UInt64> {
      let looks = [
        ("a", WorkLook(steps: step, owed: .now)), ("b", WorkLook(steps: 1, owed: .now)), ("c", WorkLook.idle),
      ]
      #expect(watch.judge(looks, now: 100 + step * 10).isEmpty)
    }
    let looks = [("a", WorkLook(steps: 9, owed: .now)), ("b", WorkLook(steps: 1, owed: .now)), ("c", .idle)]
    #expect(watch.judge(looks, now: 130).map(\.name) == ["b"])
  }

  // MARK: what a transport shows

  /// Answers with what its thread's look was in the middle of the call.
  private final class Seen: Transport {
    let looks = Mutex<[WorkLook]>([])
    let watched = Mutex<WatchedTransport?>(nil)
    let rings = Mutex(false)
    let name = "seen"
    let now: Nanoseconds = 500
    let isOpen = true
    let acceptedBytes = 0

    private func see() {
      guard let watched = watched.withLock({ $0 }) else { return }
      if rings.withLock({ $0 }) { watched.wake() }
      looks.withLock { $0.append(watched.look) }
    }

    func open(deadline: Nanoseconds) throws(TransportError) { see() }
    func wait(for interest: TransportInterest, deadline: Nanoseconds?) throws(TransportError) -> TransportReadiness {
      see()
      if deadline == 1 { throw .closed(.reset) }
      return []
    }
    func read(limit: Int) throws(TransportError) -> [UInt8] {
      see()
      return [1]
    }
    func write(_ bytes: ArraySlice<UInt8>) throws(TransportError) -> Int {
      see()
      return bytes.count
    }
    func unacknowledgedBytes() -> Int? { nil }
    func close(deadline: Nanoseconds) -> [UInt8] {
      see()
      return []
    }
    func wake() {}
  }

  @Test func aTransportShowsWhereItsThreadIs() throws {
    let seen = Seen()
    let watched = WatchedTransport(seen)
    seen.watched.withLock { $0 = watched }
    #expect(watched.look == .idle)
    watched.wake()
    #expect(watched.look == .idle)
    try watched.open(deadline: 900)
    #expect(watched.look.owed == .now)
    _ = try watched.wait(for: .readable, deadline: nil)
    _ = try watched.wait(for: .readable, deadline: 700)
    _ = try watched.read(limit: 1)
    _ = try watched.write([1])
    #expect(throws: TransportError.self) { _ = try watched.wait(for: .readable, deadline: 1) }
    watched.close(deadline: 800)
    #expect(
      seen.looks.withLock { $0.map(\.owed) }
        == [.after(900), .nothing, .after(700), .after(500), .after(500), .after(1), .after(800)])
    let steps = seen.looks.withLock { $0.map(\.steps) } + [watched.look.steps]
    #expect(steps == steps.sorted() && Set(steps).count == steps.count)
    #expect(watched.look.owed == .now)
  }

  @Test func aRingIsWorkForWhoWaits() throws {
    let seen = Seen()
    let watched = WatchedTransport(seen)
    seen.watched.withLock { $0 = watched }
    seen.rings.withLock { $0 = true }
    _ = try watched.wait(for: .readable, deadline: nil)
    _ = try watched.wait(for: .presence, deadline: 900)
    // These may go on until their own deadline.
    try watched.open(deadline: 900)
    watched.close(deadline: 900)
    #expect(seen.looks.withLock { $0.map(\.owed) } == [.now, .now, .after(900), .after(900)])
    // A ring of the past is none of the next wait.
    seen.rings.withLock { $0 = false }
    _ = try watched.wait(for: .readable, deadline: nil)
    #expect(seen.looks.withLock { $0.last?.owed } == .nothing)
  }
}
