import Money

extension Till {
  func decideGenesis(_ genesis: Genesis, _ context: Context) throws(Refusal) -> Decision {
    guard identity == nil else { throw .refused(.genesis, text: "the journal has its genesis") }
    guard Currency(code: genesis.currency) != nil else {
      throw .refused(.currency, text: "\(genesis.currency) is no currency of ISO 4217")
    }
    for text in [
      genesis.journal, genesis.origin, genesis.timeZone, genesis.publicKey, genesis.software, genesis.format,
    ] {
      try TextRules.checkIdentifier(text, "genesis")
    }
    var draft = Draft(self, context)
    draft.add(.genesis(genesis))
    return draft.decision()
  }

  func decideBoot(_ boot: Boot, _ context: Context) -> Decision {
    var draft = Draft(self, context)
    draft.add(.boot(boot))
    return draft.decision()
  }

  func decideStop(_ reason: String, _ context: Context) throws(Refusal) -> Decision {
    try TextRules.checkIdentifier(reason, "reason")
    var draft = Draft(self, context)
    draft.add(.stop(reason: reason))
    return draft.decision()
  }

  func decideConfigure(
    _ reason: String, _ new: TillConfiguration, _ context: Context
  ) throws(Refusal) -> Decision {
    try TextRules.require(reason, "reason")
    let new = new.inOrder
    try checkConfiguration(new)
    var draft = Draft(self, context)
    draft.add(.config(ConfigurationChanged(reason: reason, configuration: new)))
    return draft.decision()
  }

  /// Refuses a configuration that cannot come into force in this state: what ``TillConfiguration/check()`` refuses, and what
  /// open shifts and sales do not allow.
  public func checkConfiguration(_ new: TillConfiguration) throws(Refusal) {
    try new.check()
    for shift in shifts.values.sorted(by: { $0.lane < $1.lane }) {
      guard let lane = new.lane(shift.lane) else {
        throw .refused(.shiftOpen, text: "lane \(shift.lane) has an open shift and cannot go")
      }
      guard lane.training == configuration.lane(shift.lane)?.training else {
        throw .refused(.training, text: "lane \(shift.lane) has an open shift; close it before training changes")
      }
    }
    guard openStateSize - configuration.estimatedSize + new.estimatedSize <= Limits.openState else {
      throw .limitExceeded(.openState, maximum: Int64(Limits.openState))
    }
  }
}

extension TillConfiguration {
  /// The same, its lists sorted as the journal has them.
  fileprivate var inOrder: TillConfiguration {
    var new = self
    new.lanes.sort { $0.name < $1.name }
    new.taxes.sort { $0.code < $1.code }
    new.devices.sort { ($0.device, $0.name) < ($1.device, $1.name) }
    return new
  }

  /// Refuses what no till takes, whatever its state.
  public func check() throws(Refusal) {
    try ConfigurationRules.check(inOrder)
    guard estimatedSize <= Limits.configuration else {
      throw .limitExceeded(.configuration, maximum: Int64(Limits.configuration))
    }
  }
}

/// What a configuration may be.
enum ConfigurationRules {
  static func check(_ new: TillConfiguration) throws(Refusal) {
    guard new.lanes.count <= Limits.lanes else { throw .limitExceeded(.lanes, maximum: Int64(Limits.lanes)) }
    guard new.taxes.count <= Limits.taxes else { throw .limitExceeded(.taxes, maximum: Int64(Limits.taxes)) }
    for (lane, next) in zip(new.lanes, new.lanes.dropFirst()) where lane.name == next.name {
      throw .refused(.configuration, text: "lane \(lane.name) is there twice")
    }
    for (tax, next) in zip(new.taxes, new.taxes.dropFirst()) where tax.code == next.code {
      throw .refused(.configuration, text: "tax code \(tax.code) is there twice")
    }
    for tax in new.taxes where tax.rate < .zero || tax.rate > .highest {
      throw .refused(.configuration, text: "tax code \(tax.code): the rate is out of range")
    }
    if let step = new.cashStep, step < 1 || step > 1_000_000 {
      throw .refused(.configuration, text: "cashStep is out of range")
    }
    guard (0...1_000_000_000).contains(new.limits.priceOverrideMillionths) else {
      throw .refused(.configuration, text: "priceOverrideMillionths is out of range")
    }
    let limits = new.limits
    for limit in [limits.manualAdjustment, limits.cashOut, limits.returnTotal, limits.foreignReturnTotal] {
      if let limit, limit < .zero || limit > Limits.largest {
        throw .refused(.configuration, text: "a cashier's limit is out of range")
      }
    }
    if let largest = new.limits.saleTotal, largest <= .zero || largest > Limits.largest {
      throw .refused(.configuration, text: "saleTotal is out of range")
    }
    try checkTexts(new)
  }

  private static func checkTexts(_ new: TillConfiguration) throws(Refusal) {
    for text in [new.shopName, new.template, new.language] + new.header + new.footer {
      try TextRules.checkIdentifier(text, "configuration")
    }
    for lane in new.lanes {
      guard !lane.name.isEmpty else { throw .refused(.configuration, text: "a lane has no name") }
      for text in [lane.name, lane.printer ?? "", lane.drawer ?? "", lane.display ?? ""] + lane.scanners {
        try TextRules.checkIdentifier(text, "lane")
      }
    }
    for tax in new.taxes {
      try TextRules.checkIdentifier(tax.code, "tax.code")
      try TextRules.checkIdentifier(tax.label, "tax.label")
    }
    for setting in new.devices {
      for text in [setting.device, setting.name, setting.value] { try TextRules.checkIdentifier(text, "device") }
    }
  }
}
