import Journal

/// Room that a batch and a segment keep beside one largest event.
enum JournalRoom {
  /// For what else follows from the same input: a 32nd of the largest event, 64 KiB of 2 MiB.
  static func slack(_ largestEvent: Int) -> Int { largestEvent / 32 }
  /// Without a next segment calls are taken as long as the present one has room for the largest event and, a quarter of
  /// that, for how printing and drawers end: 2.5 MiB.
  static func floor(_ largestEvent: Int) -> Int { largestEvent + largestEvent / 4 }
  /// How often a full disk is asked again, in nanoseconds.
  static let retry: UInt64 = 1_000_000_000
}

/// What a drain knows of a disk that had no room for the next segment. The box sells on while the present segment lasts;
/// then it only reads; both end by themselves when there is room again.
struct FullDisk {
  private(set) var error: JournalError?
  private var retryAt: UInt64 = 0

  /// There was no room for the next segment.
  var isFull: Bool { error != nil }

  /// When the disk is to be asked again; nil: it has room, as far as is known.
  var next: UInt64? { isFull ? retryAt : nil }

  func isDue(at now: UInt64) -> Bool { !isFull || now >= retryAt }

  mutating func found(_ error: JournalError, at now: UInt64) {
    self.error = error
    retryAt = now &+ JournalRoom.retry
  }

  mutating func clear() { error = nil }
}
