import Money

/// A tender came to a state; `tender` is the whole tender after it.
public struct TenderChanged: Hashable, Sendable {
  public var sale: String
  public var revision: Int64
  public var tender: Tender
  /// The sale's totals after it.
  public var totals: Totals
  /// True when the sale is parked.
  public var parked: Bool = false
  /// Why it was reversed.
  public var reason: String?
  public var approval: String?
  /// True when a person decided behind the end of the sale, in journals of versions that do not say its `state`.
  public var isOver: Bool?
  /// Where its sale stands then; nil: tendering.
  public var state: SaleState?

  /// Memberwise.
  public init(
    sale: String, revision: Int64, tender: Tender, totals: Totals, parked: Bool = false, reason: String? = nil,
    approval: String? = nil, isOver: Bool? = nil, state: SaleState? = nil
  ) {
    self.state = state
    self.isOver = isOver
    self.sale = sale
    self.revision = revision
    self.tender = tender
    self.totals = totals
    self.parked = parked
    self.reason = reason
    self.approval = approval
  }

  /// Where its sale stands behind it.
  public var saleState: SaleState { state ?? (isOver == true ? .completed : .tendering) }
}

public struct SalePaid: Hashable, Sendable {
  public var sale: String
  public var revision: Int64
  /// due is zero.
  public var totals: Totals

  /// Memberwise.
  public init(sale: String, revision: Int64, totals: Totals) {
    self.sale = sale
    self.revision = revision
    self.totals = totals
  }
}

/// What a stub is.
public enum StubForm: String, Sendable, CaseIterable {
  case sale
  /// A return, or a total that was paid out.
  case refund
  /// A sale that was totalled and then voided.
  case void
  /// Practice.
  case training
}

/// The counterfoil: everything about a finished sale, self-contained.
public struct StubSealed: Hashable, Sendable {
  public var stub: StubNumber
  public var form: StubForm
  public var sale: String
  public var revision: Int64
  public var kind: SaleKind
  public var mode: SaleMode
  public var currency: String
  public var taxRounding: TaxRounding
  public var shift: String
  public var openedAt: Int64
  /// With frozen results.
  public var lines: [Line]
  /// With frozen allocations.
  public var adjustments: [Adjustment] = []
  public var tenders: [Tender]
  public var totals: Totals
  @Rare public var corrects: StubReference?
  /// What the corrected bill counted for: all sums count this stub and take that off. Of a correction that was paid; one
  /// that was voided takes nothing off.
  @Rare public var offset: BillOffset?
  public var externalReference: String?
  public var label: String?
  public var member: String?
  /// Lines taken off and prices overridden on the way.
  public var removedLines: Int64 = 0
  public var overrides: Int64 = 0
  /// The approval that a sale rung in one call used.
  public var approval: String?

  /// Memberwise.
  public init(
    stub: StubNumber, form: StubForm, sale: String, revision: Int64, kind: SaleKind, mode: SaleMode, currency: String,
    taxRounding: TaxRounding, shift: String, openedAt: Int64, lines: [Line], adjustments: [Adjustment] = [],
    tenders: [Tender], totals: Totals, corrects: StubReference? = nil, externalReference: String? = nil,
    label: String? = nil, member: String? = nil, removedLines: Int64 = 0, overrides: Int64 = 0, approval: String? = nil,
    offset: BillOffset? = nil
  ) {
    self.stub = stub
    self.form = form
    self.sale = sale
    self.revision = revision
    self.kind = kind
    self.mode = mode
    self.currency = currency
    self.taxRounding = taxRounding
    self.shift = shift
    self.openedAt = openedAt
    self.lines = lines
    self.adjustments = adjustments
    self.tenders = tenders
    self.totals = totals
    self.corrects = corrects
    self.externalReference = externalReference
    self.label = label
    self.member = member
    self.removedLines = removedLines
    self.overrides = overrides
    self.approval = approval
    self.offset = offset
  }

  /// The stubs whose lines come back with this one, each once, in order of appearance.
  public var originals: [StubReference] {
    var seen = Set<StubReference>()
    return lines.filter { !$0.input.isTakenOver }.compactMap { $0.input.original?.reference }
      .filter { seen.insert($0).inserted }
  }
}
