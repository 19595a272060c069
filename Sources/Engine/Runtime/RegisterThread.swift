import CLinux
import Till

/// The one thread that decides, writes the journal and waits for the disk.
///
/// It runs its queue dry, commits what is urgent with one write and one sync, and hands all answers over in one hop.
/// Batches form while the disk works; nobody waits for a batch to fill.
final class RegisterThread: @unchecked Sendable {
  /// Calls that may wait; beyond it callers are told to come again.
  static let queueLimit = 4_096

  enum Message: Sendable {
    case input(Input)
    case stop(reason: String)
  }

  let mailbox = Mailbox<Message>()
  private let drain: Drain

  init(_ started: Engine.Started, hooks: Drain.Hooks) { drain = Drain(started, hooks: hooks) }

  /// The journal ends in a sealed segment; only after the thread's end.
  var isSealed: Bool { drain.isSealed }

  var snapshot: Snapshot { drain.snapshot }

  func post(_ input: Input) { mailbox.post(.input(input)) }

  /// False when the queue is full.
  func submit(_ call: Call) -> Bool { mailbox.post(.input(.call(call)), limit: Self.queueLimit) }

  /// The thread's body. Returns after a stop.
  func run() {
    _ = counterfoil_set_priority(-10)
    defer { mailbox.leave() }
    var batch: [Message] = []
    drain.publish()
    drain.take(.started)
    // A start may have found no room for the next segment: that is known before the first call, which would take it for
    // granted.
    var deadline = drain.settle()
    while mailbox.take(into: &batch, until: deadline) {
      for message in batch {
        switch message {
        case .input(let input):
          drain.take(input)
          mailbox.advance()
        case .stop(let reason):
          drain.finish(reason)
          return
        }
      }
      deadline = drain.settle()
    }
  }
}
