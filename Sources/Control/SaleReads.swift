import Engine
import Interfaces
import Till
import Varlink

// Sales that are looked up: open ones in the snapshot, closed ones in the journal.
extension Control {
  func returnable() -> (Method, VarlinkHandler) {
    handler(SaleInterface.Returnable.self) { (control, input, caller, reply) throws(SystemError) in
      let words = caller.words
      let lanes = caller.lanes
      let presented: PresentedStub? =
        if let proof = input.stubProof { try PresentedStub(input.stub, proof) } else { nil }
      control.later(reply) { then in
        if let presented { return control.engine?.facts(presented, then: then) ?? false }
        return control.engine?.facts(Self.here(StubReference(input.stub), caller), then: then) ?? false
      } _: { (result: Result<ClosedStubFacts, CallError>) in
        switch result {
        case .failure(let error): reply.fail(SystemError(error, lanes: lanes))
        case .success(let facts):
          // Money that is on its way back counts, too.
          let till = control.engine?.snapshot.till ?? caller.snapshot.till
          let output = SaleInterface.Returnable.Output(
            stub: words.reference(facts.reference, provenBy: facts.provenBy),
            lines: facts.lines.map { line in
              // Of a void stub nothing was sold, and what came back is nothing that may come back.
              let left = facts.form != .void && line.leftQuantity.thousandths > 0
              return Wire.ReturnableLine(
                line: line.line.id.description, name: line.line.input.name,
                quantity: left ? line.leftQuantity.thousandths : 0, amount: left ? line.leftAmount.minorUnits : 0)
            }, proof: facts.provenBy == nil ? .local : .signature,
            tenders: facts.tenders.compactMap { tender in
              guard facts.provenBy == nil, facts.form != .void, facts.correctedBy == nil, tender.state == .approved,
                tender.approved > .zero
              else { return nil }
              let left = (try? till.leftToRefund(tender, of: facts)) ?? .zero
              return Wire.ReturnableTender(
                tender: tender.id.description, kind: Wire.TenderKind(tender.origin),
                provider: tender.throughProvider, amount: max(.zero, left).minorUnits)
            })
          reply.reply { output.write(to: &$0) }
        }
      }
    }
  }

  func getSale() -> (Method, VarlinkHandler) {
    handler(SaleInterface.Get.self) { (control, input, caller, reply) throws(SystemError) in
      let words = caller.words
      let sales = caller.snapshot.till.sales
      let names = [input.sale, input.stub?.stub, input.externalReference, input.number]
      guard names.count(where: { $0 != nil }) == 1 else {
        throw .refused(rule: "get", text: "give exactly one of sale, stub, externalReference, number")
      }
      let open =
        input.sale.flatMap { sales[$0] }
        ?? input.externalReference.flatMap { name in sales.values.first { $0.externalReference == name } }
        ?? input.number.flatMap { number in
          sales.values.first { $0.tenders.contains { $0.number == number } }
        }
      if let open {
        let output = SaleInterface.Get.Output(
          sale: words.sale(open), lines: open.lines.map(words.line),
          adjustments: open.adjustments.map(words.adjustment),
          tenders: open.tenders.map(words.tender), later: [], corrections: [])
        reply.reply { output.write(to: &$0) }
        return
      }
      try Self.refuseWhileRecovering(caller)
      let asked = names.compactMap(\.self).first ?? ""
      let lanes = caller.lanes
      let wanted = input.stub.map { Self.here(StubReference($0), caller) }
      let byStub = wanted != nil
      if let wanted, let here = caller.snapshot.till.identity?.origin, wanted.box != here {
        throw .noSuchStub(stub: wanted.stub, skippedBy: nil)
      }
      // What is still looked at leads to its sale, also when that ended without a stub to find it by.
      let till = caller.snapshot.till
      let followed = input.number.flatMap { till.pursuits[$0] ?? till.watched[$0] }?.sale
      control.later(reply) { then in
        control.engine?.closed(
          sale: input.sale ?? followed, stub: wanted, external: input.externalReference,
          order: followed == nil ? input.number : nil, then: then)
          ?? false
      } _: { (result: Result<ClosedSale?, CallError>) in
        switch result {
        case .failure(let error): reply.fail(SystemError(error, lanes: lanes))
        case .success(nil): reply.fail(byStub ? .noSuchStub(stub: asked, skippedBy: nil) : .noSuchSale(sale: asked))
        case .success(let closed?):
          let words = words.of(closed.origin)
          guard wanted.map({ Self.fits($0, closed.place, words) }) ?? true else {
            return reply.fail(.noSuchStub(stub: asked, skippedBy: nil))
          }
          guard var output = Self.output(closed, words) else { return reply.fail(.noSuchSale(sale: asked)) }
          Self.update(&output, caller.snapshot.till, words)
          reply.reply { output.write(to: &$0) }
        }
      }
    }
  }

  /// Answers a change of a sale that is none of the unfinished: one that the journal has as finished is in the wrong state.
  func refuseFinished(_ sale: String, allowed: [SaleState], _ reply: VarlinkReply) {
    guard let engine else { return reply.fail(.noSuchSale(sale: sale)) }
    let look = words(engine.snapshot)
    later(reply) { then in
      engine.closed(sale: sale, stub: nil, external: nil, then: then)
    } _: { (result: Result<ClosedSale?, CallError>) in
      // Whatever cannot be looked up: no unfinished sale has this name, and that is what was asked.
      guard case .success(let closed?) = result, let found = Self.output(closed, look.of(closed.origin)) else {
        return reply.fail(.noSuchSale(sale: sale))
      }
      reply.fail(
        .wrongState(state: found.sale.state.rawValue, parked: found.sale.parked, allowed: allowed.map(\.rawValue)))
    }
  }

  /// A look from before the journal was open has no open sale. By the time the closed ones are asked for it may be open,
  /// and what is open would be said not to exist.
  private static func refuseWhileRecovering(_ caller: Caller) throws(SystemError) {
    let look = caller.snapshot
    guard look.mode == .recovering else { return }
    throw SystemError(.notSelling(mode: look.mode, reasons: look.reasons), lanes: caller.lanes)
  }

  private static func output(_ closed: ClosedSale, _ words: WireWords) -> SaleInterface.Get.Output? {
    guard let stub = closed.stub else {
      guard let voided = closed.voided else { return nil }
      return SaleInterface.Get.Output(
        sale: words.sale(voided, closed.stamp, closed.place), lines: [], adjustments: [], tenders: [], later: [],
        corrections: [])
    }
    return SaleInterface.Get.Output(
      sale: words.sale(stub, closed.stamp, closed.place), lines: stub.lines.map(words.line),
      adjustments: stub.adjustments.map(words.adjustment), tenders: stub.tenders.map(words.tender),
      later: closed.later.map(words.reference),
      corrections: closed.corrections.map { words.correction($0.corrected, $0.stamp, $0.sequence) },
      correctedBy: closed.correctedBy.map(words.reference),
      damaged: closed.damaged > 0 ? Int64(closed.damaged) : nil)
  }

  /// A stub says how the tenders stood when it was sealed: what is still being done about one says how it stands now.
  private static func update(_ output: inout SaleInterface.Get.Output, _ till: Till, _ words: WireWords) {
    for (_, pursuit) in till.watched.merging(till.pursuits, uniquingKeysWith: { $1 })
    where pursuit.sale == output.sale.id {
      let tender = words.tender(pursuit.tender)
      if let index = output.tenders.firstIndex(where: { $0.id == tender.id }) {
        output.tenders[index] = tender
      } else {
        output.tenders.append(tender)
      }
    }
  }

  /// A reference that says more than the number must be right in all it says.
  private static func fits(_ reference: StubReference, _ place: StubPlace, _ words: WireWords) -> Bool {
    reference.saysHash(place.leaf.hex)
      && (reference.sequence.map { $0 == Int64(clamping: place.sequence) } ?? true)
      && (reference.epoch.map { $0 == words.epoch } ?? true)
  }

  func listSales() -> (Method, VarlinkHandler) {
    handler(SaleInterface.List.self) { (control, input, caller, reply) throws(SystemError) in
      try SystemError.check(input.limit ?? 100, in: 1...1_000, "list")
      let limit = Int(input.limit ?? 100)
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
      try Self.refuseWhileRecovering(caller)
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
      var before: (epoch: UInt32, sequence: UInt64)?
      let head = caller.snapshot.head
      // What is closed since this look at the till is open in it: it must not be on the page twice.
      if head.sequence > 0 { before = (head.epoch, head.sequence) }
      if case .closed(let epoch, let number) = cursor { before = (epoch, number) }
      let filter = ClosedFilter(
        lane: input.lane, businessDay: day, operator: input.operator, total: input.total,
        before: before?.sequence, epoch: before?.epoch,
        limit: limit - first.count)
      let lanes = caller.lanes
      control.later(reply) { then in
        control.engine?.list(filter, then: then) ?? false
      } _: { (result: Result<ClosedPage, CallError>) in
        switch result {
        case .failure(let error): reply.fail(SystemError(error, lanes: lanes))
        case .success(let page):
          let sales = page.sales.compactMap { sale -> Wire.Sale? in
            let words = words.of(sale.origin)
            guard
              let wire = sale.stub.map({ words.sale($0, sale.stamp, sale.place) })
                ?? sale.voided.map({ words.sale($0, sale.stamp, sale.place) })
            else { return nil }
            return wanted?.contains(wire.state.rawValue) ?? true ? wire : nil
          }
          let output = SaleInterface.List.Output(
            sales: first + sales,
            next: page.next.map { ListCursor.closed(epoch: page.epoch, before: $0).text },
            damaged: page.damaged > 0 ? Int64(page.damaged) : nil)
          reply.reply { output.write(to: &$0) }
        }
      }
    }
  }
}
