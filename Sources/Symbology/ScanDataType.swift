/// `ScanDataType` of UnifiedPOS 1.16 (`SCAN_SDT_…`), number for number.
public enum ScanDataType: Int, Sendable, Hashable {
  case unknown = 0
  case upcA = 101
  case upcE = 102
  case ean8 = 103
  case ean13 = 104
  case itf = 106
  case codabar = 107
  case code39 = 108
  case code93 = 109
  case code128 = 110
  /// EAN-13 with a supplemental code.
  case ean13Supplemental = 119
  case gs1Code128 = 120
  case gs1DataBar = 131
  case pdf417 = 201
  case maxiCode = 202
  case dataMatrix = 203
  case qrCode = 204
  case aztec = 206
  case gs1DataMatrix = 208
  case gs1QRCode = 209
  case hanXin = 215
  case other = 501
}

/// AIM symbology identifier (ISO/IEC 15424): `]`, a letter for the symbology, a digit or letter for its options.
public struct AIMIdentifier: Sendable, Hashable {
  /// Length of an identifier in bytes.
  public static let length = 3

  /// The letter, for example `E` for EAN/UPC.
  public let code: UInt8
  /// The third character.
  public let modifier: UInt8

  /// Reads the three bytes; nil when they are no identifier.
  public init?(_ bytes: some Collection<UInt8>) {
    guard bytes.count == Self.length else { return nil }
    let bytes = Array(bytes)
    guard bytes[0] == UInt8(ascii: "]"), Self.isLetter(bytes[1]) else { return nil }
    guard Self.isLetter(bytes[2]) || (0x30...0x39).contains(bytes[2]) else { return nil }
    code = bytes[1]
    modifier = bytes[2]
  }

  /// Reads the three characters; nil when they are no identifier.
  public init?(_ text: String) { self.init(Array(text.utf8)) }

  private static func isLetter(_ byte: UInt8) -> Bool { (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) }

  /// The three characters.
  public var text: String { String(decoding: [UInt8(ascii: "]"), code, modifier], as: UTF8.self) }

  /// Data behind this identifier are GS1 element strings.
  public var isGS1: Bool {
    switch (code, modifier) {
    case (UInt8(ascii: "C"), UInt8(ascii: "1")), (UInt8(ascii: "e"), _), (UInt8(ascii: "d"), UInt8(ascii: "2")),
      (UInt8(ascii: "Q"), UInt8(ascii: "3")), (UInt8(ascii: "Q"), UInt8(ascii: "4")),
      (UInt8(ascii: "J"), UInt8(ascii: "1")):
      true
    default: false
    }
  }

  /// The UnifiedPOS type that this identifier stands for. UPC-A and UPC-E come with `]E0` too and can only be told by
  /// their length: see ``Scan/init(bytes:aim:)``.
  public var scanDataType: ScanDataType {
    switch code {
    case UInt8(ascii: "E"):
      switch modifier {
      case UInt8(ascii: "0"): .ean13
      case UInt8(ascii: "3"): .ean13Supplemental
      case UInt8(ascii: "4"): .ean8
      default: .other
      }
    case UInt8(ascii: "A"): .code39
    case UInt8(ascii: "C"): isGS1 ? .gs1Code128 : .code128
    case UInt8(ascii: "F"): .codabar
    case UInt8(ascii: "G"): .code93
    case UInt8(ascii: "I"): .itf
    case UInt8(ascii: "L"): .pdf417
    case UInt8(ascii: "Q"): isGS1 ? .gs1QRCode : .qrCode
    case UInt8(ascii: "U"): .maxiCode
    case UInt8(ascii: "d"): isGS1 ? .gs1DataMatrix : .dataMatrix
    case UInt8(ascii: "e"): .gs1DataBar
    case UInt8(ascii: "h"): .hanXin
    case UInt8(ascii: "z"): .aztec
    default: .other
    }
  }
}
