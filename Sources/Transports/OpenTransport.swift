import Devices

extension DeviceAddress {
  /// The transport for this address. Opens nothing yet.
  public func makeTransport() -> any Transport {
    switch self {
    case .tcp(let host, let port): TCPTransport(host: host, port: port)
    case .serial(let path, let line): SerialTransport(path: path, line: line)
    }
  }
}
