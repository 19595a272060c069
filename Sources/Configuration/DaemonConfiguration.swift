import Devices

/// `counterfoil.toml` as values. Every field is described in `packaging/counterfoil.toml`.
public struct DaemonConfiguration: Sendable, Equatable {
  public var shop = ShopConfiguration()
  public var receipt = ReceiptConfiguration()
  public var storage = StorageConfiguration()
  public var control = ControlConfiguration()
  public var service = ServiceConfiguration()
  public var tax = TaxConfiguration()
  /// Smallest step of cash in minor units; nil = the currency's own.
  public var cashStep: Int64?
  public var limits = LimitConfiguration()
  public var lanes: [LaneSettings] = []
  public var printers: [PrinterSettings] = []
  public var scanners: [ScannerSettings] = []
  public var inStoreCodes: [InStoreCodeSettings] = []
  public var providers: [ProviderSettings] = []
  public var roles: [RoleAssignment] = []
  public var operators: [OperatorSettings] = []
  public var trustedBoxes: [TrustedBoxSettings] = []

  public init() {}

  public func printer(_ name: String) -> PrinterSettings? { printers.first { $0.name == name } }
  public func scanner(_ name: String) -> ScannerSettings? { scanners.first { $0.name == name } }
}

/// Which shop and till this box is. Part of the journal's first record; cannot change later.
public struct ShopConfiguration: Sendable, Equatable {
  /// Printed name.
  public var name = ""
  /// Identifiers of shop and till, unique within the business.
  public var shop = ""
  public var till = ""
  /// ISO 4217 code.
  public var currency = "CNY"
  /// Name in the time zone database.
  public var timeZone = "Asia/Shanghai"
  /// BCP 47 tag of slips.
  public var language = "zh-CN"

  public init() {}
}

/// What slips look like.
public struct ReceiptConfiguration: Sendable, Equatable {
  public var template = "standard"
  public var header: [String] = []
  public var footer: [String] = []

  public init() {}
}

/// Where the daemon keeps its data.
public struct StorageConfiguration: Sendable, Equatable {
  public var journal = "/var/lib/counterfoil/journal"
  public var index = "/var/lib/counterfoil/index"
  /// Size of a journal segment in MiB.
  public var segmentMebibytes = 16

  public init() {}
}

/// How programs reach the daemon.
public struct ControlConfiguration: Sendable, Equatable {
  public var socket = "/run/counterfoil/control"
  /// Folder of facts that last until the next boot.
  public var runtime = "/run/counterfoil"

  public init() {}
}

/// What the box does for technicians by itself.
public struct ServiceConfiguration: Sendable, Equatable {
  /// A slip is printed when the box comes into a mode in which it does not sell.
  public var statusSlip = true

  public init() {}
}

/// Taxes.
public struct TaxConfiguration: Sendable, Equatable {
  public enum Rounding: String, Sendable, CaseIterable {
    case perLine = "per-line"
    case perTotal = "per-total"
    case perSale = "per-sale"
  }
  public struct Rate: Sendable, Equatable {
    public var code: String
    /// Millionths of the base.
    public var millionths: Int64
    /// The price contains the tax.
    public var included: Bool
    public var label: String
  }
  public var rounding = Rounding.perLine
  public var rates: [Rate] = []

  public init() {}
}

/// What a cashier may do without approval. Amounts in minor units; nil = no limit.
public struct LimitConfiguration: Sendable, Equatable {
  /// Millionths of the list price.
  public var priceOverrideMillionths: Int64 = 0
  public var manualAdjustment: Int64?
  /// The largest total of one sale, 1 to 10^12, for everybody; nil = what the till says.
  public var saleTotal: Int64?
  public var cashOut: Int64?
  public var returnTotal: Int64?
  /// What one sale may give back on the signed proofs of other boxes alone; needed with ``DaemonConfiguration/trustedBoxes``.
  public var foreignReturnTotal: Int64?
  public var voidTotalledNeedsApproval = true
  public var removeTenderNeedsApproval = false
  public var noSaleNeedsApproval = true

  public init() {}
}

/// One place to sell at (收银位).
public struct LaneSettings: Sendable, Equatable {
  public enum Receipt: String, Sendable, CaseIterable { case always, ask, never }
  public var name: String
  /// Name of a printer.
  public var printer: String?
  /// Name of the printer that feeds the drawer.
  public var drawer: String?
  /// Names of scanners.
  public var scanners: [String]
  public var cash: Bool
  public var training: Bool
  public var receipt: Receipt
  public var merchantCopy: Bool
}

/// A printer.
public struct PrinterSettings: Sendable, Equatable {
  public var name: String
  public var address: DeviceAddress
  /// Name of a file in `hardware-profiles/` without `.toml`.
  public var profile: String
  // Values of this one device that replace the profile's.
  public var drawerContact: PrinterProfile.Drawer.Contact?
  public var idleCloseSeconds: Int?
  public var presence: Bool?

  public var id: DeviceIdentifier? {
    DeviceIdentifier(.posPrinter, transport: address.transport, stablePart: address.stablePart)
  }
  /// The drawer at this printer's connector.
  public var drawerID: DeviceIdentifier? {
    DeviceIdentifier(.cashDrawer, transport: address.transport, stablePart: address.stablePart)
  }

  /// The profile with this device's own values.
  public func adjusting(_ profile: PrinterProfile) -> PrinterProfile {
    var profile = profile
    if let drawerContact { profile.drawer.contact = drawerContact }
    if let idleCloseSeconds { profile.connection.idleCloseSeconds = idleCloseSeconds }
    if let presence { profile.connection.presence = presence }
    return profile
  }
}

/// A scanner.
public struct ScannerSettings: Sendable, Equatable {
  public var name: String
  public var address: DeviceAddress
  /// Name of a file in `hardware-profiles/` without `.toml`; nil: none.
  public var hardware: String?
  /// As the configuration has it, over what a scanner without a hardware profile does.
  public var profile: ScannerProfile
  /// The values of ``profile`` that the configuration states; the others are the hardware profile's.
  var stated: [String] = []

  public var id: DeviceIdentifier? {
    DeviceIdentifier(.scanner, transport: address.transport, stablePart: address.stablePart)
  }

  /// The hardware profile with this device's own values; nil: there is none.
  public func adjusting(_ hardware: ScannerProfile?) -> ScannerProfile {
    guard var result = hardware else { return profile }
    if stated.contains("prefix") { result.prefix = profile.prefix }
    if stated.contains("suffix") { result.suffix = profile.suffix }
    if stated.contains("gap_ms") { result.gapMilliseconds = profile.gapMilliseconds }
    if stated.contains("max_length") { result.maximumLength = profile.maximumLength }
    if stated.contains("aim") { result.aim = profile.aim }
    return result
  }
}

/// How the shop reads its own EAN-13 codes; see `Symbology.InStorePattern`.
public struct InStoreCodeSettings: Sendable, Equatable {
  public enum Meaning: String, Sendable, CaseIterable { case weight, price, discount }
  public var pattern: String
  public var meaning: Meaning
}

/// Another box whose signed proofs of its stubs are taken.
public struct TrustedBoxSettings: Sendable, Equatable {
  public var name: String
  /// Verifier key of its journal as `counterfoil init` shows it; read by what knows keys.
  public var key: String
}

/// A payment provider.
public struct ProviderSettings: Sendable, Equatable {
  public var name: String
  /// Absolute path of the Unix socket that its connector serves at.
  public var path: String
  /// True: it moves no money, and lanes in training ask it alone.
  public var training = false
}

/// What a peer of the control socket may do.
public enum PeerRole: String, Sendable, CaseIterable {
  case app, cashier, supervisor, technician, auditor
}

/// A user or group by name or number.
public enum Principal: Sendable, Hashable {
  case name(String)
  case number(UInt32)
}

/// Who has a role.
public struct RoleAssignment: Sendable, Equatable {
  public var role: PeerRole
  public var users: [Principal]
  public var groups: [Principal]
}

/// A person who signs in.
public struct OperatorSettings: Sendable, Equatable {
  public enum Role: String, Sendable, CaseIterable { case cashier, supervisor }
  public var id: String
  public var name: String
  public var role: Role
  /// nil = signs in without a PIN, where the application vouches.
  public var pin: PinHash?
}

/// PBKDF2-HMAC-SHA-256 of a PIN (RFC 8018): `pbkdf2-sha256$iterations$salt$hash`, salt and hash in hexadecimal.
public struct PinHash: Sendable, Equatable {
  public var iterations: Int
  public var salt: [UInt8]
  public var hash: [UInt8]

  public init(iterations: Int, salt: [UInt8], hash: [UInt8]) {
    self.iterations = iterations
    self.salt = salt
    self.hash = hash
  }

  /// Reads the text form; nil when it is none.
  public init?(_ text: String) {
    let parts = text.split(separator: "$", omittingEmptySubsequences: false)
    guard parts.count == 4, parts[0] == "pbkdf2-sha256", let iterations = Int(parts[1]),
      Limits.iterations.contains(iterations), let salt = hexadecimalBytes(parts[2]),
      Limits.saltBytes.contains(salt.count), let hash = hexadecimalBytes(parts[3]), hash.count == Limits.hashBytes
    else { return nil }
    self.init(iterations: iterations, salt: salt, hash: hash)
  }

  /// The text form.
  public var text: String {
    "pbkdf2-sha256$\(iterations)$\(hexadecimalText(salt))$\(hexadecimalText(hash))"
  }
}

func hexadecimalText(_ bytes: [UInt8]) -> String {
  bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}

func hexadecimalBytes(_ text: Substring) -> [UInt8]? {
  let digits = Array(text.utf8)
  guard digits.count % 2 == 0 else { return nil }
  var bytes: [UInt8] = []
  for index in stride(from: 0, to: digits.count, by: 2) {
    guard let high = hexadecimalValue(digits[index]), let low = hexadecimalValue(digits[index + 1]) else { return nil }
    bytes.append(high << 4 | low)
  }
  return bytes
}

private func hexadecimalValue(_ digit: UInt8) -> UInt8? {
  switch digit {
  case 0x30...0x39: digit - 0x30
  case 0x41...0x46: digit - 0x41 + 10
  case 0x61...0x66: digit - 0x61 + 10
  default: nil
  }
}
