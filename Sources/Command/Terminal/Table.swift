import Document

/// Rows of cells under a heading, aligned by terminal cells, so that Chinese text stays in its column.
package struct Table {
  /// Where a column's text stands.
  package enum Side: Sendable { case left, right }

  private let heading: [String]
  private let sides: [Side]
  private var rows: [[(text: String, tone: Style.Tone)]] = []

  package init(_ columns: (String, Side)...) {
    heading = columns.map(\.0)
    sides = columns.map(\.1)
  }

  package var isEmpty: Bool { rows.isEmpty }

  package mutating func add(_ cells: String...) {
    rows.append(cells.map { ($0, .plain) })
  }

  package mutating func add(tones cells: (String, Style.Tone)...) {
    rows.append(cells.map { ($0.0, $0.1) })
  }

  /// The table as lines.
  package func lines(_ style: Style) -> [String] {
    var widths = heading.map { CellWidth.of($0) }
    for row in rows {
      for (index, cell) in row.enumerated() where index < widths.count {
        widths[index] = max(widths[index], CellWidth.of(cell.text))
      }
    }
    let all = [heading.map { ($0, Style.Tone.faint) }] + rows.map { row in row.map { ($0.text, $0.tone) } }
    return all.map { row in
      var line = ""
      for (index, cell) in row.enumerated() where index < widths.count {
        let space = String(repeating: " ", count: widths[index] - CellWidth.of(cell.0))
        let coloured = style(cell.0, cell.1)
        if index > 0 { line += "  " }
        line += sides[index] == .right ? space + coloured : coloured + (index + 1 < row.count ? space : "")
      }
      while line.hasSuffix(" ") { line.removeLast() }
      return line
    }
  }
}
