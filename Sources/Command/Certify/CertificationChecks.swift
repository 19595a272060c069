import Interfaces
import Varlink

extension Certifier {
  /// All of them, in the order in which they are made. What needs no money comes first.
  static let checks: [Check] = unpaidChecks + paidChecks + lastChecks

  private static let unpaidChecks: [Check] = [
    Check(
      "capabilities", "what it can do, its currencies and its schedule are plausible", "能力、币种与时间表合理"
    ) { try $0.checkCapabilities() },
    Check(
      "account", "it names its merchant account, the same one whenever it is asked", "商户号有效，每次应答一致"
    ) { try $0.checkAccount() },
    Check(
      "strictWire", "unknown methods, unknown, missing and wrong parameters are refused by typed errors",
      "未知方法，未知、缺失或错误的参数按类型报错"
    ) { try $0.checkWire() },
    Check("queryUnseen", "a number that was never seen is notFound", "未见过的订单号查询为 notFound") { certifier in
      let result = try certifier.query(certifier.number())
      try certifier.demand(
        result.outcome == .notFound, "it is \(result.outcome.rawValue)", "结果为 \(result.outcome.rawValue)")
    },
    Check(
      "reverseUnseen", "taking back a number that was never seen closes it: an order that comes later moves nothing",
      "撤销未见过的订单号即将其关闭，之后到达的订单不扣款"
    ) { try $0.checkReverseUnseen() },
    Check("reverseRepeated", "taking back again changes nothing", "重复撤销不改变结果") { certifier in
      let number = certifier.number()
      let first = try certifier.takenBack(number)
      _ = try certifier.reverse(number)
      let second = try certifier.query(number)
      try certifier.demand(
        first.outcome == second.outcome && [.closed, .declined].contains(second.outcome),
        "first \(first.outcome.rawValue), then \(second.outcome.rawValue)",
        "先 \(first.outcome.rawValue)，后 \(second.outcome.rawValue)")
    },
    Check("parallel", "eight connections are served at once, and an idle one holds nobody up", "同时服务八个连接，空闲连接不影响他人") {
      try $0.checkParallel()
    },
    Check("garbage", "what is no message ends its own connection at most", "乱码至多断开自己的连接") { certifier in
      for bytes in [
        [0], Array("no JSON\0".utf8), Array("[1]\0".utf8), Array("{\"method\":7}\0".utf8), [0xFF, 0xFE, 0],
      ] {
        try certifier.disturb(bytes)
      }
    },
    Check("oversized", "a message without an end ends its own connection at most", "超长消息至多断开自己的连接") { certifier in
      try certifier.disturb(Array(repeating: UInt8(ascii: "{"), count: 4 << 20))
    },
  ]

  private static let paidChecks: [Check] = [
    Check("pay", "a payment goes through in time, its amount and currency are said", "支付按时完成，并给出金额与币种") { certifier in
      certifier.paid = try certifier.payment()
    },
    Check("payRepeated", "Pay again under a number moves nothing, also with another code", "同号重复支付不再扣款，换码亦然") {
      try $0.checkPayRepeated()
    },
    Check("query", "a paid order stays approved, with its amount and its reference", "已付订单查询仍为 approved，金额与单号一致") {
      certifier in
      let number = try certifier.sharedPayment()
      let (first, second) = (try certifier.query(number), try certifier.query(number))
      try certifier.demand(
        first.outcome == .approved, "it is \(first.outcome.rawValue)", "结果为 \(first.outcome.rawValue)")
      try certifier.echoed(first)
      try certifier.demand(first == second, "two questions, two answers", "两次查询结果不同")
    },
    Check("close", "closing ends an unpaid order and leaves a paid one", "关单关闭未付订单，不动已付订单") { try $0.checkClose() },
    Check("createQR", "a shown code has something to show, and closing ends it", "收款码有内容，关单后失效") { try $0.checkQR() },
    Check("reverse", "a paid order that is taken back is reversed, for good", "撤销已付订单为 reversed，且不再变化") { certifier in
      try certifier.offers(.reverse)
      let number = try certifier.payment()
      let result = try certifier.takenBack(number)
      certifier.kept[number]?.reversed = certifier.amount
      try certifier.demand(
        result.outcome == .reversed, "it is \(result.outcome.rawValue)", "结果为 \(result.outcome.rawValue)")
      _ = try certifier.reverse(number)
      let later = try certifier.query(number)
      try certifier.demand(
        later.outcome == .reversed, "then \(later.outcome.rawValue)", "之后为 \(later.outcome.rawValue)")
    },
    Check(
      "dropped", "an order whose connection breaks is known by its number, and can be taken back", "连接中断的订单仍可按订单号查询并撤销"
    ) {
      try $0.checkDropped()
    },
    Check("refund", "money goes back once for a refund number", "同一退款号只退一次") { try $0.checkRefund() },
    Check("refundLimit", "no more goes back than was paid", "退款不超过已付金额") { try $0.checkRefundLimit() },
  ]

  private static let lastChecks: [Check] = [
    Check("givenBack", "all that was paid here goes back", "此次扣款全部退回") { try $0.giveBack() },
    Check("statement", "its books agree with what it answered, page by page", "对账单与其应答一致，可逐页读取") {
      try $0.checkStatement()
    },
  ]

  // MARK: - without money

  mutating func checkCapabilities() throws {
    let said = try call(Provider.Capabilities.self, .init())
    capabilities = said
    let needed: [Wire.ProviderCapability] = [.pay, .query, .reverse]
    for one in needed where !said.capabilities.contains(one) {
      throw CheckEnd.failed(text("it does not offer \(one.rawValue)", "不提供 \(one.rawValue)"))
    }
    try demand(!said.provider.isEmpty, "it has no name", "没有名称")
    try demand(!said.currencies.isEmpty, "it takes no currency", "没有币种")
    for currency in said.currencies {
      let isCode = currency.utf8.count == 3 && currency.utf8.allSatisfy { (0x41...0x5A).contains($0) }
      try demand(isCode, "\(currency) is no ISO 4217 code", "\(currency) 不是 ISO 4217 代码")
    }
    let schedule = said.schedule
    let day: Int64 = 86_400_000
    // Longer than that the box waits for no answer, whatever it is told.
    try demand(
      (10...150_000).contains(schedule.payTimeout), "payTimeout is \(schedule.payTimeout) ms",
      "payTimeout 为 \(schedule.payTimeout) 毫秒")
    for (name, time) in [
      ("firstQuery", schedule.firstQuery), ("queryInterval", schedule.queryInterval), ("window", schedule.window),
    ] { try demand((10...day).contains(time), "\(name) is \(time) ms", "\(name) 为 \(time) 毫秒") }
    try demand(
      (0...day).contains(schedule.reverseNotBefore), "reverseNotBefore is \(schedule.reverseNotBefore) ms",
      "reverseNotBefore 为 \(schedule.reverseNotBefore) 毫秒")
    try demand(schedule.firstQuery <= schedule.window, "the window ends before the first question", "窗口早于首次查询结束")
    for (name, limit) in [
      ("largest", said.limits.largest), ("reverseDays", said.limits.reverseDays),
      ("refundDays", said.limits.refundDays), ("refundIntervalSeconds", said.limits.refundIntervalSeconds),
    ] { try demand(limit.map { $0 > 0 } ?? true, "\(name) is not positive", "\(name) 不是正数") }
    try demand(
      said.limits.largest.map { $0 >= amount } ?? true, "its largest order is below --amount", "单笔上限小于 --amount")
  }

  mutating func checkWire() throws {
    let unseen = number()
    let cases = [
      ("Query", #"{"number":"\#(unseen)","surprise":1}"#, "org.varlink.service.InvalidParameter"),
      ("Query", "{}", "org.varlink.service.InvalidParameter"),
      ("Query", #"{"number":7}"#, "org.varlink.service.InvalidParameter"),
      ("Reverse", #"{"number":"\#(unseen)","number2":""}"#, "org.varlink.service.InvalidParameter"),
      (
        "Pay", #"{"number":"\#(unseen)","amount":1.5,"currency":"\#(currency)","code":"0","description":""}"#,
        "org.varlink.service.InvalidParameter"
      ),
      ("NoSuchMethod", "{}", "org.varlink.service.MethodNotFound"),
    ]
    for (method, parameters, wanted) in cases {
      let got = try error("io.counterfoil.PaymentProvider." + method, parameters)
      try demand(
        got == wanted, "\(method) \(parameters): \(got) instead of \(wanted)",
        "\(method) \(parameters)：\(got)，应为 \(wanted)")
    }
    let result = try query(unseen)
    try demand(result.outcome == .notFound, "a refused call left an order behind", "被拒绝的调用留下了订单")
  }

  mutating func checkReverseUnseen() throws {
    let number = number()
    kept[number] = Kept()
    let first = try takenBack(number)
    try demand(
      [.closed, .declined].contains(first.outcome), "it is \(first.outcome.rawValue)", "结果为 \(first.outcome.rawValue)")
    let late = try pay(number, code: code())
    let after = try query(number)
    let paid = [late.outcome, after.outcome].contains(.approved)
    if paid { kept[number] = Kept(paid: amount, isOpen: true) }
    if paid || late.outcome == .pending { _ = try takenBack(number) }
    try demand(
      [.closed, .declined].contains(late.outcome) && [.closed, .declined].contains(after.outcome),
      "an order that came later is \(late.outcome.rawValue), then \(after.outcome.rawValue)",
      "之后到达的订单为 \(late.outcome.rawValue)，再查为 \(after.outcome.rawValue)")
  }

  mutating func checkParallel() throws {
    guard let idle = RawPeer(address) else { throw CheckEnd.failed(text("it cannot be reached", "无法连接")) }
    defer { withExtendedLifetime(idle) {} }
    let calls = (0..<8).map { _ in
      Array(#"{"method":"\#(Provider.Query.name)","parameters":{"number":"\#(number())"}}"#.utf8) + [0]
    }
    let peers = calls.compactMap { _ in RawPeer(address) }
    try demand(peers.count == calls.count, "eight connections cannot be made", "无法建立八个连接")
    // Half a call on each, then the other halves: nobody may wait for one of them to be whole.
    for (peer, call) in zip(peers, calls) { peer.send(Array(call.prefix(20))) }
    _ = try query(number())
    for (peer, call) in zip(peers, calls).reversed() { peer.send(Array(call.dropFirst(20))) }
    for peer in peers {
      try demand(peer.hears(milliseconds: 10_000), "a connection was not answered", "有连接没有应答")
    }
  }

  /// Sends it on a connection of its own; then the service is there as before.
  func disturb(_ bytes: [UInt8]) throws {
    guard let peer = RawPeer(address) else { throw CheckEnd.failed(text("it cannot be reached", "无法连接")) }
    peer.send(bytes)
    _ = peer.hears(milliseconds: 200)
    _ = try call(Provider.Capabilities.self, .init())
  }
}
