import Money

/// What is left of a line of a closed stub.
public struct ClosedLine: Hashable, Sendable {
  /// The line with its frozen result.
  public var line: Line
  /// What has not come back yet.
  public var leftQuantity: Quantity
  /// The part of amount + adjustment not given back yet.
  public var leftAmount: Amount
  /// The part of each tax not given back yet, in the order of the result's taxes.
  public var leftTaxes: [Amount]

  /// Memberwise.
  public init(line: Line, leftQuantity: Quantity, leftAmount: Amount, leftTaxes: [Amount]) {
    self.line = line
    self.leftQuantity = leftQuantity
    self.leftAmount = leftAmount
    self.leftTaxes = leftTaxes
  }
}

/// What the journal knows of a closed stub when an event names it.
public struct ClosedStubFacts: Hashable, Sendable {
  /// With sequence and hash.
  public var reference: StubReference
  public var stub: StubNumber
  public var form: StubForm
  public var sale: String
  public var mode: SaleMode
  public var currency: String
  public var lane: String?
  /// Ascending by id.
  public var lines: [ClosedLine]
  /// As they are booked now, corrections included.
  public var tenders: [Tender] = []
  /// What of a tender's money later sales gave back through its provider; positive.
  public var refunded: [TenderID: Amount] = [:]
  /// When the newest of these was ordered, UTC milliseconds.
  public var refundedAt: [TenderID: Int64] = [:]
  /// The order numbers of these refunds.
  public var refunds: Set<String> = []
  /// The shift that the stub is of.
  public var shift: String = ""
  /// Attempts that durably started so far, by document.
  public var starts: [DocumentKind: Int64] = [:]
  public var kind: SaleKind = .sale
  public var totals: Totals = Totals()
  public var taxRounding: TaxRounding?
  /// The stub that replaced it: then nothing of it is left.
  public var correctedBy: StubNumber?
  /// The verifier key that proved it, of another box's stub; nil: this journal holds it.
  public var provenBy: String?

  /// Memberwise.
  public init(
    reference: StubReference, stub: StubNumber, form: StubForm, sale: String, mode: SaleMode, currency: String,
    lane: String? = nil, lines: [ClosedLine], tenders: [Tender] = [], shift: String = "",
    starts: [DocumentKind: Int64] = [:], kind: SaleKind = .sale, totals: Totals = Totals(),
    taxRounding: TaxRounding? = nil, correctedBy: StubNumber? = nil
  ) {
    self.reference = reference
    self.stub = stub
    self.form = form
    self.sale = sale
    self.mode = mode
    self.currency = currency
    self.lane = lane
    self.lines = lines
    self.tenders = tenders
    self.shift = shift
    self.starts = starts
    self.kind = kind
    self.totals = totals
    self.taxRounding = taxRounding
    self.correctedBy = correctedBy
  }
}
