/// One segment opened for reading in pieces, compressed or not. Offsets are those of the uncompressed segment.
final class SegmentSource {
  let file: SegmentFile
  let header: SegmentHeader
  /// Uncompressed length.
  let length: UInt64
  private let handle: any File
  private let layout: SegmentCompression.Layout?
  private let block = PageBuffer(count: JournalLimit.compressionBlock)
  private var blockInMemory: Int?

  init(_ fileSystem: any FileSystem, _ file: SegmentFile) throws(JournalError) {
    self.file = file
    do throws(FileError) {
      handle = try fileSystem.open(file.name, .readOnly)
      let size = try handle.size()
      if file.isCompressed {
        let found = try Self.layout(handle, size: size)
        switch found {
        case .success(let layout):
          self.layout = layout
          length = layout.length
        case .failure(let fault): throw FileError(.read, file.name, code: Errno.badMessage, detail: fault.text)
        }
      } else {
        layout = nil
        length = size
      }
    } catch { throw .file(error) }
    let page = PageBuffer(count: SegmentHeader.length)
    guard length >= UInt64(SegmentHeader.length) else { throw Self.corrupt(file, "no header") }
    let count = try Self.read(
      into: UnsafeMutableRawBufferPointer(rebasing: page.bytes[..<SegmentHeader.length]), at: 0, handle: handle,
      layout: layout, file: file, block: block, blockInMemory: &blockInMemory)
    guard count == SegmentHeader.length, let base = UnsafeRawBufferPointer(page.bytes).baseAddress else {
      throw Self.corrupt(file, "no header")
    }
    do throws(SegmentHeader.Fault) {
      header = try SegmentHeader(base)
    } catch {
      if case .unsupported(let major) = error { throw .unsupported(file: file.name, major: major) }
      throw Self.corrupt(file, "header: \(error)")
    }
    guard header.first == file.first else { throw Self.corrupt(file, "header: first sequence is not the file's name") }
  }

  private static func corrupt(_ file: SegmentFile, _ text: String) -> JournalError {
    .corrupt(JournalFault(file: file.name, offset: 0, sequence: file.first, text: text))
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
    try Self.read(
      into: buffer, at: offset, handle: handle, layout: layout, file: file, block: block,
      blockInMemory: &blockInMemory)
  }

  private static func read(
    into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64, handle: any File,
    layout: SegmentCompression.Layout?, file: SegmentFile, block: PageBuffer, blockInMemory: inout Int?
  ) throws(JournalError) -> Int {
    do throws(FileError) {
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
    } catch { throw .file(error) }
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
    if !frame.flags.contains(.continues) { eventStart = sequence }
    return (frame, place)
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
