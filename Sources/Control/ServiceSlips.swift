import Devices
import Document
import Engine
import Glibc
import Interfaces
import JSON
import Receipt
import Till
import Varlink

/// A slip for technicians on its way to paper.
struct PendingSlip {
  var kind: ServiceSlip.Kind
  /// What is wrong, as somebody else found it; nil: what the daemon itself knows.
  var findings: [ServiceSlip.Finding]?
  /// Monotonic nanoseconds after which nobody waits for it.
  var expires: UInt64
  /// It was handed to the printer.
  var isRunning = false
  /// The printer could not print, and was asked how it is.
  var hasAsked = false
  /// Told how it ended; nil: not printed in its time.
  var end: (PrintOutcome?) -> Void
}

/// Slips that service codes and technicians ask for. One at a time on each printer.
struct SlipDesk {
  /// How long a slip waits for its printer, nanoseconds: long enough to load paper.
  static let life: UInt64 = 60_000_000_000
  /// The same for a program, which waits for its answer.
  static let called: UInt64 = 30_000_000_000
  /// Between two looks whether a printer is free, milliseconds; only while a slip waits.
  static let look: Int64 = 250

  var allowance = ServiceAllowance()
  var pending: [String: PendingSlip] = [:]
  /// The slip of another kind that was asked for by a scanner meanwhile, by printer.
  var behind: [String: PendingSlip] = [:]
  /// A look is due.
  var looks = false
  /// Repeated codes of scanners that the log has already.
  var repeats: Set<ServiceAllowance.Source> = []
  /// Mode and reasons that were printed unasked last; nil: not known yet.
  var reported: String?
}

extension Control {
  /// What becomes of a wish for a slip.
  enum SlipAnswer: String {
    /// On its way to paper.
    case printing
    /// The scanner sends the same again and again, or whoever asks had their share of the printer.
    case limited
    /// The printer has one to print already.
    case busy
    /// There is no printer.
    case noPrinter
    /// No such code.
    case unknown
  }

  // MARK: - scanned

  /// A code that is the box's own was scanned.
  func serve(scanner: String, lane: String?, bytes: [UInt8]) {
    let now = SystemClock.monotonic()
    let code = ServiceCode(scanned: bytes)
    let source = ServiceAllowance.Source(scanner, code)
    guard slips.allowance.hears(source, at: now) else {
      guard slips.repeats.insert(source).inserted else { return }
      return tell(scanner, lane, ServiceCode.text(of: bytes), .limited)
    }
    slips.repeats.remove(source)
    guard let code else { return tell(scanner, lane, ServiceCode.text(of: bytes), .unknown) }
    let kind: ServiceSlip.Kind = code == .status ? .status : .doctor
    tell(scanner, lane, code.rawValue, order(kind, lane: lane, mayFollow: true).answer)
  }

  private func tell(_ scanner: String, _ lane: String?, _ code: String, _ answer: SlipAnswer) {
    let now = SystemClock().read(newest: 0, synchronised: true)
    let data = JSON.object([JSON.Member("answer", .string(answer.rawValue)), JSON.Member("code", .string(code))])
    publish([
      Happening(
        topic: "scan", name: "serviceCode", subject: scanner, lane: lane, at: now.wallMilliseconds,
        trusted: now.trusted, data: (try? data.bytes()) ?? Array("{}".utf8))
    ])
  }

  // MARK: - asked for by a program

  /// Findings on one call.
  private static let mostFindings = 40
  /// Bytes of a finding's text, and of its command.
  private static let longestFinding = 400

  func printService() -> (Method, VarlinkHandler) {
    handler(PrinterInterface.PrintService.self) { (control, input, caller, reply) throws(SystemError) in
      let findings = try Self.findings(input)
      let printer: String? = try control.printer(input.printer)
      let kind: ServiceSlip.Kind = input.slip == .status ? .status : .doctor
      let place = UncheckedBox(Place())
      let (answer, taken) = control.order(
        kind, lane: caller.onlyLane, printer: printer, for: .user(caller.call.peer.userID), findings: findings,
        life: SlipDesk.called
      ) {
        outcome in
        let told: Wire.JobOutcome =
          switch outcome {
          case .done: .done
          case .unknown: .unknown
          case .lost, .cancelled: .lost
          case nil: .expired
          }
        let output = PrinterInterface.PrintService.Output(printer: place.value.printer, outcome: told)
        reply.reply { output.write(to: &$0) }
      }
      place.value.printer = taken
      switch answer {
      case .printing: break
      case .noPrinter: throw .refused(rule: "printer", text: "the box has no printer")
      case .busy, .limited, .unknown:
        throw .refused(rule: "serviceSlip", text: "\(taken) has printed enough slips for technicians, or is at one")
      }
    }
  }

  /// Where a slip went; known before its end.
  private final class Place {
    var printer = ""
  }

  private static func findings(_ input: PrinterInterface.PrintService.Input) throws(SystemError) -> [ServiceSlip
    .Finding]?
  {
    guard let findings = input.findings else { return nil }
    guard input.slip == .doctor else { throw .refused(rule: "serviceSlip", text: "findings are for doctor") }
    guard findings.count <= mostFindings else {
      throw .limitExceeded(limit: "findings", maximum: Int64(mostFindings))
    }
    for finding in findings {
      try SystemError.check(count: finding.text.utf8.count, most: longestFinding, "findings.text")
      guard (finding.command ?? "").utf8.count <= longestFinding else {
        throw .limitExceeded(limit: "findings.text", maximum: Int64(longestFinding))
      }
    }
    return findings.map { ServiceSlip.Finding(text: $0.text, command: $0.command) }
  }

  // MARK: - printed

  /// Puts a slip on its way: to the named printer, or the lane's, or the first one that works. With `mayFollow` it may
  /// wait behind a slip of another kind.
  func order(
    _ kind: ServiceSlip.Kind, lane: String?, printer named: String? = nil, for asker: ServiceAllowance.Asker = .box,
    findings: [ServiceSlip.Finding]? = nil, mayFollow: Bool = false, life: UInt64 = SlipDesk.life,
    end: @escaping (PrintOutcome?) -> Void = { _ in }
  ) -> (answer: SlipAnswer, printer: String) {
    guard let engine, let printer = named ?? slipPrinter(lane, engine) else { return (.noPrinter, "") }
    let now = SystemClock.monotonic()
    let before = slips.pending[printer]
    let follows = mayFollow && before?.kind != kind && slips.behind[printer] == nil
    guard before == nil || follows else { return (.busy, printer) }
    guard slips.allowance.take(printer, for: asker, at: now) else { return (.limited, printer) }
    let slip = PendingSlip(kind: kind, findings: findings, expires: now + life, end: end)
    guard before == nil else {
      slips.behind[printer] = slip
      return (.printing, printer)
    }
    slips.pending[printer] = slip
    printSlips()
    return (.printing, printer)
  }

  private func slipPrinter(_ lane: String?, _ engine: Engine) -> String? {
    let look = engine.snapshot
    let lanes = look.till.configuration.lanes
    let own = lane.flatMap { name in lanes.first { $0.name == name }?.printer }
    let all = (own.map { [$0] } ?? []) + engine.setup.printers.keys.sorted()
    return all.first { look.printers[$0]?.ready ?? false } ?? all.first
  }

  /// Prints unasked why the box does not sell: once for each reason, where nobody waits for a receipt.
  func reportMode(_ look: Snapshot) {
    guard let unasked = setup.unasked, look.mode == .reading || look.mode == .locked, let engine else { return }
    let matter = ([look.mode.rawValue] + Wire.Reason.all(look.reasons).map(\.rawValue)).joined(separator: " ")
    let reported = slips.reported ?? unasked.last() ?? ""
    slips.reported = reported
    guard matter != reported else { return }
    let busy = Set(look.till.sales.values.filter { !$0.parked }.map(\.lane))
    let lanes = look.till.configuration.lanes
    let quiet = engine.setup.printers.keys.sorted().first { printer in
      (look.printers[printer]?.ready ?? false) && slips.pending[printer] == nil
        && !lanes.contains { $0.printer == printer && busy.contains($0.name) }
    }
    // Without one it is tried again with the next change of the box: a printer's, or the end of the sale.
    guard let quiet, order(.status, lane: nil, printer: quiet).answer == .printing else { return }
    slips.reported = matter
    unasked.keep(matter)
  }

  /// Hands over what can be printed now, gives up what waited too long, and looks again while anything waits.
  private func printSlips() {
    let now = SystemClock.monotonic()
    for (printer, slip) in slips.pending where !slip.isRunning {
      if now >= slip.expires { slipEnded(printer, nil) } else { printSlip(slip, on: printer) }
    }
    lookLater()
  }

  private func lookLater() {
    guard !slips.looks, slips.pending.values.contains(where: { !$0.isRunning }) else { return }
    slips.looks = true
    server?.execute(afterMilliseconds: SlipDesk.look) { [self] in
      slips.looks = false
      printSlips()
    }
  }

  private func printSlip(_ slip: PendingSlip, on printer: String) {
    guard let engine else { return }
    if let delay = engine.mayPrintSlip(on: printer) {
      // It may be able to again, and nobody have looked since: it is asked once, and tells by itself then.
      if delay == .notReady, !slip.hasAsked {
        slips.pending[printer]?.hasAsked = true
        engine.look(at: printer)
      }
      return
    }
    slips.pending[printer]?.isRunning = true
    // What only the disk knows is printed when the disk answers in time.
    let answered = UncheckedBox(Once())
    let box = UncheckedBox((self, slip))
    let finish: @Sendable (DiskOutlook?) -> Void = { disk in
      guard answered.value.first() else { return }
      box.value.0.handOver(box.value.1, disk, to: printer)
    }
    let taken = engine.outlook { [server] result in
      let disk = (try? result.get())?.disk
      server?.execute { finish(disk) }
    }
    guard taken else { return finish(nil) }
    server?.execute(afterMilliseconds: Self.statusPatience) { finish(nil) }
  }

  private func handOver(_ slip: PendingSlip, _ disk: DiskOutlook?, to printer: String) {
    guard let engine else { return }
    let document = Receipt.render(matter(of: slip, disk, engine.snapshot))
    let delay = engine.printSlip(document, on: printer) { [self] outcome in
      server?.execute { [self] in slipCameBack(printer, outcome) }
    }
    guard delay != nil else { return }
    // A job came in between: it goes first, and there is nothing to do until the next look.
    slips.pending[printer]?.isRunning = false
    lookLater()
  }

  /// The printer is done with a slip. Of one that is lost not a byte went out: it waits on, as if the printer had said
  /// beforehand that it cannot print.
  private func slipCameBack(_ printer: String, _ outcome: PrintOutcome) {
    guard outcome == .lost, slips.pending[printer] != nil else { return slipEnded(printer, outcome) }
    slips.pending[printer]?.isRunning = false
    slips.pending[printer]?.hasAsked = false
    lookLater()
  }

  private func slipEnded(_ printer: String, _ outcome: PrintOutcome?) {
    guard let slip = slips.pending.removeValue(forKey: printer) else { return }
    let (priority, words): (ServiceLine.Priority, String) =
      switch outcome {
      case .done: (.info, "\(slip.kind.rawValue) slip printed on \(printer)")
      case .unknown: (.warning, "\(slip.kind.rawValue) slip on \(printer): it is not known whether it was printed")
      case .lost, .cancelled: (.warning, "\(slip.kind.rawValue) slip on \(printer): it could not be printed")
      case nil: (.warning, "\(slip.kind.rawValue) slip on \(printer): given up, the printer was not free in time")
      }
    serviceWords?.line(ServiceLine(priority, words, [.device: printer]))
    slip.end(outcome)
    guard let next = slips.behind.removeValue(forKey: printer) else { return }
    slips.pending[printer] = next
    lookLater()
  }

  // MARK: - what it says

  private func matter(of slip: PendingSlip, _ disk: DiskOutlook?, _ look: Snapshot) -> ServiceSlip {
    let till = look.till
    let settings = till.configuration.language.isEmpty ? engine?.setup.configuration : till.configuration
    let isChinese = settings?.language.hasPrefix("zh") ?? false
    let clock = SystemClock().read(newest: look.newest, synchronised: SystemClock.synchronised())
    let local = LocalTime.of(milliseconds: clock.wallMilliseconds)
    var known = waits(look, isChinese: isChinese).map { ServiceSlip.Finding(text: $0.text, command: $0.command) }
    if slip.kind == .doctor, !clock.trusted {
      known.append(
        ServiceSlip.Finding(
          text: isChinese ? "时间未校准" : "the time is not verified", command: "counterfoil clock"))
    }
    let identity = till.identity
    var matter = ServiceSlip(
      kind: slip.kind, language: isChinese ? .simplifiedChinese : .english, version: setup.version,
      origin: identity?.origin ?? engine?.setup.origin ?? "", box: identity?.journal ?? "",
      mode: look.mode.rawValue, reasons: Wire.Reason.all(look.reasons).map(\.rawValue),
      sells: look.mode == .selling || look.mode == .cashOnly, localTime: "\(local.date) \(local.time)",
      timeTrusted: clock.trusted,
      journal: look.head.sequence > 0
        ? ServiceSlip.Journal(
          epoch: Int64(look.head.epoch), sequence: look.head.sequence - 1, size: disk?.size, room: disk?.room,
          days: disk?.days) : nil,
      findings: slip.findings ?? known)
    matter.lanes = till.configuration.lanes.map { lane in
      let shift = till.shift(lane: lane.name)
      return ServiceSlip.Lane(name: lane.name, shift: shift?.id, operator: shift?.operator)
    }
    matter.devices = setup.devices.map { device in
      let known = wire(device, look)
      let why = known.why ?? ""
      let state: ServiceSlip.Device.State =
        switch known.state {
        case .idle, .busy: .good
        case .error: .bad
        case .closed: .away
        }
      return ServiceSlip.Device(name: device.name, state: state, why: isChinese ? DevicePhrase.chinese(why) : why)
    }
    matter.addresses = NetworkAddresses.all()
    return matter
  }
}

/// Addresses by which this machine can be reached.
enum NetworkAddresses {
  /// `eth0 192.168.1.20`, in the kernel's order; loopback and link-local ones are of no use to anybody.
  static func all() -> [String] {
    var first: UnsafeMutablePointer<ifaddrs>?
    guard getifaddrs(&first) == 0 else { return [] }
    defer { freeifaddrs(first) }
    var found: [String] = []
    var next = first
    while let entry = next {
      next = entry.pointee.ifa_next
      guard let address = entry.pointee.ifa_addr, let text = text(address) else { continue }
      guard !text.hasPrefix("127."), text != "::1", !text.hasPrefix("fe80:") else { continue }
      found.append("\(String(cString: entry.pointee.ifa_name)) \(text)")
    }
    return found
  }

  private static func text(_ address: UnsafePointer<sockaddr>) -> String? {
    let length: Int
    switch Int32(address.pointee.sa_family) {
    case AF_INET: length = MemoryLayout<sockaddr_in>.size
    case AF_INET6: length = MemoryLayout<sockaddr_in6>.size
    default: return nil
    }
    var buffer = [CChar](repeating: 0, count: Int(NI_MAXHOST))
    let status = getnameinfo(
      address, socklen_t(length), &buffer, socklen_t(buffer.count), nil, 0, NI_NUMERICHOST)
    guard status == 0 else { return nil }
    return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
