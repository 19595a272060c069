import JSON
import Money
import Records
import Testing
import Till

private func hash(_ bytes: [UInt8]) -> String {
  var value: UInt64 = 0xcbf2_9ce4_8422_2325
  for byte in bytes { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }
  return String(value, radix: 16)
}

private let stamp: Stamp = {
  var stamp = Stamp(
    at: 1_767_225_600_123, offsetMinutes: 480, timeTrusted: true,
    businessDay: BusinessDay(year: 2026, month: 1, day: 1)!, lane: "1", verifiedBy: .daemon)
  stamp.operator = "1001"
  return stamp
}()

private func line(_ number: Int32, name: String = "农夫山泉 550ml") -> Line {
  Line(
    id: LineID(number),
    input: LineInput(
      code: "6921168509256", name: name, taxCodes: ["V13"], quantity: Quantity(thousandths: 2000), unit: "瓶",
      listPrice: 200, unitPrice: 200, attributes: [Attribute(name: "lot", value: "A\"1")]),
    result: LineResult(
      amount: 400, adjustment: -10,
      taxes: [TaxResult(code: "V13", rate: TaxRate(millionths: 130_000), included: true, base: 345, amount: 45)]))
}

private func stub(lines: Int) -> StubSealed {
  StubSealed(
    stub: StubNumber(mode: .normal, value: 7), form: .sale, sale: "abc", revision: 4, kind: .sale, mode: .normal,
    currency: "CNY", taxRounding: .perLine, shift: "s1", openedAt: 5, lines: (1...Int32(lines)).map { line($0) },
    tenders: [Tender(id: TenderID(1), kind: .cash, state: .approved, asked: 390, approved: 400, change: 10)],
    totals: Totals(gross: 400, total: 390))
}

@Suite struct RecordCodecTests {
  @Test(arguments: [1, 40, 400])
  func stubsOfAnyLengthComeBackEqual(lines: Int) throws {
    let record = Record(stamp: stamp, fact: .stubSealed(stub(lines: lines)))
    let call = CallIdentity(key: "0123456789abcdef", method: "io.counterfoil.Sale.Ring", requestHash: "00", uid: 7)
    let entries = try RecordCodec.encode(record, call: call, hash: hash)
    #expect((entries.count > 1) == (lines > 100))
    for entry in entries {
      #expect(try JSON(parsing: entry.body).canonicalBytes() == entry.body)
      #expect(entry.body.count < 65_000)
    }
    let back = try RecordCodec.decode(entries.map(\.body), hash: hash)
    #expect(back.records == [record])
    #expect(back.call == call)
  }

  @Test func aChangedPartIsRefused() throws {
    let record = Record(stamp: stamp, fact: .stubSealed(stub(lines: 400)))
    var bodies = try RecordCodec.encode(record, hash: hash).map(\.body)
    let target = try #require(bodies[1].firstIndex(of: UInt8(ascii: "9")))
    bodies[1][target] = UInt8(ascii: "8")
    #expect(throws: RecordsError.self) { try RecordCodec.decode(bodies, hash: hash) }
    #expect(throws: RecordsError.self) {
      try RecordCodec.decode(Array(try RecordCodec.encode(record, hash: hash).map(\.body).dropLast()), hash: hash)
    }
  }

  @Test func aFactWithMembersNamedLikeTheStampsComesBackEqual() throws {
    let opened = ShiftOpened(shift: "s2", lane: "2", operator: "1002", opening: [])
    let record = Record(stamp: stamp, fact: .shiftOpened(opened))
    let back = try RecordCodec.decode(try RecordCodec.encode(record, hash: hash).map(\.body), hash: hash)
    #expect(back.records == [record])
  }

  @Test func everyKindHasAClass() {
    #expect(Set(KindTable.all.map(\.kind)) == Set(RecordKind.allCases))
    #expect(!KindTable.all.contains { $0.recordClass == 0 })
  }

  @Test func aStateWithALongSaleComesBackEqual() throws {
    var state = TillState()
    var sale = Sale(
      id: "abc", kind: .sale, mode: .normal, currency: "CNY", taxRounding: .perLine, lane: "1", shift: "s1",
      businessDay: BusinessDay(year: 2026, month: 1, day: 1)!, openedAt: 1, changedAt: 2)
    sale.lines = (1...500).map { line($0) }
    sale.operator = "1001"
    state.sales["abc"] = sale
    state.counters.nextStub = 9
    let till = Till(restoring: state)
    let entries = try RecordCodec.encode(state: till, hash: hash)
    #expect(entries.count > 3)
    #expect(try RecordCodec.decode(state: entries.map(\.body), hash: hash) == till)
  }

  @Test func mutatedEntriesAreRefusedOrReadNeverTrapped() throws {
    let record = Record(stamp: stamp, fact: .stubSealed(stub(lines: 3)))
    let body = try RecordCodec.encode(record, hash: hash)[0].body
    var random = SystemRandomNumberGenerator.seeded(1)
    for _ in 0..<2_000 {
      var bytes = body
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      _ = try? RecordCodec.decode([bytes], hash: hash)
    }
  }
}

struct SplitMix: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}

extension SystemRandomNumberGenerator {
  static func seeded(_ seed: UInt64) -> SplitMix { SplitMix(state: seed) }
}
