/// What an event did to a sale, from its records alone, so that an answer is rebuilt and never stored.
public struct SaleChange: Hashable, Sendable {
  public var sale: String
  public var revision: Int64
  public var state: SaleState
  public var parked: Bool = false
  public var totals: Totals
  public var stub: StubNumber?

  /// Memberwise.
  public init(
    sale: String, revision: Int64, state: SaleState, parked: Bool = false, totals: Totals, stub: StubNumber? = nil
  ) {
    self.sale = sale
    self.revision = revision
    self.state = state
    self.parked = parked
    self.totals = totals
    self.stub = stub
  }

  /// nil when the records concern no sale.
  public init?(_ records: [Record]) {
    var change: SaleChange?
    for record in records {
      guard var next = SaleChange(record.fact) else { continue }
      if let before = change {
        next.stub = next.stub ?? before.stub
        next.parked = next.parked || before.parked
        // Rung in one call: the stub comes first, the payment after.
        if before.state == .completed || before.state == .voided { next.state = before.state }
      }
      change = next
    }
    guard let change else { return nil }
    self = change
  }

  private init?(_ fact: Fact) {
    switch fact {
    case .saleOpened(let r): self.init(sale: r.sale, revision: r.revision, state: .open, totals: Totals())
    case .linesAdded(let r): self.init(sale: r.sale, revision: r.revision, state: .open, totals: r.totals)
    case .lineChanged(let r): self.init(sale: r.sale, revision: r.revision, state: .open, totals: r.totals)
    case .lineRemoved(let r): self.init(sale: r.sale, revision: r.revision, state: .open, totals: r.totals)
    case .adjustmentsSet(let r): self.init(sale: r.sale, revision: r.revision, state: .open, totals: r.totals)
    case .partySet(let r):
      self.init(sale: r.sale, revision: r.revision, state: .open, totals: r.totals)
    case .saleParked(let r):
      self.init(sale: r.sale, revision: r.revision, state: r.state, parked: true, totals: r.totals)
    case .saleUnparked(let r): self.init(sale: r.sale, revision: r.revision, state: r.state, totals: r.totals)
    case .saleTotaled(let r): self.init(sale: r.sale, revision: r.revision, state: .tendering, totals: r.totals)
    case .saleReopened(let r): self.init(sale: r.sale, revision: r.revision, state: .open, totals: r.totals)
    case .saleVoided(let r):
      self.init(sale: r.sale, revision: r.revision, state: .voided, totals: r.totals, stub: r.stub)
    case .saleHeld(let r):
      self.init(sale: r.sale, revision: r.revision, state: .held, parked: r.parked, totals: r.totals)
    case .heldResolved(let r):
      self.init(sale: r.sale, revision: r.revision, state: .tendering, parked: r.parked, totals: r.totals)
    case .tenderApproved(let r), .tenderDeclined(let r), .tenderUnknown(let r), .tenderReversed(let r):
      self.init(sale: r.sale, revision: r.revision, state: r.saleState, parked: r.parked, totals: r.totals)
    case .salePaid(let r): self.init(sale: r.sale, revision: r.revision, state: .paid, totals: r.totals)
    case .stubSealed(let r):
      self.init(
        sale: r.sale, revision: r.revision, state: r.form == .void ? .voided : .completed, totals: r.totals,
        stub: r.stub)
    default: return nil
    }
  }
}
