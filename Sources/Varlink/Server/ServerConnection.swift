import JSON
import NIOCore

/// One connection: bytes in, calls to handlers in strict order, replies out. Lives on the event loop only.
final class ServerConnection: ChannelDuplexHandler, @unchecked Sendable {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = Never
  typealias OutboundIn = Never
  typealias OutboundOut = ByteBuffer

  enum Kind {
    case final
    case continues
    case error(String)
  }

  /// The one call that is being answered.
  private struct Pending {
    let serial: UInt64
    let mode: VarlinkMode
    var onCancel: (@Sendable () -> Void)?
    var onReady: (@Sendable () -> Void)?
    var wasSlow = false
  }

  let session: VarlinkSession
  private let shared: ServerShared
  private var framer: MessageFramer
  private var context: ChannelHandlerContext?
  private var pending: Pending?
  private var serial: UInt64 = 0
  private var outgoing = ByteBuffer()
  private var isDirty = false
  private var isProcessing = false
  private var readIsHeld = false
  /// The peer sends no more; it is still answered.
  private var inputEnded = false
  /// Nothing more is taken or sent; the connection closes when what was sent is out.
  private var isClosing = false
  /// Bytes held in memory for this peer, as far as looked last.
  private(set) var held = 0
  private var isDropped = false
  /// The server stops: no further call is begun.
  private var isEnding = false

  init(_ session: VarlinkSession, _ shared: ServerShared) {
    self.session = session
    self.shared = shared
    framer = MessageFramer(maximum: shared.limits.callBytes)
  }

  // MARK: Channel

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard !isDropped else { return }
    unwrapInboundIn(data).withUnsafeReadableBytes { framer.append($0) }
    shared.batch { process() }
    account()
    if !shared.makeRoom(for: 0, of: self) { drop() }
  }

  /// Reading goes on unless enough is waiting already.
  func read(context: ChannelHandlerContext) {
    guard pending == nil && !isSlow || framer.buffered < VarlinkLimit.readAhead else {
      readIsHeld = true
      return
    }
    context.read()
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    account()
    guard context.channel.isWritable else { return }
    shared.batch {
      if pending?.wasSlow == true {
        pending?.wasSlow = false
        pending?.onReady?()
      }
      process()
    }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if let event = event as? ChannelEvent, event == .inputClosed {
      inputEnded = true
      shared.batch { process() }
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    context.close(promise: nil)
  }

  func channelInactive(context: ChannelHandlerContext) {
    end()
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    end()
  }

  private func end() {
    guard context != nil else { return }
    context = nil
    isClosing = true
    shared.heldBytes -= held
    held = 0
    shared.forget(session)
    let cancelled = pending
    pending = nil
    shared.batch { cancelled?.onCancel?() }
  }

  // MARK: Calls

  private var isSlow: Bool {
    guard let context else { return true }
    return !context.channel.isWritable || outgoing.readableBytes >= VarlinkLimit.unsentHigh
  }

  /// Begins calls as long as the last one is answered and the peer reads.
  private func process() {
    guard !isProcessing else { return }
    isProcessing = true
    defer { isProcessing = false }
    do throws(VarlinkError) {
      while !isClosing, !isEnding, pending == nil, !isSlow, let message = try framer.next() {
        try framer.withMessage(message) { (bytes) throws(VarlinkError) in
          try begin(CallMessage(parsing: bytes))
        }
      }
    } catch {
      shared.observe?(.protocolViolation(session.peer, error))
      close()
      return
    }
    if inputEnded, pending == nil, !isSlow { closeWhenSent() }
    if readIsHeld, !isClosing, pending == nil, !isSlow {
      readIsHeld = false
      context?.read()
    }
  }

  private func begin(_ message: CallMessage) {
    serial &+= 1
    let current = serial
    pending = Pending(serial: current, mode: message.mode)
    shared.service.dispatch(message, session: session, reply: VarlinkReply(connection: self, serial: current))
    // Nobody waits for a oneway call, so the next one need not either.
    if message.mode == .oneway, pending?.serial == current { pending = nil }
  }

  // MARK: Replies

  func send(_ serial: UInt64, _ kind: Kind, _ write: (inout JSONWriter) -> Void) -> VarlinkDelivery {
    context?.eventLoop.assertInEventLoop()
    guard let pending, pending.serial == serial, !isClosing else { return .closed }
    let isFinal = if case .continues = kind { false } else { true }
    if !isFinal {
      guard pending.mode != .oneway else { return .sent }
      guard pending.mode == .more else { return .notStreaming }
      guard !isSlow else {
        self.pending?.wasSlow = true
        return .slow
      }
    }
    if pending.mode != .oneway {
      switch append(kind, write) {
      case .done: break
      case .tooLong:
        if isFinal { close() }
        return .tooLarge
      case .noRoom:
        drop()
        return .closed
      }
    }
    if isFinal {
      self.pending = nil
      if !isProcessing { process() }
    }
    return .sent
  }

  private enum Appended {
    case done
    /// Longer than a reply may be.
    case tooLong
    /// All connections together hold too much.
    case noRoom
  }

  /// Writes one reply behind the others.
  private func append(_ kind: Kind, _ write: (inout JSONWriter) -> Void) -> Appended {
    var writer = shared.writer
    shared.writer = JSONWriter(capacity: 0)
    writer.reset()
    writer.beginObject()
    switch kind {
    case .final: break
    case .continues:
      writer.key("continues")
      writer.bool(true)
    case .error(let name):
      writer.key("error")
      writer.string(name)
    }
    writer.key("parameters")
    write(&writer)
    writer.endObject()
    let fits = writer.bytes.count <= shared.limits.replyBytes
    let hasRoom = fits && shared.makeRoom(for: writer.bytes.count, of: self)
    if hasRoom {
      writer.bytes.append(0)
      outgoing.writeBytes(writer.bytes)
      if !isDirty {
        isDirty = true
        shared.markDirty(self)
      }
    }
    if writer.bytes.capacity <= VarlinkLimit.unsentHigh { shared.writer = writer }
    return !fits ? .tooLong : hasRoom ? .done : .noRoom
  }

  func flush() {
    isDirty = false
    guard outgoing.readableBytes > 0, let context else { return }
    let bytes = outgoing
    outgoing.clear()
    context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
    if outgoing.capacity > VarlinkLimit.keptBuffer { outgoing = ByteBuffer() }
    account()
  }

  /// Looks at what is held for this peer: calls that are not complete, replies that it has not read.
  func account() {
    guard !isDropped, let context else { return }
    var now = framer.buffered + outgoing.readableBytes
    now += (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
    shared.heldBytes += now - held
    held = now
  }

  /// Ends the connection at once; what is not sent is lost.
  func drop() {
    guard !isDropped else { return }
    isDropped = true
    isClosing = true
    shared.observe?(.tooMuchHeld(session.peer))
    shared.heldBytes -= held
    held = 0
    outgoing = ByteBuffer()
    context?.close(promise: nil)
  }

  func onCancel(_ serial: UInt64, _ body: @escaping @Sendable () -> Void) {
    guard context != nil else {
      body()
      return
    }
    if pending?.serial == serial { pending?.onCancel = body }
  }

  func onReady(_ serial: UInt64, _ body: @escaping @Sendable () -> Void) {
    if pending?.serial == serial { pending?.onReady = body }
  }

  // MARK: End

  /// Sends what is ready as far as the socket takes it at once, then closes.
  /// Closes the connection of a call that gets no answer.
  func abandon(_ serial: UInt64) {
    guard pending?.serial == serial else { return }
    close()
  }

  func close() {
    isClosing = true
    flush()
    context?.close(promise: nil)
  }

  /// The last answer of the call under way, if there is one; then closes as soon as the peer has been given everything.
  func end(with ending: ((VarlinkReply) -> Void)?) {
    isEnding = true
    if let pending { ending?(VarlinkReply(connection: self, serial: pending.serial)) }
    closeWhenSent()
  }

  /// Closes as soon as the peer has been given everything.
  private func closeWhenSent() {
    guard !isClosing, let context else { return }
    isClosing = true
    flush()
    context.writeAndFlush(wrapOutboundOut(ByteBuffer())).whenComplete { [weak self] _ in
      self?.context?.close(promise: nil)
    }
  }
}
