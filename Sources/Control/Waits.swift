import Devices
import Engine
import Interfaces
import Till

/// What waits for a person, worst first: the journal, lanes, devices, money, paper.
struct Waits {
  /// The most that Status answers.
  static let most = 100

  let snapshot: Snapshot
  let isChinese: Bool
  /// When the daemon started, UTC milliseconds: what was so then is so since then, as far as it knows.
  let started: Int64
  let printersSince: [String: Int64]
  let scanners: [String: ScannerStatus]
  /// Checkpoints are signed.
  let signs: Bool
  let damages: [JournalDamage]

  var all: [Wire.Wait] {
    let box = ofReasons + ofJournal + ofLanes + ofPrinters + ofScanners + ofProviders
    return Array((box + ofSales + ofPursuits + ofJobs).prefix(Self.most))
  }

  func text(_ english: String, _ chinese: String) -> String { isChinese ? chinese : english }

  // MARK: - the journal

  /// Why it does not sell, or sells by older settings.
  private var ofReasons: [Wire.Wait] {
    snapshot.reasons.filter { Wire.Reason(rawValue: $0) != nil }.map { reason in
      guard reason != Wire.Reason.configurationRefused.rawValue else {
        return Wire.Wait(
          code: reason, subject: "configuration", since: started,
          text: text("the configuration was refused", "配置被拒绝") + why, command: "sudo counterfoil config check")
      }
      return Wire.Wait(
        code: reason, subject: "journal", since: started,
        text: text("the journal is not writable", "账本不可写") + why, command: "counterfoil explain \(reason)")
    }
  }

  /// What exactly, as far as it is known in that language: the sentences behind the words, English first.
  private var why: String {
    let sentences = snapshot.reasons.filter { Wire.Reason(rawValue: $0) == nil }
    if isChinese { return sentences.count > 1 ? "：" + sentences[1] : "" }
    return sentences.first.map { ": " + $0 } ?? ""
  }

  /// What is wrong with it while it sells.
  private var ofJournal: [Wire.Wait] {
    var waits = damages.map { damage in
      let fault = damage.fault
      let record = fault.sequence.map { "，从记录 \($0) 起" } ?? ""
      return Wire.Wait(
        code: "segmentDamaged", subject: "journal", since: damage.since,
        text: text(
          "a part of the journal of epoch \(damage.epoch) is damaged: \(fault)",
          "纪元 \(damage.epoch) 的一段账本损坏：\(fault.file) 位置 \(fault.offset)\(record)"),
        command: "counterfoil journal restore --from COPY")
    }
    if !signs {
      waits.append(
        Wire.Wait(
          code: "keyMissing", subject: "journal", since: started,
          text: text("no usable signing key: checkpoints are not signed", "没有可用的签名密钥：检查点没有签名"),
          command: "counterfoil explain keyMissing"))
    }
    if snapshot.isFilling, snapshot.mode == .selling {
      waits.append(
        Wire.Wait(
          code: "diskFilling", subject: "journal", since: started,
          text: text("no room for the next segment of the journal", "磁盘放不下下一段账本"),
          command: "counterfoil explain diskFilling"))
    }
    return waits
  }

  // MARK: - lanes and devices

  private var ofLanes: [Wire.Wait] {
    guard snapshot.mode == .selling || snapshot.mode == .cashOnly else { return [] }
    return snapshot.till.configuration.lanes.filter { snapshot.till.shift(lane: $0.name) == nil }.map { lane in
      Wire.Wait(
        code: "shiftClosed", subject: lane.name, since: started,
        text: text("lane \(lane.name) has no open shift", "收银位 \(lane.name) 没有开班"),
        command: "counterfoil shift open --lane \(lane.name) --operator NAME")
    }
  }

  private var ofPrinters: [Wire.Wait] {
    snapshot.printers.sorted { $0.key < $1.key }.compactMap { name, status in
      guard let code = Self.code(status) else { return nil }
      let plain = text("the printer needs a hand", "打印机需要处理")
      let why = isChinese ? DevicePhrase.chinese(status.why) : status.why
      return Wire.Wait(
        code: code, subject: name, since: printersSince[name] ?? started,
        text: why.isEmpty ? plain : text("\(name): ", "\(name)：") + why,
        command: "counterfoil printer status")
    }
  }

  private static func code(_ status: PrinterStatus) -> String? {
    if status.paper == .out { return "paperOut" }
    if status.cover == .open { return "coverOpen" }
    if !status.ready { return "printerNotReady" }
    return status.paper == .low ? "paperLow" : nil
  }

  private var ofScanners: [Wire.Wait] {
    scanners.sorted { $0.key < $1.key }.compactMap { name, scanner in
      guard scanner.state == .closed || scanner.state == .error else { return nil }
      let why = isChinese ? DevicePhrase.chinese(scanner.why) : scanner.why
      return Wire.Wait(
        code: scanner.state == .closed ? "scannerOffline" : "scannerError", subject: name, since: scanner.since,
        text: scanner.state == .closed
          ? text("scanner \(name) is missing: \(why)", "扫描器 \(name) 不在：\(why)")
          : text("scanner \(name) cannot be used: \(why)", "扫描器 \(name) 无法使用：\(why)"),
        command: "counterfoil devices")
    }
  }

  private var ofProviders: [Wire.Wait] {
    snapshot.providersGone.sorted { $0.key < $1.key }.map { name, gone in
      Wire.Wait(
        code: "providerOffline", subject: name, since: gone.since,
        text: text("payment provider \(name) cannot be reached: ", "无法连接支付方 \(name)：") + words(gone.why),
        command: "counterfoil doctor")
    }
  }

  /// Why a connector cannot be reached.
  private func words(_ why: ProviderGone) -> String {
    switch why {
    case .missing: text("there is no socket at its address", "其地址没有套接字")
    case .refused: text("nobody listens at its address", "其地址无人监听")
    case .denied: text("the daemon may not open its socket", "守护进程无权打开其套接字")
    case .silent: text("its connector does not answer", "其连接器没有应答")
    case .unreadable: text("what its connector answers cannot be read", "其连接器的应答无法读取")
    }
  }

  // MARK: - paper

  private var ofJobs: [Wire.Wait] {
    snapshot.till.jobs.values.sorted { ($0.queuedAt, $0.id) < ($1.queuedAt, $1.id) }.compactMap { job in
      let what = job.stub?.stub ?? job.report ?? job.note?.title ?? ""
      switch job.state {
      case .owed:
        return Wire.Wait(
          code: "receiptOwed", subject: job.id, since: job.queuedAt,
          text: text("ordered and never printed on \(job.printer): \(what)", "打印机 \(job.printer) 该打印而未打印：\(what)"),
          command: "counterfoil printer decide \(job.id) printAgain")
      case .unknown:
        return Wire.Wait(
          code: "printUnknown", subject: job.id, since: job.queuedAt,
          text: text(
            "it is not known whether \(job.printer) printed this: \(what)", "不确定打印机 \(job.printer) 是否已打印：\(what)"),
          command: "counterfoil printer decide \(job.id) DECISION")
      case .queued, .started: return nil
      }
    }
  }
}
