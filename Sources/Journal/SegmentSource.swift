/// One segment opened for reading in pieces, compressed or not. Offsets are those of the uncompressed segment.
///
/// What cannot be read or uncompressed is zeros, in which no frame stands: a damaged segment still gives what is whole in
/// it (`remains` says what was lost).
final class SegmentSource {
  let file: SegmentFile
  /// The segment's own; of a segment whose header is damaged what its neighbours say it must be, as far as reading needs.
  let header: SegmentHeader
  /// The header was not readable.
  let headerFault: JournalFault?
  private let fileSystem: any FileSystem
  private let handle: any File
  private let layout: SegmentCompression.Layout?
  private let block = PageBuffer(count: JournalLimit.compressionBlock)
  private var blockInMemory: Int?
  /// The whole segment in memory, once a part of it could not be had.
  private(set) var remains: SegmentRemains?
  private let wholeLength: UInt64

  /// Uncompressed length.
  var length: UInt64 { remains.map { UInt64($0.raw.count) } ?? wholeLength }

  /// `standIn` takes the place of a header that is damaged; without it that is an error.
  init(_ fileSystem: any FileSystem, _ file: SegmentFile, standIn: SegmentHeader? = nil) throws(JournalError) {
    self.fileSystem = fileSystem
    self.file = file
    do throws(FileError) {
      handle = try fileSystem.open(file.name, .readOnly)
      let size = try handle.size()
      if file.isCompressed {
        switch try? Self.layout(handle, size: size) {
        case .success(let layout)?:
          self.layout = layout
          wholeLength = layout.length
        default:
          layout = nil
          wholeLength = 0
          remains = try SegmentRemains(fileSystem, file)
        }
      } else {
        layout = nil
        wholeLength = size
      }
    } catch { throw .file(error) }
    let page = PageBuffer(count: SegmentHeader.length)
    let target = UnsafeMutableRawBufferPointer(rebasing: page.bytes[..<SegmentHeader.length])
    do throws(JournalError) {
      let count = try Self.read(
        into: target, at: 0, fileSystem, handle, layout, file, block, &blockInMemory, &remains)
      header = try Self.header(
        UnsafeRawBufferPointer(rebasing: target[..<count]), file, remains)
      headerFault = nil
    } catch {
      guard let standIn, case .corrupt(let fault) = error else { throw error }
      header = standIn
      headerFault = fault
    }
  }

  private static func header(_ bytes: UnsafeRawBufferPointer, _ file: SegmentFile, _ remains: SegmentRemains?)
    throws(JournalError) -> SegmentHeader
  {
    func corrupt(_ text: String) -> JournalError {
      var fault = JournalFault(
        file: file.name, offset: 0, length: UInt64(SegmentHeader.length), sequence: file.first, next: file.first,
        text: remains?.faults.first?.text ?? text)
      fault.isUnread = remains?.isPartlyUnread ?? false
      return .corrupt(fault)
    }
    guard bytes.count == SegmentHeader.length, let base = bytes.baseAddress else { throw corrupt("no header") }
    let header: SegmentHeader
    do throws(SegmentHeader.Fault) {
      header = try SegmentHeader(base)
    } catch {
      if case .unsupported(let major) = error { throw .unsupported(file: file.name, major: major) }
      throw corrupt("header: \(error)")
    }
    guard header.first == file.first else { throw corrupt("header: first sequence is not the file's name") }
    return header
  }

  private static func layout(_ handle: any File, size: UInt64) throws(FileError)
    -> Result<SegmentCompression.Layout, SegmentCompression.Fault>
  {
    let head = try bytes(handle, at: 0, count: SegmentCompression.headerLength)
    var failure: FileError?
    let found = head.withUnsafeBytes { header in
      SegmentCompression.layout(header: header, fileLength: size) { start, count in
        do throws(FileError) {
          return try bytes(handle, at: start, count: count)
        } catch {
          failure = error
          return nil
        }
      }
    }
    if let failure { throw failure }
    return found
  }

  private static func bytes(_ handle: any File, at offset: UInt64, count: Int) throws(FileError) -> [UInt8] {
    let memory = PageBuffer(count: count)
    let done = try handle.read(into: UnsafeMutableRawBufferPointer(rebasing: memory.bytes[..<count]), at: offset)
    return [UInt8](memory.bytes[..<done])
  }

  /// Fills `buffer` from `offset` on; answers how many bytes there were before the end.
  func read(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) throws(JournalError) -> Int {
    try Self.read(into: buffer, at: offset, fileSystem, handle, layout, file, block, &blockInMemory, &remains)
  }

  /// What is known of a place where records are lost.
  func fault(at offset: UInt64, to end: UInt64, sequence: UInt64, next: UInt64?) -> JournalFault {
    let why = remains?.faults.first { $0.offset <= max(end, offset + 1) && $0.offset + ($0.length ?? 0) >= offset }
    var fault = JournalFault(
      file: file.name, offset: offset, length: end > offset ? end - offset : nil, sequence: sequence, next: next,
      text: why?.text ?? "no valid frame")
    fault.isUnread = remains?.isPartlyUnread ?? false
    return fault
  }

  /// The whole segment in memory, as far as it can be had.
  func everything() throws(JournalError) -> SegmentRemains {
    if let remains { return remains }
    do throws(FileError) { return try SegmentRemains(fileSystem, file) } catch { throw .file(error) }
  }

  private static func read(
    into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64, _ fileSystem: any FileSystem, _ handle: any File,
    _ layout: SegmentCompression.Layout?, _ file: SegmentFile, _ block: PageBuffer, _ blockInMemory: inout Int?,
    _ remains: inout SegmentRemains?
  ) throws(JournalError) -> Int {
    if remains == nil {
      do throws(FileError) {
        return try whole(into: buffer, at: offset, handle, layout, file, block, &blockInMemory)
      } catch {
        guard error.isDamage else { throw .file(error) }
      }
      do throws(FileError) { remains = try SegmentRemains(fileSystem, file) } catch { throw .file(error) }
    }
    guard let remains, offset < UInt64(remains.raw.count) else { return 0 }
    let count = min(buffer.count, remains.raw.count - Int(offset))
    buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: remains.bytes[Int(offset)..<(Int(offset) + count)]))
    return count
  }

  private static func whole(
    into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64, _ handle: any File,
    _ layout: SegmentCompression.Layout?, _ file: SegmentFile, _ block: PageBuffer, _ blockInMemory: inout Int?
  ) throws(FileError) -> Int {
    guard let layout else { return try handle.read(into: buffer, at: offset) }
    var done = 0
    while done < buffer.count, offset + UInt64(done) < layout.length {
      let position = Int(offset) + done
      let index = position / JournalLimit.compressionBlock
      if blockInMemory != index {
        blockInMemory = nil
        try inflate(index, layout, handle, file, block)
        blockInMemory = index
      }
      let start = position % JournalLimit.compressionBlock
      let count = min(layout.blockLength(index) - start, buffer.count - done)
      UnsafeMutableRawBufferPointer(rebasing: buffer[done..<(done + count)])
        .copyMemory(from: UnsafeRawBufferPointer(rebasing: block.bytes[start..<(start + count)]))
      done += count
    }
    return done
  }

  private static func inflate(
    _ index: Int, _ layout: SegmentCompression.Layout, _ handle: any File, _ file: SegmentFile, _ block: PageBuffer
  ) throws(FileError) {
    let start = layout.offsets[index]
    let input = try bytes(handle, at: start, count: Int(layout.offsets[index + 1] - start))
    let target = UnsafeMutableRawBufferPointer(rebasing: block.bytes[..<layout.blockLength(index)])
    guard input.withUnsafeBytes({ SegmentCompression.inflate($0, into: target) }) else {
      throw FileError(.read, file.name, code: Errno.badMessage, detail: "compressed block \(index)")
    }
  }
}

/// Some event starts of a segment, remembered so that the next look-up need not begin at its header.
struct SegmentMap {
  struct Position {
    var sequence: UInt64
    var offset: UInt64
  }

  private var positions: [Position]

  init(_ header: SegmentHeader) {
    positions = [Position(sequence: header.first, offset: UInt64(SegmentHeader.length))]
  }

  /// The last known event start at or before a sequence.
  func position(before sequence: UInt64) -> Position {
    var low = 0
    var high = positions.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if positions[middle].sequence <= sequence { low = middle } else { high = middle }
    }
    return positions[low]
  }

  /// Remembers an event start when it is far enough behind the last one.
  mutating func note(_ cursor: SegmentCursor) {
    guard cursor.eventStart == cursor.sequence, let last = positions.last,
      cursor.offset >= last.offset + SegmentCursor.step
    else { return }
    positions.append(Position(sequence: cursor.sequence, offset: cursor.offset))
  }
}
