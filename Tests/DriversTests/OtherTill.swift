import Devices
import Testing
import Transports
import VirtualDevices

/// A connection that another till holds.
struct OtherTill {
  private let transport: TCPTransport
  fileprivate init(_ transport: TCPTransport) { self.transport = transport }
  func close() { transport.close(deadline: 0) }
}

extension Rig {
  static func connect(to server: VirtualPrinterServer) throws -> OtherTill {
    let transport = TCPTransport(host: "127.0.0.1", port: server.port)
    try transport.open(deadline: transport.now + second)
    // Answered: so the printer serves this connection.
    _ = try transport.write([0x10, 0x04, 0x01])
    try #require(try transport.wait(for: .readable, deadline: transport.now + 10 * second) == .readable)
    return OtherTill(transport)
  }
}
