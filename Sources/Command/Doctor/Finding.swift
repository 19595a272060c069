/// What looking at the box can find. `counterfoil explain CODE` knows each of them.
package enum FindingCode: String, Sendable, CaseIterable {
  // The service.
  case unitMissing, unitOutdated, serviceDisabled, serviceFailed, serviceStopped, serviceRestarting, twoDaemons
  case daemonSilent
  case socketStopped, socketRights
  // What is installed.
  case packageChanged, udevRulesMissing, udevRulesShadowed
  // Who looks.
  case userOutside, userGroupsOld
  // Devices.
  case modemManager, brltty, cupsHoldsPrinter, usbAutosuspend, pcscdDenied
  // The disk.
  case diskFilling, diskNearlyFull, inodesNearlyFull, diskFullSoon, flashWorn, fileSystemErrors, journalReadOnly
  // The clock.
  case clockUntrusted, noRTC, clockBehind, clockStepped
  // Files of the box.
  case configuration, configurationOpen, keyMissing, keyRights, journalMissing, journalDenied, machineChanged
}

/// How bad a finding is.
package enum Severity: String, Sendable, Comparable {
  /// Worth knowing; changes no exit code.
  case hint
  /// It will cost somebody time or money.
  case warning
  /// The box does not sell, or loses what it should keep.
  case error

  private var rank: Int {
    switch self {
    case .hint: 0
    case .warning: 1
    case .error: 2
    }
  }

  package static func < (one: Severity, other: Severity) -> Bool { one.rank < other.rank }
}

/// The part of the box that a finding is about, a row of the table.
package enum Area: String, Sendable, CaseIterable {
  case service, socket, package, user, devices, disk, clock, configuration, journal
}

/// Something that `--fix` may do: safe, and undone by one command.
package struct Fix: Sendable, Equatable {
  /// Words of the command.
  package var command: [String]
  /// The command that undoes it.
  package var undo: String

  package init(_ command: [String], undo: String) {
    self.command = command
    self.undo = undo
  }

  /// As a person would type it.
  package var line: String { command.map(Shell.word).joined(separator: " ") }
}

/// One thing that is not as it should be.
package struct Finding: Sendable {
  package var area: Area
  /// Key of the error table: a ``FindingCode``, or a reason that the daemon gives.
  package var code: String
  package var severity: Severity
  /// Unit, file, device or user.
  package var subject: String
  /// What was seen, in the language of this process.
  package var text: String
  /// The exact command that mends it; nil: no command does.
  package var command: String?
  package var fixes: [Fix]
}

/// What was looked at, what was found, and what could not be looked at.
package struct DoctorReport {
  package struct NotSeen: Sendable {
    package var area: Area
    package var what: String
    package var why: String
  }

  package private(set) var findings: [Finding] = []
  package private(set) var notSeen: [NotSeen] = []
  /// What was seen of an area that is well.
  package var facts: [Area: [String]] = [:]

  /// The worst severity; nil: nothing found.
  package var worst: Severity? { findings.map(\.severity).max() }

  /// Exit code of the command: 0 without an error or warning, 1 with warnings only, else that of the first error.
  package var exit: Sysexit {
    guard let worst, worst > .hint else { return .ok }
    guard worst == .error else { return .refused }
    let codes = findings.filter { $0.severity == .error }.compactMap { ErrorTable.entry($0.code)?.exit }
    return codes.first { $0 != .ok && $0 != .refused } ?? .configuration
  }

  mutating func find(
    _ area: Area, _ code: FindingCode, _ severity: Severity, _ subject: String, _ text: String, _ command: String?,
    fixes: [Fix] = []
  ) {
    find(area, code: code.rawValue, severity, subject, text, command, fixes: fixes)
  }

  mutating func find(
    _ area: Area, code: String, _ severity: Severity, _ subject: String, _ text: String, _ command: String?,
    fixes: [Fix] = []
  ) {
    findings.append(
      Finding(
        area: area, code: code, severity: severity, subject: subject, text: text, command: command, fixes: fixes))
  }

  mutating func skip(_ area: Area, _ what: String, _ why: String) {
    notSeen.append(NotSeen(area: area, what: what, why: why))
  }

  mutating func fact(_ area: Area, _ text: String) {
    facts[area, default: []].append(text)
  }
}

/// Words for a shell.
enum Shell {
  private static let plain = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:=,@%+")

  /// A word as it must be typed.
  static func word(_ text: String) -> String {
    if !text.isEmpty, text.allSatisfy({ plain.contains($0) }) { return text }
    return "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
  }
}
