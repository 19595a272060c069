import ArgumentParser
import Interfaces

extension SaleCommand {
  struct Correct: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "correct", abstract: "Replaces a finished bill by a new one (反结账).",
      discussion: """
        Give the whole new bill: --keep takes a line of the old one over with its price, --line is a new one. What was paid
        is carried over; the difference is taken or paid out in cash, or by --external. It takes an approval of action
        correctSale for the stub's number and the old total. From then on the new stub stands in the old one's place.
        When the difference is not settled the sale stays open: go on with it, or void it, and the old bill stands.
        EXAMPLES
          counterfoil approve correctSale 17 --amount 12.50 --operator 09 --reason "wrong dish"
          counterfoil sale correct 17 --keep 1 --keep 3,2 --line "Tea,3.50" --approval APPROVAL
        """)
    @OptionGroup var connection: Connection
    @OptionGroup var key: KeyOption
    @OptionGroup var person: OperatorOption
    @Argument(help: "Stub number of the bill, or the code on its receipt.") var stub: String
    @Option(help: ArgumentHelp("A line of the old bill that stays; several times.", valueName: "line[,quantity]"))
    var keep: [String] = []
    @Option(help: ArgumentHelp("What is sold besides; several times.", valueName: "name,price[,quantity[,tax]]"))
    var line: [String] = []
    @Option(help: "The difference goes by this external terminal or wallet instead of cash.") var external: String?
    @Option(help: "Number of the external payment.") var reference: String?
    @Option(help: "Lane.") var lane: String?
    @Option(help: "Approval, when one was asked for.") var approval: String?

    func validate() throws {
      if keep.isEmpty, line.isEmpty { throw ValidationError("give the lines of the new bill by --keep and --line") }
      if reference != nil, external == nil { throw ValidationError("--reference goes with --external") }
    }

    func run() throws {
      var session = try connection.open()
      let money = session.money
      let used = key.make()
      let named = try StubText.parse(stub)
      let old = try session.call(SaleInterface.Get.self, .init(stub: named))
      let lines = try keep.map { try kept($0, of: old, named) } + line.map { try LineText.parse($0, money) }
      let signedIn = try person.signIn(&session)
      let opened = try session.call(
        SaleInterface.Open.self,
        .init(
          idempotencyKey: used, lane: lane, kind: .correction, lines: lines, corrects: named,
          approval: approval, session: signedIn), key: used)
      let sale = opened.change.sale
      let total = KeyOption.step("total", of: used)
      var change = try session.call(
        SaleInterface.Total.self, .init(idempotencyKey: total, sale: sale, session: signedIn), key: total
      ).change
      var difference: Wire.Tender?
      if change.stub == nil {
        let pay = KeyOption.step("tender", of: used)
        let paid = try session.call(
          SaleInterface.AddTender.self,
          .init(idempotencyKey: pay, sale: sale, tender: tender, session: signedIn), key: pay)
        (change, difference) = (paid.change, paid.tender)
      }
      connection.show(change) { SaleText.corrected(change, by: difference, instead: named.stub, money, Terminal.style) }
    }

    private var tender: Wire.TenderInput {
      guard let external else { return Wire.TenderInput(kind: .cash) }
      return Wire.TenderInput(
        kind: .external, provider: external, result: Wire.TenderResult(outcome: .yes, reference: reference))
    }

    /// A line that is taken over: all of it, or as much as is said.
    private func kept(
      _ text: String, of old: SaleInterface.Get.Output, _ named: Wire.StubReference
    ) throws -> Wire.LineInput {
      let parts = text.split(separator: ",", maxSplits: 1).map(String.init)
      guard let id = parts.first, let line = old.lines.first(where: { $0.id == id }) else {
        throw Failure.usage(
          Command.text("--keep: the bill has no line \(text)", "--keep：原单没有第 \(text) 行"))
      }
      return Wire.LineInput(
        name: line.input.name, taxes: [],
        quantity: try parts.count > 1 ? QuantityText.parse(parts[1]) : line.input.quantity, unitPrice: 0,
        original: Wire.Original(reference: named, line: id))
    }
  }
}
