import Engine
import Journal
import Money
import Testing
import Till

/// When a payment is asked for, and when it is taken back. All times are handed in.
@Suite struct ProviderDeskTests {
  private let second: UInt64 = 1_000_000_000
  private let start: UInt64 = 1_000_000 * 1_000_000_000
  private let wall: Int64 = 1_767_225_600_000

  private func tender(_ state: TenderState, askUntil: Int64 = 45_000, reverseFrom: Int64 = 15_000) -> Tender {
    Tender(
      id: TenderID(1), kind: .provider, state: state, asked: 1250, number: "N1", provider: "wallet",
      course: ProviderCourse(
        codeHash: "00", startedAt: wall, askUntil: wall + askUntil, reverseFrom: wall + reverseFrom))
  }

  private func desk(_ state: TenderState, askUntil: Int64 = 45_000, reverseFrom: Int64 = 15_000) -> ProviderDesk {
    var desk = ProviderDesk()
    desk.note("s", tender(state, askUntil: askUntil, reverseFrom: reverseFrom), wall: wall, now: start)
    return desk
  }

  @Test func theFirstQuestionWaitsForTheAnswerToTheOrder() {
    var desk = desk(.intent)
    desk.sent("N1", now: start)
    #expect(desk.due(at: start + 9 * second).isEmpty)
    desk.answered("N1", now: start + 2 * second)
    desk.paid("N1", now: start + 2 * second)
    #expect(desk.next == start + 7 * second)
    #expect(desk.due(at: start + 7 * second) == ["N1"])
    desk.sent("N1", now: start + 7 * second)
    desk.answered("N1", now: start + 8 * second)
    #expect(desk.next == start + 13 * second)
  }

  @Test func aConnectorThatNeverAnswersIsNotWaitedForForever() {
    var desk = desk(.intent)
    desk.sent("N1", now: start)
    #expect(desk.due(at: start + 39 * second).isEmpty)
    #expect(desk.due(at: start + 40 * second) == ["N1"])
  }

  /// A provider that wants to be asked a hundred times a second for a day is not.
  @Test func questionsAreBounded() {
    var desk = ProviderDesk()
    desk.take(
      ProviderPolicy(payTimeout: 10, firstQuery: 10, queryInterval: 10, window: 86_400_000, reverseNotBefore: 0),
      of: "wallet", now: start)
    desk.note("s", tender(.unknown, askUntil: 86_400_000), wall: wall, now: start)
    var questions = 0
    while let next = desk.next, next < start + 86_400 * second {
      questions += 1
      desk.sent("N1", now: next)
      desk.answered("N1", now: next)
      if questions == 64 { #expect(desk.next == start + 640_000_000) }
      guard questions < 1_000 else { break }
    }
    #expect(questions > 64 && questions < 300)
  }

  /// Reverse, then ask, in turns, with longer and longer waits between the rounds.
  @Test func takingBackBacksOff() {
    var desk = desk(.reversing)
    var now = start
    var steps: [String] = []
    var waits: [UInt64] = []
    for _ in 0..<16 {
      guard let next = desk.next else { break }
      waits.append((next - now) / second)
      now = next
      steps.append(desk.stepBack("N1") == .reverse ? "reverse" : "query")
      desk.sent("N1", now: now)
      desk.answered("N1", now: now)
    }
    #expect(steps == Array(repeating: ["reverse", "query"], count: 8).flatMap { $0 })
    #expect(waits == [0, 0, 1, 0, 2, 0, 4, 0, 8, 0, 15, 0, 30, 0, 30, 0])
  }

  /// For 10 minutes it is tried twice a minute; then a person is called, and the waits grow. 7 days behind the order nobody
  /// is asked any more: but at least once, however long the box was off, and only by a clock that is trusted.
  @Test func takingBackCallsAPersonAndEnds() {
    var (desk, now) = (desk(.reversing), start)
    func wall(_ time: UInt64) -> Int64 { self.wall + Int64((time - start) / 1_000_000) }
    func alarm() -> TenderAlarm? { desk.alarm("N1", wall: wall(now), isTrusted: true, now: now) }
    func round() {
      for _ in 0..<2 {
        _ = desk.stepBack("N1")
        desk.sent("N1", now: now)
        desk.answered("N1", now: now)
      }
      now = desk.next ?? now
    }
    while alarm() == nil { round() }
    #expect((600...630).contains((now - start) / second) && alarm() == .overdue)
    var alarmed = tender(.reversing)
    alarmed.course?.alarm = .overdue
    desk.note("s", alarmed, wall: wall(now), now: now)
    var (waits, asked) = ([UInt64](), 0)
    while alarm() == nil, asked < 1_000 {
      let before = now
      round()
      waits.append((now - before) / second)
      asked += 1
    }
    #expect(waits.prefix(6) == [60, 120, 240, 480, 900, 900] && (600...700).contains(asked))
    #expect(alarm() == .givenUp)
    #expect(desk.alarm("N1", wall: wall(now), isTrusted: false, now: now) == nil)
    alarmed.course?.alarm = .givenUp
    desk.note("s", alarmed, wall: wall(now), now: now)
    #expect(desk.courses.isEmpty)
    var late = ProviderDesk()
    late.note("s", tender(.reversing), wall: wall(now), now: now)
    #expect(late.alarm("N1", wall: wall(now), isTrusted: true, now: now) == nil)
    late.note("s", alarmed, wall: wall(now), now: now)
    #expect(late.courses.isEmpty)
  }

  /// A provider that says for how many days it takes money back is not told to behind them, nor given up before.
  @Test(arguments: [1, 7, 90] as [Int64]) func takingBackGoesByTheProvidersDays(_ days: Int64) {
    var desk = desk(.reversing)
    let said = ProviderAbilities(refunds: true, answersForRefunds: true, reverseDays: days)
    desk.take(said, of: "wallet", now: start)
    let end = wall + days * 86_400_000
    func isTooLate(_ wall: Int64, _ isTrusted: Bool = true) -> Bool {
      desk.isTooLate("N1", wall: wall, isTrusted: isTrusted, now: start)
    }
    #expect(!isTooLate(end - 1) && isTooLate(end) && !isTooLate(end, false))
    // Asked once how it stands, and told nothing; then a person is called.
    #expect(desk.alarm("N1", wall: end, isTrusted: true, now: start) == nil)
    #expect(desk.stepBack("N1", isTooLate: true) == .query)
    desk.sent("N1", now: start)
    desk.answered("N1", now: start)
    #expect(desk.alarm("N1", wall: end - 1, isTrusted: true, now: start) == nil)
    #expect(desk.alarm("N1", wall: end, isTrusted: true, now: start) == .givenUp)
    #expect(desk.stepBack("N1", isTooLate: true) == .query)
  }

  /// From a time that a wrong clock wrote nothing is counted: what is so old goes by how long the box has known it.
  @Test func aTimeThatWasNotTrustedIsNoAge() {
    var old = tender(.reversing)
    old.course?.timeUntrusted = true
    var desk = ProviderDesk()
    let late = wall + 30 * 86_400_000
    desk.note("s", old, wall: late, now: start)
    desk.sent("N1", now: start)
    desk.answered("N1", now: start)
    #expect(desk.courses["N1"]?.askUntil == start + 45 * second)
    #expect(!desk.isTooLate("N1", wall: late, isTrusted: true, now: start))
    #expect(desk.alarm("N1", wall: late, isTrusted: true, now: start) == nil)
    #expect(desk.isTooLate("N1", wall: late, isTrusted: true, now: start + 7 * 86_400 * second))
  }

  /// Closing an order that nobody paid is no taking back of money.
  @Test func closingDoesNotGoByTheDaysForMoney() {
    var shown = tender(.reversing)
    shown.course?.shown = true
    for taken in [false, true] {
      shown.course?.taken = taken
      var desk = ProviderDesk()
      desk.note("s", shown, wall: wall, now: start)
      desk.take(ProviderAbilities(refunds: true, answersForRefunds: true, reverseDays: 1), of: "wallet", now: start)
      #expect(desk.isTooLate("N1", wall: wall + 86_400_000, isTrusted: true, now: start) == taken)
      #expect(desk.stepBack("N1") == (taken ? .reverse : .close))
    }
  }

  @Test(arguments: [0, -1, 36_501, .max] as [Int64]) func whatIsNoNumberOfDaysIsNone(_ days: Int64) {
    #expect(ProviderAbilities(refunds: true, answersForRefunds: true, reverseDays: days).reverseDays == nil)
  }

  /// Seven days behind a decision nobody is asked about it any more, but once at least in every run that can ask; by the wall
  /// clock where that is trusted, else while the box runs.
  @Test func aDecisionThatNobodyConfirmsEnds() {
    var decided = tender(.declined)
    decided.course?.verdict = .notPaid
    decided.course?.decidedAt = wall + 1_000
    let end = wall + 1_000 + 7 * 86_400_000
    func noted(_ tender: Tender) -> ProviderDesk {
      var desk = ProviderDesk()
      desk.note("s", tender, wall: wall, now: start)
      return desk
    }
    func isOver(
      _ desk: ProviderDesk, _ wall: Int64, canBeAsked: Bool = true, isTrusted: Bool = true, now: UInt64? = nil
    ) -> Bool {
      desk.isUnconfirmed("N1", canBeAsked: canBeAsked, wall: wall, isTrusted: isTrusted, now: now ?? start)
    }
    var desk = noted(decided)
    #expect(!isOver(desk, end), "not asked yet")
    #expect(isOver(desk, end, canBeAsked: false) && !isOver(desk, end - 1, canBeAsked: false))
    desk.sent("N1", now: start)
    #expect(!isOver(desk, end, canBeAsked: false), "its answer is on the way")
    desk.answered("N1", now: start)
    #expect(isOver(desk, end) && !isOver(desk, end - 1) && !isOver(desk, end, isTrusted: false))
    let week = start + 7 * 86_400 * second
    #expect(isOver(desk, 0, isTrusted: false, now: week) && !isOver(desk, 0, isTrusted: false, now: week - 1))
    // A version that did not note when: since the order.
    decided.course?.decidedAt = nil
    #expect(isOver(noted(decided), end - 1_000, canBeAsked: false))
    // Nobody decided: a person must.
    #expect(!isOver(noted(tender(.manual)), .max, canBeAsked: false))
    #expect(!isOver(noted(tender(.reversing)), .max, canBeAsked: false))
  }

  /// A provider that denies what it said calls a person; one that does not know does not.
  @Test func insistingCallsAPerson() {
    var taken = tender(.reversing)
    taken.course?.taken = true
    for (tender, called) in [(taken, true), (tender(.reversing), false)] {
      var desk = ProviderDesk()
      desk.note("s", tender, wall: wall, now: start)
      for answer in [
        ProviderAnswer.closed, .notFound, .declined(why: "x"), .closed, .unknown(why: "x"), .closed, .closed, .closed,
      ] {
        desk.heard(answer, "N1")
      }
      #expect(desk.alarm("N1", wall: wall, isTrusted: true, now: start) == nil)
      var other = desk
      other.heard(.approved(amount: 1250, currency: "CNY", reference: nil), "N1")
      for _ in 0..<2 {
        desk.heard(.closed, "N1")
        other.heard(.closed, "N1")
      }
      #expect(desk.alarm("N1", wall: wall, isTrusted: true, now: start) == (called ? .contradicted : nil))
      #expect(other.alarm("N1", wall: wall, isTrusted: true, now: start) == nil)
    }
  }

  /// A wall clock that was set does not change a wait beyond what the provider itself wants.
  @Test(arguments: [-1_000_000_000_000, 1_000_000_000_000] as [Int64]) func journaledDeadlinesAreClamped(_ off: Int64) {
    let desk = desk(.unknown, askUntil: off, reverseFrom: off)
    let course = desk.courses["N1"]
    #expect(course?.askUntil == (off < 0 ? start : start + 45 * second))
    #expect(course?.reverseFrom == (off < 0 ? start : start + 15 * second))
    #expect(desk.next == start)
  }

  /// An order that went out before the provider said how it wants to be asked is asked for by what it says then.
  @Test func aPolicyThatComesLateHolds() {
    var desk = desk(.unknown)
    let policy = ProviderPolicy(
      payTimeout: 1_000, firstQuery: 100, queryInterval: 100, window: 1_200, reverseNotBefore: 300)
    desk.sent("N1", now: start)
    desk.answered("N1", now: start)
    #expect(desk.next == start + 5 * second)
    desk.take(policy, of: "other", now: start + second)
    #expect(desk.next == start + 5 * second)
    desk.take(policy, of: "wallet", now: start + second)
    #expect(desk.next == start + second + 100_000_000)
    #expect(desk.courses["N1"]?.askUntil == start + second + 1_200_000_000)
    #expect(desk.courses["N1"]?.reverseFrom == start + second + 300_000_000)
  }

  /// What the provider wants may be more than the standard: from the order, not from its words.
  @Test func aLongerPolicyThatComesLateHolds() {
    var desk = desk(.unknown)
    let policy = ProviderPolicy(
      payTimeout: 1_000, firstQuery: 100, queryInterval: 100, window: 90_000, reverseNotBefore: 30_000)
    desk.take(policy, of: "wallet", now: start + 10 * second)
    #expect(desk.courses["N1"]?.askUntil == start + 90 * second)
    #expect(desk.courses["N1"]?.reverseFrom == start + 30 * second)
    // Behind a start the order is older than the course.
    var later = ProviderDesk()
    later.note("s", tender(.unknown), wall: wall + 60_000, now: start)
    #expect(later.courses["N1"]?.askUntil == start)
    later.take(policy, of: "wallet", now: start + second)
    #expect(later.courses["N1"]?.askUntil == start + 30 * second)
  }

  /// What a provider says of itself later, upgraded, is for later orders.
  @Test func aPolicyThatChangesLeavesWhatIsOpen() {
    func policy(_ window: Int64) -> ProviderPolicy {
      ProviderPolicy(payTimeout: 1_000, firstQuery: 100, queryInterval: 100, window: window, reverseNotBefore: 300)
    }
    var desk = ProviderDesk()
    desk.take(policy(60_000), of: "wallet", now: start)
    desk.note("s", tender(.unknown, askUntil: 60_000, reverseFrom: 300), wall: wall, now: start)
    desk.take(policy(2_000), of: "wallet", now: start)
    #expect(desk.courses["N1"]?.askUntil == start + 60 * second)
    desk.sent("N1", now: start)
    desk.answered("N1", now: start)
    #expect(desk.next == start + 100_000_000)
    var later = desk
    later.take(
      ProviderPolicy(payTimeout: 1_000, firstQuery: 9_000, queryInterval: 9_000, window: 9_000, reverseNotBefore: 0),
      of: "wallet", now: start)
    later.sent("N1", now: start)
    later.answered("N1", now: start)
    #expect(later.next == start + 100_000_000)
  }

  /// The answer to the order is no answer to a question: how long it took does not count as one.
  @Test func theOrderItselfIsNoQuestion() {
    var desk = desk(.intent, askUntil: 1_000, reverseFrom: 0)
    desk.sent("N1", now: start)
    desk.answered("N1", now: start + 9 * second)
    desk.paid("N1", now: start + 9 * second)
    #expect(desk.courses["N1"]?.questions == 0 && desk.next == start + 14 * second)
  }

  /// The last question comes when the time is over, and what follows comes at once.
  @Test func theLastQuestionStandsRightBeforeTheTakingBack() {
    var desk = desk(.unknown, askUntil: 12_000, reverseFrom: 11_000)
    var times: [UInt64] = []
    while let next = desk.next, times.count < 9 {
      times.append((next - start) / second)
      desk.sent("N1", now: next)
      desk.answered("N1", now: next)
    }
    #expect(times.prefix(5) == [0, 5, 10, 12, 12])
  }

  /// Growing waits at first, then the usual one.
  @Test func aProviderNamesItsFirstWaits() {
    var desk = ProviderDesk()
    let policy = ProviderPolicy(
      payTimeout: 1_000, firstQuery: 9_000, queryInterval: 5_000, window: 60_000, reverseNotBefore: 0,
      firstIntervals: [1_000, 2_000, 4_000] + Array(repeating: 1, count: 20))
    #expect(policy.firstIntervals.count == 16 && policy.firstIntervals.last == 10)
    var few = policy
    few.firstIntervals = [1_000, 2_000, 4_000]
    desk.take(few, of: "wallet", now: start)
    desk.note("s", tender(.intent, askUntil: 60_000), wall: wall, now: start)
    desk.sent("N1", now: start)
    desk.answered("N1", now: start)
    desk.paid("N1", now: start)
    var (now, waits) = (start, [UInt64]())
    for _ in 0..<5 {
      let next = desk.next ?? now
      waits.append((next - now) / second)
      now = next
      desk.sent("N1", now: now)
      desk.answered("N1", now: now)
    }
    #expect(waits == [1, 2, 4, 5, 5])
  }

  /// By a clock that nobody set since the start, and that may be ahead, no order had its time.
  @Test func aClockThatIsNotTrustedShortensNothing() {
    for (isTrusted, left) in [(true, UInt64(0)), (false, 45)] {
      var desk = ProviderDesk()
      desk.note("s", tender(.unknown), wall: wall + 86_400_000, isTrusted: isTrusted, now: start)
      #expect(desk.courses["N1"]?.askUntil == start + left * second && desk.next == start)
    }
  }

  /// What a person decided is asked about, at once and then less and less often, and is never taken back for that.
  @Test func aDecisionIsCompared() {
    var decided = tender(.approved)
    decided.course?.verdict = .paid
    var desk = desk(.unknown)
    desk.note("s", decided, wall: wall, now: start)
    #expect(desk.courses["N1"]?.phase == .comparing)
    var (now, waits) = (start, [UInt64]())
    for _ in 0..<14 {
      guard let next = desk.next else { break }
      waits.append((next - now) / second)
      now = next
      desk.sent("N1", now: now)
      desk.answered("N1", now: now)
    }
    #expect(waits == [0, 5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600, 3600])
    decided.course?.test = .agrees
    desk.note("s", decided, wall: wall, now: now)
    #expect(desk.courses.isEmpty)
  }

  /// Four looks, the last one a day behind the end; a start goes on with them and makes up for what it missed by one.
  @Test func whatEndedIsLookedAtAFewTimes() {
    var over = tender(.declined)
    over.course?.endedAt = wall
    func looks(_ desk: inout ProviderDesk) -> [UInt64] {
      var times: [UInt64] = []
      while let next = desk.next, times.count < 9 {
        times.append((next - start) / second)
        desk.sent("N1", now: next)
        desk.answered("N1", now: next)
      }
      return times
    }
    var desk = desk(.unknown)
    desk.note("s", over, wall: wall, now: start)
    #expect(desk.courses["N1"]?.phase == .watching)
    #expect(looks(&desk) == [60, 600, 3_600, 86_400] && desk.courses.isEmpty)
    let missed: [(Int64, [UInt64])] = [(30, [30, 570, 3_570, 86_370]), (700, [0, 2_900, 85_700]), (100_000, [0])]
    for (age, wanted) in missed {
      var later = ProviderDesk()
      later.note("s", over, wall: wall + age * 1_000, now: start)
      #expect(looks(&later) == wanted, "\(age)")
    }
  }

  @Test func whatIsFinalIsNotFollowed() {
    for state in [TenderState.approved, .declined, .reversed] {
      var desk = desk(.unknown)
      desk.note("s", tender(state), wall: wall, now: start)
      #expect(desk.courses.isEmpty && desk.next == nil)
    }
  }

  /// What waits for a person is asked about, less and less often; a decision is compared at once.
  @Test func whatWaitsForAPersonIsAskedAbout() {
    var desk = desk(.unknown)
    var waiting = tender(.manual)
    desk.note("s", waiting, wall: wall, now: start)
    #expect(desk.courses["N1"]?.phase == .comparing)
    var now = start
    for _ in 0..<14 {
      now = desk.next ?? now
      desk.sent("N1", now: now)
      desk.answered("N1", now: now)
    }
    #expect(desk.next == now + 3600 * second)
    waiting.state = .approved
    waiting.course?.verdict = .paid
    desk.note("s", waiting, wall: wall, now: now)
    #expect(desk.next == now && desk.courses["N1"]?.phase == .comparing)
  }

  /// Whatever the wall clock was set to meanwhile.
  @Test func noSuchOrderIsNoEndBeforeItsTime() {
    let desk = desk(.reversing)
    let course = desk.courses["N1"]
    #expect(course?.isTooEarly(.notFound, now: start + 44 * second) == true)
    #expect(course?.isTooEarly(.notFound, now: start + 45 * second) == false)
    #expect(course?.isTooEarly(.reversed, now: start) == false)
    #expect(self.desk(.unknown).courses["N1"]?.isTooEarly(.notFound, now: start) == true)
    #expect(self.desk(.intent).courses["N1"]?.isTooEarly(.notFound, now: start) == false)
  }
}

/// A provider that repeats the customer's code gets it into no record.
@Suite struct ProviderWordsTests {
  private static let code = "134567890123456789"
  private let hash = PaymentCode.hash(Array(code.utf8))

  @Test(arguments: [
    code, "auth_code \(code) is invalid", "auth_code=\(code)", "code:\(code).", "x\(code)y",
    "1345 6789 0123 4567 89", "134-567-890-123-456-789!", "hQVDUFYwMWEcTwegAAAAVVU",
  ])
  func aCodeIsWithheld(_ text: String) {
    #expect(ProviderAnswer.declined(why: text).withoutCode(hash: hash) == .declined(why: "withheld"))
    #expect(ProviderAnswer.unknown(why: text).withoutCode(hash: hash) == .unknown(why: "withheld"))
    #expect(
      ProviderAnswer.approved(amount: 5, currency: "CNY", reference: text).withoutCode(hash: hash)
        == .approved(amount: 5, currency: "CNY", reference: "withheld"))
  }

  @Test(arguments: ["", "not enough money", "4200001234202601011234567890", "134567890123456780", "\(code)0"])
  func otherWordsStay(_ text: String) {
    #expect(ProviderAnswer.declined(why: text).withoutCode(hash: hash) == .declined(why: text))
    #expect(ProviderAnswer.declined(why: text).withoutCode(hash: nil) == .declined(why: text))
  }
}
