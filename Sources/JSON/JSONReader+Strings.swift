extension JSONReader {
  /// Checks the string that starts here and answers it in place.
  mutating func scanText() throws(JSONError) -> JSONText {
    let quote = offset
    var index = quote &+ 1
    let end = bytes.count
    var escaped = false
    while true {
      index = Self.skipPlain(bytes, from: index)
      guard index < end else { throw JSONError(.unexpectedEnd, at: end) }
      let byte = bytes[index]
      if byte == UInt8(ascii: "\"") {
        offset = index &+ 1
        let raw = UnsafeRawBufferPointer(rebasing: bytes[(quote &+ 1)..<index])
        return JSONText(raw: raw, escaped: escaped, offset: quote)
      }
      if byte == UInt8(ascii: "\\") {
        escaped = true
        index = try scanEscape(at: index)
      } else if byte < 0x20 {
        throw JSONError(.controlCharacter, at: index)
      } else {
        index = try scanCharacter(at: index)
      }
    }
  }

  /// The first byte from `start` on that is a quote, a backslash, a control character or not ASCII. Eight at a time.
  @inline(__always)
  private static func skipPlain(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
    let low: UInt64 = 0x0101_0101_0101_0101
    let high: UInt64 = 0x8080_8080_8080_8080
    var index = start
    while index &+ 8 <= bytes.count {
      let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self))
      let quote = word ^ (low &* 0x22)
      let slash = word ^ (low &* 0x5c)
      let zeroes = ((quote &- low) & ~quote) | ((slash &- low) & ~slash)
      let found = (zeroes | (word &- low &* 0x20) | word) & high
      if found != 0 { return index &+ found.trailingZeroBitCount / 8 }
      index &+= 8
    }
    while index < bytes.count {
      let byte = bytes[index]
      if byte == 0x22 || byte == 0x5c || byte < 0x20 || byte >= 0x80 { return index }
      index &+= 1
    }
    return index
  }

  /// Checks the escape at `start`; answers the offset behind it.
  private func scanEscape(at start: Int) throws(JSONError) -> Int {
    guard start + 1 < bytes.count else { throw JSONError(.unexpectedEnd, at: bytes.count) }
    guard bytes[start + 1] == UInt8(ascii: "u") else {
      guard JSONEscape.value(of: bytes[start + 1]) != nil else { throw JSONError(.invalidEscape, at: start) }
      return start + 2
    }
    let unit = try scanUnit(at: start)
    switch unit {
    case 0xd800..<0xdc00:
      guard try follows(UInt8(ascii: "\\"), at: start + 6), try follows(UInt8(ascii: "u"), at: start + 7) else {
        throw JSONError(.loneSurrogate, at: start)
      }
      guard try scanUnit(at: start + 6) & 0xfc00 == 0xdc00 else { throw JSONError(.loneSurrogate, at: start) }
      return start + 12
    case 0xdc00..<0xe000: throw JSONError(.loneSurrogate, at: start)
    default: return start + 6
    }
  }

  private func follows(_ byte: UInt8, at index: Int) throws(JSONError) -> Bool {
    guard index < bytes.count else { throw JSONError(.unexpectedEnd, at: bytes.count) }
    return bytes[index] == byte
  }

  /// The value of the `\uXXXX` at `start`.
  private func scanUnit(at start: Int) throws(JSONError) -> UInt32 {
    if let unit = JSONEscape.unit(in: bytes, at: start + 2) { return unit }
    throw JSONError(start + 6 > bytes.count ? .unexpectedEnd : .invalidEscape, at: start)
  }

  /// Checks the multi-byte character at `start` (RFC 3629); answers the offset behind it.
  private func scanCharacter(at start: Int) throws(JSONError) -> Int {
    let lead = bytes[start]
    let length: Int
    var range: ClosedRange<UInt8> = 0x80...0xbf
    switch lead {
    case 0xc2...0xdf: length = 2
    case 0xe0: (length, range) = (3, 0xa0...0xbf)
    case 0xed: (length, range) = (3, 0x80...0x9f)
    case 0xe1...0xef: length = 3
    case 0xf0: (length, range) = (4, 0x90...0xbf)
    case 0xf1...0xf3: length = 4
    case 0xf4: (length, range) = (4, 0x80...0x8f)
    default: throw JSONError(.invalidUTF8, at: start)
    }
    guard start + length <= bytes.count else { throw JSONError(.invalidUTF8, at: start) }
    guard range.contains(bytes[start + 1]) else { throw JSONError(.invalidUTF8, at: start) }
    for index in (start + 2)..<max(start + 2, start + length) where bytes[index] & 0xc0 != 0x80 {
      throw JSONError(.invalidUTF8, at: start)
    }
    return start + length
  }
}
