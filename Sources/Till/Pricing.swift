import Money

/// What prices are computed by.
public struct PricingRules: Sendable {
  public var taxRounding: TaxRounding
  public var taxes: [TaxRule]
  /// Closed stubs that return lines name.
  public var facts: [ClosedStubFacts] = []

  /// Memberwise.
  public init(taxRounding: TaxRounding, taxes: [TaxRule], facts: [ClosedStubFacts] = []) {
    self.taxRounding = taxRounding
    self.taxes = taxes
    self.facts = facts
  }
}

/// Computed results, in the order of the lines.
public struct Priced: Hashable, Sendable {
  public var lines: [LineResult]
  /// With allocations.
  public var adjustments: [Adjustment]
  public var totals: Totals
}

/// Lines, adjustments and rules in; results and totals out. The one code path for quotes, edits, totals and rings.
///
/// Order: amounts (round half up of quantity × price / pricePer), adjustments in the given order (largest remainder over
/// what each line still costs), included taxes (the gross never changes), added taxes, sums.
public enum Pricing {
  /// Prices inputs as lines 1, 2, …; return lines take their share from `rules.facts`.
  public static func price(
    lines inputs: [LineInput], adjustments: [Adjustment] = [], rules: PricingRules
  ) throws(Refusal) -> Priced {
    var ledger = ReturnLedger(facts: rules.facts)
    var lines: [Line] = []
    lines.reserveCapacity(inputs.count)
    for (index, input) in inputs.enumerated() {
      let id = LineID(Int32(truncatingIfNeeded: index + 1))
      lines.append(Line(id: id, input: input, result: try firstResult(input, id: id, ledger: &ledger)))
    }
    let adjusted = try settle(&lines, adjustments: adjustments, rules: rules)
    return Priced(lines: lines.map(\.result), adjustments: adjusted, totals: try sum(lines, adjustments: adjusted))
  }

  /// A line's amount before adjustments and tax; for a proven return its frozen share of the original.
  static func firstResult(
    _ input: LineInput, id: LineID, ledger: inout ReturnLedger
  ) throws(Refusal) -> LineResult {
    if input.isProvenReturn { return try ledger.take(input, line: id) }
    if let amount = input.amount { return LineResult(amount: amount) }
    return LineResult(
      amount: try money { () throws(MoneyError) in try input.quantity.times(input.unitPrice, per: input.pricePer) })
  }

  /// Recomputes adjustments and taxes of all lines from their amounts; answers the adjustments with allocations.
  static func settle(
    _ lines: inout [Line], adjustments: [Adjustment], rules: PricingRules
  ) throws(Refusal) -> [Adjustment] {
    for index in lines.indices where !lines[index].result.adjustment.isZero {
      lines[index].result.adjustment = .zero
    }
    let allocated = try Adjusting.allocate(adjustments, over: &lines)
    try Taxing.tax(&lines, rules: rules)
    return allocated
  }

  /// The totals of lines whose results are final; nothing tendered.
  static func sum(_ lines: [Line], adjustments: [Adjustment]) throws(Refusal) -> Totals {
    try money { () throws(MoneyError) in
      var totals = Totals()
      for line in lines { try totals.add(line.result, kind: line.kind) }
      totals.due = totals.total
      return totals
    }
  }
}

/// Runs a computation with money and turns its error into a refusal.
func money<T>(_ body: () throws(MoneyError) -> T) throws(Refusal) -> T {
  do {
    return try body()
  } catch {
    switch error {
    case .overflow: throw .limitExceeded(.amount, maximum: Limits.amount)
    case .undefined, .malformed: throw .refused(.amount, text: "the amounts cannot be computed")
    }
  }
}

extension LineInput {
  /// True for a return whose original is known: its amounts come from the stub, not from the application.
  var isProvenReturn: Bool {
    guard let original else { return false }
    return original.proof != .none && quantity <= .zero
  }
}

extension Totals {
  /// Adds (or with `sign` −1 takes away) one line's results.
  mutating func add(_ result: LineResult, kind: LineKind, sign: Int64 = 1) throws(MoneyError) {
    func signed(_ amount: Amount) -> Amount { Amount(sign * amount.minorUnits) }
    var included = Amount.zero
    var added = Amount.zero
    for tax in result.taxes {
      if tax.included { try included += tax.amount } else { try added += tax.amount }
    }
    let paid = try result.amount + result.adjustment
    let base = try paid - included
    if kind.isLiability {
      try liabilities += signed(base)
    } else {
      try gross += signed(result.amount)
      try net += signed(base)
    }
    try adjustments += signed(result.adjustment)
    try tax += signed(try included + added)
    try total += signed(try paid + added)
  }
}

extension Sale {
  /// The present results of an open sale's lines; after total they are what is stored.
  public func priced(rules: PricingRules) throws(Refusal) -> Priced {
    var lines = self.lines
    guard state == .open else {
      return Priced(lines: lines.map(\.result), adjustments: adjustments, totals: totals)
    }
    let adjusted = try Pricing.settle(&lines, adjustments: adjustments, rules: rules)
    return Priced(
      lines: lines.map(\.result), adjustments: adjusted, totals: try Pricing.sum(lines, adjustments: adjusted))
  }
}
