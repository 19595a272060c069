import Money

/// What a sale is.
public enum SaleKind: String, Sendable, CaseIterable {
  /// Goods go out.
  case sale
  /// Goods come back.
  case `return`
  /// Some come back, some go out.
  case exchange
  /// Replaces an earlier bill (反结账).
  case correction
}

/// Whether a sale counts.
public enum SaleMode: String, Sendable, CaseIterable {
  case normal
  /// Practice: own numbers, watermark, no drawer, in no total.
  case training
}

/// Where a sale stands.
public enum SaleState: String, Sendable, CaseIterable {
  /// Lines may change.
  case open
  /// Totalled: lines and total are frozen.
  case tendering
  /// Nothing is due; the stub is not sealed yet.
  case paid
  /// The stub is sealed.
  case completed
  /// Being voided, tenders are taken back.
  case voiding
  /// Ended without payment.
  case voided
  /// Waits for a person.
  case held
}

/// A sale that is not finished yet. Finished ones live in the journal only.
public struct Sale: Equatable, Sendable {
  /// Opaque.
  public var id: String
  public var kind: SaleKind
  public var mode: SaleMode
  /// ISO 4217.
  public var currency: String
  public var taxRounding: TaxRounding
  public var lane: String
  public var shift: String
  public var businessDay: BusinessDay
  /// UTC milliseconds of its opening and of its last change.
  public var openedAt: Int64
  public var changedAt: Int64
  public var `operator`: String?
  public var verifiedBy: VerifiedBy = .nobody
  public var state: SaleState = .open
  public var parked: Bool = false
  /// Came back from a restart parked.
  public var recovered: Bool = false
  /// +1 for every change, +1,000 at an unclean start.
  public var revision: Int64 = 1
  public var label: String?
  /// Opaque handle, never personal data.
  public var member: String?
  public var externalReference: String?
  /// The bill that this one replaces.
  @Rare public var corrects: StubReference?
  /// What that bill counted for.
  @Rare public var offset: BillOffset?
  /// What was paid for it, as tenders of this one from the total on.
  public var carries: [Tender]?
  /// Ascending by id.
  public var lines: [Line] = []
  public var nextLine: Int32 = 1
  public var adjustments: [Adjustment] = []
  /// Ascending by id.
  public var tenders: [Tender] = []
  public var totals: Totals = Totals()
  /// Set between `stubSealed` and `salePaid` of a sale rung in one call.
  public var sealed: StubNumber?
  /// Set while it waits for a person.
  public var hold: SaleHold?
  /// Lines taken off so far, for the day's report.
  public var removedLines: Int64 = 0
  /// Σ estimated encoded sizes of the lines in bytes, and Σ sizes of their amounts; kept along, not stored.
  public package(set) var linesSize = 0
  public package(set) var linesVolume: Amount = .zero

  /// Memberwise.
  public init(
    id: String, kind: SaleKind, mode: SaleMode, currency: String, taxRounding: TaxRounding, lane: String, shift: String,
    businessDay: BusinessDay, openedAt: Int64, changedAt: Int64, `operator`: String? = nil,
    verifiedBy: VerifiedBy = .nobody, state: SaleState = .open, parked: Bool = false, recovered: Bool = false,
    revision: Int64 = 1, label: String? = nil, member: String? = nil, externalReference: String? = nil,
    corrects: StubReference? = nil, lines: [Line] = [], nextLine: Int32 = 1, adjustments: [Adjustment] = [],
    tenders: [Tender] = [], totals: Totals = Totals(), sealed: StubNumber? = nil, removedLines: Int64 = 0,
    offset: BillOffset? = nil, carries: [Tender]? = nil, hold: SaleHold? = nil
  ) {
    self.id = id
    self.kind = kind
    self.mode = mode
    self.currency = currency
    self.taxRounding = taxRounding
    self.lane = lane
    self.shift = shift
    self.businessDay = businessDay
    self.openedAt = openedAt
    self.changedAt = changedAt
    self.operator = `operator`
    self.verifiedBy = verifiedBy
    self.state = state
    self.parked = parked
    self.recovered = recovered
    self.revision = revision
    self.label = label
    self.member = member
    self.externalReference = externalReference
    self.corrects = corrects
    self.lines = lines
    self.nextLine = nextLine
    self.adjustments = adjustments
    self.tenders = tenders
    self.totals = totals
    self.sealed = sealed
    self.removedLines = removedLines
    self.offset = offset
    self.carries = carries
    self.hold = hold
  }

  /// Position of a line; O(log n).
  public func index(of line: LineID) -> Int? {
    var (low, high) = (0, lines.count)
    while low < high {
      let middle = (low + high) / 2
      if lines[middle].id < line { low = middle + 1 } else { high = middle }
    }
    return low < lines.count && lines[low].id == line ? low : nil
  }

  /// The line with this id.
  public func line(_ id: LineID) -> Line? { index(of: id).map { lines[$0] } }

  /// The tender with this id.
  public func tender(_ id: TenderID) -> Tender? { tenders.first { $0.id == id } }
}

extension Sale {
  /// An amount as a sentence has it: major units, `3.50`.
  func said(_ amount: Amount) -> String { Currency(code: currency)?.text(amount) ?? amount.description }
}

extension Till {
  /// The same in the box's currency.
  func said(_ amount: Amount) -> String { currency?.text(amount) ?? amount.description }
}
