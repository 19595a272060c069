/// How a shop reads its own codes: a pattern over the 13 digits of an EAN-13, as scale labels use them.
///
/// Digits must match; `.` matches any digit of the item's number; `N` are whole and `D` decimal digits of the value; the
/// last place is the check digit and is not written. Example: `21.....NNDDD` = item of five digits, weight in kilograms.
public struct InStorePattern: Sendable, Hashable {
  /// What the value means.
  public enum Meaning: String, Sendable, Hashable, CaseIterable { case weight, price, discount }

  /// Digits of the pattern: 13 without the check digit.
  public static let length = 12

  public let pattern: String
  public let meaning: Meaning
  private let places: [UInt8]

  /// Reads a pattern; nil when it is not 12 of `0`-`9`, `.`, `N`, `D` with `D` only behind `N`.
  public init?(_ pattern: String, meaning: Meaning) {
    let places = Array(pattern.utf8)
    guard places.count == Self.length else { return nil }
    let isDigit = { (place: UInt8) in (0x30...0x39).contains(place) }
    guard places.allSatisfy({ isDigit($0) || $0 == Self.any || $0 == Self.whole || $0 == Self.decimal }) else {
      return nil
    }
    let value = places.filter { $0 == Self.whole || $0 == Self.decimal }
    guard !value.isEmpty, value == value.sorted(by: >) else { return nil }
    self.pattern = pattern
    self.meaning = meaning
    self.places = places
  }

  private static let any = UInt8(ascii: ".")
  private static let whole = UInt8(ascii: "N")
  private static let decimal = UInt8(ascii: "D")

  /// What a code of this pattern says.
  public struct Reading: Sendable, Equatable {
    /// The code with zeros in place of the value and a new check digit: the key of the item.
    public let item: GTIN
    public let meaning: Meaning
    /// The value without its decimal point.
    public let value: Int64
    /// Digits of `value` behind the decimal point.
    public let decimals: Int
  }

  /// Reads a code; nil when it does not match.
  public func read(_ gtin: GTIN) -> Reading? {
    guard let text = gtin.ean13, gtin.form == .gtin13 || gtin.form == .gtin12 else { return nil }
    var body = Array(text.utf8.dropLast()).map { $0 - 0x30 }
    var value: Int64 = 0
    var decimals = 0
    for (index, place) in places.enumerated() {
      switch place {
      case Self.any: continue
      case Self.whole, Self.decimal:
        value = value * 10 + Int64(body[index])
        if place == Self.decimal { decimals += 1 }
        body[index] = 0
      default:
        guard body[index] == place - 0x30 else { return nil }
      }
    }
    body.append(GTIN.checkDigit(of: body))
    guard let item = GTIN(String(decoding: body.map { $0 + 0x30 }, as: UTF8.self)) else { return nil }
    return Reading(item: item, meaning: meaning, value: value, decimals: decimals)
  }
}
