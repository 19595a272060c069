import Engine
import Journal
import Records
import SimulatedDisk
import Till

/// Seeded bytes behind a closure.
final class SeededBytes: @unchecked Sendable {
  private var numbers: SplitMix64
  init(_ seed: UInt64) { numbers = SplitMix64(seed: seed) }
  func fill(_ buffer: UnsafeMutableRawBufferPointer) { buffer.copyBytes(from: numbers.bytes(buffer.count)) }
}

// How a life begins and ends.
extension World {
  private static let inputOutput: Int32 = 5
  private static let noSpace: Int32 = 28
  /// Faults are taken back after so many starts that failed.
  private static let sickStarts = 2

  /// The journal is made, as `counterfoil init` does.
  func birth() throws {
    let genesis = Genesis(
      journal: Hex.encode(Self.journalID), epoch: 0, origin: Self.origin, currency: "CNY", timeZone: "Asia/Shanghai",
      publicKey: Hex.encode(signer.verifier.publicKey.bytes), software: "simulated", format: "0.0")
    let now = clocks.read(newest: 0, synchronised: true)
    let stamp = Stamp(
      at: now.wallMilliseconds, offsetMinutes: 480, timeTrusted: true,
      businessDay: Shopper.firstDay)
    let entries = try RecordCodec.encode(Record(stamp: stamp, fact: .genesis(genesis))) { SHA256.hash($0).hex }
    let source = SeededBytes(random.next())
    _ = try JournalCore.create(
      WatchedFileSystem(disk.fileSystem(), watch),
      genesis: PendingEntry(recordClass: .genesis, body: entries[0].body),
      identity: JournalIdentity(journalID: Self.journalID, epoch: 0), options: setup.options, signer: signer,
      random: { source.fill($0) }, now: now)
    disk.kill()
    watch.onKill = { [unowned self] in
      trace("killed at an operation")
      counts["killsAtOperation"] += 1
      instance?.isAlive = false
      isKilled = true
      disk.kill()
    }
    watch.onIntents = { [unowned self] in willWrite(intents: $0) }
    watch.onCode = { [unowned self] in fail(.codeKept, "a customer's code is written: \($0)") }
    watch.onFailure = { [unowned self] error in
      guard isFaulty, !disk.isDead, error.code == Self.inputOutput || error.code == Self.noSpace else { return }
      counts["failed \(error.operation.rawValue) \(error.code == Self.noSpace ? "no space" : faultKind)"] += 1
    }
  }

  /// Chooses what will befall this life.
  func arm() {
    switch random.below(100) {
    case 0..<26: disk.loseThePower(atOperation: disk.operationCount + 1 + random.below(70))
    case 26..<36: instance?.diesAtHook = 1 + random.below(40)
    case 36..<46: killSoon(within: 70)
    case 46..<62: inject()
    case 62..<80:
      watch.onSeal = { [unowned self] in
        if random.chance(30) { return killSoon(within: 16) }
        disk.loseThePower(atOperation: disk.operationCount + 1 + random.below(16))
      }
    case 80..<86:
      isFaulty = true
      disk.spaceLeft = UInt64(random.below(300)) << 10
      trace("space left: \(disk.spaceLeft ?? 0)")
    default: break
    }
  }

  /// The process is killed at one of the next operations.
  private func killSoon(within operations: Int) {
    watch.killsAfter = random.chance(50)
    watch.killsIn = 1 + random.below(operations)
  }

  /// The n-th operation of a kind will fail, once or for ever.
  func inject() {
    let operations: [FileOperation] = [
      .write, .write, .synchronize, .synchronize, .open, .open, .rename, .rename, .create, .truncate, .allocate,
      .synchronizeDirectory, .unlink, .list, .read,
    ]
    let operation = operations[random.below(operations.count)]
    let among =
      switch operation {
      case .write, .synchronize: 25
      case .truncate, .unlink, .synchronizeDirectory: 2
      default: 4
      }
    let forever = random.chance(40)
    let fault = DiskFault(
      operation, number: 1 + random.below(among),
      code: random.chance(80) ? Self.inputOutput : Self.noSpace,
      forever: forever)
    faultKind = forever ? "for ever" : "once"
    isFaulty = true
    disk.inject(fault)
    trace("fault: \(operation.rawValue) number \(fault.number) \(faultKind)")
  }

  func heal() {
    disk.heal()
    disk.spaceLeft = nil
    isFaulty = false
  }

  /// The process goes, if it has not gone yet.
  func end() {
    if isAlive, let instance, !instance.isPoisoned, random.chance(25) {
      if random.chance(30) { disk.loseThePower(atOperation: disk.operationCount + 1 + random.below(20)) }
      trace("stops")
      instance.drain.finish("stopped")
      if isAlive { counts["cleanStops"] += 1 }
    }
    lastBatch = watch.last
    durableAtEnd = watch.end
    if watch.isSwitching { counts["cutsInSwitch"] += 1 }
    // A kill in the middle of an operation is followed by a start that finds the page cache as it was, mostly.
    cutOrKill(power: disk.isDead || random.chance(isAlive ? 55 : 35))
    instance = nil
    for index in requests.indices { requests[index].token = nil }
    tokens.removeAll()
    for name in printers.keys.sorted() { printers[name]?.disconnect() }
    watch.onSeal = {}
    watch.killsIn = nil
    if !isFaulty || random.chance(70) { heal() }
  }

  private func cutOrKill(power: Bool) {
    if power {
      disk.powerCut()
      counts["cuts \(disk.media.rawValue)"] += 1
      trace("power cut")
    } else {
      disk.kill()
      counts["kills"] += 1
      trace("killed")
    }
    watch.processEnded()
    network.processEnded()
  }

  /// Starts the engine, through cuts and faults in the middle of it; false when the seed is over.
  func start(quietly: Bool = false) -> Bool {
    let cuts = !quietly && random.chance(35) ? 1 + random.below(2) : 0
    if quietly { heal() }
    var isUnaware = true
    for attempt in 1...12 {
      disk.loseThePower(atOperation: .max)
      isKilled = false
      watch.killsIn = nil
      if attempt <= cuts {
        if random.chance(40) {
          killSoon(within: 25)
        } else {
          disk.loseThePower(atOperation: disk.operationCount + 1 + random.below(45))
        }
      }
      if attempt > cuts, !quietly, !isFaulty, isUnaware, random.chance(6) {
        inject()
        isUnaware = false
      }
      do {
        let started = try startEngine()
        if disk.isDead || isKilled { throw JournalError.stopped }
        watch.killsIn = nil
        disk.loseThePower(atOperation: .max)
        return try begin(started.0, started.1)
      } catch let wrong as Shadow.Wrong {
        fail(wrong.kind, wrong.text)
        return false
      } catch {
        if !again(after: error, attempt: attempt) { return false }
      }
    }
    fail(.startFailed, "no start in twelve attempts")
    return false
  }

  private func startEngine() throws -> (Engine.Started, WatchedFileSystem) {
    let files = WatchedFileSystem(disk.fileSystem(), watch)
    let source = SeededBytes(random.next())
    let started = try Engine.start(setup, files: files, clock: clocks, random: { source.fill($0) })
    return (started, files)
  }

  /// A start failed: true when it is worth another try.
  private func again(after error: any Error, attempt: Int) -> Bool {
    trace("start fails: \(error)")
    if disk.isDead || isKilled {
      counts[isKilled ? "secondKills" : "secondCuts"] += 1
      cutOrKill(power: disk.isDead || random.chance(50))
      return true
    }
    switch error {
    case JournalError.corrupt, JournalError.rolledBack, JournalError.forked, JournalError.unsupported,
      JournalError.archived, JournalError.notFound:
      guard let rotten else {
        fail(.refusedWithoutRot, "\(error)")
        return false
      }
      counts["refusedWithRot"] += 1
      unrot(rotten)
    case JournalError.file where rotten.map { !isFaulty && $0.file.hasSuffix(".segz") } ?? false:
      // A compressed block that does not open.
      counts["refusedWithRot"] += 1
      if let rotten { unrot(rotten) }
    default:
      guard isFaulty else {
        fail(.startFailed, "\(error)")
        return false
      }
      counts["failedStarts"] += 1
      if attempt >= Self.sickStarts { heal() }
    }
    cutOrKill(power: random.chance(30))
    return true
  }

  /// The engine is up: what it remembers is looked at, then it serves.
  private func begin(_ started: Engine.Started, _ files: WatchedFileSystem) throws -> Bool {
    counts["recoveries"] += 1
    counts["recovered \(started.core.report.outcome.rawValue)"] += 1
    if started.core.report.completedSwitch { counts["completedSwitches"] += 1 }
    trace("starts at \(started.core.durableSequence), \(started.core.report.outcome.rawValue)")
    note(started.core.durableSequence)
    if isFaulty { heal() }
    let instance = try Instance(started, files: files, world: self)
    self.instance = instance
    life += 1
    due = nil
    instance.drain.publish()
    try check(instance.drain.snapshot)
    guard !isOver else { return false }
    instance.drain.take(.started)
    connect()
    return true
  }
}
