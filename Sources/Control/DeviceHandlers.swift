import Devices
import Document
import Engine
import Interfaces
import Journal
import Receipt
import Till
import Varlink

extension Control {
  /// Longest life of a note's wish to be printed (`liveSeconds`), seconds.
  static let longestNote: Int64 = 3_600
  /// Its life when nothing is said, seconds.
  static let defaultNote: Int64 = 60
  /// Elements of a note.
  static let noteElements = 500

  func deviceHandlers() -> [Method: VarlinkHandler] {
    Dictionary(
      uniqueKeysWithValues: [
        printNote(), jobs(), decide(), printerStatus(), readScans(), inject(), openDrawer(), drawerStatus(), devices(),
      ])
  }

  // MARK: - printer

  private func printNote() -> (Method, VarlinkHandler) {
    keyed(PrinterInterface.Print.self) { (control, input, caller) throws(SystemError) in
      guard (1...64).contains(input.title.utf8.count) else {
        throw .refused(rule: "text", text: "title is 1 to 64 bytes")
      }
      guard input.elements.count <= Self.noteElements else {
        throw .limitExceeded(limit: "elements", maximum: Int64(Self.noteElements))
      }
      let live = input.liveSeconds ?? Self.defaultNote
      guard (1...Self.longestNote).contains(live) else {
        throw .limitExceeded(limit: "liveSeconds", maximum: Self.longestNote)
      }
      let language: Language =
        caller.snapshot.till.configuration.language.hasPrefix("zh") ? .simplifiedChinese : .english
      var elements: [Element] = []
      var content: [UInt8] = []
      for element in input.elements {
        elements += try Self.element(element)
        content += element.bytes
      }
      let document = Receipt.note(
        title: input.title, language: language, elements: elements)
      let now = SystemClock().read(newest: 0, synchronised: true).wallMilliseconds
      let note = NoteSummary(
        title: input.title, hash: SHA256.hash(content).hex, size: Int64(content.count), expires: now + live * 1_000)
      return Prepared(
        key: input.idempotencyKey,
        event: .printNote(
          PrintNote(lane: caller.onlyLane, printer: try control.printer(input.printer), note: note)),
        lane: caller.onlyLane,
        session: input.session, note: document)
    } _: { answer, words, _ in
      guard let job = words.job(answer) else { return (nil, nil) }
      let output = PrinterInterface.Print.Output(job: job, sequence: Int64(clamping: answer.first))
      return (output, .job(\.job))
    }
  }

  private static func element(_ element: Wire.Element) throws(SystemError) -> [Element] {
    var style: TextStyle = []
    if element.style?.bold ?? false { style.insert(.bold) }
    if element.style?.underline ?? false { style.insert(.underline) }
    if (element.style?.width ?? 1) > 1 { style.insert(.doubleWidth) }
    if (element.style?.height ?? 1) > 1 { style.insert(.doubleHeight) }
    var elements: [Element] = []
    if let text = element.text {
      elements.append(.text(text, style: style, alignment: alignment(element.style?.align)))
    }
    if let columns = element.columns, !columns.isEmpty {
      elements.append(
        .columns(
          Columns(
            columns.map {
              Cell(
                $0.text, width: ($0.width ?? 0) > 0 ? .fixed(Int(clamping: $0.width ?? 0)) : .relative(1),
                alignment: alignment($0.align))
            })))
    }
    if let rule = element.rule { elements.append(.rule(rule == "=" ? .double : rule == "." ? .dotted : .single)) }
    if let code = element.qr {
      guard code.utf8.count <= 1_000 else { throw .limitExceeded(limit: "qr", maximum: 1_000) }
      // A printer obeys real-time commands (DLE DC4: a drawer's pulse) wherever they stand, also inside a code's data.
      guard code.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || [0x09, 0x0A, 0x0D].contains($0) }) else {
        throw .refused(rule: "text", text: "qr holds a control character")
      }
      elements.append(.qrCode(code))
    }
    if element.imagePng != nil || element.barcode != nil {
      throw .refused(rule: "document", text: "images and barcodes are not printed by this release; use text or qr")
    }
    if let lines = element.feed {
      guard (1...20).contains(lines) else { throw .limitExceeded(limit: "feed", maximum: 20) }
      elements.append(.feed(lines: Int(lines)))
    }
    if element.cut ?? false { elements.append(.cut(.partial)) }
    return elements
  }

  private static func alignment(_ alignment: Wire.Alignment?) -> Alignment {
    switch alignment {
    case .centre: .center
    case .right: .trailing
    case .left, nil: .leading
    }
  }

  private func jobs() -> (Method, VarlinkHandler) {
    handler(PrinterInterface.Jobs.self) { (control, input, caller, reply) throws(SystemError) in
      let printer = try control.printer(input.printer)
      var jobs = caller.snapshot.till.jobs.keys.compactMap { control.present($0, caller.words) }
      if !input.unfinished {
        let live = caller.snapshot.till.jobs
        jobs += control.board.all.filter { live[$0.job] == nil }
      }
      jobs = jobs.filter { printer == nil || $0.printer == printer }.sorted { Self.number($0) > Self.number($1) }
      let output = PrinterInterface.Jobs.Output(jobs: Array(jobs.prefix(JobBoard.kept)))
      reply.reply { output.write(to: &$0) }
    }
  }

  /// Ids count up: j1, j2, j3.
  private static func number(_ job: Wire.Job) -> Int64 { Int64(job.job.dropFirst()) ?? 0 }

  /// The printer of a name or device id.
  func printer(_ name: String) throws(SystemError) -> String {
    let printers = engine?.setup.printers.keys.sorted() ?? []
    if printers.contains(name) { return name }
    if let device = setup.devices.first(where: { $0.deviceClass == "printer" && $0.id == name }),
      printers.contains(device.name)
    {
      return device.name
    }
    throw .noSuchDevice(device: name, similar: printers)
  }

  /// The same, when one is named; nil stays nil.
  func printer(_ name: String?) throws(SystemError) -> String? {
    guard let name else { return nil }
    return try printer(name) as String
  }

  private func decide() -> (Method, VarlinkHandler) {
    keyed(PrinterInterface.Decide.self) { (control, input, caller) throws(SystemError) in
      if let job = caller.snapshot.till.jobs[input.job] { control.board.see(caller.words.job(job)) }
      return Prepared(
        key: input.idempotencyKey,
        event: .decideJob(job: input.job, decision: JobDecision(rawValue: input.decision.rawValue) ?? .cancel),
        lane: caller.onlyLane, session: input.session)
    } _: { [self] answer, words, input in
      for case .jobDecided(let decided) in answer.records.map(\.fact) {
        // The record names the job only; what it was is known from this run.
        var job =
          present(decided.job, words) ?? WireWords.forgotten(decided.job)
        switch decided.decision {
        case .itPrinted: (job.outcome, job.needs) = (.done, nil)
        case .cancel: (job.outcome, job.needs) = (.cancelled, nil)
        case .printAgain: (job.outcome, job.needs) = (.waiting, job.needs == .decision ? nil : job.needs)
        }
        return (.init(job: job, sequence: Int64(clamping: answer.first)), .job(\.job))
      }
      return (nil, nil)
    }
  }

  private func printerStatus() -> (Method, VarlinkHandler) {
    handler(PrinterInterface.Status.self) { (control, input, caller, reply) throws(SystemError) in
      let only = try control.printer(input.printer)
      let names = (control.engine?.setup.printers.keys.sorted() ?? []).filter { only == nil || $0 == only }
      let output = PrinterInterface.Status.Output(
        printers: names.map { name in
          caller.snapshot.printers[name].map { caller.words.printer(name, $0) } ?? WireWords.unheard(name)
        })
      reply.reply { output.write(to: &$0) }
    }
  }

  // MARK: - drawer

  private func openDrawer() -> (Method, VarlinkHandler) {
    keyed(DrawerInterface.Open.self) { (control, input, caller) throws(SystemError) in
      // The technician's own reason needs no approval, so it is not for who sells.
      guard input.reason != .technician || caller.role == .technician || caller.role == .supervisor else {
        throw Access.denial(.drawerOpen, caller.role, caller.call.peer, wanted: .technician)
      }
      let lane = caller.lane(input.lane)
      let open = OpenDrawer(
        lane: lane, drawer: input.drawer, reason: DrawerReason(rawValue: input.reason.rawValue) ?? .noSale,
        stub: input.stub?.stub, note: input.note, approval: input.approval)
      return Prepared(key: input.idempotencyKey, event: .openDrawer(open), lane: lane, session: input.session)
    } _: { answer, _, _ in
      for case .drawerOrdered(let ordered) in answer.records.map(\.fact) {
        return (.init(sequence: Int64(clamping: answer.first), order: ordered.order, outcome: .ordered), nil)
      }
      return (nil, nil)
    }
  }

  private func drawerStatus() -> (Method, VarlinkHandler) {
    handler(DrawerInterface.Status.self) { (control, input, caller, reply) throws(SystemError) in
      let drawers = control.engine?.setup.drawers ?? [:]
      if let name = input.drawer, drawers[name] == nil {
        throw .noSuchDevice(device: name, similar: drawers.keys.sorted())
      }
      let output = DrawerInterface.Status.Output(
        drawers: drawers.sorted { $0.key < $1.key }.filter { input.drawer == nil || $0.key == input.drawer }.map {
          let state = caller.snapshot.printers[$0.value]?.drawer ?? .unknown
          return Wire.DrawerStatus(
            drawer: $0.key, state: Wire.OpenState(rawValue: state.rawValue) ?? .unknown,
            sensor: state == .unknown ? .none : .assumed)
        })
      reply.reply { output.write(to: &$0) }
    }
  }

  // MARK: - devices

  private func devices() -> (Method, VarlinkHandler) {
    handler(DeviceInterface.List.self) { (control, input, caller, reply) throws(SystemError) in
      let printers = caller.snapshot.printers
      let devices = control.setup.devices.map { device in
        var state = Wire.DeviceState.closed
        var why: String?
        var online = false
        if let status = printers[device.name] {
          state = WireWords.device(status.state)
          online = status.online
          why = status.why.isEmpty ? nil : status.why
        } else if let (known, text) = control.scannerStates[device.name] {
          state = WireWords.device(known)
          online = known != .closed
          why = text.isEmpty ? nil : text
        }
        return Wire.Device(
          id: device.id, class: device.deviceClass, name: device.name, path: device.path, driver: device.driver,
          profile: device.profile, roles: device.roles, state: state, upos: online ? 0 : 108,
          power: online ? 2001 : 2004, why: why, counters: [:])
      }
      let output = DeviceInterface.List.Output(devices: devices)
      reply.reply { output.write(to: &$0) }
    }
  }
}
