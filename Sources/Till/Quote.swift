import Money

extension Till {
  /// What lines and adjustments would cost, within the same limits as in a sale. Nothing is recorded, and nobody is
  /// asked for an approval.
  public func quote(lines inputs: [LineInput], adjustments: [Adjustment]) throws(Refusal) -> Priced {
    guard inputs.count <= Limits.lines else { throw .limitExceeded(.lines, maximum: Int64(Limits.lines)) }
    var size = 0
    for (index, input) in inputs.enumerated() {
      // An exchange takes what goes out and what comes back.
      _ = try LineRules.check(input, id: LineID(Int32(index + 1)), kind: .exchange, till: self)
      size += input.estimatedSize
    }
    try AdjustmentRules.check(adjustments, till: self)
    // What is spread over all lines is as large as their product.
    size += adjustments.reduce(0) { $0 + $1.estimatedSize(lines: inputs.count) }
    guard size <= Limits.openState else { throw .limitExceeded(.openState, maximum: Int64(Limits.openState)) }
    let priced = try Pricing.price(lines: inputs, adjustments: adjustments, rules: pricingRules())
    let volume = try money { () throws(MoneyError) in try Amount.sum(priced.lines.map(\.amount.magnitude)) }
    try checkLargest([volume, priced.totals.total])
    return priced
  }
}
