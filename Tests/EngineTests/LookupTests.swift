import Engine
import Glibc
import Journal
import SimulatedDisk
import Testing
import Till

/// A lookup that fails is no lookup that finds nothing.
@Suite struct LookupTests {
  private static let inputOutput: Int32 = 5

  /// A box whose first sale stands in a sealed segment.
  private static func sold(index: Bool) throws -> (TestBox, StubReference) {
    let box = try TestBox(index: index)
    try box.openShift()
    let stub = try box.ring(key: "the-key-of-the-first-sale")
    try box.fillSegment()
    return (box, stub)
  }

  private static func isFault(_ result: Result<Answer, CallError>?) -> Bool {
    switch result {
    case .failure(.fault), .failure(.damaged): true
    default: false
    }
  }

  @Test(arguments: [true, false]) func aSealedKeyIsNotDecidedAnewWhenTheDiskFails(index: Bool) throws {
    let (box, _) = try Self.sold(index: index)
    if index { try Self.spoilIndex(box) }
    let ring = Event.ring(Ring(open: OpenSale(lane: "1", lines: []), tender: TenderInput(kind: .cash)))
    let before = box.drain.snapshot.till.counters.nextStub
    for operation in [FileOperation.open, .read, .list] {
      box.disk.inject(DiskFault(operation, code: Self.inputOutput, forever: true))
      let token = box.call(ring, key: "the-key-of-the-first-sale")
      box.disk.heal()
      // Without an index the place is known from memory; a failing list does not hinder then.
      if index || operation != .list { #expect(Self.isFault(box.answers[token]), "\(operation)") }
    }
    let token = box.call(ring, key: "the-key-of-the-first-sale")
    #expect(throws: Never.self) { try #require(box.answers[token]).get() }
    #expect(box.drain.snapshot.till.counters.nextStub == before)
  }

  /// What an index cannot say stands in the segments.
  private static func spoilIndex(_ box: TestBox) throws {
    let file = try #require(fopen(box.setup.indexFolder + "/lookup.sqlite", "r+"))
    for _ in 0..<4_096 { fputs("spoiled.", file) }
    fclose(file)
  }

  @Test func aSpoiledIndexIsNoReasonToForgetAKey() throws {
    let (box, _) = try Self.sold(index: true)
    try Self.spoilIndex(box)
    let before = box.drain.snapshot.till.counters.nextStub
    let ring = Event.ring(Ring(open: OpenSale(lane: "1", lines: []), tender: TenderInput(kind: .cash)))
    let token = box.call(ring, key: "the-key-of-the-first-sale")
    #expect(throws: Never.self) { try #require(box.answers[token]).get() }
    #expect(box.drain.snapshot.till.counters.nextStub == before)
  }

  @Test func anIndexThatLagsBehindTwoSwitchesForgetsNoKey() throws {
    let box = try TestBox(index: true)
    try box.openShift()
    try box.fillSegment(lags: true)
    try box.ring(key: "the-key-in-the-second-segment")
    try box.fillSegment(lags: true)
    // Only now the lookup thread comes to the first switch.
    box.lookups.takeSealed(before: try #require(box.sealed.first))
    try box.start()
    let before = box.drain.snapshot.till.counters.nextStub
    let ring = Event.ring(Ring(open: OpenSale(lane: "1", lines: []), tender: TenderInput(kind: .cash)))
    let token = box.call(ring, key: "the-key-in-the-second-segment")
    #expect(throws: Never.self) { try #require(box.answers[token]).get() }
    #expect(box.drain.snapshot.till.counters.nextStub == before)
  }

  @Test func aStubThatCannotBeReadIsNotUnknown() throws {
    let (box, stub) = try Self.sold(index: true)
    try Self.spoilIndex(box)
    let token = box.call(.deliver(Deliver(stub: stub, document: .receipt)), [stub])
    #expect(Self.isFault(box.answers[token]))
  }

  @Test func aDocumentThatCannotBeReadIsOwed() throws {
    let box = try TestBox(index: true)
    try box.openShift()
    box.isPrinterReady = false
    let stub = try box.ring()
    // What the job prints is in the journal only now.
    try box.start()
    let job = try #require(box.drain.snapshot.till.jobs.first)
    #expect(job.value.state == .owed)
    box.call(.decideJob(job: job.key, decision: .printAgain))
    #expect(box.drain.snapshot.till.jobs[job.key]?.state == .queued)
    box.disk.inject(DiskFault(.read, code: Self.inputOutput, forever: true))
    box.disk.inject(DiskFault(.open, code: Self.inputOutput, forever: true))
    box.switchOn()
    box.disk.heal()
    #expect(box.drain.snapshot.till.jobs[job.key]?.state == .owed)
    #expect(box.prints.isEmpty)
    let token = box.call(.deliver(Deliver(stub: stub, document: .receipt)), [stub])
    #expect(throws: Never.self) { try #require(box.answers[token]).get() }
    #expect(box.prints.map(\.marked) == [false])
  }
}
