/// A command that a printer executes when it receives it, before anything that is still in its buffer.
public enum RealTimeCommand: Sendable, Equatable {
  /// `DLE EOT n [a]`.
  case status(UInt8, argument: UInt8?)
  /// `DLE ENQ n`.
  case request(UInt8)
  /// `DLE DC4 1 m t`: drawer pulse on pin 2 (m 0) or 5 (m 1), t × 100 ms.
  case pulse(pin: Int, milliseconds: Int)
  /// `DLE DC4 2 1 8`.
  case powerOff
  /// `DLE DC4 7 n`: send a status now.
  case transmit(UInt8)
  /// `DLE DC4 8 …`: clear the buffers.
  case clearBuffers
}

/// Finds real-time commands in a byte stream, wherever they stand. Printers look for them even inside image data.
public struct RealTimeScanner: Sendable {
  private var seen: [UInt8] = []

  /// Starts outside a command.
  public init() {}

  /// True while the last bytes may be the beginning of a command.
  public var isInside: Bool { !seen.isEmpty }

  /// Takes the next byte; returns the command that it completes.
  public mutating func feed(_ byte: UInt8) -> RealTimeCommand? {
    seen.append(byte)
    switch Self.match(seen) {
    case .more: return nil
    case .found(let command):
      seen.removeAll(keepingCapacity: true)
      return command
    case .none:
      seen.removeAll(keepingCapacity: true)
      if byte == 0x10 { seen.append(byte) }
      return nil
    }
  }

  enum Match: Equatable {
    case none
    case more
    case found(RealTimeCommand)
  }

  /// Compares bytes with the real-time commands that exist.
  static func match(_ bytes: [UInt8]) -> Match {
    guard bytes[0] == 0x10 else { return .none }
    guard bytes.count > 1 else { return .more }
    switch bytes[1] {
    case 0x04: return matchStatus(bytes)
    case 0x05:
      guard bytes.count > 2 else { return .more }
      return bytes[2] <= 2 ? .found(.request(bytes[2])) : .none
    case 0x14: return matchFunction(bytes)
    default: return .none
    }
  }

  private static func matchStatus(_ bytes: [UInt8]) -> Match {
    guard bytes.count > 2 else { return .more }
    switch bytes[2] {
    case 1...4: return .found(.status(bytes[2], argument: nil))
    case 7, 18:
      guard bytes.count > 3 else { return .more }
      return bytes[3] == 1 || bytes[3] == 2 ? .found(.status(bytes[2], argument: bytes[3])) : .none
    case 8:
      guard bytes.count > 3 else { return .more }
      return bytes[3] == 3 ? .found(.status(8, argument: 3)) : .none
    default: return .none
    }
  }

  private static func matchFunction(_ bytes: [UInt8]) -> Match {
    guard bytes.count > 2 else { return .more }
    switch bytes[2] {
    case 1:
      if bytes.count > 3, bytes[3] > 1 { return .none }
      guard bytes.count > 4 else { return .more }
      guard (1...8).contains(bytes[4]) else { return .none }
      return .found(.pulse(pin: bytes[3] == 0 ? 2 : 5, milliseconds: Int(bytes[4]) * 100))
    case 2: return matchFixed(bytes, [0x10, 0x14, 2, 1, 8], .powerOff)
    case 7:
      guard bytes.count > 3 else { return .more }
      return (1...5).contains(bytes[3]) ? .found(.transmit(bytes[3])) : .none
    case 8: return matchFixed(bytes, [0x10, 0x14, 8, 1, 3, 0x14, 1, 6, 2, 8], .clearBuffers)
    default: return .none
    }
  }

  private static func matchFixed(_ bytes: [UInt8], _ whole: [UInt8], _ command: RealTimeCommand) -> Match {
    if !whole.starts(with: bytes) { return .none }
    return bytes.count == whole.count ? .found(command) : .more
  }
}

/// Checks that bytes meant for the print buffer hold nothing that a printer would execute at once.
public enum RealTimeLint {
  /// Offsets of every `DLE` followed by `EOT`, `ENQ` or `DC4`, whether or not the arguments make sense: firmware is
  /// not trusted to check them. Empty for everything that ``EscPosEncoder`` makes.
  public static func findings(in bytes: some Collection<UInt8>) -> [Int] {
    var found: [Int] = []
    var previous: UInt8 = 0
    for (offset, byte) in bytes.enumerated() {
      if previous == 0x10, byte == 0x04 || byte == 0x05 || byte == 0x14 { found.append(offset - 1) }
      previous = byte
    }
    return found
  }
}
