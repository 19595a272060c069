// libFuzzer target: the strict JSON parser. What it accepts, it must write so that it reads back as the same value, and
// skipping must accept exactly what parsing accepts.

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ pointer: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let input = Array(UnsafeBufferPointer(start: pointer, count: count))
  let value = try? JSON(parsing: input)
  let skipped = input.withUnsafeBytes { bytes -> Bool in
    do throws(JSONError) {
      var reader = JSONReader(bytes)
      try reader.skipValue()
      try reader.finish()
      return true
    } catch {
      return false
    }
  }
  precondition(skipped == (value != nil), "skipping and parsing disagree")
  if let value, let text = try? value.bytes() {
    let again = try? JSON(parsing: text)
    precondition(again == value, "a written value reads back as another")
    if let canonical = try? value.canonicalBytes() {
      let back = try? JSON(parsing: canonical)
      precondition((try? back?.canonicalBytes()) == canonical, "the canonical form is not stable")
    }
  }
  return 0
}
