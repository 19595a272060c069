import Engine
import Money
import SimulatedDisk
import Till

/// A payment provider with books of its own. What becomes of an order, and what is said of it, the seed decides when the
/// order arrives. It keeps to the contract of `io.counterfoil.PaymentProvider` and to nothing beyond it: it may know
/// nothing, say that it never heard of an order as long as one may be on its way, refuse to take back, promise to, and
/// forget what it said. `declined` of an order that it never called paid, `reversed` to a question, and the number are to
/// be relied on.
struct SimulatedProvider {
  enum State: String {
    case open, paid, declined, closed, reversed
  }

  /// Whether the customer pays.
  enum Fate {
    case pays, declines
    /// Neither: the order stays open until it is taken back.
    case never
  }

  /// What is said to the payment order itself.
  enum Saying {
    case truth, nothing, unknown, garbage
  }

  struct Nature {
    var fate = Fate.pays
    /// Questions until it is so; 0: at once.
    var after = 0
    var takesOtherAmount = false
    var takesOtherCurrency = false
    var saying = Saying.truth
    /// Questions answered with "unknown".
    var dark = 0
    /// Questions answered with "no such order", as long as an order may be on its way.
    var hidden = 0
    /// Reversals refused while the customer is at it.
    var refusals = 0
    /// "Reversed" is said at once, and true after so many questions.
    var lag = 0
    /// Questions that deny, while it is being taken back, what was called paid before and was heard.
    var forgets = 0
    /// Its words hold the customer's code.
    var repeatsCode = false
    /// The customer pays by a shown code in the moment in which it is closed.
    var isPaidWhileClosed = false
    /// Calls to close that are answered with "closed", and close nothing.
    var closeLag = 0
  }

  struct Order {
    let amount: Int64
    let currency: String
    let code: String
    let reference: String
    var nature: Nature
    var state = State.open
    /// Money that it took and did not give back, minor units; in which currency.
    var holds: Int64 = 0
    var holdsCurrency = ""
    var hasPaid = false
    var questions = 0
    var reversals = 0
    var hasSaidPaid = false
    /// The box has kept that it was paid.
    var isKnownPaid = false
    var isGivingBack = false
    /// Payment orders with this number that arrived.
    var arrivals = 1
    /// By a code that the till shows.
    var isShown = false
  }

  let name: String
  private(set) var orders: [String: Order] = [:]
  var refunds: [String: Refund] = [:]
  /// It says how a refund stands; else the same order must be given again.
  let answersForRefunds: Bool
  /// It says the code of an order again.
  let repeatsCodes: Bool
  /// A reversal of what it does not know closes the number; else it is "no such order".
  private let closesUnknown: Bool
  private(set) var policy: ProviderPolicy
  /// The shortest time to ask that a box may go by: of all that was ever said, and before anything was said.
  private(set) var shortestWindow = ProviderPolicy.standard.window
  /// No more tricks: what is asked is answered, and customers make up their minds.
  private(set) var isWell = false
  var random: SplitMix64

  init(name: String, _ random: inout SplitMix64) {
    self.name = name
    closesUnknown = random.chance(50)
    answersForRefunds = random.chance(75)
    repeatsCodes = random.chance(50)
    policy = .standard
    self.random = SplitMix64(seed: random.next())
  }

  /// How it wants to be asked from now on.
  mutating func changePolicy() {
    func pick(_ values: [Int64]) -> Int64 { values[random.below(values.count)] }
    policy = ProviderPolicy(
      payTimeout: pick([1_000, 5_000, 10_000, 30_000]), firstQuery: pick([500, 2_000, 5_000]),
      queryInterval: pick([1_000, 2_000, 5_000]), window: pick([10_000, 30_000, 45_000, 90_000]),
      reverseNotBefore: pick([0, 1_000, 15_000]),
      codeWindow: random.chance(50) ? pick([10_000, 20_000, 60_000]) : nil)
  }

  /// Its wishes were heard.
  mutating func told() { shortestWindow = min(shortestWindow, policy.window, policy.window(isShown: true)) }

  mutating func nature() -> Nature {
    var nature = Nature()
    guard !isWell, !random.chance(20) else { return nature }
    nature.fate = [.pays, .pays, .pays, .pays, .declines, .declines, .never][random.below(7)]
    if random.chance(45) { nature.after = 1 + random.below(6) }
    if random.chance(6) { nature.takesOtherAmount = true } else if random.chance(4) { nature.takesOtherCurrency = true }
    nature.saying = [.truth, .truth, .truth, .nothing, .unknown, .garbage][random.below(6)]
    if random.chance(25) { nature.dark = 1 + random.below(5) }
    if random.chance(20) { nature.hidden = 1 + random.below(5) }
    if random.chance(30) { nature.refusals = 1 + random.below(4) }
    if random.chance(35) { nature.lag = 1 + random.below(4) }
    if random.chance(45) { nature.forgets = 1 + random.below(3) }
    if random.chance(15) { nature.repeatsCode = true }
    return nature
  }

  /// It is well again, and what it promised to give back has gone back.
  mutating func heal() {
    isWell = true
    for number in orders.keys where orders[number]?.isGivingBack ?? false { orders[number]?.giveBack() }
  }

  /// What it holds of an order is to be given back, or was.
  mutating func change(holdsOf number: String, by amount: Int64) { orders[number]?.holds += amount }

  // MARK: - what is asked of it

  /// `age`: milliseconds since the intent, as a box may count them. Nil: nothing is answered.
  mutating func pay(_ order: ProviderOrder, code: [UInt8], age: Int64) -> ProviderAnswer? {
    let number = order.number
    if orders[number] != nil {
      takeAgain(number)
      return said(number)
    }
    // What was on its way for longer than it may be asked for is not taken any more.
    guard age < shortestWindow else { return nil }
    let text = String(decoding: code, as: UTF8.self)
    let nature = nature()
    let reference = "P\(orders.count + 1)" + (nature.repeatsCode ? " for \(text)" : "-\(number.suffix(6))")
    take(order, code: text, reference: reference, nature)
    switch nature.saying {
    case .truth: return said(number)
    case .nothing: return nil
    case .unknown: return .unknown(why: nature.repeatsCode ? "no answer about \(text)" : "systemError")
    case .garbage: return .unknown(why: "unreadable")
    }
  }

  mutating func take(
    _ order: ProviderOrder, code: String, reference: String, _ nature: Nature, isShown: Bool = false
  ) {
    orders[order.number] = Order(
      amount: order.amount, currency: order.currency, code: code, reference: reference, nature: nature,
      isShown: isShown)
    if nature.after == 0 { decide(order.number) }
  }

  /// An order with this number came once more.
  mutating func takeAgain(_ number: String) { orders[number]?.arrivals += 1 }

  /// True: it says "closed", and is not.
  mutating func lagsBehindClosing(_ number: String) -> Bool {
    guard orders[number]?.nature.closeLag ?? 0 > 0 else { return false }
    orders[number]?.nature.closeLag -= 1
    return true
  }

  mutating func query(_ number: String, age: Int64) -> ProviderAnswer {
    guard var order = orders[number] else { return .notFound }
    order.questions += 1
    if order.isGivingBack {
      order.nature.lag -= 1
      if order.nature.lag <= 0 || isWell { order.giveBack() }
    }
    orders[number] = order
    if isWell || order.questions >= order.nature.after { decide(number) }
    guard !isWell, var order = orders[number] else { return said(number) }
    defer { orders[number] = order }
    if order.nature.dark > 0 {
      order.nature.dark -= 1
      return .unknown(why: "systemError")
    }
    if order.nature.hidden > 0, !order.hasSaidPaid, age < shortestWindow {
      order.nature.hidden -= 1
      return .notFound
    }
    if order.state == .paid, order.isKnownPaid, order.reversals > 0, order.nature.forgets > 0 {
      order.nature.forgets -= 1
      return order.nature.forgets % 2 == 0 ? .declined(why: "noSuchPayment") : .notFound
    }
    if order.state == .paid { order.hasSaidPaid = true }
    return order.truth
  }

  mutating func reverse(_ number: String) -> ProviderAnswer {
    guard var order = orders[number] else {
      guard closesUnknown else { return .notFound }
      var closed = Order(amount: 0, currency: "", code: "", reference: "", nature: Nature())
      (closed.state, closed.arrivals) = (.closed, 0)
      orders[number] = closed
      return .closed
    }
    defer { orders[number] = order }
    order.reversals += 1
    switch order.state {
    case .open, .paid:
      if order.nature.refusals > 0, !isWell {
        order.nature.refusals -= 1
        return [.pending, .unknown(why: "systemError"), .declined(why: "userPaying")][order.reversals % 3]
      }
      if order.state == .open {
        order.state = .closed
        return .closed
      } else if order.nature.lag > 0, !isWell {
        order.isGivingBack = true
      } else {
        order.giveBack()
      }
      return .reversed
    case .declined, .closed, .reversed: return order.truth
    }
  }

  /// The box keeps that the money moved.
  mutating func isKnownPaid(_ number: String) { orders[number]?.isKnownPaid = true }

  /// The customer has made up his mind.
  mutating func decide(_ number: String) {
    guard var order = orders[number], order.state == .open else { return }
    let fate: Fate =
      if order.nature.fate == .never, isWell { random.chance(50) ? .pays : .declines } else { order.nature.fate }
    switch fate {
    case .pays:
      (order.state, order.hasPaid) = (.paid, true)
      order.holds = order.nature.takesOtherAmount ? order.amount + 1 : order.amount
      order.holdsCurrency = order.nature.takesOtherCurrency ? "USD" : order.currency
    case .declines: order.state = .declined
    case .never: break
    }
    orders[number] = order
  }

  mutating func said(_ number: String) -> ProviderAnswer {
    guard let order = orders[number] else { return .notFound }
    if order.state == .paid { orders[number]?.hasSaidPaid = true }
    return order.truth
  }
}

extension SimulatedProvider.Order {
  var truth: ProviderAnswer {
    switch state {
    case .open: .pending
    case .paid: .approved(amount: Amount(holds), currency: holdsCurrency, reference: reference)
    case .declined: .declined(why: nature.repeatsCode ? "code \(code) refused" : "balanceNotEnough")
    case .closed: .closed
    case .reversed: .reversed
    }
  }

  fileprivate mutating func giveBack() {
    (state, holds, isGivingBack) = (.reversed, 0, false)
  }
}
