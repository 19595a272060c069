import Command
import Foundation
import Interfaces
import Synchronization
import Testing

/// What the clock is worth, and how it is set.
@Suite struct ClockTests {
  /// Answers of `timedatectl`, and what it was told.
  final class Timedated: Sendable {
    private let said = Mutex<[[String]]>([])
    private let clock = Mutex<Int64>(1000)
    let hasService: Bool
    /// How often it still says that a time service runs.
    private let busy: Mutex<Int>
    let works: Bool

    init(hasService: Bool = false, busy: Int = 0, works: Bool = true) {
      (self.hasService, self.works) = (hasService, works)
      self.busy = Mutex(busy)
    }

    var calls: [[String]] { said.withLock { $0 } }
    var now: Int64 { clock.withLock { $0 } }

    func run(_ words: [String]) -> ProcessResult? {
      said.withLock { $0.append(words) }
      if words.contains("show") { return ProcessResult(exit: 0, output: hasService ? "yes\n" : "no\n") }
      guard words[1] == "set-time" else { return ProcessResult(exit: 0, output: "") }
      let isBusy = busy.withLock { left in
        left -= 1
        return left >= 0
      }
      if isBusy {
        return ProcessResult(exit: 1, output: "Failed to set time: Automatic time synchronization is enabled\n")
      }
      let format = DateFormatter()
      format.locale = Locale(identifier: "en_US_POSIX")
      format.dateFormat = "yyyy-MM-dd HH:mm:ss zzz"
      guard works, let date = format.date(from: words[2]) else { return ProcessResult(exit: 0, output: "") }
      clock.withLock { $0 = Int64(date.timeIntervalSince1970) * 1000 }
      return ProcessResult(exit: 0, output: "")
    }

    var setting: ClockSetting {
      var view = BoxView()
      view.run = run
      var setting = ClockSetting(view)
      setting.read = { self.now }
      return setting
    }
  }

  static let newest = Doctor.Newest(sequence: 9, at: 1_790_000_000_000, sinceBoot: 0, boot: nil)

  @Test(arguments: [
    ("2026-11-21 10:00", true), ("2026-11-21 10:00:59", true), ("2026-11-21T10:00", true), ("2028-02-29 00:00", true),
    ("2026-02-30 10:00", false), ("2026-11-21 24:00", false), ("2026-11-21", false), ("10:00", false),
    ("2026-11-21 1:00", false), ("2026-13-01 10:00", false), ("2026-11-21 10:60", false), ("26-11-21 10:00", false),
    ("2026-11-21 10:00 +8", false), ("", false), ("2026-11-21 +1:00", false),
  ])
  func onlyTimesThatExistAreTaken(words: String, isTime: Bool) {
    let time = ClockSetting.parse(words)
    #expect((time != nil) == isTime)
    if let time { #expect(Moment.text(time).hasPrefix(words.replacing("T", with: " "))) }
  }

  @Test func aTimeBeforeTheNewestRecordTakesForce() throws {
    let setting = Timedated().setting
    let at = Self.newest.at
    #expect(throws: Never.self) { try setting.check(at, journal: .newest(Self.newest), isForced: false) }
    #expect(throws: Never.self) { try setting.check(at - 1, journal: .newest(Self.newest), isForced: true) }
    #expect(throws: Never.self) { try setting.check(at - 1, journal: .missing, isForced: false) }
    for journal in [Doctor.Journal.newest(Self.newest), .unread("no")] {
      let failure = #expect(throws: Failure.self) { try setting.check(at - 1, journal: journal, isForced: false) }
      #expect(failure?.code == "clockBehind" && failure?.exit == .refused)
    }
    // 2025-12-31: not even by force.
    let early = #expect(throws: Failure.self) {
      try setting.check(1_767_225_599_999, journal: .missing, isForced: true)
    }
    #expect(early?.exit == .usage)
  }

  @Test func itIsSetInUTCAndLogged() throws {
    let timedated = Timedated()
    try timedated.setting.set(1_795_226_400_000, reason: "why not")
    #expect(timedated.now == 1_795_226_400_000)
    #expect(timedated.calls[1] == ["timedatectl", "set-time", "2026-11-21 02:00:00 UTC"])
    #expect(timedated.calls.last?.last?.contains("why not") == true)
    #expect(!timedated.calls.contains { $0.contains("set-ntp") })
  }

  @Test func aTimeServiceIsStoppedMeanwhile() throws {
    let timedated = Timedated(hasService: true, busy: 2)
    try timedated.setting.set(1_795_226_400_000, reason: nil)
    #expect(timedated.now == 1_795_226_400_000)
    #expect(timedated.calls.map { $0[1] } == ["show", "set-ntp", "set-time", "set-time", "set-time", "-t", "set-ntp"])
    #expect(timedated.calls.last == ["timedatectl", "set-ntp", "true"])
  }

  @Test func aClockThatDidNotTakeItIsAFailure() throws {
    let deaf = Timedated(hasService: true, works: false)
    let failure = #expect(throws: Failure.self) { try deaf.setting.set(1_795_226_400_000, reason: nil) }
    #expect(failure?.code == "clockNotSet")
    #expect(deaf.calls.last == ["timedatectl", "set-ntp", "true"])
    var view = BoxView()
    view.run = { _ in nil }
    #expect(throws: Failure.self) { try ClockSetting(view).set(1_795_226_400_000, reason: nil) }
  }

  @Test func theReportSaysWhatTheClockIsWorth() throws {
    var box = try FixtureBox()
    defer { box.remove() }
    try box.write("sys/class/rtc/rtc0/since_epoch", "1790000001\n")
    try box.write("run/systemd/timesync/synchronized", "")
    box.view.run = { words in
      words.contains("systemd-timesyncd.service")
        ? ProcessResult(exit: 0, output: "Id=systemd-timesyncd.service\nActiveState=active\n") : nil
    }
    let good = ClockReport(box.view, daemon: .silent("no"), journal: .newest(box.newest))
    #expect(good.isTrusted && good.source == "systemd-timesyncd.service" && good.hardware == 1_790_000_001_000)
    #expect(good.synchronisedAt != nil)
    #expect(good.lines(Style(isColoured: false)).contains { $0.hasPrefix("trusted") && $0.contains("yes") })
    #expect(good.json.contains("\"trusted\":true"))

    box.newest.at = FixtureBox.now + 2_001
    let behind = ClockReport(box.view, daemon: .silent("no"), journal: .newest(box.newest))
    #expect(behind.isBehind && !behind.isTrusted)
    #expect(behind.lines(Style(isColoured: false)).contains { $0.contains("before the newest record") })

    box.view.isSynchronised = false
    try box.delete("sys/class/rtc/rtc0")
    let alone = ClockReport(box.view, daemon: .silent("no"), journal: .unread("denied"))
    #expect(!alone.isTrusted && alone.hardware == nil)
    #expect(alone.lines(Style(isColoured: false)).contains { $0.contains("denied") })
    // The daemon has the last word: it believes what it has seen since its start.
    #expect(!ClockReport(box.view, daemon: .answered(TextTests.status), journal: .missing).isTrusted)
  }

  @Test func theProgramTellsTheTime() throws {
    let program = try Program()
    defer { program.remove() }
    let socket = program.folder.appending(path: "none").path()
    #expect(try program.run("clock", "--json", "--socket", socket).output.contains("\"trusted\":"))
    #expect(try program.run("clock", "--socket", socket).output.contains("newest record"))
    #expect(try program.run("clock", "set", "soon").exit == Sysexit.usage.rawValue)
    #expect(try program.run("clock", "set", "2026-11-21 10:00", "--force").exit == Sysexit.usage.rawValue)
  }
}
