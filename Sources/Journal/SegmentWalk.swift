/// Goes through a segment's bytes from the header on and stops at the first place that is no next frame: the walk of
/// recovery and of verification (docs/journal-format.md, section 7).
struct SegmentWalk: ~Copyable {
  /// Where the walk stands after whole events: what a cut keeps.
  struct Mark {
    /// E: behind the last complete event; behind its batch's padding when it closed the batch.
    var offset: Int
    /// Start of the batch that `offset` is in; equal to it when a batch would start there.
    var batchStart: Int
    var sequence: UInt64
    var chain: Digest
    var frontier: MerkleFrontier
  }

  /// Why the walk ended.
  enum End: Equatable {
    /// The bytes of the file are used up.
    case exhausted
    /// No frame here: what is wrong with it.
    case stopped(String)
  }

  let bytes: UnsafeRawBufferPointer
  private let header: SegmentHeader
  let salt: UInt32
  private let alignment: Int
  private var hash = SHA256()
  private(set) var chain: Digest
  private var leaves: [Digest] = []

  /// X: where the next frame is expected.
  private(set) var offset: Int
  /// B: where the batch that `offset` is in starts.
  private(set) var batchStart: Int
  /// The sequence expected next.
  private(set) var sequence: UInt64
  /// The end of the last complete event.
  private(set) var mark: Mark
  /// Set once `next` answered nil.
  private(set) var end: End?
  /// Where the walk would have gone on when it ended in bytes that must be zero.
  private var behindPadding: Int?

  init(_ bytes: UnsafeRawBufferPointer, header: SegmentHeader) {
    self.bytes = bytes
    self.header = header
    salt = header.salt
    alignment = Int(header.alignment)
    chain = header.chain
    offset = SegmentHeader.length
    batchStart = offset
    sequence = header.first
    mark = Mark(
      offset: offset, batchStart: offset, sequence: header.first, chain: header.chain, frontier: header.frontier)
  }

  /// The next frame and where it stands; nil when the walk ended.
  mutating func next() -> (frame: Frame, offset: Int)? {
    guard end == nil else { return nil }
    guard offset < bytes.count else {
      end = .exhausted
      return nil
    }
    guard let frame = Frame(in: bytes, at: offset, salt: salt, hash: &hash) else {
      return stop(bytes.firstNonZero(from: offset) == offset ? "no valid frame" : "zeros instead of a frame")
    }
    if let fault = fault(of: frame) { return stop(fault) }
    let start = offset
    let value = frame.chain(after: chain, hash: &hash)
    guard value == frame.chain else { return stop("chain") }
    chain = value
    leaves.append(frame.leaf)
    sequence += 1
    advance(over: frame, at: start)
    return (frame, start)
  }

  /// The class of the frame that `next` would give, unchecked.
  var nextClass: RecordClass? {
    guard end == nil, let base = bytes.baseAddress, offset <= bytes.count - FrameLayout.header else { return nil }
    return RecordClass(rawValue: UnsafeRawPointer(base + offset).integer(at: FrameLayout.recordClass))
  }

  private func fault(of frame: Frame) -> String? {
    if frame.sequence != sequence { return "sequence \(frame.sequence) instead of \(sequence)" }
    if frame.batchOffset != offset - batchStart { return "offset in batch" }
    if !frame.flags.isSubset(of: .known) { return "flags" }
    if frame.flags.contains([.lastOfBatch, .continues]) { return "an event that goes beyond its batch" }
    if frame.schema != FrameLayout.schemaVersion || frame.keyEpoch != 0 || frame.reserved != 0
      || frame.recordClassHigh != 0
    {
      return "fixed fields"
    }
    let end =
      frame.flags.contains(.lastOfBatch) ? (offset + frame.length).rounded(upTo: alignment) : offset + frame.length
    if end - batchStart > Int(header.maximumBatch) { return "a batch longer than the longest" }
    return nil
  }

  /// Moves behind the frame and its zeros. When they are not zeros the frame is good and the walk ends inside them.
  private mutating func advance(over frame: Frame, at start: Int) {
    let isLast = frame.flags.contains(.lastOfBatch)
    let unit = isLast ? alignment : FrameLayout.unit
    let next = min((start + frame.length).rounded(upTo: unit), bytes.count)
    offset = next
    if isLast { batchStart = next }
    if !frame.flags.contains(.continues) { settle() }
    if let dirty = UnsafeRawBufferPointer(rebasing: bytes[..<next]).firstNonZero(from: start + frame.length) {
      end = .stopped("bytes that are not zero behind a frame")
      behindPadding = next
      offset = dirty
    }
  }

  /// Goes on behind what ended the walk, when the chain shows what must have stood there: behind bytes that are not zero,
  /// and behind a frame whose leaf is known though its entry is not. False when it cannot.
  mutating func bridge(_ broken: BrokenFrame) -> Bool {
    if let next = behindPadding {
      behindPadding = nil
      offset = next
      end = nil
      return true
    }
    guard let stated = broken.stated else { return false }
    end = nil
    chain = stated.chain
    leaves.append(stated.leaf)
    sequence += 1
    let isLast = stated.flags.contains(.lastOfBatch)
    offset = min((offset + stated.length).rounded(upTo: isLast ? alignment : FrameLayout.unit), bytes.count)
    if isLast { batchStart = offset }
    if !stated.flags.contains(.continues) { settle() }
    return true
  }

  /// The walk ended in bytes that must be zero.
  var isInPadding: Bool { behindPadding != nil }
  var paddingEnd: Int? { behindPadding }

  /// Where a frame may stand behind one that ends there.
  func unit(_ flags: FrameFlags, _ end: Int) -> Int {
    end.rounded(upTo: flags.contains(.lastOfBatch) ? alignment : FrameLayout.unit)
  }

  private mutating func settle() {
    for leaf in leaves { mark.frontier.append(leaf) }
    leaves.removeAll(keepingCapacity: true)
    mark.offset = offset
    mark.batchStart = batchStart
    mark.sequence = sequence
    mark.chain = chain
  }

  private mutating func stop(_ text: String) -> (frame: Frame, offset: Int)? {
    end = .stopped(text)
    return nil
  }

  /// The root at `mark`: of all complete events so far.
  var root: Digest { mark.frontier.root }

  /// Whether a frame of a later batch than the one at X stands behind it: then X's batch was durable once.
  mutating func laterBatchExists() -> Bool {
    var position = offset.rounded(upTo: FrameLayout.unit)
    if position == offset { position += FrameLayout.unit }
    while let start = bytes.firstNonZero(from: position) {
      position = start / FrameLayout.unit * FrameLayout.unit
      if let frame = Frame(in: bytes, at: position, salt: salt, hash: &hash), frame.sequence > sequence,
        position - frame.batchOffset > offset
      {
        return true
      }
      position += FrameLayout.unit
    }
    return false
  }
}
