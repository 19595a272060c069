import Glibc
import Journal

/// The private key of the journal's signatures: 64 hex digits and a newline, readable by its owner only.
enum KeyFile {
  /// The key in `path`, or a new one written there. A key that is there is never replaced.
  static func load(orMake path: String) throws -> Ed25519PrivateKey {
    if access(path, F_OK) != 0 {
      var seed = [UInt8](repeating: 0, count: Ed25519PrivateKey.seedByteCount)
      systemRandom(&seed)
      try write(seed, to: path)
    }
    return try load(path)
  }

  /// The key in `path`.
  static func load(_ path: String) throws -> Ed25519PrivateKey { try key(read(path), path) }

  /// Writes the key of one file into another, which must not be there.
  static func copy(_ from: String, to path: String) throws {
    try write(read(from), to: path)
  }

  /// The name is given when all of it is durable; a file of that name that came meanwhile stays.
  private static func write(_ seed: [UInt8], to path: String) throws {
    let unfinished = path + ".new"
    let descriptor = open(unfinished, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw Folders.failure(unfinished) }
    defer { close(descriptor) }
    let line = [UInt8]((Hex.encode(seed) + "\n").utf8)
    guard Glibc.write(descriptor, line, line.count) == line.count, fsync(descriptor) == 0 else {
      throw Folders.failure(unfinished)
    }
    guard link(unfinished, path) == 0 || errno == EEXIST else { throw Folders.failure(path) }
    guard unlink(unfinished) == 0 else { throw Folders.failure(unfinished) }
  }

  private static func key(_ seed: [UInt8], _ path: String) throws -> Ed25519PrivateKey {
    do { return try Ed25519PrivateKey(seed: seed) } catch {
      throw Failure("journalFile", "\(path): \(error)", exit: .configuration)
    }
  }

  private static func read(_ path: String) throws -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw Folders.failure(path) }
    defer { close(descriptor) }
    var buffer = [UInt8](repeating: 0, count: 128)
    let count = Glibc.read(descriptor, &buffer, buffer.count)
    guard count >= 0 else { throw Folders.failure(path) }
    let text = String(decoding: buffer[..<count].prefix { $0 != 0x0a }, as: UTF8.self)
    guard let seed = Hex.decode(text), seed.count == Ed25519PrivateKey.seedByteCount else {
      throw Failure("journalFile", "\(path) holds no key", exit: .configuration)
    }
    return seed
  }

  private static func systemRandom(_ bytes: inout [UInt8]) {
    bytes.withUnsafeMutableBytes { Journal.systemRandom($0) }
  }
}
