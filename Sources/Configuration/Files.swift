import Devices
import Glibc

extension DaemonConfiguration {
  /// Reads a configuration file.
  public init(path: String) throws(ConfigurationError) {
    try self.init(text: try readText(path), file: path)
  }
}

/// The hardware profiles of a folder.
public enum ProfileLibrary {
  /// Reads every `*.toml` of a folder, by name without ending. All files' problems come in one error.
  public static func load(folder: String) throws(ConfigurationError) -> HardwareProfiles {
    guard let directory = opendir(folder) else { throw .init(file: folder, "cannot be opened: \(reason(errno))") }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name.hasSuffix(".toml"), !name.hasPrefix(".") { names.append(name) }
    }
    closedir(directory)
    var profiles = HardwareProfiles()
    var problems: [ConfigurationProblem] = []
    for name in names.sorted() {
      let path = folder + "/" + name
      let short = String(name.dropLast(".toml".count))
      do throws(ConfigurationError) {
        let document = try TOMLDocument(text: try readText(path), file: path)
        if document.family == ScannerProfile.serialFamily {
          profiles.scanners[short] = try ScannerProfile(document: document, name: short)
        } else {
          profiles.printers[short] = try PrinterProfile(document: document, name: short)
        }
      } catch {
        problems += error.problems
      }
    }
    if !problems.isEmpty { throw ConfigurationError(problems) }
    return profiles
  }
}

extension TOMLDocument {
  /// What a profile describes, and so how it is read. Nil: nothing readable; the reader of printers says so.
  fileprivate var family: String? {
    if case .string(let family) = root["family"] { family } else { nil }
  }
}

/// The first line of a short text file, without its newline; nil: it cannot be read, or is empty.
public func firstLine(of path: String) -> String? {
  guard let stream = fopen(path, "r") else { return nil }
  defer { fclose(stream) }
  var buffer = [CChar](repeating: 0, count: 256)
  guard fgets(&buffer, 256, stream) != nil else { return nil }
  return String(decoding: buffer.prefix { $0 != 0 && $0 != 10 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

private func reason(_ code: Int32) -> String {
  switch code {
  case ENOENT: "there is no such file"
  case EACCES, EPERM: "permission denied"
  case EISDIR: "it is a folder"
  default: "error \(code)"
  }
}

/// A whole text file of bounded size.
private func readText(_ path: String) throws(ConfigurationError) -> String {
  let file = open(path, O_RDONLY | O_CLOEXEC)
  guard file >= 0 else { throw .init(file: path, "cannot be read: \(reason(errno))") }
  defer { close(file) }
  var bytes: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 64 * 1024)
  while bytes.count <= Limits.fileBytes {
    let count = read(file, &buffer, buffer.count)
    if count < 0, errno == EINTR { continue }
    guard count >= 0 else { throw .init(file: path, "cannot be read: \(reason(errno))") }
    if count == 0 { break }
    bytes += buffer[..<count]
  }
  guard bytes.count <= Limits.fileBytes else { throw .init(file: path, "larger than \(Limits.fileBytes) bytes") }
  guard let text = String(validating: bytes, as: UTF8.self) else { throw .init(file: path, "is not UTF-8") }
  return text
}
