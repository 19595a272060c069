import Money

/// A sale began; without lines.
public struct SaleOpened: Hashable, Sendable {
  public var sale: String
  public var kind: SaleKind
  public var mode: SaleMode
  /// ISO 4217.
  public var currency: String
  public var taxRounding: TaxRounding
  public var shift: String
  public var corrects: StubReference?
  public var externalReference: String?
  public var label: String?
  public var member: String?
  public var revision: Int64 = 1

  /// Memberwise.
  public init(
    sale: String, kind: SaleKind, mode: SaleMode, currency: String, taxRounding: TaxRounding, shift: String,
    corrects: StubReference? = nil, externalReference: String? = nil, label: String? = nil, member: String? = nil,
    revision: Int64 = 1
  ) {
    self.sale = sale
    self.kind = kind
    self.mode = mode
    self.currency = currency
    self.taxRounding = taxRounding
    self.shift = shift
    self.corrects = corrects
    self.externalReference = externalReference
    self.label = label
    self.member = member
    self.revision = revision
  }
}

/// Lines joined an open sale.
public struct LinesAdded: Hashable, Sendable {
  public var sale: String
  public var revision: Int64
  public var lines: [Line]
  /// All adjustments without allocations, when they changed.
  public var adjustments: [Adjustment]?
  public var totals: Totals
  public var approval: String?

  /// Memberwise.
  public init(
    sale: String, revision: Int64, lines: [Line], adjustments: [Adjustment]? = nil, totals: Totals,
    approval: String? = nil
  ) {
    self.sale = sale
    self.revision = revision
    self.lines = lines
    self.adjustments = adjustments
    self.totals = totals
    self.approval = approval
  }
}

/// A line's content was replaced; it keeps its id.
public struct LineChanged: Hashable, Sendable {
  public var sale: String
  public var revision: Int64
  public var line: Line
  /// All adjustments without allocations, when they changed.
  public var adjustments: [Adjustment]?
  public var totals: Totals
  public var reason: String?
  public var approval: String?

  /// Memberwise.
  public init(
    sale: String, revision: Int64, line: Line, adjustments: [Adjustment]? = nil, totals: Totals, reason: String? = nil,
    approval: String? = nil
  ) {
    self.sale = sale
    self.revision = revision
    self.line = line
    self.adjustments = adjustments
    self.totals = totals
    self.reason = reason
    self.approval = approval
  }
}

public struct LineRemoved: Hashable, Sendable {
  public var sale: String
  public var revision: Int64
  public var line: LineID
  /// All adjustments without allocations, when they changed.
  public var adjustments: [Adjustment]?
  public var totals: Totals
  public var reason: String?
  public var approval: String?

  /// Memberwise.
  public init(
    sale: String, revision: Int64, line: LineID, adjustments: [Adjustment]? = nil, totals: Totals,
    reason: String? = nil, approval: String? = nil
  ) {
    self.sale = sale
    self.revision = revision
    self.line = line
    self.adjustments = adjustments
    self.totals = totals
    self.reason = reason
    self.approval = approval
  }
}

/// The result of one line after a change elsewhere.
public struct LineOutcome: Hashable, Sendable {
  public var line: LineID
  public var result: LineResult

  /// Memberwise.
  public init(line: LineID, result: LineResult) {
    self.line = line
    self.result = result
  }
}

public struct AdjustmentsSet: Hashable, Sendable {
  public var sale: String
  public var revision: Int64
  /// Without allocations; these are in the lines' results, and frozen with the total.
  public var adjustments: [Adjustment]
  /// Lines whose result changed.
  public var lines: [LineOutcome]
  public var totals: Totals
  public var approval: String?

  /// Memberwise.
  public init(
    sale: String, revision: Int64, adjustments: [Adjustment], lines: [LineOutcome], totals: Totals,
    approval: String? = nil
  ) {
    self.sale = sale
    self.revision = revision
    self.adjustments = adjustments
    self.lines = lines
    self.totals = totals
    self.approval = approval
  }
}

public struct PartySet: Hashable, Sendable {
  public var sale: String
  public var revision: Int64
  public var member: String?
  public var totals: Totals

  /// Memberwise.
  public init(sale: String, revision: Int64, member: String? = nil, totals: Totals) {
    self.sale = sale
    self.revision = revision
    self.member = member
    self.totals = totals
  }
}

public struct SaleParked: Hashable, Sendable {
  public var sale: String
  public var revision: Int64
  public var label: String?
  /// The state that the sale keeps.
  public var state: SaleState
  public var totals: Totals

  /// Memberwise.
  public init(sale: String, revision: Int64, label: String? = nil, state: SaleState, totals: Totals) {
    self.sale = sale
    self.revision = revision
    self.label = label
    self.state = state
    self.totals = totals
  }
}

/// A parked sale goes on, at the stamp's lane in that lane's shift.
public struct SaleUnparked: Hashable, Sendable {
  public var sale: String
  public var revision: Int64
  public var lane: String
  public var shift: String
  /// The state that the sale keeps.
  public var state: SaleState
  public var totals: Totals

  /// Memberwise.
  public init(sale: String, revision: Int64, lane: String, shift: String, state: SaleState, totals: Totals) {
    self.sale = sale
    self.revision = revision
    self.lane = lane
    self.shift = shift
    self.state = state
    self.totals = totals
  }
}

/// Lines and total are frozen.
public struct SaleTotaled: Hashable, Sendable {
  public var sale: String
  public var revision: Int64
  /// Lines whose result differs from what earlier records say.
  public var lines: [LineOutcome]
  /// All adjustments with final allocations, when these changed.
  public var adjustments: [Adjustment]?
  public var totals: Totals

  /// Memberwise.
  public init(sale: String, revision: Int64, lines: [LineOutcome], adjustments: [Adjustment]? = nil, totals: Totals) {
    self.sale = sale
    self.revision = revision
    self.lines = lines
    self.adjustments = adjustments
    self.totals = totals
  }
}

/// Back to editing.
public struct SaleReopened: Hashable, Sendable {
  public var sale: String
  public var revision: Int64
  public var totals: Totals

  /// Memberwise.
  public init(sale: String, revision: Int64, totals: Totals) {
    self.sale = sale
    self.revision = revision
    self.totals = totals
  }
}

public struct SaleVoided: Hashable, Sendable {
  public var sale: String
  public var revision: Int64
  public var reason: String
  public var approval: String?
  public var totals: Totals
  /// The number when the sale had been totalled.
  public var stub: StubNumber?

  /// Memberwise.
  public init(
    sale: String, revision: Int64, reason: String, approval: String? = nil, totals: Totals, stub: StubNumber? = nil
  ) {
    self.sale = sale
    self.revision = revision
    self.reason = reason
    self.approval = approval
    self.totals = totals
    self.stub = stub
  }
}

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

  /// Memberwise.
  public init(
    sale: String, revision: Int64, tender: Tender, totals: Totals, parked: Bool = false, reason: String? = nil,
    approval: String? = nil
  ) {
    self.sale = sale
    self.revision = revision
    self.tender = tender
    self.totals = totals
    self.parked = parked
    self.reason = reason
    self.approval = approval
  }
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
  case sale, refund, void, training
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
  public var corrects: StubReference?
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
    label: String? = nil, member: String? = nil, removedLines: Int64 = 0, overrides: Int64 = 0, approval: String? = nil
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
  }

  /// The stubs whose lines come back with this one, each once, in order of appearance.
  public var originals: [StubReference] {
    var seen = Set<StubReference>()
    return lines.compactMap { $0.input.original?.reference }.filter { seen.insert($0).inserted }
  }
}
