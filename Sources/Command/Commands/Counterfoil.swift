import ArgumentParser
import Configuration
import Glibc

/// The program: what technicians and operators type.
package struct Counterfoil: ParsableCommand {
  package static let configuration = CommandConfiguration(
    commandName: "counterfoil", abstract: "Looks after a point-of-sale box.",
    discussion: """
      EXAMPLES
        counterfoil                            what the box does and waits for
        counterfoil init --shop n1 --till 1    makes the journal and its key
        counterfoil shift open --operator 7    opens the till
        counterfoil sale ring --line "Tea,3.50" --cash 5.00
        counterfoil doctor                     what is wrong with the box
        counterfoil journal verify             also without the daemon
        counterfoil explain RevisionConflict   cause and cure of an error

      EXIT CODES
        0 done, 1 the box says no, 64 wrong command line, 69 no daemon or no
        such method, 70 fault of the software, 74 files, 75 try again later or
        outcome unknown, 77 no permission, 78 configuration
      """,
    version: Product.version,
    subcommands: [
      StatusCommand.self, InitCommand.self, WatchCommand.self, SaleCommand.self, UnresolvedCommand.self,
      ShiftCommand.self, ProviderCommand.self,
      PrinterCommand.self, DrawerCommand.self, SignInCommand.self, ApproveCommand.self, DevicesCommand.self,
      JournalCommand.self, BoxCommand.self, ServiceCodesCommand.self, SupportBundleCommand.self,
      FactoryResetCommand.self,
      DoctorCommand.self, ClockCommand.self, ConfigCommand.self, PINCommand.self, CallCommand.self,
      IntrospectCommand.self, ExplainCommand.self,
    ], defaultSubcommand: StatusCommand.self)

  package init() {}

  package static func main() {
    do {
      try refuseUnknownCommand(CommandLine.arguments.dropFirst())
      var command = try parseAsRoot()
      try command.run()
    } catch let failure as Failure {
      fail(failure)
    } catch {
      // The parser's own: help and version leave with 0, a wrong command line with 64.
      exit(withError: error)
    }
  }

  /// A mistyped command is no question about the default one, whose help would be shown with success.
  private static func refuseUnknownCommand(_ arguments: ArraySlice<String>) throws(Failure) {
    var group: any ParsableCommand.Type = Counterfoil.self
    for argument in arguments {
      let known = group.configuration.subcommands
      guard !argument.hasPrefix("-"), group.configuration.defaultSubcommand != nil, argument != "help" else { return }
      guard let next = known.first(where: { $0._commandName == argument }) else {
        let names = known.map { $0._commandName }.joined(separator: ", ")
        throw .usage(text("no command \(argument); there are: \(names)", "没有命令 \(argument)；有：\(names)"))
      }
      group = next
    }
  }

  private static func fail(_ failure: Failure) -> Never {
    if CommandLine.arguments.contains("--json") {
      Terminal.writeLine(failure.json)
    } else {
      Terminal.writeError(failure.lines(Terminal.errorStyle).joined(separator: "\n") + "\n")
    }
    Glibc.exit(failure.exit.rawValue)
  }
}
