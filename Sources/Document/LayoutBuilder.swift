extension Document {
  /// Breaks the document into lines.
  /// - Parameters:
  ///   - columns: cells across the paper; fewer than ``Layout/minimumColumns`` are taken as that many.
  ///   - measure: how wide the target draws each character.
  public func layout(columns: Int, measure: CellMeasure) -> Layout {
    var builder = LayoutBuilder(columns: max(columns, Layout.minimumColumns), measure: measure)
    builder.layout.items.reserveCapacity(elements.count + 16)
    builder.layout.runs.reserveCapacity(2 * elements.count + 16)
    for element in elements { builder.add(element) }
    return builder.layout
  }
}

extension Layout {
  /// Narrower paper does not exist; the floor keeps a mad value from looping for ever.
  public static let minimumColumns = 8
  /// No character is shown in more cells than this at normal size; the widest substitution is "(TM)".
  public static let widestCharacter = 4
  /// More blank lines than this in one element are taken as this many.
  public static let maximumFeed = 200
}

/// Builds a layout element by element.
struct LayoutBuilder {
  var layout: Layout
  let columns: Int
  let measure: CellMeasure
  /// Scratch for wrapping, kept to avoid one allocation a cell.
  private var pieces: [Piece] = []
  private var widths: [Int] = []
  private var naturals: [Int] = []

  init(columns: Int, measure: CellMeasure) {
    layout = Layout(columns: columns)
    self.columns = columns
    self.measure = measure
  }

  /// A part of a text that fits on one line, with its width at normal size.
  private struct Piece {
    var text: Substring
    var cells: Int
  }

  mutating func add(_ element: Element) {
    switch element {
    case .text(let line): paragraph(line.text, style: line.style, alignment: line.alignment)
    case .columns(let row): self.row(row)
    case .rule(let rule): self.rule(rule)
    case .feed(let lines): layout.items.append(.feed(min(max(lines, 0), Layout.maximumFeed)))
    case .qrCode(let code): layout.items.append(.qrCode(code))
    case .barcode(let code): layout.items.append(.barcode(code))
    case .cut(let cut): layout.items.append(.cut(cut))
    }
  }

  private mutating func rule(_ rule: Rule) {
    let character: String
    switch rule {
    case .single: character = "-"
    case .double: character = "="
    case .dotted: character = "."
    }
    let text = String(repeating: character, count: columns)
    append(line: text[...], cells: columns, style: [], alignment: .leading)
  }

  private mutating func append(line text: Substring, cells: Int, style: TextStyle, alignment: Alignment) {
    let width = cells * style.widthScale
    let start = layout.runs.count
    if !text.isEmpty {
      let cell = Self.offset(alignment, width: width, within: columns)
      layout.runs.append(.init(text: text, style: style, cell: cell, width: width))
    }
    layout.items.append(.line(start..<layout.runs.count, alignment))
  }

  private static func offset(_ alignment: Alignment, width: Int, within: Int) -> Int {
    switch alignment {
    case .leading: 0
    case .center: max(0, (within - width) / 2)
    case .trailing: max(0, within - width)
    }
  }

  private mutating func paragraph(_ text: String, style: TextStyle, alignment: Alignment) {
    pieces.removeAll(keepingCapacity: true)
    wrap(text, into: columns / style.widthScale)
    for piece in pieces { append(line: piece.text, cells: piece.cells, style: style, alignment: alignment) }
  }

  // MARK: - Rows

  private mutating func row(_ row: Columns) {
    guard !row.cells.isEmpty else { return }
    let cells = row.cells[...]
    if plan(cells, gap: row.gap, minimumRelative: row.minimumRelativeWidth) {
      return place(cells, gap: row.gap)
    }
    // Too narrow: the first cell on lines of its own, the rest under it against the right edge, or, when even
    // that has no room, every cell for itself.
    let first = cells[cells.startIndex]
    paragraph(first.text, style: first.style, alignment: first.alignment)
    let rest = cells.dropFirst()
    if rest.isEmpty { return }
    var padded = [Cell("", width: .relative(1))]
    for cell in rest {
      var cell = cell
      if case .relative = cell.width { cell.width = .atLeast(0) }
      padded.append(cell)
    }
    if plan(padded[...], gap: row.gap, minimumRelative: 0) {
      return place(padded[...], gap: row.gap)
    }
    for cell in rest { paragraph(cell.text, style: cell.style, alignment: cell.alignment) }
  }

  /// Works out `widths`; false when the cells do not fit side by side.
  private mutating func plan(_ cells: ArraySlice<Cell>, gap: Int, minimumRelative: Int) -> Bool {
    widths.removeAll(keepingCapacity: true)
    naturals.removeAll(keepingCapacity: true)
    var left = columns - min(max(gap, 0), columns) * (cells.count - 1)
    var weights = 0
    var relatives = 0
    for cell in cells {
      var width = 0
      var natural = 0
      switch cell.width {
      case .fixed(let count):
        width = min(max(count, 1), columns)
        if isTight(width, for: cell) { width = max(width, widest(cell)) }
      case .atLeast(let count):
        natural = self.natural(cell)
        width = max(min(max(count, 0), columns), natural)
      case .relative(let weight):
        weights += min(max(weight, 1), Self.maximumWeight)
        relatives += 1
      }
      widths.append(width)
      naturals.append(natural)
      left -= width
    }
    if relatives == 0 { return left >= 0 }
    if left < max(minimumRelative, 0) * relatives { return false }
    share(left, weights: weights, among: cells)
    for (index, cell) in cells.enumerated() where isTight(widths[index], for: cell) && widths[index] < widest(cell) {
      return false
    }
    return true
  }

  /// Gives the relative cells their shares; the first ones get the cells that do not divide.
  private mutating func share(_ left: Int, weights: Int, among cells: ArraySlice<Cell>) {
    var given = 0
    var seen = 0
    for (index, cell) in cells.enumerated() {
      guard case .relative(let weight) = cell.width else { continue }
      seen += min(max(weight, 1), Self.maximumWeight)
      let upTo = (left * seen + weights - 1) / weights
      widths[index] = min(upTo, left) - given
      given += widths[index]
    }
  }

  private static let maximumWeight = 1000

  /// Whether a cell may be too narrow for a single character.
  private func isTight(_ width: Int, for cell: Cell) -> Bool { width < Layout.widestCharacter * cell.style.widthScale }

  /// Cells of the widest character of a cell's text: no line of it can be narrower.
  private func widest(_ cell: Cell) -> Int {
    if cell.text.isEmpty { return 0 }
    if asciiCells(cell.text) != nil { return cell.style.widthScale }
    var widest = 1
    for scalar in cell.text.unicodeScalars where scalar != "\n" { widest = max(widest, width(of: scalar)) }
    return widest * cell.style.widthScale
  }

  /// Cells of the widest line of a cell's text.
  private func natural(_ cell: Cell) -> Int {
    if let cells = asciiCells(cell.text) { return cells * cell.style.widthScale }
    var widest = 0
    var cells = 0
    for scalar in cell.text.unicodeScalars {
      if scalar == "\n" {
        widest = max(widest, cells)
        cells = 0
      } else {
        cells += width(of: scalar)
      }
    }
    return max(widest, cells) * cell.style.widthScale
  }

  /// Sets the cells beside each other by `widths`, wrapping each.
  private mutating func place(_ cells: ArraySlice<Cell>, gap: Int) {
    pieces.removeAll(keepingCapacity: true)
    var ends: [Int] = []
    ends.reserveCapacity(cells.count)
    var height = 0
    for (index, cell) in cells.enumerated() {
      let before = pieces.count
      if !cell.text.isEmpty { wrap(cell.text, into: max(1, widths[index] / cell.style.widthScale)) }
      ends.append(pieces.count)
      height = max(height, pieces.count - before)
    }
    for line in 0..<max(height, 1) {
      let start = layout.runs.count
      var left = 0
      for (index, cell) in cells.enumerated() {
        let first = index == 0 ? 0 : ends[index - 1]
        if first + line < ends[index] {
          let piece = pieces[first + line]
          let width = piece.cells * cell.style.widthScale
          let offset = Self.offset(cell.alignment, width: width, within: widths[index])
          if !piece.text.isEmpty {
            layout.runs.append(.init(text: piece.text, style: cell.style, cell: left + offset, width: width))
          }
        }
        left += widths[index] + max(gap, 0)
      }
      layout.items.append(.line(start..<layout.runs.count, .leading))
    }
  }

  // MARK: - Wrapping

  @inline(__always)
  private func width(of scalar: Unicode.Scalar) -> Int {
    scalar.value < 0x7F && scalar.value >= 0x20 ? 1 : measure.cells(scalar)
  }

  /// Appends the lines of a text that fit into so many cells. Breaks at spaces and beside wide characters; a word
  /// longer than a line is broken where the line ends. Always appends at least one piece.
  private mutating func wrap(_ text: String, into limit: Int) {
    if let cells = asciiCells(text), cells <= limit {
      pieces.append(Piece(text: text[...], cells: cells))
      return
    }
    let scalars = text.unicodeScalars
    var start = scalars.startIndex
    var cells = 0
    /// Where the line may end, its width up to there, and where the next line starts.
    var breakEnd = start
    var breakCells = 0
    var next = start
    var previousWide = false
    var index = start
    while index < scalars.endIndex {
      let scalar = scalars[index]
      let after = scalars.index(after: index)
      if scalar == "\n" {
        pieces.append(Piece(text: text[start..<index], cells: cells))
        (start, breakEnd, next, cells, breakCells) = (after, after, after, 0, 0)
        previousWide = false
        index = after
        continue
      }
      let wide = width(of: scalar)
      if scalar == " " {
        if !(breakEnd > start && next == index) { (breakEnd, breakCells) = (index, cells) }
        next = after
      } else if index > start, previousWide || wide >= 2, wide > 0, next != index, !Self.closes(scalar) {
        (breakEnd, breakCells, next) = (index, cells, index)
      }
      if cells + wide > limit, index > start, wide > 0 {
        // A space at the edge vanishes into the break that it made itself.
        if breakEnd <= start { (breakEnd, breakCells, next) = (index, cells, index) }
        pieces.append(Piece(text: text[start..<breakEnd], cells: breakCells))
        start = next
        while start < scalars.endIndex, scalars[start] == " " { start = scalars.index(after: start) }
        (breakEnd, breakCells, next) = (start, 0, start)
        cells = 0
        index = start
        previousWide = false
        continue
      }
      cells += wide
      if wide > 0 { previousWide = wide >= 2 }
      index = after
    }
    if start < scalars.endIndex || text.isEmpty {
      pieces.append(Piece(text: text[start...], cells: cells))
    }
  }

  /// Closing punctuation does not start a line when the line before has room to break earlier.
  private static func closes(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "，", "。", "、", "；", "：", "！", "？", "）", "】", "》", "”", "’", "％": true
    default: false
    }
  }

  /// The width of a text of printable ASCII without line feeds, nil for any other.
  private func asciiCells(_ text: String) -> Int? {
    let found: Int?? = text.utf8.withContiguousStorageIfAvailable { bytes in
      // One pass without a branch for each byte: below 20h or above 7Eh sets the high bit of one of the terms.
      var strange: UInt8 = 0
      for byte in bytes { strange |= (byte &- 0x20) | (byte &+ 1) }
      return strange & 0x80 == 0 ? bytes.count : nil
    }
    if let found { return found }
    return text.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F } ? text.utf8.count : nil
  }
}
