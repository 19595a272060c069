import ArgumentParser
import COpenSSL
import Configuration
import Glibc
import Interfaces
import Till

/// Who acts, for commands that go into the records.
struct OperatorOption: ParsableArguments {
  @Option(name: .customLong("as"), help: "Sign in as this operator first; the PIN is asked for, or read from a pipe.")
  var name: String?
  @Flag(name: .customLong("no-pin"), help: "With --as: no PIN; the record says that nobody proved the name.")
  var vouched = false

  /// The session to give with the calls of this command; nil: nobody signs in.
  func signIn(_ session: inout Session) throws -> String? {
    guard let name else {
      guard !vouched else { throw Failure.usage(text("--no-pin goes with --as", "--no-pin 要和 --as 一起用")) }
      return nil
    }
    let proof = vouched ? nil : try PIN.ask(name)
    return try session.call(SystemInterface.SignIn.self, .init(operator: name, proof: proof)).session
  }
}

/// PINs as people type them.
enum PIN {
  /// `what`: what the PIN says yes to, for who types it.
  static func ask(_ name: String, for what: String? = nil) throws -> String {
    let purpose = what.map { text(" for ", "，用于") + $0 } ?? ""
    guard let pin = try Secret.read(text("PIN of \(name)\(purpose): ", "\(name) 的 PIN\(purpose)：")), !pin.isEmpty else {
      throw Failure("noPIN", text("no PIN was given", "没有输入 PIN"), exit: .usage)
    }
    return pin
  }
}

struct SignInCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sign-in", abstract: "Checks an operator's PIN and shows what it allows.",
    discussion: """
      The PIN is asked for without echo, or read from a pipe; it is never an argument. The session ends with this command:
      to act as an operator, give --as to the command that acts.
      EXAMPLES
        counterfoil sign-in 01
        counterfoil sign-in 01 --json < pin.txt
        counterfoil sale void SALE --reason "customer left" --as 01
      """)
  @OptionGroup var connection: Connection
  @Argument(help: "Operator, as in the configuration.") var name: String

  func run() throws {
    var session = try connection.open()
    let money = session.money
    let output = try session.call(SystemInterface.SignIn.self, .init(operator: name, proof: try PIN.ask(name)))
    connection.show(output) {
      ["\(name)  \(text("may", "可以")) \(output.rights.joined(separator: ", "))"]
        + output.limits.sorted { $0.key < $1.key }.map { limit in
          let value = limit.key.hasSuffix("Millionths") ? "\(limit.value / 10_000) %" : money(limit.value)
          return "  \(limit.key)  \(text("without approval up to", "无需批准的上限")) \(value)"
        }
    }
  }
}

struct ApproveCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "approve", abstract: "Approves one action: single use, 60 seconds.",
    discussion: """
      ApprovalRequired names the action and its amount. The subject is a sale id, the lane's name for ring, open, cash and
      drawer, or the stub's number for correct and correct-tender. The approval covers one call of at most that amount; of a
      priceOverride it is what all lines of the edit are off from their list price together. Without --amount it is asked
      for on a terminal. Of decideTender it also names the tender and what becomes of it, and covers nothing else.
      A supervisor's own user needs no PIN; for all others it is asked for without echo, or read from a pipe.
      ACTIONS with an amount
        priceOverride, manualAdjustment, removeLine, removeTender, decideTender, correctTender, correctSale,
        returnWithoutOriginal, returnTotal, cashOut
      ACTIONS without
        voidTotalled (the sale's total, if one is given), noSale, businessDay
      EXAMPLES
        counterfoil approve priceOverride SALE --amount 1.00 --operator 09 --reason "scratched"
        counterfoil approve noSale lane-1 --operator 09 --reason "customer wants change"
        counterfoil approve decideTender SALE --tender t1 --not-paid --amount 12.50 --operator 09 --reason "not in their books"
        counterfoil approve voidTotalled SALE --operator 09 --reason "wrong table"
        counterfoil drawer open --reason noSale --approval APPROVAL
      """)
  static let actions = ApprovalAction.allCases.map(\.rawValue)
  /// Actions that are never about a sale.
  static let ofLanes = ApprovalAction.allCases.filter(\.isOfLane).map(\.rawValue)
  /// Actions that are about a stub.
  static let ofStubs = ApprovalAction.allCases.filter(\.isOfStub).map(\.rawValue)
  /// The action that says which tender, and what becomes of it.
  static let deciding = ApprovalAction.decideTender.rawValue
  /// Actions that need a sale that is there already.
  private static let ofSales = [ApprovalAction.removeLine, .voidTotalled, .removeTender, .decideTender].map(\.rawValue)

  /// What the subject of an action's approval is, as a word to be replaced.
  static func subject(of action: String) -> (english: String, chinese: String) {
    if ofStubs.contains(action) { return ("STUB", "存根号") }
    if ofLanes.contains(action) { return ("LANE", "收银位") }
    return ofSales.contains(action) ? ("SALE", "销售号") : ("LANE-OR-SALE", "收银位或销售号")
  }

  @OptionGroup var connection: Connection
  @OptionGroup var key: KeyOption
  @Argument(help: "What to approve.", completion: .list(ApproveCommand.actions)) var action: String
  @Argument(help: "Sale id, lane, or stub number.") var subject: String
  @Option(help: "Who approves.") var `operator`: String
  @Option(help: "Why; goes into the record.") var reason: String
  @Option(help: "The most that the call may come to, like 9.99; ApprovalRequired named it.") var amount: String?
  @Option(help: "Revision of the sale it is for; default: the present one.") var revision: Int64?
  @Option(help: "Of decideTender: the tender that is decided about, like t1.") var tender: String?
  @Flag(help: "Of decideTender: what is decided.") var decision: Decision?

  /// As `sale decide` and `sale resolve` name it.
  enum Decision: String, EnumerableFlag { case paid, notPaid, complete, refund, void }

  func run() throws {
    guard Self.actions.contains(action) else {
      throw Failure.usage(
        text("no action \(action); there are: ", "没有操作 \(action)；有：") + Self.actions.joined(separator: ", "))
    }
    try checkDecision()
    let typed = try amount ?? askAmount()
    var session = try connection.open()
    let most = try typed.map { try session.money.parse($0) }
    let decided = [tender, decision?.rawValue].compactMap { $0 }.map { " \($0)" }.joined()
    let what = action + decided + (most.map { text(" of at most ", " 不超过 ") + session.money($0) } ?? "")
    if Self.ofLanes.contains(action), !session.lanes.contains(subject) {
      throw Failure(SystemError.noSuchLane(lane: subject, lanes: session.lanes))
    }
    let used = key.make()
    let proof = session.role == .supervisor ? nil : try PIN.ask(`operator`, for: what)
    var revision = revision
    if revision == nil, !Self.ofStubs.contains(action), !session.lanes.contains(subject) {
      revision = try session.call(SaleInterface.Get.self, .init(sale: subject)).sale.revision
    }
    let output = try session.call(
      SystemInterface.Approve.self,
      .init(
        idempotencyKey: used, operator: `operator`, proof: proof, action: action, subject: subject, revision: revision,
        reason: reason, amount: most, tender: tender,
        decision: decision.flatMap { Wire.ApprovedDecision(rawValue: $0.rawValue) }), key: used)
    connection.show(output) {
      [
        "\(text("approval", "批准号")) \(output.approval)  \(text("until", "有效至")) \(Moment.text(output.expires))  \(what)",
        "  \(text("repeat the command with", "重新执行命令并加上")) --approval \(output.approval)",
      ]
    }
  }

  /// Who approves says to what: a decision the other way round is another one.
  private func checkDecision() throws {
    guard action == Self.deciding else {
      guard tender == nil, decision == nil else {
        throw Failure.usage(
          text(
            "\(action) decides about no tender: leave --tender and the decision out",
            "\(action) 不涉及支付认定：去掉 --tender 和认定结果"))
      }
      return
    }
    guard tender != nil, decision != nil else {
      throw Failure.usage(
        text(
          "say what is decided, and about which tender: --tender t1, and --paid or --not-paid, or of a held sale --complete, "
            + "--refund or --void",
          "请写明认定哪一笔支付及结果：--tender t1，以及 --paid 或 --not-paid；挂起的销售用 --complete、--refund 或 --void"))
    }
  }

  /// From the person at the terminal; nil when the action has none.
  private func askAmount() throws -> String? {
    guard ApprovalAction(rawValue: action)?.binding == .required else { return nil }
    guard isatty(STDIN_FILENO) == 1 else { throw Self.amountMissing(action) }
    Terminal.writeError(text("amount that \(action) may come to: ", "\(action) 的最高金额："))
    guard let line = readLine(), !line.isEmpty else { throw Self.amountMissing(action) }
    return line
  }

  private static func amountMissing(_ action: String) -> Failure {
    .usage(
      text(
        "\(action) is approved up to an amount: --amount, as ApprovalRequired named it",
        "\(action) 要写明最高金额：--amount，即 ApprovalRequired 给出的金额"))
  }
}

struct PINCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pin", abstract: "Makes the text for an operator's PIN in counterfoil.toml.",
    discussion: """
      The PIN is asked for twice without echo, or read from a pipe; it is never an argument. Only the text goes into the
      configuration, as pin = "..." of an [[operator]].
      EXAMPLE: counterfoil pin
      """)
  /// Rounds of PBKDF2: a tenth of a second for who signs in, years for who tries all PINs of eight digits.
  static let iterations = 200_000
  static let saltBytes = 16
  static let hashBytes = 32
  static let shortest = 4

  @Flag(help: "Output for programs.") var json = false

  func run() throws {
    guard let pin = try Secret.read(text("new PIN: ", "新 PIN：")), pin.count >= Self.shortest else {
      throw Failure.usage(text("a PIN has at least \(Self.shortest) characters", "PIN 至少 \(Self.shortest) 个字符"))
    }
    if isatty(STDIN_FILENO) == 1, try Secret.read(text("once more: ", "再输一次：")) != pin {
      throw Failure.usage(text("the two are not the same", "两次输入不一致"))
    }
    var salt = [UInt8](repeating: 0, count: Self.saltBytes)
    for index in salt.indices { salt[index] = .random(in: 0 ... .max) }
    var hash = [UInt8](repeating: 0, count: Self.hashBytes)
    let status = PKCS5_PBKDF2_HMAC(
      pin, Int32(pin.utf8.count), salt, Int32(salt.count), Int32(Self.iterations), EVP_sha256(), Int32(hash.count),
      &hash)
    guard status == 1 else {
      throw Failure("protocol", text("libcrypto refused to derive", "libcrypto 无法派生"), exit: .software)
    }
    let text = PinHash(iterations: Self.iterations, salt: salt, hash: hash).text
    Terminal.writeLine(json ? "{\"pin\":\"\(text)\"}" : "pin = \"\(text)\"")
  }
}
