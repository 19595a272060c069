import Devices
import Testing

/// Recordings as text, and their replay in virtual time.
struct RecordingTests {
  static let text = """
    counterfoil-recording 1
    # a status question and its answer
    0 opened
    52000 > 100401
    1400000 < 16
    2000000 > aabb
    90000000 lost reset

    """

  @Test func textGoesBothWays() throws {
    let recording = try TransportRecording(text: Self.text)
    #expect(recording.entries.count == 5)
    #expect(try TransportRecording(text: recording.text) == recording)
  }

  @Test(arguments: [
    ("", 1), ("x\n", 1), ("counterfoil-recording 1\n0\n", 2), ("counterfoil-recording 1\n0 > 1\n", 2),
    ("counterfoil-recording 1\n0 opened\n1 > zz\n", 3), ("counterfoil-recording 1\n0 lost gone\n", 2),
    ("counterfoil-recording 1\n-1 opened\n", 2),
  ])
  func mistakesAreFound(_ text: String, _ line: Int) {
    #expect(throws: TransportRecordingError(line: line)) { try TransportRecording(text: text) }
  }

  @Test func replayKeepsTimeAndBytes() throws {
    let transport = ReplayTransport(try TransportRecording(text: Self.text))
    try transport.open(deadline: 1_000_000_000)
    // In two pieces, as a slow link would take it.
    #expect(try transport.write([0x10]) == 1)
    #expect(try transport.write([0x04, 0x01, 0xFF]) == 2)
    #expect(try transport.wait(for: .readable, deadline: 1_000_000).isEmpty)
    #expect(transport.now == 1_000_000)
    #expect(try transport.wait(for: .readable, deadline: 5_000_000) == .readable)
    #expect(transport.now == 1_400_000)
    #expect(try transport.read(limit: 10) == [0x16])
    #expect(try transport.write([0xAA, 0xBB]) == 2)
    #expect(transport.acceptedBytes == 5)
    #expect(throws: TransportError.closed(.reset)) { try transport.wait(for: .readable, deadline: 200_000_000) }
    #expect(transport.now == 90_000_000)
    #expect(!transport.isOpen)
    #expect(transport.finished)
  }

  @Test func replayNamesADifference() throws {
    let transport = ReplayTransport(try TransportRecording(text: Self.text))
    try transport.open(deadline: 1)
    #expect(throws: TransportError.self) { try transport.write([0x11]) }
    #expect(transport.mismatch?.contains("byte 0") == true)
  }

  @Test func recordingOfAReplayIsTheReplay() throws {
    let original = try TransportRecording(text: Self.text)
    let transport = RecordingTransport(ReplayTransport(original))
    try transport.open(deadline: 1)
    _ = try transport.write([0x10, 0x04, 0x01])
    _ = try transport.wait(for: .readable, deadline: 5_000_000)
    _ = try transport.read(limit: 10)
    _ = try transport.write([0xAA, 0xBB])
    #expect(throws: TransportError.self) { try transport.wait(for: .readable, deadline: 200_000_000) }
    #expect(transport.recording.entries.map(\.event) == original.entries.map(\.event))
  }

  /// Any text is read or refused with a line.
  @Test func anyText() {
    var state: UInt64 = 7
    func random(_ count: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % count
    }
    for _ in 0..<2000 {
      var bytes = Array(Self.text.utf8)
      for _ in 0..<3 { bytes[random(bytes.count)] = UInt8(random(256)) }
      let text = String(decoding: bytes, as: UTF8.self)
      do throws(TransportRecordingError) {
        let recording = try TransportRecording(text: text)
        #expect((try? TransportRecording(text: recording.text)) == recording)
      } catch {
        #expect(error.line >= 1)
      }
    }
  }
}
