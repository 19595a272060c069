import Engine
import Testing
import Till
import TillShop

/// An answer of a provider is of the order that it answers: what was so before ends nothing that was ordered since.
@Suite struct ProviderAnswerTests {
  /// A box with a payment whose outcome nobody knows, and its sale.
  private func unknown() throws -> (TestBox, sale: String) {
    let box = try TestBox.withWallet()
    box.answer(try box.pay(), .unknown(why: "timeout"))
    return (box, try #require(box.drain.snapshot.till.sales.keys.first))
  }

  /// A box whose payment is being taken back, and its sale.
  private func takingBack() throws -> (TestBox, sale: String) {
    let (box, sale) = try unknown()
    try box.remove()
    #expect(box.tender?.state == .reversing)
    return (box, sale)
  }

  @Test func whatReverseWasAnsweredWithBehindTheNextQuestionIsNoAnswerToIt() throws {
    let (box, _) = try takingBack()
    let reverse = try box.next(.reverse)
    // Nobody answers; when the time for that is over, it is asked.
    let query = try box.next(.query)
    box.answer(reverse, .reversed)
    #expect(box.tender?.state == .reversing)
    box.answer(query, .reversed)
    #expect(box.tender?.state == .reversed)
  }

  @Test func noSuchOrderSaidBeforeTheTimeToAskWasOverIsTooEarlyWheneverItIsHeard() throws {
    let (box, _) = try takingBack()
    let reverse = try box.next(.reverse)
    box.answer(reverse, .notFound)
    let query = try #require(box.orders.last)
    #expect(query.step == .query)
    // It was sent while the order could still arrive, and is heard behind that.
    box.clocks.advance(milliseconds: 35_000)
    box.answer(query, .notFound)
    #expect(box.tender?.state == .reversing)
    let last = try box.next(.query)
    box.answer(last, .notFound)
    #expect(box.tender?.state == .reversed)
  }

  @Test func noSuchOrderIsTooEarlyForATakingBackThatIsNotDurableYet() throws {
    let (box, _) = try unknown()
    let query = try box.next(.query)
    box.clocks.advance(milliseconds: 42_000)
    // Both are taken before either is on the disk.
    try box.remove(settles: false)
    box.answer(query, .notFound)
    #expect(box.tender?.state == .reversing)
  }

  @Test func whatReverseWasAnsweredWithDoesNotTestAPersonsDecision() throws {
    let (box, sale) = try takingBack()
    let reverse = try box.next(.reverse)
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
    #expect(box.tender?.state == .reversed)
    box.answer(reverse, .declined(why: "userPaying"))
    let tender = try #require(box.drain.snapshot.till.sales[sale]?.tender(TenderID(1)))
    #expect(tender.course?.verdict == .notPaid)
    #expect(tender.course?.test == nil)
  }
}
