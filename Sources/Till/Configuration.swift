import Money

/// When tax is rounded.
public enum TaxRounding: String, Sendable, CaseIterable {
  /// Each line for itself.
  case perLine
  /// Once for each tax code over all its lines; the result is spread over the lines.
  case perTotal
  /// Once over all codes of the sale; the result is spread over codes and lines.
  case perSale
}

/// One row of the tax table.
public struct TaxRule: Hashable, Sendable {
  /// What lines name.
  public var code: String
  /// Millionths of the base.
  public var rate: TaxRate
  /// True when the price contains the tax.
  public var included: Bool
  /// What the receipt prints.
  public var label: String = ""

  /// Memberwise.
  public init(code: String, rate: TaxRate, included: Bool, label: String = "") {
    self.code = code
    self.rate = rate
    self.included = included
    self.label = label
  }
}

/// When a lane prints its receipt.
public enum ReceiptPolicy: String, Sendable, CaseIterable {
  /// With the last tender.
  case always
  /// When somebody asks (`Deliver`); until then nothing is owed.
  case ask
  /// Only by explicit `Deliver`; the lane's application does not offer it.
  case never
}

/// One place to sell at (收银位) with its devices.
public struct LaneConfiguration: Hashable, Sendable {
  /// Unique in the box.
  public var name: String
  /// Device ids.
  public var printer: String?
  public var drawer: String?
  public var display: String?
  public var scanners: [String] = []
  /// False: no cash tender here.
  public var cashAllowed: Bool = true
  /// True: every sale of the lane is training.
  public var training: Bool = false
  /// When a receipt prints.
  public var receipt: ReceiptPolicy = .always
  /// True: an external tender also prints a merchant copy, an original of its own.
  public var merchantCopy: Bool = false

  /// Memberwise.
  public init(
    name: String, printer: String? = nil, drawer: String? = nil, display: String? = nil, scanners: [String] = [],
    cashAllowed: Bool = true, training: Bool = false, receipt: ReceiptPolicy = .always, merchantCopy: Bool = false
  ) {
    self.name = name
    self.printer = printer
    self.drawer = drawer
    self.display = display
    self.scanners = scanners
    self.cashAllowed = cashAllowed
    self.training = training
    self.receipt = receipt
    self.merchantCopy = merchantCopy
  }
}

/// What a cashier may do without approval.
public struct CashierLimits: Hashable, Sendable {
  /// How far the unit price may lie from the list price, in millionths of the list price. 0: any difference needs approval.
  public var priceOverrideMillionths: Int64 = 0
  /// The largest sum of manual and staff adjustments and 抹零 of a sale by magnitude; nil: no limit.
  public var manualAdjustment: Amount?
  /// The largest total of one sale, nobody exceeds it; nil: ``Limits/saleTotal``.
  public var saleTotal: Amount?
  /// The largest cash movement out of the drawer; nil: no limit.
  public var cashOut: Amount?
  /// The largest sum of lines returned with proof in one sale by magnitude; nil: no limit.
  public var returnTotal: Amount?
  /// The largest sum of lines returned in one sale on the signed proofs of other boxes' stubs alone, by magnitude; nil:
  /// each needs an approval beside its proof.
  public var foreignReturnTotal: Amount?
  /// True: a void after total needs approval.
  public var voidTotalledNeedsApproval: Bool = true
  /// True: taking a line off needs approval.
  public var removeLineNeedsApproval: Bool = false
  /// True: taking back an approved tender needs approval.
  public var removeTenderNeedsApproval: Bool = false
  /// True: opening the drawer without a sale needs approval.
  public var noSaleNeedsApproval: Bool = true

  /// Memberwise.
  public init(
    priceOverrideMillionths: Int64 = 0, manualAdjustment: Amount? = nil, saleTotal: Amount? = nil,
    cashOut: Amount? = nil, voidTotalledNeedsApproval: Bool = true, removeLineNeedsApproval: Bool = false,
    removeTenderNeedsApproval: Bool = false, noSaleNeedsApproval: Bool = true, returnTotal: Amount? = nil,
    foreignReturnTotal: Amount? = nil
  ) {
    self.priceOverrideMillionths = priceOverrideMillionths
    self.manualAdjustment = manualAdjustment
    self.saleTotal = saleTotal
    self.cashOut = cashOut
    self.voidTotalledNeedsApproval = voidTotalledNeedsApproval
    self.removeLineNeedsApproval = removeLineNeedsApproval
    self.removeTenderNeedsApproval = removeTenderNeedsApproval
    self.noSaleNeedsApproval = noSaleNeedsApproval
    self.returnTotal = returnTotal
    self.foreignReturnTotal = foreignReturnTotal
  }
}

/// A value learnt from or set on a device, part of the configuration in force.
public struct DeviceSetting: Hashable, Sendable {
  /// Device id.
  public var device: String
  /// Setting name.
  public var name: String
  /// Its value.
  public var value: String

  /// Memberwise.
  public init(device: String, name: String, value: String) {
    self.device = device
    self.name = name
    self.value = value
  }
}

/// Everything that changes what a sale computes or a slip looks like. Its changes are records.
public struct TillConfiguration: Hashable, Sendable {
  /// The shop's name on the slip.
  public var shopName: String = ""
  /// Lines above and below the slip's body.
  public var header: [String] = []
  public var footer: [String] = []
  /// The template's name.
  public var template: String = "standard"
  /// BCP 47 tag of the slip's language.
  public var language: String = "zh-CN"
  /// Sorted by name.
  public var lanes: [LaneConfiguration] = []
  /// Sorted by code.
  public var taxes: [TaxRule] = []
  /// When tax is rounded in new sales.
  public var taxRounding: TaxRounding = .perLine
  /// Smallest cash step in minor units; nil: the currency's own.
  public var cashStep: Int64?
  /// What needs no approval.
  public var limits: CashierLimits = CashierLimits()
  /// Learnt device values, sorted by device and name.
  public var devices: [DeviceSetting] = []

  /// Memberwise.
  public init(
    shopName: String = "", header: [String] = [], footer: [String] = [], template: String = "standard",
    language: String = "zh-CN", lanes: [LaneConfiguration] = [], taxes: [TaxRule] = [],
    taxRounding: TaxRounding = .perLine, cashStep: Int64? = nil, limits: CashierLimits = CashierLimits(),
    devices: [DeviceSetting] = []
  ) {
    self.shopName = shopName
    self.header = header
    self.footer = footer
    self.template = template
    self.language = language
    self.lanes = lanes
    self.taxes = taxes
    self.taxRounding = taxRounding
    self.cashStep = cashStep
    self.limits = limits
    self.devices = devices
  }

  /// The lane with this name.
  public func lane(_ name: String) -> LaneConfiguration? { lanes.first { $0.name == name } }
  /// The tax rule with this code.
  public func tax(_ code: String) -> TaxRule? { taxes.first { $0.code == code } }
}
