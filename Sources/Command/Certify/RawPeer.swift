import CLinux
import Glibc
import Varlink

/// A connection that keeps to nothing: half messages, garbage, an end in the middle of a call.
final class RawPeer {
  private let descriptor: Int32

  /// Nil: nobody is there.
  init?(_ address: VarlinkAddress) {
    let name: String
    let isAbstract: Bool
    switch address {
    case .path(let path): (name, isAbstract) = (path, false)
    case .abstract(let text): (name, isAbstract) = (text, true)
    }
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return nil }
    guard clinux_unix_connect(descriptor, name, name.utf8.count, isAbstract ? 1 : 0) == 0 else {
      close(descriptor)
      return nil
    }
    clinux_set_nonblocking(descriptor)
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }

  /// Sends what is taken within a second; a service may well close in the middle.
  func send(_ bytes: [UInt8]) {
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes { buffer in
        Glibc.send(descriptor, buffer.baseAddress.map { $0 + sent }, buffer.count - sent, Int32(MSG_NOSIGNAL))
      }
      if count > 0 {
        sent += count
      } else if count < 0, errno == EAGAIN {
        var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        guard poll(&entry, 1, 1_000) > 0 else { return }
      } else if errno != EINTR {
        return
      }
    }
  }

  /// True when a whole message came within the time.
  func hears(milliseconds: Int32) -> Bool {
    var chunk = [UInt8](repeating: 0, count: 4_096)
    while true {
      var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      guard poll(&entry, 1, milliseconds) > 0 else { return false }
      let count = recv(descriptor, &chunk, chunk.count, 0)
      if count > 0, chunk[..<count].contains(0) { return true }
      guard count > 0 || errno == EINTR || errno == EAGAIN else { return false }
      if count == 0 { return false }
    }
  }
}
