import Money
import Testing
import Till
import TillShop

/// Books of whole days made from the records alone, in another way than the till makes them: sums from stubs, drawers
/// from what stubs say was paid.
struct DayBooks {
  private var day = Sums()
  private var grand = Sums()
  /// Money by row: what all drawers and terminals should hold beyond what was put in and taken out.
  private var money: [TenderKey: Int64] = [:]
  /// The same as the till says: what closed shifts expected, less what was put in.
  private var closed: [TenderKey: Int64] = [:]
  private var days = 0
  /// All bills so far, by number, and how many were replaced.
  private var bills: [Int64: StubSealed] = [:]
  private var replaced = 0

  /// Holds every Z, the running day, and all shifts against the records.
  static func check(_ records: [Record], _ till: Till) throws -> (days: Int, stubs: Int64, replaced: Int) {
    var books = DayBooks()
    var replayed = Till()
    for record in records {
      try books.prepare(record.fact, replayed)
      try replayed.apply(record)
      try books.enter(record.fact, replayed)
    }
    try books.day.check(till.day, "the running day")
    books.checkMoney(till)
    #expect(till.grand.total.minorUnits == books.grand.total)
    return (books.days, books.grand.stubs, books.replaced)
  }

  /// What can be told only from the state before the record.
  private mutating func prepare(_ fact: Fact, _ till: Till) throws {
    if case .saleVoided(let voided) = fact, voided.stub == nil, let sale = till.sales[voided.sale], sale.mode == .normal
    {
      // A basket that came to no total leaves no stub, only its mark in the day.
      try day.drop(sale)
    }
    guard let changed = fact.tender, let sale = till.sales[changed.sale], sale.mode == .normal,
      till.shift(lane: sale.lane) == nil, till.shifts[sale.shift] == nil
    else { return }
    // Heard of while nobody is at the till: no shift answers for it. Cash does not move then.
    for (sign, tender) in [(-1, sale.tender(changed.tender.id)), (1, changed.tender)] as [(Int64, Tender?)] {
      for (row, amount) in tender?.money ?? [] where amount != 0 {
        #expect(row.kind != .cash, "cash moved without a shift")
        closed[row, default: 0] += sign * amount
      }
    }
  }

  private mutating func enter(_ fact: Fact, _ till: Till) throws {
    switch fact {
    case .stubSealed(let stub) where stub.mode == .normal:
      // What the bill that it replaces says itself, not what the new one says of that.
      let old =
        stub.form == .void ? nil : stub.corrects.flatMap { Int64($0.stub) }.flatMap { bills.removeValue(forKey: $0) }
      #expect((old == nil) == (stub.offset == nil), "stub \(stub.stub) replaces what is not there any more")
      replaced += old == nil ? 0 : 1
      try day.add(stub, instead: old)
      try grand.add(stub, instead: old)
      bills[stub.stub.value] = stub
      if stub.form != .void { for tender in stub.tenders { take(tender) } }
    case .tenderCorrected(let corrected) where StubNumber(corrected.stub.stub)?.mode == .normal:
      day.move(corrected)
      // The drawer of a closed shift stays as it was counted.
      if corrected.expectedBy != nil {
        money[corrected.from, default: 0] -= corrected.amount.minorUnits
        money[corrected.to, default: 0] += corrected.amount.minorUnits
      }
    case .shiftOpened(let opened):
      for count in opened.opening { closed[count.key, default: 0] -= count.amount.minorUnits }
    case .cashMoved(let moved):
      let signed = moved.direction == .in ? moved.amount.minorUnits : -moved.amount.minorUnits
      closed[TenderKey(kind: .cash), default: 0] -= signed
    case .shiftClosed(let shift):
      for count in shift.expected { closed[count.key, default: 0] += count.amount.minorUnits }
    case .dayClosed(let closed):
      try day.check(closed.totals, "Z \(closed.number)")
      #expect(closed.grand.total.minorUnits == grand.total, "Z \(closed.number)")
      checkMoney(till)
      day = Sums()
      days += 1
    default: break
    }
  }

  /// What a tender of a finished sale brought, by the row where it is counted.
  private mutating func take(_ tender: Tender) {
    for (row, amount) in tender.money { money[row, default: 0] += amount }
  }

  /// All shifts together expect what all stubs say was paid, and what unfinished sales have on the table.
  private func checkMoney(_ till: Till) {
    var known = money
    for sale in till.sales.values where sale.mode == .normal {
      for tender in sale.tenders { for (row, amount) in tender.money { known[row, default: 0] += amount } }
    }
    var expected = closed
    for shift in till.shifts.values {
      for count in shift.expected { expected[count.key, default: 0] += count.amount.minorUnits }
    }
    #expect(expected.filter { $0.value != 0 } == known.filter { $0.value != 0 }, "shifts expect, stubs say")
  }
}

extension Tender {
  /// Money that came in (or, negative, went out) with it, by row.
  fileprivate var money: [(TenderKey, Int64)] {
    guard state == .approved, kind != .carried else { return [] }
    let cash = TenderKey(kind: .cash)
    if let foreign {
      return [
        (TenderKey(kind: .cash, currency: foreign.currency), foreign.amount.minorUnits), (cash, -change.minorUnits),
      ]
    }
    return [
      (TenderKey(kind: kind, provider: provider), approved.minorUnits - change.minorUnits),
      (cash, -cashback.minorUnits),
    ]
  }
}

/// The sums of some stubs.
private struct Sums {
  var stubs: Int64 = 0
  var total: Int64 = 0
  private var sales = Tally()
  private var refunds = Tally()
  private var voids = Tally()
  private var dropped = Tally()
  private var corrections = Tally()
  private var parts: [Int64] = Array(repeating: 0, count: Sums.names.count)
  private var taxes: [String: Int64] = [:]
  private var tenders: [TenderKey: [Int64]] = [:]
  private var corrected = Tally()
  private var numbers: [Int64] = []

  private static let names = [
    "gross", "adjustments", "net", "tax", "liabilities", "rounding", "tips", "surcharges", "cashback", "overrides",
    "removedLines",
  ]

  mutating func add(_ stub: StubSealed, instead old: StubSealed? = nil) throws {
    numbers.append(stub.stub.value)
    parts[10] += stub.removedLines
    if stub.form == .void { return try voids.count(stub.totals.total) }
    stubs += 1
    let sum = add(stub.lines, sign: 1) + (old.map { add($0.lines, sign: -1) } ?? 0)
    total += sum
    if old != nil {
      try corrections.count(Amount(sum))
    } else if sum < 0 {
      try refunds.count(Amount(sum))
    } else {
      try sales.count(Amount(sum))
    }
    parts[9] += stub.overrides
    for tender in stub.tenders where tender.state == .approved && tender.kind != .carried {
      parts[5] += tender.cashRounding.minorUnits
      parts[6] += tender.tip.minorUnits
      parts[7] += tender.surcharge.minorUnits
      parts[8] += tender.cashback.minorUnits
      let row = TenderKey(kind: tender.kind, provider: tender.provider, currency: tender.foreign?.currency)
      count(row, 1, tender.approved.minorUnits - tender.change.minorUnits)
    }
  }

  /// From the lines, not from the stub's own sums; answers what they come to.
  private mutating func add(_ lines: [Line], sign: Int64) -> Int64 {
    var sum: Int64 = 0
    for line in lines {
      let result = line.result
      var included: Int64 = 0
      for tax in result.taxes {
        let amount = sign * tax.amount.minorUnits
        taxes["\(tax.code) \(tax.rate.millionths) \(tax.included)", default: 0] += amount
        parts[3] += amount
        if tax.included { included += amount } else { sum += amount }
      }
      let paid = sign * (result.amount.minorUnits + result.adjustment.minorUnits)
      sum += paid
      parts[1] += sign * result.adjustment.minorUnits
      if line.kind.isLiability {
        parts[4] += paid - included
      } else {
        parts[0] += sign * result.amount.minorUnits
        parts[2] += paid - included
      }
    }
    return sum
  }

  mutating func drop(_ sale: Sale) throws {
    parts[10] += sale.removedLines
    try dropped.count(sale.totals.total)
  }

  mutating func move(_ moved: TenderCorrected) {
    count(moved.from, -1, -moved.amount.minorUnits)
    count(moved.to, 1, moved.amount.minorUnits)
    try? corrected.count(moved.amount)
  }

  private mutating func count(_ row: TenderKey, _ number: Int64, _ amount: Int64) {
    let before = tenders[row] ?? [0, 0]
    tenders[row] = [before[0] + number, before[1] + amount]
  }

  func check(_ totals: SalesTotals, _ name: String) throws {
    #expect(totals.total.minorUnits == total, "\(name)")
    #expect(totals.sales == sales && totals.refunds == refunds && totals.voidsAfterTotal == voids, "\(name)")
    #expect(totals.voidsBeforeTotal == dropped, "\(name)")
    let told =
      [
        totals.gross, totals.adjustments, totals.net, totals.tax, totals.liabilities, totals.cashRounding, totals.tips,
        totals.surcharges, totals.cashback,
      ].map(\.minorUnits) + [totals.overrides, totals.removedLines]
    for (part, (told, wanted)) in zip(Sums.names, zip(told, parts)) { #expect(told == wanted, "\(part) of \(name)") }
    var rows: [String: Int64] = [:]
    for tax in totals.taxes { rows["\(tax.code) \(tax.rate.millionths) \(tax.included)"] = tax.amount.minorUnits }
    #expect(rows == taxes, "\(name)")
    var kinds: [TenderKey: [Int64]] = [:]
    for tender in totals.tenders { kinds[tender.key] = [tender.count, tender.amount.minorUnits] }
    #expect(kinds == tenders, "\(name)")
    #expect(totals.correctedTenders ?? Tally() == corrected, "\(name)")
    #expect(totals.corrections ?? Tally() == corrections, "\(name)")
    #expect(totals.firstStub == numbers.first && totals.lastStub == numbers.last, "\(name)")
    #expect(zip(numbers, numbers.dropFirst()).allSatisfy { $1 == $0 + 1 }, "\(name): a gap in the numbers")
  }
}

extension Tally {
  fileprivate mutating func count(_ amount: Amount) throws {
    count += 1
    self.amount = try self.amount + amount
  }
}
