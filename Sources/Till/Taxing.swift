import Money

/// Taxes of lines whose amounts and adjustments are known.
///
/// The exact tax of a line is amount × rate / (1 + Σ included rates) when included and net × rate when added. Included
/// tax is what remains of the gross when the net is rounded half up, so the gross never changes; added tax is rounded
/// half up. `perTotal` and `perSale` round the exact sum once and give the difference to the lines, one minor unit each,
/// to those whose own rounding was farthest off; ties by line. Proven returns keep what their stub says.
enum Taxing {
  /// One tax of one line before the common rounding.
  private struct Share {
    let line: Int
    let tax: Int
    let group: Int
    /// exact − rounded = `off` / `denominator`.
    let off: Int64
    let denominator: Int64
  }

  /// What is rounded together.
  private struct Group {
    var rounded = Amount.zero
    var gross = Amount.zero
    /// Exact sums by denominator.
    var sums: [(denominator: Int64, numerator: Int128)] = []

    mutating func add(_ numerator: Int128, over denominator: Int64) {
      if let index = sums.firstIndex(where: { $0.denominator == denominator }) {
        sums[index].numerator += numerator
      } else {
        sums.append((denominator, numerator))
      }
    }

    func exact() throws(MoneyError) -> Fraction {
      var total = Fraction.zero
      for sum in sums { total = try total + Fraction(sum.numerator, over: Int128(sum.denominator)) }
      return total
    }
  }

  static func tax(_ lines: inout [Line], rules: PricingRules) throws(Refusal) {
    for index in lines.indices where !lines[index].isProvenReturn {
      try start(&lines[index], rules: rules)
    }
    // Included taxes first: what they leave is the base of the added ones.
    try round(&lines, included: true, rules: rules)
    try money { () throws(MoneyError) in
      for index in lines.indices where !lines[index].isProvenReturn && !lines[index].result.taxes.isEmpty {
        try setBase(&lines[index].result)
      }
    }
    try round(&lines, included: false, rules: rules)
  }

  /// Writes the line's taxes with rate and zero amounts.
  private static func start(_ line: inout Line, rules: PricingRules) throws(Refusal) {
    let codes = line.taxCodes
    if codes.isEmpty {
      if !line.result.taxes.isEmpty { line.result.taxes = [] }
      return
    }
    var taxes: [TaxResult] = []
    taxes.reserveCapacity(codes.count)
    for code in codes {
      guard let rule = rules.taxes.first(where: { $0.code == code }) else {
        throw .refused(.tax, text: "tax code \(code) is not in the tax table")
      }
      taxes.append(
        TaxResult(code: code, rate: rule.rate, included: rule.included, base: .zero, amount: .zero))
    }
    line.result.taxes = taxes
  }

  private static func setBase(_ result: inout LineResult) throws(MoneyError) {
    var base = try result.amount + result.adjustment
    for tax in result.taxes where tax.included { try base -= tax.amount }
    for index in result.taxes.indices { result.taxes[index].base = base }
  }

  private static func round(_ lines: inout [Line], included: Bool, rules: PricingRules) throws(Refusal) {
    var groups: [Group] = []
    var groupOf: [String: Int] = [:]
    var shares: [Share] = []
    try money { () throws(MoneyError) in
      for index in lines.indices where !lines[index].isProvenReturn {
        for (position, tax) in lines[index].result.taxes.enumerated() where tax.included == included {
          let (gross, numerator, denominator) = try exact(lines[index].result, tax)
          let rounded = try roundOne(numerator, over: denominator, gross: gross, included: included)
          lines[index].result.taxes[position].amount = rounded
          if rules.taxRounding == .perLine { continue }
          let key = rules.taxRounding == .perTotal ? tax.code : ""
          let group = groupOf[key] ?? groups.count
          if group == groups.count {
            groupOf[key] = group
            groups.append(Group())
          }
          let isFirst = lines[index].result.taxes[..<position].allSatisfy { $0.included != included }
          if rules.taxRounding == .perTotal || isFirst { try groups[group].gross += gross }
          try groups[group].rounded += rounded
          groups[group].add(numerator, over: denominator)
          let off = numerator - Int128(rounded.minorUnits) * Int128(denominator)
          shares.append(
            Share(
              line: index, tax: position, group: group, off: Int64(truncatingIfNeeded: off), denominator: denominator))
        }
      }
      for (group, sums) in groups.enumerated() {
        try correct(&lines, shares: shares.filter { $0.group == group }, sums, included: included)
      }
    }
  }

  /// The exact tax as numerator over denominator, and what it is taken from.
  private static func exact(
    _ result: LineResult, _ tax: TaxResult
  ) throws(MoneyError) -> (gross: Amount, numerator: Int128, denominator: Int64) {
    guard tax.included else {
      return (tax.base, Int128(tax.base.minorUnits) * Int128(tax.rate.millionths), TaxRate.whole)
    }
    let gross = try result.amount + result.adjustment
    var denominator = TaxRate.whole
    for other in result.taxes where other.included { denominator += other.rate.millionths }
    return (gross, Int128(gross.minorUnits) * Int128(tax.rate.millionths), denominator)
  }

  /// Included: the gross less its rounded net. Added: rounded half up.
  private static func roundOne(
    _ numerator: Int128, over denominator: Int64, gross: Amount, included: Bool
  ) throws(MoneyError) -> Amount {
    let divisor = Int128(denominator)
    guard included else { return try Rounding.amount(try Rounding.halfUp(numerator, over: divisor)) }
    let net = try Rounding.halfUp(Int128(gross.minorUnits) * divisor - numerator, over: divisor)
    return try gross - Rounding.amount(net)
  }

  private static func roundExact(_ exact: Fraction, gross: Amount, included: Bool) throws(MoneyError) -> Amount {
    guard included else { return try exact.rounded() }
    let net = try Fraction(Int128(gross.minorUnits), over: 1) + Fraction(-exact.numerator, over: exact.denominator)
    return try gross - net.rounded()
  }

  /// Brings the lines' taxes to the sum that is rounded once.
  private static func correct(
    _ lines: inout [Line], shares: [Share], _ sums: Group, included: Bool
  ) throws(MoneyError) {
    let target = try roundExact(try sums.exact(), gross: sums.gross, included: included)
    let difference = try target - sums.rounded
    guard !difference.isZero else { return }
    let unit = difference.sign
    let ordered = shares.sorted { left, right in
      // off/denominator of both fits: |off| ≤ denominator ≤ 5 × 10⁷.
      let (a, b) = (left.off * right.denominator * unit, right.off * left.denominator * unit)
      return a != b ? a > b : (left.line, left.tax) < (right.line, right.tax)
    }
    var left = difference.magnitude.minorUnits
    for share in ordered where left > 0 {
      try lines[share.line].result.taxes[share.tax].amount += Amount(unit)
      left -= 1
    }
  }
}
