import ArgumentParser
import Interfaces

/// A code that the till shows, on a terminal.
struct ShownCodeView {
  let sale: String
  let money: AmountText
  let isJSON: Bool
  private var drawn: String?
  private var state: Wire.TenderState?

  init(sale: String, money: AmountText, isJSON: Bool) {
    self.sale = sale
    self.money = money
    self.isJSON = isJSON
  }

  /// How the payment is taken back.
  static func takingBack(_ sale: String) -> [String] {
    [
      text("the code can be paid still, and the box goes on by itself", "收款码仍可付款，系统会继续处理"),
      text("see what became of it: ", "查看结果：") + "counterfoil sale get --sale \(sale)",
      text("take it back: ", "撤回收款：") + "counterfoil sale take-back \(sale) t1 --reason …",
    ]
  }

  /// Shows an answer. Answers false when there is nothing more to wait for but the payment.
  mutating func show(_ output: SaleInterface.AddTender.Output) -> Bool {
    let tender = output.tender
    guard !isJSON else {
      Terminal.writeLine(String(decoding: output.bytes, as: UTF8.self))
      return tender.shownCode == nil
    }
    if let content = tender.shownCode, content != drawn {
      drawn = content
      for line in QRCode(content)?.lines(isColoured: Terminal.style.isColoured) ?? [] { Terminal.writeLine(line) }
      Terminal.writeLine(content)
      Terminal.writeLine(
        text("the customer scans it and pays ", "请顾客扫码付款 ") + money(tender.asked) + "  \(sale) \(tender.id)")
    }
    if tender.state != state {
      state = tender.state
      for line in SaleText.tendered(tender, output.change.sale, money) { Terminal.writeLine(line) }
    }
    return tender.shownCode == nil
  }
}

extension SaleCommand {
  struct TakeBack: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "take-back",
      abstract: "Takes a payment of an unfinished sale back.",
      discussion: """
        Cash is handed back, an external payment was reversed at its terminal, and a provider's is reversed by it; of a code
        that the till shows the order is closed. What became of it is shown with the sale.
        EXAMPLES
          counterfoil sale take-back SALE t1 --reason "the customer pays in cash"
        """)
    @OptionGroup var connection: Connection
    @OptionGroup var key: KeyOption
    @OptionGroup var person: OperatorOption
    @Argument(help: "Sale id.") var sale: String
    @Argument(help: "Tender id, like t1.") var tender: String
    @Option(help: "Why; goes into the record.") var reason: String
    @Option(help: "The approval, when one is asked for.") var approval: String?

    func run() throws {
      var session = try connection.open()
      let money = session.money
      let used = key.make()
      let signedIn = try person.signIn(&session)
      let input = SaleInterface.RemoveTender.Input(
        idempotencyKey: used, sale: sale, tender: tender, reason: reason, approval: approval, session: signedIn)
      let output = try session.call(SaleInterface.RemoveTender.self, input, key: used)
      connection.show(output) { SaleText.tendered(output.tender, output.change.sale, money) }
    }
  }
}
