import Document
import Interfaces

/// What an application asks a note to hold, as elements of a document.
enum NoteElements {
  static let qrBytes = 1_000
  static let barcodeBytes = 80
  static let columns = 8
  static let feed: Int64 = 20
  /// Times the normal size that printers draw text.
  static let scale: Int64 = 2

  /// Bytes of all texts and codes of a note.
  static let bytes = 32 << 10
  /// Lines of a note on the narrowest paper, about four metres; a code counts as ten of them.
  static let lines = 1_000
  private static let codeLines = 10
  private static let narrowest = 32

  /// What an element costs at most: bytes of words, and lines.
  static func cost(_ element: Wire.Element) -> (bytes: Int, lines: Int) {
    func lines(_ text: String, width: Int) -> Int {
      text.split(separator: "\n", omittingEmptySubsequences: false).reduce(0) {
        $0 + max(1, ($1.utf8.count + width - 1) / width)
      }
    }
    if let text = element.text {
      let width = element.style?.width == 2 ? narrowest / 2 : narrowest
      return (text.utf8.count, lines(text, width: width) * (element.style?.height == 2 ? 2 : 1))
    }
    if let columns = element.columns {
      let share = max(1, narrowest / max(1, columns.count))
      return columns.reduce((0, 1)) { sum, cell in
        let width = (cell.width ?? 0) > 0 ? min(Int(clamping: cell.width ?? 0), narrowest) : share
        return (sum.0 + cell.text.utf8.count, max(sum.1, lines(cell.text, width: width)))
      }
    }
    if let code = element.qr ?? element.barcode?.data { return (code.utf8.count, codeLines) }
    return (0, Int(clamping: max(1, element.feed ?? 1)))
  }

  /// Refuses a note that would be metres of paper.
  static func check(_ elements: [Wire.Element]) throws(SystemError) {
    var sum = (bytes: 0, lines: 0)
    for element in elements {
      let cost = cost(element)
      sum = (sum.bytes + cost.bytes, sum.lines + min(cost.lines, lines + 1))
    }
    guard sum.bytes <= bytes else { throw .limitExceeded(limit: "noteBytes", maximum: Int64(bytes)) }
    guard sum.lines <= lines else { throw .limitExceeded(limit: "noteLines", maximum: Int64(lines)) }
  }

  static func make(_ element: Wire.Element) throws(SystemError) -> Element {
    let set = [
      element.text != nil, element.columns != nil, element.rule != nil, element.barcode != nil, element.qr != nil,
      element.imagePng != nil, element.feed != nil, element.cut != nil,
    ].filter { $0 }.count
    guard set == 1 else {
      throw refused("an element has exactly one of text, columns, rule, barcode, qr, feed and cut")
    }
    guard element.style == nil || element.text != nil else { throw refused("style goes with text") }
    if let text = element.text {
      return .text(text, style: try style(element.style), alignment: alignment(element.style?.align))
    }
    if let columns = element.columns { return .columns(try make(columns)) }
    if let rule = element.rule { return .rule(rule == "=" ? .double : rule == "." ? .dotted : .single) }
    if let code = element.qr {
      try SystemError.check(count: code.utf8.count, most: qrBytes, "qr")
      // A printer obeys real-time commands (DLE DC4: a drawer's pulse) wherever they stand, also inside a code's data.
      guard code.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || [0x09, 0x0A, 0x0D].contains($0) }) else {
        throw .refused(rule: "text", text: "qr holds a control character")
      }
      return .qrCode(code)
    }
    if let code = element.barcode { return .barcode(try make(code)) }
    if let lines = element.feed {
      try SystemError.check(lines, in: 1...feed, "feed")
      return .feed(lines: Int(lines))
    }
    guard element.imagePng == nil else { throw refused("images are not printed by this release; use text or qr") }
    guard element.cut == true else { throw refused("cut is true or not there") }
    return .cut(.partial)
  }

  private static func refused(_ text: String) -> SystemError { .refused(rule: "element", text: text) }

  private static func style(_ style: Wire.Style?) throws(SystemError) -> TextStyle {
    guard let style else { return [] }
    guard style.reversed != true else { throw refused("white on black is not printed by this release") }
    for (name, scale) in [("width", style.width), ("height", style.height)] {
      try SystemError.check(scale ?? 1, in: 1...Self.scale, name)
    }
    var made: TextStyle = []
    if style.bold ?? false { made.insert(.bold) }
    if style.underline ?? false { made.insert(.underline) }
    if style.width == 2 { made.insert(.doubleWidth) }
    if style.height == 2 { made.insert(.doubleHeight) }
    return made
  }

  private static func make(_ columns: [Wire.Column]) throws(SystemError) -> Columns {
    try SystemError.check(count: columns.count, most: Self.columns, "columns")
    return Columns(
      columns.map {
        Cell(
          $0.text, width: ($0.width ?? 0) > 0 ? .fixed(Int(clamping: $0.width ?? 0)) : .relative(1),
          alignment: alignment($0.align))
      })
  }

  private static func make(_ code: Wire.Barcode) throws(SystemError) -> Barcode {
    try SystemError.check(count: code.data.utf8.count, most: barcodeBytes, "barcode")
    guard let symbology = Barcode.Symbology(rawValue: code.kind.rawValue) else { throw refused("no such symbology") }
    guard code.data.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
      throw refused("a linear code holds printable ASCII characters")
    }
    return Barcode(symbology, code.data)
  }

  private static func alignment(_ alignment: Wire.Alignment?) -> Alignment {
    switch alignment {
    case .centre: .center
    case .right: .trailing
    case .left, nil: .leading
    }
  }
}
