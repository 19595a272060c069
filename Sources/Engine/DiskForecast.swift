import Glibc

/// The disk of the journal.
public struct DiskOutlook: Sendable {
  /// Bytes of the present epoch's segments.
  public var size: Int64
  /// Bytes that are left.
  public var room: Int64
  /// Whole days until it is full; nil: not known, because the journal is younger than a day or nothing was written for a
  /// week.
  public var days: Int64?
}

/// When the disk of the journal will be full, by what the last week wrote.
enum DiskForecast {
  private static let day: Int64 = 86_400
  private static let week: Int64 = 7 * day

  /// What the disk says; nil: nothing.
  static func look(_ folder: String, now: Int64) -> DiskOutlook? {
    var system = statvfs()
    guard statvfs(folder, &system) == 0, let stream = opendir(folder) else { return nil }
    defer { closedir(stream) }
    var (written, oldest, size): (Int64, Int64, Int64) = (0, now, 0)
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      var file = stat()
      guard name.contains(".seg"), !name.hasSuffix(".tmp"), stat(folder + "/" + name, &file) == 0 else { continue }
      let changed = Int64(file.st_mtim.tv_sec)
      let bytes = Int64(file.st_blocks) * 512
      size += bytes
      oldest = min(oldest, changed)
      if now - changed < week { written += bytes }
    }
    let free = Int64(clamping: system.f_bavail).multipliedReportingOverflow(by: Int64(clamping: system.f_frsize))
    let room = free.overflow ? .max : free.partialValue
    return DiskOutlook(size: size, room: room, days: daysLeft(written: written, age: now - oldest, free: room))
  }

  /// `written` bytes in the last week (or in `age` seconds, when the journal is younger), `free` bytes left.
  static func daysLeft(written: Int64, age: Int64, free: Int64) -> Int64? {
    let span = min(age, week)
    guard span >= day, written > 0 else { return nil }
    return free / max(1, written / max(1, span / day))
  }
}
