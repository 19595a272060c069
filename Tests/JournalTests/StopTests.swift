import Journal
import SimulatedDisk
import Testing

/// A clean stop leaves little for the next start to read, and loses nothing wherever it is cut.
@Suite struct StopTests {
  private static let events = 300

  /// A journal with more in its segment than a stop leaves there; its process goes on.
  private static func sold() throws -> (JournalFixture, JournalCore) {
    let fixture = try JournalFixture(seed: 3, segment: 512 << 10, batch: 32 << 10)
    let core = try fixture.create()
    for number in 0..<events {
      try core.append(JournalFixture.event(number, filler: 700), news: true, now: fixture.now)
      try core.commit(now: fixture.now)
      if core.wantsSwitch { try core.switchSegment(state: JournalFixture.state, now: fixture.now) }
    }
    return (fixture, core)
  }

  private static func newestSegment(_ fixture: JournalFixture) throws -> [UInt8] {
    let name = try #require(fixture.disk.names.last { $0.hasSuffix(".seg") })
    return try #require(fixture.disk.contents(name))
  }

  @Test func theNewestSegmentIsShortAndSealed() throws {
    let (fixture, core) = try Self.sold()
    #expect(!core.isSealed)
    try core.stop(JournalFixture.stopped, state: JournalFixture.state, now: fixture.now)
    #expect(core.isSealed)
    let end = core.durableSequence
    fixture.disk.kill()
    #expect(try Self.newestSegment(fixture).count < 32 << 10)
    let spares = fixture.disk.names.count { $0.hasPrefix("spare-") }
    let again = try fixture.open()
    #expect(again.report.outcome == .stopped)
    #expect(again.report.cutRecords == 0)
    #expect(again.segmentFirst == end)
    #expect(again.needsState)
    // The next segment has its full size again, and nothing of the short one is left over.
    #expect(try Self.newestSegment(fixture).count == 512 << 10)
    #expect(fixture.disk.names.count { $0.hasPrefix("spare-") } == spares - 1)
    #expect(CoreTests.replayed(again).filter { $0 != "mark" } == ["state", "statePart", "stop", "checkpoint", "seal"])
    try again.writeState(JournalFixture.state, now: fixture.now)
    fixture.disk.kill()
    #expect(try fixture.reader().verify().firstBad == nil)
  }

  @Test func aShortSegmentStaysTheOnlyOne() throws {
    let fixture = try JournalFixture(seed: 3, segment: 512 << 10, batch: 32 << 10)
    let core = try fixture.create()
    try core.append(JournalFixture.event(1), now: fixture.now)
    try core.stop(JournalFixture.stopped, state: JournalFixture.state, now: fixture.now)
    #expect(core.isSealed)
    fixture.disk.kill()
    #expect(fixture.disk.names.count { $0.hasSuffix(".seg") } == 1)
    #expect(try fixture.open().report.outcome == .stopped)
  }

  @Test func withoutRoomItEndsAtTheCheckpoint() throws {
    let (fixture, core) = try Self.sold()
    let before = fixture.disk.names.count { $0.hasSuffix(".seg") }
    fixture.disk.inject(DiskFault(.allocate, code: 28, forever: true))
    fixture.disk.inject(DiskFault(.create, code: 28, forever: true, suffix: "spare"))
    try core.stop(JournalFixture.stopped, state: JournalFixture.state, now: fixture.now)
    #expect(!core.isSealed)
    #expect(!core.warnings.isEmpty)
    fixture.disk.heal()
    fixture.disk.kill()
    #expect(fixture.disk.names.count { $0.hasSuffix(".seg") } == before)
    let again = try fixture.open()
    #expect(again.report.outcome == .stopped)
    #expect(!again.needsState)
  }

  @Test func thePowerGoesAtEveryOperationAndNothingIsLost() throws {
    var operation = 0
    var outcomes = Set<String>()
    while true {
      let (fixture, core) = try Self.sold()
      let kept = core.durableSequence
      fixture.disk.loseThePower(atOperation: fixture.disk.operationCount + operation)
      let isOver: Bool
      do {
        try core.stop(JournalFixture.stopped, state: JournalFixture.state, now: fixture.now)
        isOver = !fixture.disk.isDead
      } catch { isOver = false }
      fixture.disk.powerCut()
      let again = try fixture.open()
      #expect(again.durableSequence >= kept, "operation \(operation)")
      outcomes.insert("\(again.report.outcome)")
      if again.needsState { try again.writeState(JournalFixture.state, now: fixture.now) }
      try again.append(JournalFixture.event(1_000), now: fixture.now)
      try again.commit(now: fixture.now)
      fixture.disk.kill()
      let report = try fixture.reader().verify()
      #expect(report.firstBad == nil, "operation \(operation): \(report.text)")
      let all = try fixture.reader().read(from: 0, limit: .max, kinds: ["test"])
      #expect(all.count == Self.events + 1, "operation \(operation)")
      if isOver { break }
      operation += 1
    }
    #expect(operation > 20)
    #expect(outcomes.isSuperset(of: ["stopped", "clean"]))
  }
}
