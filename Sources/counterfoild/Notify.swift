import Glibc

/// Tells the service manager how the daemon is (sd_notify protocol): one datagram to `$NOTIFY_SOCKET`.
enum Notify {
  static func send(_ message: String) {
    guard let path = getenv("NOTIFY_SOCKET") else { return }
    _ = Datagram.send(Array(message.utf8), to: String(cString: path), flags: 0)
  }
}

/// One datagram to a Unix socket.
enum Datagram {
  /// `@` at the beginning of a path is the abstract namespace. Answers 0, or the `errno` of what went wrong.
  static func send(_ bytes: [UInt8], to name: String, flags: Int32) -> Int32 {
    var path = Array(name.utf8)
    guard !path.isEmpty, path.count < 108 else { return ENAMETOOLONG }
    let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return errno }
    defer { close(descriptor) }
    if path[0] == UInt8(ascii: "@") { path[0] = 0 }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
    let length = socklen_t(MemoryLayout<sa_family_t>.size + path.count)
    let sent = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        sendto(descriptor, bytes, bytes.count, flags | Int32(MSG_NOSIGNAL), $0, length)
      }
    }
    return sent < 0 ? errno : 0
  }
}
