import NIOCore
import NIOPosix

/// What a server has to report beside answering.
public enum VarlinkServerEvent: Sendable {
  /// A connection was refused because there are too many, in all or of this user.
  case tooManyConnections(PeerCredentials)
  /// A connection was closed because all together held too much, and this one most.
  case tooMuchHeld(PeerCredentials)
  /// A peer broke the protocol and was disconnected.
  case protocolViolation(PeerCredentials, VarlinkError)
  /// A connection was refused because its credentials could not be read.
  case unknownPeer(VarlinkError)
}

/// Serves a `VarlinkService` on Unix sockets with one event loop.
///
/// Handlers run on the loop. A handler that answers at once costs no hop; one that hands its call to another thread gets
/// back through `execute`, and everything sent inside one `execute` leaves in one flush.
public final class VarlinkServer: Sendable {
  /// The limits a server keeps; the defaults are those of `VarlinkLimit`.
  public struct Limits: Sendable {
    /// Bytes of the longest call, without its NUL; a longer one ends the connection.
    public var callBytes = VarlinkLimit.callBytes
    /// Bytes of the longest reply, without its NUL; a longer one is not sent and ends the connection.
    public var replyBytes = VarlinkLimit.replyBytes
    /// Open connections; a further one is closed at once.
    public var connections = VarlinkLimit.connections
    /// Open connections of one user id.
    public var connectionsPerUser = VarlinkLimit.connectionsPerUser
    public var heldBytes = VarlinkLimit.heldBytes

    /// The limits of `VarlinkLimit`.
    public init() {}
  }

  /// How a server behaves.
  public struct Configuration: Sendable {
    /// What the server takes at most.
    public var limits = Limits()
    /// Called on the event loop; must not block.
    public var observe: (@Sendable (VarlinkServerEvent) -> Void)?

    /// The default limits, and nobody who observes.
    public init() {}
  }

  /// The loop all handlers run on.
  public let eventLoop: any EventLoop
  private let group: MultiThreadedEventLoopGroup
  private let shared: ServerShared

  /// Starts the event loop; nothing is accepted before ``listen(on:)``.
  public init(_ service: VarlinkService, configuration: Configuration = Configuration()) {
    group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    eventLoop = group.next()
    shared = ServerShared(service, configuration, eventLoop)
  }

  /// Serves on one more socket. Returns when connections are accepted. Not to be called on the event loop.
  public func listen(on socket: consuming ListeningSocket) throws(VarlinkError) {
    let path = socket.ownedPath
    let descriptor = socket.release()
    let shared = shared
    let bootstrap = ServerBootstrap(group: group)
      .childChannelOption(.allowRemoteHalfClosure, value: true)
      .childChannelOption(
        .writeBufferWaterMark, value: .init(low: VarlinkLimit.unsentLow, high: VarlinkLimit.unsentHigh)
      )
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture { try Self.accept(channel, shared) }
      }
    do {
      let channel = try bootstrap.withBoundSocket(descriptor).wait()
      let listener = ServerShared.Listener(channel: channel, path: path, inode: path.flatMap(inode(of:)))
      try eventLoop.submit { shared.listeners.append(listener) }.wait()
    } catch {
      throw .system(step: "listen", subject: path ?? "socket", number: (error as? IOError)?.errnoCode ?? 0)
    }
  }

  /// Runs `body` on the event loop; all replies it sends leave in one flush afterwards.
  public func execute(_ body: @escaping @Sendable () -> Void) {
    let shared = shared
    eventLoop.execute { shared.batch(body) }
  }

  /// As `execute`, after a while.
  public func execute(afterMilliseconds delay: Int64, _ body: @escaping @Sendable () -> Void) {
    let shared = shared
    eventLoop.scheduleTask(in: .milliseconds(delay)) { shared.batch(body) }
  }

  /// Open connections. For the event loop only.
  public var connectionCount: Int { shared.count }

  /// Stops listening, closes every connection and ends the loop. Removes the paths that `ListeningSocket.bind` made,
  /// unless somebody else has put another socket there. `ending` gives every call that is still open its last answer, on
  /// the event loop; peers have a moment to take what was sent to them. Not to be called on the event loop.
  public func stop(ending: (@Sendable (VarlinkReply) -> Void)? = nil) {
    let shared = shared
    let listeners = try? eventLoop.submit { shared.endListening() }.wait()
    for listener in listeners ?? [] {
      if let path = listener.path, let inode = listener.inode, inode == Varlink.inode(of: path) { remove(path) }
      try? listener.channel.close().wait()
    }
    let gone = eventLoop.makePromise(of: Void.self)
    eventLoop.execute { shared.endAll(ending, gone) }
    eventLoop.scheduleTask(in: .milliseconds(VarlinkLimit.endMilliseconds)) { shared.closeAll() }
    try? gone.futureResult.wait()
    try? group.syncShutdownGracefully()
  }

  private static func accept(_ channel: any Channel, _ shared: ServerShared) throws {
    let peer: PeerCredentials
    do {
      let read = try channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) {
        try PeerCredentials(of: $0)
      }
      guard let read else { throw VarlinkError.closed }
      peer = read
    } catch {
      shared.observe?(.unknownPeer(error as? VarlinkError ?? .closed))
      throw error
    }
    guard let connection = shared.admit(peer) else { throw VarlinkError.closed }
    try channel.pipeline.syncOperations.addHandler(connection)
  }
}
