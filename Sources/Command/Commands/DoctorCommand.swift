import ArgumentParser
import Glibc
import Interfaces

struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor", abstract: "Looks at the box and says what is wrong, and the command that mends it.",
    discussion: """
      Works without the daemon and without network; as root it sees most. What this user could not look at is listed, with
      the reason; the command explain says more of each finding. With --fix it does what is safe and easily undone: enables
      units, has systemd read them again, gives the socket, the key and the configuration their owners and rights back, and
      keeps USB devices of the till awake; each command and the one that undoes it are shown first. With --print the daemon
      prints what was found as well.
      EXIT CODES
        0 nothing wrong, hints aside; 1 warnings; with an error that of the first one: 69 the service, 74 disk and
        journal, 77 the user, 78 configuration and clock
      EXAMPLE: sudo counterfoil doctor
      EXAMPLE: sudo counterfoil doctor --fix --yes
      EXAMPLE: sudo counterfoil doctor --print
      """)
  @OptionGroup var connection: Connection
  @OptionGroup var slip: SlipOption
  @Flag(help: "Does what is safe and easily undone; asks first, needs root.") var fix = false
  @Flag(help: "Does not ask.") var yes = false

  func validate() throws {
    if yes, !fix { throw ValidationError(text("--yes goes with --fix", "--yes 要与 --fix 同用")) }
  }

  func run() throws {
    if fix, geteuid() != 0 {
      throw Failure(
        "rootNeeded", text("--fix needs root", "--fix 需要 root"),
        advice: [text("sudo counterfoil doctor --fix", "sudo counterfoil doctor --fix")], exit: .permission)
    }
    var report = look()
    let fixes = fix ? report.findings.flatMap(\.fixes) : []
    var fixed: [String] = []
    if !fixes.isEmpty {
      if !connection.json { show(report, fixed: []) }
      guard try mayMend(fixes) else { throw ExitCode(report.exit.rawValue) }
      fixed = mend(fixes)
      report = look()
    }
    show(report, fixed: fixed)
    if slip.isWanted { try slip.print(report, connection) }
    if report.exit != .ok { throw ExitCode(report.exit.rawValue) }
  }

  private func show(_ report: DoctorReport, fixed: [String]) {
    if connection.json { return Terminal.writeLine(DoctorText.json(report, fixed: fixed)) }
    DoctorText.lines(report, Terminal.style).forEach { Terminal.writeLine($0) }
  }

  private func mayMend(_ fixes: [Fix]) throws -> Bool {
    if !connection.json {
      Terminal.writeLine()
      for fix in fixes {
        Terminal.writeLine("  \(fix.line)   # \(text("undo", "撤销"))：\(fix.undo)")
      }
    }
    if yes { return true }
    let answer = connection.json ? nil : Terminal.ask(text("do this? [y/N] ", "执行吗？[y/N] "))
    guard let answer else {
      throw Failure.usage(text("--fix asks a person; without one give --yes", "--fix 需要人确认；无人时请加 --yes"))
    }
    return answer.lowercased().hasPrefix("y")
  }

  private func mend(_ fixes: [Fix]) -> [String] {
    var done: [String] = []
    for fix in fixes {
      let result = ProcessRun.run(fix.command)
      if result?.exit == 0 {
        done.append(fix.line)
      } else {
        let said = (result?.output ?? "").split(separator: "\n").first.map { ": \($0)" } ?? ""
        Terminal.writeError(text("did not work: \(fix.line)\(said)\n", "未成功：\(fix.line)\(said)\n"))
      }
    }
    return done
  }

  private func look() -> DoctorReport {
    Doctor(BoxView(), file: connection.config, daemon: Self.daemon(connection), journal: Self.journal).report
  }

  static func daemon(_ connection: Connection) -> Doctor.Daemon {
    do {
      var session = try connection.open()
      return .answered(try session.call(SystemInterface.Status.self, .init()))
    } catch {
      guard let failure = error as? Failure else { return .silent("\(error)") }
      return failure.exit == .permission ? .closed(failure.message) : .silent(failure.message)
    }
  }

  /// The folder is read also while a daemon writes it.
  static func journal(_ folder: String) -> Doctor.Journal {
    do {
      guard let newest = try OfflineJournal(folder).newest() else { return .missing }
      return .newest(newest)
    } catch {
      guard let failure = error as? Failure else { return .unread("\(error)") }
      if failure.code == "journalMissing" { return .missing }
      return .unread(failure.message)
    }
  }
}
