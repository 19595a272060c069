import Till

/// The money of a journal, added up from its records by somebody who is not the till.
struct Books {
  private struct OpenSale {
    var mode: SaleMode
    var lane: String
    var shift: String
    var approved: [TenderName: Tender] = [:]
  }
  private struct TenderName: Hashable { var id: String }

  /// Cash in the till's own currency that each open shift's drawer should hold.
  private var cash: [String: Int64] = [:]
  private var shiftOfLane: [String: String] = [:]
  private var sales: [String: OpenSale] = [:]
  private var nextStub: [SaleMode: Int64] = [.normal: 1, .training: 1]
  private var nextZ: Int64 = 1
  private var lastZ: Int64 = -1
  /// Since the last Z.
  private var total: Int64 = 0
  private var stubs: Int64 = 0
  private var paid: Int64 = 0

  /// Adds one event; answers what does not add up.
  mutating func add(_ records: [Record], first: UInt64) -> String? {
    for record in records {
      if let wrong = add(record, first: Int64(first)) { return wrong }
    }
    return nil
  }

  private mutating func add(_ record: Record, first: Int64) -> String? {
    switch record.fact {
    case .saleOpened(let sale):
      sales[sale.sale] = OpenSale(mode: sale.mode, lane: record.stamp.lane ?? "", shift: sale.shift)
    case .saleUnparked(let sale):
      sales[sale.sale]?.lane = sale.lane
      sales[sale.sale]?.shift = sale.shift
    case .tenderApproved(let changed), .tenderReversed(let changed): tender(changed)
    case .tenderCorrected(let corrected):
      guard let shift = corrected.expectedBy else { break }
      if corrected.from.kind == .cash { cash[shift, default: 0] -= corrected.amount.minorUnits }
      if corrected.to.kind == .cash { cash[shift, default: 0] += corrected.amount.minorUnits }
    case .shiftOpened(let shift):
      shiftOfLane[shift.lane] = shift.shift
      cash[shift.shift] = shift.opening.filter { $0.key == TenderKey(kind: .cash) }
        .reduce(0) { $0 + $1.amount.minorUnits }
    case .cashMoved(let moved):
      cash[moved.shift, default: 0] += moved.direction == .in ? moved.amount.minorUnits : -moved.amount.minorUnits
    case .shiftClosed(let closed): return shiftClosed(closed)
    case .stubSealed(let stub): return sealed(stub)
    case .dayClosed(let day): return dayClosed(day, at: first)
    default: break
    }
    return nil
  }

  private mutating func tender(_ changed: TenderChanged) {
    guard var sale = sales[changed.sale] else { return }
    let id = TenderName(id: "\(changed.tender.id)")
    let before = sale.approved[id]
    sale.approved[id] = changed.tender.state == .approved ? changed.tender : nil
    sales[changed.sale] = sale
    guard sale.mode == .normal else { return }
    let shift = shiftOfLane[sale.lane] ?? sale.shift
    guard cash[shift] != nil else { return }
    if changed.tender.state == .approved, before == nil { cash[shift, default: 0] += Self.drawer(changed.tender) }
    if changed.tender.state == .reversed, let before { cash[shift, default: 0] -= Self.drawer(before) }
  }

  /// What a tender puts into the drawer in the till's own currency.
  private static func drawer(_ tender: Tender) -> Int64 {
    if tender.foreign != nil { return -tender.change.minorUnits }
    let kept = tender.kind == .cash ? tender.approved.minorUnits - tender.change.minorUnits : 0
    return kept - tender.cashback.minorUnits
  }

  private mutating func shiftClosed(_ closed: ShiftClosed) -> String? {
    shiftOfLane = shiftOfLane.filter { $0.value != closed.shift }
    let expected = closed.expected.first { $0.key == TenderKey(kind: .cash) }?.amount.minorUnits ?? 0
    let sum = cash.removeValue(forKey: closed.shift) ?? 0
    return expected == sum ? nil : "shift \(closed.shift) expects \(expected) in the drawer, its records say \(sum)"
  }

  private mutating func sealed(_ stub: StubSealed) -> String? {
    let wanted = nextStub[stub.mode] ?? 1
    guard stub.stub.value == wanted else { return "stub \(stub.stub) where \(wanted) is next" }
    nextStub[stub.mode] = wanted + 1
    guard stub.mode == .normal, stub.form != .void else { return nil }
    // Of a corrected bill only what it differs from the one that it replaces.
    total += stub.totals.total.minorUnits - (stub.offset?.totals.total.minorUnits ?? 0)
    stubs += 1
    for tender in stub.tenders where tender.state == .approved && tender.kind != .carried {
      paid += tender.approved.minorUnits - tender.change.minorUnits
    }
    return nil
  }

  private mutating func dayClosed(_ day: DayClosed, at first: Int64) -> String? {
    defer { (total, stubs, paid, lastZ, nextZ) = (0, 0, 0, day.last, day.number + 1) }
    let counted = day.totals.sales.count + day.totals.refunds.count + (day.totals.corrections?.count ?? 0)
    let tenders = day.totals.tenders.reduce(0) { $0 + $1.amount.minorUnits }
    if day.number != nextZ { return "Z \(day.number) where \(nextZ) is next" }
    if day.first != lastZ + 1 || day.last >= first { return "Z \(day.number) covers \(day.first)…\(day.last)" }
    if day.totals.total.minorUnits != total || counted != stubs {
      return "Z \(day.number) says \(day.totals.total.minorUnits) in \(counted), its stubs \(total) in \(stubs)"
    }
    return tenders == paid ? nil : "Z \(day.number) says \(tenders) tendered, its stubs \(paid)"
  }

  /// Compares the open drawers with a till.
  func wrongDrawer(_ till: Till) -> String? {
    for (id, shift) in till.shifts {
      let expected = shift.expected.first { $0.key == TenderKey(kind: .cash) }?.amount.minorUnits ?? 0
      if cash[id] ?? 0 != expected { return "shift \(id) expects \(expected), its records say \(cash[id] ?? 0)" }
    }
    if till.day.total.minorUnits != total { return "the day has \(till.day.total.minorUnits), its stubs \(total)" }
    return till.shifts.count == cash.count ? nil : "shifts"
  }
}
