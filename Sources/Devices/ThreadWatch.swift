/// What a thread shows of its work to whoever asks. Nothing here wakes the thread.
public struct WorkLook: Sendable, Equatable {
  /// What the thread still has to do.
  public enum Owed: Sendable, Equatable {
    /// It sleeps, and nothing waits for it.
    case nothing
    /// It is at work, or something waits for it.
    case now
    /// It waits for something outside, by its own decision until then at the latest.
    case after(Nanoseconds)
  }

  /// Grows with every step; an equal number is no progress.
  public var steps: UInt64
  /// What it has to do.
  public var owed: Owed

  /// A look at a thread's work.
  public init(steps: UInt64, owed: Owed) {
    self.steps = steps
    self.owed = owed
  }

  /// A thread that is not there, or has nothing to do.
  public static let idle = WorkLook(steps: 0, owed: .nothing)
}

/// A thread that is watched.
public struct WatchedThread: Sendable {
  /// For the log: `register`, `printer front`.
  public let name: String
  /// A look at it now; any thread.
  public let look: @Sendable () -> WorkLook

  /// A thread, by its name and a way to look at it.
  public init(_ name: String, look: @escaping @Sendable () -> WorkLook) {
    self.name = name
    self.look = look
  }
}

/// Judges from looks at threads, one after the other, which of them are wedged: have something to do and do not get on.
///
/// A value without clock or thread. What a thread waits for by its own decision is no standstill before the deadline that
/// it set itself. When the looks themselves come late, nobody had time to run (the box slept, the process was stopped), so
/// all begin anew.
public struct ThreadWatch: Sendable {
  /// A thread that does not get on.
  public struct Standstill: Sendable, Equatable {
    /// Its name.
    public let name: String
    /// How long, nanoseconds.
    public let nanoseconds: Nanoseconds
  }

  private struct Known {
    var look: WorkLook
    /// Since when it owes this very step.
    var since: Nanoseconds
  }

  private let limit: Nanoseconds
  private var known: [String: Known] = [:]
  private var lastLook: Nanoseconds?

  /// A thread is wedged when it stands still for `limit`, nanoseconds.
  public init(limit: Nanoseconds) { self.limit = limit }

  /// Takes one round of looks; answers the threads that are wedged, in their order.
  public mutating func judge(_ looks: [(name: String, look: WorkLook)], now: Nanoseconds) -> [Standstill] {
    if let lastLook, now &- lastLook >= limit { known.removeAll() }
    lastLook = now
    var wedged: [Standstill] = []
    for (name, look) in looks {
      let since: Nanoseconds
      switch look.owed {
      case .nothing:
        known[name] = nil
        continue
      case .now: since = now
      case .after(let deadline): since = max(now, deadline)
      }
      guard let before = known[name], before.look == look else {
        known[name] = Known(look: look, since: since)
        continue
      }
      guard now > before.since, now - before.since >= limit else { continue }
      wedged.append(Standstill(name: name, nanoseconds: now - before.since))
    }
    return wedged
  }
}
