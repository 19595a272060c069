import CLinux
import Journal
import Synchronization

/// Ties the lookup thread's answers back to the register's thread, which is made after it.
final class ThreadBox: @unchecked Sendable {
  var thread: RegisterThread?
  /// One compression at a time.
  private let housekeeping = Mutex(())

  func answer(_ lookup: Lookup, _ lookups: LookupThread, _ deliver: @escaping @Sendable (Delivery) -> Void) {
    let thread = thread
    let taken = lookups.post { lookups in
      switch lookups.carryOut(lookup) {
      case .input(let input): thread?.post(input)
      case .answer(let token, let result):
        var delivery = Delivery()
        delivery.answers.append((token, result))
        deliver(delivery)
      }
    }
    guard !taken else { return }
    switch lookup {
    case .recall(let token, _, _, _, _): refuse(token, deliver)
    case .key(let call), .facts(let call, _): refuse(call.token, deliver)
    case .document(let job): thread?.post(.document(job: job.id, .failure(.busy)))
    }
  }

  /// More questions wait than may.
  private func refuse(_ token: UInt64, _ deliver: @escaping @Sendable (Delivery) -> Void) {
    var delivery = Delivery()
    delivery.answers.append((token, .failure(.busy)))
    deliver(delivery)
  }

  /// Compresses what was sealed and makes the next spare, beside everything else and one switch after the other.
  func sealed(_ files: PosixFileSystem, _ options: JournalOptions, _ first: UInt64) {
    _ = startThread("sealed") { [self] in
      housekeeping.withLock { _ in
        try? Spares.prepare(files, options: options)
        // The next sale waits for the spare, nobody for the compression.
        _ = counterfoil_set_priority(10)
        SegmentCompression.compressAll(files, before: first)
      }
    }
  }
}
