import Money

extension Till {
  /// Checks and computes; refuses or acts, never traps. Changes nothing.
  public func decide(_ event: Event, _ context: Context) throws(Refusal) -> Decision {
    if case .genesis(let genesis) = event { return try decideGenesis(genesis, context) }
    guard identity != nil else { throw .refused(.genesis, text: "the journal has no genesis") }
    switch event {
    case .genesis(let genesis): return try decideGenesis(genesis, context)
    case .boot(let boot): return decideBoot(boot, context)
    case .stop(let reason): return try decideStop(reason, context)
    case .configure(let reason, let new): return try decideConfigure(reason, new, context)
    case .openSale(let event): return try decideOpenSale(event, context)
    case .ring(let event): return try decideRing(event, context)
    case .addLines(let event): return try decideAddLines(event, context)
    case .changeLine(let event): return try decideChangeLine(event, context)
    case .removeLine(let event): return try decideRemoveLine(event, context)
    case .setAdjustments(let event): return try decideSetAdjustments(event, context)
    case .setParty(let event): return try decideSetParty(event, context)
    case .park(let call, let label): return try decidePark(call, label: label, context)
    case .unpark(let call, let lane): return try decideUnpark(call, lane: lane, context)
    case .total(let call): return try decideTotal(call, context)
    case .reopen(let call): return try decideReopen(call, context)
    case .voidSale(let event): return try decideVoid(event, context)
    case .addTender(let event): return try decideAddTender(event, context)
    case .reportTender(let event): return try decideReportTender(event, context)
    case .removeTender(let event): return try decideRemoveTender(event, context)
    case .decideTender(let event): return try decideDecideTender(event, context)
    case .resolveSale(let event): return try decideResolve(event, context)
    case .tenderAnswered(let event): return try decideTenderAnswered(event, context)
    case .tenderAddressed(let event): return try decideTenderAddressed(event, context)
    case .giveUpTender(let event): return try decideGiveUpTender(event, context)
    case .correctTender(let event): return try decideCorrectTender(event, context)
    case .approve(let event): return try decideApprove(event, context)
    case .openShift(let event): return try decideOpenShift(event, context)
    case .moveCash(let event): return try decideMoveCash(event, context)
    case .closeShift(let event): return try decideCloseShift(event, context)
    case .closeDay(let last, let head, let slip):
      return try decideCloseDay(last: last, head: head, slip: slip, context)
    case .deliver(let event): return try decideDeliver(event, context)
    case .printNote(let event): return try decidePrintNote(event, context)
    case .printReport(let lane, let printer, let report):
      return try decidePrintReport(lane: lane, printer: printer, report: report, context)
    case .decideJob(let job, let decision): return try decideDecideJob(job, decision, context)
    case .jobStarting(let job): return try decideJobStarting(job, context)
    case .jobEnded(let end): return try decideJobEnded(end, context)
    case .openDrawer(let event): return try decideOpenDrawer(event, context)
    case .drawerEnded(let order, let outcome): return try decideDrawerEnded(order, outcome, context)
    }
  }

  // MARK: - Common look-ups

  /// The configured lane; nil means the only one.
  func laneConfiguration(_ name: String?) throws(Refusal) -> LaneConfiguration {
    if let name {
      guard let lane = configuration.lane(name) else { throw .noSuchLane(name) }
      return lane
    }
    guard configuration.lanes.count == 1, let lane = configuration.lanes.first else { throw .noSuchLane(nil) }
    return lane
  }

  /// The lane's open shift.
  func openShift(_ lane: String) throws(Refusal) -> Shift {
    guard let shift = shift(lane: lane) else { throw .shiftClosed(lane: lane) }
    return shift
  }

  /// A sale in one of the allowed states, at the revision that the caller knows; not parked unless allowed.
  func sale(
    _ id: String, revision: Int64?, _ allowed: [SaleState], parkedToo: Bool = false
  ) throws(Refusal) -> Sale {
    guard let sale = sales[id] else { throw .noSuchSale(id, allowed: allowed) }
    if let revision, revision != sale.revision { throw .revisionConflict(current: sale.revision) }
    guard allowed.contains(sale.state), parkedToo || !sale.parked else {
      throw .wrongState(state: sale.state, parked: sale.parked, allowed: allowed)
    }
    return sale
  }

  /// Refuses while the sum of all money ever seen leaves too little room for the counters.
  func checkVolume() throws(Refusal) {
    guard grand.volume.minorUnits <= Till.largestVolume else {
      throw .limitExceeded(.volume, maximum: Till.largestVolume)
    }
  }

  /// Refuses an amount that one sale, one movement of cash or one count may not have.
  func checkLargest(_ amounts: [Amount]) throws(Refusal) {
    for amount in amounts where amount.magnitude > largestSale {
      throw .limitExceeded(.saleTotal, maximum: largestSale.minorUnits)
    }
  }

  /// The largest total of a sale under the configuration in force.
  var largestSale: Amount { configuration.limits.saleTotal ?? Amount(Limits.saleTotal) }

  /// An eighth of the largest amount: what one event can add stays below the rest.
  static let largestVolume: Int64 = 1 << 50

  /// Refuses when open sales and configuration would no longer fit a STATE.
  func checkOpenState(growth: Int) throws(Refusal) {
    guard openStateSize + growth <= Limits.openState else {
      throw .limitExceeded(.openState, maximum: Int64(Limits.openState))
    }
  }

  /// The rules for a sale under the configuration in force.
  public func pricingRules(_ rounding: TaxRounding? = nil, facts: [ClosedStubFacts] = []) -> PricingRules {
    PricingRules(taxRounding: rounding ?? configuration.taxRounding, taxes: configuration.taxes, facts: facts)
  }

  /// The smallest cash step in minor units.
  public var cashStep: Int64 {
    configuration.cashStep ?? currency.map { CashRounding.step(for: $0) } ?? 1
  }
}
