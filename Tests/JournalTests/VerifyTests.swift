import Journal
import SimulatedDisk
import Testing

@Suite struct VerifyTests {
  #if DEBUG
    /// Bytes from one changed byte to the next; coprime to everything in the layout.
    static let stride = 61
  #else
    static let stride = 1
  #endif
  static let parts = 4

  /// Two sealed segments (one compressed), one in use.
  static func small() throws -> JournalFixture {
    let fixture = try JournalFixture(segment: 32 << 10, batch: 16 << 10)
    let core = try fixture.create()
    for number in 0..<2 {
      try core.append(JournalFixture.event(number, records: 2, filler: 300), now: fixture.now)
      try core.append([JournalFixture.entry(.close, "dayClosed")], now: fixture.now)
      try core.commit(now: fixture.now)
      try core.switchSegment(state: JournalFixture.state, now: fixture.now)
    }
    try core.append(JournalFixture.event(9, records: 2), now: fixture.now)
    try core.commit(now: fixture.now)
    fixture.disk.kill()
    try SegmentCompression.compress(fixture.disk.fileSystem(), first: 0)
    return fixture
  }

  @Test func oneIsSaidAsOne() throws {
    let fixture = try JournalFixture()
    _ = try fixture.create()
    fixture.disk.kill()
    let one = try fixture.reader().verify(key: fixture.signer.verifier)
    #expect(one.text.hasPrefix("1 record good"), "\(one.text)")
    let two = try Self.oneCheckpoint().reader().verify(key: fixture.signer.verifier)
    #expect(two.text.contains(" records good") && two.text.hasSuffix(", 1 checkpoint"), "\(two.text)")
  }

  /// A day that was closed.
  static func oneCheckpoint() throws -> JournalFixture {
    let fixture = try JournalFixture()
    let core = try fixture.create()
    try core.append([JournalFixture.entry(.close, "dayClosed")], now: fixture.now)
    try core.commit(now: fixture.now)
    fixture.disk.kill()
    return fixture
  }

  @Test(arguments: 0..<parts)
  func everyChangedByteIsFound(part: Int) throws {
    let fixture = try Self.small()
    let reader = try fixture.reader()
    let whole = try reader.verify(key: fixture.signer.verifier)
    #expect(whole.firstBad == nil)
    #expect(whole.good == whole.upTo && whole.checkpoints == 2)
    var random = SplitMix64(seed: UInt64(part))
    var position = part * Self.stride
    var checked = 0
    for segment in try reader.segments() {
      let size = try #require(fixture.disk.contents(segment.file)).count
      while position < size {
        let bit = random.below(8)
        fixture.disk.flip(bit: bit, ofByte: UInt64(position), in: segment.file)
        do throws(JournalError) {
          let report = try reader.verify(key: fixture.signer.verifier)
          let fault = report.firstBad ?? report.torn
          let bytes = fault.map { $0.offset..<($0.offset + ($0.length ?? 0)) }
          // Of a compressed segment the bytes are those of the uncompressed one.
          if fault?.file != segment.file || !(segment.isCompressed || bytes?.contains(UInt64(position)) ?? false) {
            Issue.record("bit \(bit) of byte \(position) in \(segment.file): \(fault.map(String.init) ?? "not found")")
          }
        } catch {
          // The format's version is covered by the header's checksum, so nothing is thrown for it either.
          Issue.record("byte \(position) in \(segment.file): \(error)")
        }
        fixture.disk.flip(bit: bit, ofByte: UInt64(position), in: segment.file)
        position += Self.stride * Self.parts
        checked += 1
      }
      position -= size
    }
    #expect(checked * Self.stride * Self.parts > 40_000)
    #expect(try reader.verify(key: fixture.signer.verifier) == whole)
  }

  /// What a kill leaves of the last batch is cut by the next start: it is named, and no damage. A signed checkpoint over
  /// it, or a whole batch behind it, says that it was there.
  @Test func aTornLastBatchIsNoDamage() throws {
    let fixture = try JournalFixture(segment: 32 << 10, batch: 16 << 10)
    let core = try fixture.create()
    var starts: [UInt64] = []
    for number in 0..<3 {
      starts.append(core.durableSequence)
      try core.append(JournalFixture.event(number, records: 2), now: fixture.now)
      try core.commit(now: fixture.now)
    }
    fixture.disk.kill()
    let places = try starts.map { try fixture.reader().entry(at: $0).position.offset }
    let file = try #require(try fixture.reader().segments().last).file
    fixture.disk.flip(bit: 0, ofByte: places[2] + 200, in: file)
    let report = try fixture.reader().verify()
    #expect(report.firstBad == nil && report.upTo == starts[2])
    #expect(report.torn?.file == file && report.torn?.sequence == starts[2])
    #expect(report.text.contains("a torn last batch; the next start cuts it"))
    // The same of the batch before.
    fixture.disk.flip(bit: 0, ofByte: places[2] + 200, in: file)
    fixture.disk.flip(bit: 0, ofByte: places[1] + 200, in: file)
    let damaged = try fixture.reader().verify()
    #expect(damaged.firstBad?.sequence == starts[1] && damaged.torn == nil)
  }

  @Test func anotherKeyIsRefused() throws {
    let fixture = try Self.small()
    let other = try NoteSigner(
      name: JournalFixture.origin, key: Ed25519PrivateKey(seed: [UInt8](repeating: 8, count: 32)))
    let report = try fixture.reader().verify(key: other.verifier)
    #expect(report.firstBad?.text.contains("CHECKPOINT") ?? false)
    // Without a key from elsewhere GENESIS' own counts.
    #expect(try fixture.reader().verify().checkpoints == 2)
  }

  @Test func aSegmentOfAnotherJournalIsFound() throws {
    let fixture = try Self.small()
    let other = try Self.small()
    let segments = try fixture.reader().segments()
    // Same ids, same numbers, same random bytes but another past.
    let core = try other.open()
    _ = core
    let names = try other.reader().segments().map(\.file)
    let foreign = try JournalFixture(segment: 32 << 10, batch: 16 << 10)
    let writer = try foreign.create()
    for number in 0..<2 {
      try writer.append(JournalFixture.event(number + 5, records: 2, filler: 300), now: foreign.now)
      try writer.append([JournalFixture.entry(.close, "dayClosed")], now: foreign.now)
      try writer.commit(now: foreign.now)
      try writer.switchSegment(state: JournalFixture.state, now: foreign.now)
    }
    foreign.disk.kill()
    #expect(names[1] == segments[1].file)
    let bytes = try #require(foreign.disk.contents(segments[1].file))
    fixture.disk.put(segments[1].file, bytes)
    let fault = try #require(try fixture.reader().verify().firstBad)
    #expect(fault.file == segments[1].file)
    #expect(fault.text.contains("segment before"))
  }

  /// Somebody who knows the format recomputes checksums; the hashes tell.
  @Test func forgedFieldsAreFound() throws {
    let fixture = try Self.small()
    let segment = try #require(try fixture.reader().segments().dropFirst().first)
    let original = try #require(fixture.disk.contents(segment.file))
    let entry = try fixture.reader().entry(at: segment.first + 2)
    let frame = Int(entry.position.offset)
    var salt = CRC32C.checksum(JournalFixture.journalID)
    salt = CRC32C.checksum([1, 0, 0, 0, 0, 0, 0, 0], continuing: salt)
    func fault(_ change: (inout [UInt8]) -> Void) throws -> JournalFault? {
      var bytes = original
      change(&bytes)
      fixture.disk.put(segment.file, bytes)
      return try fixture.reader().verify().firstBad
    }
    func put(_ value: UInt32, _ bytes: inout [UInt8], _ offset: Int) {
      for index in 0..<4 { bytes[offset + index] = UInt8(truncatingIfNeeded: value >> UInt32(8 * index)) }
    }
    #expect(try fault { _ in } == nil)
    // Sequence, wall clock, boot number, offset in batch, leaf, chain, entry: each with a fitting checksum.
    for offset in [16, 24, 40, 44, 64, 96, 140] {
      let found = try fault { bytes in
        bytes[frame + offset] ^= 1
        let end = frame + 128 + entry.entry.count
        put(CRC32C.checksum([UInt8](bytes[(frame + 8)..<end]), continuing: salt), &bytes, frame + 4)
      }
      let bytes = found.map { $0.offset..<($0.offset + ($0.length ?? 0)) }
      #expect(found?.file == segment.file && found?.sequence == entry.sequence, "offset \(offset)")
      #expect(bytes?.contains(UInt64(frame + offset)) ?? false, "offset \(offset)")
    }
    // The header's boot id and time of making, which nothing else repeats: the file's hash in SEAL.
    for offset in [72, 88] {
      let found = try fault { bytes in
        bytes[offset] ^= 1
        put(CRC32C.checksum([UInt8](bytes[..<4092])), &bytes, 4092)
      }
      #expect(found?.file == segment.file && found?.text.contains("SEAL's hash") ?? false)
    }
  }

  @Test func aMissingEndIsFoundByTheCheckpointFile() throws {
    let fixture = try JournalFixture()
    let core = try fixture.create()
    for number in 0..<3 {
      try core.append([JournalFixture.entry(.close, "dayClosed", #"{"n":\#(number)}"#)], now: fixture.now)
      try core.commit(now: fixture.now)
      _ = try core.tick(now: fixture.now)
    }
    let last = try fixture.reader().entry(at: 5).position.offset
    fixture.disk.kill()
    RecoveryTests.put(fixture.disk) { bytes in
      for index in Int(last / 4096 * 4096)..<bytes.count { bytes[index] = 0 }
    }
    let fault = try #require(try fixture.reader().verify().firstBad)
    #expect(fault.file == "checkpoint")
    #expect(fault.text.contains("end is missing"))
  }

  /// Mutated segments never crash a reader, whatever is in them.
  @Test func mutatedFilesNeverTrap() throws {
    let fixture = try Self.small()
    let originals = try fixture.reader().segments().map { ($0.file, fixture.disk.contents($0.file) ?? []) }
    var random = SplitMix64(seed: 77)
    for round in 0..<(300 * Scale.factor) {
      let (file, original) = originals[random.below(originals.count)]
      var bytes = original
      for _ in 0...random.below(6) {
        let at = random.below(bytes.count)
        switch random.below(4) {
        case 0: bytes[at] = UInt8(random.below(256))
        case 1: bytes.replaceSubrange(at..<min(at + 8, bytes.count), with: random.bytes(min(8, bytes.count - at)))
        case 2: bytes.removeSubrange(at..<min(at + random.below(5000), bytes.count))
        default: bytes.insert(contentsOf: random.bytes(random.below(64)), at: at)
        }
        if bytes.isEmpty { bytes = [0] }
      }
      // Half of them with a header checksum that fits, so that the fields behind it are read.
      if round % 2 == 0, bytes.count >= 4096, bytes[4] == 0x4A {
        let checksum = CRC32C.checksum([UInt8](bytes[..<4092]))
        for index in 0..<4 { bytes[4092 + index] = UInt8(truncatingIfNeeded: checksum >> UInt32(8 * index)) }
      }
      fixture.disk.put(file, bytes)
      let reader = try fixture.reader()
      let report = try? reader.verify()
      #expect(bytes == original || report?.firstBad ?? report?.torn != nil || report == nil, "round \(round)")
      _ = try? reader.read(from: 0, limit: 100)
      _ = try? reader.event(containing: UInt64(random.below(12)))
      _ = try? reader.replay()
      _ = try? fixture.open()
      fixture.disk.kill()
      for (name, bytes) in originals { fixture.disk.put(name, bytes) }
      for name in fixture.disk.names where !originals.contains(where: { $0.0 == name }) {
        try fixture.disk.fileSystem().unlink(name)
      }
    }
  }
}
