import Money
import Till
import TillShop

/// One command that may be given in a state; `kind` is what the coverage counts.
struct Command {
  let kind: String
  let event: Event?
  var takesApproval = false
}

/// Everything that is tried in a state. Small on purpose: two goods, one returned one, few amounts.
struct Alphabet {
  let largestSales: Int
  static let water: Int64 = 350
  static let lamp: Int64 = 1000
  /// What the wallet took for the sold stub, the rest was cash: less than what one returned bottle brings.
  static let wallet: Int64 = 300

  func commands(_ node: Node, approval: String?) -> [Command] {
    var all = box(node, approval)
    for sale in node.till.sales.values.sorted(by: { $0.id < $1.id }) {
      all += basket(node, sale, approval) + tenders(sale, approval)
      all += provider(node, sale, approval)
    }
    for pursuit in node.till.pursuitsInOrder {
      all += answers(pursuit.sale, pursuit.tender, "later")
      if pursuit.tender.isRefund || pursuit.tender.course?.verdict != nil {
        let last = GiveUpTender(
          sale: pursuit.sale, tender: pursuit.tender.id, number: pursuit.tender.number ?? "", isLastWord: true)
        all.append(Command(kind: "lastWord.later", event: .giveUpTender(last)))
      }
      let decide = DecideTender(
        sale: pursuit.sale, tender: pursuit.tender.id, verdict: .notPaid, reason: "x", approval: approval)
      all.append(Command(kind: "decide.later", event: .decideTender(decide), takesApproval: true))
    }
    for (sale, tender) in node.till.watchedTenders where node.till.sales[sale] == nil {
      all += answers(sale, tender, "watched")
    }
    return all
  }

  private func box(_ node: Node, _ approval: String?) -> [Command] {
    let cash = TenderKey(kind: .cash)
    let shift = node.till.shift(lane: "1")?.id ?? "s0"
    var all: [Command] = [
      Command(
        kind: "openShift", event: .openShift(OpenShift(operator: "1001", opening: [Count(key: cash, amount: 500)]))),
      Command(kind: "closeDay", event: .closeDay(last: node.till.counters.lastZSequence + 1, head: "ab")),
      Command(kind: "wait", event: nil),
    ]
    for clean in [true, false] {
      let boot = Boot(boot: "b", machine: "m", version: "1", configurationHash: "c", clean: clean)
      all.append(Command(kind: clean ? "boot" : "bootUnclean", event: .boot(boot)))
    }
    for carries in [false, true] {
      let close = CloseShift(shift: shift, counts: [Count(key: cash, amount: 700)], carryParked: carries)
      all.append(Command(kind: carries ? "closeShiftCarrying" : "closeShift", event: .closeShift(close)))
    }
    for (name, direction, amount) in [
      ("moveCashIn", CashDirection.in, 100), ("moveCashOut", .out, 100), ("moveCashOutMuch", .out, 5000),
      ("moveCashToSafe", .toSafe, 100),
    ] as [(String, CashDirection, Int64)] {
      let move = MoveCash(shift: shift, direction: direction, amount: Amount(amount), reason: "x", approval: approval)
      all.append(Command(kind: name, event: .moveCash(move), takesApproval: true))
    }
    for reason in DrawerReason.allCases {
      let open = OpenDrawer(lane: "1", reason: reason, stub: reason == .change ? "1" : nil, approval: approval)
      all.append(Command(kind: "openDrawer.\(reason)", event: .openDrawer(open), takesApproval: true))
    }
    for kind in [TenderKind.cash, .external] {
      let correct = CorrectTender(
        stub: node.reference, tender: TenderID(1), kind: kind, reason: "x", approval: approval)
      all.append(Command(kind: "correctTender.\(kind)", event: .correctTender(correct), takesApproval: true))
    }
    if node.till.sales.count < largestSales {
      let correct = OpenSale(kind: .correction, corrects: node.reference, approval: approval)
      all.append(Command(kind: "open.correction", event: .openSale(correct), takesApproval: true))
      for kind in [SaleKind.sale, .exchange, .return] {
        all.append(Command(kind: "open.\(kind)", event: .openSale(OpenSale(kind: kind))))
      }
    }
    for (name, tender) in rung {
      all.append(
        Command(kind: "ring.\(name)", event: .ring(Ring(open: OpenSale(lines: [item(Self.water)]), tender: tender))))
    }
    let back = OpenSale(kind: .return, lines: [returning(node.reference, 1, 1000)], approval: approval)
    all.append(
      Command(
        kind: "ring.return", event: .ring(Ring(open: back, tender: TenderInput(kind: .cash))), takesApproval: true))
    return all
  }

  private var rung: [(String, TenderInput)] {
    [
      ("cash", TenderInput(kind: .cash)), ("over", TenderInput(kind: .cash, tendered: 500)),
      ("short", TenderInput(kind: .cash, tendered: 300)),
      ("external", TenderInput(kind: .external, report: TenderReport(outcome: .yes))),
      ("unknown", TenderInput(kind: .external)),
    ]
  }

  private func basket(_ node: Node, _ sale: Sale, _ approval: String?) -> [Command] {
    var all: [Command] = []
    var lamp = item(Self.lamp)
    lamp.unitPrice = 500
    var unproven = item(Self.water)
    unproven.quantity = Quantity(thousandths: -1000)
    unproven.original = Original(reference: StubReference(box: "other/1", stub: "5"), proof: .none)
    var lines = [
      ("water", item(Self.water)), ("lampOverridden", lamp), ("unproven", unproven),
      ("returned", returning(node.reference, 1, 1000)),
    ]
    // The sold line as it was: with that a correction ends at its total.
    if sale.kind == .correction { lines.append(("kept", returning(node.reference, 1, -2000))) }
    if sale.lines.count < 2 || sale.state != .open {
      for (name, line) in lines {
        let add = AddLines(sale: sale.id, lines: [line], approval: approval)
        all.append(Command(kind: "addLines.\(name)", event: .addLines(add), takesApproval: true))
      }
    }
    let first = sale.lines.first?.id ?? LineID(1)
    for (name, line) in lines.prefix(2) {
      let change = ChangeLine(sale: sale.id, line: first, replacement: line, approval: approval)
      all.append(Command(kind: "changeLine.\(name)", event: .changeLine(change), takesApproval: true))
    }
    let remove = RemoveLine(sale: sale.id, line: first, approval: approval)
    all.append(Command(kind: "removeLine", event: .removeLine(remove), takesApproval: true))
    for (name, amount) in [("none", 0), ("small", -50), ("large", -200)] as [(String, Int64)] {
      let adjustments = amount == 0 ? [] : [Adjustment(id: "a", kind: .manual, label: "x", amount: Amount(amount))]
      let set = SetAdjustments(sale: sale.id, adjustments: adjustments, approval: approval)
      all.append(Command(kind: "setAdjustments.\(name)", event: .setAdjustments(set), takesApproval: true))
    }
    let call = SaleCall(sale: sale.id)
    all.append(Command(kind: "setParty", event: .setParty(SetParty(sale: sale.id, member: "M-1"))))
    all += [
      Command(kind: "total", event: .total(call)), Command(kind: "reopen", event: .reopen(call)),
      Command(kind: "park", event: .park(call, label: nil)), Command(kind: "unpark", event: .unpark(call, lane: "1")),
      Command(
        kind: "void", event: .voidSale(VoidSale(sale: sale.id, reason: "x", approval: approval)), takesApproval: true),
    ]
    return all
  }

  private func tenders(_ sale: Sale, _ approval: String?) -> [Command] {
    var all: [Command] = []
    var inputs: [(String, TenderInput)] = [
      ("cash.exact", TenderInput(kind: .cash)), ("cash.over", TenderInput(kind: .cash, tendered: 2000)),
      ("cash.short", TenderInput(kind: .cash, tendered: 10)), ("external.open", TenderInput(kind: .external)),
      ("external.over", TenderInput(kind: .external, amount: 9000)),
    ]
    inputs += reports.map { ("external.\($0)", TenderInput(kind: .external, report: $1)) }
    // Parts only while little is on the table: else there is no end of states.
    if sale.tenders.filter({ $0.state == .approved }).isEmpty {
      let part: Amount = sale.totals.total < .zero ? Amount(-100) : 100
      inputs.append(("cash.part", TenderInput(kind: .cash, amount: part)))
      inputs.append(("external.part", TenderInput(kind: .external, amount: part)))
    }
    for (name, input) in inputs {
      all.append(Command(kind: "addTender.\(name)", event: .addTender(AddTender(sale: sale.id, tender: input))))
    }
    let live = sale.tenders.first { $0.state.isLive }?.id ?? sale.tenders.last?.id ?? TenderID(1)
    for (name, report) in reports {
      let event = ReportTender(sale: sale.id, tender: live, report: report)
      all.append(Command(kind: "reportTender.\(name)", event: .reportTender(event)))
    }
    var removable = sale.tenders.filter { $0.state == .approved }.map(\.id)
    if removable.isEmpty { removable.append(live) }
    for tender in removable {
      let remove = RemoveTender(sale: sale.id, tender: tender, reason: "x", approval: approval)
      all.append(Command(kind: "removeTender", event: .removeTender(remove), takesApproval: true))
    }
    return all
  }

  /// One order of a state is live or was, so that there is an end of states: what a second one does beside the first is
  /// the same.
  private func provider(_ node: Node, _ sale: Sale, _ approval: String?) -> [Command] {
    var all: [Command] = []
    func pay(_ name: String, _ amount: Amount?) {
      let input = TenderInput(
        kind: .provider, amount: amount, provider: "wallet", codeHash: "0123456789abcdef", policy: .standard)
      all.append(Command(kind: "addTender.\(name)", event: .addTender(AddTender(sale: sale.id, tender: input))))
    }
    let orders = sale.tenders.filter { $0.kind == .provider }
    if node.till.pursuits.isEmpty, orders.count < 2 {
      if sale.totals.due < .zero {
        for (name, amount) in [("", nil), (".part", -100), (".most", Amount(-Self.wallet))] as [(String, Amount?)] {
          let input = TenderInput(kind: .provider, amount: amount, policy: .standard)
          let add = AddTender(sale: sale.id, tender: input)
          all.append(Command(kind: "addTender.refund\(name)", event: .addTender(add)))
        }
      } else {
        pay("provider", nil)
        if orders.isEmpty {
          pay("provider.part", 100)
          for (name, amount) in [("", nil), (".part", 100)] as [(String, Amount?)] {
            let input = TenderInput(
              kind: .provider, amount: amount, provider: "wallet", policy: .standard, show: true)
            let add = AddTender(sale: sale.id, tender: input)
            all.append(Command(kind: "addTender.shown\(name)", event: .addTender(add)))
          }
        }
      }
    }
    if sale.state == .held || orders.contains(where: { $0.state == .manual }) {
      for resolution in HeldResolution.allCases {
        let resolve = ResolveSale(sale: sale.id, resolution: resolution, evidence: "x", approval: approval)
        all.append(Command(kind: "resolve.\(resolution)", event: .resolveSale(resolve), takesApproval: true))
      }
    }
    for order in orders {
      all += answers(sale.id, order, "answered")
      let give = GiveUpTender(sale: sale.id, tender: order.id, number: order.number ?? "")
      all.append(Command(kind: "giveUp", event: .giveUpTender(give)))
      if order.course?.verdict != nil {
        let last = GiveUpTender(sale: sale.id, tender: order.id, number: order.number ?? "", isLastWord: true)
        all.append(Command(kind: "lastWord", event: .giveUpTender(last)))
      }
      for alarm in TenderAlarm.allCases where order.state == .reversing {
        let call = GiveUpTender(sale: sale.id, tender: order.id, number: order.number ?? "", alarm: alarm)
        all.append(Command(kind: "alarm.\(alarm)", event: .giveUpTender(call)))
      }
      for verdict in TenderVerdict.allCases where order.state.isLive || order.isDeniedRefund {
        let decide = DecideTender(sale: sale.id, tender: order.id, verdict: verdict, reason: "x", approval: approval)
        all.append(Command(kind: "decide.\(verdict)", event: .decideTender(decide), takesApproval: true))
      }
      if order.state.isLive, order.state != .manual || sale.state == .tendering {
        let remove = RemoveTender(sale: sale.id, tender: order.id, reason: "x")
        all.append(Command(kind: "removeTender.live", event: .removeTender(remove)))
      }
    }
    return all
  }

  /// Whatever a provider may say, also what it must not: an answer to another order, for another amount.
  private func answers(_ sale: String, _ tender: Tender, _ name: String) -> [Command] {
    func answer(_ kind: String, _ answer: ProviderAnswer, _ number: String? = nil) -> Command {
      let number = number ?? tender.number ?? ""
      let event = TenderAnswered(sale: sale, tender: tender.id, number: number, answer: answer)
      return Command(kind: "\(name).\(kind)", event: .tenderAnswered(event))
    }
    func paid(_ amount: Amount, _ currency: String = "CNY") -> ProviderAnswer {
      .approved(amount: amount, currency: currency, reference: "P")
    }
    // Only what was just ordered may turn out never to have gone out.
    let unsent = tender.state == .intent ? [answer("notSent", .notSent(.unreachable))] : []
    return unsent + [
      answer("approved", paid(tender.asked.magnitude)), answer("declined", .declined(why: "no")),
      answer("pending", .pending),
      answer("unknown", .unknown(why: "lost")), answer("notFound", .notFound), answer("reversed", .reversed),
      answer("closed", .closed),
      answer("less", paid(1)), answer("currency", paid(tender.asked.magnitude, "USD")),
      answer("another", paid(tender.asked.magnitude), "another"),
    ]
  }

  private let reports: [(String, TenderReport)] = [
    ("paid", TenderReport(outcome: .yes)), ("refused", TenderReport(outcome: .no)),
    ("unknown", TenderReport(outcome: .unknown)),
    ("less", TenderReport(outcome: .yes, approved: 60)), ("more", TenderReport(outcome: .yes, approved: 9000)),
    ("cashback", TenderReport(outcome: .yes, tip: 30, cashback: 100)),
  ]
}
