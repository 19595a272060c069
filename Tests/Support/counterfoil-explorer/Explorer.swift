import Money
import Till
import TillShop

/// What an exploration found.
struct Report {
  var depth = 0
  var states = 0
  var steps = 0
  var refusals = 0
  /// Acts and refusals by command and the state of its sale.
  var acted: Set<String> = []
  var refused: Set<String> = []
  var records: Set<RecordKind> = []
  var approvals: Set<ApprovalAction> = []
  var rules: Set<String> = []
  /// True: no state is left that was not looked at.
  var isWhole = false
  /// The first fault and how to come to it.
  var fault: (text: String, path: [String])?
}

/// Where an exploration begins, behind one sold stub.
enum Beginning: String, CaseIterable {
  /// Nothing more.
  case sold
  /// A sale is held for a payment of another amount.
  case held
  /// A return waits for its refund, of which nobody knows.
  case refunding
  /// The same refund went back, as its provider says, against a person's word.
  case denied
}

/// Breadth first over all sequences of the alphabet, each state looked at once.
struct Explorer {
  let machine: Machine
  let beginning: Beginning
  let alphabet: Alphabet
  private(set) var report = Report()
  private var seen: Set<Canon> = []
  /// How each state came to be: its predecessor and the command.
  private var origins: [(parent: Int32, command: String)] = []

  init(_ machine: Machine, largestSales: Int, beginning: Beginning = .sold) {
    self.machine = machine
    self.beginning = beginning
    alphabet = Alphabet(largestSales: largestSales)
  }

  mutating func run(depth: Int, largestStates: Int) {
    do {
      var level = [(node: try start(), index: Int32(0))]
      origins.append((-1, ""))
      seen.insert(Canon(level[0].node))
      for _ in 0..<depth {
        var next: [(node: Node, index: Int32)] = []
        for (node, index) in level {
          for (command, node) in try successors(node, at: index) {
            guard seen.insert(Canon(node)).inserted else { continue }
            origins.append((index, command))
            next.append((node, Int32(origins.count - 1)))
            try leave(node, at: index, command)
          }
          if origins.count > largestStates { break }
        }
        report.depth += 1
        report.states = origins.count
        level = next
        if level.isEmpty || origins.count > largestStates { break }
      }
      report.isWhole = level.isEmpty
    } catch let found as Found {
      report.fault = (found.text, path(found.index) + [found.command])
    } catch {
      report.fault = ("cannot begin: \(error)", [])
    }
    report.states = origins.count
  }

  private struct Found: Error {
    let text: String
    let index: Int32
    let command: String
  }

  private func path(_ index: Int32) -> [String] {
    var commands: [String] = []
    var at = index
    while at > 0 {
      commands.append(origins[Int(at)].command)
      at = origins[Int(at)].parent
    }
    return commands.reversed()
  }

  /// A shop with an open shift and one sold stub of two bottles, paid in cash and through a wallet.
  private func start() throws -> Node {
    var shop = try Shop(
      Shop.configuration {
        $0.lanes = [$0.lanes[0]]
        $0.limits = CashierLimits(
          priceOverrideMillionths: 100_000, manualAdjustment: 100, cashOut: 1000, removeLineNeedsApproval: true,
          removeTenderNeedsApproval: true, returnTotal: 300)
      })
    let sale = try shop.totaled([item(Alphabet.water, 2)])
    let rest = Amount(2 * Alphabet.water - Alphabet.wallet)
    try shop.act(.addTender(AddTender(sale: sale, tender: TenderInput(kind: .cash, amount: rest))))
    let wallet = TenderInput(kind: .provider, provider: "wallet", codeHash: "0123456789abcdef", policy: .standard)
    try shop.act(.addTender(AddTender(sale: sale, tender: wallet)))
    let number = shop.till.sales[sale]?.tender(TenderID(2))?.number ?? ""
    let paid = ProviderAnswer.approved(amount: Amount(Alphabet.wallet), currency: "CNY", reference: nil)
    try shop.act(.tenderAnswered(TenderAnswered(sale: sale, tender: TenderID(2), number: number, answer: paid)))
    guard let sold = shop.stubs.last else { throw Refusal.noSuchSale(sale) }
    var node =
      switch beginning {
      case .sold: Node(till: shop.till, now: shop.now)
      case .held: try holding(&shop)
      case .refunding: try refunding(&shop, sold)
      case .denied: try denied(&shop, sold)
      }
    node.sold = sold
    node.books.drawers["s1"] = shop.till.shifts["s1"]?.expected.first?.amount.minorUnits
    node.books.moved = node.books.drawers["s1"] ?? 0
    (node.books.stubs, node.books.total) = (1, sold.totals.total.minorUnits)
    return node
  }

  private func holding(_ shop: inout Shop) throws -> Node {
    let sale = try shop.totaled([item(Alphabet.water)])
    let wallet = TenderInput(kind: .provider, provider: "wallet", codeHash: "0123456789abcdef", policy: .standard)
    try shop.act(.addTender(AddTender(sale: sale, tender: wallet)))
    let number = shop.till.sales[sale]?.tender(TenderID(1))?.number ?? ""
    let less = ProviderAnswer.approved(amount: 1, currency: "CNY", reference: nil)
    try shop.act(.tenderAnswered(TenderAnswered(sale: sale, tender: TenderID(1), number: number, answer: less)))
    var node = Node(till: shop.till, now: shop.now)
    node.books.charged.insert(number)
    return node
  }

  private func refunding(_ shop: inout Shop, _ sold: StubSealed) throws -> Node {
    let facts = [try shop.facts(sold)]
    let sale = try shop.open([], kind: .return)
    let lines = [returning(shop.reference(sold), 1, 1000)]
    do {
      try shop.act(.addLines(AddLines(sale: sale, lines: lines)), facts: facts)
    } catch Refusal.approvalRequired(let action, _, _, let amount) {
      let approve = Approve(
        approver: "9001", action: action, subject: sale, revision: shop.till.sales[sale]?.revision ?? 0, reason: "x",
        amount: amount)
      try shop.act(.approve(approve))
      let approval = shop.till.approvals.values.first?.id
      try shop.act(.addLines(AddLines(sale: sale, lines: lines, approval: approval)), facts: facts)
    }
    try shop.act(.total(SaleCall(sale: sale)), facts: facts)
    let back = TenderInput(kind: .provider, amount: Amount(-Alphabet.wallet), policy: .standard)
    try shop.act(.addTender(AddTender(sale: sale, tender: back)), facts: facts)
    let number = shop.till.sales[sale]?.tender(TenderID(1))?.number ?? ""
    let lost = ProviderAnswer.unknown(why: "lost")
    try shop.act(.tenderAnswered(TenderAnswered(sale: sale, tender: TenderID(1), number: number, answer: lost)))
    return Node(till: shop.till, now: shop.now)
  }

  private func denied(_ shop: inout Shop, _ sold: StubSealed) throws -> Node {
    _ = try refunding(&shop, sold)
    guard let sale = shop.till.sales.values.first, let tender = sale.tender(TenderID(1)), let number = tender.number
    else { throw Refusal.noSuchTender(sale: "", tender: TenderID(1)) }
    let approve = Approve(
      approver: "9001", action: .decideTender, subject: sale.id, revision: sale.revision, reason: "x",
      amount: tender.asked.magnitude)
    try shop.act(.approve(approve))
    let approval = shop.till.approvals.values.first?.id
    try shop.act(
      .decideTender(
        DecideTender(sale: sale.id, tender: tender.id, verdict: .notPaid, reason: "x", approval: approval)))
    let paid = ProviderAnswer.approved(amount: tender.asked.magnitude, currency: "CNY", reference: nil)
    try shop.act(.tenderAnswered(TenderAnswered(sale: sale.id, tender: tender.id, number: number, answer: paid)))
    var node = Node(till: shop.till, now: shop.now)
    node.books.wentBack[number] = tender.asked.magnitude.minorUnits
    return node
  }

  /// All that may come next, checked.
  private mutating func successors(_ node: Node, at index: Int32) throws -> [(String, Node)] {
    var result: [(String, Node)] = []
    let approval = node.till.approvals.values.first { $0.isFresh(in: node) }
    for command in alphabet.commands(node, approval: nil) {
      do {
        guard let next = try step(node, command, at: index) else { continue }
        result.append((command.kind, next))
      } catch let refusal as Refusal {
        guard case .approvalRequired(let action, _, _, let amount) = refusal, approval == nil else { continue }
        // What was asked for is granted: for the sale's present revision, for the lane, or for the stub of its name.
        let subject = command.event?.sale
        let approve = Approve(
          approver: "9001", action: action, subject: subject ?? "1",
          revision: subject.flatMap { node.till.revision($0) } ?? 0, reason: "x", amount: amount)
        let granting = Command(kind: "approve.\(action)", event: .approve(approve))
        guard let next = try stepUnlessRefused(node, granting, at: index) else { continue }
        result.append((granting.kind, next))
      }
    }
    guard let approval else { return result }
    for command in alphabet.commands(node, approval: approval.id) where command.takesApproval {
      guard let next = try stepUnlessRefused(node, command, at: index) else { continue }
      if next.till.approvals[approval.id] == nil { report.approvals.insert(approval.action) }
      result.append((command.kind + "+approval", next))
    }
    return result
  }

  private mutating func stepUnlessRefused(_ node: Node, _ command: Command, at index: Int32) throws -> Node? {
    do { return try step(node, command, at: index) } catch is Refusal { return nil }
  }

  /// One command: refused with a type and nothing changed, or done and all checks hold.
  private mutating func step(_ node: Node, _ command: Command, at index: Int32) throws -> Node? {
    report.steps += 1
    var next = node
    next.draws &+= 1
    next.now += 7
    guard let event = command.event else {
      next.now += Explorer.wait
      return next
    }
    let place = command.kind + " " + (event.sale.flatMap { node.till.sales[$0]?.place } ?? "")
    let decision: Decision
    do {
      decision = try machine.decide(node.till, event, next.context(node.facts()))
    } catch {
      report.refusals += 1
      report.refused.insert(place)
      report.rules.insert(error.name)
      throw error
    }
    do throws(Fault) {
      try Checks.demand(!decision.records.isEmpty, "an act without a record")
      try Checks.effects(decision)
      try Checks.outcomes(event, node.till, decision.records)
      for record in decision.records {
        do { try machine.apply(&next.till, record) } catch { throw Fault("apply refuses: \(error)") }
        report.records.insert(record.fact.kind)
        if case .tenderCorrected(let corrected) = record.fact { next.corrected = corrected }
        if case .stubSealed(let stub) = record.fact, stub.form != .void,
          stub.offset != nil || stub.lines.contains(where: { $0.input.original != nil })
        {
          try Checks.demand(
            !node.later.contains { $0.offset != nil },
            "stub \(stub.stub) comes after the bill that replaced its original")
          try Checks.demand(stub.offset == nil || node.later.isEmpty, "a bill is replaced of which something came back")
          next.later.append(stub)
        }
      }
      try Checks.book(&next, node.till, decision.records)
      try Checks.held(node.till, next.till, decision.records)
      try Checks.handedBack(node.books, decision.records)
      try Checks.wentBack(&next.books, event, decision.records)
      try Checks.denied(node.till, decision.records)
      try Checks.charge(&next, event)
      try Checks.state(next)
      try Checks.replay(decision.records, on: node.till, is: next.till, machine)
    } catch {
      throw Found(text: error.text, index: index, command: command.kind)
    }
    report.acted.insert(place)
    return next
  }

  private static let wait: Int64 = 61_000

  /// Every state has an exit: by a fixed way each unfinished sale of it comes to its end.
  private mutating func leave(_ node: Node, at index: Int32, _ command: String) throws {
    var node = node
    func act(_ event: Event) -> Bool {
      node.draws &+= 1
      node.now += 7
      guard let decision = try? machine.decide(node.till, event, node.context(node.facts())) else { return false }
      for record in decision.records {
        do { try machine.apply(&node.till, record) } catch { return false }
      }
      return true
    }
    func isAnswered(_ sale: String, _ tender: Tender) -> Bool {
      act(
        .tenderAnswered(
          TenderAnswered(sale: sale, tender: tender.id, number: tender.number ?? "", answer: .reversed)))
    }
    /// A refund that never gets an answer: by hand, where the provider does not end it.
    func end(_ tender: Tender, _ id: String) {
      if tender.state != .manual {
        let no = ProviderAnswer.declined(why: "no")
        _ = act(
          .tenderAnswered(TenderAnswered(sale: id, tender: tender.id, number: tender.number ?? "", answer: no)))
        return
      }
      let approve = Approve(
        approver: "9001", action: .decideTender, subject: id, revision: node.till.sales[id]?.revision ?? 0,
        reason: "x", amount: tender.asked.magnitude)
      _ = act(.approve(approve))
      let approval = node.till.approvals.values.first {
        $0.subject == id && $0.isFresh(in: node) && $0.action == .decideTender && $0.amount == tender.asked.magnitude
      }
      _ = act(
        .decideTender(
          DecideTender(sale: id, tender: tender.id, verdict: .notPaid, reason: "x", approval: approval?.id)))
    }
    /// Whatever a person decided comes to its end without a word of its provider.
    func endUnconfirmed() throws {
      let before = node
      defer { node = before }
      for pursuit in node.till.pursuitsInOrder where pursuit.tender.isFollowed && !pursuit.tender.state.isLive {
        let last = GiveUpTender(
          sale: pursuit.sale, tender: pursuit.tender.id, number: pursuit.tender.number ?? "", isLastWord: true)
        func isNamed() -> Bool {
          node.till.unresolvedOfDay.contains { $0.sale == pursuit.sale && $0.test == .final }
        }
        let isOver = act(.giveUpTender(last)) && isNamed()
        _ = act(.closeDay(last: node.till.counters.lastZSequence + 1, head: "ab"))
        guard isOver, !isNamed() else {
          throw Found(text: "a decided order has no end without its provider", index: index, command: command)
        }
      }
    }
    func approved(_ action: ApprovalAction, _ id: String) -> String? {
      let revision = node.till.sales[id]?.revision ?? 0
      let approve = Approve(
        approver: "9001", action: action, subject: id, revision: revision, reason: "x", amount: 1_000_000)
      _ = act(.approve(approve))
      return node.till.approvals.values.first {
        $0.subject == id && $0.isFresh(in: node) && $0.action == action && $0.revision == revision
          && $0.amount == 1_000_000
      }?.id
    }
    /// What went back against a person's word counts after all; what took its place comes back first.
    func decideDenied(_ id: String) {
      guard let sale = node.till.sales[id], sale.tenders.contains(where: \.isDeniedRefund) else { return }
      if sale.parked { _ = act(.unpark(SaleCall(sale: id), lane: "1")) }
      for tender in sale.tenders where tender.state == .approved && tender.asked < .zero && !tender.isRefund {
        let approval = approved(.removeTender, id)
        _ = act(.removeTender(RemoveTender(sale: id, tender: tender.id, reason: "x", approval: approval)))
      }
      for tender in sale.tenders where tender.isDeniedRefund {
        let approval = approved(.decideTender, id)
        let decide = DecideTender(sale: id, tender: tender.id, verdict: .paid, reason: "x", approval: approval)
        _ = act(.decideTender(decide))
      }
    }
    func answerPursuits() throws {
      for pursuit in node.till.pursuitsInOrder
      where pursuit.tender.isFollowed && !isAnswered(pursuit.sale, pursuit.tender) {
        throw Found(text: "an order of a finished sale has no exit", index: index, command: command)
      }
    }
    try endUnconfirmed()
    try answerPursuits()
    guard !node.till.sales.isEmpty else { return }
    if node.till.shift(lane: "1") == nil { _ = act(.openShift(OpenShift(operator: "1001"))) }
    for id in node.till.sales.keys.sorted() {
      if let sale = node.till.sales[id], sale.state == .held {
        // By a person alone, whatever its provider says or does not say.
        let approve = Approve(
          approver: "9001", action: .decideTender, subject: id, revision: sale.revision, reason: "x", amount: 1_000_000)
        _ = act(.approve(approve))
        let approval = node.till.approvals.values.first {
          $0.subject == id && $0.isFresh(in: node) && $0.action == .decideTender && $0.revision == sale.revision
            && $0.amount == 1_000_000
        }
        guard act(.resolveSale(ResolveSale(sale: id, resolution: .refund, evidence: "x", approval: approval?.id)))
        else {
          throw Found(text: "a sale that is \(sale.place) has no exit", index: index, command: command)
        }
      }
      decideDenied(id)
      guard let sale = node.till.sales[id] else { continue }
      for tender in sale.tenders where tender.state.isLive && tender.kind == .provider {
        if tender.isRefund { end(tender, id) } else { _ = isAnswered(id, tender) }
      }
      for tender in sale.tenders where tender.state.isLive && tender.kind != .provider {
        _ = act(.reportTender(ReportTender(sale: id, tender: tender.id, report: TenderReport(outcome: .no))))
      }
      // Only now there may be room for it again.
      decideDenied(id)
      guard let now = node.till.sales[id] else { continue }
      // What went back stays so: the rest is paid out, and the sale is a sale.
      if now.tenders.contains(where: { $0.isRefund && $0.state == .approved }) {
        if now.parked { _ = act(.unpark(SaleCall(sale: id), lane: "1")) }
        _ = act(.addTender(AddTender(sale: id, tender: TenderInput(kind: .cash))))
      } else if !act(.voidSale(VoidSale(sale: id, reason: "x"))), let sale = node.till.sales[id] {
        let approve = Approve(
          approver: "9001", action: .voidTotalled, subject: id, revision: sale.revision, reason: "x")
        _ = act(.approve(approve))
        let approval = node.till.approvals.values.first {
          $0.subject == id && $0.isFresh(in: node) && $0.action == .voidTotalled
        }
        _ = act(.voidSale(VoidSale(sale: id, reason: "x", approval: approval?.id)))
      }
      guard node.till.sales[id] == nil else {
        throw Found(text: "a sale that is \(sale.place) has no exit", index: index, command: command)
      }
    }
    try answerPursuits()
  }
}

extension Sale {
  /// Where it stands, for the coverage.
  var place: String {
    let live =
      tenders.contains { $0.state.isLive } ? " live" : tenders.contains { $0.state == .approved } ? " part" : ""
    return state.rawValue + live + (parked ? " parked" : "")
  }
}

extension Fact {
  /// What a person decided about a held sale.
  var resolved: HeldResolved? {
    if case .heldResolved(let resolved) = self { resolved } else { nil }
  }
}

extension Refusal {
  /// Its case, with the rule.
  var name: String {
    if case .refused(let rule, _) = self { return "refused(\(rule.rawValue))" }
    return String("\(self)".prefix { $0 != "(" })
  }
}

extension Event {
  /// The sale that it is for.
  var sale: String? {
    switch self {
    case .addLines(let event): event.sale
    case .changeLine(let event): event.sale
    case .removeLine(let event): event.sale
    case .setAdjustments(let event): event.sale
    case .setParty(let event): event.sale
    case .park(let call, _): call.sale
    case .unpark(let call, _): call.sale
    case .total(let call), .reopen(let call): call.sale
    case .voidSale(let event): event.sale
    case .addTender(let event): event.sale
    case .reportTender(let event): event.sale
    case .removeTender(let event): event.sale
    case .tenderAnswered(let event): event.sale
    case .giveUpTender(let event): event.sale
    case .decideTender(let event): event.sale
    case .resolveSale(let event): event.sale
    default: nil
    }
  }
}
