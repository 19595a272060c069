/// An exact fraction for sums that are rounded once at the end. Arithmetic throws when 128 bits do not hold it.
public struct Fraction: Hashable, Sendable {
  /// Signed, in lowest terms.
  public let numerator: Int128
  /// Positive, in lowest terms.
  public let denominator: Int128

  /// Zero.
  public static let zero = Fraction()

  private init() {
    numerator = 0
    denominator = 1
  }

  /// numerator / denominator in lowest terms; the denominator must be positive.
  public init(_ numerator: Int128, over denominator: Int128) throws(MoneyError) {
    guard denominator > 0, numerator != .min else { throw .undefined }
    let divisor = Fraction.greatestCommonDivisor(numerator < 0 ? -numerator : numerator, denominator)
    self.numerator = numerator / divisor
    self.denominator = denominator / divisor
  }

  /// Exact sum.
  public static func + (left: Fraction, right: Fraction) throws(MoneyError) -> Fraction {
    let common = greatestCommonDivisor(left.denominator, right.denominator)
    let scale = right.denominator / common
    let (first, overflow1) = left.numerator.multipliedReportingOverflow(by: scale)
    let (second, overflow2) = right.numerator.multipliedReportingOverflow(by: left.denominator / common)
    let (sum, overflow3) = first.addingReportingOverflow(second)
    let (denominator, overflow4) = left.denominator.multipliedReportingOverflow(by: scale)
    guard !overflow1, !overflow2, !overflow3, !overflow4 else { throw .overflow }
    return try Fraction(sum, over: denominator)
  }

  /// Rounded half up by magnitude.
  public func rounded() throws(MoneyError) -> Amount {
    try Rounding.amount(Rounding.halfUp(numerator, over: denominator))
  }

  private static func greatestCommonDivisor(_ left: Int128, _ right: Int128) -> Int128 {
    var (a, b) = (left, right)
    while b != 0 { (a, b) = (b, a % b) }
    return a == 0 ? 1 : a
  }
}
