import Glibc

/// Numbers of the disks and files of a box.
enum DiskText {
  /// Room, mounts and the kernel's counters.
  static func text(_ paths: [String]) -> String {
    var text = "path  free bytes  free files  read-only\n"
    for path in paths + ["/"] {
      var room = statvfs()
      guard statvfs(path, &room) == 0 else {
        text += "\(path)  \(String(cString: strerror(errno)))\n"
        continue
      }
      let free = UInt64(room.f_bavail).multipliedReportingOverflow(by: UInt64(room.f_frsize)).partialValue
      text += "\(path)  \(free)  \(room.f_favail)  \(room.f_flag & UInt(ST_RDONLY) != 0)\n"
    }
    for (file, isWanted) in [
      ("/proc/self/mounts", { (line: Substring) in line.hasPrefix("/dev/") }),
      ("/proc/diskstats", { line in !line.contains(" loop") && !line.contains(" ram") }),
    ] {
      let bytes = (try? SmallFile.read(file, atMost: 1 << 20)) ?? []
      let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").filter(isWanted)
      text += "\n\(file)\n" + lines.joined(separator: "\n") + "\n"
    }
    return text
  }

  /// Names, owners, modes and sizes; of no file its content.
  static func listing(_ paths: [String]) -> String {
    var text = ""
    for path in paths { list(path, into: &text, depth: 2) }
    return text
  }

  private static func list(_ path: String, into text: inout String, depth: Int) {
    var status = stat()
    guard lstat(path, &status) == 0 else {
      text += "\(path)  \(String(cString: strerror(errno)))\n"
      return
    }
    let mode = String(status.st_mode & 0o7777, radix: 8)
    text += "\(path)  \(status.st_uid):\(status.st_gid)  \(mode)  \(status.st_size)\n"
    if depth > 0 { for name in Folders.names(in: path) { list(path + "/" + name, into: &text, depth: depth - 1) } }
  }
}
