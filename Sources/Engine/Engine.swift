import CLinux
import Devices
import Document
import Glibc
import Index
import Journal
import Money
import Receipt
import Records
import Synchronization
import Till

/// What an engine is started with.
public struct EngineSetup: Sendable {
  /// Folder of the journal of the present epoch.
  public var folder: String
  /// Folder of the disposable lookup file.
  public var indexFolder: String
  public var options: JournalOptions
  public var signer: NoteSigner?
  /// What the configuration file says; becomes a record when it differs from what is in force.
  public var configuration: TillConfiguration
  public var configurationHash: String
  /// What binds the journal to this machine.
  public var machine: String
  public var bootID: String
  public var version: String
  public var printers: [String: any ReceiptPrinter]
  /// Drawer name to the printer that pulses it.
  public var drawers: [String: String]

  public init(
    folder: String, indexFolder: String, options: JournalOptions, signer: NoteSigner?, configuration: TillConfiguration,
    configurationHash: String, machine: String, bootID: String, version: String,
    printers: [String: any ReceiptPrinter], drawers: [String: String]
  ) {
    self.folder = folder
    self.indexFolder = indexFolder
    self.options = options
    self.signer = signer
    self.configuration = configuration
    self.configurationHash = configurationHash
    self.machine = machine
    self.bootID = bootID
    self.version = version
    self.printers = printers
    self.drawers = drawers
  }
}

/// The register with its journal, lookups and printers; what the control protocol talks to.
///
/// A journal that cannot be written never means a dead engine: it stands in a named mode, answers reads, refuses calls.
public final class Engine: @unchecked Sendable {
  public let setup: EngineSetup
  private let thread: RegisterThread?
  private let lookups: LookupThread?
  private let effects = Mailbox<RegisterEffect>()
  private let files: PosixFileSystem?
  private let still: Snapshot
  /// What recovery found, for the log.
  public let report: RecoveryReport?
  private let poisonHook: @Sendable (JournalError) -> Void
  private let stopped = Mailbox<Bool>()
  private let threads = Mutex<[pthread_t]>([])

  /// Opens the journal, replays it, writes BOOT and starts the threads. Throws nothing: see ``snapshot``'s mode.
  ///
  /// `deliver` is called on the register's thread with each drain's answers and happenings.
  public init(
    _ setup: EngineSetup, deliver: @escaping @Sendable (Delivery) -> Void,
    poisoned: @escaping @Sendable (JournalError) -> Void
  ) {
    self.setup = setup
    self.poisonHook = poisoned
    let effects = self.effects
    let stopped = self.stopped
    do {
      let files = try PosixFileSystem(setup.folder)
      let started = try Self.start(setup, files: files)
      let identity = started.register.till.identity
      let tables = started.tables
      let reader = try JournalReader(files)
      let lookups = LookupThread(
        reader: reader, tables: tables, epoch: started.core.head.epoch, origin: identity?.origin ?? "",
        index: started.index)
      let box = ThreadBox()
      let hooks = RegisterThread.Hooks(
        deliver: deliver, effect: { effects.post($0) },
        lookup: { lookup in box.answer(lookup, lookups, deliver) },
        sealed: { first in
          lookups.post { $0.takeSealed(before: first) }
          box.sealed(files, setup.options, first)
        },
        placed: { records, first, stubIndex in tables.add(records, first: first, stubIndex: stubIndex) },
        started: { sequence, stub in tables.add(start: sequence, stub: stub) }, poisoned: poisoned,
        stopped: { stopped.post(true) })
      let thread = RegisterThread(
        register: started.register, core: started.core,
        maximumBatch: Int(setup.options.maximumBatch), newest: started.newest, hooks: hooks)
      box.thread = thread
      self.files = files
      self.lookups = lookups
      self.thread = thread
      self.report = started.core.report
      self.still = thread.snapshot
    } catch {
      self.files = nil
      self.lookups = nil
      self.thread = nil
      self.report = nil
      self.still = Self.refused(setup, error)
    }
  }

  /// Lets the threads run and the devices report.
  public func start() {
    guard let thread, let lookups else { return }
    let runner = EffectRunner(setup: setup, mailbox: effects, origin: lookups.origin) { thread.snapshot.till }
    threads.withLock {
      $0.append(startThread("register") { thread.run() })
      $0.append(startThread("lookup") { lookups.run() })
      $0.append(startThread("effects") { runner.run() })
    }
    for (name, printer) in setup.printers {
      printer.start { report in thread.post(.printer(name: name, report)) }
    }
    if let files {
      let options = setup.options
      _ = startThread("spares") { try? Spares.prepare(files, options: options) }
    }
  }

  /// Why the journal refused, or nil when the engine sells.
  public var isSelling: Bool { thread != nil }

  /// The present look at the till.
  public var snapshot: Snapshot { thread?.snapshot ?? still }

  /// Hands a call to the register. Nil: on its way; an error: not taken.
  public func submit(_ call: Call) -> CallError? {
    guard let thread else { return .notSelling(mode: still.mode, reasons: still.reasons) }
    return thread.submit(call) ? nil : .busy
  }

  /// Ends: finishes the batch, writes STOP and CHECKPOINT, stops the devices. Waits for it.
  public func stop(reason: String) {
    if let thread {
      thread.mailbox.post(.stop(reason: reason))
      var done: [Bool] = []
      _ = stopped.take(into: &done, until: SystemClock.monotonic() + 10_000_000_000)
    }
    effects.close()
    lookups?.close()
    for printer in setup.printers.values { printer.stop() }
  }

  // MARK: - reads that need the disk

  /// The closed sale, its stub or its external reference; exactly one is given.
  public func closed(
    sale: String?, stub: StubReference?, external: String?,
    then: @escaping @Sendable (Result<ClosedSale?, CallError>) -> Void
  ) -> Bool {
    post(then) { lookups in
      let sequence: UInt64?
      if let sale {
        sequence = lookups.sequence(.sale, sale)
      } else if let stub {
        sequence = lookups.sequence(.stub, stub.stub)
      } else {
        sequence = external.flatMap { lookups.sequence(.external, $0) }
      }
      guard let sequence else { return .success(nil) }
      return lookups.closed(at: sequence).map(Optional.some)
    }
  }

  public func facts(
    _ stub: StubReference, then: @escaping @Sendable (Result<ClosedStubFacts, CallError>) -> Void
  ) -> Bool {
    let upTo = snapshot.head.sequence
    return post(then) { $0.facts(stub, upTo: upTo) }
  }

  public func list(
    _ filter: ClosedFilter, then: @escaping @Sendable (Result<[ClosedSale], CallError>) -> Void
  ) -> Bool {
    post(then) { $0.list(filter) }
  }

  /// The Z report with this number.
  public func day(_ number: Int64, then: @escaping @Sendable (Result<(DayClosed, Stamp)?, CallError>) -> Void) -> Bool {
    post(then) { lookups in
      guard let sequence = lookups.sequence(.day, String(number)) else { return .success(nil) }
      return lookups.event(at: sequence).map { event in
        for record in event.records { if case .dayClosed(let day) = record.fact { return (day, record.stamp) } }
        return nil
      }
    }
  }

  /// Durable entries from a sequence on.
  public func read(
    from: UInt64, limit: Int, kinds: Set<String>?,
    then: @escaping @Sendable (Result<[StoredEntry], CallError>) -> Void
  ) -> Bool {
    let upTo = snapshot.head.sequence
    return post(then) { lookups in
      do {
        return .success(try lookups.reader.read(from: from, limit: limit, upTo: upTo, kinds: kinds))
      } catch { return .failure(LookupThread.failure(error)) }
    }
  }

  public func prove(_ sequence: UInt64, then: @escaping @Sendable (Result<String, CallError>) -> Void) -> Bool {
    let upTo = snapshot.head.sequence
    return post(then) { $0.proof(of: sequence, upTo: upTo) }
  }

  /// Checks the whole journal up to the durable head, on a thread of its own.
  public func verify(then: @escaping @Sendable (Result<VerifyReport, CallError>) -> Void) {
    let upTo = snapshot.head.sequence
    let folder = setup.folder
    _ = startThread("verify") {
      do {
        let reader = try JournalReader(try PosixFileSystem(folder))
        then(.success(try reader.verify(upTo: upTo)))
      } catch { then(.failure(LookupThread.failure(error))) }
    }
  }

  private func post<Value>(
    _ then: @escaping @Sendable (Result<Value, CallError>) -> Void,
    _ work: @escaping @Sendable (LookupThread) -> Result<Value, CallError>
  ) -> Bool {
    guard let lookups else {
      then(.failure(.notSelling(mode: still.mode, reasons: still.reasons)))
      return true
    }
    return lookups.post { then(work($0)) }
  }
}

extension Engine {
  struct Started {
    var register: Register
    var core: JournalCore
    var tables: SegmentLookup
    var newest: Int64
    var index: IndexStore?
  }

  /// Opens and replays the journal, writes STATE if the segment has none, BOOT, and CONFIG if it changed.
  static func start(_ setup: EngineSetup, files: PosixFileSystem) throws -> Started {
    let clock = SystemClock()
    let core = try JournalCore.open(
      files, options: setup.options, signer: setup.signer, random: { _ = SystemRandom.fill($0) },
      now: clock.read(newest: 0, synchronised: SystemClock.synchronised()))
    var replay = Replay()
    let reader = try JournalReader(files)
    let index = openIndex(setup, core: core)
    let covered = try cover(reader, core: core, index: index)
    if !covered { try scanOlder(reader, core: core, into: &replay) }
    var failure: (any Error)?
    try core.replay { (entry) throws(ReplayStop) in
      do { try replay.take(entry, applies: true) } catch {
        failure = error
        throw ReplayStop()
      }
    }
    if let failure { throw failure }
    if let zone = replay.till.identity?.timeZone { _ = LocalTime.setZone(zone) }
    var fingerprints = Set<UInt64>()
    if covered { try index?.names(.key) { fingerprints.insert(fingerprint(of: $0)) } }
    var keys = KeyTable(sealed: fingerprints)
    for key in replay.keys { keys.replayed(key.key, method: key.method, requestHash: key.hash, at: key.sequence) }
    var register = Register(
      till: replay.till, keys: keys, durable: core.durableSequence, segmentStart: core.segmentFirst,
      forgetsSealedKeys: covered, drawers: setup.drawers,
      fingerprint: { key in fingerprint(of: key) })
    var newest = replay.newest
    try boot(&register, core, setup, &newest, replay.tables)
    return Started(register: register, core: core, tables: replay.tables, newest: newest, index: covered ? index : nil)
  }

  struct ReplayStop: Error {}

  /// The lookup file, or nil when none can be had: then the older segments are read into memory.
  private static func openIndex(_ setup: EngineSetup, core: JournalCore) -> IndexStore? {
    mkdir(setup.indexFolder, 0o750)
    return try? IndexStore(
      path: setup.indexFolder + "/lookup.sqlite", journal: "\(Hex.encode(core.head.journalID))/\(core.head.epoch)")
  }

  /// Adds the sealed segments that the index lacks. False when the index cannot be used.
  private static func cover(_ reader: JournalReader, core: JournalCore, index: IndexStore?) throws -> Bool {
    guard let index, let covered = try? index.covered() else { return false }
    let segments = try reader.sealedSegments().filter { $0.first < core.segmentFirst }
    for (place, segment) in segments.enumerated() where !covered.contains(segment.first) {
      let end = place + 1 < segments.count ? segments[place + 1].first : core.segmentFirst
      let rows = try LookupThread.rows(reader, from: segment.first, to: end)
      guard (try? index.add(first: segment.first, rows: rows)) != nil else { return false }
    }
    return true
  }

  /// Keys and lookups of the segments before the newest STATE, when there is no index.
  private static func scanOlder(_ reader: JournalReader, core: JournalCore, into replay: inout Replay) throws {
    guard core.segmentFirst > 0 else { return }
    var older = Replay(sharing: replay)
    var next = try reader.sealedSegments().first?.first ?? core.segmentFirst
    while next < core.segmentFirst {
      let entries = try reader.read(from: next, limit: 4_096, upTo: core.segmentFirst)
      guard let last = entries.last else { break }
      for entry in entries { try older.take(entry, applies: false) }
      next = last.sequence + 1
    }
    replay.keys = older.keys
    replay.newest = older.newest
  }

  static func fingerprint(of key: String) -> UInt64 {
    SHA256.hash(Array(key.utf8)).withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) }
  }

  /// The events of a start, each durable before the next: STATE, BOOT, CONFIG.
  private static func boot(
    _ register: inout Register, _ core: JournalCore, _ setup: EngineSetup, _ newest: inout Int64,
    _ tables: SegmentLookup
  ) throws {
    let clean = core.report.outcome == .stopped || core.report.outcome == .created
    if core.needsState {
      let now = moment(core, newest, register.till)
      try core.writeState(try EntryCodec.encode(state: register.till), now: now.reading)
    } else if core.wantsSwitch {
      // The segment was left with no room for a batch.
      let now = moment(core, newest, register.till)
      let state = try EntryCodec.encode(state: register.till)
      // Without room for a new segment the last bytes of this one still serve.
      try? core.switchSegment(state: state, now: now.reading)
      register.durable = core.durableSequence
    }
    let event = Event.boot(
      Boot(
        boot: setup.bootID, machine: setup.machine, version: setup.version,
        configurationHash: setup.configurationHash, clean: clean))
    try write(event, &register, core, &newest, tables)
    if register.till.configuration != setup.configuration {
      try write(.configure(reason: "start", setup.configuration), &register, core, &newest, tables)
    }
  }

  private static func write(
    _ event: Event, _ register: inout Register, _ core: JournalCore, _ newest: inout Int64, _ tables: SegmentLookup
  ) throws {
    let now = moment(core, newest, register.till)
    let stamp = Stamp(
      at: now.reading.wallMilliseconds, offsetMinutes: now.offsetMinutes, timeTrusted: now.reading.trusted,
      businessDay: now.day)
    let decision = try register.till.decide(
      event, Context(stamp: stamp, entropy: [SystemRandom.word(), SystemRandom.word()]))
    for record in decision.records { try register.till.apply(record) }
    let encoded = try EntryCodec.encode(decision.records, call: nil)
    let receipts = try core.append(encoded.entries, urgency: .now, news: encoded.news, now: now.reading)
    let durable = try core.commit(now: now.reading)
    if let first = receipts.first { tables.add(decision.records, first: first.sequence, stubIndex: encoded.stubIndex) }
    register.durable = durable
    newest = max(newest, now.reading.wallMilliseconds)
  }

  private static func moment(_ core: JournalCore, _ newest: Int64, _ till: Till) -> Moment {
    let reading = SystemClock().read(newest: newest, synchronised: SystemClock.synchronised())
    let local = LocalTime.of(milliseconds: reading.wallMilliseconds)
    let day = BusinessDay(year: local.year, month: local.month, day: local.day) ?? till.businessDay
    return Moment(
      reading: reading, offsetMinutes: local.offsetMinutes, day: day ?? RegisterThread.firstDay, chain: core.head.chain)
  }

  /// The still picture of an engine whose journal cannot be used.
  private static func refused(_ setup: EngineSetup, _ error: any Error) -> Snapshot {
    let (mode, reason): (Mode, String) =
      switch error {
      case JournalError.notFound: (.locked, "journalMissing")
      case JournalError.locked: (.locked, "journalLocked")
      case JournalError.unsupported: (.locked, "journalUnsupported")
      case JournalError.rolledBack: (.reading, "journalRolledBack")
      case JournalError.forked: (.reading, "journalForked")
      case JournalError.corrupt: (.reading, "journalDamaged")
      case JournalError.file(let file) where file.code == ENOSPC: (.reading, "journalFull")
      case JournalError.file, JournalError.poisoned, is FileError: (.reading, "journalPoisoned")
      default: (.locked, "journalForeign")
      }
    // The lanes are known without the journal, so that every call gets the true reason and not "no such lane".
    var state = TillState()
    state.configuration = setup.configuration
    return Snapshot(
      till: Till(restoring: state), mode: mode, reasons: [reason, "\(error)"],
      head: Head(journalID: [], epoch: 0, sequence: 0, chain: .zero, root: .zero), newest: 0, printers: [:],
      clockTrusted: false)
  }
}

/// Ties the lookup thread's answers back to the register's thread, which is made after it.
final class ThreadBox: @unchecked Sendable {
  var thread: RegisterThread?

  func answer(_ lookup: Lookup, _ lookups: LookupThread, _ deliver: @escaping @Sendable (Delivery) -> Void) {
    let thread = thread
    let taken = lookups.post { lookups in
      switch lookup {
      case .recall(let token, let method, let requestHash, let key, let sequence):
        let result = lookups.recall(method: method, requestHash: requestHash, key: key, sequence: sequence)
        var delivery = Delivery()
        delivery.answers.append((token, result))
        deliver(delivery)
      case .key(var call):
        if let sequence = lookups.sequence(ofKey: call.key) {
          var delivery = Delivery()
          delivery.answers.append(
            (
              call.token,
              lookups.recall(method: call.method, requestHash: call.requestHash, key: call.key, sequence: sequence)
            ))
          return deliver(delivery)
        }
        call.keyIsNew = true
        thread?.post(.call(call))
      case .facts(var call, let upTo):
        call.facts.removeAll()
        for stub in call.stubs {
          switch lookups.facts(stub, upTo: upTo) {
          case .success(let facts): call.facts.append(facts)
          case .failure(.noSuchStub):
            // The till decides what an unknown original means; a delivery of one is refused there.
            continue
          case .failure(let error):
            var delivery = Delivery()
            delivery.answers.append((call.token, .failure(error)))
            return deliver(delivery)
          }
        }
        call.factsUpTo = upTo
        thread?.post(.call(call))
      case .document(let job):
        thread?.post(.document(job: job.id, lookups.content(of: job)))
      }
    }
    if !taken, case .recall(let token, _, _, _, _) = lookup {
      var delivery = Delivery()
      delivery.answers.append((token, .failure(.busy)))
      deliver(delivery)
    }
  }

  /// Compresses what was sealed and makes the next spare, beside everything else.
  func sealed(_ files: PosixFileSystem, _ options: JournalOptions, _ first: UInt64) {
    _ = startThread("sealed") {
      try? Spares.prepare(files, options: options)
      guard let reader = try? JournalReader(files), let segments = try? reader.sealedSegments() else { return }
      for segment in segments where !segment.isCompressed && segment.first < first {
        try? SegmentCompression.compress(files, first: segment.first)
      }
    }
  }
}
