import Interfaces
import Money

/// Amounts as people read and write them, in the currency of the box.
package struct AmountText: Sendable {
  private let currency: Currency?
  /// What the box says to a sale when it has no currency, because it has no journal.
  private let whyNone: SystemError?

  /// `currency`: ISO 4217 code; unknown: amounts are written as bare minor units, and none are read.
  package init(currency code: String?, whyNone: SystemError? = nil) {
    self.whyNone = whyNone
    currency = code.flatMap { Currency(code: $0) }
  }

  /// True for the code of the box's own currency.
  func isOf(_ code: some StringProtocol) -> Bool {
    currency.map { code == $0.code } ?? false
  }

  /// `-12.50`
  package func callAsFunction(_ minorUnits: Int64) -> String {
    currency?.text(Amount(minorUnits)) ?? String(minorUnits)
  }

  /// Reads an amount of the currency in major units, as it stands on a price tag: `19.00`, `19.5`.
  ///
  /// Whole digits are right for a currency without decimals only. For all others `19` could be nineteen or 0.19, and
  /// either guess is off by a factor of a hundred for somebody; so it is refused. Nought is nought in any unit.
  package func parse(_ text: String) throws -> Int64 {
    guard let currency else {
      if let whyNone { throw Failure(whyNone) }
      throw Failure.usage(
        Command.text(
          "\(text): the currency of the box is not known here, so no amount can be read",
          "\(text)：不知道本机的货币，无法读取金额"))
    }
    let negative = text.hasPrefix("-")
    let digits = negative ? String(text.dropFirst()) : text
    guard let amount = try? currency.amount(digits), amount.minorUnits <= Amount.largest else {
      throw Self.malformed(text, currency)
    }
    if currency.exponent > 0, amount.minorUnits != 0, !digits.contains(".") {
      throw Self.ambiguous(text, digits, negative, currency)
    }
    return negative ? -amount.minorUnits : amount.minorUnits
  }

  private static func malformed(_ text: String, _ currency: Currency) -> Failure {
    let (code, places) = (currency.code, currency.exponent)
    guard places > 0 else {
      return .usage(
        Command.text(
          "\"\(text)\" is no amount in \(code): whole digits like 1250; \(code) has no decimals",
          "“\(text)”不是 \(code) 金额：应为整数，如 1250；\(code) 没有小数"))
    }
    let example = "19." + String(repeating: "0", count: places)
    return .usage(
      Command.text(
        "\"\(text)\" is no amount in \(code): digits, a point and 1 to \(places) decimals, like \(example)",
        "“\(text)”不是 \(code) 金额：数字、小数点和 1 至 \(places) 位小数，如 \(example)"))
  }

  private static func ambiguous(_ text: String, _ digits: String, _ negative: Bool, _ currency: Currency) -> Failure {
    let sign = negative ? "-" : ""
    let major = "\(text).\(String(repeating: "0", count: currency.exponent))"
    let minor = sign + (Int64(digits).map { currency.text(Amount($0)) } ?? digits)
    return .usage(
      Command.text(
        "\(text) is ambiguous, \(currency.code) has \(currency.exponent) decimals: "
          + "write \(major) for \(text) \(currency.code), or \(minor) for \(text) minor units",
        "\(text) 有歧义，\(currency.code) 有 \(currency.exponent) 位小数："
          + "\(text) \(currency.code) 写成 \(major)，\(text) 个最小单位写成 \(minor)"))
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
