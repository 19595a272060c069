/// What an event did to a sale, from its records alone, so that an answer is rebuilt and never stored.
public struct SaleChange: Hashable, Sendable {
  public var sale: String
  public var revision: Int64
  public var state: SaleState
  public var parked: Bool
  public var totals: Totals
  /// The stub that it sealed.
  public var stub: StubNumber?
  /// Edits of an open basket only: they are answered before they are durable.
  public var isEdit: Bool

  /// nil when the records concern no sale.
  public init?(_ records: [Record]) {
    var change: SaleChange?
    for record in records {
      guard let step = Step(record.fact) else { continue }
      if change == nil { change = SaleChange(step) } else { change?.take(step) }
    }
    guard let change else { return nil }
    self = change
  }

  private init(_ first: Step) {
    (sale, revision, parked, isEdit) = (first.sale, first.revision, first.parked, first.isEdit)
    (state, totals, stub) = (first.state ?? .open, first.totals ?? Totals(), first.stub)
  }

  /// The last word counts; what a record does not say stays.
  private mutating func take(_ step: Step) {
    revision = max(revision, step.revision)
    parked = step.parked
    state = step.state ?? state
    totals = step.totals ?? totals
    stub = step.stub ?? stub
    isEdit = isEdit && step.isEdit
  }

  /// What one record says of its sale; nil where it says nothing.
  private struct Step {
    let sale: String
    let revision: Int64
    var state: SaleState?
    var totals: Totals?
    var parked = false
    var stub: StubNumber?
    var isEdit = false

    init(_ sale: String, _ revision: Int64) { (self.sale, self.revision) = (sale, revision) }

    init(_ sale: String, _ revision: Int64, _ state: SaleState, _ totals: Totals, parked: Bool = false) {
      self.init(sale, revision)
      (self.state, self.totals, self.parked) = (state, totals, parked)
    }

    init(edit sale: String, _ revision: Int64, _ totals: Totals) {
      self.init(sale, revision, .open, totals)
      isEdit = true
    }

    init?(_ fact: Fact) {
      if let it = fact.tender {
        self.init(it.sale, it.revision, it.saleState, it.totals, parked: it.parked)
        return
      }
      switch fact {
      case .saleOpened(let it):
        self.init(it.sale, it.revision)
        state = .open
      case .linesAdded(let it): self.init(edit: it.sale, it.revision, it.totals)
      case .lineChanged(let it): self.init(edit: it.sale, it.revision, it.totals)
      case .lineRemoved(let it): self.init(edit: it.sale, it.revision, it.totals)
      case .adjustmentsSet(let it): self.init(edit: it.sale, it.revision, it.totals)
      case .partySet(let it): self.init(edit: it.sale, it.revision, it.totals)
      case .saleTotaled(let it): self.init(it.sale, it.revision, .tendering, it.totals)
      case .saleReopened(let it): self.init(it.sale, it.revision, .open, it.totals)
      case .saleParked(let it): self.init(it.sale, it.revision, it.state, it.totals, parked: true)
      case .saleUnparked(let it): self.init(it.sale, it.revision, it.state, it.totals)
      case .saleHeld(let it): self.init(it.sale, it.revision, .held, it.totals, parked: it.parked)
      case .heldResolved(let it): self.init(it.sale, it.revision, .tendering, it.totals, parked: it.parked)
      case .saleVoided(let it): self.init(it.sale, it.revision, .voided, it.totals)
      case .salePaid(let it): self.init(it.sale, it.revision, .completed, it.totals)
      case .stubSealed(let it):
        // How it ended says the record behind it.
        self.init(it.sale, it.revision)
        (totals, stub) = (it.totals, it.stub)
      default: return nil
      }
    }
  }
}
