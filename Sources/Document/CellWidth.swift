/// Cells that characters take on a grid of fixed width (UAX #11).
public enum CellWidth {
  /// Cells of one scalar: 0 for combining marks, format and control characters, 2 for wide ones, else 1.
  /// - Parameter ambiguousIsWide: true for papers and terminals with East Asian fonts.
  public static func of(_ scalar: Unicode.Scalar, ambiguousIsWide: Bool = false) -> Int {
    let value = scalar.value
    if value < 0x20 { return 0 }
    if value < 0x7F { return 1 }
    if value < 0xA0 { return 0 }
    // The currency signs of Latin-1 exist in East Asian printer fonts only in their wide forms U+FFE0, FFE1, FFE5.
    if value == 0xA2 || value == 0xA3 || value == 0xA5 { return ambiguousIsWide ? 2 : 1 }
    if contains(EastAsianWidth.zero, value) { return 0 }
    if contains(EastAsianWidth.wide, value) { return 2 }
    if ambiguousIsWide, contains(EastAsianWidth.ambiguous, value) { return 2 }
    return 1
  }

  /// Cells of a text without line feeds.
  public static func of(_ text: some StringProtocol, ambiguousIsWide: Bool = false) -> Int {
    var cells = 0
    for scalar in text.unicodeScalars { cells += of(scalar, ambiguousIsWide: ambiguousIsWide) }
    return cells
  }

  /// Whether a table of ascending first/last pairs holds the value.
  private static func contains(_ ranges: [UInt32], _ value: UInt32) -> Bool {
    var low = 0
    var high = ranges.count / 2
    while low < high {
      let middle = (low + high) / 2
      if value < ranges[2 * middle] {
        high = middle
      } else if value > ranges[2 * middle + 1] {
        low = middle + 1
      } else {
        return true
      }
    }
    return false
  }
}
