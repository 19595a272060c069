import Interfaces
import JSON
public import Varlink

/// A payment provider with a script, served as `io.counterfoil.PaymentProvider`. Its books are used on the server's event
/// loop only.
public final class VirtualProvider: @unchecked Sendable {
  private var books: ProviderBooks
  private let schedule: Wire.ProviderSchedule
  private let refuses: Bool
  private let showsCodes: Bool
  private let account: String?
  private let limits: Wire.ProviderLimits
  /// How often it named one, when it is another each time.
  private var named = 0
  private let isLenient: Bool
  private let tell: @Sendable (_ method: String, _ number: String, _ outcome: String) -> Void
  /// Set before anything is served.
  public var server: VarlinkServer?
  /// Answers that wait.
  private var held: [() -> Void] = []
  private var followers: [Int: VarlinkReply] = [:]
  private var follower = 0
  private var untold: [String] = []
  private let notices: Notices?

  /// How news is told.
  public struct Notices: Sendable {
    /// How often each; 0: it is lost.
    public var times: Int
    /// Milliseconds behind the news.
    public var late: Int
    /// Each comes with one of an order that is nobody's here.
    public var strangers: Bool

    public init(times: Int, late: Int = 0, strangers: Bool = false) {
      (self.times, self.late, self.strangers) = (times, late, strangers)
    }
  }

  /// Times in milliseconds, as in the interface.
  public struct Schedule: Sendable {
    public var payTimeout: Int64 = 3_000
    public var firstQuery: Int64 = 500
    public var queryInterval: Int64 = 500
    public var window: Int64 = 10_000
    public var reverseNotBefore: Int64 = 1_000
    public var firstIntervals: [Int64]?
    public var codeWindow: Int64?

    public init() {}
  }

  public init(
    ledger: String, scripts: [ProviderScript], refunds: [RefundScript] = [.approve], givesRefunds: Bool = true,
    showsCodes: Bool = true, repeatsCodes: Bool = false, notices: Notices? = nil, schedule: Schedule = Schedule(),
    faults: Set<ProviderFault> = [], account: String? = nil, refundDays: Int64? = nil,
    refundIntervalSeconds: Int64? = nil,
    tell: @escaping @Sendable (_ method: String, _ number: String, _ outcome: String) -> Void
  ) throws(ProviderFileError) {
    books = try ProviderBooks(ledger: ledger, scripts: scripts, refunds: refunds)
    refuses = !givesRefunds
    self.showsCodes = showsCodes
    self.notices = notices
    books.repeatsCodes = repeatsCodes
    books.faults = faults
    isLenient = faults.contains(.lenient)
    self.schedule = Wire.ProviderSchedule(
      payTimeout: schedule.payTimeout, firstQuery: schedule.firstQuery, queryInterval: schedule.queryInterval,
      window: schedule.window, reverseNotBefore: schedule.reverseNotBefore, firstIntervals: schedule.firstIntervals,
      codeWindow: schedule.codeWindow)
    self.tell = tell
    self.account = account
    limits = Wire.ProviderLimits(refundDays: refundDays, refundIntervalSeconds: refundIntervalSeconds)
  }

  /// How the next orders are treated.
  public func follow(_ scripts: [ProviderScript]) { server?.execute { [self] in books.follow(scripts) } }

  /// How the next refunds are treated.
  public func followRefunds(_ scripts: [RefundScript]) { server?.execute { [self] in books.followRefunds(scripts) } }

  /// The customer pays the newest order whose code is shown.
  public func payShown() {
    server?.execute { [self] in
      _ = try? books.payShown()
      tellNews()
    }
  }

  private func follow(_ reply: VarlinkReply) {
    follower += 1
    let id = follower
    followers[id] = reply
    reply.onCancel { [self] in followers[id] = nil }
    let missed = untold
    untold = []
    for number in missed { tell(number) }
  }

  /// Who is told when nobody follows? Whoever comes next, of the newest.
  private func tell(_ number: String) {
    tell("Follow", number, followers.isEmpty ? "kept" : "told")
    guard !followers.isEmpty else {
      untold = untold.suffix(Self.mostUntold - 1) + [number]
      return
    }
    let output = PaymentProviderInterface.Follow.Output(number: number)
    for reply in followers.values { _ = reply.replyContinues { output.write(to: &$0) } }
  }

  private static let mostUntold = 64

  /// Tells whoever follows, as it is told to.
  private func tellNews() {
    let news = books.news
    books.news = []
    guard let notices else { return }
    for number in news {
      for _ in 0..<notices.times {
        // The same form, and nobody's.
        let stranger = String(number.dropLast(4)) + "0000"
        for number in notices.strangers ? [stranger, number] : [number] {
          server?.execute(afterMilliseconds: Int64(notices.late)) { [self] in tell(number) }
        }
      }
    }
  }

  /// Gives all answers that were held back.
  public func release() {
    server?.execute { [self] in
      let ready = held
      held = []
      for one in ready { one() }
    }
  }

  public func service(version: String) throws(VarlinkError) -> VarlinkService {
    typealias Provider = PaymentProviderInterface
    var service = try VarlinkService(
      vendor: "Counterfoil", product: "Scripted payment provider", version: version,
      url: "https://counterfoil.io/PaymentProvider")
    try service.add(
      InterfaceText.paymentProvider,
      methods: [
        "Capabilities": method(Provider.Capabilities.self) { provider, _, reply in
          let output = Provider.Capabilities.Output(
            provider: "scripted",
            capabilities: [.pay, .query, .reverse, .close, .statement]
              + (provider.showsCodes ? [.createQR] : []) + (provider.books.repeatsCodes ? [.createQRAgain] : [])
              + (provider.notices == nil ? [] : [.notify])
              + (provider.refuses ? [] : [.refund, .queryRefund]),
            currencies: ["CNY"], schedule: provider.schedule, limits: provider.limits,
            account: provider.nameAccount())
          reply.reply { output.write(to: &$0) }
        },
        "Pay": method(Provider.Pay.self) { (provider, input, reply) throws(ProviderFileError) in
          provider.answer("Pay", input.number, try provider.books.pay(input), reply) { Provider.Pay.Output(result: $0) }
        },
        "Query": method(Provider.Query.self) { (provider, input, reply) throws(ProviderFileError) in
          provider.answer("Query", input.number, try provider.books.query(input.number), reply) {
            Provider.Query.Output(result: $0)
          }
        },
        "Reverse": method(Provider.Reverse.self) { (provider, input, reply) throws(ProviderFileError) in
          provider.answer("Reverse", input.number, try provider.books.reverse(input.number), reply) {
            Provider.Reverse.Output(result: $0)
          }
        },
        "CreateQR": method(Provider.CreateQR.self) { (provider, input, reply) throws(ProviderFileError) in
          guard provider.showsCodes else {
            reply.methodNotImplemented("CreateQR")
            return
          }
          let result = try provider.books.create(input)
          let code = provider.books.code(input.number)
          provider.answer("CreateQR", input.number, result, reply) {
            Provider.CreateQR.Output(result: $0, content: $0.outcome == .pending ? code : nil)
          }
        },
        "Follow": method(Provider.Follow.self) { (provider, _, reply) throws(ProviderFileError) in
          guard provider.notices != nil else {
            reply.methodNotImplemented("Follow")
            return
          }
          provider.follow(reply)
        },
        "Close": method(Provider.Close.self) { (provider, input, reply) throws(ProviderFileError) in
          provider.answer("Close", input.number, try provider.books.close(input.number), reply) {
            Provider.Close.Output(result: $0)
          }
        },
        "Refund": method(Provider.Refund.self) { (provider, input, reply) throws(ProviderFileError) in
          provider.answer("Refund", input.number, try provider.books.refund(input), reply) {
            Provider.Refund.Output(result: $0)
          }
        },
        "QueryRefund": method(Provider.QueryRefund.self) { (provider, input, reply) throws(ProviderFileError) in
          let result = try provider.books.queryRefund(input.number, input.refund)
          provider.answer("QueryRefund", input.number, result, reply) { Provider.QueryRefund.Output(result: $0) }
        },
        "Statement": method(Provider.Statement.self) { provider, input, reply in
          let output = provider.page(input)
          reply.reply { output.write(to: &$0) }
        },
      ])
    return service
  }

  /// So many lines of a statement at once.
  private static let pageLines = 100

  private func page(_ input: PaymentProviderInterface.Statement.Input) -> PaymentProviderInterface.Statement.Output {
    let all = books.statement(input.from, input.to)
    let first = min(max(0, input.after.flatMap { Int($0) } ?? 0), all.count)
    let end = min(first + Self.pageLines, all.count)
    if books.faults.contains(.samePage), !all.isEmpty { return .init(entries: [], next: "0") }
    return .init(entries: Array(all[first..<end]), next: end < all.count ? String(end) : nil)
  }

  private func nameAccount() -> String? {
    guard books.faults.contains(.otherAccounts) else { return account }
    named += 1
    return "account-\(named)"
  }

  private func method<M: OutwardMethod>(
    _ type: M.Type,
    _ body: @escaping @Sendable (VirtualProvider, M.Input, VarlinkReply) throws(ProviderFileError) -> Void
  ) -> VarlinkHandler {
    { [self] call, reply in
      let input: M.Input
      do throws(MessageError) {
        var reader = JSONReader(call.parameters)
        input = try M.Input(reading: &reader, tolerant: isLenient)
      } catch {
        reply.invalidParameter(error.parameter)
        return
      }
      // Books that cannot be written say nothing.
      do throws(ProviderFileError) { try body(self, input, reply) } catch { reply.abandon() }
      tellNews()
    }
  }

  private func answer<Output: WireMessage>(
    _ method: String, _ number: String, _ what: ProviderBooks.Reply, _ reply: VarlinkReply,
    _ make: (Wire.ProviderResult) -> Output
  ) {
    switch what {
    case .now(let result):
      let output = make(result)
      tell(method, number, result.outcome.rawValue)
      reply.reply { output.write(to: &$0) }
    case .later(let result, let milliseconds):
      let output = make(result)
      tell(method, number, "slow")
      server?.execute(afterMilliseconds: Int64(milliseconds)) { reply.reply { output.write(to: &$0) } }
    case .held(let result):
      let output = make(result)
      tell(method, number, "held")
      held.append { reply.reply { output.write(to: &$0) } }
    case .never:
      tell(method, number, "lost")
      reply.abandon()
    }
  }
}
