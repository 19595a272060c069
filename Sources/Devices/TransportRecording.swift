/// One thing that happened on a transport.
public enum TransportEvent: Sendable, Equatable {
  case opened
  /// Connecting failed.
  case failed(TransportError)
  /// Bytes that the transport took.
  case wrote([UInt8])
  case read([UInt8])
  /// Ended by the far side.
  case lost(TransportCloseReason)
  /// Ended by the driver.
  case closed
  /// The device node came (back).
  case appeared
}

/// What happened on one transport, in order, as a text that can be read, committed and replayed.
///
/// One line per event: nanoseconds since the start, a mark, and hexadecimal bytes where there are any. `>` to the device,
/// `<` from it. Lines that start with `#` are for people.
/// ```
/// counterfoil-recording 1
/// 0 opened
/// 52000 > 100401
/// 1400000 < 16
/// 90000000 lost reset
/// ```
public struct TransportRecording: Sendable, Equatable {
  /// An event with its time.
  public struct Entry: Sendable, Equatable {
    public let time: Nanoseconds
    public let event: TransportEvent

    public init(_ time: Nanoseconds, _ event: TransportEvent) {
      self.time = time
      self.event = event
    }
  }

  /// Longest recording that is kept, in events; later ones are dropped and ``truncated`` is set.
  public static let maximumEntries = 100_000
  private static let firstLine = "counterfoil-recording 1"

  public private(set) var entries: [Entry] = []
  public private(set) var truncated = false

  public init(_ entries: [Entry] = []) { self.entries = entries }

  public mutating func append(_ entry: Entry) {
    guard entries.count < Self.maximumEntries else {
      truncated = true
      return
    }
    entries.append(entry)
  }

  /// The text form.
  public var text: String {
    var lines = [Self.firstLine]
    for entry in entries { lines.append("\(entry.time) \(Self.describe(entry.event))") }
    return lines.joined(separator: "\n") + "\n"
  }

  /// Reads the text form; throws the number of the first line that is wrong, from 1.
  public init(text: String) throws(TransportRecordingError) {
    var number = 0
    var sawFirstLine = false
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      number += 1
      if line.isEmpty || line.first == "#" { continue }
      if !sawFirstLine {
        guard line == Self.firstLine else { throw TransportRecordingError(line: number) }
        sawFirstLine = true
        continue
      }
      let words = line.split(separator: " ")
      guard words.count >= 2, let time = UInt64(words[0]), let event = Self.event(words.dropFirst()) else {
        throw TransportRecordingError(line: number)
      }
      append(Entry(time, event))
    }
    guard sawFirstLine else { throw TransportRecordingError(line: max(number, 1)) }
  }

  private static func describe(_ event: TransportEvent) -> String {
    switch event {
    case .opened: "opened"
    case .failed(let error): "failed \(word(error))"
    case .wrote(let bytes): "> \(hexadecimal(bytes))"
    case .read(let bytes): "< \(hexadecimal(bytes))"
    case .lost(let reason): "lost \(reason.rawValue)"
    case .closed: "closed"
    case .appeared: "appeared"
    }
  }

  private static let failures: [(String, TransportError)] = [
    ("absent", .absent), ("refused", .refused), ("unreachable", .unreachable), ("timedOut", .timedOut),
    ("busy", .busy), ("denied", .denied), ("interrupted", .interrupted),
  ]

  private static func word(_ error: TransportError) -> String {
    failures.first { $0.1 == error }?.0 ?? "unreachable"
  }

  private static func event(_ words: ArraySlice<Substring>) -> TransportEvent? {
    let argument = words.count == 2 ? words.last : nil
    switch (words.first ?? "", argument) {
    case ("opened", nil): return .opened
    case ("closed", nil): return .closed
    case ("appeared", nil): return .appeared
    case ("failed", let word?): return failures.first { $0.0 == word }.map { .failed($0.1) }
    case ("lost", let word?): return TransportCloseReason(rawValue: String(word)).map { .lost($0) }
    case (">", let digits?): return bytes(digits).map { .wrote($0) }
    case ("<", let digits?): return bytes(digits).map { .read($0) }
    default: return nil
    }
  }

  private static func hexadecimal(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    text.reserveCapacity(bytes.count * 2)
    for byte in bytes {
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
  }

  private static func bytes(_ text: Substring) -> [UInt8]? {
    let digits = Array(text.utf8)
    guard !digits.isEmpty, digits.count % 2 == 0 else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(digits.count / 2)
    for index in stride(from: 0, to: digits.count, by: 2) {
      guard let high = value(digits[index]), let low = value(digits[index + 1]) else { return nil }
      bytes.append(high << 4 | low)
    }
    return bytes
  }

  private static func value(_ digit: UInt8) -> UInt8? {
    switch digit {
    case 0x30...0x39: digit - 0x30
    case 0x61...0x66: digit - 0x61 + 10
    case 0x41...0x46: digit - 0x41 + 10
    default: nil
    }
  }
}

/// A recording's text has a line that is none.
public struct TransportRecordingError: Error, Sendable, Equatable {
  /// Number of the line, from 1.
  public let line: Int

  public init(line: Int) { self.line = line }
}
