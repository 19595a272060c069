import Engine
import Testing
import Till
import TillShop

/// A bill that replaced another one knows what went back of the payment that it took over, though the refund names the bill
/// that was paid.
@Suite struct CarriedRefundTests {
  private final class Silent: PaymentConnector {
    func start(_ report: @escaping @Sendable (ProviderReport) -> Void) {}
    func carryOut(_ order: ProviderOrder) {}
    func stop() {}
  }

  private let closeDay = Event.closeDay(last: 0, head: "", slip: nil)

  private func box(index: Bool) throws -> TestBox {
    let box = try TestBox(index: index)
    box.setup.providers["wallet"] = Silent()
    try box.start()
    try box.openShift()
    speak(box)
    return box
  }

  private func speak(_ box: TestBox) {
    box.drain.take(.provider(name: "wallet", .abilities(ProviderAbilities(refunds: true, answersForRefunds: true))))
    box.settle()
  }

  private func till(_ box: TestBox) -> Till { box.drain.snapshot.till }

  @discardableResult
  private func act(_ box: TestBox, _ event: Event, _ stubs: [StubReference] = []) throws -> String {
    let call = box.call(event, stubs)
    let answer = try #require(box.answers[call]).get()
    return SaleChange(answer.records)?.sale ?? ""
  }

  private func approve(_ box: TestBox, _ action: ApprovalAction, _ subject: String) throws -> String {
    let revision = till(box).sales[subject]?.revision ?? 0
    try act(
      box,
      .approve(
        Approve(approver: "9001", action: action, subject: subject, revision: revision, reason: "x", amount: 500)))
    return try #require(till(box).approvals.values.first { $0.subject == subject && $0.revision == revision }?.id)
  }

  private func answer(_ box: TestBox, _ answer: ProviderAnswer) throws {
    let order = try #require(box.orders.last)
    box.drain.take(.provider(name: "wallet", .answered(number: order.number, serial: order.serial, answer)))
  }

  private let yes = ProviderAnswer.approved(amount: 500, currency: "CNY", reference: nil)

  private func stub(_ number: Int) -> StubReference {
    StubReference(box: "shop/1", stub: StubNumber(mode: .normal, value: Int64(number)).description)
  }

  /// A bill of 5.00 by wallet, and the one that replaced it, unchanged.
  private func replaced(_ box: TestBox) throws -> StubReference {
    let sale = try act(box, .openSale(OpenSale(lane: "1", lines: [item(500)])))
    try act(box, .total(SaleCall(sale: sale)))
    let tender = TenderInput(kind: .provider, provider: "wallet", codeHash: "0123456789abcdef")
    box.call(.addTender(AddTender(sale: sale, tender: tender)), code: [UInt8]("281234567890123456".utf8))
    try answer(box, yes)
    box.settle()
    let new = try act(box, try correction(box, stub(1)), [stub(1)])
    try act(box, .total(SaleCall(sale: new)))
    #expect(till(box).sales.isEmpty)
    return stub(2)
  }

  private func correction(_ box: TestBox, _ bill: StubReference) throws -> Event {
    .openSale(
      OpenSale(
        lane: "1", kind: .correction, lines: [returning(bill, 1, -1000)], corrects: bill,
        approval: try approve(box, .correctSale, bill.stub)))
  }

  private func returned(_ box: TestBox, _ bill: StubReference) throws -> String {
    let sale = try act(box, .openSale(OpenSale(lane: "1", kind: .return, lines: [returning(bill, 1, 1000)])), [bill])
    try act(box, .total(SaleCall(sale: sale)))
    return sale
  }

  private func refund(_ sale: String) -> Event {
    .addTender(AddTender(sale: sale, tender: TenderInput(kind: .provider)))
  }

  /// A return whose refund nobody knows of, decided as not paid, and voided.
  private func unsure(_ box: TestBox, _ bill: StubReference) throws {
    let sale = try returned(box, bill)
    try act(box, refund(sale), [bill])
    try answer(box, .unknown(why: "timeout"))
    box.settle()
    try act(
      box,
      .decideTender(
        DecideTender(
          sale: sale, tender: TenderID(1), verdict: .notPaid, reason: "x",
          approval: try approve(box, .decideTender, sale))))
    let void = VoidSale(sale: sale, reason: "x", approval: try approve(box, .voidTotalled, sale))
    try act(box, .voidSale(void))
  }

  /// The provider is asked, and says that it went back; then the Z, which is the last that names it.
  private func denied(_ box: TestBox) throws {
    let asked = box.orders.count
    for _ in 0..<100 where box.orders.count == asked {
      box.clocks.advance(milliseconds: 1_000)
      box.settle(looksUp: false)
    }
    try answer(box, yes)
    box.settle(looksUp: false)
    #expect(till(box).pursuits.count == 1 && till(box).followedTenders.isEmpty)
    box.call(closeDay, settles: false)
    box.settle(looksUp: false)
    #expect(till(box).pursuits.isEmpty)
  }

  private func isOverRefund(_ result: Result<Answer, CallError>?) -> Bool {
    if case .failure(.refused(.overRefund(tender: TenderID(1), left: 0)))? = result { true } else { false }
  }

  private func demandNothingIsLeft(_ box: TestBox, _ bill: StubReference) throws {
    let facts = try box.lookups.facts(bill, upTo: .max).get()
    #expect(facts.refunded == [TenderID(1): 500])
    #expect(try till(box).leftToRefund(facts.tenders[0], of: facts) == .zero)
    let sale = try returned(box, bill)
    let call = box.call(refund(sale), [bill])
    #expect(isOverRefund(box.answers[call]))
    try act(box, .voidSale(VoidSale(sale: sale, reason: "x", approval: try approve(box, .voidTotalled, sale))))
    // Nor is it carried over as paid into a third bill, whose difference would be paid out.
    let corrected = box.call(try correction(box, bill), [bill])
    #expect(throws: CallError.self) { try #require(box.answers[corrected]).get() }
  }

  @Test(arguments: [true, false]) func itsBillKnowsWhatWentBackBehindTheZ(index: Bool) throws {
    let box = try box(index: index)
    let bill = try replaced(box)
    try unsure(box, bill)
    try denied(box)
    try demandNothingIsLeft(box, bill)
    try box.fillSegment()
    try demandNothingIsLeft(box, bill)
    try box.start()
    speak(box)
    try demandNothingIsLeft(box, bill)
  }

  /// What was looked up before the provider spoke is looked up again.
  @Test func whatIsHeardMeanwhileIsNotMissed() throws {
    let box = try box(index: false)
    let bill = try replaced(box)
    try unsure(box, bill)
    let sale = try returned(box, bill)
    let token = box.call(refund(sale), [bill], settles: false)
    box.settle(looksUp: false)
    guard case .input(let early) = box.lookups.carryOut(try #require(box.waiting.last)) else {
      Issue.record("no facts")
      return
    }
    try denied(box)
    box.drain.take(early)
    box.settle()
    #expect(isOverRefund(box.answers[token]))
    #expect(box.orders.count { if case .refund = $0.step { true } else { false } } == 1)
  }
}
