import Journal

/// A process's view of the disk that tells ``Watch`` what is written and synchronized.
final class WatchedFileSystem: FileSystem {
  private let below: any FileSystem
  private let watch: Watch

  init(_ below: any FileSystem, _ watch: Watch) {
    self.below = below
    self.watch = watch
  }

  func open(_ name: String, _ access: FileAccess) throws(FileError) -> any File {
    WatchedFile(try watch.tell { () throws(FileError) in try below.open(name, access) }, watch)
  }

  func openBypassingCache(_ name: String) throws(FileError) -> (file: any File, bypass: CacheBypass) {
    try watch.tell { () throws(FileError) in try below.openBypassingCache(name) }
  }

  func create(_ name: String) throws(FileError) -> any File {
    WatchedFile(try watch.tell { () throws(FileError) in try below.create(name) }, watch)
  }

  func rename(_ from: String, to: String) throws(FileError) {
    try watch.tell { () throws(FileError) in try below.rename(from, to: to) }
  }

  func unlink(_ name: String) throws(FileError) {
    try watch.tell { () throws(FileError) in try below.unlink(name) }
  }

  func list() throws(FileError) -> [String] { try watch.tell { () throws(FileError) in try below.list() } }

  func synchronizeDirectory() throws(FileError) {
    try watch.tell { () throws(FileError) in try below.synchronizeDirectory() }
  }

  func lock() throws(FileError) { try below.lock() }
}

final class WatchedFile: File {
  private let below: any File
  private let watch: Watch

  init(_ below: any File, _ watch: Watch) {
    self.below = below
    self.watch = watch
  }

  var name: String { below.name }
  private var isSegment: Bool { name.hasSuffix(".seg") || name.hasSuffix(".new") }

  func size() throws(FileError) -> UInt64 { try below.size() }

  func read(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) throws(FileError) -> Int {
    try watch.tell { () throws(FileError) in try below.read(into: buffer, at: offset) }
  }

  func write(_ bytes: UnsafeRawBufferPointer, at offset: UInt64) throws(FileError) {
    watch.willWrite(bytes)
    try watch.tell { () throws(FileError) in try below.write(bytes, at: offset) }
    if isSegment { watch.wrote(name, bytes, at: offset) }
  }

  func synchronize() throws(FileError) {
    try watch.tell { () throws(FileError) in try below.synchronize() }
    if isSegment { watch.synchronized(name) }
  }

  func truncate(to size: UInt64) throws(FileError) {
    try watch.tell { () throws(FileError) in try below.truncate(to: size) }
  }

  func allocate(_ size: UInt64) throws(FileError) {
    try watch.tell { () throws(FileError) in try below.allocate(size) }
  }
}
