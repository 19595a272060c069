import Money

/// Upper estimates of encoded sizes in bytes, cheap enough for every edit. A test holds them against the encoder.
enum Sizes {
  static let lineBase = 150
  static let tax = 120
  static let adjustmentBase = 150
  static let allocation = 50
  static let tender = 700
  static let saleBase = 1400
  static let configurationBase = 600

  /// A string with the worst case of escapes (quotes and backslashes double; control characters are refused before).
  static func text(_ text: String?) -> Int {
    guard let text else { return 0 }
    var size = text.utf8.count + 20
    for byte in text.utf8 where byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { size += 1 }
    return size
  }
}

extension LineInput {
  /// Upper estimate of the encoded size in bytes, result without taxes included.
  public var estimatedSize: Int {
    var size = Sizes.lineBase + Sizes.text(name) + Sizes.text(code) + Sizes.text(unit)
    for code in taxCodes { size += Sizes.text(code) }
    if amount != nil { size += 30 }
    if kind != .item { size += 25 }
    if priceSource != .application { size += 28 }
    if pricePer != .one { size += 30 }
    if minimumAge != nil { size += 20 }
    if let original {
      size += 120 + Sizes.text(original.reference.box) + Sizes.text(original.reference.stub)
      size += Sizes.text(original.reference.hash)
    }
    if let weighing { size += 120 + Sizes.text(weighing.scale) + Sizes.text(weighing.unit) }
    for attribute in attributes { size += 20 + Sizes.text(attribute.name) + Sizes.text(attribute.value) }
    return size
  }
}

extension Adjustment {
  /// Upper estimate of the encoded size in bytes.
  var estimatedSize: Int {
    Sizes.adjustmentBase + Sizes.text(id) + Sizes.text(label) + Sizes.text(source)
      + Sizes.allocation * allocations.count
  }
}

extension Sale {
  /// Upper estimate of the encoded size in bytes; its stub and its state are both within it.
  public var estimatedSize: Int {
    var size = Sizes.saleBase + linesSize + Sizes.tender * tenders.count
    for adjustment in adjustments { size += adjustment.estimatedSize }
    size += Sizes.text(label) + Sizes.text(member) + Sizes.text(externalReference)
    return size
  }
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
    for sale in sales.values { size += sale.estimatedSize }
    return size
  }
}
