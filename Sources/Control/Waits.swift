import Devices
import Engine
import Interfaces
import Till

/// What waits for a person, worst first: the journal, printers, money, paper.
enum Waits {
  /// The most that Status answers.
  static let most = 100

  static func all(
    _ snapshot: Snapshot, isChinese: Bool, started: Int64, printersSince: [String: Int64],
    scanners: [String: ScannerStatus],
    signs: Bool, damages: [JournalDamage]
  ) -> [Wire.Wait] {
    func text(_ english: String, _ chinese: String) -> String { isChinese ? chinese : english }
    var waits: [Wire.Wait] = []
    let why = why(snapshot, isChinese: isChinese)
    for reason in snapshot.reasons where Wire.Reason(rawValue: reason) != nil {
      guard reason != Wire.Reason.configurationRefused.rawValue else {
        waits.append(
          Wire.Wait(
            code: reason, subject: "configuration", since: started,
            text: text("the configuration was refused", "配置被拒绝") + why, command: "sudo counterfoil config check"))
        continue
      }
      waits.append(
        Wire.Wait(
          code: reason, subject: "journal", since: started,
          text: text("the journal is not writable", "账本不可写") + why, command: "counterfoil explain \(reason)"))
    }
    for damage in damages {
      let fault = damage.fault
      let record = fault.sequence.map { "，从记录 \($0) 起" } ?? ""
      waits.append(
        Wire.Wait(
          code: "segmentDamaged", subject: "journal", since: damage.since,
          text: text(
            "a part of the journal of epoch \(damage.epoch) is damaged: \(fault)",
            "纪元 \(damage.epoch) 的一段账本损坏：\(fault.file) 位置 \(fault.offset)\(record)"),
          command: "counterfoil journal restore --from COPY"))
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
    if snapshot.mode == .selling || snapshot.mode == .cashOnly {
      for lane in snapshot.till.configuration.lanes where snapshot.till.shift(lane: lane.name) == nil {
        waits.append(
          Wire.Wait(
            code: "shiftClosed", subject: lane.name, since: started,
            text: text("lane \(lane.name) has no open shift", "收银位 \(lane.name) 没有开班"),
            command: "counterfoil shift open --lane \(lane.name) --operator NAME"))
      }
    }
    for (name, status) in snapshot.printers.sorted(by: { $0.key < $1.key }) {
      guard let code = code(status) else { continue }
      let plain = text("the printer needs a hand", "打印机需要处理")
      let why = isChinese ? DevicePhrase.chinese(status.why) : status.why
      waits.append(
        Wire.Wait(
          code: code, subject: name, since: printersSince[name] ?? started,
          text: why.isEmpty ? plain : text("\(name): ", "\(name)：") + why,
          command: "counterfoil printer status"))
    }
    for (name, scanner) in scanners.sorted(by: { $0.key < $1.key })
    where scanner.state == .closed || scanner.state == .error {
      let why = isChinese ? DevicePhrase.chinese(scanner.why) : scanner.why
      waits.append(
        Wire.Wait(
          code: scanner.state == .closed ? "scannerOffline" : "scannerError", subject: name, since: scanner.since,
          text: scanner.state == .closed
            ? text("scanner \(name) is missing: \(why)", "扫描器 \(name) 不在：\(why)")
            : text("scanner \(name) cannot be used: \(why)", "扫描器 \(name) 无法使用：\(why)"),
          command: "counterfoil devices"))
    }
    for (name, gone) in snapshot.providersGone.sorted(by: { $0.key < $1.key }) {
      waits.append(
        Wire.Wait(
          code: "providerOffline", subject: name, since: gone.since,
          text: text(
            "payment provider \(name) cannot be reached: \(words(gone.why).0)", "无法连接支付方 \(name)：\(words(gone.why).1)"),
          command: "counterfoil doctor"))
    }
    for sale in snapshot.till.sales.values.sorted(by: { ($0.openedAt, $0.id) < ($1.openedAt, $1.id) }) {
      for tender in sale.tenders
      where tender.state.isLive && tender.state != .intent && sale.hold?.tender != tender.id || tender.isDenied {
        waits.append(
          elsewhere(tender, sale.id, since: sale.changedAt, snapshot, isChinese: isChinese)
            ?? Wire.Wait(
              code: code(of: tender), subject: sale.id,
              since: sale.changedAt,
              text: self.text(of: tender, isChinese: isChinese),
              command: tender.kind == .provider
                ? "counterfoil unresolved" : "counterfoil sale get --sale \(sale.id)"))
      }
      if let (hold, tender, choices) = sale.waiting {
        waits.append(
          Wire.Wait(
            code: "saleHeld", subject: sale.id, since: hold.since,
            text: self.text(of: hold, tender, isChinese: isChinese),
            command: "counterfoil sale resolve \(sale.id) --"
              + choices.map(\.rawValue).joined(separator: "|--") + " --evidence WORDS"))
      }
    }
    for pursuit in snapshot.till.pursuitsInOrder where !pursuit.tender.isLastWord {
      let since = pursuit.tender.course?.startedAt ?? started
      waits.append(
        elsewhere(pursuit.tender, pursuit.sale, since: since, snapshot, isChinese: isChinese)
          ?? Wire.Wait(
            code: code(of: pursuit.tender), subject: pursuit.sale,
            since: since,
            text: self.text(of: pursuit.tender, isChinese: isChinese), command: "counterfoil unresolved"))
    }
    for job in snapshot.till.jobs.values.sorted(by: { ($0.queuedAt, $0.id) < ($1.queuedAt, $1.id) }) {
      let what = job.stub?.stub ?? job.report ?? job.note?.title ?? ""
      switch job.state {
      case .owed:
        waits.append(
          Wire.Wait(
            code: "receiptOwed", subject: job.id, since: job.queuedAt,
            text: text(
              "ordered and never printed on \(job.printer): \(what)", "打印机 \(job.printer) 该打印而未打印：\(what)"),
            command: "counterfoil printer decide \(job.id) printAgain"))
      case .unknown:
        waits.append(
          Wire.Wait(
            code: "printUnknown", subject: job.id, since: job.queuedAt,
            text: text(
              "it is not known whether \(job.printer) printed this: \(what)",
              "不确定打印机 \(job.printer) 是否已打印：\(what)"),
            command: "counterfoil printer decide \(job.id) DECISION"))
      case .queued, .started: break
      }
    }
    return Array(waits.prefix(most))
  }

  /// A payment whose provider's address is another merchant account's now.
  private static func elsewhere(
    _ tender: Tender, _ sale: String, since: Int64, _ snapshot: Snapshot, isChinese: Bool
  ) -> Wire.Wait? {
    guard tender.isFollowed, let now = tender.elsewhere(snapshot.providerAccounts) else { return nil }
    let (provider, account) = (tender.provider ?? "", tender.course?.account ?? "")
    return Wire.Wait(
      code: "tenderElsewhere", subject: sale, since: since,
      text: isChinese
        ? "支付 \(tender.id) 属于商户号 \(account)，而支付方 \(provider) 当前是商户号 \(now)：请恢复原来的地址，或人工认定"
        : "tender \(tender.id) is of account \(account), and provider \(provider) speaks for account \(now) now: put its old "
          + "address back, or decide it",
      command: "counterfoil unresolved")
  }

  /// Whether a person is needed, or the box goes on by itself.
  private static func code(of tender: Tender) -> String {
    if tender.isRefund, tender.state == .manual || tender.isDenied { return "refundStuck" }
    return tender.course?.alarm == nil ? "tenderUnknown" : "tenderStuck"
  }

  /// Why a connector cannot be reached, English and Chinese.
  private static func words(_ why: ProviderGone) -> (String, String) {
    switch why {
    case .missing: ("there is no socket at its address", "其地址没有套接字")
    case .refused: ("nobody listens at its address", "其地址无人监听")
    case .denied: ("the daemon may not open its socket", "守护进程无权打开其套接字")
    case .silent: ("its connector does not answer", "其连接器没有应答")
    case .unreadable: ("what its connector answers cannot be read", "其连接器的应答无法读取")
    }
  }

  /// What is known of a tender that is not final.
  private static func text(of tender: Tender, isChinese: Bool) -> String {
    if tender.isRefund { return text(ofRefund: tender, isChinese: isChinese) }
    return switch tender.state {
    case .approved where tender.isDenied:
      isChinese
        ? "支付 \(tender.id) 由人工认定已付，但支付方说没有付"
        : "tender \(tender.id) was decided as paid, and the provider says that it was not"
    case .declined where tender.isDenied, .reversed where tender.isDenied:
      isChinese
        ? "支付 \(tender.id) 由人工认定已退回，但支付方说款项仍在其处"
        : "tender \(tender.id) was decided as given back, and the provider says that it still has the money"
    case .approved, .declined, .reversed:
      isChinese
        ? "支付 \(tender.id) 由人工认定，等待支付方确认"
        : "tender \(tender.id) was decided by a person; the provider has not said yet what it knows"
    case .reversing where tender.course?.alarm != nil:
      isChinese
        ? "支付 \(tender.id) 一直撤销不了，需要人工处理" : "tender \(tender.id) cannot be taken back; a person must look at it"
    case .reversing:
      isChinese ? "支付 \(tender.id) 正在撤销" : "tender \(tender.id) is being taken back"
    case .manual:
      isChinese
        ? "支付 \(tender.id) 的金额与应收不符，需要人工决定"
        : "tender \(tender.id): the provider took another amount than was asked; a person must decide"
    default: isChinese ? "支付 \(tender.id) 是否成功还不知道" : "it is not known whether tender \(tender.id) was paid"
    }
  }

  private static func text(ofRefund tender: Tender, isChinese: Bool) -> String {
    switch tender.state {
    case _ where tender.isDenied:
      isChinese
        ? "退款 \(tender.id) 的人工认定与支付方的说法不符"
        : "refund \(tender.id) was decided by a person, and the provider says otherwise"
    case .approved, .declined, .reversed:
      isChinese
        ? "退款 \(tender.id) 由人工认定，等待支付方确认"
        : "refund \(tender.id) was decided by a person; the provider has not said yet what it knows"
    case .manual:
      isChinese
        ? "退款 \(tender.id) 没有按要求到账，需要人工决定"
        : "refund \(tender.id) did not arrive as asked; a person must decide"
    case .pending:
      isChinese ? "支付方正在处理退款 \(tender.id)" : "the provider is at refund \(tender.id)"
    case .intent, .unknown, .reversing:
      isChinese ? "退款 \(tender.id) 是否成功还不知道" : "it is not known whether refund \(tender.id) went through"
    }
  }

  /// What a sale is held for.
  private static func text(of hold: SaleHold, _ tender: Tender?, isChinese: Bool) -> String {
    if tender?.state == .reversing {
      return isChinese
        ? "支付 \(hold.tender) 正在撤销，这笔销售等待人工决定"
        : "tender \(hold.tender) is being taken back; the sale waits for a decision"
    }
    if tender?.state != .manual {
      return isChinese
        ? "支付 \(hold.tender) 已由支付方退回，这笔销售等待人工决定"
        : "the provider gave tender \(hold.tender) back; the sale waits for a decision"
    }
    switch hold.why {
    case .otherAmount:
      return isChinese
        ? "支付 \(hold.tender) 的金额与应收不符，这笔销售等待人工决定"
        : "the provider took another amount for tender \(hold.tender) than was asked; the sale waits for a decision"
    case .paidAfterCancel:
      return isChinese
        ? "支付 \(hold.tender) 取消后顾客仍付了款，这笔销售等待人工决定"
        : "tender \(hold.tender) was cancelled and the customer paid it all the same; the sale waits for a decision"
    }
  }

  /// What exactly, as far as it is known in that language: the sentences behind the words, English first.
  private static func why(_ snapshot: Snapshot, isChinese: Bool) -> String {
    let sentences = snapshot.reasons.filter { Wire.Reason(rawValue: $0) == nil }
    if isChinese { return sentences.count > 1 ? "：" + sentences[1] : "" }
    return sentences.first.map { ": " + $0 } ?? ""
  }

  private static func code(_ status: PrinterStatus) -> String? {
    if status.paper == .out { return "paperOut" }
    if status.cover == .open { return "coverOpen" }
    if !status.ready { return "printerNotReady" }
    return status.paper == .low ? "paperLow" : nil
  }
}
