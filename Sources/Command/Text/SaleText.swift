import Interfaces

/// Sales for people.
package enum SaleText {
  /// What `ring` answers.
  package static func rung(
    _ output: SaleInterface.Ring.Output, _ money: AmountText, _ style: Style
  ) -> [String] {
    let change = output.change
    var lines = [
      "\(text("stub", "存根")) \(style(change.stub?.stub ?? "-", .heading))  "
        + "\(text("total", "合计")) \(money(change.totals.total))  "
        + rounded(change.totals, money).map { $0 + "  " }.joined()
        + "\(text("change", "找零")) \(money(change.totals.change))"
    ]
    if let stub = change.stub, let sequence = stub.sequence {
      lines.append("\(text("sequence", "序号")) \(sequence)  \(stub.hash ?? "")")
    }
    if let job = output.job { lines.append("\(text("print job", "打印任务")) \(job.job)  \(Word.text(job.outcome))") }
    return lines
  }

  /// A corrected bill: the stub that stands for it now, and the money that moved, which cash rounding may have made
  /// other than the difference of the totals.
  package static func corrected(
    _ change: Wire.Change, by difference: Wire.Tender?, instead stub: String, _ money: AmountText, _ style: Style
  ) -> [String] {
    let moved = difference.map { $0.approved - $0.change } ?? 0
    let line =
      ([
        "\(text("stub", "存根")) \(style(change.stub?.stub ?? "-", .heading))",
        "\(text("replaces", "更正")) \(stub)", "\(text("total", "合计")) \(money(change.totals.total))",
      ] + rounding(difference?.cashRounding ?? 0, money)).joined(separator: "  ")
    return [
      line,
      moved < 0 ? "\(text("paid out", "退款")) \(money(-moved))" : "\(text("taken", "补收")) \(money(moved))",
    ]
  }

  /// What rounding to a coin made of the total; nothing where nothing was rounded.
  private static func rounded(_ totals: Wire.Totals, _ money: AmountText) -> [String] {
    guard totals.cashRounding != 0 else { return [] }
    return rounding(totals.cashRounding, money)
      + ["\(text("to pay", "应付")) \(money(totals.total + totals.cashRounding))"]
  }

  private static func rounding(_ amount: Int64, _ money: AmountText) -> [String] {
    amount == 0 ? [] : ["\(text("cash rounding", "现金取整")) \(money(amount))"]
  }

  /// A table of sales.
  package static func list(_ sales: [Wire.Sale], _ money: AmountText, _ style: Style) -> [String] {
    guard !sales.isEmpty else { return [text("no sales", "没有销售")] }
    var table = Table(
      (text("STUB", "存根"), .right), (text("OPENED", "时间"), .left), (text("STATE", "状态"), .left),
      (text("TOTAL", "合计"), .right), (text("LANE", "收银位"), .left), (text("SALE", "销售号"), .left))
    for sale in sales {
      table.add(
        tones: (sale.stub?.stub ?? "-", .plain), (Moment.text(sale.opened), .plain), (state(sale), tone(sale.state)),
        (money(sale.totals.total), .plain), (sale.lane, .plain), (sale.id, .faint))
    }
    return table.lines(style)
  }

  /// One sale with its lines and tenders.
  package static func whole(_ output: SaleInterface.Get.Output, _ money: AmountText, _ style: Style) -> [String] {
    let sale = output.sale
    var lines = [
      "\(text("stub", "存根")) \(style(sale.stub?.stub ?? "-", .heading))  \(state(sale))  "
        + "\(Moment.text(sale.opened))  \(sale.lane)  \(sale.operator ?? "-")",
      "\(text("sale", "销售号")) \(sale.id)  \(text("revision", "版本")) \(sale.revision)",
    ]
    if let corrects = sale.corrects { lines.append("\(text("replaces stub", "更正存根")) \(corrects.stub)") }
    if let member = sale.member { lines.append("\(text("member", "会员")) \(member)") }
    var table = Table(
      ("#", .right), (text("NAME", "名称"), .left), (text("QUANTITY", "数量"), .right), (text("PRICE", "单价"), .right),
      (text("AMOUNT", "金额"), .right))
    for line in output.lines {
      let unit = line.input.unit.map { " " + $0 } ?? ""
      table.add(
        line.id, line.input.name, QuantityText.text(line.input.quantity) + unit, money(line.input.unitPrice),
        money(line.amount))
    }
    if !table.isEmpty { lines += table.lines(style) }
    lines += output.adjustments.map { "\($0.label)  \(money($0.amount))" }
    lines.append(
      "\(text("total", "合计")) \(style(money(sale.totals.total), .heading))  \(text("tax", "税")) \(money(sale.totals.tax))"
        + "  \(text("due", "应付")) \(money(sale.totals.due))")
    lines += output.tenders.map { tender in
      "\(tender.id)  \(Word.text(tender.kind))\(origin(tender).map { " " + $0 } ?? "")  \(RefundText.state(tender))  \(money(tender.approved))"
        + (tender.refundOf == nil ? "" : "  \(RefundText.origin(tender))  \(tender.number ?? "")")
    }
    lines += output.corrections.map { corrected($0, money) }
    if let corrected = output.correctedBy { lines.append("\(text("replaced by stub", "已被存根更正")) \(corrected.stub)") }
    lines += output.later.filter { $0.stub != output.correctedBy?.stub }.map {
      "\(text("later stub", "后续存根")) \($0.stub)"
    }
    if let damaged = output.damaged {
      lines.append(
        text(
          "\(damaged) later entries that may belong to it cannot be read: part of the journal is damaged",
          "有 \(damaged) 条可能与其有关的后续记录无法读取：账本部分损坏"))
    }
    return lines
  }

  /// By whom a tender is; of one that was carried over what it was, and on which stub.
  private static func origin(_ tender: Wire.Tender) -> String? {
    guard let carried = tender.carried else { return tender.provider }
    let stub = tender.carriedFrom.map { "(\(text("stub", "存根")) \($0.stub))" }
    return [Word.text(carried.kind), carried.provider, carried.currency, stub].compactMap { $0 }.joined(separator: " ")
  }

  /// What `deliver` answers: which document of which stub, and what becomes of it.
  package static func delivered(_ output: SaleInterface.Deliver.Output, stub: String) -> [String] {
    guard let job = output.job else {
      return [
        text(
          "recorded that stub \(stub) needs no paper: delivery \(output.delivery)",
          "已记录存根 \(stub) 不要纸：交付 \(output.delivery)")
      ]
    }
    let what = "\(Word.text(job.document)) \(stub)" + (job.copy == .reprint ? " (\(Word.text(job.copy)))" : "")
    let printer = job.printer.isEmpty ? "" : text(" on \(job.printer)", "，\(job.printer)")
    return [
      text(
        "\(what): ordered as job \(job.job)\(printer), \(Word.text(job.outcome))",
        "\(what)：任务 \(job.job)\(printer)，\(Word.text(job.outcome))") + JobText.waitsFor(job),
      text(
        "how it ends: counterfoil printer jobs --all", "结果：counterfoil printer jobs --all"),
    ]
  }

  /// A tender that counts otherwise than its stub says.
  package static func corrected(_ correction: Wire.TenderCorrection, _ money: AmountText) -> String {
    let from = [Word.text(correction.fromKind), correction.fromProvider].compactMap { $0 }.joined(separator: " ")
    let to = [Word.text(correction.kind), correction.provider].compactMap { $0 }.joined(separator: " ")
    let what = "\(from) → \(to)  \(money(correction.amount))"
    return text("corrected tender \(correction.tender): ", "更正支付 \(correction.tender)：") + what
      + "  \(Moment.text(correction.at))  \(correction.operator ?? "-")  \(correction.reason)"
  }

  /// What `adjust` answers.
  package static func adjusted(_ output: SaleInterface.SetAdjustments.Output, _ money: AmountText) -> [String] {
    output.adjustments.map { adjustment in
      let line = adjustment.target.map { "  " + text("line \($0)", "第 \($0) 行") } ?? ""
      return "\(adjustment.label)  \(money(adjustment.amount))\(line)"
    } + [
      "\(changed(output.change))  \(text("total", "合计")) \(money(output.change.totals.total))"
        + "  \(text("tax", "税")) \(money(output.change.totals.tax))"
    ]
  }

  /// What a call made of a sale.
  static func changed(_ change: Wire.Change) -> String {
    "\(change.sale)  \(Word.text(change.state))" + (change.parked ? " " + text("parked", "挂单") : "")
  }

  private static func state(_ sale: Wire.Sale) -> String {
    Word.text(sale.state) + (sale.parked ? " " + text("parked", "挂单") : "")
      + (sale.mode == .training ? " " + text("training", "培训") : "")
  }

  private static func tone(_ state: Wire.SaleState) -> Style.Tone {
    switch state {
    case .completed: .good
    case .held: .bad
    case .voided, .voiding: .faint
    case .open, .tendering, .paid: .notice
    }
  }
}
