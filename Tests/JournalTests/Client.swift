import Journal
import SimulatedDisk

/// Somebody who uses a journal and remembers every acknowledgement.
struct Client {
  private(set) var acknowledged: [Receipt] = []
  private var staged: [Receipt] = []
  private var number = 0
  private var numbers: SplitMix64

  init(seed: UInt64) { numbers = SplitMix64(seed: seed) }

  private mutating func settle(_ core: JournalCore) {
    acknowledged += staged.filter { $0.sequence < core.durableSequence }
    staged.removeAll { $0.sequence < core.durableSequence }
  }

  /// What the core says is durable is acknowledged, however it came to be.
  private mutating func run(_ core: JournalCore, _ body: (JournalCore) throws(JournalError) -> Void)
    throws(JournalError)
  {
    defer { settle(core) }
    try body(core)
  }

  /// One step of random work.
  mutating func step(_ core: JournalCore, _ fixture: JournalFixture) throws(JournalError) {
    if core.needsState {
      try core.writeState(JournalFixture.state, now: fixture.now)
    }
    if core.wantsSwitch { try core.switchSegment(state: JournalFixture.state, now: fixture.now) }
    for _ in 0...numbers.below(3) {
      number += 1
      let records = numbers.chance(70) ? 1 : 1 + numbers.below(4)
      let event = JournalFixture.event(number, records: records, filler: numbers.below(1500))
      do throws(JournalError) {
        staged += try core.append(
          event, urgency: numbers.chance(20) ? .lazy : .now, news: numbers.chance(60), now: fixture.now)
      } catch {
        guard error == .batchFull else { throw error }
      }
    }
    if numbers.chance(85) { try run(core) { (core) throws(JournalError) in try core.commit(now: fixture.now) } }
    fixture.advance(milliseconds: UInt64(numbers.below(60)))
    try run(core) { (core) throws(JournalError) in _ = try core.tick(now: fixture.now) }
    if core.wantsSwitch || numbers.chance(3) {
      try run(core) { (core) throws(JournalError) in
        try core.commit(now: fixture.now)
        try core.switchSegment(state: JournalFixture.state, now: fixture.now)
      }
    }
  }

  /// The process is gone: what was not acknowledged may be there or not.
  mutating func forget() { staged.removeAll() }

  /// The first acknowledged record that the journal does not give back as it was.
  func lost(_ reader: JournalReader, from first: UInt64 = 0) throws -> UInt64? {
    let all = try reader.read(from: first, limit: .max)
    return acknowledged.first { receipt in
      receipt.sequence >= first
        && (receipt.sequence - first >= all.count || all[Int(receipt.sequence - first)].leaf != receipt.leaf)
    }?.sequence
  }
}
