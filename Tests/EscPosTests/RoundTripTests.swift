import Document
import EscPos
import Testing

/// What a document says is what the paper says, for random documents, printers and chunk sizes.
@Suite struct RoundTripTests {
  private static let words = [
    "宫保鸡丁套餐", "珍珠奶茶(大)", "Café crème", "Müsli", "a", "", " ", "Wi-Fi 5G", "合计", "¥12.00", "￥3", "€5", "，", "囍", "㐀",
    "𠀀", "🙂", "👩‍👩‍👧", "ñandú", "Зелёный", "“引号”", "…", "123456789012345678901234567890", "\n", "x\ny", "\u{1B}@",
    "\u{10}\u{14}\u{1}",
    "  two  spaces ", "łódź", "北京市海淀区中关村大街一号院二号楼三层", "e\u{301}", "\u{7F}", "\r\n", "\t", "ｱｲｳ", "½", "Ⅲ", "①", "£9",
    "%&\\$#",
  ]

  private static func text(_ random: inout SeededGenerator) -> String {
    (0..<Int.random(in: 1...5, using: &random)).map { _ in words.randomElement(using: &random) ?? "" }
      .joined(separator: Bool.random(using: &random) ? " " : "")
  }

  private static func document(_ random: inout SeededGenerator) -> Document {
    var document = Document(title: "random")
    for _ in 0..<Int.random(in: 1...12, using: &random) {
      let style = TextStyle(rawValue: UInt8.random(in: 0...15, using: &random))
      let alignment = Alignment(rawValue: UInt8.random(in: 0...2, using: &random)) ?? .leading
      switch Int.random(in: 0..<10, using: &random) {
      case 0...3: document.elements.append(.text(text(&random), style: style, alignment: alignment))
      case 4...6:
        let cells = (0..<Int.random(in: 1...4, using: &random)).map { _ in
          let sizes: [CellSize] = [.relative(1), .relative(3), .atLeast(6), .fixed(5), .fixed(0), .relative(-2)]
          return Cell(
            text(&random), width: sizes.randomElement(using: &random) ?? .relative(1),
            alignment: Alignment(rawValue: UInt8.random(in: 0...2, using: &random)) ?? .leading,
            style: TextStyle(rawValue: UInt8.random(in: 0...15, using: &random)))
        }
        document.elements.append(.columns(Columns(cells, gap: Int.random(in: 0...2, using: &random))))
      case 7: document.elements.append(.rule(.double))
      case 8: document.elements.append(.feed(lines: Int.random(in: 0...3, using: &random)))
      default:
        document.elements.append(
          [
            .qrCode("https://例.test/\(Int.random(in: 0...99, using: &random))"), .cut(.full),
            .barcode(Barcode(.code128, "{A}1")),
          ].randomElement(using: &random) ?? .cut(.full))
      }
    }
    return document
  }

  @Test func paperSaysWhatTheDocumentSays() {
    for seed in UInt64(0)..<400 {
      var random = SeededGenerator(seed)
      let document = Self.document(&random)
      for profile in Profiles.all {
        let encoder = EscPosEncoder(profile: profile)
        let encoded = encoder.encode(document)
        let (text, tokens) = paper(encoded.bytes, profile: profile) { Int.random(in: 1...9, using: &random) }
        let expected = encoder.plainText(document)
        #expect(text == expected, "seed \(seed) \(String(describing: profile.kanji))")
        let strange = tokens.filter {
          switch $0 {
          case .unknown, .realTime, .drawerKick, .statusRequest: true
          default: false
          }
        }
        #expect(strange.isEmpty, "seed \(seed)")
        #expect(RealTimeLint.findings(in: encoded.bytes).isEmpty, "seed \(seed)")
        checkChunks(encoded, profile: profile, seed: seed)
        if text != expected { return }
      }
    }
  }

  private func checkChunks(_ encoded: EncodedDocument, profile: EscPosProfile, seed: UInt64) {
    #expect(encoded.boundaries.last == encoded.bytes.count)
    #expect(encoded.bodyEnd == encoded.bytes.count || encoded.boundaries.contains(encoded.bodyEnd))
    var tokenizer = EscPosTokenizer(profile: profile)
    var start = 0
    for end in encoded.boundaries {
      #expect(end > start, "seed \(seed)")
      _ = tokenizer.feed(encoded.bytes[start..<end])
      #expect(!tokenizer.isInsideCommand && tokenizer.openLine.characters.isEmpty, "seed \(seed) at \(end)")
      start = end
    }
  }

  @Test func layoutStaysOnThePaper() {
    for seed in UInt64(0)..<400 {
      var random = SeededGenerator(seed &* 7919)
      let document = Self.document(&random)
      for columns in [8, 16, 32, 42, 48, 64] {
        let layout = document.layout(columns: columns, measure: .eastAsian)
        for item in layout.items {
          guard case .line(let range, _) = item else { continue }
          var end = 0
          for run in layout.runs[range] {
            #expect(run.cell >= end, "seed \(seed) columns \(columns)")
            end = run.cell + run.width
          }
          #expect(end <= columns, "seed \(seed) columns \(columns)")
        }
      }
    }
  }
}
