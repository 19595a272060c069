/// Tells the replies of a printer apart, however the transport splits them.
///
/// One parser reads everything that comes from a printer. The kinds are told by fixed bits (Epson's identification
/// table): `DLE EOT` 0xx1xx10, automatic status 0xx1xx00 followed by three 0xx0xxxx, `GS r` 0xx0xxxx, blocks by their
/// first byte. XON and XOFF may come anywhere, also inside the four bytes of an automatic status.
public struct PrinterReplyParser: Sendable {
  /// Longest block between header and NUL. Information texts are at most 80 bytes; the rest is reserve.
  public static let maximumBlockBytes = 128

  private var pending: [UInt8] = []

  /// Starts between replies.
  public init() {}

  /// True while a reply has begun and not ended. After a timeout call ``reset()``.
  public var isInside: Bool { !pending.isEmpty }

  /// Gives up a reply that never ended; returns its bytes as noise.
  public mutating func reset() -> PrinterReply? {
    if pending.isEmpty { return nil }
    defer { pending.removeAll(keepingCapacity: true) }
    return .noise(pending)
  }

  /// Takes received bytes; returns the replies that they complete.
  public mutating func feed(_ bytes: some Sequence<UInt8>) -> [PrinterReply] {
    var replies: [PrinterReply] = []
    for byte in bytes { feed(byte, into: &replies) }
    return replies
  }

  private mutating func feed(_ byte: UInt8, into replies: inout [PrinterReply]) {
    if byte == 0x11 { return replies.append(.transmitOn) }
    if byte == 0x13 { return replies.append(.transmitOff) }
    guard let first = pending.first else { return begin(byte, into: &replies) }
    if Self.isAutomatic(first) { return automatic(byte, into: &replies) }
    block(first, byte, into: &replies)
  }

  private static func isAutomatic(_ byte: UInt8) -> Bool { byte & 0x93 == 0x10 }

  private mutating func begin(_ byte: UInt8, into replies: inout [PrinterReply]) {
    switch byte {
    case 0x35, 0x37, 0x39, 0x3B, 0x3D, 0x5F: pending.append(byte)
    default:
      if Self.isAutomatic(byte) {
        pending.append(byte)
      } else if byte & 0x93 == 0x12 {
        replies.append(.realTimeStatus(byte))
      } else if byte & 0x90 == 0 {
        replies.append(.transmittedStatus(byte))
      } else if case .noise(let earlier)? = replies.last {
        replies[replies.count - 1] = .noise(earlier + [byte])
      } else {
        replies.append(.noise([byte]))
      }
    }
  }

  private mutating func automatic(_ byte: UInt8, into replies: inout [PrinterReply]) {
    guard byte & 0x90 == 0 else { return abandon(byte, into: &replies) }
    pending.append(byte)
    if pending.count == 4 {
      replies.append(.automaticStatus(AutomaticStatus(pending[0], pending[1], pending[2], pending[3])))
      pending.removeAll(keepingCapacity: true)
    }
  }

  /// What was pending is noise; the byte begins something new.
  private mutating func abandon(_ byte: UInt8, into replies: inout [PrinterReply]) {
    if let noise = reset() { replies.append(noise) }
    begin(byte, into: &replies)
  }

  private mutating func block(_ first: UInt8, _ byte: UInt8, into replies: inout [PrinterReply]) {
    // Ink and extended status carry two status bytes, which may be zero; only their fourth byte is the NUL.
    let hasFixedLength = first == 0x35 || first == 0x39
    if hasFixedLength, pending.count < 3 {
      guard byte & 0x80 == 0 else { return abandon(byte, into: &replies) }
      return pending.append(byte)
    }
    if byte == 0 {
      replies.append(Self.closed(pending))
      return pending.removeAll(keepingCapacity: true)
    }
    // All block contents are 7-bit and printable, the identifier behind 37h included.
    if hasFixedLength || byte < 0x20 || byte > 0x7F || pending.count > Self.maximumBlockBytes {
      return abandon(byte, into: &replies)
    }
    pending.append(byte)
  }

  private static func closed(_ block: [UInt8]) -> PrinterReply {
    switch block[0] {
    case 0x5F: return .information(Array(block.dropFirst()))
    case 0x3B: return block.count == 2 && block[1] == 0x30 ? .poweringOff : .noise(block + [0])
    case 0x37:
      guard block.count >= 2 else { return .noise(block + [0]) }
      switch block[1] {
      case 0x22:
        guard block.count == 6, let identifier = ProcessIdentifier(block[2], block[3], block[4], block[5]) else {
          return .noise(block + [0])
        }
        return .processIdentifier(identifier)
      case 0x23:
        let causes = Array(block.dropFirst(2))
        return causes.count <= 10 && causes.allSatisfy { $0 >= 0x40 } ? .offline(causes) : .noise(block + [0])
      case 0x25: return block.count == 2 ? .buffersCleared : .block(block)
      default: return .block(block)
      }
    default: return .block(block)
    }
  }
}
