import Glibc

/// A tar file, made by the system's tar.
enum Archive {
  private static let patience: UInt64 = 60

  /// Writes a new file with these in a folder of that name; one that is there is left alone.
  static func write(_ files: [SupportBundle.File], name: String, to path: String) throws {
    let output = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard output >= 0 else { throw Folders.failure(path) }
    defer { close(output) }
    do { try write(files, name, output) } catch {
      unlink(path)
      throw error
    }
  }

  private static func write(_ files: [SupportBundle.File], _ name: String, _ output: Int32) throws {
    var template = Array(((getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp") + "/counterfoil-XXXXXX").utf8CString)
    guard mkdtemp(&template) != nil else { throw Folders.failure("/tmp") }
    let folder = String(decoding: template.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    defer { try? Folders.remove(folder) }
    try Folders.make(folder + "/" + name, mode: 0o700)
    for file in files { try write(file.bytes, to: "\(folder)/\(name)/\(file.name)") }
    let done = OtherProgram.run(
      ["tar", "--create", "--owner=0", "--group=0", "--numeric-owner", "--directory", folder, "--file", "-", name],
      atMost: 1_000, seconds: patience, output: output)
    guard let done, done.code == 0 else {
      throw Failure(
        "journalFile",
        text("tar failed: ", "tar 失败：") + String(decoding: done?.bytes ?? Array("not found".utf8), as: UTF8.self),
        exit: .inputOutput)
    }
    guard fsync(output) == 0 || errno == EINVAL else { throw Folders.failure(name) }
  }

  private static func write(_ bytes: [UInt8], to path: String) throws {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw Folders.failure(path) }
    defer { close(descriptor) }
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw Folders.failure(path) }
      rest = rest.dropFirst(count)
    }
  }
}
