import CEncodingTables
import Document

/// Text to bytes.
extension Emitter {
  mutating func text(_ text: Substring) {
    let done: Void? = text.utf8.withContiguousStorageIfAvailable { self.text(utf8: $0) }
    if done == nil { Array(text.utf8).withUnsafeBufferPointer { self.text(utf8: $0) } }
  }

  private mutating func text(utf8: UnsafeBufferPointer<UInt8>) {
    let encoding = repertoire.kanji
    var index = 0
    while index < utf8.count {
      let byte = utf8[index]
      if byte >= 0x20, byte < 0x7F {
        output.bytes.append(byte)
        index += 1
        continue
      }
      let (value, length) = Self.scalar(in: utf8, at: index)
      if let encoding, let code = encoding.code(for: value) {
        pair(code)
      } else {
        other(value, rest: utf8[index...])
      }
      index += length
    }
  }

  /// Decodes one scalar. The storage of a string is always valid UTF-8; a short rest is taken as what is there.
  private static func scalar(in utf8: UnsafeBufferPointer<UInt8>, at index: Int) -> (UInt32, Int) {
    let first = UInt32(utf8[index])
    func next(_ offset: Int) -> UInt32 {
      index + offset < utf8.count ? UInt32(utf8[index + offset] & 0x3F) : 0
    }
    if first < 0x80 { return (first, 1) }
    if first < 0xE0 { return ((first & 0x1F) << 6 | next(1), 2) }
    if first < 0xF0 { return ((first & 0x0F) << 12 | next(1) << 6 | next(2), 3) }
    return ((first & 0x07) << 18 | next(1) << 12 | next(2) << 6 | next(3), 4)
  }

  private mutating func pair(_ code: UInt16) {
    if !isKanjiOn { setKanji(true) }
    output.bytes.append(UInt8(code >> 8))
    output.bytes.append(UInt8(code & 0xFF))
  }

  /// Any character that is neither ASCII nor of the multibyte font. Off the fast path.
  private mutating func other(_ value: UInt32, rest: Slice<UnsafeBufferPointer<UInt8>>) {
    switch repertoire.rendering(of: value) {
    case .ascii(let byte): output.bytes.append(byte)
    case .pair(let code): pair(code)
    case .quad(let b1, let b2, let b3, let b4):
      setKanji(true)
      output.bytes += [b1, b2, b3, b4]
    case .codePage: single(value, rest: rest)
    case .dropped: break
    case .replaced(let text, let isLoss):
      if isLoss { report(value, replacement: text) }
      // A replacement consists of characters that the fonts hold; this never comes back here for them.
      for scalar in text.unicodeScalars { replacement(scalar.value, rest: rest) }
    }
  }

  private mutating func replacement(_ value: UInt32, rest: Slice<UnsafeBufferPointer<UInt8>>) {
    switch repertoire.direct(value) {
    case .ascii(let byte)?: output.bytes.append(byte)
    case .pair(let code)?: pair(code)
    case .codePage?: single(value, rest: rest)
    default: output.bytes.append(0x23)
    }
  }

  private mutating func single(_ value: UInt32, rest: Slice<UnsafeBufferPointer<UInt8>>) {
    setKanji(false)
    if let slot {
      let code = counterfoil_page_code(slot.page.index, value)
      if code != 0 { return output.bytes.append(code) }
    }
    guard let best = bestSlot(for: value, rest: rest) else { return output.bytes.append(0x23) }
    slot = best
    output.bytes += [0x1B, 0x74, best.number]
    output.bytes.append(counterfoil_page_code(best.page.index, value))
  }

  /// The code page that holds this character and the longest stretch of what follows: going on as far as possible
  /// before each switch gives the fewest switches.
  private func bestSlot(for value: UInt32, rest: Slice<UnsafeBufferPointer<UInt8>>) -> CodePageSlot? {
    var best: CodePageSlot?
    var bestReach = -1
    for slot in profile.codePages where counterfoil_page_code(slot.page.index, value) != 0 {
      let reach = reach(of: slot.page, rest: rest)
      if reach > bestReach { (best, bestReach) = (slot, reach) }
    }
    return best
  }

  /// How many bytes of the text a page can carry on, ignoring what needs no page.
  private func reach(of page: CodePage, rest: Slice<UnsafeBufferPointer<UInt8>>) -> Int {
    let utf8 = rest.base
    var index = rest.startIndex
    while index < utf8.count {
      let (value, length) = Self.scalar(in: utf8, at: index)
      if value >= 0x80, repertoire.direct(value) == .codePage, counterfoil_page_code(page.index, value) == 0 { break }
      index += length
    }
    return index - rest.startIndex
  }

  private mutating func report(_ value: UInt32, replacement: String) {
    guard let scalar = Unicode.Scalar(value) else { return }
    if let index = output.substitutions.firstIndex(where: { $0.scalar == scalar }) {
      output.substitutions[index].count += 1
    } else if output.substitutions.count < Self.maximumSubstitutions {
      output.substitutions.append(Substitution(scalar: scalar, replacement: replacement, count: 1))
    }
  }

  /// More different characters than this are not listed one by one.
  private static let maximumSubstitutions = 64
}
