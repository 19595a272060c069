import Index
import Journal
import Records
import Synchronization
import Till

/// Reads that need the disk.
extension Engine {
  /// The closed sale, its stub, its external reference or the order number of one of its tenders; exactly one is given.
  public func closed(
    sale: String?, stub: StubReference?, external: String?, order: String? = nil,
    then: @escaping @Sendable (Result<ClosedSale?, CallError>) -> Void
  ) -> Bool {
    post(then) { lookups in
      if let sale { return lookups.anyClosed(.sale, sale) }
      if let stub { return lookups.anyClosed(.stub, stub.stub) }
      if let external { return lookups.anyClosed(.external, external) }
      return order.map { lookups.anyClosed(.order, $0) } ?? .success(nil)
    }
  }

  public func facts(
    _ stub: StubReference, then: @escaping @Sendable (Result<ClosedStubFacts, CallError>) -> Void
  ) -> Bool {
    let upTo = snapshot.head.sequence
    return post(then) { $0.facts(stub, upTo: upTo) }
  }

  /// The same of another box's stub, once its proof holds.
  public func facts(
    _ presented: PresentedStub, then: @escaping @Sendable (Result<ClosedStubFacts, CallError>) -> Void
  ) -> Bool {
    let upTo = snapshot.head.sequence
    return post(then) { $0.facts(presented, upTo: upTo) }
  }

  public func list(
    _ filter: ClosedFilter, then: @escaping @Sendable (Result<ClosedPage, CallError>) -> Void
  ) -> Bool {
    post(then) { $0.anyList(filter) }
  }

  /// The Z report with this number.
  public func day(_ number: Int64, then: @escaping @Sendable (Result<(DayClosed, Stamp)?, CallError>) -> Void) -> Bool {
    post(then) { lookups in
      lookups.anyReport(.closedDay(number)) { record, _ in
        if case .dayClosed(let day) = record.fact { (day, record.stamp) } else { nil }
      }
    }
  }

  /// The closed shift with this id, its stamp and the sequence of its event.
  public func shift(
    _ id: String, then: @escaping @Sendable (Result<(ShiftClosed, Stamp, UInt64)?, CallError>) -> Void
  ) -> Bool {
    post(then) { lookups in
      lookups.anyReport(.closedShift(id)) { record, first in
        if case .shiftClosed(let shift) = record.fact { (shift, record.stamp, first) } else { nil }
      }
    }
  }

  /// What the journal's disk says, and the newest signed note; each nil when it is not known.
  public func outlook(
    then: @escaping @Sendable (Result<(disk: DiskOutlook?, note: String?), CallError>) -> Void
  ) -> Bool {
    let upTo = snapshot.head.sequence
    let folder = setup.folder
    return post(then) { lookups in
      lookups.lookAgain()
      let now = SystemClock().read(newest: 0, synchronised: false).wallMilliseconds / 1_000
      let from = upTo > Self.noteReach ? upTo - Self.noteReach : 0
      let entries = try? lookups.reader.read(
        from: from, limit: Int(Self.noteReach), upTo: upTo, kinds: ["checkpoint"])
      let note = entries?.last.flatMap { CheckpointNote.text($0.entry) }
      return .success((DiskForecast.look(folder, now: now), note))
    }
  }

  /// Records behind the head among which the newest checkpoint is looked for.
  static let noteReach: UInt64 = 1_024

  /// Whether a report that stands still is in the journal.
  public func has(
    _ report: ReportName, then: @escaping @Sendable (Result<Bool, CallError>) -> Void
  ) -> Bool {
    let upTo = snapshot.head.sequence
    return post(then) { lookups in
      if case .movement(let place) = report, let sequence = UInt64(place), sequence >= upTo { return .success(false) }
      let found: Result<Bool?, CallError> = lookups.anyReport(report) { record, _ in
        switch (report, record.fact) {
        case (.closedDay, .dayClosed), (.closedShift, .shiftClosed), (.movement, .cashMoved): true
        default: nil
        }
      }
      return found.map { $0 ?? false }
    }
  }

  /// Durable entries of an epoch (nil: the present one) from a sequence on (nil: from the oldest that is here).
  public func read(
    epoch: Int64? = nil, from: UInt64?, limit: Int, kinds: Set<String>?,
    then: @escaping @Sendable (Result<JournalPage, CallError>) -> Void
  ) -> Bool {
    let upTo = snapshot.head.sequence
    return post(then) { lookups in
      lookups.inEpoch(epoch, from: from ?? 0, upTo: upTo) { (reader, end) throws(JournalError) in
        let oldest = try reader.segments().first?.first
        return try reader.page(from: from ?? oldest ?? 0, limit: limit, upTo: end, kinds: kinds)
      }
    }
  }

  /// Standing proof of a record of an epoch; nil: the present one. It reads every leaf before the checkpoint, so it has a
  /// thread of its own, one at a time; where the record is says the lookup thread.
  public func prove(
    epoch: Int64? = nil, _ sequence: UInt64, then: @escaping @Sendable (Result<String, CallError>) -> Void
  ) -> Bool {
    let look = snapshot
    let upTo = look.head.sequence
    guard let root = present.withLock({ $0 }).root else {
      then(.failure(.notSelling(mode: look.mode, reasons: look.reasons)))
      return true
    }
    let found: @Sendable (Result<ProofPlace, CallError>) -> Void = { [self] found in
      let place: ProofPlace
      do throws(CallError) { place = try found.get() } catch { return then(.failure(error)) }
      if let since = proving.begin() { return then(.failure(.atWork("prove", since: since))) }
      _ = startThread("prove") { [self] in
        let result = place.proof(in: root)
        proving.end()
        then(result)
      }
    }
    return post(found) { $0.proofPlace(epoch: epoch, of: sequence, upTo: upTo) }
  }

  /// Checks the present epoch up to the durable head, and every one before it up to where the next one says that it
  /// ends, newest first, on a thread of its own. One check at a time, whoever asks: each reads all there is.
  public func verify(
    progress: @escaping @Sendable (_ epoch: UInt32, VerifyProgress) -> Void,
    then: @escaping @Sendable (Result<[EpochReport], CallError>) -> Void
  ) {
    let present = present.withLock { $0 }
    let look = present.snapshot
    guard let folder = present.folder, let root = present.root else {
      return then(.failure(.notSelling(mode: look.mode, reasons: look.reasons)))
    }
    // A refused journal is checked to its end: that it is refused must show.
    let upTo: UInt64? = if case .running = present { look.head.sequence } else { nil }
    if let since = verifying.begin() { return then(.failure(.atWork("verify", since: since))) }
    _ = startThread("verify") { [self] in
      let result: Result<[EpochReport], CallError>
      do {
        let reports = try folder.verify(in: root, upTo: upTo) { progress($0.epoch, $1) }
        let folders = try EpochFolder.all(in: root)
        for each in reports {
          guard let checked = folders.first(where: { $0.epoch == each.epoch }) else { continue }
          damages.verified(each.epoch, each.report.faults, try JournalReader(try checked.files(in: root)))
        }
        result = .success(reports)
      } catch { result = .failure(LookupThread.failure(error, epoch: folder.epoch)) }
      verifying.end()
      then(result)
    }
  }

  private func post<Value>(
    _ then: @escaping @Sendable (Result<Value, CallError>) -> Void,
    _ work: @escaping @Sendable (LookupThread) -> Result<Value, CallError>
  ) -> Bool {
    let present = present.withLock { $0 }
    guard let lookups = present.lookups else {
      let look = present.snapshot
      then(.failure(.notSelling(mode: look.mode, reasons: look.reasons)))
      return true
    }
    return lookups.post { then(work($0)) }
  }
}
