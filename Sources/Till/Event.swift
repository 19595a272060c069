import Money

/// Something that a client, a device or the daemon itself wants to happen. One case per mutating thing.
public indirect enum Event: Sendable {
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
  case decideTender(DecideTender)
  case resolveSale(ResolveSale)
  /// The box's own: what a payment provider said.
  case tenderAnswered(TenderAnswered)
  /// The box's own: a connector said for whom it takes an order.
  case tenderAddressed(TenderAddressed)
  /// The box's own: the time to ask is over.
  case giveUpTender(GiveUpTender)
  case correctTender(CorrectTender)
  case approve(Approve)

  case openShift(OpenShift)
  case moveCash(MoveCash)
  case closeShift(CloseShift)
  /// 日结. The journal's position is handed in: the last durable sequence and the head's chain value.
  /// `slip`: the lane whose printer also prints the Z.
  case closeDay(last: Int64, head: String, slip: String? = nil)

  case deliver(Deliver)
  case printNote(PrintNote)
  /// Prints the slip of a report, a closing or a movement of cash. Whoever asks has made sure that it exists.
  case printReport(lane: String?, printer: String?, report: ReportName)
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
  @Rare public var corrects: StubReference?
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

/// A second person's permission; the engine has checked who that is.
public struct Approve: Hashable, Sendable {
  public var approver: String
  public var action: ApprovalAction
  public var subject: String
  public var revision: Int64
  public var reason: String
  /// The Unix user whose calls may use it; nil: whoever is handed the id.
  public var user: Int64?
  /// The most that the call may come to; see ``ApprovalAction/binding``.
  public var amount: Amount?
  /// What showed that it is the approver; whoever takes the call knows it.
  public var proven: ApprovalProof?
  /// Of decideTender: what the call may decide, and about which tender; nil: the approver was not told.
  public var tender: TenderID?
  public var decision: ApprovedDecision?

  /// Memberwise.
  public init(
    approver: String, action: ApprovalAction, subject: String, revision: Int64, reason: String, user: Int64? = nil,
    amount: Amount? = nil, proven: ApprovalProof? = nil, tender: TenderID? = nil, decision: ApprovedDecision? = nil
  ) {
    self.tender = tender
    self.decision = decision
    self.proven = proven
    self.amount = amount
    self.user = user
    self.approver = approver
    self.action = action
    self.subject = subject
    self.revision = revision
    self.reason = reason
  }
}
