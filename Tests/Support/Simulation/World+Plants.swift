import Engine
import Journal
import Money
import Till

/// A fault that is built into the box of a run, between the register and its providers: the seeds must find it.
public enum Plant: String, Sendable, CaseIterable {
  /// A payment order goes out while its intent is on its way to the disk.
  case payBeforeIntent = "pay-before-intent"
  /// A payment order whose answer is unknown goes out once more, under the same number.
  case payAgain = "pay-again"
  /// The same, under another number.
  case payAgainAnew = "pay-again-anew"
  /// What is being taken back is over when its provider says "declined" or "no such order", whatever it said before.
  case denialEnds = "denial-ends"
  /// No answer, or one that says nothing, is "declined".
  case unknownIsDeclined = "unknown-is-declined"
  /// After a restart nobody is asked about what was open before.
  case forgetsAtRestart = "forgets-at-restart"
  /// Money that came after all is kept instead of given back.
  case keepsLateMoney = "keeps-late-money"
  /// The answer about another order is taken.
  case otherAnswer = "other-answer"
  /// "Reversed" is believed without being asked for once more.
  case trustsReversed = "trusts-reversed"
  /// "Closed" is believed without being asked for.
  case trustsClosed = "trusts-closed"
  /// Who says that there may be news is taken for who says that it was paid.
  case hintIsTruth = "hint-is-truth"
  /// The order of a code whose answer is unknown goes out once more, under another number.
  case showsAgainAnew = "show-again-anew"
  /// The same of a refund.
  case refundsAgainAnew = "refund-again-anew"
  /// Whoever answers at a provider's address is asked about every payment of it, whatever account that is.
  case asksElsewhere = "asks-elsewhere"
  /// Words of a provider are kept with the customer's code in them.
  case keepsCode = "keeps-code"
}

// What a planted fault does.
extension World {
  /// A batch with intents is about to be written.
  func willWrite(intents: [String]) {
    guard plant == .payBeforeIntent, isAlive else { return }
    for number in intents where network.paid[number] == nil {
      guard let request = requests.last(where: { $0.code != nil && $0.token != nil }), let code = request.code,
        case .addTender(let add) = request.event, let name = add.tender.provider
      else { continue }
      let order = ProviderOrder(
        step: .pay(code: code), number: number, amount: add.tender.amount?.minorUnits ?? 1, currency: "CNY")
      left(order, name)
      send(order, to: name)
    }
  }

  /// An order is about to leave the box; the answer that it has already, if its provider is not to hear of it. Outer nil:
  /// it goes its way.
  func planted(_ order: ProviderOrder, _ name: String) -> ProviderAnswer?? {
    let number = order.number
    let isTaken = providers[name]?.orders[number]?.state == .paid
    switch plant {
    case .forgetsAtRestart where network.paid[number]?.life != life: return .some(nil)
    case .keepsLateMoney where isTaken && payments.payment(number)?.tender.state == .reversing: return .reversed
    case .trustsReversed where order.step == .query && network.saidReversed.contains(number): return .reversed
    case .trustsClosed where order.step == .query && network.saidClosed.contains(number): return .closed
    case .hintIsTruth where order.step == .query && network.hinted.contains(number):
      return .approved(amount: Amount(order.amount), currency: order.currency, reference: nil)
    case .asksElsewhere where network.elsewhere.contains(name) && !order.step.isFirst: return .notFound
    default: return nil
    }
  }

  /// An answer is about to reach the register: the number that it is taken for, and what is taken from it.
  func planted(_ answer: ProviderAnswer, to sent: PaymentNetwork.Sent)
    -> (number: String, serial: UInt64, ProviderAnswer)
  {
    let order = sent.order
    var isUnknown = false
    if case .unknown = answer { isUnknown = true }
    switch plant {
    case .payAgain where isUnknown && order.step.isPay, .payAgainAnew where isUnknown && order.step.isPay,
      .showsAgainAnew where isUnknown && order.step.isCode, .refundsAgainAnew where isUnknown && order.step.isRefund:
      var again = order
      if plant != .payAgain { again.number = String(order.number.dropLast()) + "Z" }
      left(again, sent.provider)
      send(again, to: sent.provider)
    case .unknownIsDeclined where isUnknown: return (order.number, order.serial, .declined(why: "noAnswer"))
    case .denialEnds where payments.payment(order.number)?.tender.state == .reversing && order.step == .query:
      switch answer {
      case .declined, .notFound, .closed: return (order.number, order.serial, .reversed)
      default: break
      }
    case .otherAnswer:
      let other = network.sent.last { !$0.isAnswered && $0.life == life && $0.order.number != order.number }
      if let other { return (other.order.number, other.order.serial, answer) }
    case .trustsClosed where order.step == .close && answer == .closed: network.saidClosed.insert(order.number)
    case .trustsReversed where order.step == .reverse && answer == .reversed: network.saidReversed.insert(order.number)
    default: break
    }
    return (order.number, order.serial, answer)
  }

  /// What a client asks, as the box with its fault understands it.
  func planted(_ event: Event) -> Event {
    guard plant == .keepsCode, case .addTender(var add) = event, let hash = add.tender.codeHash else { return event }
    add.tender.codeHash = String(hash.reversed())
    return .addTender(add)
  }
}
