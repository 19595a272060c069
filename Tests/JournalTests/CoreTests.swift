import Journal
import SimulatedDisk
import Testing

@Suite struct CoreTests {
  /// What a restart sees: kinds in order.
  static func replayed(_ core: JournalCore) -> [String] {
    var kinds: [String] = []
    core.replay { kinds.append($0.kind) }
    return kinds
  }

  @Test func recordsComeBackAfterAKill() throws {
    let fixture = try JournalFixture()
    let core = try fixture.create()
    #expect(core.durableSequence == 1)
    let receipts = try core.append(JournalFixture.event(1, records: 3), now: fixture.now)
    #expect(receipts.map(\.sequence) == [1, 2, 3])
    #expect(core.durableSequence == 1)
    #expect(core.needsCommit)
    #expect(try core.commit(now: fixture.now) == 4)
    let head = core.head
    fixture.disk.kill()

    let again = try fixture.open()
    #expect(again.report.outcome == .clean)
    #expect(again.report.keptSequence == 4)
    #expect(again.boot == 2)
    var leaves: [Digest] = []
    var sequences: [UInt64] = []
    again.replay {
      leaves.append($0.leaf)
      sequences.append($0.sequence)
      #expect($0.entry.starts(with: [UInt8](#"{"blind":""#.utf8)))
      #expect(MerkleHash.leaf($0.entry) == $0.leaf)
    }
    #expect(sequences == [0, 1, 2, 3])
    #expect([Digest](leaves.dropFirst()) == receipts.map(\.leaf))
    // RECOVERY stands behind the old head.
    #expect(again.durableSequence == 5)
    var frontier = MerkleFrontier()
    for leaf in leaves { frontier.append(leaf) }
    #expect(frontier.root == head.root)
  }

  @Test func aCommitIsOneWriteAndOneSynchronize() throws {
    let fixture = try JournalFixture()
    let core = try fixture.create()
    for number in 0..<20 {
      let writes = fixture.disk.count(.write)
      let synchronizes = fixture.disk.count(.synchronize)
      for part in 0..<(1 + number % 3) {
        try core.append(JournalFixture.event(number * 10 + part), news: true, now: fixture.now)
      }
      try core.commit(now: fixture.now)
      #expect(fixture.disk.count(.write) == writes + 1)
      #expect(fixture.disk.count(.synchronize) == synchronizes + 1)
    }
  }

  @Test func aStopIsCleanAndNeedsAState() throws {
    let fixture = try JournalFixture()
    let core = try fixture.create()
    try core.append(JournalFixture.event(1), now: fixture.now)
    try core.stop(JournalFixture.stopped, now: fixture.now)
    #expect(throws: JournalError.stopped) { try core.append(JournalFixture.event(2), now: fixture.now) }
    fixture.disk.kill()

    let again = try fixture.open()
    #expect(again.report.outcome == .stopped)
    #expect(again.needsState)
    #expect(Self.replayed(again) == ["genesis", "test", "stop", "checkpoint", "seal"])
    #expect(throws: JournalError.stateRequired) { try again.append(JournalFixture.event(2), now: fixture.now) }
    try again.writeState(JournalFixture.state, now: fixture.now)
    try again.append(JournalFixture.event(2), now: fixture.now)
    try again.commit(now: fixture.now)
    fixture.disk.kill()

    let third = try fixture.open()
    #expect(third.report.outcome == .clean)
    #expect(third.boot == 3)
    #expect(Self.replayed(third) == ["state", "statePart", "test"])
  }

  @Test func switchesWhenTheSegmentIsFull() throws {
    let fixture = try JournalFixture()
    let core = try fixture.create()
    var switches = 0
    for number in 0..<100 {
      try core.append(JournalFixture.event(number, filler: 2000), now: fixture.now)
      try core.commit(now: fixture.now)
      if core.wantsSwitch {
        try core.switchSegment(state: JournalFixture.state, now: fixture.now)
        switches += 1
      }
    }
    #expect(switches > 3)
    let end = core.durableSequence
    fixture.disk.kill()
    let again = try fixture.open()
    #expect(again.durableSequence == end + 1)
    #expect(Self.replayed(again).first == "state")
  }

  @Test func aFullSegmentRefusesInsteadOfOverrunning() throws {
    let fixture = try JournalFixture()
    let core = try fixture.create()
    var refused = false
    for number in 0..<200 where !refused {
      do throws(JournalError) {
        try core.append(JournalFixture.event(number, filler: 3000), now: fixture.now)
        try core.commit(now: fixture.now)
      } catch {
        #expect(error == .segmentFull)
        refused = true
      }
    }
    #expect(refused)
    try core.switchSegment(state: JournalFixture.state, now: fixture.now)
    try core.append(JournalFixture.event(1), now: fixture.now)
    try core.commit(now: fixture.now)
  }

  @Test func limits() throws {
    let fixture = try JournalFixture()
    let core = try fixture.create()
    let long = JournalFixture.entry(.domain, "x", #"{"t":"\#(String(repeating: "x", count: 65_500))"}"#)
    #expect(throws: JournalError.self) { try core.append([long], now: fixture.now) }
    let wide = JournalFixture.event(1, records: 20, filler: 900)
    #expect(throws: JournalError.eventTooLarge(bytes: 22_720, maximum: 16_384)) {
      try core.append(wide, now: fixture.now)
    }
    #expect(throws: JournalError.self) { try core.append([], now: fixture.now) }
    for body in ["{}", "[]", "", #"{"blind":"00","v":1}"#] {
      let entry = PendingEntry(recordClass: .domain, body: [UInt8](body.utf8))
      #expect(throws: JournalError.self) { try core.append([entry], now: fixture.now) }
    }
    #expect(core.stagedBytes == 0)
    #expect(core.stagedSequence == 1)
    for number in 0..<2 { try core.append(JournalFixture.event(number, records: 8, filler: 900), now: fixture.now) }
    #expect(throws: JournalError.batchFull) {
      try core.append(JournalFixture.event(3, records: 14, filler: 900), now: fixture.now)
    }
    try core.commit(now: fixture.now)
    #expect(core.durableSequence == 17)
  }

  @Test func twoProcessesCannotHaveIt() throws {
    let fixture = try JournalFixture()
    let core = try fixture.create()
    #expect(throws: JournalError.self) { try fixture.open() }
    #expect(core.durableSequence == 1)
    fixture.disk.kill()
    #expect(throws: JournalError.alreadyExists(file: "00000000000000000000.seg")) { try fixture.create() }
  }

  @Test func creatingIsAllOrNothing() throws {
    for number in 1..<40 {
      let fixture = try JournalFixture(seed: UInt64(number))
      fixture.disk.loseThePower(atOperation: number)
      let made = try? fixture.create()
      fixture.disk.powerCut()
      let opened = try? fixture.open()
      if made != nil { #expect(opened != nil) }
      if opened == nil {
        #expect(fixture.disk.names.allSatisfy { !$0.hasSuffix(".seg") })
        #expect(try fixture.create().durableSequence == 1)
      }
    }
  }
}
