import CEncodingTables

/// Single-byte character sets of receipt printers. The raw value is the name in hardware profiles.
public enum CodePage: String, Sendable, Equatable, Hashable, CaseIterable {
  case cp437, cp737, cp775, cp850, cp852, cp855, cp857, cp858, cp860, cp861, cp862, cp863, cp864, cp865, cp866
  case cp869, cp874, cp1125, cp1250, cp1251, cp1252, cp1253, cp1254, cp1255, cp1256, cp1257, cp1258
  case latin1 = "iso8859-1"
  case latin2 = "iso8859-2"
  case greek = "iso8859-7"
  case latin5 = "iso8859-9"
  case latin9 = "iso8859-15"

  /// Place in the generated tables, which hold the pages in the order of the cases.
  var index: UInt32 {
    switch self {
    case .cp437: 0
    case .cp737: 1
    case .cp775: 2
    case .cp850: 3
    case .cp852: 4
    case .cp855: 5
    case .cp857: 6
    case .cp858: 7
    case .cp860: 8
    case .cp861: 9
    case .cp862: 10
    case .cp863: 11
    case .cp864: 12
    case .cp865: 13
    case .cp866: 14
    case .cp869: 15
    case .cp874: 16
    case .cp1125: 17
    case .cp1250: 18
    case .cp1251: 19
    case .cp1252: 20
    case .cp1253: 21
    case .cp1254: 22
    case .cp1255: 23
    case .cp1256: 24
    case .cp1257: 25
    case .cp1258: 26
    case .latin1: 27
    case .latin2: 28
    case .greek: 29
    case .latin5: 30
    case .latin9: 31
    }
  }

  /// Name under which the generator stored the page; equal to the raw value, which a test checks.
  public var storedName: String { String(cString: counterfoil_page_name(index)) }

  /// The byte of a character: itself for ASCII, 0x80 to 0xFF for others, nil when the page has none.
  public func byte(for scalar: Unicode.Scalar) -> UInt8? {
    if scalar.value < 0x80 { return UInt8(scalar.value) }
    let code = counterfoil_page_code(index, scalar.value)
    return code == 0 ? nil : code
  }

  /// The character of a byte, nil where the page has a hole.
  public func scalar(for byte: UInt8) -> Unicode.Scalar? {
    if byte < 0x80 { return Unicode.Scalar(byte) }
    let value = counterfoil_page_character(index, byte)
    return value == 0 ? nil : Unicode.Scalar(UInt32(value))
  }
}
