import Journal
import Synchronization

/// A sealed part of the journal that is not as it was written. The box sells on: only reading there is refused.
public struct JournalDamage: Sendable, Equatable {
  public var epoch: UInt32
  public var fault: JournalFault
  /// When it was found, UTC milliseconds.
  public var since: Int64
  /// The file when it was found: another one in its place is looked at again.
  var identity: String?
  /// When somebody looked at it last, on the monotonic clock in nanoseconds.
  var lookedAt: UInt64

  /// A medium that did not give a block once may give it later.
  private static let lookAgainAfter: UInt64 = 60_000_000_000

  /// Whether it is time to look whether it is still so.
  func isDue(identity now: String?) -> Bool {
    now != identity || SystemClock.monotonic() &- lookedAt > Self.lookAgainAfter
  }
}

/// What is known to be damaged, found by whoever read there. Status and Watch tell of it; it goes when the segment reads
/// well again.
public final class DamageBook: Sendable {
  private struct Place: Hashable {
    var epoch: UInt32
    var file: UInt64
  }

  private let known = Mutex<[Place: JournalDamage]>([:])
  private let tell: @Sendable (Happening) -> Void

  public init(tell: @escaping @Sendable (Happening) -> Void = { _ in }) { self.tell = tell }

  /// All damage, the oldest records first.
  public var all: [JournalDamage] {
    known.withLock { known in
      known.sorted { ($0.key.epoch, $0.key.file) < ($1.key.epoch, $1.key.file) }.map(\.value)
    }
  }

  func note(_ epoch: UInt32, _ fault: JournalFault, identity: String?) {
    guard let segment = fault.segment else { return }
    let now = SystemClock().read(newest: 0, synchronised: false)
    let isNew = known.withLock { known in
      let place = Place(epoch: epoch, file: segment)
      let before = known[place]
      // The first place counts.
      if let before, before.fault.offset <= fault.offset { return false }
      known[place] = JournalDamage(
        epoch: epoch, fault: fault, since: before?.since ?? now.wallMilliseconds, identity: identity,
        lookedAt: now.monotonicNanoseconds)
      return before == nil
    }
    if isNew { tell(Self.happening("segmentDamaged", epoch, segment, now)) }
  }

  /// A check of a whole epoch found these, and nothing else.
  func verified(_ epoch: UInt32, _ faults: [JournalFault], _ reader: JournalReader) {
    let bad = Set(faults.compactMap(\.segment))
    for damage in all where damage.epoch == epoch {
      if let segment = damage.fault.segment, !bad.contains(segment) { mended(epoch, segment: segment) }
    }
    for fault in faults { note(epoch, fault, identity: reader.identity(ofSegment: fault.segment)) }
  }

  func mended(_ epoch: UInt32, segment: UInt64) {
    guard known.withLock({ $0.removeValue(forKey: Place(epoch: epoch, file: segment)) }) != nil else { return }
    tell(Self.happening("segmentMended", epoch, segment, SystemClock().read(newest: 0, synchronised: false)))
  }

  private static func happening(_ name: String, _ epoch: UInt32, _ segment: UInt64, _ now: Reading) -> Happening {
    Happening(
      topic: "system", name: name, subject: "journal", lane: nil, at: now.wallMilliseconds, trusted: now.trusted,
      data: Array(#"{"epoch":\#(epoch),"segment":\#(segment)}"#.utf8))
  }
}
