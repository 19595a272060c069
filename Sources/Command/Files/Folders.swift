import Glibc

/// Folders and owners.
enum Folders {
  /// Makes a folder and those above it; answers the ones that were not there, outermost first.
  @discardableResult
  static func make(_ path: String, mode: mode_t) throws -> [String] {
    var built = path.hasPrefix("/") ? "/" : ""
    var made: [String] = []
    for part in path.split(separator: "/") {
      built += (built.isEmpty || built.hasSuffix("/") ? "" : "/") + part
      if mkdir(built, mode) == 0 {
        made.append(built)
      } else if errno != EEXIST {
        throw failure(built)
      }
    }
    return made
  }

  /// The failure of a system call on a path, from `errno`.
  static func failure(_ path: String) -> Failure {
    let number = errno
    return Failure(
      "journalFile", "\(path): \(String(cString: strerror(number)))",
      advice: number == EACCES || number == EPERM ? [text("try with sudo", "请用 sudo 重试")] : [],
      exit: number == EACCES || number == EPERM ? .permission : .inputOutput)
  }

  /// Synchronizes a folder, so that what was made in it is there after a power cut.
  static func synchronize(_ path: String) throws {
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure(path) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw failure(path) }
  }

  /// Gives folders and everything directly in them to a user; without a path nothing.
  static func give(_ paths: [String], to user: passwd) throws {
    for path in paths {
      try own(path, user)
      guard let folder = opendir(path) else { continue }
      defer { closedir(folder) }
      while let entry = readdir(folder) {
        let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        if name != ".", name != ".." { try own(path + "/" + name, user) }
      }
    }
  }

  private static func own(_ path: String, _ user: passwd) throws {
    guard lchown(path, user.pw_uid, user.pw_gid) == 0 else { throw failure(path) }
  }
}
