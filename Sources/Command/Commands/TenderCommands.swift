import ArgumentParser
import Interfaces

extension SaleCommand {
  struct Tender: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Takes money for a totalled sale by a payment provider, or gives it back.",
      discussion: """
        The customer's payment code is asked for without echo, or read from a pipe; it is never an argument. Shows every
        state that the payment comes to, until it is final; after Ctrl-C the box goes on by itself.
        With --show the till shows a code, and the customer scans it; as long as it can be paid, anybody may pay it. With
        --no-wait the command ends when the code is known, with --json each answer is a line.
        With --refund the money of a return goes back to the payment it came from, and no code is needed.
        EXAMPLES
          counterfoil sale tender SALE --provider wallet < code.txt
          counterfoil sale tender SALE --show
          counterfoil sale tender SALE --show --no-wait --json
          counterfoil sale tender SALE --refund
          counterfoil sale tender SALE --refund --stub 1024 --tender t2 --amount 5.00
        """)
    @OptionGroup var connection: Connection
    @OptionGroup var key: KeyOption
    @OptionGroup var person: OperatorOption
    @Argument(help: "Sale id.") var sale: String
    @Option(help: "Provider, as in the configuration; needed when there is more than one.") var provider: String?
    @Option(help: "Part of the bill, like 10.00. Without it all that is due.") var amount: String?
    @Option(help: "Handle of a scan of the code, instead of the code.") var scan: String?
    @Flag(help: "Shows a code that the customer scans, instead of taking the customer's.") var show = false
    @Flag(help: "Ends when the code is known; with --show.") var noWait = false
    @Flag(help: "Gives money back, for a sale that pays out.") var refund = false
    @Option(help: "Stub whose payment goes back; needed when the sale returns from several.") var stub: String?
    @Option(help: "Tender on that stub, like t1; needed when providers took several payments.") var tender: String?

    func validate() throws {
      guard refund || stub == nil && tender == nil else {
        throw ValidationError("--stub and --tender go with --refund")
      }
      guard (stub == nil) == (tender == nil) else { throw ValidationError("--stub and --tender go together") }
      guard !noWait || show else { throw ValidationError("--no-wait goes with --show") }
      guard !show || scan == nil && !refund else {
        throw ValidationError("--show goes with neither --scan nor --refund")
      }
      guard !refund || scan == nil else { throw ValidationError("a refund needs no payment code") }
    }

    /// What is due is negative on a payout; people name what goes back.
    private func given(_ money: AmountText) throws -> Int64? {
      guard let parsed = try amount.map(money.parse) else { return nil }
      return refund && parsed > 0 ? -parsed : parsed
    }

    func run() throws {
      var session = try connection.open()
      let money = session.money
      let used = key.make()
      let signedIn = try person.signIn(&session)
      var code: String?
      if scan == nil, !refund, !show {
        code = try Secret.read(text("payment code: ", "付款码："))
        guard let code, !code.isEmpty else {
          throw Failure("noCode", text("no payment code was given", "没有付款码"), exit: .usage)
        }
      }
      let input = SaleInterface.AddTender.Input(
        idempotencyKey: used, sale: sale,
        tender: Wire.TenderInput(
          kind: .provider, amount: try given(money), provider: provider, scan: scan, code: code,
          show: show ? true : nil,
          refundOf: try stub.flatMap { stub in
            try tender.map { Wire.RefundOf(stub: try StubText.parse(stub), tender: $0) }
          }),
        session: signedIn)
      guard !show else {
        var view = ShownCodeView(sale: sale, money: money, isJSON: connection.json)
        Interruption.says(ShownCodeView.takingBack(sale))
        return try session.watch(SaleInterface.AddTender.self, input, key: used) { view.show($0) || !noWait }
      }
      Interruption.says([
        text(
          "the box goes on with the payment by itself; how it ended: counterfoil sale get --sale \(sale)",
          "系统会自行继续处理这笔支付；结果请看：counterfoil sale get --sale \(sale)")
      ])
      var said: String?
      let output = try session.follow(SaleInterface.AddTender.self, input, key: used, wait: true) { output in
        let state = SaleText.tendered(output.tender, output.change.sale, money).first
        guard !connection.json, let state, state != said else { return }
        Terminal.writeLine(state)
        said = state
      }
      connection.show(output) {
        let lines = SaleText.tendered(output.tender, output.change.sale, money)
        return lines.first == said ? Array(lines.dropFirst()) : lines
      }
    }
  }

  struct Decide: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Decides about a payment whose outcome the box does not know.",
      discussion: """
        Look it up in the provider's own books first. Needs an approval for the amount that was asked, or taken where that
        is more (decideTender); who decided, and why, stands in the journal for good. The provider is asked on, and what it
        says stands beside it.
        --paid: the money counts. Denies the provider it later, the sale stands, and status and the next Z name it.
        --not-paid: other money can be taken. Has the customer paid after all, that goes back by itself. What the provider
        had said before that it took counts as given back by hand: it is not given back once more, and status and the next Z
        name it should the provider still have it.
        EXAMPLES
          counterfoil approve decideTender SALE --tender t1 --not-paid --amount 12.50 --operator 09 --reason "not in their books"
          counterfoil sale decide SALE t1 --not-paid --reason "not in the provider's books" --approval APPROVAL
        """)
    enum Verdict: String, EnumerableFlag { case paid, notPaid }
    @OptionGroup var connection: Connection
    @OptionGroup var key: KeyOption
    @OptionGroup var person: OperatorOption
    @Argument(help: "Sale id.") var sale: String
    @Argument(help: "Tender id, like t1.") var tender: String
    @Flag(help: "What became of it.") var verdict: Verdict
    @Option(help: "How that is known; goes into the record.") var reason: String
    @Option(help: "The provider's number for it.") var reference: String?
    @Option(help: "The approval.") var approval: String?

    func run() throws {
      var session = try connection.open()
      let money = session.money
      let used = key.make()
      let signedIn = try person.signIn(&session)
      let input = SaleInterface.DecideTender.Input(
        idempotencyKey: used, sale: sale, tender: tender, verdict: verdict == .paid ? .paid : .notPaid,
        reason: reason, reference: reference, approval: approval, session: signedIn)
      let output = try session.call(SaleInterface.DecideTender.self, input, key: used)
      connection.show(output) { SaleText.tendered(output.tender, output.change.sale, money) }
    }
  }
}

extension SaleCommand {
  struct Resolve: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Decides about a held sale.",
      discussion: """
        A sale is held when its provider took another amount than was asked, or when the customer paid an order that was
        cancelled. --complete: the money counts, what is missing is due. --refund: it goes back, and all is due again.
        --void: it goes back, and the sale ends. Needs an approval (decideTender); who decided, and why, stands in the
        journal for good. The provider is asked on, and what it says stands beside it.
        EXAMPLES
          counterfoil sale list --state held
          counterfoil approve decideTender SALE --tender t1 --refund --amount 12.50 --operator 09 --reason "in their books"
          counterfoil sale resolve SALE --refund --evidence "seen in the provider's books" --approval APPROVAL
        """)
    enum Resolution: EnumerableFlag {
      case complete, refund, void

      var word: Wire.HeldResolution {
        switch self {
        case .complete: .complete
        case .refund: .refund
        case .void: .void
        }
      }
    }
    @OptionGroup var connection: Connection
    @OptionGroup var key: KeyOption
    @OptionGroup var person: OperatorOption
    @Argument(help: "Sale id.") var sale: String
    @Flag(help: "What becomes of it.") var resolution: Resolution
    @Option(help: "How that is known; goes into the record.") var evidence: String
    @Option(help: "The provider's number for the money.") var reference: String?
    @Option(help: "The approval.") var approval: String?

    func run() throws {
      var session = try connection.open()
      let money = session.money
      let used = key.make()
      let signedIn = try person.signIn(&session)
      let input = SaleInterface.Resolve.Input(
        idempotencyKey: used, sale: sale, resolution: resolution.word,
        evidence: evidence, reference: reference, approval: approval, session: signedIn)
      let output = try session.call(SaleInterface.Resolve.self, input, key: used)
      connection.show(output) {
        (output.tender.map { SaleText.tendered($0, output.change.sale, money) } ?? []) + [
          SaleText.changed(output.change) + "  \(text("due", "应付")) \(money(output.change.totals.due))"
        ]
      }
    }
  }
}

extension SaleText {
  /// What a held sale waits for, and what to do.
  static func held(_ sale: Wire.Sale, _ money: AmountText) -> [String] {
    guard let hold = sale.hold else { return [] }
    // An amount of another currency has its own decimals: the code says enough beside the raw figure.
    let took = hold.amount.map { amount in
      hold.currency == sale.currency ? money(amount) : "\(amount) \(hold.currency ?? "")"
    }
    let why =
      switch hold.why {
      case .otherAmount:
        text(
          "the provider took \(took ?? "something else") for tender \(hold.tender), which was not what was asked",
          "支付 \(hold.tender)：支付方收了 \(took ?? "别的金额")，与应收不符")
      case .paidAfterCancel:
        text(
          "tender \(hold.tender) was cancelled, and the customer paid \(took ?? "it") all the same",
          "支付 \(hold.tender) 已取消，但顾客仍付了 \(took ?? "款")")
      }
    let choices = hold.choices.map { "--" + $0.rawValue }.joined(separator: text(", ", "、"))
    return [
      "\(sale.id)  \(Word.text(sale.state))  \(why)",
      "  "
        + text(
          "decide: counterfoil sale resolve \(sale.id) with one of \(choices)",
          "决定：counterfoil sale resolve \(sale.id)，选一个：\(choices)"),
    ]
  }
}

/// `counterfoil unresolved`
struct UnresolvedCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "unresolved", abstract: "Payments whose outcome is not known yet, and what becomes of them.",
    discussion: """
      Those of finished sales that are still being taken back too, refunds that the provider has not confirmed, and sales
      that are held. Nothing here needs a person unless it says so: the box asks the provider, and in the end takes the
      payment back; a refund it sends again under the same number until it is answered.
      EXAMPLE: counterfoil unresolved --json
      """)
  @OptionGroup var connection: Connection

  func run() throws {
    var session = try connection.open()
    let money = session.money
    let report = try session.call(ShiftInterface.Report.self, .init()).report
    var lines: [String] = []
    let held = try session.call(SaleInterface.List.self, .init(states: [.held])).sales
    for open in report.unresolved where !held.contains(where: { $0.id == open.sale && $0.hold?.tender == open.tender })
    {
      // A finished sale's stub says how the tender stood then: it has been taken back since, or is going to be.
      let whole = try? session.call(SaleInterface.Get.self, .init(sale: open.sale))
      let tender = whole?.tenders.first { $0.id == open.tender }
      lines += SaleText.unresolved(open, tender, money)
    }
    for sale in held { lines += SaleText.held(sale, money) }
    if lines.isEmpty { lines = [text("every payment is known", "所有支付都有结果")] }
    connection.show(ShiftInterface.Report.Output(report: report)) { lines }
  }
}
