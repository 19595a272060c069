import Interfaces
import JSON
import Journal
import Till

/// A journal's entries in all its epochs, from a folder or from the daemon.
struct JournalPages: ~Copyable {
  struct Entry {
    var sequence: UInt64
    var kind: String
    var bytes: [UInt8]
  }

  struct Epoch {
    var number: UInt32
    /// The first sequence that is here.
    var first: UInt64
    /// Behind the last record that counts.
    var end: UInt64
  }

  /// When something was recorded.
  struct Stamp {
    var sequence: UInt64
    /// UTC milliseconds.
    var at: Int64
    var day: BusinessDay
  }

  private var session: Session?
  private let path: String
  private var folders: [UInt32: OfflineJournal] = [:]
  /// Oldest first.
  private(set) var epochs: [Epoch] = []
  /// Ids of all journals of this box that are known, also of those that are not here.
  private(set) var journals: [String] = []
  /// ISO 4217.
  private(set) var currency = ""
  /// Damaged places that were come upon; the first.
  private(set) var damage: Failure?
  /// True when the folder is read.
  var isOffline: Bool { session == nil }

  /// Of the daemon at the other end of a session.
  init(_ session: consuming Session) throws {
    self.session = consume session
    path = ""
    guard let head = try self.session?.call(JournalInterface.Head.self, .init()).head else { return }
    try find(newest: UInt32(clamping: head.epoch), end: UInt64(clamping: head.sequence + 1))
  }

  /// Of a folder.
  init(folder: String, newest: OfflineJournal) throws {
    session = nil
    path = folder
    let head = try newest.head()
    folders[UInt32(clamping: head.epoch)] = newest
    try find(newest: UInt32(clamping: head.epoch), end: UInt64(clamping: head.sequence + 1))
  }

  /// Every epoch that is here, and who it is: from its GENESIS, or a STATE that repeats it.
  private mutating func find(newest: UInt32, end: UInt64) throws {
    var (number, end) = (newest, end)
    while true {
      let found: (first: UInt64, identity: JSON)?
      do { found = try identity(number) } catch  where number != newest { found = nil }
      guard let (first, identity) = found else { break }
      epochs.insert(Epoch(number: number, first: first, end: end), at: 0)
      if let journal = identity["journal"]?.string { journals.append(journal) }
      if number == newest { currency = identity["currency"]?.string ?? "" }
      guard let previous = identity["previous"], let sequence = previous["sequence"]?.integer,
        let epoch = previous["epoch"]?.integer, epoch < Int64(number)
      else { break }
      if let journal = previous["journal"]?.string { journals.append(journal) }
      (number, end) = (UInt32(clamping: epoch), UInt64(clamping: sequence + 1))
    }
  }

  private mutating func identity(_ epoch: UInt32) throws -> (first: UInt64, identity: JSON)? {
    var found: (UInt64, JSON)?
    try read(epoch, from: nil, limit: 1, kinds: ["genesis", "state"]) { entry in
      guard let data = (try? JSON(parsing: entry.bytes))?["data"] else { return }
      let identity = data["identity"] ?? data
      found = (entry.sequence, identity)
    }
    return found
  }

  /// Hands out at most `limit` entries of an epoch in order.
  mutating func read(
    _ epoch: UInt32, from: UInt64?, limit: Int, kinds: [String], _ each: (Entry) -> Void
  ) throws {
    var damaged: Failure?
    if session != nil {
      _ = try session?.read(epoch: Int64(epoch), from: from, limit: limit, kinds: kinds) {
        each(Entry(sequence: UInt64(clamping: $0.sequence), kind: $0.kind, bytes: [UInt8]($0.entry.utf8)))
      } damage: {
        damaged = damaged ?? $0
      }
    } else {
      let folder = try folders[epoch] ?? OfflineJournal(path, epoch: epoch)
      folders[epoch] = folder
      try folder.read(from: from ?? folder.segmentStarts().first ?? 0, limit: limit, kinds: kinds) {
        each(Entry(sequence: $0.sequence, kind: $0.kind, bytes: $0.entry))
      } hole: {
        damaged = damaged ?? HoleText.failure($0, count: 1)
      }
    }
    damage = damage ?? damaged
  }

  // MARK: - times

  /// So many records at most have no stamp one behind the other: checkpoints and marks.
  private static let unstamped = 64

  /// The first stamp at or behind a sequence.
  private mutating func stamp(_ epoch: Epoch, from sequence: UInt64) throws -> Stamp? {
    var found: Stamp?
    try read(epoch.number, from: sequence, limit: Self.unstamped, kinds: []) { entry in
      guard found == nil, entry.sequence < epoch.end, let data = (try? JSON(parsing: entry.bytes))?["data"],
        let at = data["at"]?.integer, let day = data["businessDay"]?.string.flatMap({ BusinessDay($0) })
      else { return }
      found = Stamp(sequence: entry.sequence, at: at, day: day)
    }
    return found
  }

  /// The first stamp of an epoch of which something holds, by halving: times and business days only grow.
  mutating func first(in epoch: Epoch, where holds: (Stamp) -> Bool) throws -> Stamp? {
    var (low, high) = (epoch.first, epoch.end)
    var found: Stamp?
    while low < high {
      let middle = low + (high - low) / 2
      guard let stamp = try stamp(epoch, from: middle), stamp.sequence < high else {
        high = middle
        continue
      }
      if holds(stamp) { (high, found) = (middle, stamp) } else { low = stamp.sequence + 1 }
    }
    return found
  }

  /// The newest stamp.
  mutating func newest() throws -> Stamp? {
    for epoch in epochs.reversed() {
      var distance: UInt64 = UInt64(Self.unstamped)
      while true {
        let from = epoch.end > epoch.first + distance ? epoch.end - distance : epoch.first
        var (next, last): (UInt64?, Stamp?) = (from, nil)
        while let at = next, at < epoch.end, let stamp = try stamp(epoch, from: at) {
          (last, next) = (stamp, stamp.sequence + 1)
        }
        if let last { return last }
        if from == epoch.first { break }
        distance *= 8
      }
    }
    return nil
  }

  /// From the first record of a business day to the first one of a later day; nil: it had no business.
  mutating func span(of day: BusinessDay, now: Int64) throws -> Range<Int64>? {
    var start: Int64?
    for epoch in epochs {
      if start == nil, let begun = try first(in: epoch, where: { $0.day >= day }) {
        guard begun.day == day else { return nil }
        start = begun.at
      }
      if let start, let behind = try first(in: epoch, where: { $0.day > day }) {
        return start..<max(start + 1, behind.at)
      }
    }
    return start.map { $0..<max($0 + 1, now) }
  }
}

extension Session {
  /// Entries that are asked for at once.
  private static let page = 1000

  /// Hands out at most `limit` entries of an epoch in order, and what is damaged between them. Answers where reading goes
  /// on when the limit ended it.
  mutating func read(
    epoch: Int64, from: UInt64?, limit: Int, kinds: [String], _ each: (Wire.JournalEntry) -> Void,
    damage: (Failure) -> Void
  ) throws -> UInt64? {
    // A cursor at the largest number is one before the first entry.
    var after = "\(epoch).\(from.map { $0 > 0 ? $0 - 1 : UInt64.max } ?? UInt64.max)"
    var left = limit
    while left > 0 {
      let output: JournalInterface.Read.Output
      do {
        output = try call(
          JournalInterface.Read.self,
          .init(after: after, limit: Int64(min(left, Self.page)), kinds: kinds.isEmpty ? nil : kinds))
      } catch let failure as Failure where failure.code == ErrorTable.system + "JournalDamaged" {
        damage(failure)
        guard let next = HoleText.next(failure), next > 0 else { return nil }
        after = "\(epoch).\(next - 1)"
        continue
      }
      output.entries.forEach(each)
      left -= output.entries.count
      after = output.next
      if !output.more || !after.hasPrefix("\(epoch).") { return nil }
      if left == 0, let last = output.entries.last { return UInt64(clamping: last.sequence) + 1 }
    }
    return nil
  }
}
