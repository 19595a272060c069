/// Bytes that recovery cuts off are kept in files of their own. The room for them is reserved ahead, so that recovery
/// works on a full disk.
enum Quarantine {
  private static let piece = 1 << 20

  /// Keeps `bytes` durably and answers the file's name.
  static func keep(_ bytes: UnsafeRawBufferPointer, hash: Digest, sequence: UInt64, in fileSystem: any FileSystem)
    throws(FileError) -> String
  {
    let name = FileNames.quarantine(sequence, hash: hash)
    let file: any File
    do throws(FileError) {
      file = try fileSystem.open(FileNames.reserve, .readWrite)
    } catch {
      guard error.isMissing else { throw error }
      file = try fileSystem.create(FileNames.reserve)
    }
    var done = 0
    while done < bytes.count {
      let count = min(piece, bytes.count - done)
      try file.write(UnsafeRawBufferPointer(rebasing: bytes[done..<(done + count)]), at: UInt64(done))
      done += count
    }
    try file.truncate(to: UInt64(bytes.count))
    try file.synchronize()
    // The same cut again, after a power cut in the middle of recovery, replaces its own copy.
    try fileSystem.rename(FileNames.reserve, to: name)
    try fileSystem.synchronizeDirectory()
    return name
  }

  /// Makes the reserve when it is missing or too small.
  static func reserve(_ fileSystem: any FileSystem, size: UInt64) throws(FileError) {
    if try fileSystem.list().contains(FileNames.reserve) {
      let file = try fileSystem.open(FileNames.reserve, .readWrite)
      if try file.size() >= size { return }
      try Spares.fill(file, size: size, zeros: 0)
    } else {
      let file = try fileSystem.create(FileNames.reserve)
      try Spares.fill(file, size: size, zeros: 0)
    }
  }
}
