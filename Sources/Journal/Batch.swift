/// The bytes of the batch that is being staged. One buffer, used again for every batch.
struct Batch: ~Copyable {
  private let memory: PageBuffer
  private let capacity: Int
  private let alignment: Int
  private var hash = SHA256()
  private var blinds = [UInt8](repeating: 0, count: 16 * 32)
  private var blindsUsed: Int
  private let random: RandomSource
  /// Where the frame starts that is not finished: its chain and checksum depend on whether another follows.
  private var open: Int?

  /// CRC start value of the segment.
  var salt: UInt32
  /// Chain value after the last finished frame.
  private(set) var chain: Digest
  /// Bytes staged.
  private(set) var count = 0
  /// Offset inside the batch of the first byte here; not 0 only when recovery closes a batch it kept frames of.
  private(set) var startInBatch = 0
  /// Frames staged.
  private(set) var frames = 0

  init(capacity: Int, alignment: Int, salt: UInt32, chain: Digest, random: @escaping RandomSource) {
    memory = PageBuffer(count: capacity)
    self.capacity = capacity
    self.alignment = alignment
    self.salt = salt
    self.chain = chain
    self.random = random
    blindsUsed = blinds.count
  }

  var isEmpty: Bool { count == 0 }

  /// Whether the buffer serves a segment with this header.
  func fits(_ header: SegmentHeader) -> Bool {
    capacity == Int(header.maximumBatch) && alignment == Int(header.alignment)
  }

  /// Length of the write if the batch were closed now, `more` bytes of frames added.
  func paddedCount(adding more: Int = 0) -> Int {
    (startInBatch + count + more).rounded(upTo: alignment) - startInBatch
  }

  /// Forgets what is staged. `chain` is the value after the last durable record.
  mutating func reset(chain: Digest, startInBatch: Int = 0) {
    count = 0
    frames = 0
    open = nil
    self.chain = chain
    self.startInBatch = startInBatch
  }

  /// Adds one frame and answers its leaf. The caller checked the room and the body.
  mutating func stage(
    _ entry: borrowing PendingEntry, sequence: UInt64, flags: FrameFlags, boot: UInt32, now: Reading
  ) -> Digest {
    finishOpenFrame(isLast: false)
    guard let base = memory.bytes.baseAddress else { return .zero }
    let frame = base + count
    let length = EntryText.blindLength + entry.body.count
    let target = frame + FrameLayout.header
    writeBlind(to: target)
    entry.body.withUnsafeBytes { body in
      // The body's `{` is replaced by `{"blind":"…",`.
      if let source = body.baseAddress {
        (target + EntryText.blindLength + 1).copyMemory(from: source + 1, byteCount: body.count - 1)
      }
    }
    let leaf = leafHash(UnsafeRawBufferPointer(start: target, count: length))
    frame.put(FrameLayout.magic, at: 0)
    frame.put(UInt32(FrameLayout.header + length), at: FrameLayout.length)
    frame.put(UInt16(entry.recordClass.rawValue), at: FrameLayout.recordClass)
    frame.put(FrameLayout.schemaVersion, at: FrameLayout.schema)
    frame.put(flags.rawValue, at: FrameLayout.flags)
    frame.put(sequence, at: FrameLayout.sequence)
    frame.put(now.wallMilliseconds, at: FrameLayout.wall)
    frame.put(now.bootNanoseconds, at: FrameLayout.boot)
    frame.put(boot, at: FrameLayout.bootNumber)
    frame.put(UInt32(startInBatch + count), at: FrameLayout.batchOffset)
    frame.put(UInt32(0), at: FrameLayout.keyEpoch)
    frame.put(UInt32(length), at: FrameLayout.entryLength)
    frame.put(UInt64(0), at: FrameLayout.reserved)
    frame.put(leaf, at: FrameLayout.leaf)
    let padded = FrameLayout.padded(entry: length)
    frame.zero(at: FrameLayout.header + length, count: padded - FrameLayout.header - length)
    open = count
    count += padded
    frames += 1
    return leaf
  }

  /// Marks the last frame, pads, and gives the bytes to write.
  mutating func close() -> UnsafeRawBufferPointer {
    finishOpenFrame(isLast: true)
    let padded = paddedCount()
    memory.bytes.baseAddress?.zero(at: count, count: padded - count)
    return UnsafeRawBufferPointer(start: memory.bytes.baseAddress, count: padded)
  }

  private mutating func finishOpenFrame(isLast: Bool) {
    guard let start = open, let base = memory.bytes.baseAddress else { return }
    open = nil
    let frame = base + start
    if isLast {
      var flags = FrameFlags(rawValue: UnsafeRawPointer(frame).integer(at: FrameLayout.flags))
      flags.insert(.lastOfBatch)
      frame.put(flags.rawValue, at: FrameLayout.flags)
    }
    chain = Frame.chain(of: frame, after: chain, hash: &hash)
    frame.put(chain, at: FrameLayout.chain)
    let length = Int(UnsafeRawPointer(frame).integer(at: FrameLayout.length, as: UInt32.self))
    let covered = UnsafeRawBufferPointer(start: frame + FrameLayout.length, count: length - FrameLayout.length)
    frame.put(CRC32C.checksum(covered, continuing: salt), at: FrameLayout.checksum)
  }

  private mutating func leafHash(_ entry: UnsafeRawBufferPointer) -> Digest {
    hash.update(byte: MerkleHash.leafPrefix)
    hash.update(entry)
    return hash.finish()
  }

  private mutating func writeBlind(to target: UnsafeMutableRawPointer) {
    if blindsUsed == blinds.count {
      blinds.withUnsafeMutableBytes { random($0) }
      blindsUsed = 0
    }
    target.put(EntryText.blindPrefix, at: 0)
    for index in 0..<EntryText.blindBytes {
      let byte = blinds[blindsUsed + index]
      target.put(EntryText.hexDigits[Int(byte >> 4)], at: EntryText.blindPrefix.count + 2 * index)
      target.put(EntryText.hexDigits[Int(byte & 15)], at: EntryText.blindPrefix.count + 2 * index + 1)
    }
    blindsUsed += EntryText.blindBytes
    target.put(UInt8(ascii: "\""), at: EntryText.blindLength - 1)
    target.put(UInt8(ascii: ","), at: EntryText.blindLength)
  }
}
