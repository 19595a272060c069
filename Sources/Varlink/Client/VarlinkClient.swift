import CLinux
import Glibc
import JSON

/// A blocking client of one connection, for command lines, tests and threads of their own.
///
/// Calls are answered in order; one call at a time. After `.timedOut`, `.closed` or a broken message the connection is
/// useless and every further call is `.closed`.
public struct VarlinkClient: ~Copyable {
  private let socket: SocketHandle
  private var framer: MessageFramer
  private var isUsable = true
  private var chunk = [UInt8](repeating: 0, count: 64 << 10)

  /// Connects, waiting at most `timeout` for a service whose backlog is full. A reply of more than `largestReply` bytes is
  /// a broken message.
  public init(
    _ address: VarlinkAddress, timeout: Duration = VarlinkLimit.clientTimeout,
    largestReply: Int = VarlinkLimit.replyBytes
  ) throws(VarlinkError) {
    let deadline = Deadline(after: timeout)
    let socket = try SocketHandle()
    clinux_set_nonblocking(socket.descriptor)
    while true {
      let error = address.connect(socket.descriptor)
      if error == 0 { break }
      guard error == EAGAIN || error == EINTR else {
        throw .system(step: "connect", subject: address.description, number: error)
      }
      // Unix sockets have no "connecting" state: a full backlog is asked again.
      guard !deadline.isOver else { throw .timedOut }
      poll(nil, 0, Self.retryMilliseconds)
    }
    self.socket = socket
    framer = MessageFramer(maximum: largestReply)
  }

  /// Calls a method and answers the parameters of its one reply, a JSON object.
  /// An error reply is `.remote(name, parameters)`.
  public mutating func call(
    _ method: String, _ parameters: [UInt8] = Self.noParameters, timeout: Duration? = VarlinkLimit.clientTimeout
  ) throws(VarlinkError) -> [UInt8] {
    let deadline = Deadline(after: timeout)
    try send(CallMessage.write(method, parameters: parameters, mode: .once), deadline)
    let reply = try receive(deadline)
    guard !reply.continues else {
      isUsable = false
      throw .message("the service sent a stream that nobody asked for")
    }
    return reply.parameters
  }

  /// Calls a method with `more` and hands every reply to `each`, the last one with `continues` false. When `each`
  /// answers false the stream is left, which closes the connection. `timeout` is the wait for the next reply; nil waits
  /// for ever.
  public mutating func callMore(
    _ method: String, _ parameters: [UInt8] = Self.noParameters, timeout: Duration? = nil,
    _ each: (_ parameters: [UInt8], _ continues: Bool) throws(VarlinkError) -> Bool
  ) throws(VarlinkError) {
    try send(CallMessage.write(method, parameters: parameters, mode: .more), Deadline(after: timeout))
    while true {
      let reply = try receive(Deadline(after: timeout))
      let goesOn = try each(reply.parameters, reply.continues)
      guard reply.continues else { return }
      guard goesOn else {
        isUsable = false
        shutdown(socket.descriptor, Int32(SHUT_RDWR))
        return
      }
    }
  }

  /// Calls a method that is never answered.
  public mutating func callOneway(
    _ method: String, _ parameters: [UInt8] = Self.noParameters, timeout: Duration? = VarlinkLimit.clientTimeout
  ) throws(VarlinkError) {
    try send(CallMessage.write(method, parameters: parameters, mode: .oneway), Deadline(after: timeout))
  }

  /// Waits until the service ends the connection, or says something that nobody asked for. False: neither came in time.
  public mutating func waitForEnd(timeout: Duration) -> Bool {
    guard isUsable else { return true }
    defer { isUsable = false }
    let deadline = Deadline(after: timeout)
    do throws(VarlinkError) {
      try wait(for: Int16(POLLIN), deadline)
      return true
    } catch { return false }
  }

  /// An empty JSON object.
  public static let noParameters: [UInt8] = [UInt8(ascii: "{"), UInt8(ascii: "}")]

  // MARK: Inside

  private static let retryMilliseconds: Int32 = 10

  private mutating func send(_ bytes: [UInt8], _ deadline: Deadline) throws(VarlinkError) {
    guard isUsable else { throw .closed }
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes { buffer in
        Glibc.send(socket.descriptor, buffer.baseAddress.map { $0 + sent }, buffer.count - sent, Int32(MSG_NOSIGNAL))
      }
      if count >= 0 {
        sent += count
      } else if errno == EAGAIN {
        try wait(for: Int16(POLLOUT), deadline)
      } else if errno != EINTR {
        // The service may have answered and closed; the answer is worth more than the error.
        return
      }
    }
  }

  private mutating func receive(_ deadline: Deadline) throws(VarlinkError) -> ReplyMessage {
    guard isUsable else { throw .closed }
    isUsable = false
    while true {
      if let message = try framer.next() {
        let reply = try framer.withMessage(message) { (bytes) throws(VarlinkError) in
          try ReplyMessage(parsing: bytes)
        }
        isUsable = true
        if let error = reply.error { throw .remote(name: error, parameters: reply.parameters) }
        return reply
      }
      try fill(deadline)
    }
  }

  private mutating func fill(_ deadline: Deadline) throws(VarlinkError) {
    let count = recv(socket.descriptor, &chunk, chunk.count, 0)
    if count > 0 {
      chunk.withUnsafeBytes { framer.append(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
    } else if count == 0 {
      throw .closed
    } else if errno == EAGAIN {
      try wait(for: Int16(POLLIN), deadline)
    } else if errno != EINTR {
      throw errno == ECONNRESET ? .closed : .system(step: "recv", subject: "connection", number: errno)
    }
  }

  private mutating func wait(for events: Int16, _ deadline: Deadline) throws(VarlinkError) {
    var entry = pollfd(fd: socket.descriptor, events: events, revents: 0)
    guard poll(&entry, 1, deadline.milliseconds) != 0 else {
      isUsable = false
      throw .timedOut
    }
  }
}

/// A point of the monotonic clock, or never.
private struct Deadline {
  private let end: ContinuousClock.Instant?

  init(after timeout: Duration?) {
    end = timeout.map { ContinuousClock.now + $0 }
  }

  var isOver: Bool { milliseconds == 0 }

  /// What is left, for poll: −1 is for ever, 0 is over.
  var milliseconds: Int32 {
    guard let end else { return -1 }
    let left = ContinuousClock.now.duration(to: end).components
    guard left.seconds >= 0, left.attoseconds >= 0 else { return 0 }
    guard left.seconds < 1_000_000 else { return .max }
    return Int32(left.seconds * 1000) + Int32(left.attoseconds / 1_000_000_000_000_000) + 1
  }
}
