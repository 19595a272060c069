import Synchronization

/// A transport that keeps what passes through another.
public final class RecordingTransport: Transport {
  private let base: any Transport
  private let state: Mutex<(recording: TransportRecording, start: Nanoseconds)>

  public init(_ base: any Transport) {
    self.base = base
    state = Mutex((TransportRecording(), base.now))
  }

  /// What happened so far. Any thread.
  public var recording: TransportRecording { state.withLock { $0.recording } }

  private func keep(_ event: TransportEvent) {
    let now = base.now
    state.withLock { $0.recording.append(.init(now &- $0.start, event)) }
  }

  public var name: String { base.name }
  public var now: Nanoseconds { base.now }
  public var isOpen: Bool { base.isOpen }
  public var acceptedBytes: Int { base.acceptedBytes }
  public func unacknowledgedBytes() -> Int? { base.unacknowledgedBytes() }
  public func wake() { base.wake() }

  public func open(deadline: Nanoseconds) throws(TransportError) {
    do {
      try base.open(deadline: deadline)
      keep(.opened)
    } catch {
      keep(.failed(error))
      throw error
    }
  }

  public func wait(
    for interest: TransportInterest, deadline: Nanoseconds?
  ) throws(TransportError) -> TransportReadiness {
    let readiness = try watched { () throws(TransportError) in try base.wait(for: interest, deadline: deadline) }
    if readiness.contains(.presence) { keep(.appeared) }
    return readiness
  }

  public func read(limit: Int) throws(TransportError) -> [UInt8] {
    let bytes = try watched { () throws(TransportError) in try base.read(limit: limit) }
    if !bytes.isEmpty { keep(.read(bytes)) }
    return bytes
  }

  public func write(_ bytes: ArraySlice<UInt8>) throws(TransportError) -> Int {
    let count = try watched { () throws(TransportError) in try base.write(bytes) }
    if count > 0 { keep(.wrote(Array(bytes.prefix(count)))) }
    return count
  }

  @discardableResult public func close(deadline: Nanoseconds) -> [UInt8] {
    let wasOpen = base.isOpen
    let bytes = base.close(deadline: deadline)
    if !bytes.isEmpty { keep(.read(bytes)) }
    if wasOpen { keep(.closed) }
    return bytes
  }

  private func watched<Result>(
    _ body: () throws(TransportError) -> Result
  ) throws(TransportError) -> Result {
    do {
      return try body()
    } catch {
      if case .closed(let reason) = error { keep(.lost(reason)) }
      throw error
    }
  }
}
