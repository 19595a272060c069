import Journal
import SimulatedDisk
import Testing

/// A process that ends between two operations, a new one that works on, and then the power cut that brings to light what
/// the first had not made durable.
@Suite struct RestartTests {
  private static let inputOutput: Int32 = 5

  /// Acknowledges one event and answers its place.
  private static func acknowledge(_ core: JournalCore, _ fixture: JournalFixture) throws -> Receipt {
    if core.needsState { try core.writeState(JournalFixture.state, now: fixture.now) }
    let receipts = try core.append(JournalFixture.event(77), urgency: .now, news: true, now: fixture.now)
    try core.commit(now: fixture.now)
    return try #require(receipts.first)
  }

  @Test(arguments: [FileOperation.synchronizeDirectory, .open])
  func aSegmentsNameIsDurableBeforeAnythingInItIsAcknowledged(fails: FileOperation) throws {
    var renamed = 0
    for seed in 1...UInt64(40 * Scale.factor) {
      let fixture = try JournalFixture(seed: seed)
      let core = try fixture.create()
      try Spares.prepare(fixture.disk.fileSystem(), options: fixture.options)
      _ = try Self.acknowledge(core, fixture)
      // The process ends right behind the rename: the first operation there fails, and it is killed for it.
      fixture.disk.inject(DiskFault(fails, number: 1, code: Self.inputOutput, suffix: fails == .open ? ".seg" : nil))
      _ = try? core.switchSegment(state: JournalFixture.state, now: fixture.now)
      fixture.disk.kill()
      fixture.disk.heal()
      renamed += fixture.disk.names.count { $0.hasSuffix(".seg") } - 1
      let receipt = try Self.acknowledge(fixture.open(), fixture)
      fixture.disk.powerCut()
      _ = try fixture.open()
      fixture.disk.kill()
      let found = try fixture.reader().entry(at: receipt.sequence)
      #expect(found.leaf == receipt.leaf, "seed \(seed)")
    }
    #expect(renamed > 0)
  }

  @Test(arguments: MediaModel.allCases)
  func aBatchInTheCacheOnlyIsDurableBeforeALaterOneIsWritten(media: MediaModel) throws {
    for seed in 1...UInt64(150 * Scale.factor) {
      let fixture = try JournalFixture(seed: seed, media: media)
      let core = try fixture.create()
      let receipt = try Self.acknowledge(core, fixture)
      // Two processes die of failed writes, whose bytes the kernel may have taken all the same; then the power goes.
      fixture.disk.inject(DiskFault(.write, number: 1, code: Self.inputOutput, forever: true, suffix: ".seg"))
      _ = try? Self.acknowledge(core, fixture)
      fixture.disk.kill()
      _ = try? fixture.open()
      fixture.disk.heal()
      fixture.disk.powerCut()
      #expect(throws: Never.self, "seed \(seed)") { try fixture.open() }
      fixture.disk.kill()
      #expect(try fixture.reader().entry(at: receipt.sequence).leaf == receipt.leaf, "seed \(seed)")
    }
  }

  /// A journal of two segments, both files of the first still there: the process died between rename and unlink.
  private static func withBothFiles(_ seed: UInt64, fails: FileOperation = .unlink) throws -> JournalFixture {
    let fixture = try JournalFixture(seed: seed)
    let core = try fixture.create()
    _ = try acknowledge(core, fixture)
    try core.switchSegment(state: JournalFixture.state, now: fixture.now)
    _ = try acknowledge(core, fixture)
    let files = fixture.disk.fileSystem()
    fixture.disk.inject(DiskFault(fails, number: 1, code: inputOutput))
    #expect(throws: JournalError.self) { try SegmentCompression.compress(files, first: 0) }
    fixture.disk.heal()
    #expect(fixture.disk.names.count { $0.hasPrefix("00000000000000000000.seg") } == 2)
    return fixture
  }

  private static func check(_ fixture: JournalFixture, left: String, _ note: Comment) throws {
    let names = fixture.disk.names.filter { $0.hasPrefix("00000000000000000000.seg") }
    #expect(names == ["00000000000000000000" + left], note)
    let report = try fixture.reader().verify()
    #expect(report.firstBad == nil, "\(note): \(report.text)")
  }

  @Test func ofASegmentAndItsCopyTheRottenOneGoes() throws {
    for seed in 1...UInt64(20) {
      for (rotten, left) in [(".seg", ".segz"), (".segz", ".seg")] {
        let fixture = try Self.withBothFiles(seed)
        _ = try #require(fixture.disk.rot("00000000000000000000" + rotten, in: 0..<8_000))
        let files = fixture.disk.fileSystem()
        SegmentCompression.compressAll(files, before: .max)
        try Self.check(fixture, left: left, "seed \(seed), \(rotten)")
        SegmentCompression.compressAll(files, before: .max)
        try Self.check(fixture, left: ".segz", "seed \(seed), \(rotten), again")
      }
    }
  }

  @Test func bothRottenFilesStay() throws {
    let fixture = try Self.withBothFiles(1)
    // The segment rots, is compressed so, and then its copy of before comes back beside it, rotten elsewhere.
    let name = "00000000000000000000.seg"
    fixture.disk.flip(bit: 1, ofByte: 5_000, in: name)
    let files = fixture.disk.fileSystem()
    let whole = try #require(fixture.disk.contents(name))
    try files.unlink(name + "z")
    try SegmentCompression.compress(files, first: 0)
    fixture.disk.put(name, whole)
    fixture.disk.flip(bit: 2, ofByte: 5_001, in: name)
    #expect(throws: JournalError.self) { try SegmentCompression.compress(files, first: 0) }
    #expect(fixture.disk.names.contains(name))
    #expect(fixture.disk.names.contains(name + "z"))
  }

  @Test func aSegmentGoesOnlyOnceItsCopyHasADurableName() throws {
    for seed in 1...UInt64(40) {
      let fixture = try Self.withBothFiles(seed, fails: .synchronizeDirectory)
      try SegmentCompression.compress(fixture.disk.fileSystem(), first: 0)
      fixture.disk.powerCut()
      let names = fixture.disk.names.filter { $0.hasPrefix("00000000000000000000.seg") }
      #expect(!names.isEmpty, "seed \(seed)")
      let report = try fixture.reader().verify()
      #expect(report.firstBad == nil, "seed \(seed): \(report.text)")
    }
  }
}
