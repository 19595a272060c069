import ArgumentParser
import Configuration

struct ConfigCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "config", abstract: "Looks at the configuration, and at what the journal has of it.",
    discussion: """
      EXAMPLES
        counterfoil config check ./counterfoil.toml
        sudo counterfoil config diff
        sudo counterfoil config history
      """, subcommands: [Check.self, Diff.self, History.self])

  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Reads the configuration as the daemon does and names each mistake with its line.",
      discussion: """
        With the journal, which root can read, it also refuses what the daemon would refuse because of it: another shop or
        till, a lane that is gone or changes to training while its shift is open. Without it the file alone is checked, and
        a line says so.
        EXAMPLE: counterfoil config check ./counterfoil.toml
        """)
    @Argument(help: "The file.") var file: String?
    @Option(help: ArgumentHelp("The file, as other commands name it.", valueName: "file"))
    var config = Connection.standardConfiguration
    @Option(help: ArgumentHelp("Folder of the journal; default: the configuration's.", valueName: "folder"))
    var journal: String?
    @Flag(help: "Output for programs.") var json = false

    func run() throws {
      let file = file ?? config
      let configuration: DaemonConfiguration
      do { configuration = try DaemonConfiguration(path: file) } catch {
        throw Failure("configuration", "\(error)", exit: .configuration)
      }
      try ConfigurationCheck.zone(configuration.shop.timeZone)
      try ConfigurationCheck.profiles(configuration, file: file)
      try ConfigurationCheck.till(configuration, file: file)
      let compared = try ConfigurationCheck.journal(
        configuration, file: file, in: journal ?? configuration.storage.journal)
      if let whyNot = compared.whyNot {
        Terminal.writeError(
          text("not compared with the journal: \(whyNot)\n", "没有与账本对照：\(whyNot)\n"))
      }
      let remarks = compared.remarks + ConfigurationCheck.remarks(configuration, file: file)
      for remark in remarks { Terminal.writeError("! \(remark)\n") }
      if json { return Terminal.writeLine("{}") }
      Terminal.writeLine(
        remarks.isEmpty
          ? text("\(file): nothing wrong", "\(file)：没有问题")
          : text("\(file): the daemon takes it; look at the lines with !", "\(file)：守护进程可用；请看带 ! 的行"))
    }
  }
}
