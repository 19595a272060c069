import Money

public struct DeliveryOrdered: Hashable, Sendable {
  /// `v1`, `v2`, …
  public var delivery: String
  public var stub: StubReference?
  /// The open sale of a pro forma.
  public var sale: String?
  public var channel: DeliveryChannel
  public var document: DocumentKind
  /// The job that prints it: a new one, or one that was owed.
  public var job: String?

  /// Memberwise.
  public init(
    delivery: String, stub: StubReference? = nil, sale: String? = nil, channel: DeliveryChannel, document: DocumentKind,
    job: String? = nil
  ) {
    self.delivery = delivery
    self.stub = stub
    self.sale = sale
    self.channel = channel
    self.document = document
    self.job = job
  }
}

public struct JobStarted: Hashable, Sendable {
  public var job: String
  /// Which attempt at this document of the stub, from 1; those of earlier jobs count.
  public var ordinal: Int64
  /// True when the slip says 补打.
  public var marked: Bool

  /// Memberwise.
  public init(job: String, ordinal: Int64, marked: Bool) {
    self.job = job
    self.ordinal = ordinal
    self.marked = marked
  }

  /// The number behind 补打 on the slip: 1 for the first after the original; nil: unmarked. A reprint that was ordered
  /// before earlier jobs counted has 1 too.
  public var copyNumber: Int64? { marked ? max(1, ordinal - 1) : nil }
}

public struct JobEnded: Hashable, Sendable {
  public var job: String
  public var ordinal: Int64
  public var outcome: JobOutcome
  public var level: PrintLevel
  public var sentBytes: Int64
  public var totalBytes: Int64
  public var why: String?

  /// Memberwise.
  public init(
    job: String, ordinal: Int64, outcome: JobOutcome, level: PrintLevel, sentBytes: Int64, totalBytes: Int64,
    why: String? = nil
  ) {
    self.job = job
    self.ordinal = ordinal
    self.outcome = outcome
    self.level = level
    self.sentBytes = sentBytes
    self.totalBytes = totalBytes
    self.why = why
  }
}

public struct JobDecided: Hashable, Sendable {
  public var job: String
  public var decision: JobDecision

  /// Memberwise.
  public init(job: String, decision: JobDecision) {
    self.job = job
    self.decision = decision
  }
}

public struct DrawerOrdered: Hashable, Sendable {
  public var order: String
  public var drawer: String
  public var reason: DrawerReason
  public var stub: String?
  public var note: String?
  public var approval: String?
  /// True: somebody asked for the opening itself; nil: it came with money that moved.
  public var asked: Bool?

  /// Memberwise.
  public init(
    order: String, drawer: String, reason: DrawerReason, stub: String? = nil, note: String? = nil,
    approval: String? = nil, asked: Bool? = nil
  ) {
    self.order = order
    self.drawer = drawer
    self.reason = reason
    self.stub = stub
    self.note = note
    self.approval = approval
    self.asked = asked
  }
}

public struct DrawerEnded: Hashable, Sendable {
  public var order: String
  public var outcome: DrawerOutcome

  /// Memberwise.
  public init(order: String, outcome: DrawerOutcome) {
    self.order = order
    self.outcome = outcome
  }
}

public struct ShiftOpened: Hashable, Sendable {
  public var shift: String
  public var lane: String
  public var `operator`: String
  public var opening: [Count]
  public var approval: String?

  /// Memberwise.
  public init(shift: String, lane: String, `operator`: String, opening: [Count], approval: String? = nil) {
    self.shift = shift
    self.lane = lane
    self.operator = `operator`
    self.opening = opening
    self.approval = approval
  }
}

public struct CashMoved: Hashable, Sendable {
  public var shift: String
  public var direction: CashDirection
  public var amount: Amount
  public var reason: String
  public var approval: String?

  /// Memberwise.
  public init(shift: String, direction: CashDirection, amount: Amount, reason: String, approval: String? = nil) {
    self.shift = shift
    self.direction = direction
    self.amount = amount
    self.reason = reason
    self.approval = approval
  }
}

public struct ShiftClosed: Hashable, Sendable {
  public var shift: String
  public var counts: [Count]
  public var leave: [Count]
  public var expected: [Count]
  /// counts − expected.
  public var differences: [Count]
  public var carryParked: Bool
  /// Unfinished sales that pass to the next shift; those that were not parked yet are, by records after this one.
  public var carried: [String]
  public var totals: SalesTotals
  /// Who was responsible, since when, with which cash.
  public var `operator`: String
  public var openedAt: Int64
  public var opening: [Count]
  public var cashIn: Amount
  public var cashOut: Amount
  public var cashToSafe: Amount
  /// Tenders of the shift's sales whose outcome nobody knows.
  public var unresolved: [UnresolvedTender]
  /// Sales that wait for a person, and their totals; in no sum. nil: none.
  public var held: Tally?

  /// Memberwise.
  public init(
    shift: String, counts: [Count], leave: [Count], expected: [Count], differences: [Count], carryParked: Bool,
    carried: [String], totals: SalesTotals, `operator`: String, openedAt: Int64, opening: [Count], cashIn: Amount,
    cashOut: Amount, cashToSafe: Amount, unresolved: [UnresolvedTender], held: Tally? = nil
  ) {
    self.held = held
    self.shift = shift
    self.counts = counts
    self.leave = leave
    self.expected = expected
    self.differences = differences
    self.carryParked = carryParked
    self.carried = carried
    self.totals = totals
    self.operator = `operator`
    self.openedAt = openedAt
    self.opening = opening
    self.cashIn = cashIn
    self.cashOut = cashOut
    self.cashToSafe = cashToSafe
    self.unresolved = unresolved
  }
}

/// A tender whose outcome nobody knows, listed at Z and carried.
public struct UnresolvedTender: Hashable, Sendable {
  public var sale: String
  public var tender: TenderID
  public var kind: TenderKind
  public var provider: String?
  public var asked: Amount
  /// What a person decided about it; nil: nobody did.
  public var verdict: TenderVerdict?
  /// What its provider said of that; nil: nothing yet.
  public var test: VerdictTest?

  /// Memberwise.
  public init(
    sale: String, tender: TenderID, kind: TenderKind, provider: String? = nil, asked: Amount,
    verdict: TenderVerdict? = nil, test: VerdictTest? = nil
  ) {
    self.verdict = verdict
    self.test = test
    self.sale = sale
    self.tender = tender
    self.kind = kind
    self.provider = provider
    self.asked = asked
  }
}

/// 日结: Z over a range of sequences.
public struct DayClosed: Hashable, Sendable {
  /// Gap-free.
  public var number: Int64
  /// The range of sequences, both inclusive.
  public var first: Int64
  public var last: Int64
  /// The head's chain value in hex at `last`.
  public var head: String
  public var totals: SalesTotals
  public var grand: GrandTotals
  /// Unfinished sales.
  public var carried: [String]
  public var unresolved: [UnresolvedTender]
  /// Sales that wait for a person, and their totals; in no sum. nil: none.
  public var held: Tally?

  /// Memberwise.
  public init(
    number: Int64, first: Int64, last: Int64, head: String, totals: SalesTotals, grand: GrandTotals, carried: [String],
    unresolved: [UnresolvedTender], held: Tally? = nil
  ) {
    self.held = held
    self.number = number
    self.first = first
    self.last = last
    self.head = head
    self.totals = totals
    self.grand = grand
    self.carried = carried
    self.unresolved = unresolved
  }
}
