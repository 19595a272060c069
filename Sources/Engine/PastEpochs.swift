import Index
import Journal
import Records
import Till

/// Where something stands, in whichever epoch.
struct AnyPlace {
  let epoch: LookupThread
  let sequence: UInt64
}

/// The journals before the present one, for lookups: closed sales stay closed sales, a repeated key stays the same call.
///
/// Nothing of them is ever changed. Used by the lookup thread only; an epoch is opened when it is asked first.
final class PastEpochs {
  private let root: PosixFileSystem
  private let indexFolder: String
  private let damages: DamageBook
  /// What the epochs still to be opened end with, newest last.
  private var folders: [EpochFolder]
  private var previous: PreviousHead?
  private var opened: [LookupThread] = []

  /// The epochs before `present`, which names the head it builds on.
  init(_ root: PosixFileSystem, present: Genesis?, indexFolder: String, damages: DamageBook) {
    self.root = root
    self.damages = damages
    self.indexFolder = indexFolder
    previous = present?.previous
    folders = ((try? EpochFolder.all(in: root)) ?? []).filter { Int64($0.epoch) < present?.epoch ?? 0 }
  }

  /// One epoch; nil when it is not on this box or cannot be read.
  func epoch(_ number: Int64) -> LookupThread? { first { Int64($0.epoch) == number } }

  /// The newest epoch of which `body` says yes.
  func first(_ body: (LookupThread) -> Bool) -> LookupThread? {
    var place = 0
    while let past = epoch(at: place) {
      if body(past) { return past }
      place += 1
    }
    return nil
  }

  /// The folder that a head is of; one that was moved away may have been put back since.
  private func folder(of head: PreviousHead) -> EpochFolder? {
    if let found = folders.last(where: { Int64($0.epoch) == head.epoch }) { return found }
    folders = ((try? EpochFolder.all(in: root)) ?? []).filter { Int64($0.epoch) <= head.epoch }
    return folders.last { Int64($0.epoch) == head.epoch }
  }

  /// The epoch this many before the present one, 0 being the one right before it.
  private func epoch(at place: Int) -> LookupThread? {
    while opened.count <= place {
      guard let head = previous, let folder = folder(of: head) else { return nil }
      folders.removeAll { $0.epoch >= folder.epoch }
      previous = nil
      guard let files = try? folder.files(in: root), let reader = try? JournalReader(files),
        let end = UInt64(exactly: head.sequence),
        let past = try? LookupThread.past(reader, upTo: end + 1, indexFolder: indexFolder, damages),
        past.journal == head.journal
      else { return nil }
      previous = past.identity?.previous
      opened.append(past)
    }
    return opened[place]
  }
}

extension LookupThread {
  /// Lookups of a journal that nobody writes, up to a sequence; filled before this returns.
  static func past(_ reader: JournalReader, upTo end: UInt64, indexFolder: String, _ damages: DamageBook) throws
    -> LookupThread
  {
    var replay = Replay()
    let found = try reader.replay(upTo: end)
    var failure: (any Error)?
    found.forEach { entry in
      do { if failure == nil { try replay.take(entry, applies: true) } } catch { failure = error }
    }
    if let failure { throw failure }
    let past = LookupThread(
      reader: reader, found.head, replay.till.identity, upTo: end,
      sealed: SealedLookup(folder: indexFolder, found.head), damages: damages)
    past.next = replay.till.counters
    past.fill(upTo: end)
    return past
  }

  /// Takes in what a writer would have told: what the index lacks, and the end of the journal that is not sealed. What
  /// cannot be read stays out.
  func fill(upTo end: UInt64) {
    guard let segments = try? reader.segments() else { return }
    sealed.sees(segments.first?.first)
    let index = (try? self.index) ?? nil
    let covered = (try? index?.covered()) ?? []
    for (place, segment) in segments.enumerated() where segment.first < end {
      let next = place + 1 < segments.count ? segments[place + 1].first : UInt64.max
      if next <= end {
        if covered.contains(segment.first) { continue }
        if let index, let read = try? SealedLookup.read(reader, from: segment.first, to: next),
          (try? index.add(first: segment.first, rows: read.rows, isWhole: read.hole == nil)) != nil
        {
          read.hole.map(sealed.lacks)
          continue
        }
      }
      var replay = Replay(filling: tables)
      _ = try? SealedLookup.read(reader, from: segment.first, to: min(next, end), into: &replay, skipsOdd: true)
      if next <= end { replay.hole.map(sealed.lacks) }
    }
  }

  // MARK: - across epochs

  /// Where a name stands, in whichever epoch: the newest that knows it.
  func place(_ group: IndexGroup, _ name: String) throws(CallError) -> AnyPlace? {
    if let sequence = try sequence(group, name) { return AnyPlace(epoch: self, sequence: sequence) }
    var found: Result<AnyPlace?, CallError> = .success(nil)
    _ = past?.first { epoch in
      do throws(CallError) {
        guard let sequence = try epoch.sequence(group, name) else { return false }
        found = .success(AnyPlace(epoch: epoch, sequence: sequence))
      } catch { found = .failure(error) }
      return true
    }
    return try found.get()
  }

  /// The closed sale, its stub or its external reference, in whichever epoch it is.
  func anyClosed(_ group: IndexGroup, _ name: String) -> Result<ClosedSale?, CallError> {
    Result { () throws(CallError) -> ClosedSale? in
      guard let place = try place(group, name) else {
        guard group == .stub, let epoch = epoch(skipping: name) else { return nil }
        throw .noSuchStub(name, skippedBy: epoch)
      }
      var sale = try place.epoch.closed(at: place.sequence).get()
      guard place.epoch !== self, sale.stub != nil else { return sale }
      for epoch in after(place.epoch) + [self] {
        try epoch.addLater(to: &sale)
        sale.damaged += epoch.sealed.holes.count
      }
      return sale
    }
  }

  /// The epoch that left this stub number out when it began, because records may have been lost before it; nil: none.
  private func epoch(skipping stub: String) -> Int64? {
    guard let number = StubNumber(stub) else { return nil }
    var newer = identity
    var found: Int64?
    func skips(_ next: Int64) -> Bool {
      guard let genesis = newer, let gap = genesis.numberGap, number.value >= next, number.value - next < gap else {
        return false
      }
      found = genesis.epoch
      return true
    }
    _ = past?.first { epoch in
      if skips(epoch.next.nextStub(number.mode).value) { return true }
      newer = epoch.identity
      return false
    }
    // A first journal may follow one of which nothing was left.
    if found == nil, newer?.epoch == 0 { _ = skips(1) }
    return found
  }

  /// The epochs between that one and this, oldest first.
  private func after(_ old: LookupThread) -> [LookupThread] {
    var between: [LookupThread] = []
    _ = past?.first { epoch in
      guard epoch.epoch > old.epoch else { return true }
      between.append(epoch)
      return false
    }
    return between.reversed()
  }

  /// What a job prints; it may have been ordered, or be about something, in an earlier epoch.
  func anyContent(of job: PrintJob) -> Result<JobContent, CallError> {
    anyOf { $0.content(of: job) }.map { content in
      // What replaced the stub may stand in any later epoch.
      guard case .slip(var slip) = content, let stub = job.stub, case .success(let facts) = facts(stub, upTo: .max)
      else { return content }
      slip.correctedBy = facts.correctedBy
      return .slip(slip)
    }
  }

  /// What `pick` takes first of the records of a report that stands still, in whichever epoch; it is given each with the
  /// sequence that its event begins at. Nil: there is no such report.
  func anyReport<Value>(
    _ report: ReportName, _ pick: (Record, UInt64) -> Value?
  ) -> Result<Value?, CallError> {
    switch anyOf({ $0.closedReport(report) }) {
    case .success(let event):
      for record in event.records { if let value = pick(record, event.first) { return .success(value) } }
      return .success(nil)
    case .failure(.fault("no-report")): return .success(nil)
    case .failure(let error): return .failure(error)
    }
  }

  /// The first answer of this epoch and those before that is not "it is not here".
  private func anyOf<Value>(
    _ ask: (LookupThread) -> Result<Value, CallError>
  ) -> Result<Value, CallError> {
    var result = ask(self)
    _ = past?.first { epoch in
      switch result {
      case .failure(.fault("no-report")), .failure(.fault("no-content")): break
      default: return true
      }
      result = ask(epoch)
      return false
    }
    return result
  }

  /// Facts about a closed stub of an earlier epoch, with what happened since: `later` in this epoch.
  func pastFacts(
    _ reference: StubReference, upTo: UInt64, _ later: [UInt64], _ jobs: inout [String: DocumentKind]
  ) -> Result<ClosedStubFacts, CallError> {
    var result = Result<ClosedStubFacts, CallError>.failure(.noSuchStub(reference.stub))
    var seen = jobs
    let found = past?.first { epoch in
      result = epoch.facts(reference, upTo: epoch.end, &seen)
      if case .failure(.noSuchStub) = result { return false }
      return true
    }
    jobs = seen
    if case .failure(.noSuchStub) = result, let named = reference.epoch.flatMap(UInt32.init(exactly:)), named < epoch,
      past?.epoch(Int64(named)) == nil
    {
      // The reference names an epoch of which nothing is here: it is known, and gone.
      return .failure(.archived(epoch: named, sequence: UInt64(clamping: reference.sequence ?? 0)))
    }
    if case .failure(.noSuchStub) = result {
      return .failure(.noSuchStub(reference.stub, skippedBy: epoch(skipping: reference.stub)))
    }
    guard case .success(var facts) = result, let found else { return result }
    do throws(CallError) {
      for epoch in after(found) {
        try epoch.take(try epoch.later(reference.stub), into: &facts, &jobs)
        try epoch.takeCarried(into: &facts, upTo: .max)
      }
      try take(later.filter { $0 < upTo }, into: &facts, &jobs)
      try takeCarried(into: &facts, upTo: upTo)
    } catch { return .failure(error) }
    return .success(facts)
  }

  /// Takes off what later events of this epoch gave back, and counts their prints.
  private func take(
    _ later: [UInt64], into facts: inout ClosedStubFacts, _ jobs: inout [String: DocumentKind]
  ) throws(CallError) {
    for sequence in later {
      let event = try event(at: sequence).get()
      Self.subtract(event, from: &facts)
      Self.count(event, of: &facts, jobs: &jobs)
    }
  }

  /// What came of a key of an earlier epoch; nil when none had it.
  func pastRecall(_ call: Call) throws(CallError) -> Result<Answer, CallError>? {
    guard let carried = try carried(Engine.fingerprint(of: call.key)) else { return nil }
    let sequence = UInt64(clamping: carried.sequence)
    guard let epoch = past?.epoch(carried.epoch) else {
      return .failure(.archived(epoch: UInt32(clamping: carried.epoch), sequence: sequence))
    }
    switch epoch.recall(method: call.method, requestHash: call.requestHash, key: call.key, sequence: sequence) {
    // Another key with the same fingerprint.
    case .failure(.fault("key-moved")): return nil
    case .success(var answer):
      answer.origin = AnswerOrigin(journal: epoch.journal, epoch: Int64(epoch.epoch))
      return .success(answer)
    case let other: return other
    }
  }

  private func carried(_ fingerprint: UInt64) throws(CallError) -> CarriedKey? {
    if let key = tables.carried(fingerprint) { return key }
    guard let sequence = try indexed(.carried, RecordCodec.text(of: fingerprint)).last else { return nil }
    do {
      return try RecordCodec.decode(keys: reader.entry(at: sequence).entry)?.first { $0.fingerprint == fingerprint }
    } catch { throw failure(error) }
  }
}

extension LookupThread {
  /// Reads in an epoch: the present one up to `upTo`, an earlier one up to what its successor builds on.
  func inEpoch<Value>(
    _ asked: Int64?, from sequence: UInt64, upTo: UInt64,
    _ body: (JournalReader, UInt64) throws(JournalError) -> Value
  ) -> Result<Value, CallError> {
    var (reader, end) = (reader, upTo)
    if let asked, asked != Int64(epoch) {
      guard let number = UInt32(exactly: asked), number < epoch else {
        return .failure(.noSuchRecord(epoch: UInt32(clamping: asked), sequence: sequence))
      }
      guard let past = past?.epoch(asked) else { return .failure(.archived(epoch: number, sequence: sequence)) }
      (reader, end) = (past.reader, past.end)
    }
    do throws(JournalError) { return .success(try body(reader, end)) } catch {
      return .failure(Self.failure(error, epoch: asked.flatMap(UInt32.init(exactly:)) ?? epoch))
    }
  }

  /// Where a record of any epoch is to be proved.
  func proofPlace(epoch asked: Int64?, of sequence: UInt64, upTo: UInt64) -> Result<ProofPlace, CallError> {
    guard let asked, asked != Int64(epoch) else {
      guard sequence < upTo else { return .failure(.noSuchRecord(epoch: epoch, sequence: sequence)) }
      return .success(ProofPlace(epoch: epoch, sequence: sequence, end: upTo, signs: signs))
    }
    guard let number = UInt32(exactly: asked), number < epoch else {
      return .failure(.noSuchRecord(epoch: UInt32(clamping: asked), sequence: sequence))
    }
    guard let past = past?.epoch(asked) else { return .failure(.archived(epoch: number, sequence: sequence)) }
    guard sequence < past.end else { return .failure(.noSuchRecord(epoch: number, sequence: sequence)) }
    return .success(ProofPlace(epoch: number, sequence: sequence, end: past.end, signs: past.signs))
  }

  /// One page of the closed sales of all epochs, the newest first.
  func anyList(_ filter: ClosedFilter) -> Result<ClosedPage, CallError> {
    var page = ClosedPage(sales: [])
    var failure: CallError?
    // True: the page ends here.
    func take(_ epoch: LookupThread) -> Bool {
      guard filter.epoch.map({ epoch.epoch <= $0 }) ?? true else { return false }
      guard page.sales.count < filter.limit else {
        (page.next, page.epoch) = (.max, epoch.epoch)
        return true
      }
      var rest = filter
      rest.limit -= page.sales.count
      if let asked = filter.epoch, epoch.epoch < asked { rest.before = nil }
      switch epoch.list(rest) {
      case .failure(let error): failure = error
      case .success(let part):
        page.sales += part.sales
        page.damaged += part.damaged
        (page.next, page.epoch) = (part.next, epoch.epoch)
      }
      return failure != nil || page.next != nil
    }
    if !take(self) { _ = past?.first(take) }
    if let failure { return .failure(failure) }
    return .success(page)
  }
}
