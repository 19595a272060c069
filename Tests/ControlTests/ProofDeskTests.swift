import Control
import Synchronization
import Testing

/// Proofs are checked elsewhere, in order, and not without end.
@Suite struct ProofDeskTests {
  private final class Held: Sendable {
    let work = Mutex<[@Sendable () -> Void]>([])
    let told = Mutex<[Int]>([])
  }

  /// Whoever asks goes on at once: the check runs when its thread does.
  @Test func askingWaitsForNoCheck() {
    let held = Held()
    let desk = ProofDesk { work in held.work.withLock { $0.append(work) } }
    for number in 0..<ProofDesk.waiting {
      #expect(desk.ask({ number % 2 == 0 }) { isRight in held.told.withLock { $0.append(isRight ? number : -number) } })
    }
    #expect(!desk.ask({ true }) { _ in held.told.withLock { $0.append(99) } })
    #expect(held.told.withLock { $0.isEmpty } && held.work.withLock { $0.count } == 1, "one thread")
    held.work.withLock { $0.removeFirst() }()
    #expect(held.told.withLock { $0 } == (0..<ProofDesk.waiting).map { $0 % 2 == 0 ? $0 : -$0 })
    #expect(desk.ask({ true }) { _ in })
    #expect(held.work.withLock { $0.count } == 1, "the next one starts it again")
  }
}
