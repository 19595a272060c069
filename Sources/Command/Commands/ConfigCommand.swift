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
      discussion: "EXAMPLE: counterfoil config check ./counterfoil.toml")
    @Argument(help: "The file.") var file: String?
    @Option(help: ArgumentHelp("The file, as other commands name it.", valueName: "file"))
    var config = Connection.standardConfiguration
    @Flag(help: "Output for programs.") var json = false

    func run() throws {
      let file = file ?? config
      let configuration: DaemonConfiguration
      do { configuration = try DaemonConfiguration(path: file) } catch {
        throw Failure("configuration", "\(error)", exit: .configuration)
      }
      try ConfigurationCheck.zone(configuration.shop.timeZone)
      try ConfigurationCheck.profiles(configuration, file: file)
      let remarks = ConfigurationCheck.remarks(configuration, file: file)
      for remark in remarks { Terminal.writeError("! \(remark)\n") }
      if json { return Terminal.writeLine("{}") }
      Terminal.writeLine(
        remarks.isEmpty
          ? text("\(file): nothing wrong", "\(file)：没有问题")
          : text("\(file): the daemon takes it; look at the lines with !", "\(file)：守护进程可用；请看带 ! 的行"))
    }
  }
}
