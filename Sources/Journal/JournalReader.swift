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

  /// Looks at the folder. Segments made later are found when they are needed.
  public init(_ fileSystem: any FileSystem) throws(JournalError) {
    self.fileSystem = fileSystem
    files = SegmentFile.all(in: try fileSystem.names())
    if files.isEmpty { throw .notFound(folder: (fileSystem as? PosixFileSystem)?.path ?? "the folder") }
  }

  // MARK: Records

  /// Records from `sequence` on, at most `limit`, none at or after `upTo` (the writer's durable sequence when it
  /// runs; nil: to the end of the last complete event), only those whose kind is in `kinds` (nil: all). Fewer than
  /// `limit` means that there is nothing more. Throws `.archived` when the first wanted record is no longer here.
  public func read(from sequence: UInt64, limit: Int, upTo: UInt64? = nil, kinds: Set<String>? = nil)
    throws(JournalError) -> [StoredEntry]
  {
    var found: [StoredEntry] = []
    guard limit > 0 else { return found }
    try forEach(from: sequence, upTo: upTo) { frame, position in
      let entry = frame.stored(segment: position.segment, offset: Int(position.offset))
      if kinds.map({ $0.contains(entry.kind) }) ?? true { found.append(entry) }
      return found.count < limit
    } incomplete: { start in
      found.removeAll { $0.sequence >= start }
    }
    return found
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
    try forEach(from: sequence, upTo: upTo, wholeEvents: true) { frame, position in
      event.append(frame.stored(segment: position.segment, offset: Int(position.offset)))
      guard !frame.flags.contains(.continues) else { return true }
      isComplete = frame.sequence >= sequence
      if !isComplete { event.removeAll() }
      return !isComplete
    }
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

  /// Gives frames in order until `body` answers false. `incomplete` gets the start of an event that the journal's end
  /// cuts off. With `wholeEvents` the walk begins at an event start at or before `sequence`.
  private func forEach(
    from sequence: UInt64, upTo: UInt64?, wholeEvents: Bool = false,
    _ body: (Frame, RecordPosition) -> Bool, incomplete: (UInt64) -> Void = { _ in }
  ) throws(JournalError) {
    var next = sequence
    while next < upTo ?? .max {
      let source = try openSegment(containing: next)
      let first = source.header.first
      var map = maps[first] ?? SegmentMap(source.header)
      defer { maps[first] = map }
      var cursor = SegmentCursor(source, at: map.position(before: next))
      while let (frame, offset) = try cursor.next() {
        map.note(cursor)
        if frame.sequence >= upTo ?? .max { return }
        if frame.sequence < next, !wholeEvents { continue }
        if !body(frame, RecordPosition(segment: first, offset: offset)) { return }
      }
      guard try continues(after: cursor, wanted: next) else {
        if cursor.eventStart < cursor.sequence { incomplete(cursor.eventStart) }
        return
      }
      next = cursor.sequence
    }
  }

  /// Whether another segment begins where the cursor stopped. Throws when records are missing in between.
  private func continues(after cursor: SegmentCursor, wanted: UInt64) throws(JournalError) -> Bool {
    let first = cursor.source.header.first
    if files.last?.first == first { try refresh() }
    guard let following = files.first(where: { $0.first > first }) else { return false }
    if following.first == cursor.sequence { return true }
    guard isSealed(cursor) else {
      throw .corrupt(
        JournalFault(
          file: cursor.source.file.name, offset: cursor.offset, sequence: cursor.sequence, text: "no valid frame"))
    }
    throw archived(max(wanted, cursor.sequence), cursor.source)
  }

  /// A sealed file ends with its last batch.
  private func isSealed(_ cursor: SegmentCursor) -> Bool { cursor.offset >= cursor.source.length }

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
        throw .archived(epoch: try SegmentSource(fileSystem, oldest).header.epoch, sequence: sequence)
      }
      if let source, source.file == file { return source }
      do throws(JournalError) {
        let opened = try SegmentSource(fileSystem, file)
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

  private func refresh() throws(JournalError) {
    files = SegmentFile.all(in: try fileSystem.names())
    if files.isEmpty { throw .notFound(folder: "the folder") }
  }
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
