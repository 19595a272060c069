/// Prepared empty segments, so that a switch costs no allocation.
public enum Spares {
  /// Zeros are written in pieces of this.
  private static let piece = 1 << 20
  /// Spares kept ready.
  public static let wanted = 2

  /// Makes spares until there are `count`; any thread may run it beside the writer. Leaves the others alone when the
  /// disk is full.
  public static func prepare(_ fileSystem: any FileSystem, options: JournalOptions, count: Int = wanted)
    throws(JournalError)
  {
    try options.check()
    do throws(FileError) {
      while try available(fileSystem, options: options).count < count {
        _ = try make(fileSystem, options: options)
      }
    } catch { throw .file(error) }
  }

  /// Names of the spares of the right size, in order of their numbers.
  static func available(_ fileSystem: any FileSystem, options: JournalOptions) throws(FileError) -> [String] {
    var found: [(UInt64, String)] = []
    for name in try fileSystem.list() {
      guard let number = FileNames.spareNumber(name, suffix: ".tmp") else { continue }
      if try fileSystem.open(name, .readOnly).size() == options.segmentSize { found.append((number, name)) }
    }
    return found.sorted { $0.0 < $1.0 }.map(\.1)
  }

  /// Takes a spare, or makes one when there is none.
  static func take(_ fileSystem: any FileSystem, options: JournalOptions) throws(FileError) -> String {
    if let name = try available(fileSystem, options: options).first { return name }
    return try make(fileSystem, options: options)
  }

  /// Makes one spare. It gets its name only when it is whole and durable.
  static func make(_ fileSystem: any FileSystem, options: JournalOptions) throws(FileError) -> String {
    let names = try fileSystem.list()
    let numbers = names.compactMap {
      FileNames.spareNumber($0, suffix: ".tmp") ?? FileNames.spareNumber($0, suffix: FileNames.unfinishedSuffix)
    }
    let number = (numbers.max() ?? 0) &+ 1
    let unfinished = FileNames.spareUnfinished(number)
    let file = try fileSystem.create(unfinished)
    do throws(FileError) {
      try fill(file, options)
    } catch {
      // A half-filled file on a full disk would only keep it full.
      do throws(FileError) { try fileSystem.unlink(unfinished) } catch {}
      throw error
    }
    try fileSystem.rename(unfinished, to: FileNames.spare(number))
    return FileNames.spare(number)
  }

  /// A segment's file. The last stretch, as long as the longest batch, is only reserved: a switch comes before it, so
  /// that it is hardly ever written, and zeros there would wear the medium for nothing.
  static func fill(_ file: any File, _ options: JournalOptions) throws(FileError) {
    let tail = UInt64(options.maximumBatch)
    try fill(file, size: options.segmentSize, zeros: options.preparation == .zeroFill ? options.segmentSize - tail : 0)
  }

  /// Gives a new file `size` bytes that are durable: `zeros` bytes written, the rest reserved where the file system can.
  static func fill(_ file: any File, size: UInt64, zeros: UInt64) throws(FileError) {
    var written = zeros
    do throws(FileError) {
      // First: a disk without room says so before anything is written to it.
      try file.allocate(size)
    } catch {
      guard error.code == Errno.notSupported else { throw error }
      written = size
    }
    try writeZeros(file, 0..<written)
    try file.synchronize()
  }

  private static func writeZeros(_ file: any File, _ range: Range<UInt64>) throws(FileError) {
    guard !range.isEmpty else { return }
    let zeros = PageBuffer(count: piece)
    zeros.bytes.initializeMemory(as: UInt8.self, repeating: 0)
    var offset = range.lowerBound
    while offset < range.upperBound {
      let count = Int(min(UInt64(piece), range.upperBound - offset))
      try file.write(UnsafeRawBufferPointer(rebasing: zeros.bytes[..<count]), at: offset)
      offset += UInt64(count)
    }
  }
}
