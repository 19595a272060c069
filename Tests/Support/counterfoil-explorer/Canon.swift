import Money
import Till

/// What tells two states apart for what can happen next. Ids, times, numbers and sums are left out: no decision of the
/// alphabet reads them, and every step checks what it adds to the sums.
struct Canon: Hashable {
  private var one: UInt64 = 0x9E37_79B9_7F4A_7C15
  private var two: UInt64 = 0xC2B2_AE3D_27D4_EB4F

  init(_ node: Node) {
    let till = node.till
    for lane in till.configuration.lanes {
      let shift = till.shift(lane: lane.name)
      mix(shift == nil ? 0 : 1)
      mix(shift?.counted == true ? 1 : 0)
      mix(shift?.changeOwed?.isEmpty ?? true ? 0 : 1)
    }
    // Sales in the order of their contents: which came first does not matter.
    let sales = till.sales.values.map { sale in (sale, Canon(sale, node)) }
      .sorted { ($0.1.one, $0.1.two) < ($1.1.one, $1.1.two) }
    mix(sales.count)
    for (index, (sale, canon)) in sales.enumerated() {
      mix(canon.one)
      mix(canon.two)
      for approval in till.approvals.values where approval.subject == sale.id {
        mix(approval, node, sale.revision, index)
      }
    }
    for approval in till.approvals.values where till.sales[approval.subject] == nil { mix(approval, node, 0, -1) }
    for pursuit in till.pursuitsInOrder { mix(pursuit.tender, node) }
    mix(till.watched.count)
    for (_, tender) in till.watchedTenders { mix(tender, node) }
    var left: Int64 = 0
    for stub in node.later {
      for line in stub.lines where line.input.isOfStub(node.reference.stub) { left += line.input.quantity.thousandths }
      if stub.offset != nil { mix(1) }
    }
    mix(left)
    mix(node.givenBack.minorUnits)
    // How the sold stub is booked matters to nothing else, so it tells states apart between sales only.
    if till.sales.isEmpty {
      mix(node.corrected.flatMap { TenderKind.allCases.firstIndex(of: $0.to.kind) } ?? -1)
      mix(node.sold.map { till.shifts[$0.shift] != nil } == true ? 1 : 0)
    }
    mix(till.counters.nextStub > 2 ? 1 : 0)
  }

  private init(_ sale: Sale, _ node: Node) {
    let till = node.till
    mix(SaleKind.allCases.firstIndex(of: sale.kind) ?? 0)
    mix(SaleMode.allCases.firstIndex(of: sale.mode) ?? 0)
    mix(SaleState.allCases.firstIndex(of: sale.state) ?? 0)
    mix(sale.parked ? 1 : 0)
    mix(till.configuration.lanes.firstIndex { $0.name == sale.lane } ?? -1)
    mix(till.shifts[sale.shift] == nil ? 0 : 1)
    mix(sale.lines.count)
    for line in sale.lines {
      mix(line.input.quantity.thousandths)
      mix(line.input.listPrice.minorUnits)
      mix(line.input.unitPrice.minorUnits)
      mix(line.input.original == nil ? 0 : line.input.original?.proof == OriginalProof.none ? 1 : 2)
      mix(line.result.amount.minorUnits)
      mix(line.result.adjustment.minorUnits)
    }
    mix(sale.adjustments.count)
    for adjustment in sale.adjustments { mix(adjustment.amount.minorUnits) }
    for tender in sale.tenders where tender.state == .approved || tender.state.isLive {
      mix(TenderKind.allCases.firstIndex(of: tender.kind) ?? 0)
      mix(tender.carried.flatMap { TenderKind.allCases.firstIndex(of: $0.kind) } ?? -1)
      mix(TenderState.allCases.firstIndex(of: tender.state) ?? 0)
      for amount in [tender.asked, tender.approved, tender.change, tender.tip, tender.cashback, tender.cashRounding] {
        mix(amount.minorUnits)
      }
    }
    for tender in sale.tenders where tender.kind == .provider { mix(tender, node) }
    for amount in [sale.totals.total, sale.totals.due, sale.totals.change] { mix(amount.minorUnits) }
  }

  /// One that is over may still be heard of, and what "no such order" means depends on its time.
  private mutating func mix(_ order: Tender, _ node: Node) {
    mix(TenderState.allCases.firstIndex(of: order.state) ?? 0)
    mix(order.asked.minorUnits)
    mix(order.isFollowed && node.now >= order.course?.askUntil ?? 0 ? 1 : 0)
    mix(order.course?.taken == true ? 1 : 0)
    // Who closes a shown code's order decides what money is that comes all the same.
    mix(order.isShown && order.state.isLive ? order.why == "noAnswer" ? 2 : 1 : 0)
    mix(order.course?.alarm.flatMap { TenderAlarm.allCases.firstIndex(of: $0) } ?? -1)
    mix(order.course?.verdict.map { $0 == .paid ? 1 : 2 } ?? 0)
    mix(order.course?.test.map { $0 == .agrees ? 1 : $0 == .contrary ? 2 : 3 } ?? 0)
    mix(order.course?.took?.minorUnits ?? -1)
    mix(order.course?.unsent == true ? 1 : 0)
  }

  private mutating func mix(_ approval: Approval, _ node: Node, _ revision: Int64, _ subject: Int) {
    // One that no call can use any more is as good as none.
    guard approval.isFresh(in: node) else { return }
    mix(subject)
    mix(ApprovalAction.allCases.firstIndex(of: approval.action) ?? 0)
    mix(approval.amount?.minorUnits ?? -1)
  }

  private mutating func mix(_ value: some BinaryInteger) {
    let word = UInt64(truncatingIfNeeded: value)
    one = (one ^ word) &* 0xFF51_AFD7_ED55_8CCD
    one ^= one >> 32
    two = (two &+ word) &* 0xC4CE_B9FE_1A85_EC53
    two ^= two >> 29
  }
}

extension Approval {
  /// Whether some call may still use it.
  func isFresh(in node: Node) -> Bool {
    if expires < node.now { return false }
    if let known = node.till.revision(subject) { return revision == known }
    return node.till.configuration.lane(subject) != nil
  }
}

extension LineInput {
  func isOfStub(_ stub: String) -> Bool { original?.reference.stub == stub && original?.proof == .local }
}
