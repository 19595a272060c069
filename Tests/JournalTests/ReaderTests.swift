import Journal
import SimulatedDisk
import Testing

@Suite struct ReaderTests {
  /// A journal of several segments, cleanly stopped, with the receipts of its events.
  static func long(_ fixture: JournalFixture, commits: Int = 60, compress: Bool = false) throws -> [[Receipt]] {
    let core = try fixture.create()
    var receipts: [[Receipt]] = []
    for number in 0..<commits {
      let event = JournalFixture.event(number, records: 1 + number % 3, filler: 700)
      receipts.append(try core.append(event, news: number % 7 == 0, now: fixture.now))
      try core.commit(now: fixture.now)
      fixture.advance(milliseconds: number % 5 == 0 ? 40 : 1)
      _ = try core.tick(now: fixture.now)
      if core.wantsSwitch { try core.switchSegment(state: JournalFixture.state, now: fixture.now) }
    }
    try core.stop(JournalFixture.stopped, now: fixture.now)
    fixture.disk.kill()
    if compress {
      for segment in try fixture.reader().sealedSegments() {
        try SegmentCompression.compress(fixture.disk.fileSystem(), first: segment.first)
      }
    }
    return receipts
  }

  @Test(arguments: [false, true]) func readsEverythingInOrder(compress: Bool) throws {
    let fixture = try JournalFixture()
    let receipts = try Self.long(fixture, compress: compress)
    let reader = try fixture.reader()
    #expect(try reader.sealedSegments().count > 1)
    #expect(try reader.sealedSegments().allSatisfy { $0.isCompressed == compress })
    let all = try reader.read(from: 0, limit: .max)
    #expect(all.map(\.sequence) == [UInt64](0..<UInt64(all.count)))
    for receipt in receipts.joined() { #expect(all[Int(receipt.sequence)].leaf == receipt.leaf) }
    // Anywhere, in any order, by sequence and by position.
    var numbers = SplitMix64(seed: 5)
    for _ in 0..<100 {
      let index = numbers.below(all.count)
      #expect(try reader.entry(at: UInt64(index)) == all[index])
      #expect(try reader.entry(at: all[index].position) == all[index])
      let part = try reader.read(from: UInt64(index), limit: 5)
      #expect(part == [StoredEntry](all[index..<min(index + 5, all.count)]))
    }
    for event in receipts {
      for receipt in event {
        #expect(try reader.event(containing: receipt.sequence).map(\.sequence) == event.map(\.sequence))
      }
    }
    let some = try reader.read(from: 10, limit: .max, upTo: 30, kinds: ["state", "seal", "mark"])
    #expect(some == all[10..<30].filter { ["state", "seal", "mark"].contains($0.kind) })
    #expect(try reader.read(from: UInt64(all.count), limit: 10).isEmpty)
    #expect(throws: JournalError.noSuchRecord(sequence: UInt64(all.count))) {
      try reader.entry(at: UInt64(all.count))
    }
  }

  @Test func aReaderFollowsTheWriter() throws {
    let fixture = try JournalFixture()
    let core = try fixture.create()
    let reader = try fixture.reader()
    var seen: UInt64 = 0
    for number in 0..<80 {
      try core.append(JournalFixture.event(number, records: 2, filler: 900), now: fixture.now)
      #expect(try reader.read(from: seen, limit: 10, upTo: core.durableSequence).isEmpty || seen == 0)
      try core.commit(now: fixture.now)
      let entries = try reader.read(from: seen, limit: 100, upTo: core.durableSequence)
      #expect(entries.map(\.sequence) == [UInt64](seen..<core.durableSequence))
      seen = core.durableSequence
      if core.wantsSwitch {
        let sealed = core.segmentFirst
        try core.switchSegment(state: JournalFixture.state, now: fixture.now)
        if number % 2 == 0 { try SegmentCompression.compress(fixture.disk.fileSystem(), first: sealed) }
        #expect(try reader.read(from: seen, limit: 100, upTo: core.durableSequence).map(\.kind).prefix(1) == ["seal"])
        seen = core.durableSequence
      }
    }
    #expect(try reader.verify(upTo: core.durableSequence).firstBad == nil)
  }

  @Test func aReaderNeverShowsPartOfAnEvent() throws {
    let fixture = try JournalFixture()
    let core = try fixture.create()
    try core.append(JournalFixture.event(1), now: fixture.now)
    try core.append(JournalFixture.event(2, records: 3, filler: 1800), now: fixture.now)
    try core.commit(now: fixture.now)
    fixture.disk.kill()
    RecoveryTests.put(fixture.disk) { bytes in
      for index in (8192 + 4096)..<(8192 + 8192) { bytes[index] = 0 }
    }
    let reader = try fixture.reader()
    #expect(try reader.read(from: 0, limit: 10).map(\.sequence) == [0, 1])
    #expect(throws: JournalError.noSuchRecord(sequence: 2)) { try reader.event(containing: 2) }
  }

  @Test func olderSegmentsMayBeArchived() throws {
    let fixture = try JournalFixture()
    _ = try Self.long(fixture, commits: 150)
    let segments = try fixture.reader().segments()
    let disk = fixture.disk.fileSystem()
    try disk.unlink(segments[0].file)
    try disk.unlink(segments[1].file)
    let reader = try fixture.reader()
    #expect(throws: JournalError.archived(epoch: 0, sequence: 3)) { try reader.entry(at: 3) }
    #expect(throws: JournalError.archived(epoch: 0, sequence: 3)) { try reader.event(containing: 3) }
    #expect(try reader.entry(at: segments[2].first).kind == "state")
    let report = try reader.verify(key: fixture.signer.verifier)
    #expect(report.firstBad == nil)
    #expect(report.from == segments[2].first)
    // The box sells on.
    let core = try fixture.open()
    try core.writeState(JournalFixture.state, now: fixture.now)
    fixture.disk.kill()
    // One missing in the middle is a fault for verification, and archived for a look-up.
    try fixture.disk.fileSystem().unlink(segments[3].file)
    let holed = try fixture.reader()
    #expect(throws: JournalError.archived(epoch: 0, sequence: segments[3].first)) {
      try holed.entry(at: segments[3].first)
    }
    #expect(try holed.verify().firstBad?.text.contains("missing") ?? false)
  }

  /// One reader, asked before and after: an archived segment that is put back is there again.
  @Test func whatIsPutBackIsReadAgain() throws {
    let fixture = try JournalFixture()
    _ = try Self.long(fixture, commits: 150)
    let disk = fixture.disk.fileSystem()
    let segments = try fixture.reader().segments()
    for segment in [segments[0], segments[2]] {
      try disk.rename(segment.file, to: segment.file + ".away")
      let reader = try fixture.reader()
      let gone = JournalError.archived(epoch: 0, sequence: segment.first)
      #expect(throws: gone) { try reader.entry(at: segment.first) }
      #expect(throws: gone) { try reader.event(containing: segment.first) }
      // Still gone: who asks again is told the same.
      #expect(throws: gone) { try reader.entry(at: segment.first) }
      try disk.rename(segment.file + ".away", to: segment.file)
      #expect(try reader.entry(at: segment.first).sequence == segment.first)
      #expect(try reader.event(containing: segment.first).first?.sequence == segment.first)
    }
  }

  @Test func replayForANewEpochStopsBeforeTheDamage() throws {
    let fixture = try JournalFixture()
    let receipts = try Self.long(fixture, commits: 40)
    let all = try fixture.reader().read(from: 0, limit: .max)
    // The last STATE before the end.
    let whole = try fixture.reader().replay()
    #expect(whole.head.sequence == UInt64(all.count))
    var sequences: [UInt64] = []
    whole.forEach { sequences.append($0.sequence) }
    let lastState = try #require(all.last { $0.kind == "state" })
    #expect(sequences == [UInt64](lastState.sequence..<UInt64(all.count)))
    // Damage in the newest segment that has records.
    let bad = try #require(receipts.last?.first)
    let segments = try fixture.reader().segments()
    let file = try #require(segments.last { $0.first <= bad.sequence })
    let entry = all[Int(bad.sequence)]
    fixture.disk.flip(bit: 3, ofByte: entry.position.offset + 150, in: file.file)
    let report = try fixture.reader().verify()
    #expect(report.firstBad?.sequence == bad.sequence)
    let cut = try fixture.reader().replay(upTo: report.upTo)
    #expect(cut.head.sequence == bad.sequence)
    // Up to an event far before, in another segment.
    let early = try fixture.reader().replay(upTo: 20)
    #expect(early.head.sequence <= 20 && early.head.sequence > 15)
    var kinds: [String] = []
    early.forEach { kinds.append($0.kind) }
    #expect(kinds.first == "state" || kinds.first == "genesis")
  }
}
