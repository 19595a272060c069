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
      let lookups = LookupThread(reader: try JournalReader(files), started)
      let box = ThreadBox()
      let hooks = Drain.Hooks(
        deliver: deliver, effect: { effects.post($0) },
        lookup: { lookup in box.answer(lookup, lookups, deliver) },
        sealed: { first in
          lookups.post { $0.takeSealed(before: first) }
          box.sealed(files, setup.options, first)
        },
        placed: { records, first, stubIndex in lookups.placed(records, first: first, stubIndex: stubIndex) },
        started: { sequence, stub in lookups.started(at: sequence, stub: stub) }, poisoned: poisoned,
        stopped: { stopped.post(true) })
      let thread = RegisterThread(started, hooks: hooks)
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
      Result { () throws(CallError) -> UInt64? in
        if let sale { return try lookups.sequence(.sale, sale) }
        if let stub { return try lookups.sequence(.stub, stub.stub) }
        guard let external else { return nil }
        return try lookups.sequence(.external, external)
      }.flatMap { sequence in
        guard let sequence else { return .success(nil) }
        return lookups.closed(at: sequence).map(Optional.some)
      }
    }
  }

  public func facts(
    _ stub: StubReference, then: @escaping @Sendable (Result<ClosedStubFacts, CallError>) -> Void
  ) -> Bool {
    let upTo = snapshot.head.sequence
    return post(then) { $0.facts(stub, upTo: upTo) }
  }

  public func list(
    _ filter: ClosedFilter, then: @escaping @Sendable (Result<ClosedPage, CallError>) -> Void
  ) -> Bool {
    post(then) { $0.list(filter) }
  }

  /// The Z report with this number.
  public func day(_ number: Int64, then: @escaping @Sendable (Result<(DayClosed, Stamp)?, CallError>) -> Void) -> Bool {
    post(then) { lookups in
      Result { () throws(CallError) -> UInt64? in try lookups.sequence(.day, String(number)) }.flatMap { sequence in
        guard let sequence else { return .success(nil) }
        return lookups.event(at: sequence).map { event in
          for record in event.records { if case .dayClosed(let day) = record.fact { return (day, record.stamp) } }
          return nil
        }
      }
    }
  }

  /// The closed shift with this id, its stamp and the sequence of its event.
  public func shift(
    _ id: String, then: @escaping @Sendable (Result<(ShiftClosed, Stamp, UInt64)?, CallError>) -> Void
  ) -> Bool {
    post(then) { lookups in
      Result { () throws(CallError) -> UInt64? in try lookups.sequence(.report, ReportName.closedShift(id).text) }
        .flatMap { sequence in
          guard let sequence else { return .success(nil) }
          return lookups.event(at: sequence).map { event in
            for record in event.records {
              if case .shiftClosed(let shift) = record.fact { return (shift, record.stamp, event.first) }
            }
            return nil
          }
        }
    }
  }

  /// Days until the journal's disk is full, and the newest signed note; each nil when it is not known.
  public func outlook(then: @escaping @Sendable (Result<(days: Int64?, note: String?), CallError>) -> Void) -> Bool {
    let upTo = snapshot.head.sequence
    let folder = setup.folder
    return post(then) { lookups in
      let now = SystemClock().read(newest: 0, synchronised: false).wallMilliseconds / 1_000
      let from = upTo > Self.noteReach ? upTo - Self.noteReach : 0
      let entries = try? lookups.reader.read(
        from: from, limit: Int(Self.noteReach), upTo: upTo, kinds: ["checkpoint"])
      let note = entries?.last.flatMap { CheckpointNote.text($0.entry) }
      return .success((DiskForecast.daysLeft(folder, now: now), note))
    }
  }

  /// Records behind the head among which the newest checkpoint is looked for.
  static let noteReach: UInt64 = 1_024

  /// Whether a report that stands still is in the journal.
  public func has(
    _ report: ReportName, then: @escaping @Sendable (Result<Bool, CallError>) -> Void
  ) -> Bool {
    let upTo = snapshot.head.sequence
    return post(then) { lookups in
      if case .movement(let place) = report, let sequence = UInt64(place), sequence >= upTo { return .success(false) }
      switch lookups.closedReport(report) {
      case .success(let event):
        return .success(
          event.records.contains { record in
            switch (report, record.fact) {
            case (.closedDay, .dayClosed), (.closedShift, .shiftClosed), (.movement, .cashMoved): true
            default: false
            }
          })
      case .failure(.fault("no-report")): return .success(false)
      case .failure(let error): return .failure(error)
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
      head: Head(journalID: [], epoch: 0, sequence: 0, chain: .zero, frontier: MerkleFrontier()), newest: 0,
      printers: [:],
      clockTrusted: false)
  }
}

/// Ties the lookup thread's answers back to the register's thread, which is made after it.
final class ThreadBox: @unchecked Sendable {
  var thread: RegisterThread?
  /// One compression at a time.
  private let housekeeping = Mutex(())

  func answer(_ lookup: Lookup, _ lookups: LookupThread, _ deliver: @escaping @Sendable (Delivery) -> Void) {
    let thread = thread
    let taken = lookups.post { lookups in
      switch lookups.carryOut(lookup) {
      case .input(let input): thread?.post(input)
      case .answer(let token, let result):
        var delivery = Delivery()
        delivery.answers.append((token, result))
        deliver(delivery)
      }
    }
    guard !taken else { return }
    switch lookup {
    case .recall(let token, _, _, _, _): refuse(token, deliver)
    case .key(let call), .facts(let call, _): refuse(call.token, deliver)
    case .document(let job): thread?.post(.document(job: job.id, .failure(.busy)))
    }
  }

  /// More questions wait than may.
  private func refuse(_ token: UInt64, _ deliver: @escaping @Sendable (Delivery) -> Void) {
    var delivery = Delivery()
    delivery.answers.append((token, .failure(.busy)))
    deliver(delivery)
  }

  /// Compresses what was sealed and makes the next spare, beside everything else and one switch after the other.
  func sealed(_ files: PosixFileSystem, _ options: JournalOptions, _ first: UInt64) {
    _ = startThread("sealed") { [self] in
      housekeeping.withLock { _ in
        try? Spares.prepare(files, options: options)
        // The next sale waits for the spare, nobody for the compression.
        _ = counterfoil_set_priority(10)
        SegmentCompression.compressAll(files, before: first)
      }
    }
  }
}
