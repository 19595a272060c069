import Devices

extension USBMatch {
  /// The `[[usb]]` tables of a profile.
  static func read(_ root: TableReader) -> [USBMatch] {
    var matches: [USBMatch] = []
    for table in root.tables("usb", most: Limits.usbMatches) {
      let vendor = number(table, "vendor", table.string("vendor"))
      let product = table.optionalString("product").map { number(table, "product", $0) }
      let interface = table.optionalChoice("interface", Interface.self)
      if interface == nil, !table.keys.contains("interface") { table.missing("interface") }
      table.finish()
      let match = USBMatch(vendor: vendor, product: product, interface: interface ?? .serial)
      if matches.contains(match) { table.problem("product", "these numbers stand twice") }
      matches.append(match)
    }
    return matches
  }

  private static func number(_ table: TableReader, _ key: String, _ text: String) -> UInt16 {
    let isNumber =
      text.utf8.count == 4 && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    if isNumber, let number = UInt16(text, radix: 16) { return number }
    if !text.isEmpty { table.problem(key, "\"\(text)\" must be four hexadecimal digits, small letters") }
    return 0
  }
}

extension Evidence {
  /// The `[evidence]` of a profile: every group of `needed` that is there must have its entry, others may.
  static func read(_ root: TableReader, needed: [String], optional: [String] = [], _ list: ProblemList) -> [String:
    Evidence]
  {
    let table = root.table("evidence")
    var result: [String: Evidence] = [:]
    for group in needed + optional {
      let entry = table.table(group)
      guard entry.isPresent else { continue }
      let kind = entry.optionalChoice("kind", Evidence.Kind.self)
      if kind == nil, !entry.keys.contains("kind") { entry.missing("kind") }
      let date = entry.string("date")
      if !date.isEmpty, !isDay(date) { entry.problem("date", "\"\(date)\" is no day such as \"2026-08-01\"") }
      result[group] = Evidence(kind: kind ?? .assumed, date: date, source: entry.string("source"))
      entry.finish()
    }
    table.finish()
    for group in needed where root.keys.contains(group) && result[group] == nil {
      list.add("evidence.\(group)", "is missing: say where the values of [\(group)] come from")
    }
    return result
  }

  private static func isDay(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    return bytes.count == 10
      && bytes.enumerated().allSatisfy { index, byte in
        index == 4 || index == 7 ? byte == 0x2D : (0x30...0x39).contains(byte)
      }
  }
}

extension ScannerProfile {
  /// The family whose profiles describe scanners.
  static let serialFamily = "serial-scanner"

  /// Reads a scanner's hardware profile. Throws everything that is wrong in it at once.
  public init(text: String, name: String, file: String) throws(ConfigurationError) {
    try self.init(document: TOMLDocument(text: text, file: file), name: name)
  }

  init(document: TOMLDocument, name: String) throws(ConfigurationError) {
    let list = ProblemList(document)
    let root = TableReader(list.document.root, path: "", list: list)
    _ = root.integer("format", in: 1...1)
    self.init(name: name)
    title = root.string("title")
    family = root.string("family")
    let data = root.table("data")
    if !data.isPresent { list.add("data", "is missing") }
    for key in Self.dataKeys where data.isPresent && !data.keys.contains(key) { data.missing(key) }
    readData(data)
    data.finish()
    usb = USBMatch.read(root)
    if usb.contains(where: { $0.interface != .serial }) {
      list.add("usb", "a scanner of this family has the interface \"serial\"")
    }
    evidence = Evidence.read(root, needed: ["data", "usb"], list)
    root.finish()
    try list.finish()
  }

  static let dataKeys = ["prefix", "suffix", "gap_ms", "max_length", "aim"]

  /// How a code is framed; what does not stand there stays as it is.
  mutating func readData(_ table: TableReader) {
    if let text = table.optionalString("prefix") {
      if let bytes = hexadecimalBytes(text[...]), bytes.count <= Limits.prefixBytes {
        prefix = bytes
      } else {
        table.problem(
          "prefix",
          "\"\(text)\" must be at most \(Limits.prefixBytes) bytes in hexadecimal, for example \"02\" for STX")
      }
    }
    suffix = table.choice("suffix", default: suffix)
    gapMilliseconds = table.integer("gap_ms", in: Self.gaps, default: gapMilliseconds)
    maximumLength = table.integer("max_length", in: Self.maximumLengths, default: maximumLength)
    aim = table.boolean("aim", default: aim)
  }
}
