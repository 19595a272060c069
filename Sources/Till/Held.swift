import Money

/// Why a sale waits for a person.
public enum HeldWhy: String, Sendable, CaseIterable {
  /// The provider took another amount, or another currency, than was asked.
  case otherAmount
  /// The order was cancelled, and the customer paid it all the same.
  case paidAfterCancel
}

/// What a person decides about a held sale.
public enum HeldResolution: String, Sendable, CaseIterable {
  /// The money that moved counts.
  case complete
  /// It goes back, and the bill is due again.
  case refund
  /// It goes back, and the sale ends without payment.
  case void
}

/// That a sale waits for a person, and for what.
public struct SaleHold: Hashable, Sendable {
  public var why: HeldWhy
  /// The tender that it is about.
  public var tender: TenderID
  /// UTC milliseconds.
  public var since: Int64

  /// Memberwise.
  public init(why: HeldWhy, tender: TenderID, since: Int64) {
    self.why = why
    self.tender = tender
    self.since = since
  }
}

/// A sale waits for a person from now on.
public struct SaleHeld: Hashable, Sendable {
  public var sale: String
  public var revision: Int64
  public var why: HeldWhy
  /// The tender that it is about.
  public var tender: TenderID
  public var totals: Totals
  public var parked: Bool = false

  /// Memberwise.
  public init(
    sale: String, revision: Int64, why: HeldWhy, tender: TenderID, totals: Totals, parked: Bool = false
  ) {
    self.sale = sale
    self.revision = revision
    self.why = why
    self.tender = tender
    self.totals = totals
    self.parked = parked
  }
}

/// A person decided about a held sale. What becomes of its money, and of the sale, is in the records behind this one.
public struct HeldResolved: Hashable, Sendable {
  public var sale: String
  public var revision: Int64
  /// The tender that it is about.
  public var tender: TenderID
  public var resolution: HeldResolution
  /// How the person knows.
  public var evidence: String
  public var approval: String
  /// Who gave the approval.
  public var approver: String
  public var totals: Totals
  public var parked: Bool = false

  /// Memberwise.
  public init(
    sale: String, revision: Int64, tender: TenderID, resolution: HeldResolution, evidence: String, approval: String,
    approver: String, totals: Totals, parked: Bool = false
  ) {
    self.sale = sale
    self.revision = revision
    self.tender = tender
    self.resolution = resolution
    self.evidence = evidence
    self.approval = approval
    self.approver = approver
    self.totals = totals
    self.parked = parked
  }
}

/// A person decides about a held sale.
public struct ResolveSale: Hashable, Sendable {
  public var sale: String
  public var revision: Int64?
  public var resolution: HeldResolution
  public var evidence: String
  /// The provider's number for the money, where it is known.
  public var reference: String?
  public var approval: String?

  /// Memberwise.
  public init(
    sale: String, revision: Int64? = nil, resolution: HeldResolution, evidence: String, reference: String? = nil,
    approval: String? = nil
  ) {
    self.sale = sale
    self.revision = revision
    self.resolution = resolution
    self.evidence = evidence
    self.reference = reference
    self.approval = approval
  }
}

extension Sale {
  /// The tender that a person must decide about; nil: none. A journal of before sales were held has it in a sale that is
  /// still tendering.
  var decidable: TenderID? {
    if let hold { return hold.tender }
    return state == .tendering ? tenders.first { $0.state == .manual && !$0.isRefund }?.id : nil
  }

  /// The same, decided.
  fileprivate var released: Sale {
    var sale = self
    (sale.state, sale.hold) = (.tendering, nil)
    return sale
  }
}

extension Till {
  func decideResolve(_ event: ResolveSale, _ context: Context) throws(Refusal) -> Decision {
    let sale = try sale(event.sale, revision: event.revision, [.held, .tendering], parkedToo: true)
    guard let id = sale.decidable, let tender = sale.tender(id) else {
      throw .wrongState(state: sale.state, parked: sale.parked, allowed: [.held])
    }
    try TextRules.require(event.evidence, "evidence")
    try TextRules.checkShort(event.reference, "reference")
    var next = try tender.resolved(event, sale: sale)
    if event.resolution == .complete { next.course?.decidedAt = context.stamp.at }
    // What is handed back comes out of somebody's drawer.
    if event.resolution == .void {
      for tender in sale.tenders { try tender.checkMayBeTakenBack() }
      if sale.tenders.contains(where: \.movesCash) { _ = try openShift(sale.lane) }
    }
    var draft = Draft(self, context, lane: sale.lane)
    let whole = event.resolution == .void ? max(tender.atStake, sale.totals.total.magnitude) : tender.atStake
    let released = try release(
      sale, id, event.resolution, as: ApprovedDecision(event.resolution), evidence: event.evidence, amount: whole,
      approval: event.approval, draft: &draft)
    switch event.resolution {
    case .complete, .refund:
      if next != tender { try settle(next, of: released, draft: &draft) }
    case .void:
      try voidTotalled(released, reason: event.evidence, approval: nil, draft: &draft)
    }
    return draft.decision()
  }

  /// Records a person's decision; the sale goes on.
  func release(
    _ sale: Sale, _ tender: TenderID, _ resolution: HeldResolution, as decision: ApprovedDecision, evidence: String,
    amount: Amount, approval: String?, draft: inout Draft
  ) throws(Refusal) -> Sale {
    let need = ApprovalNeed(deciding: tender, decision, amount: amount)
    let approval = try draft.approval(approval, need, subject: sale.id, revision: sale.revision)
    draft.add(
      .heldResolved(
        HeldResolved(
          sale: sale.id, revision: sale.revision + 1, tender: tender, resolution: resolution, evidence: evidence,
          approval: approval, approver: approvals[approval]?.approver ?? "", totals: sale.totals,
          parked: sale.parked)))
    return sale.released
  }

  mutating func applyHeld(_ held: SaleHeld, _ stamp: Stamp) throws(ApplyError) {
    try change(held.sale, held.revision, stamp) { (sale) throws(ApplyError) in
      guard sale.state == .tendering else { throw .reason("the sale is \(sale.state.rawValue)") }
      guard sale.tender(held.tender) != nil else { throw .reason("tender \(held.tender) is not there") }
      sale.state = .held
      sale.hold = SaleHold(why: held.why, tender: held.tender, since: stamp.at)
    }
  }

  mutating func applyResolved(_ resolved: HeldResolved, _ stamp: Stamp) throws(ApplyError) {
    try change(resolved.sale, resolved.revision, stamp) { (sale) throws(ApplyError) in
      guard sale.decidable == resolved.tender else { throw .reason("the sale is \(sale.state.rawValue)") }
      sale = sale.released
    }
    use(resolved.approval)
  }
}

extension Sale {
  /// What it waits for, the tender as it is now, and what can be decided.
  public var waiting: (SaleHold, Tender?, [HeldResolution])? {
    guard let hold else { return nil }
    let tender = tender(hold.tender)
    let counts = (try? tender?.counted(in: self)) != nil
    return (hold, tender, HeldResolution.allCases.filter { counts || $0 != .complete })
  }
}

extension Tender {
  /// Why a sale is held for it.
  func heldWhy(in sale: Sale) -> HeldWhy {
    course?.took == asked && course?.tookCurrency == sale.currency ? .paidAfterCancel : .otherAmount
  }

  /// The money that a person decides about: what was asked, and what its provider took where that is more.
  var atStake: Amount { max(asked.magnitude, course?.took?.magnitude ?? .zero) }

  /// Of money that its provider took and that a person must decide about.
  func held(_ amount: Amount, _ theirs: String, why: String) -> Tender {
    var tender = to(.manual, why: why)
    tender.course?.taken = true
    let isAmount = amount > .zero && amount <= Limits.largest
    tender.course?.took = isAmount ? amount : nil
    tender.course?.tookCurrency = Currency(code: theirs)?.code
    return tender
  }

  /// The tender as the decision makes it.
  fileprivate func resolved(_ event: ResolveSale, sale: Sale) throws(Refusal) -> Tender {
    var tender = self
    if event.resolution == .complete {
      tender = try counted(in: sale)
    } else if state == .manual {
      tender = takingBack(why: "held")
    } else {
      // The provider gave it back in the meantime.
      return self
    }
    tender.reference = event.reference ?? reference
    return tender
  }

  /// The tender with what its provider took, as far as the bill has room for it.
  fileprivate func counted(in sale: Sale) throws(Refusal) -> Tender {
    guard state == .manual else {
      throw .refused(.tender, text: "tender \(id) is \(state.rawValue), there is no money to count: refund or void")
    }
    guard let took = course?.took, course?.tookCurrency == sale.currency else {
      throw .refused(
        .currency, text: "what the provider took is no amount in \(sale.currency): give it back with refund or void")
    }
    var tender = to(.approved, why: Self.decidedWhy)
    tender.approved = took
    tender.course?.verdict = .paid
    tender.course?.test = nil
    var after = sale
    after.put(tender)
    let due = try after.tenderedTotals().due
    guard due >= .zero else {
      let most = try money { () throws(MoneyError) in try took + due }
      throw .refused(
        .overpayment,
        text: "the provider took \(sale.said(took)), more than the \(sale.said(most)) that is due: give it back with "
          + "refund and take the right amount, or void the sale")
    }
    return tender
  }
}
