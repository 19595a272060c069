import ArgumentParser
import Configuration
import Glibc
import Journal

struct FactoryResetCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "factory-reset", abstract: "Moves journal, key and index aside, so that the box can begin anew.",
    discussion: """
      Nothing is deleted: all of it goes into a folder beside the journal, named after shop, till and time. Keep that folder as
      long as the books must be kept, away from this box. The configuration stays. Root only, with the daemon stopped; the
      till's name has to be typed. A new journal under the same name gives the same receipt numbers again: change `till` in
      the configuration first, or begin above them: `init` takes --numbers-from.
      EXAMPLES
        sudo counterfoil factory-reset
        sudo counterfoil factory-reset --till north/till-1
      """)
  @Option(help: ArgumentHelp("The till's name, instead of typing it.", valueName: "shop/till")) var till: String?
  @Option(help: ArgumentHelp("Configuration of the box.", valueName: "file"))
  var config = Connection.standardConfiguration
  @Flag(help: "Output for programs.") var json = false

  func run() throws {
    let state = try BoxState(config)
    try BoxState.rootOnly()
    // Until this ends no daemon can take the journal.
    let held = try JournalFolder.hold(state.journal)
    defer { withExtendedLifetime(held) {} }
    guard state.hasTraces else { throw Failure(JournalError.notFound(folder: state.journal)) }
    let name = state.origin(held)
    guard
      let typed = till
        ?? Terminal.ask(
          text("journal and key of \(name) are moved aside; type its name: ", "将移走 \(name) 的账本和密钥；请输入它的名称："))
    else { throw Failure.usage(text("nobody to ask: give --till \(name)", "无法询问：请给出 --till \(name)")) }
    guard typed == name else {
      throw Failure("otherName", text("this is \(name), not \(typed)", "本机是 \(name)，不是 \(typed)"), exit: .refused)
    }
    let archive = try state.archive(name)
    guard !json else {
      Terminal.writeLine(#"{"archive":"\#(archive)","origin":"\#(name)"}"#)
      return
    }
    Terminal.writeLine("\(text("archive", "归档"))  \(archive)")
    Terminal.writeLine(
      text(
        "keep it away from this box, as long as the books must be kept; its key can sign for the old journal",
        "请移出本机并按账簿期限保存；其中的密钥仍可为旧账本签名"))
    Terminal.writeLine(
      text(
        "next: set another till in \(config), or: counterfoil init --numbers-from NUMBER --reason WHY",
        "下一步：在 \(config) 中改用另一个收银机编号，或：counterfoil init --numbers-from 号码 --reason 原因"))
  }
}

extension BoxCommand {
  struct PrepareImage: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Makes a box ready to be cloned: takes away what no two boxes may share.",
      discussion: """
        Removes the journal, its key and the index of a box that never gave out a receipt number (training does not count), and
        moves the configuration aside, so that each clone makes its own at its first boot. Refuses when anything was sold;
        `counterfoil factory-reset` archives that first. Root only, with the daemon stopped.
        EXAMPLE: sudo counterfoil box prepare-image
        """)
    @Flag(help: "The configuration stays; each clone must get a till of its own before its first boot.")
    var keepConfiguration = false
    @Option(help: ArgumentHelp("Configuration of the box.", valueName: "file"))
    var config = Connection.standardConfiguration
    @Flag(help: "Output for programs.") var json = false

    func run() throws {
      let state = try BoxState(config)
      try BoxState.rootOnly()
      let held = try JournalFolder.hold(state.journal)
      defer { withExtendedLifetime(held) {} }
      if let why = try state.whyNoImage(held) {
        throw Failure(
          "imageHasSales", text("no image is made of this box: \(why)", "不能把本机做成镜像：\(why)"),
          advice: [ErrorTable.entry("imageHasSales")?.cure.text ?? ""], exit: .refused)
      }
      let aside = keepConfiguration ? nil : config + ".image"
      if let aside, access(aside, F_OK) == 0 {
        throw Failure(
          "journalFile", text("\(aside) is there and is never replaced", "\(aside) 已存在，绝不替换"),
          advice: [text("move it away first", "请先移走它")], exit: .inputOutput)
      }
      try state.removeIdentity()
      if let aside, rename(config, aside) != 0 { throw Folders.failure(config) }
      let archives = state.archives
      guard !json else {
        let names = archives.map { "\"\($0)\"" }.joined(separator: ",")
        Terminal.writeLine(#"{"archives":[\#(names)],"configuration":"\#(aside ?? config)"}"#)
        return
      }
      Terminal.writeLine(text("journal, key and index are gone; this box has no name", "账本、密钥和索引已移除；本机没有名称"))
      if let aside {
        Terminal.writeLine(
          text("the configuration is now \(aside); a clone makes its own", "配置现为 \(aside)；每个克隆会自己生成"))
      }
      for path in archives {
        Terminal.writeLine(text("! move it off this disk before it is cloned: \(path)", "！克隆前请移出本盘：\(path)"))
      }
      Terminal.writeLine(
        text(
          "last, before it is switched off: truncate -s 0 /etc/machine-id; then clone the disk",
          "关机前最后一步：truncate -s 0 /etc/machine-id；然后克隆磁盘"))
    }
  }
}
