import Control
import Testing

/// Lines of the service's log.
struct ServiceLineTests {
  @Test func plainLinesHaveTheirPriority() {
    #expect(
      ServiceLine(.warning, "printer front cannot print: no paper").plain
        == Array("<4>printer front cannot print: no paper\n".utf8))
  }

  @Test func fieldsGoToTheJournal() {
    let line = ServiceLine(.info, "printer front can print", [.sequence: "17", .device: "front"])
    let text = """
      MESSAGE=printer front can print
      PRIORITY=6
      SYSLOG_IDENTIFIER=counterfoild
      COUNTERFOIL_DEVICE=front
      COUNTERFOIL_SEQUENCE=17

      """
    #expect(line.datagram == Array(text.utf8))
  }

  /// A line break in a value must not begin a field of its own.
  @Test func valuesOfManyLinesGoByTheirLength() {
    let line = ServiceLine(.error, "configuration refused:\nPRIORITY=0", [.device: "a\nb"])
    var expected = Array("MESSAGE\n".utf8) + [33, 0, 0, 0, 0, 0, 0, 0]
    expected += Array("configuration refused:\nPRIORITY=0\nPRIORITY=3\nSYSLOG_IDENTIFIER=counterfoild\n".utf8)
    expected += Array("COUNTERFOIL_DEVICE\n".utf8) + [3, 0, 0, 0, 0, 0, 0, 0] + Array("a\nb\n".utf8)
    #expect(line.datagram == expected)
  }

  @Test(arguments: [
    "card 4111 1111 1111 1111 refused", "card 4111111111111111", "call 13812345678", "call 138-1234-5678",
    "code 134567890123456789 of a wallet", "code 281234567890123456", "28123456789012345678901",
  ])
  func personalNumbersAreUnreadable(_ text: String) {
    for line in [ServiceLine(.info, text), ServiceLine(.info, "x", [.job: text])] {
      let shown = String(decoding: line.plain + line.datagram, as: UTF8.self)
      for digits in ["4111", "5678", "123456", "345678"] { #expect(!shown.contains(digits), "\(shown)") }
    }
    #expect(ServiceLine(.info, text).message.count == text.count)
  }

  @Test(arguments: [
    "print job j17: unknown: 512 of 4096 bytes", "tcp:192.168.1.87:9100: connection refused", "error 28 at 16777216",
    "since 1763725000", "00000000000000000000.seg, offset 4096",
  ])
  func otherNumbersStay(_ text: String) {
    #expect(ServiceLine(.info, text).message == text)
  }
}
