import Journal
import SimulatedDisk
import Testing

/// Each branch of recovery, on bytes laid out by hand.
@Suite struct RecoveryTests {
  static let first = "00000000000000000000.seg"

  /// A journal of GENESIS and some committed events, not stopped; answers where the next batch would start.
  static func some(_ fixture: JournalFixture, commits: Int = 3, mark: Bool = false) throws -> UInt64 {
    let core = try fixture.create()
    for number in 0..<commits {
      try core.append(JournalFixture.event(number, records: 2), news: mark, now: fixture.now)
      try core.commit(now: fixture.now)
    }
    if mark {
      fixture.advance(milliseconds: 31)
      _ = try core.tick(now: fixture.now)
    }
    fixture.disk.kill()
    return 4096 * UInt64(2 + commits + (mark ? 1 : 0))
  }

  static func put(_ disk: SimulatedDisk, _ file: String = first, change: (inout [UInt8]) -> Void) {
    var bytes = disk.contents(file) ?? []
    change(&bytes)
    disk.put(file, bytes)
  }

  @Test func garbageBehindTheLastBatchIsCutAndKept() throws {
    let fixture = try JournalFixture()
    let end = Int(try Self.some(fixture))
    Self.put(fixture.disk) { bytes in
      for index in 0..<5000 { bytes[end + index] = UInt8(truncatingIfNeeded: index * 7 + 1) }
    }
    let core = try fixture.open()
    #expect(core.report.outcome == .torn)
    #expect(core.report.keptSequence == 7)
    let name = try #require(core.report.quarantine)
    let cut = try #require(fixture.disk.contents(name))
    #expect(UInt64(cut.count) == core.report.cutBytes)
    #expect(cut.count > 4990 && cut[0] == 1)
    #expect(core.durableSequence == 8)
    fixture.disk.kill()
    #expect(try fixture.open().report.outcome == .clean)
    fixture.disk.kill()
    #expect(try fixture.reader().verify().firstBad == nil)
  }

  @Test func theQuarantineSurvivesAPowerCut() throws {
    for seed in 1...12 {
      let fixture = try JournalFixture(seed: UInt64(seed))
      let end = Int(try Self.some(fixture))
      Self.put(fixture.disk) { bytes in
        for index in 0..<9000 { bytes[end + index] = UInt8(truncatingIfNeeded: index * 7 + 1) }
      }
      let name = try #require(try fixture.open().report.quarantine)
      let cut = try #require(fixture.disk.contents(name))
      fixture.disk.powerCut()
      #expect(fixture.disk.contents(name) == cut, "seed \(seed)")
    }
  }

  @Test func aHalfWrittenBatchKeepsItsWholeEvents() throws {
    let fixture = try JournalFixture()
    let core = try fixture.create()
    // One batch of three events; the second page of the write is lost.
    for number in 0..<3 { try core.append(JournalFixture.event(number, records: 2, filler: 900), now: fixture.now) }
    try core.commit(now: fixture.now)
    fixture.disk.kill()
    Self.put(fixture.disk) { bytes in
      for index in (8192 + 4096)..<(8192 + 8192) { bytes[index] = 0 }
    }
    let again = try fixture.open()
    #expect(again.report.outcome == .torn)
    // Three frames of 1.2 kB fit the first page; the third is half an event and goes.
    #expect(again.report.keptSequence == 3)
    #expect(again.report.cutRecords == 1)
    #expect(CoreTests.replayed(again) == ["genesis", "test", "test"])
    #expect(again.durableSequence == 4)
    fixture.disk.kill()
    let third = try fixture.open()
    #expect(third.report.outcome == .clean)
    #expect(CoreTests.replayed(third) == ["genesis", "test", "test", "recovery"])
    fixture.disk.kill()
    #expect(try fixture.reader().verify().firstBad == nil)
  }

  @Test func aMarkMakesRotVisible() throws {
    for mark in [false, true] {
      let fixture = try JournalFixture()
      let end = Int(try Self.some(fixture, mark: mark))
      let lastBatch = end - (mark ? 8192 : 4096)
      Self.put(fixture.disk) { $0[lastBatch + 300] ^= 1 }
      if mark {
        #expect(throws: JournalError.self) { try fixture.open() }
        fixture.disk.kill()
        #expect(fixture.disk.names.allSatisfy { !$0.hasSuffix(".cut") })
      } else {
        // Without evidence it looks torn: cut, but kept in quarantine and counted.
        let core = try fixture.open()
        #expect(core.report.quarantine != nil)
        #expect(core.report.keptSequence == 5)
      }
    }
  }

  @Test func damageBeforeALaterBatchIsRefused() throws {
    let fixture = try JournalFixture()
    _ = try Self.some(fixture)
    let before = try #require(fixture.disk.contents(Self.first))
    for offset in [4096 + 200, 8192 + 5, 8192 + 130, 12288 + 90] {
      Self.put(fixture.disk) { $0[offset] ^= 0x10 }
      do throws(JournalError) {
        _ = try fixture.openTyped()
        Issue.record("opened with damage at \(offset)")
      } catch {
        guard case .corrupt(let fault) = error else {
          Issue.record("\(error)")
          continue
        }
        #expect(fault.file == Self.first)
        #expect(fault.offset <= UInt64(offset) && fault.offset + 4096 > UInt64(offset))
      }
      fixture.disk.kill()
      fixture.disk.put(Self.first, before)
    }
    #expect(try fixture.open().report.outcome == .clean)
  }

  /// Wherever the newest segment is damaged, also one that a stop closed and cut short: what a start refuses for is what
  /// verification says, byte and record and words. Where a start takes it for a torn batch, verification does too.
  @Test(arguments: [false, true])
  func aStartSaysWhatVerificationSays(stopped: Bool) throws {
    let fixture = try JournalFixture(seed: 3, segment: 512 << 10, batch: 32 << 10)
    let core = try fixture.create()
    for number in 0..<4 {
      try core.append(JournalFixture.event(number, records: 2, filler: 500), now: fixture.now)
      try core.commit(now: fixture.now)
    }
    if stopped { try core.stop(JournalFixture.stopped, state: JournalFixture.state, now: fixture.now) }
    let end = stopped ? Int.max : 4096 * 6
    fixture.disk.kill()
    let whole = try #require(fixture.disk.contents(Self.first))
    #expect((whole.count < 512 << 10) == stopped)
    var refused = 0
    for offset in stride(from: 4096, to: min(end, whole.count), by: 509) {
      Self.put(fixture.disk) { $0[offset] ^= 0x10 }
      let said = try fixture.reader().verify()
      do throws(JournalError) {
        _ = try fixture.openTyped()
        #expect(said.firstBad == nil && said.torn != nil, "\(offset): \(said.text)")
      } catch {
        guard case .corrupt(let fault) = error else {
          Issue.record("\(offset): \(error)")
          continue
        }
        #expect(fault == said.firstBad, "\(offset): \(fault), \(said.text)")
        refused += 1
      }
      fixture.disk.kill()
      for name in fixture.disk.names where name.hasSuffix(".cut") || name > Self.first && name.hasSuffix(".seg") {
        try fixture.disk.fileSystem().unlink(name)
      }
      fixture.disk.put(Self.first, whole)
    }
    #expect(refused > 20)
  }

  @Test func bytesBeyondTheLongestBatchAreRefused() throws {
    let fixture = try JournalFixture()
    let end = Int(try Self.some(fixture))
    Self.put(fixture.disk) {
      $0[end] = 1
      $0[end + (32 << 10)] = 1
    }
    #expect(throws: JournalError.self) { try fixture.open() }
  }

  @Test func aTruncatedFileIsRefused() throws {
    let fixture = try JournalFixture()
    let end = Int(try Self.some(fixture))
    Self.put(fixture.disk) { $0.removeSubrange(end...) }
    #expect(throws: JournalError.self) { try fixture.open() }
  }

  @Test func aReadErrorIsNeverATail() throws {
    let fixture = try JournalFixture()
    _ = try Self.some(fixture)
    let before = fixture.disk.contents(Self.first)
    fixture.disk.inject(DiskFault(.read, number: 1, code: 5, forever: true))
    do throws(JournalError) {
      _ = try fixture.openTyped()
      Issue.record("opened")
    } catch {
      guard case .file(let cause) = error else {
        Issue.record("\(error)")
        return
      }
      #expect(cause.operation == .read && cause.code == 5 && !cause.cure.isEmpty)
    }
    #expect(fixture.disk.contents(Self.first) == before)
  }

  /// A journal stopped cleanly after a switch: its last segment is sealed.
  static func stopped(_ fixture: JournalFixture) throws {
    let core = try fixture.create()
    try core.append(JournalFixture.event(1), now: fixture.now)
    try core.commit(now: fixture.now)
    try core.switchSegment(state: JournalFixture.state, now: fixture.now)
    try core.append(JournalFixture.event(2), now: fixture.now)
    try core.stop(JournalFixture.stopped, now: fixture.now)
    fixture.disk.kill()
  }

  /// The same after a start that was cut before it wrote anything but the next segment's header.
  static func begun(_ fixture: JournalFixture) throws {
    try stopped(fixture)
    _ = try fixture.open()
    fixture.disk.kill()
  }

  static func segments(_ disk: SimulatedDisk) -> [String] { disk.names.filter { $0.hasSuffix(".seg") } }

  @Test func aSealWithoutSuccessorIsContinued() throws {
    let fixture = try JournalFixture()
    try Self.stopped(fixture)
    let before = Self.segments(fixture.disk)
    let core = try fixture.open()
    #expect(core.report.outcome == .stopped)
    #expect(core.report.completedSwitch)
    #expect(core.needsState)
    #expect(Self.segments(fixture.disk).count == before.count + 1)
    try core.writeState(JournalFixture.state, now: fixture.now)
    fixture.disk.kill()
    #expect(try fixture.reader().verify().firstBad == nil)
  }

  @Test func aLostHeaderIsMadeAgain() throws {
    for fill in [UInt8(0), 0xA5] {
      let fixture = try JournalFixture()
      try Self.begun(fixture)
      let newest = try #require(Self.segments(fixture.disk).last)
      Self.put(fixture.disk, newest) { bytes in
        for index in 0..<4096 { bytes[index] = fill }
      }
      let core = try fixture.open()
      #expect(core.report.completedSwitch)
      #expect(CoreTests.replayed(core).first == "state")
      try core.writeState(JournalFixture.state, now: fixture.now)
      fixture.disk.kill()
      #expect(try fixture.reader().verify().firstBad == nil)
    }
  }

  @Test func aDamagedHeaderBeforeRecordsIsRefused() throws {
    let fixture = try JournalFixture()
    _ = try Self.some(fixture)
    Self.put(fixture.disk) { $0[100] ^= 1 }
    #expect(throws: JournalError.self) { try fixture.open() }
  }

  @Test func aHeaderOnlySegmentBehindAnUnsealedOneIsRefused() throws {
    let fixture = try JournalFixture()
    try Self.begun(fixture)
    let names = Self.segments(fixture.disk)
    // The SEAL (last page) of the segment before is lost.
    Self.put(fixture.disk, names[names.count - 2]) { bytes in
      for index in (bytes.count - 4096)..<bytes.count { bytes[index] = 0 }
    }
    #expect(throws: JournalError.self) { try fixture.open() }
  }

  @Test func anOldCopyIsNoticedByTheCheckpointFile() throws {
    let fixture = try JournalFixture()
    let core = try fixture.create()
    try core.append(JournalFixture.event(1), now: fixture.now)
    try core.commit(now: fixture.now)
    let copy = try #require(fixture.disk.contents(Self.first))
    for number in 0..<3 { try core.append(JournalFixture.event(number), now: fixture.now) }
    try core.commit(now: fixture.now)
    fixture.advance(milliseconds: 61_000)
    _ = try core.tick(now: fixture.now)
    _ = try core.tick(now: fixture.now)
    #expect(core.warnings.isEmpty)
    fixture.disk.kill()
    fixture.disk.put(Self.first, copy)
    #expect(throws: JournalError.rolledBack(checkpoint: 5, journal: 2)) { try fixture.open() }
    fixture.disk.kill()
    // A torn checkpoint file refuses nothing.
    Self.put(fixture.disk, "checkpoint") { $0.removeLast(20) }
    let again = try fixture.open()
    guard case .unusable = again.report.checkpoint else {
      Issue.record("\(again.report.checkpoint)")
      return
    }
  }

  @Test func anotherPastIsNoticedByTheCheckpointFile() throws {
    let notes = try [1, 2].map { number in
      let fixture = try JournalFixture()
      let core = try fixture.create()
      try core.append(JournalFixture.event(number), now: fixture.now)
      try core.commit(now: fixture.now)
      fixture.advance(milliseconds: 61_000)
      _ = try core.tick(now: fixture.now)
      _ = try core.tick(now: fixture.now)
      fixture.disk.kill()
      return fixture
    }
    let other = try #require(notes[1].disk.contents("checkpoint"))
    let right = try notes[0].open()
    #expect(right.report.checkpoint == .matches(size: 2))
    notes[0].disk.kill()
    notes[0].disk.put("checkpoint", other)
    #expect(throws: JournalError.forked(checkpoint: 2)) { try notes[0].open() }
  }

  /// Its checkpoints would stand in the journal for good, and no one could verify it any more.
  @Test func anotherKeyOrOriginIsRefusedBeforeItSigns() throws {
    let fixture = try JournalFixture()
    let core = try fixture.create()
    try core.append(JournalFixture.event(1), now: fixture.now)
    try core.commit(now: fixture.now)
    fixture.disk.kill()
    let before = fixture.disk.contents(Self.first)
    let other = try Ed25519PrivateKey(seed: [UInt8](repeating: 8, count: 32))
    let own = try Ed25519PrivateKey(seed: [UInt8](repeating: 7, count: 32))
    for foreign in [
      try NoteSigner(name: JournalFixture.origin, key: other), try NoteSigner(name: "shop/till-2", key: own),
    ] {
      let refusal = JournalError.foreign(signer: foreign.verifier.vkey, journal: fixture.signer.verifier.vkey)
      #expect(throws: refusal) {
        try JournalCore.open(
          fixture.disk.fileSystem(), options: fixture.options, signer: foreign, random: JournalFixture.random(),
          now: fixture.now)
      }
      fixture.disk.kill()
      #expect(fixture.disk.contents(Self.first) == before)
    }
    #expect(throws: Never.self) { try fixture.open() }
  }

  @Test func manyCrashesBeforeTheFirstStateDoNotFillTheSegment() throws {
    let fixture = try JournalFixture(segment: 64 << 10, batch: 16 << 10)
    try Self.stopped(fixture)
    for _ in 0..<60 {
      let core = try fixture.open()
      #expect(core.needsState)
      fixture.disk.kill()
    }
    let core = try fixture.open()
    #expect(CoreTests.replayed(core).first == "state")
    try core.writeState(JournalFixture.state, now: fixture.now)
    fixture.disk.kill()
    #expect(try fixture.reader().verify().firstBad == nil)
  }
}

extension JournalFixture {
  func openTyped() throws(JournalError) -> JournalCore {
    try JournalCore.open(disk.fileSystem(), options: options, signer: signer, random: Self.random(), now: now)
  }
}
