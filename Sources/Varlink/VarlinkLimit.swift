/// Every size, count and wait of this module.
public enum VarlinkLimit {
  /// The longest call a server takes, without its terminator.
  public static let callBytes = 1 << 20
  /// The longest reply a server sends and a client takes, without its terminator.
  public static let replyBytes = 16 << 20
  /// Open connections of one server.
  public static let connections = 4096
  /// Open connections of one user of one server.
  public static let connectionsPerUser = 1024
  /// While so many bytes wait for the peer to read them, no further call of its connection is begun and a stream is
  /// told that it is slow. One reply may go beyond, so a connection holds at most this plus `replyBytes`.
  public static let unsentHigh = 1 << 20
  /// Bytes that all connections of a server hold together: calls that are not complete, replies that nobody reads. Beyond
  /// it the connection that holds most is closed.
  public static let heldBytes = 128 << 20
  /// When no more than this waits, the connection goes on.
  public static let unsentLow = 256 << 10
  /// While a call waits for its answer, so many bytes of following calls are read ahead; then reading stops.
  public static let readAhead = 64 << 10
  /// A buffer that has grown beyond this is given back when it is empty.
  static let keptBuffer = 64 << 10
  /// Pending connections in the kernel.
  static let backlog: Int32 = 256
  /// How long a server that stops waits for peers to take what was sent to them, milliseconds.
  static let endMilliseconds: Int64 = 1_000
  /// How long a client waits for a connection and for an answer unless told otherwise.
  public static let clientTimeout = Duration.seconds(45)
}
