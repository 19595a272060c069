import ArgumentParser
import Interfaces

struct DrawerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "drawer", abstract: "Cash drawers.",
    discussion: """
      EXAMPLES
        counterfoil drawer                              open or closed
        counterfoil drawer open --reason count
        counterfoil drawer open --reason change --stub 17
      """,
    subcommands: [Status.self, Open.self], defaultSubcommand: Status.self)
}

extension DrawerCommand {
  struct Status: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Whether the drawers are open.", discussion: "EXAMPLE: counterfoil drawer status --json")
    @OptionGroup var connection: Connection
    @Argument(help: "Only this drawer, by name or device id.") var drawer: String?

    func run() throws {
      var session = try connection.open()
      let output = try session.call(DrawerInterface.Status.self, .init(drawer: drawer))
      connection.show(output) {
        guard !output.drawers.isEmpty else { return [text("no drawers", "没有钱箱")] }
        var table = Table(
          (text("DRAWER", "钱箱"), .left), (text("STATE", "状态"), .left), (text("SINCE", "开始"), .left),
          (text("SENSOR", "传感器"), .left))
        for drawer in output.drawers {
          table.add(
            tones: (drawer.drawer, .plain), (Word.text(drawer.state), drawer.state == .open ? .notice : .plain),
            (drawer.since.map { Moment.text($0) } ?? "-", .plain), (Word.text(drawer.sensor), .faint))
        }
        return table.lines(Terminal.style)
      }
    }
  }

  struct Open: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Opens a drawer, at most once.",
      discussion: """
        REASONS
          change      change not given yet, for --stub
          noSale      without a sale; may need an approval
          count       to count
          technician  for technicians
        A drawer opens at once or not at all: when its printer does not answer, cannot print, or is busy for 15 seconds, no
        pulse leaves, and none does later (notSent, exit code 1). Exit code 75: the pulse was ordered and its end is not
        known; it is never repeated.
        EXAMPLE: counterfoil drawer open --reason noSale --note "change for the bus" --approval APPROVAL
        """)
    static let reasons = Wire.DrawerReason.allCases.map(\.rawValue)
    @OptionGroup var connection: Connection
    @OptionGroup var key: KeyOption
    @OptionGroup var person: OperatorOption
    @Option(help: "change, noSale, count or technician.", completion: .list(Open.reasons)) var reason: String
    @Option(help: "Stub it is for, with reason change.") var stub: String?
    @Option(help: "Lane.") var lane: String?
    @Option(help: "Drawer, by name or device id; default: the lane's.") var drawer: String?
    @Option(help: "Words on it, at most 200 bytes.") var note: String?
    @Option(help: "Approval, when one was asked for.") var approval: String?

    func validate() throws {
      if (reason == Wire.DrawerReason.change.rawValue) != (stub != nil) {
        throw ValidationError("--stub goes with --reason change, and change needs it")
      }
    }

    func run() throws {
      guard let reason = Wire.DrawerReason(rawValue: reason) else {
        throw Failure.usage(
          text("no reason \(reason); there are: ", "没有 \(reason)；有：") + Self.reasons.joined(separator: ", "))
      }
      var session = try connection.open()
      let used = key.make()
      let input = DrawerInterface.Open.Input(
        idempotencyKey: used, drawer: drawer, lane: lane, reason: reason,
        stub: try stub.map(StubText.parse),
        note: note, approval: approval, session: try person.signIn(&session))
      let output = try session.follow(DrawerInterface.Open.self, input, key: used, wait: true)
      connection.show(output) { ["\(output.order)  \(Word.text(output.outcome))"] }
      switch output.outcome {
      case .opened, .sent: return
      case .ordered, .unknown:
        throw Failure(
          "drawerUnknown", text("not known yet whether the drawer opened", "还不知道钱箱是否打开"),
          advice: [text("look at it; it is not repeated", "请查看钱箱，不会重复")], exit: .temporary)
      case .stuck: throw Failure("drawerStuck", text("the drawer did not open", "钱箱没有打开"), exit: .refused)
      case .notSent:
        throw Failure(
          "drawerNotSent",
          text("no pulse left: the drawer did not open, and it will not by itself", "脉冲没有发出：钱箱没有打开，之后也不会自己打开"),
          advice: [ErrorTable.entry("drawerNotSent")?.cure.text ?? ""], exit: .refused)
      }
    }
  }
}
