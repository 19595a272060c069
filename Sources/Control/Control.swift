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

  func token() -> UInt64 {
    nextToken += 1
    return nextToken
  }

  // MARK: - connections

  func state(of session: VarlinkSession) -> ConnectionState {
    if let state = session.state as? ConnectionState { return state }
    let state = ConnectionState(role: setup.roles.role(of: session.peer))
    session.state = state
    return state
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
