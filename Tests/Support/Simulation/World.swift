import Devices
import Engine
import Journal
import SimulatedDisk
import Till

/// One seed: a disk, clocks, clients and printers, and the engine in between, life after life.
///
/// Everything runs on one thread. The engine's own start, drain, register, lookups and journal are the product's; what
/// the product leaves to threads (lookups, effects, spares) waits in queues here and is carried out, late or never, as
/// the seed wants.
final class World: @unchecked Sendable {
  static let origin = "shop/1"
  static let journalID = [UInt8](0..<16)

  let seed: UInt64
  let variant: Variant
  let plant: Plant?
  let disk: SimulatedDisk
  let clocks = SimulatedClocks()
  let watch: Watch
  let signer: NoteSigner
  private(set) var setup: EngineSetup
  let tracing: ((String) -> Void)?

  var random: SplitMix64
  var shopper: Shopper
  var printers = ["printer:a": FakePrinter(name: "printer:a"), "printer:b": FakePrinter(name: "printer:b")]
  var instance: Instance?
  var shadow = Shadow()
  var requests: [Request] = []
  /// Index into `requests` by the token of its newest attempt.
  var tokens: [UInt64: Int] = [:]
  var nextToken: UInt64 = 1
  var papers: [Paper] = []
  var kicked: Set<String> = []
  var providers: [String: SimulatedProvider] = [:]
  var network = PaymentNetwork()
  var payments = PaymentBooks()
  /// What happens at the providers and on the way to them.
  var chance: SplitMix64
  /// How far the wall clock was set forward in all, milliseconds.
  var wallForward: Int64 = 0
  /// Which life of the daemon this is.
  var life = 0
  /// When the register wants to look again.
  var due: UInt64?

  var counts = Counts()
  var violations: [Violation] = []
  /// The seed ends here: a violation, or a loss that is allowed.
  var isOver = false
  /// A fault was injected and not taken back.
  var isFaulty = false
  var faultKind = ""
  /// The process was killed in the middle of a start.
  var isKilled = false
  /// The last durable batch when the last process ended, and where what was durable ended.
  var lastBatch: SeenBatch?
  var durableAtEnd: UInt64 = 0
  var rotten: Rot?
  /// What happened, as one number: the same seed must give the same.
  var digest: UInt64 = 0xCBF2_9CE4_8422_2325

  /// A folder that nothing can be made in: a box without its lookup file.
  static let noIndex = "/dev/null/none"
  /// Segments before this sequence are on another disk.
  var archivedBefore: UInt64?
  /// Rot comes with this life's end.
  let rotsAfter: Int?
  let lives: Int

  init(
    seed: UInt64, variant: Variant, plant: Plant?, shape: Simulation.Shape, indexFolder: String,
    tracing: ((String) -> Void)?
  ) throws {
    self.seed = seed
    self.variant = variant
    self.plant = plant
    self.tracing = tracing
    // Mixed twice: streams of neighbouring seeds must have nothing in common.
    var mixed = SplitMix64(seed: seed)
    var random = SplitMix64(seed: mixed.next())
    chance = SplitMix64(seed: mixed.next())
    // The four kinds of disk take turns.
    let media: MediaModel = seed % 2 == 0 ? .sectorAtomic : .pageGarbage
    let usualLives = 3 + random.below(4)
    lives = shape.lives ?? usualLives
    rotsAfter = seed / 2 % 2 == 1 ? 1 + random.below(max(1, lives - 1)) : nil
    disk = SimulatedDisk(seed: random.next(), media: media)
    watch = Watch(clocks: clocks, believesWrites: variant == .noSynchronize)
    signer = try NoteSigner(name: Self.origin, key: Ed25519PrivateKey(seed: [UInt8](repeating: 7, count: 32)))
    var options = JournalOptions()
    options.maximumBatch = 64 << 10
    let usualSegment = 128 + 32 * random.below(5)
    options.segmentSize = UInt64(shape.segment ?? usualSegment) << 10
    options.preparation = random.chance(25) ? .zeroFill : .allocate
    switch variant {
    case .none: break
    case .noAlignment: options.omitted = .alignment
    case .noMark: options.omitted = .mark
    case .noSynchronize: options.omitted = .synchronize
    }
    setup = EngineSetup(
      folder: "", indexFolder: random.chance(70) ? indexFolder : Self.noIndex, options: options, signer: signer,
      configuration: Shopper.configuration, configurationHash: "c0", machine: MachineIdentity(system: "m0"),
      bootID: "b0", version: "simulated",
      printers: [:], drawers: ["drawer:a": "printer:a", "drawer:b": "printer:b"])
    shopper = try Shopper(seed: random.next())
    self.random = random
    for name in Self.providerNames {
      providers[name] = SimulatedProvider(name: name, &chance)
      setup.providers[name] = NoConnector()
    }
  }

  // MARK: what happened

  func trace(_ text: @autoclosure () -> String) { tracing?(text()) }

  func note(_ value: UInt64) { digest = (digest ^ value) &* 0x0000_0100_0000_01B3 }

  /// Ends the seed; what follows from a first violation is not told.
  func fail(_ kind: Violation.Kind, _ text: String) {
    guard violations.isEmpty else { return }
    trace("VIOLATION \(kind.rawValue): \(text)")
    violations.append(Violation(kind: kind, text: text))
    isOver = true
  }

  /// Order of effects is not looked at where a rule is left out: there the loss itself must show.
  var judgesOrder: Bool { variant == .none }

  // MARK: the course of a seed

  func run() {
    do {
      try birth()
    } catch { return fail(.startFailed, "birth: \(error)") }
    for life in 0..<lives where !isOver {
      guard start() else { break }
      live()
      end()
      trace("life \(life) ends")
      if life == rotsAfter, !isOver { rot() }
    }
    if !isOver { finale() }
    note(shadow.next)
    note(UInt64(violations.count))
    let kind = "\(disk.media.rawValue)\(rotsAfter == nil ? "" : " rot")"
    counts["seeds"] += 1
    counts["seeds \(kind)"] += 1
    for violation in violations { counts["\(violation.kind.rawValue), \(kind)"] += 1 }
    for (name, count) in disk.settlements { counts["media \(name)"] += count }
    counts["days"] += shadow.days
    counts["shiftsClosed"] += shadow.shiftsClosed
    counts["returns"] += shadow.stubs.count { !$0.originals.isEmpty }
    counts["events"] += Int(shadow.next)
    counts["switches"] += watch.seals
    counts["stubs"] += shadow.stubs.count
    counts["papers"] += papers.count
    counts["acknowledged"] += requests.count { $0.isDurable }
  }

  /// One life of the daemon, until it ends by itself or has lived enough.
  private func live() {
    arm()
    for _ in 0..<(20 + random.below(50)) {
      guard isAlive, !isOver else { return }
      step()
    }
  }

  /// The daemon runs and the box has power.
  var isAlive: Bool { instance?.isAlive ?? false && !disk.isDead }

  /// One thing happens.
  private func step() {
    switch random.below(100) {
    case 0..<24: call()
    case 24..<30: retry()
    case 30..<31: reuseKey()
    case 31..<54: device()
    case 54..<62: lookUp()
    case 62..<80: carryOut()
    case 80..<83: provider()
    case 83..<94: pass()
    default: background()
    }
    if random.chance(70) { settle() }
  }

  /// Runs the drain: everything posted so far, then what is due.
  func settle() {
    guard isAlive, let instance else { return }
    let inputs = instance.inputs
    instance.inputs.removeAll()
    for input in inputs where isAlive { instance.drain.take(input) }
    guard isAlive else { return }
    let time = clocks.nanoseconds
    due = instance.drain.settle()
    guard isAlive, !instance.isPoisoned else { return }
    watch.drained(at: time)
    checkOpen(instance.drain.snapshot.till)
    checkCodes(instance.drain.snapshot)
  }

  /// Answers wait while the box hangs, and are heard later than they hold.
  private static let hangs = true
  /// Milliseconds; an order does not wait in the box for so long.
  private static let longPass = 1_000

  /// Time passes.
  private func pass() {
    let milliseconds = [1, 5, 20, 31, 40, 120, 210, 1_000, 6_000, 20_000, 61_000, 3_600_000][random.below(12)]
    let target = clocks.nanoseconds + UInt64(milliseconds) * 1_000_000
    if hasPayments {
      if random.chance(85), milliseconds >= Self.longPass { sendOrders() }
      passPayments(until: target, hangs: Self.hangs && random.chance(15))
    }
    clocks.advance(to: target)
    if random.chance(4) {
      let step = Int64(random.below(20_000)) - 10_000
      clocks.wallOffset += step
      wallForward += max(0, step)
    }
    if random.chance(4) { clocks.isSynchronised.toggle() }
    trace("\(milliseconds) ms pass")
    settle()
  }

  /// What the product does beside the register: spares, compression, the lookup file.
  private func background() {
    guard let instance, isAlive else { return }
    trace("background")
    try? Spares.prepare(instance.files, options: setup.options)
    // One after the other, as the product's threads get to it: the next switch may have come meanwhile.
    guard !instance.sealed.isEmpty else { return }
    let first = instance.sealed.removeFirst()
    instance.lookups.takeSealed(before: first)
    let before = disk.names.count { $0.hasSuffix(".seg") }
    SegmentCompression.compressAll(instance.files, before: first)
    counts["compressed"] += before - disk.names.count { $0.hasSuffix(".seg") }
  }
}
