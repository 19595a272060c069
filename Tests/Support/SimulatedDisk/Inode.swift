/// One file's bytes: what running processes see and what would be there after a power cut. Pages without entry are
/// zeros, so a large preallocated file costs nothing. Guarded by its disk's lock.
final class Inode: @unchecked Sendable {
  static let pageSize = 4096
  static let sectorSize = 512
  static let sectorsPerPage = pageSize / sectorSize
  private static let zeroPage = [UInt8](repeating: 0, count: pageSize)

  let number: Int
  /// Length that processes see, and length on the medium.
  private(set) var size: UInt64 = 0
  private(set) var durableSize: UInt64 = 0
  /// Bytes of space this file holds: the end of the furthest byte written or reserved.
  private(set) var allocated: UInt64 = 0
  private var cache: [Int: [UInt8]] = [:]
  private var durable: [Int: [UInt8]] = [:]
  /// Sector → its page after each write since the last synchronize: any of them, or none, may reach the medium.
  private var dirty: [Int: [[UInt8]]] = [:]
  /// Whole pages that a truncation dropped since the last synchronize: that is a change of the file's map, no write, so
  /// their old bytes come back with the old length or not at all.
  private var dropped: Set<Int> = []

  init(number: Int) { self.number = number }

  var isDirty: Bool { !dirty.isEmpty || size != durableSize }

  // MARK: What processes do

  /// Copies from what processes see, or past the cache from the medium; answers the bytes before the end of file.
  func read(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64, bypassingCache: Bool) -> Int {
    guard offset < size else { return 0 }
    let count = min(buffer.count, Int(size - offset))
    var done = 0
    while done < count {
      let position = Int(offset) + done
      let page = position / Self.pageSize
      let start = position % Self.pageSize
      let length = min(Self.pageSize - start, count - done)
      let bytes = bypassingCache ? mediumPage(page) : cache[page]
      let target = UnsafeMutableRawBufferPointer(rebasing: buffer[done..<(done + length)])
      if let bytes {
        bytes.withUnsafeBytes {
          target.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[start..<(start + length)]))
        }
      } else {
        target.initializeMemory(as: UInt8.self, repeating: 0)
      }
      done += length
    }
    return count
  }

  /// Space that writing this range takes anew.
  func growth(offset: UInt64, count: Int) -> UInt64 {
    let end = offset + UInt64(count)
    return end > allocated ? end - max(allocated, min(offset, end)) : 0
  }

  func write(_ bytes: UnsafeRawBufferPointer, at offset: UInt64) {
    guard !bytes.isEmpty else { return }
    var done = 0
    while done < bytes.count {
      let position = Int(offset) + done
      let page = position / Self.pageSize
      let start = position % Self.pageSize
      let length = min(Self.pageSize - start, bytes.count - done)
      cache[page, default: Self.zeroPage].withUnsafeMutableBytes { target in
        UnsafeMutableRawBufferPointer(rebasing: target[start..<(start + length)])
          .copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[done..<(done + length)]))
      }
      markDirty(page: page, from: start, to: start + length)
      done += length
    }
    size = max(size, offset + UInt64(bytes.count))
    allocated = max(allocated, size)
  }

  func truncate(to newSize: UInt64) {
    if newSize < size {
      zero(from: Int(newSize), to: Int(size))
      allocated = newSize
    }
    size = newSize
  }

  func reserve(_ newSize: UInt64) {
    size = max(size, newSize)
    allocated = max(allocated, newSize)
  }

  /// Everything written so far is on the medium.
  func synchronize() {
    for page in Set(dirty.keys.map { $0 / Self.sectorsPerPage }) { durable[page] = cache[page] }
    for page in dropped { durable[page] = cache[page] }
    dirty.removeAll(keepingCapacity: true)
    dropped.removeAll()
    durableSize = size
  }

  // MARK: What power and media do

  /// What is left to a synchronize that failed: some of it reached the medium, and the system will not try again.
  func losePendingWrites(_ media: MediaModel, _ random: inout SplitMix64) {
    let kept = cache
    let keptSize = size
    let keptSpace = allocated
    let keptDropped = dropped
    settle(media, &random)
    dropped = keptDropped
    cache = kept
    size = keptSize
    allocated = keptSpace
  }

  /// The power is gone: the medium decides what of the unsynchronized writes is there, and that is the file. Answers
  /// what became of them.
  @discardableResult
  func settle(_ media: MediaModel, _ random: inout SplitMix64) -> Settlement {
    var settlement = Settlement()
    let loss = MediaModel.lossPercents[random.below(MediaModel.lossPercents.count)]
    // Sorted, so that one seed is one outcome.
    let sectors = dirty.keys.sorted()
    switch media {
    case .sectorAtomic:
      for sector in sectors {
        let arrives = !random.chance(loss)
        if arrives { keep(sector, &random) }
        settlement.add(arrived: arrives)
      }
    case .pageGarbage:
      var pages: [Int] = []
      for sector in sectors where pages.last != sector / Self.sectorsPerPage {
        pages.append(sector / Self.sectorsPerPage)
      }
      for page in pages { settle(page: page, loss: loss, &settlement, &random) }
    }
    if random.chance(50) {
      durableSize = size
      for page in dropped where !sectors.contains(where: { $0 / Self.sectorsPerPage == page }) { durable[page] = nil }
    }
    size = durableSize
    dirty.removeAll()
    dropped.removeAll()
    dropBeyondEnd()
    cache = durable
    allocated = size
    return settlement
  }

  /// Turns one bit over, on the medium and in the cache.
  func flip(bit: Int, ofByte offset: UInt64) {
    let page = Int(offset) / Self.pageSize
    let byte = Int(offset) % Self.pageSize
    durable[page, default: Self.zeroPage][byte] ^= 1 << UInt8(bit & 7)
    cache[page, default: Self.zeroPage][byte] ^= 1 << UInt8(bit & 7)
  }

  /// Bytes of the medium (or of the cache) for tests.
  func contents(durable onMedium: Bool) -> [UInt8] {
    let length = Int(onMedium ? durableSize : size)
    let pages = onMedium ? durable : cache
    var out = [UInt8](repeating: 0, count: length)
    for (page, bytes) in pages where page * Self.pageSize < length {
      let start = page * Self.pageSize
      let end = min(length, start + Self.pageSize)
      out.replaceSubrange(start..<end, with: bytes[..<(end - start)])
    }
    return out
  }

  // MARK: Inside

  private func markDirty(page: Int, from start: Int, to end: Int) {
    guard let bytes = cache[page] else { return }
    for sector in (start / Self.sectorSize)...((end - 1) / Self.sectorSize) {
      dirty[page * Self.sectorsPerPage + sector, default: []].append(bytes)
    }
  }

  /// Zeros that processes see at once; the medium keeps the old bytes until a synchronize.
  private func zero(from start: Int, to end: Int) {
    var position = start
    while position < end {
      let page = position / Self.pageSize
      let first = position % Self.pageSize
      let length = min(Self.pageSize - first, end - position)
      if first == 0 {
        cache[page] = nil
        dropped.insert(page)
      } else if cache[page] != nil || durable[page] != nil {
        cache[page, default: Self.zeroPage].withUnsafeMutableBytes { bytes in
          _ = UnsafeMutableRawBufferPointer(rebasing: bytes[first..<(first + length)])
            .initializeMemory(as: UInt8.self, repeating: 0)
        }
        markDirty(page: page, from: first, to: first + length)
      }
      position += length
    }
  }

  /// A direct read first sends the pages that are still dirty; what the system believes clean it reads from below.
  private func mediumPage(_ page: Int) -> [UInt8]? {
    let first = page * Self.sectorsPerPage
    let fresh = (first..<(first + Self.sectorsPerPage)).filter { dirty[$0] != nil }
    let below = dropped.contains(page) ? nil : durable[page]
    guard !fresh.isEmpty, let new = cache[page] else { return below }
    var bytes = below ?? Self.zeroPage
    for sector in fresh {
      let start = (sector - first) * Self.sectorSize
      bytes.replaceSubrange(start..<(start + Self.sectorSize), with: new[start..<(start + Self.sectorSize)])
    }
    return bytes
  }

  /// One of the versions of a sector reaches the medium, mostly the last.
  private func keep(_ sector: Int, _ random: inout SplitMix64) {
    guard let versions = dirty[sector], let last = versions.last else { return }
    let version = versions.count > 1 && random.chance(30) ? versions[random.below(versions.count)] : last
    let page = sector / Self.sectorsPerPage
    let start = (sector % Self.sectorsPerPage) * Self.sectorSize
    durable[page, default: Self.zeroPage]
      .replaceSubrange(start..<(start + Self.sectorSize), with: version[start..<(start + Self.sectorSize)])
  }

  /// A page in flight comes back old, new, or with garbage anywhere in it, in its old bytes too.
  private func settle(page: Int, loss: Int, _ settlement: inout Settlement, _ random: inout SplitMix64) {
    switch random.below(3) {
    case 0 where loss < 100:
      settlement.add(arrived: true)
      for sector in 0..<Self.sectorsPerPage { keep(page * Self.sectorsPerPage + sector, &random) }
    case 1:
      settlement.garbage += 1
      for sector in 0..<Self.sectorsPerPage where random.chance(40) {
        let start = sector * Self.sectorSize
        let garbage =
          random.chance(50) ? random.bytes(Self.sectorSize) : [UInt8](repeating: 0, count: Self.sectorSize)
        durable[page, default: Self.zeroPage].replaceSubrange(start..<(start + Self.sectorSize), with: garbage)
      }
    default: settlement.add(arrived: false)
    }
  }

  private func dropBeyondEnd() {
    let end = Int(durableSize)
    let lastPage = (end + Self.pageSize - 1) / Self.pageSize
    durable = durable.filter { $0.key < lastPage }
    let used = end % Self.pageSize
    if used > 0, var bytes = durable[lastPage - 1] {
      bytes.replaceSubrange(used..., with: repeatElement(0, count: Self.pageSize - used))
      durable[lastPage - 1] = bytes
    }
  }
}
