public import Engine
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
  /// The longest answer that is read, bytes.
  static let answerBytes = 64 << 10
}

/// A payment provider behind `io.counterfoil.PaymentProvider` on a Unix socket.
///
/// Each order has a connection and a thread of its own for as long as it takes, so that one customer who types a password
/// holds nobody else up. The register gives an order only when the one before of the same number was answered.
public final class VarlinkPaymentConnector: PaymentConnector {
  private let address: VarlinkAddress
  private let state = Mutex(State())

  private struct State {
    var report: (@Sendable (ProviderReport) -> Void)?
    var policy = ProviderPolicy.standard
    var isStopped = false
  }

  public init(_ address: VarlinkAddress) { self.address = address }

  public func start(_ report: @escaping @Sendable (ProviderReport) -> Void) {
    state.withLock { $0.report = report }
    _ = startThread("provider") { [self] in
      var wait = ConnectorLimit.retryMilliseconds
      while !state.withLock({ $0.isStopped }) {
        if let (policy, abilities, tellsNews) = capabilities() {
          state.withLock { $0.policy = policy }
          report(.abilities(abilities))
          if tellsNews { _ = startThread("hints") { [self] in follow(report) } }
          return report(.policy(policy))
        }
        pauseThread(milliseconds: wait)
        wait = min(2 * wait, ConnectorLimit.longestRetryMilliseconds)
      }
    }
  }

  public func stop() { state.withLock { $0.isStopped = true } }

  public func carryOut(_ order: ProviderOrder) {
    let (report, policy, isStopped) = state.withLock { ($0.report, $0.policy, $0.isStopped) }
    guard let report, !isStopped else { return }
    let isOnItsWay = startThread("payment") { [self] in
      let (answer, content) = answer(order, policy)
      if let content { report(.shown(number: order.number, serial: order.serial, content: content)) }
      report(.answered(number: order.number, serial: order.serial, answer))
    }
    if !isOnItsWay { report(.answered(number: order.number, serial: order.serial, .unknown(why: "noThread"))) }
  }

  // MARK: - calls

  /// Hears of which orders there may be news, for as long as the box runs.
  private func follow(_ report: @Sendable (ProviderReport) -> Void) {
    var wait = ConnectorLimit.retryMilliseconds
    var (second, heard) = (ContinuousClock.now, 0)
    while !state.withLock({ $0.isStopped }) {
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
          return !state.withLock { $0.isStopped }
        }
      } catch {}
      pauseThread(milliseconds: wait)
      wait = min(2 * wait, ConnectorLimit.longestRetryMilliseconds)
    }
  }

  private func capabilities() -> (ProviderPolicy, ProviderAbilities, tellsNews: Bool)? {
    guard
      let output = try? call(PaymentProviderInterface.Capabilities.self, .init(), ConnectorLimit.answer)
    else { return nil }
    let abilities = ProviderAbilities(
      refunds: output.capabilities.contains(.refund), answersForRefunds: output.capabilities.contains(.queryRefund),
      makesCodes: output.capabilities.contains(.createQR) && output.capabilities.contains(.close),
      repeatsCodes: output.capabilities.contains(.createQRAgain))
    return (ProviderPolicy(output.schedule), abilities, output.capabilities.contains(.notify))
  }

  /// What became of an order, and what the code says that it made.
  private func answer(_ order: ProviderOrder, _ policy: ProviderPolicy) -> (ProviderAnswer, String?) {
    do {
      guard case .createCode(let code) = order.step else { return (try told(order, policy), nil) }
      return try create(order, code, policy)
    } catch {
      // Nobody was there: the only failure behind which it is certain that nothing was sent.
      if case .unreachable = error, order.step.isFirst { return (.declined(why: error.text), nil) }
      // Nor was anything done by a connector that has no such method.
      if order.step.mayBeMissing, error.isMissingMethod { return (.declined(why: "notSupported"), nil) }
      return (.unknown(why: error.text), nil)
    }
  }

  private func create(
    _ order: ProviderOrder, _ code: CodeOrder, _ policy: ProviderPolicy
  ) throws(CallFailure) -> (ProviderAnswer, String?) {
    let output = try call(
      PaymentProviderInterface.CreateQR.self,
      .init(
        number: order.number, amount: order.amount, currency: order.currency, description: "", expires: code.expires),
      .milliseconds(policy.payTimeout))
    let answer = ProviderAnswer(output.result)
    // Asked for again, only a code is an answer: how the order stands is what a question is for.
    guard code.isFirst || answer == .pending else { return (.unknown(why: "noCode"), nil) }
    guard let content = output.content, PaymentCode.isShowable(content) else {
      // Without a code nobody can pay; the order may be there all the same.
      return (answer == .pending ? .unknown(why: "noCode") : answer, nil)
    }
    return (answer.without(content), answer == .pending ? content : nil)
  }

  private func told(_ order: ProviderOrder, _ policy: ProviderPolicy) throws(CallFailure) -> ProviderAnswer {
    typealias Provider = PaymentProviderInterface
    switch order.step {
    case .pay(let code):
      let input = Provider.Pay.Input(
        number: order.number, amount: order.amount, currency: order.currency,
        code: String(decoding: code, as: UTF8.self), description: "")
      return ProviderAnswer(
        try call(Provider.Pay.self, input, .milliseconds(policy.payTimeout)).result)
    case .query:
      return ProviderAnswer(
        try call(Provider.Query.self, .init(number: order.number), ConnectorLimit.answer).result)
    case .close:
      return ProviderAnswer(
        try call(Provider.Close.self, .init(number: order.number), ConnectorLimit.answer).result)
    case .createCode: return .unknown(why: "noCode")
    case .reverse:
      return ProviderAnswer(
        try call(Provider.Reverse.self, .init(number: order.number), ConnectorLimit.answer).result)
    case .refund(let refund):
      let input = Provider.Refund.Input(
        number: refund.order, refund: order.number, amount: order.amount, total: refund.total,
        currency: order.currency)
      return ProviderAnswer(
        try call(Provider.Refund.self, input, .milliseconds(policy.payTimeout)).result)
    case .queryRefund(let refund):
      let input = Provider.QueryRefund.Input(number: refund.order, refund: order.number)
      return ProviderAnswer(try call(Provider.QueryRefund.self, input, ConnectorLimit.answer).result)
    }
  }

  private enum CallFailure: Error {
    case unreachable
    case unanswered(String)

    var isMissingMethod: Bool {
      guard case .unanswered(let name) = self else { return false }
      return ["org.varlink.service.MethodNotFound", "org.varlink.service.MethodNotImplemented"].contains(name)
    }

    var text: String {
      switch self {
      case .unreachable: "unreachable"
      case .unanswered(let text): text
      }
    }
  }

  private func call<M: OutwardMethod>(
    _ method: M.Type, _ input: M.Input, _ timeout: Duration
  ) throws(CallFailure) -> M.Output {
    var client: VarlinkClient
    do throws(VarlinkError) {
      client = try VarlinkClient(address, timeout: ConnectorLimit.connect, largestReply: ConnectorLimit.answerBytes)
    } catch { throw .unreachable }
    let reply: [UInt8]
    do throws(VarlinkError) {
      reply = try client.call(M.name, input.bytes, timeout: timeout)
    } catch {
      switch error {
      case .timedOut: throw .unanswered("timeout")
      case .closed: throw .unanswered("connectionLost")
      case .remote(let name, _): throw .unanswered(name)
      default: throw .unanswered("unreadable")
      }
    }
    do { return try M.Output(parsing: reply, tolerant: true) } catch { throw .unanswered("unreadable") }
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
