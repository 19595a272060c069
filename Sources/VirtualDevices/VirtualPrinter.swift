import EscPos

/// An ESC/POS printer without hardware: bytes in, answers and paper out. A value without time or I/O of its own.
///
/// It answers truthfully: real-time questions at once, everything else in the order of its buffer and at the speed of its
/// paper, and nothing of the buffer while it cannot print. What it cannot tell, no driver may claim.
public struct VirtualPrinter: Sendable {
  /// How the printer is built.
  public struct Build: Sendable {
    public var profile: EscPosProfile
    /// Paper speed in millimetres a second; 0 = everything is printed at once.
    public var speed = 0
    public var bufferBytes = 65_536
    /// Answers `GS ( H`.
    public var answersProcessIdentifier = true
    /// What a pulse does to the drawer.
    public var drawer = Drawer.absent

    /// A drawer at the connector; its contact makes pin 3 high while it is open.
    public enum Drawer: String, Sendable, CaseIterable { case absent, opens, stuck }

    public init(profile: EscPosProfile) { self.profile = profile }
  }

  /// What goes wrong, and when.
  public struct Faults: Sendable, Equatable {
    /// The roll ends after so many bytes were worked on, counted from now.
    public var paperOutAfter: Int?
    /// Ordinals of answers that get lost, from 1, counted from now.
    public var lostReplies: Set<Int> = []
    /// Answers nothing at all.
    public var isMute = false

    public init() {}
  }

  public enum Paper: String, Sendable { case ok, low, out }

  /// What happened, for logs and tests.
  public enum Event: Sendable, Equatable {
    /// Lines that came out.
    case printed(String)
    /// The paper was cut; the text of the slip.
    case cut(slip: String)
    case kick(pin: Int)
    case paperOut
  }

  /// Dots a millimetre.
  private static let dotsPerMillimetre: UInt64 = 8
  private static let lineDots: UInt64 = 30
  private static let cutNanoseconds: UInt64 = 300_000_000
  private static let second: UInt64 = 1_000_000_000

  public var build: Build
  public var faults = Faults()
  public private(set) var paper = Paper.ok
  public private(set) var isCoverOpen = false
  public private(set) var isDrawerOpen = false
  /// Cuts so far.
  public private(set) var slips = 0
  public private(set) var kicks = 0
  /// Bytes worked on so far.
  public private(set) var workedBytes = 0

  private var tokenizer: EscPosTokenizer
  private var realTime = RealTimeScanner()
  private var buffer: [UInt8] = []
  private var bufferStart = 0
  private var slip: PaperText
  private var slipLines = 0
  private var automaticMask: UInt8 = 0
  private var lastAutomatic: [UInt8] = []
  private var offlineMode: UInt8 = 0
  private var wasOnline = true
  private var busyUntil: UInt64 = 0
  private var replyNumber = 0
  private var replies: [UInt8] = []
  private var events: [Event] = []

  public init(_ build: Build) {
    self.build = build
    tokenizer = EscPosTokenizer(profile: build.profile)
    slip = PaperText(profile: build.profile)
  }

  public var isOnline: Bool { !isCoverOpen && paper != .out }
  /// Bytes waiting in the buffer.
  public var waitingBytes: Int { buffer.count - bufferStart }
  /// Room in the buffer; 0 = the printer takes nothing more.
  public var room: Int { max(0, build.bufferBytes - waitingBytes) }
  /// When it can go on by itself; nil = nothing to do, or it waits for a person.
  public var nextTime: UInt64? { isOnline && waitingBytes > 0 ? busyUntil : nil }

  // MARK: What people do

  public mutating func set(paper: Paper) {
    self.paper = paper
    noticeChange()
  }

  public mutating func set(coverOpen: Bool) {
    isCoverOpen = coverOpen
    noticeChange()
  }

  public mutating func set(drawerOpen: Bool) {
    isDrawerOpen = drawerOpen
    noticeChange()
  }

  /// Power off and on: the buffer is gone, the paper stays.
  public mutating func powerCycle() {
    buffer.removeAll()
    bufferStart = 0
    tokenizer = EscPosTokenizer(profile: build.profile)
    realTime = RealTimeScanner()
    automaticMask = 0
    busyUntil = 0
    replies.removeAll()
  }

  /// Answers since the last call.
  public mutating func takeReplies() -> [UInt8] {
    defer { replies.removeAll() }
    return replies
  }

  /// Events since the last call.
  public mutating func takeEvents() -> [Event] {
    defer { events.removeAll() }
    return events
  }

  // MARK: Bytes

  /// Bytes come in. Real-time commands are obeyed now, wherever they stand; the rest waits for ``run(now:)``.
  public mutating func receive(_ bytes: some Collection<UInt8>) {
    buffer.append(contentsOf: bytes)
    for byte in bytes {
      guard let command = realTime.feed(byte) else { continue }
      switch command {
      case .status(let number, _): reply(realTimeStatus(number).map { [$0] } ?? [])
      case .pulse(let pin, _): kick(pin: pin)
      case .clearBuffers:
        buffer.removeAll()
        bufferStart = 0
        reply([0x37, 0x25, 0x00])
      case .request, .powerOff, .transmit: break
      }
    }
  }

  /// Works through the buffer as far as paper, cover and time allow.
  public mutating func run(now: UInt64) {
    while isOnline, bufferStart < buffer.count, busyUntil <= now {
      let byte = buffer[bufferStart]
      bufferStart += 1
      workedBytes += 1
      for token in tokenizer.feed(CollectionOfOne(byte)) { work(on: token, now: now) }
      if let left = faults.paperOutAfter {
        faults.paperOutAfter = left > 1 ? left - 1 : nil
        if left <= 1 {
          events.append(.paperOut)
          set(paper: .out)
        }
      }
    }
    if bufferStart == buffer.count {
      buffer.removeAll(keepingCapacity: true)
      bufferStart = 0
    }
  }

  private mutating func work(on token: EscPosToken, now: UInt64) {
    switch token {
    case .line: print(token, dots: Self.lineDots, now: now)
    case .feed(let dots): print(token, dots: UInt64(clamping: dots), now: now)
    case .qrCode(let code): print(token, dots: UInt64(clamping: code.moduleSize) * 37, now: now)
    case .barcode(let code): print(token, dots: UInt64(clamping: code.height), now: now)
    case .image(_, let height): print(token, dots: UInt64(clamping: height), now: now)
    case .cut: cut(token, now: now)
    case .drawerKick(let pin, _, _): kick(pin: pin)
    case .statusRequest(let request): answer(request)
    case .initialise: automaticMask = 0
    case .realTime, .command, .unknown: break
    }
  }

  private mutating func print(_ token: EscPosToken, dots: UInt64, now: UInt64) {
    slip.append(token)
    emitLines()
    guard build.speed > 0 else { return }
    let time = dots * Self.second / (Self.dotsPerMillimetre * UInt64(build.speed))
    busyUntil = max(busyUntil, now) + time
  }

  private mutating func emitLines() {
    let lines = slip.lines
    guard lines.count > slipLines else { return }
    events.append(.printed(lines[slipLines...].map { $0 + "\n" }.joined()))
    slipLines = lines.count
  }

  private mutating func cut(_ token: EscPosToken, now: UInt64) {
    slips += 1
    let text = slip.result
    slip.append(token)
    emitLines()
    events.append(.cut(slip: text))
    slip = PaperText(profile: build.profile)
    slipLines = 0
    if build.speed > 0 { busyUntil = max(busyUntil, now) + Self.cutNanoseconds }
  }

  private mutating func kick(pin: Int) {
    kicks += 1
    events.append(.kick(pin: pin))
    if build.drawer == .opens { set(drawerOpen: true) }
  }

  // MARK: Answers

  private mutating func reply(_ bytes: [UInt8]) {
    guard !bytes.isEmpty else { return }
    replyNumber += 1
    let isLost = faults.lostReplies.remove(replyNumber) != nil
    if !isLost, !faults.isMute { replies += bytes }
  }

  /// Loses the n-th answer from now.
  public mutating func loseReply(_ number: Int) { faults.lostReplies.insert(replyNumber + number) }

  private func realTimeStatus(_ number: UInt8) -> UInt8? {
    switch number {
    case 1: 0x12 | (isDrawerOpen ? 0x04 : 0) | (isOnline ? 0 : 0x08)
    case 2: 0x12 | (isCoverOpen ? 0x04 : 0) | (paper == .out ? 0x20 : 0)
    case 3: 0x12
    case 4: 0x12 | (paper == .ok ? 0 : 0x0C) | (paper == .out ? 0x60 : 0)
    default: nil
    }
  }

  private mutating func answer(_ request: StatusRequest) {
    switch request {
    case .transmit(1), .transmit(49): reply([(paper == .ok ? 0 : 0x03) | (paper == .out ? 0x0C : 0)])
    case .transmit(2), .transmit(50): reply([isDrawerOpen ? 1 : 0])
    case .transmit: break
    case .automatic(let mask):
      automaticMask = mask
      lastAutomatic = []
      noticeChange()
    case .identify(let number): reply(identity(number))
    case .processIdentifier(let identifier):
      guard build.answersProcessIdentifier else { return }
      let (b1, b2, b3, b4) = identifier.bytes
      reply([0x37, 0x22, b1, b2, b3, b4, 0x00])
    case .offlineResponse(let mode): offlineMode = mode & 0x0F
    }
  }

  private func identity(_ number: UInt8) -> [UInt8] {
    func text(_ text: String) -> [UInt8] { [0x5F] + Array(text.utf8) + [0x00] }
    switch number {
    case 1, 49: return [0x20]
    // Multi-byte font, cutter.
    case 2, 50: return [0x03]
    case 3, 51: return [0x01]
    case 65: return text("1.00")
    case 66: return text("Counterfoil")
    case 67: return text("Virtual")
    case 68: return text("V0000001")
    case 69: return text(fontLanguage)
    default: return []
    }
  }

  private var fontLanguage: String {
    switch build.profile.kanji?.encoding {
    case .gbk: "CHINA GB2312"
    case .gb18030: "CHINA GB18030"
    case .big5: "TAIWAN BIG-5"
    case nil: ""
    }
  }

  private mutating func noticeChange() {
    if wasOnline, !isOnline, offlineMode != 0 {
      let causes: [UInt8] = offlineMode == 2 ? [isCoverOpen ? 0x41 : 0x40] : []
      reply([0x37, 0x23] + causes + [0x00])
    }
    wasOnline = isOnline
    guard automaticMask != 0 else { return }
    let first: UInt8 = 0x10 | (isDrawerOpen ? 0x04 : 0) | (isOnline ? 0 : 0x08) | (isCoverOpen ? 0x20 : 0)
    let status: [UInt8] = [first, 0, (paper == .ok ? 0 : 0x03) | (paper == .out ? 0x0C : 0), 0]
    guard status != lastAutomatic else { return }
    lastAutomatic = status
    reply(status)
  }
}
