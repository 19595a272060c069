import Till

/// When each payment whose outcome is not known is asked for next. A value without a clock: times are handed in, on the
/// monotonic clock, so that a stepped wall clock neither shortens nor stretches a wait.
///
/// It follows durable records only: nothing is asked or taken back on the strength of what a power cut may undo.
package struct ProviderDesk: Sendable {
  /// What of a tender is to be done.
  package enum Phase: Sendable, Equatable {
    /// Ask how it stands.
    case asking
    /// Take it back, then ask.
    case reversing
    /// Give the money back, or ask how that stands; for as long as it takes.
    case refunding
    /// A person decided, or must decide: ask what the provider says of that.
    case comparing
    /// It has ended: look a few times more whether the order came after all.
    case watching
  }

  package struct Course: Sendable {
    package var sale: String
    package var tender: Tender
    package var provider: String
    package var phase: Phase
    /// An order is on its way; nothing else goes out until it is answered.
    package var isBusy: Bool
    /// The order that is on its way; nil: none is, and nothing is an answer.
    package var serial: UInt64?
    /// When the last order went out: what is said of it holds from then at the earliest.
    package var sentAt: UInt64 = 0
    /// That order was to take it back, whatever was decided since: only an answer to a question ends the matter.
    package var isReverse = false
    /// How often its code was asked for in this run.
    package var codeOrders = 0
    /// When that was done last.
    package var codeOrderedAt: UInt64?
    /// That order was to close it, which moves no money: "already paid" is as true as the answer to a question.
    package var isClose = false
    /// Nanoseconds; of an order on its way: until then its answer is waited for.
    package var nextAt: UInt64
    /// When the order went out, as far as that is known.
    package var since: UInt64
    /// Until then it is asked for; behind it, taken back.
    package var askUntil: UInt64
    package var reverseFrom: UInt64
    /// Questions asked so far, while it was to be known; the order itself is none.
    package var questions = 0
    /// When the last of them was answered.
    package var askedAt: UInt64 = 0
    /// From then on it may be taken back.
    package var end: UInt64 { max(askUntil, reverseFrom) }
    /// Rounds of taking back so far.
    package var rounds = 0
    /// Since when it is being taken back.
    package var backSince: UInt64
    /// A person was called: no haste.
    package var isSlow = false
    /// So many answers in a row said that nothing is to be given back, behind the word that the money moved.
    package var denials = 0
    /// Somebody said that there may be news: the question that is due is besides all others.
    package var isHinted = false
    /// The same, while an order is on its way.
    package var hintWaits = false
    /// When the last such question was due.
    package var hintedAt: UInt64 = 0
    /// How many there were.
    package var hints = 0
    /// When the others go on.
    package var resumeAt: UInt64 = 0
    /// The last order of a round of taking back was the reverse: now the question.
    package var hasReversed = false
    /// How its provider wants to be asked about it: what it says later is for later orders.
    package var policy = ProviderPolicy.standard
    /// It was due, and who serves its provider's address speaks for another account: nothing is said until that changes.
    package var isWithheld = false
    /// The account that the order on its way went to.
    package var account: String?

    /// A person said that its code was not paid, and its order was closed for that in this run.
    package var hasClosed = false

    /// True for an order that is closed instead of reversed: nobody has paid it.
    var isClosed: Bool { tender.isShown && tender.course?.taken != true }

    /// True once for a code that a person says was not paid: until its order is closed the customer can still pay it.
    var mustClose: Bool { phase == .comparing && tender.course?.verdict == .notPaid && isClosed && !hasClosed }

    /// When a payment that has ended is looked at next. What a box missed while it was off is made up for by one look.
    mutating func watch(since end: UInt64, now: UInt64) {
      since = end
      let passed = ProviderDesk.looks.count { end &+ UInt64($0) * ProviderDesk.million <= now }
      rounds = max(0, passed - 1)
      nextAt = max(now, end &+ UInt64(ProviderDesk.looks[rounds]) * ProviderDesk.million)
    }

    /// An order may be on its way for a while, as long behind the last call that may make it as behind the first: until it
    /// had its time, "no such order" is no end of it. How long that is the wall clock does not say: it may be set.
    package func isTooEarly(_ answer: ProviderAnswer, now: UInt64) -> Bool {
      let arrived = codeOrderedAt.map { $0 &+ UInt64(policy.window(isShown: true)) * ProviderDesk.million } ?? 0
      guard answer == .notFound, now < max(askUntil, arrived) else { return false }
      // While it is asked for, taking back may be decided and not durable yet.
      return phase == .reversing || phase == .comparing || phase == .asking && tender.state != .intent
    }
  }

  package internal(set) var courses: [String: Course] = [:]
  private(set) var policies: [String: ProviderPolicy] = [:]
  /// What the connectors said that they can do.
  package internal(set) var abilities: [String: ProviderAbilities] = [:]
  /// Providers whose connectors cannot be reached.
  package internal(set) var absences: [String: ProviderAbsence] = [:]

  /// What the codes say that may be shown now, by number. In memory only.
  package private(set) var codes: [String: String] = [:]

  /// Orders so far.
  private var orders: UInt64 = 0

  package init() {}

  /// Waits between rounds of taking back, milliseconds; the last one stays until a person is called.
  static let backoff: [Int64] = [1_000, 2_000, 4_000, 8_000, 15_000, 30_000]
  /// The waits from then on; the last one stays.
  static let slowBackoff: [Int64] = [60_000, 120_000, 240_000, 480_000, 900_000]
  /// Taking back that goes on for so long calls a person, milliseconds.
  package static let overdue: Int64 = 10 * 60_000
  /// So many times in a row a provider denies what it said before, until a person is called.
  package static let insisting = 8
  static let day: Int64 = 86_400_000
  /// So long behind the order a provider that does not say (`reverseDays`) can be asked to take it back, milliseconds; then
  /// nobody is asked any more.
  package static let backDays: Int64 = 7 * day
  /// So long behind a person's decision its provider is asked what it knows, milliseconds; then the decision is the last
  /// word.
  package static let comparingDays: Int64 = 7 * day
  /// When a payment that has ended is looked at, behind its end, milliseconds; then never again.
  static let looks: [Int64] = [60_000, 600_000, 3_600_000, 86_400_000]
  /// Between two questions about one order that somebody's word brings forward, milliseconds at the least. Behind the usual
  /// number of them the waits grow as those of the others do: each flip of an order is a record for good.
  static let betweenHints: Int64 = 500
  /// So often in one run a code is asked for.
  static let codeOrders = 3
  /// The most between two questions about what a person decided, milliseconds; each wait is twice the one before.
  static let longestComparing: Int64 = 3_600_000
  /// The most between two orders or questions about a refund, milliseconds; each wait is twice the one before.
  static let longestRefunding: Int64 = 600_000
  /// So many questions are as far apart as the provider wants; then each handful waits twice as long as the one before.
  package static let usualQuestions = 64
  static let handful = 8
  static let million: UInt64 = 1_000_000

  func policy(_ provider: String) -> ProviderPolicy { policies[provider] ?? .standard }

  /// A provider says how it wants to be asked; what began before anybody knew, by the standard, is asked for by that too: no
  /// longer than its window from now, and no shorter than its window from the order. What began by its own words stays.
  package mutating func take(_ policy: ProviderPolicy, of provider: String, now: UInt64) {
    let isFirst = policies[provider] == nil
    policies[provider] = policy
    guard isFirst else { return }
    func sooner(_ time: UInt64, _ wait: Int64) -> UInt64 { min(time, now &+ UInt64(wait) * Self.million) }
    for (number, var course) in courses where course.provider == provider {
      func from(_ wait: Int64) -> UInt64 { course.since &+ UInt64(wait) * Self.million }
      let window = policy.window(isShown: course.tender.isShown)
      course.askUntil = max(sooner(course.askUntil, window), from(window))
      if !course.tender.isShown {
        course.reverseFrom = max(sooner(course.reverseFrom, policy.reverseNotBefore), from(policy.reverseNotBefore))
      }
      if !course.isBusy, course.phase == .asking { course.nextAt = sooner(course.nextAt, policy.queryInterval) }
      course.policy = policy
      courses[number] = course
    }
  }

  /// The next time that something is due.
  package var next: UInt64? { courses.values.lazy.map(\.nextAt).min() }

  /// Numbers that are due.
  package func due(at now: UInt64) -> [String] {
    guard let next, next <= now else { return [] }
    return courses.filter { $0.value.nextAt <= now }.keys.sorted()
  }

  /// Connectors outlive a register: no order of this one has the serial of one before.
  package mutating func begin(at now: UInt64) { orders = max(orders, now) }

  /// Nothing can become of an order any more.
  package mutating func forget(_ number: String) { courses[number] = nil }

  /// A tender's new state is durable.
  ///
  /// `isTrusted`: what the wall clock says may shorten a wait. A clock that nobody set since the start may be ahead, and an
  /// order that is seconds old would look as if it had had its time: then it is asked for as long as if it had begun now.
  package mutating func note(_ sale: String, _ tender: Tender, wall: Int64, isTrusted: Bool = true, now: UInt64) {
    guard tender.kind == .provider, let number = tender.number, let provider = tender.provider else { return }
    if !tender.showsCode { codes[number] = nil }
    let isForgotten = tender.isRefund && tender.state == .manual || tender.course?.alarm == .givenUp
    guard tender.isFollowed || tender.isWatched, !isForgotten else {
      courses[number] = nil
      return
    }
    let phase = Self.phase(tender)
    guard var course = courses[number] else {
      var course = course(sale, tender, provider, phase, wall: wall, isTrusted: isTrusted, now: now)
      if phase == .watching {
        let (age, overflow) = wall.subtractingReportingOverflow(tender.course?.endedAt ?? wall)
        let past = isTrusted && !overflow ? UInt64(min(max(age, 0), Self.backDays)) * Self.million : 0
        course.watch(since: now - min(past, now), now: now)
      }
      courses[number] = course
      return
    }
    let isDecided = course.tender.course?.verdict != tender.course?.verdict
    course.tender = tender
    if course.phase != phase || isDecided {
      (course.phase, course.rounds, course.hasReversed) = (phase, 0, false)
      (course.backSince, course.denials) = (now, 0)
      course.resumeAt = now
      if !course.isBusy { (course.nextAt, course.isHinted) = (now, false) }
      if phase == .watching { course.watch(since: now, now: now) }
    }
    courses[number] = course
  }

  private static func phase(_ tender: Tender) -> Phase {
    if tender.isWatched { return .watching }
    guard tender.state.isLive else { return .comparing }
    if tender.isRefund { return .refunding }
    // The provider may give the money back, or take its word back.
    if tender.state == .manual { return .comparing }
    return tender.state == .reversing ? .reversing : .asking
  }

  /// The journal's times are of the wall clock, which may have been set since: what is left of a wait is never more than
  /// the provider's own.
  private func course(
    _ sale: String, _ tender: Tender, _ provider: String, _ phase: Phase, wall: Int64, isTrusted: Bool, now: UInt64
  ) -> Course {
    let policy = policy(provider)
    // What a wrong clock wrote shortens nothing either.
    let isTrusted = isTrusted && tender.orderedAt != nil
    func left(_ until: Int64?, most: Int64) -> UInt64 {
      guard isTrusted else { return now &+ UInt64(most) * Self.million }
      let (span, overflow) = (until ?? wall).subtractingReportingOverflow(wall)
      return now &+ UInt64(min(max(overflow ? 0 : span, 0), most)) * Self.million
    }
    let (age, overflow) = wall.subtractingReportingOverflow(tender.course?.startedAt ?? wall)
    let past = isTrusted && !overflow ? UInt64(min(max(age, 0), Self.backDays)) * Self.million : 0
    return Course(
      sale: sale, tender: tender, provider: provider, phase: phase, isBusy: false, nextAt: now,
      since: now - min(past, now),
      askUntil: left(tender.course?.askUntil, most: policy.window(isShown: tender.isShown)),
      reverseFrom: left(tender.course?.reverseFrom, most: tender.isShown ? 0 : policy.reverseNotBefore), backSince: now,
      policy: policy)
  }

  /// Why a person must look at what is being taken back, when that is news.
  package func alarm(_ number: String, wall: Int64, isTrusted: Bool, now: UInt64) -> TenderAlarm? {
    guard let course = courses[number], course.phase == .reversing else { return nil }
    let before = course.tender.course?.alarm
    // Asked once at least: the box may have been off for all that time.
    if isTooLate(number, wall: wall, isTrusted: isTrusted, now: now), course.rounds > 0 { return .givenUp }
    if course.denials >= Self.insisting, before != .contradicted { return .contradicted }
    return before == nil && now >= course.backSince &+ UInt64(Self.overdue) * Self.million ? .overdue : nil
  }

  /// So long behind its order money can be taken back, milliseconds. Closing an order that nobody paid is none of that.
  private func backTime(_ course: Course) -> Int64 {
    guard !course.isClosed else { return Self.backDays }
    return abilities[course.provider]?.reverseDays.map { $0 * Self.day } ?? Self.backDays
  }

  /// True when its provider takes it back no more: it is asked how it stands, and told nothing.
  package func isTooLate(_ number: String, wall: Int64, isTrusted: Bool, now: UInt64) -> Bool {
    guard isTrusted, let course = courses[number] else { return false }
    // Ordered by a clock that nobody had set, it is as old as this run knows it.
    guard let since = course.tender.orderedAt else {
      return now >= course.since &+ UInt64(backTime(course)) * Self.million
    }
    let (age, overflow) = wall.subtractingReportingOverflow(since)
    return !overflow && age >= backTime(course)
  }

  /// True when its provider has said nothing of what a person decided for so long that it is asked no more. `canBeAsked`:
  /// then it is asked once in this run at least, for the box may have been off.
  package func isUnconfirmed(
    _ number: String, canBeAsked: Bool, wall: Int64, isTrusted: Bool, now: UInt64
  ) -> Bool {
    guard let course = courses[number], course.phase == .comparing, !course.isBusy, let said = course.tender.course,
      said.verdict != nil, course.rounds > 0 || !canBeAsked
    else { return false }
    let (age, overflow) = wall.subtractingReportingOverflow(said.decidedAt ?? said.startedAt)
    let isLong = isTrusted && !overflow && age >= Self.comparingDays
    // By a clock that nobody sets it is never so old; by this one it is, while the box runs.
    return isLong || now >= course.backSince &+ UInt64(Self.comparingDays) * Self.million
  }

  /// An answer to a question about what is being taken back.
  package mutating func heard(_ answer: ProviderAnswer, _ number: String) {
    guard let course = courses[number], course.phase == .reversing, course.tender.course?.taken == true else { return }
    switch answer {
    case .closed, .declined, .notFound: courses[number]?.denials += 1
    case .approved, .reversed: courses[number]?.denials = 0
    case .pending, .unknown, .notSent: break
    }
  }

  /// How much longer than its own time a connector may take for an answer, milliseconds. Behind it nobody answers any more.
  static let grace: Int64 = 30_000

  /// An order went out.
  ///
  /// Answers the serial that its answer must come with: one that was given up may be answered yet, when others are out,
  /// and what it says is of before.
  @discardableResult
  package mutating func sent(_ number: String, _ step: ProviderOrder.Step = .query, now: UInt64) -> UInt64 {
    guard var course = courses[number] else { return 0 }
    orders += 1
    course.isBusy = true
    (course.serial, course.sentAt, course.account) = (orders, now, nil)
    if case .createCode = step {
      course.codeOrders += 1
      course.codeOrderedAt = now
    }
    (course.isReverse, course.isClose) = (step == .reverse || step == .close, step == .close)
    course.nextAt = now &+ UInt64(course.policy.payTimeout + Self.grace) * Self.million
    courses[number] = course
    return orders
  }

  /// An order was answered: when the next one is due.
  package mutating func answered(_ number: String, now: UInt64) {
    guard var course = courses[number] else { return }
    course.isBusy = false
    course.serial = nil
    defer { hintAgain(number, now: now) }
    if course.isHinted {
      // It counts as no question of the provider's schedule.
      (course.isHinted, course.nextAt, course.askedAt) = (false, course.resumeAt, now)
      courses[number] = course
      return
    }
    let policy = course.policy
    switch course.phase {
    case .asking:
      course.questions += 1
      course.askedAt = now
      // The last question stands right before the taking back.
      guard now < course.end else {
        course.nextAt = now
        break
      }
      let doubled = max(0, course.questions - Self.usualQuestions) / Self.handful
      let interval = policy.interval(before: course.questions)
      let wait = doubled < 32 ? interval << Int64(doubled) : Limits.providerWait
      course.nextAt = min(now &+ UInt64(min(wait, Limits.providerWait)) * Self.million, course.end)
    case .watching:
      course.rounds += 1
      guard course.rounds < Self.looks.count else {
        courses[number] = nil
        return
      }
      course.nextAt = max(now, course.since &+ UInt64(Self.looks[course.rounds]) * Self.million)
    case .comparing where course.hasReversed:
      // Closed as well as may be: now the question.
      (course.hasReversed, course.nextAt) = (false, now)
    case .comparing, .refunding:
      let wait = policy.queryInterval << Int64(min(course.rounds, 32))
      let longest = course.phase == .comparing ? Self.longestComparing : Self.longestRefunding
      course.rounds += 1
      course.nextAt = now &+ UInt64(min(wait, longest)) * Self.million
    case .reversing where course.hasReversed: course.nextAt = now
    case .reversing:
      let waits = course.tender.course?.alarm == nil ? Self.backoff : Self.slowBackoff
      if course.tender.course?.alarm != nil, !course.isSlow { (course.isSlow, course.rounds) = (true, 0) }
      let wait = waits[min(course.rounds, waits.count - 1)]
      course.rounds += 1
      course.nextAt = now &+ UInt64(wait) * Self.million
    }
    courses[number] = course
  }

  /// The answer to the payment order itself was given: the first question comes when the provider wants it.
  package mutating func paid(_ number: String, now: UInt64) {
    guard var course = courses[number], course.phase == .asking else { return }
    // However long that answer took: it is asked for once at least.
    course.questions = 0
    course.nextAt = now &+ UInt64(course.policy.interval(before: 0)) * Self.million
    courses[number] = course
  }

  package mutating func wait(_ number: String, until: UInt64) { courses[number]?.nextAt = until }

  /// What is due about a refund; nil: its provider cannot be asked. Until the provider has said that it is at it, the same
  /// order goes out again; behind that, and behind a person's decision, there are only questions.
  package func refundStep(_ number: String, isFirst: Bool = false) -> ProviderOrder.Step? {
    guard let course = courses[number], let refund = course.tender.course?.refund else { return nil }
    let order = RefundOrder(order: refund.number, total: refund.total.minorUnits, isFirst: isFirst)
    let isAccepted = course.phase == .comparing || course.tender.state == .pending
    guard isAccepted else { return .refund(order) }
    if abilities[course.provider]?.answersForRefunds ?? true { return .queryRefund(order) }
    return course.phase == .comparing ? nil : .refund(order)
  }

  /// There may be news of an order: its next question comes sooner, once, and not too often. Whatever is said of an order
  /// that is not followed, or of another provider's, is not heard.
  package mutating func hint(_ number: String, from provider: String, now: UInt64) {
    guard var course = courses[number], course.provider == provider, !course.tender.isRefund else { return }
    guard !course.isBusy else {
      courses[number]?.hintWaits = true
      return
    }
    let doubled = max(0, course.hints - Self.usualQuestions) / Self.handful
    let wait = doubled < 32 ? min(Self.betweenHints << Int64(doubled), Limits.providerWait) : Limits.providerWait
    let soonest = max(now, course.hintedAt &+ UInt64(wait) * Self.million)
    guard !course.isHinted, soonest < course.nextAt else { return }
    (course.isHinted, course.resumeAt, course.hints) = (true, course.nextAt, course.hints + 1)
    (course.hintedAt, course.nextAt) = (soonest, soonest)
    courses[number] = course
  }

  private mutating func hintAgain(_ number: String, now: UInt64) {
    guard let course = courses[number], course.hintWaits else { return }
    courses[number]?.hintWaits = false
    hint(number, from: course.provider, now: now)
  }

  /// A code to be shown, for as long as its tender is open.
  package mutating func show(_ content: String, _ number: String, _ serial: UInt64) {
    guard let course = courses[number], course.serial == serial, course.tender.showsCode else { return }
    codes[number] = content
  }

  /// What is asked about a payment. Behind a restart, or a lost answer, the code that a till should show is not known: a
  /// provider that says the same one again is asked for it, a few times, as long as it can be paid.
  package mutating func question(_ number: String, now: UInt64) -> ProviderOrder.Step {
    if var course = courses[number], course.mustClose {
      (course.hasReversed, course.hasClosed) = (true, true)
      courses[number] = course
      return .close
    }
    guard let course = courses[number], course.phase == .asking, course.tender.showsCode, codes[number] == nil,
      abilities[course.provider]?.repeatsCodes ?? false, course.codeOrders < Self.codeOrders, now < course.askUntil,
      let expires = course.tender.course?.askUntil
    else { return .query }
    return .createCode(CodeOrder(expires: expires, isFirst: false))
  }

  /// The step of taking back that is due: reverse, then ask, in turns. `isTooLate`: only ask.
  package mutating func stepBack(_ number: String, isTooLate: Bool = false) -> ProviderOrder.Step {
    guard var course = courses[number] else { return .query }
    course.hasReversed = !course.hasReversed && !isTooLate
    courses[number] = course
    guard course.hasReversed else { return .query }
    // Money that came goes back; an order that nobody has paid is closed.
    return course.isClosed ? .close : .reverse
  }
}
