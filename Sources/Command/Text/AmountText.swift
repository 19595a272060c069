import Interfaces
import Money

/// Amounts as people read and write them, in the currency of the box.
package struct AmountText: Sendable {
  private let currency: Currency?
  /// What the box says to a sale when it has no currency, because it has no journal.
  private let whyNone: SystemError?

  /// `currency`: ISO 4217 code; unknown: amounts are bare minor units.
  package init(currency code: String?, whyNone: SystemError? = nil) {
    self.whyNone = whyNone
    currency = code.flatMap { Currency(code: $0) }
  }

  /// `-12.50`
  package func callAsFunction(_ minorUnits: Int64) -> String {
    currency?.text(Amount(minorUnits)) ?? String(minorUnits)
  }

  /// Reads an amount: with a point it is in major units (`3.50`), without in minor units (`350`).
  package func parse(_ text: String) throws -> Int64 {
    let negative = text.hasPrefix("-")
    let digits = negative ? String(text.dropFirst()) : text
    let magnitude: Int64?
    if digits.contains("."), currency == nil, let whyNone { throw Failure(whyNone, method: .systemHello) }
    if digits.contains(".") {
      magnitude = try? currency?.amount(digits).minorUnits
    } else {
      magnitude = digits.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int64(digits) : nil
    }
    guard let magnitude, magnitude <= Amount.largest else {
      let places = currency.map { "\($0.code), \($0.exponent)" } ?? "0"
      throw Failure.usage(
        Command.text(
          "\(text) is no amount: write minor units (350) or a point and at most the digits of the currency (\(places))",
          "\(text) 不是金额：写最小单位（350），或带小数点，位数不超过货币的位数（\(places)）"))
    }
    return negative ? -magnitude : magnitude
  }
}

/// Quantities as people read and write them.
package enum QuantityText {
  /// `2`, `-1`, `1.234` in thousandths.
  package static func parse(_ text: String) throws -> Int64 {
    let negative = text.hasPrefix("-")
    let parts = text.dropFirst(negative ? 1 : 0).split(separator: ".", omittingEmptySubsequences: false)
    let fraction = parts.count == 2 ? String(parts[1]) : ""
    let isValid =
      parts.count <= 2 && !parts[0].isEmpty && fraction.utf8.count <= 3 && (parts.count == 1 || !fraction.isEmpty)
      && parts.allSatisfy { $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }
    let digits = parts[0] + fraction + String(repeating: "0", count: max(0, 3 - fraction.utf8.count))
    guard isValid, let thousandths = Int64(digits), thousandths <= Amount.largest else {
      throw Failure.usage(
        Command.text("\(text) is no quantity: 2, 1.5 or 0.250", "\(text) 不是数量：应如 2、1.5 或 0.250"))
    }
    return negative ? -thousandths : thousandths
  }

  /// The shortest way to write it: `2`, `1.5`.
  package static func text(_ thousandths: Int64) -> String {
    let (whole, rest) = thousandths.magnitude.quotientAndRemainder(dividingBy: 1000)
    let sign = thousandths < 0 ? "-" : ""
    guard rest > 0 else { return sign + String(whole) }
    var fraction = String(rest + 1000).dropFirst()
    while fraction.hasSuffix("0") { fraction.removeLast() }
    return sign + String(whole) + "." + fraction
  }
}

/// `NAME,PRICE[,QUANTITY[,TAX]]` of `sale ring --line`. A name may hold commas if the rest is complete enough to tell:
/// the last fields are taken from the end, so write all four then.
package enum LineText {
  package static func parse(_ text: String, _ money: AmountText) throws -> Wire.LineInput {
    var parts = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    if parts.count > 4 { parts = [parts.dropLast(3).joined(separator: ",")] + parts.suffix(3) }
    guard parts.count >= 2, !parts[0].isEmpty else {
      throw Failure.usage(
        Command.text("--line is NAME,PRICE[,QUANTITY[,TAX]]: \(text)", "--line 的格式是 名称,价格[,数量[,税码]]：\(text)"))
    }
    let price = try money.parse(parts[1])
    let quantity = parts.count > 2 && !parts[2].isEmpty ? try QuantityText.parse(parts[2]) : 1000
    let tax = parts.count > 3 ? parts[3] : ""
    return Wire.LineInput(name: parts[0], taxes: tax.isEmpty ? [] : [tax], quantity: quantity, unitPrice: price)
  }
}
