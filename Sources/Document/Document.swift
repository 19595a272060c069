/// What a slip says and how it looks, independent of any printer.
///
/// A document is a plain value: it knows lines, columns, rules and codes, but neither sales nor command bytes.
/// `Receipt` makes one from a stub, `EscPos` turns it into bytes, and ``plainText(columns:measure:)`` shows it as text.
public struct Document: Sendable, Equatable {
  /// Short human name of the slip, such as "Receipt 000123"; never printed by itself.
  public var title: String
  /// Language of the fixed words; a printer with several fonts chooses by it.
  public var language: Language
  /// Which copy this is. The visible mark is part of `elements`; this field lets a driver and a test ask.
  public var copy: Copy
  /// True for slips of the training mode. The visible watermark is part of `elements`.
  public var isTraining: Bool
  /// The slip from top to bottom.
  public var elements: [Element]

  /// Makes a document.
  public init(
    title: String, language: Language = .simplifiedChinese, copy: Copy = .original, isTraining: Bool = false,
    elements: [Element] = []
  ) {
    self.title = title
    self.language = language
    self.copy = copy
    self.isTraining = isTraining
    self.elements = elements
  }
}

/// The language of a slip's fixed words (BCP 47).
public enum Language: String, Sendable, Equatable, CaseIterable {
  case simplifiedChinese = "zh-Hans"
  case english = "en"
}

/// Which copy of a slip a document is.
public enum Copy: Sendable, Equatable {
  /// The customer's first copy.
  case original
  /// The shop's own first copy.
  case merchant
  /// A repetition; the ordinal counts from 1 and is printed beside the mark. Zero means "a copy, number not known".
  case reprint(Int)
}
