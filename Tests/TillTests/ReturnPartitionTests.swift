import Money
import Testing
import Till
import TillShop

/// However a sale comes back in parts, it gives back exactly what was paid for it: per line, per tax, per tender, in all.
@Suite struct ReturnPartitionTests {
  #if DEBUG
    private static let partitions: UInt64 = 150
  #else
    private static let partitions: UInt64 = 1500
  #endif

  @Test(arguments: TaxRounding.allCases, ["CNY", "CHF"])
  func partitionsGiveBackWhatWasPaid(rounding: TaxRounding, currency: String) throws {
    var returns = 0
    for seed in 1...Self.partitions {
      var partition = try Partition(rounding, currency, seed: seed)
      try partition.sell()
      try partition.giveBackInParts()
      try partition.check()
      returns += partition.returned.count
    }
    #expect(returns > Int(2 * Self.partitions))
  }
}

/// One part of paying, and the row through which its money goes back. That is another one where somebody wants cash
/// instead: then the rows keep the difference.
private struct Payment {
  var key: TenderKey
  var back: TenderKey
  /// Of the bill.
  var amount: Int64
  /// On top; it stays.
  var tip: Int64 = 0

  static let cash = TenderKey(kind: .cash)

  init(_ key: TenderKey, _ amount: Int64, tip: Int64 = 0, inCash: Bool = false) {
    (self.key, self.amount, self.tip) = (key, amount, tip)
    back = inCash ? Payment.cash : key
  }
}

/// A sale and a way to return it.
private struct Partition {
  var shop: Shop
  var random: Seeded
  var payments: [Payment] = []
  var sold: StubSealed?
  var returned: [StubSealed] = []
  let seed: UInt64

  init(_ rounding: TaxRounding, _ currency: String, seed: UInt64) throws {
    shop = try Shop(Shop.configuration { $0.taxRounding = rounding }, currency: currency, seed: seed)
    random = Seeded(seed &* 7919)
    self.seed = seed
  }

  // MARK: - the sale

  mutating func sell() throws {
    let taxes = [[], ["V13"], ["V9"], ["X7"], ["V13", "X7"], ["V13", "V9"], ["V13", "V9", "X7"]]
    let lines = (0..<(1 + random.below(5))).map { _ in
      var line = item(1 + random.below(2000), 1 + random.below(7), tax: random.pick(taxes))
      // Weighed goods.
      if random.chance(25) { line.quantity = Quantity(thousandths: 1 + random.below(3000)) }
      return line
    }
    let sale = try shop.totaled(lines, adjustments: adjustments(lines))
    var due = shop.till.sales[sale]?.totals.due.minorUnits ?? 0
    for name in ["pos-1", "wallet"] where due > 1 && random.chance(60) {
      let part = 1 + random.below(due - 1)
      if name == "wallet" { try wallet(sale, part) } else { try terminal(sale, part, name) }
      due -= part
    }
    payments.append(Payment(Payment.cash, due))
    try shop.act(.addTender(AddTender(sale: sale, tender: TenderInput(kind: .cash))))
    sold = shop.stubs.last
  }

  /// Reductions of single lines and of the whole sale, less than it costs.
  private mutating func adjustments(_ lines: [LineInput]) throws -> [Adjustment] {
    let prices = try lines.map { try $0.quantity.times($0.unitPrice, per: .one).minorUnits }
    var adjustments: [Adjustment] = []
    if random.chance(40), prices[0] > 0 {
      let off = min(1000, 1 + random.below(prices[0]))
      adjustments.append(
        Adjustment(id: "l", kind: .promotion, target: LineID(1), label: "特价", amount: Amount(-off)))
    }
    let rest = prices.reduce(0, +) - prices[0]
    if random.chance(60), rest > 0 {
      adjustments.append(Adjustment(id: "s", kind: .coupon, label: "券", amount: Amount(-1 - random.below(rest))))
    }
    return adjustments
  }

  private mutating func terminal(_ sale: String, _ part: Int64, _ name: String) throws {
    let tip = random.chance(30) ? random.below(200) : 0
    payments.append(Payment(TenderKey(kind: .external, provider: name), part, tip: tip))
    let report = TenderReport(outcome: .yes, tip: Amount(tip))
    let input = TenderInput(kind: .external, amount: Amount(part), provider: name, report: report)
    try shop.act(.addTender(AddTender(sale: sale, tender: input)))
  }

  private mutating func wallet(_ sale: String, _ part: Int64) throws {
    payments.append(Payment(TenderKey(kind: .provider, provider: "wallet"), part, inCash: random.chance(20)))
    let input = TenderInput(
      kind: .provider, amount: Amount(part), provider: "wallet", codeHash: "0123456789abcdef", policy: .standard)
    try shop.act(.addTender(AddTender(sale: sale, tender: input)))
    let tender = try #require(shop.till.sales[sale]?.tenders.last)
    let yes = ProviderAnswer.approved(
      amount: Amount(part), currency: shop.till.identity?.currency ?? "", reference: nil)
    try shop.act(
      .tenderAnswered(TenderAnswered(sale: sale, tender: tender.id, number: tender.number ?? "", answer: yes)))
  }

  // MARK: - its returns

  /// By quantity and by money alone, several lines and one line twice in a return; the last one takes all that is left.
  mutating func giveBackInParts() throws {
    let sold = try #require(sold)
    let most = 1 + random.below(8)
    while true {
      let facts = try shop.facts(sold)
      let left = facts.lines.filter { $0.leftQuantity > .zero }
      if left.isEmpty { return }
      let lines = returned.count >= most ? left.map { all($0, facts) } : left.flatMap { some($0, facts) }
      guard !lines.isEmpty else { continue }
      let sale = try shop.totaled(lines, kind: .return, facts: [facts])
      if random.chance(10) {
        // What is thought better of comes back to what may still be returned.
        try shop.act(.voidSale(VoidSale(sale: sale, reason: "mistake", approval: try approved(sale))))
        #expect(try shop.facts(sold).lines == facts.lines, "seed \(seed)")
        continue
      }
      try payOut(sale)
      returned.append(try #require(shop.stubs.last))
    }
  }

  private func all(_ line: ClosedLine, _ facts: ClosedStubFacts) -> LineInput {
    returning(facts.reference, line.line.id.number, line.leftQuantity.thousandths)
  }

  private mutating func some(_ line: ClosedLine, _ facts: ClosedStubFacts) -> [LineInput] {
    var lines: [LineInput] = []
    if random.chance(25), line.leftAmount > .zero {
      let amount =
        1 + random.below(random.chance(10) ? line.leftAmount.minorUnits : max(1, line.leftAmount.minorUnits / 4))
      lines.append(returning(facts.reference, line.line.id.number, 0, amount: Amount(-amount)))
    }
    if random.chance(40) {
      let whole = line.leftQuantity.thousandths
      let part = random.chance(20) ? whole : min(whole, 1 + random.below(2200))
      lines.append(returning(facts.reference, line.line.id.number, part))
    }
    return lines
  }

  private mutating func approved(_ sale: String) throws -> String? {
    let revision = shop.till.sales[sale]?.revision ?? 0
    let approve = Approve(approver: "9", action: .voidTotalled, subject: sale, revision: revision, reason: "x")
    try shop.act(.approve(approve))
    return shop.till.approvals.keys.first
  }

  /// Back to where it came from, in parts that leave no row short.
  private mutating func payOut(_ sale: String) throws {
    var rest = -(shop.till.sales[sale]?.totals.due.minorUnits ?? 0)
    let rows = payments.map(\.back).filter { $0 != Payment.cash }
    for (index, row) in rows.enumerated() {
      let others = ([Payment.cash] + rows[(index + 1)...]).reduce(0) { $0 + left($1) }
      let (least, most) = (max(0, rest - others), min(rest, left(row)))
      try #require(least <= most, "the returns come to more than was paid, seed \(seed)")
      let part = least + random.below(most - least + 1)
      guard part > 0 else { continue }
      rest -= part
      if row.kind == .provider {
        try refund(sale, part)
        continue
      }
      let input = TenderInput(
        kind: row.kind, amount: Amount(-part), provider: row.provider, report: TenderReport(outcome: .yes))
      try shop.act(.addTender(AddTender(sale: sale, tender: input)))
    }
    if shop.till.sales[sale] != nil {
      try shop.act(.addTender(AddTender(sale: sale, tender: TenderInput(kind: .cash))))
    }
  }

  /// Through the wallet that took it, whatever it says on the way: some orders are declined, and go out anew.
  private mutating func refund(_ sale: String, _ part: Int64) throws {
    let sold = try #require(sold)
    let paid = try #require(sold.tenders.first { $0.kind == .provider })
    let currency = shop.till.identity?.currency ?? ""
    let input = TenderInput(
      kind: .provider, amount: Amount(-part), policy: .standard,
      refundOf: random.chance(50) ? nil : RefundOf(stub: shop.reference(sold), tender: paid.id))
    while true {
      let facts = try shop.facts(sold)
      let left = try shop.till.leftToRefund(paid, of: facts)
      if left < Amount(part) { throw Refusal.overRefund(tender: paid.id, left: left.minorUnits) }
      try shop.act(.addTender(AddTender(sale: sale, tender: input)), facts: [facts])
      let tender = try #require(shop.till.sales[sale]?.tenders.last)
      #expect(try shop.till.leftToRefund(paid, of: facts) == left - Amount(part), "seed \(seed)")
      let end: ProviderAnswer =
        random.chance(15)
        ? .declined(why: "closed") : .approved(amount: Amount(part), currency: currency, reference: nil)
      for answer in [ProviderAnswer.unknown(why: "timeout"), .pending, .notFound].filter({ _ in random.chance(30) }) + [
        end
      ] {
        let event = Event.tenderAnswered(
          TenderAnswered(sale: sale, tender: tender.id, number: tender.number ?? "", answer: answer))
        // Some say nothing new.
        do { try shop.act(event) } catch is Refusal {}
      }
      if case .approved = end { return }
    }
  }

  /// What a row has not given back yet of all that goes back through it.
  private func left(_ row: TenderKey) -> Int64 {
    let paid = payments.filter { $0.back == row }.reduce(0) { $0 + $1.amount }
    let back = returned.flatMap(\.tenders).filter { $0.state == .approved && $0.key == row }
    return paid + back.reduce(0) { $0 + $1.asked.minorUnits }
  }

  // MARK: - what must hold

  func check() throws {
    let sold = try #require(sold)
    for line in sold.lines {
      let back = returned.flatMap(\.lines).filter { $0.input.original?.line == line.id }
      #expect(back.reduce(0) { $0 + $1.quantity.thousandths } == -line.quantity.thousandths, "seed \(seed)")
      let paid = try line.result.amount + line.result.adjustment
      #expect(try Amount.sum(back.map(\.result.amount)).negated() == paid, "line \(line.id), seed \(seed)")
      for (index, tax) in line.result.taxes.enumerated() {
        let given = try Amount.sum(back.map { $0.result.taxes[index].amount }).negated()
        #expect(given == tax.amount, "tax \(tax.code) of line \(line.id), seed \(seed)")
      }
    }
    for part in [\Totals.total, \.tax, \.net] {
      let given = try Amount.sum(returned.map { $0.totals[keyPath: part] })
      #expect(try given.negated() == sold.totals[keyPath: part], "seed \(seed)")
    }
    let facts = try shop.facts(sold)
    for (id, back) in facts.refunded {
      let paid = payments.filter { $0.back.kind == .provider }.reduce(0) { $0 + $1.amount }
      #expect(back.minorUnits == paid, "tender \(id), seed \(seed)")
    }
    #expect(returned.allSatisfy { $0.form == .refund && $0.tenders.allSatisfy { $0.approved <= 0 } })
    try checkSums()
  }

  /// Of the shift and of the day nothing stays but tips, coins rounded away, and what went back through another row.
  private func checkSums() throws {
    let rounded = try Amount.sum(shop.stubs.filter { $0.form != .void }.map(\.totals.cashRounding)).minorUnits
    var rows: [TenderKey: Int64] = [Payment.cash: rounded]
    for payment in payments {
      rows[payment.key, default: 0] += payment.amount + payment.tip
      rows[payment.back, default: 0] -= payment.amount
    }
    let kept = rows.filter { $0.value != 0 }
    let day = shop.till.day
    #expect(Dictionary(of: day.tenders.map { ($0.key, $0.amount.minorUnits) }) == kept, "seed \(seed)")
    let shift = try #require(shop.till.shifts["s1"])
    rows[Payment.cash, default: 0] += shift.opening.reduce(0) { $0 + $1.amount.minorUnits }
    let expected = Dictionary(of: shift.expected.map { ($0.key, $0.amount.minorUnits) })
    #expect(expected == rows.filter { $0.value != 0 }, "seed \(seed)")
    for sums in [day, shift.totals] {
      #expect(sums.total == .zero && sums.net == .zero && sums.tax == .zero, "seed \(seed)")
      #expect(sums.taxes.allSatisfy { $0.amount == .zero && $0.base == .zero }, "seed \(seed)")
    }
  }
}

extension Dictionary where Key == TenderKey, Value == Int64 {
  /// The rows that are not zero.
  fileprivate init(of rows: [(TenderKey, Int64)]) {
    self = Dictionary(uniqueKeysWithValues: rows.filter { $0.1 != 0 })
  }
}
