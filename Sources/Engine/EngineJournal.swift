import Glibc
import Index
import Journal
import Records
import Synchronization
import Till

extension Engine {
  /// A journal that is written.
  struct Running {
    let thread: RegisterThread
    let lookups: LookupThread
    let root: PosixFileSystem
    let files: PosixFileSystem
    let folder: EpochFolder
    let report: RecoveryReport
    let stopped: Mailbox<Bool>
    /// The lookup thread came to its end.
    let lookupsEnded = Mailbox<Bool>()
    let journals: Set<String>

    private static let stopPatience: UInt64 = 10_000_000_000

    /// Writes what the journal ends with, lets the index take what was sealed, so that the next start need not, and waits
    /// for both. False: the register is still at it.
    @discardableResult
    func stop(reason: String) -> Bool {
      thread.mailbox.post(.stop(reason: reason))
      let hasEnded = Self.wait(for: stopped)
      if hasEnded, thread.isSealed {
        let end = thread.snapshot.head.sequence
        lookups.post { $0.takeAll(end: end) }
      }
      lookups.close()
      _ = Self.wait(for: lookupsEnded)
      return hasEnded
    }

    private static func wait(for end: Mailbox<Bool>) -> Bool {
      var done: [Bool] = []
      return end.take(into: &done, until: SystemClock.monotonic() + stopPatience) && !done.isEmpty
    }
  }

  /// A journal that is not written: a still picture, and lookups of what can be read.
  struct Refused {
    var snapshot: Snapshot
    var lookups: LookupThread?
    /// The journal folder, locked; nil when there is none or another process has it.
    var root: PosixFileSystem?
    var folder: EpochFolder?
    var journals: Set<String> = []

    /// It was refused for want of room, which may come back.
    var isFull: Bool { snapshot.reasons.first == "journalFull" }

    /// Another process has the journal, and with it the printers: its receipts must not be disturbed.
    var isOfAnotherProcess: Bool { snapshot.reasons.first == "journalLocked" }
  }

  /// Opens the newest epoch, or makes a still picture of what can be read of it.
  static func open(
    _ setup: EngineSetup, _ damages: DamageBook, root known: PosixFileSystem? = nil,
    deliver: @escaping @Sendable (Delivery) -> Void,
    effect: @escaping @Sendable (RegisterEffect) -> Void, poisoned: @escaping @Sendable (JournalError) -> Void
  ) -> Present {
    var root = known
    var folder: EpochFolder?
    do {
      let files = try known ?? lock(setup.folder)
      root = files
      EpochFolder.removeUnfinished(in: files)
      let newest = try EpochFolder.newest(in: files)
      folder = newest
      return .running(
        try run(setup, damages, files, newest, deliver: deliver, effect: effect, poisoned: poisoned))
    } catch {
      return .refused(refused(setup, damages, root, folder, error))
    }
  }

  /// Takes the journal folder for this process, whichever epoch is opened in it.
  private static func lock(_ path: String) throws(JournalError) -> PosixFileSystem {
    let files: PosixFileSystem
    do throws(FileError) { files = try PosixFileSystem(path) } catch {
      throw error.isMissing ? .notFound(folder: path) : .file(error)
    }
    do throws(FileError) { try files.lock() } catch { throw error.code == EAGAIN ? .locked(error) : .file(error) }
    return files
  }

  private static func run(
    _ setup: EngineSetup, _ damages: DamageBook, _ root: PosixFileSystem, _ folder: EpochFolder,
    deliver: @escaping @Sendable (Delivery) -> Void, effect: @escaping @Sendable (RegisterEffect) -> Void,
    poisoned: @escaping @Sendable (JournalError) -> Void
  ) throws -> Running {
    let files = try folder.files(in: root)
    let started = try start(setup, files: files)
    let lookups = LookupThread(reader: try JournalReader(files), started, damages: damages)
    lookups.past = PastEpochs(
      root, present: lookups.identity, indexFolder: setup.indexFolder, damages: damages)
    lookups.signs = setup.signer != nil
    lookups.trusted = setup.trustedBoxes
    let box = ThreadBox()
    let stopped = Mailbox<Bool>()
    let hooks = Drain.Hooks(
      deliver: deliver, effect: effect,
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
    return Running(
      thread: thread, lookups: lookups, root: root, files: files, folder: folder, report: started.core.report,
      stopped: stopped, journals: journals(root, lookups.identity))
  }

  /// Ids of all journals of this till that are known: a stub of an earlier epoch is a stub of this box.
  private static func journals(_ root: PosixFileSystem, _ present: Genesis?) -> Set<String> {
    var found = Set(((try? EpochFolder.all(in: root)) ?? []).compactMap { $0.journalID(in: root).map(Hex.encode) })
    if let present { found.insert(present.journal) }
    if let previous = present?.previous { found.insert(previous.journal) }
    return found
  }

  // MARK: - a refused journal

  /// The still picture of an engine whose journal cannot be written: all that verifies of it, read only.
  private static func refused(
    _ setup: EngineSetup, _ damages: DamageBook, _ root: PosixFileSystem?, _ folder: EpochFolder?,
    _ error: any Error
  ) -> Refused {
    let error = cause(of: error, in: folder?.path ?? setup.folder)
    let (mode, reason) = reason(of: error)
    // The lanes are known without the journal, so that every call gets the true reason and not "no such lane".
    var state = TillState()
    state.configuration = setup.configuration
    var refused = Refused(
      snapshot: Snapshot(
        // Without the folder there is nothing to read.
        till: Till(restoring: state), mode: root == nil ? .locked : mode, reasons: [reason] + sentences(of: error),
        head: Head(journalID: [], epoch: 0, sequence: 0, chain: .zero, frontier: MerkleFrontier()), newest: 0,
        printers: [:], clockTrusted: false), root: root, folder: folder)
    guard let root, let folder, let files = try? folder.files(in: root), let reader = try? JournalReader(files),
      let found = try? reader.replay()
    else { return refused }
    var replay = Replay()
    var failure: (any Error)?
    found.forEach { entry in
      do { if failure == nil { try replay.take(entry, applies: true) } } catch { failure = error }
    }
    let head = found.head
    let lookups = LookupThread(
      reader: reader, head, failure == nil ? replay.till.identity : nil, upTo: head.sequence,
      sealed: SealedLookup(folder: setup.indexFolder, head), damages: damages)
    lookups.past = PastEpochs(
      root, present: lookups.identity, indexFolder: setup.indexFolder, damages: damages)
    lookups.trusted = setup.trustedBoxes
    // First in the queue: whoever asks waits until what can be read is known.
    lookups.post { $0.fill(upTo: head.sequence) }
    if failure == nil {
      if replay.till.configuration.lanes.isEmpty { replay.till.configuration = setup.configuration }
      refused.snapshot.till = replay.till
      if let zone = replay.till.identity?.timeZone { _ = LocalTime.setZone(zone) }
    }
    refused.snapshot.head = head
    refused.snapshot.newest = replay.newest
    refused.lookups = lookups
    refused.journals = journals(root, lookups.identity)
    return refused
  }

  /// A journal that is still being opened: nothing is known but what the configuration says.
  static func loading(_ setup: EngineSetup) -> Refused {
    var state = TillState()
    state.configuration = setup.configuration
    return Refused(
      snapshot: Snapshot(
        till: Till(restoring: state), mode: .recovering, reasons: ["keysLoading"],
        head: Head(journalID: [], epoch: 0, sequence: 0, chain: .zero, frontier: MerkleFrontier()), newest: 0,
        printers: [:], clockTrusted: false))
  }

  /// An opening on its own thread, and whoever waits for it.
  final class Opening: Sendable {
    private enum State {
      case working
      case done(Present)
      case late(@Sendable (Present) -> Void)
    }

    private let state = Mutex(State.working)
    private let ready = Mailbox<Bool>()

    func finish(_ present: Present) {
      let late = state.withLock { state -> (@Sendable (Present) -> Void)? in
        if case .late(let body) = state { return body }
        state = .done(present)
        return nil
      }
      if let late { late(present) } else { ready.post(true) }
    }

    /// What was opened; nil when it takes longer than this many nanoseconds.
    func wait(_ patience: UInt64) -> Present? {
      var done: [Bool] = []
      _ = ready.take(into: &done, until: SystemClock.monotonic() + patience)
      return state.withLock { if case .done(let present) = $0 { present } else { nil } }
    }

    /// Has `body` called once it is opened, on whichever thread.
    func whenDone(_ body: @escaping @Sendable (Present) -> Void) {
      let present = state.withLock { state -> Present? in
        if case .done(let present) = state { return present }
        state = .late(body)
        return nil
      }
      if let present { body(present) }
    }
  }

  /// What exactly, in English and, where it is more than a file's name, in Chinese.
  private static func sentences(of error: any Error) -> [String] {
    ["\(error)"] + ((error as? StartRefusal).map { [$0.chinese] } ?? [])
  }

  private static func reason(of error: any Error) -> (Mode, String) {
    switch error {
    case StartRefusal.machineChanged: (.reading, "machineChanged")
    case StartRefusal.otherTill: (.locked, "journalOtherTill")
    case StartRefusal.denied: (.reading, "journalDenied")
    case StartRefusal.configuration: (.locked, "configurationRefused")
    case JournalError.notFound: (.locked, "journalMissing")
    case JournalError.locked: (.locked, "journalLocked")
    case JournalError.unsupported: (.locked, "journalUnsupported")
    case JournalError.rolledBack: (.reading, "journalRolledBack")
    case JournalError.forked: (.reading, "journalForked")
    case JournalError.corrupt: (.reading, "journalDamaged")
    case JournalError.segmentFull: (.reading, "journalFull")
    case JournalError.file(let file) where file.isFull: (.reading, "journalFull")
    case JournalError.poisoned(let file) where file.isFull: (.reading, "journalFull")
    case JournalError.file(let file) where file.isReadOnly: (.reading, "journalReadOnly")
    case JournalError.poisoned(let file) where file.isReadOnly: (.reading, "journalReadOnly")
    case JournalError.file(let file) where file.isDenied: (.reading, "journalDenied")
    case JournalError.file, JournalError.poisoned, is FileError: (.reading, "journalFailing")
    default: (.locked, "journalForeign")
    }
  }

  // MARK: - a new epoch

  /// Makes the next epoch's folder out of the newest one. Nothing of the old is changed; the new one has its name only
  /// when all of it is durable.
  ///
  /// `mayBeOld`: another machine may have written on behind the last record.
  static func begin(
    _ order: EpochOrder, mayBeOld: Bool, _ setup: EngineSetup, _ root: PosixFileSystem
  ) throws -> EpochBegun {
    let birth = EpochBirth(
      order: order, mayBeOld: mayBeOld, options: setup.options, signer: setup.signer,
      software: "counterfoild \(setup.version)",
      clock: SystemClock(), random: { _ = SystemRandom.fill($0) })
    let old = try birth.inherit(from: try EpochFolder.newest(in: root).files(in: root))
    return try birth.begin(old, in: root)
  }

  /// What a failed beginning answers: nothing was begun.
  static func failure(_ error: any Error, _ look: Snapshot) -> CallError {
    switch error {
    case let error as CallError: error
    case JournalError.notFound, JournalError.corrupt, JournalError.archived, JournalError.unsupported:
      .journalRule(rule: "nothingVerifies", text: "no state can be rebuilt from the old journal: \(error)")
    default: .notSelling(mode: look.mode, reasons: [reason(of: error).1, "\(error)"])
    }
  }
}

extension Engine.Present {
  /// The journal folder, held by this process.
  var root: PosixFileSystem? {
    switch self {
    case .running(let it): it.root
    case .refused(let it): it.root
    }
  }

  var journals: Set<String> {
    switch self {
    case .running(let it): it.journals
    case .refused(let it): it.journals
    }
  }

  /// The epoch that is open, or was refused.
  var folder: EpochFolder? {
    switch self {
    case .running(let it): it.folder
    case .refused(let it): it.folder
    }
  }
}
