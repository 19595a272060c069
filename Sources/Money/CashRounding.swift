/// The smallest cash coin of a currency and rounding to it.
public enum CashRounding {
  /// Steps in minor units where cash practice differs from the minor unit. Everything else rounds to 1.
  /// A shop's configuration may override (New Zealand and the Netherlands: 10 and 5).
  static let steps: [String: Int64] = [
    "AUD": 5, "CAD": 5, "CHF": 5, "CZK": 100, "DKK": 50, "HUF": 500, "ILS": 10, "ISK": 1, "MYR": 5, "NOK": 100,
    "NZD": 10, "SEK": 100, "SGD": 5, "ZAR": 10,
  ]

  /// The step for a currency; 1 = no rounding.
  public static func step(for currency: Currency) -> Int64 { steps[currency.code] ?? 1 }

  /// The cash amount nearest to `amount`, half up by magnitude.
  public static func round(_ amount: Amount, step: Int64) throws(MoneyError) -> Amount {
    try Rounding.toStep(amount, step: step)
  }
}
