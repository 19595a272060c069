import Glibc
import Interfaces

/// What a scripted provider knows and does. One thread uses it.
struct ProviderBooks: ~Copyable {
  struct Order {
    var amount: Int64
    var currency: String
    var script: ProviderScript
    var reference: String
    var hasPaid = false
    var isDeclined = false
    var isClosed = false
    var isReversed = false
    var questions = 0
    var reversals = 0
    /// Questions that a plan answers by `after`.
    var laterQuestions = 0
    var refunds: [String: Refund] = [:]
    /// By a code that the till shows.
    var isShown = false
    var closings = 0

    /// Nothing has ended it yet.
    var isOpen: Bool { !hasPaid && !isClosed && !isDeclined && !isReversed }

    var isAfter: Bool {
      if case .plan(let plan) = script { plan.isAfter(reversals: reversals, closings: closings) } else { false }
    }
  }

  /// What the caller is told, and how.
  enum Reply {
    case now(Wire.ProviderResult)
    case later(Wire.ProviderResult, milliseconds: Int)
    /// When somebody says `release`.
    case held(Wire.ProviderResult)
    /// The connection breaks.
    case never
  }

  var orders: [String: Order] = [:]
  var refundScripts: [RefundScript]
  private var scripts: [ProviderScript]
  private let ledger: ProviderLedger
  /// Lines of the ledger, for statements.
  private var entries: [ProviderLedger.Entry]

  init(
    ledger path: String, scripts: [ProviderScript], refunds: [RefundScript] = [.approve]
  ) throws(ProviderFileError) {
    refundScripts = refunds
    var entries: [ProviderLedger.Entry] = []
    ledger = try ProviderLedger(path: path) { entries.append($0) }
    self.entries = entries
    self.scripts = scripts
    for entry in entries { take(entry) }
  }

  /// Numbers of which there is news that nobody was told yet.
  var news: [String] = []
  /// It says the code of a number again.
  var repeatsCodes = false
  /// The rules that it breaks.
  var faults: Set<ProviderFault> = []

  /// The next orders are treated so, one after the other; the last one stays.
  mutating func follow(_ scripts: [ProviderScript]) { self.scripts = scripts }

  private mutating func take(_ entry: ProviderLedger.Entry) {
    switch entry.what {
    case "ordered":
      orders[entry.number] = Order(
        amount: entry.amount ?? 0, currency: entry.currency ?? "",
        script: entry.script.flatMap { ProviderScript($0) } ?? .approve, reference: entry.reference ?? "",
        isShown: entry.shown)
    case "paid":
      orders[entry.number]?.hasPaid = true
      orders[entry.number]?.amount = entry.amount ?? 0
    case "declined": orders[entry.number]?.isDeclined = true
    case "closed":
      if orders[entry.number] == nil {
        orders[entry.number] = Order(amount: 0, currency: "", script: .decline, reference: "")
      }
      orders[entry.number]?.isClosed = true
    case "reversed": orders[entry.number]?.isReversed = true
    case "queried":
      if orders[entry.number]?.isAfter == true {
        orders[entry.number]?.laterQuestions += 1
      } else {
        orders[entry.number]?.questions += 1
      }
    case "askedBack": orders[entry.number]?.reversals += 1
    case "askedClosed": orders[entry.number]?.closings += 1
    default: takeRefund(entry)
    }
  }

  mutating func keep(
    _ what: String, _ number: String, amount: Int64? = nil, currency: String? = nil, script: String? = nil,
    reference: String? = nil, refund: String? = nil, shown: Bool = false
  ) throws(ProviderFileError) {
    let entry = ProviderLedger.Entry(
      what: what, number: number, amount: amount, currency: currency, script: script, reference: reference,
      refund: refund, shown: shown, time: Self.now())
    try ledger.append(entry)
    entries.append(entry)
    take(entry)
  }

  static func now() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
  }

  private func result(_ number: String) -> Wire.ProviderResult {
    guard let order = orders[number] else { return Wire.ProviderResult(outcome: .notFound) }
    if order.isReversed, !(faults.contains(.unreverses) && order.reversals > 1) {
      return Wire.ProviderResult(outcome: .reversed, reference: order.reference)
    }
    if faults.contains(.closesPaid), order.isClosed { return Wire.ProviderResult(outcome: .closed) }
    if order.hasPaid {
      return Wire.ProviderResult(
        outcome: .approved, amount: faults.contains(.noAmount) ? nil : order.amount, currency: order.currency,
        reference: order.reference)
    }
    if order.isClosed { return Wire.ProviderResult(outcome: .closed) }
    if order.isDeclined { return Wire.ProviderResult(outcome: .declined, why: "balanceNotEnough") }
    return Wire.ProviderResult(outcome: .pending)
  }

  private mutating func pay(_ number: String, amount: Int64? = nil) throws(ProviderFileError) {
    guard let order = orders[number] else { return }
    let taken = amount ?? (order.script == .mismatch ? order.amount + 1 : order.amount)
    try keep("paid", number, amount: taken, currency: order.currency, reference: order.reference)
    news.append(number)
  }

  /// The customer pays the newest order whose code is shown.
  mutating func payShown() throws(ProviderFileError) -> Bool {
    let open = entries.last { $0.what == "ordered" && $0.shown && orders[$0.number]?.isOpen == true }
    guard let number = open?.number else { return false }
    try pay(number)
    return true
  }

  // MARK: - calls

  /// Makes an order that a code is shown for. What a script says of the payment order holds for the making of the code;
  /// the customer pays behind it, before the second question unless the script says otherwise, and never without a code.
  mutating func create(_ input: PaymentProviderInterface.CreateQR.Input) throws(ProviderFileError) -> Reply {
    let number = input.number
    guard orders[number] == nil else {
      // A till that was not told that it may is at fault, which the books show.
      try keep(repeatsCodes ? "shownAgain" : "repeated", number)
      return .now(result(number))
    }
    guard let script = try begin(number, input.amount, input.currency, shown: true) else { return .never }
    switch script {
    case .plan(let plan): return try follow(plan.create.at(0), number)
    case .dark: return reply(.unknown, number)
    default: return reply(script, number)
    }
  }

  /// Writes a new order down; answers how it is treated. Nil: it never arrived.
  private mutating func begin(
    _ number: String, _ amount: Int64, _ currency: String, shown: Bool = false
  ) throws(ProviderFileError) -> ProviderScript? {
    let script = scripts.first ?? .approve
    if scripts.count > 1 { scripts.removeFirst() }
    if case .swallowed = script { return nil }
    try keep(
      "ordered", number, amount: amount, currency: currency, script: script.text,
      reference: "P\(orders.count + 1)-\(number.suffix(6))", shown: shown)
    return script
  }

  /// What is said to a new order, as the books are then.
  private func reply(_ script: ProviderScript, _ number: String) -> Reply {
    switch script {
    case .lost, .late, .swallowed, .dark: .never
    case .unknown: .now(Wire.ProviderResult(outcome: .unknown, why: "systemError"))
    case .slow(let milliseconds): .later(result(number), milliseconds: milliseconds)
    case .approve, .decline, .mismatch, .pending, .waits, .stubborn, .plan: .now(result(number))
    }
  }

  /// What the code says; nil: it can be paid no more.
  func code(_ number: String) -> String? {
    guard let order = orders[number], order.isShown, order.isOpen, !faults.contains(.silentCode) else { return nil }
    return "https://pay.example/code/" + String(order.reference.reversed())
  }

  mutating func pay(_ input: PaymentProviderInterface.Pay.Input) throws(ProviderFileError) -> Reply {
    let number = input.number
    if faults.contains(.takesLate), orders[number]?.hasPaid == false { orders[number] = nil }
    guard orders[number] == nil else {
      if faults.contains(.chargesTwice) { try pay(number) }
      // The same number moves nothing a second time; that it came again is a fault of the caller, which the books show.
      try keep("repeated", number)
      return .now(result(number))
    }
    guard let script = try begin(number, input.amount, input.currency) else { return .never }
    switch script {
    case .approve, .mismatch, .lost, .dark, .unknown, .slow: try pay(number)
    case .decline: try keep("declined", number)
    case .plan(let plan): return try follow(plan.pay.at(0), number)
    case .pending, .waits, .stubborn, .late, .swallowed: break
    }
    return reply(script, number)
  }

  /// Does and says what the plan wants; without a step, what the books say.
  /// `closes`: the call moves no money back.
  private mutating func follow(
    _ step: ProviderPlan.Step?, _ number: String, closes: Bool = false
  ) throws(ProviderFileError) -> Reply {
    guard let step, let order = orders[number] else { return .now(result(number)) }
    switch step.deed {
    case .approved where order.isOpen: try pay(number, amount: step.amount)
    case .declined where order.isOpen: try keep("declined", number)
    case .reversed: try giveBack(number, closes: closes)
    case .approved, .declined, .pending, .unknown, .notFound: break
    }
    switch step.saying {
    case .lost: return .never
    case .held: return .held(result(number))
    case let saying:
      let word = saying?.rawValue ?? (step.deed == .reversed ? nil : step.deed.rawValue)
      guard let outcome = word.flatMap({ Wire.ProviderOutcome(rawValue: $0) }) else { return .now(result(number)) }
      let tellsAmount = outcome == .approved
      return .now(
        Wire.ProviderResult(
          outcome: outcome, amount: tellsAmount ? orders[number]?.amount : nil,
          currency: tellsAmount ? order.currency : nil, reference: tellsAmount ? order.reference : nil))
    }
  }

  private mutating func giveBack(_ number: String, closes: Bool = false) throws(ProviderFileError) {
    guard let order = orders[number] else { return try keep("closed", number) }
    if order.hasPaid, closes { return }
    if order.hasPaid, !order.isReversed {
      try keep("reversed", number, amount: order.amount, currency: order.currency, reference: order.reference)
    } else if order.isOpen {
      try keep("closed", number)
    }
  }

  mutating func query(_ number: String) throws(ProviderFileError) -> Reply {
    guard let order = orders[number] else {
      return .now(Wire.ProviderResult(outcome: faults.contains(.findsUnseen) ? .closed : .notFound))
    }
    try keep("queried", number)
    if faults.contains(.otherAmount), order.hasPaid, !order.isReversed {
      return .now(Wire.ProviderResult(outcome: .approved, amount: order.amount + 1, currency: order.currency))
    }
    if case .plan(let plan) = order.script {
      return try follow(order.isAfter ? plan.after.at(order.laterQuestions) : plan.query.at(order.questions), number)
    }
    // Behind a shown code somebody needs a while to scan it.
    let isScanned = order.isShown && order.isOpen && order.questions >= 1
    switch order.script {
    case .pending(let least) where order.isOpen && order.questions >= least: try pay(number)
    case .late(let least) where order.isOpen:
      guard order.questions >= least else { return .now(Wire.ProviderResult(outcome: .notFound)) }
      try pay(number)
    case .dark(let least) where order.questions < least:
      return .now(Wire.ProviderResult(outcome: .unknown, why: "systemError"))
    case .approve where isScanned, .mismatch where isScanned, .slow where isScanned: try pay(number)
    case .decline where isScanned: try keep("declined", number)
    default: break
    }
    return .now(result(number))
  }

  mutating func reverse(_ number: String) throws(ProviderFileError) -> Reply {
    let order = orders[number]
    if order == nil, faults.contains(.forgetsClosing) { return .now(Wire.ProviderResult(outcome: .closed)) }
    if order != nil { try keep("askedBack", number) }
    switch order?.script {
    case .stubborn(let least) where (order?.reversals ?? 0) + 1 < least:
      return .now(Wire.ProviderResult(outcome: .pending, why: "userPaying"))
    case .plan(let plan):
      if let step = plan.reverse.at(order?.reversals ?? 0) { return try follow(step, number) }
    default: break
    }
    try giveBack(number)
    return .now(result(number))
  }

  mutating func close(_ number: String) throws(ProviderFileError) -> Reply {
    if let order = orders[number] {
      try keep("askedClosed", number)
      if order.isShown, order.isOpen, faults.contains(.keepsOpen) {
        return .now(Wire.ProviderResult(outcome: .closed))
      }
      if case .plan(let plan) = order.script, let step = plan.close.at(order.closings) {
        return try follow(step, number, closes: true)
      }
    }
    if orders[number]?.hasPaid != true || faults.contains(.closesPaid), orders[number]?.isClosed != true {
      try keep("closed", number)
    }
    return .now(result(number))
  }

  func statement(_ from: Int64, _ to: Int64) -> [Wire.StatementEntry] {
    entries.compactMap { entry in
      let kinds: [String: Wire.StatementKind] = ["paid": .payment, "reversed": .reversal, "refunded": .refund]
      if entry.what == "reversed", faults.contains(.shortStatement) { return nil }
      guard let kind = kinds[entry.what], from <= entry.time, entry.time < to, let amount = entry.amount else {
        return nil
      }
      return Wire.StatementEntry(
        number: entry.number, refund: entry.refund, kind: kind, amount: amount, currency: entry.currency ?? "",
        reference: entry.reference, time: entry.time)
    }
  }
}
