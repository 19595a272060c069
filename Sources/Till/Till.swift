import Money

/// Everything that a restart must rebuild. A value: cheap to copy, changed by ``apply(_:)`` only.
public struct Till: Equatable, Sendable {
  /// nil before genesis.
  public package(set) var identity: Genesis?
  public package(set) var configuration = TillConfiguration()
  public package(set) var counters = Counters()
  /// The last business day seen; never goes back.
  public package(set) var businessDay: BusinessDay?
  /// Open shifts by id.
  public package(set) var shifts: [String: Shift] = [:]
  /// Sums since the last Z.
  public package(set) var day = SalesTotals()
  public package(set) var grand = GrandTotals()
  /// Unfinished sales by id.
  public package(set) var sales: [String: Sale] = [:]
  /// Payments of finished sales that are not over, by order number.
  public package(set) var pursuits: [String: Pursuit] = [:]
  /// Payments of finished sales that ended and are looked at a few times more, by order number.
  public package(set) var watched: [String: Pursuit] = [:]
  /// Approvals granted and not used, by id.
  public package(set) var approvals: [String: Approval] = [:]
  /// Those used lately, for the words of a refusal only.
  var spentApprovals = SpentApprovals()
  /// Unfinished print jobs by id.
  public package(set) var jobs: [String: PrintJob] = [:]
  /// Drawer orders without outcome by id.
  public package(set) var drawerOrders: [String: DrawerOrder] = [:]
  /// The machine that the journal is on; nil until a start told it.
  public package(set) var binding: MachineBinding?

  /// An empty till; its first record is genesis.
  public init() {}

  /// The sale's currency table row; nil before genesis.
  public var currency: Currency? { identity.flatMap { Currency(code: $0.currency) } }

  /// The open shift of a lane.
  public func shift(lane: String) -> Shift? { shifts.values.first { $0.lane == lane } }
}

/// Numbers that only go up.
public struct Counters: Hashable, Sendable {
  /// Next gap-free stub numbers.
  public var nextStub: Int64 = 1
  public var nextTrainingStub: Int64 = 1
  /// Next Z.
  public var nextZ: Int64 = 1
  /// Last sequence of the last Z, −1 before the first.
  public var lastZSequence: Int64 = -1
  public var nextShift: Int64 = 1
  public var nextJob: Int64 = 1
  public var nextDrawerOrder: Int64 = 1
  public var nextDelivery: Int64 = 1
  /// Next order at a payment provider; nil: there was none.
  public var nextOrder: Int64?
  public var boots: Int64 = 0

  /// Memberwise.
  public init(
    nextStub: Int64 = 1, nextTrainingStub: Int64 = 1, nextZ: Int64 = 1, lastZSequence: Int64 = -1, nextShift: Int64 = 1,
    nextJob: Int64 = 1, nextDrawerOrder: Int64 = 1, nextDelivery: Int64 = 1, boots: Int64 = 0,
    nextOrder: Int64? = nil
  ) {
    self.nextStub = nextStub
    self.nextTrainingStub = nextTrainingStub
    self.nextZ = nextZ
    self.lastZSequence = lastZSequence
    self.nextShift = nextShift
    self.nextJob = nextJob
    self.nextDrawerOrder = nextDrawerOrder
    self.nextDelivery = nextDelivery
    self.boots = boots
    self.nextOrder = nextOrder
  }

  /// The next number of a mode.
  public func nextStub(_ mode: SaleMode) -> StubNumber {
    StubNumber(mode: mode, value: mode == .normal ? nextStub : nextTrainingStub)
  }
}
