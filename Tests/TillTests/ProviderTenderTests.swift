import Money
import Testing
import Till
import TillShop

@Suite struct ProviderTenderTests {
  private let policy = ProviderPolicy(
    payTimeout: 10_000, firstQuery: 5_000, queryInterval: 5_000, window: 45_000, reverseNotBefore: 15_000)

  /// A shop with one totalled sale of 12.50 and an intent.
  private func intended() throws -> (Shop, String) {
    var shop = try Shop()
    let sale = try shop.totaled([item(1250)])
    let decision = try shop.act(pay(sale))
    #expect(kinds(decision) == [.tenderIntended])
    #expect(decision.effects == [.authorise(sale: sale, tender: TenderID(1))])
    return (shop, sale)
  }

  private func state(_ shop: Shop, _ sale: String) -> TenderState? {
    shop.till.sales[sale]?.tender(TenderID(1))?.state
  }

  @Test func theIntentHoldsTheBillAndHasANumberOfItsOwn() throws {
    var (shop, sale) = try intended()
    #expect(shop.till.sales[sale]?.totals.due == .zero)
    let first = try number(shop, sale)
    #expect(first.hasPrefix("0000000000FF" + "000" + "0000001") && first.utf8.count == 32)
    // Declined: its number is burnt, the next order has the next one.
    let no = try shop.act(try said(shop, sale, .declined(why: "balance")))
    #expect(kinds(no) == [.tenderDeclined])
    #expect(shop.till.sales[sale]?.totals.due == 1250)
    _ = try shop.act(pay(sale))
    #expect(try number(shop, sale, 2).hasPrefix("0000000000FF" + "000" + "0000002"))
    #expect(shop.till.counters.nextOrder == 3)
  }

  @Test func approvedFinishesTheSaleInOneEvent() throws {
    var (shop, sale) = try intended()
    let done = try shop.act(try said(shop, sale, yes(1250)))
    #expect(kinds(done) == [.tenderApproved, .salePaid, .stubSealed, .jobQueued])
    #expect(shop.till.sales.isEmpty && shop.till.pursuits.isEmpty)
    #expect(shop.stubs.last?.tenders.first?.approved == 1250)
    #expect(shop.till.shifts["s1"]?.expected.contains { $0.key.kind == .provider && $0.amount == 1250 } == true)
  }

  /// Every state and answer: the state after it, nil when the answer is refused as no news.
  @Test func everyAnswerInEveryState() throws {
    let answers: [ProviderAnswer] = [
      yes(1250), yes(1249), yes(1250, "USD"), .declined(why: "no"), .pending, .unknown(why: "lost"), .notFound,
      .reversed, .closed,
    ]
    let table: [TenderState: [TenderState?]] = [
      .intent: [.approved, .manual, .manual, .declined, .pending, .unknown, .unknown, .reversed, .reversed],
      .pending: [.approved, .manual, .manual, .declined, nil, .unknown, nil, .reversed, .reversed],
      .unknown: [.approved, .manual, .manual, .declined, .pending, nil, nil, .reversed, .reversed],
      .reversing: [.reversing, .reversing, .reversing, .reversed, nil, nil, nil, .reversed, .reversed],
      .declined: [.reversing, .reversing, .reversing, nil, nil, nil, nil, nil, nil],
      .reversed: [.reversing, .reversing, .reversing, nil, nil, nil, nil, nil, nil],
      .manual: [.manual, .manual, .manual, nil, nil, nil, nil, .reversed, nil],
    ]
    for (from, row) in table {
      for (answer, wanted) in zip(answers, row) {
        var (shop, sale) = try intended()
        try bring(&shop, sale, to: from)
        let before = shop.till
        do {
          try shop.act(try said(shop, sale, answer))
          let after = shop.till.sales[sale] == nil ? .approved : state(shop, sale)
          #expect(after == wanted, "\(from) and \(answer)")
        } catch is Refusal {
          #expect(wanted == nil, "\(from) and \(answer)")
          #expect(shop.till == before)
        }
      }
    }
  }

  private func bring(_ shop: inout Shop, _ sale: String, to state: TenderState) throws {
    switch state {
    case .intent: break
    case .pending: try shop.act(try said(shop, sale, .pending))
    case .unknown: try shop.act(try said(shop, sale, .unknown(why: "lost")))
    case .declined: try shop.act(try said(shop, sale, .declined(why: "no")))
    case .manual: try shop.act(try said(shop, sale, yes(1)))
    case .reversing, .reversed:
      try shop.act(try said(shop, sale, .unknown(why: "lost")))
      try shop.act(.giveUpTender(GiveUpTender(sale: sale, tender: TenderID(1), number: try number(shop, sale))))
      if state == .reversed { try shop.act(try said(shop, sale, .reversed)) }
    case .approved: try shop.act(try said(shop, sale, yes(1250)))
    }
    if state != .approved { #expect(self.state(shop, sale) == state) }
  }

  @Test func anAnswerToAnotherOrderIsNoAnswer() throws {
    var (shop, sale) = try intended()
    #expect(throws: Refusal.noSuchTender(sale: sale, tender: TenderID(1))) {
      try shop.act(.tenderAnswered(TenderAnswered(sale: sale, tender: TenderID(1), number: "X", answer: yes(1250))))
    }
  }

  @Test func oneElectronicTenderAtATimeAndCashOnlyBehindTheReversal() throws {
    var (shop, sale) = try intended()
    for event in [pay(sale), cash(sale), .voidSale(VoidSale(sale: sale, reason: "gone"))] {
      do {
        try shop.act(event)
        Issue.record("\(event) was taken")
      } catch Refusal.refused(.liveTender, _) {}
    }
    try bring(&shop, sale, to: .pending)
    let removed = try shop.act(.removeTender(RemoveTender(sale: sale, tender: TenderID(1), reason: "changed")))
    #expect(kinds(removed) == [.tenderReversing] && removed.effects.isEmpty)
    // Two wallets are never live in one sale, not even while one of them is being taken back.
    #expect(throws: Refusal.self) { try shop.act(pay(sale)) }
    let order = try number(shop, sale)
    let paid = try shop.act(cash(sale))
    #expect(kinds(paid).prefix(3) == [.tenderApproved, .salePaid, .stubSealed])
    #expect(shop.till.sales.isEmpty)
    #expect(shop.till.pursuits.keys.sorted() == [order])
    #expect(shop.till.unresolved.map(\.sale) == [sale])
    // It outlives its sale, its shift and a start, and is counted nowhere.
    let grand = shop.till.grand
    // The provider took it all the same: from then on only its word that it went back ends it.
    #expect(kinds(try shop.act(try said(shop, sale, yes(1250)))) == [.tenderReversing])
    for answer in [yes(1250), .declined(why: "no"), .notFound, .closed] {
      shop.now += policy.window
      #expect(throws: Refusal.self, "\(answer)") { try shop.act(try said(shop, sale, answer)) }
    }
    let back = try shop.act(try said(shop, sale, .reversed))
    #expect(kinds(back) == [.tenderReversed])
    #expect(shop.till.pursuits.isEmpty && shop.till.unresolved.isEmpty)
    #expect(shop.till.grand == grand)
  }

  @Test func aLateSuccessIsNeverCounted() throws {
    var (shop, sale) = try intended()
    try bring(&shop, sale, to: .reversed)
    let late = try shop.act(try said(shop, sale, yes(1250)))
    #expect(kinds(late) == [.tenderReversing])
    let tender = try #require(shop.till.sales[sale]?.tender(TenderID(1)))
    #expect(tender.course?.late == true && tender.approved == .zero)
    #expect(shop.till.sales[sale]?.totals.due == 1250)
  }

  /// The basket may be open again by then, even empty, and its end forgets nothing.
  @Test func aLateSuccessFindsTheBasketOpen() throws {
    var (shop, sale) = try intended()
    try bring(&shop, sale, to: .declined)
    try shop.act(.reopen(SaleCall(sale: sale)))
    let line = try #require(shop.till.sales[sale]?.lines.first?.id)
    try shop.act(.removeLine(RemoveLine(sale: sale, line: line)))
    let late = try shop.act(try said(shop, sale, yes(1250)))
    #expect(kinds(late) == [.tenderReversing])
    #expect(shop.till.sales[sale]?.state == .open && shop.till.sales[sale]?.totals.due == .zero)
    var other = shop
    #expect(kinds(try other.act(try said(other, sale, .reversed))) == [.tenderReversed])
    #expect(kinds(try shop.act(.voidSale(VoidSale(sale: sale, reason: "gone")))) == [.saleVoided, .stubSealed])
    #expect(shop.till.sales.isEmpty && shop.till.pursuits.count == 1)
    try shop.act(try said(shop, sale, .reversed))
    #expect(shop.till.pursuits.isEmpty)
  }

  /// What a provider sends is as long as it wants; what is kept is not.
  @Test func whatAProviderSaysIsTamed() throws {
    let long = String(repeating: "\u{1B}收", count: 10_000)
    var (shop, sale) = try intended()
    try shop.act(try said(shop, sale, .unknown(why: long)))
    let why = try #require(shop.till.sales[sale]?.tender(TenderID(1))?.why)
    #expect(why.utf8.count <= Limits.text && why.hasPrefix("?收?收"))
    try shop.act(try said(shop, sale, .pending))
    try shop.act(try said(shop, sale, .unknown(why: "call 13812345678")))
    #expect(shop.till.sales[sale]?.tender(TenderID(1))?.why == "withheld")
    let wrong = ProviderAnswer.approved(amount: 1, currency: long, reference: long)
    var other = shop
    try other.act(try said(other, sale, wrong))
    let odd = try #require(other.till.sales[sale]?.tender(TenderID(1)))
    #expect(odd.state == .manual && odd.why?.utf8.count ?? 0 <= Limits.text)
    #expect(odd.reference?.utf8.count ?? 0 <= Limits.identifier)
    try shop.act(try said(shop, sale, .approved(amount: 1250, currency: "CNY", reference: long)))
    let kept = try #require(shop.stubs.last?.tenders.first?.reference)
    #expect(kept.utf8.count <= Limits.identifier && !kept.contains("\u{1B}"))
  }

  /// A provider that is away for a whole day fills the box's memory neither with orders nor keeps it from selling.
  @Test func openOrdersAreBounded() throws {
    var shop = try Shop()
    for _ in 0..<Limits.orders {
      let sale = try shop.totaled([item(1250)])
      try shop.act(pay(sale))
      try bring(&shop, sale, to: .pending)
      try shop.act(.removeTender(RemoveTender(sale: sale, tender: TenderID(1), reason: "away")))
      try shop.act(cash(sale))
    }
    #expect(shop.till.pursuits.count == Limits.orders)
    let sale = try shop.totaled([item(1250)])
    #expect(throws: Refusal.limitExceeded(.orders, maximum: Int64(Limits.orders))) { try shop.act(pay(sale)) }
    try shop.act(cash(sale))
    let pursuit = try #require(shop.till.pursuits.values.first)
    try shop.act(try said(shop, pursuit.sale, .reversed))
    let next = try shop.totaled([item(1250)])
    try shop.act(pay(next))
  }

  /// What may be decided in which state.
  @Test func whatMayBeDecided() throws {
    let table: [TenderState: (paid: TenderState?, notPaid: TenderState?)] = [
      .intent: (nil, nil), .pending: (.approved, .declined), .unknown: (.approved, .declined),
      .manual: (nil, .declined), .reversing: (nil, .reversed), .declined: (nil, nil), .reversed: (nil, nil),
    ]
    for (from, wanted) in table {
      for (verdict, wanted) in [(TenderVerdict.paid, wanted.paid), (.notPaid, wanted.notPaid)] {
        var (shop, sale) = try intended()
        try bring(&shop, sale, to: from)
        do {
          try decide(&shop, sale, verdict)
          let after = shop.till.sales[sale] == nil ? .approved : state(shop, sale)
          #expect(after == wanted, "\(from) \(verdict)")
        } catch is Refusal { #expect(wanted == nil, "\(from) \(verdict)") }
      }
    }
    var (shop, sale) = try intended()
    try bring(&shop, sale, to: .unknown)
    #expect(throws: Refusal.approvalRequired(action: .decideTender, limit: nil, asked: nil, amount: 1250)) {
      try shop.act(
        .decideTender(DecideTender(sale: sale, tender: TenderID(1), verdict: .paid, reason: "because")))
    }
  }

  /// A decision stands; the provider's later word is kept beside it, and what it denies stands on the next Z.
  @Test func aDecisionAsPaidAndWhatTheProviderSaysOfIt() throws {
    let answers: [(ProviderAnswer, VerdictTest?)] = [
      (yes(1250), .agrees), (yes(1), .contrary), (yes(1250, "USD"), .contrary), (.declined(why: "no"), .contrary),
      (.reversed, .contrary), (.closed, .contrary), (.notFound, nil), (.pending, nil), (.unknown(why: "lost"), nil),
    ]
    for (answer, test) in answers {
      var (shop, sale) = try intended()
      try bring(&shop, sale, to: .unknown)
      let number = try number(shop, sale)
      let decision = try decide(&shop, sale, .paid)
      #expect(kinds(decision).prefix(3) == [.tenderApproved, .salePaid, .stubSealed])
      #expect(shop.stubs.last?.tenders.first?.course?.verdict == .paid)
      #expect(shop.till.followedTenders.map(\.sale) == [sale])
      let (sold, money) = (shop.till.day, shop.till.shifts)
      do {
        let said = try shop.act(
          .tenderAnswered(TenderAnswered(sale: sale, tender: TenderID(1), number: number, answer: answer)))
        #expect(kinds(said) == [.tenderTested] && test != nil)
        guard case .tenderTested(let it)? = said.records.first?.fact else { throw Missing() }
        #expect(it.tender.course?.test == test && it.tender.approved == 1250)
      } catch is Refusal { #expect(test == nil, "\(answer)") }
      #expect(shop.till.day == sold && shop.till.shifts == money)
      #expect(shop.till.followedTenders.isEmpty == (test != nil))
      #expect(shop.till.unresolved.isEmpty == (test == .agrees))
      let z = try shop.act(.closeDay(last: shop.till.counters.lastZSequence + 9, head: "ab"))
      guard case .dayClosed(let closed)? = z.records.first?.fact else { throw Missing() }
      #expect(closed.unresolved.map(\.sale) == (test == .agrees ? [] : [sale]))
      #expect(shop.till.pursuits.isEmpty == (test != nil))
    }
  }

  /// Money that came all the same behind "not paid" is not counted: it goes back.
  @Test func aDecisionAsNotPaidAndWhatTheProviderSaysOfIt() throws {
    for pays in [false, true] {
      var (shop, sale) = try intended()
      try bring(&shop, sale, to: .unknown)
      let number = try number(shop, sale)
      #expect(kinds(try decide(&shop, sale, .notPaid)) == [.tenderDeclined])
      if pays { try shop.act(cash(sale)) }
      #expect(shop.till.sales.isEmpty == pays)
      var other = shop
      func says(_ shop: inout Shop, _ answer: ProviderAnswer) throws -> Decision {
        try shop.act(.tenderAnswered(TenderAnswered(sale: sale, tender: TenderID(1), number: number, answer: answer)))
      }
      #expect(kinds(try says(&other, .declined(why: "no"))) == [.tenderTested])
      #expect(other.till.followedTenders.isEmpty && other.till.pursuits.isEmpty)
      #expect(kinds(try says(&shop, yes(1250))) == [.tenderReversing])
      let followed = try #require(shop.till.followedTenders.first?.tender)
      #expect(followed.course?.test == .contrary && followed.course?.late == true && followed.approved == .zero)
      #expect(kinds(try says(&shop, .reversed)) == [.tenderReversed])
      #expect(shop.till.followedTenders.isEmpty && shop.till.pursuits.isEmpty)
    }
  }

  @Test func aStartMakesAnIntentUnknown() throws {
    var (shop, sale) = try intended()
    try shop.act(.boot(Boot(boot: "b", machine: "m", version: "1", configurationHash: "c", clean: true)))
    #expect(state(shop, sale) == .unknown)
    #expect(shop.till.sales[sale]?.tender(TenderID(1))?.why == "restart")
    #expect(shop.till.followedTenders.map(\.sale) == [sale])
  }

  @Test func notFoundEndsOnlyWhatHadItsTime() throws {
    var (shop, sale) = try intended()
    try bring(&shop, sale, to: .reversing)
    #expect(throws: Refusal.self) { try shop.act(try said(shop, sale, .notFound)) }
    shop.now += policy.window
    let gone = try shop.act(try said(shop, sale, .notFound))
    #expect(kinds(gone) == [.tenderReversed])
  }

  /// With a clock that was set back to before the order the box would wait for years.
  @Test func notFoundEndsWhatIsOlderThanItsClock() throws {
    var (shop, sale) = try intended()
    try bring(&shop, sale, to: .reversing)
    shop.now -= 10 * 365 * 86_400_000
    let gone = try shop.act(try said(shop, sale, .notFound))
    #expect(kinds(gone) == [.tenderReversed])
  }

  /// An approved wallet of an unfinished sale goes back by the provider, at once or with the whole sale.
  @Test func takingBackAnApprovedOne() throws {
    var shop = try Shop(Shop.configuration { $0.limits.voidTotalledNeedsApproval = false })
    let sale = try shop.totaled([item(1250)])
    try shop.act(pay(sale, 1000))
    try shop.act(try said(shop, sale, yes(1000)))
    let voided = try shop.act(.voidSale(VoidSale(sale: sale, reason: "gone")))
    #expect(kinds(voided) == [.tenderReversing, .saleVoided, .stubSealed])
    #expect(shop.till.pursuits.count == 1)
    #expect(shop.till.shifts["s1"]?.expected.first { $0.key.kind == .provider }?.amount == .zero)
  }

  @Test func whatNoProviderTakes() throws {
    var shop = try Shop()
    let sale = try shop.totaled([item(1250)])
    let none = TenderInput(kind: .provider, provider: "other", codeHash: "00")
    #expect(throws: Refusal.self) { try shop.act(.addTender(AddTender(sale: sale, tender: none))) }
    #expect(throws: Refusal.self) { try shop.act(pay(sale, code: nil)) }
    #expect(throws: Refusal.self) { try shop.act(pay(sale, 0)) }
    #expect(throws: Refusal.self) { try shop.act(pay(sale, 1251)) }
    #expect(shop.till.sales[sale]?.tenders.isEmpty == true)
  }
}
