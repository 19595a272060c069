import Engine
import Journal
import Records
import SimulatedDisk
import Testing
import Till

/// What a new epoch takes over from an old journal, which is only read.
@Suite struct EpochTests {
  private func birth(_ box: TestBox, acceptLossAfter: Int64? = nil) -> EpochBirth {
    let order = EpochOrder(
      key: "epoch-of-the-test", method: "m", requestHash: .zero, userID: 1, reason: "test",
      acceptLossAfter: acceptLossAfter)
    return EpochBirth(
      order: order, options: box.setup.options, signer: nil, software: "test", clock: box.clocks,
      random: { _ = SystemRandom.fill($0) })
  }

  private func fingerprint(_ key: String) -> UInt64 {
    SHA256.hash(Array(key.utf8)).withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) }
  }

  private func carried(_ reader: JournalReader) throws -> [CarriedKey] {
    try reader.read(from: 0, limit: .max, kinds: [RecordCodec.keysCarried]).flatMap {
      try RecordCodec.decode(keys: $0.entry) ?? []
    }
  }

  @Test func keysOfTheLastSevenDaysAreCarriedAndNoOlderOnes() throws {
    let box = try TestBox(index: true)
    try box.openShift()
    let day = 24 * 3_600_000
    try box.ring(key: "key-of-the-first-day")
    box.clocks.advance(milliseconds: 2 * day)
    try box.ring(key: "key-of-the-third-day")
    box.clocks.advance(milliseconds: 6 * day)
    try box.ring(key: "key-of-the-ninth-day")
    box.disk.kill()
    let files = box.disk.fileSystem()
    let next = SimulatedDisk(seed: 2)
    let old = try birth(box).inherit(from: files)
    let begun = try birth(box).write(old, into: next.fileSystem())
    next.kill()
    let reader = try JournalReader(next.fileSystem())
    let keys = try carried(reader)
    let known = Set(keys.map(\.fingerprint))
    #expect(!known.contains(fingerprint("key-of-the-first-day")))
    #expect(known.contains(fingerprint("key-of-the-third-day")))
    #expect(known.contains(fingerprint("key-of-the-ninth-day")))
    let place = try #require(keys.first { $0.fingerprint == fingerprint("key-of-the-ninth-day") })
    #expect(place.epoch == 0)
    let event = try JournalReader(files).event(containing: UInt64(place.sequence))
    #expect(String(decoding: event[0].entry, as: UTF8.self).contains("key-of-the-ninth-day"))
    // The first record says who began it and on what it builds; the state follows.
    let end = try #require(try reader.previousEnd())
    #expect(end.epoch == 0 && end.sequence + 1 == old.head.sequence && end.chain == old.head.chain.hex)
    #expect(try reader.read(from: 1, limit: 1).first?.kind == "state")
    #expect(try reader.event(containing: 1).last.map { Int64($0.sequence) + 1 } == begun.sequence)
    #expect(try reader.verify().firstBad == nil)
    // Nothing was lost, so no number is skipped.
    let genesis = String(decoding: try reader.entry(at: 0).entry, as: UTF8.self)
    #expect(!genesis.contains("numberGap") && !genesis.contains("acceptLossAfter"))
  }

  @Test func aLossIsAcceptedBehindAnEventOnly() throws {
    let box = try TestBox(index: true)
    try box.openShift()
    try box.ring()
    box.disk.kill()
    let files = box.disk.fileSystem()
    let reader = try JournalReader(files)
    let entries = try reader.read(from: 0, limit: .max)
    let inside = try #require(entries.last { $0.continues })
    let last = try #require(entries.last)
    #expect(throws: CallError.self) { try birth(box, acceptLossAfter: Int64(inside.sequence)).inherit(from: files) }
    #expect(throws: CallError.self) { try birth(box, acceptLossAfter: Int64(last.sequence) + 1).inherit(from: files) }
    #expect(throws: CallError.self) { try birth(box, acceptLossAfter: -1).inherit(from: files) }
    let before = try #require(entries.last { !$0.continues && $0.sequence < inside.sequence })
    let old = try birth(box, acceptLossAfter: Int64(before.sequence)).inherit(from: files)
    #expect(old.head.sequence == before.sequence + 1)
    let next = SimulatedDisk(seed: 2)
    _ = try birth(box).write(old, into: next.fileSystem())
    next.kill()
    let genesis = String(decoding: try JournalReader(next.fileSystem()).entry(at: 0).entry, as: UTF8.self)
    #expect(genesis.contains(#""acceptLossAfter":\#(before.sequence)"#) && genesis.contains("numberGap"))
  }
}
