import Money

/// Upper estimates of encoded sizes in bytes, cheap enough for every edit. A test holds them against the encoder.
enum Sizes {
  static let adjustmentBase = 150
  static let allocation = 36
  static let tender = 700
  /// What a provider tender has more.
  static let course = 590
  /// What a refund has more still, its stub's reference apart.
  static let refund = 420
  /// What a tender carried over from another bill has more.
  static let carried = 1070
  static let offset = 700
  static let taxTotal = 140
  static let pursuit = 2260
  static let hold = 80
  static let saleBase = 1600
  static let configurationBase = 640

  /// Decimal digits and sign.
  static func digits(_ amount: Amount) -> Int { digits(amount.minorUnits) }
  static func digits(_ quantity: Quantity) -> Int { digits(quantity.thousandths) }
  static func digits(_ value: Int64) -> Int {
    var (size, rest) = (value < 0 ? 2 : 1, value.magnitude)
    while rest >= 10 {
      rest /= 10
      size += 1
    }
    return size
  }

  /// A string with the worst case of escapes (quotes and backslashes double; control characters are refused before).
  static func text(_ text: String?) -> Int {
    guard var text else { return 0 }
    return text.withUTF8 { bytes in
      // Counted without branches: this stands in every edit, and the compiler takes many bytes at once.
      var doubled = 0
      for byte in bytes {
        doubled &+= byte == UInt8(ascii: "\"") ? 1 : 0
        doubled &+= byte == UInt8(ascii: "\\") ? 1 : 0
      }
      return bytes.count + 10 + doubled
    }
  }
}

extension LineInput {
  /// Upper estimate of the encoded size in bytes, without the line's result.
  var estimatedSize: Int {
    var size = 170 + Sizes.text(name) + Sizes.text(code) + Sizes.text(unit)
    for code in taxCodes { size += Sizes.text(code) }
    size += Sizes.digits(listPrice) + Sizes.digits(unitPrice) + Sizes.digits(quantity) + Sizes.digits(pricePer)
    if let amount { size += 10 + Sizes.digits(amount) }
    if minimumAge != nil { size += 20 }
    if let original {
      size += 150 + Sizes.text(original.reference.box) + Sizes.text(original.reference.stub)
      size += Sizes.text(original.reference.hash) + Sizes.text(original.provenBy)
    }
    if let weighing { size += 130 + Sizes.text(weighing.scale) + Sizes.text(weighing.unit) }
    for attribute in attributes { size += 20 + Sizes.text(attribute.name) + Sizes.text(attribute.value) }
    return size
  }
}

extension LineResult {
  /// Upper estimate of the encoded size in bytes; also of later results of the same amount.
  var estimatedSize: Int {
    // Adjustment, base and tax are hardly ever longer than the amount.
    let digits = Sizes.digits(amount) + 2
    var size = 50 + 2 * digits
    for tax in taxes { size += 75 + tax.code.utf8.count + 2 * digits }
    return size
  }
}

extension Adjustment {
  /// Upper estimate of the encoded size in bytes once it is spread over `lines` lines.
  func estimatedSize(lines: Int) -> Int {
    Sizes.adjustmentBase + Sizes.text(id) + Sizes.text(label) + Sizes.text(source)
      + Sizes.allocation * (target == nil ? lines : 1)
  }
}

extension Sale {
  /// Upper estimate of the encoded size in bytes; its stub and its state are both within it.
  public var estimatedSize: Int {
    var size = Sizes.saleBase + linesSize
    for tender in tenders + (carries ?? []) {
      size += Sizes.tender + Sizes.text(tender.provider) + Sizes.text(tender.reference) + Sizes.text(tender.why)
      if tender.course != nil { size += Sizes.course }
      if let refund = tender.course?.refund {
        size += Sizes.refund + Sizes.text(refund.stub.box) + Sizes.text(refund.stub.stub) + Sizes.text(refund.stub.hash)
      }
      if tender.carried != nil { size += Sizes.carried }
    }
    if let offset { size += Sizes.offset + offset.taxes.count * Sizes.taxTotal }
    size += adjustmentsSize
    size += Sizes.text(label) + Sizes.text(member) + Sizes.text(externalReference)
    if hold != nil { size += Sizes.hold }
    if let corrects { size += 120 + Sizes.text(corrects.box) + Sizes.text(corrects.stub) + Sizes.text(corrects.hash) }
    return size
  }
}

extension Sale {
  /// Upper estimate of its adjustments.
  var adjustmentsSize: Int { adjustments.reduce(0) { $0 + $1.estimatedSize(lines: lines.count) } }
}

extension TillConfiguration {
  /// Upper estimate of the encoded size in bytes.
  public var estimatedSize: Int {
    var size = Sizes.configurationBase + Sizes.text(shopName) + Sizes.text(template) + Sizes.text(language)
    for line in header + footer { size += Sizes.text(line) }
    for lane in lanes {
      size += 180 + Sizes.text(lane.name) + Sizes.text(lane.printer) + Sizes.text(lane.drawer)
      size += Sizes.text(lane.display)
      for scanner in lane.scanners { size += Sizes.text(scanner) }
    }
    for tax in taxes { size += 80 + Sizes.text(tax.code) + Sizes.text(tax.label) }
    for setting in devices {
      size += 40 + Sizes.text(setting.device) + Sizes.text(setting.name) + Sizes.text(setting.value)
    }
    return size
  }
}

extension Till {
  /// Upper estimate of what open sales and configuration encode to, in bytes.
  public var openStateSize: Int {
    var size = configuration.estimatedSize
    size += (pursuits.count + watched.count) * Sizes.pursuit
    for sale in sales.values { size += sale.estimatedSize }
    return size
  }
}
