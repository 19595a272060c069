import Synchronization

/// Checks proofs one after another on a thread of its own: a PIN costs a tenth of a second, and sales go on meanwhile.
///
/// The thread lives while there is something to check. Nothing here knows an operator.
package final class ProofDesk: Sendable {
  /// Proofs that may wait behind the one under way.
  package static let waiting = 16

  private struct State {
    var queue: [@Sendable () -> Void] = []
    var isRunning = false
  }

  private let state = Mutex(State())
  private let start: @Sendable (@escaping @Sendable () -> Void) -> Void

  /// `start` runs its argument on another thread.
  package init(start: @escaping @Sendable (@escaping @Sendable () -> Void) -> Void) { self.start = start }

  /// Runs `check` on the thread, in order, and gives `done` its result there; false: too many wait, nothing is done.
  package func ask(_ check: @escaping @Sendable () -> Bool, _ done: @escaping @Sendable (Bool) -> Void) -> Bool {
    let (taken, first) = state.withLock { state in
      guard state.queue.count < Self.waiting else { return (false, false) }
      state.queue.append { done(check()) }
      let first = !state.isRunning
      state.isRunning = true
      return (true, first)
    }
    if first { start { self.work() } }
    return taken
  }

  private func work() {
    while true {
      let next = state.withLock { state in
        if state.queue.isEmpty { state.isRunning = false }
        return state.queue.isEmpty ? nil : state.queue.removeFirst()
      }
      guard let next else { return }
      next()
    }
  }
}
