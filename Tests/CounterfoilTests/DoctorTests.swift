import Command
import Foundation
import Interfaces
import Testing

/// Each finding on a box where one thing is broken; none on a box where nothing is.
@Suite struct DoctorTests {
  /// One thing that is broken.
  struct Fault: Sendable, CustomTestStringConvertible {
    var code: FindingCode
    var severity: Severity
    /// Part of the command that mends it.
    var command: String?
    /// What else is found because of it.
    var also: Set<FindingCode> = []
    var breaks: @Sendable (inout FixtureBox) throws -> Void

    init(
      _ code: FindingCode, _ severity: Severity, _ command: String?, also: Set<FindingCode> = [],
      _ breaks: @escaping @Sendable (inout FixtureBox) throws -> Void
    ) {
      (self.code, self.severity, self.command, self.also, self.breaks) = (code, severity, command, also, breaks)
    }

    var testDescription: String { code.rawValue }
  }

  @Test func aBoxThatIsWellHasNothingToComplainAbout() throws {
    let box = try FixtureBox()
    defer { box.remove() }
    let report = box.look()
    #expect(report.findings.map(\.code) == [])
    #expect(report.exit == .ok && report.worst == nil)
    #expect(report.notSeen.isEmpty)
    let lines = DoctorText.lines(report, Style(isColoured: false))
    #expect(lines.contains { $0.hasPrefix("ok") && $0.contains("active (running)") })
    #expect(lines.last == "nothing wrong with what was looked at")
  }

  static let service = "counterfoild.service"
  static let faults: [Fault] = services + files + devices + disks + clocks

  static let services: [Fault] = [
    Fault(.unitMissing, .error, "reinstall counterfoil") { $0.units[service] = ["LoadState": "not-found"] },
    Fault(.unitOutdated, .warning, "systemctl daemon-reload") { $0.units[service]?["NeedDaemonReload"] = "yes" },
    Fault(.serviceDisabled, .warning, "systemctl enable counterfoild.service") {
      $0.units[service]?["UnitFileState"] = "disabled"
    },
    Fault(.serviceDisabled, .error, "systemctl unmask") { $0.units[service]?["UnitFileState"] = "masked" },
    Fault(.serviceDisabled, .warning, "systemctl enable counterfoild.socket") {
      $0.units["counterfoild.socket"]?["UnitFileState"] = "disabled"
    },
    Fault(.serviceFailed, .error, "journalctl -u counterfoild") { $0.units[service]?["ActiveState"] = "failed" },
    Fault(.serviceStopped, .error, "systemctl start counterfoild") { $0.units[service]?["ActiveState"] = "inactive" },
    Fault(.serviceRestarting, .warning, "journalctl") { $0.units[service]?["NRestarts"] = "3" },
    Fault(.serviceRestarting, .error, "journalctl") {
      $0.units[service]?["ActiveState"] = "activating"
      $0.units[service]?["SubState"] = "auto-restart"
    },
    Fault(.twoDaemons, .error, "sudo kill 200") {
      try $0.write("proc/200/comm", "counterfoild\n")
      try $0.write("proc/200/cmdline", "counterfoild\0--config\0/etc/counterfoil/counterfoil.toml\0")
    },
    Fault(.socketStopped, .error, "systemctl start counterfoild.socket") {
      $0.units["counterfoild.socket"]?["ActiveState"] = "inactive"
    },
    Fault(.socketStopped, .error, "restart counterfoild.socket") { try $0.delete("run/counterfoil/control") },
    Fault(.socketRights, .warning, "chmod 0660 /run/counterfoil/control") {
      try $0.write("run/counterfoil/control", "", mode: 0o666)
    },
    Fault(.socketRights, .warning, "sudo chmod o-rwx /run/counterfoil/control") {
      $0.hasSystemd = false
      try $0.write("run/counterfoil/control", "", mode: 0o777)
    },
    Fault(.daemonSilent, .error, "journalctl -u counterfoild -n 20 --no-pager; sudo systemctl restart counterfoild") {
      $0.daemon = .silent("no daemon")
    },
    Fault(.daemonSilent, .error, "counterfoild --config /etc/counterfoil/counterfoil.toml") {
      $0.daemon = .silent("no daemon")
      $0.hasSystemd = false
      try $0.delete("proc/100/comm")
      try $0.delete("run/counterfoil/control")
    },
    Fault(.daemonSilent, .error, "sudo kill -9 100; counterfoild --config /etc/counterfoil/counterfoil.toml") {
      $0.daemon = .silent("no answer")
      $0.hasSystemd = false
    },
    Fault(.socketRights, .warning, "chgrp counterfoil") {
      try $0.write("etc/group", "counterfoil:x:54321:\ncounterfoild:x:997:\n")
    },
  ]

  static let files: [Fault] = [
    Fault(.packageChanged, .warning, "reinstall") {
      $0.verified = ProcessResult(
        exit: 1,
        output:
          "??5?????? c /etc/counterfoil/x\nmissing     /usr/share/man/man1/x.gz\n??5??????   /usr/bin/counterfoild\n")
    },
    Fault(.udevRulesMissing, .error, "reinstall") { try $0.delete("usr/lib/udev/rules.d/70-counterfoil.rules") },
    Fault(.udevRulesShadowed, .warning, "69-counterfoil-local.rules") {
      try $0.write("etc/udev/rules.d/70-counterfoil.rules", "")
    },
    Fault(.userOutside, .warning, "usermod -aG counterfoil,counterfoil-technician tech") {
      $0.view.userID = 77_777
    },
    Fault(.userOutside, .warning, "tech") { $0.view.sudoUser = "tech" },
    Fault(.userGroupsOld, .warning, "su - tech") {
      $0.view.userID = 77_777
      try $0.write("etc/group", "counterfoil:x:\(FixtureBox.group):pos,tech\n")
    },
    Fault(.configuration, .error, "config check") {
      try $0.write("etc/counterfoil/counterfoil.toml", "[shop]\nnmae = 1\n")
    },
    Fault(.configuration, .error, "counterfoil init") { try $0.delete("etc/counterfoil/counterfoil.toml") },
    Fault(.configurationOpen, .warning, "chmod o-rwx") {
      let path = $0.root.appending(path: "etc/counterfoil/counterfoil.toml")
      let hash = "pbkdf2-sha256$200000$" + String(repeating: "ab", count: 16) + "$" + String(repeating: "cd", count: 32)
      let text = try String(contentsOf: path, encoding: .utf8)
      try $0.write(
        "etc/counterfoil/counterfoil.toml",
        text + "[[operator]]\nid = \"01\"\nname = \"w\"\nrole = \"cashier\"\npin = \"\(hash)\"\n", mode: 0o644)
    },
    Fault(.keyMissing, .error, "install -o counterfoil") { try $0.delete("var/lib/counterfoil/keys/journal.key") },
    Fault(.keyRights, .error, "chmod 0600") {
      try $0.write("var/lib/counterfoil/keys/journal.key", "", mode: 0o640)
    },
    Fault(.keyRights, .error, "chown counterfoil:counterfoild", also: [.journalDenied]) { try $0.changeOwners() },
    Fault(.journalDenied, .error, "chown -R", also: [.keyRights]) { try $0.changeOwners() },
    Fault(.journalMissing, .error, "init") { $0.journal = .missing },
    Fault(.machineChanged, .error, "explain machineChanged", also: [.daemonSilent]) {
      $0.daemon = .silent("no daemon")
      try $0.write("sys/class/dmi/id/board_serial", "PF3K77XQ-another\n")
    },
    Fault(.machineChanged, .error, "explain machineChanged", also: [.daemonSilent]) {
      $0.daemon = .silent("no daemon")
      try $0.delete("sys/class/dmi/id/board_serial")
      try $0.write("etc/machine-id", "00112233445566778899aabbccddee00\n")
    },
  ]

  static let devices: [Fault] = [
    Fault(.modemManager, .warning, #"ENV{ID_VENDOR_ID}=="0c2e", ENV{ID_MODEL_ID}=="0b61""#) {
      $0.units["ModemManager.service"] = ["LoadState": "loaded", "ActiveState": "active"]
      try $0.write("run/udev/data/c166:0", "E:ID_VENDOR_ID=0c2e\n")
    },
    Fault(.brltty, .hint, "purge brltty") { try $0.write("usr/bin/brltty", "") },
    Fault(.brltty, .warning, "purge brltty") {
      try $0.write("usr/bin/brltty", "")
      try $0.write("usr/lib/udev/rules.d/85-brltty.rules", "")
      try $0.write("sys/bus/usb/devices/1-4/idVendor", "1a86\n")
    },
    Fault(.brltty, .warning, "purge brltty") {
      try $0.write("usr/bin/brltty", "")
      $0.units["brltty.service"] = ["ActiveState": "active"]
      try $0.write("sys/bus/usb/devices/1-4/idVendor", "10c4\n")
    },
    Fault(.brltty, .hint, "purge brltty") {
      try $0.write("usr/bin/brltty", "")
      try $0.write("sys/bus/usb/devices/1-4/idVendor", "1a86\n")
    },
    Fault(.cupsHoldsPrinter, .warning, "disable --now cups") {
      $0.units["cups.service"] = ["LoadState": "loaded", "ActiveState": "active"]
    },
    Fault(.usbAutosuspend, .warning, "/sys/bus/usb/devices/1-2/power/control") {
      try $0.write("sys/devices/usb1/1-2/power/control", "auto\n")
    },
    Fault(.usbAutosuspend, .warning, "/sys/bus/usb/devices/1-3/power/control") {
      try $0.write("sys/devices/usb1/1-3/power/control", "auto\n")
    },
    Fault(.pcscdDenied, .hint, "org.debian.pcsc-lite") {
      try $0.write("usr/sbin/pcscd", "")
      try $0.write("usr/share/polkit-1/actions/org.debian.pcsc-lite.policy", "")
      try $0.write("usr/share/polkit-1/rules.d/60-pcsc.rules", "org.debian.pcsc-lite, somebody")
    },
  ]

  static let disks: [Fault] = [
    Fault(.diskFilling, .error, "du") { box in
      box.view.space = { _ in BoxView.Space(bytes: 1 << 34, freeBytes: 31 << 20, inodes: 0, freeInodes: 0) }
    },
    Fault(.diskNearlyFull, .warning, "du") { box in
      box.view.space = { _ in BoxView.Space(bytes: 1 << 34, freeBytes: 1 << 30, inodes: 0, freeInodes: 0) }
    },
    Fault(.diskNearlyFull, .warning, "du") { box in
      box.view.space = { _ in BoxView.Space(bytes: 1 << 29, freeBytes: 127 << 20, inodes: 0, freeInodes: 0) }
    },
    Fault(.inodesNearlyFull, .warning, "inodes") { box in
      box.view.space = { _ in BoxView.Space(bytes: 1 << 34, freeBytes: 1 << 33, inodes: 1_000_000, freeInodes: 49_999) }
    },
    Fault(.diskFullSoon, .warning, "du") {
      var status = TextTests.status
      (status.reasons, status.waits, status.diskDaysLeft) = ([], [], 29)
      $0.daemon = .answered(status)
    },
    Fault(.flashWorn, .warning, "journal copy") {
      try $0.write("sys/class/mmc_host/mmc0/mmc0:0001/life_time", "0x02 0x08\n")
    },
    Fault(.flashWorn, .error, "journal copy") {
      try $0.write("sys/class/mmc_host/mmc0/mmc0:0001/life_time", "0x0b 0x01\n")
    },
    Fault(.flashWorn, .error, "journal copy") {
      try $0.write("sys/class/mmc_host/mmc0/mmc0:0001/pre_eol_info", "0x03\n")
    },
    Fault(.fileSystemErrors, .error, "tune2fs -l /dev/vda") { try $0.write("sys/fs/ext4/vda/errors_count", "2\n") },
    Fault(.journalReadOnly, .error, "remount,rw /var") {
      try $0.write("proc/self/mounts", "/dev/vda / ext4 rw 0 0\n/dev/vdb /var ext4 ro,relatime 0 0\n")
    },
  ]

  static let clocks: [Fault] = [
    Fault(.clockUntrusted, .warning, "timedatectl") { $0.view.isSynchronised = false },
    Fault(.noRTC, .warning, nil) { try $0.delete("sys/class/rtc/rtc0") },
    Fault(.clockBehind, .error, "counterfoil clock set") { $0.newest.at = FixtureBox.now + 2_001 },
    Fault(.clockStepped, .warning, "counterfoil clock") { $0.newest.at -= 60_000 },
    Fault(.clockStepped, .warning, "counterfoil clock") { $0.newest.sinceBoot -= 60_000 },
  ]

  @Test(arguments: faults)
  func eachFaultIsFoundAndOnlyIt(fault: Fault) throws {
    var box = try FixtureBox()
    defer { box.remove() }
    try fault.breaks(&box)
    let report = box.look()
    let finding = try #require(report.findings.first { $0.code == fault.code.rawValue }, "\(report.findings)")
    #expect(finding.severity == fault.severity)
    #expect(Set(report.findings.map(\.code)) == Set(fault.also.union([fault.code]).map(\.rawValue)))
    if let command = fault.command {
      #expect(finding.command?.contains(command) == true, "\(finding.command ?? "-")")
    } else {
      #expect(finding.command == nil)
    }
    #expect(report.exit == .ok || report.worst != .hint)
    let lines = DoctorText.lines(report, Style(isColoured: false))
    #expect(lines.contains { $0.contains(finding.code) && $0.contains(finding.subject) })
    #expect(DoctorText.json(report, fixed: []).contains("\"code\":\"\(finding.code)\""))
  }

  @Test func everyFindingIsTestedAndExplained() {
    #expect(Set(Self.faults.map(\.code)) == Set(FindingCode.allCases))
    for code in FindingCode.allCases { #expect(ErrorTable.entry(code.rawValue) != nil, "\(code)") }
    let table = ErrorTable.all.filter { $0.group == .finding }.map(\.code)
    #expect(Set(table).isSubset(of: FindingCode.allCases.map(\.rawValue)))
  }

  @Test func whatIsOnlyNearlyWrongIsNotFound() throws {
    var box = try FixtureBox()
    defer { box.remove() }
    box.units["counterfoild.service"]?["NRestarts"] = "2"
    box.units["ModemManager.service"] = ["LoadState": "loaded", "ActiveState": "active"]
    box.newest.at = FixtureBox.now + 1_999
    box.newest.boot = "another boot"
    // The same board with a new system, as after an installation.
    try box.write("etc/machine-id", "00112233445566778899aabbccddee00\n")
    try box.write("sys/class/mmc_host/mmc0/mmc0:0001/life_time", "0x07 0x00\n")
    try box.write("proc/200/comm", "counterfoild\n")
    try box.write("proc/200/cmdline", "counterfoild\0--config\0/etc/counterfoil/second.toml\0")
    try box.write("usr/sbin/pcscd", "")
    try box.write("usr/share/polkit-1/actions/org.debian.pcsc-lite.policy", "")
    let here = URL(filePath: #filePath).deletingLastPathComponent()
    let rule = here.appending(path: "../../packaging/50-counterfoil.rules")
    try box.write("usr/share/polkit-1/rules.d/50-counterfoil.rules", String(contentsOf: rule, encoding: .utf8))
    try box.delete("var/lib/counterfoil/keys/journal.key")
    try box.write("run/credentials/counterfoild.service/journal.key", "")
    try box.write("etc/group", "counterfoil:x:\(FixtureBox.group):tech\n")
    box.view.sudoUser = "tech"
    var status = TextTests.status
    (status.reasons, status.waits, status.diskDaysLeft) = ([], [], 30)
    box.daemon = .answered(status)
    let report = box.look()
    #expect(report.findings.map(\.code) == [])
    #expect(report.notSeen.isEmpty)
  }

  /// As on Debian 12, whose pcscd was built without polkit.
  @Test func aCardServiceThatAsksNobodyNeedsNoRule() throws {
    let box = try FixtureBox()
    defer { box.remove() }
    try box.write("usr/sbin/pcscd", "")
    try box.write("usr/share/polkit-1/rules.d/50-default.rules", "")
    #expect(box.look().findings.map(\.code) == [])
  }

  @Test func whatTheDaemonSaysIsAFinding() throws {
    var box = try FixtureBox()
    defer { box.remove() }
    var status = TextTests.status
    (status.reasons, status.waits, status.diskDaysLeft) = ([.machineChanged, .clockUntrusted], [], nil)
    box.daemon = .answered(status)
    let report = box.look()
    #expect(report.findings.map(\.code) == ["machineChanged"])
    #expect(report.exit == .configuration)
  }

  /// Each printer and scanner that `status` waits for, with what to do about it; waits for money and paper are no fault
  /// of the box.
  @Test func devicesThatTheDaemonWaitsForAreFindings() throws {
    var box = try FixtureBox()
    defer { box.remove() }
    var status = FixtureBox.well
    func wait(_ code: String, _ subject: String, _ command: String) {
      status.waits.append(
        Wire.Wait(code: code, subject: subject, since: 0, text: "\(subject) says so", command: command))
    }
    wait("printerNotReady", "front", "counterfoil printer status")
    wait("printerNotReady", "kitchen", "counterfoil printer status")
    wait("paperOut", "bar", "counterfoil printer status")
    wait("coverOpen", "cellar", "counterfoil printer status")
    wait("scannerOffline", "hand", "counterfoil devices")
    wait("scannerError", "table", "counterfoil devices")
    wait("receiptOwed", "j1", "counterfoil printer decide j1 printAgain")
    wait("shiftClosed", "lane-1", "counterfoil shift open")
    box.daemon = .answered(status)
    let report = box.look()
    #expect(
      report.findings.map { "\($0.area) \($0.code) \($0.subject)" } == [
        "devices printerNotReady front", "devices printerNotReady kitchen", "devices paperOut bar",
        "devices coverOpen cellar", "devices scannerOffline hand", "devices scannerError table",
      ])
    for finding in report.findings {
      let act = try #require(ErrorTable.entry(finding.code)?.cure.text)
      #expect(finding.severity == .warning && finding.text.hasPrefix("\(finding.subject) says so"))
      #expect(finding.text.hasSuffix(act) && finding.command?.hasPrefix("counterfoil ") == true)
    }
    #expect(report.findings[0].text.contains("switch it on, check cable"))
    #expect(report.exit == .refused)
    status.waits = []
    wait("paperLow", "front", "counterfoil printer status")
    box.daemon = .answered(status)
    let low = box.look()
    #expect(low.findings.map(\.code) == ["paperLow"] && low.worst == .hint && low.exit == .ok)
  }

  /// Where units, socket or user explain why nobody answers, it is not said twice.
  @Test func anExplainedSilenceIsNoFindingOfItsOwn() throws {
    let explaining: Set<FindingCode> = [
      .unitMissing, .serviceFailed, .serviceStopped, .twoDaemons, .socketStopped, .userOutside, .userGroupsOld,
    ]
    for fault in Self.faults where fault.code != .daemonSilent {
      var box = try FixtureBox()
      defer { box.remove() }
      try fault.breaks(&box)
      box.daemon = .silent("no daemon")
      let isExplained =
        explaining.contains(fault.code)
        || [.serviceDisabled, .serviceRestarting].contains(fault.code) && fault.severity == .error
      let findings = box.look().findings
      #expect(findings.contains { $0.code == "daemonSilent" } != isExplained, "\(findings)")
    }
    var box = try FixtureBox()
    defer { box.remove() }
    box.daemon = .closed("not for you")
    let report = box.look()
    #expect(report.findings.isEmpty)
    #expect(report.notSeen.map(\.why).contains("not for you"))
  }

  @Test func withoutSystemdAndPackageItSaysWhatItCouldNotSee() throws {
    var box = try FixtureBox()
    defer { box.remove() }
    box.hasSystemd = false
    box.daemon = .closed("not for you")
    box.verified = ProcessResult(exit: 1, output: "dpkg: package 'counterfoil' is not installed\n")
    box.journal = .unread("no permission")
    let report = box.look()
    #expect(report.findings.isEmpty)
    #expect(Set(report.notSeen.map(\.area)) == [.service, .package, .disk, .clock, .journal])
    #expect(DoctorText.lines(report, Style(isColoured: false)).contains { $0.contains("no permission") })
  }

  @Test func theExitCodeTellsHowBadItIs() throws {
    var box = try FixtureBox()
    defer { box.remove() }
    try box.write("usr/bin/brltty", "")
    #expect(box.look().exit == .ok)
    box.view.isSynchronised = false
    #expect(box.look().exit == .refused)
    box.units["counterfoild.service"]?["ActiveState"] = "failed"
    #expect(box.look().exit == .unavailable)
  }

  /// Only what is harmless, and each with the command that undoes it.
  @Test func fixesAreFewAndCanBeUndone() throws {
    let fixable: Set<FindingCode> = [
      .unitOutdated, .serviceDisabled, .socketRights, .configurationOpen, .keyRights, .usbAutosuspend,
    ]
    for fault in Self.faults {
      var box = try FixtureBox()
      defer { box.remove() }
      try fault.breaks(&box)
      for finding in box.look().findings where finding.code == fault.code.rawValue {
        #expect(finding.fixes.isEmpty || fixable.contains(fault.code), "\(fault.code)")
        for fix in finding.fixes {
          #expect(["systemctl", "chmod", "chgrp", "chown", "sh"].contains(fix.command[0]) && !fix.undo.isEmpty)
        }
      }
    }
  }

  /// The built program, as an ordinary script calls it.
  @Test func theProgramLooksAtThisMachine() throws {
    let program = try Program()
    defer { program.remove() }
    let config = program.folder.appending(path: "none.toml").path()
    let result = try program.run("doctor", "--json", "--config", config)
    #expect(result.output.contains("\"code\":\"configuration\"") && result.output.contains("\"notSeen\""))
    #expect(result.exit != 0 && result.exit != Sysexit.software.rawValue)
    let human = try program.run("doctor", "--config", config)
    #expect(human.output.contains("none.toml") && !human.output.contains("\u{1b}"))
    #expect(try program.run("doctor", "--yes").exit == Sysexit.usage.rawValue)
  }
}
