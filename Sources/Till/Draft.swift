import Money

/// A decision under way: its stamp, the numbers it takes, its records and effects.
struct Draft {
  let till: Till
  private(set) var stamp: Stamp
  private let entropy: [UInt64]
  private let user: Int64?
  private var usedEntropy = 0
  private var jobs: Int64 = 0
  private var orders: Int64 = 0
  private var evicted: Set<String> = []
  private var records: [Record] = []
  private var effects: [Effect] = []

  /// Completes the context's stamp: the lane, the shift's operator when the caller has none, the business day.
  init(_ till: Till, _ context: Context, lane: String? = nil) {
    self.till = till
    var stamp = context.stamp
    if let lane { stamp.lane = lane }
    if stamp.operator == nil {
      stamp.verifiedBy = .nobody
      if let lane = stamp.lane { stamp.operator = till.shift(lane: lane)?.operator }
    }
    stamp.businessDay = till.businessDay(for: context.stamp)
    self.stamp = stamp
    self.entropy = context.entropy
    self.user = context.user
  }

  /// A shift names its own day.
  mutating func setBusinessDay(_ day: BusinessDay) { stamp.businessDay = day }

  mutating func add(_ fact: Fact) { records.append(Record(stamp: stamp, fact: fact)) }
  mutating func add(_ effect: Effect) { effects.append(effect) }

  /// The finished decision.
  func decision() -> Decision { Decision(records: records, effects: effects) }

  /// 64 random bits that no other name of the decision has.
  mutating func randomWord() throws(Refusal) -> UInt64 {
    guard usedEntropy < entropy.count else { throw .refused(.genesis, text: "the context brings no random numbers") }
    usedEntropy += 1
    return entropy[usedEntropy - 1]
  }

  /// 13 characters from 64 random bits, without letters that look alike.
  mutating func opaqueID() throws(Refusal) -> String {
    var word = try randomWord()
    let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(13)
    for _ in 0..<13 {
      bytes.append(alphabet[Int(word & 31)])
      word >>= 5
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Checks and answers the approval for an action; refuses when none or a wrong one is given.
  func approval(
    _ id: String?, _ need: ApprovalNeed, subject: String, revision: Int64
  ) throws(Refusal) -> String {
    guard let id else {
      throw .approvalRequired(action: need.action, limit: need.limit, asked: need.asked, amount: need.amount)
    }
    guard let approval = till.approvals[id] else {
      throw .approvalRefused(id, why: till.spentApprovals.contains(id) ? .used : .unknown)
    }
    guard approval.action == need.action, approval.subject == subject, approval.revision == revision,
      approval.tender == nil || approval.tender == need.tender,
      approval.decision == nil || approval.decision == need.decision
    else { throw .approvalRefused(id, why: .other) }
    guard approval.user == nil || approval.user == user else {
      throw .approvalRefused(id, why: .user)
    }
    guard approval.granted <= stamp.at, stamp.at <= approval.expires else {
      throw .approvalRefused(id, why: .expired)
    }
    try Self.check(approval, covers: need)
    return id
  }

  /// An approval is for the money that its approver was told of, and no more.
  private static func check(_ approval: Approval, covers need: ApprovalNeed) throws(Refusal) {
    guard let amount = need.amount else { return }
    guard let approved = approval.amount else {
      guard need.action.binding == .required else { return }
      throw .approvalRefused(approval.id, why: .unbound, amount: amount)
    }
    guard amount <= approved else {
      throw .approvalRefused(approval.id, why: .amount, amount: amount, approved: approved)
    }
  }

  /// Queues a job and asks for its print. When too many are unfinished, the oldest that has not started expires.
  mutating func queue(_ job: PrintJob) -> String {
    if till.jobs.count - evicted.count + Int(jobs) >= Limits.jobs { evictJob() }
    var job = job
    job.id = "j\(till.counters.nextJob + jobs)"
    jobs += 1
    add(.jobQueued(job))
    add(.print(job: job.id, printer: job.printer))
    return job.id
  }

  /// Queues the slip of what this event closes, or (nil) of the cash that it moves, on the lane's printer.
  mutating func queueSlip(_ report: ReportName?, lane: LaneConfiguration?) throws(Refusal) {
    guard let lane, let printer = lane.printer else {
      throw .refused(.printer, text: "the slip has no printer: the lane has none")
    }
    let name = report ?? .movement("j\(till.counters.nextJob + jobs)")
    _ = queue(
      PrintJob(
        id: "", printer: printer, lane: lane.name, document: .report, report: name.text, training: lane.training,
        queuedAt: stamp.at))
  }

  private mutating func evictJob() {
    let candidates = till.jobs.values.filter { $0.state != .started && !evicted.contains($0.id) }
    // Those that wait for a person give way first, then the oldest.
    guard
      let oldest = candidates.min(by: {
        let (a, b) = ($0.state == .queued, $1.state == .queued)
        return a != b ? !a : $0.queuedAt < $1.queuedAt || ($0.queuedAt == $1.queuedAt && $0.id < $1.id)
      })
    else { return }
    evicted.insert(oldest.id)
    add(
      .jobEnded(
        JobEnded(
          job: oldest.id, ordinal: oldest.starts, outcome: .expired, level: .queued, sentBytes: 0, totalBytes: 0,
          why: "tooManyJobs")))
    if oldest.state == .queued { add(.cancelJob(job: oldest.id, printer: oldest.printer)) }
  }

  /// Orders one pulse of a lane's drawer; nothing in training or without a drawer.
  mutating func openDrawer(
    _ lane: LaneConfiguration?, mode: SaleMode, reason: DrawerReason, stub: StubNumber? = nil
  ) {
    guard let drawer = lane?.drawer, mode == .normal else { return }
    _ = order(DrawerOrdered(order: "", drawer: drawer, reason: reason, stub: stub?.description))
  }

  /// Orders one pulse.
  mutating func order(_ ordered: DrawerOrdered) -> String {
    if till.drawerOrders.count + Int(orders) >= Limits.drawerOrders,
      let oldest = till.drawerOrders.values.min(by: { ($0.at, $0.id) < ($1.at, $1.id) })
    {
      add(.drawerEnded(DrawerEnded(order: oldest.id, outcome: .unknown)))
    }
    var ordered = ordered
    ordered.order = "d\(till.counters.nextDrawerOrder + orders)"
    orders += 1
    add(.drawerOrdered(ordered))
    add(.kickDrawer(order: ordered.order, drawer: ordered.drawer))
    return ordered.order
  }
}

extension Till {
  /// The day that counts: while a shift is open it stands still; else the proposal, when the clock is trusted, but never
  /// before the last one.
  func businessDay(for stamp: Stamp) -> BusinessDay {
    guard let last = businessDay else { return stamp.businessDay }
    guard shifts.isEmpty, stamp.timeTrusted else { return last }
    return max(last, stamp.businessDay)
  }
}
