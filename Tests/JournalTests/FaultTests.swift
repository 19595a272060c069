import Journal
import SimulatedDisk
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// How much a counted test does: `COUNTERFOIL_TEST_SCALE` multiplies it.
enum Scale {
  static let factor = getenv("COUNTERFOIL_TEST_SCALE").flatMap { Int(String(cString: $0)) } ?? 1
}

/// Failing disks and lost power: what was acknowledged is there afterwards.
@Suite struct FaultTests {
  /// Works until something fails or the steps are done; then the process is gone.
  static func work(_ fixture: JournalFixture, _ client: inout Client, steps: Int, stop: Bool = false) -> JournalError? {
    var error: JournalError?
    do throws(JournalError) {
      let core = try fixture.openTyped()
      for _ in 0..<steps { try client.step(core, fixture) }
      if stop, !core.needsState { try core.stop(JournalFixture.stopped, now: fixture.now) }
    } catch let failure { error = failure }
    client.forget()
    return error
  }

  @Test(arguments: [
    FileOperation.write, .synchronize, .open, .create, .rename, .truncate, .allocate, .synchronizeDirectory, .list,
    .read, .size, .unlink, .lock,
  ])
  func theNthOperationFails(operation: FileOperation) throws {
    for forever in [false, true] {
      for number in 1...(12 * Scale.factor) {
        for code in [Int32(5), 28] {
          let fixture = try JournalFixture(seed: UInt64(number), segment: 64 << 10, batch: 16 << 10)
          var client = Client(seed: UInt64(number) * 31)
          _ = try fixture.create()
          fixture.disk.kill()
          #expect(Self.work(fixture, &client, steps: 6) == nil)
          fixture.disk.kill()
          fixture.disk.inject(DiskFault(operation, number: number, code: code, forever: forever))
          _ = Self.work(fixture, &client, steps: 14, stop: number % 2 == 0)
          if number % 3 == 0 { fixture.disk.powerCut() } else { fixture.disk.kill() }
          fixture.disk.heal()
          let note: Comment = "\(operation) \(number) \(forever) errno \(code)"
          let again = try #require(try? fixture.open(), note)
          #expect(again.durableSequence > 0, note)
          #expect(try client.lost(fixture.reader()) == nil, note)
          #expect(throws: Never.self, note) { try client.step(again, fixture) }
          fixture.disk.kill()
          #expect(try client.lost(fixture.reader()) == nil, note)
          let report = try fixture.reader().verify()
          #expect(report.firstBad == nil, "\(note): \(report.text)")
        }
      }
    }
  }

  @Test func afterAFailedWriteNothingMoreIsAccepted() throws {
    for operation in [FileOperation.write, .synchronize] {
      let fixture = try JournalFixture()
      let core = try fixture.create()
      try core.append(JournalFixture.event(1), now: fixture.now)
      fixture.disk.inject(DiskFault(operation, number: 1, code: 5))
      #expect(throws: JournalError.self) { try core.commit(now: fixture.now) }
      #expect(core.durableSequence == 1)
      #expect(core.stagedSequence == 1)
      // The disk is well again; the core is not.
      let calls = fixture.disk.count(.write) + fixture.disk.count(.synchronize)
      #expect(throws: JournalError.self) { try core.append(JournalFixture.event(2), now: fixture.now) }
      #expect(throws: JournalError.self) { try core.commit(now: fixture.now) }
      #expect(throws: JournalError.self) { try core.tick(now: fixture.now) }
      #expect(throws: JournalError.self) { try core.stop(JournalFixture.stopped, now: fixture.now) }
      #expect(throws: JournalError.self) { try core.switchSegment(state: JournalFixture.state, now: fixture.now) }
      #expect(fixture.disk.count(.write) + fixture.disk.count(.synchronize) == calls)
    }
  }

  @Test func aFullDiskStopsTheSwitchNotTheSales() throws {
    let fixture = try JournalFixture()
    let core = try fixture.create()
    fixture.disk.spaceLeft = 0
    for number in 0..<200 where !core.wantsSwitch {
      try core.append(JournalFixture.event(number, filler: 900), now: fixture.now)
      try core.commit(now: fixture.now)
    }
    #expect(core.wantsSwitch)
    do throws(JournalError) {
      try core.switchSegment(state: JournalFixture.state, now: fixture.now)
      Issue.record("switched without space")
    } catch {
      guard case .file(let cause) = error else {
        Issue.record("\(error)")
        return
      }
      #expect(cause.code == 28)
    }
    // There is still room for a batch; recovery works on the full disk too.
    try core.append(JournalFixture.event(1000), now: fixture.now)
    let end = try core.commit(now: fixture.now)
    fixture.disk.kill()
    let again = try fixture.open()
    #expect(again.report.keptSequence == end)
    fixture.disk.spaceLeft = nil
    try again.switchSegment(state: JournalFixture.state, now: fixture.now)
  }

  @Test func recoveryWorksOnAFullDisk() throws {
    let fixture = try JournalFixture()
    let end = Int(try RecoveryTests.some(fixture))
    RecoveryTests.put(fixture.disk) { $0[end + 100] = 1 }
    fixture.disk.spaceLeft = 0
    let core = try fixture.open()
    #expect(core.report.quarantine != nil)
    try core.append(JournalFixture.event(1), now: fixture.now)
    try core.commit(now: fixture.now)
  }

  @Test(arguments: MediaModel.allCases)
  func powerCutsLoseNothingAcknowledged(media: MediaModel) throws {
    for seed in 1...(40 * Scale.factor) {
      let fixture = try JournalFixture(seed: UInt64(seed), media: media, segment: 64 << 10, batch: 16 << 10)
      var client = Client(seed: UInt64(seed))
      _ = try fixture.create()
      fixture.disk.kill()
      var random = SplitMix64(seed: UInt64(seed) ^ 0xABCD)
      for round in 0..<4 {
        fixture.disk.loseThePower(atOperation: fixture.disk.operationCount + 1 + random.below(160))
        _ = Self.work(fixture, &client, steps: 30, stop: true)
        fixture.disk.powerCut()
        let core = try fixture.open()
        #expect(try client.lost(fixture.reader()) == nil, "seed \(seed) round \(round) \(media)")
        #expect(core.durableSequence >= UInt64(client.acknowledged.last?.sequence ?? 0))
        fixture.disk.kill()
        #expect(try fixture.reader().verify().firstBad == nil, "seed \(seed) round \(round) \(media)")
      }
    }
  }

  /// Rot in something acknowledged, then a power cut: everything acknowledged before the last MARK or later batch is
  /// there, or the journal refuses, or the cut is in quarantine.
  static func rot(_ media: MediaModel, omitted: OmittedRules, seeds: Range<Int>) throws -> Int {
    var silentLosses = 0
    for seed in seeds {
      let fixture = try JournalFixture(seed: UInt64(seed), media: media)
      fixture.options.omitted = omitted
      let core = try fixture.create()
      var random = SplitMix64(seed: UInt64(seed))
      var leaves: [Receipt] = []
      for number in 0..<(2 + random.below(6)) {
        let event = JournalFixture.event(number, records: 1 + random.below(3), filler: random.below(700))
        leaves += try core.append(event, news: true, now: fixture.now)
        try core.commit(now: fixture.now)
        fixture.advance(milliseconds: 40)
        _ = try core.tick(now: fixture.now)
      }
      let end = try fixture.reader().entry(at: core.durableSequence - 1)
      let last = try fixture.reader().entry(at: leaves[leaves.count - 1].sequence)
      try core.append(JournalFixture.event(99, records: 3, filler: 900), now: fixture.now)
      fixture.disk.loseThePower(atOperation: fixture.disk.operationCount + 1 + random.below(2))
      #expect(throws: JournalError.self) { try core.commit(now: fixture.now) }
      fixture.disk.powerCut()
      _ = end
      let reach = last.position.offset + UInt64(last.entry.count) + 128
      guard fixture.disk.rot(RecoveryTests.first, in: 4096..<reach) != nil else { continue }
      guard let again = try? fixture.open() else { continue }
      let kept = again.report.keptSequence
      if leaves.contains(where: { $0.sequence >= kept }) { silentLosses += 1 }
      fixture.disk.kill()
    }
    return silentLosses
  }

  @Test(arguments: MediaModel.allCases)
  func rotIsRefusedNotCut(media: MediaModel) throws {
    #expect(try Self.rot(media, omitted: [], seeds: 0..<(60 * Scale.factor)) == 0)
  }

  /// The same test must find losses when a rule is left out; otherwise it tests nothing.
  @Test func withoutTheRulesDataIsLost() throws {
    #expect(try Self.rot(.sectorAtomic, omitted: .mark, seeds: 0..<60) > 0)
    #expect(try Self.rot(.pageGarbage, omitted: .alignment, seeds: 0..<60) > 0)
    var lost = 0
    for seed in 1...30 {
      let fixture = try JournalFixture(seed: UInt64(seed))
      fixture.options.omitted = .synchronize
      let core = try fixture.create()
      for number in 0..<3 {
        try core.append(JournalFixture.event(number), now: fixture.now)
        try core.commit(now: fixture.now)
      }
      fixture.disk.powerCut()
      // A refusal is no silent loss.
      guard let again = try? fixture.open() else { continue }
      if again.report.keptSequence < 4 { lost += 1 }
    }
    #expect(lost > 0)
  }
}
