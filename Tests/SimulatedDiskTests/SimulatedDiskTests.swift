import Journal
import SimulatedDisk
import Testing

private let inputOutput: Int32 = 5
private let noSpace: Int32 = 28
private let page = 4096

private func write(_ file: any File, _ bytes: [UInt8], at offset: UInt64 = 0) throws(FileError) {
  let failure: FileError? = bytes.withUnsafeBytes { bytes in
    do throws(FileError) {
      try file.write(bytes, at: offset)
      return nil
    } catch { return error }
  }
  if let failure { throw failure }
}

private func read(_ file: any File, count: Int, at offset: UInt64 = 0) throws -> [UInt8] {
  let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: max(count, 1), alignment: page)
  defer { buffer.deallocate() }
  let done = try file.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<count]), at: offset)
  return Array(buffer[..<done])
}

private func filled(_ value: UInt8, _ count: Int) -> [UInt8] { [UInt8](repeating: value, count: count) }

@Suite struct SimulatedDiskTests {
  @Test(arguments: MediaModel.allCases)
  func whatWasSynchronizedSurvivesEveryCut(_ media: MediaModel) throws {
    for seed in 0..<60 as Range<UInt64> {
      let disk = SimulatedDisk(seed: seed, media: media)
      let system = disk.fileSystem()
      let file = try system.create("a")
      try write(file, filled(1, 3 * page + 100))
      try file.synchronize()
      try system.synchronizeDirectory()
      try write(file, filled(2, 2 * page), at: UInt64(8 * page))
      disk.powerCut()
      let bytes = try #require(disk.contents("a"))
      #expect(bytes.starts(with: filled(1, 3 * page + 100)))
      #expect(throws: FileError.self) { try file.size() }
    }
  }

  @Test func sectorModelKeepsEverySectorWholeAndLosesAnySubset() throws {
    var tornOrders: Set<[UInt8]> = []
    for seed in 0..<400 as Range<UInt64> {
      let disk = SimulatedDisk(seed: seed)
      let file = try prepared(disk, filled(7, page))
      try write(file, (0..<UInt8(8)).flatMap { filled($0 + 10, 512) })
      disk.powerCut()
      let bytes = try #require(disk.contents("a"))
      let sectors = (0..<8).map { Array(bytes[($0 * 512)..<($0 * 512 + 512)]) }
      for (index, sector) in sectors.enumerated() {
        #expect(sector == filled(7, 512) || sector == filled(UInt8(index) + 10, 512))
      }
      tornOrders.insert(sectors.map { $0[0] })
    }
    #expect(tornOrders.count > 100, "hardly any subset came up")
    #expect(tornOrders.contains(filled(7, 8)))
    #expect(tornOrders.contains((0..<8).map { $0 + 10 }))
    // A later sector without an earlier one: the order of writes means nothing.
    #expect(tornOrders.contains { $0[0] == 7 && $0[7] == 17 })
  }

  @Test func aSectorWrittenTwiceMayKeepAnyVersion() throws {
    var seen: Set<UInt8> = []
    for seed in 0..<300 as Range<UInt64> {
      let disk = SimulatedDisk(seed: seed)
      let file = try prepared(disk, filled(1, 512))
      try write(file, filled(2, 512))
      try write(file, filled(3, 512))
      disk.powerCut()
      seen.insert(try #require(disk.contents("a")?.first))
    }
    #expect(seen == [1, 2, 3])
  }

  @Test func pageModelDamagesOldBytesOfThePageAndNoOtherPage() throws {
    var damagedOld = 0
    for seed in 0..<200 as Range<UInt64> {
      let disk = SimulatedDisk(seed: seed, media: .pageGarbage)
      let file = try prepared(disk, filled(9, 3 * page))
      try write(file, filled(5, 512), at: UInt64(page + 2048))
      disk.powerCut()
      let bytes = try #require(disk.contents("a"))
      #expect(Array(bytes[..<page]) == filled(9, page))
      #expect(Array(bytes[(2 * page)...]) == filled(9, page))
      if Array(bytes[page..<(page + 2048)]) != filled(9, 2048) { damagedOld += 1 }
    }
    #expect(damagedOld > 20)
  }

  @Test func namesAreDurableOnlyAfterTheFolderIs() throws {
    var outcomes: Set<[String]> = []
    for seed in 0..<200 as Range<UInt64> {
      let disk = SimulatedDisk(seed: seed)
      let system = disk.fileSystem()
      try system.create("old").synchronize()
      try system.synchronizeDirectory()
      #expect(disk.durableNames == ["old"])
      try system.create("new").synchronize()
      try system.rename("old", to: "renamed")
      #expect(disk.names == ["new", "renamed"])
      #expect(disk.durableNames == ["old"])
      disk.powerCut()
      outcomes.insert(disk.names)
      #expect(disk.names.contains("old") != disk.names.contains("renamed"), "a rename is whole or not at all")
    }
    #expect(outcomes == [["old"], ["renamed"], ["new", "old"], ["new", "renamed"]])
  }

  @Test func renameReplacesAndUnlinkedFilesStayOpen() throws {
    let disk = SimulatedDisk(seed: 1)
    let system = disk.fileSystem()
    let first = try system.create("a")
    try write(first, [1])
    try write(try system.create("b"), [2])
    try system.rename("b", to: "a")
    #expect(disk.contents("a") == [2])
    #expect(try read(first, count: 1) == [1])
    try system.unlink("a")
    #expect(try system.list() == [])
    #expect(throws: FileError.self) { try system.open("a", .readOnly) }
    #expect(throws: FileError.self) { try system.rename("a", to: "c") }
  }

  @Test func lengthChangesNeedASynchronizeToo() throws {
    var lengths: Set<Int> = []
    for seed in 0..<100 as Range<UInt64> {
      let disk = SimulatedDisk(seed: seed)
      let file = try prepared(disk, filled(3, 2 * page))
      try file.truncate(to: 100)
      #expect(try read(file, count: page) == filled(3, 100))
      disk.powerCut()
      let bytes = try #require(disk.contents("a"))
      lengths.insert(bytes.count)
      // Each sector of the cut part is as it was or zero.
      #expect(bytes.prefix(100) == filled(3, 100)[...])
    }
    #expect(lengths == [100, 2 * page])
    let disk = SimulatedDisk(seed: 1)
    let file = try prepared(disk, filled(3, 2 * page))
    try file.truncate(to: 100)
    try file.synchronize()
    try file.truncate(to: 200)
    disk.powerCut()
    #expect(try #require(disk.contents("a")).dropFirst(100).allSatisfy { $0 == 0 })
  }

  @Test func aKilledProcessLosesNothingAndItsLock() throws {
    let disk = SimulatedDisk(seed: 3)
    let one = disk.fileSystem()
    let two = disk.fileSystem()
    try one.lock()
    #expect(throws: FileError(.lock, "", code: 11, detail: "simulated")) { try two.lock() }
    try write(try one.create("a"), [1, 2, 3])
    disk.kill()
    #expect(throws: FileError.self) { try one.list() }
    let three = disk.fileSystem()
    try three.lock()
    #expect(disk.contents("a") == [1, 2, 3])
    #expect(disk.durableContents("a") == [])
  }

  @Test func theNthOperationFailsOnceOrForEver() throws {
    for operation in [FileOperation.write, .synchronize, .read, .truncate, .allocate, .size] {
      for forever in [false, true] {
        let disk = SimulatedDisk(seed: 4)
        let file = try prepared(disk, filled(1, page))
        disk.inject(DiskFault(operation, number: 3, code: inputOutput, forever: forever))
        var failed: [Int] = []
        for attempt in 1...5 {
          do { try perform(operation, file) } catch { failed.append(attempt) }
        }
        #expect(failed == (forever ? [3, 4, 5] : [3]), "\(operation)")
        disk.heal()
        try perform(operation, file)
      }
    }
    let disk = SimulatedDisk(seed: 4)
    let system = disk.fileSystem()
    disk.inject(DiskFault(.create, code: noSpace, suffix: ".tmp"))
    _ = try system.create("a.seg")
    #expect(throws: FileError(.create, "b.tmp", code: noSpace, detail: "simulated")) { try system.create("b.tmp") }
    for operation in [FileOperation.open, .rename, .unlink, .list, .synchronizeDirectory, .lock] {
      disk.inject(DiskFault(operation, code: inputOutput))
    }
    #expect(throws: FileError.self) { try system.open("a.seg", .readOnly) }
    #expect(throws: FileError.self) { try system.rename("a.seg", to: "b") }
    #expect(throws: FileError.self) { try system.unlink("a.seg") }
    #expect(throws: FileError.self) { try system.list() }
    #expect(throws: FileError.self) { try system.synchronizeDirectory() }
    #expect(throws: FileError.self) { try system.lock() }
    #expect(disk.names == ["a.seg"])
  }

  @Test func afterAFailedSynchronizeTheCacheLiesAndADirectReadDoesNot() throws {
    var lies = 0
    for seed in 0..<40 as Range<UInt64> {
      let disk = SimulatedDisk(seed: seed)
      let file = try prepared(disk, filled(1, 4 * page))
      try write(file, filled(2, 4 * page))
      disk.inject(DiskFault(.synchronize, code: inputOutput))
      #expect(throws: FileError.self) { try file.synchronize() }
      try file.synchronize()
      disk.kill()
      let system = disk.fileSystem()
      #expect(try read(try system.open("a", .readOnly), count: 4 * page) == filled(2, 4 * page))
      let direct = try read(try system.openBypassingCache("a").file, count: 4 * page)
      #expect(direct == disk.durableContents("a"))
      if direct != filled(2, 4 * page) { lies += 1 }
    }
    #expect(lies > 20)
  }

  @Test func directReadsSeeUnsynchronizedWritesAndMustBeAligned() throws {
    let disk = SimulatedDisk(seed: 5)
    let file = try prepared(disk, filled(1, 2 * page))
    try write(file, filled(2, 512), at: 512)
    let direct = try disk.fileSystem().openBypassingCache("a").file
    let expected = filled(1, 512) + filled(2, 512) + filled(1, page - 1024)
    #expect(try read(direct, count: page) == expected)
    #expect(throws: FileError.self) { try read(direct, count: 100) }
    #expect(throws: FileError.self) { try read(direct, count: page, at: 512) }
  }

  @Test func aFullDiskTakesWhatFitsAndWhatWasReserved() throws {
    let disk = SimulatedDisk(seed: 6)
    let system = disk.fileSystem()
    let reserved = try system.create("reserved")
    disk.spaceLeft = 10_000
    try reserved.allocate(6_000)
    #expect(disk.spaceLeft == 4_000)
    let file = try system.create("a")
    #expect(throws: FileError(.write, "a", code: noSpace, detail: "simulated")) { try write(file, filled(1, 4_001)) }
    #expect(try file.size() == 4_000)
    try write(reserved, filled(2, 6_000))
    #expect(throws: FileError.self) { try write(reserved, [3], at: 6_000) }
    #expect(throws: FileError.self) { try file.allocate(5_000) }
    try system.unlink("reserved")
    try write(file, filled(1, 1_000), at: 4_000)
  }

  @Test func aLyingSynchronizeLosesData() throws {
    var lost = 0
    for seed in 0..<50 as Range<UInt64> {
      let disk = SimulatedDisk(seed: seed)
      let file = try prepared(disk, filled(1, page))
      disk.liesAboutSynchronize = true
      try write(file, filled(2, page))
      try file.synchronize()
      disk.powerCut()
      if disk.contents("a") != filled(2, page) { lost += 1 }
    }
    #expect(lost > 20)
  }

  @Test func thePowerGoesDuringEachOperation() throws {
    let steps = try sequence(on: SimulatedDisk(seed: 0))
    for number in 1...steps {
      let disk = SimulatedDisk(seed: UInt64(number))
      disk.loseThePower(atOperation: number)
      #expect(throws: FileError.self) { try sequence(on: disk) }
      #expect(disk.isDead)
      #expect(disk.operationCount == number)
      disk.powerCut()
      #expect(!disk.isDead)
      if disk.durableNames.contains("b") { #expect(disk.contents("b")?.prefix(512) == filled(4, 512)[...]) }
      _ = try disk.fileSystem().list()
    }
  }

  @Test func oneSeedIsOneOutcome() throws {
    func run(_ seed: UInt64) throws -> [[UInt8]] {
      let disk = SimulatedDisk(seed: seed, media: .pageGarbage)
      let file = try prepared(disk, filled(1, 8 * page))
      try write(file, filled(2, 8 * page))
      _ = try disk.fileSystem().create("b")
      disk.powerCut()
      let rotten = try #require(disk.rot("a", in: 0..<UInt64(8 * page)))
      return disk.names.map { Array($0.utf8) } + [try #require(disk.contents("a")), Array("\(rotten)".utf8)]
    }
    #expect(try run(11) == run(11))
    #expect(try run(11) != run(12))
  }

  @Test func rotTurnsOneBitThatMatters() throws {
    let disk = SimulatedDisk(seed: 8)
    _ = try prepared(disk, filled(0, page) + filled(0xA5, 10) + filled(0, page))
    let offset = try #require(disk.rot("a", in: 0..<UInt64(2 * page)))
    #expect((UInt64(page)..<UInt64(page + 10)).contains(offset))
    let byte = try #require(disk.contents("a")?[Int(offset)])
    #expect((byte ^ 0xA5).nonzeroBitCount == 1)
    #expect(disk.durableContents("a") == disk.contents("a"))
    #expect(disk.rot("a", in: 0..<100) == nil)
    #expect(!disk.flip(bit: 0, ofByte: 1 << 40, in: "a"))
  }

  @Test func operationsAreCountedAndLogged() throws {
    let disk = SimulatedDisk(seed: 9)
    disk.logLimit = 3
    let file = try prepared(disk, [1, 2, 3])
    disk.inject(DiskFault(.synchronize, code: inputOutput))
    try write(file, [4], at: 7)
    #expect(throws: FileError.self) { try file.synchronize() }
    #expect(disk.count(.write) == 2)
    #expect(disk.bytesWritten == 4)
    #expect(disk.log.map(\.operation) == [.synchronizeDirectory, .write, .synchronize])
    #expect(disk.log.map(\.code) == [nil, nil, inputOutput])
    #expect(disk.log[1].offset == 7)
  }

  /// A durable file `a` with these bytes, opened for writing.
  private func prepared(_ disk: SimulatedDisk, _ bytes: [UInt8]) throws -> any File {
    let system = disk.fileSystem()
    let file = try system.create("a")
    try write(file, bytes)
    try file.synchronize()
    try system.synchronizeDirectory()
    return file
  }

  private func perform(_ operation: FileOperation, _ file: any File) throws {
    switch operation {
    case .write: try write(file, [1])
    case .synchronize: try file.synchronize()
    case .read: _ = try read(file, count: 1)
    case .truncate: try file.truncate(to: 10)
    case .allocate: try file.allocate(10)
    default: _ = try file.size()
    }
  }

  /// Safe replacement of a file: `b` is named durably only with its bytes durable. Answers the operations it took.
  @discardableResult
  private func sequence(on disk: SimulatedDisk) throws -> Int {
    let system = disk.fileSystem()
    let file = try system.create("b.tmp")
    try write(file, filled(4, 512))
    try file.synchronize()
    try system.rename("b.tmp", to: "b")
    try system.synchronizeDirectory()
    return disk.operationCount
  }
}
