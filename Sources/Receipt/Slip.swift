import Document
import Money
import Till

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

  // MARK: - Values

  /// An amount with the yen sign where that is the currency's; other currencies are named once, beside the total.
  func money(_ amount: Amount) -> String {
    let number = currency?.text(amount) ?? amount.description
    guard hasSign else { return number }
    return amount.sign < 0 ? "-¥" + number.dropFirst() : "¥" + number
  }

  private var hasSign: Bool { code == "CNY" || code == "JPY" }

  /// A label of a sum, with the currency's code where the amounts bear no sign.
  func label(_ text: String) -> String { hasSign || code.isEmpty ? text : "\(text) \(code)" }

  /// Thousandths without needless zeros.
  func quantity(_ quantity: Quantity) -> String {
    let magnitude = quantity.thousandths.magnitude
    var fraction = String(magnitude % 1000)
    fraction = String(repeating: "0", count: 3 - fraction.count) + fraction
    while fraction.hasSuffix("0") { fraction.removeLast() }
    let whole = (quantity.thousandths < 0 ? "-" : "") + String(magnitude / 1000)
    return fraction.isEmpty ? whole : whole + "." + fraction
  }

  /// Percent; rates finer than a thousandth of a percent are cut there.
  func rate(_ rate: TaxRate) -> String { quantity(Quantity(thousandths: rate.millionths / 10)) + "%" }

  func name(_ kind: TenderKind, _ provider: String?) -> String {
    switch kind {
    case .cash: words.cash
    case .external, .provider: provider ?? words.external
    case .storedValue: words.stored
    case .carried: words.carried
    }
  }

  /// A payment that was carried over is named as such and by what it was.
  func name(_ tender: Tender) -> String {
    guard let carried = tender.carried else { return name(tender.kind, tender.provider) }
    let origin = [name(carried.kind, carried.provider), carried.currency].compactMap { $0 }.joined(separator: " ")
    return "\(words.carried) \(origin)"
  }

  // MARK: - Head and foot

  func heading(_ configuration: TillConfiguration) -> [Element] {
    var elements: [Element] = []
    if !configuration.shopName.isEmpty {
      elements.append(.text(configuration.shopName, style: .large, alignment: .center))
    }
    for text in configuration.header { elements.append(.text(text, alignment: .center)) }
    return elements
  }

  func footer(_ configuration: TillConfiguration) -> [Element] {
    let texts = configuration.footer.isEmpty ? [words.thanks] : configuration.footer
    return texts.map { .text($0, alignment: .center) }
  }

  func marks(_ stub: StubSealed, isMerchant: Bool, isGift: Bool, isSecond: Bool, reprint: Int?) -> [Element] {
    var elements: [Element] = []
    func add(_ text: String, _ style: TextStyle) { elements.append(.text(text, style: style, alignment: .center)) }
    if let reprint {
      add("*** \(words.reprint) \(reprint) ***", [.bold, .doubleHeight])
    } else if isSecond {
      add("*** \(words.reprint) ***", [.bold, .doubleHeight])
    }
    if isMerchant { add(words.merchant, .bold) }
    if isGift { add(words.gift, .bold) }
    if stub.mode == .training { add(words.training, [.bold, .doubleHeight]) }
    if stub.kind == .correction { add(words.correction, .large) }
    switch stub.form {
    case .void: add(words.void, .large)
    case .refund: add(words.refund, .large)
    case .sale, .training: break
    }
    return elements
  }

  /// The mark of a bill that another one stands in the place of.
  func replaced(by stub: StubNumber) -> Element {
    .text(
      "*** \(words.correctedBy) \(stub)\(words.correctedEnd) ***", style: [.bold, .doubleHeight], alignment: .center)
  }

  func identity(_ stub: StubSealed, _ stamp: Stamp, _ localTime: String) -> [Element] {
    var elements: [Element] = [.total("\(words.number) \(stub.stub)", "\(words.lane) \(stamp.lane ?? "-")")]
    // On narrow paper the operator stands below: a time is not broken.
    let time = Cell("\(words.time) \(localTime)")
    if let name = stamp.operator {
      let cells = [time, Cell("\(words.operatorName) \(name)", width: .atLeast(0), alignment: .trailing)]
      elements.append(.columns(Columns(cells, minimumRelativeWidth: Self.timeCells)))
    } else {
      elements.append(.text(time.text))
    }
    if !stamp.timeTrusted { elements.append(.text(words.doubtfulTime)) }
    // After midnight, or with a doubtful clock, the day that counts is not the date.
    if !localTime.hasPrefix("\(stamp.businessDay)") {
      elements.append(.text("\(words.businessDay) \(stamp.businessDay)"))
    }
    if let label = stub.label, !label.isEmpty { elements.append(.text(label)) }
    // A reference may say more or less of the same stub.
    var seen: Set<String> = []
    let originals = (stub.corrects.map { [$0] } ?? []) + stub.lines.compactMap { $0.input.original?.reference }
    for original in originals {
      let name = "\(words.original) \(original.box) \(original.stub)"
      if seen.insert(name).inserted { elements.append(.text(name)) }
    }
    return elements
  }

  /// Cells of a label and a date with time.
  private static let timeCells = 25

  // MARK: - Items

  func titles(isGift: Bool) -> Element {
    isGift
      ? itemRow(words.item, words.quantity, nil, nil)
      : itemRow(words.item, words.quantity, words.price, words.amount)
  }

  /// Name, quantity, price and amount beside each other; on narrow paper the name above the others.
  private func itemRow(_ name: String, _ quantity: String, _ price: String?, _ amount: String?) -> Element {
    var cells = [Cell(name), Cell(quantity, width: .atLeast(4), alignment: .trailing)]
    if let price { cells.append(Cell(price, width: .atLeast(8), alignment: .trailing)) }
    if let amount { cells.append(Cell(amount, width: .atLeast(9), alignment: .trailing)) }
    return .columns(Columns(cells))
  }

  func items(_ lines: [Line], _ adjustments: [Adjustment], inColumns: Bool, isGift: Bool) -> [Element] {
    var elements: [Element] = []
    for line in lines {
      let input = line.input
      let count = quantity(input.quantity) + (input.unit ?? "")
      let price = money(input.unitPrice) + (input.pricePer == .one ? "" : "/" + quantity(input.pricePer))
      let amount = money(line.result.amount)
      if isGift {
        elements.append(itemRow(input.name, count, nil, nil))
      } else if inColumns {
        elements.append(itemRow(input.name, count, price, amount))
      } else {
        elements.append(.total(input.name, amount))
        if count != "1" || input.pricePer != .one { elements.append(.text("  \(count) × \(price)")) }
      }
      if !isGift { elements += self.adjustments(adjustments, of: line.id) }
    }
    return elements
  }

  /// The adjustments of one line, or (nil) those of the whole sale. A line's share of the latter is not shown: the slip
  /// would name the same money twice.
  func adjustments(_ adjustments: [Adjustment], of line: LineID?) -> [Element] {
    adjustments.filter { $0.target == line }.map { adjustment in
      let label = adjustment.label.isEmpty ? words.discounts : adjustment.label
      return .total(line == nil ? label : "  \(label)", money(adjustment.amount))
    }
  }

  // MARK: - Sums

  func totals(_ totals: Totals) -> [Element] {
    [.total(label(words.total), money(totals.total), style: [.bold, .doubleHeight])]
  }

  func tenders(_ tenders: [Tender], _ totals: Totals) -> [Element] {
    var elements: [Element] = []
    for tender in tenders where tender.state == .approved {
      let name = name(tender)
      elements.append(.total(tender.isRefund ? "\(words.moneyBack) \(name)" : name, money(tender.approved)))
      // What the customer asks the provider by, should it not arrive.
      if tender.isRefund, let number = tender.number { elements.append(.text("  \(number)")) }
      if let foreign = tender.foreign {
        let text = Currency(code: foreign.currency)?.text(foreign.amount) ?? foreign.amount.description
        elements.append(.total("  \(foreign.currency)", text))
      }
      if let reference = tender.reference { elements.append(.text("  \(reference)")) }
      for (label, amount) in [
        (words.tip, tender.tip), (words.surcharge, tender.surcharge), (words.cashback, tender.cashback),
      ]
      where !amount.isZero { elements.append(.total("  \(label)", money(amount))) }
    }
    if !totals.cashRounding.isZero { elements.append(.total(words.rounding, money(totals.cashRounding))) }
    if !totals.change.isZero { elements.append(.total(words.change, money(totals.change))) }
    return elements
  }

  /// One row for each tax code and rate; the amounts are sums of those of the lines.
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
      let word = row.tax.included ? words.taxIncluded : words.tax
      let label = "\(word) \(row.tax.code) \(rate(row.tax.rate)) (\(money(Amount(row.base))))"
      return .total(label, money(Amount(row.amount)))
    }
  }
}
