/// The files of one folder, as the journal uses them. Names have no slash. `PosixFileSystem` is the real one; a
/// simulated disk implements the same and may lose everything that was not synchronized.
///
/// What the journal relies on: bytes written are durable once `File.synchronize()` of that file returned; a name made,
/// changed or removed is durable once `synchronizeDirectory()` returned; nothing else is durable, in any order.
public protocol FileSystem: AnyObject, Sendable {
  /// Opens an existing file.
  func open(_ name: String, _ access: FileAccess) throws(FileError) -> any File

  /// Opens an existing file for reading what is on the medium, not what the page cache holds. The answer says how far
  /// that was possible. Reads through it use page-aligned memory, offsets and lengths that are multiples of 4,096.
  func openBypassingCache(_ name: String) throws(FileError) -> (file: any File, bypass: CacheBypass)

  /// Creates an empty file for reading and writing; fails with `EEXIST` when the name is taken.
  func create(_ name: String) throws(FileError) -> any File

  /// Gives a file another name, replacing the file that had it.
  func rename(_ from: String, to: String) throws(FileError)

  /// Removes a name.
  func unlink(_ name: String) throws(FileError)

  /// All names in the folder, in no particular order.
  func list() throws(FileError) -> [String]

  /// Makes all changes of names so far durable.
  func synchronizeDirectory() throws(FileError)

  /// Takes the folder for this process, until the file system value goes away or the process ends. Fails with
  /// `EAGAIN` at once when another process holds it.
  func lock() throws(FileError)
}

/// How a file is opened.
public enum FileAccess: Sendable {
  case readOnly
  case readWrite
}

/// How far a read went past the page cache.
public enum CacheBypass: String, Sendable {
  /// `O_DIRECT`: what is read is on the medium.
  case direct
  /// A fresh descriptor after dropping the file's clean cached pages: the best where `O_DIRECT` is refused.
  case dropped
}

/// One open file. Closed when the last reference goes away.
public protocol File: AnyObject, Sendable {
  /// The file's name at the time it was opened.
  var name: String { get }

  /// Length in bytes.
  func size() throws(FileError) -> UInt64

  /// Reads until `buffer` is full or the file ends; answers the number of bytes read.
  func read(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) throws(FileError) -> Int

  /// Writes all bytes with exactly one `pwrite`. A short write is an error: nobody knows what a second try would mean.
  func write(_ bytes: UnsafeRawBufferPointer, at offset: UInt64) throws(FileError)

  /// Makes the file's bytes and length durable (`fdatasync`). After a failure nothing may be believed about the bytes
  /// written since the last success, and a second try proves nothing.
  func synchronize() throws(FileError)

  /// Cuts or extends (with zeros) to `size` bytes.
  func truncate(to size: UInt64) throws(FileError)

  /// Reserves blocks for bytes 0..<`size` and extends the file with zeros to it (`fallocate`). Fails with
  /// `EOPNOTSUPP` where the file system has no such thing.
  func allocate(_ size: UInt64) throws(FileError)
}
