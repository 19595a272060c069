import CLinux
import Glibc

/// Everything that is looked at outside of the daemon: files below one root, and programs. Tests hand in trees of files
/// and written answers of programs.
package struct BoxView {
  /// What became of reading a file or folder.
  package enum Sight<Value> {
    case seen(Value)
    case missing
    /// It is there, or may be; this user may not look.
    case denied

    package var value: Value? {
      if case .seen(let value) = self { value } else { nil }
    }
    package var isDenied: Bool {
      if case .denied = self { true } else { false }
    }
    package var isMissing: Bool {
      if case .missing = self { true } else { false }
    }
  }

  /// Owner and rights of a file.
  package struct Attributes {
    package var user: UInt32
    package var group: UInt32
    /// Permission bits.
    package var mode: UInt32
    /// When its content changed, UTC milliseconds.
    package var changed: Int64
  }

  /// Room on a file system.
  package struct Space {
    package var bytes: UInt64
    package var freeBytes: UInt64
    /// 0: the file system has no fixed number.
    package var inodes: UInt64
    package var freeInodes: UInt64

    package init(bytes: UInt64, freeBytes: UInt64, inodes: UInt64, freeInodes: UInt64) {
      self.bytes = bytes
      self.freeBytes = freeBytes
      self.inodes = inodes
      self.freeInodes = freeInodes
    }
  }

  /// Stands before every path; empty: the box itself.
  package var root = ""
  /// Who looks.
  package var userID = UInt32(geteuid())
  package var groupIDs = Self.groups()
  /// The person behind sudo; nil: nobody.
  package var sudoUser = variable("SUDO_USER")
  /// UTC milliseconds.
  package var now = Moment.now
  /// Milliseconds since the kernel's start.
  package var sinceBoot = Int64(clamping: Moment.nanoseconds(CLOCK_BOOTTIME) / 1_000_000)
  /// The kernel says that its clock is synchronised.
  package var isSynchronised = counterfoil_clock_synchronised() == 1
  /// Runs a program; nil: there is none, or it did not end.
  package var run: ([String]) -> ProcessResult? = ProcessRun.run
  /// Room on the file system of a path; nil: not to be had.
  package var space: (String) -> Space? = Self.space

  /// The box that this program runs on.
  package init() {}

  package var isRoot: Bool { userID == 0 }

  private static let longest = 1 << 20

  /// A whole text file.
  package func text(_ path: String) -> Sight<String> {
    let descriptor = open(root + path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { return Self.failure() }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while bytes.count < Self.longest {
      let count = read(descriptor, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { return Self.failure() }
      if count == 0 { break }
      bytes += buffer[..<count]
    }
    return .seen(String(decoding: bytes, as: UTF8.self))
  }

  /// The first word of a small file, such as one of sysfs; nil: none.
  package func word(_ path: String) -> String? {
    text(path).value?.split { $0.isWhitespace }.first.map(String.init)
  }

  /// Names in a folder, sorted.
  package func names(_ path: String) -> Sight<[String]> {
    guard let stream = opendir(root + path) else { return Self.failure() }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      if name != ".", name != ".." { names.append(name) }
    }
    return .seen(names.sorted())
  }

  package func attributes(_ path: String) -> Sight<Attributes> {
    var file = stat()
    guard stat(root + path, &file) == 0 else { return Self.failure() }
    return .seen(
      Attributes(
        user: file.st_uid, group: file.st_gid, mode: file.st_mode & 0o7777,
        changed: Int64(file.st_mtim.tv_sec) * 1000 + Int64(file.st_mtim.tv_nsec) / 1_000_000))
  }

  package func exists(_ path: String) -> Bool { access(root + path, F_OK) == 0 }

  /// The last part of what a symbolic link points to; nil: it is none.
  package func linkName(_ path: String) -> String? {
    var buffer = [CChar](repeating: 0, count: 4_096)
    let count = readlink(root + path, &buffer, buffer.count)
    guard count > 0 else { return nil }
    let target = String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return target.split(separator: "/").last.map(String.init)
  }

  /// The path without symbolic links, below the same root; nil: there is nothing.
  package func real(_ path: String) -> String? {
    guard let base = Self.resolved(root.isEmpty ? "/" : root), let found = Self.resolved(root + path) else {
      return nil
    }
    let prefix = base == "/" ? "" : base
    return found.hasPrefix(prefix) ? String(found.dropFirst(prefix.count)) : nil
  }

  private static func resolved(_ path: String) -> String? {
    guard let pointer = realpath(path, nil) else { return nil }
    defer { free(pointer) }
    return String(cString: pointer)
  }

  private static func failure<Value>() -> Sight<Value> {
    errno == EACCES || errno == EPERM ? .denied : .missing
  }

  /// Number of a user or group by its name in passwd(5) or group(5).
  package func number(_ name: String, in file: String) -> UInt32? {
    for line in text(file).value?.split(separator: "\n") ?? [] {
      let fields = line.split(separator: ":", omittingEmptySubsequences: false)
      if fields.count > 2, fields[0] == name { return UInt32(fields[2]) }
    }
    return nil
  }

  /// Name of a user by its number.
  package func userName(_ number: UInt32) -> String {
    for line in text("/etc/passwd").value?.split(separator: "\n") ?? [] {
      let fields = line.split(separator: ":", omittingEmptySubsequences: false)
      if fields.count > 2, UInt32(fields[2]) == number { return String(fields[0]) }
    }
    return String(number)
  }

  /// Members of a group that group(5) names.
  package func members(_ group: String) -> [String] {
    for line in text("/etc/group").value?.split(separator: "\n") ?? [] {
      let fields = line.split(separator: ":", omittingEmptySubsequences: false)
      if fields.count > 3, fields[0] == group { return fields[3].split(separator: ",").map(String.init) }
    }
    return []
  }

  private static func groups() -> Set<UInt32> {
    var list = [gid_t](repeating: 0, count: Int(max(0, getgroups(0, nil))))
    let count = getgroups(Int32(list.count), &list)
    return Set(list.prefix(Int(max(0, count)))).union([getegid()])
  }

  private static func space(_ path: String) -> Space? {
    var system = statvfs()
    guard statvfs(path, &system) == 0 else { return nil }
    let unit = UInt64(system.f_frsize)
    return Space(
      bytes: UInt64(system.f_blocks).multipliedReportingOverflow(by: unit).partialValue,
      freeBytes: UInt64(system.f_bavail).multipliedReportingOverflow(by: unit).partialValue,
      inodes: UInt64(system.f_files), freeInodes: UInt64(system.f_favail))
  }
}
