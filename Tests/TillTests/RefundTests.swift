import Money
import Testing
import Till
import TillShop

/// Money back through the provider that took it.
@Suite struct RefundTests {
  private let policy = ProviderPolicy.standard

  private func refund(
    _ sale: String, _ amount: Amount? = nil, of refundOf: RefundOf? = nil,
    change: (inout TenderInput) -> Void = { _ in }
  ) -> Event {
    var input = TenderInput(kind: .provider, amount: amount, policy: policy, refundOf: refundOf)
    change(&input)
    return .addTender(AddTender(sale: sale, tender: input))
  }

  /// A shop that sold two bottles at 12.50 each, by wallet.
  private func sold(
    _ lines: [LineInput] = [item(1250, 2)], cash part: Amount? = nil, in empty: Shop? = nil
  ) throws -> (Shop, StubSealed) {
    var shop = try empty ?? Shop()
    let sale = try shop.totaled(lines)
    var id: Int32 = 1
    if let part {
      try shop.act(cash(sale, part))
      id = 2
    }
    let due = try #require(shop.till.sales[sale]?.totals.due)
    try shop.act(pay(sale))
    try shop.act(try said(shop, sale, yes(due), id: id))
    return (shop, try #require(shop.stubs.last))
  }

  /// A totalled return of so many thousandths of the stub's first line.
  private func back(_ shop: inout Shop, _ stub: StubSealed, _ thousandths: Int64 = 1000, lane: String = "1") throws
    -> String
  {
    let facts = try shop.facts(stub)
    return try shop.totaled(
      [returning(facts.reference, 1, thousandths)], lane: lane, kind: .return, facts: [facts])
  }

  private func tender(_ shop: Shop, _ sale: String, _ id: Int32 = 1) -> Tender? {
    shop.till.sales[sale]?.tender(TenderID(id))
  }

  @Test func theIntentSaysAllThatItsProviderMustBeTold() throws {
    var (shop, stub) = try sold()
    let sale = try back(&shop, stub)
    let decision = try shop.act(refund(sale), facts: [try shop.facts(stub)])
    #expect(kinds(decision) == [.tenderIntended])
    #expect(decision.effects == [.authorise(sale: sale, tender: TenderID(1))])
    let made = try #require(tender(shop, sale))
    #expect(made.asked == -1250 && made.provider == "wallet" && made.isRefund)
    let paid = try #require(stub.tenders.first)
    #expect(
      made.course?.refund
        == RefundedPayment(
          stub: shop.reference(stub), tender: TenderID(1), number: try #require(paid.number), total: 2500))
    #expect(made.number != paid.number, "a number of its own")
    #expect(shop.till.sales[sale]?.totals.due == .zero)
    #expect(shop.till.unresolved.map(\.asked) == [-1250])
    // Approved: the sale completes by itself, its receipt is queued, no drawer opens.
    let done = try shop.act(try said(shop, sale, yes(1250)))
    #expect(kinds(done) == [.tenderApproved, .salePaid, .stubSealed, .jobQueued])
    let sealed = try #require(shop.stubs.last)
    #expect(sealed.form == .refund && sealed.tenders[0].approved == -1250 && sealed.tenders[0].reference == "P1")
    #expect(shop.till.pursuits.isEmpty && shop.till.unresolved.isEmpty)
    let row = try #require(shop.till.day.tenders.first { $0.key.provider == "wallet" })
    #expect(row.count == 2 && row.amount == 1250)
    let shift = try #require(shop.till.shift(lane: "1"))
    #expect(shift.expected.first { $0.key.provider == "wallet" }?.amount == 1250)
  }

  private func limited(_ sale: String, _ limits: RefundLimits, _ amount: Amount? = nil) -> Event {
    refund(sale, amount) { $0.refundLimits = limits }
  }

  /// What a provider takes no more is not sent, and says until when it was possible.
  @Test func aRefundBehindTheTimeForItIsRefused() throws {
    var (shop, stub) = try sold()
    let started = try #require(stub.tenders.first?.course?.startedAt)
    let until = started + 365 * 86_400_000
    let sale = try back(&shop, stub)
    let facts = [try shop.facts(stub)]
    let limits = RefundLimits(days: 365)
    shop.now = until - 7
    #expect(throws: Refusal.refundNotNow(tender: TenderID(1), until: until, from: nil)) {
      try shop.act(limited(sale, limits), facts: facts)
    }
    #expect(shop.till.sales[sale]?.tenders.isEmpty == true)
    // Nobody knows a limit; the last moment of one.
    var free = shop
    try free.act(refund(sale), facts: facts)
    shop.now = until - 8
    try shop.act(limited(sale, limits), facts: facts)
  }

  /// From a time that a wrong clock wrote no days and no seconds are counted.
  @Test func aTimeThatWasNotTrustedLimitsNothing() throws {
    var empty = try Shop()
    empty.trusted = false
    var (shop, stub) = try sold(in: empty)
    #expect(stub.tenders.first?.course?.timeUntrusted == true)
    let first = try back(&shop, stub)
    try shop.act(refund(first), facts: [try shop.facts(stub)])
    #expect(tender(shop, first)?.course?.timeUntrusted == true)
    shop.trusted = true
    let second = try back(&shop, stub)
    shop.now += 2 * 86_400_000
    let limits = RefundLimits(days: 1, intervalSeconds: 86_400)
    try shop.act(limited(second, limits), facts: [try shop.facts(stub)])
    #expect(tender(shop, second)?.course?.timeUntrusted == nil)
  }

  /// The same of one that comes too soon behind the one before of the same payment, in whichever sale that was.
  @Test(arguments: [true, false]) func aRefundTooSoonBehindAnotherIsRefused(_ isOver: Bool) throws {
    var (shop, stub) = try sold()
    let first = try back(&shop, stub)
    let limits = RefundLimits(intervalSeconds: 60)
    try shop.act(limited(first, limits), facts: [try shop.facts(stub)])
    let last = try #require(tender(shop, first)?.course?.startedAt)
    if isOver { try shop.act(try said(shop, first, yes(1250))) }
    let second = try back(&shop, stub)
    shop.now = last + 59_992
    #expect(throws: Refusal.refundNotNow(tender: TenderID(1), until: nil, from: last + 60_000)) {
      try shop.act(limited(second, limits), facts: [try shop.facts(stub)])
    }
    shop.now = last + 59_993
    try shop.act(limited(second, limits), facts: [try shop.facts(stub)])
  }

  @Test func whatCanBeNoLimitIsNone() {
    #expect(RefundLimits(days: 0, intervalSeconds: -1) == RefundLimits())
    #expect(RefundLimits(days: .max, intervalSeconds: .max) == RefundLimits(intervalSeconds: 86_400))
  }

  /// Where nobody can be asked, a person's decision is the last word: the next Z names it, and then it is over.
  @Test(arguments: TenderVerdict.allCases) func aDecisionThatNobodyConfirmsEnds(_ verdict: TenderVerdict) throws {
    var (shop, stub) = try sold()
    let sale = try back(&shop, stub)
    try shop.act(refund(sale), facts: [try shop.facts(stub)])
    let number = try #require(tender(shop, sale)?.number)
    try shop.act(try said(shop, sale, .unknown(why: "timeout")))
    let last = GiveUpTender(sale: sale, tender: TenderID(1), number: number, isLastWord: true)
    #expect(throws: Refusal.self, "nobody decided") { try shop.act(.giveUpTender(last)) }
    _ = try decide(&shop, sale, verdict, 1250)
    if verdict == .notPaid { try shop.act(cash(sale)) }
    #expect(shop.till.followedTenders.count == 1 && shop.till.pursuits[number] != nil)
    let ended = try shop.act(.giveUpTender(last))
    #expect(kinds(ended) == [.tenderTested])
    #expect(shop.till.followedTenders.isEmpty && shop.till.pursuits[number]?.tender.isLastWord == true)
    #expect(shop.till.unresolved.map(\.sale) == [sale])
    #expect(throws: Refusal.self, "once") { try shop.act(.giveUpTender(last)) }
    let closed = try shop.act(.closeDay(last: 10_000, head: "00", slip: nil))
    guard case .dayClosed(let day)? = closed.records.first?.fact else { throw Refusal.noSuchSale(sale) }
    #expect(day.unresolved.map(\.sale) == [sale])
    #expect(shop.till.pursuits.isEmpty && shop.till.unresolved.isEmpty)
  }

  /// Money goes back to the merchant account that took it, or not at all.
  @Test func anotherAccountGivesNothingBack() throws {
    var shop = try Shop()
    let first = try shop.totaled([item(1250, 2)])
    try shop.act(
      .addTender(
        AddTender(
          sale: first,
          tender: {
            var input = TenderInput(
              kind: .provider, provider: "wallet", codeHash: "0123456789abcdef", policy: policy)
            input.account = "A"
            return input
          }())))
    try shop.act(try said(shop, first, yes(2500)))
    let stub = try #require(shop.stubs.last)
    #expect(stub.tenders.first?.course?.account == "A")
    let sale = try back(&shop, stub)
    #expect(throws: Refusal.otherAccount(provider: "wallet", account: "A", now: "B")) {
      try shop.act(refund(sale) { $0.account = "B" }, facts: [try shop.facts(stub)])
    }
    #expect(shop.till.sales[sale]?.tenders.isEmpty == true)
    // One that does not say for whom it speaks is taken at its address, as ever.
    for account in ["A", nil] {
      var other = shop
      try other.act(refund(sale) { $0.account = account }, facts: [try shop.facts(stub)])
      #expect(tender(other, sale)?.course?.account == "A")
    }
  }

  @Test func anAnswerThatEndsNothingLeavesTheSameNumber() throws {
    var (shop, stub) = try sold()
    let sale = try back(&shop, stub)
    try shop.act(refund(sale), facts: [try shop.facts(stub)])
    let number = try #require(tender(shop, sale)?.number)
    #expect(kinds(try shop.act(try said(shop, sale, .unknown(why: "timeout")))) == [.tenderUnknown])
    // Nothing new, again and again: no record.
    for answer in [ProviderAnswer.unknown(why: "timeout"), .notFound] {
      #expect(throws: Refusal.self) { try shop.act(try said(shop, sale, answer)) }
    }
    #expect(kinds(try shop.act(try said(shop, sale, .pending))) == [.tenderPending])
    // Accepted stays accepted when the provider cannot say more.
    #expect(throws: Refusal.self) { try shop.act(try said(shop, sale, .unknown(why: "timeout"))) }
    #expect(throws: Refusal.self) { try shop.act(try said(shop, sale, .pending)) }
    // It denies what it had accepted: then the order goes out again.
    #expect(kinds(try shop.act(try said(shop, sale, .notFound))) == [.tenderUnknown])
    #expect(tender(shop, sale)?.number == number)
    // It is never given up, taken back, voided away or replaced meanwhile.
    #expect(throws: Refusal.self) {
      try shop.act(.giveUpTender(GiveUpTender(sale: sale, tender: TenderID(1), number: number)))
    }
    #expect(throws: Refusal.self) {
      try shop.act(.removeTender(RemoveTender(sale: sale, tender: TenderID(1), reason: "impatient")))
    }
    #expect(throws: Refusal.self) { try shop.act(.voidSale(VoidSale(sale: sale, reason: "impatient"))) }
    #expect(throws: Refusal.self) { try shop.act(.reopen(SaleCall(sale: sale))) }
    #expect(throws: Refusal.self) { try shop.act(cash(sale)) }
    try shop.act(.park(SaleCall(sale: sale), label: "waits"))
    let done = try shop.act(try said(shop, sale, yes(1250)))
    #expect(kinds(done).contains(.stubSealed), "a parked sale completes by itself")
  }

  @Test func declinedBurnsTheNumberAndCashTakesItsPlace() throws {
    var (shop, stub) = try sold()
    let sale = try back(&shop, stub)
    let facts = try shop.facts(stub)
    try shop.act(refund(sale), facts: [facts])
    let first = try #require(tender(shop, sale)?.number)
    #expect(kinds(try shop.act(try said(shop, sale, .declined(why: "closed")))) == [.tenderDeclined])
    #expect(shop.till.sales[sale]?.totals.due == -1250)
    try shop.act(refund(sale), facts: [facts])
    #expect(tender(shop, sale, 2)?.number != first)
    try shop.act(try said(shop, sale, .declined(why: "closed"), id: 2))
    let done = try shop.act(cash(sale))
    #expect(kinds(done).contains(.stubSealed))
    // What was declined left the payment as it was.
    let now = try shop.facts(stub)
    #expect(try shop.till.leftToRefund(now.tenders[0], of: now) == 2500)
  }

  @Test(arguments: [
    ProviderAnswer.approved(amount: 1250, currency: "USD", reference: "R"), .reversed,
  ]) func whatWasNotAskedIsAPersonsMatter(_ answer: ProviderAnswer) throws {
    for verdict in TenderVerdict.allCases {
      var (shop, stub) = try sold()
      let sale = try back(&shop, stub)
      try shop.act(refund(sale), facts: [try shop.facts(stub)])
      #expect(kinds(try shop.act(try said(shop, sale, answer))) == [.tenderMismatched])
      #expect(shop.till.unresolved.count == 1)
      #expect(throws: Refusal.self) {
        try shop.act(.removeTender(RemoveTender(sale: sale, tender: TenderID(1), reason: "wrong")))
      }
      let decided = try decide(&shop, sale, verdict, 1250)
      if verdict == .paid {
        #expect(kinds(decided).contains(.stubSealed))
        #expect(shop.stubs.last?.tenders[0].approved == -1250)
      } else {
        #expect(kinds(decided) == [.tenderDeclined])
        #expect(kinds(try shop.act(cash(sale))).contains(.stubSealed))
      }
      // The provider is asked what it says of that.
      #expect(shop.till.followedTenders.map(\.sale) == [sale])
      let contrary = try shop.act(try said(shop, sale, verdict == .paid ? .declined(why: "no") : yes(1250)))
      #expect(kinds(contrary) == [.tenderTested])
      #expect(shop.till.unresolved.count == 1, "the next Z names what its provider denies")
      #expect(shop.till.followedTenders.isEmpty)
    }
  }

  @Test func aDecisionThatItsProviderConfirmsIsOver() throws {
    for verdict in TenderVerdict.allCases {
      var (shop, stub) = try sold()
      let sale = try back(&shop, stub)
      try shop.act(refund(sale), facts: [try shop.facts(stub)])
      // Not before it is known that the order went out at all.
      #expect(throws: Refusal.self) { _ = try decide(&shop, sale, verdict, 1250) }
      try shop.act(try said(shop, sale, .unknown(why: "timeout")))
      _ = try decide(&shop, sale, verdict, 1250)
      if verdict == .notPaid { try shop.act(cash(sale)) }
      #expect(shop.till.pursuits.count == 1)
      try shop.act(try said(shop, sale, verdict == .paid ? yes(1250) : .declined(why: "no")))
      #expect(shop.till.pursuits.isEmpty && shop.till.unresolved.isEmpty)
    }
  }

  @Test func noMoreGoesBackThanWasPaid() throws {
    // 25.00, of that 10.00 in cash.
    var (shop, stub) = try sold(cash: 1000)
    try shop.act(.openShift(OpenShift(lane: "3", operator: "1002")))
    let both = try back(&shop, stub, 1000)
    let other = try back(&shop, stub, 1000, lane: "3")
    let facts = try shop.facts(stub)
    #expect(try shop.till.leftToRefund(facts.tenders[1], of: facts) == 1500)
    try shop.act(refund(both), facts: [facts])
    // What is under way in another sale, at another lane, is taken.
    #expect(throws: Refusal.overRefund(tender: TenderID(2), left: 250)) {
      try shop.act(refund(other), facts: [facts])
    }
    try shop.act(refund(other, -250), facts: [facts])
    try shop.act(try said(shop, other, yes(250)))
    #expect(throws: Refusal.overRefund(tender: TenderID(2), left: 0)) {
      try shop.act(refund(other, -1), facts: [facts])
    }
    // Approved with more to pay out: nothing takes it back, the rest goes by other means.
    #expect(throws: Refusal.self) {
      try shop.act(.removeTender(RemoveTender(sale: other, tender: TenderID(1), reason: "wrong")))
    }
    #expect(throws: Refusal.self) { try shop.act(.voidSale(VoidSale(sale: other, reason: "wrong"))) }
    try shop.act(cash(other))
    try shop.act(try said(shop, both, yes(1250)))
    // Of finished stubs the journal knows it.
    let now = try shop.facts(stub)
    #expect(now.refunded == [TenderID(2): 1500])
    #expect(try shop.till.leftToRefund(now.tenders[1], of: now) == 0)
  }

  /// A return whose refund a person said did not go back, and its provider that it did.
  private func denied(_ shop: inout Shop, _ stub: StubSealed, cash part: Amount? = nil) throws -> String {
    let sale = try back(&shop, stub)
    try shop.act(refund(sale), facts: [try shop.facts(stub)])
    try shop.act(try said(shop, sale, .unknown(why: "timeout")))
    _ = try decide(&shop, sale, .notPaid, 1250)
    if let part { try shop.act(cash(sale, part)) }
    #expect(kinds(try shop.act(try said(shop, sale, yes(1250)))) == [.tenderTested])
    return sale
  }

  private func refused(_ shop: inout Shop, _ event: Event, _ facts: [ClosedStubFacts] = [], _ words: String) throws {
    do {
      try shop.act(event, facts: facts)
      Issue.record("not refused: \(words)")
    } catch Refusal.refused(_, let text) {
      #expect(text.contains(words), "\(text)")
    }
  }

  /// What the provider says went back does not go back again, in no way: the decision can be taken back.
  @Test func whatWentBackAgainstAPersonsWordDoesNotGoBackAgain() throws {
    var (shop, stub) = try sold()
    let sale = try denied(&shop, stub)
    let facts = try shop.facts(stub)
    #expect(facts.refunded == [TenderID(1): 1250])
    #expect(try shop.till.leftToRefund(facts.tenders[0], of: facts) == 1250)
    for event in [refund(sale), refund(sale, -100), cash(sale)] {
      try refused(&shop, event, [facts], "went back: decide it as paid")
    }
    let done = try decide(&shop, sale, .paid, 1250)
    #expect(kinds(done).prefix(3) == [.tenderApproved, .salePaid, .stubSealed])
    #expect(shop.stubs.last?.tenders.map(\.approved) == [-1250])
    // The provider is asked what it says of that, and agrees.
    #expect(shop.till.followedTenders.map(\.sale) == [sale])
    try shop.act(try said(shop, sale, yes(1250)))
    #expect(shop.till.pursuits.isEmpty && shop.till.unresolved.isEmpty)
    let now = try shop.facts(stub)
    #expect(now.refunded == [TenderID(1): 1250])
    #expect(try shop.till.leftToRefund(now.tenders[0], of: now) == 1250)
  }

  /// Other money took its place in part: first that comes back. The rest is not paid out, for it may be that very money.
  @Test func whatWentBackAgainstAPersonsWordNeedsItsRoom() throws {
    let voiding = try Shop(Shop.configuration { $0.limits.voidTotalledNeedsApproval = false })
    var (shop, stub) = try sold(in: voiding)
    let sale = try denied(&shop, stub, cash: -10)
    #expect(throws: Refusal.self) { _ = try decide(&shop, sale, .paid, 1250) }
    let external = TenderInput(kind: .external, report: TenderReport(outcome: .yes))
    let rest = Event.addTender(AddTender(sale: sale, tender: external))
    let facts = [try shop.facts(stub)]
    for event in [cash(sale), cash(sale, -100), refund(sale), refund(sale, -100), rest] {
      try refused(&shop, event, facts, "went back: decide it as paid")
    }
    var voided = shop
    try voided.act(.voidSale(VoidSale(sale: sale, reason: "settled")))
    #expect(voided.stubs.last?.form == .void)
    try shop.act(.removeTender(RemoveTender(sale: sale, tender: TenderID(2), reason: "it went back")))
    #expect(kinds(try decide(&shop, sale, .paid, 1250)).contains(.stubSealed))
    #expect(shop.stubs.last?.tenders[0].approved == -1250)
  }

  /// Nothing brings back what took its place: what is left of the bill is what it counts for, and the next Z names it.
  @Test func whatNothingBringsBackLeavesLessRoom() throws {
    var (shop, stub) = try sold()
    let sale = try back(&shop, stub)
    let facts = [try shop.facts(stub)]
    try shop.act(refund(sale), facts: facts)
    try shop.act(try said(shop, sale, .unknown(why: "timeout")))
    _ = try decide(&shop, sale, .notPaid, 1250)
    try shop.act(refund(sale, -250), facts: facts)
    try shop.act(try said(shop, sale, yes(250), id: 2))
    try shop.act(try said(shop, sale, yes(1250)))
    try refused(&shop, cash(sale), facts, "went back: decide it as paid")
    #expect(throws: Refusal.self) { try shop.act(.voidSale(VoidSale(sale: sale, reason: "no way"))) }
    #expect(kinds(try decide(&shop, sale, .paid, 1250)).contains(.stubSealed))
    #expect(shop.stubs.last?.tenders.map(\.approved) == [-1000, -250])
    #expect(kinds(try shop.act(try said(shop, sale, yes(1250)))) == [.tenderTested])
    #expect(shop.till.unresolved.map(\.sale) == [sale])
    let now = try shop.facts(stub)
    #expect(now.refunded == [TenderID(1): 1500])
  }

  /// Of a sale that is open again nobody knows yet what it pays out.
  @Test func whatWentBackIsDecidedOfATotalledSale() throws {
    var (shop, stub) = try sold()
    let sale = try denied(&shop, stub)
    try shop.act(.reopen(SaleCall(sale: sale)))
    #expect(throws: Refusal.wrongState(state: .open, parked: false, allowed: [.tendering])) {
      _ = try decide(&shop, sale, .paid, 1250)
    }
    try shop.act(.total(SaleCall(sale: sale)))
    #expect(kinds(try decide(&shop, sale, .paid, 1250)).contains(.stubSealed))
  }

  /// A voided return, or one that was paid out before its provider spoke: the payment has given the money back.
  @Test(arguments: [false, true]) func whatWentBackIsNotLeftBehindItsSale(isVoid: Bool) throws {
    let voiding = try Shop(Shop.configuration { $0.limits.voidTotalledNeedsApproval = false })
    var (shop, stub) = try sold(in: voiding)
    if isVoid {
      let sale = try denied(&shop, stub)
      try shop.act(.voidSale(VoidSale(sale: sale, reason: "back again")))
      #expect(shop.stubs.last?.form == .void)
    } else {
      _ = try denied(&shop, stub, cash: -1250)
    }
    for _ in 0..<2 {
      #expect(shop.till.sales.isEmpty)
      let facts = try shop.facts(stub)
      #expect(try shop.till.leftToRefund(facts.tenders[0], of: facts) == 1250)
      let again = try back(&shop, stub, isVoid ? 2000 : 1000)
      if isVoid {
        #expect(throws: Refusal.overRefund(tender: TenderID(1), left: 1250)) {
          try shop.act(refund(again), facts: [facts])
        }
      }
      try shop.act(.voidSale(VoidSale(sale: again, reason: "enough")))
      try shop.act(.closeDay(last: shop.till.counters.lastZSequence + 9, head: "ab"))
    }
  }

  @Test func whatCannotGoBackIsRefusedWithItsReason() throws {
    var (shop, stub) = try sold()
    let cashStub = try shop.sell([item(500)])
    let sale = try back(&shop, stub)
    let facts = try shop.facts(stub)
    func refused(_ event: Event, _ known: [ClosedStubFacts], _ words: String) throws {
      do {
        try shop.act(event, facts: known)
        Issue.record("not refused: \(words)")
      } catch Refusal.refused(_, let text) {
        #expect(text.contains(words), "\(text)")
      }
    }
    try refused(refund(sale) { $0.codeHash = "0123456789abcdef" }, [facts], "needs no payment code")
    try refused(refund(sale) { $0.provider = "other" }, [facts], "paid through wallet")
    try refused(refund(sale) { $0.policy = nil }, [facts], "the box has no provider wallet")
    try refused(refund(sale) { $0.givesRefunds = false }, [facts], "wallet gives no refunds")
    let cashFacts = try shop.facts(cashStub)
    let elsewhere = RefundOf(stub: cashFacts.reference, tender: TenderID(1))
    try refused(refund(sale, of: elsewhere), [cashFacts], "no line of the sale returns from")
    let cashBack = try shop.totaled(
      [returning(cashFacts.reference, 1, 1000)], kind: .return, facts: [cashFacts])
    try refused(refund(cashBack), [cashFacts], "not paid through a provider")
    try refused(refund(cashBack, of: elsewhere), [cashFacts], "no payment through a provider")
    #expect(throws: Refusal.noSuchTender(sale: stub.sale, tender: TenderID(9))) {
      try shop.act(refund(sale, of: RefundOf(stub: facts.reference, tender: TenderID(9))), facts: [facts])
    }
    #expect(throws: Refusal.originalNotHere(box: "shop/1", proofs: [.local])) { try shop.act(refund(sale)) }
    let taking = try shop.totaled([item(700)])
    try refused(
      .addTender(
        AddTender(
          sale: taking,
          tender: TenderInput(
            kind: .provider, provider: "wallet", codeHash: "00", policy: policy,
            refundOf: RefundOf(stub: facts.reference, tender: TenderID(1))))), [facts], "here it is taken")
    var input = TenderInput(kind: .cash)
    input.refundOf = elsewhere
    try refused(.addTender(AddTender(sale: sale, tender: input)), [], "only a provider tender")
  }

  @Test func oneOfManyPaymentsMustBeNamed() throws {
    var shop = try Shop()
    let sold = try shop.totaled([item(1250, 2)])
    for (id, amount) in [(Int32(1), Amount(1000)), (2, 1500)] {
      try shop.act(pay(sold, amount, provider: id == 1 ? "wallet" : "bank"))
      try shop.act(try said(shop, sold, yes(amount), id: id))
    }
    let stub = try #require(shop.stubs.last)
    let sale = try back(&shop, stub)
    let facts = try shop.facts(stub)
    #expect(throws: Refusal.self) { try shop.act(refund(sale), facts: [facts]) }
    try shop.act(refund(sale, of: RefundOf(stub: facts.reference, tender: TenderID(2))), facts: [facts])
    #expect(tender(shop, sale)?.provider == "bank")
  }
}
