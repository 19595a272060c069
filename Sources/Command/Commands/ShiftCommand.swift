import ArgumentParser
import Interfaces

struct ShiftCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "shift", abstract: "Opens and closes shifts and days.",
    discussion: """
      EXAMPLES
        counterfoil shift open --operator 1001 --cash 500.00
        counterfoil shift cash s1 --out 30.00 --reason "milk" --print
        counterfoil shift report
        counterfoil shift close s1 --cash 1234.50
        counterfoil shift day
      """,
    subcommands: [
      Open.self, Cash.self, Close.self, Report.self, Print.self, Current.self, Day.self,
    ], defaultSubcommand: Current.self)
}

extension ShiftCommand {
  struct Open: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Opens a shift on a lane.",
      discussion: """
        Amounts have their decimals, 500.00; 500 is refused (JPY and other currencies without decimals: 500).
        EXAMPLE: counterfoil shift open --operator 1001 --cash 500.00
        """)
    @OptionGroup var connection: Connection
    @OptionGroup var key: KeyOption
    @OptionGroup var person: OperatorOption
    @Option(help: "Operator responsible.") var `operator`: String
    @Option(help: "Lane.") var lane: String?
    @Option(help: "Cash in the drawer, like 500.00.") var cash: String = "0"
    @Option(help: "Business day, YYYY-MM-DD; needed when the clock is doubtful.") var day: String?
    @Option(help: "Approval (counterfoil approve businessDay LANE) for a day more than one ahead.") var approval:
      String?

    func run() throws {
      var session = try connection.open()
      let used = key.make()
      let opening = [Wire.Count(kind: .cash, amount: try session.money.parse(cash))]
      let signedIn = try person.signIn(&session)
      let output = try session.call(
        ShiftInterface.Open.self,
        .init(
          idempotencyKey: used, lane: lane, operator: `operator`, opening: opening, businessDay: day,
          session: signedIn, approval: approval), key: used)
      connection.show(output) {
        ["\(text("shift", "班次")) \(output.shift)  \(text("business day", "营业日")) \(output.businessDay)"]
      }
    }
  }

  struct Close: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Closes a shift: count first, then see what was expected.",
      discussion: "EXAMPLE: counterfoil shift close s1 --cash 1234.50 --leave 500.00")
    @OptionGroup var connection: Connection
    @OptionGroup var key: KeyOption
    @OptionGroup var person: OperatorOption
    @Argument(help: "Shift id.") var shift: String
    @Option(help: "Cash counted, like 1234.50.") var cash: String
    @Option(help: "Cash that stays in the drawer, like 500.00.") var leave: String?
    @Flag(help: "Unfinished sales are parked and pass to the next shift.") var carry = false
    @Flag(help: "Also print the slip.") var print = false

    func run() throws {
      var session = try connection.open()
      let money = session.money
      let used = key.make()
      let counts = [Wire.Count(kind: .cash, amount: try money.parse(cash))]
      let left = try leave.map { [Wire.Count(kind: .cash, amount: try money.parse($0))] }
      let signedIn = try person.signIn(&session)
      let output = try session.call(
        ShiftInterface.Close.self,
        .init(
          idempotencyKey: used, shift: shift, counts: counts, leave: left, carryParked: carry, print: print,
          session: signedIn),
        key: used)
      connection.show(output) { ReportText.closed(output, money, Terminal.style) }
    }
  }

  struct Cash: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Moves cash without a sale; opens the drawer.",
      discussion: """
        EXAMPLES
          counterfoil shift cash s1 --out 30.00 --reason "milk" --print
          counterfoil shift cash s1 --safe 1000.00 --reason "evening"
          counterfoil shift cash s1 --in 50.00 --reason "coins"
        """)
    @OptionGroup var connection: Connection
    @OptionGroup var key: KeyOption
    @OptionGroup var person: OperatorOption
    @Argument(help: "Shift id.") var shift: String
    @Option(name: .customLong("in"), help: "Amount that comes in from outside, like 50.00.") var into: String?
    @Option(name: .customLong("out"), help: "Amount that goes out, like 30.00.") var out: String?
    @Option(help: "Amount that goes to the safe, like 1000.00.") var safe: String?
    @Option(help: "Why; goes into the record.") var reason: String
    @Option(help: "Approval, when one was asked for.") var approval: String?
    @Flag(help: "Also print a slip to sign.") var print = false

    func validate() throws {
      if [into, out, safe].compactMap({ $0 }).count != 1 {
        throw ValidationError("give one of --in, --out and --safe")
      }
    }

    func run() throws {
      var session = try connection.open()
      let used = key.make()
      let direction: Wire.CashDirection = into != nil ? .in : out != nil ? .out : .toSafe
      let amount = try session.money.parse(into ?? out ?? safe ?? "")
      let signedIn = try person.signIn(&session)
      let output = try session.call(
        ShiftInterface.MoveCash.self,
        .init(
          idempotencyKey: used, shift: shift, direction: direction, amount: amount, reason: reason, print: print,
          approval: approval, session: signedIn), key: used)
      connection.show(output) {
        ["\(text("sequence", "序号")) \(output.sequence)"] + (output.job.map { JobText.list([$0], Terminal.style) } ?? [])
      }
    }
  }

  struct Report: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "X of a shift or of the running day; of a closed one with --shift or --day.",
      discussion: """
        EXAMPLES
          counterfoil shift report                 X of the running day
          counterfoil shift report --shift s1
          counterfoil shift report --day 7         Z number 7
        """)
    @OptionGroup var connection: Connection
    @Option(help: "Shift id.") var shift: String?
    @Option(help: "Z number.") var day: Int64?

    func validate() throws {
      if shift != nil, day != nil { throw ValidationError("give --shift or --day, not both") }
    }

    func run() throws {
      var session = try connection.open()
      let output = try session.call(ShiftInterface.Report.self, .init(shift: shift, day: day))
      connection.show(output) {
        ReportText.lines(output.report, AmountText(currency: output.report.currency), Terminal.style)
      }
    }
  }

  struct Print: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Prints a report, or a closing or cash slip again.",
      discussion: """
        Without an option the X of the running day. What is closed comes marked as a reprint, unless it is owed.
        EXAMPLES
          counterfoil shift print
          counterfoil shift print --shift s1 --wait
          counterfoil shift print --day 7
          counterfoil shift print --movement 345
        """)
    @OptionGroup var connection: Connection
    @OptionGroup var key: KeyOption
    @OptionGroup var person: OperatorOption
    @Option(help: "Shift id, open or closed.") var shift: String?
    @Option(help: "Z number.") var day: Int64?
    @Option(help: "Sequence of a movement of cash.") var movement: Int64?
    @Option(help: "Printer, by name or device id; default: the lane's.") var printer: String?
    @Option(help: "Lane whose printer prints it.") var lane: String?
    @Flag(help: "Wait for the end and say how far it is proven.") var wait = false

    func validate() throws {
      if [shift != nil, day != nil, movement != nil].filter({ $0 }).count > 1 {
        throw ValidationError("give one of --shift, --day and --movement")
      }
    }

    func run() throws {
      var session = try connection.open(lane: lane)
      let used = key.make()
      let input = ShiftInterface.Print.Input(
        idempotencyKey: used, shift: shift, day: day, movement: movement, printer: printer,
        session: try person.signIn(&session))
      let output = try session.follow(ShiftInterface.Print.self, input, key: used, wait: wait)
      connection.show(output) { JobText.list([output.job], Terminal.style) }
      try JobText.judge(output.job, waited: wait)
    }
  }

  struct Current: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Open shifts.", discussion: "EXAMPLE: counterfoil shift current --lane lane-1")
    @OptionGroup var connection: Connection
    @Option(help: "Only this lane.") var lane: String?

    func run() throws {
      var session = try connection.open()
      let output = try session.call(ShiftInterface.Current.self, .init(lane: lane))
      connection.show(output) {
        guard !output.shifts.isEmpty else { return [text("no shift is open", "没有开班")] }
        var table = Table(
          (text("SHIFT", "班次"), .left), (text("LANE", "收银位"), .left), (text("OPERATOR", "操作员"), .left),
          (text("BUSINESS DAY", "营业日"), .left), (text("SINCE", "开始"), .left))
        for shift in output.shifts {
          table.add(shift.shift, shift.lane, shift.operator, shift.businessDay, Moment.text(shift.opened))
        }
        return table.lines(Terminal.style)
      }
    }
  }

  struct Day: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Closes the day of the whole box with a Z.",
      discussion: "EXAMPLE: counterfoil shift day --print --lane lane-1")
    @OptionGroup var connection: Connection
    @OptionGroup var key: KeyOption
    @OptionGroup var person: OperatorOption
    @Flag(help: "Also print the Z.") var print = false
    @Option(help: "Lane whose printer prints it; needed when there is more than one.") var lane: String?

    func run() throws {
      var session = try connection.open(lane: lane)
      let money = session.money
      let used = key.make()
      let signedIn = try person.signIn(&session)
      let output = try session.call(
        ShiftInterface.CloseDay.self, .init(idempotencyKey: used, print: print, session: signedIn), key: used)
      connection.show(output) {
        ReportText.lines(output.report, money, Terminal.style)
          + output.carried.map { "\(text("carried", "结转")) \($0)" }
      }
    }
  }
}
