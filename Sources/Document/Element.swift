/// One piece of a slip.
public enum Element: Sendable, Equatable {
  /// A paragraph: wrapped to the paper's width; a line feed inside starts a new line.
  case text(TextLine)
  /// Cells side by side, each wrapped in its own width.
  case columns(Columns)
  /// A line across the paper.
  case rule(Rule)
  /// Blank lines.
  case feed(lines: Int)
  /// A two-dimensional code.
  case qrCode(QRCode)
  /// A linear code.
  case barcode(Barcode)
  /// Cuts the paper here. A printer without a cutter feeds to the tear bar instead.
  case cut(Cut)

  /// A paragraph.
  public static func text(
    _ text: String, style: TextStyle = [], alignment: Alignment = .leading
  ) -> Element { .text(TextLine(text, style: style, alignment: alignment)) }

  /// A label on the left and an amount on the right; the amount is never broken.
  public static func total(_ label: String, _ amount: String, style: TextStyle = []) -> Element {
    .columns(
      Columns([
        Cell(label, width: .relative(1), style: style),
        Cell(amount, width: .atLeast(0), alignment: .trailing, style: style),
      ]))
  }

  /// A code in two dimensions, centred.
  public static func qrCode(_ text: String, moduleSize: Int = QRCode.defaultModuleSize) -> Element {
    .qrCode(QRCode(text, moduleSize: moduleSize))
  }
}

/// How characters are drawn.
public struct TextStyle: OptionSet, Sendable, Equatable, Hashable {
  public let rawValue: UInt8
  public init(rawValue: UInt8) { self.rawValue = rawValue }
  public static let bold = TextStyle(rawValue: 1)
  public static let underline = TextStyle(rawValue: 2)
  /// Twice as wide: every character takes twice its cells.
  public static let doubleWidth = TextStyle(rawValue: 4)
  public static let doubleHeight = TextStyle(rawValue: 8)
  /// Twice as wide and twice as high.
  public static let large: TextStyle = [.doubleWidth, .doubleHeight]
  /// How many times its normal width a character takes.
  public var widthScale: Int { contains(.doubleWidth) ? 2 : 1 }
}

/// Where text stands in its width.
public enum Alignment: UInt8, Sendable, Equatable { case leading, center, trailing }

/// A paragraph of one style.
public struct TextLine: Sendable, Equatable {
  public var text: String
  public var style: TextStyle
  public var alignment: Alignment
  public init(_ text: String, style: TextStyle = [], alignment: Alignment = .leading) {
    self.text = text
    self.style = style
    self.alignment = alignment
  }
}

/// Cells side by side.
public struct Columns: Sendable, Equatable {
  public var cells: [Cell]
  /// Blank cells between two neighbours.
  public var gap: Int
  /// When the relative cells would get less than this each, the row is stacked: the first cell on lines of its own,
  /// the others below it, set against the right edge.
  public var minimumRelativeWidth: Int
  /// Makes a row.
  public init(_ cells: [Cell], gap: Int = 1, minimumRelativeWidth: Int = Columns.defaultMinimumRelativeWidth) {
    self.cells = cells
    self.gap = gap
    self.minimumRelativeWidth = minimumRelativeWidth
  }
  /// Six hanzi: in less, most names break into pieces that nobody reads.
  public static let defaultMinimumRelativeWidth = 12
}

/// One cell of a row.
public struct Cell: Sendable, Equatable {
  public var text: String
  public var width: CellSize
  public var alignment: Alignment
  public var style: TextStyle
  /// Makes a cell.
  public init(
    _ text: String, width: CellSize = .relative(1), alignment: Alignment = .leading, style: TextStyle = []
  ) {
    self.text = text
    self.width = width
    self.alignment = alignment
    self.style = style
  }
}

/// The width of a cell, in character cells of the paper (a hanzi takes two).
public enum CellSize: Sendable, Equatable {
  /// Exactly so many; longer text wraps.
  case fixed(Int)
  /// At least so many, more when the text needs it: amounts, which must not be broken.
  case atLeast(Int)
  /// A share of what the others leave, by weight.
  case relative(Int)
}

/// A line across the paper.
public enum Rule: UInt8, Sendable, Equatable { case single, double, dotted }

/// A QR code, model 2.
public struct QRCode: Sendable, Equatable {
  /// The content. Encoded as UTF-8 in byte mode.
  public var text: String
  /// Dots a module, 1 to 16.
  public var moduleSize: Int
  public var correction: Correction
  public var alignment: Alignment
  /// Error correction level (ISO/IEC 18004).
  public enum Correction: UInt8, Sendable, Equatable { case low, medium, quartile, high }
  /// Makes a code.
  public init(
    _ text: String, moduleSize: Int = QRCode.defaultModuleSize, correction: Correction = .medium,
    alignment: Alignment = .center
  ) {
    self.text = text
    self.moduleSize = moduleSize
    self.correction = correction
    self.alignment = alignment
  }
  /// Six dots a module read well at 203 dpi from a phone.
  public static let defaultModuleSize = 6
}

/// A linear barcode.
public struct Barcode: Sendable, Equatable {
  /// Symbologies that every ESC/POS printer of the last twenty years draws.
  public enum Symbology: String, Sendable, Equatable, CaseIterable {
    case ean13, ean8, upcA, code39, itf, codabar, code93, code128
  }
  public var symbology: Symbology
  /// The content: ASCII, checked by the encoder against the symbology.
  public var text: String
  /// Height in dots, 1 to 255.
  public var height: Int
  /// Width of the narrowest bar in dots, 2 to 6.
  public var moduleWidth: Int
  /// Prints the content below the bars.
  public var showsText: Bool
  public var alignment: Alignment
  /// Makes a barcode.
  public init(
    _ symbology: Symbology, _ text: String, height: Int = 80, moduleWidth: Int = 2, showsText: Bool = true,
    alignment: Alignment = .center
  ) {
    self.symbology = symbology
    self.text = text
    self.height = height
    self.moduleWidth = moduleWidth
    self.showsText = showsText
    self.alignment = alignment
  }
}

/// How the paper is cut.
public enum Cut: UInt8, Sendable, Equatable { case full, partial }
