extension Document {
  /// The slip as text, for people, tests and logs.
  ///
  /// Double-width words are written compactly from their own cell on, so they can be read and searched.
  /// - Parameters:
  ///   - columns: cells across the paper.
  ///   - measure: how wide the paper draws each character; decides where lines wrap.
  ///   - showing: what the paper shows for a piece of text, where it differs.
  public func plainText(
    columns: Int, measure: CellMeasure = .terminal, showing: (Substring) -> Substring = { $0 }
  ) -> String {
    var text = PlainText(columns: columns)
    let layout = layout(columns: columns, measure: measure)
    for item in layout.items {
      switch item {
      case .line(let range, _):
        for run in layout.runs[range] {
          text.place(showing(run.text), cell: run.cell, scale: run.style.widthScale, measure: measure)
        }
        text.endLine()
      case .feed(let lines): text.feed(lines)
      case .qrCode(let code): text.note("[QR] \(code.text)")
      case .barcode(let code): text.note("[\(code.symbology.rawValue)] \(code.text)")
      case .cut: text.cut()
      }
    }
    return text.result
  }
}

/// Writes characters that stand at known cells of a paper as plain lines.
///
/// The one place where cells become text: a document's own rendering and the text read back from printer bytes both
/// come through here, so they can be compared character by character.
public struct PlainText: Sendable {
  /// Cells across the paper.
  public let columns: Int
  /// The finished lines, each ended by a line feed.
  public private(set) var result = ""
  private var line = ""
  /// Terminal columns written in the current line.
  private var written = 0
  /// Where the last visible character ended on the paper, and its scale.
  private var end = 0
  private var lastScale = 1

  /// Starts with nothing on the paper.
  public init(columns: Int) { self.columns = columns }

  /// Sets one character at a cell. Cells must ascend within a line. Spaces only move on.
  /// - Parameters:
  ///   - cells: its width on the paper, scale included.
  ///   - scale: 1, or more for widened characters.
  public mutating func place(_ scalar: Unicode.Scalar, cell: Int, cells: Int, scale: Int) {
    if scalar == " " { return }
    let gap = cell - end
    if cells == 0 {
      line.unicodeScalars.append(scalar)
      return
    }
    if gap > 0 {
      // One blank of the text's own size is one blank, also where wide letters have put the line out of step.
      let single = lastScale == scale && gap == scale && written > 0
      let blanks = single ? 1 : max(cell - written, written > 0 ? 1 : 0)
      for _ in 0..<blanks { line.unicodeScalars.append(" ") }
      written += blanks
    }
    line.unicodeScalars.append(scalar)
    written += CellWidth.of(scalar)
    end = cell + cells
    lastScale = scale
  }

  /// Sets a run of characters, each as wide as the measure says.
  public mutating func place(_ text: Substring, cell: Int, scale: Int, measure: CellMeasure) {
    var cell = cell
    for scalar in text.unicodeScalars {
      let isASCII = scalar.value >= 0x20 && scalar.value < 0x7F
      let cells = (isASCII ? 1 : measure.cells(scalar)) * scale
      place(scalar, cell: cell, cells: cells, scale: scale)
      cell += cells
    }
  }

  /// Ends the line, if only an empty one.
  public mutating func endLine() {
    result += line
    result += "\n"
    line = ""
    (written, end, lastScale) = (0, 0, 1)
  }

  /// True when the current line holds something.
  public var hasOpenLine: Bool { !line.isEmpty }

  /// Blank lines.
  public mutating func feed(_ lines: Int) { for _ in 0..<max(lines, 0) { endLine() } }

  /// A thing that is not text, on a line of its own.
  public mutating func note(_ text: String) {
    if hasOpenLine { endLine() }
    result += text
    result += "\n"
  }

  /// The mark of a cut.
  public mutating func cut() { note("[cut]") }
}
