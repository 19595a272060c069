import Devices
import Engine
import Interfaces
import JSON
import Till
import Varlink

/// The newest happenings with their places in this run's stream.
struct EventRing {
  /// Events kept for a watcher that comes back, at least; at most twice as many.
  static let kept = 2_048
  /// Bytes of their data kept at most, whatever their number: all that is kept fits into one reply.
  static let keptBytes = 8 << 20

  private(set) var events: [(number: UInt64, happening: Happening)] = []
  private(set) var next: UInt64 = 1
  private var bytes = 0

  mutating func add(_ happening: Happening) -> UInt64 {
    let number = next
    next += 1
    events.append((number, happening))
    bytes += happening.data.count
    if events.count >= 2 * Self.kept || bytes > Self.keptBytes { shorten() }
    return number
  }

  /// Taking one off the front moves all the others: many at a time, seldom.
  private mutating func shorten() {
    var dropped = 0
    while events.count - dropped > Self.kept || bytes > Self.keptBytes / 2, dropped < events.count {
      bytes -= events[dropped].happening.data.count
      dropped += 1
    }
    events.removeFirst(dropped)
  }

  /// Events after `number`; `gap` when some of them are gone.
  func after(_ number: UInt64) -> (events: ArraySlice<(number: UInt64, happening: Happening)>, gap: Bool) {
    let start = events.firstIndex { $0.number > number } ?? events.endIndex
    // Any client's number, the largest too: nothing is added to it.
    let oldest = events.first?.number ?? next
    return (events[start...], number < oldest - 1)
  }
}

/// One Watch call.
struct Watcher {
  let reply: VarlinkReply
  let topics: Set<String>
  let lane: String?
  /// Number of the last event that was sent, while the reader was too slow; nil: it keeps up.
  var slowSince: UInt64?

  func wants(_ happening: Happening) -> Bool {
    (topics.isEmpty || topics.contains(happening.topic))
      && (lane == nil || happening.lane == nil || happening.lane == lane)
  }
}

extension Control {
  func cursor(_ number: UInt64) -> String { "\(instance)-\(number)" }

  /// The number of a cursor of this run; nil: of another run, or none of ours.
  func number(of cursor: String) -> UInt64? {
    let prefix = instance + "-"
    return cursor.hasPrefix(prefix) ? UInt64(cursor.dropFirst(prefix.count)) : nil
  }

  func publish(_ happenings: [Happening]) {
    var numbered: [(UInt64, Happening)] = []
    for happening in happenings {
      if let serviceWords, let line = ServiceWords.line(happening), isNews(line) { serviceWords.line(line) }
      numbered.append((happened.add(happening), happening))
      switch happening.topic {
      case "print": advance(happening)
      case "drawer": advanceDrawer(happening)
      case "tender": advanceTender(happening)
      case "device" where happening.name == "printerStatus": printersSince[happening.subject] = happening.at
      default: break
      }
    }
    for (id, watcher) in watchers {
      let mine = numbered.filter { watcher.wants($0.1) }
      if !mine.isEmpty { send(id, mine.map { event($0.0, $0.1) }, before: (mine.first?.0 ?? 1) - 1) }
    }
  }

  func event(_ number: UInt64, _ happening: Happening) -> Wire.Event {
    Wire.Event(
      cursor: cursor(number), at: happening.at, timeTrusted: happening.trusted, lane: happening.lane,
      topic: Wire.Topic(rawValue: happening.topic) ?? .system, name: happening.name, subject: happening.subject,
      sequence: happening.sequence.map { Int64(clamping: $0) },
      data: RawObject(trusted: happening.data))
  }

  /// Sends events, or remembers that the watcher is slow: it is told the gap when it reads again.
  private func send(_ id: UInt64, _ events: [Wire.Event], before: UInt64) {
    guard var watcher = watchers[id], watcher.slowSince == nil else { return }
    let output = SystemInterface.Watch.Output(events: events)
    if watcher.reply.replyContinues({ output.write(to: &$0) }) == .slow {
      watcher.slowSince = before
      watchers[id] = watcher
    }
  }

  func watch() -> (Method, VarlinkHandler) {
    handler(SystemInterface.Watch.self) { (control, input, caller, reply) throws(SystemError) in
      if let lane = input.lane, !caller.lanes.contains(lane) { throw .noSuchLane(lane: lane, lanes: caller.lanes) }
      let id = control.token()
      let watcher = Watcher(reply: reply, topics: Set(input.topics.map(\.rawValue)), lane: input.lane)
      var gap: Wire.Gap?
      var events: [Wire.Event] = []
      if let after = input.after {
        if let number = control.number(of: after) {
          let (missed, lost) = control.happened.after(number)
          if lost {
            gap = Wire.Gap(from: after, to: missed.first.map { control.cursor($0.number) } ?? "", reason: .expired)
          }
          events = missed.filter { watcher.wants($0.happening) }.map { control.event($0.number, $0.happening) }
        } else {
          gap = Wire.Gap(from: after, to: control.cursor(control.happened.next), reason: .restarted)
          events = control.presentState(caller, watcher)
        }
      } else {
        events = control.presentState(caller, watcher)
      }
      let output = SystemInterface.Watch.Output(events: events, gap: gap)
      _ = reply.replyContinues { output.write(to: &$0) }
      control.watchers[id] = watcher
      let box = UncheckedBox(control)
      reply.onCancel { box.value.watchers[id] = nil }
      reply.onReady { box.value.wake(id) }
    }
  }

  /// The slow watcher reads again: what it missed is named, then the stream goes on.
  private func wake(_ id: UInt64) {
    guard let watcher = watchers[id], let since = watcher.slowSince else { return }
    watchers[id]?.slowSince = nil
    let gap = Wire.Gap(from: cursor(since), to: cursor(happened.next), reason: .slow)
    let output = SystemInterface.Watch.Output(events: [], gap: gap)
    _ = watcher.reply.replyContinues { output.write(to: &$0) }
  }

  private func presentState(_ caller: Caller, _ watcher: Watcher) -> [Wire.Event] {
    let till = caller.snapshot.till
    let here = cursor(happened.next - 1)
    func event(_ topic: Wire.Topic, _ subject: String, _ lane: String?, _ data: [UInt8]) -> Wire.Event {
      Wire.Event(
        cursor: here, at: caller.snapshot.newest, timeTrusted: caller.snapshot.clockTrusted, lane: lane, topic: topic,
        name: "state", subject: subject, data: RawObject(trusted: data))
    }
    var events: [Wire.Event] = []
    for sale in till.sales.values.sorted(by: { $0.openedAt < $1.openedAt }) {
      events.append(event(.sale, sale.id, sale.lane, caller.words.sale(sale).bytes))
    }
    for shift in till.shifts.values.sorted(by: { $0.id < $1.id }) {
      let data = (try? JSON.object([.init("operator", .string(shift.operator))]).canonicalBytes()) ?? Array("{}".utf8)
      events.append(event(.shift, shift.id, shift.lane, data))
    }
    for job in till.jobs.values.sorted(by: { $0.queuedAt < $1.queuedAt }) {
      events.append(event(.print, job.id, job.lane, caller.words.job(job).bytes))
    }
    for (name, status) in caller.snapshot.printers.sorted(by: { $0.key < $1.key }) {
      events.append(event(.device, name, nil, caller.words.printer(name, status).bytes))
    }
    return events.filter { event in
      (watcher.topics.isEmpty || watcher.topics.contains(event.topic.rawValue))
        && (watcher.lane == nil || event.lane == nil || event.lane == watcher.lane)
    }
  }
}
