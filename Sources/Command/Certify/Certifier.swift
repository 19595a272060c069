import Engine
import Interfaces
import Varlink

/// What became of one check.
enum CheckOutcome: String {
  case passed, failed
  /// The connector does not say that it can do this.
  case notOffered
  /// It could not be made, mostly because one before it failed.
  case notRun
}

/// Why a check ends before its end.
enum CheckEnd: Error {
  case failed(String)
  case notOffered
  case notRun(String)
}

/// A rule of `io.counterfoil.PaymentProvider`, and how it is looked at.
struct Check: Sendable {
  var name: String
  /// What it proves, English and Chinese.
  var proves: (String, String)
  var run: @Sendable (inout Certifier) throws -> Void

  init(
    _ name: String, _ english: String, _ chinese: String, _ run: @escaping @Sendable (inout Certifier) throws -> Void
  ) {
    self.name = name
    proves = (english, chinese)
    self.run = run
  }
}

/// Plays the daemon's side against a connector. Each check begins with orders of its own, and what was paid goes back.
struct Certifier {
  typealias Provider = PaymentProviderInterface

  /// How long the answer to anything but Pay is waited for, as the daemon does.
  static let answer = Duration.seconds(10)
  /// The longest answer that the daemon reads, bytes.
  static let answerBytes = 64 << 10
  /// So many questions at most until a payment must be final.
  static let questions = 60
  /// Pages of a statement that are read at most.
  static let pages = 1_000

  let address: VarlinkAddress
  let amount: Int64
  private var codes: [String]
  var capabilities: Provider.Capabilities.Output?
  /// What the connector said of orders, by number: what its statement must agree with.
  var kept: [String: Kept] = [:]
  /// A payment that some checks share.
  var paid: String?
  let began: Int64
  private var random = SystemRandomNumberGenerator()

  /// What must be in the books under a number, minor units.
  struct Kept {
    var paid: Int64 = 0
    var reversed: Int64 = 0
    var refunded: Int64 = 0
    /// The box does not know what became of it; the statement may say anything that goes together.
    var isOpen = false
  }

  init(_ address: VarlinkAddress, amount: Int64, codes: [String], now: Int64) {
    self.address = address
    self.amount = amount
    self.codes = codes.reversed()
    began = now
  }

  // MARK: - what the checks use

  /// 32 of 0-9 and A-Z, never used before.
  mutating func number() -> String {
    let alphabet = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ".utf8)
    return "CERT" + String(decoding: (0..<28).map { _ in alphabet.randomElement(using: &random) ?? 48 }, as: UTF8.self)
  }

  /// The next code; the last one stays.
  mutating func code() -> String { codes.count > 1 ? codes.removeLast() : codes.first ?? "" }

  var currency: String { capabilities?.currencies.first ?? "" }

  func offers(_ capability: Wire.ProviderCapability) throws {
    guard let capabilities else { throw CheckEnd.notRun(text("its capabilities are not known", "不知道其能力")) }
    guard capabilities.capabilities.contains(capability) else { throw CheckEnd.notOffered }
  }

  func demand(_ holds: Bool, _ english: String, _ chinese: String) throws {
    guard holds else { throw CheckEnd.failed(text(english, chinese)) }
  }

  /// Calls on a connection of its own, as the daemon does.
  func call<M: OutwardMethod>(_ method: M.Type, _ input: M.Input, _ timeout: Duration = answer) throws -> M.Output {
    let reply: [UInt8]
    do throws(VarlinkError) {
      var client = try VarlinkClient(address, timeout: .seconds(2), largestReply: Self.answerBytes)
      reply = try client.call(M.name, input.bytes, timeout: timeout)
    } catch { throw CheckEnd.failed("\(Self.short(M.name)): \(error)") }
    do { return try M.Output(parsing: reply, tolerant: true) } catch {
      throw CheckEnd.failed("\(Self.short(M.name)): \(text("an answer that cannot be read", "应答无法读取")): \(error)")
    }
  }

  /// The name of the error that a call must be answered with.
  func error(_ method: String, _ parameters: String) throws -> String {
    do throws(VarlinkError) {
      var client = try VarlinkClient(address, timeout: .seconds(2), largestReply: Self.answerBytes)
      _ = try client.call(method, [UInt8](parameters.utf8), timeout: Self.answer)
      return "-"
    } catch {
      if case .remote(let name, _) = error { return name }
      throw CheckEnd.failed("\(Self.short(method)): \(error)")
    }
  }

  static func short(_ method: String) -> String { String(method.split(separator: ".").last ?? "") }

  func pay(_ number: String, code: String, amount: Int64? = nil) throws -> Wire.ProviderResult {
    guard let timeout = capabilities?.schedule.payTimeout else { throw CheckEnd.notRun("") }
    let input = Provider.Pay.Input(
      number: number, amount: amount ?? self.amount, currency: currency, code: code, description: "certification")
    return try call(Provider.Pay.self, input, .milliseconds(timeout)).result
  }

  func query(_ number: String) throws -> Wire.ProviderResult {
    try call(Provider.Query.self, .init(number: number)).result
  }

  func reverse(_ number: String) throws -> Wire.ProviderResult {
    try call(Provider.Reverse.self, .init(number: number)).result
  }

  /// Asks until it is final, as slowly as the connector wants.
  func settled(
    _ number: String, _ first: Wire.ProviderResult, questions: Int = Self.questions
  ) throws -> Wire.ProviderResult {
    var result = first
    for _ in 0..<questions where [.pending, .unknown, .notFound].contains(result.outcome) {
      pause()
      result = try query(number)
    }
    return result
  }

  /// Takes it back and asks, until it is final.
  func takenBack(_ number: String) throws -> Wire.ProviderResult {
    var result = Wire.ProviderResult(outcome: .unknown)
    for _ in 0..<Self.questions {
      _ = try reverse(number)
      result = try query(number)
      if [.closed, .reversed, .declined].contains(result.outcome) { return result }
      pause()
    }
    return result
  }

  /// A payment that went through, with what was heard of it looked at.
  mutating func payment() throws -> String {
    try offers(.pay)
    let number = number()
    kept[number] = Kept(isOpen: true)
    let result = try settled(number, try pay(number, code: code()))
    if result.outcome == .declined {
      kept[number] = Kept()
      throw CheckEnd.notRun(
        text(
          "the code was declined (\(result.why ?? "")): give one more by --codes",
          "付款码被拒绝（\(result.why ?? "")）：请用 --codes 再给一个"))
    }
    try demand(
      result.outcome == .approved, "\(number) is \(result.outcome.rawValue) and not approved",
      "\(number) 为 \(result.outcome.rawValue)，未成功")
    kept[number] = Kept(paid: amount)
    try echoed(result)
    return number
  }

  /// As long as the connector wants between two questions, within reason.
  func pause() {
    pauseThread(milliseconds: UInt64(min(max(capabilities?.schedule.queryInterval ?? 0, 10), 10_000)))
  }

  func echoed(_ result: Wire.ProviderResult) throws {
    try demand(
      result.amount == amount && result.currency == currency,
      "approved \(result.amount.map(String.init) ?? "no amount") \(result.currency ?? "in no currency"), not \(amount) \(currency)",
      "确认金额 \(result.amount.map(String.init) ?? "无") \(result.currency ?? "无币种")，应为 \(amount) \(currency)")
  }
}
