extension Till {
  /// Delivers a document of a stub, or a pro forma of an open sale.
  func decideDeliver(_ event: Deliver, _ context: Context) throws(Refusal) -> Decision {
    let facts = try deliverable(event, context)
    let laneName = event.lane ?? facts?.lane ?? event.sale.flatMap { sales[$0]?.lane }
    let lane = laneName.flatMap { configuration.lane($0) }
    var draft = Draft(self, context, lane: lane?.name)
    var ordered = DeliveryOrdered(
      delivery: "v\(counters.nextDelivery)", stub: facts?.reference ?? event.stub, sale: event.sale,
      channel: event.channel, document: event.document)
    guard event.channel == .paper else {
      draft.add(.deliveryOrdered(ordered))
      return draft.decision()
    }
    if let stub = event.stub, let job = unfinishedJob(stub, event.document) {
      guard job.state == .owed || job.state == .unknown else {
        throw .refused(.job, text: "job \(job.id) is printing it already")
      }
      ordered.job = job.id
      draft.add(.deliveryOrdered(ordered))
      draft.add(.print(job: job.id, printer: job.printer))
      return draft.decision()
    }
    guard let printer = event.printer ?? lane?.printer else {
      throw .refused(.printer, text: "no printer is named and the lane has none")
    }
    try TextRules.checkIdentifier(printer, "printer")
    let sale = event.sale.flatMap { sales[$0] }
    let starts = facts?.starts[event.document] ?? 0
    let copy: CopyKind = starts > 0 ? .reprint : event.document == .merchantCopy ? .merchant : .original
    ordered.job = "j\(counters.nextJob)"
    draft.add(.deliveryOrdered(ordered))
    _ = draft.queue(
      PrintJob(
        id: "", printer: printer, lane: lane?.name, document: event.document, copy: copy, stub: ordered.stub,
        sale: event.sale, training: (facts?.mode ?? sale?.mode) == .training, starts: starts,
        queuedAt: draft.stamp.at))
    return draft.decision()
  }

  /// The facts of the stub to deliver; nil for a pro forma.
  private func deliverable(_ event: Deliver, _ context: Context) throws(Refusal) -> ClosedStubFacts? {
    try StubRules.check(event.stub)
    if event.document == .proforma {
      guard let id = event.sale, event.stub == nil else {
        throw .refused(.document, text: "a pro forma names an open sale")
      }
      guard sales[id] != nil else { throw .noSuchSale(id, allowed: Till.parkable) }
      return nil
    }
    guard let stub = event.stub, event.sale == nil, event.document != .note, event.document != .report else {
      throw .refused(.document, text: "a \(event.document.rawValue) cannot be delivered so")
    }
    guard let facts = context.facts.first(where: { $0.reference.isSame(as: stub) }) else {
      throw .originalNotHere(box: stub.box, proofs: [.local])
    }
    return facts
  }

  /// The unfinished job of a stub's document.
  private func unfinishedJob(_ stub: StubReference, _ document: DocumentKind) -> PrintJob? {
    jobs.values.filter { $0.document == document && $0.stub?.isSame(as: stub) == true }.min {
      ($0.queuedAt, $0.id) < ($1.queuedAt, $1.id)
    }
  }

  func decidePrintNote(_ event: PrintNote, _ context: Context) throws(Refusal) -> Decision {
    try TextRules.require(event.note.title, "title")
    try TextRules.checkIdentifier(event.note.hash, "hash")
    guard event.note.size >= 0, event.note.size <= Int64(Limits.openState) else {
      throw .limitExceeded(.event, maximum: Int64(Limits.openState))
    }
    return try queueAlone(lane: event.lane, printer: event.printer, document: .note, note: event.note, context)
  }

  func decidePrintReport(
    lane: String?, printer: String?, report: ReportName, _ context: Context
  ) throws(Refusal) -> Decision {
    try TextRules.checkIdentifier(report.text, "report")
    if case .shift(let shift) = report, shifts[shift] == nil { throw .noSuchShift(shift) }
    if !report.isRunning, let job = jobs.values.filter({ $0.report == report.text }).min(by: { $0.id < $1.id }) {
      guard job.state == .owed || job.state == .unknown else {
        throw .refused(.job, text: "job \(job.id) is printing it already")
      }
      return try decideDecideJob(job.id, .printAgain, context)
    }
    return try queueAlone(
      lane: lane, printer: printer, document: .report, report: report.text,
      copy: report.isRunning ? .original : .reprint, context)
  }

  private func queueAlone(
    lane name: String?, printer named: String?, document: DocumentKind, note: NoteSummary? = nil,
    report: String? = nil, copy: CopyKind = .original, _ context: Context
  ) throws(Refusal) -> Decision {
    let lane = named == nil || name != nil ? try laneConfiguration(name) : nil
    guard let printer = named ?? lane?.printer else {
      throw .refused(.printer, text: "no printer is named and the lane has none")
    }
    try TextRules.checkIdentifier(printer, "printer")
    var draft = Draft(self, context, lane: lane?.name)
    _ = draft.queue(
      PrintJob(
        id: "", printer: printer, lane: lane?.name, document: document, copy: copy, note: note, report: report,
        // How often a report was printed is not kept; a second copy has an original before it.
        starts: copy == .reprint ? 1 : 0, queuedAt: draft.stamp.at))
    return draft.decision()
  }

  func decideDecideJob(_ id: String, _ decision: JobDecision, _ context: Context) throws(Refusal) -> Decision {
    guard let job = jobs[id] else { throw .noSuchJob(id) }
    let allowed: Bool =
      switch decision {
      case .itPrinted: job.state == .unknown
      case .printAgain: job.state == .unknown || job.state == .owed
      case .cancel: job.state != .started
      }
    guard allowed else {
      throw .refused(.job, text: "job \(id) is \(job.state.rawValue); \(decision.rawValue) does not fit")
    }
    if decision == .printAgain, job.document == .note {
      throw .refused(.job, text: "a note's content is not kept; print it anew")
    }
    var draft = Draft(self, context, lane: job.lane)
    draft.add(.jobDecided(JobDecided(job: id, decision: decision)))
    switch decision {
    case .printAgain: draft.add(.print(job: id, printer: job.printer))
    case .cancel where job.state == .queued: draft.add(.cancelJob(job: id, printer: job.printer))
    case .cancel, .itPrinted: break
    }
    return draft.decision()
  }

  func decideJobStarting(_ id: String, _ context: Context) throws(Refusal) -> Decision {
    guard let job = jobs[id] else { throw .noSuchJob(id) }
    guard job.state == .queued else {
      throw .refused(.job, text: "job \(id) is \(job.state.rawValue), not queued")
    }
    var draft = Draft(self, context, lane: job.lane)
    draft.add(.jobStarted(JobStarted(job: id, ordinal: job.starts + 1, marked: job.nextIsMarked)))
    return draft.decision()
  }

  func decideJobEnded(_ end: JobEnd, _ context: Context) throws(Refusal) -> Decision {
    guard let job = jobs[end.job] else { throw .noSuchJob(end.job) }
    guard job.state == .started || (job.state == .queued && end.outcome != .done && end.outcome != .unknown) else {
      throw .refused(.job, text: "job \(end.job) is \(job.state.rawValue)")
    }
    var draft = Draft(self, context, lane: job.lane)
    func clamped(_ bytes: Int64) -> Int64 { min(max(0, bytes), Limits.amount) }
    draft.add(
      .jobEnded(
        JobEnded(
          job: end.job, ordinal: job.starts, outcome: end.outcome, level: end.level,
          sentBytes: clamped(end.sentBytes), totalBytes: clamped(end.totalBytes), why: TextRules.cut(end.why))))
    return draft.decision()
  }
}
