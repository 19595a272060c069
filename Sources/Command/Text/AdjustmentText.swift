import Interfaces
import Money

/// Discounts as people type them, and what they come to on a sale.
package enum AdjustmentText {
  /// `AMOUNT|PERCENT%[,LINE[,LABEL]]` of `sale adjust --off`.
  package struct Off: Equatable {
    /// Minor units, positive; nil: a percentage.
    package var amount: Int64?
    /// Thousandths of a percent.
    package var percent: Int64 = 0
    package var line: String?
    package var label: String
    package var kind: Wire.AdjustmentKind

    package init(_ text: String, kind: Wire.AdjustmentKind, _ money: AmountText) throws {
      let parts = text.split(separator: ",", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
      self.kind = kind
      if parts.count > 1, !parts[1].isEmpty { line = parts[1] }
      label = parts.count > 2 && !parts[2].isEmpty ? parts[2] : Command.text("discount", "优惠")
      if parts[0].hasSuffix("%") {
        percent = try QuantityText.parse(String(parts[0].dropLast()))
        guard (1...wholePercent).contains(percent) else {
          throw Failure.usage(
            Command.text(
              "--off: a percentage is above 0 and at most 100: \(parts[0])",
              "--off：百分比应大于 0 且不超过 100：\(parts[0])"))
        }
        if parts.count < 3 || parts[2].isEmpty { label += " \(QuantityText.text(percent)) %" }
      } else {
        let off = try money.parse(parts[0])
        guard off > 0 else {
          throw Failure.usage(
            Command.text("--off is what comes off, above 0: \(parts[0])", "--off 是减去的金额，应大于 0：\(parts[0])"))
        }
        amount = off
      }
    }
  }

  /// A hundred percent in thousandths of a percent.
  private static let wholePercent: Int64 = 100_000

  /// All adjustments that the sale shall have. `step`: the total is rounded down to a multiple of it (抹零).
  package static func plan(
    _ offs: [Off], roundDownTo step: Int64?, keep: Bool, on present: SaleInterface.Get.Output
  ) throws -> [Wire.AdjustmentInput] {
    // A second rounding down takes the place of the first.
    let kept = keep ? present.adjustments.filter { step == nil || $0.kind != .roundOff } : []
    var all = kept.map {
      Wire.AdjustmentInput(
        id: $0.id, kind: $0.kind, target: $0.target, label: $0.label, amount: $0.amount, source: $0.source)
    }
    var names = Set(kept.map(\.id))
    func add(_ kind: Wire.AdjustmentKind, _ target: String?, _ label: String, _ amount: Int64) {
      let id = (1...).lazy.map { "a\($0)" }.first { !names.contains($0) } ?? "a"
      names.insert(id)
      all.append(Wire.AdjustmentInput(id: id, kind: kind, target: target, label: label, amount: amount))
    }
    do {
      for off in offs { add(off.kind, off.line, off.label, -(try amount(of: off, on: present.lines))) }
      if let step {
        let total = try Amount.sum(present.lines.map { Amount($0.amount) } + all.map { Amount($0.amount) })
        let rest = try odd(total.minorUnits, over: step, present.lines)
        if rest > 0 { add(.roundOff, nil, Command.text("rounded down", "抹零"), -rest) }
      }
    } catch is MoneyError {
      throw Failure.usage(Command.text("the amounts are too large", "金额过大"))
    }
    return all
  }

  private static func amount(of off: Off, on lines: [Wire.Line]) throws -> Int64 {
    if let amount = off.amount { return amount }
    let base: Amount
    if let name = off.line {
      guard let line = lines.first(where: { $0.id == name }) else {
        throw Failure.usage(Command.text("--off: the sale has no line \(name)", "--off：销售没有第 \(name) 行"))
      }
      base = Amount(line.amount)
    } else {
      // What the daemon spreads a reduction over: revenue that goes out.
      base = try Amount.sum(lines.filter { isRevenue($0) && $0.amount > 0 }.map { Amount($0.amount) })
    }
    return try Rounding.multiply(base, by: off.percent, over: wholePercent).minorUnits
  }

  private static func isRevenue(_ line: Wire.Line) -> Bool {
    switch line.input.kind ?? .item {
    case .item, .service, .fee: true
    case .deposit, .depositReturn, .storedValue, .prepayment: false
    }
  }

  /// What a total has over a multiple of `step`.
  private static func odd(_ total: Int64, over step: Int64, _ lines: [Wire.Line]) throws -> Int64 {
    guard step > 0 else { throw Failure.usage(Command.text("--round-down is above 0", "--round-down 应大于 0")) }
    guard !lines.contains(where: { $0.taxes.contains { !$0.included } }) else {
      throw Failure.usage(
        Command.text(
          "--round-down: tax comes on top of these prices; find the amount with Sale.Quote and give it with --off",
          "--round-down：这些价格不含税；请用 Sale.Quote 求出金额，再用 --off 给出"))
    }
    guard total > 0 else {
      throw Failure.usage(Command.text("--round-down: there is nothing to pay", "--round-down：没有应付金额"))
    }
    return total % step
  }
}
