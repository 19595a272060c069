/// Reads a journal without writing: own descriptors, so any thread may have one of its own while the writer works.
/// Sealed segments are read compressed or not. One reader belongs to one thread at a time.
///
/// Reading checks each frame's checksum; `verify` checks everything.
public final class JournalReader {
  let fileSystem: any FileSystem
  private var files: [SegmentFile]
  /// The segment read last, kept open.
  private var source: SegmentSource?
  private var maps: [UInt64: SegmentMap] = [:]
  /// The segment in use is damaged.
  private var isHurt = false
  /// Hears of every damage that reading comes upon, also of one that costs what is read nothing.
  public var damage: ((JournalFault) -> Void)?

  /// Looks at the folder. Segments made later are found when they are needed.
  public init(_ fileSystem: any FileSystem) throws(JournalError) {
    self.fileSystem = fileSystem
    files = SegmentFile.all(in: try fileSystem.names())
    if files.isEmpty { throw .notFound(folder: (fileSystem as? PosixFileSystem)?.path ?? "the folder") }
  }

  // MARK: Records

  /// Records from `sequence` on, at most `limit`, none at or after `upTo` (the writer's durable sequence when it
  /// runs; nil: to the end of the last complete event), only those whose kind is in `kinds` (nil: all). Fewer than
  /// `limit` means that there is nothing more. Throws `.archived` when the first wanted record is no longer here (the folder
  /// is looked at again first: a segment may have been put back), and `.corrupt` when one of them is damaged.
  public func read(from sequence: UInt64, limit: Int, upTo: UInt64? = nil, kinds: Set<String>? = nil)
    throws(JournalError) -> [StoredEntry]
  {
    let page = try page(from: sequence, limit: limit, upTo: upTo, kinds: kinds)
    if let hole = page.hole { throw .corrupt(hole) }
    return page.entries
  }

  /// Like `read`, but stops where records are damaged and says where that is: what stands before is given, and behind the
  /// hole reading goes on at its `next`. With `wholeEvents` no part of an event that the hole cut is given.
  public func page(
    from sequence: UInt64, limit: Int, upTo: UInt64? = nil, kinds: Set<String>? = nil, wholeEvents: Bool = false
  ) throws(JournalError) -> JournalPage {
    var found: [StoredEntry] = []
    guard limit > 0 else { return JournalPage(entries: found, hole: nil) }
    let hole = try forEach(from: sequence, upTo: upTo, wholeEvents ? .wholeEvents : .records) { frame, position in
      let entry = frame.stored(segment: position.segment, offset: Int(position.offset))
      if kinds.map({ $0.contains(entry.kind) }) ?? true { found.append(entry) }
      return found.count < limit
    } incomplete: { start in
      found.removeAll { $0.sequence >= start }
    }
    return JournalPage(entries: found, hole: hole)
  }

  /// One record.
  public func entry(at sequence: UInt64, upTo: UInt64? = nil) throws(JournalError) -> StoredEntry {
    guard let entry = try read(from: sequence, limit: 1, upTo: upTo).first else {
      throw .noSuchRecord(sequence: sequence)
    }
    return entry
  }

  /// The record at a known position, without a search.
  public func entry(at position: RecordPosition) throws(JournalError) -> StoredEntry {
    let source = try openSegment(containing: position.segment)
    defer { forget(source) }
    guard source.header.first == position.segment else { throw archived(position.segment, source) }
    guard position.offset < source.length else { throw .noSuchRecord(sequence: position.segment) }
    let memory = PageBuffer(count: FrameLayout.padded(entry: JournalLimit.entry))
    let count = try source.read(into: memory.bytes, at: position.offset)
    let bytes = UnsafeRawBufferPointer(rebasing: memory.bytes[..<count])
    guard let frame = Frame(checksummedIn: bytes, at: 0, salt: source.header.salt) else {
      throw .corrupt(
        JournalFault(file: source.file.name, offset: position.offset, sequence: nil, text: "no valid frame"))
    }
    return frame.stored(segment: position.segment, offset: Int(position.offset))
  }

  /// All records of the event that `sequence` belongs to, in order.
  public func event(containing sequence: UInt64, upTo: UInt64? = nil) throws(JournalError) -> [StoredEntry] {
    var event: [StoredEntry] = []
    var isComplete = false
    let hole = try forEach(from: sequence, upTo: upTo, .eventOfFirst) { frame, position in
      event.append(frame.stored(segment: position.segment, offset: Int(position.offset)))
      guard !frame.flags.contains(.continues) else { return true }
      isComplete = frame.sequence >= sequence
      if !isComplete { event.removeAll() }
      return !isComplete
    } incomplete: { _ in
      event.removeAll()
    }
    if let hole { throw .corrupt(hole) }
    guard isComplete else { throw .noSuchRecord(sequence: sequence) }
    return event
  }

  /// Segments on this box, oldest first; all but the last are sealed.
  public func segments() throws(JournalError) -> [SegmentInfo] {
    try refresh()
    return files.map { SegmentInfo(first: $0.first, file: $0.name, isCompressed: $0.isCompressed) }
  }

  /// The sealed segments on this box, oldest first.
  public func sealedSegments() throws(JournalError) -> [SegmentInfo] { try segments().dropLast() }

  // MARK: Walking

  /// What a walk is for.
  private enum Walk {
    /// Every record from the first on.
    case records
    /// The same, without records of events whose start was lost.
    case wholeEvents
    /// From the start of the event that the first belongs to; a lost start is a hole.
    case eventOfFirst
  }

  /// Gives frames in order until `body` answers false, the journal ends, or records from `sequence` on are damaged: then
  /// where. `incomplete` gets the start of an event that the end, or with `wholeEvents` a hole, cuts off.
  private func forEach(
    from sequence: UInt64, upTo: UInt64?, _ walk: Walk,
    _ body: (Frame, RecordPosition) -> Bool, incomplete: (UInt64) -> Void = { _ in }
  ) throws(JournalError) -> JournalFault? {
    var next = sequence
    while next < upTo ?? .max {
      let source = try openSegment(containing: next)
      let first = source.header.first
      var map = maps[first] ?? SegmentMap(source.header)
      defer {
        maps[first] = map
        forget(source)
      }
      var cursor = SegmentCursor(source, at: map.position(before: next))
      var hole: JournalFault?
      while true {
        let isPartial = cursor.isPartial
        if let (frame, offset) = try cursor.next() {
          map.note(cursor)
          if frame.sequence >= upTo ?? .max { return nil }
          if isPartial, walk != .records {
            if walk == .eventOfFirst, frame.sequence >= next { return hole }
            continue
          }
          if frame.sequence < next, walk != .eventOfFirst { continue }
          if !body(frame, RecordPosition(segment: first, offset: offset)) { return nil }
          continue
        }
        if let upTo, cursor.sequence >= upTo { return nil }
        var following = try following(first)
        if let ahead = following, ahead.first != cursor.sequence, cursor.isAtEnd {
          // What stood between was moved away; it may have been put back since the folder was listed.
          try refresh()
          following = try self.following(first)
          if following?.first ?? ahead.first != cursor.sequence {
            throw archived(max(next, cursor.sequence), source)
          }
        }
        if following?.first == cursor.sequence { break }
        let eventStart = cursor.eventStart
        hole = try skip(&cursor, to: following?.first, upTo: upTo)
        if hole == nil || walk != .records { incomplete(eventStart) }
        guard let hole, hole.next.map({ $0 <= next }) ?? false else { return hole }
        if cursor.sequence == following?.first { break }
      }
      next = cursor.sequence
    }
    return nil
  }

  /// The segment behind the one that begins with `first`.
  private func following(_ first: UInt64) throws(JournalError) -> SegmentFile? {
    if files.last?.first == first { try refresh() }
    return files.first { $0.first > first }
  }

  /// Goes on behind damaged bytes, at the latest where the next segment begins: what was lost. Nil at the journal's end,
  /// behind which nothing was ever acknowledged.
  private func skip(_ cursor: inout SegmentCursor, to following: UInt64?, upTo: UInt64?) throws(JournalError)
    -> JournalFault?
  {
    let end = following ?? (upTo == .max ? nil : upTo)
    let (offset, sequence) = (cursor.offset, cursor.sequence)
    var next: UInt64?
    if try cursor.resume(before: end ?? SegmentHeader.largestNumber, laterBatch: end == nil) {
      next = cursor.sequence
    } else {
      guard let end else { return nil }
      next = following
      cursor.leave(for: end)
    }
    isHurt = true
    let fault = cursor.source.fault(at: offset, to: cursor.offset, sequence: sequence, next: next)
    damage?(fault)
    return fault
  }

  /// A damaged segment is opened again for the next question: it may have been put right meanwhile.
  private func forget(_ used: SegmentSource) {
    guard isHurt || used.remains != nil || used.headerFault != nil else { return }
    isHurt = false
    source = nil
  }

  private func archived(_ sequence: UInt64, _ source: SegmentSource) -> JournalError {
    .archived(epoch: source.header.epoch, sequence: sequence)
  }

  /// The segment that has, or would have, a record; opened.
  private func openSegment(containing sequence: UInt64) throws(JournalError) -> SegmentSource {
    if files.last.map({ $0.first <= sequence }) ?? true { try refresh() }
    var isSecond = false
    while true {
      guard let file = files.last(where: { $0.first <= sequence }) else {
        guard let oldest = files.first else { throw .noSuchRecord(sequence: sequence) }
        if !isSecond {
          // It may have been put back since the folder was listed.
          isSecond = true
          try refresh()
          continue
        }
        throw .archived(epoch: try SegmentSource(fileSystem, oldest).header.epoch, sequence: sequence)
      }
      if let source, source.file == file { return source }
      do throws(JournalError) {
        let opened = try open(file)
        source = opened
        return opened
      } catch {
        // It may have been compressed or archived since the folder was listed.
        guard !isSecond, case .file(let cause) = error, cause.isMissing else { throw error }
        isSecond = true
        try refresh()
      }
    }
  }

  /// Opens a segment; one with a damaged header as what its neighbours say it is.
  private func open(_ file: SegmentFile) throws(JournalError) -> SegmentSource {
    do throws(JournalError) { return try SegmentSource(fileSystem, file) } catch {
      guard case .corrupt(let fault) = error else { throw error }
      guard let standIn = standIn(for: file) else { throw fault.error }
      damage?(fault)
      return try SegmentSource(fileSystem, file, standIn: standIn)
    }
  }

  private func standIn(for file: SegmentFile) -> SegmentHeader? {
    guard let place = files.firstIndex(of: file) else { return nil }
    return SegmentHeader.standIn(for: place, of: files) { try? SegmentSource(fileSystem, $0).header }
  }

  private func refresh() throws(JournalError) {
    files = SegmentFile.all(in: try fileSystem.names())
    if files.isEmpty { throw .notFound(folder: "the folder") }
  }
}

/// Records read from a journal that may be damaged.
public struct JournalPage: Hashable, Sendable {
  /// What stands before the hole, in order.
  public let entries: [StoredEntry]
  /// Where records are damaged; nil: the page ends for another reason.
  public let hole: JournalFault?
}

/// One segment on this box.
public struct SegmentInfo: Hashable, Sendable {
  /// First sequence in it.
  public let first: UInt64
  /// File name.
  public let file: String
  /// Whether the file is a `.segz`.
  public let isCompressed: Bool
}
