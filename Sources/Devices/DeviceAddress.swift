/// Where a device is, as written in the configuration.
public enum DeviceAddress: Sendable, Hashable, CustomStringConvertible {
  /// `tcp://192.168.1.87:9100` or `tcp://[fe80::1]:9100`. Numbers only: a name server must never decide whether a
  /// receipt prints.
  case tcp(host: String, port: UInt16)
  /// `serial:/dev/counterfoil/scanner?speed=115200&flow=rtscts`
  case serial(path: String, line: SerialLine)

  /// Port of raw printing when none is written.
  public static let rawPrintingPort: UInt16 = 9100

  public init?(_ text: String) {
    if text.hasPrefix("tcp://") {
      self.init(network: text.dropFirst("tcp://".count))
    } else if text.hasPrefix("serial:") {
      self.init(serial: text.dropFirst("serial:".count))
    } else {
      return nil
    }
  }

  private init?(network text: Substring) {
    let host: Substring
    let rest: Substring
    if text.first == "[" {
      guard let end = text.firstIndex(of: "]") else { return nil }
      host = text[text.index(after: text.startIndex)..<end]
      rest = text[text.index(after: end)...]
      guard host.contains(":"), host.utf8.allSatisfy(Self.isIPv6Byte) else { return nil }
    } else {
      let end = text.firstIndex(of: ":") ?? text.endIndex
      host = text[..<end]
      rest = text[end...]
      guard Self.isIPv4(host) else { return nil }
    }
    if rest.isEmpty {
      self = .tcp(host: String(host), port: Self.rawPrintingPort)
    } else {
      guard rest.first == ":", let port = UInt16(rest.dropFirst()), port > 0 else { return nil }
      self = .tcp(host: String(host), port: port)
    }
  }

  private init?(serial text: Substring) {
    let parts = text.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    guard let path = parts.first, path.hasPrefix("/"), path.count > 1 else { return nil }
    var line = SerialLine()
    if parts.count == 2 {
      for option in parts[1].split(separator: "&", omittingEmptySubsequences: false) {
        guard line.set(option) else { return nil }
      }
    }
    self = .serial(path: String(path), line: line)
  }

  private static func isIPv4(_ text: Substring) -> Bool {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4
      && parts.allSatisfy { part in
        part.utf8.allSatisfy { (0x30...0x39).contains($0) } && part.count <= 3 && (UInt16(part) ?? 256) <= 255
      }
  }

  private static func isIPv6Byte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x3A, 0x41...0x46, 0x61...0x66, 0x2E, 0x25: true
    // A zone such as `%eth0`.
    case 0x67...0x7A, 0x2D, 0x5F: true
    default: false
    }
  }

  /// `tcp` or `serial`: the transport part of a ``DeviceIdentifier``.
  public var transport: String {
    switch self {
    case .tcp: "tcp"
    case .serial: "serial"
    }
  }

  /// The part of a ``DeviceIdentifier`` that stays.
  public var stablePart: String {
    switch self {
    case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    case .serial(let path, _): path
    }
  }

  /// The device node or link; nil: it is on the network.
  public var node: String? {
    switch self {
    case .tcp: nil
    case .serial(let path, _): path
    }
  }

  public var description: String {
    switch self {
    case .tcp: "tcp://\(stablePart)"
    case .serial(let path, let line): "serial:\(path)?\(line)"
    }
  }
}

/// Settings of a serial line. A USB serial device ignores speed and parity.
public struct SerialLine: Sendable, Hashable, CustomStringConvertible {
  public enum Parity: String, Sendable, Hashable { case none, even, odd }
  public enum FlowControl: String, Sendable, Hashable { case none, rtscts, xonxoff }

  /// Slowest and fastest accepted speed in bits per second.
  public static let speeds = 300...4_000_000

  /// Bits per second; any number that the hardware can make.
  public var speed: Int
  /// 7 or 8.
  public var dataBits: Int
  public var parity: Parity
  /// 1 or 2.
  public var stopBits: Int
  public var flow: FlowControl

  public init(
    speed: Int = 9600, dataBits: Int = 8, parity: Parity = .none, stopBits: Int = 1, flow: FlowControl = .none
  ) {
    self.speed = speed
    self.dataBits = dataBits
    self.parity = parity
    self.stopBits = stopBits
    self.flow = flow
  }

  /// Sets one `name=value`; false when there is no such setting or value.
  fileprivate mutating func set(_ option: Substring) -> Bool {
    let parts = option.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2 else { return false }
    let value = String(parts[1])
    switch parts[0] {
    case "speed":
      guard let number = Int(value), Self.speeds.contains(number) else { return false }
      speed = number
    case "bits":
      guard let number = Int(value), number == 7 || number == 8 else { return false }
      dataBits = number
    case "stop":
      guard let number = Int(value), number == 1 || number == 2 else { return false }
      stopBits = number
    case "parity":
      guard let known = Parity(rawValue: value) else { return false }
      parity = known
    case "flow":
      guard let known = FlowControl(rawValue: value) else { return false }
      flow = known
    default:
      return false
    }
    return true
  }

  public var description: String {
    "speed=\(speed)&bits=\(dataBits)&parity=\(parity.rawValue)&stop=\(stopBits)&flow=\(flow.rawValue)"
  }
}
