/// A currency of ISO 4217: three-letter code, numeric code and the number of decimal digits of its minor unit.
public struct Currency: Hashable, Sendable {
  /// The alphabetic code, e.g. `CNY`.
  public let code: String
  /// The numeric code, e.g. 156.
  public let numericCode: Int
  /// Decimal digits of the minor unit: JPY 0, CNY 2, KWD 3, CLF 4.
  public let exponent: Int

  /// The currency with this alphabetic code, nil when the table does not know it.
  public init?(code: String) {
    guard let row = CurrencyTable.rows[code] else { return nil }
    self.code = code
    self.numericCode = row.numeric
    self.exponent = row.exponent
  }

  /// The currency with this numeric code.
  public init?(numericCode: Int) {
    guard let code = CurrencyTable.codes[numericCode] else { return nil }
    self.init(code: code)
  }
}

extension Currency {
  /// Amount as text with a point before the minor digits and no grouping: 1250 → `12.50`, −5 → `-0.05`.
  public func text(_ amount: Amount) -> String {
    let digits = String(amount.minorUnits.magnitude)
    let sign = amount.minorUnits < 0 ? "-" : ""
    guard exponent > 0 else { return sign + digits }
    let padded = String(repeating: "0", count: max(0, exponent + 1 - digits.utf8.count)) + digits
    let cut = padded.index(padded.endIndex, offsetBy: -exponent)
    return sign + padded[..<cut] + "." + padded[cut...]
  }

  /// Reads what ``text(_:)`` writes, without a sign: digits, at most one point followed by 1 to `exponent` digits.
  /// Signs, grouping, exponents, spaces and more digits than the currency has are refused.
  public func amount(_ text: String) throws(MoneyError) -> Amount {
    var value: Int64 = 0
    var whole = 0
    var fraction: Int?
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"):
        let (scaled, overflow) = value.multipliedReportingOverflow(by: 10)
        guard !overflow, scaled <= Amount.largest else { throw .overflow }
        value = scaled + Int64(byte - UInt8(ascii: "0"))
        if let seen = fraction { fraction = seen + 1 } else { whole += 1 }
      case UInt8(ascii: "."):
        guard fraction == nil, exponent > 0 else { throw .malformed }
        fraction = 0
      default: throw .malformed
      }
    }
    guard whole > 0, fraction != 0, (fraction ?? 0) <= exponent else { throw .malformed }
    for _ in (fraction ?? 0)..<exponent {
      let (scaled, overflow) = value.multipliedReportingOverflow(by: 10)
      guard !overflow else { throw .overflow }
      value = scaled
    }
    return try Amount(value).checked()
  }
}
