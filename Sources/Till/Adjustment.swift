import Money

/// Why an amount changes.
public enum AdjustmentKind: String, Sendable, CaseIterable {
  /// By the shop's own rules.
  case promotion
  /// Against a voucher.
  case coupon
  /// For a member.
  case member
  /// For the shop's own people.
  case staff
  /// By the cashier.
  case manual
  /// 抹零: the cashier drops the odd minor units. Not cash rounding.
  case roundOff

  /// True when the cashier's limit counts it.
  public var isManual: Bool {
    switch self {
    case .staff, .manual, .roundOff: true
    case .promotion, .coupon, .member: false
    }
  }
}

/// A line's share of an adjustment.
public struct AllocatedAmount: Hashable, Sendable {
  public var line: LineID
  public var amount: Amount

  /// Memberwise.
  public init(line: LineID, amount: Amount) {
    self.line = line
    self.amount = amount
  }
}

/// A signed change of the price of one line or of the whole sale; negative lowers it.
public struct Adjustment: Hashable, Sendable {
  /// The application's own id, unique in the sale.
  public var id: String
  public var kind: AdjustmentKind
  /// nil: the whole sale.
  public var target: LineID?
  public var label: String
  public var amount: Amount
  /// Coupon or promotion code.
  public var source: String?
  /// Shares by line, ascending; they sum to `amount`. Computed by the till, recorded with total
  /// and stub.
  public var allocations: [AllocatedAmount] = []

  /// Memberwise.
  public init(
    id: String, kind: AdjustmentKind, target: LineID? = nil, label: String, amount: Amount, source: String? = nil,
    allocations: [AllocatedAmount] = []
  ) {
    self.id = id
    self.kind = kind
    self.target = target
    self.label = label
    self.amount = amount
    self.source = source
    self.allocations = allocations
  }
}
