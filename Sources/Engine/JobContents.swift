import Index
import Journal
import Records
import Till

// What a job prints that the register has no content of any more: read back from the journal, with the configuration
// that was in force then.
extension LookupThread {
  func content(of job: PrintJob) -> Result<JobContent, CallError> {
    guard let report = job.report.flatMap({ ReportName($0) }) else { return stubContent(of: job) }
    return closedReport(report).flatMap { event in
      for record in event.records {
        switch record.fact {
        case .dayClosed(let day): return .success(slip(.day(day), record, at: event.first))
        case .shiftClosed(let shift): return .success(slip(.shift(shift), record, at: event.first))
        case .cashMoved(let moved): return .success(slip(.movement(moved), record, at: event.first))
        default: continue
        }
      }
      return .failure(.fault("no-report"))
    }
  }

  private func stubContent(of job: PrintJob) -> Result<JobContent, CallError> {
    let found: UInt64?
    do throws(CallError) {
      if let stub = job.stub { found = try sequence(.stub, stub.stub) } else { found = nil }
    } catch { return .failure(error) }
    guard let sequence = found else { return .failure(.fault("no-content")) }
    return event(at: sequence).flatMap { event in
      for record in event.records {
        if case .stubSealed(let sealed) = record.fact, let place = event.stub {
          let matter = JobSlip.Matter.stub(sealed, place, document: job.document, copy: job.copy)
          return .success(slip(matter, record, at: event.first))
        }
      }
      return .failure(.fault("no-stub"))
    }
  }

  private func slip(_ matter: JobSlip.Matter, _ record: Record, at sequence: UInt64) -> JobContent {
    .slip(
      JobSlip(
        matter: matter, stamp: record.stamp, configuration: configuration(before: sequence) ?? TillConfiguration()))
  }

  /// The event that a report stands for: a Z, a closed shift, a movement of cash.
  func closedReport(_ report: ReportName) -> Result<DecodedEvent, CallError> {
    let found: UInt64?
    do throws(CallError) {
      switch report {
      case .closedDay(let number): found = try sequence(.day, String(number))
      case .closedShift: found = try sequence(.report, report.text)
      case .movement(let place):
        if let named = UInt64(place) { found = named } else { found = try sequence(.report, report.text) }
      case .day, .shift: found = nil
      }
    } catch { return .failure(error) }
    guard let found else { return .failure(.fault("no-report")) }
    return event(at: found)
  }

  /// The configuration in force before a record: the newest CONFIG of its segment, else the one of the segment's STATE.
  func configuration(before sequence: UInt64) -> TillConfiguration? {
    guard let segment = (try? reader.segments())?.last(where: { $0.first <= sequence }),
      let entries = try? reader.read(
        from: segment.first, limit: .max, upTo: sequence, kinds: ["config", "state"])
    else { return nil }
    if let config = entries.last(where: { $0.kind == "config" }), case .success(let event) = event(at: config.sequence)
    {
      for record in event.records.reversed() {
        if case .config(let changed) = record.fact { return changed.configuration }
      }
    }
    guard let state = entries.first(where: { $0.kind == "state" }),
      let parts = try? reader.event(containing: state.sequence),
      let till = try? RecordCodec.decode(state: parts.map(\.entry), hash: EntryCodec.text)
    else { return nil }
    return till.configuration
  }
}
