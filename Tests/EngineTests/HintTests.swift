import Engine
import Money
import Testing
import Till
import TillShop

/// A provider's word that there is news of an order: a reason to ask sooner, and nothing else.
@Suite struct HintTests {
  private let million: UInt64 = 1_000_000

  private func desk(
    _ state: TenderState = .pending, why: String? = nil, window: Int64 = 60_000
  ) -> (ProviderDesk, now: UInt64) {
    var desk = ProviderDesk()
    let tender = Tender(
      id: TenderID(1), kind: .provider, state: state, asked: 500, number: "N1", provider: "wallet", why: why,
      course: ProviderCourse(codeHash: "", startedAt: 0, askUntil: window, reverseFrom: 0, shown: true))
    let policy = ProviderPolicy(
      payTimeout: 1_000, firstQuery: 10_000, queryInterval: 10_000, window: window, reverseNotBefore: 0)
    desk.take(policy, of: "wallet", now: 0)
    desk.note("s1", tender, wall: 0, now: 0)
    desk.sent("N1", now: 0)
    desk.answered("N1", now: 0)
    return (desk, 0)
  }

  @Test func theNextQuestionComesAtOnceAndTheOthersAsBefore() {
    var (desk, _) = desk()
    let (due, asked) = (desk.next, desk.courses["N1"]?.questions)
    desk.hint("N1", from: "wallet", now: 2_000 * million)
    #expect(desk.due(at: 2_000 * million) == ["N1"])
    desk.sent("N1", now: 2_000 * million)
    desk.answered("N1", now: 2_100 * million)
    #expect(desk.next == due && desk.courses["N1"]?.questions == asked)
  }

  @Test func noMoreThanTwoASecondHoweverOftenItIsSaid() {
    var (desk, now) = desk()
    var questions = 0
    for step in 0..<1_000 {
      now = UInt64(step) * 9 * million
      desk.hint("N1", from: "wallet", now: now)
      for number in desk.due(at: now) {
        desk.sent(number, now: now)
        desk.hint("N1", from: "wallet", now: now)
        desk.answered(number, now: now)
        questions += 1
      }
    }
    // 9 seconds.
    #expect((17...19).contains(questions), "\(questions)")
  }

  /// Each question may be a record: who says for a day that there is news is heard less and less.
  @Test func aDayOfNewsIsNotHeardAllDay() {
    var (desk, _) = desk(window: 86_400_000)
    var questions = 0
    for step in 0..<863_000 {
      let now = UInt64(step) * 100 * million
      desk.hint("N1", from: "wallet", now: now)
      for number in desk.due(at: now) {
        if desk.courses[number]?.isHinted == true { questions += 1 }
        desk.sent(number, now: now)
        desk.answered(number, now: now)
      }
    }
    #expect((ProviderDesk.usualQuestions..<256).contains(questions), "\(questions)")
  }

  @Test func whatIsNobodysIsNotHeard() {
    var (desk, _) = desk()
    let due = desk.next
    desk.hint("N2", from: "wallet", now: 1)
    desk.hint("N1", from: "bank", now: 1)
    #expect(desk.next == due && desk.courses.count == 1)
  }

  @Test func whatIsSaidWhileAnOrderIsOnItsWayIsAskedBehindIt() {
    var (desk, _) = desk()
    desk.sent("N1", now: 10_000 * million)
    desk.hint("N1", from: "wallet", now: 10_001 * million)
    desk.answered("N1", now: 10_002 * million)
    #expect(desk.due(at: 10_002 * million) == ["N1"])
    desk.sent("N1", now: 10_002 * million)
    desk.answered("N1", now: 10_003 * million)
    #expect(desk.next == 20_002 * million)
  }

  @Test func whatIsTakenBackMeanwhileIsNotPutOff() throws {
    var (desk, _) = desk()
    desk.hint("N1", from: "wallet", now: 2_000 * million)
    desk.sent("N1", now: 2_000 * million)
    let before = try #require(desk.courses["N1"]?.tender)
    var tender = before
    tender.state = .reversing
    desk.note("s1", tender, wall: 2_000, now: 2_001 * million)
    desk.answered("N1", now: 2_002 * million)
    #expect(desk.due(at: 2_002 * million) == ["N1"])
  }
}
