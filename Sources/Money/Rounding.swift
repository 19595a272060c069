/// Rounding half up by magnitude: 0.5 → 1, −0.5 → −1, so that a refund mirrors its sale.
public enum Rounding {
  /// numerator / denominator, rounded half up by magnitude; the denominator must be positive.
  public static func halfUp(_ numerator: Int128, over denominator: Int128) throws(MoneyError) -> Int128 {
    guard denominator > 0 else { throw .undefined }
    let (quotient, remainder) = numerator.quotientAndRemainder(dividingBy: denominator)
    let size = remainder.magnitude
    // `2 × size ≥ denominator` without the doubling.
    guard size >= denominator.magnitude - size else { return quotient }
    return numerator < 0 ? quotient - 1 : quotient + 1
  }

  /// amount × factor / divisor, rounded half up by magnitude, exact through 128 bits.
  public static func multiply(_ amount: Amount, by factor: Int64, over divisor: Int64) throws(MoneyError) -> Amount {
    guard divisor > 0 else { throw .undefined }
    let (small, overflow) = amount.minorUnits.multipliedReportingOverflow(by: factor)
    if !overflow {
      let (quotient, remainder) = small.quotientAndRemainder(dividingBy: divisor)
      let size = remainder.magnitude
      let up: Int64 = size >= divisor.magnitude - size ? (small < 0 ? -1 : 1) : 0
      return try Amount(quotient) + Amount(up)
    }
    let wide = try halfUp(Int128(amount.minorUnits) * Int128(factor), over: Int128(divisor))
    return try Rounding.amount(wide)
  }

  /// The nearest multiple of `step` (minor units), half up by magnitude.
  public static func toStep(_ amount: Amount, step: Int64) throws(MoneyError) -> Amount {
    guard step > 0 else { throw .undefined }
    let steps = try halfUp(Int128(amount.minorUnits), over: Int128(step))
    return try Rounding.amount(steps * Int128(step))
  }

  /// A 128-bit result as an amount.
  public static func amount(_ value: Int128) throws(MoneyError) -> Amount {
    guard value.magnitude <= UInt128(Amount.largest) else { throw .overflow }
    return Amount(Int64(truncatingIfNeeded: value))
  }
}
