import Journal
import SimulatedDisk
import Testing

/// What `tick` writes, and when.
@Suite struct TimingTests {
  /// Kinds on the disk, read by somebody else.
  static func kinds(_ fixture: JournalFixture) throws -> [String] {
    try fixture.reader().read(from: 0, limit: 1000).map(\.kind)
  }

  /// Lets time pass to each deadline until there is none, at most `limit` times; answers the number of ticks.
  static func settle(_ fixture: JournalFixture, _ core: JournalCore, limit: Int = 20) throws -> Int {
    var ticks = 0
    while let deadline = try core.tick(now: fixture.now), ticks < limit {
      fixture.clock = max(fixture.clock, deadline)
      ticks += 1
    }
    return ticks
  }

  @Test func aMarkFollowsNewsAfterThirtyMilliseconds() throws {
    let fixture = try JournalFixture()
    let core = try fixture.create()
    _ = try Self.settle(fixture, core)
    let writes = fixture.disk.count(.write)
    try core.append(JournalFixture.event(1), news: true, now: fixture.now)
    try core.commit(now: fixture.now)
    let deadline = try #require(try core.tick(now: fixture.now))
    #expect(deadline == fixture.clock + 30_000_000)
    fixture.clock = deadline - 1
    _ = try core.tick(now: fixture.now)
    #expect(fixture.disk.count(.write) == writes + 1)
    fixture.clock = deadline
    _ = try core.tick(now: fixture.now)
    #expect(fixture.disk.count(.write) == writes + 2)
    #expect(try Self.kinds(fixture).last == "mark")
  }

  @Test func aSegmentThatGoesOnPastItsSwitchIsMarkedToItsEnd() throws {
    let fixture = try JournalFixture(segment: 64 << 10, batch: 32 << 10)
    let core = try fixture.create()
    // As on a disk without room for another segment.
    while core.segmentRoom > 4_096 {
      try core.append(JournalFixture.event(1), news: true, now: fixture.now)
      try core.commit(now: fixture.now)
      let hasRoom = core.segmentRoom > 0
      fixture.advance(milliseconds: 31)
      _ = try core.tick(now: fixture.now)
      #expect(try Self.kinds(fixture).last == (hasRoom ? "mark" : "test"))
    }
    #expect(core.wantsSwitch)
    #expect(core.segmentRoom <= 4_096)
    try core.switchSegment(state: JournalFixture.state, now: fixture.now)
  }

  @Test func noMarkWithoutNewsOrBehindAnotherBatch() throws {
    let fixture = try JournalFixture()
    let core = try fixture.create()
    _ = try Self.settle(fixture, core)
    let before = try Self.kinds(fixture).filter { $0 == "mark" }.count
    try core.append(JournalFixture.event(1), news: false, now: fixture.now)
    try core.commit(now: fixture.now)
    fixture.advance(milliseconds: 40)
    _ = try core.tick(now: fixture.now)
    try core.append(JournalFixture.event(2), news: true, now: fixture.now)
    try core.commit(now: fixture.now)
    fixture.advance(milliseconds: 10)
    try core.append(JournalFixture.event(3), news: false, now: fixture.now)
    try core.commit(now: fixture.now)
    fixture.advance(milliseconds: 40)
    _ = try core.tick(now: fixture.now)
    #expect(try Self.kinds(fixture).filter { $0 == "mark" }.count == before)
  }

  @Test func lazyEventsRideAtMostTwoHundredMilliseconds() throws {
    let fixture = try JournalFixture()
    let core = try fixture.create()
    _ = try Self.settle(fixture, core)
    let start = core.durableSequence
    try core.append(JournalFixture.event(1), urgency: .lazy, now: fixture.now)
    #expect(!core.needsCommit)
    fixture.advance(milliseconds: 100)
    try core.append(JournalFixture.event(2), urgency: .lazy, now: fixture.now)
    #expect(try core.tick(now: fixture.now) == fixture.clock + 100_000_000)
    #expect(core.durableSequence == start)
    fixture.advance(milliseconds: 100)
    _ = try core.tick(now: fixture.now)
    #expect(core.durableSequence == start + 2)
    // With an urgent one they ride at once.
    try core.append(JournalFixture.event(3), urgency: .lazy, now: fixture.now)
    try core.append(JournalFixture.event(4), urgency: .now, now: fixture.now)
    #expect(core.needsCommit)
    try core.commit(now: fixture.now)
    #expect(core.durableSequence == start + 4)
  }

  @Test func anIdleJournalSleepsForEver() throws {
    let fixture = try JournalFixture()
    let core = try fixture.create()
    try core.append(JournalFixture.event(1), news: true, now: fixture.now)
    try core.commit(now: fixture.now)
    #expect(try Self.settle(fixture, core) < 10)
    #expect(try core.tick(now: fixture.now) == nil)
    let writes = fixture.disk.count(.write)
    for _ in 0..<10 {
      fixture.advance(milliseconds: 600_000)
      #expect(try core.tick(now: fixture.now) == nil)
    }
    #expect(fixture.disk.count(.write) == writes)
    // GENESIS and the event were news: MARK 30 ms later, one CHECKPOINT 60 s later, nothing after it.
    #expect(try Self.kinds(fixture) == ["genesis", "test", "mark", "checkpoint"])
    let again = { () throws -> Deadline? in
      fixture.disk.kill()
      let core = try fixture.open()
      _ = try Self.settle(fixture, core)
      return try core.tick(now: fixture.now)
    }
    #expect(try again() == nil)
  }

  @Test func aCheckpointComesEvery256RecordsAndWithEveryClose() throws {
    let fixture = try JournalFixture(segment: 1 << 20, batch: 256 << 10)
    let core = try fixture.create()
    for number in 0..<600 {
      try core.append(JournalFixture.event(number, filler: 10), now: fixture.now)
      if number % 100 == 99 { try core.commit(now: fixture.now) }
    }
    #expect(try Self.kinds(fixture).filter { $0 == "checkpoint" }.count == 2)
    try core.append([JournalFixture.entry(.close, "dayClosed")], now: fixture.now)
    try core.commit(now: fixture.now)
    #expect(try Self.kinds(fixture).suffix(2) == ["dayClosed", "checkpoint"])
    _ = try core.tick(now: fixture.now)
    let note = try #require(fixture.disk.contents("checkpoint"))
    let checkpoint = try Checkpoint(note: SignedNote(note), key: fixture.signer.verifier)
    #expect(checkpoint.size == core.durableSequence - 1)
    let report = try fixture.reader().verify(upTo: core.durableSequence)
    #expect(report.firstBad == nil)
    #expect(report.checkpoints == 3)
  }

  @Test func theRulesCanBeLeftOutInTests() throws {
    let fixture = try JournalFixture()
    fixture.options.omitted = [.alignment, .mark, .synchronize]
    let core = try fixture.create()
    let synchronizes = fixture.disk.count(.synchronize)
    try core.append(JournalFixture.event(1), news: true, now: fixture.now)
    try core.commit(now: fixture.now)
    fixture.advance(milliseconds: 40)
    _ = try core.tick(now: fixture.now)
    #expect(fixture.disk.count(.synchronize) == synchronizes)
    #expect(try Self.kinds(fixture) == ["genesis", "test"])
    let position = try fixture.reader().entry(at: 1).position
    #expect(position.offset < 8192)
    fixture.disk.kill()
    #expect(try fixture.open().report.keptSequence == 2)
  }
}
