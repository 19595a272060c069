import Devices
import Document
import Journal
import Records
import Till

/// One look at time: the clocks and what they mean here.
struct Moment: Sendable {
  var reading: Reading
  var offsetMinutes: Int
  /// Local date, the proposal for the business day.
  var day: BusinessDay
  /// Chain value of the durable head.
  var chain: Digest
}

/// The till with everything that happens around it, as one synchronous value: no thread, no clock, no random source.
///
/// Live path: decide → apply in memory → append → once durable: answers, effects, happenings. A restart builds the same
/// state with ``Till/apply(_:)`` alone.
struct Register: Sendable {
  /// An event from its decision until it is durable.
  struct Staged: Sendable {
    var call: Call?
    /// Calls with the same key that came while this one ran.
    var joined: [UInt64] = []
    var records: [Record]
    /// Each record's `data` object as stored.
    var data: [[UInt8]]
    var effects: [Effect]
    /// What is printed when the event is durable (set for `jobStarted`).
    var start: RegisterEffect?
    var lazy: Bool
    var first: UInt64 = 0
    var last: UInt64 = 0
    var stub: StubPlace?
    var stubIndex: Int?

    var answer: Answer? { call.map { Answer(method: $0.method, records: records, first: first, stub: stub) } }
  }

  var till: Till
  var mode: Mode = .selling
  var reasons: [String] = []
  /// What is so from the start on, whatever comes and goes: words and sentences as in `reasons`.
  var standing: [String] = []
  var keys: KeyTable
  var desk = PrintDesk()
  /// Appended, waiting for its place; first in, first out.
  var unplaced: [Staged] = []
  /// Placed, not durable; in order of sequence.
  var waiting: [Staged] = []
  /// All records before this are durable.
  var durable: UInt64
  /// First sequence of the current segment.
  var segmentStart: UInt64
  /// Newest event of the current segment that names a stub, by stub number; nil while it has no place.
  var touched: [String: UInt64?] = [:]
  /// Calls that wait until what they depend on is durable.
  var held: [Call] = []
  /// True when an index answers for sealed keys, so that memory need not.
  let forgetsSealedKeys: Bool
  /// The printers that can be had.
  let printers: Set<String>
  /// Which printer a drawer hangs on.
  let drawers: [String: String]
  /// Payment providers that the configuration names.
  let providers: Set<String>
  /// Those that move no money.
  let trainingProviders: Set<String>
  /// Origins of the boxes whose signed proofs are taken.
  let trustedBoxes: Set<String>
  var payments = ProviderDesk()
  let fingerprint: @Sendable (String) -> UInt64

  /// One input, all that follows from it.
  mutating func step(_ input: Input, at now: Moment) -> [Output] {
    var out: [Output] = []
    switch input {
    case .call(let call): take(call, now, &out)
    case .appended(let first, let leaves): place(first, leaves, &out)
    case .durable(let upTo): release(upTo: upTo, now, &out)
    case .printer(let name, let report): hear(name, report, now, &out)
    case .own(let event): own(event, now, &out)
    case .switched(let sequence): switched(sequence)
    case .document(let job, let result): fetched(job, result, now, &out)
    case .provider(let name, let report): hear(provider: name, report, now, &out)
    case .started: followAll(now)
    case .tick: resolve(now, &out)
    }
    return out
  }

  // MARK: - calls

  private mutating func take(_ call: Call, _ now: Moment, _ out: inout [Output]) {
    let call = naming(call)
    if let known = keys[call.key] { return repeated(call, known, &out) }
    if !call.keyIsNew, keys.mayBeSealed(call.key, fingerprint: fingerprint) {
      return out.append(.lookup(.key(call)))
    }
    guard mode == .selling || mode == .cashOnly else {
      return out.append(.answer(call.token, .failure(.notSelling(mode: mode, reasons: reasons))))
    }
    if case .closeDay = call.event, !unplaced.isEmpty || !waiting.isEmpty {
      // A Z ends at a durable position: what came before it must be on disk first.
      return held.append(call)
    }
    if let output = needsFacts(call) {
      if let output { out.append(output) } else { held.append(call) }
      return
    }
    if let missing = unknownDevice(call.event) { return out.append(.answer(call.token, .failure(missing))) }
    do {
      let decision = try till.decide(event(of: call, now), context(call, now))
      stage(decision, call: call, &out)
    } catch {
      out.append(.answer(call.token, .failure(.refused(helped(error)))))
    }
  }

  /// The proofs that a stub's absence names are those that help: a signature does only of a box that is trusted.
  private func helped(_ refusal: Refusal) -> Refusal {
    guard case .originalNotHere(let box, let proofs) = refusal, !trustedBoxes.contains(box) else { return refusal }
    return .originalNotHere(box: box, proofs: proofs.filter { $0 != .signature })
  }

  /// A caller's device that is not there: nothing would ever come of an order for it.
  private func unknownDevice(_ event: Event) -> CallError? {
    let printer: String?
    switch event {
    case .deliver(let deliver): printer = deliver.printer
    case .printNote(let note): printer = note.printer
    case .printReport(_, let named, _): printer = named
    case .openDrawer(let open):
      guard let drawer = open.drawer, drawers[drawer] == nil else { return nil }
      return .noSuchDevice(drawer, similar: drawers.keys.sorted())
    default: return nil
    }
    guard let printer, !printers.contains(printer) else { return nil }
    return .noSuchDevice(printer, similar: printers.sorted())
  }

  /// A Z names the position of the journal that it closes.
  private func event(of call: Call, _ now: Moment) -> Event {
    if case .closeDay(_, _, let slip) = call.event {
      return .closeDay(last: Int64(clamping: durable) - 1, head: now.chain.hex, slip: slip)
    }
    return completed(call.event, facts: call.facts)
  }

  private mutating func repeated(_ call: Call, _ known: KeyTable.Entry, _ out: inout [Output]) {
    guard known.requestHash == call.requestHash else {
      let failure = CallError.keyReused(firstMethod: known.method, sequence: known.sequence ?? durable)
      return out.append(.answer(call.token, .failure(failure)))
    }
    if known.durable, let sequence = known.sequence {
      return out.append(
        .lookup(
          .recall(
            token: call.token, method: call.method, requestHash: call.requestHash, key: call.key, sequence: sequence)))
    }
    if let index = unplaced.firstIndex(where: { $0.call?.key == call.key }) {
      unplaced[index].joined.append(call.token)
    } else if let index = waiting.firstIndex(where: { $0.call?.key == call.key }) {
      if waiting[index].lazy, let answer = waiting[index].answer {
        out.append(.answer(call.token, .success(answer)))
      } else {
        waiting[index].joined.append(call.token)
      }
    } else {
      out.append(.answer(call.token, .failure(.fault("key-without-event"))))
    }
  }

  /// What to do when the facts of a call are missing or old: a lookup, or (inner nil) wait until the event that made
  /// them old is durable. Outer nil: they are good.
  private func needsFacts(_ call: Call) -> Output?? {
    guard !call.stubs.isEmpty else { return nil }
    // What a stub took over from corrected bills is known only with its facts, and then it is looked at too.
    for stub in call.stubs + call.facts.flatMap(\.carriedStubs) {
      guard let newest = touched[stub.stub] else { continue }
      guard let newest, newest < durable else { return .some(nil) }
      if let upTo = call.factsUpTo, newest < upTo { continue }
      return .some(.lookup(.facts(call, upTo: durable)))
    }
    guard let upTo = call.factsUpTo, upTo >= segmentStart else { return .some(.lookup(.facts(call, upTo: durable))) }
    return nil
  }

  private func context(_ call: Call?, _ now: Moment) -> Context {
    var stamp = Stamp(
      at: now.reading.wallMilliseconds, offsetMinutes: now.offsetMinutes, timeTrusted: now.reading.trusted,
      businessDay: now.day, lane: call?.lane, verifiedBy: call?.verifiedBy ?? .nobody)
    stamp.operator = call?.operator
    // A machine that is restored from a saved state repeats its kernel's random numbers. With the place in the journal
    // the same number never makes the same name twice; what was not durable may get its name again.
    let place = durable &* 0x9E37_79B9_7F4A_7C15
    return Context(
      stamp: stamp, entropy: (call?.entropy ?? []).map { $0 &+ place }, facts: call?.facts ?? [],
      user: call.map { Int64($0.userID) })
  }

  // MARK: - events

  mutating func own(_ event: Event, _ now: Moment, _ out: inout [Output]) {
    guard let decision = try? till.decide(event, context(nil, now)) else { return }
    stage(decision, call: nil, &out)
  }

  /// Applies a decision and hands its entries out. A record that its own till refuses is a fault of this program: then
  /// nothing is changed and nothing is appended.
  private mutating func stage(_ decision: Decision, call: Call?, start: RegisterEffect? = nil, _ out: inout [Output]) {
    var next = till
    var records = decision.records
    do {
      for index in records.indices {
        try next.apply(records[index])
        if case .saleTotaled(var total) = records[index].fact, let sale = next.sales[total.sale] {
          total.hash = EntryCodec.text(FrozenSale.bytes(sale))
          records[index].fact = .saleTotaled(total)
        }
      }
    } catch {
      if let call { out.append(.answer(call.token, .failure(.fault("apply-\(error.kind.rawValue)")))) }
      return
    }
    let identity = call.map {
      CallIdentity(
        key: $0.key, method: $0.method, requestHash: $0.requestHash.hex, uid: Int64($0.userID))
    }
    let encoded: EncodedEvent
    do {
      encoded = try EntryCodec.encode(records, call: identity)
    } catch {
      if let call { out.append(.answer(call.token, .failure(.fault("encode-\(error)")))) }
      return
    }
    till = next
    let staged = Staged(
      call: call, records: records, data: encoded.data, effects: decision.effects,
      start: start, lazy: encoded.lazy, stubIndex: encoded.stubIndex)
    if let call { keys.stage(call.key, method: call.method, requestHash: call.requestHash) }
    for stub in touchedStubs(records) { touched[stub] = .some(nil) }
    unplaced.append(staged)
    out.append(.append(encoded.entries, urgency: encoded.lazy ? .lazy : .now, news: encoded.news))
  }

  private mutating func place(_ first: UInt64, _ leaves: [Digest], _ out: inout [Output]) {
    guard !unplaced.isEmpty else { return }
    var staged = unplaced.removeFirst()
    staged.first = first
    staged.last = first + UInt64(max(leaves.count, 1)) - 1
    if let index = staged.stubIndex, index < leaves.count {
      staged.stub = StubPlace(sequence: first + UInt64(index), leaf: leaves[index])
    }
    if let key = staged.call?.key { keys.place(key, at: first) }
    for stub in touchedStubs(staged.records) { touched[stub] = .some(staged.last) }
    keepContents(staged)
    if staged.lazy {
      if let answer = staged.answer, let token = staged.call?.token { out.append(.answer(token, .success(answer))) }
      for token in staged.joined { if let answer = staged.answer { out.append(.answer(token, .success(answer))) } }
      staged.joined.removeAll()
      out.append(.happened(happenings(of: staged)))
    }
    waiting.append(staged)
  }

  private mutating func release(upTo: UInt64, _ now: Moment, _ out: inout [Output]) {
    guard upTo > durable else { return }
    durable = upTo
    var count = 0
    while count < waiting.count, waiting[count].last < upTo { count += 1 }
    let released = waiting.prefix(count)
    for staged in released {
      if let key = staged.call?.key { keys.makeDurable(key) }
      out.append(.durable(staged.records, first: staged.first, stubIndex: staged.stubIndex))
      for record in staged.records {
        follow(record, now)
        switch record.fact {
        case .jobStarted(let started):
          if let stub = till.jobs[started.job]?.stub { out.append(.started(sequence: staged.first, stub: stub.stub)) }
        // Ended without its printer: given up, or decided by a person.
        case .jobEnded(let ended): if till.jobs[ended.job] == nil { desk.contents[ended.job] = nil }
        case .jobDecided(let decided): if till.jobs[decided.job] == nil { desk.contents[decided.job] = nil }
        default: break
        }
      }
      guard !staged.lazy else { continue }
      if let answer = staged.answer, let token = staged.call?.token {
        out.append(.answer(token, .success(answer)))
        for joined in staged.joined { out.append(.answer(joined, .success(answer))) }
      }
      out.append(.happened(happenings(of: staged)))
    }
    for staged in released {
      if let start = staged.start { out.append(.effect(start)) }
      for effect in staged.effects { carryOut(effect, code: staged.call?.paymentCode, now, &out) }
    }
    waiting.removeFirst(count)
    let calls = held
    held.removeAll()
    for call in calls { take(call, now, &out) }
    schedule(now, &out)
  }

  private mutating func switched(_ sequence: UInt64) {
    segmentStart = sequence
    touched.removeAll()
    if forgetsSealedKeys { keys.seal(fingerprint: fingerprint) }
  }

  // MARK: - devices

  private mutating func carryOut(_ effect: Effect, code: [UInt8]?, _ now: Moment, _ out: inout [Output]) {
    switch effect {
    case .authorise(let sale, let tender): authorise(sale, tender, code: code, now, &out)
    case .print(let job, let printer): desk.enqueue(job, at: printer)
    case .cancelJob(let job, let printer):
      desk.ended(job)
      out.append(.effect(.cancel(printer: printer, job: job)))
    case .kickDrawer(let order, let drawer):
      out.append(.effect(.kick(drawer: drawers[drawer] ?? drawer, order: order)))
    }
  }

  /// Starts what can start: `jobStarted` is durable before the first byte.
  private mutating func schedule(_ now: Moment, _ out: inout [Output]) {
    for printer in desk.slots.keys.sorted() {
      expireNotes(printer, now, &out)
      if desk.mustAsk(printer) { out.append(.effect(.ask(printer: printer))) }
      // What is not taken is not started either: the room that is left is for how things end.
      guard mode == .selling || mode == .cashOnly else { continue }
      guard let job = desk.next(printer), let details = till.jobs[job] else { continue }
      if let why = pointless(details, now) {
        let end = PrintEnd(job: job, outcome: .lost, level: .queued, sentBytes: 0, totalBytes: 0, why: why)
        endJob(job, .expired, end, now, &out)
        continue
      }
      guard let content = running(details, now) ?? desk.contents[job] else {
        desk.fetching(job, at: printer)
        out.append(.lookup(.document(job: details)))
        continue
      }
      guard let decision = try? till.decide(.jobStarting(job: job), context(nil, now)) else {
        desk.ended(job)
        continue
      }
      var attempt = 1
      var marked = details.nextIsMarked
      for case .jobStarted(let started) in decision.records.map(\.fact) {
        attempt = Int(clamping: started.ordinal)
        marked = started.marked
      }
      desk.started(job, at: printer)
      stage(
        decision, call: nil,
        start: .print(printer: printer, job: job, attempt: attempt, content: content, marked: marked), &out)
    }
  }

  /// A note that waited longer than it was wanted is not started any more.
  private mutating func expireNotes(_ printer: String, _ now: Moment, _ out: inout [Output]) {
    for job in desk.slots[printer]?.waiting ?? [] {
      guard let expires = till.jobs[job]?.note?.expires, expires <= now.reading.wallMilliseconds else { continue }
      let end = PrintEnd(
        job: job, outcome: .cancelled, level: .queued, sentBytes: 0, totalBytes: 0, why: "nobody wants it any more")
      endJob(job, .expired, end, now, &out)
    }
  }

  private mutating func hear(_ printer: String, _ report: PrinterReport, _ now: Moment, _ out: inout [Output]) {
    switch report {
    case .status(let status):
      let before = desk.slots[printer]?.status
      desk.status(printer, status)
      if before != status { out.append(.happened([.printerStatus(printer, status, now.reading)])) }
    case .progress(let progress):
      out.append(.happened([.printProgress(progress, now)]))
    case .ended(let end):
      endJob(end.job, jobOutcome(end.outcome), end, now, &out)
    case .refused(let job, let status):
      desk.status(printer, status)
      let end = PrintEnd(
        job: job, outcome: .lost, level: .queued, sentBytes: 0, totalBytes: 0, why: status.why)
      endJob(job, .lost, end, now, &out)
      if till.jobs[job] != nil { desk.enqueue(job, at: printer) }
    case .drawer(let order, let outcome, _):
      own(.drawerEnded(order: order, outcome: drawerOutcome(outcome)), now, &out)
    case .drawerState(let state):
      out.append(.happened([.drawerState(printer, state, now)]))
    }
    schedule(now, &out)
  }

  private mutating func endJob(
    _ job: String, _ outcome: JobOutcome, _ end: PrintEnd, _ now: Moment, _ out: inout [Output]
  ) {
    desk.ended(job)
    own(
      .jobEnded(
        JobEnd(
          job: job, outcome: outcome, level: PrintLevel(rawValue: end.level.name) ?? .queued,
          sentBytes: Int64(end.sentBytes), totalBytes: Int64(end.totalBytes), why: end.why)), now, &out)
    if till.jobs[job] == nil { desk.contents[job] = nil }
  }

  private func jobOutcome(_ outcome: PrintOutcome) -> JobOutcome {
    switch outcome {
    case .done: .done
    case .unknown: .unknown
    case .lost: .lost
    case .cancelled: .cancelled
    }
  }

  private func drawerOutcome(_ outcome: Devices.DrawerOutcome) -> JournaledDrawerOutcome {
    switch outcome {
    case .opened: .opened
    case .sent: .sent
    case .stuck: .stuck
    case .unknown: .unknown
    case .notSent: .notSent
    }
  }

  private mutating func fetched(
    _ job: String, _ result: Result<JobContent, CallError>, _ now: Moment, _ out: inout [Output]
  ) {
    switch result {
    case .success(let content): desk.fetched(job, content)
    case .failure(let error):
      desk.fetched(job, nil)
      // It is owed, not forgotten: whoever asks for it again gets it.
      let end = PrintEnd(job: job, outcome: .lost, level: .queued, sentBytes: 0, totalBytes: 0, why: "\(error)")
      endJob(job, .lost, end, now, &out)
    }
    schedule(now, &out)
  }

  // MARK: - what an event means outside

  /// Keeps what the jobs of this event print, as long as they have not ended.
  private mutating func keepContents(_ staged: Staged) {
    for record in staged.records {
      guard case .jobQueued(let job) = record.fact else { continue }
      if let note = staged.call?.note, job.document == .note {
        desk.contents[job.id] = .note(note)
      } else if let (matter, stamp) = matter(of: job, in: staged) {
        desk.contents[job.id] = .slip(JobSlip(matter: matter, stamp: stamp, configuration: till.configuration))
      }
    }
  }

  private func matter(of job: PrintJob, in staged: Staged) -> (JobSlip.Matter, Stamp)? {
    for record in staged.records {
      switch record.fact {
      case .stubSealed(let stub):
        if let place = staged.stub { return (.stub(stub, place, document: job.document, copy: job.copy), record.stamp) }
      case .dayClosed(let day): return (.day(day), record.stamp)
      case .shiftClosed(let shift): return (.shift(shift), record.stamp)
      case .cashMoved(let moved): return (.movement(moved), record.stamp)
      default: break
      }
    }
    return nil
  }

  /// Why a job must not start any more; nil: it may.
  private func pointless(_ job: PrintJob, _ now: Moment) -> String? {
    if job.document == .proforma, job.sale.flatMap({ till.sales[$0] }) == nil { return "the sale is not open any more" }
    if case .shift(let shift)? = job.report.flatMap({ ReportName($0) }), till.shifts[shift] == nil {
      return "the shift is closed"
    }
    return nil
  }

  /// What still runs is printed as it is now: a pro forma, an X.
  private func running(_ job: PrintJob, _ now: Moment) -> JobContent? {
    var matter: JobSlip.Matter?
    if job.document == .proforma, let sale = job.sale.flatMap({ till.sales[$0] }) { matter = .proforma(sale) }
    switch job.report.flatMap({ ReportName($0) }) {
    case .day: matter = .interim(till.day, nil, held: till.heldOfDay)
    case .shift(let id): matter = till.shiftReport(id).map { .interim($0.totals, $0, held: $0.held) }
    case .closedDay, .closedShift, .movement, nil: break
    }
    guard let matter else { return nil }
    var stamp = context(nil, now).stamp
    stamp.lane = job.lane
    stamp.businessDay = till.businessDay ?? stamp.businessDay
    stamp.operator = job.lane.flatMap { till.shift(lane: $0)?.operator }
    return .slip(JobSlip(matter: matter, stamp: stamp, configuration: till.configuration))
  }

  /// Stubs about which this event says something later calls must know.
  private func touchedStubs(_ records: [Record]) -> [String] {
    var stubs: [String] = []
    for record in records {
      switch record.fact {
      case .stubSealed(let stub):
        stubs.append(contentsOf: stub.originals.map(\.stub))
        if let corrects = stub.corrects { stubs.append(corrects.stub) }
      case .tenderCorrected(let corrected): stubs.append(corrected.stub.stub)
      case .tenderTested(let tested): if let stub = tested.refundedStub { stubs.append(stub.stub) }
      case .deliveryOrdered(let delivery): if let stub = delivery.stub { stubs.append(stub.stub) }
      case .jobStarted(let started): if let stub = till.jobs[started.job]?.stub { stubs.append(stub.stub) }
      default: break
      }
    }
    return stubs
  }
}
