import ArgumentParser
import Interfaces

struct ShiftCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "shift", abstract: "Opens and closes shifts (交班) and days (日结).",
    discussion: """
      EXAMPLES
        counterfoil shift open --operator 1001 --cash 500.00
        counterfoil shift report
        counterfoil shift close s1 --cash 1234.50
        counterfoil shift day
      """,
    subcommands: [Open.self, Close.self, Report.self, Current.self, Day.self], defaultSubcommand: Current.self)
}

extension ShiftCommand {
  struct Open: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Opens a shift on a lane.",
      discussion: "EXAMPLE: counterfoil shift open --operator 1001 --cash 500.00")
    @OptionGroup var connection: Connection
    @OptionGroup var key: KeyOption
    @Option(help: "Operator responsible.") var `operator`: String
    @Option(help: "Lane.") var lane: String?
    @Option(help: "Cash in the drawer: 350 minor units, or 3.50.") var cash: String = "0"
    @Option(help: "Business day, YYYY-MM-DD; needed when the clock is doubtful.") var day: String?

    func run() throws {
      var session = try connection.open()
      let used = key.make()
      let opening = [Wire.Count(kind: .cash, amount: try session.money.parse(cash))]
      let output = try session.call(
        ShiftInterface.Open.self,
        .init(idempotencyKey: used, lane: lane, operator: `operator`, opening: opening, businessDay: day), key: used)
      connection.show(output) {
        ["\(text("shift", "班次")) \(output.shift)  \(text("business day", "营业日")) \(output.businessDay)"]
      }
    }
  }

  struct Close: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "交班: count first, then see what was expected.",
      discussion: "EXAMPLE: counterfoil shift close s1 --cash 1234.50 --leave 500.00")
    @OptionGroup var connection: Connection
    @OptionGroup var key: KeyOption
    @Argument(help: "Shift id.") var shift: String
    @Option(help: "Cash counted: 350 minor units, or 3.50.") var cash: String
    @Option(help: "Cash that stays in the drawer.") var leave: String?
    @Flag(help: "Unfinished sales are parked and pass to the next shift.") var carry = false

    func run() throws {
      var session = try connection.open()
      let money = session.money
      let used = key.make()
      let output = try session.call(
        ShiftInterface.Close.self,
        .init(
          idempotencyKey: used, shift: shift, counts: [Wire.Count(kind: .cash, amount: try money.parse(cash))],
          leave: try leave.map { [Wire.Count(kind: .cash, amount: try money.parse($0))] }, carryParked: carry),
        key: used)
      connection.show(output) { ReportText.closed(output, money, Terminal.style) }
    }
  }

  struct Report: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "X of a shift or of the running day; Z of a closed day with --day.")
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

  struct Current: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Open shifts.")
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
    static let configuration = CommandConfiguration(abstract: "日结: closes the day of the whole box with a Z.")
    @OptionGroup var connection: Connection
    @OptionGroup var key: KeyOption

    func run() throws {
      var session = try connection.open()
      let money = session.money
      let used = key.make()
      let output = try session.call(ShiftInterface.CloseDay.self, .init(idempotencyKey: used), key: used)
      connection.show(output) {
        ReportText.lines(output.report, money, Terminal.style)
          + output.carried.map { "\(text("carried", "结转")) \($0)" }
      }
    }
  }
}
