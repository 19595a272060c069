import Devices
import Engine
import Glibc
import Journal
import Records
import Simulation
import SimulatedDisk
import Testing
import Till
import TillShop

/// A register with its journal on a simulated disk, no thread anywhere: what the product leaves to threads is done at
/// once, in order, or when a test says so.
final class TestBox: @unchecked Sendable {
  let disk = SimulatedDisk(seed: 1)
  let clocks = SimulatedClocks()
  var setup: EngineSetup
  private(set) var drain: Drain!
  private(set) var lookups: LookupThread!
  private(set) var answers: [UInt64: Result<Answer, CallError>] = [:]
  /// What was to be read when an answer went out.
  private(set) var shown: [UInt64: Snapshot] = [:]
  /// What providers were asked.
  private(set) var orders: [ProviderOrder] = []
  private(set) var prints: [(job: String, marked: Bool)] = []
  private(set) var sealed: [UInt64] = []
  private(set) var waiting: [Lookup] = []
  private var answersWaiting: [PrinterReport] = []
  private var token: UInt64 = 0
  private var entropy = SplitMix64(seed: 7)
  /// The kernel's random numbers come again, as after a machine was restored from a saved state.
  func repeatRandom() { entropy = SplitMix64(seed: 7) }
  private let folder: String
  /// What printers say of a job: nil leaves it running.
  var outcome: PrintOutcome? = .done
  var isPrinterReady = true

  init(index: Bool) throws {
    var template = Array("/tmp/counterfoil-engine-XXXXXX".utf8CString)
    try #require(mkdtemp(&template) != nil)
    folder = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    var options = JournalOptions()
    options.maximumBatch = 64 << 10
    options.segmentSize = 256 << 10
    options.preparation = .allocate
    setup = EngineSetup(
      folder: "", indexFolder: index ? folder : "/dev/null/none", options: options, signer: nil,
      configuration: Shop.configuration(), configurationHash: "c", machine: MachineIdentity(), bootID: "b",
      version: "test",
      printers: [:], drawers: ["drawer:a": "printer:a", "drawer:b": "printer:b", "drawer:c": "printer:c"])
    let genesis = Genesis(
      journal: "000102030405060708090a0b0c0d0e0f", epoch: 0, origin: "shop/1", currency: "CNY",
      timeZone: "Asia/Shanghai", publicKey: "00", software: "test", format: "0.0")
    let stamp = Stamp(
      at: 1_767_225_600_000, offsetMinutes: 480, timeTrusted: true, businessDay: try #require(BusinessDay("2026-01-01"))
    )
    let entry = try RecordCodec.encode(Record(stamp: stamp, fact: .genesis(genesis))) { SHA256.hash($0).hex }[0]
    _ = try JournalCore.create(
      disk.fileSystem(), genesis: PendingEntry(recordClass: .genesis, body: entry.body),
      identity: JournalIdentity(journalID: [UInt8](0..<16), epoch: 0), options: options, random: Self.random,
      now: clocks.read(newest: 0, synchronised: true))
    disk.kill()
    try start()
  }

  deinit {
    for suffix in ["/lookup.sqlite", "/lookup.sqlite-journal", "/keys"] { unlink(folder + suffix) }
    rmdir(folder)
  }

  private static let random: RandomSource = { _ = SystemRandom.fill($0) }

  /// A process begins; the one before is gone.
  func start() throws {
    disk.kill()
    waiting.removeAll()
    answersWaiting.removeAll()
    let files = disk.fileSystem()
    let started = try Engine.start(setup, files: files, clock: clocks, random: Self.random)
    lookups = LookupThread(reader: try JournalReader(files), started)
    lookups.trusted = setup.trustedBoxes
    let lookups = lookups!
    drain = Drain(
      started, clock: clocks,
      hooks: Drain.Hooks(
        deliver: { [unowned self] in
          for (token, result) in $0.answers {
            answers[token] = result
            shown[token] = drain.snapshot
          }
        },
        effect: { [unowned self] in carryOut($0) },
        lookup: { [unowned self] in waiting.append($0) },
        sealed: { [unowned self] in sealed.append($0) },
        placed: { lookups.placed($0, first: $1, stubIndex: $2) },
        started: { lookups.started(at: $0, stub: $1) },
        poisoned: { Issue.record("poisoned: \($0)") }, stopped: {}))
    drain.publish()
  }

  private func carryOut(_ effect: RegisterEffect) {
    switch effect {
    case .ask: answersWaiting.append(.status(status))
    case .print(_, let job, _, _, let marked):
      prints.append((job, marked))
      guard let outcome else { return }
      answersWaiting.append(
        .ended(PrintEnd(job: job, outcome: outcome, level: .fenced, sentBytes: 1, totalBytes: 1, why: nil)))
    case .kick(_, let order): answersWaiting.append(.drawer(order: order, outcome: .opened, why: nil))
    case .provider(_, let order): orders.append(order)
    case .cancel: break
    }
  }

  private var status: PrinterStatus {
    PrinterStatus(
      state: isPrinterReady ? .idle : .closed, online: isPrinterReady, bestLevel: .fenced, columns: 48,
      encoding: "gb18030")
  }

  /// The printer is switched on.
  func switchOn() {
    isPrinterReady = true
    answersWaiting.append(.status(status))
    settle()
  }

  /// Everything that is under way comes to its end; lookups only when `looksUp`.
  func settle(looksUp: Bool = true) {
    for _ in 0..<200 {
      _ = drain.settle()
      if looksUp, !waiting.isEmpty {
        switch lookups.carryOut(waiting.removeFirst()) {
        case .answer(let token, let result): answers[token] = result
        case .input(let input): drain.take(input)
        }
      } else if !answersWaiting.isEmpty {
        drain.take(.printer(name: "printer:a", answersWaiting.removeFirst()))
      } else {
        clocks.advance(milliseconds: 250)
        _ = drain.settle()
        return
      }
    }
    Issue.record("no end")
  }

  /// A call and what came of it; the same key asks again.
  @discardableResult
  func call(
    _ event: Event, _ stubs: [StubReference] = [], key: String? = nil, code: [UInt8]? = nil,
    presented: [PresentedStub] = [], settles: Bool = true
  ) -> UInt64 {
    token += 1
    let key = key ?? "key-of-the-test-\(token)"
    drain.take(
      .call(
        Call(
          token: token, method: "m", key: key, requestHash: SHA256.hash(Array(key.utf8)), userID: 1, event: event,
          operator: "1001", verifiedBy: .application, entropy: [entropy.next(), entropy.next()], stubs: stubs,
          presented: presented, paymentCode: code)))
    if settles { settle() }
    return token
  }

  /// A whole sale; answers its stub.
  @discardableResult
  func ring(key: String? = nil) throws -> StubReference {
    let token = call(
      .ring(Ring(open: OpenSale(lane: "1", lines: [item(500)]), tender: TenderInput(kind: .cash))), key: key)
    let answer = try #require(answers[token]).get()
    for case .stubSealed(let stub) in answer.records.map(\.fact) {
      return StubReference(box: "shop/1", stub: stub.stub.description)
    }
    throw CallError.fault("no stub")
  }

  func openShift() throws {
    let token = call(.openShift(OpenShift(lane: "1", operator: "1001", opening: [])))
    _ = try #require(answers[token]).get()
  }

  /// Sells until the segment is switched; then the index takes the old one, unless `lags`.
  func fillSegment(lags: Bool = false) throws {
    let before = sealed.count
    for _ in 0..<2_000 where sealed.count == before { try ring() }
    if !lags { lookups.takeSealed(before: try #require(sealed.last)) }
  }
}
