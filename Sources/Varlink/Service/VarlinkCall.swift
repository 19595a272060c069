/// One call, handed to its handler on the event loop.
public struct VarlinkCall {
  /// The full name, `interface.Method`.
  public let method: String
  /// The parameters: one JSON object, checked to be valid JSON. Points into the receive buffer: valid only until the
  /// handler returns. A handler that answers later copies what it needs (`[UInt8](call.parameters)`).
  public let parameters: UnsafeRawBufferPointer
  /// How the caller wants to be answered.
  public let mode: VarlinkMode
  /// The connection it came on.
  public let session: VarlinkSession

  /// Who calls.
  public var peer: PeerCredentials { session.peer }
  /// True when several replies are welcome.
  public var wantsMore: Bool { mode == .more }
  /// True when nothing will be sent whatever the handler answers.
  public var isOneway: Bool { mode == .oneway }
}

/// What belongs to one connection for as long as it is open.
///
/// Confined to the event loop: read and written by handlers and by `VarlinkServer.execute` only.
public final class VarlinkSession: @unchecked Sendable {
  /// Unique within the server, never reused.
  public let id: UInt64
  /// Read once, when the connection was accepted.
  public let peer: PeerCredentials
  /// Whatever the service wants to remember about the connection.
  public var state: (any Sendable)?

  init(id: UInt64, peer: PeerCredentials) {
    self.id = id
    self.peer = peer
  }
}

/// What became of a reply.
public enum VarlinkDelivery: Sendable, Hashable {
  /// On its way (or swallowed, because the call was oneway).
  case sent
  /// Not sent: the peer does not read. Only streams get this. Say what was left out when `onReady` calls.
  case slow
  /// Not sent: the connection is gone or the call was answered before.
  case closed
  /// Not sent: a `continues` for a call without `more`.
  case notStreaming
  /// Not sent: longer than `VarlinkLimit.replyBytes`. The connection is closed when this was the final reply.
  case tooLarge
}

/// Handles one method. Runs on the event loop, so it must not block: it answers at once, or keeps the reply handle and
/// answers later through `VarlinkServer.execute`. Until then the connection's next calls wait.
public typealias VarlinkHandler = @Sendable (VarlinkCall, VarlinkReply) -> Void
