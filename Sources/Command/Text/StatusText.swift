import Interfaces

/// The state of the box for people.
package enum StatusText {
  package static func lines(_ status: SystemInterface.Status.Output, _ style: Style) -> [String] {
    var lines = [
      style(status.origin.isEmpty ? "counterfoil" : status.origin, .heading) + "  "
        + style(Word.text(status.mode), tone(status.mode)) + "  \(text("business day", "营业日")) \(status.businessDay)"
    ]
    lines += status.reasons.map { reason in
      let entry = ErrorTable.entry(reason.rawValue)
      let exactly = status.waits.first { $0.code == reason.rawValue }.map { "\n    " + style($0.text, .faint) } ?? ""
      return style("! \(reason.rawValue): \(entry?.cause.text ?? "")", .bad) + exactly
        + "\n    \(entry?.cure.text ?? "")"
    }
    lines += lanes(status.lanes, style) + printers(status.printers, style)
    lines.append(journal(status, style))
    lines.append(counts(status, style))
    let known = Set(status.reasons.map(\.rawValue))
    for wait in status.waits where !known.contains(wait.code) {
      lines.append(style("! \(wait.text)", .notice) + style("  \(wait.code)  \(Moment.text(wait.since))", .faint))
      if let command = wait.command {
        let isChoice = command.hasSuffix(" DECISION")
        lines.append("    " + (isChoice ? text("look at the paper, then: ", "先看纸，然后：") : "") + command)
        if isChoice { lines.append("    " + JobText.decisions) }
      }
    }
    if status.waits.isEmpty, status.reasons.isEmpty {
      lines.append(style(text("nothing waits for you", "没有待处理的事项"), .good))
    }
    return lines
  }

  private static func tone(_ mode: Wire.Mode) -> Style.Tone {
    switch mode {
    case .selling: .good
    case .cashOnly, .recovering: .notice
    case .reading, .locked: .bad
    }
  }

  private static func lanes(_ lanes: [Wire.Lane], _ style: Style) -> [String] {
    guard !lanes.isEmpty else { return [] }
    var table = Table(
      (text("LANE", "收银位"), .left), (text("SHIFT", "班次"), .left), (text("PRINTER", "打印机"), .left),
      (text("DRAWER", "钱箱"), .left), (text("SCANNERS", "扫描器"), .left))
    for lane in lanes {
      let name = lane.name + (lane.training ? " " + text("training", "培训") : "")
      table.add(
        tones: (name, .plain), (lane.shift ?? "-", lane.shift == nil ? .notice : .plain), (lane.printer ?? "-", .plain),
        (lane.drawer ?? "-", .plain), (lane.scanners.isEmpty ? "-" : lane.scanners.joined(separator: " "), .plain))
    }
    return table.lines(style)
  }

  static func printers(_ printers: [Wire.PrinterStatus], _ style: Style) -> [String] {
    guard !printers.isEmpty else { return [] }
    var table = Table(
      (text("PRINTER", "打印机"), .left), (text("STATE", "状态"), .left), (text("PAPER", "纸"), .left),
      (text("COVER", "盖"), .left), (text("PROOF", "证明"), .left), ("", .left))
    for printer in printers {
      let isWell = printer.online && printer.state != .error && printer.state != .closed
      table.add(
        tones: (printer.printer, .plain),
        (printer.online ? Word.text(printer.state) : text("offline", "离线"), isWell ? .good : .bad),
        (Word.text(printer.paper), printer.paper == .out ? .bad : printer.paper == .low ? .notice : .plain),
        (Word.text(printer.cover), printer.cover == .open ? .bad : .plain), (Word.text(printer.bestLevel), .plain),
        (JobText.why(printer.why ?? printer.error), .faint))
    }
    return table.lines(style)
  }

  private static func journal(_ status: SystemInterface.Status.Output, _ style: Style) -> String {
    guard let head = status.journal else {
      return "\(text("journal", "账本"))  " + style(text("cannot be read", "无法读取"), .bad)
    }
    return
      "\(text("journal", "账本"))  \(text("epoch", "纪元")) \(head.epoch), \(text("sequence", "序号")) \(head.sequence), "
      + "\(text("chain", "链")) \(head.chain.prefix(16))"
  }

  private static func counts(_ status: SystemInterface.Status.Output, _ style: Style) -> String {
    var parts = [
      "\(text("open sales", "未完成销售")) \(status.openSales)",
      style("\(text("unresolved", "待核实")) \(status.unresolved)", status.unresolved > 0 ? .notice : .plain),
      style("\(text("receipts owed", "欠打小票")) \(status.receiptsOwed)", status.receiptsOwed > 0 ? .notice : .plain),
      style("\(text("clock", "时钟")) \(Word.text(status.clock))", status.clock == .untrusted ? .notice : .plain),
    ]
    if let days = status.diskDaysLeft { parts.append("\(text("disk full in days", "磁盘可用天数")) \(days)") }
    return parts.joined(separator: ", ")
  }
}
