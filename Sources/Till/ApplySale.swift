import Money

extension Till {
  /// Changes a sale in place and sets its revision, which goes up by at most one.
  mutating func change(
    _ id: String, _ revision: Int64, _ stamp: Stamp, _ body: (inout Sale) throws(ApplyError) -> Void
  ) throws(ApplyError) {
    guard let index = sales.index(forKey: id) else { throw .reason("sale \(id) is not open") }
    let current = sales.values[index].revision
    guard revision == current || revision == current &+ 1 else {
      throw .reason("revision \(revision) does not follow \(current)")
    }
    sales.values[index].revision = revision
    sales.values[index].changedAt = stamp.at
    try body(&sales.values[index])
  }

  mutating func applySaleOpened(_ opened: SaleOpened, _ stamp: Stamp) throws(ApplyError) {
    guard sales[opened.sale] == nil else { throw .reason("sale \(opened.sale) is open") }
    guard let lane = stamp.lane else { throw .reason("a sale needs a lane") }
    sales[opened.sale] = Sale(opened, stamp, lane: lane)
    use(opened.approval)
  }

  mutating func applyLinesAdded(_ added: LinesAdded, _ stamp: Stamp) throws(ApplyError) {
    try change(added.sale, added.revision, stamp) { (sale) throws(ApplyError) in
      for line in added.lines {
        guard line.id.number >= sale.nextLine, line.id.number < .max else {
          throw .reason("line \(line.id) was there before")
        }
        sale.nextLine = line.id.number + 1
        try sale.count(line)
      }
      sale.lines += added.lines
      if let adjustments = added.adjustments { sale.adjustments = adjustments }
      sale.totals = added.totals
    }
    use(added.approval)
  }

  mutating func applyLineChanged(_ changed: LineChanged, _ stamp: Stamp) throws(ApplyError) {
    try change(changed.sale, changed.revision, stamp) { (sale) throws(ApplyError) in
      guard let index = sale.index(of: changed.line.id) else {
        throw .reason("line \(changed.line.id) is not there")
      }
      try sale.uncount(sale.lines[index])
      try sale.count(changed.line)
      sale.lines[index] = changed.line
      if let adjustments = changed.adjustments { sale.adjustments = adjustments }
      sale.totals = changed.totals
    }
    use(changed.approval)
  }

  mutating func applyLineRemoved(_ removed: LineRemoved, _ stamp: Stamp) throws(ApplyError) {
    try change(removed.sale, removed.revision, stamp) { (sale) throws(ApplyError) in
      guard let index = sale.index(of: removed.line) else { throw .reason("line \(removed.line) is not there") }
      try sale.uncount(sale.lines.remove(at: index))
      sale.removedLines &+= 1
      if let adjustments = removed.adjustments { sale.adjustments = adjustments }
      sale.totals = removed.totals
    }
    use(removed.approval)
  }

  mutating func applyAdjustmentsSet(_ set: AdjustmentsSet, _ stamp: Stamp) throws(ApplyError) {
    try change(set.sale, set.revision, stamp) { (sale) throws(ApplyError) in
      try sale.take(set.lines)
      sale.adjustments = set.adjustments
      sale.totals = set.totals
    }
    use(set.approval)
  }

  mutating func applyParked(_ parked: SaleParked, _ stamp: Stamp) throws(ApplyError) {
    try change(parked.sale, parked.revision, stamp) { sale in
      sale.parked = true
      if let label = parked.label { sale.label = label }
    }
  }

  mutating func applyUnparked(_ unparked: SaleUnparked, _ stamp: Stamp) throws(ApplyError) {
    try change(unparked.sale, unparked.revision, stamp) { sale in
      (sale.parked, sale.recovered) = (false, false)
      (sale.lane, sale.shift) = (unparked.lane, unparked.shift)
    }
  }

  mutating func applyTotaled(_ totaled: SaleTotaled, _ stamp: Stamp) throws(ApplyError) {
    try change(totaled.sale, totaled.revision, stamp) { (sale) throws(ApplyError) in
      guard sale.state == .open else { throw .reason("the sale is \(sale.state.rawValue)") }
      try sale.take(totaled.lines)
      if let adjustments = totaled.adjustments { sale.adjustments = adjustments }
      sale.totals = totaled.totals
      sale.state = .tendering
    }
  }

  mutating func applyReopened(_ reopened: SaleReopened, _ stamp: Stamp) throws(ApplyError) {
    try change(reopened.sale, reopened.revision, stamp) { (sale) throws(ApplyError) in
      guard sale.state == .tendering else { throw .reason("the sale is \(sale.state.rawValue)") }
      sale.state = .open
    }
  }

  /// A sale voided before total is gone; after total its stub follows.
  mutating func applyVoided(_ voided: SaleVoided, _ stamp: Stamp) throws(ApplyError) {
    try change(voided.sale, voided.revision, stamp) { sale in sale.state = .voided }
    use(voided.approval)
    guard voided.stub == nil, let sale = finish(voided.sale) else { return }
    guard sale.mode == .normal else { return }
    try countFinished(sale) { (totals) throws(MoneyError) in
      try totals.voidsBeforeTotal.add(sale.totals.total)
      totals.removedLines &+= sale.removedLines
    }
  }

  /// Changes the sums of the day and of the shift that the sale ends in.
  mutating func countFinished(
    _ sale: Sale, _ body: (inout SalesTotals) throws(MoneyError) -> Void
  ) throws(ApplyError) {
    try recorded { () throws(MoneyError) in
      try body(&day)
      let shift = finishingShift(sale)
      if let index = shifts.index(forKey: shift) { try body(&shifts.values[index].totals) }
    }
  }

  mutating func applyApproval(_ approval: Approval, _ stamp: Stamp) {
    for old in approvals.values where old.expires < stamp.at { approvals[old.id] = nil }
    approvals[approval.id] = approval
  }
}

extension Sale {
  /// Adds a line to the sums that limits look at.
  mutating func count(_ line: Line) throws(ApplyError) {
    linesSize += line.estimatedSize
    linesVolume = try recorded { () throws(MoneyError) in try linesVolume + line.result.amount.magnitude }
  }

  mutating func uncount(_ line: Line) throws(ApplyError) {
    linesSize -= line.estimatedSize
    linesVolume = try recorded { () throws(MoneyError) in try linesVolume - line.result.amount.magnitude }
  }

  /// Computes these sums anew; for a sale read from a STATE.
  mutating func recount() {
    (linesSize, linesVolume) = (0, .zero)
    for line in lines {
      linesSize += line.estimatedSize
      linesVolume = (try? linesVolume + line.result.amount.magnitude) ?? Amount(Amount.largest)
    }
  }

  /// Takes changed results over.
  mutating func take(_ outcomes: [LineOutcome]) throws(ApplyError) {
    for outcome in outcomes {
      guard let index = index(of: outcome.line) else { throw .reason("line \(outcome.line) is not there") }
      try uncount(lines[index])
      lines[index].result = outcome.result
      try count(lines[index])
    }
  }
}
