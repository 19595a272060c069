/// Time as a transport gives it: nanoseconds of a clock that never goes back.
public typealias Nanoseconds = UInt64

/// What to wait for. Being woken and the loss of the connection are always waited for.
public struct TransportInterest: OptionSet, Sendable {
  public let rawValue: UInt8
  public init(rawValue: UInt8) { self.rawValue = rawValue }
  /// Bytes to read.
  public static let readable = TransportInterest(rawValue: 1)
  /// Room to write.
  public static let writable = TransportInterest(rawValue: 2)
  /// The device node came (back). Only meaningful while closed; a network transport never reports it.
  public static let presence = TransportInterest(rawValue: 4)
}

/// What a wait found. Empty = the deadline passed.
public struct TransportReadiness: OptionSet, Sendable {
  public let rawValue: UInt8
  public init(rawValue: UInt8) { self.rawValue = rawValue }
  public static let readable = TransportReadiness(rawValue: 1)
  public static let writable = TransportReadiness(rawValue: 2)
  public static let presence = TransportReadiness(rawValue: 4)
  /// ``Transport/wake()`` was called since the last wait.
  public static let woken = TransportReadiness(rawValue: 8)
}

/// Why an open connection is none any more.
public enum TransportCloseReason: String, Sendable, Hashable {
  /// The other side ended the connection in order.
  case endOfStream
  /// The other side broke the connection: what it had not worked on may be gone.
  case reset
  /// The device was taken away (`EIO`, `ENODEV`, hang-up of a line).
  case unplugged
  /// The network gave up on unacknowledged bytes.
  case timedOut
}

/// What can go wrong with a transport.
public enum TransportError: Error, Sendable, Equatable {
  /// There is no such device node now.
  case absent
  /// Nobody listens at that address.
  case refused
  /// No way to that address.
  case unreachable
  /// The connection was not made before the deadline.
  case timedOut
  /// Another program has the device.
  case busy
  /// The daemon's user may not open the device.
  case denied
  /// Was open, is closed now.
  case closed(TransportCloseReason)
  /// Used in a wrong state, for example a read before ``Transport/open(deadline:)``.
  case notOpen
  /// ``Transport/wake()`` came while connecting.
  case interrupted
  /// Anything else: `errno` and the call that gave it.
  case system(code: Int32, call: String)
  /// A replayed transport was used otherwise than recorded.
  case replay(String)

  /// For people, in plain words.
  public var why: String {
    switch self {
    case .absent: "not plugged in"
    case .refused: "connection refused"
    case .unreachable: "no way to that address"
    case .timedOut: "no answer to the connection request"
    case .busy: "in use by another program"
    case .denied: "permission denied"
    case .closed(.endOfStream): "connection ended by the device"
    case .closed(.reset): "connection reset by the device"
    case .closed(.unplugged): "unplugged"
    case .closed(.timedOut): "connection timed out"
    case .notOpen: "not connected"
    case .interrupted: "interrupted"
    case .system(let code, let call): "\(call) failed with error \(code)"
    case .replay(let text): "replay: \(text)"
    }
  }
}

/// Bytes to and from one device, and the time they take.
///
/// One thread owns a transport: every method is called from it, except ``wake()``, which any thread may call. No method
/// blocks beyond its deadline. The transport is also the driver's clock, so a replayed recording runs in virtual time and
/// gives the same result each time.
public protocol Transport: AnyObject, Sendable {
  /// For people and identifiers: `tcp:192.168.1.87:9100`.
  var name: String { get }
  /// The present moment.
  var now: Nanoseconds { get }
  var isOpen: Bool { get }
  /// Bytes taken by ``write(_:)`` since the last ``open(deadline:)``.
  var acceptedBytes: Int { get }

  /// Connects. Throws what stands in the way; `interrupted` when woken meanwhile.
  func open(deadline: Nanoseconds) throws(TransportError)
  /// Waits until something asked for happens; `nil` = for ever. While closed, only presence and waking can happen.
  /// Throws `closed` when the connection is lost and nothing is left to read.
  func wait(for interest: TransportInterest, deadline: Nanoseconds?) throws(TransportError) -> TransportReadiness
  /// Takes what is there, at most `limit` bytes; empty = nothing now. Throws `closed` at the end.
  func read(limit: Int) throws(TransportError) -> [UInt8]
  /// Hands over as much as fits now and returns how many bytes were taken (may be 0). A byte counted here may reach the
  /// device at any later time, even if the connection breaks.
  func write(_ bytes: ArraySlice<UInt8>) throws(TransportError) -> Int
  /// Bytes taken that the far end has not acknowledged on the link yet; nil = this transport cannot tell.
  func unacknowledgedBytes() -> Int?
  /// Ends the connection: reads everything first, so that the far end keeps what it has, at the latest by `deadline`.
  /// Returns the last bytes read.
  @discardableResult func close(deadline: Nanoseconds) -> [UInt8]
  /// Ends a present or the next wait early. The only method for other threads.
  func wake()
}
