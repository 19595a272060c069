import Document
import EscPos

/// SplitMix64, so that a failing seed is one number.
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64
  init(_ seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

enum Profiles {
  static func chinese(_ encoding: KanjiEncoding, columns: Int = 48, absolute: Bool = false) -> EscPosProfile {
    var profile = EscPosProfile(columns: columns, dotsPerLine: columns * 12)
    profile.kanji = KanjiFont(encoding)
    profile.codePages = []
    profile.positionsAbsolutely = absolute
    return profile
  }
  static func western(_ slots: [CodePageSlot], columns: Int = 42) -> EscPosProfile {
    var profile = EscPosProfile(columns: columns, dotsPerLine: columns * 12)
    profile.codePages = slots
    return profile
  }
  static let gbk = chinese(.gbk)
  static let gb18030 = chinese(.gb18030)
  static let cp858 = western([CodePageSlot(19, .cp858)])
  /// A Chinese printer that also has Western pages, in kanji mode after power-on.
  static let mixed: EscPosProfile = {
    var profile = chinese(.gb18030, columns: 32, absolute: true)
    profile.kanji = KanjiFont(.gb18030, isOnByDefault: true)
    profile.codePages = [CodePageSlot(0, .cp437), CodePageSlot(16, .cp1252), CodePageSlot(17, .cp866)]
    return profile
  }()
  static let all: [EscPosProfile] = [
    gbk, gb18030, cp858, mixed, chinese(.big5, columns: 42),
    western([CodePageSlot(0, .cp437), CodePageSlot(2, .cp850), CodePageSlot(18, .cp852), CodePageSlot(17, .cp866)]),
  ]
}

/// The paper that bytes make, fed in chunks.
func paper(_ bytes: [UInt8], profile: EscPosProfile, chunk: () -> Int) -> (text: String, tokens: [EscPosToken]) {
  var tokenizer = EscPosTokenizer(profile: profile)
  var tokens: [EscPosToken] = []
  var index = 0
  while index < bytes.count {
    let end = min(bytes.count, index + max(1, chunk()))
    tokens += tokenizer.feed(bytes[index..<end])
    index = end
  }
  var text = PaperText(profile: profile)
  text.append(tokens)
  return (text.result, tokens)
}

func hex(_ bytes: some Sequence<UInt8>) -> String {
  bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
}

/// FNV-1a, 64 bits: a fingerprint for golden bytes.
func fingerprint(_ bytes: [UInt8]) -> String {
  var hash: UInt64 = 0xCBF2_9CE4_8422_2325
  for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
  return String(hash, radix: 16)
}
