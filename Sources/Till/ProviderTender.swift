import Money

/// How a payment provider wants to be asked about a payment whose outcome is not known. Milliseconds. The provider's own
/// data: each has its own rules, and they change.
public struct ProviderPolicy: Hashable, Sendable {
  /// How long an answer to a payment order is waited for; at most ``Limits/providerAnswer``.
  public var payTimeout: Int64
  /// From the order to the first question.
  public var firstQuery: Int64
  /// From one question to the next.
  public var queryInterval: Int64
  /// The first waits where they are other ones: from the order to the first question, then from one to the next.
  public var firstIntervals: [Int64] = []
  /// From the order until the payment is taken back, if its outcome is still not known.
  public var window: Int64
  /// From the order; before that nothing is taken back.
  public var reverseNotBefore: Int64
  /// How long a code that the till shows can be paid; nil: `window`.
  public var codeWindow: Int64?

  /// What holds for a provider that has not said anything.
  public static let standard = ProviderPolicy(
    payTimeout: 10_000, firstQuery: 5_000, queryInterval: 5_000, window: 45_000, reverseNotBefore: 15_000)

  /// Memberwise; values out of range become the nearest one in range.
  public init(
    payTimeout: Int64, firstQuery: Int64, queryInterval: Int64, window: Int64, reverseNotBefore: Int64,
    firstIntervals: [Int64] = [], codeWindow: Int64? = nil
  ) {
    func within(_ value: Int64, _ least: Int64) -> Int64 { min(max(value, least), Limits.providerWait) }
    self.payTimeout = min(within(payTimeout, Limits.shortestProviderWait), Limits.providerAnswer)
    self.firstQuery = within(firstQuery, Limits.shortestProviderWait)
    self.queryInterval = within(queryInterval, Limits.shortestProviderWait)
    self.window = within(window, Limits.shortestProviderWait)
    self.reverseNotBefore = within(reverseNotBefore, 0)
    self.codeWindow = codeWindow.map { within($0, Limits.shortestProviderWait) }
    self.firstIntervals = firstIntervals.prefix(Limits.firstIntervals).map { within($0, Limits.shortestProviderWait) }
  }

  /// From the order until it is taken back.
  public func window(isShown: Bool) -> Int64 { isShown ? codeWindow ?? window : window }

  /// The wait before a question, counted from 0.
  public func interval(before question: Int) -> Int64 {
    if firstIntervals.indices.contains(question) { return firstIntervals[question] }
    return question == 0 ? firstQuery : queryInterval
  }
}

/// What a person decided about a payment whose outcome the box does not know.
public enum TenderVerdict: String, Sendable, CaseIterable {
  /// It was paid: the provider's own books say so.
  case paid
  /// Nothing was paid; or, of money that its provider said it took, it has been given back.
  case notPaid
}

/// What the provider said of a person's decision, later.
public enum VerdictTest: String, Sendable, CaseIterable {
  case agrees
  /// It says otherwise. The decision stands; somebody must look at it.
  case contrary
  /// It answers no questions about refunds, or said nothing for 7 days: the decision is the last word.
  case final
}

/// What the box does with a provider tender that is not final yet.
public struct ProviderCourse: Hashable, Sendable {
  /// The first 16 hex digits of the SHA-256 of the customer's code, or of what a shown one says; the code itself is nowhere
  /// kept. Empty: there was none, or it is not known.
  public var codeHash: String
  /// UTC milliseconds of the intent.
  public var startedAt: Int64
  /// UTC milliseconds; until then its outcome is asked for, then it is taken back.
  public var askUntil: Int64
  /// UTC milliseconds; before that it is not taken back.
  public var reverseFrom: Int64
  /// The provider reported success after the tender was declined or taken back.
  public var late: Bool = false
  /// The provider said at some time that the money moved: then only its word that it went back ends the matter.
  public var taken: Bool = false
  /// What a person decided.
  public var verdict: TenderVerdict?
  /// What the provider said of that; nil: nothing yet.
  public var test: VerdictTest?
  /// The payment that it gives back; nil: it is a payment itself.
  public var refund: RefundedPayment?
  /// Why a person must look at it while it is being taken back; nil: nobody need, so far.
  public var alarm: TenderAlarm?
  /// What the provider took instead of what was asked, or behind a cancel; of a refund what it gave back instead. nil:
  /// nothing, or no amount at all.
  public var took: Amount?
  /// ISO 4217 of that; nil: none, or no currency at all.
  public var tookCurrency: String?
  /// UTC milliseconds of its end, when it is still looked at behind that; nil: it is not.
  public var endedAt: Int64?
  /// True: by a code that the till shows; what that says is nowhere kept. nil: not.
  public var shown: Bool?
  /// The merchant account that the order went to, as its connector said (``ProviderAccount``); nil: it said none.
  public var account: String?
  /// UTC milliseconds of a person's decision; nil: nobody decided, or a version did that did not note when.
  public var decidedAt: Int64?
  /// True: its order never went out, and no money can move by it. nil: it may have.
  public var unsent: Bool?
  /// How many bytes a shown code says; nil: it is none, or not known.
  public var codeLength: Int64?
  /// True: `startedAt` is of a clock that was not trusted. nil: of one that was.
  public var timeUntrusted: Bool?

  /// Memberwise.
  public init(
    codeHash: String, startedAt: Int64, askUntil: Int64, reverseFrom: Int64, late: Bool = false, taken: Bool = false,
    verdict: TenderVerdict? = nil, test: VerdictTest? = nil, refund: RefundedPayment? = nil, alarm: TenderAlarm? = nil,
    took: Amount? = nil, tookCurrency: String? = nil, endedAt: Int64? = nil, shown: Bool? = nil,
    account: String? = nil, decidedAt: Int64? = nil, unsent: Bool? = nil, codeLength: Int64? = nil,
    timeUntrusted: Bool? = nil
  ) {
    self.codeLength = codeLength
    self.timeUntrusted = timeUntrusted
    self.decidedAt = decidedAt
    self.unsent = unsent
    self.shown = shown
    self.account = account
    self.endedAt = endedAt
    self.refund = refund
    self.alarm = alarm
    self.codeHash = codeHash
    self.startedAt = startedAt
    self.askUntil = askUntil
    self.reverseFrom = reverseFrom
    self.late = late
    self.taken = taken
    self.verdict = verdict
    self.test = test
    self.took = took
    self.tookCurrency = tookCurrency
  }
}

/// A payment of a finished sale that is not over: being taken back, or decided by a person and not confirmed by its
/// provider, or denied by it since the last Z.
public struct Pursuit: Hashable, Sendable {
  public var sale: String
  public var revision: Int64
  public var lane: String
  public var tender: Tender
  /// Those of the sale when it finished.
  public var totals: Totals
  /// That of the sale; nil: normal.
  public var mode: SaleMode?
  /// True: the sale ended without payment; nil: it was paid.
  public var voided: Bool?

  /// Memberwise.
  public init(
    sale: String, revision: Int64, lane: String, tender: Tender, totals: Totals, mode: SaleMode? = nil,
    voided: Bool? = nil
  ) {
    self.mode = mode
    self.voided = voided
    self.sale = sale
    self.revision = revision
    self.lane = lane
    self.tender = tender
    self.totals = totals
  }
}

extension Pursuit {
  /// True when its sale was of this mode.
  func isOf(_ mode: SaleMode) -> Bool { (self.mode ?? .normal) == mode }
}

/// Why an order never went out. The box's own words: no provider's text is ever taken for one.
public enum NotSent: String, Sendable, CaseIterable {
  /// Nobody was there to take it.
  case unreachable
  /// Who was there speaks for another merchant account.
  case otherAccount
  /// Who was there did not say for which merchant account it speaks, and the order is of a certain one.
  case unidentified
}

/// What a provider said about a payment, or that it said nothing.
public enum ProviderAnswer: Hashable, Sendable {
  /// The money moved.
  case approved(amount: Amount, currency: String, reference: String?)
  /// It did not, and this order's number never will.
  case declined(why: String)
  /// The customer is at it.
  case pending
  /// Nobody knows.
  case unknown(why: String)
  /// The provider has no such order: none that arrived, so far.
  case notFound
  /// It was never paid and never will be.
  case closed
  /// It was paid, and the money went back.
  case reversed
  /// Nobody said anything: the order never went out, and never will.
  case notSent(NotSent)
}

/// A provider's answer about one tender.
public struct TenderAnswered: Hashable, Sendable {
  public var sale: String
  public var tender: TenderID
  /// Our order number, so that an answer never belongs to another order.
  public var number: String
  public var answer: ProviderAnswer
  /// The account that the order went to, where that became known with the order itself.
  public var account: String?
  /// Of what the code says that the order made, where it made one: ``ProviderCourse/codeHash``, and its bytes.
  public var codeHash: String?
  public var codeLength: Int64?

  /// Memberwise.
  public init(
    sale: String, tender: TenderID, number: String, answer: ProviderAnswer, account: String? = nil,
    codeHash: String? = nil, codeLength: Int64? = nil
  ) {
    self.codeHash = codeHash
    self.codeLength = codeLength
    self.account = account
    self.sale = sale
    self.tender = tender
    self.number = number
    self.answer = answer
  }
}

/// To which account an order goes out that was made before anybody had said one.
public struct TenderAddressed: Hashable, Sendable {
  public var sale: String
  public var tender: TenderID
  /// Our order number.
  public var number: String
  public var account: String

  /// Memberwise.
  public init(sale: String, tender: TenderID, number: String, account: String) {
    self.sale = sale
    self.tender = tender
    self.number = number
    self.account = account
  }
}

/// A person decides about a payment whose outcome the box does not know.
public struct DecideTender: Hashable, Sendable {
  public var sale: String
  public var revision: Int64?
  public var tender: TenderID
  public var verdict: TenderVerdict
  public var reason: String
  /// The provider's number for it, where it is known.
  public var reference: String?
  public var approval: String?

  /// Memberwise.
  public init(
    sale: String, revision: Int64? = nil, tender: TenderID, verdict: TenderVerdict, reason: String,
    reference: String? = nil, approval: String? = nil
  ) {
    self.sale = sale
    self.revision = revision
    self.tender = tender
    self.verdict = verdict
    self.reason = reason
    self.reference = reference
    self.approval = approval
  }
}

/// Takes a provider tender back whose outcome stayed unknown; of one that is being taken back already, calls a person.
public struct GiveUpTender: Hashable, Sendable {
  public var sale: String
  public var tender: TenderID
  public var number: String
  /// Why a person must look; nil: the time to ask is over.
  public var alarm: TenderAlarm?
  /// A person decided, and its provider cannot be asked, or has said nothing for too long: the register knows that.
  public var isLastWord = false

  /// Memberwise.
  public init(
    sale: String, tender: TenderID, number: String, alarm: TenderAlarm? = nil, isLastWord: Bool = false
  ) {
    self.isLastWord = isLastWord
    self.sale = sale
    self.tender = tender
    self.number = number
    self.alarm = alarm
  }
}

extension Tender {
  /// True while it is as a person decided.
  var standsAsDecided: Bool {
    switch course?.verdict {
    case .paid: state == .approved
    case .notPaid: state == .declined || state == .reversed
    case nil: false
    }
  }

  /// True when a person decided and the provider has not said yet what it knows.
  var isUntested: Bool { standsAsDecided && course?.test == nil }

  /// True while its provider is still asked about it.
  public var isFollowed: Bool { kind == .provider && (state.isLive || isUntested) }

  /// True for money that a person said was paid, and its provider that it was not; for a refund that a person said did
  /// not go back, and its provider that it did; and for money that a person said was given back, and its provider that it
  /// still has it.
  public var isDenied: Bool {
    guard let course, course.test == .contrary else { return false }
    switch course.verdict {
    case .paid: return state == .approved
    case .notPaid: return isRefund ? state == .declined : isGivenBackByPerson
    case nil: return false
    }
  }

  /// Why a tender is as it is by a person's decision.
  static let decidedWhy = "decided"

  /// True for money that its provider took, and that a person says was given back: who says so gave it back, or saw to
  /// it, and the box does not give it back once more.
  var isGivenBackByPerson: Bool {
    guard !isRefund, let course, course.verdict == .notPaid, course.taken, why == Self.decidedWhy else { return false }
    return state == .declined || state == .reversed
  }

  /// The tender after an answer; nil: the answer says nothing new.
  ///
  /// The order was sent once and is never sent again, so an answer is about that one order or about nothing. What an
  /// answer does depends on what was heard before; `-`: nothing, it is asked on.
  ///
  /// | before | approved | declined | closed | notFound | reversed |
  /// | --- | --- | --- | --- | --- | --- |
  /// | intent, pending, unknown: no word that the money moved | approved, or manual | declined | reversed | -¹ | reversed |
  /// | manual: another amount moved, or behind a cancel | manual⁵ | - | - | - | reversed |
  /// | reversing, and no word that the money moved | reversing² | reversed | reversed | reversed³ | reversed |
  /// | reversing, and the provider said that the money moved | - | -⁴ | -⁴ | -⁴ | reversed |
  /// | declined, reversed | reversing, late⁶ | - | - | - | - |
  ///
  /// ¹ An intent becomes unknown. ² From now on that word is known. ³ Only when the order had its time to arrive.
  /// ⁴ Nothing says that the money went back: a provider that insists calls a person (``TenderAlarm/contradicted``).
  /// ⁵ With that amount, when it is another one. ⁶ Not what a person gave back: the answer is held against the decision.
  /// `pending` and `unknown` end nothing; before a taking back they are states of their own. `notSent` is a `declined` by
  /// nobody.
  func after(_ answer: ProviderAnswer, currency: String, at now: Int64) -> Tender? {
    if isRefund { return refunded(answer, currency: currency, at: now) }
    switch state {
    case .intent, .pending, .unknown: return asked(answer, currency: currency)
    case .reversing: return takenBack(answer, at: now)
    case .declined, .reversed:
      // Money that came after all: it is never counted, it goes back.
      if case .approved(_, _, let theirs) = answer, !isGivenBackByPerson { return late(theirs) }
      return isUntested ? tested(answer, currency: currency, at: now) : nil
    case .manual:
      return waiting(answer)
    case .approved: return isUntested ? tested(answer, currency: currency, at: now) : nil
    }
  }

  /// A decision stands, whatever the provider says later; that it says otherwise is kept.
  func tested(_ answer: ProviderAnswer, currency: String, at now: Int64) -> Tender? {
    let says: TenderVerdict
    var isSame = true
    switch answer {
    case .approved(let amount, let theirs, _):
      // Counted was what moved, which need not be what was asked.
      let known = state == .approved ? approved : asked
      (says, isSame) = (.paid, amount == known.magnitude && theirs == currency)
    case .declined, .closed, .reversed, .notSent: says = .notPaid
    case .notFound:
      guard hadItsTime(at: now) else { return nil }
      says = .notPaid
    case .pending, .unknown: return nil
    }
    var tender = self
    tender.course?.test = says == course?.verdict && isSame ? .agrees : .contrary
    // That it went back, or how much, is against a person's word: what its provider says cannot go back again.
    if isRefund, case .approved(let amount, currency, _) = answer, amount > .zero, amount <= Limits.largest,
      course?.verdict == .notPaid ? amount != asked.magnitude : amount > givenBack
    {
      tender.course?.took = amount
    }
    return tender
  }

  private func asked(_ answer: ProviderAnswer, currency: String) -> Tender? {
    switch answer {
    case .approved(let amount, let theirs, let number):
      guard amount == asked, theirs == currency else {
        return held(amount, theirs, why: "approved \(amount.minorUnits) \(theirs)").named(number)
      }
      var tender = to(.approved, why: nil).named(number)
      tender.approved = amount
      tender.course?.taken = true
      return tender
    case .declined(let why): return to(.declined, why: why)
    case .notSent(let why): return unsent(why, .declined)
    case .pending: return state == .pending ? nil : to(.pending, why: nil)
    case .unknown(let why): return state == .unknown ? nil : to(.unknown, why: why)
    case .notFound: return state == .intent ? to(.unknown, why: "notFound") : nil
    case .closed, .reversed: return to(.reversed, why: "closed")
    }
  }

  /// Ended by nobody: its order never went out.
  func unsent(_ why: NotSent, _ state: TenderState) -> Tender {
    var tender = to(state, why: why.rawValue)
    tender.course?.unsent = true
    return tender
  }

  /// It waits for a person: what that one sees must be what the provider says now.
  private func waiting(_ answer: ProviderAnswer) -> Tender? {
    switch answer {
    case .reversed: return to(.reversed, why: why)
    case .approved(let amount, let theirs, _):
      let tender = held(amount, theirs, why: "approved \(amount.minorUnits) \(theirs)")
      return tender.course == course ? nil : tender
    case .declined, .closed, .pending, .unknown, .notFound, .notSent: return nil
    }
  }

  private func takenBack(_ answer: ProviderAnswer, at now: Int64) -> Tender? {
    let isTaken = course?.taken == true
    switch answer {
    case .reversed: return to(.reversed, why: why)
    // Behind its own word that the money moved, "declined", "never paid" and "no such order" give nothing back.
    case .closed: return isTaken ? nil : to(.reversed, why: why)
    case .declined(let why): return isTaken ? nil : to(.reversed, why: why)
    case .notSent(let why): return isTaken ? nil : unsent(why, .reversed)
    // An order may be on its way for a while: only when it had its time is "no such order" an end.
    case .notFound: return !isTaken && hadItsTime(at: now) ? to(.reversed, why: "notFound") : nil
    case .approved(_, _, let number):
      guard !isTaken else { return nil }
      var tender = to(.reversing, why: why).named(number)
      tender.course?.taken = true
      return tender
    case .pending, .unknown: return nil
    }
  }

  /// By a clock that was set back to before the order nothing can be said; whoever asks has waited by another one.
  private func hadItsTime(at now: Int64) -> Bool {
    guard let course else { return true }
    return now >= course.askUntil || now < course.startedAt
  }

  private func late(_ number: String?) -> Tender {
    var tender = to(.reversing, why: "lateSuccess").named(number)
    tender.course?.late = true
    tender.course?.endedAt = nil
    tender.course?.alarm = nil
    tender.course?.taken = true
    if course?.verdict == .notPaid { tender.course?.test = .contrary }
    return tender
  }

  /// With the provider's number for it, if it gave one.
  func named(_ number: String?) -> Tender {
    guard let number else { return self }
    var tender = self
    tender.reference = TextRules.tamed(number, most: Limits.identifier, isReference: true)
    return tender
  }

  /// The same on its way back. A provider gives the money back, and until it says so that is only intended; of others
  /// it is done, and what it was stays to be read.
  func takingBack(why: String) -> Tender {
    if kind == .provider { return to(.reversing, why: why) }
    var tender = self
    (tender.state, tender.why) = (.reversed, why)
    return tender
  }

  /// The same in another state; money counts in state approved only.
  func to(_ state: TenderState, why: String?) -> Tender {
    var tender = self
    (tender.state, tender.why) = (state, TextRules.tamed(why))
    if state != .approved { tender.approved = .zero }
    if state != .reversing { tender.course?.alarm = nil }
    return tender
  }
}

extension Till {
  /// Orders of unfinished sales that took money, still may, or may be found to have taken it behind their end, and those
  /// that are still being taken back. Training counts for itself: it takes no room from what is real.
  func openOrders(_ mode: SaleMode) -> Int {
    var count = pursuits.values.count { $0.isOf(mode) }
    for sale in sales.values where sale.mode == mode {
      for tender in sale.tenders where tender.kind == .provider {
        if tender.state == .approved || tender.state.isLive || tender.isWatched { count += 1 }
      }
    }
    return count
  }

  /// Payments of finished sales that are not over, ascending by order number.
  public var pursuitsInOrder: [Pursuit] { pursuits.sorted { $0.key < $1.key }.map(\.value) }

  /// All provider tenders that are asked about, those of finished sales too.
  public var followedTenders: [(sale: String, tender: Tender)] {
    var result: [(sale: String, tender: Tender)] = []
    for sale in sales.values {
      for tender in sale.tenders where tender.isFollowed {
        result.append((sale.id, tender))
      }
    }
    for pursuit in pursuits.values where pursuit.tender.isFollowed { result.append((pursuit.sale, pursuit.tender)) }
    return result.sorted { ($0.tender.number ?? "") < ($1.tender.number ?? "") }
  }
}
