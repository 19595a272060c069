import CLinux
import Glibc

/// Waits for a path to come (back), by inotify on the deepest directory above it that exists. Never by polling.
///
/// udev removes `/dev/counterfoil/` with its last link, so the directory itself may be missing; and a link may stand
/// there before its target, so the target's directory is watched as well.
struct PathWatch: ~Copyable {
  private let path: String
  private var watch = OwnedDescriptor.none

  init(path: String) { self.path = path }

  var raw: Int32 { watch.raw }

  /// True when the path leads to something now.
  var exists: Bool { access(path, F_OK) == 0 }

  /// Starts to watch, or watches anew after directories came or went; false when the system refuses.
  mutating func arm() -> Bool {
    watch = OwnedDescriptor(counterfoil_watch())
    guard watch.isOpen else { return false }
    var watched = false
    for target in [path, Self.linkTarget(path)] {
      guard let target else { continue }
      var directory = Self.deepestDirectory(target)
      // A directory that came before the watch stood was not reported: look again until none did. What goes again
      // meanwhile is reported, so this ends as soon as nothing moves; the limit is for a folder that never rests.
      for _ in 0..<Self.looks {
        watched = counterfoil_watch_directory(watch.raw, directory) == 0 || watched
        let deepest = Self.deepestDirectory(target)
        if deepest == directory { break }
        directory = deepest
      }
    }
    return watched
  }

  private static let looks = 16

  private static func deepestDirectory(_ path: String) -> String {
    var directory = parent(path)
    while !isDirectory(directory) && directory != "/" { directory = parent(directory) }
    return directory
  }

  /// Takes the events that came.
  func clear() { _ = counterfoil_watch_clear(watch.raw) }

  /// Stops watching.
  mutating func disarm() { watch = .none }

  private static func parent(_ path: String) -> String {
    guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return "/" }
    return String(path[..<slash])
  }

  private static func isDirectory(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// Where a symbolic link leads, as an absolute path; nil when it is none.
  private static func linkTarget(_ path: String) -> String? {
    let size = Int(PATH_MAX)
    var length = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      length = buffer.withMemoryRebound(to: CChar.self) { text in
        text.baseAddress.map { readlink(path, $0, size) } ?? -1
      }
      count = max(length, 0)
    }
    guard length > 0, length < size else { return nil }
    let target = String(decoding: bytes, as: UTF8.self)
    return target.hasPrefix("/") ? target : parent(path) + "/" + target
  }
}
