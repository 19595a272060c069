import Glibc
import Simulation

/// Writes a line at once, whoever reads it.
func say(_ line: String, to descriptor: Int32 = 1, endsLine: Bool = true) {
  let bytes = [UInt8]((endsLine ? line + "\n" : line).utf8)
  var done = 0
  while done < bytes.count {
    let count = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress.map { $0 + done }, $0.count - done) }
    guard count > 0 else { return }
    done += count
  }
}

/// The few file operations that the program needs.
enum Folder {
  /// A fresh folder in memory if the system has such, for the lookup files.
  static func scratch() -> String {
    for parent in ["/dev/shm", "/tmp"] {
      var template = Array("\(parent)/counterfoil-seeds-XXXXXX".utf8CString)
      if mkdtemp(&template) != nil {
        return String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
      }
    }
    return "/dev/null/none"
  }

  /// Removes a folder with its files and folders.
  static func remove(_ path: String) {
    guard let folder = opendir(path) else {
      unlink(path)
      return
    }
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      if name != ".", name != ".." { remove("\(path)/\(name)") }
    }
    closedir(folder)
    rmdir(path)
  }

  /// Writes a journal's files and, beside them, the lines of our own reader.
  static func write(_ journal: KeptJournal, _ path: String) {
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    for end in parts.indices { mkdir(parts[...end].joined(separator: "/"), 0o755) }
    for file in journal.files { write(file.bytes, "\(path)/\(file.name)") }
    if journal.lines.isEmpty { return }
    write([UInt8]((journal.lines.joined(separator: "\n") + "\n").utf8), "\(path).jsonl")
  }

  private static func write(_ bytes: [UInt8], _ path: String) {
    guard let file = fopen(path, "w") else { return }
    fwrite(bytes, 1, bytes.count, file)
    fclose(file)
  }
}
