import Devices
import Index
import Journal
import Money
import Records
import Synchronization
import Till

/// A closed sale with its place, read back from the journal.
public struct ClosedSale: Sendable {
  public var stub: StubSealed?
  public var voided: SaleVoided?
  public var stamp: Stamp
  public var place: StubPlace
  /// Stubs that return or correct this one.
  public var later: [StubReference]
  /// Corrections of its tenders, oldest first.
  public var corrections: [PlacedCorrection] = []
  /// The one of `later` that replaced it.
  public var correctedBy: StubReference?
  /// Later events that may be of this sale and cannot be read, because their part of the journal is damaged.
  public var damaged = 0
  /// The journal that it is in.
  public var origin: AnswerOrigin
}

extension ClosedSale {
  /// Takes over what became of a tender behind the stub, which says how it stood then.
  mutating func take(_ fact: Fact, at sequence: UInt64, isHere: Bool) {
    guard !isHere || sequence > place.sequence else { return }
    switch fact {
    case .tenderReversed(let it), .tenderDeclined(let it), .tenderTested(let it):
      guard it.sale == stub?.sale, let index = stub?.tenders.firstIndex(where: { $0.id == it.tender.id }) else {
        return
      }
      stub?.tenders[index] = it.tender
    default: return
    }
  }
}

/// A correction of a tender with its place.
public struct PlacedCorrection: Sendable {
  public var corrected: TenderCorrected
  public var stamp: Stamp
  public var sequence: UInt64
}

/// One page of closed sales.
public struct ClosedPage: Sendable {
  public var sales: [ClosedSale]
  /// Closed sales among them that cannot be read, because their part of the journal is damaged.
  public var damaged = 0
  /// The next page lies before this sequence of this epoch; nil: there is none.
  public var next: UInt64?
  public var epoch: UInt32 = 0
}

/// What a list of closed sales is narrowed by; nil: any.
public struct ClosedFilter: Sendable {
  public var lane: String?
  public var businessDay: BusinessDay?
  public var `operator`: String?
  public var total: Int64?
  /// Only what stands before this sequence of this epoch, and all epochs before.
  public var before: UInt64?
  public var epoch: UInt32?
  public var limit: Int

  public init(
    lane: String? = nil, businessDay: BusinessDay? = nil, operator name: String? = nil, total: Int64? = nil,
    before: UInt64? = nil, epoch: UInt32? = nil, limit: Int
  ) {
    self.lane = lane
    self.businessDay = businessDay
    self.operator = name
    self.total = total
    self.before = before
    self.epoch = epoch
    self.limit = limit
  }
}

extension ClosedFilter {
  func wants(_ sale: ClosedSale) -> Bool {
    (lane == nil || sale.stamp.lane == lane) && (businessDay == nil || sale.stamp.businessDay == businessDay)
      && (self.operator == nil || sale.stamp.operator == self.operator)
      && (total == nil || sale.stub?.totals.total.minorUnits == total)
  }
}

/// What comes of a lookup: an answer for a client, or something for the register.
package enum LookupOutcome: Sendable {
  case answer(UInt64, Result<Answer, CallError>)
  case input(Input)
}

/// Reads the journal off the register's thread: repeated keys, closed stubs, documents of old jobs, proofs.
///
/// One thread owns the reader. It may wait for the disk; nobody else waits for it but who asked.
package final class LookupThread: @unchecked Sendable {
  typealias Work = @Sendable (LookupThread) -> Void
  static let queueLimit = 1_024

  let reader: JournalReader
  let tables: SegmentLookup
  let epoch: UInt32
  let journal: String
  let identity: Genesis?
  var origin: String { identity?.origin ?? "" }
  /// Behind the last record that counts of a journal that nobody writes.
  let end: UInt64
  /// The numbers behind the last record that counts, of a journal that nobody writes.
  var next = Counters()
  /// Checkpoints are still signed.
  var signs = false
  /// The epochs before this one; nil when there are none, and in a simulation.
  var past: PastEpochs?
  /// Other boxes whose signed proofs are taken.
  package var trusted: [TrustedBox] = []
  /// What is damaged, of this epoch and all others.
  let damages: DamageBook
  let sealed: SealedLookup
  private let mailbox = Mailbox<Work>()

  package convenience init(reader: JournalReader, _ started: Engine.Started, damages: DamageBook = DamageBook()) {
    self.init(
      reader: reader, tables: started.tables, started.core.head, started.register.till.identity, upTo: .max,
      sealed: started.sealed, damages: damages)
    for hole in started.sealed.holes { note(hole) }
  }

  init(
    reader: JournalReader, tables: SegmentLookup = SegmentLookup(), _ head: Head, _ identity: Genesis?,
    upTo end: UInt64, sealed: SealedLookup, damages: DamageBook
  ) {
    self.reader = reader
    self.tables = tables
    epoch = head.epoch
    self.end = end
    self.identity = identity
    journal = Hex.encode(head.journalID)
    self.sealed = sealed
    self.damages = damages
    let epoch = epoch
    reader.damage = { [unowned reader] fault in
      damages.note(epoch, fault, identity: reader.identity(ofSegment: fault.segment))
    }
  }

  private func note(_ fault: JournalFault) {
    damages.note(epoch, fault, identity: reader.identity(ofSegment: fault.segment))
  }

  /// Looks again at damaged segments whose files are others by now.
  func lookAgain() {
    for damage in damages.all {
      guard let segment = damage.fault.segment,
        let epoch = damage.epoch == epoch ? self : past?.epoch(Int64(damage.epoch)),
        damage.isDue(identity: epoch.reader.identity(ofSegment: segment))
      else { continue }
      damages.mended(damage.epoch, segment: segment)
      if let fault = try? epoch.reader.fault(inSegment: segment) {
        epoch.note(fault)
      } else {
        epoch.sealed.isMended(segment, epoch.reader)
      }
    }
  }

  /// Sealed segments; nil when the file cannot be had, then `tables` holds what was read. A start leaves opening and
  /// checking it to the first who needs it.
  var index: IndexStore? { get throws { try sealed.index(reader, tables) } }

  // MARK: - where things stand: the current segment first, then the index

  /// A lookup that fails is no lookup that finds nothing: it throws.
  func sequence(_ group: IndexGroup, _ name: String) throws(CallError) -> UInt64? {
    let current: UInt64? =
      switch group {
      case .sale: tables.sale(name)
      case .stub: tables.stub(name)
      case .external: tables.external(name)
      case .order: tables.order(name)
      case .day: Int64(name).flatMap { tables.day($0) }
      case .report: tables.report(name)
      case .key, .later, .closed, .carried: nil
      }
    if let current { return current }
    if let found = try indexed(group, name).last(where: { $0 < end }) { return found }
    if sealed.takesPutBack(reader), let found = try indexed(group, name).last(where: { $0 < end }) { return found }
    // What damage took before it was in the index may be it.
    if let hole = sealed.holes.first { throw .damaged(epoch: epoch, hole) }
    return nil
  }

  func indexed(_ group: IndexGroup, _ name: String) throws(CallError) -> [UInt64] {
    do { return try index?.sequences(group, name) ?? [] } catch { throw failure(error) }
  }

  /// The event of a key that some sealed segment may hold: from the index, else from the segments that it lacks, for
  /// example because its disk is full. A key must never be decided anew because a lookup failed.
  func sequence(ofKey key: String) throws(CallError) -> UInt64? {
    var covered = Set<UInt64>()
    do {
      if let index = try index {
        if let found = try index.sequences(.key, key).last { return found }
        covered = try index.covered()
      }
    } catch {
      // An index that cannot be read covers nothing.
      covered.removeAll()
    }
    do {
      let segments = try reader.sealedSegments()
      for (place, segment) in segments.enumerated() where !covered.contains(segment.first) {
        let end = place + 1 < segments.count ? segments[place + 1].first : UInt64.max
        let found = try SealedLookup.read(reader, from: segment.first, to: end)
        if let row = found.rows.first(where: { $0.group == .key && $0.name == key }) { return row.sequence }
        if let hole = found.hole { throw JournalError.corrupt(hole) }
      }
    } catch { throw failure(error) }
    return nil
  }

  func later(_ stub: String) throws(CallError) -> [UInt64] {
    // An event may name a stub twice, and stand in the index and in memory: it counts once.
    Set(try indexed(.later, stub) + tables.later(stub)).filter { $0 < end }.sorted()
  }

  func closed(before sequence: UInt64, limit: Int) throws(CallError) -> [UInt64] {
    let current = tables.closed(before: sequence, limit: limit)
    guard current.count < limit else { return current }
    do {
      guard let index = try index else { return current }
      return current + (try index.newest(.closed, before: current.last ?? sequence, limit: limit - current.count))
    } catch { throw failure(error) }
  }

  /// An event is durable: lookups show it from now on.
  package func placed(_ records: [Record], first: UInt64, stubIndex: Int?) {
    tables.add(records, first: first, stubIndex: stubIndex)
  }

  /// A print job of this stub durably started.
  package func started(at sequence: UInt64, stub: String) { tables.add(start: sequence, stub: stub) }

  /// Takes the segments that were sealed into the index; then memory lets go of them.
  package func takeSealed(before first: UInt64) {
    guard (try? index) != nil, (try? sealed.cover(reader, isKnown: true)) == true else { return }
    tables.drop(before: min(first, sealed.keptFrom ?? first))
  }

  /// After a stop that sealed the newest segment too: the next start then need not read any. All records are before `end`.
  func takeAll(end: UInt64) {
    guard (try? index) != nil else { return }
    _ = try? sealed.cover(reader, end: end)
  }

  @discardableResult
  func post(_ work: @escaping Work) -> Bool { mailbox.post(work, limit: Self.queueLimit) }

  func close() { mailbox.close() }

  func run() {
    // Whoever asks first need not wait for it then; what fails here is tried again.
    _ = try? index
    var batch: [Work] = []
    while mailbox.take(into: &batch, until: nil) {
      for work in batch { work(self) }
    }
  }

  // MARK: - what the register asks

  /// Does what the register asked for, on this thread.
  package func carryOut(_ lookup: Lookup) -> LookupOutcome {
    switch lookup {
    case .recall(let token, let method, let requestHash, let key, let sequence):
      return .answer(token, recall(method: method, requestHash: requestHash, key: key, sequence: sequence))
    case .key(var call):
      do throws(CallError) {
        if let sequence = try sequence(ofKey: call.key) {
          return .answer(
            call.token, recall(method: call.method, requestHash: call.requestHash, key: call.key, sequence: sequence))
        }
        if let answer = try pastRecall(call) { return .answer(call.token, answer) }
      } catch { return .answer(call.token, .failure(error)) }
      call.keyIsNew = true
      return .input(.call(call))
    case .facts(var call, let upTo):
      call.facts.removeAll()
      for stub in call.stubs {
        switch facts(stub, upTo: upTo) {
        case .success(let facts): call.facts.append(facts)
        // The till decides what an unknown original means; a delivery of one is refused there.
        case .failure(.noSuchStub): continue
        case .failure(let error): return .answer(call.token, .failure(error))
        }
      }
      for stub in call.presented {
        switch facts(stub, upTo: upTo) {
        case .success(let facts): call.facts.append(facts)
        case .failure(let error): return .answer(call.token, .failure(error))
        }
      }
      call.factsUpTo = upTo
      return .input(.call(call))
    case .document(let job): return .input(.document(job: job.id, anyContent(of: job)))
    }
  }

  func event(at sequence: UInt64) -> Result<DecodedEvent, CallError> {
    do {
      return .success(try EntryCodec.decode(try reader.event(containing: sequence)))
    } catch {
      return .failure(failure(error))
    }
  }

  func failure(_ error: any Error) -> CallError { Self.failure(error, epoch: epoch) }

  static func failure(_ error: any Error, epoch: UInt32) -> CallError {
    switch error {
    case JournalError.corrupt(let fault): .damaged(epoch: epoch, fault)
    case JournalError.archived(let epoch, let sequence): .archived(epoch: epoch, sequence: sequence)
    case let error as JournalError: .fault("journal-read: \(error)")
    case let error as IndexError: .fault("\(error)")
    default: .fault("journal-entry: \(error)")
    }
  }

  /// The answer of an earlier call with the same key.
  func recall(method: String, requestHash: Digest, key: String, sequence: UInt64) -> Result<Answer, CallError> {
    switch event(at: sequence) {
    case .failure(let error): return .failure(error)
    case .success(let event):
      guard let call = event.call, call.key == key else { return .failure(.fault("key-moved")) }
      guard call.requestHash == requestHash.hex else {
        return .failure(.keyReused(firstMethod: call.method, sequence: event.first))
      }
      return .success(Answer(method: method, records: event.records, first: event.first, stub: event.stub))
    }
  }

  /// Facts about one closed stub, from its record and every later event that names it.
  package func facts(_ reference: StubReference, upTo: UInt64) -> Result<ClosedStubFacts, CallError> {
    var jobs: [String: DocumentKind] = [:]
    return facts(reference, upTo: upTo, &jobs)
  }

  /// The same, with what the stub's print jobs print.
  func facts(
    _ reference: StubReference, upTo: UInt64, _ jobs: inout [String: DocumentKind]
  ) -> Result<ClosedStubFacts, CallError> {
    guard reference.box.isEmpty || reference.box == origin else { return .failure(.noSuchStub(reference.stub)) }
    let found: UInt64?
    let later: [UInt64]
    do throws(CallError) {
      found = try sequence(.stub, reference.stub)
      later = try self.later(reference.stub)
    } catch { return .failure(error) }
    guard let sequence = found else { return pastFacts(reference, upTo: upTo, later, &jobs) }
    if let hole = sealed.holes.first(where: { $0.next ?? .max > sequence }) {
      // A return may have been among what damage took before it was in the index.
      return .failure(.damaged(epoch: epoch, hole))
    }
    let sealed: DecodedEvent
    switch event(at: sequence) {
    case .failure(let error): return .failure(error)
    case .success(let found): sealed = found
    }
    for record in sealed.records {
      guard case .stubSealed(let stub) = record.fact, let place = sealed.stub else { continue }
      guard reference.epoch ?? Int64(epoch) == Int64(epoch), reference.saysHash(place.leaf.hex),
        reference.sequence ?? Int64(clamping: place.sequence) == Int64(clamping: place.sequence)
      else { return .failure(.noSuchStub(reference.stub)) }
      var facts = ClosedStubFacts(
        reference: StubReference(
          box: origin, stub: stub.stub.description, epoch: Int64(epoch), sequence: Int64(clamping: place.sequence),
          hash: place.leaf.hex), stub: stub.stub, form: stub.form, sale: stub.sale, mode: stub.mode,
        currency: stub.currency, lane: record.stamp.lane,
        lines: stub.lines.map {
          ClosedLine(
            line: $0, leftQuantity: $0.input.quantity,
            leftAmount: Amount($0.result.amount.minorUnits &+ $0.result.adjustment.minorUnits),
            leftTaxes: $0.result.taxes.map(\.amount))
        }, tenders: stub.tenders, shift: stub.shift, kind: stub.kind, totals: stub.totals,
        taxRounding: stub.taxRounding)
      facts.takeRefunds(stub.tenders)
      Self.count(sealed, of: &facts, jobs: &jobs)
      for later in later where later < upTo {
        switch event(at: later) {
        case .failure(let error): return .failure(error)
        case .success(let event):
          Self.subtract(event, from: &facts)
          Self.count(event, of: &facts, jobs: &jobs)
        }
      }
      do throws(CallError) { try takeCarried(into: &facts, upTo: upTo) } catch { return .failure(error) }
      return .success(facts)
    }
    return .failure(.noSuchStub(reference.stub))
  }

  /// Counts the starts of the stub's print jobs. A start names only its job; which document that prints says the event
  /// that queued it: the stub's own, or a delivery.
  static func count(
    _ event: DecodedEvent, of facts: inout ClosedStubFacts, jobs: inout [String: DocumentKind]
  ) {
    for record in event.records {
      switch record.fact {
      case .jobQueued(let job) where job.stub?.stub == facts.stub.description: jobs[job.id] = job.document
      case .jobStarted(let started): if let document = jobs[started.job] { facts.starts[document, default: 0] += 1 }
      default: break
      }
    }
  }

  /// Takes off what a later event gave back or replaced, and takes over how it says that a tender is booked.
  static func subtract(_ event: DecodedEvent, from facts: inout ClosedStubFacts) {
    for record in event.records {
      switch record.fact {
      case .tenderCorrected(let corrected): facts.take(corrected)
      case .tenderTested(let tested): facts.takeRefunds([tested.tender])
      // Sums of what a journal holds fit.
      case .stubSealed(let stub): try? facts.take(stub)
      default: break
      }
    }
  }

  /// Takes off what went back, against a person's word, of payments that the stub took over from corrected bills: that
  /// stands under the numbers of these.
  func takeCarried(into facts: inout ClosedStubFacts, upTo: UInt64) throws(CallError) {
    for stub in facts.carriedStubs {
      for sequence in try later(stub.stub) where sequence < upTo {
        for case .tenderTested(let tested) in try event(at: sequence).get().records.map(\.fact) {
          facts.takeRefunds([tested.tender])
        }
      }
    }
  }

  // MARK: - what clients ask

  /// The sale whose stub or voiding is the record at `sequence`; what names it later only when it is wanted.
  func closed(at sequence: UInt64, withLater: Bool = true) -> Result<ClosedSale, CallError> {
    event(at: sequence).flatMap { event in
      for record in event.records {
        if case .stubSealed(let stub) = record.fact {
          var sale = ClosedSale(
            stub: stub, voided: nil, stamp: record.stamp,
            place: event.stub ?? StubPlace(sequence: event.first, leaf: .zero), later: [], origin: here)
          guard withLater else { return .success(sale) }
          do throws(CallError) { try addLater(to: &sale) } catch { return .failure(error) }
          // What damage took before it was in the index is not known by its number.
          sale.damaged += sealed.holes.count { $0.next ?? .max > sequence }
          return .success(sale)
        }
      }
      for record in event.records {
        if case .saleVoided(let voided) = record.fact {
          return .success(
            ClosedSale(
              stub: nil, voided: voided, stamp: record.stamp, place: StubPlace(sequence: event.first, leaf: .zero),
              later: [], origin: here))
        }
      }
      return .failure(.fault("no-sale"))
    }
  }

  private var here: AnswerOrigin { AnswerOrigin(journal: journal, epoch: Int64(epoch)) }

  /// Adds what this epoch has behind the stub of a sale.
  func addLater(to sale: inout ClosedSale) throws(CallError) {
    guard let stub = sale.stub else { return }
    try add(try later(stub.stub.description), to: &sale)
    for sequence in try later(SegmentLookup.name(ofSale: stub.sale)) {
      do throws(CallError) {
        for record in try event(at: sequence).get().records {
          sale.take(record.fact, at: sequence, isHere: sale.origin == here)
        }
      } catch .damaged(_, _) { sale.damaged += 1 }
    }
  }

  /// Adds the stubs and corrections among later events of a sale. What of them cannot be read takes nothing from the sale itself.
  func add(_ later: [UInt64], to sale: inout ClosedSale) throws(CallError) {
    for sequence in later {
      do throws(CallError) {
        let event = try event(at: sequence).get()
        if let stub = sale.stub, names(event, stub), let reference = returning(event) {
          sale.later.append(reference)
          if replaces(event, stub) { sale.correctedBy = reference }
        }
        for record in event.records {
          guard case .tenderCorrected(let corrected) = record.fact, corrected.sale == sale.stub?.sale else { continue }
          sale.corrections.append(PlacedCorrection(corrected: corrected, stamp: record.stamp, sequence: sequence))
        }
      } catch .damaged(_, _) { sale.damaged += 1 }
    }
  }

  /// Whether an event sealed a stub that goes back to one of this box; the index knows stubs by their numbers only, which
  /// other boxes have too.
  private func names(_ event: DecodedEvent, _ stub: StubSealed) -> Bool {
    event.records.contains { record in
      guard case .stubSealed(let new) = record.fact else { return false }
      return (new.originals + [new.corrects].compactMap(\.self)).contains {
        $0.box == origin && $0.stub == stub.stub.description
      }
    }
  }

  /// Whether an event sealed the bill that replaces a stub.
  private func replaces(_ event: DecodedEvent, _ stub: StubSealed) -> Bool {
    event.records.contains { record in
      guard case .stubSealed(let new) = record.fact, let offset = new.offset?.reference else { return false }
      return offset.box == origin && offset.stub == stub.stub.description
    }
  }

  /// The stub that an event sealed; nil when it sealed none.
  func returning(_ event: DecodedEvent) -> StubReference? {
    guard let place = event.stub else { return nil }
    for record in event.records {
      if case .stubSealed(let stub) = record.fact {
        return StubReference(
          box: origin, stub: stub.stub.description, epoch: Int64(epoch), sequence: Int64(clamping: place.sequence),
          hash: place.leaf.hex)
      }
    }
    return nil
  }

  /// One page, newest first. A filter that fits little must not hold this thread for years of sales: after so many of
  /// them the page ends, and the next one goes on.
  func list(_ filter: ClosedFilter) -> Result<ClosedPage, CallError> {
    var page = ClosedPage(sales: [], next: filter.before ?? .max)
    // What damage took before it was in the index is not known by its number.
    page.damaged = sealed.holes.count
    var looked = 0
    while let before = page.next, page.sales.count < filter.limit, looked < Self.lookedAtInOnePage {
      let sequences: [UInt64]
      do throws(CallError) { sequences = try closed(before: before, limit: 64) } catch { return .failure(error) }
      if sequences.isEmpty { page.next = nil }
      for sequence in sequences where page.sales.count < filter.limit {
        page.next = sequence
        looked += 1
        switch closed(at: sequence, withLater: false) {
        case .failure(.archived):
          page.next = nil
          return .success(page)
        case .failure(.damaged): page.damaged += 1
        case .failure(let error): return .failure(error)
        case .success(let sale): if filter.wants(sale) { page.sales.append(sale) }
        }
      }
    }
    return .success(page)
  }

  /// Closed sales that one page looks at, at most.
  static let lookedAtInOnePage = 2_000
}
