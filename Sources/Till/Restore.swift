/// All that a till is made of, for a reader of the journal that builds it from a STATE event.
public struct TillState: Sendable {
  public var identity: Genesis?
  public var configuration = TillConfiguration()
  public var counters = Counters()
  public var businessDay: BusinessDay?
  public var shifts: [String: Shift] = [:]
  public var day = SalesTotals()
  public var grand = GrandTotals()
  public var sales: [String: Sale] = [:]
  public var approvals: [String: Approval] = [:]
  public var jobs: [String: PrintJob] = [:]
  public var drawerOrders: [String: DrawerOrder] = [:]
  public var binding: MachineBinding?
  public var pursuits: [String: Pursuit] = [:]

  public init() {}
}

extension Till {
  /// The till that a STATE event describes.
  public init(restoring state: TillState) {
    self.init()
    identity = state.identity
    configuration = state.configuration
    counters = state.counters
    businessDay = state.businessDay
    shifts = state.shifts
    day = state.day
    grand = state.grand
    sales = state.sales
    for id in Array(sales.keys) { sales[id]?.recount() }
    approvals = state.approvals
    jobs = state.jobs
    drawerOrders = state.drawerOrders
    binding = state.binding
    // One group of the journal's STATE holds both.
    pursuits = state.pursuits.filter { !$0.value.tender.isWatched }
    watched = state.pursuits.filter { $0.value.tender.isWatched }
  }
}
