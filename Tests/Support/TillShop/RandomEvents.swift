import Money
import Till

/// Random events, most of them sensible, some of them not.
public struct RandomEvents {
  public init() {}

  public func next(_ shop: inout Shop) throws -> (Event, [ClosedStubFacts]) {
    var random = shop.random
    defer { shop.random = random }
    if random.chance(3) { shop.now += random.below(4_000_000) }
    let sales = shop.till.sales.keys.sorted()
    let sale = sales.isEmpty || random.chance(2) ? "nosuchsale" : random.pick(sales)
    // Most steps fit the state of the sale they are for.
    var roll = random.below(100)
    if let known = shop.till.sales[sale], random.chance(60) {
      if known.parked {
        roll = 80
      } else if known.state == .tendering {
        roll = known.tenders.contains { $0.state.isLive } ? random.pick([64, 82]) : 50
      } else {
        roll = random.pick([17, 27, 31, 34, 38, 38, 38])
      }
    }
    if random.chance(8), shop.till.approvals.values.contains(where: { $0.action == .correctTender }) { roll = 76 }
    // An approval is good for a minute only, and what it is for must be paid in that time.
    if random.chance(40), shop.till.approvals.values.contains(where: { $0.action == .correctSale }) { roll = 84 }
    if random.chance(10), shop.till.sales.values.contains(where: { $0.state == .held }) { roll = 82 }
    switch roll {
    case 0..<8: return (.openSale(openSale(&random, shop)), [])
    case 8..<16: return (.ring(Ring(open: openSale(&random, shop), tender: tender(&random))), [])
    case 16..<26: return (.addLines(AddLines(sale: sale, lines: lines(&random))), [])
    case 26..<30: return (.changeLine(ChangeLine(sale: sale, line: line(&random), replacement: anyLine(&random))), [])
    case 30..<33: return (.removeLine(RemoveLine(sale: sale, line: line(&random))), [])
    case 33..<36:
      return (.setAdjustments(SetAdjustments(sale: sale, adjustments: adjustments(&random))), [])
    case 36: return (.setParty(SetParty(sale: sale, member: random.pick([nil, "M-2041", "13800138000"]))), [])
    case 37..<47: return (.total(SaleCall(sale: sale)), [])
    case 47..<63:
      if let payout = shop.till.sales[sale], payout.totals.due < .zero, random.chance(80) {
        return try refund(&random, shop, payout)
      }
      return (.addTender(AddTender(sale: sale, tender: tender(&random))), [])
    case 63..<68:
      return (.reportTender(ReportTender(sale: sale, tender: tenderID(&random), report: report(&random))), [])
    case 68..<71:
      return (.removeTender(RemoveTender(sale: sale, tender: tenderID(&random), reason: "customer changed")), [])
    case 71..<74: return (.voidSale(VoidSale(sale: sale, reason: "walked away", approval: approval(shop))), [])
    case 74: return (.reopen(SaleCall(sale: sale)), [])
    case 75..<77: return try correction(&random, shop)
    case 77..<79: return (.park(SaleCall(sale: sale), label: "桌 5"), [])
    case 79..<82: return (.unpark(SaleCall(sale: sale), lane: lane(&random, shop)), [])
    case 82: return (decision(&random, shop) ?? answer(&random, shop, sale), [])
    case 83: return try goodsBack(&random, shop)
    case 84: return random.chance(15) ? try goodsBack(&random, shop) : try correctedBill(&random, shop)
    default: return try box(&random, shop, sale: sale)
    }
  }

  private func box(_ random: inout Seeded, _ shop: Shop, sale: String) throws -> (Event, [ClosedStubFacts]) {
    let shift = random.pick(shop.till.shifts.keys.sorted() + ["s0"])
    let job = random.pick(shop.till.jobs.keys.sorted() + ["j0"])
    switch random.below(16) {
    case 0..<2: return (.openShift(OpenShift(lane: random.pick(["1", "2", "3"]), operator: "1002")), [])
    case 2:
      let counts = [Count(key: TenderKey(kind: .cash), amount: Amount(random.below(100_000)))]
      return (.closeShift(CloseShift(shift: shift, counts: counts, carryParked: random.chance(70))), [])
    case 3:
      let direction = random.pick(CashDirection.allCases)
      return (
        .moveCash(MoveCash(shift: shift, direction: direction, amount: Amount(random.below(500)), reason: "change")), []
      )
    case 4:
      return random.chance(50)
        ? (.boot(boot(&random)), [])
        : (.closeDay(last: Int64(shop.records.count), head: "ab"), [])
    case 5..<8: return (.jobStarting(job: job), [])
    case 8..<11:
      return (.jobEnded(JobEnd(job: job, outcome: random.pick(JobOutcome.allCases), level: .fenced)), [])
    case 11: return (.decideJob(job: job, decision: random.pick(JobDecision.allCases)), [])
    case 12:
      let order = random.pick(shop.till.drawerOrders.keys.sorted() + ["d0"])
      return (.drawerEnded(order: order, outcome: random.pick(DrawerOutcome.allCases)), [])
    case 13:
      let revision = shop.till.sales[sale]?.revision ?? 0
      // A void may name its amount or not.
      let amount = revision % 2 == 0 ? shop.till.sales[sale]?.totals.total.magnitude : nil
      let approve = Approve(
        approver: "9001", action: .voidTotalled, subject: sale, revision: revision, reason: "manager", amount: amount)
      return (.approve(approve), [])
    case 14:
      guard let stub = shop.stubs.last, random.chance(80) else {
        return (.boot(boot(&random)), [])
      }
      let facts = try shop.facts(stub)
      return (.deliver(Deliver(stub: facts.reference, document: random.pick(DocumentKind.allCases))), [facts])
    default:
      return (
        .printNote(PrintNote(lane: "1", note: NoteSummary(title: "note", hash: "ff", size: 10))), []
      )
    }
  }

  /// A start, that knows on which machine, or only a part of that.
  private func boot(_ random: inout Seeded) -> Boot {
    let clean = random.chance(50)
    let binding = clean ? MachineBinding(product: "d1", system: "5e") : MachineBinding(system: "5f")
    return Boot(boot: "b", machine: "m", binding: binding, version: "1", configurationHash: "c", clean: clean)
  }

  /// A tender of a stub that was booked wrongly: approved first, mostly, then corrected.
  private func correction(_ random: inout Seeded, _ shop: Shop) throws -> (Event, [ClosedStubFacts]) {
    guard !shop.stubs.isEmpty else { return (.total(SaleCall(sale: "none")), []) }
    let approvals = shop.till.approvals.values.filter { $0.action == .correctTender }.sorted { $0.id < $1.id }
    let approval = approvals.isEmpty ? nil : random.pick(approvals)
    // Of a void or of practice there is nothing to approve; so another one is approved at times.
    if random.chance(approval == nil ? 80 : 25) {
      let stub = random.pick(shop.stubs.suffix(8))
      let approve = Approve(
        approver: "9001", action: .correctTender, subject: stub.stub.description, revision: 0, reason: "slip",
        amount: Amount(random.chance(90) ? 1_000_000 : 1))
      return (.approve(approve), [])
    }
    let stub = shop.stubs.first { $0.stub.description == approval?.subject } ?? random.pick(shop.stubs.suffix(8))
    let facts = try shop.facts(stub)
    let kind: TenderKind = random.chance(50) ? .cash : random.chance(95) ? .external : .provider
    let correct = CorrectTender(
      stub: facts.reference, tender: TenderID(Int32(random.chance(90) ? 1 : 2)), kind: kind,
      provider: kind == .external ? random.pick([nil, "pos-1", "pos-2"]) : nil, reason: "booked wrongly",
      approval: approval?.id)
    return (.correctTender(correct), [facts])
  }

  /// 反结账: approved first, then opened, with lines of the old bill and new ones.
  private func correctedBill(_ random: inout Seeded, _ shop: Shop) throws -> (Event, [ClosedStubFacts]) {
    guard !shop.stubs.isEmpty else { return (.total(SaleCall(sale: "none")), []) }
    let approvals = shop.till.approvals.values.filter { $0.action == .correctSale }.sorted { $0.id < $1.id }
    guard let approval = approvals.first, random.chance(90) else {
      // The newest are those that nothing came after yet.
      let stub = random.pick(shop.stubs.suffix(random.chance(80) ? 3 : 30))
      let approve = Approve(
        approver: "9001", action: .correctSale, subject: stub.stub.description, revision: 0, reason: "wrong dish",
        amount: Amount(random.chance(95) ? 1_000_000 : 1))
      return (.approve(approve), [])
    }
    let stub = shop.stubs.first { $0.stub.description == approval.subject } ?? random.pick(shop.stubs)
    let facts = try shop.facts(stub)
    var lines: [LineInput] = []
    for line in facts.lines where random.chance(70) {
      let quantity = random.chance(70) ? line.line.quantity.thousandths : 1 + random.below(4000)
      lines.append(returning(facts.reference, line.line.id.number, -quantity))
    }
    if random.chance(30) { lines.append(item(random.below(500))) }
    let open = OpenSale(
      lane: lane(&random, shop), kind: .correction, lines: lines, corrects: facts.reference, approval: approval.id)
    return (.openSale(open), [facts])
  }

  private func goodsBack(_ random: inout Seeded, _ shop: Shop) throws -> (Event, [ClosedStubFacts]) {
    guard !shop.stubs.isEmpty else { return (.total(SaleCall(sale: "none")), []) }
    let wallet = shop.stubs.suffix(40).filter { $0.tenders.contains { $0.kind == .provider && $0.approved > .zero } }
    let isWallet = !wallet.isEmpty && random.chance(70)
    let stub = random.pick(isWallet ? wallet : shop.stubs)
    let facts = try shop.facts(stub)
    var inputs: [LineInput] = []
    for line in facts.lines where random.chance(60) && line.line.quantity > .zero {
      let left = max(1, line.leftQuantity.thousandths)
      inputs.append(returning(facts.reference, line.line.id.number, random.below(left) + random.below(3)))
    }
    if random.chance(30) { inputs.append(item(random.below(500))) }
    let kind: SaleKind = random.chance(50) ? .return : .exchange
    let open = OpenSale(lane: lane(&random, shop), kind: kind, lines: inputs)
    if random.chance(isWallet ? 90 : 50) { return (.openSale(open), [facts]) }
    return (.ring(Ring(open: open, tender: TenderInput(kind: .cash))), [facts])
  }

  /// Mostly a lane with an open shift.
  private func lane(_ random: inout Seeded, _ shop: Shop) -> String {
    let open = shop.till.shifts.values.map(\.lane).sorted()
    return open.isEmpty || random.chance(5) ? random.pick(["1", "2", "3"]) : random.pick(open)
  }

  private func approval(_ shop: Shop) -> String? { shop.till.approvals.keys.sorted().first }

  private func openSale(_ random: inout Seeded, _ shop: Shop) -> OpenSale {
    OpenSale(
      lane: lane(&random, shop), kind: random.chance(95) ? .sale : random.pick(SaleKind.allCases),
      lines: random.chance(80) ? lines(&random) : [], adjustments: random.chance(20) ? adjustments(&random) : [],
      label: random.chance(10) ? "外卖" : nil)
  }

  private func lines(_ random: inout Seeded) -> [LineInput] {
    (0..<(1 + random.below(4))).map { _ in anyLine(&random) }
  }

  private func anyLine(_ random: inout Seeded) -> LineInput {
    var line = item(
      random.chance(99) ? random.below(5000) : random.pick([.max, .min, 1_000_000_000_000, -1]),
      1,
      tax: random.chance(2) ? ["none"] : random.pick([[], ["V13"], ["V9"], ["X7"], ["V13", "X7"], ["V13", "V9"]]))
    line.quantity = Quantity(
      thousandths: random.chance(98) ? 1 + random.below(5000) : random.pick([0, -1000, .max, .min]))
    if random.chance(4) { line.kind = random.pick(LineKind.allCases) }
    if random.chance(3) { line.unitPrice = Amount(random.below(5000)) }
    if random.chance(5) { line.unitPrice.minorUnits = line.unitPrice.minorUnits / 20 * 19 }
    if random.chance(2) { line.amount = Amount(random.below(9000)) }
    if random.chance(5) { line.priceSource = .label }
    if random.chance(3) { line.pricePer = Quantity(thousandths: random.below(100_000)) }
    return line
  }

  private func adjustments(_ random: inout Seeded) -> [Adjustment] {
    (0..<random.below(3)).map { number in
      Adjustment(
        id: "a\(number)", kind: random.pick(AdjustmentKind.allCases),
        target: random.chance(40) ? line(&random) : nil, label: "满减",
        amount: Amount(random.chance(97) ? -random.below(300) : random.pick([.min, .max, 400])))
    }
  }

  private func line(_ random: inout Seeded) -> LineID { LineID(Int32(1 + random.below(5))) }
  private func tenderID(_ random: inout Seeded) -> TenderID { TenderID(Int32(1 + random.below(3))) }

  private func tender(_ random: inout Seeded) -> TenderInput {
    var input = TenderInput(kind: random.chance(60) ? .cash : random.chance(60) ? .external : .provider)
    if random.chance(30) { input.amount = Amount(random.below(3000) - 300) }
    if input.kind == .cash {
      if random.chance(40) { input.tendered = Amount(random.below(30_000)) }
      if random.chance(5) {
        input.foreign = ForeignAmount(currency: "USD", amount: Amount(random.below(5000)), rateMillionths: 7_123_456)
      }
    } else if input.kind == .provider, random.chance(95) {
      (input.provider, input.codeHash, input.policy) = ("wallet", "0123456789abcdef", .standard)
      if random.chance(30) { (input.codeHash, input.show) = (nil, true) }
    } else if random.chance(70) {
      input.report = report(&random)
    }
    if random.chance(2) { input.amount = Amount(random.pick([.min, .max])) }
    return input
  }

  /// Money back through the wallet, mostly to where it came from.
  private func refund(
    _ random: inout Seeded, _ shop: Shop, _ sale: Sale
  ) throws -> (Event, [ClosedStubFacts]) {
    var input = TenderInput(kind: .provider, policy: .standard)
    let due = -sale.totals.due.minorUnits
    if random.chance(50) { input.amount = Amount(-random.below(max(1, due + 1))) }
    if random.chance(3) { input.amount = Amount(random.pick([.min, .max])) }
    guard let original = sale.lines.lazy.compactMap(\.input.original).first,
      let stub = shop.stubs.first(where: { $0.stub.description == original.reference.stub })
    else { return (.addTender(AddTender(sale: sale.id, tender: input)), []) }
    let facts = try shop.facts(stub)
    if random.chance(50) {
      let paid = facts.tenders.first { $0.kind == .provider && $0.state == .approved }?.id ?? tenderID(&random)
      input.refundOf = RefundOf(stub: facts.reference, tender: random.chance(90) ? paid : tenderID(&random))
    }
    if random.chance(4) { input.codeHash = "0123456789abcdef" }
    if random.chance(4) { input.provider = random.pick(["wallet", "other"]) }
    return (.addTender(AddTender(sale: sale.id, tender: input)), [facts])
  }

  /// What a person decides about a held sale: approved first, mostly; nil: none is held, or the person is not there yet.
  private func decision(_ random: inout Seeded, _ shop: Shop) -> Event? {
    let held = shop.till.sales.values.filter { $0.state == .held }.sorted { $0.id < $1.id }
    guard !held.isEmpty, random.chance(70) else { return nil }
    let sale = random.pick(held)
    let approval = shop.till.approvals.values.first {
      $0.action == .decideTender && $0.subject == sale.id && $0.revision == sale.revision
    }
    guard approval != nil || random.chance(10) else {
      return .approve(
        Approve(
          approver: "9001", action: .decideTender, subject: sale.id, revision: sale.revision, reason: "looked up",
          amount: Amount(random.chance(90) ? 1_000_000 : 1)))
    }
    return .resolveSale(
      ResolveSale(
        sale: sale.id, resolution: random.pick(HeldResolution.allCases), evidence: "in their books",
        approval: approval?.id))
  }

  /// What a provider says about a tender, or that nobody waits for it any more.
  private func answer(_ random: inout Seeded, _ shop: Shop, _ sale: String) -> Event {
    let live = shop.till.sales[sale]?.tenders.last { $0.kind == .provider }.map { (sale, $0) }
    let pursued = shop.till.pursuitsInOrder.map { ($0.sale, $0.tender) }
    guard let (name, tender) = pursued.isEmpty || random.chance(60) ? live : random.pick(pursued) else {
      return .tenderAnswered(TenderAnswered(sale: sale, tender: TenderID(1), number: "none", answer: .reversed))
    }
    let waits = tender.isDeniedRefund || tender.isRefund && tender.state == .manual
    if waits, random.chance(80) { return decision(&random, shop, name, tender) }
    let number = random.chance(98) ? tender.number ?? "" : "other"
    if random.chance(15) { return .giveUpTender(GiveUpTender(sale: name, tender: tender.id, number: number)) }
    if tender.course?.verdict != nil, random.chance(30) {
      return .giveUpTender(GiveUpTender(sale: name, tender: tender.id, number: number, isLastWord: true))
    }
    if random.chance(5) {
      let alarm = random.pick(TenderAlarm.allCases)
      return .giveUpTender(GiveUpTender(sale: name, tender: tender.id, number: number, alarm: alarm))
    }
    let amount = random.chance(90) ? tender.asked.magnitude : Amount(random.below(3000))
    let answer = random.pick([
      .approved(amount: amount, currency: "CNY", reference: "P1"), .declined(why: random.pick(["no", "unreachable"])),
      .pending, .notSent(.unreachable),
      .unknown(why: "lost"), .notFound, .closed, ProviderAnswer.reversed, .reversed,
    ])
    return .tenderAnswered(TenderAnswered(sale: name, tender: tender.id, number: number, answer: answer))
  }

  /// A person's word on a refund that only a person ends: approved first.
  private func decision(_ random: inout Seeded, _ shop: Shop, _ sale: String, _ tender: Tender) -> Event {
    let revision = shop.till.sales[sale]?.revision ?? 0
    let approval = shop.till.approvals.values.first {
      $0.action == .decideTender && $0.subject == sale && $0.revision == revision
    }
    guard let approval else {
      return .approve(
        Approve(
          approver: "9001", action: .decideTender, subject: sale, revision: revision, reason: "their books",
          amount: max(tender.asked.magnitude, tender.course?.took ?? .zero)))
    }
    return .decideTender(
      DecideTender(
        sale: sale, tender: tender.id, verdict: random.pick(TenderVerdict.allCases), reason: "their books",
        approval: approval.id))
  }

  private func report(_ random: inout Seeded) -> TenderReport {
    var report = TenderReport(outcome: random.pick([.yes, .yes, .yes, .no, .unknown]))
    if random.chance(20) { report.tip = Amount(random.below(200)) }
    if random.chance(10) { report.cashback = Amount(random.below(200)) }
    if random.chance(20) { report.approved = Amount(random.below(3000)) }
    if random.chance(2) { report.surcharge = Amount(.max) }
    return report
  }
}
