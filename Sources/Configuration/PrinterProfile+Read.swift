import Devices

extension PrinterProfile {
  /// Reads a hardware profile. Throws everything that is wrong in it at once. `name` is the file's name without `.toml`.
  public init(text: String, name: String, file: String) throws(ConfigurationError) {
    try self.init(document: TOMLDocument(text: text, file: file), name: name)
  }

  init(document: TOMLDocument, name: String) throws(ConfigurationError) {
    let list = ProblemList(document)
    let root = TableReader(list.document.root, path: "", list: list)
    _ = root.integer("format", in: 1...1)
    self.init(
      name: name, title: root.string("title"), family: root.string("family"), paper: Self.paper(root.table("paper")),
      kanji: Self.kanji(root.table("kanji")), codePages: Self.codePages(root.table("code_pages")),
      cut: Self.cut(root.table("cut")), drawer: Self.drawer(root.table("drawer")),
      status: Self.status(root.table("status")), proof: Self.proof(root.table("proof")),
      mechanics: Self.mechanics(root.table("mechanics")), codes: Self.codes(root.table("codes")),
      connection: Self.connection(root.table("connection")), quirks: Self.quirks(root.table("quirks")))
    usb = USBMatch.read(root)
    evidence = Evidence.read(root, needed: Self.groups, optional: ["connection", "quirks", "code_pages"], list)
    root.finish()
    if connection.presence, !status.automatic {
      list.add("connection.presence", "needs status.automatic: without it an open connection tells nothing")
    }
    if codePages.isEmpty, kanji == nil { list.add("code_pages", "neither code pages nor a kanji font") }
    try list.finish()
  }

  /// Groups whose values need evidence.
  static let groups = ["paper", "kanji", "cut", "drawer", "status", "proof", "mechanics", "codes", "usb"]

  private static func paper(_ table: TableReader) -> Paper {
    defer { table.finish() }
    return Paper(
      width: table.integer("width_mm", in: 20...120), dots: table.integer("dots", in: 64...2048),
      resolution: table.integer("dots_per_inch", in: 100...600, default: 203),
      columns: table.integer("columns", in: 16...128),
      lineHeight: table.integer("line_height_dots", in: 16...64, default: 30))
  }

  private enum Encoding: String, CaseIterable { case gbk, gb18030, big5 }

  private static func kanji(_ table: TableReader) -> Kanji? {
    guard table.isPresent else { return nil }
    defer { table.finish() }
    let encoding = table.optionalChoice("encoding", Encoding.self)
    if encoding == nil, !table.keys.contains("encoding") { table.missing("encoding") }
    return Kanji(
      encoding: (encoding ?? .gbk).rawValue, onAfterReset: table.boolean("on_after_reset"),
      hasModeCommands: table.boolean("mode_commands"))
  }

  private static func codePages(_ table: TableReader) -> [UInt8: String] {
    var pages: [UInt8: String] = [:]
    for key in table.keys {
      let page = table.string(key)
      guard let number = UInt8(key) else {
        table.problem(key, "a code page's name must be its number, 0 to 255")
        continue
      }
      pages[number] = page
    }
    return pages
  }

  private static func cut(_ table: TableReader) -> Cut {
    defer { table.finish() }
    let kind = table.optionalChoice("kind", Cut.Kind.self)
    if kind == nil, !table.keys.contains("kind") { table.missing("kind") }
    return Cut(
      kind: kind ?? .none, feedsToCutter: table.boolean("feeds_to_cutter", default: true),
      feedLines: table.integer("feed_lines", in: 0...20))
  }

  private static func drawer(_ table: TableReader) -> Drawer {
    defer { table.finish() }
    var drawer = Drawer()
    drawer.pin = table.integer("pin", in: 2...5, default: drawer.pin)
    if drawer.pin != 2, drawer.pin != 5 { table.problem("pin", "must be 2 or 5") }
    drawer.onMilliseconds = table.integer("on_ms", in: 2...510, default: drawer.onMilliseconds)
    drawer.offMilliseconds = table.integer("off_ms", in: 2...510, default: drawer.offMilliseconds)
    drawer.contact = table.choice("contact", default: drawer.contact)
    drawer.realTimePulse = table.boolean("real_time_pulse", default: false)
    return drawer
  }

  private static func status(_ table: TableReader) -> Status {
    defer { table.finish() }
    let realTime = table.integers("real_time", in: 1...4, most: 4).map { UInt8($0) }
    if !table.keys.contains("real_time") { table.missing("real_time") }
    return Status(
      realTime: realTime, automatic: table.boolean("automatic"),
      nearEndSensor: table.boolean("near_end_sensor"),
      pollSeconds: table.integer("poll_seconds", in: 0...3600, default: 2),
      answerMilliseconds: table.integer("answer_ms", in: 50...30_000, default: 1000))
  }

  private static func proof(_ table: TableReader) -> Proof {
    defer { table.finish() }
    return Proof(
      fence: table.boolean("fence"), processID: table.boolean("process_id"),
      keepsBuffer: table.boolean("keeps_buffer"))
  }

  private static func mechanics(_ table: TableReader) -> Mechanics {
    defer { table.finish() }
    return Mechanics(
      speed: table.integer("speed_mm_s", in: 10...1000),
      bufferBytes: table.integer("buffer_bytes", in: 64...16_777_216),
      cutMilliseconds: table.integer("cut_ms", in: 0...10_000, default: 500))
  }

  private static func codes(_ table: TableReader) -> Codes {
    defer { table.finish() }
    return Codes(qr: table.boolean("qr"), barcodes: table.boolean("barcodes"))
  }

  private static func connection(_ table: TableReader) -> Connection {
    defer { table.finish() }
    return Connection(
      idleCloseSeconds: table.integer("idle_close_seconds", in: 0...3600, default: 2),
      presence: table.boolean("presence", default: false),
      connectSeconds: table.integer("connect_seconds", in: 1...60, default: 5))
  }

  private static func quirks(_ table: TableReader) -> Quirks {
    defer { table.finish() }
    return Quirks(
      positionsAbsolutely: table.boolean("positions_absolutely", default: false),
      selectsInternationalSet: table.boolean("selects_international_set", default: true))
  }
}
