import ArgumentParser
import Glibc
import VirtualDevices

/// `counterfoil-simulator scanner`
struct ScannerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "scanner",
    abstract: "A serial barcode scanner on a pseudo terminal.",
    discussion: #"""
      Every line on standard input is a code and is sent with prefix and suffix; \xHH stands for a byte, \\ for a backslash.
      Lines that begin with a colon are orders: :unplug, :plug, :quit.
      EXAMPLES
        counterfoil-simulator scanner --pty-link /tmp/scanner
        printf '6901234567892\n]C1010690123456789210A1\\x1d17301231\n' | counterfoil-simulator scanner
        counterfoil-simulator scanner --pty-link /tmp/scanner --feed codes.txt --interval 500 --hangup 10
      """#)

  enum Suffix: String, ExpressibleByArgument, CaseIterable {
    case cr, lf, crlf, etx, none

    var bytes: [UInt8] {
      switch self {
      case .cr: [0x0D]
      case .lf: [0x0A]
      case .crlf: [0x0D, 0x0A]
      case .etx: [0x03]
      case .none: []
      }
    }
  }

  @Option(
    name: [.long, .customLong("link")],
    help: ArgumentHelp("Symbolic link to the terminal, as udev would make one.", valueName: "path"))
  var ptyLink: String?

  @Option(help: ArgumentHelp("Codes, one a line, sent one after the other.", valueName: "file"))
  var feed: String?

  @Option(help: "Milliseconds between codes of --feed.")
  var interval = 1000

  @Option(help: "What ends a code: cr, lf, crlf (understood by readers of all three), etx, none.")
  var suffix = Suffix.crlf

  @Option(help: "Bytes before each code in hexadecimal, for example 02.")
  var prefix = ""

  @Option(help: ArgumentHelp("Unplugs after so many codes, and plugs again after one interval.", valueName: "codes"))
  var hangup: Int?

  @Flag(help: "Events as JSON lines.")
  var json = false

  func validate() throws {
    guard (1...3_600_000).contains(interval) else { throw ValidationError("--interval must be 1 to 3600000") }
    guard Self.bytes(hexadecimal: prefix) != nil else { throw ValidationError("--prefix must be hexadecimal bytes") }
    if let hangup, hangup < 1 { throw ValidationError("--hangup must be at least 1") }
  }

  private static func bytes(hexadecimal text: String) -> [UInt8]? {
    let digits = Array(text)
    guard digits.count % 2 == 0 else { return nil }
    var bytes: [UInt8] = []
    for index in stride(from: 0, to: digits.count, by: 2) {
      guard let byte = UInt8(String(digits[index...index + 1]), radix: 16) else { return nil }
      bytes.append(byte)
    }
    return bytes
  }

  /// A line with its escapes resolved.
  private static func code(_ line: String) -> [UInt8] {
    let bytes = Array(line.utf8)
    var result: [UInt8] = []
    var index = 0
    while index < bytes.count {
      if bytes[index] == 0x5C, index + 3 < bytes.count, bytes[index + 1] == UInt8(ascii: "x"),
        let byte = UInt8(String(decoding: bytes[index + 2...index + 3], as: UTF8.self), radix: 16)
      {
        result.append(byte)
        index += 4
      } else if bytes[index] == 0x5C, index + 1 < bytes.count, bytes[index + 1] == 0x5C {
        result.append(0x5C)
        index += 2
      } else {
        result.append(bytes[index])
        index += 1
      }
    }
    return result
  }

  func run() throws {
    let output = Output(json: json)
    let scanner = try VirtualScanner(link: ptyLink)
    let before = Self.bytes(hexadecimal: prefix) ?? []
    var codes = try feed.map { try Self.lines(of: $0) } ?? []
    var sent = 0

    func tellPath() {
      var fields: [(String, Output.Field)] = [("path", .text(scanner.path ?? ""))]
      if let ptyLink { fields.append(("link", .text(ptyLink))) }
      output.event("plugged", fields)
    }
    func send(_ line: String) {
      if scanner.send(before + Self.code(line) + suffix.bytes) {
        sent += 1
        output.detail("sent", [("code", .text(line))])
      } else {
        output.detail("lost", [("code", .text(line))])
      }
      if let hangup, sent == hangup, scanner.path != nil {
        scanner.unplug()
        output.detail("unplugged")
      }
    }
    func next() -> UInt64? {
      if scanner.path == nil, (try? scanner.plug()) != nil {
        tellPath()
      } else if !codes.isEmpty {
        send(codes.removeFirst())
      }
      return codes.isEmpty && (scanner.path != nil || hangup == nil) ? nil : nextTime
    }

    tellPath()
    let lines = try LineServer(path: nil, standardInput: true)
    lines.run(tick: codes.isEmpty && hangup == nil ? nil : nextTime, onTick: next) { line in
      switch line {
      case ":quit": return nil
      case ":unplug":
        scanner.unplug()
        output.detail("unplugged")
      case ":plug":
        if (try? scanner.plug()) != nil { tellPath() }
      default: send(line)
      }
      return ""
    }
    scanner.unplug()
  }

  private var nextTime: UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec) + UInt64(interval) * 1_000_000
  }

  private static func lines(of path: String) throws -> [String] {
    guard let file = fopen(path, "r") else { throw ValidationError("cannot read \(path)") }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = fread(&buffer, 1, buffer.count, file)
      if count == 0 { break }
      bytes += buffer[..<count]
    }
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map {
      $0.hasSuffix("\r") ? String($0.dropLast()) : String($0)
    }
  }
}
