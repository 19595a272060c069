/// How much of an article, in thousandths of its unit: 1 piece = 1000, 0.358 kg = 358. Negative: goods come back.
public struct Quantity: Hashable, Sendable {
  /// Signed thousandths of the unit.
  public var thousandths: Int64

  /// Takes thousandths.
  public init(thousandths: Int64) {
    self.thousandths = thousandths
  }

  /// One whole unit, the usual `pricePer`.
  public static let one = Quantity(thousandths: 1000)
  /// Nothing.
  public static let zero = Quantity(thousandths: 0)

  /// True for zero.
  public var isZero: Bool { thousandths == 0 }
  /// True when a record can hold it.
  public var isRepresentable: Bool { thousandths >= -Amount.largest && thousandths <= Amount.largest }
  /// The same with the other sign; only for representable quantities.
  public func negated() throws(MoneyError) -> Quantity {
    guard isRepresentable else { throw .overflow }
    return Quantity(thousandths: -thousandths)
  }

  /// Sum.
  public static func + (left: Quantity, right: Quantity) throws(MoneyError) -> Quantity {
    let (value, overflow) = left.thousandths.addingReportingOverflow(right.thousandths)
    let result = Quantity(thousandths: value)
    guard !overflow, result.isRepresentable else { throw .overflow }
    return result
  }

  /// Difference.
  public static func - (left: Quantity, right: Quantity) throws(MoneyError) -> Quantity {
    let (value, overflow) = left.thousandths.subtractingReportingOverflow(right.thousandths)
    let result = Quantity(thousandths: value)
    guard !overflow, result.isRepresentable else { throw .overflow }
    return result
  }

  /// What the quantity costs: round half up of quantity × price / `pricePer`, through 128 bits.
  public func times(_ price: Amount, per pricePer: Quantity = .one) throws(MoneyError) -> Amount {
    guard pricePer.thousandths > 0 else { throw .undefined }
    return try Rounding.multiply(price, by: thousandths, over: pricePer.thousandths)
  }
}

extension Quantity: Comparable {
  public static func < (left: Quantity, right: Quantity) -> Bool { left.thousandths < right.thousandths }
}

/// A tax rate in millionths: 13 % = 130 000, 7.7 % = 77 000.
public struct TaxRate: Hashable, Sendable, Comparable {
  /// Millionths of the base.
  public var millionths: Int64

  /// Takes millionths.
  public init(millionths: Int64) {
    self.millionths = millionths
  }

  /// Takes basis points: 1 bp = 100 millionths. Wraps to the largest rate instead of overflowing.
  public init(basisPoints: Int64) {
    let (value, overflow) = basisPoints.multipliedReportingOverflow(by: 100)
    self.millionths = overflow ? .max : value
  }

  /// One whole: 100 %.
  public static let whole: Int64 = 1_000_000
  /// The highest rate that a tax table may hold: 1,000 %.
  public static let highest = TaxRate(millionths: 10_000_000)
  /// No tax.
  public static let zero = TaxRate(millionths: 0)

  public static func < (left: TaxRate, right: TaxRate) -> Bool { left.millionths < right.millionths }
}
