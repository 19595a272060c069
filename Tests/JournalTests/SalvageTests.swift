import Journal
import SimulatedDisk
import Testing

@Suite struct SalvageTests {
  @Test(arguments: [false, true]) func namesWhatIsLost(compress: Bool) throws {
    let fixture = try JournalFixture()
    _ = try ReaderTests.long(fixture, compress: compress)
    let all = try fixture.reader().read(from: 0, limit: .max)
    let copy = SimulatedDisk(seed: 2)
    let whole = try JournalSalvage.copy(from: fixture.disk.fileSystem(), to: copy.fileSystem())
    #expect(whole.lost.isEmpty && whole.unreadable.isEmpty)
    #expect(whole.records == UInt64(all.count))
    #expect(try JournalReader(copy.fileSystem()).verify().firstBad == nil)
    let twice = #expect(throws: SalvageError.self) {
      try JournalSalvage.copy(from: fixture.disk.fileSystem(), to: copy.fileSystem())
    }
    #expect(twice?.side == .copy)
    let nothing = #expect(throws: SalvageError.self) {
      try JournalSalvage.copy(from: SimulatedDisk(seed: 4).fileSystem(), to: SimulatedDisk(seed: 5).fileSystem())
    }
    #expect(nothing?.side == .journal)
    guard !compress else { return }
    // Two records in two segments are damaged, and a header.
    let hurt = [all[4], all[all.count / 2]]
    for entry in hurt {
      let file = try #require(try fixture.reader().segments().last { $0.first <= entry.sequence }).file
      fixture.disk.flip(bit: 1, ofByte: entry.position.offset + 140, in: file)
    }
    let second = try #require(try fixture.reader().segments().dropFirst().first)
    fixture.disk.flip(bit: 0, ofByte: 20, in: second.file)
    let partial = SimulatedDisk(seed: 3)
    let report = try JournalSalvage.copy(from: fixture.disk.fileSystem(), to: partial.fileSystem())
    #expect(report.lost == hurt.map { $0.sequence...$0.sequence })
    #expect(report.last == UInt64(all.count - 1))
  }

  @Test func unreadableBlocksCostTheirRecordsOnly() throws {
    let fixture = try JournalFixture()
    _ = try ReaderTests.long(fixture)
    // The second file's one large read fails, then the third of its blocks.
    fixture.disk.inject(DiskFault(.read, number: 2, code: 5))
    fixture.disk.inject(DiskFault(.read, number: 5, code: 5))
    let copy = SimulatedDisk(seed: 2)
    let report = try JournalSalvage.copy(from: fixture.disk.fileSystem(), to: copy.fileSystem())
    #expect(report.unreadable.count == 1)
    #expect(report.unreadable.first?.offset == 8192)
    #expect(report.lost.count == 1)
  }
}
