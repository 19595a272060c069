import Devices
import Testing
import VirtualDevices

/// Drawer pulses: at most one for an order, and no more claimed than is known.
@Suite(.timeLimit(.minutes(2))) struct DrawerTests {
  private func kicks(_ rig: Rig) -> Int { rig.server.state.kicks }

  @Test func withoutContactThePulseIsSent() throws {
    let rig = try Rig()
    try rig.startReady()
    rig.printer.kickDrawer(order: "o1")
    #expect(try rig.drawer("o1") == .sent)
    rig.eventually("one kick") { $0.kicks == 1 }
    #expect(rig.printer.statistics[.drawerGoodOpenCount] == 1)
  }

  @Test func contactTellsOpenedAndStuck() throws {
    let opens = try Rig(contact: .openIsHigh) { $0.drawer = .opens }
    try opens.startReady()
    opens.printer.kickDrawer(order: "o1")
    #expect(try opens.drawer("o1") == .opened)
    #expect(opens.reports.all.contains(.drawerState(.open)))

    let stuck = try Rig(contact: .openIsHigh) { $0.drawer = .stuck }
    try stuck.startReady()
    stuck.printer.kickDrawer(order: "o2")
    #expect(try stuck.drawer("o2") == .stuck)
    #expect(kicks(stuck) == 1)
  }

  @Test func printerAwayMeansNoPulse() throws {
    let rig = try Rig()
    rig.server.perform(.power(false))
    rig.start()
    rig.printer.kickDrawer(order: "o1")
    #expect(try rig.drawer("o1") == .notSent)
    rig.server.perform(.power(true))
    #expect(kicks(rig) == 0)
  }

  /// A pulse in the buffer of a printer without paper would open the drawer whenever paper comes.
  @Test func noPulseWaitsInTheBuffer() throws {
    let rig = try Rig()
    rig.server.perform(.paper(.out))
    rig.start()
    rig.printer.kickDrawer(order: "o1")
    #expect(try rig.drawer("o1") == .notSent)
    rig.server.perform(.paper(.ok))
    rig.print("job")
    #expect(try rig.end("job").outcome == .done)
    #expect(kicks(rig) == 0)
  }

  @Test func realTimePulseOpensWithoutPaper() throws {
    let rig = try Rig(contact: .openIsHigh, realTimePulse: true) { $0.drawer = .opens }
    rig.server.perform(.paper(.out))
    rig.start()
    rig.printer.kickDrawer(order: "o1")
    #expect(try rig.drawer("o1") == .opened)
    #expect(kicks(rig) == 1)
  }

  @Test func drawerOpensWhileAJobWaitsForPaper() throws {
    let rig = try Rig(realTimePulse: true)
    try rig.startReady()
    rig.server.perform(.paperOutAfter(bytes: 120))
    let before = rig.reports.all.count
    rig.print("job", lines: 20)
    _ = try rig.status(from: before) { $0.paper == .out }
    rig.printer.kickDrawer(order: "o1")
    #expect(try rig.drawer("o1") == .sent)
    rig.server.perform(.paper(.ok))
    #expect(try rig.end("job").outcome == .done)
    #expect(kicks(rig) == 1)
  }

  /// A drawer that opens minutes later, when paper comes, stands open and nobody looks.
  @Test func anOrderDoesNotOutwaitAJobWithoutPaper() throws {
    let rig = try Rig(kickPatience: second / 5)
    try rig.startReady()
    rig.server.perform(.paperOutAfter(bytes: 120))
    let before = rig.reports.all.count
    rig.print("job", lines: 20)
    _ = try rig.status(from: before) { $0.paper == .out }
    rig.printer.kickDrawer(order: "o1")
    // While the job still waits: whoever ordered it is told then, and not when the job ends.
    #expect(try rig.drawer("o1") == .notSent)
    #expect(!rig.reports.all.contains { if case .ended = $0 { true } else { false } })
    rig.server.perform(.paper(.ok))
    #expect(try rig.end("job").outcome == .done)
    rig.printer.kickDrawer(order: "o2")
    #expect(try rig.drawer("o2") == .sent)
    rig.eventually("the second order's pulse") { $0.kicks == 1 }
    #expect(rig.printer.statistics[.drawerFailedOpenCount] == 1)
  }

  @Test func lostAnswerIsUnknownAndNothingIsSentAgain() throws {
    let rig = try Rig()
    try rig.startReady()
    // Three status answers, then the fence's.
    rig.server.perform(.loseReply(4))
    rig.printer.kickDrawer(order: "o1")
    #expect(try rig.drawer("o1") == .unknown)
    #expect(kicks(rig) == 1)
  }
}
