import Money

/// Counted or expected money of one kind.
public struct Count: Hashable, Sendable {
  public var key: TenderKey
  public var amount: Amount
  /// Pieces by denomination (minor units), ascending; evidence only.
  public var denominations: [Denomination] = []

  /// Memberwise.
  public init(key: TenderKey, amount: Amount, denominations: [Denomination] = []) {
    self.key = key
    self.amount = amount
    self.denominations = denominations
  }
}

/// So many pieces of one coin or note.
public struct Denomination: Hashable, Sendable {
  /// Minor units.
  public var value: Amount
  public var pieces: Int64

  /// Memberwise.
  public init(value: Amount, pieces: Int64) {
    self.value = value
    self.pieces = pieces
  }
}

/// Where moved cash goes.
public enum CashDirection: String, Sendable, CaseIterable {
  /// Into the drawer.
  case `in`
  /// Out of the drawer.
  case out
  /// From the drawer into the safe.
  case toSafe
}

/// One operator's turn at one lane, with its running sums (training in none of them).
public struct Shift: Equatable, Sendable {
  /// `s1`, `s2`, …
  public var id: String
  public var lane: String
  public var `operator`: String
  public var openedAt: Int64
  public var businessDay: BusinessDay
  public var opening: [Count] = []
  /// What should be there, by kind and currency, opening included, sorted.
  public var expected: [Count] = []
  public var cashIn: Amount = .zero
  public var cashOut: Amount = .zero
  public var cashToSafe: Amount = .zero
  public var totals: SalesTotals = SalesTotals()
  /// Its newest stubs that the drawer was not asked to open for again, oldest first, ``Limits/changeOwed`` at most.
  public var changeOwed: [String]?
  /// True: the drawer was opened once to be counted.
  public var counted: Bool?

  /// Memberwise.
  public init(
    id: String, lane: String, `operator`: String, openedAt: Int64, businessDay: BusinessDay, opening: [Count] = [],
    expected: [Count] = [], cashIn: Amount = .zero, cashOut: Amount = .zero, cashToSafe: Amount = .zero,
    totals: SalesTotals = SalesTotals(), changeOwed: [String]? = nil, counted: Bool? = nil
  ) {
    self.id = id
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
    self.changeOwed = changeOwed
    self.counted = counted
  }
}

extension Shift {
  /// Notes a stub of the shift: its drawer may be opened for it once more.
  mutating func owe(_ stub: StubNumber) {
    changeOwed = Array(((changeOwed ?? []) + [stub.description]).suffix(Limits.changeOwed))
  }
}
