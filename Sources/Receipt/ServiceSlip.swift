import Document

/// What a slip for a technician says: how a box is, or what is wrong with it. It is no fact, and has no money on it.
public struct ServiceSlip: Sendable {
  public enum Kind: String, Sendable { case status, doctor }

  /// What waits for a person, and the command for it.
  public struct Finding: Sendable, Equatable {
    public var text: String
    /// Nil: no command mends it.
    public var command: String?

    public init(text: String, command: String?) {
      self.text = text
      self.command = command
    }
  }

  /// Where the journal stands.
  public struct Journal: Sendable {
    public var epoch: Int64
    /// The newest record's place.
    public var sequence: UInt64
    /// Bytes of the journal's files; nil: not known.
    public var size: Int64?
    /// Bytes that are left on its disk; nil: not known.
    public var room: Int64?
    /// Days until the disk is full; nil: not known.
    public var days: Int64?

    public init(epoch: Int64, sequence: UInt64, size: Int64? = nil, room: Int64? = nil, days: Int64? = nil) {
      self.epoch = epoch
      self.sequence = sequence
      self.size = size
      self.room = room
      self.days = days
    }
  }

  /// A lane and who sells there.
  public struct Lane: Sendable {
    public var name: String
    /// Its open shift; nil: none.
    public var shift: String?
    public var `operator`: String?

    public init(name: String, shift: String?, operator: String?) {
      self.name = name
      self.shift = shift
      self.operator = `operator`
    }
  }

  /// A device of the configuration.
  public struct Device: Sendable {
    public enum State: Sendable { case good, bad, away }
    public var name: String
    public var state: State
    /// Empty when nothing is wrong.
    public var why: String

    public init(name: String, state: State, why: String) {
      self.name = name
      self.state = state
      self.why = why
    }
  }

  public var kind: Kind
  public var language: Language
  public var version: String
  /// Shop and till.
  public var origin: String
  /// Id of the box's journal; empty: it cannot be read.
  public var box: String
  /// Word of the mode, and of why it is not another one.
  public var mode: String
  public var reasons: [String]
  /// Whether it sells.
  public var sells: Bool
  /// Civil time.
  public var localTime: String
  public var timeTrusted: Bool
  public var journal: Journal?
  public var lanes: [Lane] = []
  public var devices: [Device] = []
  /// Network addresses.
  public var addresses: [String] = []
  public var findings: [Finding]

  public init(
    kind: Kind, language: Language, version: String, origin: String, box: String, mode: String, reasons: [String],
    sells: Bool, localTime: String, timeTrusted: Bool, journal: Journal?, findings: [Finding]
  ) {
    self.kind = kind
    self.language = language
    self.version = version
    self.origin = origin
    self.box = box
    self.mode = mode
    self.reasons = reasons
    self.sells = sells
    self.localTime = localTime
    self.timeTrusted = timeTrusted
    self.journal = journal
    self.findings = findings
  }

  /// Findings on one slip; of more it says how many there are.
  public static let mostFindings = 20
  /// Devices, lanes and addresses on one slip, each.
  public static let mostEntries = 24
  /// Hex digits of the box's id.
  private static let shownBox = 16
}

extension Receipt {
  /// The slip. It says at its top and bottom what it is, and has no code.
  public static func render(_ slip: ServiceSlip) -> Document {
    let words = ServiceSlipWords.of(slip.language)
    let mark = Element.text("- \(words.mark) -", alignment: .center)
    let title = slip.kind == .status ? words.status : words.doctor
    var elements: [Element] = [mark, .text(title, style: .large, alignment: .center)]
    elements += slip.head(words)
    if slip.kind == .status { elements += slip.details(words) }
    elements += slip.findings(words)
    elements += [.rule(.single), mark, .cut(.partial)]
    return Document(title: title, language: slip.language, elements: elements)
  }
}

extension ServiceSlip {
  fileprivate func head(_ words: ServiceSlipWords) -> [Element] {
    var elements: [Element] = [.text(origin.isEmpty ? "counterfoil" : origin, alignment: .center), .rule(.single)]
    elements.append(.total(words.mode, words.modes[mode] ?? mode, style: sells ? [] : .bold))
    elements += reasons.map { .text($0, style: .bold, alignment: .trailing) }
    elements.append(.total(words.version, version))
    if !box.isEmpty { elements.append(.total(words.box, String(box.prefix(Self.shownBox)))) }
    elements.append(.total(words.time, localTime))
    if !timeTrusted { elements.append(.text(words.doubtfulTime, alignment: .trailing)) }
    return elements
  }

  fileprivate func details(_ words: ServiceSlipWords) -> [Element] {
    var elements: [Element] = [.rule(.single)]
    if let journal {
      elements.append(.total(words.journal, "\(journal.epoch)/\(journal.sequence)"))
      if let size = journal.size { elements.append(.total("  \(words.size)", Self.bytes(size))) }
      if let room = journal.room { elements.append(.total("  \(words.room)", Self.bytes(room))) }
      if let days = journal.days { elements.append(.total("  \(words.days)", "\(days)")) }
    } else {
      elements.append(.total(words.journal, words.unreadable, style: .bold))
    }
    elements += lanes.prefix(Self.mostEntries).map { lane in
      let shift = lane.shift.map { "\(words.shift) \($0)" + (lane.operator.map { " \($0)" } ?? "") }
      return .total("\(words.lane) \(lane.name)", shift ?? words.noShift)
    }
    if !devices.isEmpty { elements.append(.rule(.single)) }
    for device in devices.prefix(Self.mostEntries) {
      let state: String =
        switch device.state {
        case .good: words.good
        case .bad: words.bad
        case .away: words.away
        }
      elements.append(.total(device.name, state, style: device.state == .good ? [] : .bold))
      if !device.why.isEmpty { elements.append(.text("  \(Self.line(device.why))")) }
    }
    elements.append(.rule(.single))
    if addresses.isEmpty { elements.append(.total(words.network, words.none)) }
    elements += addresses.prefix(Self.mostEntries).enumerated().map { index, address in
      .total(index == 0 ? words.network : "", address)
    }
    return elements
  }

  fileprivate func findings(_ words: ServiceSlipWords) -> [Element] {
    var elements: [Element] = [.rule(.single)]
    if findings.isEmpty { elements.append(.text(words.nothing)) }
    for finding in findings.prefix(Self.mostFindings) {
      elements.append(.text("! \(Self.line(finding.text))"))
      if let command = finding.command { elements.append(.text("  \(Self.line(command))", style: .bold)) }
    }
    if findings.count > Self.mostFindings {
      elements.append(.text("+ \(findings.count - Self.mostFindings): counterfoil status"))
    }
    if kind == .doctor { elements.append(.text(words.rest)) }
    return elements
  }

  /// What somebody else wrote, as one paragraph: its line breaks would feed metres of empty paper.
  private static func line(_ text: String) -> String {
    String(String.UnicodeScalarView(text.unicodeScalars.map { $0 == "\n" ? " " : $0 }))
  }

  /// Bytes in the largest unit that leaves a digit: `812 MiB`, `1.4 GiB`.
  package static func bytes(_ count: Int64) -> String {
    let units = ["KiB", "MiB", "GiB", "TiB"]
    var unit = 0
    var tenths = max(0, count) / 1_024 * 10 + max(0, count) % 1_024 * 10 / 1_024
    while tenths >= 10_240, unit + 1 < units.count {
      tenths /= 1_024
      unit += 1
    }
    return tenths >= 100 ? "\(tenths / 10) \(units[unit])" : "\(tenths / 10).\(tenths % 10) \(units[unit])"
  }
}

/// The fixed words of a slip for technicians.
struct ServiceSlipWords {
  let mark, status, doctor, mode, version, box, time, doubtfulTime: String
  let journal, size, room, days, unreadable, lane, shift, noShift: String
  let good, bad, away, network, none, nothing, rest: String
  let modes: [String: String]

  static func of(_ language: Language) -> Self { language == .simplifiedChinese ? chinese : english }

  private static let chinese = ServiceSlipWords(
    mark: "服务单 非票据", status: "本机状态", doctor: "本机检查", mode: "模式", version: "版本", box: "本机", time: "时间",
    doubtfulTime: "(时间未校准)", journal: "账本 纪元/序号", size: "大小", room: "剩余空间", days: "可用天数",
    unreadable: "无法读取", lane: "收银位", shift: "班次", noShift: "未开班", good: "正常", bad: "需处理", away: "不在",
    network: "网络地址", none: "无", nothing: "没有待处理的事项", rest: "其余检查：counterfoil doctor",
    modes: ["selling": "营业", "cashOnly": "仅现金", "recovering": "恢复中", "reading": "只读", "locked": "锁定"])

  private static let english = ServiceSlipWords(
    mark: "SERVICE SLIP - NOT A RECEIPT", status: "STATUS", doctor: "DOCTOR", mode: "Mode", version: "Version",
    box: "Box", time: "Time", doubtfulTime: "(time not verified)", journal: "Journal epoch/sequence", size: "Size",
    room: "Room left", days: "Days to full", unreadable: "cannot be read", lane: "Lane", shift: "shift",
    noShift: "no open shift", good: "ok", bad: "needs a hand", away: "missing", network: "Network", none: "none",
    nothing: "nothing waits for you", rest: "All other checks: counterfoil doctor",
    modes: [
      "selling": "selling", "cashOnly": "cash only", "recovering": "recovering", "reading": "READS ONLY",
      "locked": "LOCKED",
    ])
}
