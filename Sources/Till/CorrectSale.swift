import Money

/// Which payment a tender of kind carried stands for: the one that moved the money.
public struct CarriedPayment: Hashable, Sendable {
  /// Its tender on the stub that ``Tender/carriedFrom`` names.
  public var tender: TenderID
  /// How it is booked.
  public var kind: TenderKind
  public var provider: String?
  /// Of foreign cash.
  public var currency: String?
  /// Our number for it, when one was made.
  public var number: String?
  /// Of money that went back through its provider: the payment that it was.
  public var refund: RefundedPayment?
  /// The merchant account that it is of, where that is known.
  public var account: String?
  /// When it was ordered of its provider, UTC milliseconds, where that is known.
  public var startedAt: Int64?
  /// True: that is of a clock that was not trusted. nil: of one that was.
  public var timeUntrusted: Bool?

  /// Memberwise.
  public init(
    tender: TenderID, kind: TenderKind, provider: String? = nil, currency: String? = nil, number: String? = nil,
    refund: RefundedPayment? = nil, account: String? = nil, startedAt: Int64? = nil,
    timeUntrusted: Bool? = nil
  ) {
    self.timeUntrusted = timeUntrusted
    self.startedAt = startedAt
    self.account = account
    self.tender = tender
    self.kind = kind
    self.provider = provider
    self.currency = currency
    self.number = number
    self.refund = refund
  }
}

/// What a corrected bill counted for in all sums, as its stub says: what its correction takes off again.
public struct BillOffset: Hashable, Sendable {
  /// With sequence and hash.
  public var reference: StubReference
  public var totals: Totals
  /// Sums over its lines, sorted by code, rate, included.
  public var taxes: [TaxTotal]

  /// Memberwise.
  public init(reference: StubReference, totals: Totals, taxes: [TaxTotal]) {
    self.reference = reference
    self.totals = totals
    self.taxes = taxes
  }
}

/// What a correction (反结账) starts from.
struct CorrectedBill {
  let offset: BillOffset
  /// The payments of the old bill as tenders of the new one, ready to count.
  let carries: [Tender]
  let taxRounding: TaxRounding?
  let approval: String?
}

extension Till {
  /// The bill that a correction replaces; refused where it is not a finished sale that nothing came after.
  func corrected(
    by event: OpenSale, mode: SaleMode, draft: Draft, facts: [ClosedStubFacts]
  ) throws(Refusal) -> CorrectedBill? {
    guard let corrects = event.corrects else { return nil }
    guard let fact = facts.first(where: { $0.provenBy == nil && $0.reference.isMeant(by: corrects) }) else {
      throw .originalNotHere(box: corrects.box, proofs: [.local])
    }
    try CorrectedBillRules.check(fact, mode: mode, currency: identity?.currency)
    for sale in sales.values.sorted(by: { $0.id < $1.id }) {
      if let offset = sale.offset, offset.reference.isMeant(by: fact.reference) {
        throw .refused(.correction, text: "sale \(sale.id) is correcting stub \(fact.stub): go on with it, or void it")
      }
      for line in sale.lines where line.isProvenReturn && line.isOf(fact.reference) {
        throw .refused(
          .correction, text: "sale \(sale.id) takes back what stub \(fact.stub) sold: finish it, or void it first")
      }
    }
    let carries = try money { () throws(MoneyError) in try fact.carries }
    guard carries.count <= Limits.carried else { throw .limitExceeded(.tenders, maximum: Int64(Limits.carried)) }
    var approval: String?
    if mode == .normal {
      let need = ApprovalNeed(.correctSale, amount: fact.totals.total.magnitude)
      approval = try draft.approval(event.approval, need, subject: fact.stub.description, revision: 0)
    }
    let taxes = try money { () throws(MoneyError) in try fact.taxes }
    return CorrectedBill(
      offset: BillOffset(reference: fact.reference, totals: fact.totals, taxes: taxes), carries: carries,
      taxRounding: fact.taxRounding, approval: approval)
  }

  /// The unfinished correction of a stub.
  func correction(of reference: StubReference) -> Sale? {
    sales.values.first { $0.offset?.reference.isMeant(by: reference) == true }
  }

  /// Refuses what would change a bill that is, or is being, replaced by another one.
  func checkNotCorrected(_ fact: ClosedStubFacts) throws(Refusal) {
    if let number = fact.correctedBy {
      throw .refused(
        .correction, text: "stub \(fact.stub) was replaced by stub \(number), which stands in its place: name that one")
    }
    if let sale = correction(of: fact.reference) {
      throw .refused(.correction, text: "sale \(sale.id) is correcting stub \(fact.stub): finish it, or void it first")
    }
  }

  /// The rules for the lines of a sale. A correction is of the day of its bill: a tax code that stands there keeps the
  /// rate that it had.
  func pricingRules(for sale: Sale) -> PricingRules {
    var rules = pricingRules(sale.taxRounding)
    for tax in sale.offset?.taxes ?? [] {
      let rule = TaxRule(code: tax.code, rate: tax.rate, included: tax.included)
      if let index = rules.taxes.firstIndex(where: { $0.code == tax.code }) {
        rules.taxes[index] = rule
      } else {
        rules.taxes.append(rule)
      }
    }
    return rules
  }

  /// Counts the payments of the old bill for the new one, as it is totalled. When that is all, the sale ends with it.
  func carryOver(_ sale: Sale, draft: inout Draft) throws(Refusal) {
    guard let carries = sale.carries else { return }
    _ = try openShift(sale.lane)
    try checkOpenState(growth: carries.count * (Sizes.tender + Sizes.carried))
    var after = sale
    for tender in carries {
      after.put(tender)
      after.totals = try after.tenderedTotals()
      draft.add(
        .tenderApproved(
          TenderChanged(sale: sale.id, revision: sale.revision, tender: tender, totals: after.totals)))
    }
    guard after.isSettled else { return }
    try end(after, draft: &draft)
  }

  /// Takes the carried payments off a sale that goes back to editing: they count for the old bill again.
  func dropCarried(_ sale: Sale, why: String, draft: inout Draft) throws(Refusal) -> Sale {
    var after = sale
    after.revision += 1
    for index in after.tenders.indices where after.tenders[index].isCarried {
      after.tenders[index] = after.tenders[index].takingBack(why: why)
      after.totals = try after.tenderedTotals()
      draft.add(
        .tenderReversed(
          TenderChanged(sale: sale.id, revision: after.revision, tender: after.tenders[index], totals: after.totals)))
    }
    return after
  }
}

/// Which bills may be corrected.
enum CorrectedBillRules {
  static func check(_ fact: ClosedStubFacts, mode: SaleMode, currency: String?) throws(Refusal) {
    func refuse(_ text: String) -> Refusal { .refused(.correction, text: "stub \(fact.stub) \(text)") }
    guard fact.mode == mode else {
      throw .refused(.training, text: "the stub and the sale differ in training")
    }
    guard fact.currency == currency else { throw .refused(.currency, text: "the stub is in \(fact.currency)") }
    if let number = fact.correctedBy { throw refuse("was replaced by stub \(number): correct that one") }
    guard fact.form != .void else { throw refuse("is void: ring up a new sale") }
    guard fact.form != .refund, fact.kind == .sale || fact.kind == .correction else {
      throw refuse("took goods back: what is wrong in it is put right by a sale or a return of its own")
    }
    for line in fact.lines {
      let paid = try money { () throws(MoneyError) in try line.line.result.amount + line.line.result.adjustment }
      guard line.leftQuantity == line.line.quantity, line.leftAmount == paid else {
        throw refuse("had goods or money returned: return the rest and ring up what is right")
      }
    }
    // What its own correction gave back is among its payments; what went back otherwise would be carried over as paid.
    var own = fact
    (own.refunded, own.refunds) = ([:], [])
    own.takeRefunds(fact.tenders)
    guard fact.refunded == own.refunded else {
      throw refuse("had money given back through its provider: return the rest and ring up what is right")
    }
  }
}

extension Tender {
  /// True for a payment of a corrected bill that counts for this one.
  var isCarried: Bool { kind == .carried && state == .approved }

  /// By what it was paid, also when it was carried over.
  public var origin: TenderKind { carried?.kind ?? kind }

  /// The same as a payment of the bill that replaces its own.
  fileprivate func carried(as id: TenderID, from stub: StubReference) throws(MoneyError) -> Tender {
    let settled = try settled
    return Tender(
      id: id, kind: .carried, state: .approved, asked: try settled - cashRounding, approved: try approved - change,
      tip: tip, surcharge: surcharge, cashback: cashback, cashRounding: cashRounding, reference: reference,
      carriedFrom: carriedFrom ?? stub,
      carried: carried
        ?? CarriedPayment(
          tender: self.id, kind: kind, provider: provider, currency: foreign?.currency, number: number,
          refund: course?.refund, account: course?.account, startedAt: course?.startedAt,
          timeUntrusted: course?.timeUntrusted))
  }
}

extension ClosedStubFacts {
  /// Its payments as tenders of the bill that replaces it.
  fileprivate var carries: [Tender] {
    get throws(MoneyError) {
      var carries: [Tender] = []
      for tender in tenders where tender.state == .approved {
        carries.append(try tender.carried(as: TenderID(Int32(carries.count + 1)), from: reference))
      }
      return carries
    }
  }

  /// Sums of its taxes.
  fileprivate var taxes: [TaxTotal] {
    get throws(MoneyError) {
      var taxes: [TaxTotal] = []
      for line in lines {
        for tax in line.line.result.taxes {
          if let index = taxes.firstIndex(where: { $0.isRow(of: tax) }) {
            try taxes[index].base += tax.base
            try taxes[index].amount += tax.amount
          } else {
            let new = TaxTotal(
              code: tax.code, rate: tax.rate, included: tax.included, base: tax.base, amount: tax.amount)
            taxes.insert(new, at: taxes.firstIndex { new.comesBefore($0) } ?? taxes.count)
          }
        }
      }
      return taxes
    }
  }

  /// A line of a correction that takes over one of the bill: article and prices stand there.
  func takenOver(_ input: LineInput, line id: LineID) throws(Refusal) -> LineInput {
    guard let original = input.original, let sold = lines.first(where: { $0.line.id == original.line })?.line.input,
      sold.quantity > .zero
    else {
      throw .refused(.original, text: "line \(id) names a line that is not on the stub, or was a deposit given back")
    }
    // What a label or a person said a quantity costs says nothing of another one.
    guard sold.amount == nil || sold.quantity == input.quantity else {
      throw .refused(.quantity, text: "line \(id): the price was for \(sold.quantity.thousandths) thousandths only")
    }
    var frozen = sold
    (frozen.quantity, frozen.original) = (input.quantity, original)
    // The bill that a correction replaces is always one of this box.
    frozen.original?.proof = .local
    return frozen
  }
}

extension LineInput {
  /// True for a line of a correction that stood on the corrected bill: its price was decided there, for what it sold.
  var isTakenOver: Bool { original != nil && quantity > .zero }
}

extension Line {
  /// True for a line that names one of this stub.
  func isOf(_ reference: StubReference) -> Bool {
    input.original?.reference.isSame(as: reference) == true
  }
}

extension SalesTotals {
  /// Takes off what the corrected bill counted for; the correction has been added whole.
  mutating func takeOff(_ offset: BillOffset) throws(MoneyError) {
    let totals = offset.totals
    try gross -= totals.gross
    try adjustments -= totals.adjustments
    try net -= totals.net
    try tax -= totals.tax
    try liabilities -= totals.liabilities
    try total -= totals.total
    try cashRounding -= totals.cashRounding
    for tax in offset.taxes {
      try add(
        TaxResult(
          code: tax.code, rate: tax.rate, included: tax.included, base: try tax.base.negated(),
          amount: try tax.amount.negated()))
    }
  }
}
