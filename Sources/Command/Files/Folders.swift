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

  /// Whether a path, made or not, is on the file system of a folder.
  static func isOnOneDisk(_ path: String, _ folder: String) -> Bool {
    var (here, there) = (stat(), stat())
    let found = stat(path, &here) == 0 || stat(parent(of: path), &here) == 0
    return found && stat(folder, &there) == 0 && here.st_dev == there.st_dev
  }

  /// Whether a path, made or not, is a folder or lies below it, by whatever name: links and mounts are followed.
  static func isInside(_ path: String, _ folder: String) -> Bool {
    var outer = stat()
    guard stat(folder, &outer) == 0 else { return false }
    // What is there of the path; what is not there yet would be made below it.
    var present = path
    var status = stat()
    while stat(present, &status) != 0 {
      guard present != "/", present != "." else { return false }
      present = parent(of: present)
    }
    // Upwards by the folders themselves: `..` of one that was reached by a link is where it really stands.
    while true {
      if status.st_dev == outer.st_dev, status.st_ino == outer.st_ino { return true }
      let before = status
      present += "/.."
      guard stat(present, &status) == 0, status.st_ino != before.st_ino || status.st_dev != before.st_dev else {
        return false
      }
    }
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
      for name in names(in: path) { try own(path + "/" + name, user) }
    }
  }

  /// Gives a folder and everything below it to a user.
  static func giveAll(_ path: String, to user: passwd) throws {
    try own(path, user)
    for name in names(in: path) { try giveAll(path + "/" + name, to: user) }
  }

  /// Removes a folder and everything below it; nothing happens when it is not there.
  static func remove(_ path: String) throws {
    var status = stat()
    guard lstat(path, &status) == 0 else { return }
    guard status.st_mode & S_IFMT == S_IFDIR else {
      guard unlink(path) == 0 else { throw failure(path) }
      return
    }
    for name in names(in: path) { try remove(path + "/" + name) }
    guard rmdir(path) == 0 else { throw failure(path) }
  }

  /// What is in a folder, sorted; nothing when it cannot be read, or is a link to one.
  static func names(in path: String) -> [String] {
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    guard descriptor >= 0 else { return [] }
    guard let folder = fdopendir(descriptor) else {
      close(descriptor)
      return []
    }
    defer { closedir(folder) }
    var found: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      if name != ".", name != ".." { found.append(name) }
    }
    return found.sorted()
  }

  /// `20261121T034438Z`, for names of files.
  static func timeStamp() -> String {
    var seconds = time(nil)
    var parts = tm()
    gmtime_r(&seconds, &parts)
    func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : String(number) }
    return "\(parts.tm_year + 1900)\(two(parts.tm_mon + 1))\(two(parts.tm_mday))T"
      + "\(two(parts.tm_hour))\(two(parts.tm_min))\(two(parts.tm_sec))Z"
  }

  /// The folder that a path is in.
  static func parent(of path: String) -> String {
    var path = path[...]
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    return path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
  }

  /// Who shall own what root makes for the daemon; nil: whoever runs this.
  static func owner(_ user: String?) throws -> passwd? {
    guard user != nil || geteuid() == 0 else { return nil }
    if let entry = getpwnam(user ?? "counterfoil") { return entry.pointee }
    guard let user else { return nil }
    throw Failure("configuration", text("no user \(user)", "没有用户 \(user)"), exit: .configuration)
  }

  private static func own(_ path: String, _ user: passwd) throws {
    guard lchown(path, user.pw_uid, user.pw_gid) == 0 else { throw failure(path) }
  }
}
