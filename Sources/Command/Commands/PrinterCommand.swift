import ArgumentParser
import Glibc
import Interfaces

struct PrinterCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "printer", abstract: "Printers, print jobs, notes.",
    discussion: """
      EXAMPLES
        counterfoil printer                        how the printers are, which jobs wait for you
        counterfoil printer jobs --all
        counterfoil printer print "Delivery" --text "Table 7" --wait
        counterfoil printer decide j12 itPrinted
      """,
    subcommands: [Status.self, Jobs.self, Print.self, Decide.self], defaultSubcommand: Status.self)
}

extension PrinterCommand {
  struct Status: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "How the printers are, and which jobs wait for a person.",
      discussion: """
        A restart or a broken line leaves jobs that nobody can judge from afar: they wait for `printer decide`.
        EXAMPLE: counterfoil printer status front
        """)
    @OptionGroup var connection: Connection
    @Argument(help: "Only this printer, by name or device id.") var printer: String?

    func run() throws {
      var session = try connection.open()
      let output = try session.call(PrinterInterface.Status.self, .init(printer: printer))
      guard !connection.json else { return connection.show(output) { [] } }
      let jobs = try session.call(PrinterInterface.Jobs.self, .init(printer: printer, unfinished: true)).jobs
      connection.show(output) {
        (output.printers.isEmpty
          ? [text("no printers", "没有打印机")] : StatusText.printers(output.printers, Terminal.style))
          + JobText.parked(jobs, Terminal.style)
      }
    }
  }

  struct Jobs: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Print jobs, newest first.",
      discussion: """
        Without --all only those that are not finished. Finished ones are remembered until the daemon ends.
        EXAMPLE: counterfoil printer jobs --all --printer front
        """)
    @OptionGroup var connection: Connection
    @Option(help: "Only this printer, by name or device id.") var printer: String?
    @Flag(help: "Also finished ones.") var all = false

    func run() throws {
      var session = try connection.open()
      let output = try session.call(PrinterInterface.Jobs.self, .init(printer: printer, unfinished: !all))
      connection.show(output) { JobText.list(output.jobs, Terminal.style) }
    }
  }

  struct Print: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Prints a note. It can never look like a receipt.",
      discussion: """
        Without --text the lines of standard input are printed.
        EXAMPLES
          counterfoil printer print "Delivery" --text "Table 7" --text "2 x tea"
          ls | counterfoil printer print "Files" --printer front
        """)
    @OptionGroup var connection: Connection
    @OptionGroup var key: KeyOption
    @OptionGroup var person: OperatorOption
    @Argument(help: "Title, at most 64 bytes.") var title: String
    @Option(help: "A line of text; several times.") var text: [String] = []
    @Option(help: "Text of a QR code below the lines.") var qr: String?
    @Option(help: "Text of a Code 128 barcode below the lines.") var barcode: String?
    @Option(help: "Printer, by name or device id; default: the lane's.") var printer: String?
    @Option(help: "Seconds after which it is not started any more, 1 to 3600.") var live: Int64?
    @Flag(help: "Wait for the end and say how far it is proven.") var wait = false

    func run() throws {
      var lines = text
      if lines.isEmpty, qr == nil, barcode == nil {
        while isatty(STDIN_FILENO) != 1, let line = readLine() { lines.append(line) }
        guard !lines.isEmpty else {
          throw Failure.usage(
            Command.text(
              "give --text, --qr or --barcode, or lines by a pipe", "给出 --text、--qr、--barcode，或用管道输入"))
        }
      }
      var elements = lines.map { Wire.Element(text: $0) }
      if let barcode { elements.append(Wire.Element(barcode: Wire.Barcode(kind: .code128, data: barcode))) }
      if let qr { elements.append(Wire.Element(qr: qr)) }
      var session = try connection.open()
      let used = key.make()
      let input = PrinterInterface.Print.Input(
        idempotencyKey: used, printer: printer, title: title, elements: elements, liveSeconds: live,
        session: try person.signIn(&session))
      let output = try session.follow(PrinterInterface.Print.self, input, key: used, wait: wait)
      connection.show(output) { JobText.list([output.job], Terminal.style) }
      try JobText.judge(output.job, waited: wait)
    }
  }

  struct Decide: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Settles a job by what a person saw at the printer.",
      discussion: """
        DECISIONS
          itPrinted    the paper is there and whole
          printAgain   print it; marked as a reprint unless it never started
          cancel       nobody wants it any more
        EXAMPLES
          counterfoil printer                              which jobs wait
          counterfoil printer decide j12 itPrinted
          counterfoil printer decide j12 printAgain --wait
        """)
    static let decisions = Wire.Decision.allCases.map(\.rawValue)
    @OptionGroup var connection: Connection
    @OptionGroup var key: KeyOption
    @OptionGroup var person: OperatorOption
    @Argument(help: "Job id.") var job: String
    @Argument(help: "What was seen, or is wanted.", completion: .list(Decide.decisions)) var decision: String
    @Flag(help: "Wait for the end and say how far it is proven.") var wait = false

    func run() throws {
      guard let decision = Wire.Decision(rawValue: decision) else {
        throw Failure.usage(
          text("no decision \(decision); there are: ", "没有 \(decision)；有：") + Self.decisions.joined(separator: ", "))
      }
      var session = try connection.open()
      let used = key.make()
      let input = PrinterInterface.Decide.Input(
        idempotencyKey: used, job: job, decision: decision, session: try person.signIn(&session))
      let output = try session.follow(
        PrinterInterface.Decide.self, input, key: used, wait: wait && decision == .printAgain)
      connection.show(output) { JobText.list([output.job], Terminal.style) }
      try JobText.judge(output.job, waited: wait && decision == .printAgain)
    }
  }
}
