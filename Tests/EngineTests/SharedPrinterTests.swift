import Devices
import Document
import Engine
import Synchronization
import Testing

/// Slips that are no jobs, between the register's jobs.
@Suite struct SharedPrinterTests {
  /// A device that does nothing by itself.
  private final class Device: ReceiptPrinter {
    let id: DeviceIdentifier
    let statistics = DeviceStatistics()
    let got = Mutex<[String]>([])
    let report = Mutex<(@Sendable (PrinterReport) -> Void)?>(nil)

    init(_ id: DeviceIdentifier) { self.id = id }

    func start(report: @escaping @Sendable (PrinterReport) -> Void) { self.report.withLock { $0 = report } }
    func print(_ request: PrintRequest) { got.withLock { $0.append(request.job) } }
    func kickDrawer(order: String) {}
    func cancel(job: String) { got.withLock { $0.append("cancel \(job)") } }
    func checkHealth() { got.withLock { $0.append("look") } }
    func stop() {}

    func says(_ report: PrinterReport) { self.report.withLock { $0 }?(report) }
    func ends(_ job: String, _ outcome: PrintOutcome = .done) { says(.ended(SharedPrinterTests.end(job, outcome))) }
    var jobs: [String] { got.withLock { $0 } }
  }

  private final class Log<Value: Sendable>: Sendable {
    private let all = Mutex<[Value]>([])
    func add(_ value: Value) { all.withLock { $0.append(value) } }
    var values: [Value] { all.withLock { $0 } }
  }

  fileprivate static func end(_ job: String, _ outcome: PrintOutcome) -> PrintEnd {
    PrintEnd(job: job, outcome: outcome, level: .clean, sentBytes: 1, totalBytes: 1, why: nil)
  }

  private func status(ready: Bool) -> PrinterStatus {
    PrinterStatus(
      state: ready ? .idle : .error, online: ready, bestLevel: .clean, columns: 48, encoding: "GB18030")
  }

  private func request(_ job: String) -> PrintRequest {
    PrintRequest(job: job, document: document, attempt: 1)
  }

  private let document = Document(title: "t", elements: [])
  private let device: Device
  private let reports = Log<PrinterReport>()
  private let ends = Log<PrintOutcome>()

  init() throws { device = Device(try #require(DeviceIdentifier("posPrinter:tcp:test"))) }

  private func printer(ready: Bool = true) -> SharedPrinter {
    let printer = SharedPrinter(device)
    let reports = reports
    printer.start { reports.add($0) }
    device.says(.status(status(ready: ready)))
    return printer
  }

  private func slip(_ printer: SharedPrinter) -> Bool {
    let ends = ends
    return printer.printSlip(document) { ends.add($0) }
  }

  @Test func theRegisterNeverHearsOfASlip() {
    let printer = printer()
    #expect(slip(printer))
    #expect(!slip(printer), "one at a time")
    device.says(.progress(PrintProgress(job: "slip-1", level: .sent, sentBytes: 1, totalBytes: 1)))
    device.ends("slip-1")
    #expect(ends.values == [.done])
    #expect(reports.values == [.status(status(ready: true))])
    #expect(slip(printer))
    device.says(.refused(job: "slip-2", status: status(ready: false)))
    #expect(ends.values == [.done, .lost])
    // That it cannot print is news for the register too.
    #expect(reports.values.last == .status(status(ready: false)))
    #expect(!slip(printer))
  }

  @Test func aJobIsNeverDisturbed() {
    let printer = printer()
    printer.print(request("j1"))
    #expect(!slip(printer))
    device.ends("j1")
    #expect(reports.values.last == .ended(Self.end("j1", .done)))
    #expect(slip(printer))
    #expect(device.jobs == ["j1", "slip-1"])
  }

  @Test func aJobThatComesMeanwhileIsNext() {
    let printer = printer()
    #expect(slip(printer))
    printer.print(request("j1"))
    #expect(device.jobs == ["slip-1"])
    device.ends("slip-1", .unknown)
    #expect(device.jobs == ["slip-1", "j1"])
    #expect(!slip(printer), "the job has the printer")
    device.ends("j1")
    #expect(slip(printer))
  }

  @Test func aHeldJobCanBeTakenBack() {
    let printer = printer()
    #expect(slip(printer))
    printer.print(request("j1"))
    printer.cancel(job: "j1")
    guard case .ended(let end)? = reports.values.last else {
      Issue.record("no end of the job")
      return
    }
    #expect(end.job == "j1" && end.outcome == .cancelled && end.sentBytes == 0)
    device.ends("slip-1")
    #expect(device.jobs == ["slip-1"])
    printer.cancel(job: "j2")
    #expect(device.jobs == ["slip-1", "cancel j2"])
  }

  @Test func aPrinterThatCannotPrintGetsNone() {
    #expect(!slip(SharedPrinter(device)), "it has not said anything yet")
    #expect(!slip(printer(ready: false)))
    #expect(device.jobs == [])
  }

  /// A device that gave a slip back would watch itself for it for ever.
  @Test func aSlipThatWasGivenBackIsWaitedForByNobody() {
    let printer = printer()
    #expect(slip(printer))
    device.says(.refused(job: "slip-1", status: status(ready: false)))
    #expect(device.jobs == ["slip-1", "cancel slip-1"])
    printer.print(request("j1"))
    device.says(.refused(job: "j1", status: status(ready: false)))
    #expect(device.jobs == ["slip-1", "cancel slip-1", "j1"], "the register waits for its job")
  }

  /// Whoever has a slip can see beforehand that the printer is at something else.
  @Test func itIsFreeBetweenJobsAndSlips() {
    let printer = printer()
    #expect(printer.isFree)
    printer.print(request("j1"))
    #expect(!printer.isFree)
    device.ends("j1")
    #expect(printer.isFree)
    #expect(slip(printer))
    #expect(!printer.isFree)
    printer.print(request("j2"))
    device.ends("slip-1")
    #expect(!printer.isFree, "the job that was held")
    device.ends("j2")
    #expect(printer.isFree)
  }

  @Test func onlyAPrinterThatRunsIsAsked() {
    SharedPrinter(device).look()
    #expect(device.jobs == [])
    printer().look()
    #expect(device.jobs == ["look"])
  }

  @Test func aLaterRegisterIsToldTheStatus() {
    let printer = printer()
    printer.repeatStatus()
    #expect(reports.values == [.status(status(ready: true)), .status(status(ready: true))])
  }

  /// Whatever waits for the printer goes first, but not where it never will: a slip says why.
  @Test func receiptsComeFirst() throws {
    let box = try TestBox(index: false)
    try box.openShift()
    #expect(!box.drain.snapshot.printsNext(on: "printer:a"))
    box.isPrinterReady = false
    try box.ring()
    var look = box.drain.snapshot
    #expect(look.printsNext(on: "printer:a"))
    #expect(!look.printsNext(on: "printer:b"))
    look.mode = .reading
    #expect(!look.printsNext(on: "printer:a"))
    box.switchOn()
    #expect(!box.drain.snapshot.printsNext(on: "printer:a"))
  }
}
