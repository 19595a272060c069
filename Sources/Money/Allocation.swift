/// Splitting an amount by weights so that the parts sum to it exactly.
public enum Allocation {
  /// Largest-remainder allocation: every part is rounded towards zero, the rest goes one minor unit at a time to the parts
  /// with the largest remainders, ties by index. Weights must not be negative and must have a positive sum, unless the
  /// amount is zero.
  public static func largestRemainder(_ amount: Amount, weights: [Int64]) throws(MoneyError) -> [Amount] {
    guard amount.isRepresentable else { throw .overflow }
    if amount.isZero { return Array(repeating: .zero, count: weights.count) }
    var sum: Int128 = 0
    for weight in weights {
      guard weight >= 0 else { throw .undefined }
      sum += Int128(weight)
    }
    guard sum > 0 else { throw .undefined }
    let size = Int128(amount.minorUnits).magnitude
    var parts: [Amount] = []
    parts.reserveCapacity(weights.count)
    var remainders: [(remainder: UInt128, index: Int)] = []
    remainders.reserveCapacity(weights.count)
    var given: UInt128 = 0
    for (index, weight) in weights.enumerated() {
      let (quotient, remainder) = (size * UInt128(weight)).quotientAndRemainder(dividingBy: sum.magnitude)
      given += quotient
      parts.append(Amount(Int64(truncatingIfNeeded: quotient)))
      if remainder > 0 { remainders.append((remainder, index)) }
    }
    var left = Int(truncatingIfNeeded: size - given)
    if left > 0 {
      remainders.sort { $0.remainder != $1.remainder ? $0.remainder > $1.remainder : $0.index < $1.index }
      for entry in remainders where left > 0 {
        parts[entry.index] = try parts[entry.index] + Amount(1)
        left -= 1
      }
    }
    if amount.sign < 0 {
      for index in parts.indices { parts[index] = try parts[index].negated() }
    }
    return parts
  }
}
