import ArgumentParser
import Interfaces

struct SaleCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sale", abstract: "Sells by hand, looks sales up.",
    subcommands: [Ring.self, List.self, Get.self, Void.self, Deliver.self], defaultSubcommand: List.self)

  struct Ring: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "A whole sale in one call.",
      discussion: "EXAMPLE: counterfoil sale ring --line \"Tea,350\" --line \"Bun,200,2,V13\" --cash 1000")
    @OptionGroup var connection: Connection
    @OptionGroup var key: KeyOption
    @Option(help: "NAME,PRICE[,QUANTITY[,TAXCODE]]; price in minor units.") var line: [String] = []
    @Option(help: "Cash handed over, minor units; left out: exactly the total.") var cash: Int64?
    @Option(help: "Lane.") var lane: String?

    func run() throws {
      guard !line.isEmpty else { throw Failure.usage("give at least one --line") }
      let lines = try line.map { text in
        let parts = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        guard parts.count >= 2, let price = Int64(parts[1]) else {
          throw Failure.usage("--line is NAME,PRICE…: \(text)")
        }
        let quantity = parts.count > 2 ? Int64(parts[2]) : 1
        guard let quantity else { throw Failure.usage("not a quantity: \(parts[2])") }
        return Wire.LineInput(
          name: parts[0], taxes: parts.count > 3 ? [parts[3]] : [], quantity: quantity * 1_000, unitPrice: price)
      }
      let used = key.value
      let output = try connection.call(
        SaleInterface.Ring.self,
        .init(
          idempotencyKey: used, lane: lane, lines: lines, tender: Wire.TenderInput(kind: .cash, tendered: cash)),
        key: used)
      connection.show(output) {
        [
          "\(text("stub", "存根")) \(output.change.stub?.stub ?? "-")  \(text("total", "合计")) \(output.change.totals.total.money())  "
            + "\(text("change", "找零")) \(output.change.totals.change.money())",
          "\(text("sequence", "序号")) \(output.change.sequence ?? 0)  \(output.change.stub?.hash?.prefix(16) ?? "")",
        ]
      }
    }
  }

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Sales, newest first.")
    @OptionGroup var connection: Connection
    @Option(help: "Business day, YYYY-MM-DD.") var day: String?
    @Option(help: "Most sales to show.") var limit: Int64 = 20

    func run() throws {
      let output = try connection.call(SaleInterface.List.self, .init(businessDay: day, limit: limit))
      connection.show(output) {
        var table = Table(("STUB", .right), ("STATE", .left), ("TOTAL", .right), ("LANE", .left), ("SALE", .left))
        for sale in output.sales {
          table.add(
            sale.stub?.stub ?? "-", sale.state.rawValue + (sale.parked ? " (parked)" : ""), sale.totals.total.money(),
            sale.lane, sale.id)
        }
        return table.lines(Terminal.style)
      }
    }
  }

  struct Get: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "One sale with everything on it.")
    @OptionGroup var connection: Connection
    @Argument(help: "Stub number, or sale id with --sale.") var name: String
    @Flag(help: "The name is a sale id.") var sale = false

    func run() throws {
      let output = try connection.call(
        SaleInterface.Get.self, sale ? .init(sale: name) : .init(stub: Wire.StubReference(stub: name)))
      connection.show(output) {
        var table = Table(("#", .right), ("NAME", .left), ("QTY", .right), ("AMOUNT", .right))
        for line in output.lines {
          table.add(line.id, line.input.name, line.input.quantity.money(3), line.amount.money())
        }
        return [
          "\(output.sale.id)  \(output.sale.state.rawValue)  \(text("stub", "存根")) \(output.sale.stub?.stub ?? "-")"
        ]
          + table.lines(Terminal.style)
          + output.tenders.map { "\($0.kind.rawValue)  \($0.state.rawValue)  \($0.approved.money())" }
          + ["\(text("total", "合计")) \(output.sale.totals.total.money())"]
      }
    }
  }

  struct Void: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Ends an open sale without payment.")
    @OptionGroup var connection: Connection
    @OptionGroup var key: KeyOption
    @Argument(help: "Sale id.") var sale: String
    @Option(help: "Why.") var reason = "by hand"

    func run() throws {
      let used = key.value
      let output = try connection.call(
        SaleInterface.Void.self, .init(idempotencyKey: used, sale: sale, reason: reason), key: used)
      connection.show(output) { ["\(output.change.sale)  \(output.change.state.rawValue)"] }
    }
  }

  struct Deliver: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Prints the receipt of a stub: one that was never printed unmarked, a further copy marked 补打 / REPRINT."
    )
    @OptionGroup var connection: Connection
    @OptionGroup var key: KeyOption
    @Argument(help: "Stub number.") var stub: String
    @Option(help: "Printer.") var printer: String?

    func run() throws {
      let used = key.value
      let output = try connection.call(
        SaleInterface.Deliver.self,
        .init(
          idempotencyKey: used, stub: Wire.StubReference(stub: stub), channel: .paper, document: .receipt,
          printer: printer), key: used)
      connection.show(output) { ["\(output.delivery)  \(output.job?.job ?? "-")  \(output.job?.copy.rawValue ?? "")"] }
    }
  }
}

struct ShiftCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "shift", abstract: "Opens and closes shifts and days.",
    subcommands: [Open.self, Close.self, Report.self, Current.self, Day.self], defaultSubcommand: Current.self)

  struct Open: ParsableCommand {
    @OptionGroup var connection: Connection
    @OptionGroup var key: KeyOption
    @Option(help: "Operator responsible.") var `operator`: String
    @Option(help: "Lane.") var lane: String?
    @Option(help: "Cash in the drawer, minor units.") var cash: Int64 = 0
    @Option(help: "Business day, YYYY-MM-DD; needed when the clock is doubtful.") var day: String?

    func run() throws {
      let used = key.value
      let output = try connection.call(
        ShiftInterface.Open.self,
        .init(
          idempotencyKey: used, lane: lane, operator: `operator`, opening: [Wire.Count(kind: .cash, amount: cash)],
          businessDay: day), key: used)
      connection.show(output) { ["\(text("shift", "班次")) \(output.shift)  \(output.businessDay)"] }
    }
  }

  struct Close: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "交班: count first, then see what was expected.")
    @OptionGroup var connection: Connection
    @OptionGroup var key: KeyOption
    @Argument(help: "Shift id.") var shift: String
    @Option(help: "Cash counted, minor units.") var cash: Int64
    @Flag(help: "Unfinished sales pass to the next shift.") var carry = false

    func run() throws {
      let used = key.value
      let output = try connection.call(
        ShiftInterface.Close.self,
        .init(
          idempotencyKey: used, shift: shift, counts: [Wire.Count(kind: .cash, amount: cash)], carryParked: carry),
        key: used)
      connection.show(output) {
        output.difference.map { "\($0.kind.rawValue)  \(text("difference", "差额")) \($0.amount.money())" }
      }
    }
  }

  struct Report: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "X of a shift or the day; Z of a closed day with --day.")
    @OptionGroup var connection: Connection
    @Option(help: "Shift id.") var shift: String?
    @Option(help: "Z number.") var day: Int64?

    func run() throws {
      let output = try connection.call(ShiftInterface.Report.self, .init(shift: shift, day: day))
      connection.show(output) {
        let totals = output.report.totals
        return [
          "\(text("sales", "销售")) \(totals.sales.count)  \(totals.sales.amount.money())",
          "\(text("refunds", "退货")) \(totals.refunds.count)  \(totals.refunds.amount.money())",
          "\(text("total", "合计")) \(totals.total.money())  \(text("tax", "税")) \(totals.tax.money())",
        ] + totals.tenders.map { "\($0.kind.rawValue) \($0.provider ?? "") × \($0.count)  \($0.amount.money())" }
      }
    }
  }

  struct Current: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Open shifts.")
    @OptionGroup var connection: Connection

    func run() throws {
      let output = try connection.call(ShiftInterface.Current.self, .init())
      connection.show(output) {
        output.shifts.map { "\($0.shift)  \($0.lane)  \($0.operator)  \($0.businessDay)  \(Moment.text($0.opened))" }
      }
    }
  }

  struct Day: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "日结: closes the day with a Z.")
    @OptionGroup var connection: Connection
    @OptionGroup var key: KeyOption

    func run() throws {
      let used = key.value
      let output = try connection.call(ShiftInterface.CloseDay.self, .init(idempotencyKey: used), key: used)
      connection.show(output) {
        [
          "Z \(output.number)  \(output.first)-\(output.last)  \(output.report.totals.total.money())  \(output.head.prefix(16))"
        ]
      }
    }
  }
}
