import CLinux
import Glibc

/// Orders as lines, from standard input and from a Unix socket; each is answered with a line. Runs in the caller's
/// thread, because a simulator's main thread has nothing else to do.
public final class LineServer {
  /// Longest line; a longer one ends the connection.
  private static let maximumLine = 4096
  private static let maximumClients = 16

  private struct Peer {
    let input: Int32
    let output: Int32
    /// nil = standard input, which is not ours to close.
    let owner: Descriptor?
    var pending: [UInt8] = []
  }

  private var peers: [Peer] = []
  private var listener: Descriptor?

  /// `path`: where to listen; an old socket there is replaced.
  public init(path: String?, standardInput: Bool) throws(VirtualDeviceError) {
    signal(SIGPIPE, SIG_IGN)
    if standardInput { peers.append(Peer(input: STDIN_FILENO, output: -1, owner: nil)) }
    guard let path else { return }
    let raw = clinux_unix_socket()
    guard raw >= 0 else { throw VirtualDeviceError(call: "socket", code: -raw) }
    let descriptor = Descriptor(raw)
    unlink(path)
    let result = clinux_unix_bind(raw, path, path.utf8.count, 0)
    guard result >= 0 else { throw VirtualDeviceError(call: "bind \(path)", code: -result) }
    guard listen(raw, 16) == 0 else { throw .last("listen") }
    setNonBlocking(raw)
    listener = descriptor
  }

  /// Serves until `handle` returns nil. `tick`: next time at which `onTick` wants to run; it returns the one after.
  /// `tell` gets the answers to lines from standard input.
  public func run(
    tick: UInt64? = nil, onTick: () -> UInt64? = { nil }, tell: (String) -> Void = { _ in },
    handle: (String) -> String?
  ) {
    var tick = tick
    while true {
      let isFull = peers.count >= Self.maximumClients
      let found = pollDescriptors(
        [(isFull ? -1 : listener?.raw ?? -1, POLLIN)] + peers.map { ($0.input, POLLIN) }, until: tick)
      if let due = tick, monotonicNow() >= due { tick = onTick() }
      // From the back, so that a peer that leaves moves none that is still to be looked at.
      for index in peers.indices.reversed() where found[index + 1] != 0 {
        guard serve(index, tell, handle) else { return }
      }
      if found[0] != 0, let listener {
        let raw = accept(listener.raw, nil, nil)
        if raw >= 0 {
          setNonBlocking(raw)
          peers.append(Peer(input: raw, output: raw, owner: Descriptor(raw)))
        }
      }
    }
  }

  /// False = the handler wants to end.
  private func serve(_ index: Int, _ tell: (String) -> Void, _ handle: (String) -> String?) -> Bool {
    guard let bytes = readSome(peers[index].input, limit: Self.maximumLine) else {
      peers.remove(at: index)
      return true
    }
    peers[index].pending += bytes
    while let end = peers[index].pending.firstIndex(of: 0x0A) {
      var line = peers[index].pending[..<end]
      if line.last == 0x0D { line = line.dropLast() }
      let text = String(decoding: line, as: UTF8.self)
      peers[index].pending.removeSubrange(...end)
      if text.isEmpty { continue }
      guard let answer = handle(text) else { return false }
      let output = peers[index].output
      if output < 0 {
        tell(answer)
      } else {
        let reply = Array((answer + "\n").utf8)
        _ = reply.withUnsafeBytes { send(output, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      }
    }
    if peers[index].pending.count > Self.maximumLine { peers.remove(at: index) }
    return true
  }
}
