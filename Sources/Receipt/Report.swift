import Document
import Money
import Till

/// What all slips of reports and of the till's own affairs have in common.
public struct SlipFrame: Sendable {
  public var stamp: Stamp
  /// The configuration of the day of the stamp.
  public var configuration: TillConfiguration
  /// Shop and till.
  public var origin: String
  /// Civil time of the stamp.
  public var localTime: String
  /// The ordinal when the slip may be a second copy; nil: unmarked.
  public var reprint: Int?

  public init(
    stamp: Stamp, configuration: TillConfiguration, origin: String, localTime: String, reprint: Int? = nil
  ) {
    self.stamp = stamp
    self.configuration = configuration
    self.origin = origin
    self.localTime = localTime
    self.reprint = reprint
  }
}

extension Receipt {
  /// The Z slip.
  public static func render(_ day: DayClosed, currency: Currency?, in frame: SlipFrame) -> Document {
    let slip = Slip(frame.configuration, currency: currency, code: currency?.code ?? "")
    let words = slip.words
    var elements = slip.reportTitle("\(words.dayReport) \(day.number)", frame)
    elements += slip.report(day.totals)
    elements.append(.total(words.grand, slip.money(day.grand.total)))
    elements += slip.held(day.held)
    for sale in day.carried { elements.append(.text("\(words.carriedSales) \(sale)")) }
    elements += slip.unresolved(day.unresolved)
    elements.append(
      .text("\(frame.origin) \(day.first)-\(day.last) \(day.head.prefix(16))", alignment: .center))
    return slip.finished("Z \(day.number)", elements, frame)
  }

  /// The X slip: the running totals of a day, or of a shift. It closes nothing and has no number. What should be in the
  /// drawer is not on it: counting is blind.
  public static func render(
    interim totals: SalesTotals, shift: ShiftReport? = nil, held: Tally? = nil, currency: Currency?, in frame: SlipFrame
  ) -> Document {
    let slip = Slip(frame.configuration, currency: currency, code: currency?.code ?? "")
    var elements = slip.reportTitle(slip.words.interimReport, frame)
    if let shift {
      elements += slip.shiftHead(shift.shift, lane: shift.lane, operator: shift.operator)
      elements.append(.rule(.single))
    }
    elements += slip.report(totals) + slip.held(held)
    if let shift {
      elements += slip.movements(cashIn: shift.cashIn, cashOut: shift.cashOut, toSafe: shift.cashToSafe)
    }
    elements.append(.text(frame.origin, alignment: .center))
    return slip.finished("X", elements, frame)
  }

  /// The slip of a closed shift: its sums, then what was counted against what should have been there.
  public static func render(_ shift: ShiftClosed, currency: Currency?, in frame: SlipFrame) -> Document {
    let slip = Slip(frame.configuration, currency: currency, code: currency?.code ?? "")
    let words = slip.words
    var elements = slip.reportTitle(words.shiftReport, frame)
    elements += slip.shiftHead(shift.shift, lane: frame.stamp.lane ?? "-", operator: shift.operator)
    elements.append(.rule(.single))
    elements += slip.report(shift.totals)
    elements.append(.rule(.single))
    for opening in shift.opening {
      elements.append(.total("\(words.opening) \(slip.name(opening.key))", slip.money(opening)))
    }
    elements += slip.movements(cashIn: shift.cashIn, cashOut: shift.cashOut, toSafe: shift.cashToSafe)
    let others = shift.expected.filter { expected in !shift.counts.contains { $0.key == expected.key } }
    for count in shift.counts + others.map({ Count(key: $0.key, amount: .zero) }) {
      let wasCounted = shift.counts.contains { $0.key == count.key }
      let expected = shift.expected.first { $0.key == count.key }
      elements.append(.text(slip.name(count.key), style: .bold))
      if wasCounted { elements.append(.total("  \(words.counted)", slip.money(count))) }
      if let expected { elements.append(.total("  \(words.expected)", slip.money(expected))) }
      if let difference = shift.differences.first(where: { $0.key == count.key }) {
        elements.append(.total("  \(words.difference)", slip.money(difference), style: .bold))
      }
    }
    for left in shift.leave { elements.append(.total("\(words.left) \(slip.name(left.key))", slip.money(left))) }
    elements += slip.held(shift.held)
    for sale in shift.carried { elements.append(.text("\(words.carriedSales) \(sale)")) }
    elements += slip.unresolved(shift.unresolved)
    elements += slip.signature()
    elements.append(.text(frame.origin, alignment: .center))
    return slip.finished("Shift \(shift.shift)", elements, frame)
  }

  /// The slip of cash that went in, out or to the safe; somebody signs it.
  public static func render(_ moved: CashMoved, currency: Currency?, in frame: SlipFrame) -> Document {
    let slip = Slip(frame.configuration, currency: currency, code: currency?.code ?? "")
    let words = slip.words
    let title =
      switch moved.direction {
      case .in: words.cashIn
      case .out: words.cashOut
      case .toSafe: words.cashToSafe
      }
    var elements = slip.reportTitle(title, frame)
    elements += slip.shiftHead(moved.shift, lane: frame.stamp.lane ?? "-", operator: frame.stamp.operator)
    elements.append(.total(slip.label(words.amount), slip.money(moved.amount), style: [.bold, .doubleHeight]))
    elements.append(.text("\(words.reason) \(moved.reason)"))
    elements += slip.signature()
    elements.append(.text(frame.origin, alignment: .center))
    return slip.finished("Cash \(moved.shift)", elements, frame)
  }
}

extension Slip {
  func reportTitle(_ title: String, _ frame: SlipFrame) -> [Element] {
    var elements = heading(frame.configuration) + copyMark(frame.reprint)
    elements += [
      .text(title, style: .large, alignment: .center),
      .text("\(words.businessDay) \(frame.stamp.businessDay)", alignment: .center),
      .text(frame.localTime, alignment: .center),
    ]
    if !frame.stamp.timeTrusted { elements.append(.text(words.doubtfulTime, alignment: .center)) }
    elements.append(.rule(.single))
    return elements
  }

  /// The mark of a second copy stands first and last, so that neither half can be torn off.
  func copyMark(_ reprint: Int?) -> [Element] {
    guard let reprint else { return [] }
    return [.text("*** \(words.reprint) \(reprint) ***", style: [.bold, .doubleHeight], alignment: .center)]
  }

  func finished(_ title: String, _ elements: [Element], _ frame: SlipFrame) -> Document {
    Document(
      title: title, language: language, copy: frame.reprint.map { .reprint($0) } ?? .original,
      elements: elements + copyMark(frame.reprint) + [.cut(.partial)])
  }

  func shiftHead(_ shift: String, lane: String, operator name: String?) -> [Element] {
    [.total("\(words.shift) \(shift)", "\(words.lane) \(lane)"), .text("\(words.operatorName) \(name ?? "-")")]
  }

  func movements(cashIn: Amount, cashOut: Amount, toSafe: Amount) -> [Element] {
    [(words.cashIn, cashIn), (words.cashOut, cashOut), (words.cashToSafe, toSafe)].filter { !$0.1.isZero }
      .map { .total($0.0, money($0.1)) }
  }

  /// What is in no sum: no stub stands for it.
  func held(_ held: Tally?) -> [Element] {
    held.map { [.total("\(words.heldSales) × \($0.count)", money($0.amount))] } ?? []
  }

  func unresolved(_ tenders: [UnresolvedTender]) -> [Element] {
    tenders.map { tender in
      let what =
        switch tender.test {
        case .final: words.unconfirmed
        case .contrary: words.disputed
        case .agrees, nil: words.unresolved
        }
      return .total("\(what) \(tender.sale)", money(tender.asked))
    }
  }

  func signature() -> [Element] { [.feed(lines: 1), .text("\(words.signature) ____________________")] }

  /// What a count is of: the tender kind, and its currency when that is foreign.
  func name(_ key: TenderKey) -> String {
    [name(key.kind, key.provider), key.currency].compactMap { $0 }.joined(separator: " ")
  }

  /// A count in its own currency.
  func money(_ count: Count) -> String {
    guard let code = count.key.currency else { return money(count.amount) }
    return Currency(code: code)?.text(count.amount) ?? count.amount.description
  }

  /// Sums of sales, taxes and tenders. What is not indented adds up to the total, and so does what is indented below it;
  /// adjustments are in all of these already and stand apart.
  func report(_ totals: SalesTotals) -> [Element] {
    var elements: [Element] = [
      .total("\(words.sales) × \(totals.sales.count)", money(totals.sales.amount)),
      .total("\(words.refunds) × \(totals.refunds.count)", money(totals.refunds.amount)),
    ]
    // By how much the new bills come to more or less than those that they replace.
    if let corrected = totals.corrections {
      elements.append(.total("\(words.corrections) × \(corrected.count)", money(corrected.amount)))
    }
    elements += [
      .total(label(words.total), money(totals.total), style: .bold), .total("  \(words.net)", money(totals.net)),
    ]
    for tax in totals.taxes {
      elements.append(.total("  \(words.tax) \(tax.code) \(rate(tax.rate))", money(tax.amount)))
    }
    if !totals.liabilities.isZero { elements.append(.total("  \(words.liabilities)", money(totals.liabilities))) }
    elements += [.total(words.discountsGiven, money(totals.adjustments)), .rule(.single)]
    for tender in totals.tenders {
      elements.append(.total("\(name(tender.key.kind, tender.key.provider)) × \(tender.count)", money(tender.amount)))
    }
    for (label, amount) in [
      (words.rounding, totals.cashRounding), (words.tip, totals.tips), (words.surcharge, totals.surcharges),
      (words.cashback, totals.cashback),
    ]
    where !amount.isZero { elements.append(.total(label, money(amount))) }
    if let corrected = totals.correctedTenders {
      elements.append(.total("\(words.correctedTenders) × \(corrected.count)", money(corrected.amount)))
    }
    let voids = totals.voidsBeforeTotal.count + totals.voidsAfterTotal.count
    elements += [.rule(.single), .total("\(words.voids) / \(words.noSales)", "\(voids) / \(totals.noSales)")]
    for (label, count) in [(words.removedLines, totals.removedLines), (words.overrides, totals.overrides)]
    where count != 0 { elements.append(.total(label, String(count))) }
    if totals.reversedTenders.count != 0 {
      let reversed = totals.reversedTenders
      elements.append(.total("\(words.reversedTenders) × \(reversed.count)", money(reversed.amount)))
    }
    if let first = totals.firstStub, let last = totals.lastStub {
      elements.append(.total(words.stubs, "\(first) - \(last)"))
    }
    return elements
  }
}
