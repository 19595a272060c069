import Money

/// Sums of one tax code at one rate.
public struct TaxTotal: Hashable, Sendable {
  public var code: String
  public var rate: TaxRate
  public var included: Bool
  public var base: Amount = .zero
  public var amount: Amount = .zero

  /// Memberwise.
  public init(code: String, rate: TaxRate, included: Bool, base: Amount = .zero, amount: Amount = .zero) {
    self.code = code
    self.rate = rate
    self.included = included
    self.base = base
    self.amount = amount
  }
}

/// Sums of one kind of tender.
public struct TenderTotal: Hashable, Sendable {
  public var key: TenderKey
  public var count: Int64 = 0
  /// Σ approved − change, extras included.
  public var amount: Amount = .zero

  /// Memberwise.
  public init(key: TenderKey, count: Int64 = 0, amount: Amount = .zero) {
    self.key = key
    self.count = count
    self.amount = amount
  }
}

/// A count with its sum.
public struct Tally: Hashable, Sendable {
  public var count: Int64 = 0
  public var amount: Amount = .zero

  /// Memberwise.
  public init(count: Int64 = 0, amount: Amount = .zero) {
    self.count = count
    self.amount = amount
  }
}

/// Running sums of finished sales, for a shift or between two Z.
public struct SalesTotals: Hashable, Sendable {
  /// Stubs with a total of zero or more, and their totals.
  public var sales: Tally = Tally()
  /// Stubs with a negative total.
  public var refunds: Tally = Tally()
  public var gross: Amount = .zero
  public var adjustments: Amount = .zero
  public var net: Amount = .zero
  public var tax: Amount = .zero
  public var liabilities: Amount = .zero
  public var total: Amount = .zero
  public var cashRounding: Amount = .zero
  public var tips: Amount = .zero
  public var surcharges: Amount = .zero
  public var cashback: Amount = .zero
  /// Sorted by code, rate, included.
  public var taxes: [TaxTotal] = []
  /// Sorted by kind, provider, currency.
  public var tenders: [TenderTotal] = []
  /// Sales voided before and after total.
  public var voidsBeforeTotal: Tally = Tally()
  public var voidsAfterTotal: Tally = Tally()
  public var removedLines: Int64 = 0
  public var overrides: Int64 = 0
  public var reversedTenders: Tally = Tally()
  /// Tenders of finished sales that were booked under another kind; nil: none.
  public var correctedTenders: Tally?
  /// Bills that replaced earlier ones, and by how much more (negative: less) they come to; nil: none. Their stubs are
  /// neither among `sales` nor `refunds`; in all other sums each counts for itself less what it replaced.
  public var corrections: Tally?
  /// Drawer openings without a sale.
  public var noSales: Int64 = 0
  public var trainingStubs: Int64 = 0
  /// Stub numbers of the range.
  public var firstStub: Int64?
  public var lastStub: Int64?

  /// Memberwise.
  public init(
    sales: Tally = Tally(), refunds: Tally = Tally(), gross: Amount = .zero, adjustments: Amount = .zero,
    net: Amount = .zero, tax: Amount = .zero, liabilities: Amount = .zero, total: Amount = .zero,
    cashRounding: Amount = .zero, tips: Amount = .zero, surcharges: Amount = .zero, cashback: Amount = .zero,
    taxes: [TaxTotal] = [], tenders: [TenderTotal] = [], voidsBeforeTotal: Tally = Tally(),
    voidsAfterTotal: Tally = Tally(), removedLines: Int64 = 0, overrides: Int64 = 0, reversedTenders: Tally = Tally(),
    noSales: Int64 = 0, trainingStubs: Int64 = 0, firstStub: Int64? = nil, lastStub: Int64? = nil,
    correctedTenders: Tally? = nil, corrections: Tally? = nil
  ) {
    self.sales = sales
    self.refunds = refunds
    self.gross = gross
    self.adjustments = adjustments
    self.net = net
    self.tax = tax
    self.liabilities = liabilities
    self.total = total
    self.cashRounding = cashRounding
    self.tips = tips
    self.surcharges = surcharges
    self.cashback = cashback
    self.taxes = taxes
    self.tenders = tenders
    self.voidsBeforeTotal = voidsBeforeTotal
    self.voidsAfterTotal = voidsAfterTotal
    self.removedLines = removedLines
    self.overrides = overrides
    self.reversedTenders = reversedTenders
    self.noSales = noSales
    self.trainingStubs = trainingStubs
    self.firstStub = firstStub
    self.lastStub = lastStub
    self.correctedTenders = correctedTenders
    self.corrections = corrections
  }
}

/// Sums that nothing ever resets.
public struct GrandTotals: Hashable, Sendable {
  public var sales: Amount = .zero
  public var refunds: Amount = .zero
  public var total: Amount = .zero
  public var stubs: Int64 = 0
  /// Σ of the sizes of all money ever seen: bounds every other sum, so that none can overflow.
  public var volume: Amount = .zero

  /// Memberwise.
  public init(
    sales: Amount = .zero, refunds: Amount = .zero, total: Amount = .zero, stubs: Int64 = 0, volume: Amount = .zero
  ) {
    self.sales = sales
    self.refunds = refunds
    self.total = total
    self.stubs = stubs
    self.volume = volume
  }
}
