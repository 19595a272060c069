/// Goes from frame to frame of a segment, checking each frame's checksum only: what verification is for is left to it.
struct SegmentCursor {
  /// A frame of the longest entry fits, and reading ahead is worth it.
  private static let window = 256 << 10
  /// Distance of remembered positions.
  static let step: UInt64 = 64 << 10

  let source: SegmentSource
  private let memory = PageBuffer(count: window)
  private var start: UInt64 = 0
  private var filled = 0
  private let salt: UInt32
  /// Where the next frame is expected.
  private(set) var offset: UInt64
  /// The sequence expected next.
  private(set) var sequence: UInt64
  /// Where the event began that the next frame belongs to.
  private(set) var eventStart: UInt64
  /// The start of the event that the next frame belongs to was lost.
  private(set) var isPartial = false
  /// The class of the frame read last.
  private(set) var lastClass: RecordClass?

  init(_ source: SegmentSource, at position: SegmentMap.Position) {
    self.source = source
    salt = source.header.salt
    offset = position.offset
    sequence = position.sequence
    eventStart = position.sequence
  }

  /// The next frame and where it stands; nil where there is none. Valid until the next call.
  mutating func next() throws(JournalError) -> (frame: Frame, offset: UInt64)? {
    let longest = FrameLayout.padded(entry: JournalLimit.entry)
    if offset < start || offset + UInt64(longest) > start + UInt64(filled) {
      start = offset / 4096 * 4096
      filled = try source.read(into: memory.bytes, at: start)
    }
    let bytes = UnsafeRawBufferPointer(rebasing: memory.bytes[..<filled])
    guard offset >= start, let frame = Frame(checksummedIn: bytes, at: Int(offset - start), salt: salt),
      frame.sequence == sequence
    else { return nil }
    let place = offset
    let unit = frame.flags.contains(.lastOfBatch) ? UInt64(source.header.alignment) : UInt64(FrameLayout.unit)
    offset = (offset + UInt64(frame.length)).rounded(upTo: unit)
    sequence += 1
    lastClass = frame.recordClass
    if !frame.flags.contains(.continues) {
      eventStart = sequence
      isPartial = false
    }
    return (frame, place)
  }

  /// Whether the segment was read to its very end: a sealed file ends behind its SEAL.
  var isAtEnd: Bool { offset >= source.length && lastClass ?? .seal == .seal }

  /// Goes to the end of the segment, behind which the record `following` stands.
  mutating func leave(for following: UInt64) {
    offset = max(offset, source.length)
    sequence = following
    eventStart = following
  }

  /// Goes on, where `next` found none, at the next frame that is valid by itself and whose sequence is below `limit`. With
  /// `laterBatch` only at one of a later batch: what else stands behind the end of a journal was never acknowledged.
  /// False when there is none; then the cursor stays.
  mutating func resume(before limit: UInt64, laterBatch: Bool) throws(JournalError) -> Bool {
    let all = try source.everything()
    var scratch = SHA256()
    var position = Int(offset).rounded(upTo: FrameLayout.unit)
    if position == Int(offset) { position += FrameLayout.unit }
    while let found = all.bytes.firstNonZero(from: position) {
      position = found / FrameLayout.unit * FrameLayout.unit
      if let frame = Frame(in: all.bytes, at: position, salt: salt, hash: &scratch),
        frame.sequence >= sequence, frame.sequence < limit, !laterBatch || position - frame.batchOffset > Int(offset)
      {
        offset = UInt64(position)
        sequence = frame.sequence
        eventStart = sequence
        isPartial = frame.batchOffset != 0
        return true
      }
      position += FrameLayout.unit
    }
    return false
  }
}
