import ArgumentParser
import Interfaces

extension SaleCommand {
  struct Adjust: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Sets the discounts of an open sale.",
      discussion: """
        What is given takes the place of all adjustments that the sale has; with --keep it joins them. A percentage is of
        the prices before adjustments, rounded to the smallest unit. Beyond the limit of the configuration an approval of
        action manualAdjustment is asked for, for the sum of all that the sale then has of the kinds manual and staff and
        of the rounding down.
        EXAMPLES
          counterfoil sale adjust SALE --off 5.00
          counterfoil sale adjust SALE --off "10%,2,scratched" --kind manual
          counterfoil sale adjust SALE --keep --round-down 1.00
          counterfoil sale adjust SALE --none
        """)
    @OptionGroup var connection: Connection
    @OptionGroup var key: KeyOption
    @OptionGroup var person: OperatorOption
    @Argument(help: "Sale id.") var sale: String
    @Option(
      help: ArgumentHelp(
        "What comes off, an amount like 5.00 or a percentage, of the whole sale or of one line; several times.",
        valueName: "amount|percent%[,line[,label]]"))
    var off: [String] = []
    @Option(
      help: "Kind of what comes off: promotion, coupon, member, staff, manual.", completion: .list(Adjust.kinds))
    var kind = "manual"
    @Option(help: "Drops what the total has over a multiple of this (抹零), like 1.00.") var roundDown: String?
    @Flag(help: "Keeps the adjustments that the sale has.") var keep = false
    @Flag(help: "Takes all adjustments off.") var none = false
    @Option(help: "Approval, when one was asked for.") var approval: String?
    static let kinds = ["promotion", "coupon", "member", "staff", "manual"]

    func validate() throws {
      if none, !off.isEmpty || roundDown != nil || keep {
        throw ValidationError("--none goes alone")
      }
      if !none, off.isEmpty, roundDown == nil { throw ValidationError("give --off, --round-down or --none") }
      if !Self.kinds.contains(kind) {
        throw ValidationError("no kind \(kind); there are: \(Self.kinds.joined(separator: ", "))")
      }
    }

    func run() throws {
      var session = try connection.open()
      let money = session.money
      let used = key.make()
      let offs = try off.map { try AdjustmentText.Off($0, kind: Wire.AdjustmentKind(rawValue: kind) ?? .manual, money) }
      let step = try roundDown.map(money.parse)
      let signedIn = try person.signIn(&session)
      let present = try session.call(SaleInterface.Get.self, .init(sale: sale))
      let wanted = try AdjustmentText.plan(offs, roundDownTo: step, keep: keep, on: present)
      let output = try session.call(
        SaleInterface.SetAdjustments.self,
        .init(
          idempotencyKey: used, sale: sale, revision: present.sale.revision, adjustments: wanted, approval: approval,
          session: signedIn), key: used)
      connection.show(output) { SaleText.adjusted(output, money) }
    }
  }

  struct Party: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Says which member an open sale is for.",
      discussion: """
        The handle is the member system's own; names, phone and card numbers have no place in the journal.
        EXAMPLES
          counterfoil sale party SALE --member M-2041
          counterfoil sale party SALE --none
        """)
    @OptionGroup var connection: Connection
    @OptionGroup var key: KeyOption
    @OptionGroup var person: OperatorOption
    @Argument(help: "Sale id.") var sale: String
    @Option(help: "Opaque handle of the member.") var member: String?
    @Flag(help: "For no member any more.") var none = false

    func validate() throws {
      if (member != nil) == none { throw ValidationError("give --member or --none") }
    }

    func run() throws {
      var session = try connection.open()
      let used = key.make()
      let signedIn = try person.signIn(&session)
      let output = try session.call(
        SaleInterface.SetParty.self,
        .init(idempotencyKey: used, sale: sale, member: member, session: signedIn), key: used)
      connection.show(output) { [SaleText.changed(output.change)] }
    }
  }
}
