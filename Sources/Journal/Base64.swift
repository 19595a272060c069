/// Standard Base 64 with padding (RFC 4648 section 4), strict: one text for one byte string. Non-zero unused bits,
/// missing padding, spaces and line breaks are refused, because a signed note must not have two spellings.
public enum Base64 {
  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
  private static let padding = UInt8(ascii: "=")
  private static let invalid: UInt8 = 0xFF
  private static let values: [UInt8] = {
    var table = [UInt8](repeating: invalid, count: 256)
    for (value, character) in alphabet.enumerated() { table[Int(character)] = UInt8(value) }
    return table
  }()

  /// The text of bytes.
  public static func encode(_ bytes: [UInt8]) -> String {
    var out: [UInt8] = []
    out.reserveCapacity((bytes.count + 2) / 3 * 4)
    var index = 0
    while index < bytes.count {
      let left = bytes.count - index
      let group =
        UInt32(bytes[index]) << 16 | (left > 1 ? UInt32(bytes[index + 1]) << 8 : 0)
        | (left > 2 ? UInt32(bytes[index + 2]) : 0)
      out.append(alphabet[Int(group >> 18)])
      out.append(alphabet[Int(group >> 12 & 63)])
      out.append(left > 1 ? alphabet[Int(group >> 6 & 63)] : padding)
      out.append(left > 2 ? alphabet[Int(group & 63)] : padding)
      index += 3
    }
    return String(decoding: out, as: UTF8.self)
  }

  /// Nil unless `text` is exactly what `encode` writes for some bytes.
  static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
    let text = Array(text)
    guard text.count & 3 == 0 else { return nil }
    guard let last = text.last else { return [] }
    let padded = last != padding ? 0 : text[text.count - 2] == padding ? 2 : 1
    var out: [UInt8] = []
    out.reserveCapacity(text.count / 4 * 3)
    for start in stride(from: 0, to: text.count, by: 4) {
      let pad = start + 4 == text.count ? padded : 0
      var group: UInt32 = 0
      for offset in 0..<4 {
        let value = offset < 4 - pad ? values[Int(text[start + offset])] : 0
        guard value != invalid else { return nil }
        group = group << 6 | UInt32(value)
      }
      if pad == 1, group & 0xFF != 0 { return nil }
      if pad == 2, group & 0xFFFF != 0 { return nil }
      out.append(UInt8(truncatingIfNeeded: group >> 16))
      if pad < 2 { out.append(UInt8(truncatingIfNeeded: group >> 8)) }
      if pad < 1 { out.append(UInt8(truncatingIfNeeded: group)) }
    }
    return out
  }
}
