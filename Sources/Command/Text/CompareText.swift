import Interfaces
import JSON
import Till

/// What a comparison found, for people and for programs.
struct CompareText {
  let comparison: Comparison
  /// What the statement is, for people: a connector's address, or a file.
  let source: String
  /// The journal's newest record, of a folder.
  let journalEnd: Int64?
  private let currency: String

  init(_ comparison: Comparison, source: String, journalEnd: Int64?) {
    self.comparison = comparison
    self.source = source
    self.journalEnd = journalEnd
    currency = comparison.books.currency
  }

  // MARK: - for people

  func lines(_ style: Style) -> [String] {
    var lines = [heading]
    if let journalEnd { lines.append(text("the journal ends at ", "账本止于 ") + Moment.text(journalEnd)) }
    if !comparison.findings.isEmpty { lines += [""] + table.lines(style) }
    lines += [""] + sums.lines(style) + counts
    let alarms = comparison.alarms
    lines.append(
      alarms == 0
        ? style(text("the books agree", "账目一致"), .good)
        : style(
          text(
            "\(alarms) differences: counterfoil explain booksDiffer", "\(alarms) 处不一致：counterfoil explain booksDiffer"),
          .bad))
    return lines
  }

  private var heading: String {
    let account = comparison.account.map { text(", account ", "，商户号 ") + $0 } ?? ""
    let span = "\(Moment.text(comparison.span.lowerBound)) – \(Moment.text(comparison.span.upperBound))"
    return "\(comparison.provider ?? text("provider", "支付方"))\(account), \(source)\n\(span)"
  }

  private var table: Table {
    var table = Table(
      (text("FINDING", "结果"), .left), (text("WHAT", "类型"), .left), (text("ORDER", "订单"), .left),
      (text("STUB", "小票"), .left), (text("JOURNAL", "账本"), .right), (text("STATEMENT", "对账单"), .right),
      (text("TIME", "时间"), .left))
    for finding in comparison.findings {
      table.add(
        tones: (Self.word(finding.verdict), finding.isAlarm ? .bad : .notice), (Self.word(finding.kind), .plain),
        (finding.number, .plain), (finding.own.map { $0.stub ?? $0.sale } ?? "-", .plain),
        (ours(finding), .plain), (theirs(finding), .plain), (Moment.text(finding.time), .plain))
    }
    return table
  }

  private func ours(_ finding: Difference) -> String {
    guard let own = finding.own else { return "-" }
    let decided = own.tender.course?.verdict == nil ? "" : text(" (decided)", "（人工认定）")
    let amount = finding.ownAmount.map { AmountText(currency: own.currency ?? currency)($0) }
    return (amount ?? Word.text(own.tender.state)) + decided
  }

  private func theirs(_ finding: Difference) -> String {
    guard let entry = finding.entry else { return "-" }
    let amount = AmountText(currency: entry.currency)(entry.amount)
    return entry.currency == currency ? amount : "\(amount) \(entry.currency)"
  }

  private var sums: Table {
    var table = Table(
      ("", .left), (text("JOURNAL", "账本"), .right), ("", .right), (text("STATEMENT", "对账单"), .right), ("", .right))
    let money = AmountText(currency: currency)
    for kind in Wire.StatementKind.allCases {
      let (own, theirs) = (comparison.own[kind] ?? .init(), comparison.theirs[kind] ?? .init())
      table.add(
        Self.word(kind), String(own.count), money(own.amount), String(theirs.count), money(theirs.amount))
    }
    return table
  }

  private var counts: [String] {
    var lines = [text("same: \(comparison.same)", "一致：\(comparison.same)")]
    if comparison.waiting > 0 {
      lines.append(
        text(
          "not final here, and not in the statement: \(comparison.waiting) (counterfoil unresolved)",
          "本机未定、对账单中没有：\(comparison.waiting)（counterfoil unresolved）"))
    }
    if comparison.others > 0 {
      lines.append(
        text(
          "in the statement, of other boxes: \(comparison.others), not compared",
          "对账单中属于其他收银机：\(comparison.others)，未核对"))
    }
    if comparison.elsewhere > 0 {
      lines.append(
        text(
          "in the journal, of another account: \(comparison.elsewhere), not compared",
          "账本中属于其他商户号：\(comparison.elsewhere)，未核对"))
    }
    return lines
  }

  static func word(_ verdict: Difference.Verdict) -> String {
    switch verdict {
    case .journalOnly: text("journal only", "仅账本有")
    case .statementOnly: text("statement only", "仅对账单有")
    case .differs: text("differs", "不一致")
    case .twice: text("twice", "重复")
    case .open: text("open here", "本机未定")
    case .boundary: text("near the edge", "临近边界")
    }
  }

  static func word(_ kind: Wire.StatementKind) -> String {
    switch kind {
    case .payment: text("payment", "收款")
    case .reversal: text("reversal", "撤销")
    case .refund: text("refund", "退款")
    }
  }

  // MARK: - for programs

  /// A line for each finding, then one for all.
  var jsonLines: [String] { comparison.findings.map(json) + [summary] }

  private func json(_ finding: Difference) -> String {
    line { writer in
      writer.member("alarm", finding.isAlarm)
      writer.member("finding", finding.verdict.rawValue)
      if let own = finding.own {
        writer.key("journal")
        writer.beginObject()
        if let amount = finding.ownAmount { writer.member("amount", amount) }
        if finding.ownAmount != nil { writer.member("currency", own.currency ?? currency) }
        if let verdict = own.tender.course?.verdict { writer.member("decided", verdict.rawValue) }
        writer.member("sale", own.sale)
        writer.member("state", own.tender.state.rawValue)
        if let stub = own.stub { writer.member("stub", stub) }
        writer.member("tender", own.tender.id.description)
        writer.endObject()
      }
      writer.member("kind", finding.kind.rawValue)
      writer.member("number", finding.number)
      if let refund = finding.refund { writer.member("refund", refund) }
      if let entry = finding.entry {
        writer.key("statement")
        writer.raw(entry.bytes)
      }
      writer.member("time", finding.time)
    }
  }

  private var summary: String {
    line { writer in
      if let account = comparison.account { writer.member("account", account) }
      writer.member("agree", comparison.alarms == 0)
      writer.member("currency", currency)
      writer.member("differences", Int64(comparison.alarms))
      writer.member("elsewhere", Int64(comparison.elsewhere))
      writer.member("from", comparison.span.lowerBound)
      writer.sums("journal", comparison.own)
      if let journalEnd { writer.member("journalEnd", journalEnd) }
      writer.member("others", Int64(comparison.others))
      if let provider = comparison.provider { writer.member("provider", provider) }
      writer.member("same", Int64(comparison.same))
      writer.sums("statement", comparison.theirs)
      writer.member("to", comparison.span.upperBound)
      writer.member("waiting", Int64(comparison.waiting))
    }
  }

  private func line(_ body: (inout JSONWriter) -> Void) -> String {
    var writer = JSONWriter(capacity: 512)
    writer.beginObject()
    body(&writer)
    writer.endObject()
    return String(decoding: writer.bytes, as: UTF8.self)
  }
}

extension JSONWriter {
  fileprivate mutating func member(_ name: StaticString, _ value: String) {
    key(name)
    string(value)
  }

  fileprivate mutating func member(_ name: StaticString, _ value: Int64) {
    key(name)
    integer(value)
  }

  fileprivate mutating func member(_ name: StaticString, _ value: Bool) {
    key(name)
    bool(value)
  }

  /// How much moved, by what it is.
  fileprivate mutating func sums(_ name: StaticString, _ sums: [Wire.StatementKind: Movements]) {
    key(name)
    beginObject()
    for kind in Wire.StatementKind.allCases.sorted(by: { $0.rawValue < $1.rawValue }) {
      key(kind.literal)
      beginObject()
      member("amount", sums[kind]?.amount ?? 0)
      member("count", Int64(sums[kind]?.count ?? 0))
      endObject()
    }
    endObject()
  }
}
