import Document

/// What a printer put on paper, as text. Written the same way as ``Document/plainText(columns:measure:)``, so that the
/// two can be compared.
public struct PaperText: Sendable {
  private let cellDots: Int
  private let columns: Int
  private var text: PlainText
  private let lineDots: Int

  /// An empty roll.
  public init(profile: EscPosProfile) {
    columns = max(1, profile.columns)
    cellDots = max(1, profile.dotsPerLine / columns)
    text = PlainText(columns: columns)
    lineDots = PageState.defaultLineSpacing
  }

  /// The roll so far, each line ended by a line feed.
  public var result: String { text.result }
  /// The roll so far, line by line.
  public var lines: [String] {
    var lines = text.result.split(separator: "\n", omittingEmptySubsequences: false).map { String($0) }
    if lines.last == "" { lines.removeLast() }
    return lines
  }

  /// Adds what a token shows; tokens that show nothing are passed over.
  public mutating func append(_ token: EscPosToken) {
    switch token {
    case .line(let line): append(line)
    case .feed(let dots): text.feed(dots / lineDots)
    case .cut: text.cut()
    case .qrCode(let code): text.note("[QR] \(String(decoding: code.data, as: UTF8.self))")
    case .barcode(let code):
      let name = Barcode.Symbology(number: code.symbology)?.rawValue ?? "barcode \(code.symbology)"
      text.note("[\(name)] \(code.text)")
    case .image(let width, let height): text.note("[image \(width)x\(height)]")
    default: break
    }
  }

  /// Adds what several tokens show.
  public mutating func append(_ tokens: some Sequence<EscPosToken>) { for token in tokens { append(token) } }

  private mutating func append(_ line: PaperLine) {
    let width = line.width / cellDots
    let offset: Int
    switch line.alignment {
    case .leading: offset = 0
    case .center: offset = max(0, (columns - width) / 2)
    case .trailing: offset = max(0, columns - width)
    }
    // A printer may be told to go back; text cannot overprint, so characters are written by place.
    for character in line.characters.sorted(by: { $0.dot < $1.dot }) {
      text.place(
        character.scalar, cell: offset + character.dot / cellDots, cells: character.width / cellDots,
        scale: character.widthScale)
    }
    text.endLine()
  }
}
