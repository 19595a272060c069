import Money

/// What a line may be. Everything that comes from outside is checked here before it is computed with.
enum LineRules {
  /// Refuses a line that cannot be, and answers what it needs.
  static func check(_ input: LineInput, id: LineID, kind: SaleKind, till: Till) throws(Refusal) -> ApprovalNeed? {
    try checkForm(input, id: id)
    try checkSigns(input, id: id, kind: kind)
    guard input.taxCodes.count <= Limits.taxesPerLine else {
      throw .limitExceeded(.taxes, maximum: Int64(Limits.taxesPerLine))
    }
    for (index, code) in input.taxCodes.enumerated() where input.taxCodes[..<index].contains(code) {
      throw .refused(.tax, text: "line \(id) names tax code \(code) twice")
    }
    if input.isProvenReturn || input.isTakenOver { return nil }
    if input.quantity < .zero, input.kind != .depositReturn {
      return ApprovalNeed(.returnWithoutOriginal)
    }
    return try overrideNeed(input, limit: till.configuration.limits.priceOverrideMillionths)
  }

  /// Refuses texts and figures that no line may have.
  static func checkForm(_ input: LineInput, id: LineID) throws(Refusal) {
    try checkTexts(input)
    try checkRanges(input, id: id)
  }

  private static func checkTexts(_ input: LineInput) throws(Refusal) {
    guard !input.name.isEmpty else { throw .refused(.text, text: "a line has no name") }
    try TextRules.check(input.name, "name")
    try TextRules.checkShort(input.code, "code")
    try TextRules.checkIdentifier(input.unit, "unit")
    for code in input.taxCodes { try TextRules.checkIdentifier(code, "taxCode") }
    try TextRules.checkIdentifier(input.weighing?.scale, "weighing.scale")
    try TextRules.checkIdentifier(input.weighing?.unit, "weighing.unit")
    try StubRules.check(input.original?.reference)
    guard input.attributes.count <= Limits.attributes else {
      throw .limitExceeded(.attributes, maximum: Int64(Limits.attributes))
    }
    for attribute in input.attributes {
      try TextRules.check(attribute.name, "attribute")
      try TextRules.check(attribute.value, "attribute")
    }
  }

  private static func checkRanges(_ input: LineInput, id: LineID) throws(Refusal) {
    let quantity = input.quantity.thousandths
    guard quantity >= -Limits.quantity, quantity <= Limits.quantity else {
      throw .limitExceeded(.quantity, maximum: Limits.quantity)
    }
    guard input.pricePer.thousandths > 0, input.pricePer.thousandths <= Limits.quantity else {
      throw .refused(.price, text: "line \(id): pricePer must be positive")
    }
    for amount in [input.listPrice, input.unitPrice, input.amount ?? .zero] where amount.magnitude > Limits.largest {
      throw .limitExceeded(.amount, maximum: Limits.amount)
    }
    guard input.listPrice >= .zero, input.unitPrice >= .zero else {
      throw .refused(.price, text: "line \(id): a price is negative; returns have a negative quantity")
    }
    if let age = input.minimumAge, age < 0 || age > 150 {
      throw .refused(.quantity, text: "line \(id): minimumAge is no age")
    }
    if let weighing = input.weighing, !weighing.gross.isRepresentable || !weighing.tare.isRepresentable {
      throw .limitExceeded(.quantity, maximum: Limits.quantity)
    }
  }

  private static func checkSigns(_ input: LineInput, id: LineID, kind: SaleKind) throws(Refusal) {
    if let original = input.original {
      guard kind != .sale else { throw .refused(.saleKind, text: "a sale of kind sale takes no returned line") }
      guard original.proof == .none || original.line != nil else {
        throw .refused(.original, text: "line \(id) names a stub but no line of it")
      }
      if kind == .correction {
        guard original.proof != .none, input.quantity > .zero else {
          throw .refused(.quantity, text: "line \(id): a correction takes lines over, it returns none")
        }
        return
      }
      guard input.quantity < .zero || (input.quantity.isZero && original.proof != .none) else {
        throw .refused(.quantity, text: "line \(id): a returned quantity is negative")
      }
      return
    }
    guard !input.quantity.isZero else { throw .refused(.quantity, text: "line \(id): the quantity is zero") }
    if input.quantity < .zero {
      guard kind != .sale && kind != .correction || input.kind == .depositReturn else {
        throw .refused(.saleKind, text: "a sale of kind \(kind.rawValue) takes no returned line")
      }
    } else {
      guard kind != .return else { throw .refused(.saleKind, text: "a return takes no line that goes out") }
      guard input.kind != .depositReturn else {
        throw .refused(.quantity, text: "line \(id): a deposit return has a negative quantity")
      }
    }
    if let amount = input.amount, !amount.isZero, amount.sign != input.quantity.thousandths.signum() {
      throw .refused(.sign, text: "line \(id): amount and quantity have different signs")
    }
  }

  /// What the lines returned with proof come to together, when all of them, or those of other boxes' stubs, are beyond
  /// their limit. They count whole, whatever goes out in the same sale: a line that goes out may be taken off again.
  static func returnNeed(_ lines: [Line], _ limits: CashierLimits) throws(Refusal) -> ApprovalNeed? {
    let (returned, foreign) = try money { () throws(MoneyError) in
      var (sum, foreign) = (Amount.zero, Amount.zero)
      for line in lines where line.isProvenReturn {
        try sum += line.result.amount.magnitude
        if line.input.original?.proof == .signature { try foreign += line.result.amount.magnitude }
      }
      return (sum, foreign)
    }
    if let limit = limits.returnTotal, returned > limit {
      return ApprovalNeed(.returnTotal, limit: limit, amount: returned)
    }
    let proofs = limits.foreignReturnTotal ?? .zero
    guard foreign > proofs else { return nil }
    return ApprovalNeed(.returnTotal, limit: proofs.minorUnits, asked: foreign.minorUnits, amount: returned)
  }

  /// How far the price asked lies from the list price, when that is beyond the limit. A price label decides by itself.
  static func overrideNeed(_ input: LineInput, limit: Int64) throws(Refusal) -> ApprovalNeed? {
    let list: Amount
    let asked: Amount
    if let amount = input.amount {
      if input.priceSource == .label { return nil }
      list = try money { () throws(MoneyError) in try input.quantity.times(input.listPrice, per: input.pricePer) }
      asked = amount
    } else {
      if input.unitPrice == input.listPrice { return nil }
      (list, asked) = (input.listPrice, input.unitPrice)
    }
    let distance = Int128(asked.minorUnits) - Int128(list.minorUnits)
    if distance == 0 { return nil }
    let millionths =
      list.isZero ? Int128(TaxRate.whole) : Int128(distance.magnitude) * 1_000_000 / Int128(list.magnitude.minorUnits)
    if Int128(distance.magnitude) * 1_000_000 <= Int128(limit) * Int128(list.magnitude.minorUnits) { return nil }
    return ApprovalNeed(.priceOverride, limit: limit, asked: Int64(min(millionths, Int128(Amount.largest))))
  }

  /// The money that an approval of the line is about: what it is off from the list price, either way, and all of a line
  /// that comes back.
  static func amount(
    _ action: ApprovalAction, _ input: LineInput, _ result: LineResult
  ) throws(Refusal) -> Amount {
    guard action == .priceOverride else { return result.amount.magnitude }
    return try money { () throws(MoneyError) in
      try (result.amount - input.quantity.times(input.listPrice, per: input.pricePer)).magnitude
    }
  }
}

extension Limits {
  /// The largest amount of a sale.
  static let largest = Amount(amount)
}

/// What a stub reference may be.
enum StubRules {
  static func check(_ reference: StubReference?) throws(Refusal) {
    guard let reference else { return }
    try TextRules.checkIdentifier(reference.box, "stub.box")
    try TextRules.checkIdentifier(reference.stub, "stub.stub")
    try TextRules.checkIdentifier(reference.hash, "stub.hash")
    for number in [reference.epoch, reference.sequence] {
      if let number, number < 0 || number > Amount.largest {
        throw .refused(.original, text: "the stub reference holds a number out of range")
      }
    }
  }
}
