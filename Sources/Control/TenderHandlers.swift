import Engine
import Interfaces
import Till
import Varlink

// Money for a sale: taken, reported, decided about, taken back, booked otherwise.
extension Control {
  func addTender() -> (Method, VarlinkHandler) {
    keyed(SaleInterface.AddTender.self) { (control, input, caller) throws(SystemError) in
      let code = try control.paymentCode(input.tender)
      var tender = try TenderInput(input.tender)
      tender.codeHash = code.map(PaymentCode.hash)
      if let stub = tender.refundOf?.stub { tender.refundOf?.stub = Self.here(stub, caller) }
      return Prepared(
        key: input.idempotencyKey,
        event: .addTender(AddTender(sale: input.sale, revision: input.revision, tender: tender)),
        lane: caller.laneOf(input.sale), session: input.session, paymentCode: code)
    } _: { answer, words, _ in
      guard let change = words.change(answer), let tender = words.tender(answer) else { return (nil, nil) }
      return (
        .init(change: change, tender: tender, job: words.job(answer)),
        .tender(\.tender, of: \.change.sale, job: \.job)
      )
    }
  }

  func reportTender() -> (Method, VarlinkHandler) {
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

  func decideTender() -> (Method, VarlinkHandler) {
    keyed(SaleInterface.DecideTender.self) { (control, input, caller) throws(SystemError) in
      Prepared(
        key: input.idempotencyKey,
        event: .decideTender(
          DecideTender(
            sale: input.sale, revision: input.revision, tender: try Self.tender(input.tender),
            verdict: TenderVerdict(input.verdict), reason: input.reason, reference: input.reference,
            approval: input.approval)), lane: caller.laneOf(input.sale), session: input.session)
    } _: { answer, words, _ in
      guard let change = words.change(answer), let tender = words.tender(answer) else { return (nil, nil) }
      return (.init(change: change, tender: tender, job: words.job(answer)), .job(\.job))
    }
  }

  func resolveSale() -> (Method, VarlinkHandler) {
    keyed(SaleInterface.Resolve.self) { (control, input, caller) throws(SystemError) in
      Prepared(
        key: input.idempotencyKey,
        event: .resolveSale(
          ResolveSale(
            sale: input.sale, revision: input.revision, resolution: HeldResolution(input.resolution),
            evidence: input.evidence, reference: input.reference, approval: input.approval)),
        lane: caller.laneOf(input.sale), session: input.session)
    } _: { answer, words, _ in
      guard let change = words.change(answer) else { return (nil, nil) }
      return (.init(change: change, tender: words.tender(answer), job: words.job(answer)), .job(\.job))
    }
  }

  func removeTender() -> (Method, VarlinkHandler) {
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

  func correctTender() -> (Method, VarlinkHandler) {
    keyed(SaleInterface.CorrectTender.self) { (control, input, caller) throws(SystemError) in
      let stub = Self.here(StubReference(input.stub), caller)
      return Prepared(
        key: input.idempotencyKey,
        event: .correctTender(
          CorrectTender(
            stub: stub, tender: try Self.tender(input.tender), kind: TenderKind(input.kind), provider: input.provider,
            reference: input.reference, reason: input.reason, approval: input.approval)),
        lane: caller.onlyLane, session: input.session, stubs: [stub])
    } _: { answer, words, _ in
      for record in answer.records {
        guard case .tenderCorrected(let corrected) = record.fact else { continue }
        return (.init(correction: words.correction(corrected, record.stamp, answer.first)), nil)
      }
      return (nil, nil)
    }
  }

  /// The customer's payment code. A handle too old gives none, which the till refuses unless the call is a repeated one.
  private func paymentCode(_ tender: Wire.TenderInput) throws(SystemError) -> [UInt8]? {
    guard tender.scan != nil || tender.code != nil else { return nil }
    guard tender.kind == .provider, tender.scan == nil || tender.code == nil else {
      throw .refused(rule: "tender", text: "a provider tender takes a scan or a code, no other tender does")
    }
    let code: [UInt8]?
    if let given = tender.code {
      let length = PaymentCode.length
      guard length.contains(given.utf8.count) else {
        throw .refused(
          rule: "tender", text: "a payment code has \(length.lowerBound) to \(length.upperBound) bytes")
      }
      code = Array(given.utf8)
    } else {
      code = tender.scan.flatMap { desk.scan(handle: $0, now: SystemClock.monotonic())?.bytes }
    }
    if let code, let reference = tender.reference, reference.contains(String(decoding: code, as: UTF8.self)) {
      throw .refused(rule: "personalData", text: "reference holds the customer's payment code, which is nowhere kept")
    }
    return code
  }
}
