import CLinux
import Glibc

/// A file descriptor that is closed once, at the end of its life.
struct SocketHandle: ~Copyable {
  let descriptor: Int32

  init(adopting descriptor: Int32) {
    self.descriptor = descriptor
  }

  /// A new Unix stream socket.
  init() throws(VarlinkError) {
    let descriptor = clinux_unix_socket()
    guard descriptor >= 0 else { throw .system(step: "socket", subject: "AF_UNIX", number: -descriptor) }
    self.descriptor = descriptor
  }

  deinit {
    close(descriptor)
  }

  /// Gives the descriptor away; closing it is the caller's from here on.
  consuming func release() -> Int32 {
    let descriptor = descriptor
    discard self
    return descriptor
  }
}

/// The system's sentence for an error number.
func systemMessage(_ number: Int32) -> String {
  var buffer = [CChar](repeating: 0, count: 128)
  guard strerror_r(number, &buffer, buffer.count) == 0 else { return "error \(number)" }
  return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
