/// A scan with all that its form tells, in the words that applications get.
public struct ScanReading: Sendable, Equatable {
  /// A value that stands inside a code.
  public struct Embedded: Sendable, Equatable {
    public enum Kind: String, Sendable, CaseIterable { case price, weight, quantity, discount }
    public var kind: Kind
    /// Minor units of money, thousandths of a kilogram or of pieces.
    public var value: Int64

    public init(kind: Kind, value: Int64) {
      self.kind = kind
      self.value = value
    }
  }

  /// product, inStore, gs1, digitalLink, payment, card, stub, url, text, unknown.
  public var kind: String
  public var type: ScanDataType
  /// Article number in 14 digits. Of a shop's own label: with zeros in place of the value, so that it names the article.
  public var gtin: String?
  public var elements: [GS1Element] = []
  public var embedded: Embedded?
  /// What may be shown of a secret; nil: nothing to hide.
  public var masked: String?

  /// Reads a scan.
  /// - Parameters:
  ///   - patterns: how the shop's own labels are read; the first that fits counts.
  ///   - moneyDigits: decimal places of the box's currency.
  ///   - stubPrefix: first characters of the code on a receipt.
  public init(
    bytes: [UInt8], aim: AIMIdentifier?, patterns: [InStorePattern] = [], moneyDigits: Int = 2,
    stubPrefix: String = "CF1:"
  ) {
    let scan = Scan(bytes: bytes, aim: aim)
    type = scan.type
    switch scan.kind {
    case .product(let number): (kind, gtin) = ("product", number.digits)
    case .inStore(let number):
      (kind, gtin) = ("inStore", number.digits)
      if let reading = patterns.lazy.compactMap({ $0.read(number) }).first {
        gtin = reading.item.digits
        embedded = Self.embedded(reading, moneyDigits)
      }
    case .gs1(let found):
      (kind, elements) = ("gs1", found)
      gtin = found.first { $0.identifier == "01" }?.data
      embedded = found.lazy.compactMap { Self.embedded($0, moneyDigits) }.first
    case .payment: (kind, masked) = ("payment", scan.masked(bytes))
    case .card: (kind, masked) = ("card", scan.masked(bytes))
    case .other:
      guard let text = String(validating: bytes, as: UTF8.self) else {
        kind = "unknown"
        return
      }
      if text.hasPrefix(stubPrefix) {
        kind = "stub"
      } else if let found = DigitalLink.parse(text) {
        (kind, elements, gtin) = ("digitalLink", found, found.first?.data)
        embedded = found.lazy.compactMap { Self.embedded($0, moneyDigits) }.first
      } else if ["http://", "https://"].contains(where: { text.lowercased().hasPrefix($0) }) {
        kind = "url"
      } else {
        kind = "text"
      }
    }
  }

  private static func embedded(_ reading: InStorePattern.Reading, _ moneyDigits: Int) -> Embedded? {
    let (kind, digits): (Embedded.Kind, Int) =
      switch reading.meaning {
      case .weight: (.weight, 3)
      case .price: (.price, moneyDigits)
      case .discount: (.discount, moneyDigits)
      }
    return scaled(reading.value, from: reading.decimals, to: digits).map { Embedded(kind: kind, value: $0) }
  }

  /// Net weight in kilograms (310n), amount payable (392n), count (30): the values a till multiplies or takes.
  private static func embedded(_ element: GS1Element, _ moneyDigits: Int) -> Embedded? {
    guard let value = Int64(element.data) else { return nil }
    let decimals = Int(element.identifier.last?.wholeNumberValue ?? 0)
    if element.identifier == "30" { return scaled(value, from: 0, to: 3).map { Embedded(kind: .quantity, value: $0) } }
    guard element.identifier.count == 4 else { return nil }
    switch element.identifier.prefix(3) {
    case "310": return scaled(value, from: decimals, to: 3).map { Embedded(kind: .weight, value: $0) }
    case "392": return scaled(value, from: decimals, to: moneyDigits).map { Embedded(kind: .price, value: $0) }
    default: return nil
    }
  }

  /// The value with another number of decimal places; nil when digits would be lost: half a fen is no price.
  private static func scaled(_ value: Int64, from places: Int, to wanted: Int) -> Int64? {
    var value = value
    for _ in 0..<max(0, wanted - places) {
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      guard !overflow else { return nil }
      value = product
    }
    for _ in 0..<max(0, places - wanted) {
      guard value % 10 == 0 else { return nil }
      value /= 10
    }
    return value
  }
}
