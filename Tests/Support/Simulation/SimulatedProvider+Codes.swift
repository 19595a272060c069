import Engine
import Money
import SimulatedDisk
import Till

// Orders whose code a till shows: nobody has paid when they are made, somebody may at any time, and closing one moves no
// money.
extension SimulatedProvider {
  mutating func create(_ order: ProviderOrder, _ code: CodeOrder, age: Int64) -> ProviderAnswer? {
    let number = order.number
    guard orders[number] == nil else {
      // Who says a code again takes the same number again.
      if !repeatsCodes { takeAgain(number) }
      return said(number, to: code)
    }
    // As of a payment order: what was on its way for longer than it can be paid is not taken any more.
    guard age < shortestWindow else { return nil }
    var nature = nature()
    nature.repeatsCode = false
    if nature.fate == .pays { nature.after = max(1, nature.after) }
    if !isWell {
      nature.isPaidWhileClosed = nature.fate == .pays && random.chance(25)
      if random.chance(45) { nature.closeLag = 1 + random.below(3) }
    }
    let content = "39\(1_000_000_000_000_000 + random.below(8_999_999_999_999_999))"
    take(order, code: content, reference: "Q\(orders.count + 1)-\(number.suffix(6))", nature, isShown: true)
    switch nature.saying {
    case .truth: return said(number, to: code)
    case .nothing: return nil
    case .unknown: return .unknown(why: "systemError")
    case .garbage: return .unknown(why: "noCode")
    }
  }

  /// Asked for again, only a code is an answer: so its connector has it.
  private mutating func said(_ number: String, to code: CodeOrder) -> ProviderAnswer {
    let answer = said(number)
    return code.isFirst || answer == .pending ? answer : .unknown(why: "noCode")
  }

  /// What the code says; nil: nobody can pay by it.
  func content(_ number: String) -> String? {
    guard let order = orders[number], order.isShown, order.state == .open else { return nil }
    return "weixin://pay/\(order.code)"
  }

  /// Somebody scans the code. True: he paid.
  mutating func scan(_ number: String) -> Bool {
    guard let order = orders[number], order.isShown, order.state == .open, order.nature.fate == .pays else {
      return false
    }
    decide(number)
    return true
  }

  /// Closes what is not paid; what is paid stays paid. Its word counts only where it says that it was paid.
  mutating func close(_ number: String) -> ProviderAnswer {
    guard let order = orders[number], order.isShown, order.state == .open, !isWell else {
      return orders[number]?.state == .paid ? said(number) : reverse(number)
    }
    if order.nature.isPaidWhileClosed {
      decide(number)
      return said(number)
    }
    // It will be closed, and is not yet.
    if lagsBehindClosing(number) { return .closed }
    return reverse(number)
  }
}
