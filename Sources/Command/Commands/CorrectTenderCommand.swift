import ArgumentParser
import Interfaces

extension SaleCommand {
  struct CorrectTender: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "correct-tender", abstract: "Books a tender of a finished sale under the kind that it was.",
      discussion: """
        Books only: no money moves, and the stub stays as it is. Reports follow, and what the drawer should hold does
        while the stub's shift is open. It takes an approval of action correctTender for the stub's number.
        EXAMPLES
          counterfoil sale correct-tender 17 --tender t1 --to external --terminal pos-1 --reason "paid by card"
          counterfoil approve correctTender 17 --amount 34.50 --operator 09 --reason "slip seen"
          counterfoil sale correct-tender 17 --tender t1 --to cash --reason "card refused" --approval APPROVAL
        """)
    @OptionGroup var connection: Connection
    @OptionGroup var key: KeyOption
    @OptionGroup var person: OperatorOption
    @Argument(help: "Stub number, or the code on its receipt.") var stub: String
    @Option(help: "Tender on the stub: t1 is the first.") var tender: String
    @Option(help: "How it was paid: cash or external.", completion: .list(CorrectTender.kinds)) var to: String
    @Option(help: "Terminal, wallet or channel of an external tender.") var terminal: String?
    @Option(help: "Number of the external payment.") var reference: String?
    @Option(help: "Why; goes into the record.") var reason: String
    @Option(help: "Approval, when one was asked for.") var approval: String?
    static let kinds = ["cash", "external"]

    func validate() throws {
      if !Self.kinds.contains(to) {
        throw ValidationError("no kind \(to); there are: \(Self.kinds.joined(separator: ", "))")
      }
    }

    func run() throws {
      var session = try connection.open()
      let money = session.money
      let used = key.make()
      let signedIn = try person.signIn(&session)
      let output = try session.call(
        SaleInterface.CorrectTender.self,
        .init(
          idempotencyKey: used, stub: try StubText.parse(stub), tender: tender,
          kind: Wire.TenderKind(rawValue: to) ?? .external, provider: terminal, reference: reference, reason: reason,
          approval: approval, session: signedIn), key: used)
      connection.show(output) { [SaleText.corrected(output.correction, money)] }
    }
  }
}
