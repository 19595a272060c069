/// How many cells a character takes on the paper in question.
///
/// Printers differ: a GBK printer draws `·` and `é` from its Chinese font in two cells, a Western one in one.
/// So whoever lays a document out says how wide characters will be.
public struct CellMeasure: Sendable {
  /// Cells of a scalar at normal size: 0 for marks that combine, 1, 2, or more where a substitution is longer.
  /// Never asked for printable ASCII, which takes one cell everywhere.
  public var cells: @Sendable (Unicode.Scalar) -> Int
  /// Makes a measure.
  public init(_ cells: @escaping @Sendable (Unicode.Scalar) -> Int) { self.cells = cells }
  /// A terminal: East Asian Width with ambiguous characters narrow.
  public static let terminal = CellMeasure { CellWidth.of($0) }
  /// An East Asian paper: ambiguous characters wide, and `¢ £ ¥` wide because such fonts hold only the wide forms.
  public static let eastAsian = CellMeasure { CellWidth.of($0, ambiguousIsWide: true) }
}

/// A document broken into lines for a paper of so many columns.
public struct Layout: Sendable, Equatable {
  /// Characters of one style at one place.
  public struct Run: Sendable, Equatable {
    public var text: Substring
    public var style: TextStyle
    /// First cell, counted from 0 at the left edge.
    public var cell: Int
    /// Cells taken, the style's width included.
    public var width: Int
  }
  /// One thing to print.
  public enum Item: Sendable, Equatable {
    /// A line: its runs (in `runs`, left to right) and, when it is a single run, the alignment that placed it.
    case line(Range<Int>, Alignment)
    case feed(Int)
    case qrCode(QRCode)
    case barcode(Barcode)
    case cut(Cut)
  }
  public internal(set) var items: [Item] = []
  public internal(set) var runs: [Run] = []
  /// Cells across the paper.
  public let columns: Int
}
