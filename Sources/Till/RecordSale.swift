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
  @Rare public var corrects: StubReference?
  /// Of a correction: what the corrected bill counted for.
  @Rare public var offset: BillOffset?
  /// Of a correction: what was paid for that bill, as tenders of this one from its total on.
  public var carries: [Tender]?
  public var externalReference: String?
  public var label: String?
  public var member: String?
  public var revision: Int64 = 1
  /// Of a correction.
  public var approval: String?

  /// Memberwise.
  public init(
    sale: String, kind: SaleKind, mode: SaleMode, currency: String, taxRounding: TaxRounding, shift: String,
    corrects: StubReference? = nil, externalReference: String? = nil, label: String? = nil, member: String? = nil,
    revision: Int64 = 1, offset: BillOffset? = nil, carries: [Tender]? = nil, approval: String? = nil
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
    self.offset = offset
    self.carries = carries
    self.approval = approval
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
  /// SHA-256 over the frozen lines, adjustments and totals, in hex; whoever keeps the record adds it.
  public var hash: String?

  /// Memberwise.
  public init(
    sale: String, revision: Int64, lines: [LineOutcome], adjustments: [Adjustment]? = nil, totals: Totals,
    hash: String? = nil
  ) {
    self.hash = hash
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
