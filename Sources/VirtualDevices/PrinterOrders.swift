/// Orders to a virtual printer as lines of text, and their answers as one JSON object each.
public struct PrinterOrders: Sendable {
  private let server: VirtualPrinterServer

  public init(_ server: VirtualPrinterServer) { self.server = server }

  /// For `--help` and the order `help`.
  public static let words = [
    "status", "slips", "paper-out [BYTES]", "paper-low", "load-paper", "cover open|close", "drawer open|close",
    "drop [BYTES]", "stall", "resume", "mute", "unmute", "lose-reply [N]", "speed MM_PER_SECOND", "power off|on",
    "quit", "help",
  ]

  /// Carries a line out; nil = quit.
  public func handle(_ line: String) -> String? {
    let words = line.split(separator: " ").map(String.init)
    let number = words.count == 2 ? Int(words[1]) : nil
    switch (words.first ?? "", words.count == 2 ? words[1] : nil) {
    case ("quit", nil): return nil
    case ("help", nil): return #"{"ok":true,"orders":"# + jsonList(Self.words) + "}"
    case ("status", nil): return status
    case ("slips", nil):
      return #"{"ok":true,"slips":\#(server.state.slips),"kicks":\#(server.state.kicks)}"#
    case ("paper-out", nil): return done(.paper(.out))
    case ("paper-out", _?): return number.flatMap { $0 > 0 ? done(.paperOutAfter(bytes: $0)) : nil } ?? unknown(line)
    case ("paper-low", nil): return done(.paper(.low))
    case ("load-paper", nil): return done(.paper(.ok))
    case ("cover", "open"?): return done(.cover(open: true))
    case ("cover", "close"?): return done(.cover(open: false))
    case ("drawer", "open"?): return done(.drawer(open: true))
    case ("drawer", "close"?): return done(.drawer(open: false))
    case ("drop", nil): return done(.drop)
    case ("drop", _?): return number.flatMap { $0 > 0 ? done(.dropAfter(bytes: $0)) : nil } ?? unknown(line)
    case ("stall", nil): return done(.stall)
    case ("resume", nil): return done(.resume)
    case ("mute", nil): return done(.mute(true))
    case ("unmute", nil): return done(.mute(false))
    case ("lose-reply", nil): return done(.loseReply(1))
    case ("lose-reply", _?): return number.flatMap { $0 > 0 ? done(.loseReply($0)) : nil } ?? unknown(line)
    case ("speed", _?): return number.flatMap { (0...10_000).contains($0) ? done(.speed($0)) : nil } ?? unknown(line)
    case ("power", "off"?): return done(.power(false))
    case ("power", "on"?): return done(.power(true))
    default: return unknown(line)
    }
  }

  private func done(_ action: VirtualPrinterServer.Action) -> String {
    server.perform(action)
    return #"{"ok":true}"#
  }

  private func unknown(_ line: String) -> String {
    #"{"ok":false,"error":"unknown order","order":"# + jsonText(line) + "}"
  }

  private var status: String {
    let state = server.state
    return #"{"ok":true,"online":\#(state.isOnline),"paper":"\#(state.paper.rawValue)","#
      + #""coverOpen":\#(state.isCoverOpen),"drawerOpen":\#(state.isDrawerOpen),"slips":\#(state.slips),"#
      + #""kicks":\#(state.kicks),"receivedBytes":\#(state.receivedBytes),"workedBytes":\#(state.workedBytes),"#
      + #""waitingBytes":\#(state.waitingBytes),"connections":\#(state.connections)}"#
  }
}

/// A text as JSON.
public func jsonText(_ text: String) -> String {
  var result = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"": result += "\\\""
    case "\\": result += "\\\\"
    case "\n": result += "\\n"
    case "\r": result += "\\r"
    case "\t": result += "\\t"
    default:
      if scalar.value < 0x20 {
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      } else {
        result.unicodeScalars.append(scalar)
      }
    }
  }
  return result + "\""
}

private func jsonList(_ texts: [String]) -> String { "[" + texts.map(jsonText).joined(separator: ",") + "]" }
