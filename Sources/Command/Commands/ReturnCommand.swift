import ArgumentParser
import Interfaces
import Journal

extension SaleCommand {
  struct Return: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "return", abstract: "Takes goods back against a stub, and pays them out.",
      discussion: """
        Without --line it shows what can still come back, and changes nothing. A line comes back whole, as far as it is
        left, or as much of it as is said. The money goes out in cash, or by --external.
        For a stub of another box bring two files from there: the proof and the record, as the examples write them. This
        box takes them when [[trusted_box]] in its configuration names the other's key. It counts what itself gave back of
        that stub; what other boxes gave back it cannot know. Beyond limits.return_total, or limits.foreign_return_total of
        other boxes' stubs, it takes an approval of action returnTotal for the lane and the sum.
        EXAMPLES
          counterfoil sale return 17
          counterfoil sale return 17 --line 1 --line 3,2
          counterfoil journal prove 1234 > stub.tlog-proof
          counterfoil journal show --from 1234 --limit 1 --json > stub.json
          counterfoil sale return 88 --proof stub.tlog-proof --record stub.json --line 1
        """)
    @OptionGroup var connection: Connection
    @OptionGroup var key: KeyOption
    @OptionGroup var person: OperatorOption
    @Argument(help: "Stub number, or the code on its receipt.") var stub: String
    @Option(help: ArgumentHelp("A line that comes back; several times.", valueName: "line[,quantity]"))
    var line: [String] = []
    @Option(help: ArgumentHelp("Of a stub of another box: file with the proof of its record.", valueName: "file"))
    var proof: String?
    @Option(
      help: ArgumentHelp(
        "File with the record; of a long stub with those of its parts behind it, one a line.", valueName: "file"))
    var record: String?
    @Option(help: "Paid out by this external terminal or wallet instead of cash.") var external: String?
    @Option(help: "Number of the external payment.") var reference: String?
    @Option(help: "Lane.") var lane: String?
    @Option(help: "Approval, when one was asked for.") var approval: String?

    /// What a call takes at most, with room for the rest of it.
    private static let recordBytes = 900_000

    func validate() throws {
      if (proof == nil) != (record == nil) { throw ValidationError("--proof and --record go together") }
      if reference != nil, external == nil { throw ValidationError("--reference goes with --external") }
    }

    func run() throws {
      let presented = try presented()
      var session = try connection.open()
      let money = session.money
      let used = key.make()
      let left = try session.call(
        SaleInterface.Returnable.self, .init(stub: presented.reference, stubProof: presented.proof))
      guard !line.isEmpty else {
        return connection.show(left) {
          left.lines.map { "\($0.line)  \($0.name)  × \(QuantityText.text($0.quantity))  \(money($0.amount))" }
        }
      }
      let lines = try line.enumerated().map { index, text in
        try back(text, of: left, proof: index == 0 ? presented.proof : nil)
      }
      let signedIn = try person.signIn(&session)
      let opened = try session.call(
        SaleInterface.Open.self,
        .init(idempotencyKey: used, lane: lane, kind: .return, lines: lines, approval: approval, session: signedIn),
        key: used)
      let sale = opened.change.sale
      let totaled = try session.call(
        SaleInterface.Total.self, .init(idempotencyKey: used + ".total", sale: sale, session: signedIn),
        key: used + ".total")
      let change =
        totaled.change.stub != nil
        ? totaled.change
        : try session.call(
          SaleInterface.AddTender.self,
          .init(idempotencyKey: used + ".tender", sale: sale, tender: tender, session: signedIn),
          key: used + ".tender"
        ).change
      connection.show(change) {
        [
          "\(text("stub", "存根")) \(Terminal.style(change.stub?.stub ?? "-", .heading))  "
            + "\(text("returns", "退货")) \(left.stub.box.map { $0 + " " } ?? "")\(left.stub.stub)  "
            + "\(text("paid out", "退款")) \(money(-change.totals.total))"
        ]
      }
    }

    private var tender: Wire.TenderInput {
      guard let external else { return Wire.TenderInput(kind: .cash) }
      return Wire.TenderInput(
        kind: .external, provider: external, result: Wire.TenderResult(outcome: .yes, reference: reference))
    }

    /// The stub, and what shows it when it is another box's. The box's name stands in the proof.
    private func presented() throws -> (reference: Wire.StubReference, proof: Wire.StubProof?) {
      let named = try StubText.parse(stub)
      guard let proof, let record else { return (named, nil) }
      let bytes = try SmallFile.read(proof, atMost: TlogProof.maximumLength)
      let box: String
      do throws(ProofError) {
        box = try Checkpoint(text: TlogProof(bytes).checkpoint.text).origin
      } catch {
        throw Failure(
          "proofRefused", text("\(proof) is no proof: \(error)", "\(proof) 不是证明：\(error)"),
          advice: [ErrorTable.entry("stubProof")?.cure.text ?? ""], exit: .refused)
      }
      let entries = try SmallFile.read(record, atMost: Self.recordBytes)
        .split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }
      return (
        Wire.StubReference(box: box, stub: named.stub, sequence: named.sequence, hash: named.hash),
        Wire.StubProof(entries: entries, proof: String(decoding: bytes, as: UTF8.self))
      )
    }

    /// A line that comes back: all that is left of it, or as much as is said.
    private func back(
      _ text: String, of left: SaleInterface.Returnable.Output, proof: Wire.StubProof?
    ) throws -> Wire.LineInput {
      let parts = text.split(separator: ",", maxSplits: 1).map(String.init)
      guard let id = parts.first, let line = left.lines.first(where: { $0.line == id }) else {
        throw Failure.usage(
          Command.text("--line: the stub has no line \(text)", "--line：存根没有第 \(text) 行"))
      }
      let quantity = try parts.count > 1 ? QuantityText.parse(parts[1]) : line.quantity
      guard quantity > 0 else {
        throw Failure(
          ErrorTable.system + "OverReturn",
          Command.text("--line: nothing is left of line \(id)", "--line：第 \(id) 行已全部退回"),
          advice: [ErrorTable.entry("OverReturn")?.cure.text ?? ""], exit: .refused)
      }
      return Wire.LineInput(
        name: line.name, taxes: [], quantity: -quantity, unitPrice: 0,
        original: Wire.Original(
          reference: left.stub, line: id, proof: left.proof, stubProof: proof))
    }
  }
}
