import JSON
import NIOCore

/// What the connections of one server share. Lives on its event loop only.
final class ServerShared: @unchecked Sendable {
  let service: VarlinkService
  let limits: VarlinkServer.Limits
  let observe: (@Sendable (VarlinkServerEvent) -> Void)?
  /// Replies are written here first; one buffer for all connections.
  var writer = JSONWriter(capacity: 4096)
  var listeners: [Listener] = []
  private let eventLoop: any EventLoop
  private var connections: [UInt64: ServerConnection] = [:]
  private var perUser: [UInt32: Int] = [:]
  private var nextID: UInt64 = 1
  private var dirty: [ServerConnection] = []
  private var flushScheduled = false
  private var batches = 0
  /// Waits for the last connection's end.
  private var gone: EventLoopPromise<Void>?

  struct Listener: Sendable {
    let channel: any Channel
    /// Path to remove at the end, if the inode is still ours.
    let path: String?
    let inode: UInt64?
  }

  init(_ service: VarlinkService, _ configuration: VarlinkServer.Configuration, _ eventLoop: any EventLoop) {
    self.service = service
    limits = configuration.limits
    observe = configuration.observe
    self.eventLoop = eventLoop
  }

  /// Takes a new connection, or answers nil when there are too many.
  func admit(_ peer: PeerCredentials) -> ServerConnection? {
    guard connections.count < limits.connections, perUser[peer.userID, default: 0] < limits.connectionsPerUser else {
      observe?(.tooManyConnections(peer))
      return nil
    }
    let connection = ServerConnection(VarlinkSession(id: nextID, peer: peer), self)
    connections[nextID] = connection
    nextID += 1
    perUser[peer.userID, default: 0] += 1
    return connection
  }

  func forget(_ session: VarlinkSession) {
    guard connections.removeValue(forKey: session.id) != nil else { return }
    let left = perUser[session.peer.userID, default: 1] - 1
    perUser[session.peer.userID] = left > 0 ? left : nil
    if connections.isEmpty { lastLeft() }
  }

  var count: Int { connections.count }

  // MARK: What all connections hold

  /// As far as each connection looked last.
  var heldBytes = 0

  /// Makes room for `count` more bytes of one connection: while there is none, the connection that holds most is closed.
  /// False when that is this one. What it waits for does not count: who reads as he asks comes before who does not read.
  func makeRoom(for count: Int, of connection: ServerConnection) -> Bool {
    guard heldBytes + count > limits.heldBytes else { return true }
    // Much of it may be sent by now.
    for each in connections.values { each.account() }
    while heldBytes + count > limits.heldBytes {
      let others = connections.values.filter { $0 !== connection && $0.held > 0 }
      guard let largest = others.max(by: { $0.held < $1.held }), largest.held > connection.held else {
        return false
      }
      largest.drop()
    }
    return true
  }

  /// Ends every connection in order; `gone` is fulfilled when the last is closed.
  func endAll(_ ending: ((VarlinkReply) -> Void)?, _ gone: EventLoopPromise<Void>) {
    self.gone = gone
    batch { for connection in connections.values { connection.end(with: ending) } }
    if connections.isEmpty { lastLeft() }
  }

  private func lastLeft() {
    gone?.succeed(())
    gone = nil
  }

  func closeAll() {
    for connection in connections.values { connection.close() }
  }

  func endListening() -> [Listener] {
    defer { listeners = [] }
    return listeners
  }

  // MARK: One flush for all replies of a tick

  func markDirty(_ connection: ServerConnection) {
    dirty.append(connection)
    guard batches == 0, !flushScheduled else { return }
    flushScheduled = true
    eventLoop.execute { self.flush() }
  }

  /// Runs `body`; what it sends leaves together at the end.
  func batch(_ body: () -> Void) {
    beginBatch()
    body()
    endBatch()
  }

  func beginBatch() {
    batches += 1
  }

  func endBatch() {
    batches -= 1
    if batches == 0 { flush() }
  }

  private func flush() {
    flushScheduled = false
    while !dirty.isEmpty {
      let ready = dirty
      dirty.removeAll(keepingCapacity: true)
      for connection in ready { connection.flush() }
    }
  }
}
