import Money
import Testing

@Suite struct RoundingTests {
  @Test func halfUpByMagnitude() throws {
    let table: [(Int64, Int64, Int64)] = [
      (5, 10, 1), (4, 10, 0), (-5, 10, -1), (-4, 10, 0), (15, 10, 2), (-15, 10, -2), (0, 7, 0), (7, 2, 4), (1, 3, 0),
      (2, 3, 1), (-2, 3, -1), (1, 2, 1), (3, 1, 3),
    ]
    for (numerator, denominator, expected) in table {
      #expect(try Rounding.halfUp(Int128(numerator), over: Int128(denominator)) == Int128(expected))
      #expect(try Rounding.multiply(Amount(numerator), by: 1, over: denominator) == Amount(expected))
    }
    #expect(throws: MoneyError.undefined) { try Rounding.halfUp(1, over: 0) }
    #expect(throws: MoneyError.undefined) { try Rounding.multiply(1, by: 1, over: -2) }
  }

  @Test func wideAndNarrowPathsAgree() throws {
    var random = SplitMix(seed: 11)
    for _ in 0..<2000 {
      let amount = Int64(truncatingIfNeeded: random.next()) >> Int64(11 + random.next() % 52)
      let factor = Int64(truncatingIfNeeded: random.next()) >> Int64(20 + random.next() % 40)
      let divisor = max(1, (Int64(truncatingIfNeeded: random.next()) >> Int64(20 + random.next() % 40)).magnitude)
      let wide = try Rounding.halfUp(Int128(amount) * Int128(factor), over: Int128(divisor))
      let result = Result { try Rounding.multiply(Amount(amount), by: factor, over: Int64(divisor)) }
      switch result {
      case .success(let value): #expect(Int128(value.minorUnits) == wide)
      case .failure: #expect(wide.magnitude > UInt128(Amount.largest))
      }
    }
  }

  @Test func swissTable() throws {
    let franc = try #require(Currency(code: "CHF"))
    for row in try Vectors.load().chf5Rappen {
      #expect(try CashRounding.round(Amount(row.minor), step: CashRounding.step(for: franc)) == Amount(row.cash))
      #expect(try CashRounding.round(Amount(-row.minor), step: 5) == Amount(-row.cash))
    }
  }

  @Test func changeTable() throws {
    for row in try Vectors.load().swedishChangeNearest5 {
      let due = try CashRounding.round(Amount(row.total), step: 5)
      #expect(try Amount(row.tendered) - due == Amount(row.change))
    }
  }

  @Test func exponentsOfISO4217() throws {
    for (code, exponent) in try Vectors.load().iso4217Exponents {
      let currency = try #require(Currency(code: code), "\(code)")
      #expect(currency.exponent == exponent, "\(code)")
      #expect(Currency(numericCode: currency.numericCode) == currency)
    }
    #expect(Currency(code: "CNY")?.numericCode == 156)
    #expect(Currency(code: "cny") == nil)
    #expect(Currency(numericCode: 1) == nil)
  }

  @Test func quantityTimesPrice() throws {
    #expect(try Quantity(thousandths: 358).times(1999) == 716)
    #expect(try Quantity(thousandths: -358).times(1999) == -716)
    #expect(try Quantity(thousandths: 250_000).times(1390, per: Quantity(thousandths: 100_000)) == 3475)
    #expect(try Quantity(thousandths: 1_000_000_000_000).times(1_000_000) == 1_000_000_000_000_000)
    #expect(throws: MoneyError.overflow) { try Quantity(thousandths: .max).times(Amount(.max)) }
    #expect(throws: MoneyError.undefined) { try Quantity.one.times(1, per: .zero) }
  }

  @Test func arithmeticRefusesInsteadOfWrapping() {
    let largest = Amount(Amount.largest)
    #expect(throws: MoneyError.overflow) { try largest + 1 }
    #expect(throws: MoneyError.overflow) { try Amount(-Amount.largest) - 1 }
    #expect(throws: MoneyError.overflow) { try Amount(.max) + Amount(.max) }
    #expect(throws: MoneyError.overflow) { try Amount(.min).negated() }
    #expect(throws: MoneyError.overflow) { try Amount(.max) - 1 }
    #expect(Amount(.min).magnitude == Amount(.max))
    #expect(throws: MoneyError.overflow) { try Amount.sum([largest, largest]) }
    #expect(throws: MoneyError.overflow) { try Quantity(thousandths: .max) + Quantity(thousandths: 1) }
  }

  @Test func fractionsAreExact() throws {
    let third = try Fraction(1, over: 3)
    #expect(try (third + third + third) == Fraction(1, over: 1))
    #expect(try (Fraction(1, over: 4) + Fraction(1, over: 4)).rounded() == 1)
    #expect(try Fraction(-1, over: 2).rounded() == -1)
    #expect(throws: MoneyError.self) { try Fraction(1, over: .max) + Fraction(1, over: .max - 1) }
    #expect(throws: MoneyError.undefined) { try Fraction(.min, over: 3) }
  }
}

/// Seeded generator.
struct SplitMix: RandomNumberGenerator {
  private var state: UInt64
  init(seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
