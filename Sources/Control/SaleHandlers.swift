import Engine
import Interfaces
import Money
import Till
import Varlink

extension Control {
  func saleHandlers() -> [Method: VarlinkHandler] {
    Dictionary(
      uniqueKeysWithValues: [
        quote(), ring(), openSale(), addLines(), changeLine(), removeLine(), setAdjustments(), setParty(), total(),
        reopen(), park(), unpark(), addTender(), reportTender(), decideTender(), resolveSale(), removeTender(),
        correctTender(), voidSale(), returnable(), deliver(), getSale(), listSales(),
      ])
  }

  private func quote() -> (Method, VarlinkHandler) {
    handler(SaleInterface.Quote.self) { (_, input, caller, reply) throws(SystemError) in
      let till = caller.snapshot.till
      let lane = caller.lane(input.lane).flatMap { till.configuration.lane($0) }
      if let name = input.lane, lane == nil { throw .noSuchLane(lane: name, lanes: caller.lanes) }
      let lines = try Self.lines(input.lines, caller)
      let adjustments = try Self.adjustments(input.adjustments)
      var priced: Priced
      do throws(Refusal) {
        priced = try till.quote(lines: lines, adjustments: adjustments)
      } catch { throw SystemError(error, lanes: caller.lanes) }
      if lane?.cashAllowed ?? true, let due = try? CashRounding.round(priced.totals.total, step: till.cashStep),
        let rounding = try? due - priced.totals.total
      {
        (priced.totals.due, priced.totals.cashRounding) = (due, rounding)
      }
      let words = caller.words
      let output = SaleInterface.Quote.Output(
        totals: words.totals(priced.totals),
        lines: zip(lines, priced.lines).enumerated().map { index, pair in
          words.line(Line(id: LineID(Int32(index + 1)), input: pair.0, result: pair.1))
        }, adjustments: priced.adjustments.map(words.adjustment))
      reply.reply { output.write(to: &$0) }
    }
  }

  private func ring() -> (Method, VarlinkHandler) {
    keyed(SaleInterface.Ring.self) { (control, input, caller) throws(SystemError) in
      let lane = caller.lane(input.lane)
      let open = OpenSale(
        lane: lane, lines: try Self.lines(input.lines, caller), adjustments: try Self.adjustments(input.adjustments),
        externalReference: input.externalReference, label: input.label, member: input.member, approval: input.approval)
      return Prepared(
        key: input.idempotencyKey, event: .ring(Ring(open: open, tender: try TenderInput(input.tender))), lane: lane,
        session: input.session, stubs: Self.stubs(of: open.lines, corrects: nil, caller),
        presented: try Self.presented(input.lines))
    } _: { answer, words, _ in
      guard let change = words.change(answer), let tender = words.tender(answer) else { return (nil, nil) }
      return (
        .init(change: change, lines: words.lines(answer), tender: tender, job: words.job(answer)), .job(\.job)
      )
    }
  }

  private func openSale() -> (Method, VarlinkHandler) {
    keyed(SaleInterface.Open.self) { (control, input, caller) throws(SystemError) in
      let lane = caller.lane(input.lane)
      let open = OpenSale(
        lane: lane, kind: input.kind.map(SaleKind.init) ?? .sale, lines: try Self.lines(input.lines ?? [], caller),
        adjustments: try Self.adjustments(input.adjustments),
        corrects: input.corrects.map { Self.here(StubReference($0), caller) },
        externalReference: input.externalReference, label: input.label, member: input.member, approval: input.approval)
      return Prepared(
        key: input.idempotencyKey, event: .openSale(open), lane: lane, session: input.session,
        stubs: Self.stubs(of: open.lines, corrects: open.corrects, caller),
        presented: try Self.presented(input.lines ?? []))
    } _: { answer, words, _ in
      (words.change(answer).map { .init(change: $0, lines: words.lines(answer)) }, nil)
    }
  }

  private func addLines() -> (Method, VarlinkHandler) {
    keyed(SaleInterface.AddLines.self) { (control, input, caller) throws(SystemError) in
      let lines = try Self.lines(input.lines, caller)
      return Prepared(
        key: input.idempotencyKey,
        event: .addLines(
          AddLines(sale: input.sale, revision: input.revision, lines: lines, approval: input.approval)),
        lane: caller.laneOf(input.sale), session: input.session, stubs: Self.stubs(of: lines, corrects: nil, caller),
        presented: try Self.presented(input.lines))
    } _: { answer, words, _ in
      (words.change(answer).map { .init(change: $0, lines: words.lines(answer)) }, nil)
    }
  }

  private func changeLine() -> (Method, VarlinkHandler) {
    keyed(SaleInterface.ChangeLine.self) { (control, input, caller) throws(SystemError) in
      let replacement = try Self.here(LineInput(input.replacement, at: 0), caller)
      return Prepared(
        key: input.idempotencyKey,
        event: .changeLine(
          ChangeLine(
            sale: input.sale, revision: input.revision, line: try Self.line(input.line), replacement: replacement,
            reason: input.reason, approval: input.approval)),
        lane: caller.laneOf(input.sale), session: input.session,
        stubs: Self.stubs(of: [replacement], corrects: nil, caller),
        presented: try Self.presented([input.replacement]))
    } _: { answer, words, _ in
      (words.change(answer).map { .init(change: $0, lines: words.lines(answer)) }, nil)
    }
  }

  private func removeLine() -> (Method, VarlinkHandler) {
    keyed(SaleInterface.RemoveLine.self) { (control, input, caller) throws(SystemError) in
      Prepared(
        key: input.idempotencyKey,
        event: .removeLine(
          RemoveLine(
            sale: input.sale, revision: input.revision, line: try Self.line(input.line), reason: input.reason,
            approval: input.approval)), lane: caller.laneOf(input.sale), session: input.session)
    } _: { answer, words, _ in
      (words.change(answer).map { .init(change: $0) }, nil)
    }
  }

  private func setAdjustments() -> (Method, VarlinkHandler) {
    keyed(SaleInterface.SetAdjustments.self) { (control, input, caller) throws(SystemError) in
      Prepared(
        key: input.idempotencyKey,
        event: .setAdjustments(
          SetAdjustments(
            sale: input.sale, revision: input.revision, adjustments: try Self.adjustments(input.adjustments),
            approval: input.approval)), lane: caller.laneOf(input.sale), session: input.session)
    } _: { answer, words, _ in
      (words.change(answer).map { .init(change: $0, adjustments: words.adjustments(answer)) }, nil)
    }
  }

  private func setParty() -> (Method, VarlinkHandler) {
    keyed(SaleInterface.SetParty.self) { (control, input, caller) throws(SystemError) in
      Prepared(
        key: input.idempotencyKey,
        event: .setParty(SetParty(sale: input.sale, revision: input.revision, member: input.member)),
        lane: caller.laneOf(input.sale), session: input.session)
    } _: { answer, words, _ in
      (words.change(answer).map { .init(change: $0) }, nil)
    }
  }

  private func total() -> (Method, VarlinkHandler) {
    keyed(SaleInterface.Total.self) { (control, input, caller) throws(SystemError) in
      Prepared(
        key: input.idempotencyKey, event: .total(SaleCall(sale: input.sale, revision: input.revision)),
        lane: caller.laneOf(input.sale), session: input.session)
    } _: { answer, words, _ in
      guard let change = words.change(answer) else { return (nil, nil) }
      for case .saleTotaled(let total) in answer.records.map(\.fact) {
        let tenders = words.tenders(answer)
        return (
          .init(
            change: change, hash: total.hash ?? "", tenders: tenders.isEmpty ? nil : tenders, job: words.job(answer)),
          .job(\.job)
        )
      }
      return (nil, nil)
    }
  }

  private func reopen() -> (Method, VarlinkHandler) {
    keyed(SaleInterface.Reopen.self) { (control, input, caller) throws(SystemError) in
      Prepared(
        key: input.idempotencyKey, event: .reopen(SaleCall(sale: input.sale, revision: input.revision)),
        lane: caller.laneOf(input.sale), session: input.session)
    } _: { answer, words, _ in
      (words.change(answer).map { .init(change: $0) }, nil)
    }
  }

  private func park() -> (Method, VarlinkHandler) {
    keyed(SaleInterface.Park.self) { (control, input, caller) throws(SystemError) in
      Prepared(
        key: input.idempotencyKey,
        event: .park(SaleCall(sale: input.sale, revision: input.revision), label: input.label),
        lane: caller.laneOf(input.sale), session: input.session)
    } _: { answer, words, _ in
      (words.change(answer).map { .init(change: $0) }, nil)
    }
  }

  private func unpark() -> (Method, VarlinkHandler) {
    keyed(SaleInterface.Unpark.self) { (control, input, caller) throws(SystemError) in
      guard let lane = caller.lane(input.lane) else { throw .noSuchLane(lane: "", lanes: caller.lanes) }
      return Prepared(
        key: input.idempotencyKey,
        event: .unpark(SaleCall(sale: input.sale, revision: input.revision), lane: lane), lane: lane,
        session: input.session)
    } _: { answer, words, _ in
      (words.change(answer).map { .init(change: $0) }, nil)
    }
  }

  private func voidSale() -> (Method, VarlinkHandler) {
    keyed(SaleInterface.Void.self) { (control, input, caller) throws(SystemError) in
      Prepared(
        key: input.idempotencyKey,
        event: .voidSale(
          VoidSale(sale: input.sale, revision: input.revision, reason: input.reason, approval: input.approval)),
        lane: caller.laneOf(input.sale), session: input.session)
    } _: { answer, words, _ in
      (words.change(answer).map { .init(change: $0) }, nil)
    }
  }

  private func deliver() -> (Method, VarlinkHandler) {
    keyed(SaleInterface.Deliver.self) { (control, input, caller) throws(SystemError) in
      let stub = input.stub.map { Self.here(StubReference($0), caller) }
      let event = Deliver(
        stub: stub, sale: input.sale, channel: DeliveryChannel(input.channel),
        document: DocumentKind(input.document),
        printer: try control.printer(input.printer),
        lane: caller.onlyLane)
      return Prepared(
        key: input.idempotencyKey, event: .deliver(event), lane: caller.onlyLane, session: input.session,
        stubs: stub.map { [$0] } ?? [])
    } _: { [self] answer, words, _ in
      for record in answer.records {
        guard case .deliveryOrdered(let delivery) = record.fact else { continue }
        let job = words.job(answer) ?? delivery.job.map { delivered(by: $0, delivery, words) }
        return (.init(delivery: delivery.delivery, sequence: Int64(clamping: answer.first), job: job), .job(\.job))
      }
      return (nil, nil)
    }
  }

  /// A job that was ordered before and goes out now: the record names it only; what it was is known from this run.
  private func delivered(by name: String, _ delivery: DeliveryOrdered, _ words: WireWords) -> Wire.Job {
    var job = present(name, words) ?? WireWords.forgotten(name)
    if let document = Wire.PrintDocument(rawValue: delivery.document.rawValue) { job.document = document }
    job.stub = job.stub ?? delivery.stub.map(words.reference)
    if job.needs == .decision || job.needs == .request { (job.outcome, job.needs) = (.waiting, nil) }
    return job
  }
}
