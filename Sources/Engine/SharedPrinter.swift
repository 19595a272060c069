import Devices
import Document
import Synchronization

/// A printer that between two jobs of the register prints a slip that is no job: no record says so, no restart knows it.
///
/// The register sees a printer like any other. A job that it hands over while such a slip runs begins after it.
package final class SharedPrinter: ReceiptPrinter {
  package typealias Report = @Sendable (PrinterReport) -> Void
  package typealias End = @Sendable (PrintOutcome) -> Void

  private struct State {
    var report: Report?
    var status: PrinterStatus?
    /// The register's job that the device has.
    var job: String?
    var slip: (job: String, end: End)?
    /// The register's next job, which came while a slip ran.
    var held: PrintRequest?
    var slips: UInt64 = 0
  }

  private let inner: any ReceiptPrinter
  private let state = Mutex(State())

  package init(_ inner: any ReceiptPrinter) { self.inner = inner }

  package var id: DeviceIdentifier { inner.id }
  package var statistics: DeviceStatistics { inner.statistics }
  package func kickDrawer(order: String) { inner.kickDrawer(order: order) }
  package func checkHealth() { inner.checkHealth() }
  package func stop() { inner.stop() }

  /// What the printer said last; nil: nothing yet.
  package var status: PrinterStatus? { state.withLock { $0.status } }

  /// Whether a slip would go to the device at once: neither a job nor a slip is there.
  package var isFree: Bool { state.withLock { $0.slip == nil && $0.job == nil } }

  /// Asks the device how it is, unless nobody started it. One that cannot print is watched until it can.
  package func look() {
    if state.withLock({ $0.report != nil }) { inner.checkHealth() }
  }

  package func start(report: @escaping Report) {
    state.withLock { $0.report = report }
    inner.start { [self] in hear($0) }
  }

  /// Tells the present status once more: somebody new listens. In order with what the device reports.
  package func repeatStatus() {
    state.withLock { state in
      if let status = state.status { state.report?(.status(status)) }
    }
  }

  package func print(_ request: PrintRequest) {
    let goes = state.withLock { state in
      if state.slip != nil, state.held == nil {
        state.held = request
        return false
      }
      if state.slip == nil, state.job == nil { state.job = request.job }
      return true
    }
    if goes { inner.print(request) }
  }

  package func cancel(job: String) {
    let report = state.withLock { state -> Report? in
      guard state.held?.job == job else { return nil }
      state.held = nil
      return state.report
    }
    guard let report else { return inner.cancel(job: job) }
    report(
      .ended(PrintEnd(job: job, outcome: .cancelled, level: .queued, sentBytes: 0, totalBytes: 0, why: nil)))
  }

  /// Prints what is no job. False, and nothing happens: it has something else to do, or cannot print.
  package func printSlip(_ document: Document, end: @escaping End) -> Bool {
    let name = state.withLock { state -> String? in
      guard state.slip == nil, state.job == nil, state.status?.ready ?? false else { return nil }
      state.slips += 1
      // No name of a job of the register's begins so.
      let name = "slip-\(state.slips)"
      state.slip = (name, end)
      return name
    }
    guard let name else { return false }
    inner.print(PrintRequest(job: name, document: document, attempt: 1))
    return true
  }

  private func hear(_ report: PrinterReport) {
    switch report {
    case .status(let status):
      state.withLock { state in
        state.status = status
        state.report?(report)
      }
    case .progress(let progress): if !isSlip(progress.job) { tell(report) }
    case .ended(let end): if !slipEnded(end.job, end.outcome) { jobEnded(end.job, report) }
    case .refused(let job, let status):
      state.withLock { $0.status = status }
      guard slipEnded(job, .lost) else { return jobEnded(job, report) }
      // The device would ask and ask until the slip can be printed, which nobody waits for any more.
      inner.cancel(job: job)
      tell(.status(status))
    case .drawer, .drawerState: tell(report)
    }
  }

  private func isSlip(_ job: String) -> Bool { state.withLock { $0.slip?.job == job } }

  private func tell(_ report: PrinterReport) { state.withLock { $0.report }?(report) }

  private func jobEnded(_ job: String, _ report: PrinterReport) {
    state.withLock { if $0.job == job { $0.job = nil } }
    tell(report)
  }

  private func slipEnded(_ job: String, _ outcome: PrintOutcome) -> Bool {
    let (end, next) = state.withLock { state -> (End?, PrintRequest?) in
      guard let slip = state.slip, slip.job == job else { return (nil, nil) }
      state.slip = nil
      defer { state.held = nil }
      state.job = state.held?.job
      return (slip.end, state.held)
    }
    guard let end else { return false }
    if let next { inner.print(next) }
    end(outcome)
    return true
  }
}

extension Snapshot {
  /// Something waits to be printed there, which goes before any slip that is no job. Where nothing is sold, nothing that
  /// waits is going to be printed.
  package func printsNext(on printer: String) -> Bool {
    guard mode == .selling || mode == .cashOnly else { return false }
    return till.jobs.values.contains { $0.printer == printer && $0.state == .queued }
  }
}
