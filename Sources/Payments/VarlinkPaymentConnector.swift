public import Engine
import Glibc
import Interfaces
import JSON
import Money
import Synchronization
import Till
public import Varlink

/// Times of a connector, in one place.
enum ConnectorLimit {
  /// How long the answer to anything but Pay is waited for.
  static let answer = Duration.seconds(10)
  /// How long it takes to reach a service on this machine, at most.
  static let connect = Duration.seconds(2)
  /// Between two tries to learn what the provider can do, milliseconds: the first, and the most, each twice the one before.
  static let retryMilliseconds: UInt64 = 1_000
  static let longestRetryMilliseconds: UInt64 = 32_000
  /// The longest word of news that is read, bytes, and how many are heard in a second.
  static let hintBytes = 4 << 10
  static let hintsInASecond = 100
  /// How long at most a connection is held on which nothing is asked: its end says that the service was started anew, and
  /// a service may take the address over while the one before still runs.
  static let watch = Duration.seconds(60)
  /// So many tries in a row that reach nobody are no new start of the service any more.
  static let misses = 2
  /// What was there for so long is no service that ends each connection behind its answer.
  static let stay = Duration.seconds(1)
  /// The longest answer that is read, bytes.
  static let answerBytes = 64 << 10
}

/// A payment provider behind `io.counterfoil.PaymentProvider` on a Unix socket.
///
/// Each order has a connection and a thread of its own for as long as it takes, so that one customer who types a password
/// holds nobody else up. The register gives an order only when the one before of the same number was answered.
///
/// On each connection the service says first what it can do and for which merchant account it speaks: what is of another
/// account is not said to it. One more connection is held, on which nothing is asked, to see the service start anew.
public final class VarlinkPaymentConnector: PaymentConnector {
  private let address: VarlinkAddress
  private let state = Mutex(State())

  private struct State {
    var report: (@Sendable (ProviderReport) -> Void)?
    var said: Said?
    /// It tells of news, and a thread hears it.
    var isHeard = false
    /// Tries in a row that reached nobody, and what was told of them.
    var misses = 0
    var told: ProviderReach?
    var isStopped = false
  }

  /// What a service says of itself.
  private struct Said: Equatable {
    var policy: ProviderPolicy
    var abilities: ProviderAbilities
  }

  /// Who is there, by its own words.
  private enum Who {
    case known(Said)
    /// It has no such method: it never says for which account it speaks.
    case wordless
    /// An error, or nothing that can be read: it may be anybody.
    case unidentified

    /// The account that it speaks for, where it may be one.
    var account: String? {
      if case .known(let said) = self { ProviderAccount.checked(said.abilities.account) } else { nil }
    }

    /// Why an order of this account is not for it; nil: it is.
    func refuses(_ account: String?) -> NotSent? {
      guard account != nil else { return nil }
      return switch self {
      case .known(let said): ProviderAccount.differ(account, said.abilities.account) ? .otherAccount : nil
      case .wordless: nil
      case .unidentified: .unidentified
      }
    }
  }

  public init(_ address: VarlinkAddress) { self.address = address }

  public func start(_ report: @escaping @Sendable (ProviderReport) -> Void) {
    state.withLock { $0.report = report }
    _ = startThread("provider") { [self] in
      var wait = ConnectorLimit.retryMilliseconds
      while !isStopped, !isKnown() {
        pauseThread(milliseconds: wait)
        wait = min(2 * wait, ConnectorLimit.longestRetryMilliseconds)
      }
      // A thread of another name: who looks at the box sees whether its providers are known.
      _ = startThread("providerWatch") { [self] in
        var wait = ConnectorLimit.retryMilliseconds
        while !isStopped {
          let began = ContinuousClock.now
          let isThere = watch()
          // One that answered and stayed for a while is looked for at once when it is gone.
          if ContinuousClock.now - began > ConnectorLimit.stay { wait = ConnectorLimit.retryMilliseconds }
          guard !isThere, !isStopped else { continue }
          pauseThread(milliseconds: wait)
          wait = min(2 * wait, ConnectorLimit.longestRetryMilliseconds)
        }
      }
    }
  }

  public func stop() { state.withLock { $0.isStopped = true } }

  public func carryOut(_ order: ProviderOrder) {
    let (report, isStopped) = state.withLock { ($0.report, $0.isStopped) }
    guard let report, !isStopped else { return }
    let isOnItsWay = startThread("payment") { [self] in
      guard let (answer, content) = answer(order) else {
        report(.withheld(number: order.number, serial: order.serial))
        return
      }
      if let content { report(.shown(number: order.number, serial: order.serial, content: content)) }
      report(.answered(number: order.number, serial: order.serial, answer))
    }
    if !isOnItsWay { report(.answered(number: order.number, serial: order.serial, .unknown(why: "noThread"))) }
  }

  private var isStopped: Bool { state.withLock { $0.isStopped } }

  /// Hears of which orders there may be news, for as long as the box runs.
  private func follow(_ report: @Sendable (ProviderReport) -> Void) {
    var wait = ConnectorLimit.retryMilliseconds
    var (second, heard) = (ContinuousClock.now, 0)
    while !isStopped {
      do throws(VarlinkError) {
        var client = try VarlinkClient(
          address, timeout: ConnectorLimit.connect, largestReply: ConnectorLimit.hintBytes)
        let input = PaymentProviderInterface.Follow.Input().bytes
        try client.callMore(PaymentProviderInterface.Follow.name, input) { (reply, _) throws(VarlinkError) in
          wait = ConnectorLimit.retryMilliseconds
          if ContinuousClock.now - second > .seconds(1) { (second, heard) = (.now, 0) }
          heard += 1
          let news = try? PaymentProviderInterface.Follow.Output(parsing: reply, tolerant: true)
          // What is too much, or no number of ours, is not heard: it is no more than a reason to ask sooner.
          if let news, heard <= ConnectorLimit.hintsInASecond, OrderNumber(news.number) != nil {
            report(.hint(number: news.number))
          }
          return !isStopped
        }
      } catch {}
      pauseThread(milliseconds: wait)
      wait = min(2 * wait, ConnectorLimit.longestRetryMilliseconds)
    }
  }

  // MARK: - who is there

  private func isKnown() -> Bool {
    reached { (client: inout VarlinkClient) in true }
  }

  /// Tries to reach the service and to learn what it is, says what came of it, and goes on with the connection. False: in
  /// vain.
  private func reached(_ then: (inout VarlinkClient) -> Bool) -> Bool {
    do throws(CallFailure) {
      var client = try connect()
      guard case .known = try identify(&client) else {
        missed(.unreadable)
        return false
      }
      tell(.there)
      return then(&client)
    } catch {
      missed(error.why)
      return false
    }
  }

  /// One try in vain may be a service that starts anew.
  private func missed(_ why: ProviderGone) {
    let isGone = state.withLock { state in
      state.misses = min(state.misses + 1, ConnectorLimit.misses)
      return state.misses >= ConnectorLimit.misses
    }
    if isGone { tell(.gone(why)) }
  }

  private func tell(_ reach: ProviderReach) {
    state.withLock { state in
      if reach == .there { state.misses = 0 }
      guard state.told != reach else { return }
      state.told = reach
      // In the lock: what was so later is told later.
      state.report?(.reach(reach))
    }
  }

  /// Holds a connection for a while. False: nobody was there, it said nothing of use, or it ended the connection before.
  private func watch() -> Bool {
    reached { (client: inout VarlinkClient) in !client.waitForEnd(timeout: ConnectorLimit.watch) }
  }

  /// What the service on this connection says of itself, told to the register when it is news. Throws when nothing can be
  /// asked on the connection any more.
  private func identify(
    _ client: inout VarlinkClient, _ timeout: Duration = ConnectorLimit.answer
  ) throws(CallFailure) -> Who {
    let output: PaymentProviderInterface.Capabilities.Output
    do throws(CallFailure) {
      output = try call(&client, PaymentProviderInterface.Capabilities.self, .init(), timeout)
    } catch {
      guard error.isAnswer else { throw error }
      return error.isMissingMethod ? .wordless : .unidentified
    }
    let said = Said(
      policy: ProviderPolicy(output.schedule),
      abilities: ProviderAbilities(
        refunds: output.capabilities.contains(.refund), answersForRefunds: output.capabilities.contains(.queryRefund),
        makesCodes: output.capabilities.contains(.createQR) && output.capabilities.contains(.close),
        repeatsCodes: output.capabilities.contains(.createQRAgain),
        account: ProviderAccount.said(output.account),
        refundLimits: RefundLimits(
          days: output.limits.refundDays, intervalSeconds: output.limits.refundIntervalSeconds),
        reverseDays: output.limits.reverseDays))
    let tellsNews = output.capabilities.contains(.notify)
    let newlyTold = state.withLock { state -> (@Sendable (ProviderReport) -> Void)? in
      guard let report = state.report else { return nil }
      if state.said != said {
        state.said = said
        // In the lock: what was said later is told later.
        report(.abilities(said.abilities))
        report(.policy(said.policy))
      }
      guard tellsNews, !state.isHeard else { return nil }
      state.isHeard = true
      return report
    }
    if let newlyTold { _ = startThread("hints") { [self] in follow(newlyTold) } }
    return .known(said)
  }

  // MARK: - calls

  /// What became of an order, and what the code says that it made; nil: it was not said, and it is not the first one.
  private func answer(_ order: ProviderOrder) -> (ProviderAnswer, String?)? {
    var isSaid = false
    let policy = state.withLock { $0.said?.policy } ?? .standard
    do throws(CallFailure) {
      var client = try connect()
      // A payment is not kept waiting for longer than its own answer would be.
      let who = try identify(&client, order.step.isFirst ? .milliseconds(policy.payTimeout) : ConnectorLimit.answer)
      if let why = who.refuses(order.account) { return order.step.isFirst ? (.notSent(why), nil) : nil }
      if let account = who.account {
        state.withLock { $0.report }?(.addressed(number: order.number, serial: order.serial, account: account))
      }
      isSaid = true
      var now = policy
      if case .known(let said) = who { now = said.policy }
      guard case .createCode(let code) = order.step else { return (try told(order, &client, now), nil) }
      return try create(order, code, &client, now)
    } catch {
      // The only failure behind which it is certain that nothing was sent.
      guard isSaid || !order.step.isFirst else { return (.notSent(.unreachable), nil) }
      // Nor was anything done by a connector that has no such method.
      if order.step.mayBeMissing, error.isMissingMethod { return (.declined(why: "notSupported"), nil) }
      return (.unknown(why: error.text), nil)
    }
  }

  private func create(
    _ order: ProviderOrder, _ code: CodeOrder, _ client: inout VarlinkClient, _ policy: ProviderPolicy
  ) throws(CallFailure) -> (ProviderAnswer, String?) {
    let output = try call(
      &client, PaymentProviderInterface.CreateQR.self,
      .init(
        number: order.number, amount: order.amount, currency: order.currency, description: "", expires: code.expires),
      .milliseconds(policy.payTimeout))
    let answer = ProviderAnswer(output.result).without(output.content)
    // Asked for again, only a code is an answer: how the order stands is what a question is for.
    guard code.isFirst || answer == .pending else { return (.unknown(why: "noCode"), nil) }
    guard let content = output.content, PaymentCode.isShowable(content) else {
      // Without a code nobody can pay; the order may be there all the same.
      return (answer == .pending ? .unknown(why: "noCode") : answer, nil)
    }
    return (answer, answer == .pending ? content : nil)
  }

  private func told(
    _ order: ProviderOrder, _ client: inout VarlinkClient, _ policy: ProviderPolicy
  ) throws(CallFailure) -> ProviderAnswer {
    typealias Provider = PaymentProviderInterface
    switch order.step {
    case .pay(let code):
      let input = Provider.Pay.Input(
        number: order.number, amount: order.amount, currency: order.currency,
        code: String(decoding: code, as: UTF8.self), description: "")
      return ProviderAnswer(
        try call(&client, Provider.Pay.self, input, .milliseconds(policy.payTimeout)).result)
    case .query:
      return ProviderAnswer(
        try call(&client, Provider.Query.self, .init(number: order.number), ConnectorLimit.answer).result)
    case .close:
      return ProviderAnswer(
        try call(&client, Provider.Close.self, .init(number: order.number), ConnectorLimit.answer).result)
    case .createCode: return .unknown(why: "noCode")
    case .reverse:
      return ProviderAnswer(
        try call(&client, Provider.Reverse.self, .init(number: order.number), ConnectorLimit.answer).result)
    case .refund(let refund):
      let input = Provider.Refund.Input(
        number: refund.order, refund: order.number, amount: order.amount, total: refund.total,
        currency: order.currency)
      return ProviderAnswer(
        try call(&client, Provider.Refund.self, input, .milliseconds(policy.payTimeout)).result)
    case .queryRefund(let refund):
      let input = Provider.QueryRefund.Input(number: refund.order, refund: order.number)
      return ProviderAnswer(try call(&client, Provider.QueryRefund.self, input, ConnectorLimit.answer).result)
    }
  }

  private enum CallFailure: Error {
    case unreachable(ProviderGone)
    /// An error of the service, or an answer that cannot be read: the connection goes on.
    case refused(String)
    case unanswered(String)

    /// Why the service is as good as gone.
    var why: ProviderGone {
      switch self {
      case .unreachable(let why): why
      case .refused: .unreadable
      case .unanswered(let text): text == Self.unreadable ? .unreadable : .silent
      }
    }

    static let unreadable = "unreadable"

    var isAnswer: Bool { if case .refused = self { true } else { false } }

    var isMissingMethod: Bool {
      guard case .refused(let name) = self else { return false }
      return ["org.varlink.service.MethodNotFound", "org.varlink.service.MethodNotImplemented"].contains(name)
    }

    var text: String {
      switch self {
      case .unreachable: NotSent.unreachable.rawValue
      case .refused(let text), .unanswered(let text): text
      }
    }
  }

  private func connect() throws(CallFailure) -> VarlinkClient {
    do throws(VarlinkError) {
      return try VarlinkClient(address, timeout: ConnectorLimit.connect, largestReply: ConnectorLimit.answerBytes)
    } catch { throw .unreachable(ProviderGone(error)) }
  }

  private func call<M: OutwardMethod>(
    _ client: inout VarlinkClient, _ method: M.Type, _ input: M.Input, _ timeout: Duration
  ) throws(CallFailure) -> M.Output {
    let reply: [UInt8]
    do throws(VarlinkError) {
      reply = try client.call(M.name, input.bytes, timeout: timeout)
    } catch {
      switch error {
      case .timedOut: throw .unanswered("timeout")
      case .closed: throw .unanswered("connectionLost")
      case .remote(let name, _): throw .refused(name)
      default: throw .unanswered(CallFailure.unreadable)
      }
    }
    do { return try M.Output(parsing: reply, tolerant: true) } catch { throw .refused(CallFailure.unreadable) }
  }
}

extension ProviderOrder.Step {
  /// True for an order that moves money and never went out before.
  fileprivate var isFirst: Bool {
    switch self {
    case .pay: true
    case .createCode(let code): code.isFirst
    case .refund(let refund): refund.isFirst
    case .query, .reverse, .close, .queryRefund: false
    }
  }

  /// True for a first order that a connector need not know.
  fileprivate var mayBeMissing: Bool {
    switch self {
    case .createCode(let code): code.isFirst
    case .refund(let refund): refund.isFirst
    case .pay, .query, .reverse, .close, .queryRefund: false
    }
  }
}

extension ProviderPolicy {
  init(_ schedule: Wire.ProviderSchedule) {
    self.init(
      payTimeout: schedule.payTimeout, firstQuery: schedule.firstQuery, queryInterval: schedule.queryInterval,
      window: schedule.window, reverseNotBefore: schedule.reverseNotBefore,
      firstIntervals: schedule.firstIntervals ?? [], codeWindow: schedule.codeWindow)
  }
}

extension ProviderAnswer {
  /// What a connector said; what it left out makes the answer unknown.
  init(_ result: Wire.ProviderResult) {
    switch result.outcome {
    case .approved:
      guard let amount = result.amount, let currency = result.currency else {
        self = .unknown(why: "incomplete")
        return
      }
      self = .approved(amount: Amount(amount), currency: currency, reference: result.reference)
    case .declined: self = .declined(why: result.why ?? "declined")
    case .pending: self = .pending
    case .unknown: self = .unknown(why: result.why ?? "unknown")
    case .notFound: self = .notFound
    case .closed: self = .closed
    case .reversed: self = .reversed
    }
  }
}

extension ProviderGone {
  /// Why nobody could be reached.
  init(_ error: VarlinkError) {
    guard case .system(_, _, let number) = error else {
      self = .silent
      return
    }
    switch number {
    case ENOENT, ENOTDIR: self = .missing
    case EACCES, EPERM: self = .denied
    case ECONNREFUSED: self = .refused
    default: self = .silent
    }
  }
}
