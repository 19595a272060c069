import EscPos
import Testing

@Suite struct ReplyTests {
  private func parse(_ bytes: [UInt8]) -> [PrinterReply] {
    var parser = PrinterReplyParser()
    return parser.feed(bytes)
  }

  @Test func kindsAreTold() throws {
    let identifier = ProcessIdentifier(number: 123)
    let table: [(bytes: [UInt8], replies: [PrinterReply])] = [
      ([0x12], [.realTimeStatus(0x12)]),
      ([0x16], [.realTimeStatus(0x16)]),
      ([0x72], [.realTimeStatus(0x72)]),
      ([0x00], [.transmittedStatus(0)]),
      ([0x0C], [.transmittedStatus(0x0C)]),
      ([0x14, 0, 0, 0x0F], [.automaticStatus(AutomaticStatus(0x14, 0, 0, 0x0F))]),
      // XOFF and XON inside the four bytes.
      (
        [0x3C, 0x13, 0, 0x11, 0x0C, 0x0F],
        [.transmitOff, .transmitOn, .automaticStatus(AutomaticStatus(0x3C, 0, 0x0C, 0x0F))]
      ),
      ([0x37, 0x22, 0x30, 0x31, 0x32, 0x33, 0], [.processIdentifier(identifier)]),
      ([0x37, 0x22, 0x30, 0x13, 0x31, 0x32, 0x33, 0], [.transmitOff, .processIdentifier(identifier)]),
      // Three characters only.
      ([0x37, 0x22, 0x30, 0x31, 0x32, 0], [.noise([0x37, 0x22, 0x30, 0x31, 0x32, 0])]),
      ([0x37, 0x23, 0], [.offline([])]),
      ([0x37, 0x23, 0x40, 0x7F, 0], [.offline([0x40, 0x7F])]),
      ([0x37, 0x25, 0], [.buffersCleared]),
      ([0x3B, 0x30, 0], [.poweringOff]),
      ([0x5F] + Array("CHINA GB18030".utf8) + [0], [.information(Array("CHINA GB18030".utf8))]),
      ([0x35, 0, 0, 0], [.block([0x35, 0, 0])]),
      ([0x3D, 0x30, 0x31, 0], [.block([0x3D, 0x30, 0x31])]),
      ([0xFF, 0x91], [.noise([0xFF, 0x91])]),
      // An automatic status that breaks off, then a real-time answer.
      ([0x10, 0x00, 0x12], [.noise([0x10, 0x00]), .realTimeStatus(0x12)]),
      // A block that breaks off in a byte that no block holds.
      ([0x5F, 0x41, 0x16], [.noise([0x5F, 0x41]), .realTimeStatus(0x16)]),
    ]
    for row in table { #expect(parse(row.bytes) == row.replies, "\(hex(row.bytes))") }
    #expect(identifier.text == "0123" && identifier.number == 123)
  }

  @Test func anySplitGivesTheSameReplies() {
    let stream: [UInt8] =
      [0x16, 0x14, 0, 0x13, 0, 0x0F, 0x11, 0x37, 0x22, 0x30, 0x30, 0x30, 0x31, 0, 0x5F, 0x54, 0x4D, 0, 0x00]
    let whole = parse(stream)
    #expect(whole.count == 7)
    for split in 0...stream.count {
      var parser = PrinterReplyParser()
      #expect(parser.feed(stream[..<split]) + parser.feed(stream[split...]) == whole, "split at \(split)")
    }
  }

  /// How many received bytes a reply accounts for.
  private func length(_ reply: PrinterReply) -> Int {
    switch reply {
    case .realTimeStatus, .transmittedStatus, .transmitOn, .transmitOff: 1
    case .automaticStatus: 4
    case .processIdentifier: 7
    case .offline(let causes): causes.count + 3
    case .buffersCleared, .poweringOff: 3
    case .information(let text): text.count + 2
    case .block(let block): block.count + 1
    case .noise(let bytes): bytes.count
    }
  }

  @Test func randomBytesAreAllAccountedFor() {
    let likely: [UInt8] = [
      0x37, 0x22, 0x30, 0x31, 0x00, 0x5F, 0x35, 0x39, 0x3B, 0x10, 0x14, 0x11, 0x13, 0x12, 0x0F, 0xFF,
    ]
    for seed in UInt64(0)..<3000 {
      var random = SeededGenerator(seed)
      let bytes = (0..<Int.random(in: 1...200, using: &random)).map { _ in
        Bool.random(using: &random)
          ? UInt8.random(in: 0...255, using: &random) : likely.randomElement(using: &random) ?? 0
      }
      var parser = PrinterReplyParser()
      var replies = parser.feed(bytes)
      #expect(parser.isInside == false || bytes.count > 0)
      if let rest = parser.reset() { replies.append(rest) }
      #expect(replies.reduce(0) { $0 + length($1) } == bytes.count, "seed \(seed)")
    }
  }

  @Test func longBlocksDoNotGrowForEver() {
    var parser = PrinterReplyParser()
    let replies = parser.feed([0x5F] + [UInt8](repeating: 0x41, count: 10_000))
    #expect(
      replies.contains {
        if case .noise(let bytes) = $0 { bytes.count > PrinterReplyParser.maximumBlockBytes } else { false }
      })
  }

  @Test func statusBitsAreRead() {
    var condition = PrinterCondition()
    #expect(condition.paper == nil && !condition.isBlocked)
    condition.apply(0x12, to: .printer)
    condition.apply(0x12, to: .offlineCause)
    condition.apply(0x12, to: .error)
    condition.apply(0x12, to: RealTimeStatusQuery.paper)
    #expect(condition.paper == .ok && condition.isOffline == false && !condition.isBlocked)
    condition.apply(0x1E, to: RealTimeStatusQuery.paper)
    #expect(condition.paper == .low && !condition.isBlocked)
    // Roll out, seen without the near-end bits (72h).
    condition.apply(0x72, to: RealTimeStatusQuery.paper)
    #expect(condition.paper == .out && condition.isBlocked)
    condition.apply(AutomaticStatus(0x14, 0, 0, 0x0F))
    #expect(condition.paper == .ok && condition.isDrawerPinHigh == true && !condition.isBlocked)
    condition.apply(AutomaticStatus(0x38, 0x08, 0x0F, 0x0F))
    #expect(condition.isCoverOpen == true && condition.hasCutterError == true && condition.paper == .out)
    #expect(condition.isOffline == true)
    condition.apply(0x00, to: TransmitStatusQuery.paper)
    #expect(condition.paper == .ok)
  }
}
