import Devices
import Engine
import Interfaces
import JSON
import Journal
import Money
import Till
import Varlink

/// One Scanner.Read call.
struct ScanReader {
  let reply: VarlinkReply
  let lane: String?
  let scanner: String?
  var slowSince: UInt64?
}

/// What a scanner last said of itself.
struct ScannerStatus {
  let state: DeviceState
  /// In English; empty when nothing is wrong.
  let why: String
  /// Since when it is in this state, UTC milliseconds.
  let since: Int64
}

/// A Scanner.Read call that waits until a present reader gives way.
struct WaitingReader {
  let claim: ScanClaim
  let reply: VarlinkReply
  let after: String?
}

extension Control {
  /// Longest that a reader waits for another, seconds.
  static let longestPoliteness: Int64 = 60

  func hear(_ scanner: String, _ report: ScanReport) {
    switch report {
    case .scan(let data) where ServiceCode.isReserved(data.bytes):
      serve(scanner: scanner, lane: setup.scannerLanes[scanner], bytes: data.bytes)
    case .scan(let data): took(scanner: scanner, lane: setup.scannerLanes[scanner], bytes: data.bytes, aim: data.aim)
    case .state(let state, let why): became(scanner, state, why)
    case .lost(let loss):
      became(scanner, .idle, "a scan was lost: \(loss.rawValue)", isNews: true)
      tellReaders(of: scanner, loss)
    }
  }

  /// Whoever reads the scanner can ask for the scan again at once.
  private func tellReaders(of scanner: String, _ loss: ScanLoss) {
    let lane = setup.scannerLanes[scanner]
    let output = ScannerInterface.Read.Output(scans: [], lost: loss.rawValue)
    for reader in readers.values where reader.slowSince == nil && (reader.lane == nil || reader.lane == lane) {
      guard reader.scanner == nil || reader.scanner == scanner else { continue }
      _ = reader.reply.replyContinues { output.write(to: &$0) }
    }
  }

  /// Since when counts from the change of state: another reason for the same state is no news, but that a scan was lost.
  private func became(_ scanner: String, _ state: DeviceState, _ why: String, isNews: Bool = false) {
    let now = SystemClock().read(newest: 0, synchronised: true)
    let before = scanners[scanner]
    let since = before.flatMap { $0.state == state ? $0.since : nil } ?? now.wallMilliseconds
    scanners[scanner] = ScannerStatus(state: state, why: why, since: since)
    guard isNews || before?.state != state else { return }
    let data = JSON.object([
      JSON.Member("online", .bool(state != .closed)), JSON.Member("state", .string(WireWords.device(state).rawValue)),
      JSON.Member("why", .string(why)),
    ])
    publish([
      Happening(
        topic: "device", name: "scannerStatus", subject: scanner, lane: setup.scannerLanes[scanner],
        at: now.wallMilliseconds, trusted: now.trusted, data: (try? data.bytes()) ?? Array("{}".utf8))
    ])
  }

  @discardableResult
  private func took(scanner: String, lane: String?, bytes: [UInt8], aim: String?) -> Scan {
    let meaning = setup.classify(bytes, aim, engine?.snapshot.till.currency?.exponent ?? 2)
    let now = SystemClock().read(newest: 0, synchronised: true)
    let scan = desk.received(
      lane: lane, scanner: scanner, bytes: bytes, aim: aim, meaning: meaning, at: now.wallMilliseconds,
      now: now.monotonicNanoseconds, entropy: SystemRandom.word())
    for (id, reader) in readers where reader.lane == nil || reader.lane == lane {
      guard reader.scanner == nil || reader.scanner == scanner, reader.slowSince == nil else { continue }
      let output = ScannerInterface.Read.Output(scans: [wire(scan)])
      if reader.reply.replyContinues({ output.write(to: &$0) }) == .slow { readers[id]?.slowSince = scan.number - 1 }
    }
    publish([Self.happening(scan)])
    return scan
  }

  /// That something was scanned, for watchers: what it was stays with who listens to the scanner.
  private static func happening(_ scan: Scan) -> Happening {
    let data = "{\"kind\":\"\(scan.meaning.kind)\",\"stale\":\(scan.stale)}"
    return Happening(
      topic: "scan", name: "scanned", subject: scan.scanner, lane: scan.lane, at: scan.at, trusted: true,
      data: Array(data.utf8))
  }

  /// A scan as apps see it: what must not pass through them is masked.
  func wire(_ scan: Scan) -> Wire.Scan {
    let text = scan.meaning.masked == nil ? String(validating: scan.bytes, as: UTF8.self) : nil
    return Wire.Scan(
      handle: scan.handle, cursor: cursor(scan.number), scanner: scan.scanner, lane: scan.lane, at: scan.at,
      kind: scan.meaning.kind, upos: Int64(scan.meaning.scanDataType), aim: scan.aim, data: text,
      base64: scan.meaning.masked == nil && text == nil ? Base64.encode(scan.bytes) : nil,
      masked: scan.meaning.masked, gtin: scan.meaning.gtin,
      elements: scan.meaning.elements.isEmpty
        ? nil : scan.meaning.elements.map { Wire.GS1Element(identifier: $0.identifier, value: $0.value) },
      embedded: scan.meaning.embedded.flatMap { embedded in
        Wire.EmbeddedKind(rawValue: embedded.kind).map { Wire.Embedded(kind: $0, value: embedded.value) }
      }, stale: scan.stale)
  }

  // MARK: - reading

  func readScans() -> (Method, VarlinkHandler) {
    handler(ScannerInterface.Read.self) { (control, input, caller, reply) throws(SystemError) in
      let patience = input.politeSeconds ?? 0
      try SystemError.check(patience, in: 0...Self.longestPoliteness, "politeSeconds")
      let (lane, scanner) = try control.scanned(input, caller)
      let claim = ScanClaim(
        holder: control.token(), lane: lane, scanner: scanner, application: caller.state.application,
        userID: caller.call.peer.userID,
        since: SystemClock().read(newest: 0, synchronised: true).wallMilliseconds)
      guard let present = control.desk.claim(claim) else { return control.read(claim, input.after, reply) }
      guard patience > 0 else { throw Self.busy(present) }
      control.ask(present, toGiveWayTo: claim)
      control.waitingReaders.append(WaitingReader(claim: claim, reply: reply, after: input.after))
      let box = UncheckedBox(control)
      reply.onCancel { box.value.waitingReaders.removeAll { $0.claim.holder == claim.holder } }
      control.server?.execute(afterMilliseconds: patience * 1_000) { box.value.giveUp(claim.holder) }
    }
  }

  /// The lane and scanner that a call means; nil: all.
  private func scanned(
    _ input: ScannerInterface.Read.Input, _ caller: Caller
  ) throws(SystemError) -> (String?, String?) {
    if let lane = input.lane, !caller.lanes.contains(lane) { throw .noSuchLane(lane: lane, lanes: caller.lanes) }
    guard let name = input.scanner else {
      guard let lane = caller.lane(input.lane) else { throw .noSuchLane(lane: "", lanes: caller.lanes) }
      return (lane, nil)
    }
    let scanners = setup.devices.filter { $0.deviceClass == "scanner" }
    guard let scanner = scanners.first(where: { $0.name == name || $0.id == name })?.name,
      input.lane == nil || setup.scannerLanes[scanner] == input.lane
    else { throw .noSuchDevice(device: name, similar: scanners.map(\.name).sorted()) }
    return (setup.scannerLanes[scanner] ?? caller.lane(input.lane), scanner)
  }

  private static func busy(_ present: ScanClaim) -> SystemError {
    .busy(owner: present.scanner ?? present.lane ?? "scanner", application: name(present), since: present.since)
  }

  /// The application, or the user of one that did not say its name.
  private static func name(_ claim: ScanClaim) -> String {
    claim.application.isEmpty ? "uid \(claim.userID)" : claim.application
  }

  private func ask(_ present: ScanClaim, toGiveWayTo claim: ScanClaim) {
    guard let holder = readers[present.holder] else { return }
    let output = ScannerInterface.Read.Output(scans: [], releaseRequested: Self.name(claim))
    _ = holder.reply.replyContinues { output.write(to: &$0) }
  }

  /// The claim holds: its stream begins.
  private func read(_ claim: ScanClaim, _ after: String?, _ reply: VarlinkReply) {
    var gap: Wire.Gap?
    var scans: [Wire.Scan] = []
    if let after, let number = after.isEmpty ? 0 : number(of: after) {
      let (missed, lost) = desk.scans(after: number, lane: claim.lane, scanner: claim.scanner)
      scans = missed.map(wire)
      if lost, !after.isEmpty { gap = Wire.Gap(from: after, to: scans.first?.cursor ?? "", reason: .expired) }
    } else if let after {
      gap = Wire.Gap(from: after, to: cursor(desk.newest), reason: .restarted)
    }
    let id = claim.holder
    readers[id] = ScanReader(reply: reply, lane: claim.lane, scanner: claim.scanner)
    let output = ScannerInterface.Read.Output(scans: scans, gap: gap)
    _ = reply.replyContinues { output.write(to: &$0) }
    let box = UncheckedBox(self)
    reply.onCancel { box.value.release(id) }
    reply.onReady { box.value.wakeReader(id) }
  }

  private func release(_ holder: UInt64) {
    readers[holder] = nil
    desk.release(holder: holder)
    // Whoever waited longest for what is free now gets it.
    for waiting in waitingReaders where desk.claim(waiting.claim) == nil {
      waitingReaders.removeAll { $0.claim.holder == waiting.claim.holder }
      read(waiting.claim, waiting.after, waiting.reply)
    }
  }

  private func giveUp(_ holder: UInt64) {
    guard let index = waitingReaders.firstIndex(where: { $0.claim.holder == holder }) else { return }
    let waiting = waitingReaders.remove(at: index)
    let present = desk.holder(of: waiting.claim.lane, scanner: waiting.claim.scanner)
    waiting.reply.fail(Self.busy(present ?? waiting.claim))
  }

  /// The slow reader reads again: what it missed is still in the desk, or named as a gap.
  private func wakeReader(_ id: UInt64) {
    guard let reader = readers[id], let since = reader.slowSince else { return }
    readers[id]?.slowSince = nil
    let (missed, lost) = desk.scans(after: since, lane: reader.lane, scanner: reader.scanner)
    let gap =
      lost ? Wire.Gap(from: cursor(since), to: missed.first.map { cursor($0.number) } ?? "", reason: .slow) : nil
    let output = ScannerInterface.Read.Output(scans: missed.map(wire), gap: gap)
    _ = reader.reply.replyContinues { output.write(to: &$0) }
  }

  func inject() -> (Method, VarlinkHandler) {
    handler(ScannerInterface.Inject.self) { (control, input, caller, reply) throws(SystemError) in
      try SystemError.check(count: input.data.utf8.count, most: ScanDesk.longestInjected, "data")
      guard let lane = caller.lane(input.lane), caller.lanes.contains(lane) else {
        throw .noSuchLane(lane: input.lane ?? "", lanes: caller.lanes)
      }
      if let aim = input.aim, !Self.isIdentifier(aim) {
        throw .refused(rule: "aim", text: "aim is ], a letter and a letter or digit: ]E0")
      }
      guard !ServiceCode.isReserved(Array(input.data.utf8)) else {
        throw .refused(rule: "serviceCode", text: "codes that begin with \(ServiceCode.prefix) are for the box itself")
      }
      let scan = control.took(scanner: "inject", lane: lane, bytes: Array(input.data.utf8), aim: input.aim)
      let output = ScannerInterface.Inject.Output(scan: control.wire(scan))
      reply.reply { output.write(to: &$0) }
    }
  }

  private static func isIdentifier(_ aim: String) -> Bool {
    let bytes = Array(aim.utf8)
    func isLetter(_ byte: UInt8) -> Bool { (0x41...0x5A).contains(byte & 0xDF) }
    return bytes.count == 3 && bytes[0] == UInt8(ascii: "]") && isLetter(bytes[1])
      && (isLetter(bytes[2]) || (0x30...0x39).contains(bytes[2]))
  }
}
