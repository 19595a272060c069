import ArgumentParser

/// Devices without hardware.
struct CounterfoilSimulator: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "counterfoil-simulator",
    abstract: "Virtual devices for a till without hardware.",
    discussion: """
      Each command is one device; it runs until it is told to quit or is ended by a signal. The first line that it prints
      says where it is.
      """,
    subcommands: [PrinterCommand.self, ScannerCommand.self, ProviderCommand.self])
}

CounterfoilSimulator.main()
