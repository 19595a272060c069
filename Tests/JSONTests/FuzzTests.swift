import Foundation
import JSON
import Testing

/// SplitMix64: the same seed gives the same run everywhere.
struct SeededRandom: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var value = state
    value = (value ^ value >> 30) &* 0xbf58_476d_1ce4_e5b9
    value = (value ^ value >> 27) &* 0x94d0_49bb_1331_11eb
    return value ^ value >> 31
  }
}

@Suite struct FuzzTests {
  /// `JSON_FUZZ_ROUNDS` scales the run; the default takes well under a second in a debug build.
  static let rounds = ProcessInfo.processInfo.environment["JSON_FUZZ_ROUNDS"].flatMap { Int($0) } ?? 4000

  static let call = """
    {"method":"org.example.sale.Ring","parameters":{"idempotencyKey":"7f1c9f0e-5f0a-4d59","lane":"lane-03","lines":\
    [{"code":"04006381333931","name":"Marker \\"gelb\\" \\ud83d\\ude00","quantity":-2000,"unitPrice":149,"x":null},\
    {"name":"Äpfel 存根联","quantity":450,"ratio":1.5e-3}],"print":true,"open":false},"more":false}
    """

  @Test func mutatedDocumentsNeverBreakTheParser() throws {
    var random = SeededRandom(state: 1)
    let corpus = try ConformanceCase.all().map(\.document).filter { $0.count < 500 } + [[UInt8](Self.call.utf8)]
    var accepted = 0
    for round in 0..<Self.rounds {
      var document = corpus[round % corpus.count]
      for _ in 0..<Int.random(in: 1...4, using: &random) { mutate(&document, &random) }
      if try check(document) { accepted += 1 }
    }
    #expect(accepted > 0)
    #expect(accepted < Self.rounds)
  }

  /// Parse → write → parse is the identity, tree and reader agree.
  private func check(_ document: [UInt8]) throws -> Bool {
    let tree: JSON
    do {
      tree = try JSON(parsing: document)
    } catch {
      let reader: JSONError? = skipError(document)
      #expect(reader == error)
      return false
    }
    #expect(skipError(document) == nil)
    // What was checked ends where it ended before.
    #expect(skipError(document, isChecked: true) == nil, "\(document)")
    let written = try tree.bytes()
    #expect(try JSON(parsing: written) == tree, "\(document)")
    #expect(try JSON(parsing: written).bytes() == written)
    if let canonical = try? tree.canonicalBytes() {
      #expect(try JSON(parsing: canonical).canonicalBytes() == canonical)
    }
    return true
  }

  private func skipError(_ document: [UInt8], isChecked: Bool = false) -> JSONError? {
    do throws(JSONError) {
      try JSONReader.read(document, isChecked: isChecked) { (reader) throws(JSONError) in
        try reader.skipValue()
        try reader.finish()
      }
      return nil
    } catch {
      return error
    }
  }

  private func mutate(_ document: inout [UInt8], _ random: inout SeededRandom) {
    let telling = [UInt8](#"{}[],:"\/0123456789-+.eEtfnu "#.utf8) + [0, 0x0a, 0x1f, 0x7f, 0x80, 0xc3, 0xed, 0xf0, 0xff]
    let at = Int.random(in: 0...document.count, using: &random)
    switch Int.random(in: 0..<5, using: &random) {
    case 0: document.insert(telling.randomElement(using: &random) ?? 0, at: at)
    case 1: if at < document.count { document.remove(at: at) }
    case 2: if at < document.count { document[at] = telling.randomElement(using: &random) ?? 0 }
    case 3: if at < document.count { document[at] ^= 1 << UInt8.random(in: 0..<8, using: &random) }
    default:
      let end = Int.random(in: at...document.count, using: &random)
      document.insert(contentsOf: Array(document[at..<end]), at: Int.random(in: 0...document.count, using: &random))
    }
  }

  @Test func everyPrefixIsRefused() {
    let bytes = [UInt8](Self.call.utf8)
    #expect(throws: Never.self) { try JSON(parsing: bytes) }
    for length in 0..<bytes.count {
      #expect(throws: JSONError.self, "prefix of \(length) bytes") { try JSON(parsing: Array(bytes[..<length])) }
    }
  }

  @Test func randomTreesSurviveTheRoundTrip() throws {
    var random = SeededRandom(state: 2)
    for _ in 0..<Self.rounds / 10 {
      let tree = randomTree(&random, depth: 4)
      let bytes = try tree.bytes()
      #expect(try JSON(parsing: bytes) == tree)
      let skipped = try JSONReader.read([0x5b] + bytes + [0x2c, 0x37, 0x5d], isChecked: true) { reader in
        try reader.beginArray()
        guard try reader.nextElement() else { return false }
        try reader.skipValue()
        return try reader.nextElement() && reader.readInteger() == 7
      }
      #expect(skipped)
    }
  }

  private func randomTree(_ random: inout SeededRandom, depth: Int) -> JSON {
    switch Int.random(in: 0..<(depth > 0 ? 7 : 5), using: &random) {
    case 0: return .null
    case 1: return .bool(Bool.random(using: &random))
    case 2: return .integer(Int64(bitPattern: random.next() >> UInt64.random(in: 0..<64, using: &random)))
    case 3:
      let number = Double(bitPattern: random.next())
      return .number(number.isFinite ? number : 0.5)
    case 4: return .string(randomText(&random))
    case 5:
      return .array((0..<Int.random(in: 0...4, using: &random)).map { _ in randomTree(&random, depth: depth - 1) })
    default:
      let count = Int.random(in: 0...20, using: &random)
      return .object((0..<count).map { .init("\($0)" + randomText(&random), randomTree(&random, depth: depth - 1)) })
    }
  }

  private func randomText(_ random: inout SeededRandom) -> String {
    var text = String.UnicodeScalarView()
    for _ in 0..<Int.random(in: 0...12, using: &random) {
      let limit: UInt32 = [0x20, 0x80, 0x800, 0x10000, 0x110000].randomElement(using: &random) ?? 0x80
      if let scalar = Unicode.Scalar(UInt32.random(in: 0..<limit, using: &random)) { text.append(scalar) }
    }
    return String(text)
  }
}
