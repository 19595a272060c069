import JSON
import Testing

@Suite struct ReaderTests {
  @Test(arguments: ["9223372036854775808", "1e400", "-0", "-99999999999999999999.5", "0"])
  func numbersOfAnySizeAreForTheReaderOfTheValue(number: String) throws {
    let text = [UInt8](#"{"a":[\#(number)],"b":1e400}"#.utf8)
    let whole = try JSONReader.read(text) { reader throws(JSONError) in try reader.rawValueOfAnyNumbers() }
    #expect(whole == 0..<text.count)
    #expect(throws: JSONError(.notFinite, at: text.count - 6)) {
      try JSONReader.read(text) { reader throws(JSONError) in
        _ = try reader.beginObject()
        _ = try reader.nextKey()
        _ = try reader.rawValueOfAnyNumbers()
        _ = try reader.nextKey()
        try reader.skipValue()
      }
    }
    for wrong in ["01", "1e", "-", "1.", "+1"] {
      #expect(throws: JSONError.self) {
        try JSONReader.read([UInt8]("[\(wrong)]".utf8)) { reader throws(JSONError) in try reader.rawValueOfAnyNumbers()
        }
      }
    }
  }

  @Test func readsAnObjectWithoutATree() throws {
    let document = #" {"a":1 , "b\u0063" : "é\n", "list":[1,2,3],"t":true,"n":null,"skip":{"x":[{}]}, "f":1.5} "#
    try JSONReader.read([UInt8](document.utf8)) { (reader) throws(JSONError) in
      var keys: [String] = []
      var sum: Int64 = 0
      try reader.beginObject()
      while let key = try reader.nextKey() {
        keys.append(key.string)
        switch key {
        case "a": #expect(try reader.readInteger() == 1)
        case "bc": #expect(try reader.readString() == "é\n")
        case "list":
          try reader.beginArray()
          while try reader.nextElement() { sum += try reader.readInteger() }
        case "t": #expect(try reader.readBool())
        case "n": #expect(try reader.readNullIfPresent())
        case "f": #expect(try reader.readNumber() == 1.5)
        default:
          let range = try reader.rawValue()
          #expect(String(decoding: reader.bytes[range], as: UTF8.self) == #"{"x":[{}]}"#)
        }
      }
      try reader.finish()
      #expect(keys == ["a", "bc", "list", "t", "n", "skip", "f"])
      #expect(sum == 6)
    }
  }

  @Test(arguments: ["1250.0", "1.25e3", "1e0", "-0", "\"1\"", "true", "9223372036854775808", "-9223372036854775809"])
  func anIntegerIsOnlyAnInteger(_ text: String) {
    #expect(throws: JSONError.self) {
      try JSONReader.read([UInt8](text.utf8)) { (reader) throws(JSONError) in
        _ = try reader.readInteger()
        try reader.finish()
      }
    }
  }

  @Test func integersReachBothEnds() throws {
    for value in [Int64.min, .min + 1, -1, 0, 1, .max - 1, .max] {
      let read = try JSONReader.read([UInt8]("\(value)".utf8)) { (reader) throws(JSONError) in
        try reader.readInteger()
      }
      #expect(read == value)
    }
  }

  @Test func errorsSayWhereAndWhatToDo() {
    let error = #expect(throws: JSONError.self) { try JSON(parsing: #"{"a":1,"b":2,"a":3}"#) }
    #expect(error == JSONError(.duplicateKey("a"), at: 13))
    #expect(error?.description == "JSON, byte 13: key \"a\" stands twice in one object; send it once")
  }

  @Test func duplicatesAreFoundInLargeObjects() throws {
    let keys = (0..<500).map { "\"k\($0)\":\($0)" }
    let good = try JSON(parsing: "{" + keys.joined(separator: ",") + "}")
    #expect(good.object?.count == 500)
    #expect(good["k499"]?.integer == 499)
    for repeated in [0, 7, 15, 16, 17, 499] {
      let plain = "{" + (keys + ["\"\\u006b\(repeated)\":0"]).joined(separator: ",") + "}"
      let error = #expect(throws: JSONError.self) { try JSON(parsing: plain) }
      #expect(error?.kind == .duplicateKey("k\(repeated)"))
    }
  }

  @Test func composedAndDecomposedLettersAreDifferentKeys() throws {
    let tree = try JSON(parsing: "{\"\u{e9}\":1,\"e\u{301}\":2}")
    #expect(tree["\u{e9}"]?.integer == 1)
    #expect(tree["e\u{301}"]?.integer == 2)
    #expect(JSON.string("\u{e9}") != JSON.string("e\u{301}"))
  }

  @Test func theCallerLimitsTheSize() {
    let error = #expect(throws: JSONError.self) { try JSON(parsing: "[1,2]", maximumSize: 4) }
    #expect(error?.kind == .tooLarge(maximum: 4))
    #expect(throws: Never.self) { try JSON(parsing: "[1,2]", maximumSize: 5) }
  }
}

@Suite struct WriterTests {
  @Test func writesEveryKind() throws {
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("a")
    writer.integer(Int64.min)
    writer.key("b" as String)
    writer.beginArray()
    writer.bool(true)
    writer.null()
    try writer.number(1)
    writer.string("a\"\\/\u{8}\u{9}\n\u{c}\r\u{1}\u{1f}\u{7f}é\u{2028}")
    writer.string(literal: "plain")
    writer.raw([UInt8]("[]".utf8))
    writer.beginObject()
    writer.endObject()
    writer.integer(UInt64.max)
    writer.endArray()
    writer.endObject()
    let wanted =
      #"{"a":-9223372036854775808,"b":[true,null,1.0,"a\"\\/\b\t\n\f\r\u0001\u001f"#
      + "\u{7f}é\u{2028}" + #"","plain",[],{},18446744073709551615]}"#
    #expect(String(decoding: writer.bytes, as: UTF8.self) == wanted)
    writer.reset()
    writer.integer(0)
    #expect(writer.bytes == [0x30])
  }

  /// Texts of every length around what is looked at together, with a byte that needs an escape, or none, at every place.
  @Test func escapesAreFoundWhereverTheyStand() {
    let escapes: [(byte: UInt8, text: String)] = [(0x22, #"\""#), (0x5c, #"\\"#), (0x1f, #"\u001f"#), (0x20, " ")]
    for length in 1...70 {
      for place in 0..<length {
        for escape in escapes {
          var bytes = [UInt8](repeating: UInt8(ascii: "a"), count: length)
          bytes[place] = escape.byte
          var writer = JSONWriter()
          writer.string(String(decoding: bytes, as: UTF8.self))
          let plain = String(repeating: "a", count: place)
          let rest = String(repeating: "a", count: length - place - 1)
          #expect(String(decoding: writer.bytes, as: UTF8.self) == "\"\(plain)\(escape.text)\(rest)\"")
        }
      }
    }
  }

  @Test func canonicalFormHasOneSpelling() throws {
    let tree = try JSON(
      parsing: " { \"\u{10000}\":1, \"\u{ffff}\":2, \"b\":[ 1 , {\"z\":null,\"a\":\"\\u002f\\u00e9\"}],\"a\":0}")
    let bytes = try tree.canonicalBytes()
    #expect(
      String(decoding: bytes, as: UTF8.self)
        == "{\"a\":0,\"b\":[1,{\"a\":\"/é\",\"z\":null}],\"\u{ffff}\":2,\"\u{10000}\":1}")
    #expect(try JSON(parsing: bytes).canonicalBytes() == bytes)
  }

  @Test func canonicalFormRefusesWhatItCannotHold() {
    let edge: Int64 = 9_007_199_254_740_991
    #expect(throws: Never.self) { try JSON.integer(edge).canonicalBytes() }
    #expect(throws: Never.self) { try JSON.integer(-edge).canonicalBytes() }
    #expect(throws: JSONError(.integerNotExact(edge + 1), at: 0)) { try JSON.integer(edge + 1).canonicalBytes() }
    #expect(throws: JSONError(.integerNotExact(-edge - 1), at: 0)) { try JSON.integer(-edge - 1).canonicalBytes() }
    #expect(throws: JSONError(.fractionInCanonicalForm, at: 0)) { try JSON.number(1).canonicalBytes() }
    #expect(throws: JSONError(.duplicateKey("a"), at: 0)) { try (["a": 1, "a": 2] as JSON).canonicalBytes() }
    #expect(throws: JSONError(.notFinite, at: 0)) { try JSON.number(.infinity).bytes() }
  }
}
