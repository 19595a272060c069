import Document
import EscPos
import Testing

@Suite struct TokenizerTests {
  /// Commands of other programs' receipts: images, old barcodes, page mode, NV graphics, tabs.
  private static let stream: [UInt8] =
    [0x1B, 0x40, 0x1B, 0x74, 0x10, 0x48, 0x69, 0x0A]
    + [0x1D, 0x76, 0x30, 0x00, 0x02, 0x00, 0x03, 0x00, 0x10, 0x04, 0x01, 0x1B, 0x40, 0x0A]  // DLE EOT inside an image
    + [0x1B, 0x2A, 0x21, 0x02, 0x00, 1, 2, 3, 4, 5, 6]
    + [0x1D, 0x6B, 0x04, 0x41, 0x42, 0x00, 0x1D, 0x6B, 0x49, 0x04, 0x7B, 0x42, 0x61, 0x62]
    + [0x1B, 0x44, 0x08, 0x10, 0x00, 0x09, 0x58, 0x0A]
    + [0x1D, 0x28, 0x4C, 0x0C, 0x00, 0x30, 0x70, 0x30, 1, 1, 0x31, 8, 0, 2, 0, 0xAA, 0x55]
    + [0x1D, 0x28, 0x4C, 0x02, 0x00, 0x30, 0x32]
    + [0x1B, 0x64, 0x02, 0x1B, 0x4A, 0x3C, 0x1D, 0x56, 0x42, 0x00, 0x1B, 0x70, 0x00, 0x19, 0xFA]
    + [0x1D, 0x72, 0x01, 0x1D, 0x49, 0x43, 0x1D, 0x61, 0x0F, 0x10, 0x04, 0x02, 0x10, 0x14, 0x01, 0x00, 0x01]
    + [0x1D, 0x28, 0x48, 0x06, 0x00, 0x30, 0x30, 0x30, 0x30, 0x30, 0x37]
    + [0x1B, 0xEE, 0x1C, 0x99, 0x05]

  @Test func foreignCommandsAreRead() {
    var tokenizer = EscPosTokenizer(profile: Profiles.cp858)
    let tokens = tokenizer.feed(Self.stream).filter { if case .command = $0 { false } else { true } }
    let kinds = tokens.map { token -> String in
      switch token {
      case .line(let line): "line \(String(String.UnicodeScalarView(line.characters.map(\.scalar))))"
      case .barcode(let code): "barcode \(code.symbology) \(code.text)"
      default: "\(token)"
      }
    }
    #expect(
      kinds == [
        "initialise", "line Hi", "realTime(EscPos.RealTimeCommand.status(1, argument: nil), insidePayload: true)",
        "image(width: 16, height: 3)", "image(width: 2, height: 24)", "barcode 69 AB", "barcode 73 ab", "line X",
        "image(width: 8, height: 2)", "line ", "line ", "feed(dots: 60)", "cut(Document.Cut.partial, feeds: true)",
        "drawerKick(pin: 2, onMilliseconds: 50, offMilliseconds: 500)",
        "statusRequest(EscPos.StatusRequest.transmit(1))", "statusRequest(EscPos.StatusRequest.identify(67))",
        "statusRequest(EscPos.StatusRequest.automatic(15))",
        "realTime(EscPos.RealTimeCommand.status(2, argument: nil), insidePayload: false)",
        "realTime(EscPos.RealTimeCommand.pulse(pin: 2, milliseconds: 100), insidePayload: false)",
        "statusRequest(EscPos.StatusRequest.processIdentifier(EscPos.ProcessIdentifier(bytes: (48, 48, 48, 55))))",
        "unknown([27, 238])", "unknown([28, 153])", "unknown([5])",
      ])
  }

  @Test func anyChunkingGivesTheSameTokens() {
    var whole = EscPosTokenizer(profile: Profiles.cp858)
    let expected = whole.feed(Self.stream)
    for size in 1...17 {
      var tokenizer = EscPosTokenizer(profile: Profiles.cp858)
      var tokens: [EscPosToken] = []
      for start in stride(from: 0, to: Self.stream.count, by: size) {
        tokens += tokenizer.feed(Self.stream[start..<min(start + size, Self.stream.count)])
      }
      #expect(tokens == expected, "chunks of \(size)")
    }
  }

  @Test func mutatedStreamsNeverTrapAndNeverDependOnChunks() {
    let seeds = [Self.stream, EscPosEncoder(profile: Profiles.mixed).encode(goldenReceipt()).bytes]
    for seed in UInt64(0)..<600 {
      var random = SeededGenerator(seed)
      var bytes = seeds[Int(seed % 2)]
      for _ in 0..<Int.random(in: 1...12, using: &random) {
        let at = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: bytes[at] = UInt8.random(in: 0...255, using: &random)
        case 1: bytes.remove(at: at)
        case 2: bytes.insert([0x10, 0x1B, 0x1C, 0x1D, 0xFF, 0x81].randomElement(using: &random) ?? 0, at: at)
        default: bytes.removeSubrange(at..<min(bytes.count, at + 5))
        }
        if bytes.isEmpty { bytes = [0x0A] }
      }
      for profile in [Profiles.mixed, Profiles.gbk, Profiles.cp858] {
        let whole = paper(bytes, profile: profile) { bytes.count }
        let split = paper(bytes, profile: profile) { Int.random(in: 1...5, using: &random) }
        #expect(whole.tokens == split.tokens, "seed \(seed)")
        #expect(whole.text == split.text, "seed \(seed)")
      }
    }
  }

  @Test func realTimeCommandsAreFoundBehindWhatLooksLikeThem() {
    let table: [(bytes: [UInt8], commands: [RealTimeCommand])] = [
      ([0x10, 0x10, 0x04, 0x01], [.status(1, argument: nil)]),
      ([0x1B, 0x10, 0x04, 0x01], [.status(1, argument: nil)]),
      ([0x10, 0x14, 0x01, 0x10, 0x04, 0x04], [.status(4, argument: nil)]),
      ([0x10, 0x04, 0x07, 0x02], [.status(7, argument: 2)]),
      ([0x10, 0x04, 0x12, 0x01], [.status(18, argument: 1)]),
      ([0x10, 0x04, 0x09], []),
      ([0x10, 0x14, 0x02, 0x01, 0x08], [.powerOff]),
      ([0x10, 0x14, 0x08, 0x01, 0x03, 0x14, 0x01, 0x06, 0x02, 0x08], [.clearBuffers]),
      ([0x10, 0x05, 0x02, 0x10, 0x14, 0x07, 0x01], [.request(2), .transmit(1)]),
    ]
    for row in table {
      var tokenizer = EscPosTokenizer(profile: Profiles.gbk)
      let found = tokenizer.feed(row.bytes).compactMap { token -> RealTimeCommand? in
        if case .realTime(let command, _) = token { command } else { nil }
      }
      #expect(found == row.commands, "\(hex(row.bytes))")
    }
    #expect(RealTimeLint.findings(in: [0x10, 0x04, 0x41, 0x10, 0x10, 0x14] as [UInt8]) == [0, 4])
  }

  @Test func realTimeCommandsInsideBufferedDataAreToldApart() {
    // DLE DC4 1 0 1 as the content of a QR code: a printer opens the drawer.
    let store: [UInt8] = [0x1D, 0x28, 0x6B, 0x08, 0x00, 0x31, 0x50, 0x30, 0x10, 0x14, 0x01, 0x00, 0x01]
    var tokenizer = EscPosTokenizer(profile: Profiles.cp858)
    #expect(
      tokenizer.feed(store) == [
        .realTime(.pulse(pin: 2, milliseconds: 100), insidePayload: true), .command(store),
      ])
    #expect(tokenizer.feed([0x10, 0x04, 0x01]) == [.realTime(.status(1, argument: nil), insidePayload: false)])
  }

  @Test func hugeImagesTakeNoMemory() {
    var tokenizer = EscPosTokenizer(profile: Profiles.cp858)
    #expect(tokenizer.feed([0x1D, 0x76, 0x30, 0x00, 0xFF, 0xFF, 0xFF, 0xFF]).isEmpty)
    #expect(tokenizer.isInsideCommand)
    #expect(tokenizer.feed([UInt8](repeating: 0x00, count: 100_000)).isEmpty)
  }

  @Test func aCutInTheMiddleOfALineIsIgnored() {
    var tokenizer = EscPosTokenizer(profile: Profiles.cp858)
    let tokens = tokenizer.feed([0x41, 0x1D, 0x56, 0x00, 0x0A, 0x1D, 0x56, 0x00])
    #expect(tokens.filter { if case .cut = $0 { true } else { false } }.count == 1)
  }
}
