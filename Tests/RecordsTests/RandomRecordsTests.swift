import Foundation
import JSON
import Money
import Records
import Testing
import Till
import TillShop

private func hash(_ bytes: [UInt8]) -> String {
  var value: UInt64 = 0xcbf2_9ce4_8422_2325
  for byte in bytes { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }
  return String(value, radix: 16)
}

/// How many random events a seed runs; a long run sets COUNTERFOIL_RANDOM_EVENTS.
private let randomEvents = ProcessInfo.processInfo.environment["COUNTERFOIL_RANDOM_EVENTS"].flatMap { Int($0) } ?? 400

@Suite struct RandomRecordsTests {
  private func isCanonical(_ body: [UInt8]) throws -> Bool { try JSON(parsing: body).canonicalBytes() == body }

  /// Every record and the state at random points come back equal, in canonical JSON, within their limits.
  @Test(arguments: [1, 2, 3]) func whatIsWrittenComesBack(seed: UInt64) throws {
    var shop = try Shop(currency: seed == 2 ? "CHF" : "CNY", seed: seed)
    let events = RandomEvents()
    var kinds = Set<RecordKind>()
    var reread = Till()
    for record in shop.records { try reread.apply(record) }
    for step in 0..<randomEvents {
      let (event, facts) = try events.next(&shop)
      guard let decision = try? shop.act(event, facts: facts) else { continue }
      let call = CallIdentity(key: "0123456789abcdef", method: "io.counterfoil.Sale.Ring", requestHash: "ab", uid: 7)
      var bodies: [[UInt8]] = []
      for (index, record) in decision.records.enumerated() {
        kinds.insert(record.fact.kind)
        let entries = try RecordCodec.encode(record, call: index == 0 ? call : nil, hash: hash)
        for entry in entries {
          #expect(try isCanonical(entry.body))
          #expect(entry.recordClass == KindTable.row(record.fact.kind).recordClass)
          bodies.append(entry.body)
        }
      }
      let decoded = try RecordCodec.decode(bodies, hash: hash)
      #expect(decoded.records == decision.records)
      #expect(decoded.call == call)
      for record in decoded.records { try reread.apply(record) }
      if step % 40 == 0 { try checkState(shop.till) }
    }
    #expect(reread == shop.till)
    #expect(kinds.count > 18, "\(kinds.count) kinds")
    try checkState(shop.till)
  }

  private func checkState(_ till: Till) throws {
    let entries = try RecordCodec.encode(state: till, hash: hash)
    for entry in entries { #expect(try isCanonical(entry.body)) }
    #expect(try RecordCodec.decode(state: entries.map(\.body), hash: hash) == till)
    // The estimate that limits rest on is an upper bound, and not a wild one.
    let sales = entries.filter { String(decoding: $0.body, as: UTF8.self).contains("\"group\":\"sales\"") }
    let size = sales.reduce(0) { $0 + $1.body.count }
    #expect(size <= till.openStateSize + 120 * sales.count)
  }

  /// The largest sale with a discount over all its lines: one event within its limit, every entry within 64 KiB, equal
  /// after reading; then a return of it.
  @Test(arguments: [1110, Limits.lines]) func aLongSale(count: Int) throws {
    var shop = try Shop()
    let lines = (0..<count).map { item(Int64(100 + $0), 1 + Int64($0 % 3), name: "农夫山泉饮用天然水 550ml 第\($0)瓶") }
    let sale = try shop.open(lines)
    let discounts = ["店庆", "满减", "会员日"].prefix(count == Limits.lines ? 1 : 3).map {
      Adjustment(id: $0, kind: .coupon, label: $0, amount: -27_777)
    }
    try shop.act(.setAdjustments(SetAdjustments(sale: sale, adjustments: discounts)))
    try shop.act(.total(SaleCall(sale: sale)))
    try checkState(shop.till)
    let estimate = try #require(shop.till.sales[sale]?.estimatedSize)
    let decision = try shop.act(.addTender(AddTender(sale: sale, tender: TenderInput(kind: .cash))))
    var total = 0
    var bodies: [[UInt8]] = []
    for record in decision.records {
      for entry in try RecordCodec.encode(record, hash: hash) {
        #expect(entry.body.count <= 65_000)
        total += entry.body.count
        bodies.append(entry.body)
      }
    }
    #expect(total <= Limits.event && bodies.count > 10)
    #expect(total <= estimate + 10_000, "\(total) against \(estimate)")
    #expect(try RecordCodec.decode(bodies, hash: hash).records == decision.records)
    let stub = try #require(shop.stubs.last)
    #expect(stub.adjustments[0].allocations.count > count / 2)
    let facts = try shop.facts(stub)
    // A returned line is longer than a sold one; so many come back in several returns.
    var back = Amount.zero
    for start in stride(from: 0, to: count, by: 1110) {
      let part = stub.lines[start..<min(start + 1110, count)]
      let lines = part.map { returning(facts.reference, $0.id.number, $0.quantity.thousandths) }
      try back += shop.sell(lines, kind: .return, facts: [facts]).totals.total
    }
    #expect(try back + stub.totals.total == 0)
  }

  /// The largest everything else still fits one entry.
  @Test func theLargestHeads() throws {
    var shop = try Shop()
    let wide = String(repeating: "阿", count: 21)
    let sale = try shop.open([item(1_000_000)])
    let adjustments = (0..<65).map {
      Adjustment(id: "\($0)", kind: .promotion, label: String(repeating: "x", count: 100), amount: -1, source: wide)
    }
    try shop.act(.setAdjustments(SetAdjustments(sale: sale, adjustments: adjustments)))
    #expect(throws: Refusal.limitExceeded(.adjustments, maximum: Int64(Limits.adjustmentBytes))) {
      try shop.act(
        .setAdjustments(
          SetAdjustments(
            sale: sale,
            adjustments: adjustments
              + adjustments.map {
                var other = $0
                other.id += "b"
                return other
              })))
    }
    try shop.act(.total(SaleCall(sale: sale)))
    for number in 1...Limits.tenders {
      let why = String(repeating: "w", count: 200)
      let last = number == Limits.tenders
      try shop.act(
        .addTender(
          AddTender(
            sale: sale,
            tender: TenderInput(
              kind: .external, amount: last ? nil : 10, provider: "\(number)\(wide)".prefixBytes(64), reference: wide,
              report: TenderReport(outcome: .yes, reference: wide, why: why)))))
    }
    let close = try shop.act(.closeDay(last: 500, head: "ab"))
    let shift = try shop.act(
      .closeShift(
        CloseShift(
          shift: "s1",
          counts: (0..<Limits.counts).map { number in
            Count(
              key: number == 0
                ? TenderKey(kind: .cash) : TenderKey(kind: .external, provider: "\(number)\(wide)".prefixBytes(64)),
              amount: 1, denominations: (0..<4).map { Denomination(value: Amount($0), pieces: 1_000_000_000) })
          })))
    for record in shop.records + close.records + shift.records {
      for entry in try RecordCodec.encode(record, hash: hash) { #expect(entry.body.count < 64_000) }
    }
    try checkState(shop.till)
  }

  /// An open correction holds the payments of its bill twice; its head is one entry all the same, also behind as many
  /// tenders of its own as there may be.
  @Test func theLargestHeadOfACorrection() throws {
    var shop = try Shop()
    let wide = String(repeating: "阿", count: 21)
    let rates = (0..<Limits.taxes).map {
      TaxRule(code: "\($0)\(wide)".prefixBytes(64), rate: TaxRate(basisPoints: 1), included: false)
    }
    try shop.act(.configure(reason: "wide", Shop.configuration { $0.taxes = rates }))
    let old = try shop.totaled(rates.map { item(1_000_000, tax: [$0.code]) })
    let report = TenderReport(
      outcome: .yes, tip: 1, surcharge: 1, reference: wide, why: String(repeating: "w", count: 200))
    func pay(_ sale: String, _ number: Int, isLast: Bool) throws {
      let input = TenderInput(
        kind: .external, amount: isLast ? nil : 10, provider: "\(number)\(wide)".prefixBytes(64), reference: wide,
        report: report)
      try shop.act(.addTender(AddTender(sale: sale, tender: input)))
    }
    for number in 1...Limits.carried { try pay(old, number, isLast: number == Limits.carried) }
    let bill = try #require(shop.stubs.last)
    try shop.act(
      .approve(
        Approve(
          approver: "9", action: .correctSale, subject: "1", revision: 0, reason: "x", amount: bill.totals.total)))
    let facts = try shop.facts(bill)
    let opened = try shop.act(
      .openSale(
        OpenSale(
          lane: "1", kind: .correction, lines: [item(900_000_000, tax: [])], corrects: facts.reference, label: wide,
          member: String(repeating: "m", count: 200), approval: shop.till.approvals.keys.first)), facts: [facts])
    let sale = SaleChange(opened.records)?.sale ?? ""
    let adjustments = (0..<65).map {
      Adjustment(id: "\($0)", kind: .promotion, label: String(repeating: "x", count: 100), amount: -1, source: wide)
    }
    try shop.act(.setAdjustments(SetAdjustments(sale: sale, adjustments: adjustments)))
    try shop.act(.total(SaleCall(sale: sale)))
    for number in Limits.carried + 1..<Limits.tenders { try pay(sale, number, isLast: false) }
    let open = try #require(shop.till.sales[sale])
    #expect(open.tenders.count == Limits.tenders - 1)
    try checkState(shop.till)
    try pay(sale, Limits.tenders, isLast: true)
    #expect(shop.stubs.last?.offset?.taxes.count == Limits.taxes)
    for record in shop.records {
      for entry in try RecordCodec.encode(record, hash: hash) { #expect(entry.body.count < 64_000) }
    }
    // One payment more, and it is refused.
    let many = try shop.totaled([item(1000, tax: [])])
    for number in 0...Limits.carried { try pay(many, number, isLast: number == Limits.carried) }
    try shop.act(
      .approve(Approve(approver: "9", action: .correctSale, subject: "3", revision: 0, reason: "x", amount: 1000)))
    let last = try shop.facts(try #require(shop.stubs.last))
    #expect(throws: Refusal.limitExceeded(.tenders, maximum: Int64(Limits.carried))) {
      try shop.act(
        .openSale(
          OpenSale(
            lane: "1", kind: .correction, corrects: last.reference, approval: shop.till.approvals.keys.first)),
        facts: [last])
    }
  }

  @Test func damagedPartsAreErrors() throws {
    var shop = try Shop()
    let stub = try shop.sell((0..<400).map { item(Int64(100 + $0)) })
    let record = try #require(shop.records.first { $0.fact == .stubSealed(stub) })
    let bodies = try RecordCodec.encode(record, hash: hash).map(\.body)
    #expect(bodies.count > 2)
    #expect(throws: RecordsError.self) { try RecordCodec.decode(Array(bodies.dropLast()), hash: hash) }
    #expect(throws: RecordsError.self) {
      try RecordCodec.decode([bodies[0], bodies[2], bodies[1]] + bodies[3...], hash: hash)
    }
    var random = Seeded(8)
    for _ in 0..<60 {
      var broken = bodies
      let index = Int(random.below(Int64(broken.count)))
      let offset = Int(random.below(Int64(broken[index].count)))
      broken[index][offset] = UInt8(truncatingIfNeeded: random.next())
      if broken == bodies { continue }
      // An error or another value; never a trap.
      if let decoded = try? RecordCodec.decode(broken, hash: hash), index > 0 {
        #expect(decoded.records == [record], "only outside of data may a change pass")
      }
    }
  }
}

extension String {
  /// At most `count` bytes of it.
  fileprivate func prefixBytes(_ count: Int) -> String {
    var text = self
    while text.utf8.count > count { text.removeLast() }
    return text
  }
}
