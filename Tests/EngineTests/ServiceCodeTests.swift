import Engine
import Testing

/// Codes by which a technician asks for a slip, and how many slips there are.
@Suite struct ServiceCodeTests {
  private let second: UInt64 = 1_000_000_000

  @Test func onlyTheWholeCodeIsOne() {
    #expect(ServiceCode(scanned: Array("CF:STATUS".utf8)) == .status)
    #expect(ServiceCode(scanned: Array("CF:DOCTOR".utf8)) == .doctor)
    for wrong in [
      "", "CF:", "CF:STATU", "CF:STATUS ", "cf:status", "CF:STATUS\n", "CF1:STATUS", " CF:STATUS", "STATUS",
    ] {
      #expect(ServiceCode(scanned: Array(wrong.utf8)) == nil, "\(wrong)")
    }
  }

  @Test func whatBeginsSoIsNoGoods() {
    for own in ["CF:", "CF:STATUS", "CF:whatever", "CF:\u{0}"] { #expect(ServiceCode.isReserved(Array(own.utf8))) }
    // A receipt's code and all goods go to the application.
    for other in ["", "CF", "CF1:shop/till:1:2:ab", "cf:x", "6901234567892", "ACF:"] {
      #expect(!ServiceCode.isReserved(Array(other.utf8)), "\(other)")
    }
  }

  /// Whatever a scanner sends: only the two codes are known, and the log gets a short line of visible characters.
  @Test func anyBytes() {
    var state: UInt64 = 20_260_301
    func random() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state >> 33
    }
    let seeds = ServiceCode.allCases.map { Array($0.rawValue.utf8) }
    for _ in 0..<20_000 {
      var bytes = seeds[Int(random()) % seeds.count]
      for _ in 0..<Int(random() % 4) {
        switch random() % 3 {
        case 0: bytes.insert(UInt8(truncatingIfNeeded: random()), at: Int(random()) % (bytes.count + 1))
        case 1: if !bytes.isEmpty { bytes.remove(at: Int(random()) % bytes.count) }
        default: if !bytes.isEmpty { bytes[Int(random()) % bytes.count] = UInt8(truncatingIfNeeded: random()) }
        }
      }
      #expect((ServiceCode(scanned: bytes) != nil) == seeds.contains(bytes))
      if ServiceCode(scanned: bytes) != nil { #expect(ServiceCode.isReserved(bytes)) }
      let text = ServiceCode.text(of: bytes + bytes + bytes + bytes)
      #expect(text.utf8.count <= 35 && text.utf8.allSatisfy { (0x20...0x7E).contains($0) })
    }
  }

  /// A scanner that sends day and night is heard once.
  @Test func aStuckScannerIsHeardOnce() {
    var allowance = ServiceAllowance()
    var heard = 0
    let (here, there) = (ServiceAllowance.Source("a", .status), ServiceAllowance.Source("b", .status))
    for tick in 0..<UInt64(86_400) where allowance.hears(here, at: 1 + tick * second) { heard += 1 }
    #expect(heard == 1)
    let other = allowance.hears(there, at: 2)
    #expect(other, "each scanner by itself")
    let again = allowance.hears(here, at: 86_400 * second + ServiceAllowance.silence)
    #expect(again)
  }

  /// Another code is another wish, and one that nobody knows makes none be lost.
  @Test func eachCodeIsHeardByItself() {
    var allowance = ServiceAllowance()
    func hears(_ code: ServiceCode?, at tick: UInt64) -> Bool {
      allowance.hears(ServiceAllowance.Source("a", code), at: tick * second)
    }
    let first = [hears(.status, at: 1), hears(.doctor, at: 2), hears(nil, at: 2)]
    #expect(first == [true, true, true])
    let again = [hears(.status, at: 3), hears(nil, at: 4), hears(.doctor, at: 4)]
    #expect(again == [false, false, false])
    // Unknown ones all the while: the known one was silent for three seconds.
    let unknown = [hears(nil, at: 5), hears(.status, at: 6), hears(nil, at: 6), hears(.doctor, at: 7)]
    #expect(unknown == [false, true, false, true])
  }

  /// One that sends now and then empties no roll in a night.
  @Test func aPrinterHasItsShare() {
    var allowance = ServiceAllowance()
    var taken = 0
    for tick in 0..<UInt64(3 * 3_600) where allowance.take("a", at: 1 + tick * 4 * second) { taken += 1 }
    // Twelve hours: what it has at once, and one for each ten minutes.
    #expect((72...78).contains(taken), "\(taken)")
    var fresh = ServiceAllowance()
    var atOnce = 0
    for _ in 0..<20 where fresh.take("a", at: 5) { atOnce += 1 }
    #expect(atOnce == ServiceAllowance.burst)
    let other = fresh.take("b", at: 5)
    #expect(other)
  }

  /// A user who prints all they may takes nothing from others, nor from who stands before the box with a code; with very
  /// many users the paper is bounded all the same.
  @Test func nobodyUsesUpWhatIsAnothers() {
    var allowance = ServiceAllowance()
    func all(_ asker: ServiceAllowance.Asker, at now: UInt64) -> Int {
      (0..<20).count { _ in allowance.take("a", for: asker, at: now) }
    }
    #expect(all(.user(1000), at: 5) == ServiceAllowance.burst)
    #expect(all(.user(1001), at: 5) == ServiceAllowance.burst)
    #expect(all(.box, at: 5) == ServiceAllowance.burst)
    #expect(all(.user(1000), at: 5) == 0)
    let many = (2_000..<2_100).reduce(0) { $0 + all(.user($1), at: 6) }
    #expect(many == ServiceAllowance.burst * (ServiceAllowance.users - 2 + 1))
    // Who owes nothing any more is forgotten, and the next is counted for themselves again.
    let later = 7 + ServiceAllowance.refill * UInt64(ServiceAllowance.burst)
    #expect(all(.user(3_000), at: later) == ServiceAllowance.burst)
    #expect(all(.user(3_001), at: later) == ServiceAllowance.burst)
  }
}
