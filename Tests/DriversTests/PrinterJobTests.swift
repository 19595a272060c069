import Devices
import Document
import Drivers
import Foundation
import Testing
import VirtualDevices

/// Jobs on a virtual printer over real sockets: what is on paper and what is claimed about it.
@Suite(.timeLimit(.minutes(2))) struct PrinterJobTests {
  @Test func printsAndClimbsTheLadder() throws {
    let rig = try Rig()
    try rig.startReady()
    rig.print("job-1")
    let end = try rig.end("job-1")
    #expect(end.outcome == .done)
    #expect(end.level == .clean)
    #expect(end.why == nil)
    #expect(end.sentBytes == end.totalBytes)
    #expect(rig.slips.count == 1)
    #expect(rig.slips.first?.contains("商品 3") == true)
    #expect(rig.slips.first?.contains("job-1 收据") == true)
    let levels = rig.levels("job-1")
    #expect(levels == levels.sorted())
    #expect(levels.last == .clean)
    #expect(rig.printer.statistics[.paperCutCount] == 1)
    // No connection is held: another till may print.
    rig.eventually("connection closed") { $0.connections == 0 }
  }

  @Test func bestLevelFollowsTheProfile() throws {
    let fence = try Rig(proof: .init(fence: true, processID: false, keepsBuffer: true))
    try fence.startReady()
    fence.print("a")
    #expect(try fence.end("a").level == .fenced)
    #expect(try fence.status { $0.ready }.bestLevel == .fenced)

    let oneWay = try Rig(proof: .init(fence: false, processID: false, keepsBuffer: false), realTime: [])
    oneWay.start()
    oneWay.print("b")
    let end = try oneWay.end("b")
    #expect(end.outcome == .done)
    #expect(end.level == .drained)
  }

  @Test func manyJobsOneAfterTheOther() throws {
    let rig = try Rig(idleClose: 5)
    try rig.startReady()
    for number in 1...20 {
      rig.print("job-\(number)")
      #expect(try rig.end("job-\(number)").level == .clean)
    }
    #expect(rig.slips.count == 20)
    // All on one connection, which is kept for the next.
    let connections = rig.events.all.filter { $0 == .connected }.count
    #expect(connections <= 2)
  }

  @Test func secondJobAtOnceIsRefused() throws {
    let rig = try Rig { $0.speed = 50 }
    try rig.startReady()
    rig.print("first", lines: 30)
    rig.print("second")
    _ = try rig.refusal("second")
    #expect(try rig.end("first").outcome == .done)
    #expect(rig.slips.count == 1)
  }

  @Test func cancelBeforeTheFirstByte() throws {
    let rig = try Rig()
    rig.server.perform(.power(false))
    rig.start()
    rig.print("job")
    rig.printer.cancel(job: "job")
    let ended = rig.reports.wait {
      switch $0 {
      case .ended(let end) where end.job == "job": return end.outcome
      // The printer's refusal came first.
      case .refused("job", _): return .cancelled
      default: return nil
      }
    }
    #expect(ended == .cancelled)
    #expect(rig.slips.isEmpty)
  }

  // MARK: Printer that cannot print

  @Test func paperOutBeforeTheJob() throws {
    let rig = try Rig()
    rig.server.perform(.paper(.out))
    rig.start()
    rig.print("job")
    let status = try rig.refusal("job")
    #expect(status.paper == .out)
    #expect(status.state == .error)
    #expect(status.why == "out of paper")
    #expect(!status.ready)
    let before = rig.reports.all.count
    rig.server.perform(.paper(.ok))
    // Watched without being asked again.
    #expect(try rig.status(from: before) { $0.ready }.paper == .ok)
    rig.print("job")
    #expect(try rig.end("job").outcome == .done)
    #expect(rig.slips.count == 1)
  }

  @Test func coverOpenBeforeTheJob() throws {
    let rig = try Rig()
    rig.server.perform(.cover(open: true))
    rig.start()
    rig.print("job")
    let status = try rig.refusal("job")
    #expect(status.cover == .open)
    #expect(status.why == "cover open")
  }

  @Test func switchedOffBeforeTheJob() throws {
    let rig = try Rig()
    rig.server.perform(.power(false))
    rig.start()
    _ = try rig.status { $0.why.hasSuffix("connection refused") }
    rig.print("job")
    let status = try rig.refusal("job")
    #expect(status.state == .closed)
    #expect(status.power == .offOffline)
    let before = rig.reports.all.count
    rig.server.perform(.power(true))
    _ = try rig.status(from: before) { $0.ready }
    rig.print("job")
    #expect(try rig.end("job").level == .clean)
  }

  @Test func silentPrinterIsNotPrintedOn() throws {
    let rig = try Rig()
    rig.server.perform(.mute(true))
    rig.start()
    rig.print("job")
    #expect(try rig.refusal("job").why.contains("does not answer"))
    #expect(rig.slips.isEmpty)
    let before = rig.reports.all.count
    rig.server.perform(.mute(false))
    _ = try rig.status(from: before) { $0.ready }
  }

  // MARK: Faults in the middle

  @Test func paperOutInTheMiddle() throws {
    let rig = try Rig()
    try rig.startReady()
    let before = rig.reports.all.count
    rig.server.perform(.paperOutAfter(bytes: 120))
    rig.print("job", lines: 20)
    #expect(try rig.status(from: before) { $0.paper == .out }.state == .error)
    #expect(rig.slips.isEmpty)
    rig.server.perform(.paper(.ok))
    let end = try rig.end("job")
    #expect(end.outcome == .done)
    #expect(end.level == .clean)
    // The rest came out once: nothing was sent again.
    #expect(rig.slips.count == 1)
    #expect(rig.server.state.slips == 1)
  }

  @Test func paperOutIsPushedByAutomaticStatus() throws {
    let rig = try Rig(automatic: true)
    try rig.startReady()
    let before = rig.reports.all.count
    rig.server.perform(.paperOutAfter(bytes: 120))
    rig.print("job", lines: 20)
    #expect(try rig.status(from: before) { $0.paper == .out }.why == "out of paper")
    rig.server.perform(.paper(.ok))
    #expect(try rig.end("job").level == .clean)
    #expect(rig.slips.count == 1)
  }

  @Test func stallIsUnknownNotFailed() throws {
    let rig = try Rig(answers: 2000)
    try rig.startReady()
    rig.server.perform(.speed(1))
    rig.print("job", lines: 40, budget: second)
    let end = try rig.end("job")
    #expect(end.outcome == .unknown)
    #expect(end.level < .printed)
    #expect(end.why != nil)
    #expect(end.sentBytes > 0)
  }

  @Test func dropInTheMiddleIsUnknown() throws {
    let rig = try Rig()
    try rig.startReady()
    // Behind the three status questions and into the job.
    rig.server.perform(.dropAfter(bytes: 60))
    rig.print("job", lines: 20)
    let end = try rig.end("job")
    #expect(end.outcome == .unknown)
    #expect(end.sentBytes > 0)
    #expect(end.why?.contains("connection") == true)
    // And the next one prints, without restart.
    let before = rig.reports.all.count
    rig.print("next")
    _ = before
    #expect(try rig.end("next").outcome == .done)
  }

  @Test func lostFenceIsUnknown() throws {
    let rig = try Rig(proof: .init(fence: true, processID: false, keepsBuffer: true))
    try rig.startReady()
    // Three status answers, then the fence's.
    rig.server.perform(.loseReply(4))
    rig.print("job", budget: second)
    let end = try rig.end("job")
    #expect(end.outcome == .unknown)
    #expect(end.level == .drained)
    #expect(rig.slips.count == 1)
    // The fence's answer is not owed to the next job.
    rig.print("next")
    #expect(try rig.end("next").outcome == .done)
  }

  @Test func lostFenceDoesNotMatterBehindTheCutsProof() throws {
    let rig = try Rig()
    try rig.startReady()
    // Three status answers, body, cut, then the fence's.
    rig.server.perform(.loseReply(6))
    rig.print("job")
    #expect(try rig.end("job").level == .clean)
  }

  @Test func lostCutProofIsUnknown() throws {
    let rig = try Rig()
    try rig.startReady()
    rig.server.perform(.loseReply(5))
    rig.print("job", budget: second)
    let end = try rig.end("job")
    #expect(end.outcome == .unknown)
    #expect(end.level == .printed)
  }

  @Test func stopInTheMiddleTellsWhatIsKnown() throws {
    let rig = try Rig { $0.speed = 1 }
    try rig.startReady()
    rig.print("job", lines: 30)
    #expect(rig.reports.wait { if case .progress(let now) = $0, now.level >= .sent { true } else { nil } } == true)
    rig.printer.stop()
    let end = try rig.end("job")
    #expect(end.outcome == .unknown)
    let count = rig.reports.all.count
    rig.print("late")
    rig.printer.stop()
    #expect(rig.reports.all.count == count)
  }

  // MARK: Several printers

  @Test func deadPrinterDoesNotHoldTheOther() throws {
    let dead = try Rig(answers: 5000)
    dead.server.perform(.mute(true))
    let live = try Rig()
    dead.start()
    try live.startReady()
    dead.print("dead")
    let began = Date()
    for number in 1...5 {
      live.print("live-\(number)")
      #expect(try live.end("live-\(number)").outcome == .done)
    }
    #expect(Date().timeIntervalSince(began) < 4)
    #expect(!dead.reports.all.contains { if case .ended = $0 { true } else { false } })
  }

  @Test func twoTillsShareAPrinter() throws {
    let rig = try Rig()
    try rig.startReady()
    // Another till holds the only connection that prints.
    let other = try Rig.connect(to: rig.server)
    rig.print("job")
    #expect(try rig.refusal("job").why.contains("another computer"))
    let before = rig.reports.all.count
    other.close()
    _ = try rig.status(from: before) { $0.ready }
    rig.print("job")
    #expect(try rig.end("job").outcome == .done)
  }
}
