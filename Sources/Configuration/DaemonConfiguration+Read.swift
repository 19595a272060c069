import Devices

extension DaemonConfiguration {
  /// Reads a configuration text. Throws everything that is wrong in it at once.
  public init(text: String, file: String) throws(ConfigurationError) {
    self.init()
    let list = ProblemList(try TOMLDocument(text: text, file: file))
    let root = TableReader(list.document.root, path: "", list: list)
    shop = Self.shop(root.table("shop"))
    receipt = Self.receipt(root.table("receipt"))
    storage = Self.storage(root.table("storage"))
    control = Self.control(root.table("control"))
    let service = root.table("service")
    self.service.statusSlip = service.boolean("status_slip", default: self.service.statusSlip)
    service.finish()
    tax = Self.tax(root.table("tax"))
    let cash = root.table("cash")
    cashStep = cash.optionalInteger("step", in: 1...10_000).map { Int64($0) }
    cash.finish()
    limits = Self.limits(root.table("limits"))
    printers = root.tables("printer", most: Limits.devices).map(Self.printer)
    scanners = root.tables("scanner", most: Limits.devices).map(Self.scanner)
    let lanes = root.tables("lane", most: Limits.lanes)
    self.lanes = lanes.map(Self.lane)
    if lanes.isEmpty { list.add("lane", "at least one [[lane]] is needed") }
    inStoreCodes = root.tables("in_store_code", most: 64).map(Self.inStoreCode)
    providers = root.tables("provider", most: 16).map(Self.provider)
    roles = root.tables("role", most: 64).map(Self.role)
    operators = root.tables("operator", most: Limits.operators).map(Self.operator)
    trustedBoxes = root.tables("trusted_box", most: Limits.trustedBoxes).map(Self.trustedBox)
    if !trustedBoxes.isEmpty, limits.foreignReturnTotal == nil {
      list.add(
        "limits.foreign_return_total",
        "is needed with [[trusted_box]]: what one sale may give back on a proof alone; 0: each needs an approval, too")
    }
    root.finish()
    checkNames(list)
    checkReferences(list)
    try list.finish()
  }

  private static func shop(_ table: TableReader) -> ShopConfiguration {
    var shop = ShopConfiguration()
    shop.name = table.string("name", most: Limits.recordedTextBytes)
    shop.shop = identifier(table, "shop")
    shop.till = identifier(table, "till")
    shop.currency = table.string("currency", default: shop.currency)
    if shop.currency.utf8.count != 3 || !shop.currency.utf8.allSatisfy({ (0x41...0x5A).contains($0) }) {
      table.problem("currency", "\"\(shop.currency)\" is no ISO 4217 code such as \"CNY\"")
    }
    shop.timeZone = table.string("time_zone", default: shop.timeZone)
    if !isZoneName(shop.timeZone) {
      table.problem("time_zone", "\"\(shop.timeZone)\" is no name of the time zone database such as \"Asia/Shanghai\"")
    }
    shop.language = table.string("language", default: shop.language, most: Limits.recordedTextBytes)
    table.finish()
    return shop
  }

  /// Letters, digits, `-`, `_`, `.`: goes into file names, numbers and references.
  private static func identifier(_ table: TableReader, _ key: String) -> String {
    let text = table.string(key)
    if !text.isEmpty, text.utf8.count > 32 || !text.utf8.allSatisfy(isIdentifierByte) {
      table.problem(key, "\"\(text)\" must be at most 32 letters, digits, '-', '_' or '.'")
    }
    return text
  }

  private static func isIdentifierByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F: true
    default: false
    }
  }

  private static func isZoneName(_ text: String) -> Bool {
    !text.isEmpty && !text.hasPrefix("/") && !text.contains("..")
      && text.utf8.allSatisfy { isIdentifierByte($0) || $0 == 0x2F || $0 == 0x2B }
  }

  private static func receipt(_ table: TableReader) -> ReceiptConfiguration {
    var receipt = ReceiptConfiguration()
    receipt.template = table.string("template", default: receipt.template, most: Limits.recordedTextBytes)
    receipt.header = table.strings("header", most: 16, bytes: Limits.recordedTextBytes)
    receipt.footer = table.strings("footer", most: 16, bytes: Limits.recordedTextBytes)
    table.finish()
    return receipt
  }

  private static func path(_ table: TableReader, _ key: String, default value: String) -> String {
    let path = table.string(key, default: value)
    if !path.hasPrefix("/") { table.problem(key, "\"\(path)\" must be an absolute path") }
    return path
  }

  private static func storage(_ table: TableReader) -> StorageConfiguration {
    var storage = StorageConfiguration()
    storage.journal = path(table, "journal", default: storage.journal)
    storage.index = path(table, "index", default: storage.index)
    storage.segmentMebibytes = table.integer("segment_mib", in: 8...1024, default: storage.segmentMebibytes)
    table.finish()
    return storage
  }

  private static func control(_ table: TableReader) -> ControlConfiguration {
    var control = ControlConfiguration()
    control.socket = path(table, "socket", default: control.socket)
    // sun_path holds 108 bytes with its NUL.
    if control.socket.utf8.count > 107 { table.problem("socket", "longer than 107 bytes") }
    control.runtime = path(table, "runtime", default: control.runtime)
    table.finish()
    return control
  }

  private static func tax(_ table: TableReader) -> TaxConfiguration {
    var tax = TaxConfiguration()
    tax.rounding = table.choice("rounding", default: tax.rounding)
    tax.rates = table.tables("rate", most: 64).map { rate in
      let code = identifier(rate, "code")
      let millionths = percentage(rate, "rate", required: true)
      let result = TaxConfiguration.Rate(
        code: code, millionths: millionths ?? 0, included: rate.boolean("included", default: true),
        label: rate.string("label", default: "", most: Limits.recordedTextBytes))
      rate.finish()
      return result
    }
    table.finish()
    return tax
  }

  /// `"13%"` or `"6.5%"` in millionths; exact, without a fraction type.
  private static func percentage(_ table: TableReader, _ key: String, required: Bool) -> Int64? {
    guard let text = required ? table.string(key) : table.optionalString(key) else { return nil }
    if required, text.isEmpty { return nil }
    guard let value = Percentage.millionths(text) else {
      table.problem(key, "\"\(text)\" is no percentage such as \"13%\" or \"6.5%\" (at most four decimals, 0 to 100)")
      return nil
    }
    return value
  }

  private static func limits(_ table: TableReader) -> LimitConfiguration {
    var limits = LimitConfiguration()
    let amounts = 0...1_000_000_000_000
    limits.priceOverrideMillionths = percentage(table, "price_override", required: false) ?? 0
    limits.manualAdjustment = table.optionalInteger("manual_adjustment", in: amounts).map { Int64($0) }
    limits.saleTotal = table.optionalInteger("sale_total", in: 1...1_000_000_000_000).map { Int64($0) }
    limits.cashOut = table.optionalInteger("cash_out", in: amounts).map { Int64($0) }
    limits.returnTotal = table.optionalInteger("return_total", in: amounts).map { Int64($0) }
    limits.foreignReturnTotal = table.optionalInteger("foreign_return_total", in: amounts).map { Int64($0) }
    limits.voidTotalledNeedsApproval = table.boolean("void_totalled_needs_approval", default: true)
    limits.removeTenderNeedsApproval = table.boolean("remove_tender_needs_approval", default: false)
    limits.noSaleNeedsApproval = table.boolean("no_sale_needs_approval", default: true)
    table.finish()
    return limits
  }

  private static func address(_ table: TableReader) -> DeviceAddress {
    let text = table.string("address")
    if let address = DeviceAddress(text) { return address }
    if !text.isEmpty {
      table.problem(
        "address",
        "\"\(text)\" is none; examples: \"tcp://192.168.1.87:9100\" (numbers, no names), "
          + "\"serial:/dev/counterfoil/scanner-1?speed=9600\"")
    }
    return .tcp(host: "0.0.0.0", port: DeviceAddress.rawPrintingPort)
  }

  private static func printer(_ table: TableReader) -> PrinterSettings {
    let printer = PrinterSettings(
      name: identifier(table, "name"), address: address(table), profile: identifier(table, "profile"),
      drawerContact: table.optionalChoice("drawer_contact", PrinterProfile.Drawer.Contact.self),
      idleCloseSeconds: table.optionalInteger("idle_close_seconds", in: 0...3600),
      presence: table.optionalString("presence").flatMap { word in
        if word == "yes" || word == "no" { return word == "yes" }
        table.problem("presence", "\"\(word)\" is none of \"yes\", \"no\"")
        return nil
      })
    table.finish()
    return printer
  }

  private static func scanner(_ table: TableReader) -> ScannerSettings {
    let name = identifier(table, "name")
    let address = address(table)
    if case .tcp = address, table.isPresent { table.problem("address", "a scanner needs a serial address") }
    var profile = ScannerProfile(name: name)
    profile.readData(table)
    let hardware = table.keys.contains("profile") ? identifier(table, "profile") : nil
    table.finish()
    return ScannerSettings(
      name: name, address: address, hardware: hardware, profile: profile,
      stated: ScannerProfile.dataKeys.filter(table.keys.contains))
  }

  private static func lane(_ table: TableReader) -> LaneSettings {
    let lane = LaneSettings(
      name: identifier(table, "name"), printer: table.optionalString("printer"),
      drawer: table.optionalString("drawer"), scanners: table.strings("scanners", most: 16),
      cash: table.boolean("cash", default: true), training: table.boolean("training", default: false),
      receipt: table.choice("receipt", default: .always), merchantCopy: table.boolean("merchant_copy", default: false))
    table.finish()
    return lane
  }

  private static func inStoreCode(_ table: TableReader) -> InStoreCodeSettings {
    let pattern = table.string("pattern")
    let places = Array(pattern.utf8)
    let known = places.allSatisfy { (0x30...0x39).contains($0) || $0 == 0x2E || $0 == 0x4E || $0 == 0x44 }
    if places.count != 12 || !known {
      table.problem("pattern", "\"\(pattern)\" must be 12 of digits, '.', 'N' and 'D', for example \"21.....NNDDD\"")
    }
    let meaning = table.optionalChoice("meaning", InStoreCodeSettings.Meaning.self)
    if meaning == nil, !table.keys.contains("meaning") { table.missing("meaning") }
    table.finish()
    return InStoreCodeSettings(pattern: pattern, meaning: meaning ?? .price)
  }

  private static func provider(_ table: TableReader) -> ProviderSettings {
    let name = identifier(table, "name")
    let address = table.string("address")
    let path = address.hasPrefix("unix:") ? String(address.dropFirst(5)) : address
    if table.isPresent, !path.hasPrefix("/") || path.utf8.count > 107 {
      table.problem("address", "\"\(address)\" must be \"unix:\" and an absolute path of at most 107 bytes")
    }
    let training = table.boolean("training", default: false)
    table.finish()
    return ProviderSettings(name: name, path: path, training: training)
  }

  private static func trustedBox(_ table: TableReader) -> TrustedBoxSettings {
    let box = TrustedBoxSettings(name: identifier(table, "name"), key: table.string("key", most: Limits.keyBytes))
    table.finish()
    return box
  }

  private static func role(_ table: TableReader) -> RoleAssignment {
    let role = table.optionalChoice("role", PeerRole.self)
    if role == nil, !table.keys.contains("role") { table.missing("role") }
    let assignment = RoleAssignment(
      role: role ?? .app, users: principals(table, "users"), groups: principals(table, "groups"))
    table.finish()
    if assignment.users.isEmpty, assignment.groups.isEmpty { table.problem("users", "no users and no groups") }
    return assignment
  }

  private static func principals(_ table: TableReader, _ key: String) -> [Principal] {
    (table.array(key, most: 64) ?? []).enumerated().compactMap { index, node in
      switch node {
      // The system has no name of digits only: the role would be given to nobody.
      case .string(let name) where UInt32(name) != nil:
        table.problem("\(key)[\(index)]", "a number has no quotes: \(name)")
        return nil
      case .string(let name) where !name.isEmpty && name.utf8.count <= 32 && name.utf8.allSatisfy(isIdentifierByte):
        return .name(name)
      case .integer(let number) where UInt32(exactly: number) != nil && number < Int64(UInt32.max):
        return .number(UInt32(number))
      default:
        table.problem("\(key)[\(index)]", "must be a name or a number of the system's users or groups")
        return nil
      }
    }
  }

  private static func `operator`(_ table: TableReader) -> OperatorSettings {
    var settings = OperatorSettings(
      id: identifier(table, "id"), name: table.string("name"), role: table.choice("role", default: .cashier), pin: nil)
    if let text = table.optionalString("pin") {
      settings.pin = PinHash(text)
      // The text itself is not repeated: it may be a PIN in clear.
      if settings.pin == nil {
        table.problem("pin", "must be \"pbkdf2-sha256$iterations$salt$hash\" as `counterfoil pin` prints it")
      }
    }
    table.finish()
    return settings
  }

  // MARK: Between tables

  private func checkNames(_ list: ProblemList) {
    func unique(_ names: [String], _ table: String, _ key: String) {
      var seen: Set<String> = []
      for (index, name) in names.enumerated() where !name.isEmpty && !seen.insert(name).inserted {
        list.add("\(table)[\(index)].\(key)", "\"\(name)\" is there twice")
      }
    }
    unique(lanes.map(\.name), "lane", "name")
    unique(printers.map(\.name), "printer", "name")
    unique(scanners.map(\.name), "scanner", "name")
    unique(providers.map(\.name), "provider", "name")
    unique(operators.map(\.id), "operator", "id")
    unique(trustedBoxes.map(\.name), "trusted_box", "name")
    unique(tax.rates.map(\.code), "tax.rate", "code")
    unique(printers.map(\.address.stablePart), "printer", "address")
    unique(scanners.map(\.address.stablePart), "scanner", "address")
  }

  private func checkReferences(_ list: ProblemList) {
    let printerNames = printers.map(\.name)
    let scannerNames = scanners.map(\.name)
    func check(_ name: String, _ names: [String], _ field: String, _ what: String) {
      guard !names.contains(name) else { return }
      let hint = Spelling.nearest(to: name, in: names).map { "; did you mean \"\($0)\"?" } ?? ""
      list.add(field, "there is no \(what) \"\(name)\"\(hint)")
    }
    var taken: [String: String] = [:]
    for (index, lane) in lanes.enumerated() {
      if let printer = lane.printer { check(printer, printerNames, "lane[\(index)].printer", "printer") }
      if let drawer = lane.drawer { check(drawer, printerNames, "lane[\(index)].drawer", "printer") }
      for scanner in lane.scanners {
        check(scanner, scannerNames, "lane[\(index)].scanners", "scanner")
        if let other = taken[scanner] {
          list.add("lane[\(index)].scanners", "\"\(scanner)\" belongs to lane \"\(other)\" already")
        }
        taken[scanner] = lane.name
      }
    }
  }

  /// Checks that the profile of every printer, and of every scanner that names one, is there.
  public func check(profiles: HardwareProfiles, file: String) throws(ConfigurationError) {
    func missing(_ name: String, _ names: some Sequence<String>, _ field: String) -> ConfigurationProblem? {
      guard !names.contains(name) else { return nil }
      let hint = Spelling.nearest(to: name, in: Array(names)).map { "; did you mean \"\($0)\"?" }
      return ConfigurationProblem(
        file: file, line: nil, field: field, message: "there is no profile \"\(name)\"\(hint ?? "")")
    }
    var problems = printers.enumerated().compactMap {
      missing($1.profile, profiles.printers.keys, "printer[\($0)].profile")
    }
    problems += scanners.enumerated().compactMap { index, scanner in
      scanner.hardware.flatMap { missing($0, profiles.scanners.keys, "scanner[\(index)].profile") }
    }
    if !problems.isEmpty { throw ConfigurationError(problems) }
  }
}

/// Percentages as texts.
enum Percentage {
  /// `"6.5%"` → 65,000; nil when it is none, has more than four decimals or is above 100 %.
  static func millionths(_ text: String) -> Int64? {
    guard text.hasSuffix("%") else { return nil }
    let parts = text.dropLast().split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    guard let first = parts.first, let whole = digits(first, most: 3), whole <= 100 else { return nil }
    var fraction: Int64 = 0
    if parts.count == 2 {
      guard let value = digits(parts[1], most: 4) else { return nil }
      fraction = value
      for _ in parts[1].utf8.count..<4 { fraction *= 10 }
    }
    let result = whole * 10_000 + fraction
    return result <= 1_000_000 ? result : nil
  }

  private static func digits(_ text: Substring, most: Int) -> Int64? {
    guard !text.isEmpty, text.utf8.count <= most, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
      return nil
    }
    return Int64(text)
  }
}
