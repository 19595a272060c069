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

/// The register with its journal, lookups and printers; what the control protocol talks to.
///
/// A journal that cannot be written never means a dead engine: it stands in a named mode, answers what can be read, refuses
/// calls, and sells again with a new epoch or, after a full disk, by itself.
public final class Engine: @unchecked Sendable {
  public let setup: EngineSetup
  /// The setup's printers, which print slips of the box itself too.
  private let printers: [String: SharedPrinter]
  let deliver: @Sendable (Delivery) -> Void
  let poisoned: @Sendable (JournalError) -> Void
  let changed: @Sendable (Snapshot) -> Void
  let effects = Mailbox<RegisterEffect>()
  /// The whole journal is being checked.
  let verifying = OneAtATime()
  let proving = OneAtATime()
  /// What of the journal is damaged.
  public let damages: DamageBook
  /// What answers now; replaced as a whole.
  let present: Mutex<Present>
  /// One change of journals at a time.
  let changing = Mutex(Devices())
  /// What each payment provider last said of itself.
  private let providersWords = Mutex(ProvidersWords())
  /// ``stop(reason:)`` was called.
  private let isStopping = Atomic<Bool>(false)
  /// Wakes whoever waits for room on the disk; closed at the end.
  let retry = Mailbox<Bool>()

  /// What of the box was started already.
  struct Devices {
    /// ``start()`` was called.
    var mayStart = false
    /// The printers report.
    var areStarted = false
    /// Effects are carried out.
    var areUsed = false
    /// Payment providers answer.
    var areAsked = false
    var isStopped = false
  }

  enum Present {
    case running(Running)
    case refused(Refused)

    var lookups: LookupThread? {
      switch self {
      case .running(let it): it.lookups
      case .refused(let it): it.lookups
      }
    }

    /// The journal was last written on another machine, which may have gone on since.
    var isOfAnotherMachine: Bool { snapshot.reasons.first == "machineChanged" }

    var snapshot: Snapshot {
      switch self {
      case .running(let it): it.thread.snapshot
      case .refused(let it): it.snapshot
      }
    }
  }

  /// Opens the journal, replays it, writes BOOT. Throws nothing: see ``snapshot``'s mode. Threads come with ``start()``.
  ///
  /// `deliver` is called on the register's thread with each drain's answers and happenings; `changed` when another journal
  /// took the place of the one before.
  public init(
    _ setup: EngineSetup, deliver: @escaping @Sendable (Delivery) -> Void,
    poisoned: @escaping @Sendable (JournalError) -> Void,
    changed: @escaping @Sendable (Snapshot) -> Void = { _ in }
  ) {
    printers = setup.printers.mapValues { SharedPrinter($0) }
    let setup = setup.with(printers)
    self.setup = setup
    self.deliver = deliver
    self.poisoned = poisoned
    let effects = self.effects
    self.changed = changed
    let damages = DamageBook { happening in
      var delivery = Delivery()
      delivery.happenings.append(happening)
      deliver(delivery)
    }
    self.damages = damages
    let opening = Opening()
    _ = startThread("opening") {
      opening.finish(
        Self.open(setup, damages, deliver: deliver, effect: { effects.post($0) }, poisoned: poisoned))
    }
    let opened = opening.wait(Self.patience)
    present = Mutex(opened ?? .refused(Self.loading(setup)))
    if opened == nil { opening.whenDone { [self] in self.opened($0) } }
  }

  /// A start that takes longer than this, in nanoseconds, goes on behind a live socket: in mode `recovering`.
  private static let patience: UInt64 = 2_000_000_000

  private func opened(_ next: Present) {
    changing.withLock { devices in
      if devices.isStopped {
        // Too late to be of use: it is ended in order.
        guard case .running(let running) = next else { return }
        _ = startThread("register") { running.thread.run() }
        running.lookupsEnded.post(true)
        running.stop(reason: "SIGTERM")
        return
      }
      present.withLock { $0 = next }
      if devices.mayStart { startThreads(next, &devices) }
    }
    changed(next.snapshot)
  }

  /// What recovery found, for the log.
  public var report: RecoveryReport? {
    if case .running(let running) = present.withLock({ $0 }) { running.report } else { nil }
  }

  /// Lets the threads run and the devices report.
  public func start() {
    changing.withLock { devices in
      devices.mayStart = true
      startThreads(present.withLock { $0 }, &devices)
    }
  }

  func startThreads(_ present: Present, _ devices: inout Devices) {
    switch present {
    case .refused(let refused):
      if let lookups = refused.lookups { _ = startThread("lookup") { lookups.run() } }
      if refused.isFull { _ = startThread("retry") { [self] in waitForRoom() } }
      if !refused.isOfAnotherProcess { startPrinters(&devices) }
    case .running(let running):
      let (thread, lookups, ended) = (running.thread, running.lookups, running.lookupsEnded)
      _ = startThread("register") { thread.run() }
      _ = startThread("lookup") {
        lookups.run()
        ended.post(true)
      }
      startDevices(lookups.origin, &devices)
      let (files, options) = (running.files, setup.options)
      _ = startThread("spares") { try? Spares.prepare(files, options: options) }
    }
  }

  private func startDevices(_ origin: String, _ devices: inout Devices) {
    // Before the first order can come.
    if !devices.areAsked {
      startProviders(&devices)
    } else if case .running(let running) = present.withLock({ $0 }) {
      // Nor does it know what the providers said of themselves to the one before.
      for (name, report) in providersWords.withLock({ $0.all }) { running.thread.post(.provider(name: name, report)) }
    }
    if !devices.areUsed {
      devices.areUsed = true
      let runner = EffectRunner(setup: setup, mailbox: effects, origin: origin) { [self] in snapshot.till }
      _ = startThread("effects") { runner.run() }
    }
    let wereStarted = devices.areStarted
    startPrinters(&devices)
    // A register that comes later than the printers knows nothing of them.
    if wereStarted { for printer in printers.values { printer.repeatStatus() } }
  }

  /// Printers outlive a change of journals: what they report goes to whichever register there is. Without one they are
  /// there for slips that are no jobs, and tell watchers how they are.
  private func startPrinters(_ devices: inout Devices) {
    guard !devices.areStarted else { return }
    devices.areStarted = true
    for (name, printer) in printers {
      printer.start { [self] report in
        if case .running(let running) = present.withLock({ $0 }) {
          running.thread.post(.printer(name: name, report))
        } else if case .status(let status) = report {
          var delivery = Delivery()
          delivery.happenings.append(.printerStatus(name, status, SystemClock().read(newest: 0, synchronised: false)))
          deliver(delivery)
        }
      }
    }
  }

  private func startProviders(_ devices: inout Devices) {
    devices.areAsked = true
    for (name, provider) in setup.providers {
      provider.start { [self] report in
        providersWords.withLock { $0.keep(report, of: name) }
        if case .running(let running) = present.withLock({ $0 }) {
          running.thread.post(.provider(name: name, report))
        }
      }
    }
  }

  /// Prints on a printer what is no job: no record says so, so it needs no journal. Receipts come first. Nil: on its way,
  /// and `end` is called on the printer's thread; else why not now.
  public func printSlip(
    _ document: Document, on printer: String, end: @escaping @Sendable (PrintOutcome) -> Void
  ) -> SlipDelay? {
    if let delay = mayPrintSlip(on: printer) { return delay }
    return printers[printer]?.printSlip(document, end: end) == true ? nil : .busy
  }

  /// Why ``printSlip(_:on:end:)`` would not print now; nil: it would, unless something comes in between.
  public func mayPrintSlip(on printer: String) -> SlipDelay? {
    guard let device = printers[printer] else { return .noPrinter }
    guard device.status?.ready ?? false else { return .notReady }
    return !device.isFree || snapshot.printsNext(on: printer) ? .busy : nil
  }

  /// Asks a printer that cannot print how it is now: nobody may have looked since it could not.
  public func look(at printer: String) { printers[printer]?.look() }

  /// Why a slip that is no job does not print now.
  public enum SlipDelay: Sendable {
    case noPrinter
    case notReady
    case busy
  }

  /// The present look at the till.
  public var snapshot: Snapshot {
    let present = present.withLock { $0 }
    guard case .refused = present else { return present.snapshot }
    // No register keeps the printers' status.
    var snapshot = present.snapshot
    snapshot.printers = printers.compactMapValues(\.status)
    return snapshot
  }

  /// Ids of this till's journals, those of earlier epochs included, in hex.
  public var journals: Set<String> { present.withLock { $0 }.journals }

  /// The threads without which nothing is sold or printed, for a watchdog. A look at them wakes nobody.
  public var threads: [WatchedThread] {
    [
      WatchedThread("register") { [self] in
        if case .running(let running) = present.withLock({ $0 }) { running.thread.mailbox.look } else { .idle }
      },
      WatchedThread("effects") { [effects] in effects.look },
    ]
  }

  /// Hands a call to the register. Nil: on its way; an error: not taken.
  public func submit(_ call: Call) -> CallError? {
    // The register takes nothing behind its stop.
    if isStopping.load(ordering: .relaxed) { return .notSelling(mode: .reading, reasons: ["shutdown"]) }
    return switch present.withLock({ $0 }) {
    case .refused(let refused): .notSelling(mode: refused.snapshot.mode, reasons: refused.snapshot.reasons)
    case .running(let running): running.thread.submit(call) ? nil : .busy
    }
  }

  /// Ends: finishes the batch, writes STOP and CHECKPOINT, stops the devices. Waits for it. False: the disk did not
  /// answer in time, and what becomes of calls that wait for it is not known.
  @discardableResult
  public func stop(reason: String) -> Bool {
    isStopping.store(true, ordering: .relaxed)
    let hasEnded = changing.withLock { devices in
      devices.isStopped = true
      let present = present.withLock { $0 }
      var hasEnded = true
      if case .running(let running) = present { hasEnded = running.stop(reason: reason) }
      retry.close()
      effects.close()
      present.lookups?.close()
      return hasEnded
    }
    for provider in setup.providers.values { provider.stop() }
    for printer in printers.values { printer.stop() }
    return hasEnded
  }
}
