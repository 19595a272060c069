import ArgumentParser
import EscPos
import VirtualDevices

extension VirtualPrinter.Build.Drawer: ExpressibleByArgument {}
extension KanjiEncoding: ExpressibleByArgument {}

/// `counterfoil-simulator printer`
struct PrinterCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "printer",
    abstract: "An ESC/POS printer on a TCP port.",
    discussion: """
      It answers status questions, the fence (GS r) and the process ID (GS ( H) truthfully, executes commands in order and
      at the speed of its paper, and nothing while it is out of paper or open.

      Faults (repeat --fault): paper-out=BYTES, drop=BYTES, lose-reply=N, stall, mute, cover-open, paper-out.

      Orders, one a line, on standard input and on the --control socket, each answered with a line of JSON:
        \(PrinterOrders.words.joined(separator: ", "))
      EXAMPLES
        counterfoil-simulator printer --listen 127.0.0.1:9100 --paper paper.txt
        counterfoil-simulator printer --listen 127.0.0.1:0 --json --speed 150 --fault paper-out=400
        counterfoil-simulator printer --control /tmp/printer & echo load-paper | nc -NU /tmp/printer
      """)

  @Option(help: "Address and port to listen at; port 0 = any free one, which is printed.")
  var listen = "127.0.0.1:9100"

  @Option(
    help: ArgumentHelp(
      "Text of the paper (.txt), or a folder for paper.txt and paper.bin; appended to.", valueName: "path"))
  var paper: String?

  @Option(help: ArgumentHelp("All received bytes; appended to.", valueName: "file"))
  var bytes: String?

  @Option(help: "Characters in a line, 16 to 96.")
  var columns = 48

  @Option(help: "Multi-byte font: gbk, gb18030, big5.")
  var encoding = KanjiEncoding.gbk

  @Option(help: "Paper speed in mm/s; 0 = at once.")
  var speed = 0

  @Option(help: "Receive buffer in bytes.")
  var buffer = 65_536

  @Flag(help: "Does not answer the process ID, as cheap printers.")
  var noProcessID = false

  @Option(help: "Drawer at the connector: absent, opens, stuck.")
  var drawer = VirtualPrinter.Build.Drawer.absent

  @Option(help: ArgumentHelp("What goes wrong; see above.", valueName: "fault"))
  var fault: [String] = []

  @Option(help: ArgumentHelp("Unix socket for orders.", valueName: "path"))
  var control: String?

  @Flag(help: "Events as JSON lines.")
  var json = false

  func validate() throws {
    guard (16...96).contains(columns) else { throw ValidationError("--columns must be between 16 and 96") }
    guard (0...10_000).contains(speed) else { throw ValidationError("--speed must be between 0 and 10000") }
    guard (64...16_777_216).contains(buffer) else { throw ValidationError("--buffer must be 64 to 16777216") }
    for fault in fault where Self.order(fault) == nil { throw ValidationError("unknown fault \(fault)") }
    guard endpoint != nil else { throw ValidationError("--listen must be ADDRESS:PORT, for example 127.0.0.1:0") }
  }

  private var endpoint: (String, UInt16)? {
    guard let colon = listen.lastIndex(of: ":"), let port = UInt16(listen[listen.index(after: colon)...]) else {
      return nil
    }
    return (String(listen[..<colon]), port)
  }

  /// The order that a fault is.
  private static func order(_ fault: String) -> String? {
    let parts = fault.split(separator: "=", maxSplits: 1).map(String.init)
    switch (parts.first ?? "", parts.count == 2 ? Int(parts[1]) : nil) {
    case ("paper-out", let bytes?) where bytes > 0: return "paper-out \(bytes)"
    case ("drop", let bytes?) where bytes > 0: return "drop \(bytes)"
    case ("lose-reply", let number?) where number > 0: return "lose-reply \(number)"
    case ("paper-out", nil) where parts.count == 1: return "paper-out"
    case ("stall", nil) where parts.count == 1: return "stall"
    case ("mute", nil) where parts.count == 1: return "mute"
    case ("cover-open", nil) where parts.count == 1: return "cover open"
    default: return nil
    }
  }

  func run() throws {
    guard let (host, port) = endpoint else { return }
    var profile = EscPosProfile(columns: columns, dotsPerLine: columns * 12)
    profile.kanji = KanjiFont(encoding, isOnByDefault: true)
    var build = VirtualPrinter.Build(profile: profile)
    build.speed = speed
    build.bufferBytes = buffer
    build.answersProcessIdentifier = !noProcessID
    build.drawer = drawer

    let output = Output(json: json)
    let files = try PaperFiles(paper: paper, bytes: bytes)
    let server = try VirtualPrinterServer(host: host, port: port) { event in
      files.keep(event)
      Self.tell(event, output)
    }
    let lines = try LineServer(path: control, standardInput: true)
    let orders = PrinterOrders(server)
    server.start(build)
    for fault in fault { _ = Self.order(fault).flatMap { orders.handle($0) } }
    output.event("listening", [("address", .text("\(host):\(server.port)"))])
    lines.run(tell: output.answer) { orders.handle($0) }
    server.stop()
  }

  private static func tell(_ event: VirtualPrinterServer.Event, _ output: Output) {
    switch event {
    case .connected: output.detail("connected")
    case .disconnected: output.detail("disconnected")
    case .printer(.cut(let slip)): output.detail("slip", [("lines", .number(slip.split(separator: "\n").count))])
    case .printer(.kick(let pin)): output.detail("kick", [("pin", .number(pin))])
    case .printer(.paperOut): output.detail("paper-out")
    case .printer(.printed), .received: break
    }
  }
}
