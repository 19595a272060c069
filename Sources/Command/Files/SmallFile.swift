import Glibc

/// Files that are read whole.
enum SmallFile {
  /// The bytes of a file that holds at most `limit`.
  static func read(_ path: String, atMost limit: Int) throws -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw Folders.failure(path) }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: min(limit + 1, 65_536))
    while bytes.count <= limit {
      let count = Glibc.read(descriptor, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw Folders.failure(path) }
      if count == 0 { return bytes }
      bytes += buffer[..<count]
    }
    throw Failure(
      "journalFile", text("\(path): longer than \(limit) bytes", "\(path)：超过 \(limit) 字节"), exit: .inputOutput)
  }
}
