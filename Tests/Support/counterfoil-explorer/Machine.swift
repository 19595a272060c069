import Money
import Till

/// The machine under test, or one with a planted fault that the checks must find.
enum Machine: String, CaseIterable {
  case sound
  /// The drawer keeps what was given back.
  case forgetsChange
  /// An external tender takes more than is due.
  case overpays
  /// A second electronic tender while one is unknown.
  case secondLive
  /// A pulse that no record orders.
  case looseKick
  /// An unknown tender of a parked sale cannot be reported, nor the sale taken up.
  case noExit
  /// The day's sums miss refunds.
  case losesRefunds
  /// A restart does not know that a sale was parked.
  case losesParking

  func decide(_ till: Till, _ event: Event, _ context: Context) throws(Refusal) -> Decision {
    switch (self, event) {
    case (.overpays, .addTender(let add)) where add.tender.kind == .external && add.tender.report?.outcome == .yes:
      var decision = try till.decide(event, context)
      for index in decision.records.indices {
        guard case .tenderApproved(var changed) = decision.records[index].fact else { continue }
        changed.tender.approved.minorUnits += 1
        decision.records[index].fact = .tenderApproved(changed)
      }
      return decision
    case (.secondLive, .addTender(let add)):
      do { return try till.decide(event, context) } catch {
        guard case .refused(.liveTender, _) = error else { throw error }
        var blind = till
        if var sale = blind.sales[add.sale] {
          for index in sale.tenders.indices { sale.tenders[index].state = .declined }
          sale.totals.due = sale.totals.total
          blind.sales[add.sale] = sale
        }
        return try blind.decide(event, context)
      }
    case (.looseKick, .reopen):
      var decision = try till.decide(event, context)
      decision.effects.append(.kickDrawer(order: "d1", drawer: "drawer:a"))
      return decision
    case (.noExit, .reportTender(let report)) where till.sales[report.sale]?.parked == true:
      throw .refused(.tender, text: "parked")
    case (.noExit, .unpark(let call, _)) where till.sales[call.sale]?.tenders.contains { $0.state.isLive } == true:
      throw .refused(.tender, text: "unknown")
    default: return try till.decide(event, context)
    }
  }

  func apply(_ till: inout Till, _ record: Record) throws(ReplayError) {
    var record = record
    switch (self, record.fact) {
    case (.forgetsChange, .tenderApproved(var changed)):
      changed.tender.change = .zero
      record.fact = .tenderApproved(changed)
      try till.apply(record)
    case (.losesRefunds, .stubSealed(let stub)) where stub.form == .refund:
      let day = till.day
      try till.apply(record)
      till.day = day
    default: try till.apply(record)
    }
  }
}
