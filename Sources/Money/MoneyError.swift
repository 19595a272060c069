/// Why a computation with money was refused. Nothing in this module traps.
public enum MoneyError: Error, Equatable, Sendable {
  /// A result lies outside ±(2⁵³ − 1), the integers that every JSON reader keeps exactly.
  case overflow
  /// A division by zero, an empty allocation or weights without a sum.
  case undefined
  /// A text is no amount of the currency: too many digits, an exponent, a sign, grouping.
  case malformed
}
