import Money

extension Till {
  mutating func applyTender(_ changed: TenderChanged, _ stamp: Stamp) throws(ApplyError) {
    if let number = changed.tender.number, pursuits[number] != nil || watched[number] != nil {
      return applyPursuit(changed, number)
    }
    var before: Tender?
    try change(changed.sale, changed.revision, stamp) { (sale) throws(ApplyError) in
      // What holds nothing of the bill goes its way, whatever the basket is at.
      let isAside = sale.state == .open && [.reversing, .reversed, .declined].contains(changed.tender.state)
      let takesMoney = sale.state == .tendering || sale.state == .held
      guard takesMoney || isAside else { throw .reason("the sale is \(sale.state.rawValue)") }
      before = sale.tender(changed.tender.id)
      sale.put(changed.tender)
      sale.totals = changed.totals
    }
    // Its account may become known behind it.
    if changed.tender.state == .intent, before == nil { counters.nextOrder = (counters.nextOrder ?? 1) &+ 1 }
    use(changed.approval)
    guard let sale = sales[changed.sale] else { return }
    if sale.mode == .normal { try countTender(changed.tender, before: before, sale: sale) }
  }

  /// What the drawer and the slips should show changes when money moves, not when the sale ends.
  private mutating func countTender(_ tender: Tender, before: Tender?, sale: Sale) throws(ApplyError) {
    // What is carried over was counted when it was paid.
    guard tender.kind != .carried else { return }
    let was = before?.state == .approved
    let sign: Int64 = tender.state == .approved && !was ? 1 : tender.state != .approved && was ? -1 : 0
    guard sign != 0 else { return }
    // What goes back is what came.
    let moved = sign > 0 ? tender : before ?? tender
    try recorded { () throws(MoneyError) in
      try grand.volume += moved.approved.magnitude
      try grand.volume += moved.change.magnitude
      if let index = shifts.index(forKey: finishingShift(sale)) {
        try shifts.values[index].expect(moved, sign: sign)
      }
    }
    if sign < 0 {
      try countFinished(sale) { (totals) throws(MoneyError) in try totals.reversedTenders.add(moved.approved) }
    }
  }

  mutating func applyPaid(_ paid: SalePaid, _ stamp: Stamp) throws(ApplyError) {
    try change(paid.sale, paid.revision, stamp) { (sale) throws(ApplyError) in
      guard sale.state == .tendering else { throw .reason("the sale is \(sale.state.rawValue)") }
      sale.totals = paid.totals
      sale.state = .paid
    }
    // Rung in one call: the stub came before.
    if sales[paid.sale]?.sealed != nil { finish(paid.sale) }
  }

  mutating func applyStub(_ stub: StubSealed, _ stamp: Stamp) throws(ApplyError) {
    guard stub.stub == counters.nextStub(stub.mode) else {
      throw .reason("stub \(stub.stub) is not the next, which is \(counters.nextStub(stub.mode))")
    }
    if stub.mode == .normal { counters.nextStub += 1 } else { counters.nextTrainingStub += 1 }
    guard let sale = sales[stub.sale] else { throw .reason("sale \(stub.sale) is not open") }
    use(stub.approval)
    switch sale.state {
    case .paid, .voided:
      finish(stub.sale)
    case .open where sale.lines.isEmpty:
      sales[stub.sale]?.sealed = stub.stub
      sales[stub.sale]?.state = .tendering
      sales[stub.sale]?.totals = stub.totals
    default:
      throw .reason("the sale is \(sale.state.rawValue)")
    }
    try recorded { () throws(MoneyError) in
      let shift = shifts.index(forKey: stub.shift)
      guard stub.mode == .normal else {
        day.trainingStubs += 1
        if let shift { shifts.values[shift].totals.trainingStubs += 1 }
        return
      }
      try day.add(stub)
      if let shift {
        try shifts.values[shift].totals.add(stub)
        shifts.values[shift].owe(stub.stub)
      }
      try grand.add(stub)
    }
  }
}

extension Shift {
  /// Counts a tender's money as expected (sign 1) or no longer (sign −1).
  mutating func expect(_ tender: Tender, sign: Int64) throws(MoneyError) {
    let cash = TenderKey(kind: .cash)
    if let foreign = tender.foreign {
      try expect(Amount(sign * foreign.amount.minorUnits), TenderKey(kind: .cash, currency: foreign.currency))
      try expect(Amount(-sign * tender.change.minorUnits), cash)
    } else {
      let kept = try tender.approved - tender.change
      try expect(Amount(sign * kept.minorUnits), tender.key)
      if !tender.cashback.isZero { try expect(Amount(-sign * tender.cashback.minorUnits), cash) }
    }
  }

  mutating func expect(_ amount: Amount, _ wanted: TenderKey) throws(MoneyError) {
    let key = wanted.row(among: expected.lazy.map(\.key))
    if let index = expected.firstIndex(where: { $0.key == key }) {
      try expected[index].amount += amount
    } else {
      let index = expected.firstIndex { key < $0.key } ?? expected.count
      expected.insert(Count(key: key, amount: amount), at: index)
    }
  }
}

extension Tally {
  mutating func add(_ amount: Amount) throws(MoneyError) {
    count &+= 1
    try self.amount += amount
  }
}

extension SalesTotals {
  /// Adds a finished sale's recorded results.
  mutating func add(_ stub: StubSealed) throws(MoneyError) {
    if firstStub == nil { firstStub = stub.stub.value }
    lastStub = stub.stub.value
    removedLines &+= stub.removedLines
    if stub.form == .void { return try voidsAfterTotal.add(stub.totals.total) }
    let totals = stub.totals
    if let offset = stub.offset {
      var tally = corrections ?? Tally()
      try tally.add(try totals.total - offset.totals.total)
      corrections = tally
    } else if totals.total < .zero {
      try refunds.add(totals.total)
    } else {
      try sales.add(totals.total)
    }
    overrides &+= stub.overrides
    try gross += totals.gross
    try adjustments += totals.adjustments
    try net += totals.net
    try tax += totals.tax
    try liabilities += totals.liabilities
    try total += totals.total
    try cashRounding += totals.cashRounding
    for line in stub.lines {
      for tax in line.result.taxes { try add(tax) }
    }
    if let offset = stub.offset { try takeOff(offset) }
    for tender in stub.tenders where tender.state == .approved && tender.kind != .carried {
      try tips += tender.tip
      try surcharges += tender.surcharge
      try cashback += tender.cashback
      try add(tender)
    }
  }

  mutating func add(_ result: TaxResult) throws(MoneyError) {
    var tax = result
    if taxes.count >= Limits.taxRows, !taxes.contains(where: { $0.isRow(of: tax) }) {
      (tax.code, tax.rate, tax.included) = ("*", .zero, true)
    }
    if let index = taxes.firstIndex(where: { $0.isRow(of: tax) }) {
      try taxes[index].base += tax.base
      try taxes[index].amount += tax.amount
      return
    }
    let new = TaxTotal(code: tax.code, rate: tax.rate, included: tax.included, base: tax.base, amount: tax.amount)
    let index = taxes.firstIndex { new.comesBefore($0) } ?? taxes.count
    taxes.insert(new, at: index)
  }

  private mutating func add(_ tender: Tender) throws(MoneyError) {
    let amount = try tender.approved - tender.change
    try count(TenderKey(kind: tender.kind, provider: tender.provider, currency: tender.foreign?.currency), 1, amount)
  }

  /// Adds tenders and their money to a row.
  mutating func count(_ wanted: TenderKey, _ number: Int64, _ amount: Amount) throws(MoneyError) {
    let key = wanted.row(among: tenders.lazy.map(\.key))
    if let index = tenders.firstIndex(where: { $0.key == key }) {
      tenders[index].count &+= number
      try tenders[index].amount += amount
      return
    }
    let index = tenders.firstIndex { key < $0.key } ?? tenders.count
    tenders.insert(TenderTotal(key: key, count: number, amount: amount), at: index)
  }
}

extension TenderKey {
  /// The row that counts it: its own, or the one for all others once there are many.
  func row(among keys: some Collection<TenderKey>) -> TenderKey {
    if kind == .cash && currency == nil || keys.count < Limits.tenderRows || keys.contains(self) { return self }
    return TenderKey(kind: .external, provider: "*")
  }
}

extension TaxTotal {
  func isRow(of tax: TaxResult) -> Bool { code == tax.code && rate == tax.rate && included == tax.included }

  func comesBefore(_ other: TaxTotal) -> Bool {
    if code != other.code { return code < other.code }
    if rate != other.rate { return rate < other.rate }
    return !included && other.included
  }
}

extension GrandTotals {
  mutating func add(_ stub: StubSealed) throws(MoneyError) {
    stubs &+= 1
    for line in stub.lines {
      try volume += line.result.amount.magnitude
      try volume += line.result.adjustment.magnitude
      for tax in line.result.taxes { try volume += tax.amount.magnitude }
    }
    if stub.form == .void { return }
    let counted = try stub.totals.total - (stub.offset?.totals.total ?? .zero)
    try total += counted
    if stub.totals.total < .zero { try refunds += counted } else { try sales += counted }
  }
}
