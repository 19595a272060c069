import Synchronization

/// Work that only one caller at a time may ask for, because it reads all there is.
final class OneAtATime: Sendable {
  private let begun = Mutex<Int64?>(nil)

  /// Begins; or answers since when somebody else is at it, UTC milliseconds.
  func begin() -> Int64? {
    begun.withLock { begun in
      if let begun { return begun }
      begun = SystemClock().read(newest: 0, synchronised: false).wallMilliseconds
      return nil
    }
  }

  func end() {
    begun.withLock { $0 = nil }
  }
}
