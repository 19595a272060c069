import Glibc
import Index
import Journal

/// What is known of sealed segments without reading them: the index and the file of keys beside it. Used by the start,
/// then by the thread that looks things up.
final class SealedLookup: @unchecked Sendable {
  private let folder: String
  private let journal: [UInt8]
  private let epoch: UInt32
  /// Sealed segments end here, as far as this process knows.
  private var upTo: UInt64
  private var store: IndexStore?
  private var isOpened = false
  private var keys: SealedKeys?
  /// Where damage took records that the index does not have.
  private(set) var holes: [JournalFault] = []
  /// The first record that was there when the index was filled last.
  private var oldest: UInt64?

  init(folder: String, _ head: Head, segmentFirst: UInt64) {
    self.folder = folder
    journal = head.journalID
    epoch = head.epoch
    upTo = segmentFirst
  }

  /// Of a journal that nobody writes: the index as it is, nil when there is none.
  init(folder: String, _ head: Head) {
    self.folder = folder
    journal = head.journalID
    epoch = head.epoch
    upTo = 0
    store = try? Engine.openIndex(folder, journal: journal, epoch: epoch)
    isOpened = true
  }

  /// The oldest damaged segment of which memory knows what the index could not read; nothing from there on is forgotten.
  private(set) var keptFrom: UInt64?

  /// The index lacks what stood there.
  func lacks(_ hole: JournalFault) {
    if !holes.contains(where: { $0.segment == hole.segment }) { holes.append(hole) }
  }

  /// A segment that was damaged is whole again.
  func isMended(_ segment: UInt64, _ reader: JournalReader) {
    guard holes.contains(where: { $0.segment == segment }) || keptFrom != nil else { return }
    holes.removeAll { $0.segment == segment }
    keptFrom = nil
    _ = try? cover(reader, isKnown: true)
  }

  private var keysPath: String { folder + (epoch == 0 ? "/keys" : "/keys-\(EpochFolder.name(epoch))") }

  // MARK: - at the start

  /// The fingerprints of all promised keys before the current segment, or nil when the file does not say.
  func readKeys(chain: Digest) -> KeyFingerprints? {
    guard let found = SealedKeys.read(keysPath), found.upTo == upTo, found.chain == chain else { return nil }
    keys = found
    return found.all
  }

  /// Opens and checks the index and adds the sealed segments that it lacks; when it cannot be used, what it would know is
  /// read from the segments into `replay`. What cannot be read throws, and is tried again by the next who asks.
  func open(_ reader: JournalReader, into replay: inout Replay) throws {
    store = try? Engine.openIndex(folder, journal: journal, epoch: epoch)
    do {
      if try !cover(reader) {
        store = nil
        try scan(reader, upTo: upTo, into: &replay)
      }
    } catch {
      store = nil
      throw error
    }
    isOpened = true
  }

  /// The keys that the index knows, which become the file; nil without an index.
  func keys(chain: Digest) throws -> KeyFingerprints? {
    guard let store else { return nil }
    var found: [UInt64] = []
    try store.names(.key) { found.append(Engine.fingerprint(of: $0)) }
    try store.names(.carried) { if let carried = UInt64($0, radix: 16) { found.append(carried) } }
    var made = SealedKeys(upTo: upTo, chain: chain)
    // Whose time is not known here, so they stay until they are all made anew.
    made.add(found, newest: 0)
    made.write(keysPath)
    keys = made
    return made.all
  }

  // MARK: - afterwards

  /// The index; opened and checked by the first who needs it. Nil when there is none any more; then `tables` holds what it
  /// knew.
  func index(_ reader: JournalReader, _ tables: SegmentLookup) throws -> IndexStore? {
    if !isOpened {
      var replay = Replay(filling: tables)
      try open(reader, into: &replay)
    }
    return store
  }

  /// Adds the sealed segments that the index lacks, and their keys to the file. `end`: the newest segment is sealed too,
  /// after a stop, and ends before this record. `isKnown`: memory has what they held. False when the index fails.
  func cover(_ reader: JournalReader, end: UInt64? = nil, isKnown: Bool = false) throws -> Bool {
    guard let store, let covered = try? store.covered() else { return false }
    var bounds = try reader.segments().map(\.first)
    sees(bounds.first)
    if let end { bounds.append(end) }
    for (first, next) in zip(bounds, bounds.dropFirst()) where !covered.contains(first) {
      let found = try Self.read(reader, from: first, to: next)
      guard (try? store.add(first: first, rows: found.rows, isWhole: found.hole == nil)) != nil else { return false }
      // The file of keys stays as it is when some cannot be read: the next start then looks for itself.
      if let hole = found.hole {
        if isKnown { keptFrom = min(keptFrom ?? first, first) } else { lacks(hole) }
      } else if keys?.upTo == first {
        try extend(reader, found, to: next)
      }
    }
    if let last = bounds.last { upTo = last }
    return true
  }

  /// The journal begins here, as far as it is on this box.
  func sees(_ first: UInt64?) { oldest = first }

  /// Takes in older segments that were put back since; false: there are none.
  func takesPutBack(_ reader: JournalReader) -> Bool {
    guard let oldest, oldest > 0, let first = try? reader.segments().first?.first, first < oldest else { return false }
    return (try? cover(reader)) ?? false
  }

  private func extend(_ reader: JournalReader, _ found: Replay, to end: UInt64) throws {
    keys?.add(found.rows.compactMap(Self.fingerprint), newest: found.newestTrusted)
    keys?.upTo = end
    keys?.chain = try reader.entry(at: end - 1).chain
    keys?.write(keysPath)
  }

  private static func fingerprint(_ row: IndexRow) -> UInt64? {
    switch row.group {
    case .key: Engine.fingerprint(of: row.name)
    case .carried: UInt64(row.name, radix: 16)
    default: nil
    }
  }

  // MARK: - segments

  /// What the index keeps of the records in a range that can be read.
  static func read(_ reader: JournalReader, from: UInt64, to end: UInt64) throws -> Replay {
    var replay = Replay()
    replay.fillsTables = false
    try read(reader, from: from, to: end, into: &replay)
    return replay
  }

  /// Takes all whole events in a range that can be read; with `skipsOdd` without those that mean nothing to this build.
  static func read(
    _ reader: JournalReader, from: UInt64, to end: UInt64, into replay: inout Replay, skipsOdd: Bool = false
  ) throws {
    var next = from
    while next < end {
      let page = try reader.page(from: next, limit: 4_096, upTo: end, wholeEvents: true)
      for entry in page.entries {
        do { try replay.take(entry, applies: false) } catch { if !skipsOdd { throw error } }
      }
      if let hole = page.hole {
        replay.skip(hole)
        guard let behind = hole.next else { return }
        next = behind
      } else {
        guard let last = page.entries.last else { return }
        next = last.sequence + 1
      }
    }
  }

  /// Keys and lookups of all segments before the newest, when there is no index.
  func scan(_ reader: JournalReader, upTo end: UInt64, into replay: inout Replay) throws {
    guard end > 0 else { return }
    var older = Replay(filling: replay.tables)
    try Self.read(reader, from: try reader.sealedSegments().first?.first ?? end, to: end, into: &older)
    older.hole.map(lacks)
    replay.keys = older.keys
    replay.newest = older.newest
  }
}
