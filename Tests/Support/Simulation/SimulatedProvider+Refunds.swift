import Engine
import Money
import SimulatedDisk
import Till

// Money that goes back to a payment behind its sale's end. The same number moves it once, however often it is ordered.
extension SimulatedProvider {
  enum RefundState: String {
    case open, given, declined
    /// It did not reach the customer, and the provider keeps it.
    case abnormal
  }

  struct Refund {
    let order: String
    let amount: Int64
    let currency: String
    /// Orders and questions until it is so.
    var after: Int
    var fate: RefundState
    /// Answered with "unknown".
    var dark: Int
    /// Questions answered with "no such refund".
    var hidden: Int
    var state = RefundState.open

    var given: Int64 { state == .given ? amount : 0 }

    var truth: ProviderAnswer {
      switch state {
      case .open: .pending
      case .given: .approved(amount: Amount(amount), currency: currency, reference: "R1")
      case .declined: .declined(why: "balanceNotEnough")
      case .abnormal: .reversed
      }
    }
  }

  mutating func refund(_ order: ProviderOrder, of paid: RefundOrder) -> ProviderAnswer {
    if refunds[order.number] == nil {
      let promised = refunds.values.filter { $0.order == paid.order && $0.state == .open }.reduce(0) { $0 + $1.amount }
      guard let payment = orders[paid.order], payment.state == .paid, payment.holds - promised >= order.amount,
        payment.holdsCurrency == order.currency
      else { return .declined(why: "notPaid") }
      var refund = Refund(
        order: paid.order, amount: order.amount, currency: order.currency, after: 0, fate: .given, dark: 0, hidden: 0)
      if !isWell {
        refund.fate = [.given, .given, .given, .given, .declined, .abnormal][random.below(6)]
        if random.chance(50) { refund.after = 1 + random.below(4) }
        if random.chance(30) { refund.dark = 1 + random.below(3) }
        if random.chance(25) { refund.hidden = 1 + random.below(3) }
      }
      refunds[order.number] = refund
    } else {
      refunds[order.number]?.after -= 1
    }
    return answer(order.number, isQuestion: false)
  }

  mutating func queryRefund(_ number: String) -> ProviderAnswer {
    refunds[number]?.after -= 1
    return answer(number, isQuestion: true)
  }

  private mutating func answer(_ number: String, isQuestion: Bool) -> ProviderAnswer {
    guard var refund = refunds[number] else { return .notFound }
    if refund.state == .open, refund.after <= 0 || isWell {
      refund.state = refund.fate
      change(holdsOf: refund.order, by: -refund.given)
    }
    defer { refunds[number] = refund }
    guard !isWell else { return refund.truth }
    if refund.dark > 0 {
      refund.dark -= 1
      return .unknown(why: "systemError")
    }
    if isQuestion, refund.hidden > 0 {
      refund.hidden -= 1
      return .notFound
    }
    return refund.truth
  }
}
