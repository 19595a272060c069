import Devices
import Document
import Drivers
import EscPos
import Foundation
import Glibc
import Synchronization
import Testing
import Transports
import VirtualDevices

let second: UInt64 = 1_000_000_000
/// Longest wait of a test for something that must come.
let patience = 20.0

/// What came in, in order, with waiting for more.
final class Inbox<Item: Sendable>: Sendable {
  private let items = Mutex<[Item]>([])
  private let condition = NSCondition()

  func put(_ item: Item) {
    items.withLock { $0.append(item) }
    condition.lock()
    condition.broadcast()
    condition.unlock()
  }

  var all: [Item] { items.withLock { $0 } }

  /// The first item from `start` on for which `pick` has a value; nil when none comes in time.
  func wait<Value>(
    from start: Int = 0, seconds: Double = patience, _ pick: (Item) -> Value?
  ) -> Value? {
    let end = Date(timeIntervalSinceNow: seconds)
    condition.lock()
    defer { condition.unlock() }
    while true {
      for item in all.dropFirst(start) { if let value = pick(item) { return value } }
      if !condition.wait(until: end) { return nil }
    }
  }
}

/// A virtual printer on a port, the driver connected to it, and what it reports.
final class Rig: Sendable {
  let server: VirtualPrinterServer
  let printer: EscPosPrinter
  let reports = Inbox<PrinterReport>()
  let events = Inbox<VirtualPrinterServer.Event>()

  init(
    proof: PrinterProfile.Proof = .init(fence: true, processID: true, keepsBuffer: true),
    contact: PrinterProfile.Drawer.Contact = .unknown, realTimePulse: Bool = false, realTime: [UInt8] = [1, 2, 4],
    automatic: Bool = false, presence: Bool = false, idleClose: Int = 0, answers: Int = 300,
    kickPatience: UInt64 = 15 * second,
    build change: (inout VirtualPrinter.Build) -> Void = { _ in }
  ) throws {
    var profile = Rig.profile
    profile.proof = proof
    profile.drawer.contact = contact
    profile.drawer.realTimePulse = realTimePulse
    profile.status = .init(
      realTime: realTime, automatic: automatic, nearEndSensor: false, pollSeconds: 1, answerMilliseconds: answers)
    profile.connection = .init(idleCloseSeconds: idleClose, presence: presence, connectSeconds: 2)
    var build = VirtualPrinter.Build(profile: try EscPosFamily.encoderProfile(profile))
    change(&build)
    let events = events
    server = try VirtualPrinterServer { events.put($0) }
    server.start(build)
    let id = try #require(DeviceIdentifier(.posPrinter, transport: "tcp", stablePart: "127.0.0.1:\(server.port)"))
    printer = try EscPosPrinter(
      id: id, profile: profile, transport: TCPTransport(host: "127.0.0.1", port: server.port),
      kickPatience: kickPatience)
  }

  deinit {
    printer.stop()
    server.stop()
  }

  static let profile = PrinterProfile(
    name: "test", title: "Test", family: "escpos", paper: .init(width: 80, dots: 576, columns: 48),
    kanji: .init(encoding: "gbk", onAfterReset: true, hasModeCommands: true), codePages: [0: "cp437"],
    cut: .init(kind: .partial, feedLines: 4), drawer: .init(),
    status: .init(realTime: [1, 2, 4], automatic: false, nearEndSensor: false),
    proof: .init(fence: true, processID: false, keepsBuffer: true), mechanics: .init(speed: 200, bufferBytes: 65_536),
    codes: .init(qr: true, barcodes: true))

  func start() {
    let reports = reports
    printer.start { reports.put($0) }
  }

  /// Starts and waits until the printer was seen ready.
  func startReady() throws {
    start()
    _ = try status { $0.ready }
  }

  static func document(_ name: String, lines: Int = 3) -> Document {
    var elements: [Element] = [.text("\(name) 收据")]
    for number in 1...lines { elements.append(.total("商品 \(number)", "¥\(number).00")) }
    elements.append(.cut(.partial))
    return Document(title: name, elements: elements)
  }

  func print(_ job: String, lines: Int = 3, budget: UInt64? = nil) {
    printer.print(
      PrintRequest(job: job, document: Self.document(job, lines: lines), attempt: 1, budgetNanoseconds: budget))
  }

  func end(_ job: String) throws -> PrintEnd {
    try #require(reports.wait { if case .ended(let end) = $0, end.job == job { end } else { nil } })
  }

  func refusal(_ job: String) throws -> PrinterStatus {
    try #require(
      reports.wait { if case .refused(let refused, let status) = $0, refused == job { status } else { nil } })
  }

  func status(from start: Int = 0, _ pick: (PrinterStatus) -> Bool) throws -> PrinterStatus {
    try #require(
      reports.wait(from: start) { if case .status(let status) = $0, pick(status) { status } else { nil } })
  }

  func drawer(_ order: String) throws -> DrawerOutcome {
    try #require(
      reports.wait { if case .drawer(let name, let outcome, _) = $0, name == order { outcome } else { nil } })
  }

  /// Levels that a job went through.
  func levels(_ job: String) -> [ProofLevel] {
    reports.all.compactMap { if case .progress(let progress) = $0, progress.job == job { progress.level } else { nil } }
  }

  /// Waits until the virtual printer's state is so.
  func eventually(_ what: String, _ condition: (VirtualPrinterServer.State) -> Bool) {
    let end = Date(timeIntervalSinceNow: patience)
    while !condition(server.state) {
      guard Date() < end else {
        Issue.record("not so in time: \(what): \(server.state)")
        return
      }
      usleep(1000)
    }
  }

  /// Slips that came out, as text.
  var slips: [String] {
    events.all.compactMap { if case .printer(.cut(let slip)) = $0 { slip } else { nil } }
  }
}
