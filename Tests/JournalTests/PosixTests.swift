import Glibc
import Journal
import Testing

/// The real file system below a temporary folder.
@Suite struct PosixTests {
  /// A folder that goes away with its value.
  final class Folder {
    let path: String

    init() throws {
      var template = Array("/tmp/counterfoil-journal-XXXXXX".utf8CString)
      guard mkdtemp(&template) != nil else { throw FileError(.create, "/tmp", code: errno) }
      path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
      if let files = try? PosixFileSystem(path), let names = try? files.list() {
        for name in names { try? files.unlink(name) }
      }
      rmdir(path)
    }
  }

  static let now = Reading(
    wallMilliseconds: 1_767_225_600_000, bootNanoseconds: 1, monotonicNanoseconds: 1, trusted: true)

  static func options(_ preparation: SparePreparation) -> JournalOptions {
    var options = JournalOptions()
    options.segmentSize = 1 << 20
    options.maximumBatch = 256 << 10
    options.preparation = preparation
    return options
  }

  @Test(arguments: [SparePreparation.allocate, .zeroFill])
  func aJournalOnARealFileSystem(preparation: SparePreparation) throws {
    let folder = try Folder()
    let options = Self.options(preparation)
    try {
      let core = try JournalCore.create(
        PosixFileSystem(folder.path), genesis: JournalFixture.entry(.genesis, "genesis"),
        identity: JournalIdentity(journalID: JournalFixture.journalID, epoch: 3), options: options,
        random: systemRandom, now: Self.now)
      for number in 0..<10 {
        try core.append(JournalFixture.event(number, records: 2), now: Self.now)
        try core.commit(now: Self.now)
      }
      try core.switchSegment(state: JournalFixture.state, now: Self.now)
      #expect(throws: JournalError.self) {
        try JournalCore.open(PosixFileSystem(folder.path), options: options, random: systemRandom, now: Self.now)
      }
    }()
    let files = try PosixFileSystem(folder.path)
    let core = try JournalCore.open(files, options: options, random: systemRandom, now: Self.now)
    #expect(core.report.outcome == .clean)
    #expect(core.report.bypass != nil)
    #expect(core.head.epoch == 3)
    #expect(CoreTests.replayed(core) == ["state", "statePart"])
    try core.append(JournalFixture.event(1), now: Self.now)
    try core.commit(now: Self.now)
    try SegmentCompression.compress(PosixFileSystem(folder.path), first: 0)
    let reader = try JournalReader(PosixFileSystem(folder.path))
    let report = try reader.verify(upTo: core.durableSequence)
    #expect(report.firstBad == nil)
    #expect(report.upTo == core.durableSequence)
    #expect(try reader.segments().map(\.isCompressed) == [true, false])
    try core.stop(JournalFixture.stopped, now: Self.now)
    #expect(try reader.verify().firstBad == nil)
  }

  @Test func errorsNameFileAndCure() throws {
    let folder = try Folder()
    let files = try PosixFileSystem(folder.path)
    do throws(FileError) {
      _ = try files.open("nothing", .readOnly)
      Issue.record("opened")
    } catch {
      #expect(error.isMissing && error.file == "nothing" && error.operation == .open && !error.cure.isEmpty)
    }
    #expect(throws: FileError.self) { try PosixFileSystem(folder.path + "/nowhere") }
    _ = try files.create("one")
    #expect(throws: FileError.self) { try files.create("one") }
    #expect(try files.list() == ["one"])
    let second = try PosixFileSystem(folder.path)
    try files.lock()
    do throws(FileError) {
      try second.lock()
      Issue.record("locked twice")
    } catch { #expect(error.code == EAGAIN) }
  }
}
