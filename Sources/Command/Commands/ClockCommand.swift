import ArgumentParser
import Glibc
import Interfaces

struct ClockCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "clock", abstract: "What time the box thinks it is; sets it.",
    discussion: """
      EXAMPLE: counterfoil clock
      EXAMPLE: sudo counterfoil clock set "2026-11-21 10:00"
      """,
    subcommands: [Show.self, Set.self], defaultSubcommand: Show.self)

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "The time, whether it is trusted, where it comes from, and that of the newest record.",
      discussion: """
        Works without the daemon; the journal is read as root only. With --json times are UTC milliseconds.
        EXAMPLE: counterfoil clock show --json
        """)
    @OptionGroup var connection: Connection

    func run() throws {
      let report = ClockReport(
        BoxView(), daemon: DoctorCommand.daemon(connection),
        journal: DoctorCommand.journal(try connection.settings().storage.journal))
      guard !connection.json else { return Terminal.writeLine(report.json) }
      for line in report.lines(Terminal.style) { Terminal.writeLine(line) }
    }
  }

  struct Set: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Sets the clock of the box and its hardware clock.",
      discussion: """
        Through systemd-timedated; a time service is stopped for it and started again, and may correct the clock when it
        reaches a server. A time before the newest record is refused, unless --force and a reason are given. The daemon
        needs no restart: its next record has the new time, which is not trusted until a time server confirms it.
        EXAMPLE: sudo counterfoil clock set "2026-11-21 10:00"
        EXAMPLE: sudo counterfoil clock set "2026-11-20 10:00" --force --reason "it was a day ahead"
        """)
    @OptionGroup var connection: Connection
    @Argument(help: "YYYY-MM-DD HH:MM or with :SS, in the time zone of the machine.") var time: String
    @Flag(help: "Also before the newest record.") var force = false
    @Option(help: "Why; goes into the log of the system.") var reason: String?

    func validate() throws {
      if force, (reason ?? "").isEmpty { throw ValidationError(text("--force needs --reason", "--force 需要 --reason")) }
    }

    func run() throws {
      guard let time = ClockSetting.parse(time) else {
        throw Failure.usage(text("\(time) is no YYYY-MM-DD HH:MM", "\(time) 不是 YYYY-MM-DD HH:MM 形式的时间"))
      }
      guard geteuid() == 0 else {
        throw Failure(
          "rootNeeded", text("only root sets the clock", "只有 root 可以设置时钟"),
          advice: [text("the same command with sudo", "同一命令前加 sudo")], exit: .permission)
      }
      let setting = ClockSetting(BoxView())
      let journal = DoctorCommand.journal(try connection.settings().storage.journal)
      try setting.check(time, journal: journal, isForced: force)
      try setting.set(time, reason: reason)
      let report = ClockReport(BoxView(), daemon: DoctorCommand.daemon(connection), journal: journal)
      guard !connection.json else { return Terminal.writeLine(report.json) }
      for line in report.lines(Terminal.style) { Terminal.writeLine(line) }
      for line in Self.outlook(report) { Terminal.writeLine(line) }
    }

    /// What comes of it.
    static func outlook(_ report: ClockReport) -> [String] {
      guard !report.isTrusted else { return [] }
      var lines = [
        text(
          "the daemon's next record has this time, without a restart; records and receipts say that it is not trusted "
            + "until a time server confirms it", "守护进程的下一条记录就用这个时间，无需重启；在时间服务器确认之前，记录和小票会注明时间未校准"),
        text(
          "the first shift of a new day needs its day: counterfoil shift open --day YYYY-MM-DD",
          "新营业日的第一个班次要指明日期：counterfoil shift open --day YYYY-MM-DD"),
      ]
      if report.isBehind {
        lines.append(text("the business day does not go back", "营业日不会倒退"))
      }
      return lines
    }
  }
}
