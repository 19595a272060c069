import Devices
import Drivers
import Foundation
import Synchronization
import Testing
import Transports
import VirtualDevices

/// Framing of a scanner's bytes.
struct ScanFramerTests {
  private func frame(_ profile: ScannerProfile, _ bytes: String, silence: Bool = false) -> [ScanFramer.Output] {
    var framer = ScanFramer(profile: profile)
    var outputs = framer.take(bytes.utf8)
    if silence, let output = framer.silence() { outputs.append(output) }
    return outputs
  }

  private func scan(_ text: String, aim: String? = nil, unterminated: Bool = false) -> ScanFramer.Output {
    .scan(ScannedData(bytes: Array(text.utf8), aim: aim, unterminated: unterminated))
  }

  @Test func suffixes() {
    #expect(
      frame(.init(suffix: .cr), "]E06901234567892\r12\r\r\n34\r") == [
        scan("6901234567892", aim: "]E0"), scan("12"), scan("34"),
      ])
    #expect(frame(.init(suffix: .lf), "12\r\n34\n") == [scan("12"), scan("34")])
    #expect(frame(.init(suffix: .crlf), "1\r2\n3\r\n45\r\n") == [scan("1\r2\n3"), scan("45")])
    #expect(frame(.init(suffix: .etx), "12\u{3}34\u{3}") == [scan("12"), scan("34")])
    #expect(frame(.init(suffix: .none), "12", silence: true) == [scan("12", unterminated: true)])
    #expect(frame(.init(suffix: .none), "12\r", silence: true) == [scan("12\r", unterminated: true)])
  }

  @Test func prefix() {
    let profile = ScannerProfile(prefix: [0x02], suffix: .etx)
    #expect(frame(profile, "noise\u{2}12\u{3}more\u{2}34\u{3}") == [scan("12"), scan("34")])
    let long = ScannerProfile(prefix: Array("aab".utf8), suffix: .cr)
    #expect(frame(long, "aaab1\raab2\rab3\r") == [scan("1"), scan("2")])
  }

  @Test func identifierOnlyWhenConfigured() {
    #expect(frame(.init(aim: false), "]E0123\r") == [scan("]E0123")])
    #expect(frame(.init(aim: true), "]E0123\r") == [scan("123", aim: "]E0")])
    #expect(frame(.init(aim: true), "]?0123\r") == [scan("]?0123")])
  }

  @Test func tooLongIsLostWhole() {
    let profile = ScannerProfile(suffix: .cr, maximumLength: 5)
    #expect(
      frame(profile, "12345\r123456\r1234567890123\r99\r") == [
        scan("12345"), .lost(.tooLong), .lost(.tooLong), scan("99"),
      ])
    #expect(frame(profile, "]E012345\r") == [scan("12345", aim: "]E0")])
  }

  /// A code whose end never came is not joined with the next.
  @Test func brokenCodeIsNotJoined() {
    var framer = ScanFramer(profile: .init(suffix: .cr))
    #expect(framer.take("123".utf8).isEmpty)
    #expect(framer.silenceMilliseconds == ScanFramer.staleMilliseconds)
    #expect(framer.silence() == .lost(.interrupted))
    #expect(framer.silenceMilliseconds == nil)
    #expect(framer.take("45\r".utf8) == [scan("45")])
    _ = framer.take("6".utf8)
    #expect(framer.interrupted() == .lost(.interrupted))
    #expect(framer.interrupted() == nil)
  }

  /// Any bytes in any pieces: the same scans, none longer than the limit, bounded memory.
  @Test func anyBytesInAnyPieces() {
    var state: UInt64 = 11
    func random(_ count: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % count
    }
    let suffixes = ScannerProfile.Suffix.allCases
    for round in 0..<3000 {
      let profile = ScannerProfile(
        prefix: round % 3 == 0 ? [0x02] : [], suffix: suffixes[round % suffixes.count], maximumLength: 1 + random(12))
      let alphabet: [UInt8] = [0x02, 0x03, 0x0A, 0x0D, 0x31, 0x5D, 0x45, 0x30, 0xFF]
      let bytes = (0..<random(120)).map { _ in alphabet[random(alphabet.count)] }
      var whole = ScanFramer(profile: profile)
      let expected = whole.take(bytes)
      var pieces = ScanFramer(profile: profile)
      var found: [ScanFramer.Output] = []
      var rest = bytes[...]
      while !rest.isEmpty {
        let count = 1 + random(rest.count)
        found += pieces.take(rest.prefix(count))
        rest = rest.dropFirst(count)
      }
      #expect(found == expected)
      for case .scan(let data) in found { #expect(!data.bytes.isEmpty && data.bytes.count <= profile.maximumLength) }
    }
  }
}

/// The scanner's driver at a pseudo terminal.
@Suite(.timeLimit(.minutes(2))) struct SerialScannerTests {
  private final class Bench {
    let folder = NSTemporaryDirectory() + "counterfoil-scan-\(UUID().uuidString)"
    let device: VirtualScanner
    let scanner: SerialScanner
    let reports = Inbox<ScanReport>()

    init(_ profile: ScannerProfile = ScannerProfile()) throws {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      let link = folder + "/scanner-1"
      device = try VirtualScanner(link: link)
      let id = try #require(DeviceIdentifier(.scanner, transport: "serial", stablePart: link))
      scanner = SerialScanner(id: id, profile: profile, transport: SerialTransport(path: link, line: SerialLine()))
      let reports = reports
      scanner.start { reports.put($0) }
    }

    deinit {
      scanner.stop()
      try? FileManager.default.removeItem(atPath: folder)
    }

    func state(_ wanted: DeviceState, from start: Int = 0) -> Bool {
      reports.wait(from: start) { if case .state(wanted, _) = $0 { true } else { nil } } ?? false
    }

    func scan(from start: Int = 0) -> ScannedData? {
      reports.wait(from: start) { if case .scan(let data) = $0 { data } else { nil } }
    }
  }

  @Test func scans() throws {
    let bench = try Bench()
    try #require(bench.state(.idle))
    #expect(bench.device.send(Array("]E06901234567892\r".utf8)))
    let data = try #require(bench.scan())
    #expect(data.aim == "]E0")
    #expect(data.bytes == Array("6901234567892".utf8))
    #expect(!data.unterminated)
    #expect(bench.scanner.statistics[.goodScanCount] == 1)
  }

  @Test func silenceEndsACodeWithoutSuffix() throws {
    let bench = try Bench(ScannerProfile(suffix: .none, gapMilliseconds: 20))
    try #require(bench.state(.idle))
    #expect(bench.device.send(Array("123".utf8)))
    let data = try #require(bench.scan())
    #expect(data.unterminated)
    #expect(data.bytes == Array("123".utf8))
  }

  @Test func unplugAndPlugAgain() throws {
    let bench = try Bench()
    try #require(bench.state(.idle))
    for round in 1...3 {
      let start = bench.reports.all.count
      // In the middle of a code: it is reported lost, never joined with the next.
      #expect(bench.device.send(Array("12".utf8)))
      bench.device.unplug()
      #expect(bench.state(.closed, from: start), "round \(round)")
      try bench.device.plug()
      #expect(bench.state(.idle, from: start), "round \(round)")
      let again = bench.reports.all.count
      #expect(bench.device.send(Array("A\(round)\r".utf8)))
      #expect(bench.scan(from: again)?.bytes == Array("A\(round)".utf8))
    }
    #expect(
      !bench.reports.all.contains { if case .scan(let data) = $0 { data.bytes.starts(with: [0x31]) } else { false } })
  }

  @Test func overflowIsReported() throws {
    let bench = try Bench(ScannerProfile(maximumLength: 10))
    try #require(bench.state(.idle))
    #expect(bench.device.send([UInt8](repeating: 0x31, count: 300) + [0x0D] + Array("ok\r".utf8)))
    #expect(bench.scan()?.bytes == Array("ok".utf8))
    #expect(bench.reports.all.contains(.lost(.tooLong)))
  }

  @Test func absentAtFirst() throws {
    let folder = NSTemporaryDirectory() + "counterfoil-scan-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let link = folder + "/later/scanner"
    let id = try #require(DeviceIdentifier(.scanner, transport: "serial", stablePart: link))
    let scanner = SerialScanner(
      id: id, profile: ScannerProfile(), transport: SerialTransport(path: link, line: SerialLine()))
    let reports = Inbox<ScanReport>()
    scanner.start { reports.put($0) }
    #expect(reports.wait { if case .state(.closed, "not plugged in") = $0 { true } else { nil } } == true)
    try FileManager.default.createDirectory(atPath: folder + "/later", withIntermediateDirectories: false)
    let device = try VirtualScanner(link: link)
    #expect(reports.wait { if case .state(.idle, _) = $0 { true } else { nil } } == true)
    scanner.stop()
    withExtendedLifetime(device) {}
  }

  @Test func stopIsPrompt() throws {
    let bench = try Bench()
    try #require(bench.state(.idle))
    let began = Date()
    bench.scanner.stop()
    bench.scanner.stop()
    #expect(Date().timeIntervalSince(began) < 2)
  }
}
