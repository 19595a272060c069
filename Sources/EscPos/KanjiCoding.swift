import CEncodingTables

extension KanjiEncoding {
  /// The two-byte code of a character, nil when the font has none.
  ///
  /// The currency signs of Latin-1 take their full-width forms, see ``Overrides/fullWidth(_:)``.
  @inline(__always)
  func code(for value: UInt32) -> UInt16? {
    let value = value < 0x100 ? Overrides.fullWidth(value) : value
    switch self {
    case .gb18030:
      let code = counterfoil_gb_code(value)
      return code == 0 ? nil : code
    case .gbk:
      let code = counterfoil_gb_code(value)
      return code == 0 || Self.isMissingInGBK(code) ? nil : code
    case .big5:
      let code = counterfoil_big5_code(value)
      return code == 0 ? nil : code
    }
  }

  /// Whether a code came only with GB18030. Such codes have one of six lead bytes.
  private static func isMissingInGBK(_ code: UInt16) -> Bool {
    switch code >> 8 {
    case 0xA2, 0xA6, 0xA8, 0xA9, 0xFE: break
    default: return false
    }
    var low: UInt32 = 0
    var high = counterfoil_gb18030_only_count
    while low < high {
      let middle = (low + high) / 2
      let found = counterfoil_gb18030_only_at(middle)
      if found == code { return true }
      if found < code { low = middle + 1 } else { high = middle }
    }
    return false
  }

  /// The four bytes of a character of Extension A on GB18030 printers, nil for any other character.
  ///
  /// GB 18030-2000 makes Extension A mandatory, so fonts hold it; nobody promises the rest of the four-byte zone.
  func fourBytes(for value: UInt32) -> (UInt8, UInt8, UInt8, UInt8)? {
    guard self == .gb18030, value >= 0x3400, value <= 0x4DB5 else { return nil }
    for index in 0..<counterfoil_gb_run_count {
      let first = UInt32(counterfoil_gb_run(index, 1))
      let count = UInt32(counterfoil_gb_run(index, 2))
      guard value >= first, value < first + count else { continue }
      let linear = UInt32(counterfoil_gb_run(index, 0)) + value - first
      return (
        UInt8(0x81 + linear / 12600), UInt8(0x30 + linear / 1260 % 10), UInt8(0x81 + linear / 10 % 126),
        UInt8(0x30 + linear % 10)
      )
    }
    return nil
  }

  /// The character of a four-byte code, nil for codes that mean nothing.
  static func scalar(_ b1: UInt8, _ b2: UInt8, _ b3: UInt8, _ b4: UInt8) -> Unicode.Scalar? {
    guard b1 >= 0x81, b1 <= 0xFE, b2 >= 0x30, b2 <= 0x39, b3 >= 0x81, b3 <= 0xFE, b4 >= 0x30, b4 <= 0x39 else {
      return nil
    }
    let high = (UInt32(b1) - 0x81) * 10 + UInt32(b2) - 0x30
    let linear = high * 1260 + (UInt32(b3) - 0x81) * 10 + UInt32(b4) - 0x30
    if linear >= 189_000 { return Unicode.Scalar(linear - 189_000 + 0x10000) }
    for index in 0..<counterfoil_gb_run_count {
      let first = UInt32(counterfoil_gb_run(index, 0))
      let count = UInt32(counterfoil_gb_run(index, 2))
      if linear >= first, linear < first + count {
        return Unicode.Scalar(UInt32(counterfoil_gb_run(index, 1)) + linear - first)
      }
    }
    return nil
  }

  /// The character of a two-byte code, nil for codes that mean nothing.
  func scalar(lead: UInt8, trail: UInt8) -> Unicode.Scalar? {
    let code = UInt16(lead) << 8 | UInt16(trail)
    let value = self == .big5 ? Self.big5Characters[Int(code)] : Self.gbCharacters[Int(code)]
    if value == 0 || (self == .gbk && Self.isMissingInGBK(code)) { return nil }
    return Unicode.Scalar(UInt32(value))
  }

  /// Inverse tables by code. Only a reader of printer bytes needs them, so they are made when first asked for.
  private static let gbCharacters = inverse { counterfoil_gb_code($0) }
  private static let big5Characters = inverse { counterfoil_big5_code($0) }

  private static func inverse(_ code: (UInt32) -> UInt16) -> [UInt16] {
    var table = [UInt16](repeating: 0, count: 0x10000)
    for value in UInt32(0x80)..<0x10000 {
      let code = Int(code(value))
      if code != 0, table[code] == 0 { table[code] = UInt16(value) }
    }
    return table
  }
}
