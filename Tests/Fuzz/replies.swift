// libFuzzer target: what a printer sends back. The replies must not depend on how the bytes were cut into pieces; only
// noise may come in one piece or several.

func joined(_ replies: [PrinterReply]) -> [PrinterReply] {
  replies.reduce(into: []) { result, reply in
    if case .noise(let more) = reply, case .noise(let earlier)? = result.last {
      result[result.count - 1] = .noise(earlier + more)
    } else {
      result.append(reply)
    }
  }
}

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ pointer: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let input = Array(UnsafeBufferPointer(start: pointer, count: count))
  guard let cut = input.first.map(Int.init), input.count > 1 else { return 0 }
  let bytes = Array(input.dropFirst())
  var whole = PrinterReplyParser()
  let atOnce = whole.feed(bytes)
  var split = PrinterReplyParser()
  let at = cut % (bytes.count + 1)
  let inPieces = split.feed(bytes[..<at]) + split.feed(bytes[at...])
  precondition(joined(atOnce) == joined(inPieces), "the replies depend on how the bytes arrived")
  return 0
}
