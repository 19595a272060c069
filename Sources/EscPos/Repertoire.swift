import CEncodingTables
import Document

/// What a printer does with one character.
enum Rendering: Equatable {
  case ascii(UInt8)
  /// Two bytes of the multibyte font.
  case pair(UInt16)
  /// Four bytes of a GB18030 font.
  case quad(UInt8, UInt8, UInt8, UInt8)
  /// In at least one of the code pages.
  case codePage
  /// Another text in its place. `isLoss` is false where it means the same sign, such as ¥ and ￥.
  case replaced(String, isLoss: Bool)
  /// Takes no paper: joiners, variation selectors, byte order marks.
  case dropped
}

/// The characters that a profile's fonts hold, and what stands in for the others.
struct Repertoire: Sendable {
  let kanji: KanjiEncoding?
  let pages: [CodePage]

  init(_ profile: EscPosProfile) {
    kanji = profile.kanji?.encoding
    pages = profile.codePages.map(\.page)
  }

  /// What happens to a character.
  func rendering(of value: UInt32) -> Rendering {
    if let direct = direct(value) { return direct }
    if Self.isInvisible(value) { return .dropped }
    if let (text, isLoss) = override(value) { return .replaced(text, isLoss: isLoss) }
    return .replaced(placeholder(for: value), isLoss: true)
  }

  /// The character itself, when a font has it.
  func direct(_ value: UInt32) -> Rendering? {
    if value < 0x80 { return value >= 0x20 && value < 0x7F ? .ascii(UInt8(value)) : nil }
    if let kanji {
      if let code = kanji.code(for: value) { return .pair(code) }
      if let (b1, b2, b3, b4) = kanji.fourBytes(for: value) { return .quad(b1, b2, b3, b4) }
    }
    for page in pages where counterfoil_page_code(page.index, value) != 0 { return .codePage }
    return nil
  }

  /// Cells on the paper.
  func cells(of value: UInt32) -> Int {
    if let kanji, kanji.code(for: value) != nil { return 2 }
    switch rendering(of: value) {
    case .ascii, .codePage: return 1
    case .pair, .quad: return 2
    case .dropped: return 0
    case .replaced(let text, _):
      var cells = 0
      for scalar in text.unicodeScalars {
        switch direct(scalar.value) {
        case .pair?, .quad?: cells += 2
        default: cells += 1
        }
      }
      return cells
    }
  }

  private func override(_ value: UInt32) -> (String, isLoss: Bool)? {
    if let row = Overrides.table[value] {
      for candidate in row.candidates where candidate.unicodeScalars.allSatisfy({ direct($0.value) != nil }) {
        return (candidate, row.isLoss)
      }
    }
    // Full-width ASCII without a multibyte font.
    if value >= 0xFF01, value <= 0xFF5E, let scalar = Unicode.Scalar(value - 0xFEE0) {
      return (String(Character(scalar)), isLoss: true)
    }
    let letter = counterfoil_base_letter(value)
    if letter != 0 { return (String(Character(Unicode.Scalar(letter))), isLoss: true) }
    return nil
  }

  /// A sign that nobody takes for text: the geta mark of East Asian printing, or a block, as wide as the character.
  private func placeholder(for value: UInt32) -> String {
    for sign in ["〓", "■", "¤"] {
      guard let scalar = sign.unicodeScalars.first else { continue }
      switch direct(scalar.value) {
      case .pair?: return sign
      case .codePage?: return isWide(value) ? sign + sign : sign
      default: continue
      }
    }
    return isWide(value) ? "##" : "#"
  }

  private func isWide(_ value: UInt32) -> Bool {
    guard let scalar = Unicode.Scalar(value) else { return false }
    return CellWidth.of(scalar) == 2
  }

  /// Characters without a place of their own.
  private static func isInvisible(_ value: UInt32) -> Bool {
    switch value {
    case 0x0D, 0xAD, 0x200B...0x200F, 0x202A...0x202E, 0x2060...0x2064, 0x2066...0x2069, 0xFE00...0xFE0F, 0xFEFF,
      0x1F3FB...0x1F3FF, 0xE0000...0xE01EF:
      true
    default: false
    }
  }
}

/// Characters that printer fonts lack though a near one is there.
///
/// U+00A5 is the one that costs money: GB18030 spells it in four bytes, which a GBK font draws as garbage before every
/// price, while U+FFE5 (A3 A4) is in every Chinese font.
enum Overrides {
  /// U+FFE0, FFE1, FFE5 for U+00A2, A3, A5; any other character unchanged. Always done for multibyte fonts, even when
  /// a code page has the narrow sign: switching fonts before every price helps nobody.
  @inline(__always)
  static func fullWidth(_ value: UInt32) -> UInt32 {
    switch value {
    case 0xA5: 0xFFE5
    case 0xA2: 0xFFE0
    case 0xA3: 0xFFE1
    default: value
    }
  }

  struct Row {
    /// In order of preference; the first that the printer can draw is taken.
    var candidates: [String]
    /// False where the sign means the same and needs no report.
    var isLoss = true
  }

  static let table: [UInt32: Row] = [
    // One sign in two widths, for fonts without the wide one.
    0xFFE5: Row(candidates: ["\u{A5}"], isLoss: false),
    0xFFE0: Row(candidates: ["\u{A2}"], isLoss: false),
    0xFFE1: Row(candidates: ["\u{A3}"], isLoss: false),
    0xA0: Row(candidates: [" "], isLoss: false),
    0x202F: Row(candidates: [" "], isLoss: false),
    0x2009: Row(candidates: [" "], isLoss: false),
    0x3000: Row(candidates: ["  "], isLoss: false),
    0x09: Row(candidates: [" "], isLoss: false),
    0x2010: Row(candidates: ["-"], isLoss: false),
    0x2011: Row(candidates: ["-"], isLoss: false),
    0x2212: Row(candidates: ["-"], isLoss: false),
    // Currencies by their ISO 4217 codes.
    0x20AC: Row(candidates: ["EUR"]),
    0x20A9: Row(candidates: ["KRW"]),
    0x20B9: Row(candidates: ["INR"]),
    0x20BD: Row(candidates: ["RUB"]),
    0x20BF: Row(candidates: ["BTC"]),
    0x20AB: Row(candidates: ["VND"]),
    0x0E3F: Row(candidates: ["THB"]),
    // Punctuation.
    0x2012: Row(candidates: ["-"]),
    0x2013: Row(candidates: ["-"]),
    0x2014: Row(candidates: ["-"]),
    0x2015: Row(candidates: ["\u{2014}", "-"]),
    0x2018: Row(candidates: ["'"]),
    0x2019: Row(candidates: ["'"]),
    0x201C: Row(candidates: ["\""]),
    0x201D: Row(candidates: ["\""]),
    0x2022: Row(candidates: ["\u{B7}", "*"]),
    0x30FB: Row(candidates: ["\u{B7}", "-"]),
    0xB7: Row(candidates: ["\u{2027}", "."]),
    0x2026: Row(candidates: ["..."]),
    0x3001: Row(candidates: [","]),
    0x3002: Row(candidates: ["."]),
    0x3010: Row(candidates: ["["]),
    0x3011: Row(candidates: ["]"]),
    0xD7: Row(candidates: ["x"]),
    0xF7: Row(candidates: ["/"]),
    0xA9: Row(candidates: ["(C)"]),
    0xAE: Row(candidates: ["(R)"]),
    0x2122: Row(candidates: ["(TM)"]),
    0x2713: Row(candidates: ["\u{221A}", "v"]),
    0x2714: Row(candidates: ["\u{221A}", "v"]),
    0xDF: Row(candidates: ["ss"]),
    0x2103: Row(candidates: ["\u{B0}C", "C"]),
    0x2116: Row(candidates: ["No."]),
  ]
}
