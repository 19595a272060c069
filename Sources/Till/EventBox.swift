import Money

public struct OpenShift: Hashable, Sendable {
  public var lane: String?
  public var `operator`: String
  public var opening: [Count] = []
  /// Overrides the proposal, e.g. while the clock is doubtful.
  public var businessDay: BusinessDay?
  /// For a day more than one ahead.
  public var approval: String?

  /// Memberwise.
  public init(
    lane: String? = nil, `operator`: String, opening: [Count] = [], businessDay: BusinessDay? = nil,
    approval: String? = nil
  ) {
    self.lane = lane
    self.operator = `operator`
    self.opening = opening
    self.businessDay = businessDay
    self.approval = approval
  }
}

public struct MoveCash: Hashable, Sendable {
  public var shift: String
  public var direction: CashDirection
  /// Positive.
  public var amount: Amount
  public var reason: String
  public var approval: String?
  /// True: the lane's printer also prints a slip.
  public var prints: Bool = false

  /// Memberwise.
  public init(
    shift: String, direction: CashDirection, amount: Amount, reason: String, approval: String? = nil,
    prints: Bool = false
  ) {
    self.shift = shift
    self.direction = direction
    self.amount = amount
    self.reason = reason
    self.approval = approval
    self.prints = prints
  }
}

/// 交班: counts first; what was expected is answered only afterwards.
public struct CloseShift: Hashable, Sendable {
  public var shift: String
  public var counts: [Count]
  /// What stays in the drawer for the next shift.
  public var leave: [Count] = []
  /// True: unfinished sales are parked and pass to the next shift.
  public var carryParked: Bool = false
  /// True: the lane's printer also prints a slip.
  public var prints: Bool = false

  /// Memberwise.
  public init(
    shift: String, counts: [Count], leave: [Count] = [], carryParked: Bool = false, prints: Bool = false
  ) {
    self.shift = shift
    self.counts = counts
    self.leave = leave
    self.carryParked = carryParked
    self.prints = prints
  }
}

/// How a receipt reaches the customer.
public enum DeliveryChannel: String, Sendable, CaseIterable {
  /// A print job.
  case paper
  /// The application shows or sends it.
  case electronic
  /// The customer wants none.
  case none
}

/// Delivers a document of a sealed stub (needs facts), or a pro forma of an open sale.
public struct Deliver: Hashable, Sendable {
  public var stub: StubReference?
  /// The open sale of a pro forma.
  public var sale: String?
  public var channel: DeliveryChannel = .paper
  public var document: DocumentKind = .receipt
  /// nil: the lane's.
  public var printer: String?
  public var lane: String?

  /// Memberwise.
  public init(
    stub: StubReference? = nil, sale: String? = nil, channel: DeliveryChannel = .paper,
    document: DocumentKind = .receipt, printer: String? = nil, lane: String? = nil
  ) {
    self.stub = stub
    self.sale = sale
    self.channel = channel
    self.document = document
    self.printer = printer
    self.lane = lane
  }
}

public struct PrintNote: Hashable, Sendable {
  public var lane: String?
  public var printer: String?
  public var note: NoteSummary

  /// Memberwise.
  public init(lane: String? = nil, printer: String? = nil, note: NoteSummary) {
    self.lane = lane
    self.printer = printer
    self.note = note
  }
}

/// How a print attempt ended.
public struct JobEnd: Hashable, Sendable {
  public var job: String
  public var outcome: JobOutcome
  public var level: PrintLevel = .queued
  public var sentBytes: Int64 = 0
  public var totalBytes: Int64 = 0
  public var why: String?

  /// Memberwise.
  public init(
    job: String, outcome: JobOutcome, level: PrintLevel = .queued, sentBytes: Int64 = 0, totalBytes: Int64 = 0,
    why: String? = nil
  ) {
    self.job = job
    self.outcome = outcome
    self.level = level
    self.sentBytes = sentBytes
    self.totalBytes = totalBytes
    self.why = why
  }
}

public struct OpenDrawer: Hashable, Sendable {
  public var lane: String?
  /// nil: the lane's.
  public var drawer: String?
  public var reason: DrawerReason
  /// The stub whose change is given.
  public var stub: String?
  public var note: String?
  public var approval: String?

  /// Memberwise.
  public init(
    lane: String? = nil, drawer: String? = nil, reason: DrawerReason, stub: String? = nil, note: String? = nil,
    approval: String? = nil
  ) {
    self.lane = lane
    self.drawer = drawer
    self.reason = reason
    self.stub = stub
    self.note = note
    self.approval = approval
  }
}
