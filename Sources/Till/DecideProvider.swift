import Money

extension Till {
  /// What a provider said becomes a record when it is news; refused when not.
  func decideTenderAnswered(_ event: TenderAnswered, _ context: Context) throws(Refusal) -> Decision {
    if let pursuit = pursuits[event.number] ?? watched[event.number] {
      let currency = identity?.currency ?? ""
      guard let tender = pursuit.tender.after(event.answer, currency: currency, at: context.stamp.at) else {
        throw .refused(.tender, text: "nothing new of tender \(event.tender)")
      }
      var draft = Draft(self, context, lane: pursuit.lane)
      draft.add(Fact(tender: pursuit.changed(to: tender.watched(at: context.stamp.at)), was: pursuit.tender))
      return draft.decision()
    }
    let (sale, tender) = try providerTender(event.sale, event.tender, event.number)
    let paid = tender.paidWhileClosing(event.answer, in: sale)
    guard var next = paid ?? tender.after(event.answer, currency: sale.currency, at: context.stamp.at) else {
      throw .refused(.tender, text: "nothing new of tender \(event.tender)")
    }
    next.course?.learn(event)
    var draft = Draft(self, context, lane: sale.lane)
    try settle(next.watched(at: context.stamp.at), of: sale, draft: &draft)
    return draft.decision()
  }

  /// An order's account is kept as soon as it is known: whoever answers at the address behind a restart may be another one.
  func decideTenderAddressed(_ event: TenderAddressed, _ context: Context) throws(Refusal) -> Decision {
    let (sale, tender) = try providerTender(event.sale, event.tender, event.number)
    guard tender.state == .intent, tender.course?.account == nil, let account = ProviderAccount.checked(event.account)
    else { throw .refused(.tender, text: "nothing new of tender \(event.tender)") }
    var next = tender
    next.course?.account = account
    var draft = Draft(self, context, lane: sale.lane)
    try settle(next, of: sale, draft: &draft)
    return draft.decision()
  }

  /// A person looked it up where the box cannot: what is decided counts at once. The provider is asked on, and what it
  /// says otherwise is kept beside the decision.
  func decideDecideTender(_ event: DecideTender, _ context: Context) throws(Refusal) -> Decision {
    if let decision = try decideOutlived(event, context) { return decision }
    let sale = try sale(event.sale, revision: event.revision, [.open, .tendering, .held], parkedToo: true)
    guard let tender = sale.tender(event.tender) else { throw .noSuchTender(sale: sale.id, tender: event.tender) }
    try TextRules.require(event.reason, "reason")
    try TextRules.checkShort(event.reference, "reference")
    var next =
      event.verdict == .paid && (tender.isDeniedRefund || tender.isRefund && tender.state == .manual)
      ? try tender.confirmed(in: sale) : try tender.decided(event.verdict)
    next.reference = event.reference ?? tender.reference
    next.course?.decidedAt = context.stamp.at
    var draft = Draft(self, context, lane: sale.lane)
    if tender.state == .manual, !tender.isRefund {
      // The sale waits for this very word.
      let released = try release(
        sale, tender.id, .refund, as: ApprovedDecision(event.verdict), evidence: event.reason, amount: tender.atStake,
        approval: event.approval, draft: &draft)
      try settle(next, of: released, reason: event.reason, draft: &draft)
      return draft.decision()
    }
    guard sale.state != .held else {
      throw .wrongState(state: .held, parked: sale.parked, allowed: [.open, .tendering])
    }
    let need = ApprovalNeed(deciding: tender.id, ApprovedDecision(event.verdict), amount: tender.atStake)
    let approval = try draft.approval(event.approval, need, subject: sale.id, revision: sale.revision)
    try settle(next, of: sale, reason: event.reason, approval: approval, draft: &draft)
    return draft.decision()
  }

  /// The time to ask is over: what cannot be known is taken back.
  func decideGiveUpTender(_ event: GiveUpTender, _ context: Context) throws(Refusal) -> Decision {
    if event.isLastWord { return try decideLastWord(event, context) }
    if let alarm = event.alarm { return try decideAlarm(alarm, of: event, context) }
    let (sale, tender) = try providerTender(event.sale, event.tender, event.number)
    guard !tender.isRefund, tender.state == .pending || tender.state == .unknown else {
      throw .refused(.tender, text: "tender \(tender.id) is \(tender.state.rawValue)")
    }
    var draft = Draft(self, context, lane: sale.lane)
    try settle(tender.to(.reversing, why: Tender.timeIsOver), of: sale, draft: &draft)
    return draft.decision()
  }

  private func providerTender(
    _ id: String, _ tender: TenderID, _ number: String
  ) throws(Refusal) -> (Sale, Tender) {
    guard let sale = sales[id] else { throw .noSuchSale(id) }
    guard let found = sale.tender(tender), found.kind == .provider, found.number == number else {
      throw .noSuchTender(sale: id, tender: tender)
    }
    return (sale, found)
  }
}

extension Till {
  mutating func applyPursuit(_ changed: TenderChanged, _ number: String) {
    if let late = watched.removeValue(forKey: number) { pursuits[number] = late }
    pursuits[number]?.tender = changed.tender
    use(changed.approval)
    guard !changed.tender.isFollowed, !changed.tender.isForTheZ else { return }
    if let over = pursuits.removeValue(forKey: number) { watch(over) }
  }

  /// A Z names what a provider denies, and what nobody confirmed; then it is somebody's to settle.
  mutating func closePursuits() {
    for (number, pursuit) in pursuits where pursuit.tender.isForTheZ { pursuits[number] = nil }
  }

  /// A sale is over; what of it is still being taken back, or must be confirmed, goes on by itself.
  @discardableResult
  mutating func finish(_ id: String) -> Sale? {
    guard let sale = sales.removeValue(forKey: id) else { return nil }
    for tender in sale.tenders {
      guard let number = tender.number else { continue }
      let over = Pursuit(
        sale: sale.id, revision: sale.revision, lane: sale.lane, tender: tender, totals: sale.totals,
        mode: sale.mode == .normal ? nil : sale.mode, voided: sale.state == .voided ? true : nil)
      if tender.isFollowed || tender.isForTheZ { pursuits[number] = over } else { watch(over) }
    }
    return sale
  }
}

extension ProviderCourse {
  /// Takes over what became known with the order itself.
  fileprivate mutating func learn(_ answered: TenderAnswered) {
    if account == nil { account = ProviderAccount.checked(answered.account) }
    guard shown == true, codeHash.isEmpty, let hash = answered.codeHash else { return }
    (codeHash, codeLength) = (hash, answered.codeLength)
  }
}

extension Tender {
  /// The tender as a person decided; refused where the box knows, or may still change by itself what was decided.
  func decided(_ verdict: TenderVerdict) throws(Refusal) -> Tender {
    guard kind == .provider else {
      throw .refused(.tender, text: "tender \(id) is no provider's; report it")
    }
    var tender: Tender
    switch (state, verdict) {
    case _ where isRefund: tender = try refundDecided(verdict)
    case (.pending, .paid), (.unknown, .paid):
      tender = to(.approved, why: Self.decidedWhy)
      tender.approved = asked
    case (.pending, .notPaid), (.unknown, .notPaid), (.manual, .notPaid):
      tender = to(.declined, why: Self.decidedWhy)
      // Nothing else makes a person look at it.
      if state == .manual { tender.course?.taken = true }
    case (.reversing, .notPaid): tender = to(.reversed, why: Self.decidedWhy)
    case (.manual, .paid):
      throw .refused(
        .tender, text: "the provider took another amount than was asked: resolve the sale, with complete or refund")
    case (.reversing, .paid):
      throw .refused(.tender, text: "tender \(id) is being taken back, and other money may have taken its place")
    case (.intent, _), (.approved, _), (.declined, _), (.reversed, _):
      throw .refused(.tender, text: "tender \(id) is \(state.rawValue); there is nothing to decide")
    }
    tender.course?.verdict = verdict
    tender.course?.test = nil
    return tender
  }
}
