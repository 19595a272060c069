import Devices
import Engine
import Testing
import Till

/// Never a second unmarked copy of one document, wherever the first one's start stands in the journal.
@Suite struct ReprintTests {
  private static func deliver(_ box: TestBox, _ stub: StubReference) throws -> Bool {
    let before = box.prints.count
    let token = box.call(.deliver(Deliver(stub: stub, document: .receipt)), [stub])
    _ = try #require(box.answers[token]).get()
    return try #require(box.prints.dropFirst(before).first).marked
  }

  @Test(arguments: [true, false]) func aSecondReceiptIsMarked(index: Bool) throws {
    let box = try TestBox(index: index)
    try box.openShift()
    let stub = try box.ring()
    #expect(box.prints.map(\.marked) == [false])
    #expect(try Self.deliver(box, stub))
    try box.start()
    #expect(try Self.deliver(box, stub))
    try box.fillSegment()
    #expect(try Self.deliver(box, stub))
    try box.start()
    #expect(try Self.deliver(box, stub))
  }

  @Test(arguments: [true, false]) func aStartInALaterSegmentThanItsJobCounts(index: Bool) throws {
    let box = try TestBox(index: index)
    try box.openShift()
    box.isPrinterReady = false
    let stub = try box.ring()
    try box.fillSegment()
    #expect(box.prints.isEmpty)
    box.switchOn()
    #expect(box.prints.first?.marked == false)
    // And out of memory again.
    try box.fillSegment()
    #expect(try Self.deliver(box, stub))
    try box.start()
    #expect(try Self.deliver(box, stub))
  }

  @Test func anotherDocumentOfTheStubIsAnOriginal() throws {
    let box = try TestBox(index: true)
    try box.openShift()
    let stub = try box.ring()
    box.call(.deliver(Deliver(stub: stub, document: .merchantCopy)), [stub])
    #expect(box.prints.map(\.marked) == [false, false])
    box.call(.deliver(Deliver(stub: stub, document: .merchantCopy)), [stub])
    #expect(box.prints.map(\.marked) == [false, false, true])
  }
}
