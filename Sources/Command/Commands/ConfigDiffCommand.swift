import ArgumentParser
import Configuration
import JSON
import Journal

extension ConfigCommand {
  struct Diff: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "What the configuration file would change of what is in force.",
      discussion: """
        One line for each setting: its name in the file, the value in force, the value of the file. What is in force is what
        the newest record of the journal says; the folder is read, so it needs root. Records hold what computes a sale or
        shows on a slip; of addresses, roles and operators the journal has only the hash of the whole file, so that it is
        told that, but not where, they differ. Where a line begins with `!` the journal has settled the matter for good, and
        the file contradicts it. Exit code 0: nothing differs, 1: something does.
        EXAMPLE: sudo counterfoil config diff
        EXAMPLE: sudo counterfoil config diff ./counterfoil.toml --record 1234
        """)
    @Argument(help: "The file.") var file: String?
    @Option(help: ArgumentHelp("The file, as other commands name it.", valueName: "file"))
    var config = Connection.standardConfiguration
    @Option(help: ArgumentHelp("Folder of the journal; default: the configuration's.", valueName: "folder"))
    var journal: String?
    @Option(help: ArgumentHelp("Against this record of config history.", valueName: "sequence")) var record: UInt64?
    @Flag(help: "Output for programs.") var json = false

    func run() throws {
      let path = file ?? config
      let settings = try ConfigCommand.read(path)
      let folder = try OfflineJournal(journal ?? settings.storage.journal)
      let recorded = try recorded(in: folder)
      let now: SettingText
      do { now = try SettingText(file: settings) } catch {
        throw Failure("configuration", "\(path): \(error)", exit: .configuration)
      }
      let changes = SettingText(recorded: recorded.configuration).changes(to: now)
      let isOther = try record == nil && isOtherFile(path, in: folder)
      let fixed = try fixed(in: folder, settings.shop)
      show(changes, fixed, recorded, isOther: isOther)
      if !changes.isEmpty || !fixed.isEmpty || isOther { throw ExitCode(Sysexit.refused.rawValue) }
    }

    /// Where the file contradicts what the journal's first record settled.
    private func fixed(in folder: OfflineJournal, _ shop: ShopConfiguration) throws -> [SettingText.Change] {
      let file = [
        "shop.shop": shop.shop, "shop.till": shop.till, "shop.currency": shop.currency, "shop.time_zone": shop.timeZone,
      ]
      return try folder.identity().compactMap { setting, value in
        guard let wanted = file[setting], wanted != value else { return nil }
        return SettingText.Change(setting: setting, from: "\"\(value)\"", to: "\"\(wanted)\"")
      }
    }

    private func recorded(in folder: OfflineJournal) throws -> OfflineJournal.ConfigurationRecord {
      if let record {
        if let found = try folder.configurations().first(where: { $0.sequence == record }) { return found }
        throw Failure(
          ErrorTable.system + "NoSuchRecord",
          text("record \(record) is no configuration of this epoch", "记录 \(record) 不是本纪元的配置"),
          advice: [text("see which: sudo counterfoil config history", "查看：sudo counterfoil config history")],
          exit: .refused)
      }
      if let found = try folder.configurationInForce() { return found }
      throw Failure(
        ErrorTable.system + "NoSuchRecord",
        text("the daemon has not started with this journal yet: nothing is in force", "守护进程还没有用这个账本启动过，没有生效的配置"),
        exit: .refused)
    }

    /// The file is not the one that the daemon read at its newest start.
    private func isOtherFile(_ path: String, in folder: OfflineJournal) throws -> Bool {
      guard let hash = try folder.newestFileHash(), !hash.isEmpty else { return false }
      return SHA256.hash(try SmallFile.read(path, atMost: 1 << 20)).hex != hash
    }

    private func show(
      _ changes: [SettingText.Change], _ fixed: [SettingText.Change],
      _ recorded: OfflineJournal.ConfigurationRecord, isOther: Bool
    ) {
      guard !json else {
        let object = JSON.object([
          JSON.Member("changes", ConfigCommand.json(changes)), JSON.Member("fileChanged", .bool(isOther)),
          JSON.Member("fixed", ConfigCommand.json(fixed)),
          JSON.Member("record", .integer(Int64(clamping: recorded.sequence))),
        ])
        return Terminal.writeLine(String(decoding: (try? object.bytes()) ?? [], as: UTF8.self))
      }
      for change in fixed { Terminal.writeLine("! " + ConfigCommand.line(change)) }
      if !fixed.isEmpty {
        Terminal.writeLine(
          text(
            "this journal keeps shop, till, currency and time zone for good: with another shop or till the daemon does not sell, another currency or time zone does not count; put them back, or begin anew: sudo counterfoil factory-reset --till SHOP/TILL",
            "账本的店铺、收银机、币种和时区永久不变：店铺或收银机不同时守护进程不销售，币种或时区的改动不生效；请改回，或重新开始：sudo counterfoil factory-reset --till 店铺/收银机"))
      }
      for change in changes { Terminal.writeLine(ConfigCommand.line(change)) }
      let restart = "sudo systemctl restart counterfoild"
      switch changes.count {
      case 0 where !fixed.isEmpty: break
      case 0 where isOther:
        Terminal.writeLine(
          text(
            "the file changed since the daemon read it, in nothing that records hold: addresses, roles, operators, or words of comments; it counts after: \(restart)",
            "文件在守护进程读取之后有改动，但不在记录所含的设置里：地址、角色、操作员或注释；重启后生效：\(restart)"))
      case 0:
        Terminal.writeLine(
          record.map { text("nothing differs from record \($0)", "与记录 \($0) 没有不同") }
            ?? text("nothing differs from what is in force", "与生效的配置没有不同"))
      case let count where record == nil:
        Terminal.writeLine(
          count == 1
            ? text("1 setting differs; it counts after: \(restart)", "1 项设置不同；重启后生效：\(restart)")
            : text("\(count) settings differ; they count after: \(restart)", "\(count) 项设置不同；重启后生效：\(restart)"))
      default: break
      }
    }
  }

  struct History: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Every configuration that came into force, with what it changed.",
      discussion: """
        Reads the journal's folder, so it needs root. Under each record a line for each setting that differs from the one
        before it.
        EXAMPLE: sudo counterfoil config history --json
        """)
    @Option(help: ArgumentHelp("Configuration of the box.", valueName: "file"))
    var config = Connection.standardConfiguration
    @Option(help: ArgumentHelp("Folder of the journal; default: the configuration's.", valueName: "folder"))
    var journal: String?
    @Flag(help: "Output for programs, one JSON object a line.") var json = false

    func run() throws {
      let folder = try OfflineJournal(journal ?? ConfigCommand.read(config).storage.journal)
      var before: SettingText?
      for record in try folder.configurations() {
        let settings = SettingText(recorded: record.configuration)
        let changes = before.map { $0.changes(to: settings) } ?? []
        show(record, changes, isFirst: before == nil)
        before = settings
      }
      if before == nil, !json { Terminal.writeLine(text("no configuration yet", "还没有配置记录")) }
    }

    private func show(_ record: OfflineJournal.ConfigurationRecord, _ changes: [SettingText.Change], isFirst: Bool) {
      guard !json else {
        let object = JSON.object([
          JSON.Member("at", .integer(record.at)), JSON.Member("changes", ConfigCommand.json(changes)),
          JSON.Member("reason", record.reason.map { .string($0) } ?? .null),
          JSON.Member("record", .integer(Int64(clamping: record.sequence))),
        ])
        return Terminal.writeLine(String(decoding: (try? object.bytes()) ?? [], as: UTF8.self))
      }
      let first = isFirst ? text("  the first", "  最初的配置") : ""
      Terminal.writeLine("\(record.sequence)  \(Moment.text(record.at))  \(record.reason ?? "")\(first)")
      for change in changes { Terminal.writeLine("  " + ConfigCommand.line(change)) }
    }
  }

  static func read(_ path: String) throws -> DaemonConfiguration {
    do { return try DaemonConfiguration(path: path) } catch {
      throw Failure("configuration", "\(error)", exit: .configuration)
    }
  }

  static func line(_ change: SettingText.Change) -> String {
    "\(change.setting): \(change.from ?? "-") -> \(change.to ?? "-")"
  }

  static func json(_ changes: [SettingText.Change]) -> JSON {
    func value(_ text: String?) -> JSON { text.map { .string($0) } ?? .null }
    return .array(
      changes.map {
        .object([
          JSON.Member("from", value($0.from)), JSON.Member("setting", .string($0.setting)),
          JSON.Member("to", value($0.to)),
        ])
      })
  }
}
