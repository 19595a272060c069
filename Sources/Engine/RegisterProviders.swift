import Till

/// The resolver: no payment stays unknown. A payment order goes out once; behind it there are only questions, and, when
/// the time to ask is over, taking back.
extension Register {
  /// When to look again, nanoseconds of the monotonic clock; nil: nothing is due.
  var nextTimer: UInt64? { payments.next }

  /// How the provider of a tender wants to be asked, and which one it is when the call names none.
  func completed(_ event: Event, facts: [ClosedStubFacts]) -> Event {
    guard case .addTender(var add) = event, add.tender.kind == .provider else { return event }
    var name = add.tender.provider
    if till.sales[add.sale].map({ $0.totals.due < .zero }) ?? false {
      name = (try? till.refundedPayment(add, facts: facts))?.paid.throughProvider
    } else if name == nil {
      let isTraining = till.sales[add.sale]?.mode == .training
      let able = providers.filter { trainingProviders.contains($0) == isTraining }
      name = able.count == 1 ? able.first : nil
      add.tender.provider = name
    }
    if let name, providers.contains(name) {
      add.tender.movesNoMoney = trainingProviders.contains(name)
      add.tender.policy = payments.policy(name)
      add.tender.makesCodes = payments.abilities[name]?.makesCodes ?? true
      add.tender.givesRefunds = payments.abilities[name]?.refunds ?? true
      add.tender.refundLimits = payments.abilities[name]?.refundLimits ?? RefundLimits()
      add.tender.account = payments.abilities[name]?.account
    }
    return .addTender(add)
  }

  /// The call with the stubs that it names only by what its sale returns.
  func naming(_ call: Call) -> Call {
    guard case .addTender(let add) = call.event, call.stubs.isEmpty else { return call }
    var call = call
    call.stubs = till.refundStubs(add)
    return call
  }

  /// Sends a durable intent's order. A customer's code is in memory only: after a restart there is none, and no order goes
  /// out.
  mutating func authorise(_ sale: String, _ id: TenderID, code: [UInt8]?, _ now: Moment, _ out: inout [Output]) {
    guard let tender = till.sales[sale]?.tender(id), let number = tender.number, let provider = tender.provider,
      let step = code.map({ ProviderOrder.Step.pay(code: $0) }) ?? tender.firstStep
        ?? payments.refundStep(number, isFirst: true)
    else { return }
    let serial = payments.sent(number, step, now: now.reading.monotonicNanoseconds)
    out.append(.effect(.provider(provider, order(step, tender, serial))))
  }

  private func order(_ step: ProviderOrder.Step, _ tender: Tender, _ serial: UInt64) -> ProviderOrder {
    ProviderOrder(
      step: step, number: tender.number ?? "", amount: tender.asked.magnitude.minorUnits,
      currency: till.identity?.currency ?? "", serial: serial, account: tender.course?.account)
  }

  /// Follows what became durable.
  mutating func follow(_ record: Record, _ now: Moment) {
    guard let it = record.fact.tender else { return }
    payments.note(
      it.sale, it.tender, wall: now.reading.wallMilliseconds, isTrusted: now.reading.trusted,
      now: now.reading.monotonicNanoseconds)
  }

  /// A start: what the journal left open is asked for at once.
  mutating func followAll(_ now: Moment) {
    payments.begin(at: now.reading.monotonicNanoseconds)
    for (sale, tender) in till.followedTenders + till.watchedTenders {
      payments.note(
        sale, tender, wall: now.reading.wallMilliseconds, isTrusted: now.reading.trusted,
        now: now.reading.monotonicNanoseconds)
    }
  }

  mutating func hear(provider name: String, _ report: ProviderReport, _ now: Moment, _ out: inout [Output]) {
    let monotonic = now.reading.monotonicNanoseconds
    switch report {
    case .abilities(let abilities): take(abilities, of: name, now, &out)
    case .addressed(let number, let serial, let account):
      guard let course = payments.addressed(number, serial: serial, to: account) else { return }
      own(
        .tenderAddressed(
          TenderAddressed(sale: course.sale, tender: course.tender.id, number: number, account: account)), now, &out)
    case .policy(let policy): payments.take(policy, of: name, now: monotonic)
    case .reach(let reach):
      guard payments.take(reach, of: name, at: now.reading.wallMilliseconds) else { return }
      out.append(.happened([.providerStatus(name, reach, now.reading)]))
    case .hint(let number): payments.hint(number, from: name, now: monotonic)
    case .shown(let number, let serial, let content): payments.show(content, number, serial)
    case .answered(let number, let serial, let answer):
      // An answer is of one order: behind the next one it says what was so before.
      guard let course = payments.courses[number], course.serial == serial else { return }
      let wasIntent = course.tender.state == .intent
      payments.answered(number, now: monotonic)
      if wasIntent { payments.paid(number, now: monotonic) }
      // A provider that says "reversed" is asked once more: only its answer to a question ends the matter.
      if course.isReverse, !(course.isClose && answer.isApproved) { return }
      payments.heard(answer, number)
      if course.isTooEarly(answer, now: course.sentAt) { return }
      let code = payments.newCode(of: course)
      own(
        .tenderAnswered(
          TenderAnswered(
            sale: course.sale, tender: course.tender.id, number: number,
            answer: payments.kept(answer, of: course), account: wasIntent ? course.account : nil,
            codeHash: code.map { PaymentCode.hash(Array($0.utf8)) }, codeLength: code.map { Int64($0.utf8.count) })),
        now, &out)
    case .withheld(let number, let serial):
      guard let course = payments.courses[number], course.serial == serial else { return }
      payments.notSaid(number, until: monotonic &+ Self.longPause)
      guard course.tender.state == .intent else { return }
      own(
        .tenderAnswered(
          TenderAnswered(
            sale: course.sale, tender: course.tender.id, number: number,
            answer: .unknown(why: NotSent.otherAccount.rawValue))), now, &out)
    }
  }

  /// A connector says what it can do and for which account it speaks.
  private mutating func take(
    _ said: ProviderAbilities, of name: String, _ now: Moment, _ out: inout [Output]
  ) {
    let (was, waited) = (payments.abilities[name]?.account, payments.elsewhere(at: name))
    payments.take(said, of: name, now: now.reading.monotonicNanoseconds)
    let waiting = payments.elsewhere(at: name)
    guard waiting != waited || waiting > 0 && said.account != was else { return }
    out.append(
      .happened([.providerAccount(name, account: said.account, was: was, waiting: waiting, now.reading)]))
  }

  /// What is due now.
  mutating func resolve(_ now: Moment, _ out: inout [Output]) {
    let monotonic = now.reading.monotonicNanoseconds
    guard mode == .selling || mode == .cashOnly else {
      // What cannot be kept is not asked; later, when it can.
      for number in payments.due(at: monotonic) { payments.wait(number, until: monotonic &+ Self.pause) }
      return
    }
    for number in payments.due(at: monotonic) {
      guard let course = payments.courses[number] else { continue }
      guard till.keeps(number, of: course.sale) else {
        payments.forget(number)
        continue
      }
      let (wall, isTrusted) = (now.reading.wallMilliseconds, now.reading.trusted)
      let canBeAsked = providers.contains(course.provider) && !payments.isElsewhere(course)
      if payments.isUnconfirmed(number, canBeAsked: canBeAsked, wall: wall, isTrusted: isTrusted, now: monotonic) {
        endWithLastWord(course, number, now, &out)
        continue
      }
      guard providers.contains(course.provider) else {
        // The configuration names it no more; the tender stays in the list of what is not known.
        payments.wait(number, until: monotonic &+ Self.longPause)
        continue
      }
      if !course.isBusy, payments.isElsewhere(course) {
        payments.withhold(number, until: monotonic &+ Self.longPause)
        continue
      }
      if course.isBusy, let serial = course.serial {
        // Its connector never answered.
        let report = ProviderReport.answered(number: number, serial: serial, .unknown(why: "noAnswer"))
        hear(provider: course.provider, report, now, &out)
        continue
      }
      if course.isHinted {
        let serial = payments.sent(number, .query, now: monotonic)
        out.append(.effect(.provider(course.provider, order(.query, course.tender, serial))))
        continue
      }
      // After a start it is asked once at least, however long the box was off: the money may have moved long ago.
      // Right before it is taken back it is asked once more: the customer may just have paid.
      let isFresh = course.questions > 0 && monotonic &- course.askedAt <= Self.fresh
      let isOver = isFresh && course.askedAt >= course.end
      if course.phase == .asking, isOver {
        // Until this is durable nothing else is done about it.
        payments.wait(number, until: monotonic &+ Self.pause)
        own(.giveUpTender(GiveUpTender(sale: course.sale, tender: course.tender.id, number: number)), now, &out)
        continue
      }
      if course.phase == .reversing, monotonic < course.reverseFrom {
        payments.wait(number, until: course.reverseFrom)
        continue
      }
      if let alarm = payments.alarm(number, wall: wall, isTrusted: isTrusted, now: monotonic) {
        own(
          .giveUpTender(
            GiveUpTender(sale: course.sale, tender: course.tender.id, number: number, alarm: alarm)), now, &out)
        if alarm == .givenUp {
          payments.wait(number, until: monotonic &+ Self.pause)
          continue
        }
      }
      let step: ProviderOrder.Step
      if course.tender.isRefund {
        guard let due = payments.refundStep(number) else {
          endWithLastWord(course, number, now, &out)
          continue
        }
        step = due
      } else {
        let isTooLate = payments.isTooLate(number, wall: wall, isTrusted: isTrusted, now: monotonic)
        step =
          course.phase == .reversing
          ? payments.stepBack(number, isTooLate: isTooLate) : payments.question(number, now: monotonic)
      }
      let serial = payments.sent(number, step, now: monotonic)
      out.append(.effect(.provider(course.provider, order(step, course.tender, serial))))
    }
  }

  /// A person decided, and nobody says more of it: that was the last word.
  private mutating func endWithLastWord(
    _ course: ProviderDesk.Course, _ number: String, _ now: Moment, _ out: inout [Output]
  ) {
    payments.wait(number, until: now.reading.monotonicNanoseconds &+ Self.longPause)
    let end = GiveUpTender(sale: course.sale, tender: course.tender.id, number: number, isLastWord: true)
    own(.giveUpTender(end), now, &out)
  }

  /// So old at most is the answer behind which a payment is taken back, nanoseconds.
  static let fresh: UInt64 = 1_000_000_000
  /// Nanoseconds.
  static let pause: UInt64 = 1_000_000_000
  static let longPause: UInt64 = 30_000_000_000
}

extension Tender {
  /// The order of a code that the till shows; nil: it is none.
  fileprivate var firstStep: ProviderOrder.Step? {
    guard let course, isShown else { return nil }
    return .createCode(CodeOrder(expires: course.askUntil, isFirst: true))
  }
}
