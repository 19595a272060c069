import CLinux
import Glibc

/// A descriptor that is closed when its owner goes away.
struct FileDescriptor: ~Copyable {
  let raw: Int32

  init(_ raw: Int32) { self.raw = raw }

  deinit { _ = close(raw) }
}

/// A real folder. Every name is opened relative to the folder's descriptor, so renaming the folder under a running
/// daemon changes nothing.
public final class PosixFileSystem: FileSystem {
  /// Permissions of every file made: the daemon's user alone.
  private static let fileMode: mode_t = 0o600

  /// The folder's path, for messages.
  public let path: String
  private let directory: FileDescriptor

  /// Opens an existing folder.
  public init(_ path: String) throws(FileError) {
    let descriptor = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError(.openDirectory, path, code: errno) }
    self.path = path
    self.directory = FileDescriptor(descriptor)
  }

  public func open(_ name: String, _ access: FileAccess) throws(FileError) -> any File {
    let flags = access == .readOnly ? O_RDONLY : O_RDWR
    return PosixFile(name, try openDescriptor(name, flags, .open))
  }

  public func openBypassingCache(_ name: String) throws(FileError) -> (file: any File, bypass: CacheBypass) {
    let direct = counterfoil_open_direct(directory.raw, name)
    if direct >= 0 {
      let file = PosixFile(name, direct)
      // Some file systems take the flag and refuse the first read.
      if file.canReadDirectly() { return (file, .direct) }
    }
    let file = PosixFile(name, try openDescriptor(name, O_RDONLY, .open))
    file.dropCache()
    return (file, .dropped)
  }

  public func create(_ name: String) throws(FileError) -> any File {
    PosixFile(name, try openDescriptor(name, O_RDWR | O_CREAT | O_EXCL, .create))
  }

  public func rename(_ from: String, to: String) throws(FileError) {
    guard renameat(directory.raw, from, directory.raw, to) == 0 else {
      throw FileError(.rename, from, code: errno, detail: "to \(to)")
    }
  }

  public func unlink(_ name: String) throws(FileError) {
    guard unlinkat(directory.raw, name, 0) == 0 else { throw FileError(.unlink, name, code: errno) }
  }

  public func list() throws(FileError) -> [String] {
    // A descriptor of its own: reading moves its position.
    let copy = openat(directory.raw, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard copy >= 0 else { throw FileError(.list, path, code: errno) }
    guard let stream = fdopendir(copy) else {
      let code = errno
      _ = close(copy)
      throw FileError(.list, path, code: code)
    }
    defer { closedir(stream) }
    var names: [String] = []
    while true {
      errno = 0
      guard let entry = readdir(stream) else {
        guard errno == 0 else { throw FileError(.list, path, code: errno) }
        return names
      }
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
  }

  public func synchronizeDirectory() throws(FileError) {
    guard fsync(directory.raw) == 0 else { throw FileError(.synchronizeDirectory, path, code: errno) }
  }

  public func lock() throws(FileError) {
    guard flock(directory.raw, LOCK_EX | LOCK_NB) == 0 else { throw FileError(.lock, path, code: errno) }
  }

  /// What tells a file from another that has its name later: its inode, time of change and length.
  func identity(_ name: String) -> String? {
    var status = stat()
    guard fstatat(directory.raw, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { return nil }
    return "\(status.st_ino)-\(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec)-\(status.st_size)"
  }

  private func openDescriptor(_ name: String, _ flags: Int32, _ operation: FileOperation) throws(FileError) -> Int32 {
    let descriptor = openat(directory.raw, name, flags | O_CLOEXEC | O_NOFOLLOW, Self.fileMode)
    guard descriptor >= 0 else { throw FileError(operation, name, code: errno) }
    return descriptor
  }
}

/// A real file.
final class PosixFile: File {
  let name: String
  private let descriptor: FileDescriptor

  init(_ name: String, _ descriptor: Int32) {
    self.name = name
    self.descriptor = FileDescriptor(descriptor)
  }

  func size() throws(FileError) -> UInt64 {
    var status = stat()
    guard fstat(descriptor.raw, &status) == 0 else { throw FileError(.size, name, code: errno) }
    return UInt64(status.st_size)
  }

  func read(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) throws(FileError) -> Int {
    guard let base = buffer.baseAddress else { return 0 }
    var done = 0
    while done < buffer.count {
      let count = pread(descriptor.raw, base + done, buffer.count - done, Int(offset) + done)
      if count < 0 {
        if errno == EINTR { continue }
        throw FileError(.read, name, code: errno, detail: "offset \(offset + UInt64(done))")
      }
      if count == 0 { break }
      done += count
      // A direct read that ends inside a block ended at the end of the file; going on from there would be refused.
      if done % 512 != 0 { break }
    }
    return done
  }

  func write(_ bytes: UnsafeRawBufferPointer, at offset: UInt64) throws(FileError) {
    while true {
      let count = pwrite(descriptor.raw, bytes.baseAddress, bytes.count, Int(offset))
      if count == bytes.count { return }
      if count < 0 {
        // Interrupted before the first byte: nothing was written.
        if errno == EINTR { continue }
        throw FileError(.write, name, code: errno, detail: "offset \(offset)")
      }
      throw FileError(.write, name, code: ENOSPC, detail: "short write: \(count) of \(bytes.count) at offset \(offset)")
    }
  }

  func synchronize() throws(FileError) {
    guard fdatasync(descriptor.raw) == 0 else { throw FileError(.synchronize, name, code: errno) }
  }

  func truncate(to size: UInt64) throws(FileError) {
    guard ftruncate(descriptor.raw, Int(size)) == 0 else { throw FileError(.truncate, name, code: errno) }
  }

  func allocate(_ size: UInt64) throws(FileError) {
    while counterfoil_fallocate(descriptor.raw, Int64(size)) != 0 {
      guard errno == EINTR else { throw FileError(.allocate, name, code: errno, detail: "\(size) bytes") }
    }
  }

  /// Whether a direct read of the first block works.
  func canReadDirectly() -> Bool {
    let block = UnsafeMutableRawBufferPointer.allocate(byteCount: 4096, alignment: 4096)
    defer { block.deallocate() }
    return pread(descriptor.raw, block.baseAddress, block.count, 0) >= 0
  }

  /// Drops the file's clean pages from the page cache.
  func dropCache() {
    _ = posix_fadvise(descriptor.raw, 0, 0, POSIX_FADV_DONTNEED)
  }
}

/// The kernel's random source (`getrandom`), which does not fail once the machine is up.
public func systemRandom(_ buffer: UnsafeMutableRawBufferPointer) {
  guard let base = buffer.baseAddress else { return }
  var done = 0
  while done < buffer.count {
    let count = counterfoil_getrandom(base + done, buffer.count - done)
    if count > 0 { done += Int(count) }
  }
}
