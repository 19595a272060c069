import Glibc

/// What an earlier journal leaves beside itself.
struct Traces {
  let journal: String
  let key: String
  let index: String

  /// The path that shows that there was a journal that is now gone; nil: it is there, or there never was one.
  ///
  /// `init` makes the journal's folder before the key, and only a daemon with a journal makes an index. So a key beside
  /// an empty folder is an `init` that was cut short and may be done again; a key without the folder, or an index
  /// without a record to look up, is not.
  func ofLostJournal() -> String? {
    guard !Self.hasEntries(journal) else { return nil }
    if Self.hasEntries(index) { return index }
    return access(journal, F_OK) != 0 && access(key, F_OK) == 0 ? key : nil
  }

  /// False too when there is no such folder. What a file system puts into its own root does not count.
  private static func hasEntries(_ folder: String) -> Bool {
    guard let stream = opendir(folder) else { return false }
    defer { closedir(stream) }
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      if ![".", "..", "lost+found"].contains(name) { return true }
    }
    return false
  }
}
