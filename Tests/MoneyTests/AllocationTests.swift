import Money
import Testing

@Suite struct AllocationTests {
  @Test func tiesGoToTheFirst() throws {
    #expect(try Allocation.largestRemainder(10, weights: [1, 1, 1]) == [4, 3, 3])
    #expect(try Allocation.largestRemainder(11, weights: [1, 1, 1]) == [4, 4, 3])
    #expect(try Allocation.largestRemainder(-10, weights: [1, 1, 1]) == [-4, -3, -3])
    #expect(try Allocation.largestRemainder(100, weights: [0, 1, 2]) == [0, 33, 67])
    #expect(try Allocation.largestRemainder(0, weights: [0, 0]) == [0, 0])
  }

  @Test func badWeightsAreRefused() {
    #expect(throws: MoneyError.undefined) { try Allocation.largestRemainder(1, weights: []) }
    #expect(throws: MoneyError.undefined) { try Allocation.largestRemainder(1, weights: [0]) }
    #expect(throws: MoneyError.undefined) { try Allocation.largestRemainder(1, weights: [2, -1]) }
    #expect(throws: MoneyError.overflow) { try Allocation.largestRemainder(Amount(.min), weights: [1]) }
  }

  @Test func partsSumAndLieWithinOneUnit() throws {
    var random = SplitMix(seed: 5)
    for _ in 0..<500 {
      let amount = Amount(Int64.random(in: -1_000_000...1_000_000, using: &random))
      let weights = (0..<Int.random(in: 1...20, using: &random)).map { _ in Int64.random(in: 0...9999, using: &random) }
      let sum = weights.reduce(0, +)
      if sum == 0 { continue }
      let parts = try Allocation.largestRemainder(amount, weights: weights)
      #expect(try Amount.sum(parts) == amount)
      for (part, weight) in zip(parts, weights) {
        let off = Int128(part.minorUnits) * Int128(sum) - Int128(amount.minorUnits) * Int128(weight)
        #expect(off.magnitude < UInt128(sum))
      }
    }
  }
}

@Suite struct AmountTextTests {
  let yuan = Currency(code: "CNY")
  let yen = Currency(code: "JPY")
  let dinar = Currency(code: "KWD")

  @Test func written() throws {
    let yuan = try #require(yuan)
    #expect(yuan.text(1250) == "12.50")
    #expect(yuan.text(-5) == "-0.05")
    #expect(yuan.text(0) == "0.00")
    #expect(try #require(yen).text(1250) == "1250")
    #expect(try #require(dinar).text(12) == "0.012")
    #expect(yuan.text(Amount(.min)) == "-92233720368547758.08")
  }

  @Test func read() throws {
    let yuan = try #require(yuan)
    let good: [(String, Int64)] = [("12.50", 1250), ("12.5", 1250), ("12", 1200), ("0.05", 5), ("007", 700)]
    for (text, minor) in good { #expect(try yuan.amount(text) == Amount(minor), "\(text)") }
    for text in ["", ".", "12.", ".5", "1.234", "-1", "+1", "1,000", "1e3", " 1", "1 ", "１", "1.2.3", "0x10"] {
      #expect(throws: MoneyError.malformed, "\(text)") { try yuan.amount(text) }
    }
    #expect(throws: MoneyError.malformed) { try #require(yen).amount("1.0") }
    #expect(throws: MoneyError.overflow) { try yuan.amount("99999999999999999999999") }
    #expect(throws: MoneyError.overflow) { try yuan.amount("90071992547409.92") }
    #expect(try yuan.amount("90071992547409.91") == Amount(Amount.largest))
  }

  @Test func textsComeBack() throws {
    var random = SplitMix(seed: 3)
    for code in ["CNY", "JPY", "KWD", "CLF"] {
      let currency = try #require(Currency(code: code))
      for _ in 0..<200 {
        let amount = Amount(Int64.random(in: 0...Amount.largest, using: &random) >> Int64(random.next() % 50))
        #expect(try currency.amount(currency.text(amount)) == amount)
      }
    }
  }
}
