import Devices
import Document
import Engine
import Glibc
import Interfaces
import JSON
import Journal
import Money
import Till
import Varlink

/// Somebody who may sign in on a connection.
public struct OperatorEntry: Sendable {
  /// What SignIn and Approve name.
  public var id: String
  /// `sell`; of a supervisor also `approve` and `supervisor`.
  public var rights: [String]
  /// True for the right proof. May take long: runs on a thread of its own.
  public var verify: @Sendable (String) -> Bool

  /// Somebody with a check of his proof.
  public init(id: String, rights: [String], verify: @escaping @Sendable (String) -> Bool) {
    self.id = id
    self.rights = rights
    self.verify = verify
  }
}

/// A device as Device.List shows it.
public struct DeviceEntry: Sendable {
  /// class:transport:stable part; opaque to clients.
  public var id: String
  /// `printer`, `scanner`.
  public var deviceClass: String
  /// Name in the configuration.
  public var name: String
  /// Device node or network address.
  public var path: String
  /// Device node or link that the configuration names; nil: it is on the network.
  public var node: String?
  /// Driver family.
  public var driver: String?
  /// Hardware profile; nil for classes that have none.
  public var profile: String?
  /// What it is assigned to, as lane/role.
  public var roles: [String]
  /// UnifiedPOS statistics by name.
  public var counters: @Sendable () -> [String: Int64]

  /// A device that the configuration names, whether it is there or not.
  public init(
    id: String, deviceClass: String, name: String, path: String, node: String? = nil, driver: String?,
    profile: String?, roles: [String], counters: @escaping @Sendable () -> [String: Int64] = { [:] }
  ) {
    self.counters = counters
    self.id = id
    self.deviceClass = deviceClass
    self.name = name
    self.path = path
    self.node = node
    self.driver = driver
    self.profile = profile
    self.roles = roles
  }
}

/// Where it is kept, until the next boot and over restarts of the program, for what a slip was printed unasked.
public struct UnaskedSlips: Sendable {
  /// What it was printed for last; nil: nothing since the boot. Must not take long.
  public var last: @Sendable () -> String?
  /// Keeps that. Must not take long.
  public var keep: @Sendable (String) -> Void

  /// Where to keep it.
  public init(last: @escaping @Sendable () -> String?, keep: @escaping @Sendable (String) -> Void) {
    self.last = last
    self.keep = keep
  }
}

/// What the control protocol is set up with.
public struct ControlSetup: Sendable {
  /// The program's version, for GetInfo, Hello and Status.
  public var version: String
  /// Who has which role.
  public var roles: RoleTable
  /// Who may sign in with a proof.
  public var operators: [OperatorEntry]
  /// What Device.List shows.
  public var devices: [DeviceEntry]
  /// Scanner name to its lane.
  public var scannerLanes: [String: String]
  /// What scanned data means; the second is the AIM identifier, the third the decimal places of the currency.
  public var classify: @Sendable ([UInt8], String?, Int) -> ScanMeaning
  /// Slips that nobody asked for, when the box does not sell; nil: none.
  public var unasked: UnaskedSlips?

  /// A set-up without a way to begin an epoch.
  public init(
    version: String, roles: RoleTable, operators: [OperatorEntry], devices: [DeviceEntry],
    scannerLanes: [String: String], classify: @escaping @Sendable ([UInt8], String?, Int) -> ScanMeaning
  ) {
    self.version = version
    self.roles = roles
    self.operators = operators
    self.devices = devices
    self.scannerLanes = scannerLanes
    self.classify = classify
  }
}

/// Serves the interfaces: judges peers, decodes, hands keyed calls to the engine, answers reads from its snapshot.
///
/// Everything mutable here belongs to the server's event loop.
public final class Control: @unchecked Sendable {
  let setup: ControlSetup
  /// Changes with every start; in Hello, Status and the cursors of this run's streams.
  public let instance: String
  let started: Int64
  private var engineSlot: Engine?
  private var serverSlot: VarlinkServer?
  var pending: [UInt64: Pending] = [:]
  var followers: [String: [Follower]] = [:]
  var watchers: [UInt64: Watcher] = [:]
  var readers: [UInt64: ScanReader] = [:]
  /// Readers that wait for others to give way, in order.
  var waitingReaders: [WaitingReader] = []
  var happened = EventRing()
  var board = JobBoard()
  var drawers = DrawerBoard()
  /// Since when each printer is as it is, UTC milliseconds.
  var printersSince: [String: Int64] = [:]
  var drawerFollowers: [String: [DrawerFollower]] = [:]
  /// By sale.
  var tenderFollowers: [String: [TenderFollower]] = [:]
  var desk = ScanDesk()
  var slips = SlipDesk()
  var proofAttempts = ProofAttempts()
  /// Who has a proof being checked: one at a time, so that many connections try no faster than one.
  /// Since when, UTC milliseconds.
  var proofsUnderWay: [ProofAttempts.Who: Int64] = [:]
  let proofs: ProofDesk
  var scanners: [String: ScannerStatus] = [:]
  /// What is plugged in, by its place in sysfs.
  var present: [String: PresentDevice] = [:]
  private var nextToken: UInt64 = 1
  /// Who is told beside the clients.
  var serviceWords: ServiceWords?
  /// The service manager's newest sentence, and when it was told, monotonic milliseconds.
  var told = ""
  /// The mode that the log knows of, once the box has one.
  var saidMode: Mode?
  var toldAt: Int64?
  /// The newest line of each device.
  var deviceLines: [String: ServiceLine] = [:]
  /// The sentence is going to be looked at.
  var refreshes = false

  /// A keyed call that waits for its answer.
  struct Pending {
    let reply: VarlinkReply
    let wantsMore: Bool
    /// Nil: the records are not those of the method, which is a fault.
    let finish: (Answer) -> Finished?
  }

  /// An answer ready to be written, and the print job whose progress may follow it.
  struct Finished {
    var write: (inout JSONWriter) -> Void
    /// What follows, if anything does: print job or order of a drawer.
    var subject: FollowSubject?
    var rewrite: ((FollowSubject, inout JSONWriter) -> Void)?
  }

  /// Nothing is served before ``engine`` and ``server`` are set.
  public init(_ setup: ControlSetup) {
    self.setup = setup
    self.proofs = ProofDesk { work in
      startThread("proofs") {
        // Nobody waits for its end.
        pthread_detach(pthread_self())
        work()
      }
    }
    self.instance = String(SystemRandom.word(), radix: 16)
    self.started = SystemClock().read(newest: 0, synchronised: false).wallMilliseconds
  }

  /// The engine; set once, before the server listens.
  public var engine: Engine? {
    get { engineSlot }
    set {
      engineSlot = newValue
      board.newest = (newValue?.snapshot.till.counters.nextJob ?? 1) - 1
    }
  }

  /// The server that serves ``service()``; set once, before it listens.
  public var server: VarlinkServer? {
    get { serverSlot }
    set { serverSlot = newValue }
  }

  /// All interfaces with their handlers.
  public func service() throws(VarlinkError) -> VarlinkService {
    var service = try VarlinkService(
      vendor: "Counterfoil", product: "counterfoild", version: setup.version,
      url: "https://github.com/counterfoil/counterfoil")
    let handlers = systemHandlers().merging(saleHandlers()) { first, _ in first }
      .merging(shiftHandlers()) { first, _ in first }.merging(deviceHandlers()) { first, _ in first }
      .merging(journalHandlers()) { first, _ in first }
    let methods = Dictionary(grouping: Method.allCases) { String($0.interface) }
    for (name, text) in InterfaceText.all {
      try service.add(name, text: text, methods: methods[name, default: []].map { ($0.rawValue, handlers[$0]) })
    }
    return service
  }

  // MARK: - from other threads

  /// A drain's answers and happenings; called on the register's or the lookup thread.
  public func receive(_ delivery: Delivery) {
    server?.execute { [self] in
      for (token, result) in delivery.answers { answer(token, result) }
      for token in delivery.abandoned { pending.removeValue(forKey: token)?.reply.abandon() }
      if !delivery.happenings.isEmpty { publish(delivery.happenings) }
      // A delivery of answers alone changed nothing of the box.
      if !delivery.happenings.isEmpty || delivery.answers.isEmpty { refreshStatus() }
    }
  }

  /// A scanner's report; called on the scanner's thread.
  public func receive(scanner: String, _ report: ScanReport) {
    server?.execute { [self] in
      hear(scanner, report)
      if case .scan = report { return }
      refreshStatus()
    }
  }

  /// What came and went; called on the thread that watches udev.
  public func receive(_ changes: [DeviceChange]) {
    guard !changes.isEmpty else { return }
    server?.execute { [self] in hear(changes) }
  }

  // MARK: - calls

  struct Caller {
    let call: VarlinkCall
    let role: Wire.Role
    let state: ConnectionState
    let snapshot: Snapshot
    let words: WireWords
    /// Ids of this till's journals, those of earlier epochs included.
    let journals: Set<String>
  }

  /// A handler that checks the peer's role, decodes the parameters and passes them on.
  func handler<M: WireMethod>(
    _ type: M.Type, _ body: @escaping (Control, M.Input, Caller, VarlinkReply) throws(SystemError) -> Void
  ) -> (Method, VarlinkHandler) {
    let method = M.method
    let access = Access.roles(for: method)
    let run = UncheckedBox { (control: Control, caller: Caller, reply: VarlinkReply) in
      control.run(type, body, caller, reply)
    }
    return (
      method,
      { [self] call, reply in
        let state = state(of: call.session)
        guard let role = state.role, access.contains(role) else {
          return reply.fail(Access.denial(method, state.role, call.peer))
        }
        if method.replies == .stream, !call.wantsMore {
          reply.expectedMore()
          return
        }
        guard let engine else { return reply.fail(.internal(code: "no-engine")) }
        let snapshot = engine.snapshot
        run.value(
          self,
          Caller(
            call: call, role: role, state: state, snapshot: snapshot, words: words(snapshot),
            journals: engine.journals), reply)
      }
    )
  }

  /// Decodes the parameters and runs the method's body.
  private func run<M: WireMethod>(
    _ type: M.Type, _ body: (Control, M.Input, Caller, VarlinkReply) throws(SystemError) -> Void, _ caller: Caller,
    _ reply: VarlinkReply
  ) {
    let input: M.Input
    do throws(MessageError) {
      var reader = JSONReader(caller.call.parameters)
      input = try M.Input(reading: &reader, tolerant: false)
    } catch {
      reply.invalidParameter(error.parameter)
      return
    }
    do throws(SystemError) {
      try body(self, input, caller, reply)
    } catch {
      reply.fail(error)
    }
  }

  /// What a keyed method makes of its parameters.
  struct Prepared {
    var key: String
    var event: Event
    var lane: String?
    var session: String?
    var stubs: [StubReference] = []
    var presented: [PresentedStub] = []
    var note: Document?
    /// The customer's payment code of a provider tender.
    var paymentCode: [UInt8]?

    init(
      key: String, event: Event, lane: String? = nil, session: String? = nil, stubs: [StubReference] = [],
      presented: [PresentedStub] = [], note: Document? = nil, paymentCode: [UInt8]? = nil
    ) {
      self.presented = presented
      self.paymentCode = paymentCode
      self.key = key
      self.event = event
      self.lane = lane
      self.session = session
      self.stubs = stubs
      self.note = note
    }
  }

  /// A handler of a keyed method: the event goes to the register, its records come back as the answer.
  func keyed<M: WireMethod>(
    _ type: M.Type, _ prepare: @escaping (Control, M.Input, Caller) throws(SystemError) -> Prepared,
    _ finish: @escaping (Answer, WireWords, M.Input) -> (M.Output?, Follow<M.Output>?)
  ) -> (Method, VarlinkHandler) where M.Input: KeyedMessage {
    handler(type) { (control, input, caller, reply) throws(SystemError) in
      guard !caller.call.isOneway else { return }
      try control.send(type, input, try prepare(control, input, caller), caller, reply, finish)
    }
  }

  /// Hands a keyed call to the register; its answer goes out when its records are durable.
  func send<M: WireMethod>(
    _ type: M.Type, _ input: M.Input, _ prepared: Prepared, _ caller: Caller, _ reply: VarlinkReply,
    _ finish: @escaping (Answer, WireWords, M.Input) -> (M.Output?, Follow<M.Output>?)
  ) throws(SystemError) where M.Input: KeyedMessage {
    guard !caller.call.isOneway else { return }
    try Self.check(key: prepared.key)
    let (name, verifiedBy) = try operatorOf(prepared, caller)
    let token = token()
    let call = Call(
      token: token, method: M.method.rawValue, key: prepared.key,
      requestHash: RequestHash.of(type, input), userID: caller.call.peer.userID,
      event: prepared.event, lane: prepared.lane, operator: name, verifiedBy: verifiedBy,
      entropy: SystemRandom.words(2), stubs: prepared.stubs, presented: prepared.presented, note: prepared.note,
      paymentCode: prepared.paymentCode)
    let words = caller.words
    pending[token] = Pending(reply: reply, wantsMore: caller.call.wantsMore) { answer in
      let (output, follow) = finish(answer, words.of(answer.origin), input)
      guard let output else { return nil }
      return Finished(
        write: { output.write(to: &$0) }, subject: follow.flatMap { $0.subject(output) },
        rewrite: follow.map { follow in { follow.rewritten(output, $0).write(to: &$1) } })
    }
    if let error = engine?.submit(call) {
      pending[token] = nil
      throw SystemError(error, lanes: caller.lanes)
    }
  }

  static func check(key: String) throws(SystemError) {
    guard (16...64).contains(key.utf8.count), key.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
      throw .refused(rule: "idempotencyKey", text: "idempotencyKey is 16 to 64 printable ASCII characters")
    }
  }

  func token() -> UInt64 {
    nextToken += 1
    return nextToken
  }

  private func answer(_ token: UInt64, _ result: Result<Answer, CallError>) {
    guard let waiting = pending.removeValue(forKey: token) else { return }
    switch result {
    case .failure(.refused(.noSuchSale(let sale, let allowed))) where !allowed.isEmpty:
      refuseFinished(sale, allowed: allowed, waiting.reply)
    case .failure(let error):
      waiting.reply.fail(SystemError(error, lanes: engine?.snapshot.till.configuration.lanes.map(\.name) ?? []))
    case .success(let answer):
      if let engine {
        // A fast printer may be done with a job before its order is told.
        for case .jobQueued(let job) in answer.records.map(\.fact) { board.ordered(words(engine.snapshot).job(job)) }
      }
      guard let finished = waiting.finish(answer) else {
        waiting.reply.fail(.internal(code: "answer-\(answer.method)"))
        return
      }
      send(finished, waiting)
    }
  }

  private func send(_ finished: Finished, _ waiting: Pending) {
    guard let subject = finished.subject, let rewrite = finished.rewrite, let engine else {
      waiting.reply.reply(finished.write)
      return
    }
    switch subject {
    case .drawer(let order, _):
      follow(drawer: order, waiting.reply, wantsMore: waiting.wantsMore) { rewrite(.drawer(order: order, $0), &$1) }
    case .tender(let sale, let tender):
      guard waiting.wantsMore else {
        waiting.reply.reply(finished.write)
        return
      }
      follow(tender: tender, of: sale, waiting.reply) { rewrite(.tender(sale: sale, $0), &$1) }
    case .job(let job):
      guard waiting.wantsMore else {
        waiting.reply.reply(finished.write)
        return
      }
      // A repeated call may find the job further than its order, or over.
      let snapshot = engine.snapshot
      let present = self.present(job.job, words(snapshot)) ?? job
      let runs =
        snapshot.till.jobs[job.job].map { $0.state == .queued || $0.state == .started } ?? board.awaitsEnd(job.job)
      guard runs else {
        waiting.reply.reply { rewrite(.job(present), &$0) }
        return
      }
      _ = waiting.reply.replyContinues { rewrite(.job(present), &$0) }
      follow(job.job, waiting.reply) { rewrite(.job($0), &$1) }
    }
  }

  // MARK: - connections

  func state(of session: VarlinkSession) -> ConnectionState {
    if let state = session.state as? ConnectionState { return state }
    let state = ConnectionState(role: setup.roles.role(of: session.peer))
    session.state = state
    return state
  }

  /// Who acts: the session's operator, else the operator of the lane's shift with nobody to vouch.
  private func operatorOf(_ prepared: Prepared, _ caller: Caller) throws(SystemError) -> (String?, VerifiedBy) {
    try operatorOf(session: prepared.session, lane: prepared.lane, caller)
  }

  func operatorOf(session: String?, lane: String?, _ caller: Caller) throws(SystemError) -> (String?, VerifiedBy) {
    if let session {
      guard let signedIn = caller.state.sessions[session] else { throw .noSuchSession }
      return (signedIn.operator, signedIn.verified ? .daemon : .application)
    }
    let lane = lane ?? caller.onlyLane
    return (lane.flatMap { caller.snapshot.till.shift(lane: $0)?.operator }, .nobody)
  }
}

/// What a connection has told about itself. Belongs to the loop.
final class ConnectionState: @unchecked Sendable {
  struct SignedIn {
    var `operator`: String
    var rights: [String]
    var verified: Bool
  }

  let role: Wire.Role?
  var application = ""
  var lane: String?
  var language = "en"
  var sessions: [String: SignedIn] = [:]

  init(role: Wire.Role?) { self.role = role }
}

/// Handlers run on one loop only, so what they capture is never shared.
struct UncheckedBox<Value>: @unchecked Sendable {
  let value: Value
  init(_ value: Value) { self.value = value }
}

extension Control.Caller {
  var lanes: [String] { snapshot.till.configuration.lanes.map(\.name) }
  var onlyLane: String? { state.lane ?? (lanes.count == 1 ? lanes[0] : nil) }
  func lane(_ asked: String?) -> String? { asked ?? onlyLane }
}

extension VarlinkReply {
  /// Answers an error of ours.
  func fail(_ error: SystemError) { replyError(error.name) { error.write(to: &$0) } }
}

/// SHA-256 over the canonical call: what must be equal for a repeated key to mean the same call.
///
/// The typed message writes itself with sorted members, without nulls and without who asks and when, which is the
/// canonical form of the received text (strict decoding leaves nothing over). No tree is built for it.
enum RequestHash {
  static func of<M: WireMethod>(_ type: M.Type, _ input: M.Input) -> Digest where M.Input: KeyedMessage {
    var writer = JSONWriter(capacity: 1_024)
    writer.beginObject()
    writer.key("method")
    writer.string(M.method.rawValue)
    writer.key("parameters")
    input.writeDecision(to: &writer)
    writer.endObject()
    return SHA256.hash(writer.bytes)
  }
}
