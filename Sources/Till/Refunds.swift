import Money

/// The payment that a tender gives back, as the application names it.
public struct RefundOf: Hashable, Sendable {
  public var stub: StubReference
  public var tender: TenderID

  /// Memberwise.
  public init(stub: StubReference, tender: TenderID) {
    self.stub = stub
    self.tender = tender
  }
}

/// The payment that a tender gives back, with all that its provider must be told of it: nothing else is needed after a
/// restart.
public struct RefundedPayment: Hashable, Sendable {
  /// The finished sale that it paid.
  public var stub: StubReference
  /// The tender there.
  public var tender: TenderID
  /// Its order number.
  public var number: String
  /// What the provider took for that order.
  public var total: Amount

  /// Memberwise.
  public init(stub: StubReference, tender: TenderID, number: String, total: Amount) {
    self.stub = stub
    self.tender = tender
    self.number = number
    self.total = total
  }
}

extension Tender {
  /// True for money that goes back through a provider. It is never taken back: its course ends approved or declined.
  public var isRefund: Bool { course?.refund != nil }

  /// What it gave back, or may still; positive, zero when it is no refund or gave nothing. Where its provider says that
  /// another amount moved than was asked, it is that one, whatever of it counts.
  var givenBack: Amount {
    guard isRefund, wentBack || isDoubted || state.holdsBill else { return .zero }
    return course?.took ?? asked.magnitude
  }

  /// True for a refund of which its provider said that something went back, and a person then that nothing did: until the
  /// provider says so too, what it said does not go back once more.
  var isDoubted: Bool {
    guard isRefund, state == .declined, let course, course.verdict == .notPaid, let took = course.took else {
      return false
    }
    return took > .zero && course.test != .agrees
  }

  /// True for money that went back: it counts, or its provider says so against a person's word.
  var wentBack: Bool { state == .approved || isDeniedRefund }

  /// True for a refund that a person said did not go back, and its provider that it did.
  public var isDeniedRefund: Bool { isRefund && state == .declined && isDenied }

  /// A refund after an answer; nil: the answer says nothing new.
  ///
  /// A refund's number moves money once, however often the order goes out, so "no such refund" and "unknown" end nothing:
  /// the same number goes out again.
  func refunded(_ answer: ProviderAnswer, currency: String, at now: Int64) -> Tender? {
    switch state {
    case .intent, .pending, .unknown: break
    case .approved, .declined, .manual, .reversing, .reversed:
      return isUntested ? tested(answer, currency: currency, at: now) : nil
    }
    switch answer {
    case .approved(let amount, let theirs, let number):
      guard amount == asked.magnitude, theirs == currency else {
        return mismatched(amount, theirs, currency).named(number)
      }
      var tender = to(.approved, why: nil).named(number)
      tender.approved = asked
      return tender
    case .declined(let why): return to(.declined, why: why)
    case .notSent(let why): return unsent(why, .declined)
    case .closed: return to(.declined, why: "closed")
    case .pending: return state == .pending ? nil : to(.pending, why: nil)
    // What the provider has accepted stays accepted when it cannot say how it stands.
    case .unknown(let why): return state == .intent ? to(.unknown, why: why) : nil
    case .notFound: return state == .unknown ? nil : to(.unknown, why: "notFound")
    case .reversed: return to(.manual, why: "abnormal")
    }
  }

  /// Another amount went back than was asked: a person must look at it.
  private func mismatched(_ amount: Amount, _ theirs: String, _ currency: String) -> Tender {
    var tender = to(.manual, why: "refunded \(amount.minorUnits) \(theirs)")
    let isAmount = theirs == currency && amount >= .zero && amount <= Limits.largest
    tender.course?.took = isAmount ? amount : nil
    tender.course?.tookCurrency = Currency(code: theirs)?.code
    return tender
  }

  /// A refund that a person says went back: what moved counts, as far as the sale pays out as much, and the rest is due
  /// still. Behind a person's word that it did not go back it counts when no other money took its place that can come back.
  ///
  /// What went back beyond that cannot be taken back, and counts nowhere: its provider says so of the decision, and the
  /// next Z names it.
  func confirmed(in sale: Sale) throws(Refusal) -> Tender {
    // Until it is totalled again nobody knows what a sale pays out.
    guard sale.state == .tendering else {
      throw .wrongState(state: sale.state, parked: sale.parked, allowed: [.tendering])
    }
    let moved = givenBack
    guard moved > .zero else {
      throw .refused(.tender, text: "nothing of refund \(id) went back: decide it as not paid")
    }
    let room = try sale.room(for: self)
    var tender = to(.approved, why: Self.decidedWhy)
    tender.approved = Amount(-min(moved, room).minorUnits)
    tender.course?.verdict = .paid
    tender.course?.test = nil
    return tender
  }

  /// A refund as a person decided.
  func refundDecided(_ verdict: TenderVerdict) throws(Refusal) -> Tender {
    guard state == .pending || state == .unknown || state == .manual else {
      throw .refused(.tender, text: "refund \(id) is \(state.rawValue); there is nothing to decide")
    }
    var tender = to(verdict == .paid ? .approved : .declined, why: Self.decidedWhy)
    if verdict == .paid { tender.approved = asked }
    return tender
  }

  /// Refuses to take a refund back: money that a provider gave away never returns by a call.
  func checkMayBeTakenBack() throws(Refusal) {
    guard isRefund, state == .approved || state.holdsBill else { return }
    guard state == .approved else {
      throw .refused(
        .liveTender,
        text: "refund \(id) is \(state.rawValue) and is never taken back: \(wayOut)")
    }
    throw .refused(
      .tender, text: "refund \(id) gave the money back, which nothing undoes: pay the rest out by other means")
  }
}

extension ClosedStubFacts {
  /// Takes over what a later stub gave back of this one's payments; refunds of other stubs are passed over.
  public mutating func takeRefunds(_ tenders: [Tender]) {
    for tender in tenders where tender.wentBack {
      guard let refund = tender.course?.refund ?? tender.carried?.refund,
        let paid = self.tenders.first(where: { refund.isOf($0, on: reference) })?.id
      else { continue }
      if let at = tender.orderedAt { refundedAt[paid] = max(refundedAt[paid] ?? .min, at) }
      // A stub and a later record of its tender may say the same.
      if let number = tender.carried?.number ?? tender.number, !refunds.insert(number).inserted { continue }
      let moved = tender.isRefund ? tender.givenBack : tender.asked.magnitude
      refunded[paid] = Amount((refunded[paid] ?? .zero).minorUnits.saturated(adding: moved.minorUnits))
    }
  }
}

extension RefundedPayment {
  /// True when it is this tender of this stub, or the payment that the tender carries.
  func isOf(_ paid: Tender, on reference: StubReference) -> Bool {
    (paid.carriedFrom ?? reference).isSame(as: stub) && (paid.carried?.tender ?? paid.id) == tender
  }
}

extension Till {
  /// What a tender of a closed stub took and has not given back, by this box's finished sales and by those that are not
  /// finished. Of cash and external tenders: what they took; what of that was paid out is not told apart.
  public func leftToRefund(_ paid: Tender, of closed: ClosedStubFacts) throws(MoneyError) -> Amount {
    // The payments of a bill that was replaced are those of the one in its place.
    guard closed.correctedBy == nil else { return .zero }
    var left = try paid.approved - paid.change - (closed.refunded[paid.id] ?? .zero)
    for sale in sales.values where sale.mode == closed.mode {
      for tender in sale.tenders where tender.course?.refund?.isOf(paid, on: closed.reference) == true {
        if let number = tender.number, closed.refunds.contains(number) { continue }
        try left -= tender.givenBack
      }
    }
    for (number, pursuit) in pursuits
    where (pursuit.tender.isDeniedRefund || pursuit.tender.isDoubted) && !closed.refunds.contains(number) {
      if pursuit.tender.course?.refund?.isOf(paid, on: closed.reference) == true {
        try left -= pursuit.tender.givenBack
      }
    }
    return left
  }

  /// The stubs that must be known to decide the tender: the one whose payment goes back.
  package func refundStubs(_ event: AddTender) -> [StubReference] {
    guard event.tender.kind == .provider, let sale = sales[event.sale], sale.totals.due < .zero else { return [] }
    if let refundOf = event.tender.refundOf { return [refundOf.stub] }
    return sale.returnedStubs.count == 1 ? sale.returnedStubs : []
  }

  /// The payment that the tender gives back: the one that is named, else the only one there is.
  package func refundedPayment(
    _ event: AddTender, facts: [ClosedStubFacts]
  ) throws(Refusal) -> (closed: ClosedStubFacts, paid: Tender) {
    guard let sale = sales[event.sale] else { throw .noSuchSale(event.sale) }
    return try Refunds.payment(event.tender.refundOf, of: sale, facts: facts)
  }
}

extension Sale {
  /// Refuses to give more back to a stub's payments than its lines that come back are worth: of what else the sale takes
  /// back nobody knows how it was paid. A correction gives back what its bill was too much, whatever its lines.
  fileprivate func checkProven(_ asked: Amount, of closed: ClosedStubFacts) throws(Refusal) {
    guard offset == nil else { return }
    let (worth, left) = try money { () throws(MoneyError) in
      var worth = Amount.zero
      for line in lines where line.isProvenReturn && line.isOf(closed.reference) {
        try worth -= line.result.amount + line.result.adjustment
        for tax in line.result.taxes where !tax.included { try worth -= tax.amount }
      }
      var left = worth
      for tender in tenders {
        guard let refund = tender.course?.refund,
          closed.tenders.contains(where: { refund.isOf($0, on: closed.reference) })
        else { continue }
        try left -= tender.givenBack
      }
      return (worth, left)
    }
    guard asked.magnitude <= left else {
      throw .refused(
        .original,
        text: "what comes back of stub \(closed.stub) is worth \(said(worth)), and \(said(max(.zero, left))) of that "
          + "can still go back to its payments: pay the rest out in cash or as store credit")
    }
  }

  /// The stubs that its lines prove to return from, each once; of a correction the bill that it replaces.
  var returnedStubs: [StubReference] {
    if let offset { return [offset.reference] }
    var stubs: [StubReference] = []
    for line in lines where line.isProvenReturn {
      guard let reference = line.input.original?.reference,
        !stubs.contains(where: { $0.isSame(as: reference) })
      else { continue }
      stubs.append(reference)
    }
    return stubs
  }
}

/// What a refund may be.
enum Refunds {
  /// An intent: the order goes out when it is durable. Its number is burnt whatever becomes of it.
  static func make(
    _ input: TenderInput, asked: Amount, id: TenderID, sale: Sale, facts: [ClosedStubFacts], draft: inout Draft
  ) throws(Refusal) -> Tender {
    guard input.codeHash == nil, !input.show else {
      throw .refused(.tender, text: "money goes back to the payment that it came from; it needs no payment code")
    }
    let (till, now) = (draft.till, draft.stamp.at)
    let (closed, paid) = try payment(input.refundOf, of: sale, facts: facts)
    let name = paid.throughProvider ?? ""
    guard input.provider == nil || input.provider == name else {
      throw .refused(
        .tender, text: "tender \(paid.id) of stub \(closed.stub) was paid through \(name); it goes back only there")
    }
    guard let number = paid.carried?.number ?? paid.number, let policy = input.policy else {
      throw .refused(.tender, text: "the box has no provider \(name), through which tender \(paid.id) was paid")
    }
    guard input.givesRefunds else { throw .refused(.tender, text: "provider \(name) gives no refunds") }
    let account = paid.carried?.account ?? paid.course?.account
    try ProviderAccount.check(input.account, against: account, of: name)
    let left = try money { () throws(MoneyError) in try till.leftToRefund(paid, of: closed) }
    guard asked.magnitude <= left else {
      throw .overRefund(tender: paid.id, left: max(.zero, left).minorUnits)
    }
    try sale.checkProven(asked, of: closed)
    try input.refundLimits.check(
      paid.id, started: paid.orderedAt, last: till.lastRefund(of: paid, closed), at: draft.stamp)
    try till.checkLargest([asked])
    let most = Limits.most(Limits.orders, of: sale.mode)
    guard till.openOrders(sale.mode) < most else { throw .limitExceeded(.orders, maximum: Int64(most)) }
    let course = ProviderCourse(
      codeHash: "", startedAt: now, askUntil: now.saturated(adding: policy.window), reverseFrom: now,
      refund: RefundedPayment(
        stub: paid.carriedFrom ?? closed.reference, tender: paid.carried?.tender ?? paid.id, number: number,
        total: paid.approved), account: account ?? ProviderAccount.checked(input.account),
      timeUntrusted: draft.stamp.timeTrusted ? nil : true)
    return Tender(
      id: id, kind: .provider, state: .intent, asked: asked, number: try draft.orderNumber(), provider: name,
      reference: input.reference, course: course)
  }

  /// The payment that is named, else the only approved one of the only stub that the sale returns from.
  static func payment(
    _ refundOf: RefundOf?, of sale: Sale, facts: [ClosedStubFacts]
  ) throws(Refusal) -> (closed: ClosedStubFacts, paid: Tender) {
    let stubs = sale.returnedStubs
    guard !stubs.isEmpty else {
      throw .refused(
        .original, text: "no line of the sale proves what it returns; pay it out in cash or as store credit")
    }
    guard let named = refundOf?.stub ?? (stubs.count == 1 ? stubs.first : nil) else {
      throw .refused(.original, text: "the sale returns from \(stubs.count) stubs; say which payment goes back")
    }
    guard let closed = facts.first(where: { $0.provenBy == nil && $0.reference.isMeant(by: named) }) else {
      throw .originalNotHere(box: named.box, proofs: [.local])
    }
    guard stubs.contains(where: { closed.reference.isSame(as: $0) }) else {
      throw .refused(.original, text: "no line of the sale returns from stub \(closed.stub)")
    }
    if let number = closed.correctedBy {
      throw .refused(
        .correction, text: "stub \(closed.stub) was replaced by stub \(number): return what that one sold")
    }
    guard closed.mode == sale.mode, closed.form != .void else {
      throw .refused(.original, text: "stub \(closed.stub) took no money that can go back")
    }
    guard closed.currency == sale.currency else {
      throw .refused(.currency, text: "stub \(closed.stub) is in \(closed.currency)")
    }
    if let id = refundOf?.tender {
      guard let paid = closed.tenders.first(where: { $0.id == id }) else {
        throw .noSuchTender(sale: closed.sale, tender: id)
      }
      guard paid.isProviderPayment else {
        throw .refused(.tender, text: "tender \(id) of stub \(closed.stub) is no payment through a provider")
      }
      return (closed, paid)
    }
    let paid = closed.tenders.filter(\.isProviderPayment)
    guard let only = paid.first, paid.count == 1 else {
      throw .refused(
        .tender,
        text: paid.isEmpty
          ? "stub \(closed.stub) was not paid through a provider"
          : "stub \(closed.stub) was paid by \(paid.count) payments through providers; say which one goes back")
    }
    return (closed, only)
  }
}

extension Tender {
  /// True for money that a provider took.
  fileprivate var isProviderPayment: Bool { origin == .provider && state == .approved && approved > .zero }

  /// Through which provider it was paid, also when it was carried over.
  public var throughProvider: String? { carried?.provider ?? provider }
}
