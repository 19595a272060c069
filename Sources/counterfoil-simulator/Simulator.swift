import ArgumentParser
import EscPos
import Glibc
import VirtualDevices

@main
struct Simulator: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "counterfoil-simulator", abstract: "A virtual printer and scanner to try a box with.",
    discussion: """
      EXAMPLES
        counterfoil-simulator printer --listen 127.0.0.1:9100 --paper /tmp/paper
        counterfoil-simulator scanner --link /tmp/scanner < codes.txt
      """,
    version: "0.1.0", subcommands: [PrinterCommand.self, ScannerCommand.self])
}

struct PrinterCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "printer", abstract: "An ESC/POS printer on TCP; keeps its paper as text and its bytes.",
    discussion: """
      Prints "printer at ADDRESS" when it listens. Lines on standard input act on it:
        paper-out | paper-low | load-paper | paper-out-after N | cover-open | cover-close | drop | drop-after N
        stall | resume | mute | speak | lose-reply N | speed MM_PER_SECOND | power-off | power-on | status | quit
      The end of standard input changes nothing.
      """)
  @Option(help: "Address and port; port 0 takes a free one.") var listen = "127.0.0.1:9100"
  @Option(help: "Folder for paper.txt and paper.bin; they are appended to.") var paper: String
  @Option(help: "Characters in a line.") var columns = 48
  @Option(help: "Character set of the Chinese font: gbk, gb18030, big5.") var encoding = "gbk"
  @Option(help: "Millimetres a second; 0 prints at once.") var speed = 0
  @Option(help: "The drawer at its connector: absent, opens, stuck.") var drawer = "opens"

  func run() throws {
    guard let colon = listen.lastIndex(of: ":"), let port = UInt16(listen[listen.index(after: colon)...]) else {
      throw ValidationError("--listen is ADDRESS:PORT, not \(listen)")
    }
    guard let kanji = KanjiEncoding(rawValue: encoding) else { throw ValidationError("no encoding \(encoding)") }
    guard let drawer = VirtualPrinter.Build.Drawer(rawValue: drawer) else {
      throw ValidationError("--drawer is absent, opens or stuck")
    }
    guard (16...255).contains(columns) else { throw ValidationError("--columns is 16 to 255") }
    mkdir(paper, 0o755)
    let roll = try Roll(paper)
    var profile = EscPosProfile(columns: columns, dotsPerLine: columns * 12)
    profile.kanji = KanjiFont(kanji)
    var build = VirtualPrinter.Build(profile: profile)
    build.speed = speed
    build.drawer = drawer
    let server = try VirtualPrinterServer(host: String(listen[..<colon]), port: port) { roll.take($0) }
    server.start(build)
    say("printer at \(server.host):\(server.port)")
    Self.obey(server)
    while true { pause() }
  }

  private static func obey(_ server: VirtualPrinterServer) {
    while let line = readLine() {
      let words = line.split(separator: " ").map(String.init)
      let number = words.count > 1 ? Int(words[1]) : nil
      switch (words.first, number) {
      case ("paper-out", _): server.perform(.paper(.out))
      case ("paper-low", _): server.perform(.paper(.low))
      case ("load-paper", _): server.perform(.paper(.ok))
      case ("paper-out-after", let bytes?): server.perform(.paperOutAfter(bytes: bytes))
      case ("cover-open", _): server.perform(.cover(open: true))
      case ("cover-close", _): server.perform(.cover(open: false))
      case ("drop", _): server.perform(.drop)
      case ("drop-after", let bytes?): server.perform(.dropAfter(bytes: bytes))
      case ("stall", _): server.perform(.stall)
      case ("resume", _): server.perform(.resume)
      case ("mute", _): server.perform(.mute(true))
      case ("speak", _): server.perform(.mute(false))
      case ("lose-reply", let which?): server.perform(.loseReply(which))
      case ("speed", let speed?): server.perform(.speed(speed))
      case ("power-off", _): server.perform(.power(false))
      case ("power-on", _): server.perform(.power(true))
      case ("status", _):
        let state = server.state
        say(
          "slips \(state.slips) kicks \(state.kicks) paper \(state.paper.rawValue) received \(state.receivedBytes) "
            + "waiting \(state.waitingBytes) online \(state.isOnline)")
        continue
      case ("quit", _):
        server.stop()
        Glibc.exit(0)
      case (nil, _): continue
      default:
        say("error: \(line)")
        continue
      }
      say("ok")
    }
  }
}

/// What came out, on disk: a slip at a time in paper.txt, every byte in paper.bin. Used by the printer's thread only.
final class Roll: @unchecked Sendable {
  private let text: Int32
  private let bytes: Int32

  init(_ folder: String) throws {
    text = open(folder + "/paper.txt", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
    bytes = open(folder + "/paper.bin", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
    guard text >= 0, bytes >= 0 else { throw ValidationError("\(folder): \(String(cString: strerror(errno)))") }
  }

  func take(_ event: VirtualPrinterServer.Event) {
    switch event {
    case .received(let data): _ = write(bytes, data, data.count)
    case .printer(.printed(let lines)): put(lines.hasSuffix("\n") ? lines : lines + "\n")
    case .printer(.cut): put("---------------- [cut] ----------------\n")
    case .connected, .disconnected, .printer: break
    }
  }

  private func put(_ lines: String) {
    let data = Array(lines.utf8)
    _ = write(text, data, data.count)
  }
}

struct ScannerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "scanner", abstract: "A serial scanner at a pseudo terminal; scans the lines of standard input.",
    discussion: #"Prints "scanner at PATH". The lines "unplug" and "plug" do what they say."#)
  @Option(help: "Symbolic link to make to the terminal.") var link: String?
  @Option(help: "What ends a code: lf, cr, crlf, etx, none.") var suffix = "lf"

  func run() throws {
    let suffixes: [String: [UInt8]] = ["lf": [10], "cr": [13], "crlf": [13, 10], "etx": [3], "none": []]
    guard let end = suffixes[suffix] else { throw ValidationError("--suffix is lf, cr, crlf, etx or none") }
    let scanner = try VirtualScanner(link: link)
    try scanner.plug()
    say("scanner at \(scanner.path ?? "-")")
    while let line = readLine() {
      switch line {
      case "": continue
      case "unplug": scanner.unplug()
      case "plug":
        try scanner.plug()
        say("scanner at \(scanner.path ?? "-")")
      default: if !scanner.send(Array(line.utf8) + end) { say("nobody takes \(line)") }
      }
    }
    while true { pause() }
  }
}

/// One line on standard output, at once.
func say(_ line: String) {
  let bytes = Array((line + "\n").utf8)
  _ = write(1, bytes, bytes.count)
}
