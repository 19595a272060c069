import Glibc
import Synchronization

/// A transport that plays a recording's device side, in virtual time.
///
/// Bytes from the device come as long after the bytes before them as they did in the recording; the clock jumps there at
/// once. Bytes to the device must be the recorded ones, however they are cut into pieces; a difference throws
/// ``TransportError/replay(_:)`` and is kept in ``mismatch``.
public final class ReplayTransport: Transport {
  fileprivate struct State {
    var entries: [TransportRecording.Entry]
    var index = 0
    /// Bytes already matched or handed out of the entry at `index`.
    var offset = 0
    var now: Nanoseconds = 0
    /// What to add to a recorded time to get virtual time: grows when the driver was slower than in the recording.
    var shift: Nanoseconds = 0
    var open = false
    var accepted = 0
    var woken = false
    var mismatch: String?
  }

  public let name: String
  private let state: Mutex<State>
  /// Makes a wait without deadline block for real until ``wake()``.
  private let bell = Bell()

  public init(_ recording: TransportRecording, name: String = "replay:recording") {
    self.name = name
    state = Mutex(State(entries: recording.entries))
  }

  /// The first use that the recording does not have; nil = all as recorded so far.
  public var mismatch: String? { state.withLock { $0.mismatch } }
  /// True when everything recorded was used.
  public var finished: Bool { state.withLock { $0.index >= $0.entries.count && $0.mismatch == nil } }

  public var now: Nanoseconds { state.withLock { $0.now } }
  public var isOpen: Bool { state.withLock { $0.open } }
  public var acceptedBytes: Int { state.withLock { $0.accepted } }

  public func wake() {
    state.withLock { $0.woken = true }
    bell.ring()
  }

  public func unacknowledgedBytes() -> Int? { 0 }

  public func open(deadline: Nanoseconds) throws(TransportError) {
    let failure = state.withLock { state -> TransportError? in
      state.skipAppearances()
      guard let event = state.next else { return .unreachable }
      switch event {
      case .opened:
        state.advance()
        state.open = true
        state.accepted = 0
        return nil
      case .failed(let error):
        state.advance()
        return error
      default:
        return state.fail("opened, but the recording goes on with \(event)")
      }
    }
    if let failure { throw failure }
  }

  public func wait(
    for interest: TransportInterest, deadline: Nanoseconds?
  ) throws(TransportError) -> TransportReadiness {
    while true {
      let step = state.withLock { $0.wait(for: interest, deadline: deadline) }
      switch step {
      case .ready(let readiness): return readiness
      case .thrown(let error): throw error
      case .sleep: bell.wait()
      }
    }
  }

  public func read(limit: Int) throws(TransportError) -> [UInt8] {
    switch state.withLock({ $0.read(limit: limit) }) {
    case .success(let bytes): return bytes
    case .failure(let error): throw error
    }
  }

  public func write(_ bytes: ArraySlice<UInt8>) throws(TransportError) -> Int {
    switch state.withLock({ $0.write(bytes) }) {
    case .success(let count): return count
    case .failure(let error): throw error
    }
  }

  @discardableResult public func close(deadline: Nanoseconds) -> [UInt8] {
    state.withLock { state in
      guard state.open else { return [] }
      state.open = false
      var last: [UInt8] = []
      while case .read(let bytes)? = state.next {
        last += bytes.dropFirst(state.offset)
        state.advance()
      }
      if case .closed? = state.next { state.advance() }
      return last
    }
  }
}

extension ReplayTransport.State {
  enum Step {
    case ready(TransportReadiness)
    case thrown(TransportError)
    /// Nothing recorded will happen and there is no deadline: only a real ``Transport/wake()`` can end this.
    case sleep
  }

  var next: TransportEvent? { index < entries.count ? entries[index].event : nil }

  mutating func advance() {
    guard index < entries.count else { return }
    reach(entries[index].time)
    index += 1
    offset = 0
  }

  /// Moves the clock to a recorded time, or the recorded times to the clock when that is already past them.
  private mutating func reach(_ recorded: Nanoseconds) {
    let time = recorded &+ shift
    if time > now { now = time } else { shift &+= now &- time }
  }

  mutating func skipAppearances() {
    while case .appeared? = next { advance() }
  }

  mutating func fail(_ text: String) -> TransportError {
    if mismatch == nil { mismatch = text }
    return .replay(text)
  }

  private mutating func silence(until deadline: Nanoseconds?) -> Step {
    guard let deadline else { return .sleep }
    now = max(now, deadline)
    return .ready([])
  }

  mutating func wait(for interest: TransportInterest, deadline: Nanoseconds?) -> Step {
    if woken {
      woken = false
      return .ready(.woken)
    }
    guard let event = next else { return silence(until: deadline) }
    let due = entries[index].time &+ shift
    let comes = deadline.map { due <= max($0, now) } ?? true
    switch event {
    case .appeared where !open && interest.contains(.presence) && comes:
      advance()
      return .ready(.presence)
    case .read where open && interest.contains(.readable) && comes:
      now = max(now, due)
      return .ready(.readable)
    case .wrote where open && interest.contains(.writable):
      return .ready(.writable)
    case .lost(let reason) where open && comes:
      advance()
      open = false
      return .thrown(.closed(reason))
    default:
      return silence(until: deadline)
    }
  }

  mutating func read(limit: Int) -> Result<[UInt8], TransportError> {
    guard open else { return .failure(.notOpen) }
    guard case .read(let bytes)? = next, entries[index].time &+ shift <= now, limit > 0 else { return .success([]) }
    let part = Array(bytes.dropFirst(offset).prefix(limit))
    offset += part.count
    if offset >= bytes.count { advance() }
    return .success(part)
  }

  mutating func write(_ bytes: ArraySlice<UInt8>) -> Result<Int, TransportError> {
    guard open else { return .failure(.notOpen) }
    var taken = 0
    for byte in bytes {
      guard case .wrote(let expected)? = next else { break }
      guard expected[offset] == byte else {
        return .failure(fail("byte \(accepted + taken) of this connection differs from the recording"))
      }
      taken += 1
      offset += 1
      if offset >= expected.count { advance() }
    }
    if taken == 0, !bytes.isEmpty {
      if case .lost(let reason)? = next {
        advance()
        open = false
        return .failure(.closed(reason))
      }
      if next == nil || next == .closed { return .failure(fail("more bytes than recorded")) }
    }
    accepted += taken
    return .success(taken)
  }
}

/// A condition that one thread waits for and others announce.
private final class Bell: Sendable {
  /// A POSIX semaphore needs a stable address; its own calls are safe from any thread.
  nonisolated(unsafe) private let semaphore: UnsafeMutablePointer<sem_t>

  init() {
    semaphore = .allocate(capacity: 1)
    sem_init(semaphore, 0, 0)
  }

  deinit {
    sem_destroy(semaphore)
    semaphore.deallocate()
  }

  func ring() { sem_post(semaphore) }

  func wait() {
    while sem_wait(semaphore) != 0 {}
  }
}
