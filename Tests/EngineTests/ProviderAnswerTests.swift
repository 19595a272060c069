import Engine
import Testing
import Till
import TillShop

/// An answer of a provider is of the order that it answers: what was so before ends nothing that was ordered since.
@Suite struct ProviderAnswerTests {
  private final class Silent: PaymentConnector {
    func start(_ report: @escaping @Sendable (ProviderReport) -> Void) {}
    func carryOut(_ order: ProviderOrder) {}
    func stop() {}
  }

  /// A box with a payment whose outcome nobody knows, and its sale.
  private func unknown() throws -> (TestBox, sale: String) {
    let box = try TestBox(index: false)
    box.setup.providers["wallet"] = Silent()
    try box.start()
    try box.openShift()
    let open = box.call(.openSale(OpenSale(lane: "1", lines: [item(500)])))
    let answer = try #require(box.answers[open]).get()
    let sale = try #require(SaleChange(answer.records)?.sale)
    box.call(.total(SaleCall(sale: sale)))
    let tender = TenderInput(kind: .provider, provider: "wallet", codeHash: "0123456789abcdef")
    box.call(.addTender(AddTender(sale: sale, tender: tender)), code: [UInt8]("281234567890123456".utf8))
    let pay = try #require(box.orders.first)
    self.answer(pay, .unknown(why: "timeout"), box)
    return (box, sale)
  }

  private func remove(_ sale: String) -> Event {
    .removeTender(RemoveTender(sale: sale, tender: TenderID(1), reason: "customer changed"))
  }

  /// A box whose payment is being taken back, and its sale.
  private func takingBack() throws -> (TestBox, sale: String) {
    let (box, sale) = try unknown()
    box.call(remove(sale))
    #expect(state(box) == .reversing)
    return (box, sale)
  }

  private func answer(_ order: ProviderOrder, _ answer: ProviderAnswer, _ box: TestBox) {
    box.drain.take(.provider(name: "wallet", .answered(number: order.number, serial: order.serial, answer)))
    box.settle()
  }

  private func state(_ box: TestBox) -> TenderState? {
    box.drain.snapshot.till.sales.values.first?.tenders.first?.state
  }

  private func wait(_ seconds: Int, _ box: TestBox) {
    for _ in 0..<seconds {
      box.clocks.advance(milliseconds: 750)
      box.settle()
    }
  }

  /// The next order of this kind is out, however long that takes.
  private func next(_ step: ProviderOrder.Step, _ box: TestBox) throws -> ProviderOrder {
    let before = box.orders.count
    for _ in 0..<600 {
      if box.orders.count > before, let order = box.orders.last, order.step == step { return order }
      wait(1, box)
    }
    return try #require(nil as ProviderOrder?)
  }

  @Test func whatReverseWasAnsweredWithBehindTheNextQuestionIsNoAnswerToIt() throws {
    let (box, _) = try takingBack()
    let reverse = try next(.reverse, box)
    // Nobody answers; when the time for that is over, it is asked.
    let query = try next(.query, box)
    answer(reverse, .reversed, box)
    #expect(state(box) == .reversing)
    answer(query, .reversed, box)
    #expect(state(box) == .reversed)
  }

  @Test func noSuchOrderSaidBeforeTheTimeToAskWasOverIsTooEarlyWheneverItIsHeard() throws {
    let (box, _) = try takingBack()
    let reverse = try next(.reverse, box)
    answer(reverse, .notFound, box)
    let query = try #require(box.orders.last)
    #expect(query.step == .query)
    // It was sent while the order could still arrive, and is heard behind that.
    box.clocks.advance(milliseconds: 35_000)
    answer(query, .notFound, box)
    #expect(state(box) == .reversing)
    let last = try next(.query, box)
    answer(last, .notFound, box)
    #expect(state(box) == .reversed)
  }

  @Test func noSuchOrderIsTooEarlyForATakingBackThatIsNotDurableYet() throws {
    let (box, sale) = try unknown()
    let query = try next(.query, box)
    box.clocks.advance(milliseconds: 42_000)
    // Both are taken before either is on the disk.
    box.call(remove(sale), settles: false)
    answer(query, .notFound, box)
    #expect(state(box) == .reversing)
  }

  @Test func whatReverseWasAnsweredWithDoesNotTestAPersonsDecision() throws {
    let (box, sale) = try takingBack()
    let reverse = try next(.reverse, box)
    let revision = try #require(box.drain.snapshot.till.sales[sale]?.revision)
    box.call(
      .approve(
        Approve(
          approver: "9001", action: .decideTender, subject: sale, revision: revision, reason: "looked it up",
          amount: 1_000_000)))
    let approval = try #require(box.drain.snapshot.till.approvals.keys.first)
    box.call(
      .decideTender(
        DecideTender(
          sale: sale, tender: TenderID(1), verdict: .notPaid, reason: "looked it up", approval: approval)))
    #expect(state(box) == .reversed)
    answer(reverse, .declined(why: "userPaying"), box)
    let tender = try #require(box.drain.snapshot.till.sales[sale]?.tender(TenderID(1)))
    #expect(tender.course?.verdict == .notPaid)
    #expect(tender.course?.test == nil)
  }
}
