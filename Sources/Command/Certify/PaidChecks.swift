import Interfaces
import Varlink

// Checks that move money, and give it back.
extension Certifier {
  func sharedPayment() throws -> String {
    guard let paid else { throw CheckEnd.notRun(text("nothing was paid", "没有成功的支付")) }
    return paid
  }

  mutating func checkPayRepeated() throws {
    let number = try sharedPayment()
    for (code, amount) in [(code(), amount), ("0", amount), ("0", amount + 1)] {
      let again = try pay(number, code: code, amount: amount)
      // How the order stands, or an answer that is none: both move nothing.
      try demand(
        [.approved, .unknown].contains(again.outcome), "it is \(again.outcome.rawValue) now",
        "现为 \(again.outcome.rawValue)")
      let stands = try query(number)
      try demand(stands.outcome == .approved, "then \(stands.outcome.rawValue)", "之后为 \(stands.outcome.rawValue)")
      try echoed(stands)
    }
  }

  mutating func checkClose() throws {
    try offers(.close)
    let unseen = number()
    kept[unseen] = Kept()
    _ = try call(Provider.Close.self, .init(number: unseen))
    let closed = try query(unseen)
    try demand(
      [.closed, .notFound].contains(closed.outcome), "an unseen order is \(closed.outcome.rawValue)",
      "未见过的订单为 \(closed.outcome.rawValue)")
    let number = try sharedPayment()
    _ = try call(Provider.Close.self, .init(number: number))
    let stands = try query(number)
    try demand(
      stands.outcome == .approved, "a paid order is \(stands.outcome.rawValue) behind Close",
      "已付订单关单后为 \(stands.outcome.rawValue)")
  }

  mutating func checkQR() throws {
    try offers(.createQR)
    let number = number()
    kept[number] = Kept()
    let input = Provider.CreateQR.Input(
      number: number, amount: amount, currency: currency, description: "certification", expires: began + 3_600_000)
    let made = try call(Provider.CreateQR.self, input, .milliseconds(capabilities?.schedule.payTimeout ?? 10_000))
    try demand(
      made.result.outcome == .pending, "it is \(made.result.outcome.rawValue)", "结果为 \(made.result.outcome.rawValue)")
    try demand(made.content?.isEmpty == false, "the code says nothing", "收款码没有内容")
    let open = try query(number)
    try demand(
      [.pending, .notFound].contains(open.outcome), "unpaid it is \(open.outcome.rawValue)",
      "未付时为 \(open.outcome.rawValue)")
    try offers(.close)
    var end = open
    for _ in 0..<Self.questions {
      _ = try call(Provider.Close.self, .init(number: number))
      end = try query(number)
      if [.closed, .declined].contains(end.outcome) { break }
      pause()
    }
    // What was not closed can still be paid.
    if ![.closed, .declined].contains(end.outcome) { _ = try takenBack(number) }
    try demand(
      [.closed, .declined].contains(end.outcome), "it ends as \(end.outcome.rawValue)", "最终为 \(end.outcome.rawValue)")
  }

  mutating func checkDropped() throws {
    let number = number()
    kept[number] = Kept(isOpen: true)
    let input = Provider.Pay.Input(
      number: number, amount: amount, currency: currency, code: code(), description: "certification")
    let call = Array(#"{"method":"\#(Provider.Pay.name)","parameters":"#.utf8) + input.bytes + Array("}\0".utf8)
    do {
      guard let peer = RawPeer(address) else { throw CheckEnd.failed(text("it cannot be reached", "无法连接")) }
      peer.send(call)
    }
    pause()
    let first = try query(number)
    let known = try settled(number, first, questions: 10)
    let end = try takenBack(number)
    let wasPaid = known.outcome == .approved
    if wasPaid { try echoed(known) }
    try demand(
      end.outcome == .reversed || !wasPaid && [.closed, .declined].contains(end.outcome),
      "it was \(known.outcome.rawValue) and ends as \(end.outcome.rawValue)",
      "曾为 \(known.outcome.rawValue)，最终为 \(end.outcome.rawValue)")
    kept[number] = end.outcome == .reversed ? Kept(paid: amount, reversed: amount) : Kept()
  }

  func refund(_ number: String, _ refund: String, _ amount: Int64) throws -> Wire.ProviderResult {
    let input = Provider.Refund.Input(
      number: number, refund: refund, amount: amount, total: self.amount, currency: currency)
    return try call(
      Provider.Refund.self, input, .milliseconds(capabilities?.schedule.payTimeout ?? 10_000)
    ).result
  }

  mutating func checkRefund() throws {
    try offers(.refund)
    let number = try sharedPayment()
    // In two parts where the amount has two.
    let parts = amount > 1 ? [1, amount - 1] : [amount]
    for part in parts {
      let name = self.number()
      if (try? offers(.queryRefund)) != nil {
        let unseen = try call(Provider.QueryRefund.self, .init(number: number, refund: name)).result
        try demand(
          unseen.outcome == .notFound, "a refund that was never seen is \(unseen.outcome.rawValue)",
          "未见过的退款为 \(unseen.outcome.rawValue)")
      }
      for _ in 0..<2 {
        let result = try refund(number, name, part)
        try demand(
          [.approved, .pending].contains(result.outcome), "it is \(result.outcome.rawValue) \(result.why ?? "")",
          "结果为 \(result.outcome.rawValue) \(result.why ?? "")")
        // The provider is at it, which may take days: its books may lack it as yet.
        if result.outcome == .pending { kept[number]?.isOpen = true }
        if result.outcome == .approved {
          try demand(result.amount == part, "another amount goes back", "退款金额不符")
        }
      }
      kept[number]?.refunded += part
      guard (try? offers(.queryRefund)) != nil else { continue }
      let asked = try call(Provider.QueryRefund.self, .init(number: number, refund: name)).result
      try demand(
        [.approved, .pending].contains(asked.outcome), "asked for, it is \(asked.outcome.rawValue)",
        "查询结果为 \(asked.outcome.rawValue)")
    }
  }

  mutating func checkRefundLimit() throws {
    try offers(.refund)
    let number = try sharedPayment()
    let left = amount - (kept[number]?.refunded ?? 0)
    let result = try refund(number, self.number(), left + 1)
    if result.outcome == .approved { kept[number]?.refunded += left + 1 }
    try demand(
      result.outcome == .declined, "\(left + 1) of \(left) is \(result.outcome.rawValue)",
      "剩 \(left) 退 \(left + 1)，结果为 \(result.outcome.rawValue)")
  }

  /// What is still paid, because a check failed or refunds are not offered.
  mutating func giveBack() throws {
    for (number, kept) in kept.sorted(by: { $0.key < $1.key }) {
      let left = kept.paid - kept.reversed - kept.refunded
      guard left > 0 || kept.isOpen && kept.refunded == 0 else { continue }
      if kept.refunded > 0 {
        _ = try refund(number, self.number(), left)
        self.kept[number]?.refunded += left
        continue
      }
      let end = try takenBack(number)
      try demand(
        end.outcome == .reversed || kept.paid == 0 && end.outcome != .approved,
        "order \(number) is \(end.outcome.rawValue): look at it in the provider's books",
        "订单 \(number) 为 \(end.outcome.rawValue)：请在支付方处核对")
      self.kept[number] = end.outcome == .reversed ? Kept(paid: amount, reversed: amount) : Kept()
    }
  }

  // MARK: - its books

  private func entries(_ from: Int64, _ to: Int64) throws -> [Wire.StatementEntry] {
    var entries: [Wire.StatementEntry] = []
    var after: String?
    for _ in 0..<Self.pages {
      let page = try call(Provider.Statement.self, .init(from: from, to: to, after: after))
      entries += page.entries
      guard let next = page.next else { return entries }
      try demand(next != after, "a page names itself as the next", "翻页没有前进")
      after = next
    }
    throw CheckEnd.failed(text("its pages do not end", "翻页没有尽头"))
  }

  mutating func checkStatement() throws {
    try offers(.statement)
    let margin: Int64 = 300_000
    let (from, to) = (began - margin, began + 86_400_000)
    let entries = try entries(from, to)
    for (one, next) in zip(entries, entries.dropFirst()) {
      try demand(one.time <= next.time, "it is not oldest first", "没有按时间排序")
    }
    try demand(entries.allSatisfy { from <= $0.time && $0.time < to }, "it has lines of another time", "含有时段外的条目")
    let none = try self.entries(from, from)
    try demand(none.isEmpty, "an empty time has lines", "空时段有条目")
    for (number, kept) in kept.sorted(by: { $0.key < $1.key }) {
      func sum(_ kind: Wire.StatementKind) -> Int64 {
        entries.lazy.filter { $0.number == number && $0.kind == kind }.reduce(0) { $0 + $1.amount }
      }
      let (paid, reversed, refunded) = (sum(.payment), sum(.reversal), sum(.refund))
      if kept.isOpen {
        try demand(paid - reversed - refunded >= 0, "\(number): more went back than came", "\(number)：退多于收")
        continue
      }
      try demand(
        paid == kept.paid && reversed == kept.reversed && refunded == kept.refunded,
        "\(number): paid \(paid), reversed \(reversed), refunded \(refunded); it had answered "
          + "\(kept.paid), \(kept.reversed), \(kept.refunded)",
        "\(number)：对账单为收 \(paid)、撤 \(reversed)、退 \(refunded)，应答为 \(kept.paid)、\(kept.reversed)、\(kept.refunded)")
    }
  }
}
