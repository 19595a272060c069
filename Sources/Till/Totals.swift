import Money

/// The computed sums of a sale, signed, in its currency.
///
/// net + tax + liabilities = total; due = total + cashRounding − what tenders settled or may still settle.
public struct Totals: Hashable, Sendable {
  /// Σ line amounts of revenue lines (item, service, fee), before adjustments, as priced.
  public var gross: Amount = .zero
  /// Σ adjustments.
  public var adjustments: Amount = .zero
  /// Revenue without tax.
  public var net: Amount = .zero
  /// Σ taxes, included and added.
  public var tax: Amount = .zero
  /// Deposits, stored value and prepayments without tax.
  public var liabilities: Amount = .zero
  /// What the customer owes (negative: gets).
  public var total: Amount = .zero
  /// What is still to be tendered.
  public var due: Amount = .zero
  /// Cash handed back.
  public var change: Amount = .zero
  /// Added to the total by cash rounding; negative lowers what is paid (−2 turns 317.72 into 317.70).
  public var cashRounding: Amount = .zero
  /// Σ tips, surcharges and cashback.
  public var extras: Amount = .zero

  /// Memberwise.
  public init(
    gross: Amount = .zero, adjustments: Amount = .zero, net: Amount = .zero, tax: Amount = .zero,
    liabilities: Amount = .zero, total: Amount = .zero, due: Amount = .zero, change: Amount = .zero,
    cashRounding: Amount = .zero, extras: Amount = .zero
  ) {
    self.gross = gross
    self.adjustments = adjustments
    self.net = net
    self.tax = tax
    self.liabilities = liabilities
    self.total = total
    self.due = due
    self.change = change
    self.cashRounding = cashRounding
    self.extras = extras
  }
}
