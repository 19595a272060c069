import ArgumentParser
import Interfaces

struct SaleCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sale", abstract: "Sells by hand, looks sales up.",
    discussion: """
      EXAMPLES
        counterfoil sale ring --line "Tea,3.50" --line "Bun,2.00,2,A" --cash 10.00
        counterfoil sale list --day 2026-11-21
        counterfoil sale get 17
        counterfoil sale return 17 --line 1
        counterfoil sale deliver 17
        counterfoil sale adjust SALE --off "10%"
        counterfoil sale park SALE --label "table 4"
      """,
    subcommands: [
      Ring.self, List.self, Get.self, Adjust.self, Party.self, Tender.self, TakeBack.self, Decide.self, Resolve.self,
      Park.self, Unpark.self, Void.self, Return.self, Correct.self, CorrectTender.self, Deliver.self,
    ],
    defaultSubcommand: List.self)
}

extension SaleCommand {
  struct Ring: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "A whole sale in one call.",
      discussion: """
        Amounts have their decimals, 3.50 or 350.00; 350 is refused (JPY and other currencies without decimals: 350).
        EXAMPLE: counterfoil sale ring --line "Tea,3.50" --line "Bun,2.00,2,A" --cash 10.00
        """)
    @OptionGroup var connection: Connection
    @OptionGroup var key: KeyOption
    @OptionGroup var person: OperatorOption
    @Option(help: ArgumentHelp("What is sold; several times.", valueName: "name,price[,quantity[,tax]]"))
    var line: [String] = []
    @Option(help: "Cash handed over, like 10.00. Without it exactly the total is taken.") var cash: String?
    @Option(help: "Paid on this external terminal or wallet instead of cash.") var external: String?
    @Option(help: "Number of the external payment.") var reference: String?
    @Option(help: "Name of the sale in lists.") var label: String?
    @Option(help: "Lane.") var lane: String?
    @Option(help: "Approval, when one was asked for.") var approval: String?

    func validate() throws {
      if line.isEmpty { throw ValidationError("give at least one --line") }
      if cash != nil, external != nil { throw ValidationError("give --cash or --external, not both") }
      if reference != nil, external == nil { throw ValidationError("--reference goes with --external") }
    }

    func run() throws {
      var session = try connection.open()
      let money = session.money
      let used = key.make()
      let lines = try line.map { try LineText.parse($0, money) }
      let tender = try tender(money)
      let signedIn = try person.signIn(&session)
      let output = try session.call(
        SaleInterface.Ring.self,
        .init(
          idempotencyKey: used, lane: lane, lines: lines, tender: tender, label: label, approval: approval,
          session: signedIn),
        key: used)
      connection.show(output) { SaleText.rung(output, money, Terminal.style) }
    }

    private func tender(_ money: AmountText) throws -> Wire.TenderInput {
      guard let external else { return Wire.TenderInput(kind: .cash, tendered: try cash.map(money.parse)) }
      return Wire.TenderInput(
        kind: .external, provider: external, result: Wire.TenderResult(outcome: .yes, reference: reference))
    }
  }

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Sales, newest first.",
      discussion: "EXAMPLE: counterfoil sale list --day 2026-11-21 --state completed --limit 50")
    @OptionGroup var connection: Connection
    @Option(help: "Business day, YYYY-MM-DD.") var day: String?
    @Option(help: "Lane.") var lane: String?
    @Option(help: "Only these states: open, tendering, completed, voided, held; several times.") var state: [String] =
      []
    @Option(help: "Most sales to show, 1 to 1,000.") var limit: Int64 = 20

    func validate() throws {
      if !(1...1000).contains(limit) { throw ValidationError("--limit is 1 to 1000") }
    }

    func run() throws {
      let states = try state.map { name in
        guard let state = Wire.SaleState(rawValue: name) else {
          let all = Wire.SaleState.allCases.map(\.rawValue).joined(separator: ", ")
          throw Failure.usage(text("--state: no state \(name); there are: ", "--state：没有 \(name)；有：") + all)
        }
        return state
      }
      var session = try connection.open()
      let money = session.money
      let output = try session.call(
        SaleInterface.List.self,
        .init(lane: lane, states: states.isEmpty ? nil : states, businessDay: day, limit: limit))
      connection.show(output) {
        SaleText.list(output.sales, money, Terminal.style) + output.sales.flatMap { SaleText.held($0, money) }
      }
    }
  }

  struct Get: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "One sale with everything on it.",
      discussion: """
        Instead of the stub's number the whole code on its receipt will do, as a scanner reads it: what else it says is checked.
        EXAMPLES
          counterfoil sale get 17
          counterfoil sale get CF1:shop/till:17:1234:0f3a5c7e9b1d2468
          counterfoil sale get v7esfqkzg0mfb                          a sale's id
          counterfoil sale get --reference table-7
        """)
    @OptionGroup var connection: Connection
    @Argument(
      help: "Stub number, the code on its receipt, or sale id; with --sale, --reference or --order what those say.")

    var name: String
    @Flag(help: "The name is a sale id.") var sale = false
    @Flag(help: "The name is the application's own number.") var reference = false
    @Flag(help: "The name is the order number of a payment (商户单号).") var order = false

    func validate() throws {
      guard [sale, reference, order].count(where: \.self) <= 1 else {
        throw ValidationError("give one of --sale, --reference and --order")
      }
    }

    func run() throws {
      var input = SaleInterface.Get.Input()
      if sale || !reference && !order && !StubText.names(name) {
        input.sale = name
      } else if reference {
        input.externalReference = name
      } else if order {
        input.number = name
      } else {
        input.stub = try StubText.parse(name)
      }
      var session = try connection.open()
      let money = session.money
      let output = try session.call(SaleInterface.Get.self, input)
      connection.show(output) {
        SaleText.whole(output, money, Terminal.style) + SaleText.held(output.sale, money)
      }
    }
  }

  struct Void: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Ends an unfinished sale without payment.",
      discussion: "EXAMPLE: counterfoil sale void SALE --reason \"customer left\"")
    @OptionGroup var connection: Connection
    @OptionGroup var key: KeyOption
    @OptionGroup var person: OperatorOption
    @Argument(help: "Sale id.") var sale: String
    @Option(help: "Why; goes into the record.") var reason: String
    @Option(help: "Approval, when one was asked for.") var approval: String?

    func run() throws {
      var session = try connection.open()
      let used = key.make()
      let signedIn = try person.signIn(&session)
      let output = try session.call(
        SaleInterface.Void.self,
        .init(idempotencyKey: used, sale: sale, reason: reason, approval: approval, session: signedIn), key: used)
      connection.show(output) { [SaleText.changed(output.change)] }
    }
  }

  struct Park: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Puts an unfinished sale aside.",
      discussion: """
        It waits, also over restarts and shifts, until it is taken up again, finished or voided.
        EXAMPLE: counterfoil sale park SALE --label "table 4"
        """)
    @OptionGroup var connection: Connection
    @OptionGroup var key: KeyOption
    @OptionGroup var person: OperatorOption
    @Argument(help: "Sale id.") var sale: String
    @Option(help: "Name of the sale in lists; default: as it was.") var label: String?

    func run() throws {
      var session = try connection.open()
      let used = key.make()
      let signedIn = try person.signIn(&session)
      let output = try session.call(
        SaleInterface.Park.self, .init(idempotencyKey: used, sale: sale, label: label, session: signedIn), key: used)
      connection.show(output) { [SaleText.changed(output.change)] }
    }
  }

  struct Unpark: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Takes a parked sale up again, in the open shift of a lane.",
      discussion: "EXAMPLE: counterfoil sale unpark SALE --lane lane-1")
    @OptionGroup var connection: Connection
    @OptionGroup var key: KeyOption
    @OptionGroup var person: OperatorOption
    @Argument(help: "Sale id.") var sale: String
    @Option(help: "Lane that goes on with it; needed when there is more than one.") var lane: String?

    func run() throws {
      var session = try connection.open(lane: lane)
      let used = key.make()
      let signedIn = try person.signIn(&session)
      let output = try session.call(
        SaleInterface.Unpark.self, .init(idempotencyKey: used, sale: sale, lane: lane, session: signedIn), key: used)
      connection.show(output) { [SaleText.changed(output.change)] }
    }
  }

  struct Deliver: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Prints a receipt.",
      discussion: """
        A receipt that was never printed comes unmarked, a further copy marked as a reprint.
        EXAMPLE: counterfoil sale deliver 17
        """)
    @OptionGroup var connection: Connection
    @OptionGroup var key: KeyOption
    @OptionGroup var person: OperatorOption
    static let documents = ["receipt", "giftReceipt", "merchantCopy"]
    @Argument(help: "Stub number, or the code on its receipt.") var stub: String
    @Option(
      help: "receipt, giftReceipt or merchantCopy.", completion: .list(Deliver.documents))
    var document = "receipt"
    @Option(help: "Printer; default: the lane's.") var printer: String?
    @Flag(help: "Only records that no receipt is wanted.") var none = false

    func run() throws {
      guard let document = Wire.PrintDocument(rawValue: document) else {
        throw Failure.usage(
          text("--document: no document \(document); there are: ", "--document：没有 \(document)；有：")
            + Self.documents.joined(separator: ", "))
      }
      let named = try StubText.parse(stub)
      var session = try connection.open()
      let used = key.make()
      let signedIn = try person.signIn(&session)
      let output = try session.call(
        SaleInterface.Deliver.self,
        .init(
          idempotencyKey: used, stub: named, channel: none ? .none : .paper,
          document: document, printer: printer, session: signedIn), key: used)
      connection.show(output) { SaleText.delivered(output, stub: named.stub) }
    }
  }
}
