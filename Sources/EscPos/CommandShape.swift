/// How long a command is, told from its first bytes.
enum CommandShape {
  /// Not all bytes are here yet.
  case more
  /// The bytes are one whole command or character.
  case complete
  /// So many data bytes follow, then the token.
  case skip(Int, EscPosToken)
  /// The first so many bytes are no command.
  case unknown(Int)

  /// Judges bytes of which every proper prefix was `.more`.
  static func of(_ bytes: [UInt8], kanji: KanjiEncoding?) -> CommandShape {
    let first = bytes[0]
    switch first {
    case 0x10: return realTime(bytes)
    case 0x1B: return escape(bytes)
    case 0x1C: return file(bytes)
    case 0x1D: return group(bytes)
    case 0x09, 0x0A, 0x0C, 0x0D, 0x18: return .complete
    case ..<0x20, 0x7F: return .unknown(1)
    case ..<0x80: return .complete
    default: return character(bytes, kanji: kanji)
    }
  }

  private static func character(_ bytes: [UInt8], kanji: KanjiEncoding?) -> CommandShape {
    guard let kanji, bytes[0] >= 0x81, bytes[0] <= 0xFE else { return kanji == nil ? .complete : .unknown(1) }
    guard bytes.count > 1 else { return .more }
    let trail = bytes[1]
    if kanji == .gb18030, trail >= 0x30, trail <= 0x39 {
      if bytes.count > 2, bytes[2] < 0x81 || bytes[2] == 0xFF { return .unknown(2) }
      if bytes.count > 3, bytes[3] < 0x30 || bytes[3] > 0x39 { return .unknown(3) }
      return bytes.count < 4 ? .more : .complete
    }
    return trail >= 0x40 && trail != 0x7F && trail != 0xFF ? .complete : .unknown(1)
  }

  private static func realTime(_ bytes: [UInt8]) -> CommandShape {
    switch RealTimeScanner.match(bytes) {
    case .more: .more
    case .found: .complete
    case .none: .unknown(max(1, bytes.count - 1))
    }
  }

  private static func fixed(_ bytes: [UInt8], _ count: Int) -> CommandShape {
    bytes.count < count ? .more : .complete
  }

  // MARK: - ESC

  private static func escape(_ bytes: [UInt8]) -> CommandShape {
    guard bytes.count > 1 else { return .more }
    switch bytes[1] {
    case 0x40, 0x32, 0x69, 0x6D, 0x4C, 0x0C, 0x53, 0x3C, 0x76: return .complete
    case 0x3D, 0x21, 0x4D, 0x45, 0x47, 0x2D, 0x7B, 0x56, 0x20, 0x61, 0x74, 0x52, 0x33, 0x4A, 0x64, 0x4B, 0x65, 0x54,
      0x25, 0x3F, 0x75, 0x55, 0x72:
      return fixed(bytes, 3)
    case 0x24, 0x5C, 0x42: return fixed(bytes, 4)
    case 0x63:
      guard bytes.count > 2 else { return .more }
      return (0x30...0x35).contains(bytes[2]) ? fixed(bytes, 4) : .unknown(2)
    case 0x70: return fixed(bytes, 5)
    case 0x57: return fixed(bytes, 10)
    case 0x44:
      if bytes.count > 2, bytes.last == 0 { return .complete }
      return bytes.count > 2 + maximumTabs ? .unknown(bytes.count) : .more
    case 0x2A: return columnImage(bytes)
    case 0x26: return userCharacters(bytes)
    case 0x28: return block(bytes)
    default: return .unknown(2)
    }
  }

  private static let maximumTabs = 33

  private static func columnImage(_ bytes: [UInt8]) -> CommandShape {
    guard bytes.count >= 5 else { return .more }
    let columns = Int(bytes[3]) | Int(bytes[4]) << 8
    let height = bytes[2] >= 32 ? 24 : 8
    return .skip(columns * height / 8, .image(width: columns, height: height))
  }

  /// `ESC & y c1 c2 [x d…]…`.
  private static func userCharacters(_ bytes: [UInt8]) -> CommandShape {
    guard bytes.count >= 5 else { return .more }
    let rows = Int(bytes[2])
    guard rows > 0, rows <= 6, bytes[4] >= bytes[3] else { return .unknown(2) }
    var at = 5
    for _ in bytes[3]...bytes[4] {
      guard bytes.count > at else { return .more }
      at += 1 + rows * Int(bytes[at])
      guard bytes.count >= at else { return .more }
    }
    return .complete
  }

  /// `x ( f pL pH …`.
  private static func block(_ bytes: [UInt8]) -> CommandShape {
    guard bytes.count >= 5 else { return .more }
    let length = Int(bytes[3]) | Int(bytes[4]) << 8
    if bytes[0] == 0x1D, bytes[2] == 0x4C, length > 10 {
      // Graphics data: count it, keep only its size.
      guard bytes.count >= 15 else { return .more }
      guard bytes[5] == 0x30, bytes[6] == 0x70 || bytes[6] == 0x43 || bytes[6] == 0x53 else {
        return .skip(length - 10, .command(bytes))
      }
      return .skip(length - 10, image(from: bytes))
    }
    return fixed(bytes, 5 + length)
  }

  private static func image(from bytes: [UInt8]) -> EscPosToken {
    guard bytes[6] == 0x70 else { return .command(bytes) }
    return .image(width: Int(bytes[11]) | Int(bytes[12]) << 8, height: Int(bytes[13]) | Int(bytes[14]) << 8)
  }

  // MARK: - FS

  private static func file(_ bytes: [UInt8]) -> CommandShape {
    guard bytes.count > 1 else { return .more }
    switch bytes[1] {
    case 0x26, 0x2E: return .complete
    case 0x21, 0x2D, 0x57, 0x43: return fixed(bytes, 3)
    case 0x53, 0x3F, 0x70: return fixed(bytes, 4)
    case 0x32: return fixed(bytes, 4 + 72)
    case 0x28: return block(bytes)
    default: return .unknown(2)
    }
  }

  // MARK: - GS

  private static func group(_ bytes: [UInt8]) -> CommandShape {
    guard bytes.count > 1 else { return .more }
    switch bytes[1] {
    case 0x3A: return .complete
    case 0x21, 0x42, 0x48, 0x66, 0x68, 0x77, 0x62, 0x61, 0x72, 0x49, 0x2F, 0x54: return fixed(bytes, 3)
    case 0x4C, 0x57, 0x50, 0x24, 0x5C: return fixed(bytes, 4)
    case 0x5E, 0x7A: return fixed(bytes, 5)
    case 0x56:
      guard bytes.count > 2 else { return .more }
      switch bytes[2] {
      case 0, 1, 48, 49: return .complete
      case 65, 66, 97, 98, 103, 104: return fixed(bytes, 4)
      default: return .unknown(3)
      }
    case 0x6B: return barcode(bytes)
    case 0x28: return block(bytes)
    case 0x38:
      guard bytes.count >= 7 else { return .more }
      let length = (0..<4).reduce(0) { $0 | Int(bytes[3 + $1]) << (8 * $1) }
      guard bytes[2] == 0x4C, length > 10 else { return .skip(length, .command(bytes)) }
      guard bytes.count >= 17 else { return .more }
      return .skip(length - 10, image(from: Array(bytes[..<3]) + Array(bytes[5...])))
    case 0x76:
      if bytes.count > 2, bytes[2] != 0x30 { return .unknown(2) }
      guard bytes.count >= 8 else { return .more }
      let width = Int(bytes[4]) | Int(bytes[5]) << 8
      let height = Int(bytes[6]) | Int(bytes[7]) << 8
      return .skip(width * height, .image(width: width * 8, height: height))
    case 0x2A:
      guard bytes.count >= 4 else { return .more }
      let (width, height) = (Int(bytes[2]), Int(bytes[3]))
      return .skip(width * height * 8, .command(bytes))
    default: return .unknown(2)
    }
  }

  private static func barcode(_ bytes: [UInt8]) -> CommandShape {
    guard bytes.count > 2 else { return .more }
    if bytes[2] <= 6 {
      if bytes.count > 3, bytes.last == 0 { return .complete }
      return bytes.count > 3 + 255 ? .unknown(3) : .more
    }
    guard (65...79).contains(bytes[2]) else { return .unknown(2) }
    guard bytes.count > 3 else { return .more }
    return fixed(bytes, 4 + Int(bytes[3]))
  }
}
