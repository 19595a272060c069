import CLinux
import EscPos
import Glibc
import Synchronization

/// A virtual printer at a TCP port of this machine, in a thread of its own.
///
/// Like a network printer it takes several connections and prints the first; the others wait their turn.
public final class VirtualPrinterServer: Sendable {
  /// What somebody does to the printer.
  public enum Action: Sendable, Equatable {
    case paper(VirtualPrinter.Paper)
    case paperOutAfter(bytes: Int)
    case cover(open: Bool)
    case drawer(open: Bool)
    /// Breaks the present connection with a reset.
    case drop
    /// Breaks the connection after so many more bytes came.
    case dropAfter(bytes: Int)
    /// Takes no more bytes, as a printer with a full buffer.
    case stall
    case resume
    case mute(Bool)
    /// Loses the n-th answer from now.
    case loseReply(Int)
    case speed(Int)
    /// Off: the connection breaks, the buffer is gone, the port refuses. On again at the same port.
    case power(Bool)
  }

  /// What happened.
  public enum Event: Sendable, Equatable {
    case connected
    case disconnected
    case printer(VirtualPrinter.Event)
    case received([UInt8])
  }

  /// The printer as it is now.
  public struct State: Sendable, Equatable {
    public var isOnline: Bool
    public var paper: VirtualPrinter.Paper
    public var isCoverOpen: Bool
    public var isDrawerOpen: Bool
    public var slips: Int
    public var kicks: Int
    public var workedBytes: Int
    public var waitingBytes: Int
    public var receivedBytes: Int
    public var connections: Int
  }

  /// A count that one thread waits for. Its place in memory must not move.
  private final class Done: Sendable {
    nonisolated(unsafe) private let semaphore: UnsafeMutablePointer<sem_t>
    init() {
      semaphore = .allocate(capacity: 1)
      sem_init(semaphore, 0, 0)
    }
    deinit {
      sem_destroy(semaphore)
      semaphore.deallocate()
    }
    func signal() { sem_post(semaphore) }
    func wait() { while sem_wait(semaphore) != 0 {} }
  }

  private struct Shared {
    var actions: [(Action, Done)] = []
    var state: State
    var stopping = false
    var thread: pthread_t?
  }

  private static let readBytes = 4096
  private static let waitingConnections = 3

  /// Port of 127.0.0.1 (or the address given) that it listens at.
  public let port: UInt16
  public let host: String
  private let listener: Mutex<Descriptor?>
  private let bell: Descriptor
  private let shared: Mutex<Shared>
  private let report: @Sendable (Event) -> Void

  /// Listens at `host` (numbers) and `port`; 0 = any free one.
  public init(
    host: String = "127.0.0.1", port: UInt16 = 0, report: @escaping @Sendable (Event) -> Void = { _ in }
  ) throws(VirtualDeviceError) {
    let (descriptor, bound) = try Self.listen(host: host, port: port)
    self.host = host
    self.port = bound
    listener = Mutex(descriptor)
    bell = Descriptor(counterfoil_eventfd())
    self.report = report
    shared = Mutex(
      Shared(
        state: State(
          isOnline: true, paper: .ok, isCoverOpen: false, isDrawerOpen: false, slips: 0, kicks: 0, workedBytes: 0,
          waitingBytes: 0, receivedBytes: 0, connections: 0)))
  }

  private static func listen(host: String, port: UInt16) throws(VirtualDeviceError) -> (Descriptor, UInt16) {
    let raw = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard raw >= 0 else { throw .last("socket") }
    let descriptor = Descriptor(raw)
    setNonBlocking(raw)
    var on: Int32 = 1
    setsockopt(raw, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    guard inet_pton(AF_INET, host, &address.sin_addr) == 1 else {
      throw VirtualDeviceError(call: "address \(host)", code: EINVAL)
    }
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let result = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer -> Int32 in
        guard bind(raw, pointer, length) == 0, Glibc.listen(raw, 16) == 0 else { return -1 }
        return getsockname(raw, pointer, &length)
      }
    }
    guard result == 0 else { throw .last("bind") }
    return (descriptor, UInt16(bigEndian: address.sin_port))
  }

  public var state: State { shared.withLock { $0.state } }

  /// Does something to the printer; done when this returns. Not from the report's closure. Without effect when stopped.
  public func perform(_ action: Action) {
    let done = Done()
    let isRunning = shared.withLock { shared in
      guard shared.thread != nil, !shared.stopping else { return false }
      shared.actions.append((action, done))
      return true
    }
    guard isRunning else { return }
    _ = counterfoil_eventfd_signal(bell.raw)
    done.wait()
  }

  /// Begins to serve.
  public func start(_ build: VirtualPrinter.Build) {
    final class Box: Sendable {
      let server: VirtualPrinterServer
      let build: VirtualPrinter.Build
      init(_ server: VirtualPrinterServer, _ build: VirtualPrinter.Build) {
        self.server = server
        self.build = build
      }
    }
    let box = Unmanaged.passRetained(Box(self, build))
    var thread = pthread_t()
    let result = pthread_create(
      &thread, nil,
      { argument in
        guard let argument else { return nil }
        let box = Unmanaged<Box>.fromOpaque(argument).takeRetainedValue()
        var loop = Loop(server: box.server, printer: VirtualPrinter(box.build))
        loop.run()
        return nil
      }, box.toOpaque())
    if result == 0 { shared.withLock { $0.thread = thread } } else { box.release() }
  }

  /// Ends the thread and waits for it.
  public func stop() {
    let thread = shared.withLock { shared -> pthread_t? in
      shared.stopping = true
      defer { shared.thread = nil }
      return shared.thread
    }
    _ = counterfoil_eventfd_signal(bell.raw)
    if let thread { pthread_join(thread, nil) }
  }

  /// The thread's own state.
  private struct Loop {
    let server: VirtualPrinterServer
    var printer: VirtualPrinter
    /// The first is printed, the others wait.
    var clients: [Descriptor] = []
    var toSend: [UInt8] = []
    var isStalled = false
    var dropAfter: Int?
    var receivedBytes = 0

    mutating func run() {
      defer { takeActions() }
      while !server.shared.withLock({ $0.stopping }) {
        let client = clients.first
        let listening = server.listener.withLock { $0?.raw ?? -1 }
        let canRead = !isStalled && printer.room > 0
        var events: Int32 = canRead ? Int32(POLLIN) : 0
        if !toSend.isEmpty { events |= Int32(POLLOUT) }
        let isFull = clients.count >= waitingConnections
        let found = pollDescriptors(
          [(server.bell.raw, POLLIN), (isFull ? -1 : listening, POLLIN), (client?.raw ?? -1, events)],
          until: printer.nextTime)
        if found[0] != 0 { takeActions() }
        if found[1] != 0 { accept() }
        if let client, found[2] != 0 { serve(client, found[2]) }
        advance()
      }
    }

    /// Lets the printer work and sends what it says.
    private mutating func advance() {
      printer.run(now: monotonicNow())
      toSend += printer.takeReplies()
      for event in printer.takeEvents() { server.report(.printer(event)) }
      // Whoever hears an answer finds paper and state as the answer says.
      publish()
      if let client = clients.first, !toSend.isEmpty {
        let count = toSend.withUnsafeBytes { send(client.raw, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        if count > 0 { toSend.removeFirst(count) }
        if count < 0, errno != EAGAIN { disconnect(reset: false) }
      }
      if clients.isEmpty { toSend.removeAll() }
    }

    private func publish() {
      let state = State(
        isOnline: printer.isOnline, paper: printer.paper, isCoverOpen: printer.isCoverOpen,
        isDrawerOpen: printer.isDrawerOpen, slips: printer.slips, kicks: printer.kicks,
        workedBytes: printer.workedBytes, waitingBytes: printer.waitingBytes, receivedBytes: receivedBytes,
        connections: clients.count)
      server.shared.withLock { $0.state = state }
    }

    private mutating func accept() {
      guard let listener = server.listener.withLock({ $0 }) else { return }
      let raw = Glibc.accept(listener.raw, nil, nil)
      guard raw >= 0 else { return }
      setNonBlocking(raw)
      clients.append(Descriptor(raw))
      server.report(.connected)
    }

    private mutating func serve(_ client: Descriptor, _ events: Int32) {
      guard !isStalled, printer.room > 0 else {
        if events & Int32(POLLHUP | POLLERR) != 0 { disconnect(reset: false) }
        return
      }
      guard events & Int32(POLLIN | POLLHUP | POLLERR) != 0 else { return }
      var limit = min(readBytes, printer.room)
      if let dropAfter { limit = min(limit, dropAfter) }
      guard let bytes = readSome(client.raw, limit: limit) else { return disconnect(reset: false) }
      guard !bytes.isEmpty else { return }
      receivedBytes += bytes.count
      server.report(.received(bytes))
      printer.receive(bytes)
      if let left = dropAfter {
        dropAfter = left - bytes.count
        if left <= bytes.count {
          dropAfter = nil
          disconnect(reset: true)
        }
      }
    }

    private mutating func disconnect(reset: Bool) {
      guard !clients.isEmpty else { return }
      let client = clients.removeFirst()
      if reset {
        // Closing without waiting sends RST.
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(client.raw, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
      }
      toSend.removeAll()
      server.report(.disconnected)
    }

    private mutating func takeActions() {
      _ = counterfoil_eventfd_clear(server.bell.raw)
      let actions = server.shared.withLock { shared in
        defer { shared.actions.removeAll() }
        return shared.actions
      }
      for (action, done) in actions {
        perform(action)
        // What the action makes the printer say goes out first.
        advance()
        done.signal()
      }
    }

    private mutating func perform(_ action: Action) {
      switch action {
      case .paper(let paper): printer.set(paper: paper)
      case .paperOutAfter(let bytes): printer.faults.paperOutAfter = bytes
      case .cover(let open): printer.set(coverOpen: open)
      case .drawer(let open): printer.set(drawerOpen: open)
      case .drop: disconnect(reset: true)
      case .dropAfter(let bytes): dropAfter = bytes
      case .stall: isStalled = true
      case .resume: isStalled = false
      case .mute(let mute): printer.faults.isMute = mute
      case .loseReply(let number): printer.loseReply(number)
      case .speed(let speed): printer.build.speed = speed
      case .power(false):
        while !clients.isEmpty { disconnect(reset: true) }
        server.listener.withLock { $0 = nil }
        printer.powerCycle()
      case .power(true):
        guard server.listener.withLock({ $0 == nil }) else { return }
        let again = try? VirtualPrinterServer.listen(host: server.host, port: server.port)
        server.listener.withLock { $0 = again?.0 }
      }
    }
  }
}
