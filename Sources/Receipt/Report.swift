import Document
import Money
import Till

extension Receipt {
  /// The Z slip.
  public static func render(
    _ day: DayClosed, stamp: Stamp, configuration: TillConfiguration, currency: Currency?, origin: String,
    localTime: String
  ) -> Document {
    let slip = Slip(configuration, currency: currency, code: currency?.code ?? "")
    let words = slip.words
    var elements = slip.heading(configuration)
    elements += slip.reportTitle("\(words.dayReport) \(day.number)", stamp, localTime)
    elements += slip.report(day.totals)
    elements.append(.total(words.grand, slip.money(day.grand.total)))
    for sale in day.carried { elements.append(.text("\(words.carriedSales) \(sale)")) }
    for tender in day.unresolved {
      elements.append(.total("\(words.unresolved) \(tender.sale)", slip.money(tender.asked)))
    }
    elements.append(.text("\(origin) \(day.first)-\(day.last) \(day.head.prefix(16))", alignment: .center))
    elements.append(.cut(.partial))
    return Document(title: "Z \(day.number)", language: slip.language, elements: elements)
  }

  /// The X slip: the running totals of a day or shift. It closes nothing and has no number.
  public static func render(
    interim totals: SalesTotals, stamp: Stamp, configuration: TillConfiguration, currency: Currency?, origin: String,
    localTime: String
  ) -> Document {
    let slip = Slip(configuration, currency: currency, code: currency?.code ?? "")
    var elements = slip.heading(configuration)
    elements += slip.reportTitle(slip.words.interimReport, stamp, localTime)
    elements += slip.report(totals)
    elements.append(.text(origin, alignment: .center))
    elements.append(.cut(.partial))
    return Document(title: "X", language: slip.language, elements: elements)
  }
}

extension Slip {
  func reportTitle(_ title: String, _ stamp: Stamp, _ localTime: String) -> [Element] {
    var elements: [Element] = [
      .text(title, style: .large, alignment: .center),
      .text("\(words.businessDay) \(stamp.businessDay)", alignment: .center),
      .text(localTime, alignment: .center),
    ]
    if !stamp.timeTrusted { elements.append(.text(words.doubtfulTime, alignment: .center)) }
    elements.append(.rule(.single))
    return elements
  }

  /// Sums of sales, taxes and tenders.
  func report(_ totals: SalesTotals) -> [Element] {
    var elements: [Element] = [
      .total("\(words.sales) × \(totals.sales.count)", money(totals.sales.amount)),
      .total("\(words.refunds) × \(totals.refunds.count)", money(totals.refunds.amount)),
      .total(words.discounts, money(totals.adjustments)), .total(words.net, money(totals.net)),
    ]
    for tax in totals.taxes {
      elements.append(.total("\(words.tax) \(tax.code) \(rate(tax.rate))", money(tax.amount)))
    }
    elements += [.total(label(words.total), money(totals.total), style: .bold), .rule(.single)]
    for tender in totals.tenders {
      elements.append(.total("\(name(tender.key.kind, tender.key.provider)) × \(tender.count)", money(tender.amount)))
    }
    for (label, amount) in [
      (words.rounding, totals.cashRounding), (words.tip, totals.tips), (words.surcharge, totals.surcharges),
      (words.cashback, totals.cashback),
    ]
    where !amount.isZero { elements.append(.total(label, money(amount))) }
    let voids = totals.voidsBeforeTotal.count + totals.voidsAfterTotal.count
    elements += [.rule(.single), .total("\(words.voids) / \(words.noSales)", "\(voids) / \(totals.noSales)")]
    if let first = totals.firstStub, let last = totals.lastStub {
      elements.append(.total(words.stubs, "\(first) - \(last)"))
    }
    return elements
  }
}
