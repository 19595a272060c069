import Command
import Engine
import Testing

/// Drawn barcodes: what a laser scanner needs.
@Suite struct ServiceCodeSheetTests {
  @Test func patternsAreThoseOfTheStandard() {
    #expect(Code128.patterns.count == 107)
    #expect(Set(Code128.patterns).count == 107)
    for pattern in Code128.patterns.dropLast() {
      let widths = pattern.utf8.map { Int($0) - 0x30 }
      #expect(widths.count == 6 && widths.reduce(0, +) == 11, "\(pattern)")
      // The bars of every character are an even number of modules wide, which scanners check.
      #expect((widths[0] + widths[2] + widths[4]).isMultiple(of: 2), "\(pattern)")
    }
    #expect(Code128.patterns.last == "2331112")
  }

  /// A known label: its check symbol is 54 from start A, and so one more from start B.
  @Test func checkSymbol() {
    #expect(Code128.symbols("PJJ123C") == [104, 48, 42, 42, 17, 18, 19, 35, 55, 106])
    #expect(Code128.symbols("") == nil)
    #expect(Code128.symbols("a\n") == nil)
    #expect(Code128.symbols("票") == nil)
  }

  /// The drawing read back, bar by bar.
  @Test func theDrawingSaysTheCodes() throws {
    let drawing = ServiceCodeSheet.svg().joined(separator: "\n")
    for (index, code) in ServiceCode.allCases.enumerated() {
      #expect(drawing.contains(">\(code.rawValue)</text>"))
      let bars = drawing.split(separator: "\n").filter { $0.hasPrefix("<rect x=") }.filter {
        number("y", in: $0) == index * 80 + 18
      }
      let places = bars.map { (number("x", in: $0), number("width", in: $0)) }
      var widths: [Int] = []
      for (place, bar) in places.enumerated() {
        widths.append(bar.1)
        if place + 1 < places.count { widths.append(places[place + 1].0 - bar.0 - bar.1) }
      }
      var text = ""
      for start in stride(from: 6, to: widths.count - 13, by: 6) {
        let pattern = widths[start..<start + 6].map(String.init).joined()
        let value = try #require(Code128.patterns.firstIndex(of: pattern))
        text.unicodeScalars.append(try #require(Unicode.Scalar(value + 0x20)))
      }
      #expect(text == code.rawValue)
      #expect((places.first?.0 ?? 0) >= 10, "the quiet zone of ten modules")
    }
  }

  private func number(_ name: String, in line: Substring) -> Int {
    guard let start = line.firstRange(of: " \(name)=\"")?.upperBound else { return -1 }
    return Int(line[start...].prefix { $0.isNumber }) ?? -1
  }
}
