import Till

/// What the records say of money that is not cash, by somebody who is not the till.
struct PaymentBooks {
  struct Name: Hashable, Comparable, CustomStringConvertible {
    var sale: String
    var tender: TenderID

    var description: String { "\(sale)/\(tender)" }

    static func < (left: Name, right: Name) -> Bool {
      (left.sale, left.tender.number) < (right.sale, right.tender.number)
    }
  }

  struct Payment {
    var tender: Tender
    /// Records of it so far, and where the event of the newest stands.
    var records = 0
    var newest: UInt64 = 0
    /// Its sale is finished.
    var isOver = false
    /// A Z came behind the end of its sale and its provider's word.
    var isBehindZ = false

    /// Nothing changes of it any more by what its provider was asked.
    var isFinal: Bool { !tender.state.isLive && tender.state != .approved && tender.course?.verdict == nil }

    /// A person ended it that the provider had taken money for: behind that nothing takes it back.
    var isGivenBackByHand: Bool {
      guard !tender.isRefund, tender.course?.verdict == .notPaid, tender.course?.taken == true else { return false }
      return tender.why == "decided"
    }

    /// Somebody must still be told of it.
    var isOpen: Bool {
      if tender.state.isLive { return true }
      guard tender.kind == .provider, isOver, let verdict = tender.course?.verdict else { return false }
      if tender.course?.test == nil { return (verdict == .paid) == (tender.state == .approved) }
      if tender.course?.test == .final { return (verdict == .paid) == (tender.state == .approved) && !isBehindZ }
      let isDenied =
        switch verdict {
        case .paid: tender.state == .approved
        case .notPaid: tender.isRefund ? tender.state == .declined : isGivenBackByHand
        }
      return isDenied && tender.course?.test == .contrary && !isBehindZ
    }
  }

  private(set) var payments: [Name: Payment] = [:]
  private(set) var byNumber: [String: Name] = [:]

  func payment(_ number: String) -> Payment? { byNumber[number].flatMap { payments[$0] } }

  /// What these say and the journal does not any more, with the place of the newest record.
  func lost(in journal: PaymentBooks) -> [(key: String, first: UInt64)] {
    payments.filter { (journal.payments[$0]?.records ?? 0) < $1.records }.map { ("\($0)", $1.newest) }
  }

  /// What Status, shift and Z must list.
  var open: [Name] { payments.filter(\.value.isOpen).keys.sorted() }

  /// Adds a record; answers what must not be.
  mutating func add(_ record: Record, at first: UInt64) -> String? {
    switch record.fact {
    case .boot:
      for (name, payment) in payments where payment.tender.state == .intent {
        payments[name]?.tender.state = .unknown
      }
    case .saleVoided(let voided): end(voided.sale)
    case .stubSealed(let stub):
      end(stub.sale)
      return sealed(stub)
    case .dayClosed:
      for (name, payment) in payments where payment.isOver && payment.tender.course?.test != nil {
        payments[name]?.isBehindZ = true
      }
    default:
      if let changed = record.fact.tender { return take(changed, at: first) }
    }
    return nil
  }

  private mutating func end(_ sale: String) {
    for name in payments.keys where name.sale == sale { payments[name]?.isOver = true }
  }

  private mutating func take(_ changed: TenderChanged, at first: UInt64) -> String? {
    let tender = changed.tender
    let name = Name(sale: changed.sale, tender: tender.id)
    let before = payments[name]
    payments[name, default: Payment(tender: tender)].tender = tender
    payments[name]?.records += 1
    payments[name]?.newest = first
    guard tender.kind == .provider, let number = tender.number else { return nil }
    if tender.state != .approved, !tender.approved.isZero {
      return "\(name) is \(tender.state.rawValue) and counts \(tender.approved.minorUnits)"
    }
    guard let before else {
      if let other = byNumber.updateValue(name, forKey: number) {
        return "order number \(number) of \(name) was that of \(other)"
      }
      return tender.state == .intent ? begun(name, tender) : "\(name) begins as \(tender.state.rawValue)"
    }
    if before.tender.number != number { return "\(name) has another order number: \(number)" }
    let old = before.tender.state
    if old == tender.state {
      let isOther = tender.course?.took != before.tender.course?.took
      let isNews = old == .reversing || isOther || tender.course?.test != before.tender.course?.test
      return isNews ? nil : "\(name) is \(old.rawValue) once more"
    }
    // A person said that it did not go back, its provider that it did, and now that person, too.
    let isConfirmed = before.tender.isDenied && tender.state == .approved && tender.course?.verdict == .paid
    if tender.isRefund, isConfirmed { return nil }
    let next = tender.isRefund ? Self.nextOfRefund : tender.isShown ? Self.nextOfCode : Self.next
    return next[old]?.contains(tender.state) == true
      ? nil : "\(name) was \(old.rawValue) and is \(tender.state.rawValue)"
  }

  /// What must not be when a payment or a refund begins: another one of its sale that is not over, and more going back
  /// than was taken.
  private func begun(_ name: Name, _ tender: Tender) -> String? {
    let other = payments.first { $0.key.sale == name.sale && $0.key != name && $0.value.tender.state.isLive }
    if let other { return "\(name) begins while \(other.key) is \(other.value.tender.state.rawValue)" }
    guard let refund = tender.course?.refund else { return nil }
    var back: Int64 = 0
    for payment in payments.values where payment.tender.course?.refund?.number == refund.number {
      let tender = payment.tender
      if tender.state == .approved || tender.state.isLive || tender.isDeniedRefund { back -= tender.asked.minorUnits }
    }
    let total = refund.total.minorUnits
    return back > total ? "\(name) and others give \(back) of \(total) back" : nil
  }

  /// How a payment may go on. What is being taken back, or was declined, never counts again.
  private static let next: [TenderState: Set<TenderState>] = [
    .intent: [.pending, .unknown, .approved, .declined, .reversed, .manual],
    .pending: [.unknown, .approved, .declined, .reversed, .reversing, .manual],
    .unknown: [.pending, .approved, .declined, .reversed, .reversing, .manual],
    .manual: [.reversing, .reversed, .declined, .approved],
    .approved: [.reversing],
    .reversing: [.reversed],
    .declined: [.reversing],
    .reversed: [.reversing],
  ]

  /// By a code that the till shows: what is being closed may be paid in that moment.
  private static let nextOfCode = next.merging([.reversing: [.reversed, .approved, .manual]]) { $1 }

  /// A refund is never taken back.
  private static let nextOfRefund: [TenderState: Set<TenderState>] = [
    .intent: [.pending, .unknown, .approved, .declined, .manual],
    .pending: [.unknown, .approved, .declined, .manual],
    .unknown: [.pending, .approved, .declined, .manual],
    .manual: [.approved, .declined],
  ]

  /// What refunds gave back of an order, and whether a person's word is among them that a provider denies.
  func refunded(_ number: String) -> (amount: Int64, isContrary: Bool) {
    var result: (amount: Int64, isContrary: Bool) = (0, false)
    for payment in payments.values where payment.tender.course?.refund?.number == number {
      if payment.tender.state == .approved { result.amount -= payment.tender.approved.minorUnits }
      // Of a refund that nobody can ask about, whoever decided may be wrong.
      let test = payment.tender.course?.test
      if test == .contrary || test == .final { result.isContrary = true }
    }
    return result
  }

  /// A stub counts what was approved, all of it and nothing else.
  private func sealed(_ stub: StubSealed) -> String? {
    let counted = stub.tenders.filter { $0.kind == .provider && $0.state == .approved }
    let known = payments.filter {
      $0.key.sale == stub.sale && $0.value.tender.kind == .provider && $0.value.tender.state == .approved
    }
    let sum = known.values.reduce(Int64(0)) { $0 + $1.tender.approved.minorUnits }
    let said = counted.reduce(Int64(0)) { $0 + $1.approved.minorUnits }
    if counted.count != known.count || sum != said {
      return "stub \(stub.stub) counts \(said) from providers, its sale's records \(sum)"
    }
    return nil
  }
}
