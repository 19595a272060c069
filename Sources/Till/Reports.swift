import Money

/// X of a shift: what would be counted now. Not for the eyes of who counts blind.
public struct ShiftReport: Hashable, Sendable {
  public var shift: String
  public var lane: String
  public var `operator`: String
  public var openedAt: Int64
  public var businessDay: BusinessDay
  public var opening: [Count]
  public var expected: [Count]
  public var cashIn: Amount
  public var cashOut: Amount
  public var cashToSafe: Amount
  public var totals: SalesTotals
  /// Unfinished sales of the shift.
  public var openSales: [String]
  /// Sales that wait for a person, and their totals; in no sum. nil: none.
  public var held: Tally?

  /// Memberwise.
  public init(
    shift: String, lane: String, `operator`: String, openedAt: Int64, businessDay: BusinessDay, opening: [Count],
    expected: [Count], cashIn: Amount, cashOut: Amount, cashToSafe: Amount, totals: SalesTotals, openSales: [String],
    held: Tally? = nil
  ) {
    self.held = held
    self.shift = shift
    self.lane = lane
    self.operator = `operator`
    self.openedAt = openedAt
    self.businessDay = businessDay
    self.opening = opening
    self.expected = expected
    self.cashIn = cashIn
    self.cashOut = cashOut
    self.cashToSafe = cashToSafe
    self.totals = totals
    self.openSales = openSales
  }
}

/// X of the day: what the next Z would say.
public struct DayReport: Hashable, Sendable {
  /// The number of the next Z.
  public var number: Int64
  /// The first sequence of its range.
  public var first: Int64
  public var totals: SalesTotals
  public var grand: GrandTotals
  public var openShifts: [String]
  public var openSales: [String]
  public var unresolved: [UnresolvedTender]

  /// Memberwise.
  public init(
    number: Int64, first: Int64, totals: SalesTotals, grand: GrandTotals, openShifts: [String], openSales: [String],
    unresolved: [UnresolvedTender]
  ) {
    self.number = number
    self.first = first
    self.totals = totals
    self.grand = grand
    self.openShifts = openShifts
    self.openSales = openSales
    self.unresolved = unresolved
  }
}

extension Till {
  /// X of an open shift; nil when it is not open.
  public func shiftReport(_ id: String) -> ShiftReport? {
    guard let shift = shifts[id] else { return nil }
    return ShiftReport(
      shift: shift.id, lane: shift.lane, operator: shift.operator, openedAt: shift.openedAt,
      businessDay: shift.businessDay, opening: shift.opening, expected: shift.expected, cashIn: shift.cashIn,
      cashOut: shift.cashOut, cashToSafe: shift.cashToSafe, totals: shift.totals,
      openSales: sales.values.filter { $0.shift == id }.map(\.id).sorted(), held: held(ofShift: id))
  }

  /// X of the day.
  public func dayReport() -> DayReport {
    DayReport(
      number: counters.nextZ, first: counters.lastZSequence + 1, totals: day, grand: grand,
      openShifts: shifts.keys.sorted(), openSales: sales.values.filter { $0.mode == .normal }.map(\.id).sorted(),
      unresolved: unresolvedOfDay)
  }
}
