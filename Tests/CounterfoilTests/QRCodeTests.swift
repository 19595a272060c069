import Command
import Testing

/// A code on a terminal: its modules, its quiet zone, black on white whatever the terminal's colours are.
@Suite struct QRCodeTests {
  @Test func theFinderPatternsStandInThreeCorners() throws {
    let code = try #require(QRCode("https://pay.example/code/ABC"))
    #expect(code.width == 25 || code.width == 29)
    for (top, left) in [(0, 0), (0, code.width - 7), (code.width - 7, 0)] {
      for row in 0..<7 {
        for column in 0..<7 {
          let ring = max(abs(row - 3), abs(column - 3))
          #expect(code.isDark(top + row, left + column) == (ring != 2), "\(row) \(column)")
        }
      }
    }
  }

  @Test func itsLinesHoldItAndTheQuietZone() throws {
    let code = try #require(QRCode("https://pay.example/code/ABC"))
    let across = code.width + 2 * QRCode.quiet
    let plain = code.lines(isColoured: false)
    #expect(plain.count == (across + 1) / 2 && plain.allSatisfy { $0.count == across })
    // Light modules are drawn: all of the quiet zone.
    #expect(plain.prefix(2).allSatisfy { $0.allSatisfy { $0 == "█" } })
    #expect(plain.allSatisfy { $0.hasPrefix("████") && $0.hasSuffix("████") })
    let coloured = code.lines(isColoured: true)
    #expect(coloured.allSatisfy { $0.hasPrefix("\u{1b}[38;5;16;48;5;231m    ") && $0.hasSuffix("    \u{1b}[0m") })
    // The same modules, the other way round.
    for (dark, light) in zip(coloured, plain) {
      let letters = Array(dark.dropFirst("\u{1b}[38;5;16;48;5;231m".count).dropLast(4))
      #expect(letters.count == across)
      let other: [Character: Character] = ["█": " ", " ": "█", "▀": "▄", "▄": "▀"]
      #expect(String(letters.map { other[$0] ?? "?" }) == light)
    }
  }

  @Test func whatIsTooLongIsNone() {
    #expect(QRCode(String(repeating: "x", count: 1_024)) != nil)
    #expect(QRCode(String(repeating: "x", count: 3_000)) == nil)
  }
}
