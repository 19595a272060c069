import Engine
import Money
import Testing
import Till

/// When a refund goes out and when it is asked about: under one number, for as long as it takes.
@Suite struct RefundDeskTests {
  private let second: UInt64 = 1_000_000_000
  private let start: UInt64 = 1_000 * 1_000_000_000
  private let wall: Int64 = 1_767_225_600_000

  private func tender(_ state: TenderState, verdict: TenderVerdict? = nil) -> Tender {
    Tender(
      id: TenderID(1), kind: .provider, state: state, asked: -1250, number: "R1", provider: "wallet",
      course: ProviderCourse(
        codeHash: "", startedAt: wall, askUntil: wall + 45_000, reverseFrom: wall, verdict: verdict,
        refund: RefundedPayment(
          stub: StubReference(box: "shop/1", stub: "000007"), tender: TenderID(1), number: "N1", total: 2500)))
  }

  private func desk(_ state: TenderState, verdict: TenderVerdict? = nil) -> ProviderDesk {
    var desk = ProviderDesk()
    desk.note("s", tender(state, verdict: verdict), wall: wall, now: start)
    return desk
  }

  private func order(isFirst: Bool = false) -> RefundOrder { RefundOrder(order: "N1", total: 2500, isFirst: isFirst) }

  @Test func theOrderGoesOutUntilItsProviderIsAtIt() {
    var desk = desk(.intent)
    #expect(desk.refundStep("R1", isFirst: true) == .refund(order(isFirst: true)))
    // After a restart nobody knows whether it went out: nothing about it is the first.
    #expect(desk.refundStep("R1") == .refund(order()))
    desk.note("s", tender(.unknown), wall: wall, now: start)
    #expect(desk.refundStep("R1") == .refund(order()))
    desk.note("s", tender(.pending), wall: wall, now: start)
    #expect(desk.refundStep("R1") == .queryRefund(order()))
    desk.note("s", tender(.unknown), wall: wall, now: start)
    #expect(desk.refundStep("R1") == .refund(order()))
    desk.note("s", tender(.approved), wall: wall, now: start)
    #expect(desk.courses.isEmpty && desk.next == nil)
  }

  @Test func aProviderThatCannotBeAskedIsGivenTheSameOrderAgain() {
    var pending = desk(.pending)
    pending.take(ProviderAbilities(refunds: true, answersForRefunds: false), of: "wallet", now: start)
    #expect(pending.refundStep("R1") == .refund(order()))
    // Behind a person's decision no money moves any more.
    var decided = desk(.declined, verdict: .notPaid)
    #expect(decided.refundStep("R1") == .queryRefund(order()))
    decided.take(ProviderAbilities(refunds: true, answersForRefunds: false), of: "wallet", now: start)
    #expect(decided.refundStep("R1") == nil)
  }

  /// There is no time behind which it is given up: the waits grow to ten minutes and stay.
  @Test(arguments: [TenderState.unknown, .pending]) func theWaitsGrowAndNeverEnd(_ state: TenderState) throws {
    var desk = desk(state)
    var waits: [UInt64] = []
    var now = start
    for _ in 0..<40 {
      #expect(desk.due(at: now) == ["R1"])
      desk.sent("R1", now: now)
      desk.answered("R1", now: now)
      let next = try #require(desk.next)
      waits.append((next - now) / second)
      now = next
      #expect(desk.courses["R1"]?.phase == .refunding)
      #expect(desk.alarm("R1", wall: wall + 30 * 86_400_000, isTrusted: true, now: now) == nil)
    }
    #expect(Array(waits.prefix(9)) == [5, 10, 20, 40, 80, 160, 320, 600, 600])
    #expect(waits.last == 600)
  }

  @Test func noSuchRefundIsNeverTooEarlyToHear() {
    #expect(desk(.unknown).courses["R1"]?.isTooEarly(.notFound, now: start) == false)
    #expect(desk(.approved, verdict: .paid).courses["R1"]?.isTooEarly(.notFound, now: start) == true)
  }

  @Test func manualWaitsForAPerson() { #expect(desk(.manual).courses.isEmpty) }
}
