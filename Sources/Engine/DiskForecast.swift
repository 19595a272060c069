import Glibc

/// When the disk of the journal will be full, by what the last week wrote.
enum DiskForecast {
  private static let day: Int64 = 86_400
  private static let week: Int64 = 7 * day

  /// Whole days; nil: not known, because the journal is younger than a day or nothing was written for a week.
  static func daysLeft(_ folder: String, now: Int64) -> Int64? {
    var system = statvfs()
    guard statvfs(folder, &system) == 0, let stream = opendir(folder) else { return nil }
    defer { closedir(stream) }
    var (written, oldest): (Int64, Int64) = (0, now)
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      var file = stat()
      guard name.contains(".seg"), !name.hasSuffix(".tmp"), stat(folder + "/" + name, &file) == 0 else { continue }
      let changed = Int64(file.st_mtim.tv_sec)
      oldest = min(oldest, changed)
      if now - changed < week { written += Int64(file.st_blocks) * 512 }
    }
    let free = Int64(clamping: system.f_bavail).multipliedReportingOverflow(by: Int64(clamping: system.f_frsize))
    return daysLeft(written: written, age: now - oldest, free: free.overflow ? .max : free.partialValue)
  }

  /// `written` bytes in the last week (or in `age` seconds, when the journal is younger), `free` bytes left.
  static func daysLeft(written: Int64, age: Int64, free: Int64) -> Int64? {
    let span = min(age, week)
    guard span >= day, written > 0 else { return nil }
    return free / max(1, written / max(1, span / day))
  }
}
