import Interfaces

/// Reports for people.
package enum ReportText {
  /// An X or Z report. Sales, refunds and corrected bills add up to the total, and so does what is indented below it; adjustments are in all
  /// of these already and stand apart.
  package static func lines(_ report: Wire.ShiftReport, _ money: AmountText, _ style: Style) -> [String] {
    let totals = report.totals
    var table = Table(("", .left), (text("COUNT", "笔数"), .right), (text("AMOUNT", "金额"), .right))
    table.add(text("sales", "销售"), String(totals.sales.count), money(totals.sales.amount))
    table.add(text("refunds", "退货"), String(totals.refunds.count), money(totals.refunds.amount))
    if let corrected = totals.corrections {
      table.add(text("corrected bills", "更正单"), String(corrected.count), money(corrected.amount))
    }
    table.add(tones: (text("total", "合计"), .heading), ("", .plain), (money(totals.total), .heading))
    table.add("  " + text("net", "净额"), "", money(totals.net))
    for tax in totals.taxes {
      let rate = "\(tax.rateMillionths / 10_000).\(String(tax.rateMillionths % 10_000 + 10_000).dropFirst().prefix(2))"
      table.add("  \(text("tax", "税")) \(tax.code) \(rate) %", "", money(tax.amount))
    }
    if totals.liabilities != 0 {
      table.add("  " + text("deposits, prepaid", "押金与预收"), "", money(totals.liabilities))
    }
    table.add(text("adjustments, taken off already", "已扣优惠"), "", money(totals.adjustments))
    for tender in totals.tenders {
      let name = [Word.text(tender.kind), tender.provider, tender.currency].compactMap { $0 }.joined(separator: " ")
      table.add(name, String(tender.count), money(tender.amount))
    }
    table.add(text("cash rounding", "现金取整"), "", money(totals.cashRounding))
    let extras = [
      (text("tips", "小费"), totals.tips), (text("surcharges", "附加费"), totals.surcharges),
      (text("cashback", "取现"), totals.cashback),
    ]
    for (name, amount) in extras where amount != 0 { table.add(name, "", money(amount)) }
    if let corrected = totals.correctedTenders {
      table.add(text("tenders corrected", "更正支付"), String(corrected.count), money(corrected.amount))
    }
    table.add(
      text("voided", "作废"), String(totals.voidsBeforeTotal.count + totals.voidsAfterTotal.count),
      money(totals.voidsBeforeTotal.amount + totals.voidsAfterTotal.amount))
    let reversed = totals.reversedTenders
    if reversed.count != 0 {
      table.add(text("payments reversed", "撤销支付"), String(reversed.count), money(reversed.amount))
    }
    if let held = report.held {
      table.add(text("sales held, in no sum", "待决定销售（未计入）"), String(held.count), money(held.amount))
    }
    for (name, count) in [
      (text("lines removed", "删除商品行"), totals.removedLines), (text("prices overridden", "改价"), totals.overrides),
      (text("drawer opened without a sale", "无销售开钱箱"), totals.noSales),
    ] where count != 0 { table.add(name, String(count), "") }
    if report.shift != nil {
      table.add(text("cash in", "存入现金"), "", money(report.cashIn))
      table.add(text("cash out", "取出现金"), "", money(report.cashOut))
      table.add(text("to the safe", "存入保险柜"), "", money(report.cashToSafe))
    }
    return [heading(report, style)] + table.lines(style)
      + report.unresolved.map {
        style(
          "! \($0.asked < 0 ? text("unresolved refund", "待核实退款") : text("unresolved payment", "待核实付款")): \($0.sale) \($0.tender) \(money($0.asked))",
          .notice)
      }
  }

  /// What `close` answers: the report, then counted against expected.
  static func closed(_ output: ShiftInterface.Close.Output, _ money: AmountText, _ style: Style) -> [String] {
    var table = Table(
      ("", .left), (text("EXPECTED", "应有"), .right), (text("DIFFERENCE", "差额"), .right))
    for expected in output.expected {
      let difference = output.difference.first {
        $0.kind == expected.kind && $0.provider == expected.provider && $0.currency == expected.currency
      }
      let name = [Word.text(expected.kind), expected.provider, expected.currency].compactMap { $0 }
      let amount = difference?.amount ?? 0
      table.add(
        tones: (name.joined(separator: " "), .plain), (money(expected.amount), .plain),
        (money(amount), amount == 0 ? .good : .notice))
    }
    return lines(output.report, money, style) + table.lines(style)
  }

  private static func heading(_ report: Wire.ShiftReport, _ style: Style) -> String {
    let name =
      if let number = report.number {
        "Z \(number)"
      } else if let shift = report.shift {
        "\(text("shift", "班次")) \(shift)  \(report.lane ?? "")  \(report.operator ?? "")"
      } else {
        "X"
      }
    let stubs = report.totals.firstStub.map { "  \(text("stubs", "存根")) \($0)–\(report.totals.lastStub ?? $0)" } ?? ""
    return style(name, .heading) + "  \(report.businessDay)" + stubs
  }
}
