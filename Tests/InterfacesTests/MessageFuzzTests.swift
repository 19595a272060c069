import Interfaces
import JSON
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// Damaged messages: refused with an error, or read as something that can be written and read again. Never a trap.
@Suite struct MessageFuzzTests {
  /// Mutations per message; `COUNTERFOIL_FUZZ` multiplies them.
  static let rounds = 60 * (getenv("COUNTERFOIL_FUZZ").flatMap { Int(String(cString: $0)) } ?? 1)

  @Test(arguments: MessageSamples.all)
  func damageIsRefusedOrReadable(sample: MessageSample) throws {
    var random = SplitMix(state: UInt64(sample.full.count))
    var refused = 0
    for round in 0..<Self.rounds {
      var bytes = round & 1 == 0 ? sample.full : sample.least
      for _ in 0...random.below(3) { damage(&bytes, &random) }
      do {
        _ = try sample.roundTrip(bytes, round & 2 == 0)
      } catch is MessageError {
        refused += 1
      }
    }
    #expect(refused > 0)
  }

  private func damage(_ bytes: inout [UInt8], _ random: inout SplitMix) {
    let tokens = [
      "\"", ",", "{", "}", "[", "]", "null", "-", "1e9", "9007199254740992", "\\u0000", "\\ud800", ":", " ",
    ]
    let place = random.below(bytes.count + 1)
    switch random.below(5) {
    case 0 where place < bytes.count: bytes[place] = UInt8(truncatingIfNeeded: random.next())
    case 1 where place < bytes.count: bytes.remove(at: place)
    case 2: bytes.insert(contentsOf: tokens[random.below(tokens.count)].utf8, at: place)
    case 3: bytes.removeSubrange(place..<min(bytes.count, place + random.below(20)))
    default:
      let end = min(bytes.count, place + random.below(30))
      bytes.insert(contentsOf: bytes[place..<end], at: random.below(bytes.count + 1))
    }
  }
}

/// A small seeded generator, so that a failing case comes again.
struct SplitMix {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }

  mutating func below(_ bound: Int) -> Int {
    Int(next() % UInt64(max(bound, 1)))
  }
}
