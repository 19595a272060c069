import Document
import Money
import Till

/// Slips from stubs and reports: the same stub, configuration and copy give the same document, in three years too.
public enum Receipt {
  /// A receipt. `sequence` and `hash` are the stub record's place, `reprint` the ordinal when the slip may be a second
  /// copy (nil: unmarked), `localTime` the civil time of the stamp.
  public static func render(
    _ stub: StubSealed, stamp: Stamp, sequence: UInt64, hash: String, configuration: TillConfiguration, origin: String,
    copy: CopyKind, reprint: Int?, localTime: String
  ) -> Document {
    let slip = Slip(configuration, currency: Currency(code: stub.currency), code: stub.currency)
    var elements = slip.heading(configuration)
    let mark = slip.mark(stub, reprint: reprint)
    elements += mark
    elements += slip.identity(stub, stamp, localTime)
    elements.append(.rule(.single))
    for line in stub.lines { elements += slip.line(line) }
    elements += slip.adjustments(stub.adjustments)
    elements.append(.rule(.single))
    elements += slip.totals(stub)
    elements += slip.tenders(stub)
    elements += slip.taxes(stub.lines)
    elements += mark
    elements.append(.feed(lines: 1))
    elements.append(.qrCode(code(origin: origin, stub: stub.stub, sequence: sequence, hash: hash)))
    for text in configuration.footer { elements.append(.text(text, alignment: .center)) }
    if configuration.footer.isEmpty { elements.append(.text(slip.words.thanks, alignment: .center)) }
    elements.append(.cut(.partial))
    let printed: Copy =
      if let reprint { .reprint(reprint) } else if copy == .merchant { .merchant } else { .original }
    return Document(
      title: "Receipt \(stub.stub)", language: slip.language, copy: printed, isTraining: stub.mode == .training,
      elements: elements)
  }

  /// What the code on a receipt says: names the stub, so that a return finds it.
  public static func code(origin: String, stub: StubNumber, sequence: UInt64, hash: String) -> String {
    "CF1:\(origin):\(stub):\(sequence):\(hash.prefix(16))"
  }

  /// The Z slip.
  public static func render(
    _ day: DayClosed, stamp: Stamp, configuration: TillConfiguration, currency: Currency?, origin: String,
    localTime: String
  ) -> Document {
    let slip = Slip(configuration, currency: currency, code: currency?.code ?? "")
    let words = slip.words
    var elements = slip.heading(configuration)
    elements.append(.text("\(words.dayReport) \(day.number)", style: .large, alignment: .center))
    elements.append(.text("\(stamp.businessDay)  \(localTime)", alignment: .center))
    elements.append(.rule(.single))
    let totals = day.totals
    elements.append(.total("\(words.sales) × \(totals.sales.count)", slip.money(totals.sales.amount)))
    elements.append(.total("\(words.refunds) × \(totals.refunds.count)", slip.money(totals.refunds.amount)))
    elements.append(.total(words.discounts, slip.money(totals.adjustments)))
    elements.append(.total(words.net, slip.money(totals.net)))
    for tax in totals.taxes {
      elements.append(.total("\(words.tax) \(tax.code) \(slip.rate(tax.rate))", slip.money(tax.amount)))
    }
    elements.append(.total(words.total, slip.money(totals.total), style: .bold))
    elements.append(.rule(.single))
    for tender in totals.tenders {
      elements.append(
        .total("\(slip.name(tender.key.kind, tender.key.provider)) × \(tender.count)", slip.money(tender.amount)))
    }
    if !totals.cashRounding.isZero { elements.append(.total(words.rounding, slip.money(totals.cashRounding))) }
    elements.append(.rule(.single))
    let voids = totals.voidsBeforeTotal.count + totals.voidsAfterTotal.count
    elements.append(.total("\(words.voids) / \(words.noSales)", "\(voids) / \(totals.noSales)"))
    if let first = totals.firstStub, let last = totals.lastStub {
      elements.append(.total(words.stubs, "\(first) - \(last)"))
    }
    elements.append(.total(words.grand, slip.money(day.grand.total)))
    for tender in day.unresolved {
      elements.append(.total("\(words.unresolved) \(tender.sale)", slip.money(tender.asked)))
    }
    elements.append(.text("\(day.first)-\(day.last) \(day.head.prefix(16))", alignment: .center))
    elements.append(.cut(.partial))
    return Document(title: "Z \(day.number)", language: slip.language, elements: elements)
  }

  /// A free note. It bears its title and can never look like a receipt: no stub number, no code of a stub.
  public static func note(title: String, language: Language, elements: [Element]) -> Document {
    var all: [Element] = [.text(title, style: .bold, alignment: .center), .rule(.dotted)]
    all += elements.filter { element in
      if case .qrCode(let code) = element { return !code.text.hasPrefix("CF1:") }
      return true
    }
    if case .cut = all.last {} else { all.append(.cut(.partial)) }
    return Document(title: title, language: language, elements: all)
  }
}

/// Pieces of a slip in one language and currency.
struct Slip {
  let language: Language
  let words: Words
  let currency: Currency?
  let code: String

  init(_ configuration: TillConfiguration, currency: Currency?, code: String) {
    language = configuration.language.hasPrefix("zh") ? .simplifiedChinese : .english
    words = Words.of(language)
    self.currency = currency
    self.code = code
  }

  func money(_ amount: Amount) -> String {
    let number = currency?.text(amount) ?? amount.description
    guard code == "CNY" || code == "JPY" else { return number }
    return amount.sign < 0 ? "-¥" + number.dropFirst() : "¥" + number
  }

  /// Thousandths without needless zeros.
  func quantity(_ quantity: Quantity) -> String {
    let magnitude = quantity.thousandths.magnitude
    var fraction = String(magnitude % 1000)
    fraction = String(repeating: "0", count: 3 - fraction.count) + fraction
    while fraction.hasSuffix("0") { fraction.removeLast() }
    let whole = (quantity.thousandths < 0 ? "-" : "") + String(magnitude / 1000)
    return fraction.isEmpty ? whole : whole + "." + fraction
  }

  func rate(_ rate: TaxRate) -> String {
    let percent = Quantity(thousandths: rate.millionths / 10)
    return quantity(percent) + "%"
  }

  func heading(_ configuration: TillConfiguration) -> [Element] {
    var elements: [Element] = []
    if !configuration.shopName.isEmpty {
      elements.append(.text(configuration.shopName, style: .large, alignment: .center))
    }
    for text in configuration.header { elements.append(.text(text, alignment: .center)) }
    return elements
  }

  /// Marks that stand at the top and at the bottom.
  func mark(_ stub: StubSealed, reprint: Int?) -> [Element] {
    var elements: [Element] = []
    if let reprint {
      let text = language == .english ? "*** REPRINT \(reprint) ***" : "*** 补打 REPRINT \(reprint) ***"
      elements.append(.text(text, style: .bold, alignment: .center))
    }
    if stub.mode == .training { elements.append(.text(words.training, style: .bold, alignment: .center)) }
    switch stub.form {
    case .void: elements.append(.text(words.void, style: .large, alignment: .center))
    case .refund: elements.append(.text(words.refund, style: .large, alignment: .center))
    case .sale, .training: break
    }
    return elements
  }

  func identity(_ stub: StubSealed, _ stamp: Stamp, _ localTime: String) -> [Element] {
    var elements: [Element] = [.total("\(words.number) \(stub.stub)", "\(words.lane) \(stamp.lane ?? "-")")]
    elements.append(.total("\(words.time) \(localTime)", stamp.operator.map { "\(words.operatorName) \($0)" } ?? ""))
    if !stamp.timeTrusted { elements.append(.text(words.doubtfulTime)) }
    return elements
  }

  func line(_ line: Line) -> [Element] {
    let input = line.input
    var elements: [Element] = [.total(input.name, money(line.result.amount))]
    let per = input.pricePer == .one ? "" : " / \(quantity(input.pricePer))"
    if input.quantity != .one || input.unit != nil || input.pricePer != .one {
      let unit = input.unit ?? ""
      elements.append(.text("  \(quantity(input.quantity))\(unit) × \(money(input.unitPrice))\(per)"))
    }
    if !line.result.adjustment.isZero {
      elements.append(.total("  \(words.discounts)", money(line.result.adjustment)))
    }
    return elements
  }

  func adjustments(_ adjustments: [Adjustment]) -> [Element] {
    adjustments.filter { $0.target == nil }.map { .total($0.label, money($0.amount)) }
  }

  func totals(_ stub: StubSealed) -> [Element] {
    [.total(words.total, money(stub.totals.total), style: [.bold, .doubleHeight])]
  }

  func name(_ kind: TenderKind, _ provider: String?) -> String {
    switch kind {
    case .cash: words.cash
    case .external, .provider: provider ?? words.external
    case .storedValue: words.stored
    case .carried: words.carried
    }
  }

  func tenders(_ stub: StubSealed) -> [Element] {
    var elements: [Element] = []
    for tender in stub.tenders where tender.state == .approved {
      elements.append(.total(name(tender.kind, tender.provider), money(tender.approved)))
      for (label, amount) in [
        (words.tip, tender.tip), (words.surcharge, tender.surcharge), (words.cashback, tender.cashback),
      ]
      where !amount.isZero { elements.append(.total("  \(label)", money(amount))) }
    }
    if !stub.totals.cashRounding.isZero { elements.append(.total(words.rounding, money(stub.totals.cashRounding))) }
    if !stub.totals.change.isZero { elements.append(.total(words.change, money(stub.totals.change))) }
    return elements
  }

  /// One row for each tax code and rate; the amounts are those of the lines.
  func taxes(_ lines: [Line]) -> [Element] {
    var rows: [(tax: TaxResult, base: Int64, amount: Int64)] = []
    for line in lines {
      for tax in line.result.taxes {
        if let index = rows.firstIndex(where: {
          $0.tax.code == tax.code && $0.tax.rate == tax.rate && $0.tax.included == tax.included
        }) {
          rows[index].base &+= tax.base.minorUnits
          rows[index].amount &+= tax.amount.minorUnits
        } else {
          rows.append((tax, tax.base.minorUnits, tax.amount.minorUnits))
        }
      }
    }
    return rows.map { row in
      .total(
        "\(words.tax) \(row.tax.code) \(rate(row.tax.rate)) (\(money(Amount(row.base))))", money(Amount(row.amount)))
    }
  }
}
