/// Global Trade Item Number, kept as the 14 digits of GTIN-14 (GS1 General Specifications 3.3.2, check digit 7.9).
public struct GTIN: Sendable, Hashable, CustomStringConvertible {
  /// The form in which it was scanned or typed.
  public enum Form: String, Sendable, Hashable { case gtin8, gtin12, gtin13, gtin14, upcE }

  /// Always 14 digits with leading zeros.
  public let digits: String
  public let form: Form

  /// Reads 8, 12, 13 or 14 digits with a correct check digit, or 6 or 7 digits of a zero-suppressed UPC-E; nil otherwise.
  /// Eight digits are a GTIN-8 when their check digit is right as such, else a UPC-E when it is right as that.
  public init?(_ text: some StringProtocol) {
    guard let values = decimalDigits(text.utf8) else { return nil }
    switch values.count {
    case 12: self.init(values, .gtin12)
    case 13: self.init(values, .gtin13)
    case 14: self.init(values, .gtin14)
    case 8:
      if let gtin = GTIN(values, .gtin8) {
        self = gtin
      } else if let gtin = GTIN(upcE: values) {
        self = gtin
      } else {
        return nil
      }
    case 6: self.init(upcE: [0] + values, form: .upcE, checked: false)
    case 7: self.init(upcE: values, form: .upcE, checked: false)
    default: return nil
    }
  }

  /// Reads eight digits that are known to be a UPC-E; nil when they are none.
  public init?(upcE text: some StringProtocol) {
    guard let values = decimalDigits(text.utf8) else { return nil }
    self.init(upcE: values)
  }

  private init?(_ values: [UInt8], _ form: Form) {
    guard let last = values.last, Self.checkDigit(of: values.dropLast()) == last else { return nil }
    self.form = form
    let padded = [UInt8](repeating: 0, count: 14 - values.count) + values
    digits = String(decoding: padded.map { $0 + 0x30 }, as: UTF8.self)
  }

  private init?(upcE values: [UInt8]) {
    guard values.count == 8, let check = values.last else { return nil }
    self.init(upcE: Array(values.dropLast()), form: .upcE, checked: true)
    guard digits.utf8.last == check + 0x30 else { return nil }
  }

  /// `values`: number system and six digits.
  private init?(upcE values: [UInt8], form: Form, checked: Bool) {
    guard values.count == 7, values[0] <= 1 else { return nil }
    let x = values[1...6].map { $0 }
    let body: [UInt8] =
      switch x[5] {
      case 0...2: [x[0], x[1], x[5], 0, 0, 0, 0, x[2], x[3], x[4]]
      case 3: [x[0], x[1], x[2], 0, 0, 0, 0, 0, x[3], x[4]]
      case 4: [x[0], x[1], x[2], x[3], 0, 0, 0, 0, 0, x[4]]
      default: [x[0], x[1], x[2], x[3], x[4], 0, 0, 0, 0, x[5]]
      }
    let upcA = [values[0]] + body
    self.init(upcA + [Self.checkDigit(of: upcA)], .gtin12)
    self = GTIN(digits: digits, form: .upcE)
  }

  private init(digits: String, form: Form) {
    self.digits = digits
    self.form = form
  }

  /// Check digit of the digits before it: from the right, weights 3, 1, 3, ….
  public static func checkDigit(of digits: some BidirectionalCollection<UInt8>) -> UInt8 {
    var sum = 0
    var weight = 3
    for digit in digits.reversed() {
      sum += Int(digit) * weight
      weight = 4 - weight
    }
    return UInt8((10 - sum % 10) % 10)
  }

  public var description: String { digits }

  /// The 13 digits of an EAN-13; nil for a GTIN-14 with an indicator.
  public var ean13: String? { digits.first == "0" ? String(digits.dropFirst()) : nil }

  /// Restricted circulation number (GS1 prefixes 02, 04 and 20 to 29): its meaning is the shop's own, for example a
  /// weight or price label. A GTIN-8 that begins with 0 or 2 is one too.
  public var isInStore: Bool {
    let values = Array(digits.utf8)
    guard values[0] == 0x30 else { return false }
    if form == .gtin8 { return values[6] == 0x30 || values[6] == 0x32 }
    let prefix = (values[1] - 0x30) * 10 + values[2] - 0x30
    return prefix == 2 || prefix == 4 || (20...29).contains(prefix)
  }
}

/// The values of decimal digits; nil when empty or another byte is among them.
func decimalDigits(_ bytes: some Collection<UInt8>) -> [UInt8]? {
  guard !bytes.isEmpty, bytes.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
  return bytes.map { $0 - 0x30 }
}
