import Money
extension Till {
  /// Checks and computes; refuses or acts, never traps. Changes nothing.
  public func decide(_ event: Event, _ context: Context) throws(Refusal) -> Decision {
    throw .refused(.genesis, text: "not built yet")
  }
  /// The only function that changes state; computes no money.
  public mutating func apply(_ record: Record) throws(ReplayError) {
    throw ReplayError(kind: record.fact.kind, reason: "not built yet")
  }
}
extension LineInput {
  /// Upper estimate of the encoded size in bytes.
  public var estimatedSize: Int { 600 }
}
/// Rules that prices are computed by.
public struct PricingRules: Sendable {
  public var taxRounding: TaxRounding
  public var taxes: [TaxRule]
  public var facts: [ClosedStubFacts] = []
  /// Memberwise.
  public init(taxRounding: TaxRounding, taxes: [TaxRule], facts: [ClosedStubFacts] = []) {
    self.taxRounding = taxRounding
    self.taxes = taxes
    self.facts = facts
  }
}
/// Computed results of a sale.
public struct Priced: Hashable, Sendable {
  public var lines: [LineResult]
  public var adjustments: [Adjustment]
  public var totals: Totals
}
/// Lines, adjustments and rules in, results out: the one code path for quotes, edits, totals and rings.
public enum Pricing {
  /// Line ids are 1, 2, … in order unless given.
  public static func price(
    lines: [LineInput], ids: [LineID]? = nil, adjustments: [Adjustment], rules: PricingRules
  ) throws(Refusal) -> Priced {
    throw .refused(.genesis, text: "not built yet")
  }
}
