import Money

/// Spreading adjustments over lines.
enum Adjusting {
  /// Allocates in the given order; each later one sees what the earlier ones left. Changes the lines' results.
  static func allocate(_ adjustments: [Adjustment], over lines: inout [Line]) throws(Refusal) -> [Adjustment] {
    guard !adjustments.isEmpty else { return [] }
    var allocated: [Adjustment] = []
    allocated.reserveCapacity(adjustments.count)
    for adjustment in adjustments {
      var result = adjustment
      if let target = adjustment.target {
        guard let index = position(of: target, in: lines) else {
          throw .refused(.adjustment, text: "adjustment \(adjustment.id) names line \(target), which is not there")
        }
        guard !lines[index].isProvenReturn else {
          throw .refused(.adjustment, text: "line \(target) gives back what was paid; it takes no adjustment")
        }
        try apply(adjustment.amount, to: &lines[index], adjustment)
        result.allocations = [AllocatedAmount(line: target, amount: adjustment.amount)]
      } else {
        result.allocations = try spread(adjustment, over: &lines)
      }
      allocated.append(result)
    }
    return allocated
  }

  /// Weights are what revenue lines that go out still cost; deposits, stored value and returns take no part.
  private static func spread(_ adjustment: Adjustment, over lines: inout [Line]) throws(Refusal) -> [AllocatedAmount] {
    var weights: [Int64] = []
    weights.reserveCapacity(lines.count)
    for line in lines {
      let left = try money { () throws(MoneyError) in try line.result.amount + line.result.adjustment }
      weights.append(line.kind.isLiability ? 0 : max(0, left.minorUnits))
    }
    guard adjustment.amount.isZero || weights.contains(where: { $0 > 0 }) else {
      throw .refused(.adjustment, text: "adjustment \(adjustment.id) finds no line to change")
    }
    let shares = try money { () throws(MoneyError) in
      try Allocation.largestRemainder(adjustment.amount, weights: weights)
    }
    var result: [AllocatedAmount] = []
    for (index, share) in shares.enumerated() where !share.isZero {
      try apply(share, to: &lines[index], adjustment)
      result.append(AllocatedAmount(line: lines[index].id, amount: share))
    }
    return result
  }

  private static func apply(_ amount: Amount, to line: inout Line, _ adjustment: Adjustment) throws(Refusal) {
    let result = line.result
    let (changed, left) = try money { () throws(MoneyError) in
      let changed = try result.adjustment + amount
      return (changed, try result.amount + changed)
    }
    guard left.isZero || left.sign == result.amount.sign else {
      throw .refused(.adjustment, text: "adjustment \(adjustment.id) is larger than what line \(line.id) costs")
    }
    line.result.adjustment = changed
  }

  private static func position(of id: LineID, in lines: [Line]) -> Int? {
    var (low, high) = (0, lines.count)
    while low < high {
      let middle = (low + high) / 2
      if lines[middle].id < id { low = middle + 1 } else { high = middle }
    }
    return low < lines.count && lines[low].id == id ? low : nil
  }
}
