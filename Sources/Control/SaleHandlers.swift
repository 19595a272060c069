import Engine
import Interfaces
import Journal
import Money
import Till
import Varlink

extension Control {
  func saleHandlers() -> [Method: VarlinkHandler] {
    Dictionary(
      uniqueKeysWithValues: [
        quote(), ring(), openSale(), addLines(), changeLine(), removeLine(), total(), reopen(), park(),
        unpark(), addTender(), reportTender(), removeTender(), voidSale(), returnable(), deliver(), getSale(),
        listSales(),
      ])
  }

  private func quote() -> (Method, VarlinkHandler) {
    handler(SaleInterface.Quote.self) { (_, input, caller, reply) throws(SystemError) in
      let lines = try Self.lines(input.lines, caller)
      let adjustments = try Self.adjustments(input.adjustments)
      let priced: Priced
      do throws(Refusal) {
        priced = try caller.snapshot.till.quote(lines: lines, adjustments: adjustments)
      } catch { throw SystemError(error, lanes: caller.lanes) }
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
        key: input.idempotencyKey, event: .ring(Ring(open: open, tender: TenderInput(input.tender))), lane: lane,
        session: input.session, stubs: Self.stubs(of: open.lines, corrects: nil, caller))
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
        stubs: Self.stubs(of: open.lines, corrects: open.corrects, caller))
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
        lane: caller.laneOf(input.sale), session: input.session, stubs: Self.stubs(of: lines, corrects: nil, caller))
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
        stubs: Self.stubs(of: [replacement], corrects: nil, caller))
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

  private func total() -> (Method, VarlinkHandler) {
    keyed(SaleInterface.Total.self) { (control, input, caller) throws(SystemError) in
      Prepared(
        key: input.idempotencyKey, event: .total(SaleCall(sale: input.sale, revision: input.revision)),
        lane: caller.laneOf(input.sale), session: input.session)
    } _: { answer, words, _ in
      guard let change = words.change(answer) else { return (nil, nil) }
      let hash = SHA256.hash(change.totals.bytes + Array(change.sale.utf8)).hex
      return (.init(change: change, hash: hash), nil)
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

  private func addTender() -> (Method, VarlinkHandler) {
    keyed(SaleInterface.AddTender.self) { (control, input, caller) throws(SystemError) in
      Prepared(
        key: input.idempotencyKey,
        event: .addTender(
          AddTender(sale: input.sale, revision: input.revision, tender: TenderInput(input.tender))),
        lane: caller.laneOf(input.sale), session: input.session)
    } _: { answer, words, _ in
      guard let change = words.change(answer), let tender = words.tender(answer) else { return (nil, nil) }
      return (.init(change: change, tender: tender, job: words.job(answer)), .job(\.job))
    }
  }

  private func reportTender() -> (Method, VarlinkHandler) {
    keyed(SaleInterface.ReportTender.self) { (control, input, caller) throws(SystemError) in
      Prepared(
        key: input.idempotencyKey,
        event: .reportTender(
          ReportTender(
            sale: input.sale, revision: input.revision, tender: try Self.tender(input.tender),
            report: TenderReport(input.result))), lane: caller.laneOf(input.sale), session: input.session)
    } _: { answer, words, _ in
      guard let change = words.change(answer), let tender = words.tender(answer) else { return (nil, nil) }
      return (.init(change: change, tender: tender, job: words.job(answer)), nil)
    }
  }

  private func removeTender() -> (Method, VarlinkHandler) {
    keyed(SaleInterface.RemoveTender.self) { (control, input, caller) throws(SystemError) in
      Prepared(
        key: input.idempotencyKey,
        event: .removeTender(
          RemoveTender(
            sale: input.sale, revision: input.revision, tender: try Self.tender(input.tender), reason: input.reason,
            approval: input.approval)), lane: caller.laneOf(input.sale), session: input.session)
    } _: { answer, words, _ in
      guard let change = words.change(answer), let tender = words.tender(answer) else { return (nil, nil) }
      return (.init(change: change, tender: tender), nil)
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
        stub: stub, sale: input.sale, channel: DeliveryChannel(rawValue: input.channel.rawValue) ?? .paper,
        document: DocumentKind(rawValue: input.document.rawValue) ?? .receipt,
        printer: try control.printer(input.printer),
        lane: caller.onlyLane)
      return Prepared(
        key: input.idempotencyKey, event: .deliver(event), lane: caller.onlyLane, session: input.session,
        stubs: stub.map { [$0] } ?? [])
    } _: { answer, words, _ in
      for record in answer.records {
        guard case .deliveryOrdered(let delivery) = record.fact else { continue }
        return (
          .init(delivery: delivery.delivery, sequence: Int64(clamping: answer.first), job: words.job(answer)),
          .job(\.job)
        )
      }
      return (nil, nil)
    }
  }

  // MARK: - reads

  private func returnable() -> (Method, VarlinkHandler) {
    handler(SaleInterface.Returnable.self) { (control, input, caller, reply) throws(SystemError) in
      let words = caller.words
      let lanes = caller.lanes
      control.later(reply) { then in
        control.engine?.facts(Self.here(StubReference(input.stub), caller), then: then) ?? false
      } _: { (result: Result<ClosedStubFacts, CallError>) in
        switch result {
        case .failure(let error): reply.fail(SystemError(error, lanes: lanes))
        case .success(let facts):
          let output = SaleInterface.Returnable.Output(
            stub: words.reference(facts.reference),
            lines: facts.lines.map {
              Wire.ReturnableLine(
                line: $0.line.id.description, name: $0.line.input.name, quantity: $0.leftQuantity.thousandths,
                amount: $0.leftAmount.minorUnits)
            }, proof: .local)
          reply.reply { output.write(to: &$0) }
        }
      }
    }
  }

  private func getSale() -> (Method, VarlinkHandler) {
    handler(SaleInterface.Get.self) { (control, input, caller, reply) throws(SystemError) in
      let words = caller.words
      let sales = caller.snapshot.till.sales
      let given = [input.sale != nil, input.stub != nil, input.externalReference != nil].filter { $0 }.count
      guard given == 1 else { throw .refused(rule: "get", text: "give exactly one of sale, stub, externalReference") }
      let open =
        input.sale.flatMap { sales[$0] }
        ?? input.externalReference.flatMap { name in sales.values.first { $0.externalReference == name } }
      if let open {
        let output = SaleInterface.Get.Output(
          sale: words.sale(open), lines: open.lines.map(words.line),
          adjustments: open.adjustments.map(words.adjustment),
          tenders: open.tenders.map(words.tender), later: [])
        reply.reply { output.write(to: &$0) }
        return
      }
      let asked = input.sale ?? input.stub?.stub ?? input.externalReference ?? ""
      let lanes = caller.lanes
      let byStub = input.stub != nil
      control.later(reply) { then in
        control.engine?.closed(
          sale: input.sale, stub: input.stub.map { StubReference($0) }, external: input.externalReference, then: then)
          ?? false
      } _: { (result: Result<ClosedSale?, CallError>) in
        switch result {
        case .failure(let error): reply.fail(SystemError(error, lanes: lanes))
        case .success(nil): reply.fail(byStub ? .noSuchStub(stub: asked) : .noSuchSale(sale: asked))
        case .success(let closed?):
          guard let output = Self.output(closed, words) else { return reply.fail(.noSuchSale(sale: asked)) }
          reply.reply { output.write(to: &$0) }
        }
      }
    }
  }

  private static func output(_ closed: ClosedSale, _ words: WireWords) -> SaleInterface.Get.Output? {
    guard let stub = closed.stub else { return nil }
    return SaleInterface.Get.Output(
      sale: words.sale(stub, closed.stamp, closed.place), lines: stub.lines.map(words.line),
      adjustments: stub.adjustments.map(words.adjustment), tenders: stub.tenders.map(words.tender),
      later: closed.later.map(words.reference))
  }

  private func listSales() -> (Method, VarlinkHandler) {
    handler(SaleInterface.List.self) { (control, input, caller, reply) throws(SystemError) in
      let limit = Int(input.limit ?? 100)
      guard (1...1_000).contains(limit) else { throw .limitExceeded(limit: "list", maximum: 1_000) }
      var day: BusinessDay?
      if let text = input.businessDay {
        guard let parsed = BusinessDay(text) else {
          throw .refused(rule: "businessDay", text: "businessDay is YYYY-MM-DD, not \(text)")
        }
        day = parsed
      }
      var cursor: ListCursor?
      if let after = input.after {
        guard let read = ListCursor(after) else {
          throw .refused(rule: "cursor", text: "not a cursor of List: \(after)")
        }
        cursor = read
      }
      let wanted = input.states.map { Set($0.map(\.rawValue)) }
      let words = caller.words
      var found: [Sale] = []
      let isOpenPage = if case .closed = cursor { false } else { true }
      if isOpenPage {
        let open = caller.snapshot.till.sales.values.sorted { ListCursor.comes($0, before: $1) }
        for sale in open
        where cursor?.isBehind(sale) ?? true && (input.lane == nil || sale.lane == input.lane)
          && (wanted?.contains(sale.state.rawValue) ?? true)
          && (input.parked == nil || sale.parked == input.parked) && (day == nil || sale.businessDay == day)
          && (input.operator == nil || sale.operator == input.operator)
          && (input.total == nil || sale.totals.total.minorUnits == input.total)
        { found.append(sale) }
      }
      let first = found.prefix(limit).map(words.sale)
      let closedWanted =
        (wanted == nil || !(wanted?.isDisjoint(with: ["completed", "voided", "paid"]) ?? true))
        && input.parked != true
      guard closedWanted, first.count < limit else {
        let isAll = found.count <= limit && !closedWanted
        let output = SaleInterface.List.Output(
          sales: first, next: isAll ? nil : found.prefix(limit).last.map { ListCursor(behind: $0).text })
        reply.reply { output.write(to: &$0) }
        return
      }
      var before: UInt64?
      if case .closed(let number) = cursor { before = number }
      let filter = ClosedFilter(
        lane: input.lane, businessDay: day, operator: input.operator, total: input.total, before: before,
        limit: limit - first.count)
      let lanes = caller.lanes
      control.later(reply) { then in
        control.engine?.list(filter, then: then) ?? false
      } _: { (result: Result<ClosedPage, CallError>) in
        switch result {
        case .failure(let error): reply.fail(SystemError(error, lanes: lanes))
        case .success(let page):
          let sales = page.sales.compactMap { sale -> Wire.Sale? in
            guard let stub = sale.stub else { return nil }
            let wire = words.sale(stub, sale.stamp, sale.place)
            return wanted?.contains(wire.state.rawValue) ?? true ? wire : nil
          }
          let output = SaleInterface.List.Output(
            sales: first + sales, next: page.next.map { ListCursor.closed(before: $0).text })
          reply.reply { output.write(to: &$0) }
        }
      }
    }
  }

  // MARK: - pieces

  /// Asks another thread and answers on the loop.
  func later<Value: Sendable>(
    _ reply: VarlinkReply, _ ask: (@escaping @Sendable (Result<Value, CallError>) -> Void) -> Bool,
    _ answer: @escaping (Result<Value, CallError>) -> Void
  ) {
    let box = UncheckedBox(answer)
    let server = server
    let taken = ask { result in server?.execute { box.value(result) } }
    if !taken { reply.fail(.busy(owner: "lookup", application: "", since: 0)) }
  }

  /// More than a sale can hold is refused before it costs anything.
  static func lines(_ lines: [Wire.LineInput], _ caller: Caller) throws(SystemError) -> [LineInput] {
    guard lines.count <= Limits.lines else { throw .limitExceeded(limit: "lines", maximum: Int64(Limits.lines)) }
    var inputs: [LineInput] = []
    inputs.reserveCapacity(lines.count)
    for (index, line) in lines.enumerated() { inputs.append(here(try LineInput(line, at: index), caller)) }
    return inputs
  }

  /// A line whose original names this box as the till does.
  static func here(_ line: LineInput, _ caller: Caller) -> LineInput {
    var line = line
    if let original = line.original?.reference { line.original?.reference = here(original, caller) }
    return line
  }

  static func adjustments(_ adjustments: [Wire.AdjustmentInput]?) throws(SystemError) -> [Adjustment] {
    guard adjustments?.count ?? 0 <= Limits.adjustments else {
      throw .limitExceeded(limit: "adjustments", maximum: Int64(Limits.adjustments))
    }
    var all: [Adjustment] = []
    for (index, adjustment) in (adjustments ?? []).enumerated() { all.append(try Adjustment(adjustment, at: index)) }
    return all
  }

  static func line(_ text: String) throws(SystemError) -> LineID {
    guard let id = LineID(text) else { throw .noSuchLine(line: text) }
    return id
  }

  static func tender(_ text: String) throws(SystemError) -> TenderID {
    guard let id = TenderID(text) else { throw .noSuchTender(tender: text) }
    return id
  }

  /// A client may name this box by its journal id, by its origin or not at all; the till knows it by its origin.
  static func here(_ reference: StubReference, _ caller: Caller) -> StubReference {
    var reference = reference
    let identity = caller.snapshot.till.identity
    if reference.box.isEmpty || reference.box == identity?.journal { reference.box = identity?.origin ?? "" }
    return reference
  }

  static func stubs(of lines: [LineInput], corrects: StubReference?, _ caller: Caller) -> [StubReference] {
    var stubs: [StubReference] = corrects.map { [$0] } ?? []
    for line in lines {
      guard let original = line.original?.reference else { continue }
      let reference = here(original, caller)
      if !stubs.contains(where: { $0.stub == reference.stub && $0.box == reference.box }) { stubs.append(reference) }
    }
    return stubs
  }
}

extension Control.Caller {
  /// The lane of an open sale, so that its records bear it.
  func laneOf(_ sale: String) -> String? { snapshot.till.sales[sale]?.lane ?? onlyLane }
}
