import Document

// libFuzzer target: the tokenizer that reads printer bytes back. It must swallow anything, and what it says must not
// depend on how the bytes were cut into pieces.

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ pointer: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let input = Array(UnsafeBufferPointer(start: pointer, count: count))
  guard let cut = input.first.map(Int.init), input.count > 1 else { return 0 }
  let bytes = Array(input.dropFirst())
  var profile = EscPosProfile()
  profile.kanji = KanjiFont(cut & 1 == 0 ? .gbk : .gb18030)
  var whole = EscPosTokenizer(profile: profile)
  let atOnce = whole.feed(bytes)
  var split = EscPosTokenizer(profile: profile)
  let at = cut % (bytes.count + 1)
  let inPieces = split.feed(bytes[..<at]) + split.feed(bytes[at...])
  precondition(atOnce == inPieces, "the tokens depend on how the bytes arrived")
  return 0
}
