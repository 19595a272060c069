import EscPos
import Testing
import VirtualDevices

/// The virtual printer tells the truth: what the drivers' tests stand on.
struct VirtualPrinterTests {
  private func printer(_ change: (inout VirtualPrinter.Build) -> Void = { _ in }) -> VirtualPrinter {
    var profile = EscPosProfile()
    profile.kanji = KanjiFont(.gbk, isOnByDefault: true)
    var build = VirtualPrinter.Build(profile: profile)
    change(&build)
    return VirtualPrinter(build)
  }

  private func replies(_ printer: inout VirtualPrinter, to bytes: [UInt8], now: UInt64 = 0) -> [UInt8] {
    printer.receive(bytes)
    printer.run(now: now)
    return printer.takeReplies()
  }

  @Test func realTimeStatus() {
    var printer = printer()
    #expect(replies(&printer, to: [0x10, 0x04, 0x01]) == [0x12])
    printer.set(coverOpen: true)
    #expect(replies(&printer, to: [0x10, 0x04, 0x01, 0x10, 0x04, 0x02]) == [0x1A, 0x16])
    printer.set(coverOpen: false)
    printer.set(paper: .low)
    #expect(replies(&printer, to: [0x10, 0x04, 0x04]) == [0x1E])
    printer.set(paper: .out)
    #expect(replies(&printer, to: [0x10, 0x04, 0x04]) == [0x7E])
  }

  /// Without paper the buffer rests, the fence in it too; real-time questions are answered all the same.
  @Test func fenceWaitsForPaper() {
    var printer = printer()
    printer.set(paper: .out)
    let text: [UInt8] = Array("abc\n".utf8) + [0x1D, 0x72, 0x01]
    #expect(replies(&printer, to: text + [0x10, 0x04, 0x02]) == [0x32])
    #expect(printer.takeEvents().isEmpty)
    printer.set(paper: .ok)
    #expect(replies(&printer, to: []) == [0x00])
    #expect(printer.takeEvents() == [.printed("abc\n")])
  }

  /// The process ID comes when the paper before it has moved, not when its bytes came.
  @Test func processIdentifierWaitsForThePaper() throws {
    var printer = printer { $0.speed = 100 }
    let id = try #require(ProcessIdentifier(0x30, 0x30, 0x30, 0x37))
    let job = Array("abc\n".utf8) + EscPosCommand.processIdentifier(id)
    #expect(replies(&printer, to: job).isEmpty)
    let due = try #require(printer.nextTime)
    #expect(due > 30_000_000)
    #expect(replies(&printer, to: [], now: due - 1).isEmpty)
    #expect(replies(&printer, to: [], now: due) == [0x37, 0x22, 0x30, 0x30, 0x30, 0x37, 0x00])
  }

  @Test func automaticStatusIsPushedOnChangeOnly() {
    var printer = printer()
    #expect(replies(&printer, to: [0x1D, 0x61, 0x0F]) == [0x10, 0, 0, 0])
    printer.set(paper: .out)
    #expect(printer.takeReplies() == [0x18, 0, 0x0F, 0])
    printer.set(paper: .out)
    #expect(printer.takeReplies().isEmpty)
    printer.set(paper: .ok)
    _ = printer.takeReplies()
    // ESC @ switches it off.
    _ = replies(&printer, to: [0x1B, 0x40])
    printer.set(coverOpen: true)
    #expect(printer.takeReplies().isEmpty)
  }

  @Test func paperOutInTheMiddleOfALine() {
    var printer = printer()
    printer.faults.paperOutAfter = 5
    _ = replies(&printer, to: Array("one\ntwo\n".utf8))
    #expect(printer.takeEvents() == [.printed("one\n"), .paperOut])
    #expect(printer.waitingBytes == 3)
    printer.set(paper: .ok)
    _ = replies(&printer, to: [])
    #expect(printer.takeEvents() == [.printed("two\n")])
  }

  @Test func lostAnswersAndSilence() {
    var printer = printer()
    printer.loseReply(2)
    let three: [UInt8] = [0x10, 0x04, 0x01, 0x10, 0x04, 0x01, 0x10, 0x04, 0x01]
    #expect(replies(&printer, to: three) == [0x12, 0x12])
    printer.faults.isMute = true
    #expect(replies(&printer, to: three).isEmpty)
  }

  @Test func powerOffForgetsTheBufferAndKeepsThePaper() {
    var printer = printer()
    printer.set(paper: .out)
    printer.receive(Array("abc\n".utf8))
    printer.powerCycle()
    printer.set(paper: .ok)
    printer.run(now: 0)
    #expect(printer.takeEvents().isEmpty)
    #expect(printer.waitingBytes == 0)
  }
}
