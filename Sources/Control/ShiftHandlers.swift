import Engine
import Interfaces
import Money
import Till
import Varlink

extension Control {
  func shiftHandlers() -> [Method: VarlinkHandler] {
    Dictionary(
      uniqueKeysWithValues: [
        openShift(), moveCash(), closeShift(), report(), closeDay(), current(), printSlip(),
      ])
  }

  private static func counts(_ counts: [Wire.Count], _ caller: Caller) throws(SystemError) -> [Count] {
    var all: [Count] = []
    for count in counts { all.append(try Count(count, currency: caller.snapshot.till.identity?.currency)) }
    return all
  }

  private func openShift() -> (Method, VarlinkHandler) {
    keyed(ShiftInterface.Open.self) { (control, input, caller) throws(SystemError) in
      var day: BusinessDay?
      if let text = input.businessDay {
        guard let parsed = BusinessDay(text) else {
          throw .refused(rule: "businessDay", text: "businessDay is YYYY-MM-DD, not \(text)")
        }
        day = parsed
      }
      let lane = caller.lane(input.lane)
      let open = OpenShift(
        lane: lane, operator: input.operator, opening: try Self.counts(input.opening, caller), businessDay: day,
        approval: input.approval)
      return Prepared(key: input.idempotencyKey, event: .openShift(open), lane: lane, session: input.session)
    } _: { answer, _, _ in
      for record in answer.records {
        guard case .shiftOpened(let opened) = record.fact else { continue }
        return (
          .init(
            shift: opened.shift, businessDay: record.stamp.businessDay.description,
            sequence: Int64(clamping: answer.first)), nil
        )
      }
      return (nil, nil)
    }
  }

  private func moveCash() -> (Method, VarlinkHandler) {
    keyed(ShiftInterface.MoveCash.self) { (control, input, caller) throws(SystemError) in
      let move = MoveCash(
        shift: input.shift, direction: CashDirection(input.direction),
        amount: Amount(input.amount), reason: input.reason, approval: input.approval,
        prints: input.print ?? false)
      return Prepared(
        key: input.idempotencyKey, event: .moveCash(move), lane: caller.laneOf(shift: input.shift),
        session: input.session)
    } _: { answer, words, _ in
      (.init(sequence: Int64(clamping: answer.first), job: words.job(answer)), nil)
    }
  }

  private func closeShift() -> (Method, VarlinkHandler) {
    keyed(ShiftInterface.Close.self) { (control, input, caller) throws(SystemError) in
      let close = CloseShift(
        shift: input.shift, counts: try Self.counts(input.counts, caller),
        leave: try Self.counts(input.leave ?? [], caller), carryParked: input.carryParked,
        prints: input.print ?? false)
      return Prepared(
        key: input.idempotencyKey, event: .closeShift(close), lane: caller.laneOf(shift: input.shift),
        session: input.session)
    } _: { answer, words, _ in
      for record in answer.records {
        guard case .shiftClosed(let closed) = record.fact else { continue }
        return (
          .init(
            sequence: Int64(clamping: answer.first), expected: closed.expected.map(words.count),
            difference: closed.differences.map(words.count),
            report: words.report(closed, record.stamp, last: answer.first), job: words.job(answer)), nil
        )
      }
      return (nil, nil)
    }
  }

  private func closeDay() -> (Method, VarlinkHandler) {
    keyed(ShiftInterface.CloseDay.self) { (control, input, caller) throws(SystemError) in
      var slip: String?
      if input.print ?? false {
        guard let lane = caller.onlyLane else { throw .noSuchLane(lane: "", lanes: caller.lanes) }
        slip = lane
      }
      return Prepared(
        key: input.idempotencyKey, event: .closeDay(last: 0, head: "", slip: slip), lane: caller.onlyLane,
        session: input.session)
    } _: { answer, words, _ in
      for record in answer.records {
        guard case .dayClosed(let day) = record.fact else { continue }
        return (
          .init(
            number: day.number, first: day.first, last: day.last, head: day.head, carried: day.carried,
            report: words.report(day, record.stamp), job: words.job(answer)), nil
        )
      }
      return (nil, nil)
    }
  }

  private func report() -> (Method, VarlinkHandler) {
    handler(ShiftInterface.Report.self) { (control, input, caller, reply) throws(SystemError) in
      let till = caller.snapshot.till
      let words = caller.words
      if let id = input.shift {
        guard input.day == nil else { throw .refused(rule: "report", text: "give shift or day, not both") }
        guard let shift = till.shifts[id] else { return control.closedShift(id, caller, reply) }
        let output = ShiftInterface.Report.Output(
          report: words.report(shift, till, last: caller.snapshot.head.sequence))
        reply.reply { output.write(to: &$0) }
        return
      }
      guard let number = input.day else {
        let output = ShiftInterface.Report.Output(report: words.report(till, last: caller.snapshot.head.sequence))
        reply.reply { output.write(to: &$0) }
        return
      }
      let lanes = caller.lanes
      control.later(reply) { then in
        control.engine?.day(number, then: then) ?? false
      } _: { (result: Result<(DayClosed, Stamp)?, CallError>) in
        switch result {
        case .failure(let error): reply.fail(SystemError(error, lanes: lanes))
        case .success(nil): reply.fail(.noSuchShift(shift: "z:\(number)"))
        case .success(let found?):
          let output = ShiftInterface.Report.Output(report: words.report(found.0, found.1))
          reply.reply { output.write(to: &$0) }
        }
      }
    }
  }

  private func closedShift(_ id: String, _ caller: Caller, _ reply: VarlinkReply) {
    let (words, lanes) = (caller.words, caller.lanes)
    later(reply) { then in
      engine?.shift(id, then: then) ?? false
    } _: { (result: Result<(ShiftClosed, Stamp, UInt64)?, CallError>) in
      switch result {
      case .failure(let error): reply.fail(SystemError(error, lanes: lanes))
      case .success(nil): reply.fail(.noSuchShift(shift: id))
      case .success(let (closed, stamp, sequence)?):
        let output = ShiftInterface.Report.Output(report: words.report(closed, stamp, last: sequence))
        reply.reply { output.write(to: &$0) }
      }
    }
  }

  private func printSlip() -> (Method, VarlinkHandler) {
    handler(ShiftInterface.Print.self) { (control, input, caller, reply) throws(SystemError) in
      let given = [input.shift != nil, input.day != nil, input.movement != nil].filter { $0 }.count
      guard given <= 1 else { throw .refused(rule: "report", text: "give one of shift, day and movement, or none") }
      var report = ReportName.day
      if let shift = input.shift {
        report = caller.snapshot.till.shifts[shift] == nil ? .closedShift(shift) : .shift(shift)
      } else if let day = input.day {
        report = .closedDay(day)
      } else if let movement = input.movement {
        report = .movement(String(movement))
      }
      guard !report.isRunning else { return try control.send(report, input, caller, reply) }
      let (name, lanes) = (report, caller.lanes)
      control.later(reply) { then in
        control.engine?.has(name, then: then) ?? false
      } _: { (result: Result<Bool, CallError>) in
        switch result {
        case .failure(let error): reply.fail(SystemError(error, lanes: lanes))
        case .success(false): reply.fail(.noSuchShift(shift: input.shift ?? name.text))
        case .success(true): control.sendChecked(name, input, caller, reply)
        }
      }
    }
  }

  private func sendChecked(
    _ report: ReportName, _ input: ShiftInterface.Print.Input, _ caller: Caller, _ reply: VarlinkReply
  ) {
    do throws(SystemError) { try send(report, input, caller, reply) } catch { reply.fail(error) }
  }

  private func send(
    _ report: ReportName, _ input: ShiftInterface.Print.Input, _ caller: Caller, _ reply: VarlinkReply
  ) throws(SystemError) {
    let prepared = Prepared(
      key: input.idempotencyKey,
      event: .printReport(lane: caller.onlyLane, printer: try printer(input.printer), report: report),
      lane: caller.onlyLane, session: input.session)
    try send(ShiftInterface.Print.self, input, prepared, caller, reply) { [self] answer, words, _ in
      // An owed slip goes out as the job that it is; its records name it only.
      var decided: String?
      for case .jobDecided(let record) in answer.records.map(\.fact) { decided = record.job }
      guard let job = words.job(answer) ?? decided.map({ present($0, words) ?? WireWords.forgotten($0) }) else {
        return (nil, nil)
      }
      return (.init(job: job, sequence: Int64(clamping: answer.first)), .job(\.job))
    }
  }

  private func current() -> (Method, VarlinkHandler) {
    handler(ShiftInterface.Current.self) { (control, input, caller, reply) throws(SystemError) in
      let shifts = caller.snapshot.till.shifts.values.filter { input.lane == nil || $0.lane == input.lane }
      let output = ShiftInterface.Current.Output(
        shifts: shifts.sorted { $0.openedAt < $1.openedAt }.map {
          Wire.Shift(
            shift: $0.id, lane: $0.lane, operator: $0.operator, opened: $0.openedAt,
            businessDay: $0.businessDay.description)
        })
      reply.reply { output.write(to: &$0) }
    }
  }
}

extension Control.Caller {
  func laneOf(shift: String) -> String? { snapshot.till.shifts[shift]?.lane ?? onlyLane }
}

extension WireWords {
  func totals(_ totals: SalesTotals) -> Wire.SalesTotals {
    Wire.SalesTotals(
      sales: tally(totals.sales), refunds: tally(totals.refunds), gross: totals.gross.minorUnits,
      adjustments: totals.adjustments.minorUnits, net: totals.net.minorUnits, tax: totals.tax.minorUnits,
      liabilities: totals.liabilities.minorUnits, total: totals.total.minorUnits,
      cashRounding: totals.cashRounding.minorUnits, tips: totals.tips.minorUnits,
      surcharges: totals.surcharges.minorUnits, cashback: totals.cashback.minorUnits,
      taxes: totals.taxes.map {
        Wire.Tax(
          code: $0.code, rateMillionths: $0.rate.millionths, included: $0.included, base: $0.base.minorUnits,
          amount: $0.amount.minorUnits)
      },
      tenders: totals.tenders.map {
        Wire.TenderTotal(
          kind: Wire.TenderKind($0.key.kind), provider: $0.key.provider,
          currency: $0.key.currency, count: $0.count, amount: $0.amount.minorUnits)
      }, voidsBeforeTotal: tally(totals.voidsBeforeTotal), voidsAfterTotal: tally(totals.voidsAfterTotal),
      removedLines: totals.removedLines, overrides: totals.overrides, reversedTenders: tally(totals.reversedTenders),
      correctedTenders: totals.correctedTenders.map(tally), corrections: totals.corrections.map(tally),
      noSales: totals.noSales,
      trainingStubs: totals.trainingStubs, firstStub: totals.firstStub.map { String($0) },
      lastStub: totals.lastStub.map { String($0) })
  }

  private func tally(_ tally: Tally) -> Wire.Tally { Wire.Tally(count: tally.count, amount: tally.amount.minorUnits) }

  private func grand(_ grand: GrandTotals) -> Wire.GrandTotals {
    Wire.GrandTotals(
      sales: grand.sales.minorUnits, refunds: grand.refunds.minorUnits, total: grand.total.minorUnits,
      stubs: grand.stubs)
  }

  private func unresolved(_ tenders: [UnresolvedTender]) -> [Wire.UnresolvedTender] {
    tenders.map {
      Wire.UnresolvedTender(
        sale: $0.sale, tender: $0.tender.description, kind: Wire.TenderKind($0.kind),
        provider: $0.provider, asked: $0.asked.minorUnits,
        verdict: $0.verdict.flatMap { Wire.TenderVerdict(rawValue: $0.rawValue) },
        test: $0.test.flatMap { Wire.VerdictTest(rawValue: $0.rawValue) })
    }
  }

  /// A closed shift.
  func report(_ closed: ShiftClosed, _ stamp: Stamp, last: UInt64) -> Wire.ShiftReport {
    Wire.ShiftReport(
      currency: currency, shift: closed.shift, lane: stamp.lane, operator: closed.operator,
      businessDay: stamp.businessDay.description, last: Int64(clamping: last), totals: totals(closed.totals),
      cashIn: closed.cashIn.minorUnits, cashOut: closed.cashOut.minorUnits, cashToSafe: closed.cashToSafe.minorUnits,
      expected: closed.expected.map(count), unresolved: unresolved(closed.unresolved),
      held: closed.held.map(tally))
  }

  /// An open shift: what should be in the drawer is not said, counting is blind.
  func report(_ shift: Shift, _ till: Till, last: UInt64) -> Wire.ShiftReport {
    Wire.ShiftReport(
      currency: currency, shift: shift.id, lane: shift.lane, operator: shift.operator,
      businessDay: shift.businessDay.description, last: Int64(clamping: last) - 1, totals: totals(shift.totals),
      cashIn: shift.cashIn.minorUnits, cashOut: shift.cashOut.minorUnits, cashToSafe: shift.cashToSafe.minorUnits,
      unresolved: unresolved(till.unresolved(of: shift)), held: till.held(ofShift: shift.id).map(tally))
  }

  /// X: the day so far.
  func report(_ till: Till, last: UInt64) -> Wire.ShiftReport {
    Wire.ShiftReport(
      currency: currency, businessDay: till.businessDay?.description ?? "",
      first: till.counters.lastZSequence + 1, last: Int64(clamping: last) - 1, totals: totals(till.day), cashIn: 0,
      cashOut: 0, cashToSafe: 0, unresolved: unresolved(till.unresolved), held: till.heldOfDay.map(tally),
      grand: grand(till.grand))
  }

  /// Z.
  func report(_ day: DayClosed, _ stamp: Stamp) -> Wire.ShiftReport {
    Wire.ShiftReport(
      currency: currency, number: day.number, businessDay: stamp.businessDay.description, first: day.first,
      last: day.last, totals: totals(day.totals), cashIn: 0, cashOut: 0, cashToSafe: 0,
      unresolved: unresolved(day.unresolved), held: day.held.map(tally), grand: grand(day.grand))
  }
}
