import Engine
import Money
import Testing
import Till
import TillShop

/// A code that the till shows: what it says is in memory only, its order is closed, and only a question ends it.
@Suite struct ShownCodeDeskTests {
  private final class Silent: PaymentConnector {
    func start(_ report: @escaping @Sendable (ProviderReport) -> Void) {}
    func carryOut(_ order: ProviderOrder) {}
    func stop() {}
  }

  private let content = "https://pay.example/code/7"

  /// A box with a sale whose code was ordered, and that order.
  private func ordered(_ amount: Amount? = nil) throws -> (TestBox, sale: String, ProviderOrder) {
    let box = try TestBox(index: false)
    box.setup.providers["wallet"] = Silent()
    try box.start()
    try box.openShift()
    let open = box.call(.openSale(OpenSale(lane: "1", lines: [item(500)])))
    let answer = try #require(box.answers[open]).get()
    let sale = try #require(SaleChange(answer.records)?.sale)
    box.call(.total(SaleCall(sale: sale)))
    let input = TenderInput(kind: .provider, amount: amount, provider: "wallet", show: true)
    box.call(.addTender(AddTender(sale: sale, tender: input)))
    return (box, sale, try #require(box.orders.first))
  }

  /// The same with the code on show.
  private func shown() throws -> (TestBox, sale: String) {
    let (box, sale, order) = try ordered()
    show(order, box)
    answer(order, .pending, box)
    return (box, sale)
  }

  private func show(_ order: ProviderOrder, _ box: TestBox) {
    box.drain.take(
      .provider(name: "wallet", .shown(number: order.number, serial: order.serial, content: content)))
  }

  private func answer(_ order: ProviderOrder, _ answer: ProviderAnswer, _ box: TestBox) {
    box.drain.take(.provider(name: "wallet", .answered(number: order.number, serial: order.serial, answer)))
    box.settle()
  }

  private func tender(_ box: TestBox) -> Tender? { box.drain.snapshot.till.sales.values.first?.tenders.first }

  /// The next order of this kind is out, however long that takes.
  private func next(_ step: ProviderOrder.Step, _ box: TestBox) throws -> ProviderOrder {
    let before = box.orders.count
    for _ in 0..<600 {
      if box.orders.count > before, let order = box.orders.last, order.step == step { return order }
      box.clocks.advance(milliseconds: 750)
      box.settle()
    }
    return try #require(nil as ProviderOrder?)
  }

  private func restart(_ box: TestBox) throws {
    try box.start()
    box.drain.take(.started)
    box.settle()
  }

  private func remove(_ sale: String) -> Event {
    .removeTender(RemoveTender(sale: sale, tender: TenderID(1), reason: "customer changed"))
  }

  @Test func itIsKnownAsLongAsItCanBePaid() throws {
    let (box, sale, order) = try ordered()
    let course = try #require(tender(box)?.course)
    #expect(order.step == .createCode(CodeOrder(expires: course.askUntil, isFirst: true)))
    #expect(box.drain.snapshot.codes.isEmpty)
    show(order, box)
    answer(order, .pending, box)
    #expect(box.drain.snapshot.codes == [order.number: content])
    box.call(remove(sale))
    #expect(tender(box)?.state == .reversing && box.drain.snapshot.codes.isEmpty)
  }

  @Test func aCodeOfAnotherOrderIsNotShown() throws {
    let (box, _, order) = try ordered()
    for (number, serial) in [("X" + order.number.dropFirst(), order.serial), (order.number, order.serial + 1)] {
      box.drain.take(.provider(name: "wallet", .shown(number: number, serial: serial, content: content)))
    }
    answer(order, .pending, box)
    show(order, box)
    box.settle()
    #expect(box.drain.snapshot.codes.isEmpty)
  }

  @Test func whatItSaysIsInNoWords() throws {
    let (box, _, order) = try ordered(300)
    show(order, box)
    answer(order, .unknown(why: "no answer for \(content)!"), box)
    #expect(tender(box)?.state == .unknown && tender(box)?.why == "withheld")
    let query = try next(.query, box)
    answer(query, .approved(amount: 300, currency: "CNY", reference: content), box)
    #expect(tender(box)?.state == .approved && tender(box)?.reference == "withheld")
  }

  /// Behind a restart the code is not known any more, and still it is in no words.
  @Test(arguments: ["", "paid by ", "x="]) func whatItSaidIsInNoWordsBehindARestart(_ before: String) throws {
    let (box, _, order) = try ordered(300)
    show(order, box)
    answer(order, .pending, box)
    #expect(tender(box)?.course?.codeLength == Int64(content.utf8.count))
    try restart(box)
    let said = ProviderAnswer.approved(amount: 300, currency: "CNY", reference: "\(before)\(content).")
    answer(try next(.query, box), said, box)
    #expect(tender(box)?.state == .approved && tender(box)?.reference == "withheld")
  }

  @Test func otherWordsStayBehindARestart() throws {
    let (box, _, order) = try ordered(300)
    show(order, box)
    answer(order, .pending, box)
    try restart(box)
    answer(try next(.query, box), .approved(amount: 300, currency: "CNY", reference: "4200001234"), box)
    #expect(tender(box)?.reference == "4200001234")
  }

  @Test func whatItSaidIsInNoWordsWhenItIsTakenBack() throws {
    let (box, sale) = try shown()
    box.call(remove(sale))
    #expect(box.drain.snapshot.codes.isEmpty)
    answer(try next(.close, box), .approved(amount: 500, currency: "CNY", reference: content), box)
    #expect(tender(box)?.state == .manual && tender(box)?.reference == "withheld")
  }

  /// Nothing is known of it: then any words may be what it says.
  @Test func ofACodeThatNeverCameNoWordsAreKept() throws {
    let (box, _, order) = try ordered(300)
    answer(order, .unknown(why: "timeout"), box)
    #expect(tender(box)?.why == "timeout")
    answer(try next(.query, box), .declined(why: "order \(content) is over"), box)
    #expect(tender(box)?.state == .declined && tender(box)?.why == "withheld")
  }

  /// Whoever still has the code could pay it: it is closed when a person says that it was not paid, in each run once.
  @Test func whatAPersonSaysWasNotPaidIsClosed() throws {
    let (box, sale) = try shown()
    let revision = try #require(box.drain.snapshot.till.sales[sale]?.revision)
    let approve = Approve(
      approver: "9001", action: .decideTender, subject: sale, revision: revision, reason: "their books", amount: 500)
    let call = box.call(.approve(approve))
    let granted = try #require(box.answers[call]).get()
    guard case .approvalGranted(let approval)? = granted.records.first?.fact else { throw Refusal.noSuchSale(sale) }
    let decide = DecideTender(
      sale: sale, tender: TenderID(1), verdict: .notPaid, reason: "their books", approval: approval.id)
    box.call(.decideTender(decide))
    #expect(tender(box)?.state == .declined)
    let close = try next(.close, box)
    answer(close, .closed, box)
    #expect(tender(box)?.course?.test == nil, "a question says so")
    answer(try next(.query, box), .pending, box)
    answer(try next(.query, box), .pending, box)
    #expect(box.orders.filter { $0.step == .close }.count == 1)
    try restart(box)
    answer(try next(.close, box), .approved(amount: 500, currency: "CNY", reference: nil), box)
    #expect(tender(box)?.state == .reversing)
  }

  @Test func closedIsBelievedBehindAQuestionOnly() throws {
    let (box, sale) = try shown()
    box.call(remove(sale))
    let close = try next(.close, box)
    answer(close, .closed, box)
    #expect(tender(box)?.state == .reversing)
    let query = try next(.query, box)
    answer(query, .pending, box)
    #expect(tender(box)?.state == .reversing)
    answer(try next(.close, box), .unknown(why: "timeout"), box)
    answer(try next(.query, box), .closed, box)
    #expect(tender(box)?.state == .reversed)
  }

  @Test func alreadyPaidIsBelievedAtOnce() throws {
    let (box, sale) = try shown()
    box.call(remove(sale))
    answer(try next(.close, box), .approved(amount: 500, currency: "CNY", reference: "P1"), box)
    #expect(tender(box)?.state == .manual)
    #expect(box.drain.snapshot.till.sales[sale]?.hold?.why == .paidAfterCancel)
  }

  @Test func whatCameBehindOtherMoneyIsReversed() throws {
    let (box, sale) = try shown()
    box.call(remove(sale))
    let close = try next(.close, box)
    box.call(.addTender(AddTender(sale: sale, tender: TenderInput(kind: .cash))))
    answer(close, .approved(amount: 500, currency: "CNY", reference: "P1"), box)
    let reverse = try next(.reverse, box)
    answer(reverse, .reversed, box)
    answer(try next(.query, box), .reversed, box)
    #expect(box.drain.snapshot.till.pursuits.isEmpty)
  }

  @Test func whenItsTimeIsOverItIsAskedOnceMoreAndClosed() throws {
    let (box, _) = try shown()
    for _ in 0..<60 {
      if let order = box.orders.last, order.step == .query { answer(order, .pending, box) }
      if tender(box)?.state == .reversing { break }
      box.clocks.advance(milliseconds: 750)
      box.settle()
    }
    #expect(tender(box)?.state == .reversing && box.drain.snapshot.codes.isEmpty)
    #expect(try next(.close, box).step == .close)
    #expect(!box.orders.contains { $0.step == .reverse })
  }

  @Test func aCodeThatIsNotKnownIsAskedForAgainAFewTimesByWhoSaysItAgain() throws {
    let (box, _, order) = try ordered()
    let abilities = ProviderAbilities(refunds: true, answersForRefunds: true, makesCodes: true, repeatsCodes: true)
    box.drain.take(.provider(name: "wallet", .abilities(abilities)))
    answer(order, .unknown(why: "timeout"), box)
    let expires = try #require(tender(box)?.course?.askUntil)
    let again = ProviderOrder.Step.createCode(CodeOrder(expires: expires, isFirst: false))
    for _ in 0..<2 { answer(try next(again, box), .unknown(why: "noCode"), box) }
    answer(try next(.query, box), .pending, box)
    #expect(box.orders.filter { if case .createCode = $0.step { true } else { false } }.count == 3)
  }
}
