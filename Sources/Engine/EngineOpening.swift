import Glibc
import Index
import Journal
import Records
import Till

extension Engine {
  /// What a start hands to the drain and to the lookups.
  package struct Started {
    var register: Register
    package let core: JournalCore
    let tables: SegmentLookup
    var newest: Int64
    /// What is known of sealed segments.
    let sealed: SealedLookup
  }

  /// Opens and replays the journal, writes STATE if the segment has none, BOOT, and CONFIG if it changed.
  package static func start(
    _ setup: EngineSetup, files: any FileSystem, clock: any Clocks = SystemClock(),
    random: @escaping RandomSource = { _ = SystemRandom.fill($0) }
  ) throws -> Started {
    let core = try JournalCore.open(
      files, options: setup.options, signer: setup.signer, random: random,
      now: clock.read(newest: 0, synchronised: clock.synchronised()))
    var replay = Replay()
    let reader = try JournalReader(files)
    let sealed = SealedLookup(folder: setup.indexFolder, core.head, segmentFirst: core.segmentFirst)
    // The file of keys is enough to sell by; without it the index is asked, and without that the segments are read.
    let known = sealed.readKeys(chain: core.segmentChain)
    if known == nil { try sealed.open(reader, into: &replay) }
    var failure: (any Error)?
    try core.replay { (entry) throws(ReplayStop) in
      do { try replay.take(entry, applies: true) } catch {
        failure = error
        throw ReplayStop()
      }
    }
    if let failure { throw failure }
    try check(replay.till, setup)
    if known == nil { try checkKeys(lostIn: sealed.holes, reader, newest: replay.newest) }
    if let zone = replay.till.identity?.timeZone { _ = clock.setZone(zone) }
    var fingerprints = try known ?? sealed.keys(chain: core.segmentChain)
    let forgets = fingerprints != nil
    fingerprints?.insert(replay.tables.carriedFingerprints)
    var keys = KeyTable(sealed: fingerprints ?? KeyFingerprints(replay.tables.carriedFingerprints))
    for key in replay.keys { keys.replayed(key.key, method: key.method, requestHash: key.hash, at: key.sequence) }
    let register = Register(
      till: replay.till, keys: keys, durable: core.durableSequence, segmentStart: core.segmentFirst,
      forgetsSealedKeys: forgets,
      printers: Set(setup.printers.keys).union(setup.configuration.lanes.compactMap(\.printer)),
      drawers: setup.drawers, providers: Set(setup.providers.keys),
      trainingProviders: setup.trainingProviders, trustedBoxes: Set(setup.trustedBoxes.map(\.key.name)),
      fingerprint: { key in fingerprint(of: key) })
    var started = Started(
      register: register, core: core, tables: replay.tables, newest: replay.newest, sealed: sealed)
    try boot(&started, setup, clock, random)
    return started
  }

  struct ReplayStop: Error {}

  /// Without the index and the file of keys, the keys in damaged segments are not known. As long as they are promised the
  /// box must not sell: a repeated call would be carried out again. A medium that gives no bytes is none of the journal's
  /// fault: the next start asks it again.
  private static func checkKeys(lostIn holes: [JournalFault], _ reader: JournalReader, newest: Int64) throws {
    for hole in holes {
      let behind = hole.next.flatMap { try? reader.entry(at: $0) }
      guard let behind, behind.wallMilliseconds < newest - SealedKeys.kept else { throw hole.error }
    }
  }

  /// The lookup file of one epoch. When none can be had the older segments are read into memory.
  static func openIndex(_ folder: String, journal: [UInt8], epoch: UInt32) throws(IndexError) -> IndexStore {
    mkdir(folder, 0o750)
    let name = epoch == 0 ? "lookup.sqlite" : "lookup-\(EpochFolder.name(epoch)).sqlite"
    return try IndexStore(path: folder + "/" + name, journal: "\(Hex.encode(journal))/\(epoch)")
  }

  static func fingerprint(of key: String) -> UInt64 {
    SHA256.hash(Array(key.utf8)).withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) }
  }

  /// The events of a start, each durable before the next: STATE, BOOT, CONFIG.
  private static func boot(
    _ started: inout Started, _ setup: EngineSetup, _ clock: any Clocks, _ random: RandomSource
  ) throws {
    let core = started.core
    let clean = core.report.outcome == .stopped || core.report.outcome == .created
    if core.needsState {
      let now = started.moment(clock)
      // BOOT follows in the same batch: one flush of the disk fewer before the box is ready.
      try core.writeState(try EntryCodec.encode(state: started.register.till), commits: false, now: now.reading)
    } else if core.wantsSwitch {
      // The segment was left with no room for a batch.
      let now = started.moment(clock)
      let state = try EntryCodec.encode(state: started.register.till)
      // Without room for a new segment the last bytes of this one still serve.
      try? core.switchSegment(state: state, now: now.reading)
      started.register.durable = core.durableSequence
    }
    let seen = setup.machine.binding(journal: started.register.till.identity?.journal ?? "")
    let event = Event.boot(
      Boot(
        boot: setup.bootID, machine: seen.product ?? seen.board ?? seen.system ?? "",
        binding: seen.isEmpty ? nil : seen, version: setup.version,
        configurationHash: setup.configurationHash, clean: clean))
    try started.write(event, clock, random)
    if started.register.till.configuration != setup.configuration {
      try configure(&started, setup, clock, random)
    }
  }
}

extension Engine {
  /// Brings the configuration into force. One that the state does not allow (a lane with an open shift that is not in it)
  /// is refused, and the box sells on by the one before: the shift can be closed, and the next start takes it.
  private static func configure(
    _ started: inout Started, _ setup: EngineSetup, _ clock: any Clocks, _ random: RandomSource
  ) throws {
    do { try started.write(.configure(reason: "start", setup.configuration), clock, random) } catch let error as Refusal
    {
      let refusal = StartRefusal.configuration(error)
      guard !started.register.till.configuration.lanes.isEmpty else { throw refusal }
      started.register.standing = ["configurationRefused", "\(refusal)", refusal.chinese]
      started.register.reasons = started.register.standing
    }
  }
}

extension Engine.Started {
  fileprivate mutating func write(_ event: Event, _ clock: any Clocks, _ random: RandomSource) throws {
    let now = moment(clock)
    let stamp = Stamp(
      at: now.reading.wallMilliseconds, offsetMinutes: now.offsetMinutes, timeTrusted: now.reading.trusted,
      businessDay: now.day)
    var entropy: [UInt64] = [0, 0]
    entropy.withUnsafeMutableBytes { random($0) }
    let decision = try register.till.decide(event, Context(stamp: stamp, entropy: entropy))
    for record in decision.records { try register.till.apply(record) }
    let encoded = try EntryCodec.encode(decision.records, call: nil)
    let receipts = try core.append(encoded.entries, urgency: .now, news: encoded.news, now: now.reading)
    let durable = try core.commit(now: now.reading)
    if let first = receipts.first { tables.add(decision.records, first: first.sequence, stubIndex: encoded.stubIndex) }
    register.durable = durable
    newest = max(newest, now.reading.wallMilliseconds)
  }

  fileprivate func moment(_ clock: any Clocks) -> Moment {
    let reading = clock.read(newest: newest, synchronised: clock.synchronised())
    let local = clock.local(milliseconds: reading.wallMilliseconds)
    let day = BusinessDay(year: local.year, month: local.month, day: local.day) ?? register.till.businessDay
    return Moment(
      reading: reading, offsetMinutes: local.offsetMinutes, day: day ?? Drain.firstDay, chain: core.durableChain)
  }
}
