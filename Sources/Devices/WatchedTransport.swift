import Synchronization

/// A transport that shows how far the thread that owns it is: every driver is watched by it, whatever its family.
///
/// A device's thread spends its time in its transport's calls, and each of them has a deadline. Between two calls it works;
/// in a wait without deadline it owes nothing, unless somebody woke it.
public final class WatchedTransport: Transport {
  private enum Place {
    /// No call yet: the thread has not begun.
    case before
    /// Between two calls.
    case outside
    /// In a call that ends by then.
    case inside(until: Nanoseconds)
    /// Asleep until then at the latest; nil: for as long as nothing happens. A ring ends it.
    case waiting(until: Nanoseconds?)
  }

  private struct State {
    var steps: UInt64 = 0
    var place = Place.before
    /// Somebody rang while the thread waits.
    var isWoken = false

    mutating func enter(_ place: Place) {
      steps &+= 1
      self.place = place
      isWoken = false
    }

    mutating func leave() {
      steps &+= 1
      place = .outside
    }
  }

  private let base: any Transport
  private let state = Mutex(State())

  /// Watches the thread that owns `base`.
  public init(_ base: any Transport) { self.base = base }

  /// How far the thread is. Any thread.
  public var look: WorkLook {
    state.withLock { state in
      let owed: WorkLook.Owed =
        switch state.place {
        case .before: .nothing
        case .outside: .now
        case .inside(let deadline): .after(deadline)
        case .waiting(let deadline): state.isWoken ? .now : deadline.map { .after($0) } ?? .nothing
        }
      return WorkLook(steps: state.steps, owed: owed)
    }
  }

  private func call<Result>(
    _ place: Place, _ body: () throws(TransportError) -> Result
  ) throws(TransportError) -> Result {
    state.withLock { $0.enter(place) }
    defer { state.withLock { $0.leave() } }
    return try body()
  }

  public var name: String { base.name }
  public var now: Nanoseconds { base.now }
  public var isOpen: Bool { base.isOpen }
  public var acceptedBytes: Int { base.acceptedBytes }
  public func unacknowledgedBytes() -> Int? { base.unacknowledgedBytes() }

  public func wake() {
    // A wait that begins after this is rung out of it by the bell below, so nothing is noted for it.
    state.withLock { $0.isWoken = true }
    base.wake()
  }

  public func open(deadline: Nanoseconds) throws(TransportError) {
    try call(.inside(until: deadline)) { () throws(TransportError) in try base.open(deadline: deadline) }
  }

  public func wait(
    for interest: TransportInterest, deadline: Nanoseconds?
  ) throws(TransportError) -> TransportReadiness {
    try call(.waiting(until: deadline)) { () throws(TransportError) in try base.wait(for: interest, deadline: deadline)
    }
  }

  public func read(limit: Int) throws(TransportError) -> [UInt8] {
    try call(.inside(until: base.now)) { () throws(TransportError) in try base.read(limit: limit) }
  }

  public func write(_ bytes: ArraySlice<UInt8>) throws(TransportError) -> Int {
    try call(.inside(until: base.now)) { () throws(TransportError) in try base.write(bytes) }
  }

  @discardableResult public func close(deadline: Nanoseconds) -> [UInt8] {
    state.withLock { $0.enter(.inside(until: deadline)) }
    defer { state.withLock { $0.leave() } }
    return base.close(deadline: deadline)
  }
}
