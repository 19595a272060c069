/// An amount of money in minor units (fen, cents, yen) of a currency known from the context.
///
/// Arithmetic throws ``MoneyError/overflow`` when a result lies outside ±(2⁵³ − 1); it never traps and never wraps.
public struct Amount: Hashable, Sendable {
  /// Signed minor units.
  public var minorUnits: Int64

  /// Takes any integer; a value outside the range is refused by the first computation with it.
  public init(_ minorUnits: Int64) {
    self.minorUnits = minorUnits
  }

  /// The largest magnitude that a record can hold: 2⁵³ − 1.
  public static let largest: Int64 = 9_007_199_254_740_991
  /// No money.
  public static let zero = Amount(0)

  /// True when the amount lies within ±(2⁵³ − 1).
  public var isRepresentable: Bool { minorUnits >= -Amount.largest && minorUnits <= Amount.largest }
  /// −1, 0 or 1.
  public var sign: Int64 { minorUnits.signum() }
  /// True for zero.
  public var isZero: Bool { minorUnits == 0 }
  /// The size without sign; `Int64.min` counts as the largest positive.
  public var magnitude: Amount {
    if minorUnits == .min { return Amount(.max) }
    return Amount(minorUnits < 0 ? -minorUnits : minorUnits)
  }

  /// The amount, or an error when a record could not hold it.
  public func checked() throws(MoneyError) -> Amount {
    guard isRepresentable else { throw .overflow }
    return self
  }

  /// The amount with the other sign.
  public func negated() throws(MoneyError) -> Amount {
    guard isRepresentable else { throw .overflow }
    return Amount(-minorUnits)
  }

  /// Sum.
  public static func + (left: Amount, right: Amount) throws(MoneyError) -> Amount {
    let (value, overflow) = left.minorUnits.addingReportingOverflow(right.minorUnits)
    guard !overflow else { throw .overflow }
    return try Amount(value).checked()
  }

  /// Difference.
  public static func - (left: Amount, right: Amount) throws(MoneyError) -> Amount {
    let (value, overflow) = left.minorUnits.subtractingReportingOverflow(right.minorUnits)
    guard !overflow else { throw .overflow }
    return try Amount(value).checked()
  }

  /// Adds in place.
  public static func += (left: inout Amount, right: Amount) throws(MoneyError) {
    left = try left + right
  }

  /// Subtracts in place.
  public static func -= (left: inout Amount, right: Amount) throws(MoneyError) {
    left = try left - right
  }

  /// Checked sum of a sequence.
  public static func sum(_ amounts: some Sequence<Amount>) throws(MoneyError) -> Amount {
    var total = Amount.zero
    for amount in amounts { try total += amount }
    return total
  }
}

extension Amount: Comparable {
  public static func < (left: Amount, right: Amount) -> Bool { left.minorUnits < right.minorUnits }
}

extension Amount: ExpressibleByIntegerLiteral {
  public init(integerLiteral value: Int64) { self.init(value) }
}

extension Amount: CustomStringConvertible {
  public var description: String { String(minorUnits) }
}
