import Money

/// Says how a tender of a finished sale was paid in truth. Books only: no money moves, and the stub stays as it is.
public struct CorrectTender: Hashable, Sendable {
  public var stub: StubReference
  public var tender: TenderID
  /// cash or external.
  public var kind: TenderKind
  /// Terminal, wallet or channel of an external one.
  public var provider: String?
  /// Their number for it.
  public var reference: String?
  public var reason: String
  public var approval: String?

  /// Memberwise.
  public init(
    stub: StubReference, tender: TenderID, kind: TenderKind, provider: String? = nil, reference: String? = nil,
    reason: String, approval: String? = nil
  ) {
    self.stub = stub
    self.tender = tender
    self.kind = kind
    self.provider = provider
    self.reference = reference
    self.reason = reason
    self.approval = approval
  }
}

/// A tender of a sealed stub counts with another kind from now on.
public struct TenderCorrected: Hashable, Sendable {
  public var stub: StubReference
  public var sale: String
  public var tender: TenderID
  /// How it counted before, earlier corrections included.
  public var from: TenderKey
  /// How it counts now.
  public var to: TenderKey
  /// What moves from the one row to the other: approved − change.
  public var amount: Amount
  /// Their number for it.
  public var reference: String?
  public var reason: String
  public var approval: String?
  /// The stub's shift while it is open: its sums follow. The day's always do.
  public var shift: String?
  /// The shift whose drawer took the money, while it is open: what it expects follows.
  public var expectedBy: String?

  /// Memberwise.
  public init(
    stub: StubReference, sale: String, tender: TenderID, from: TenderKey, to: TenderKey, amount: Amount,
    reference: String? = nil, reason: String, approval: String? = nil, shift: String? = nil, expectedBy: String? = nil
  ) {
    self.stub = stub
    self.sale = sale
    self.tender = tender
    self.from = from
    self.to = to
    self.amount = amount
    self.reference = reference
    self.reason = reason
    self.approval = approval
    self.shift = shift
    self.expectedBy = expectedBy
  }
}

extension Till {
  func decideCorrectTender(_ event: CorrectTender, _ context: Context) throws(Refusal) -> Decision {
    try StubRules.check(event.stub)
    try TextRules.require(event.reason, "reason")
    try TextRules.checkShort(event.reference, "reference")
    try Tendering.checkProvider(event.provider)
    try checkVolume()
    guard let facts = context.facts.first(where: { $0.provenBy == nil && $0.reference.isMeant(by: event.stub) }) else {
      throw .originalNotHere(box: event.stub.box, proofs: [.local])
    }
    guard let tender = facts.tenders.first(where: { $0.id == event.tender }) else {
      throw .noSuchTender(sale: facts.sale, tender: event.tender)
    }
    try checkNotCorrected(facts)
    let to = try CorrectionRules.check(event, tender)
    let moved = try money { () throws(MoneyError) in try tender.approved - tender.change }
    let lane = facts.lane.flatMap { configuration.lane($0) }
    var draft = Draft(self, context, lane: lane?.name)
    var corrected = TenderCorrected(
      stub: facts.reference, sale: facts.sale, tender: tender.id, from: tender.key, to: to, amount: moved,
      reference: event.reference, reason: event.reason)
    if facts.mode == .normal {
      let need = ApprovalNeed(.correctTender, amount: moved.magnitude)
      corrected.approval = try draft.approval(
        event.approval, need, subject: facts.stub.description, revision: 0)
      corrected.shift = shifts[facts.shift]?.id
      corrected.expectedBy = shifts[tender.shift ?? facts.shift]?.id
    }
    draft.add(.tenderCorrected(corrected))
    return draft.decision()
  }

  /// One row's money becomes another's: of the day, and of the shifts that are not closed over it.
  mutating func applyTenderCorrected(_ corrected: TenderCorrected) throws(ApplyError) {
    use(corrected.approval)
    guard StubNumber(corrected.stub.stub)?.mode == .normal else { return }
    try recorded { () throws(MoneyError) in
      try grand.volume += corrected.amount.magnitude
      try day.move(corrected)
      if let shift = corrected.shift.flatMap({ shifts.index(forKey: $0) }) {
        try shifts.values[shift].totals.move(corrected)
      }
      if let shift = corrected.expectedBy.flatMap({ shifts.index(forKey: $0) }) {
        try shifts.values[shift].expect(try corrected.amount.negated(), corrected.from)
        try shifts.values[shift].expect(corrected.amount, corrected.to)
      }
    }
  }
}

/// What a correction may say.
enum CorrectionRules {
  /// The row that the tender then counts in.
  static func check(_ event: CorrectTender, _ tender: Tender) throws(Refusal) -> TenderKey {
    guard tender.state == .approved else {
      throw .refused(.tender, text: "tender \(tender.id) is \(tender.state.rawValue); only an approved one counts")
    }
    // Of the others the box, a provider or an earlier stub knows better than a person.
    for kind in [tender.kind, event.kind] where kind != .cash && kind != .external {
      throw .refused(
        .tenderKind, text: "only cash and external tenders are taken for one another; \(kind.rawValue) is proven")
    }
    guard tender.foreign == nil else {
      throw .refused(.foreign, text: "tender \(tender.id) is foreign cash, which only a drawer takes")
    }
    guard event.kind == .external || event.provider == nil && event.reference == nil else {
      throw .refused(.tender, text: "cash has no provider and no number")
    }
    guard event.kind == .external || tender.cashback.isZero else {
      throw .refused(.tender, text: "tender \(tender.id) paid cash out, which cash never does")
    }
    let to = TenderKey(kind: event.kind, provider: event.provider)
    guard to != tender.key else { throw .refused(.tender, text: "tender \(tender.id) is booked as \(to) already") }
    return to
  }
}

extension SalesTotals {
  /// Takes a tender out of one row and counts it in another; what is paid in all stays.
  mutating func move(_ corrected: TenderCorrected) throws(MoneyError) {
    try count(corrected.from, -1, try corrected.amount.negated())
    try count(corrected.to, 1, corrected.amount)
    var tally = correctedTenders ?? Tally()
    try tally.add(corrected.amount)
    correctedTenders = tally
  }
}

extension ClosedStubFacts {
  /// Takes a correction of one of its tenders over; one of another stub is passed over.
  public mutating func take(_ corrected: TenderCorrected) {
    guard corrected.stub.isSame(as: reference),
      let index = tenders.firstIndex(where: { $0.id == corrected.tender })
    else { return }
    (tenders[index].kind, tenders[index].provider) = (corrected.to.kind, corrected.to.provider)
    tenders[index].reference = corrected.reference
  }
}
