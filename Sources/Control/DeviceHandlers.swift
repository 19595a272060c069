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
        printNote(), printService(), jobs(), decide(), printerStatus(), readScans(), inject(), openDrawer(),
        drawerStatus(), devices(),
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
      try SystemError.check(live, in: 1...Self.longestNote, "liveSeconds")
      let language: Language =
        caller.snapshot.till.configuration.language.hasPrefix("zh") ? .simplifiedChinese : .english
      var elements: [Element] = []
      var content: [UInt8] = []
      for element in input.elements {
        elements.append(try NoteElements.make(element))
        content += element.bytes
      }
      try NoteElements.check(input.elements)
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

  private func jobs() -> (Method, VarlinkHandler) {
    handler(PrinterInterface.Jobs.self) { (control, input, caller, reply) throws(SystemError) in
      let printer = try control.printer(input.printer)
      var jobs = caller.snapshot.till.jobs.keys.compactMap { control.present($0, caller.words) }
      if !input.unfinished {
        let live = caller.snapshot.till.jobs
        jobs += control.board.all.filter { live[$0.job] == nil }
      }
      jobs = jobs.filter { printer == nil || $0.printer == printer }.sorted {
        JobBoard.number($0.job) > JobBoard.number($1.job)
      }
      let output = PrinterInterface.Jobs.Output(jobs: Array(jobs.prefix(JobBoard.kept)))
      reply.reply { output.write(to: &$0) }
    }
  }

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
        event: .decideJob(job: input.job, decision: JobDecision(input.decision)),
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

  // MARK: - devices

  private func devices() -> (Method, VarlinkHandler) {
    handler(DeviceInterface.List.self) { (control, input, caller, reply) throws(SystemError) in
      let devices = (control.setup.devices + control.drawerEntries()).filter { input.all || !$0.roles.isEmpty }
      let present = control.present.values.filter { input.all || $0.role != nil }.sorted { $0.node < $1.node }
      let output = DeviceInterface.List.Output(
        devices: devices.map { control.wire($0, caller.snapshot) },
        present: present.map { control.wire($0, caller.snapshot) })
      reply.reply { output.write(to: &$0) }
    }
  }

  /// Drawers have no entry in the configuration: they hang on printers.
  private func drawerEntries() -> [DeviceEntry] {
    let drawers = engine?.setup.drawers ?? [:]
    let lanes = engine?.setup.configuration.lanes ?? []
    return drawers.sorted { $0.key < $1.key }.compactMap { name, printer in
      guard let device = setup.devices.first(where: { $0.deviceClass == "printer" && $0.name == printer }),
        let id = drawerID(name)
      else { return nil }
      return DeviceEntry(
        id: id, deviceClass: "drawer", name: name, path: device.path, driver: device.driver, profile: device.profile,
        roles: lanes.filter { $0.drawer == name }.map { "\($0.name)/drawer" })
    }
  }

  func wire(_ device: DeviceEntry, _ snapshot: Snapshot) -> Wire.Device {
    var (state, why, online): (Wire.DeviceState, String?, Bool) = (.closed, nil, false)
    var owner: String?
    if device.deviceClass == "scanner" {
      if let known = scanners[device.name] {
        (state, online) = (WireWords.device(known.state), known.state != .closed)
        why = known.why.isEmpty ? nil : known.why
      }
      owner = desk.holder(of: setup.scannerLanes[device.name], scanner: device.name)?.application
    } else {
      let printer = device.deviceClass == "drawer" ? engine?.setup.drawers[device.name] : device.name
      if let status = printer.flatMap({ snapshot.printers[$0] }) {
        (state, online) = (WireWords.device(status.state), status.online)
        why = status.why.isEmpty ? nil : status.why
      }
    }
    return Wire.Device(
      id: device.id, class: device.deviceClass, name: device.name, path: device.path, driver: device.driver,
      profile: device.profile, roles: device.roles, state: state, upos: online ? 0 : 108,
      power: online ? 2001 : 2004, owner: owner, why: why, counters: device.counters())
  }
}
