import Devices
import Testing

/// Identifiers, addresses, numbers, statistics.
struct DeviceWordsTests {
  @Test func identifiers() throws {
    let text = "posPrinter:tcp:192.168.1.87:9100"
    let id = try #require(DeviceIdentifier(text))
    #expect(id.deviceClass == .posPrinter)
    #expect(id.transport == "tcp")
    #expect(id.stablePart == "192.168.1.87:9100")
    #expect(id.description == text)
    for bad in [
      "", "posPrinter", "posPrinter:tcp", "posPrinter::x", "toaster:tcp:x", "scanner:serial:", "scanner:a:b\n",
    ] {
      #expect(DeviceIdentifier(bad) == nil, "\(bad)")
    }
    #expect(DeviceIdentifier(.scanner, transport: "serial", stablePart: String(repeating: "x", count: 300)) == nil)
  }

  @Test(arguments: [
    ("tcp://192.168.1.87", "tcp://192.168.1.87:9100"), ("tcp://192.168.1.87:515", "tcp://192.168.1.87:515"),
    ("tcp://[fe80::1%eth0]:9100", "tcp://[fe80::1%eth0]:9100"),
    ("serial:/dev/ttyS0", "serial:/dev/ttyS0?speed=9600&bits=8&parity=none&stop=1&flow=none"),
    ("serial:/dev/x?speed=115200&flow=rtscts", "serial:/dev/x?speed=115200&bits=8&parity=none&stop=1&flow=rtscts"),
  ])
  func addresses(_ text: String, _ whole: String) {
    #expect(DeviceAddress(text)?.description == whole)
    #expect(DeviceAddress(whole)?.description == whole)
  }

  @Test(arguments: [
    "", "tcp://", "tcp://printer.local", "tcp://1.2.3", "tcp://1.2.3.256", "tcp://1.2.3.4:0", "tcp://1.2.3.4:99999",
    "tcp://[1.2.3.4]", "tcp://[fe80::1", "http://1.2.3.4", "serial:", "serial:ttyS0", "serial:/dev/x?speed=1",
    "serial:/dev/x?sped=9600", "serial:/dev/x?", "serial:/dev/x?parity=maybe",
  ])
  func noAddresses(_ text: String) { #expect(DeviceAddress(text) == nil) }

  @Test func numbersOfUnifiedPOS() {
    #expect(DeviceState.closed.rawValue == 1)
    #expect(DeviceState.error.rawValue == 4)
    #expect(ErrorCode.offline.rawValue == 108)
    #expect(PrinterErrorCode.receiptEmpty.rawValue == 203)
    #expect(PowerState.offOffline.rawValue == 2004)
    #expect(PrinterStatusEvent.idle.rawValue == 1001)
    #expect(DrawerState.open.statusEvent?.rawValue == 1)
  }

  @Test func levelsAreOrdered() {
    let names = ["queued", "sent", "drained", "fenced", "printed", "cut", "clean"]
    #expect(ProofLevel.allCases.sorted().map(\.name) == names)
    for name in names { #expect(ProofLevel(name: name)?.name == name) }
    #expect(ProofLevel(name: "ok") == nil)
  }

  @Test func statisticsStopAtTheTop() {
    var statistics = DeviceStatistics()
    statistics.add(.goodScanCount, .max)
    statistics.add(.goodScanCount)
    #expect(statistics[.goodScanCount] == .max)
    #expect(statistics.all.map(\.name) == [.goodScanCount])
  }

  @Test func driverTableNamesWhatItLacks() throws {
    let setup = DeviceSetup(
      id: try #require(DeviceIdentifier("scanner:serial:/dev/x")), profile: .scanner(ScannerProfile(family: "other")))
    #expect(throws: DeviceError.noSuchFamily("other")) {
      try DriverTable([]).make(setup, over: ReplayTransport(TransportRecording()))
    }
  }

  @Test func threadRunsOnceAndIsJoined() {
    let thread = DeviceThread()
    let ran = Ran()
    #expect(thread.start(name: "a-name-longer-than-fifteen") { ran.set() })
    #expect(!thread.start(name: "again") {})
    thread.join()
    #expect(ran.isSet)
    thread.join()
  }
}

import Synchronization

private final class Ran: Sendable {
  private let value = Mutex(false)
  func set() { value.withLock { $0 = true } }
  var isSet: Bool { value.withLock { $0 } }
}
