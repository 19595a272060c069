import Engine
import Money
import Testing
import Till
import TillShop

/// A code that the till shows: what it says is in memory only, its order is closed, and only a question ends it.
@Suite struct ShownCodeDeskTests {
  private let content = "https://pay.example/code/7"

  /// A box with a sale whose code was ordered, and that order.
  private func ordered(_ amount: Amount? = nil) throws -> (TestBox, sale: String, ProviderOrder) {
    let box = try TestBox.withWallet()
    let sale = try box.totalled()
    let input = TenderInput(kind: .provider, amount: amount, provider: "wallet", show: true)
    box.call(.addTender(AddTender(sale: sale, tender: input)))
    return (box, sale, try #require(box.orders.first))
  }

  /// The same with the code on show.
  private func shown() throws -> (TestBox, sale: String) {
    let (box, sale, order) = try ordered()
    show(order, box)
    box.answer(order, .pending)
    return (box, sale)
  }

  private func show(_ order: ProviderOrder, _ box: TestBox) {
    box.drain.take(
      .provider(name: "wallet", .shown(number: order.number, serial: order.serial, content: content)))
  }

  private func restart(_ box: TestBox) throws {
    try box.start()
    box.drain.take(.started)
    box.settle()
  }

  @Test func itIsKnownAsLongAsItCanBePaid() throws {
    let (box, _, order) = try ordered()
    let course = try #require(box.tender?.course)
    #expect(order.step == .createCode(CodeOrder(expires: course.askUntil, isFirst: true)))
    #expect(box.drain.snapshot.codes.isEmpty)
    show(order, box)
    box.answer(order, .pending)
    #expect(box.drain.snapshot.codes == [order.number: content])
    try box.remove()
    #expect(box.tender?.state == .reversing && box.drain.snapshot.codes.isEmpty)
  }

  @Test func aCodeOfAnotherOrderIsNotShown() throws {
    let (box, _, order) = try ordered()
    for (number, serial) in [("X" + order.number.dropFirst(), order.serial), (order.number, order.serial + 1)] {
      box.drain.take(.provider(name: "wallet", .shown(number: number, serial: serial, content: content)))
    }
    box.answer(order, .pending)
    show(order, box)
    box.settle()
    #expect(box.drain.snapshot.codes.isEmpty)
  }

  @Test func whatItSaysIsInNoWords() throws {
    let (box, _, order) = try ordered(300)
    show(order, box)
    box.answer(order, .unknown(why: "no answer for \(content)!"))
    #expect(box.tender?.state == .unknown && box.tender?.why == "withheld")
    let query = try box.next(.query)
    box.answer(query, .approved(amount: 300, currency: "CNY", reference: content))
    #expect(box.tender?.state == .approved && box.tender?.reference == "withheld")
  }

  /// Behind a restart the code is not known any more, and still it is in no words.
  @Test(arguments: ["", "paid by ", "x="]) func whatItSaidIsInNoWordsBehindARestart(_ before: String) throws {
    let (box, _, order) = try ordered(300)
    show(order, box)
    box.answer(order, .pending)
    #expect(box.tender?.course?.codeLength == Int64(content.utf8.count))
    try restart(box)
    let said = ProviderAnswer.approved(amount: 300, currency: "CNY", reference: "\(before)\(content).")
    box.answer(try box.next(.query), said)
    #expect(box.tender?.state == .approved && box.tender?.reference == "withheld")
  }

  @Test func otherWordsStayBehindARestart() throws {
    let (box, _, order) = try ordered(300)
    show(order, box)
    box.answer(order, .pending)
    try restart(box)
    box.answer(try box.next(.query), .approved(amount: 300, currency: "CNY", reference: "4200001234"))
    #expect(box.tender?.reference == "4200001234")
  }

  @Test func whatItSaidIsInNoWordsWhenItIsTakenBack() throws {
    let (box, _) = try shown()
    try box.remove()
    #expect(box.drain.snapshot.codes.isEmpty)
    box.answer(try box.next(.close), .approved(amount: 500, currency: "CNY", reference: content))
    #expect(box.tender?.state == .manual && box.tender?.reference == "withheld")
  }

  /// Nothing is known of it: then any words may be what it says.
  @Test func ofACodeThatNeverCameNoWordsAreKept() throws {
    let (box, _, order) = try ordered(300)
    box.answer(order, .unknown(why: "timeout"))
    #expect(box.tender?.why == "timeout")
    box.answer(try box.next(.query), .declined(why: "order \(content) is over"))
    #expect(box.tender?.state == .declined && box.tender?.why == "withheld")
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
    #expect(box.tender?.state == .declined)
    let close = try #require(box.orders.last { $0.step == .close })
    box.answer(close, .closed)
    #expect(box.tender?.course?.test == nil, "a question says so")
    box.answer(try box.next(.query), .pending)
    box.answer(try box.next(.query), .pending)
    #expect(box.orders.filter { $0.step == .close }.count == 1)
    try restart(box)
    let closes = box.orders.filter { $0.step == .close }
    #expect(closes.count == 2)
    box.answer(try #require(closes.last), .approved(amount: 500, currency: "CNY", reference: nil))
    #expect(box.tender?.state == .reversing)
  }

  @Test func closedIsBelievedBehindAQuestionOnly() throws {
    let (box, _) = try shown()
    try box.remove()
    let close = try box.next(.close)
    box.answer(close, .closed)
    #expect(box.tender?.state == .reversing)
    let query = try box.next(.query)
    box.answer(query, .pending)
    #expect(box.tender?.state == .reversing)
    box.answer(try box.next(.close), .unknown(why: "timeout"))
    box.answer(try box.next(.query), .closed)
    #expect(box.tender?.state == .reversed)
  }

  @Test func alreadyPaidIsBelievedAtOnce() throws {
    let (box, sale) = try shown()
    try box.remove()
    box.answer(try box.next(.close), .approved(amount: 500, currency: "CNY", reference: "P1"))
    #expect(box.tender?.state == .manual)
    #expect(box.drain.snapshot.till.sales[sale]?.hold?.why == .paidAfterCancel)
  }

  @Test func whatCameBehindOtherMoneyIsReversed() throws {
    let (box, sale) = try shown()
    try box.remove()
    let close = try box.next(.close)
    box.call(.addTender(AddTender(sale: sale, tender: TenderInput(kind: .cash))))
    box.answer(close, .approved(amount: 500, currency: "CNY", reference: "P1"))
    let reverse = try box.next(.reverse)
    box.answer(reverse, .reversed)
    box.answer(try box.next(.query), .reversed)
    #expect(box.drain.snapshot.till.pursuits.isEmpty)
  }

  @Test func whenItsTimeIsOverItIsAskedOnceMoreAndClosed() throws {
    let (box, _) = try shown()
    for _ in 0..<60 {
      if let order = box.orders.last, order.step == .query { box.answer(order, .pending) }
      if box.tender?.state == .reversing { break }
      box.clocks.advance(milliseconds: 750)
      box.settle()
    }
    #expect(box.tender?.state == .reversing && box.drain.snapshot.codes.isEmpty)
    #expect(try box.next(.close).step == .close)
    #expect(!box.orders.contains { $0.step == .reverse })
  }

  @Test func aCodeThatIsNotKnownIsAskedForAgainAFewTimesByWhoSaysItAgain() throws {
    let (box, _, order) = try ordered()
    let abilities = ProviderAbilities(refunds: true, answersForRefunds: true, makesCodes: true, repeatsCodes: true)
    box.drain.take(.provider(name: "wallet", .abilities(abilities)))
    box.answer(order, .unknown(why: "timeout"))
    let expires = try #require(box.tender?.course?.askUntil)
    let again = ProviderOrder.Step.createCode(CodeOrder(expires: expires, isFirst: false))
    for _ in 0..<2 { box.answer(try box.next(again), .unknown(why: "noCode")) }
    box.answer(try box.next(.query), .pending)
    #expect(box.orders.filter { if case .createCode = $0.step { true } else { false } }.count == 3)
  }
}
