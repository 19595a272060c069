/// A SHA-256 value: 32 bytes, held inline.
public struct Digest: Sendable, Hashable {
  /// Bytes in a digest.
  public static let byteCount = 32

  // Four words holding the 32 bytes in memory order; never interpreted as numbers.
  private var storage: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

  /// 32 zero bytes: the chain value before the first record, and "no previous segment".
  public static let zero = Digest()

  private init() {}

  /// Takes exactly 32 bytes; nil when there are more or fewer.
  public init?(_ bytes: some Collection<UInt8>) {
    guard bytes.count == Self.byteCount else { return nil }
    withUnsafeMutableBytes(of: &storage) { $0.copyBytes(from: bytes) }
  }

  /// Takes exactly 64 hexadecimal digits (lower case, as the journal writes them); nil otherwise.
  public init?(hex: String) {
    guard let bytes = Hex.decode(hex), bytes.count == Self.byteCount else { return nil }
    self.init(bytes)
  }

  /// Lets `fill` write the 32 bytes.
  init(filledBy fill: (UnsafeMutableRawBufferPointer) -> Void) {
    withUnsafeMutableBytes(of: &storage, fill)
  }

  /// Reads 32 bytes from raw memory, which must hold as many.
  init(loading address: UnsafeRawPointer) {
    withUnsafeMutableBytes(of: &storage) {
      $0.copyMemory(from: UnsafeRawBufferPointer(start: address, count: Self.byteCount))
    }
  }

  /// The 32 bytes.
  public var bytes: [UInt8] { withUnsafeBytes { [UInt8]($0) } }

  /// 64 lower-case hexadecimal digits.
  public var hex: String { Hex.encode(bytes) }

  /// Gives `body` the 32 bytes in place.
  @inline(__always)
  public func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
    try Swift.withUnsafeBytes(of: storage, body)
  }

  public static func == (left: Digest, right: Digest) -> Bool { left.storage == right.storage }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(storage.0)
    hasher.combine(storage.1)
  }
}

extension Digest: CustomStringConvertible {
  public var description: String { hex }
}

/// Lower-case hexadecimal text.
public enum Hex {
  private static let digits = [UInt8]("0123456789abcdef".utf8)

  /// Two lower-case digits a byte.
  public static func encode(_ bytes: some Sequence<UInt8>) -> String {
    var text: [UInt8] = []
    for byte in bytes {
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// The bytes of lower-case hexadecimal text; nil for an odd count or any other character.
  public static func decode(_ text: String) -> [UInt8]? {
    var bytes: [UInt8] = []
    var high: UInt8?
    for character in text.utf8 {
      let value: UInt8
      switch character {
      case 0x30...0x39: value = character - 0x30
      case 0x61...0x66: value = character - 0x61 + 10
      default: return nil
      }
      if let upper = high {
        bytes.append(upper << 4 | value)
        high = nil
      } else {
        high = value
      }
    }
    return high == nil ? bytes : nil
  }
}
