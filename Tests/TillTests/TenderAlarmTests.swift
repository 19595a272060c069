import Money
import Testing
import Till
import TillShop

/// What is being taken back and does not come to its end.
@Suite struct TenderAlarmTests {
  private struct Missing: Error {}

  /// A sale whose wallet is being taken back; finished by cash, or not.
  private func reversing(taken: Bool, over: Bool) throws -> (Shop, String, Tender) {
    var shop = try Shop()
    let sale = try shop.totaled([item(1250)])
    let input = TenderInput(kind: .provider, provider: "wallet", codeHash: "0123456789abcdef", policy: .standard)
    try shop.act(.addTender(AddTender(sale: sale, tender: input)))
    let number = try #require(shop.till.sales[sale]?.tender(TenderID(1))?.number)
    func says(_ answer: ProviderAnswer) -> Event {
      .tenderAnswered(TenderAnswered(sale: sale, tender: TenderID(1), number: number, answer: answer))
    }
    try shop.act(says(.unknown(why: "lost")))
    try shop.act(.giveUpTender(GiveUpTender(sale: sale, tender: TenderID(1), number: number)))
    if taken { try shop.act(says(.approved(amount: 1250, currency: "CNY", reference: nil))) }
    if over { try shop.act(.addTender(AddTender(sale: sale, tender: TenderInput(kind: .cash)))) }
    #expect(shop.till.pursuits.count == (over ? 1 : 0))
    return (shop, sale, try tender(shop, sale))
  }

  private func tender(_ shop: Shop, _ sale: String) throws -> Tender {
    try #require(shop.till.sales[sale]?.tender(TenderID(1)) ?? shop.till.pursuits.values.first?.tender)
  }

  private func answer(_ sale: String, _ tender: Tender, _ answer: ProviderAnswer) -> Event {
    .tenderAnswered(TenderAnswered(sale: sale, tender: tender.id, number: tender.number ?? "", answer: answer))
  }

  /// Every word behind every other: only `reversed` gives back what was said to be taken.
  @Test(arguments: [false, true]) func whatEndsATakingBack(over: Bool) throws {
    let answers: [(ProviderAnswer, ends: Bool, endsTaken: Bool)] = [
      (.approved(amount: 1250, currency: "CNY", reference: nil), false, false), (.declined(why: "no"), true, false),
      (.closed, true, false), (.notFound, true, false), (.pending, false, false), (.unknown(why: "x"), false, false),
      (.reversed, true, true),
    ]
    for taken in [false, true] {
      for (said, ends, endsTaken) in answers {
        var (shop, sale, tender) = try reversing(taken: taken, over: over)
        shop.now += 60_000
        _ = try? shop.act(answer(sale, tender, said))
        let after = over ? shop.till.pursuits.isEmpty : try self.tender(shop, sale).state == .reversed
        #expect(after == (taken ? endsTaken : ends), "taken \(taken), \(said)")
      }
    }
  }

  /// Each reason once, the last one for good; the provider's word ends it, and the alarm with it.
  @Test(arguments: [false, true]) func anAlarmIsListedUntilTheProviderGivesBack(over: Bool) throws {
    var (shop, sale, first) = try reversing(taken: true, over: over)
    let call = { alarm in
      Event.giveUpTender(GiveUpTender(sale: sale, tender: first.id, number: first.number ?? "", alarm: alarm))
    }
    for alarm in [TenderAlarm.overdue, .contradicted, .givenUp] {
      let due = shop.till.sales[sale]?.totals.due
      #expect(try shop.act(call(alarm)).records.map(\.fact.kind) == [.tenderReversing])
      #expect(try tender(shop, sale).course?.alarm == alarm && shop.till.sales[sale]?.totals.due == due)
      #expect(throws: Refusal.self) { try shop.act(call(alarm)) }
    }
    #expect(throws: Refusal.self) { try shop.act(call(.overdue)) }
    #expect(shop.till.unresolved.map(\.sale) == [sale])
    let ended = try shop.act(answer(sale, first, .reversed))
    #expect(ended.records.first?.fact.tender?.tender.course?.alarm == nil)
    #expect(shop.till.unresolved.isEmpty)
  }

  /// A person finds out, also behind the end of the sale; the provider is asked what it says of that.
  @Test func aPersonEndsWhatOutlivedItsSale() throws {
    var (shop, sale, first) = try reversing(taken: true, over: true)
    let revision = try #require(shop.till.pursuits.values.first?.revision)
    let decide = { approval in
      Event.decideTender(
        DecideTender(sale: sale, tender: first.id, verdict: .notPaid, reason: "seen", approval: approval))
    }
    #expect(throws: Refusal.approvalRequired(action: .decideTender, limit: nil, asked: nil, amount: 1250)) {
      try shop.act(decide(nil))
    }
    let approve = { revision in
      Event.approve(
        Approve(
          approver: "9001", action: .decideTender, subject: sale, revision: revision, reason: "seen", amount: 1250))
    }
    #expect(throws: Refusal.revisionConflict(current: revision)) { try shop.act(approve(revision + 1)) }
    guard case .approvalGranted(let granted)? = try shop.act(approve(revision)).records.first?.fact else {
      throw Missing()
    }
    let done = try shop.act(decide(granted.id))
    #expect(done.records.map(\.fact.kind) == [.tenderReversed])
    #expect(SaleChange(done.records)?.state == .completed && shop.till.approvals.isEmpty)
    #expect(throws: Refusal.self) { try shop.act(decide(granted.id)) }
    try shop.act(answer(sale, first, .closed))
    #expect(shop.till.pursuits.isEmpty && shop.till.unresolved.isEmpty)
  }

  /// Who says that the money was given back of a payment that its provider took gave it back: the provider's next yes
  /// takes nothing back once more. It stands beside the decision, on the next Z, and is over.
  @Test(arguments: [false, true]) func moneyThatAPersonGaveBackDoesNotGoBackTwice(over: Bool) throws {
    for alarm in [nil, TenderAlarm.givenUp] {
      var (shop, sale, first) = try reversing(taken: true, over: over)
      if let alarm {
        try shop.act(
          .giveUpTender(GiveUpTender(sale: sale, tender: first.id, number: first.number ?? "", alarm: alarm)))
      }
      try decideNotPaid(&shop, sale)
      let yes = ProviderAnswer.approved(amount: 1250, currency: "CNY", reference: nil)
      let denied = try shop.act(answer(sale, first, yes))
      #expect(denied.records.map(\.fact.kind) == [.tenderTested])
      let now = try tender(shop, sale)
      #expect(now.state == .reversed && now.course?.test == .contrary && now.course?.late == false)
      #expect(shop.till.followedTenders.isEmpty && now.isDenied)
      for word in [yes, .reversed, .closed] {
        #expect(throws: Refusal.self) { try shop.act(answer(sale, first, word)) }
      }
      if !over { try shop.act(.addTender(AddTender(sale: sale, tender: TenderInput(kind: .cash)))) }
      #expect(shop.till.unresolved.map(\.sale) == [sale])
      let z = try shop.act(.closeDay(last: shop.till.counters.lastZSequence + 9, head: "ab"))
      guard case .dayClosed(let closed)? = z.records.first?.fact else { throw Missing() }
      #expect(closed.unresolved.map(\.sale) == [sale])
      #expect(shop.till.pursuits.isEmpty && shop.till.unresolved.isEmpty)
    }
  }

  /// Of one that nobody knew of to have moved, "not paid" says that there was none: what came all the same goes back,
  /// and when it cannot, a person's second word ends it.
  @Test func whatCameBehindAPersonsNoHasAnExitToo() throws {
    var (shop, sale, first) = try reversing(taken: false, over: true)
    let yes = answer(sale, first, .approved(amount: 1250, currency: "CNY", reference: nil))
    try decideNotPaid(&shop, sale)
    #expect(try shop.act(yes).records.map(\.fact.kind) == [.tenderReversing])
    #expect(try tender(shop, sale).course?.late == true)
    var back = shop
    try back.act(answer(sale, first, .reversed))
    #expect(back.till.pursuits.isEmpty)
    try decideNotPaid(&shop, sale)
    #expect(try shop.act(yes).records.map(\.fact.kind) == [.tenderTested])
    #expect(try tender(shop, sale).isDenied)
  }

  private func decideNotPaid(_ shop: inout Shop, _ sale: String) throws {
    let revision = try #require(shop.till.sales[sale]?.revision ?? shop.till.pursuits.values.first?.revision)
    let approve = Approve(
      approver: "9001", action: .decideTender, subject: sale, revision: revision, reason: "seen", amount: 1250)
    guard case .approvalGranted(let granted)? = try shop.act(.approve(approve)).records.first?.fact else {
      throw Missing()
    }
    try shop.act(
      .decideTender(
        DecideTender(
          sale: sale, tender: TenderID(1), verdict: .notPaid, reason: "paid back by bank", approval: granted.id)))
  }
}
