import CQRencode

/// A QR code for a terminal.
package struct QRCode {
  /// Modules along an edge, without the quiet zone.
  package let width: Int
  private let modules: [Bool]

  /// Empty modules around it (ISO/IEC 18004 9.1).
  package static let quiet = 4

  /// Nil: more than a code holds. Error correction M, as on paper.
  package init?(_ content: String) {
    guard let code = QRcode_encodeString8bit(content, 0, QR_ECLEVEL_M) else { return nil }
    defer { QRcode_free(code) }
    width = Int(code.pointee.width)
    modules = (0..<width * width).map { code.pointee.data[$0] & 1 == 1 }
  }

  /// Whether a module is dark; the quiet zone and all around it are not.
  package func isDark(_ row: Int, _ column: Int) -> Bool {
    (0..<width).contains(row) && (0..<width).contains(column) && modules[row * width + column]
  }

  /// Its lines, two rows of modules each, with the quiet zone.
  ///
  /// `isColoured`: black on white, whatever the terminal's own colours are. Otherwise its light modules are drawn, which
  /// is right where letters are lighter than what is behind them, and inverted elsewhere, which phones read too.
  package func lines(isColoured: Bool) -> [String] {
    let rows = stride(from: -Self.quiet, to: width + Self.quiet, by: 2)
    return rows.map { row in
      var line = ""
      for column in -Self.quiet..<width + Self.quiet {
        let (top, bottom) = (isDark(row, column), isDark(row + 1, column))
        line += Self.block(isColoured ? top : !top, isColoured ? bottom : !bottom)
      }
      return isColoured ? "\u{1b}[38;5;16;48;5;231m" + line + "\u{1b}[0m" : line
    }
  }

  private static func block(_ top: Bool, _ bottom: Bool) -> String {
    switch (top, bottom) {
    case (true, true): "█"
    case (true, false): "▀"
    case (false, true): "▄"
    case (false, false): " "
    }
  }
}
