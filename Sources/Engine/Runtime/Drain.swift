import Devices
import Journal
import Records
import Synchronization
import Till

/// What leaves the register thread after a drain, in one hop.
public struct Delivery: Sendable {
  public var answers: [(token: UInt64, result: Result<Answer, CallError>)] = []
  public var happenings: [Happening] = []
  /// The journal is poisoned: these calls get no answer, their connections are closed.
  public var abandoned: [UInt64] = []

  var isEmpty: Bool { answers.isEmpty && happenings.isEmpty && abandoned.isEmpty }
}

/// A consistent look at the till, published after a drain. Shows nothing undurable but basket edits.
public struct Snapshot: Sendable {
  public var till: Till
  public var mode: Mode
  public var reasons: [String]
  public var head: Head
  /// Newest wall time known, milliseconds.
  public var newest: Int64
  public var printers: [String: PrinterStatus]
  public var clockTrusted: Bool
  /// The disk has no room for the next segment of the journal; the present one still takes sales.
  public var isFilling = false
  /// What the codes say that the till may show now, by order number.
  public var codes: [String: String] = [:]
  /// The merchant accounts that the payment providers' connectors speak for now, by the providers' names.
  public var providerAccounts: [String: String] = [:]
  /// The payment providers whose connectors cannot be reached.
  public var providersGone: [String: ProviderAbsence] = [:]
}

/// The register with its journal: takes inputs, decides them, writes what must be durable with one write and one
/// synchronize, and only then lets answers and effects out.
///
/// It has no thread, no queue and no clock of its own: ``RegisterThread`` runs it in the product, a simulation with
/// whatever clock and files it likes. One thread at a time may use it; ``snapshot`` may be read by all.
package final class Drain: @unchecked Sendable {
  private var register: Register
  private let core: JournalCore
  private let clock: any Clocks
  private let hooks: Hooks
  private var synchronised = false
  private var synchronisedUntil: UInt64 = 0
  private var newest: Int64
  private var local = LocalTime.epoch
  private var localMinute: Int64 = .min
  private var delivery = Delivery()
  private var effects: [RegisterEffect] = []
  private var lookups: [Lookup] = []
  private var poisoned = false
  private var disk = FullDisk()
  /// The register is further than what was published.
  private var isStale = true
  private var publishedSequence: UInt64 = 0
  private let published: Mutex<Snapshot>

  /// What a drain hands out. All are called by the drain's thread and must not block.
  package struct Hooks: Sendable {
    var deliver: @Sendable (Delivery) -> Void
    var effect: @Sendable (RegisterEffect) -> Void
    var lookup: @Sendable (Lookup) -> Void
    /// A segment was sealed; the next begins at this sequence.
    var sealed: @Sendable (UInt64) -> Void
    /// An event is durable: lookups may show it.
    var placed: @Sendable ([Record], UInt64, Int?) -> Void
    /// A job of this stub started, at this sequence.
    var started: @Sendable (UInt64, String) -> Void
    /// The journal failed.
    var poisoned: @Sendable (JournalError) -> Void
    var stopped: @Sendable () -> Void

    package init(
      deliver: @escaping @Sendable (Delivery) -> Void, effect: @escaping @Sendable (RegisterEffect) -> Void,
      lookup: @escaping @Sendable (Lookup) -> Void, sealed: @escaping @Sendable (UInt64) -> Void,
      placed: @escaping @Sendable ([Record], UInt64, Int?) -> Void,
      started: @escaping @Sendable (UInt64, String) -> Void, poisoned: @escaping @Sendable (JournalError) -> Void,
      stopped: @escaping @Sendable () -> Void
    ) {
      self.deliver = deliver
      self.effect = effect
      self.lookup = lookup
      self.sealed = sealed
      self.placed = placed
      self.started = started
      self.poisoned = poisoned
      self.stopped = stopped
    }
  }

  package init(_ started: Engine.Started, clock: any Clocks = SystemClock(), hooks: Hooks) {
    register = started.register
    core = started.core
    newest = started.newest
    self.clock = clock
    self.hooks = hooks
    self.published = Mutex(
      Snapshot(
        till: register.till, mode: register.mode, reasons: register.reasons, head: core.head, newest: newest,
        printers: [:], clockTrusted: false))
  }

  /// The journal ends in a sealed segment, after ``finish(_:)``; for the thread that owns the drain, or behind it.
  var isSealed: Bool { core.isSealed }

  package var snapshot: Snapshot { published.withLock { $0 } }

  // MARK: - one drain

  /// Takes one input. What follows from it leaves with ``settle()``, or before when the batch is full.
  package func take(_ input: Input) {
    guard !poisoned else { return refuse(input) }
    do throws(JournalError) {
      try makeRoom()
      checkRoom()
      try feed(input)
    } catch {
      poison(error)
    }
  }

  /// Commits, flushes and publishes until nothing is due. Returns when to look again.
  package func settle() -> UInt64? {
    guard !poisoned else {
      flush()
      return nil
    }
    do throws(JournalError) {
      repeat {
        if core.needsCommit || !register.held.isEmpty { try commit() }
        // Edits of a basket wait for no commit; who was answered reads what he was told all the same.
        if isStale, !core.needsCommit { publish() }
        flush()
      } while core.needsCommit
      if let timer = register.nextTimer, timer <= clock.monotonic() {
        try makeRoom()
        checkRoom()
        try feed(.tick)
        if core.needsCommit { try commit() }
        flush()
      }
      let next = try core.tick(now: moment().reading)
      try notice()
      flush()
      if core.wantsSwitch { try switchSegment() }
      checkRoom()
      flush()
      if isStale || core.durableSequence != publishedSequence { publish() }
      if core.needsCommit { return clock.monotonic() }
      return Self.sooner(Self.sooner(disk.next, next), register.nextTimer)
    } catch {
      poison(error)
      flush()
      return nil
    }
  }

  private static func sooner(_ one: UInt64?, _ other: UInt64?) -> UInt64? {
    guard let one, let other else { return one ?? other }
    return min(one, other)
  }

  private func feed(_ input: Input) throws(JournalError) {
    let now = moment()
    // What becomes durable was shown by `commit` already, and what that sets going is appended.
    if case .durable = input {} else { isStale = true }
    for output in register.step(input, at: now) { try carryOut(output, now) }
  }

  private func carryOut(_ output: Output, _ now: Moment) throws(JournalError) {
    switch output {
    case .append(let entries, let urgency, let news):
      isStale = true
      let receipts = try core.append(entries, urgency: urgency, news: news, now: now.reading)
      newest = max(newest, now.reading.wallMilliseconds)
      let first = receipts.first?.sequence ?? core.stagedSequence
      for output in register.step(.appended(first: first, leaves: receipts.map(\.leaf)), at: now) {
        try carryOut(output, now)
      }
    case .answer(let token, let result): delivery.answers.append((token, result))
    case .effect(let effect): effects.append(effect)
    case .happened(let happenings): delivery.happenings.append(contentsOf: happenings)
    case .lookup(let lookup): lookups.append(lookup)
    case .durable(let records, let first, let stubIndex): hooks.placed(records, first, stubIndex)
    case .started(let sequence, let stub): hooks.started(sequence, stub)
    }
  }

  /// A batch takes whole events only, so there must be room for the largest before one is decided.
  private func makeRoom() throws(JournalError) {
    guard core.batchRoom < core.maximumEvent + JournalRoom.slack(core.maximumEvent) else { return }
    try commit()
    flush()
    if core.wantsSwitch { try switchSegment() }
  }

  /// Everything staged is durable now, and nothing further is decided yet: the moment at which the till may be shown.
  /// Answers go out behind it, so whoever was answered reads what he was told.
  private func commit() throws(JournalError) {
    try core.commit(now: moment().reading)
    let look = look()
    // A sale that is over leaves the till only when lookups know it: whoever asks for it in between finds it in one of them.
    defer { published.withLock { $0 = look } }
    try notice()
  }

  /// Tells the register how far the journal is durable, and goes on in the next segment when that is due.
  private func notice() throws(JournalError) {
    if try release(), core.wantsSwitch && core.stagedBytes == 0 { try switchSegment() }
  }

  /// Tells the register how far the journal is durable. False: it knew.
  @discardableResult
  private func release() throws(JournalError) -> Bool {
    let durable = core.durableSequence
    guard durable > register.durable else { return false }
    try feed(.durable(upTo: durable))
    return true
  }

  /// Goes on in the next segment, or in this one while the disk has no room for another.
  private func switchSegment() throws(JournalError) {
    guard disk.isDue(at: clock.monotonic()) else { return }
    if core.stagedBytes > 0 { try commitAll() }
    guard let state = try? EntryCodec.encode(state: register.till) else {
      throw .invalidEntry("the till's state cannot be written")
    }
    do throws(JournalError) {
      try core.switchSegment(state: state, now: moment().reading)
    } catch {
      // Nothing was sealed: only the next segment could not be made.
      guard case .file(let cause) = error, cause.isFull else { throw error }
      if !disk.isFull { isStale = true }
      return disk.found(error, at: clock.monotonic())
    }
    if disk.isFull {
      disk.clear()
      (register.mode, register.reasons) = (.selling, register.standing)
      isStale = true
    }
    let start = core.durableSequence
    try feed(.durable(upTo: start))
    try feed(.switched(at: start))
    hooks.sealed(start)
  }

  /// The present segment is nearly used up, and there is no room for another: nothing more is begun.
  private func checkRoom() {
    guard disk.isFull, core.segmentRoom < JournalRoom.floor(core.maximumEvent), register.mode != .reading,
      let error = disk.error
    else { return }
    (register.mode, register.reasons) = (.reading, ["journalFull", "\(error)"])
    isStale = true
  }

  /// Commits until nothing is staged, in this segment and without showing the till in between.
  private func commitAll() throws(JournalError) {
    repeat {
      try core.commit(now: moment().reading)
      try release()
    } while core.stagedBytes > 0
  }

  private func flush() {
    if !delivery.isEmpty {
      hooks.deliver(delivery)
      delivery = Delivery()
    }
    if !effects.isEmpty {
      for effect in effects { hooks.effect(effect) }
      effects.removeAll(keepingCapacity: true)
    }
    if !lookups.isEmpty {
      for lookup in lookups { hooks.lookup(lookup) }
      lookups.removeAll(keepingCapacity: true)
    }
  }

  package func publish() {
    let look = look()
    let isOther = published.withLock { before in
      defer { before = look }
      return before.mode != look.mode || before.reasons != look.reasons || before.isFilling != look.isFilling
    }
    // Nothing to answer and nothing that happened, but the box is otherwise.
    if isOther { hooks.deliver(Delivery()) }
  }

  /// The till as it is now, about to be shown.
  private func look() -> Snapshot {
    let printers = register.desk.slots.compactMapValues(\.status)
    let next = Snapshot(
      till: register.till, mode: register.mode, reasons: register.reasons, head: core.head, newest: newest,
      printers: printers, clockTrusted: moment().reading.trusted, isFilling: disk.isFull,
      codes: register.payments.codes, providerAccounts: register.payments.accounts,
      providersGone: register.payments.absences)
    isStale = false
    publishedSequence = next.head.sequence
    return next
  }

  // MARK: - time

  private func moment() -> Moment {
    let monotonic = clock.monotonic()
    if monotonic >= synchronisedUntil {
      synchronised = clock.synchronised()
      synchronisedUntil = monotonic + 1_000_000_000
    }
    let reading = clock.read(newest: newest, synchronised: synchronised)
    let minute = reading.wallMilliseconds / 60_000
    if minute != localMinute {
      local = clock.local(milliseconds: reading.wallMilliseconds)
      localMinute = minute
    }
    let day = BusinessDay(year: local.year, month: local.month, day: local.day) ?? register.till.businessDay
    return Moment(
      reading: reading, offsetMinutes: local.offsetMinutes, day: day ?? Self.firstDay, chain: core.durableChain)
  }

  static let firstDay = BusinessDay("2026-01-01").unsafelyUnwrapped

  // MARK: - the end

  /// Ends cleanly: the batch, STOP, CHECKPOINT. Nothing may be taken afterwards.
  package func finish(_ reason: String) {
    guard !poisoned else { return hooks.stopped() }
    do throws(JournalError) {
      if core.stagedBytes > 0 || core.needsCommit { try commitAll() }
      flush()
      let state = try? EntryCodec.encode(state: register.till)
      try core.stop(EntryCodec.stop(reason: reason, now: moment()), state: state, now: moment().reading)
    } catch {
      poison(error)
    }
    flush()
    publish()
    hooks.stopped()
  }

  /// No waiter is answered and nothing staged ever happens: what the disk holds is read back by the next process.
  private func poison(_ error: JournalError) {
    guard !poisoned else { return }
    poisoned = true
    effects.removeAll()
    let staged = register.unplaced + register.waiting
    for event in staged where !event.lazy {
      if let token = event.call?.token { delivery.abandoned.append(token) }
      delivery.abandoned.append(contentsOf: event.joined)
    }
    delivery.abandoned.append(contentsOf: register.held.map(\.token))
    published.withLock {
      $0.mode = .reading
      $0.reasons = ["journalPoisoned", "\(error)"]
    }
    hooks.poisoned(error)
  }

  private func refuse(_ input: Input) {
    guard case .call(let call) = input else { return }
    let look = snapshot
    delivery.answers.append((call.token, .failure(.notSelling(mode: look.mode, reasons: look.reasons))))
  }
}
