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
  /// `shop/till` of the configuration, which must be the journal's; nil is not compared.
  public var origin: String?
  /// What binds the journal to this machine.
  public var machine: MachineIdentity
  public var bootID: String
  public var version: String
  public var printers: [String: any ReceiptPrinter]
  /// Drawer name to the printer that pulses it.
  public var drawers: [String: String]
  /// Payment providers by their names.
  public var providers: [String: any PaymentConnector]
  /// Those that move no money: for lanes in training, and for no other.
  public var trainingProviders: Set<String> = []
  /// Other boxes whose signed proofs of their stubs are taken.
  public var trustedBoxes: [TrustedBox] = []

  public init(
    folder: String, indexFolder: String, options: JournalOptions, signer: NoteSigner?, configuration: TillConfiguration,
    configurationHash: String, origin: String? = nil, machine: MachineIdentity, bootID: String, version: String,
    printers: [String: any ReceiptPrinter], drawers: [String: String],
    providers: [String: any PaymentConnector] = [:]
  ) {
    self.providers = providers
    self.folder = folder
    self.indexFolder = indexFolder
    self.options = options
    self.signer = signer
    self.configuration = configuration
    self.configurationHash = configurationHash
    self.origin = origin
    self.machine = machine
    self.bootID = bootID
    self.version = version
    self.printers = printers
    self.drawers = drawers
  }

  /// The same with these printers.
  func with(_ printers: [String: any ReceiptPrinter]) -> Self {
    var setup = self
    setup.printers = printers
    return setup
  }
}

/// The register with its journal, lookups and printers; what the control protocol talks to.
///
/// A journal that cannot be written never means a dead engine: it stands in a named mode, answers what can be read, refuses
/// calls, and sells again with a new epoch or, after a full disk, by itself.
public final class Engine: @unchecked Sendable {
  public let setup: EngineSetup
  /// The setup's printers, which print slips of the box itself too.
  private let printers: [String: SharedPrinter]
  private let deliver: @Sendable (Delivery) -> Void
  private let poisoned: @Sendable (JournalError) -> Void
  private let changed: @Sendable (Snapshot) -> Void
  private let effects = Mailbox<RegisterEffect>()
  /// The whole journal is being checked.
  private let verifying = OneAtATime()
  private let proving = OneAtATime()
  /// What of the journal is damaged.
  public let damages: DamageBook
  /// What answers now; replaced as a whole.
  private let present: Mutex<Present>
  /// One change of journals at a time.
  private let changing = Mutex(Devices())
  /// What each payment provider last said of itself.
  private let providersWords = Mutex(ProvidersWords())
  /// ``stop(reason:)`` was called.
  private let isStopping = Atomic<Bool>(false)
  /// Wakes whoever waits for room on the disk; closed at the end.
  private let retry = Mailbox<Bool>()

  /// What of the box was started already.
  private struct Devices {
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

  private func startThreads(_ present: Present, _ devices: inout Devices) {
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

  // MARK: - another journal

  /// Begins a new epoch when the present journal cannot go on, and sells with it. The same key again gives the same
  /// answer. The answer comes on a thread of its own.
  public func beginEpoch(
    _ order: EpochOrder, then: @escaping @Sendable (Result<EpochBegun, CallError>) -> Void
  ) {
    _ = startThread("epoch") { [self] in
      then(
        changing.withLock { devices in
          guard !devices.isStopped else { return .failure(.notSelling(mode: .reading, reasons: ["shutdown"])) }
          return begin(order, &devices)
        })
    }
  }

  private func begin(_ order: EpochOrder, _ devices: inout Devices) -> Result<EpochBegun, CallError> {
    let before = present.withLock { $0 }
    do {
      guard let root = before.root else {
        return .failure(.notSelling(mode: before.snapshot.mode, reasons: before.snapshot.reasons))
      }
      if let earlier = try EpochBirth.earlier(order, in: root) { return earlier }
      let mode = before.snapshot.mode
      // A new epoch is one of the same till: it would be refused as the old one is.
      guard before.snapshot.reasons.first != "journalOtherTill" else {
        return .failure(.notSelling(mode: mode, reasons: before.snapshot.reasons))
      }
      guard mode == .reading || mode == .locked else {
        // While the journal is being opened it may still turn out to be needed.
        if mode == .recovering { return .failure(.notSelling(mode: mode, reasons: before.snapshot.reasons)) }
        return .failure(
          .journalRule(rule: "epochNotNeeded", text: "the journal is whole and the box sells: no epoch is needed"))
      }
      let begun = try Self.begin(order, mayBeOld: before.isOfAnotherMachine, setup, root)
      if case .running(let running) = before { running.stop(reason: "epoch") }
      before.lookups?.close()
      install(
        Self.open(
          setup, damages, root: root, deliver: deliver, effect: { [effects] in effects.post($0) }, poisoned: poisoned),
        &devices)
      return .success(begun)
    } catch {
      return .failure(Self.failure(error, before.snapshot))
    }
  }

  private func install(_ next: Present, _ devices: inout Devices) {
    present.withLock { $0 = next }
    startThreads(next, &devices)
    changed(next.snapshot)
  }

  /// A start that found no room for what it must write tries again until there is some.
  private func waitForRoom() {
    var batch: [Bool] = []
    while retry.take(into: &batch, until: SystemClock.monotonic() + JournalRoom.retry) {
      let isOver = changing.withLock { devices in
        guard !devices.isStopped, case .refused(let before) = present.withLock({ $0 }), before.isFull,
          let root = before.root
        else { return true }
        let next = Self.open(
          setup, damages, root: root, deliver: deliver, effect: { [effects] in effects.post($0) }, poisoned: poisoned)
        guard case .running = next else {
          next.lookups?.close()
          return false
        }
        before.lookups?.close()
        install(next, &devices)
        return true
      }
      if isOver { return }
    }
  }

  // MARK: - reads that need the disk

  /// The closed sale, its stub, its external reference or the order number of one of its tenders; exactly one is given.
  public func closed(
    sale: String?, stub: StubReference?, external: String?, order: String? = nil,
    then: @escaping @Sendable (Result<ClosedSale?, CallError>) -> Void
  ) -> Bool {
    post(then) { lookups in
      if let sale { return lookups.anyClosed(.sale, sale) }
      if let stub { return lookups.anyClosed(.stub, stub.stub) }
      if let external { return lookups.anyClosed(.external, external) }
      return order.map { lookups.anyClosed(.order, $0) } ?? .success(nil)
    }
  }

  public func facts(
    _ stub: StubReference, then: @escaping @Sendable (Result<ClosedStubFacts, CallError>) -> Void
  ) -> Bool {
    let upTo = snapshot.head.sequence
    return post(then) { $0.facts(stub, upTo: upTo) }
  }

  /// The same of another box's stub, once its proof holds.
  public func facts(
    _ presented: PresentedStub, then: @escaping @Sendable (Result<ClosedStubFacts, CallError>) -> Void
  ) -> Bool {
    let upTo = snapshot.head.sequence
    return post(then) { $0.facts(presented, upTo: upTo) }
  }

  public func list(
    _ filter: ClosedFilter, then: @escaping @Sendable (Result<ClosedPage, CallError>) -> Void
  ) -> Bool {
    post(then) { $0.anyList(filter) }
  }

  /// The Z report with this number.
  public func day(_ number: Int64, then: @escaping @Sendable (Result<(DayClosed, Stamp)?, CallError>) -> Void) -> Bool {
    post(then) { lookups in
      lookups.anyReport(.closedDay(number)) { record, _ in
        if case .dayClosed(let day) = record.fact { (day, record.stamp) } else { nil }
      }
    }
  }

  /// The closed shift with this id, its stamp and the sequence of its event.
  public func shift(
    _ id: String, then: @escaping @Sendable (Result<(ShiftClosed, Stamp, UInt64)?, CallError>) -> Void
  ) -> Bool {
    post(then) { lookups in
      lookups.anyReport(.closedShift(id)) { record, first in
        if case .shiftClosed(let shift) = record.fact { (shift, record.stamp, first) } else { nil }
      }
    }
  }

  /// What the journal's disk says, and the newest signed note; each nil when it is not known.
  public func outlook(
    then: @escaping @Sendable (Result<(disk: DiskOutlook?, note: String?), CallError>) -> Void
  ) -> Bool {
    let upTo = snapshot.head.sequence
    let folder = setup.folder
    return post(then) { lookups in
      lookups.lookAgain()
      let now = SystemClock().read(newest: 0, synchronised: false).wallMilliseconds / 1_000
      let from = upTo > Self.noteReach ? upTo - Self.noteReach : 0
      let entries = try? lookups.reader.read(
        from: from, limit: Int(Self.noteReach), upTo: upTo, kinds: ["checkpoint"])
      let note = entries?.last.flatMap { CheckpointNote.text($0.entry) }
      return .success((DiskForecast.look(folder, now: now), note))
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
      let found: Result<Bool?, CallError> = lookups.anyReport(report) { record, _ in
        switch (report, record.fact) {
        case (.closedDay, .dayClosed), (.closedShift, .shiftClosed), (.movement, .cashMoved): true
        default: nil
        }
      }
      return found.map { $0 ?? false }
    }
  }

  /// Durable entries of an epoch (nil: the present one) from a sequence on (nil: from the oldest that is here).
  public func read(
    epoch: Int64? = nil, from: UInt64?, limit: Int, kinds: Set<String>?,
    then: @escaping @Sendable (Result<JournalPage, CallError>) -> Void
  ) -> Bool {
    let upTo = snapshot.head.sequence
    return post(then) { lookups in
      lookups.inEpoch(epoch, from: from ?? 0, upTo: upTo) { (reader, end) throws(JournalError) in
        let oldest = try reader.segments().first?.first
        return try reader.page(from: from ?? oldest ?? 0, limit: limit, upTo: end, kinds: kinds)
      }
    }
  }

  /// Standing proof of a record of an epoch; nil: the present one. It reads every leaf before the checkpoint, so it has a
  /// thread of its own, one at a time; where the record is says the lookup thread.
  public func prove(
    epoch: Int64? = nil, _ sequence: UInt64, then: @escaping @Sendable (Result<String, CallError>) -> Void
  ) -> Bool {
    let look = snapshot
    let upTo = look.head.sequence
    guard let root = present.withLock({ $0 }).root else {
      then(.failure(.notSelling(mode: look.mode, reasons: look.reasons)))
      return true
    }
    let found: @Sendable (Result<ProofPlace, CallError>) -> Void = { [self] found in
      let place: ProofPlace
      do throws(CallError) { place = try found.get() } catch { return then(.failure(error)) }
      if let since = proving.begin() { return then(.failure(.atWork("prove", since: since))) }
      _ = startThread("prove") { [self] in
        let result = place.proof(in: root)
        proving.end()
        then(result)
      }
    }
    return post(found) { $0.proofPlace(epoch: epoch, of: sequence, upTo: upTo) }
  }

  /// Checks the present epoch up to the durable head, and every one before it up to where the next one says that it
  /// ends, newest first, on a thread of its own. One check at a time, whoever asks: each reads all there is.
  public func verify(
    progress: @escaping @Sendable (_ epoch: UInt32, VerifyProgress) -> Void,
    then: @escaping @Sendable (Result<[EpochReport], CallError>) -> Void
  ) {
    let present = present.withLock { $0 }
    let look = present.snapshot
    guard let folder = present.folder, let root = present.root else {
      return then(.failure(.notSelling(mode: look.mode, reasons: look.reasons)))
    }
    // A refused journal is checked to its end: that it is refused must show.
    let upTo: UInt64? = if case .running = present { look.head.sequence } else { nil }
    if let since = verifying.begin() { return then(.failure(.atWork("verify", since: since))) }
    _ = startThread("verify") { [self] in
      let result: Result<[EpochReport], CallError>
      do {
        let reports = try folder.verify(in: root, upTo: upTo) { progress($0.epoch, $1) }
        let folders = try EpochFolder.all(in: root)
        for each in reports {
          guard let checked = folders.first(where: { $0.epoch == each.epoch }) else { continue }
          damages.verified(each.epoch, each.report.faults, try JournalReader(try checked.files(in: root)))
        }
        result = .success(reports)
      } catch { result = .failure(LookupThread.failure(error, epoch: folder.epoch)) }
      verifying.end()
      then(result)
    }
  }

  private func post<Value>(
    _ then: @escaping @Sendable (Result<Value, CallError>) -> Void,
    _ work: @escaping @Sendable (LookupThread) -> Result<Value, CallError>
  ) -> Bool {
    let present = present.withLock { $0 }
    guard let lookups = present.lookups else {
      let look = present.snapshot
      then(.failure(.notSelling(mode: look.mode, reasons: look.reasons)))
      return true
    }
    return lookups.post { then(work($0)) }
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
