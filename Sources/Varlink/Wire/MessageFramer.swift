import Glibc

/// Cuts a byte stream into messages: everything up to a NUL byte. Knows no socket.
public struct MessageFramer {
  /// The longest message, without its NUL.
  public let maximum: Int
  private var storage: [UInt8] = []
  /// First byte that belongs to no message yet taken.
  private var head = 0
  /// Bytes before this hold no NUL, so a message that trickles in is scanned once.
  private var scanned = 0

  /// A framer without bytes. `maximum` is in bytes, without the NUL.
  public init(maximum: Int) {
    self.maximum = maximum
  }

  /// Bytes received and not yet taken.
  public var buffered: Int { storage.count - head }

  /// Takes what was received.
  public mutating func append(_ bytes: UnsafeRawBufferPointer) {
    if head == storage.count {
      storage.removeAll(keepingCapacity: storage.capacity <= VarlinkLimit.keptBuffer)
      (head, scanned) = (0, 0)
    } else if head > 0, head >= storage.count / 2 {
      storage.removeSubrange(0..<head)
      scanned -= head
      head = 0
    }
    storage.append(contentsOf: bytes)
  }

  /// Where the next message stands, or nil when none is complete; it is taken with this.
  /// Throws `.messageTooLong` as soon as that is certain, complete or not.
  public mutating func next() throws(VarlinkError) -> Range<Int>? {
    let from = scanned
    let end = storage.withUnsafeBytes { bytes -> Int? in
      guard from < bytes.count, let base = bytes.baseAddress else { return nil }
      guard let found = memchr(base + from, 0, bytes.count - from) else { return nil }
      return UnsafeRawPointer(found) - base
    }
    guard let end else {
      scanned = storage.count
      if buffered > maximum { throw .messageTooLong(maximum: maximum) }
      return nil
    }
    let message = head..<end
    guard message.count <= maximum else { throw .messageTooLong(maximum: maximum) }
    head = end + 1
    scanned = head
    return message
  }

  /// The bytes of a message that `next` answered. Valid until the next `append`.
  public func withMessage<Result, Failure: Error>(
    _ message: Range<Int>, _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try storage.withUnsafeBufferPointer { (buffer) throws(Failure) -> Result in
      try body(UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: buffer[message])))
    }
  }
}
