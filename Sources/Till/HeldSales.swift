import Money

extension Till {
  /// Sales that wait for a person, and what they come to: no stub stands for them yet, so they are in no sum. nil: there
  /// are none.
  func heldSales(where counts: (Sale) -> Bool) -> Tally? {
    var tally = Tally()
    for sale in sales.values where sale.state == .held && counts(sale) {
      tally.count &+= 1
      tally.amount = Amount(tally.amount.minorUnits.saturated(adding: sale.totals.total.minorUnits))
    }
    return tally.count == 0 ? nil : tally
  }

  /// Those of the day.
  public var heldOfDay: Tally? { heldSales { $0.mode == .normal } }

  /// Those of a shift.
  public func held(ofShift shift: String) -> Tally? { heldSales { $0.shift == shift } }
}
