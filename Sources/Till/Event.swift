import Money

/// Something that a client, a device or the daemon itself wants to happen. One case per mutating thing.
public enum Event: Sendable {
  case genesis(Genesis)
  case boot(Boot)
  case stop(reason: String)
  case configure(reason: String, TillConfiguration)

  case openSale(OpenSale)
  case ring(Ring)
  case addLines(AddLines)
  case changeLine(ChangeLine)
  case removeLine(RemoveLine)
  case setAdjustments(SetAdjustments)
  case setParty(SetParty)
  case park(SaleCall, label: String?)
  case unpark(SaleCall, lane: String)
  case total(SaleCall)
  case reopen(SaleCall)
  case voidSale(VoidSale)
  case addTender(AddTender)
  case reportTender(ReportTender)
  case removeTender(RemoveTender)
  case approve(Approve)

  case openShift(OpenShift)
  case moveCash(MoveCash)
  case closeShift(CloseShift)
  /// 日结. The journal's position is handed in: the last durable sequence and the head's chain value.
  case closeDay(last: Int64, head: String)

  case deliver(Deliver)
  case printNote(PrintNote)
  /// Prints an X or Z report; `report` names it, e.g. `x:s12`, `z:7`.
  case printReport(lane: String?, printer: String?, report: String)
  case decideJob(job: String, decision: JobDecision)
  /// Before the first byte goes out.
  case jobStarting(job: String)
  case jobEnded(JobEnd)
  case openDrawer(OpenDrawer)
  case drawerEnded(order: String, outcome: DrawerOutcome)
}

/// A sale and the revision that the caller knows (nil: whatever it is).
public struct SaleCall: Hashable, Sendable {
  public var sale: String
  public var revision: Int64?

  /// Memberwise.
  public init(sale: String, revision: Int64? = nil) {
    self.sale = sale
    self.revision = revision
  }
}

/// Opens a sale, with or without lines.
public struct OpenSale: Hashable, Sendable {
  /// nil: the only lane.
  public var lane: String?
  public var kind: SaleKind = .sale
  public var lines: [LineInput] = []
  public var adjustments: [Adjustment] = []
  public var corrects: StubReference?
  public var externalReference: String?
  public var label: String?
  public var member: String?
  public var approval: String?

  /// Memberwise.
  public init(
    lane: String? = nil, kind: SaleKind = .sale, lines: [LineInput] = [], adjustments: [Adjustment] = [],
    corrects: StubReference? = nil, externalReference: String? = nil, label: String? = nil, member: String? = nil,
    approval: String? = nil
  ) {
    self.lane = lane
    self.kind = kind
    self.lines = lines
    self.adjustments = adjustments
    self.corrects = corrects
    self.externalReference = externalReference
    self.label = label
    self.member = member
    self.approval = approval
  }
}

/// A whole sale with its one tender in one call. Line ids are 1, 2, … in order of `lines`.
public struct Ring: Hashable, Sendable {
  public var open: OpenSale
  public var tender: TenderInput

  /// Memberwise.
  public init(open: OpenSale, tender: TenderInput) {
    self.open = open
    self.tender = tender
  }
}

public struct AddLines: Hashable, Sendable {
  public var sale: String
  public var revision: Int64?
  public var lines: [LineInput]
  public var approval: String?

  /// Memberwise.
  public init(sale: String, revision: Int64? = nil, lines: [LineInput], approval: String? = nil) {
    self.sale = sale
    self.revision = revision
    self.lines = lines
    self.approval = approval
  }
}

/// Replaces what a line sells; it keeps its id and place.
public struct ChangeLine: Hashable, Sendable {
  public var sale: String
  public var revision: Int64?
  public var line: LineID
  public var replacement: LineInput
  public var reason: String?
  public var approval: String?

  /// Memberwise.
  public init(
    sale: String, revision: Int64? = nil, line: LineID, replacement: LineInput, reason: String? = nil,
    approval: String? = nil
  ) {
    self.sale = sale
    self.revision = revision
    self.line = line
    self.replacement = replacement
    self.reason = reason
    self.approval = approval
  }
}

public struct RemoveLine: Hashable, Sendable {
  public var sale: String
  public var revision: Int64?
  public var line: LineID
  public var reason: String?
  public var approval: String?

  /// Memberwise.
  public init(sale: String, revision: Int64? = nil, line: LineID, reason: String? = nil, approval: String? = nil) {
    self.sale = sale
    self.revision = revision
    self.line = line
    self.reason = reason
    self.approval = approval
  }
}

/// Replaces the whole set of adjustments; allocations in it are ignored.
public struct SetAdjustments: Hashable, Sendable {
  public var sale: String
  public var revision: Int64?
  public var adjustments: [Adjustment]
  public var approval: String?

  /// Memberwise.
  public init(sale: String, revision: Int64? = nil, adjustments: [Adjustment], approval: String? = nil) {
    self.sale = sale
    self.revision = revision
    self.adjustments = adjustments
    self.approval = approval
  }
}

public struct SetParty: Hashable, Sendable {
  public var sale: String
  public var revision: Int64?
  public var member: String?

  /// Memberwise.
  public init(sale: String, revision: Int64? = nil, member: String? = nil) {
    self.sale = sale
    self.revision = revision
    self.member = member
  }
}

public struct VoidSale: Hashable, Sendable {
  public var sale: String
  public var revision: Int64?
  public var reason: String
  public var approval: String?

  /// Memberwise.
  public init(sale: String, revision: Int64? = nil, reason: String, approval: String? = nil) {
    self.sale = sale
    self.revision = revision
    self.reason = reason
    self.approval = approval
  }
}

/// What an application says about an external tender.
public enum ReportedOutcome: String, Sendable, CaseIterable {
  case yes, no, unknown
}

/// The outcome of an external tender.
public struct TenderReport: Hashable, Sendable {
  public var outcome: ReportedOutcome
  /// All the money moved, extras included; nil: what was asked plus extras. Less than that: a partial approval.
  public var approved: Amount?
  public var tip: Amount = .zero
  public var surcharge: Amount = .zero
  public var cashback: Amount = .zero
  public var reference: String?
  public var why: String?

  /// Memberwise.
  public init(
    outcome: ReportedOutcome, approved: Amount? = nil, tip: Amount = .zero, surcharge: Amount = .zero,
    cashback: Amount = .zero, reference: String? = nil, why: String? = nil
  ) {
    self.outcome = outcome
    self.approved = approved
    self.tip = tip
    self.surcharge = surcharge
    self.cashback = cashback
    self.reference = reference
    self.why = why
  }
}

/// AddTender's parameters; Ring's tender is the same set.
public struct TenderInput: Hashable, Sendable {
  public var kind: TenderKind
  /// The part of the bill to settle, signed as the total; nil: all that is due.
  public var amount: Amount?
  /// Cash handed over; nil: exactly what is due.
  public var tendered: Amount?
  public var foreign: ForeignAmount?
  /// Terminal, wallet or channel of an external tender.
  public var provider: String?
  public var reference: String?
  /// nil: an external tender whose outcome is reported later.
  public var report: TenderReport?

  /// Memberwise.
  public init(
    kind: TenderKind, amount: Amount? = nil, tendered: Amount? = nil, foreign: ForeignAmount? = nil,
    provider: String? = nil, reference: String? = nil, report: TenderReport? = nil
  ) {
    self.kind = kind
    self.amount = amount
    self.tendered = tendered
    self.foreign = foreign
    self.provider = provider
    self.reference = reference
    self.report = report
  }
}

public struct AddTender: Hashable, Sendable {
  public var sale: String
  public var revision: Int64?
  public var tender: TenderInput

  /// Memberwise.
  public init(sale: String, revision: Int64? = nil, tender: TenderInput) {
    self.sale = sale
    self.revision = revision
    self.tender = tender
  }
}

public struct ReportTender: Hashable, Sendable {
  public var sale: String
  public var revision: Int64?
  public var tender: TenderID
  public var report: TenderReport

  /// Memberwise.
  public init(sale: String, revision: Int64? = nil, tender: TenderID, report: TenderReport) {
    self.sale = sale
    self.revision = revision
    self.tender = tender
    self.report = report
  }
}

public struct RemoveTender: Hashable, Sendable {
  public var sale: String
  public var revision: Int64?
  public var tender: TenderID
  public var reason: String
  public var approval: String?

  /// Memberwise.
  public init(sale: String, revision: Int64? = nil, tender: TenderID, reason: String, approval: String? = nil) {
    self.sale = sale
    self.revision = revision
    self.tender = tender
    self.reason = reason
    self.approval = approval
  }
}

/// A second person's permission; the engine has checked who that is.
public struct Approve: Hashable, Sendable {
  public var approver: String
  public var action: ApprovalAction
  public var subject: String
  public var revision: Int64
  public var reason: String

  /// Memberwise.
  public init(approver: String, action: ApprovalAction, subject: String, revision: Int64, reason: String) {
    self.approver = approver
    self.action = action
    self.subject = subject
    self.revision = revision
    self.reason = reason
  }
}

public struct OpenShift: Hashable, Sendable {
  public var lane: String?
  public var `operator`: String
  public var opening: [Count] = []
  /// Overrides the proposal, e.g. while the clock is doubtful.
  public var businessDay: BusinessDay?

  /// Memberwise.
  public init(lane: String? = nil, `operator`: String, opening: [Count] = [], businessDay: BusinessDay? = nil) {
    self.lane = lane
    self.operator = `operator`
    self.opening = opening
    self.businessDay = businessDay
  }
}

public struct MoveCash: Hashable, Sendable {
  public var shift: String
  public var direction: CashDirection
  /// Positive.
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

/// 交班: counts first; what was expected is answered only afterwards.
public struct CloseShift: Hashable, Sendable {
  public var shift: String
  public var counts: [Count]
  /// What stays in the drawer for the next shift.
  public var leave: [Count] = []
  /// True: parked sales pass to the next shift.
  public var carryParked: Bool = false

  /// Memberwise.
  public init(shift: String, counts: [Count], leave: [Count] = [], carryParked: Bool = false) {
    self.shift = shift
    self.counts = counts
    self.leave = leave
    self.carryParked = carryParked
  }
}

/// How a receipt reaches the customer.
public enum DeliveryChannel: String, Sendable, CaseIterable {
  case paper, electronic, none
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
