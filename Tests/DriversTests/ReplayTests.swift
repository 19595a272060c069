import Devices
import Drivers
import Foundation
import Testing
import Transports
import VirtualDevices

/// A recorded job is replayed in virtual time, whole and with its answers split at every byte.
@Suite(.timeLimit(.minutes(2))) struct ReplayTests {
  /// Runs one job against a transport; returns how it ended.
  private func run(_ transport: any Transport, profile: PrinterProfile, budget: UInt64? = nil) throws -> PrintEnd {
    let id = try #require(DeviceIdentifier("posPrinter:replay:test"))
    let printer = try EscPosPrinter(id: id, profile: profile, transport: transport)
    let reports = Inbox<PrinterReport>()
    // Before the start, so that the job is the first thing that the driver does.
    printer.print(
      PrintRequest(job: "job", document: Rig.document("job"), attempt: 1, budgetNanoseconds: budget))
    printer.start { reports.put($0) }
    let end = reports.wait {
      switch $0 {
      case .ended(let end): return end
      case .refused(let job, let status):
        return PrintEnd(job: job, outcome: .lost, level: .queued, sentBytes: 0, totalBytes: 0, why: status.why)
      default: return nil
      }
    }
    printer.stop()
    return try #require(end)
  }

  private func profile() -> PrinterProfile {
    var profile = Rig.profile
    // Kept open: an idle time would pass at once in virtual time.
    profile.connection.presence = true
    profile.status.automatic = true
    profile.status.pollSeconds = 0
    // A fence only: process identifiers differ from run to run.
    profile.proof = .init(fence: true, processID: false, keepsBuffer: true)
    return profile
  }

  private func record() throws -> TransportRecording {
    let server = try VirtualPrinterServer()
    server.start(.init(profile: try EscPosFamily.encoderProfile(profile())))
    defer { server.stop() }
    let transport = RecordingTransport(TCPTransport(host: "127.0.0.1", port: server.port))
    let end = try run(transport, profile: profile())
    #expect(end.outcome == .done)
    return transport.recording
  }

  @Test func recordedJobReplays() throws {
    let recording = try TransportRecording(text: record().text)
    let transport = ReplayTransport(recording)
    let end = try run(transport, profile: profile())
    #expect(transport.mismatch == nil)
    #expect(end.outcome == .done)
    #expect(end.level == .fenced)
  }

  @Test func splitAnswersAreTheSameAnswers() throws {
    var split = TransportRecording()
    for entry in try record().entries {
      if case .read(let bytes) = entry.event, bytes.count > 1 {
        for byte in bytes { split.append(.init(entry.time, .read([byte]))) }
      } else {
        split.append(entry)
      }
    }
    let transport = ReplayTransport(split)
    #expect(try run(transport, profile: profile()).level == .fenced)
  }

  /// The fence's answer has come: automatic status (4 bytes), three answers, automatic status again, and one byte.
  private func hasFence(_ entries: ArraySlice<TransportRecording.Entry>) -> Bool {
    let count = entries.reduce(0) { if case .read(let bytes) = $1.event { $0 + bytes.count } else { $0 } }
    return count >= 4 + 3 + 4 + 1
  }

  /// The device goes silent after each recorded event in turn: the outcome is never more than the truth.
  @Test func silenceAfterEachEvent() throws {
    let whole = try record().entries
    for count in 1..<whole.count {
      let transport = ReplayTransport(TransportRecording(Array(whole.prefix(count))))
      let end = try run(transport, profile: profile(), budget: second)
      if end.outcome == .done {
        #expect(hasFence(whole.prefix(count)), "done after \(count) events")
      }
      #expect(end.sentBytes > 0 || end.outcome != .unknown)
    }
  }

  /// The connection breaks after each recorded event in turn.
  @Test func lossAfterEachEvent() throws {
    let whole = try record().entries
    for count in 1..<whole.count {
      var cut = TransportRecording(Array(whole.prefix(count)))
      cut.append(.init(whole[count - 1].time + 1000, .lost(.reset)))
      let end = try run(ReplayTransport(cut), profile: profile(), budget: second)
      switch end.outcome {
      case .done: #expect(hasFence(whole.prefix(count)))
      case .unknown: #expect(end.sentBytes > 0)
      case .lost, .cancelled: #expect(end.sentBytes == 0)
      }
    }
  }
}
