import Glibc
import Synchronization

/// What a virtual printer leaves behind: its paper as text and the bytes that it got. Both only grow, so that a printer
/// that is started again goes on with its roll.
public final class PaperFiles: Sendable {
  private let paper: Descriptor?
  private let bytes: Descriptor?

  /// `paper`: a file whose name ends with `.txt`, or a folder for `paper.txt` and `paper.bin`; nil = none.
  public init(paper: String?, bytes: String?) throws(VirtualDeviceError) {
    guard let paper, !paper.hasSuffix(".txt") else {
      self.paper = try Self.open(paper)
      self.bytes = try Self.open(bytes)
      return
    }
    guard mkdir(paper, 0o755) == 0 || errno == EEXIST else { throw .last("mkdir \(paper)") }
    self.paper = try Self.open(paper + "/paper.txt")
    self.bytes = try Self.open(bytes ?? paper + "/paper.bin")
  }

  private static func open(_ path: String?) throws(VirtualDeviceError) -> Descriptor? {
    guard let path else { return nil }
    let raw = Glibc.open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
    guard raw >= 0 else { throw .last("open \(path)") }
    return Descriptor(raw)
  }

  /// Keeps what an event left; written when this returns, before the printer says anything about it.
  public func keep(_ event: VirtualPrinterServer.Event) {
    switch event {
    case .received(let received): Self.write(received, to: bytes)
    case .printer(.printed(let text)): Self.write(Array(text.utf8), to: paper)
    default: break
    }
  }

  private static func write(_ bytes: [UInt8], to file: Descriptor?) {
    guard let file else { return }
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(file.raw, $0.baseAddress, $0.count) }
      guard count > 0 else { return }
      rest = rest.dropFirst(count)
    }
  }
}
