public import Till

/// One thing asked of a payment provider.
public struct ProviderOrder: Sendable, Hashable {
  public enum Step: Sendable, Hashable {
    /// Take money by the customer's code. Sent once for a number, never again.
    case pay(code: [UInt8])
    case query
    case reverse
    /// Make a code that the till shows. It moves no money by itself.
    case createCode(CodeOrder)
    /// Close an order that is not paid. A paid one stays paid.
    case close
    /// Give money of a paid order back. The same number again moves nothing a second time.
    case refund(RefundOrder)
    case queryRefund(RefundOrder)
  }

  public var step: Step
  /// Our order number; of a refund the refund's.
  public var number: String
  /// Minor units.
  public var amount: Int64
  /// ISO 4217.
  public var currency: String
  /// Tells the orders of one number apart; the answer comes with it.
  public var serial: UInt64
  /// The merchant account that it is of: it is never said to another one. nil: not known.
  public var account: String?

  public init(
    step: Step, number: String, amount: Int64, currency: String, serial: UInt64 = 0, account: String? = nil
  ) {
    self.account = account
    self.serial = serial
    self.step = step
    self.number = number
    self.amount = amount
    self.currency = currency
  }
}

/// A code that the till shows.
public struct CodeOrder: Sendable, Hashable {
  /// When it stops working, UTC milliseconds.
  public var expires: Int64
  /// It never went out before: when nobody is there to take it, nothing was sent.
  public var isFirst: Bool

  public init(expires: Int64, isFirst: Bool) {
    self.expires = expires
    self.isFirst = isFirst
  }
}

/// What a refund gives back.
public struct RefundOrder: Sendable, Hashable {
  /// Number of the order that was paid.
  public var order: String
  /// Minor units of that order.
  public var total: Int64
  /// It never went out before: when nobody is there to take it, nothing was sent.
  public var isFirst: Bool

  public init(order: String, total: Int64, isFirst: Bool) {
    self.order = order
    self.total = total
    self.isFirst = isFirst
  }
}

/// What a connector can do beyond taking payments.
public struct ProviderAbilities: Sendable, Hashable {
  public var refunds: Bool
  public var answersForRefunds: Bool
  /// It makes codes that the till shows, and closes their orders.
  public var makesCodes: Bool
  /// Asked again for the code of a number, it says the same one again.
  public var repeatsCodes: Bool
  /// The merchant account that it speaks for; nil: it does not say.
  public var account: String?
  /// When it takes refunds.
  public var refundLimits: RefundLimits
  /// So many days after the order it takes money back; nil: not known.
  public var reverseDays: Int64?

  /// A number of days that can be no limit is none.
  public init(
    refunds: Bool, answersForRefunds: Bool, makesCodes: Bool = false, repeatsCodes: Bool = false,
    account: String? = nil, refundLimits: RefundLimits = RefundLimits(), reverseDays: Int64? = nil
  ) {
    self.reverseDays = reverseDays.flatMap { (1...Self.mostReverseDays).contains($0) ? $0 : nil }
    self.refundLimits = refundLimits
    self.account = account
    self.repeatsCodes = repeatsCodes
    self.makesCodes = makesCodes
    self.refunds = refunds
    self.answersForRefunds = answersForRefunds
  }

  private static let mostReverseDays: Int64 = 36_500
}

/// Whether a payment provider's connector can be reached.
public enum ProviderReach: Sendable, Hashable {
  case there
  case gone(ProviderGone)
}

/// Why it cannot.
public enum ProviderGone: String, Sendable, CaseIterable {
  /// There is no socket at its address.
  case missing
  /// Nobody listens there.
  case refused
  /// The daemon's user may not.
  case denied
  /// Nothing came back in time, or the connection was ended.
  case silent
  /// What came back is nothing that can be read.
  case unreadable
}

/// What a connector tells the register.
public enum ProviderReport: Sendable {
  /// The order with this number and serial was carried out, or it is not known whether it was.
  case answered(number: String, serial: UInt64, ProviderAnswer)
  /// That order was not said: who is there speaks for another merchant account, or does not say for which. What was said of
  /// its number before stands.
  case withheld(number: String, serial: UInt64)
  /// What the code says that this order made; its answer follows.
  case shown(number: String, serial: UInt64, content: String)
  /// There may be news of an order: no more than a reason to ask.
  case hint(number: String)
  /// That order went out to this account; its answer follows.
  case addressed(number: String, serial: UInt64, account: String)
  /// What it can do, as it says itself.
  case abilities(ProviderAbilities)
  /// Whether its service can be reached; told when that changes.
  case reach(ProviderReach)
  /// How the provider wants to be asked, as it says itself.
  case policy(ProviderPolicy)
}

/// A payment provider as the register sees it. Everything takes place on its own threads; every order is answered, in
/// bounded time.
public protocol PaymentConnector: AnyObject, Sendable {
  /// Begins to work; `report` is called on the connector's threads.
  func start(_ report: @escaping @Sendable (ProviderReport) -> Void)
  /// Carries an order out; its answer is reported. Does not block.
  func carryOut(_ order: ProviderOrder)
  /// Takes no more orders.
  func stop()
}

/// What the payment providers last said of themselves: connectors outlive a register, and the next one must know it too.
struct ProvidersWords: Sendable {
  private var abilities: [String: ProviderAbilities] = [:]
  private var policies: [String: ProviderPolicy] = [:]
  private var reaches: [String: ProviderReach] = [:]

  mutating func keep(_ report: ProviderReport, of provider: String) {
    switch report {
    case .abilities(let said): abilities[provider] = said
    case .policy(let said): policies[provider] = said
    case .reach(let reach): reaches[provider] = reach
    default: break
    }
  }

  /// As reports, the abilities first.
  var all: [(String, ProviderReport)] {
    abilities.map { ($0.key, .abilities($0.value)) } + policies.map { ($0.key, .policy($0.value)) }
      + reaches.map { ($0.key, .reach($0.value)) }
  }
}
