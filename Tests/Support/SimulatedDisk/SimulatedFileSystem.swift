import Journal

/// One process's view of a simulated disk.
public final class SimulatedFileSystem: FileSystem {
  private let disk: SimulatedDisk
  private let process: Int

  init(disk: SimulatedDisk, process: Int) {
    self.disk = disk
    self.process = process
  }

  deinit { disk.with { $0.releaseLock(of: process) } }

  public func open(_ name: String, _ access: FileAccess) throws(FileError) -> any File {
    let inode = try disk.with { (volume) throws(FileError) in try volume.open(name, process: process) }
    return SimulatedFile(name, inode, self, disk, process, direct: false, writable: access == .readWrite)
  }

  public func openBypassingCache(_ name: String) throws(FileError) -> (file: any File, bypass: CacheBypass) {
    let inode = try disk.with { (volume) throws(FileError) in try volume.open(name, process: process) }
    return (SimulatedFile(name, inode, self, disk, process, direct: true, writable: false), .direct)
  }

  public func create(_ name: String) throws(FileError) -> any File {
    let inode = try disk.with { (volume) throws(FileError) in try volume.create(name, process: process) }
    return SimulatedFile(name, inode, self, disk, process, direct: false, writable: true)
  }

  public func rename(_ from: String, to: String) throws(FileError) {
    try disk.with { (volume) throws(FileError) in try volume.rename(from, to: to, process: process) }
  }

  public func unlink(_ name: String) throws(FileError) {
    try disk.with { (volume) throws(FileError) in try volume.unlink(name, process: process) }
  }

  public func list() throws(FileError) -> [String] {
    try disk.with { (volume) throws(FileError) in try volume.list(process: process) }
  }

  public func synchronizeDirectory() throws(FileError) {
    try disk.with { (volume) throws(FileError) in try volume.synchronizeDirectory(process: process) }
  }

  public func lock() throws(FileError) {
    try disk.with { (volume) throws(FileError) in try volume.lock(process: process) }
  }
}

/// One open file of a simulated disk.
final class SimulatedFile: File {
  private static let badDescriptor: Int32 = 9
  private static let invalid: Int32 = 22
  private static let directAlignment = 4096

  let name: String
  private let inode: Inode
  // Holds the process's view, as an open descriptor holds its process's lock.
  private let fileSystem: SimulatedFileSystem
  private let disk: SimulatedDisk
  private let process: Int
  private let direct: Bool
  private let writable: Bool

  init(
    _ name: String, _ inode: Inode, _ fileSystem: SimulatedFileSystem, _ disk: SimulatedDisk, _ process: Int,
    direct: Bool, writable: Bool
  ) {
    self.name = name
    self.inode = inode
    self.fileSystem = fileSystem
    self.disk = disk
    self.process = process
    self.direct = direct
    self.writable = writable
  }

  func size() throws(FileError) -> UInt64 {
    try disk.with { (volume) throws(FileError) in try volume.size(inode, name, process: process) }
  }

  func read(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) throws(FileError) -> Int {
    if direct {
      // What O_DIRECT would refuse.
      let address = UInt(bitPattern: buffer.baseAddress)
      guard buffer.count % Self.directAlignment == 0, offset % UInt64(Self.directAlignment) == 0,
        address % UInt(Self.directAlignment) == 0
      else { throw FileError(.read, name, code: Self.invalid, detail: "direct read is not aligned") }
    }
    return try disk.with { (volume) throws(FileError) in
      try volume.read(inode, name, into: buffer, at: offset, direct: direct, process: process)
    }
  }

  func write(_ bytes: UnsafeRawBufferPointer, at offset: UInt64) throws(FileError) {
    guard writable else { throw FileError(.write, name, code: Self.badDescriptor) }
    try disk.with { (volume) throws(FileError) in
      try volume.write(inode, name, bytes, at: offset, process: process)
    }
  }

  func synchronize() throws(FileError) {
    try disk.with { (volume) throws(FileError) in try volume.synchronize(inode, name, process: process) }
  }

  func truncate(to size: UInt64) throws(FileError) {
    guard writable else { throw FileError(.truncate, name, code: Self.badDescriptor) }
    try disk.with { (volume) throws(FileError) in try volume.truncate(inode, name, to: size, process: process) }
  }

  func allocate(_ size: UInt64) throws(FileError) {
    guard writable else { throw FileError(.allocate, name, code: Self.badDescriptor) }
    try disk.with { (volume) throws(FileError) in try volume.allocate(inode, name, size, process: process) }
  }
}
