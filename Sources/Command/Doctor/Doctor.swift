import Configuration
import Interfaces
import Till

/// Looks at the box and says what is not as it should be. It needs neither daemon nor network, and tells what this user
/// could not look at.
package struct Doctor {
  /// What the daemon said of itself.
  package enum Daemon {
    case answered(SystemInterface.Status.Output)
    /// One sentence.
    case silent(String)
    /// It may be well: this user may not ask it. One sentence.
    case closed(String)

    /// Why it said nothing; nil: it answered.
    var why: String? {
      switch self {
      case .answered: nil
      case .silent(let why), .closed(let why): why
      }
    }
  }

  /// The newest record of the journal.
  package struct Newest: Sendable {
    package var sequence: UInt64
    /// When it was written, UTC milliseconds.
    package var at: Int64
    /// When it was written, milliseconds since the start of the kernel.
    package var sinceBoot: Int64
    /// The kernel's boot in which the daemon wrote it, as far as it is known.
    package var boot: String?
    /// Id of the journal in hex.
    package var journal: String
    /// The machine that wrote it; nil: it does not say.
    package var binding: MachineBinding?

    package init(
      sequence: UInt64, at: Int64, sinceBoot: Int64, boot: String?, journal: String = "",
      binding: MachineBinding? = nil
    ) {
      self.sequence = sequence
      self.at = at
      self.sinceBoot = sinceBoot
      self.boot = boot
      self.journal = journal
      self.binding = binding
    }
  }

  /// What reading the journal gave.
  package enum Journal {
    case newest(Newest)
    case missing
    /// One sentence.
    case unread(String)
  }

  package let view: BoxView
  let file: String
  let daemon: Daemon
  let journal: Journal
  package internal(set) var report = DoctorReport()
  /// The configuration, when it could be read; its defaults otherwise.
  var settings = DaemonConfiguration()
  /// The packaged unit is there, so that files and users of the package may be expected.
  var isInstalled = false

  /// `file`: the configuration. `journal` is asked once the configuration has said where it is.
  package init(
    _ view: BoxView, file: String, daemon: Daemon, journal: (_ folder: String) -> Journal
  ) {
    self.view = view
    self.file = file
    self.daemon = daemon
    var report = DoctorReport()
    settings = Self.configuration(view, file, &report) ?? DaemonConfiguration()
    self.journal = journal(settings.storage.journal)
    self.report = report
    look()
  }

  private mutating func look() {
    lookAtService()
    lookAtSocket()
    lookAtPackage()
    lookAtUser()
    lookAtSilence()
    lookAtDevices()
    lookAtWaitingDevices()
    lookAtDisk()
    lookAtClock()
    lookAtJournal()
    lookAtReasons()
  }

  /// What the daemon itself says is wrong; what was found already is not said twice.
  private mutating func lookAtReasons() {
    guard case .answered(let status) = daemon else { return }
    let known = Set(report.findings.map(\.code))
    for reason in status.reasons where !known.contains(reason.rawValue) && reason != .clockUntrusted {
      let entry = ErrorTable.entry(reason.rawValue)
      let said = status.waits.first { $0.code == reason.rawValue }
      let isPassing = reason == .keysLoading || reason == .stateLoading || reason == .shutdown
      report.find(
        reason == .configurationRefused ? .configuration : .journal, code: reason.rawValue,
        isPassing ? .warning : .error, said?.subject ?? status.origin,
        said?.text ?? entry?.cause.text ?? reason.rawValue, said?.command)
    }
    for wait in status.waits where ["segmentDamaged", "keyMissing", "diskFilling"].contains(wait.code) {
      guard !known.contains(wait.code) else { continue }
      report.find(.journal, code: wait.code, .error, wait.subject, wait.text, wait.command)
    }
  }
}

extension BoxView.Sight {
  /// Why it was not seen.
  var why: String {
    switch self {
    case .seen: ""
    case .missing: text("it is not there", "不存在")
    case .denied: text("this user may not; sudo helps", "该用户无权查看；请用 sudo")
    }
  }
}
