/// What is wrong where a walk through a segment ended: which bytes, and what the frame there must have been.
struct BrokenFrame {
  /// What the chain still proves of a frame that is not valid.
  struct Stated {
    var chain: Digest
    var leaf: Digest
    var flags: FrameFlags
    var length: Int
  }

  /// Bytes that are, or may be, not as they were written.
  var bytes: Range<Int>
  /// The record that they are of.
  var sequence: UInt64
  var text: String
  /// The frame, when its header fits the chain: its leaf is then known.
  var stated: Stated?
  /// The first sequence that can be read behind it.
  var next: UInt64?
}

/// What stands where the walk through the newest segment ended, when no SEAL closes it.
struct SegmentTail {
  var fault: JournalFault
  /// A batch that is whole by itself follows.
  var isLater = false
  /// No batch that was being written can have left it.
  var isDamage: Bool

  static let torn = "; nothing follows: a torn last batch"
  static let far = "; too far for a torn batch: damage"
  static let later = "; a later batch follows: damage"

  /// What is not zero behind the SEAL that ends at `offset`; nil: nothing.
  static func behindSeal(_ image: SegmentImage, _ offset: Int, _ sequence: UInt64) -> JournalFault? {
    guard let dirty = image.bytes.firstNonZero(from: offset) else { return nil }
    let end = image.bytes.endOfNonZero(from: dirty)
    return JournalFault(
      file: image.file.name, offset: UInt64(dirty), length: UInt64(end - dirty), sequence: sequence,
      text: "bytes that are not zero behind SEAL")
  }
}

extension SegmentWalk {
  /// The walk ended where a whole batch did, or at the first place of one.
  var isBetweenBatches: Bool { mark.offset == offset && mark.batchStart == offset }

  /// What is behind the end of the walk, `why` if the walk does not say; nil: zeros only.
  mutating func tail(of image: SegmentImage, why: String) -> SegmentTail? {
    guard let dirty = image.bytes.firstNonZero(from: offset) else { return nil }
    func fault(_ bytes: Range<Int>, _ sequence: UInt64, next: UInt64? = nil, _ text: String) -> JournalFault {
      JournalFault(
        file: image.file.name, offset: UInt64(bytes.lowerBound), length: bytes.isEmpty ? nil : UInt64(bytes.count),
        sequence: sequence, next: next, text: text)
    }
    var why = why
    if case .stopped(let text)? = end { why = text }
    if laterBatchExists() {
      let broken = diagnose(why, limit: SegmentHeader.largestNumber)
      let isNamed = broken.stated != nil || isInPadding
      let text = isNamed ? broken.text : why + SegmentTail.later
      let found = fault(broken.bytes, broken.sequence, next: broken.next, text)
      return SegmentTail(fault: found, isLater: true, isDamage: true)
    }
    let dirtyEnd = image.bytes.endOfNonZero(from: dirty)
    let isFar = dirtyEnd > batchStart + Int(image.header.maximumBatch)
    // Between whole batches there are only zeros: what is not one of them names itself.
    let bytes = (isBetweenBatches ? dirty : offset)..<dirtyEnd
    let text = isBetweenBatches && dirty > offset ? "bytes that are not zero behind the last batch" : why
    return SegmentTail(
      fault: fault(bytes, isInPadding ? sequence - 1 : sequence, text + (isFar ? SegmentTail.far : SegmentTail.torn)),
      isDamage: isFar)
  }

  /// Looks closer at the place where the walk ended. `text` is what ended it.
  func diagnose(_ text: String, limit: UInt64) -> BrokenFrame {
    var scratch = SHA256()
    if isInPadding {
      let dirty = run(from: offset)
      return BrokenFrame(bytes: dirty, sequence: sequence - 1, text: text, next: sequence)
    }
    if let frame = Frame(in: bytes, at: offset, salt: salt, hash: &scratch) {
      return BrokenFrame(
        bytes: offset..<(offset + frame.length), sequence: sequence, text: text, next: behind(&scratch, limit).next)
    }
    if let broken = provenFrame(&scratch) { return broken }
    let (end, next) = behind(&scratch, limit)
    return BrokenFrame(bytes: offset..<end, sequence: sequence, text: text, next: next)
  }

  /// A frame whose header is what the chain says, though something of the frame is not.
  private func provenFrame(_ scratch: inout SHA256) -> BrokenFrame? {
    guard let base = bytes.baseAddress, offset <= bytes.count - FrameLayout.header else { return nil }
    let address = UnsafeRawPointer(base + offset)
    let entryLength = Int(address.integer(at: FrameLayout.entryLength, as: UInt32.self))
    let length = FrameLayout.header + entryLength
    guard entryLength > 0, entryLength <= JournalLimit.entry, length <= bytes.count - offset,
      address.integer(at: FrameLayout.sequence, as: UInt64.self) == sequence,
      Int(address.integer(at: FrameLayout.batchOffset, as: UInt32.self)) == offset - batchStart
    else { return nil }
    let leaf = Digest(loading: address + FrameLayout.leaf)
    scratch.update(byte: MerkleHash.leafPrefix)
    scratch.update(UnsafeRawBufferPointer(start: address + FrameLayout.header, count: entryLength))
    let leafFits = scratch.finish() == leaf
    let must = Frame.chain(of: address, after: chain, hash: &scratch)
    let flags = FrameFlags(rawValue: address.integer(at: FrameLayout.flags))
    var parts: [(Range<Int>, String)] = []
    if address.integer(at: 0, as: UInt32.self) != FrameLayout.magic { parts.append((0..<4, "magic")) }
    if must != Digest(loading: address + FrameLayout.chain) {
      // The chain field itself, when the next frame goes on from what must stand there.
      guard leafFits, followerFits(at: offset + length, flags, must, &scratch) else { return nil }
      parts.append((FrameLayout.chain..<FrameLayout.header, "chain"))
    }
    if !leafFits { parts.append((FrameLayout.header..<length, "entry")) }
    if parts.isEmpty { parts.append((FrameLayout.checksum..<(FrameLayout.checksum + 4), "checksum")) }
    let start = parts.map(\.0.lowerBound).min() ?? 0
    let end = parts.map(\.0.upperBound).max() ?? length
    return BrokenFrame(
      bytes: (offset + start)..<(offset + end), sequence: sequence,
      text: "no valid frame: its \(parts.map(\.1).joined(separator: " and ")) is not as it was written",
      stated: BrokenFrame.Stated(chain: must, leaf: leaf, flags: flags, length: length), next: sequence + 1)
  }

  private func followerFits(at end: Int, _ flags: FrameFlags, _ chain: Digest, _ scratch: inout SHA256) -> Bool {
    let next = unit(flags, end)
    guard let frame = Frame(in: bytes, at: next, salt: salt, hash: &scratch), frame.sequence == sequence + 1 else {
      return false
    }
    return frame.chain(after: chain, hash: &scratch) == frame.chain
  }

  /// Where the next frame that is valid by itself stands, and its sequence; else the end of what is not zero.
  private func behind(_ scratch: inout SHA256, _ limit: UInt64) -> (end: Int, next: UInt64?) {
    var position = offset / FrameLayout.unit * FrameLayout.unit + FrameLayout.unit
    var end = offset
    while let found = bytes.firstNonZero(from: position) {
      position = found / FrameLayout.unit * FrameLayout.unit
      if let frame = Frame(in: bytes, at: position, salt: salt, hash: &scratch), frame.sequence >= sequence,
        frame.sequence < limit
      {
        return (position, frame.sequence)
      }
      position += FrameLayout.unit
      end = position
    }
    return (min(max(end, offset + 1), bytes.count), nil)
  }

  /// The bytes from `start` to the last that is not zero before the next frame's place, at most a page.
  private func run(from start: Int) -> Range<Int> {
    let limit = min(paddingEnd ?? bytes.count, bytes.count)
    let last = (start..<limit).last { bytes[$0] != 0 } ?? start
    return start..<(last + 1)
  }
}
