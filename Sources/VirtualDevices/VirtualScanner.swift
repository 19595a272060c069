import CLinux
import Glibc

/// A serial scanner at a pseudo terminal. Not thread-safe: one owner.
public final class VirtualScanner {
  private var master: Descriptor?
  private let link: String?
  /// The terminal's path while plugged in.
  public private(set) var path: String?

  /// `link`: a symbolic link that leads to the terminal while it is plugged in.
  public init(link: String? = nil) throws(VirtualDeviceError) {
    self.link = link
    try plug()
  }

  deinit { unplug() }

  /// Makes a new terminal and the link to it. Without effect while plugged in.
  public func plug() throws(VirtualDeviceError) {
    guard master == nil else { return }
    var name = [CChar](repeating: 0, count: 128)
    let raw = counterfoil_pty_open(&name, name.count)
    guard raw >= 0 else { throw .last("posix_openpt") }
    let descriptor = Descriptor(raw)
    let path = name.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
    if let link {
      // Renamed into place, so that whoever watches sees one event and a whole link.
      let made = link + ".new"
      unlink(made)
      guard symlink(path, made) == 0, rename(made, link) == 0 else { throw .last("symlink \(link)") }
    }
    master = descriptor
    self.path = path
  }

  /// Takes the device away: its users see a hang-up.
  public func unplug() {
    guard master != nil else { return }
    if let link { unlink(link) }
    master = nil
    path = nil
  }

  /// Sends bytes; false when nobody takes them or it is unplugged.
  public func send(_ bytes: [UInt8]) -> Bool {
    guard let master else { return false }
    return bytes.withUnsafeBytes { write(master.raw, $0.baseAddress, $0.count) } == bytes.count
  }
}
