public import Engine
import Journal
import Money
import SimulatedDisk
import Till

/// Stands in the engine's setup; what is asked of it leaves by the drain's effects.
public final class NoConnector: PaymentConnector {
  public init() {}

  public func start(_ report: @escaping @Sendable (ProviderReport) -> Void) {}
  public func carryOut(_ order: ProviderOrder) {}
  public func stop() {}
}

/// The way to the providers: orders on their way there and answers on their way back.
struct PaymentNetwork {
  /// An order that left the box.
  struct Sent {
    var provider: String
    var order: ProviderOrder
    /// Life of the daemon that waits for the answer.
    var life: Int
    /// Milliseconds since the intent, as the box may count them, at this moment of the monotonic clock.
    var age: Int64
    var at: UInt64
    /// The account that took it; nil: it says none.
    var account: String?
    var isAnswered = false
  }

  enum Arrival {
    case order(Int)
    /// nil: the order was not said, and is not the first of its number.
    case answer(Int, ProviderAnswer?)
    case timeout(Int)
    case policy(String, ProviderPolicy, life: Int)
    /// Somebody scans the code of an order, whatever becomes of the box.
    case scan(String, number: String)
    /// A provider says that there may be news.
    case hint(String, number: String, life: Int)

    var outlivesTheBox: Bool {
      switch self {
      case .order, .scan: true
      case .answer, .timeout, .policy, .hint: false
      }
    }
  }

  private(set) var arrivals: [(at: UInt64, arrival: Arrival)] = []
  var sent: [Sent] = []
  /// Providers whose connector is away.
  var away: Set<String> = []
  /// Providers at whose address another merchant account answers.
  var elsewhere: Set<String> = []
  /// When each payment order, and each first order of a code, left the register.
  var paid: [String: (at: UInt64, forward: Int64, life: Int)] = [:]
  /// Numbers of which a call to reverse was answered with "reversed".
  var saidReversed: Set<String> = []
  /// The same of "closed".
  var saidClosed: Set<String> = []
  /// Numbers of which a provider said that there may be news.
  var hinted: Set<String> = []
  /// No more faults.
  var isWell = false

  var next: UInt64? { arrivals.first?.at }

  mutating func post(_ arrival: Arrival, at time: UInt64) {
    let index = arrivals.firstIndex { time < $0.at } ?? arrivals.count
    arrivals.insert((time, arrival), at: index)
  }

  mutating func take(until now: UInt64) -> Arrival? {
    guard let next, next <= now else { return nil }
    return arrivals.removeFirst().arrival
  }

  /// The process is gone: orders on their way arrive, answers find nobody.
  mutating func processEnded() {
    arrivals.removeAll { !$0.arrival.outlivesTheBox }
  }
}

// Payments at providers: what leaves the box, what comes back, and what may be said of it.
extension World {
  static let providerNames = ["bank", "wallet"]
  private static let million: UInt64 = 1_000_000
  /// How long a connector waits for anything but a payment, milliseconds.
  private static let answerTime: Int64 = 10_000

  /// An order leaves the drain: its intent must be on the medium, and nothing that takes money goes out twice.
  func left(_ order: ProviderOrder, _ provider: String) {
    // What a power cut left on the medium, nobody saw getting there.
    let isKept =
      watch.intents.contains(order.number) || !order.step.isFirst && payments.payment(order.number) != nil
    if judgesOrder, !isKept { fail(.early, "\(order.step.name) \(order.number)") }
    if let asked = payments.payment(order.number)?.tender.asked.magnitude.minorUnits, asked != order.amount {
      fail(.books, "\(order.step.name) \(order.number) of \(order.amount) where \(asked) was asked")
    }
    switch order.step {
    case .pay(let code):
      beginsOnce(order)
      guard let request = requests.last(where: { $0.code == code }), case .addTender(let add) = request.event else {
        return fail(.books, "payment \(order.number) with a code that nobody showed")
      }
      if let amount = add.tender.amount?.minorUnits, amount != order.amount {
        fail(.books, "payment \(order.number) of \(order.amount) where \(amount) was asked")
      }
    case .createCode(let code) where code.isFirst: beginsOnce(order)
    case .createCode:
      // The box may have died before the first one went out.
      network.paid[order.number] = network.paid[order.number] ?? (clocks.nanoseconds, wallForward, life)
      if !(providers[provider]?.repeatsCodes ?? false) {
        fail(.paidTwice, "\(provider) says no code again and is asked for that of \(order.number)")
      }
    case .query, .reverse, .close, .refund, .queryRefund: break
    }
  }

  private func beginsOnce(_ order: ProviderOrder) {
    if network.paid[order.number] != nil { fail(.paidTwice, "\(order.number) goes out once more") }
    network.paid[order.number] = (clocks.nanoseconds, wallForward, life)
  }

  /// Milliseconds since the intent of a number, by whichever clock has gone further.
  func age(_ number: String) -> Int64 {
    guard let paid = network.paid[number] else { return 0 }
    return Int64((clocks.nanoseconds - paid.at) / Self.million) + max(0, wallForward - paid.forward)
  }

  /// A connector takes an order.
  func send(_ order: ProviderOrder, to provider: String) {
    let index = network.sent.count
    network.sent.append(
      PaymentNetwork.Sent(
        provider: provider, order: order, life: life, age: age(order.number), at: clocks.nanoseconds,
        account: account(provider)))
    counts["provider \(order.step.name)"] += 1
    trace("\(provider): \(order.step.name) \(order.number) \(order.amount)")
    if let answer = planted(order, provider) {
      if let answer { post(.answer(index, answer), within: 60) }
      return
    }
    if network.away.contains(provider) {
      // Nobody is there: of a payment order it is certain that it was not sent.
      counts["provider away"] += 1
      return post(
        .answer(index, order.step.isFirst ? .notSent(.unreachable) : .unknown(why: "unreachable")), within: 2_000)
    }
    if ProviderAccount.differ(order.account, account(provider)) {
      // A connector of another account is told nothing.
      counts["provider elsewhere"] += 1
      return post(.answer(index, order.step.isFirst ? .notSent(.otherAccount) : nil), within: 60)
    }
    if network.elsewhere.contains(provider) {
      // That account is somebody else's and sells nothing here.
      return post(
        .answer(index, order.step.isFirst ? .notSent(.unreachable) : .unknown(why: "unreachable")), within: 60)
    }
    let isFirst = order.step.isFirst && !order.step.isRefund
    let timeout = isFirst ? providers[provider]?.policy.payTimeout ?? Self.answerTime : Self.answerTime
    let roll = network.isWell ? 99 : chance.below(100)
    if roll < 4 {
      counts["provider silent"] += 1
    } else {
      network.post(.timeout(index), at: clocks.nanoseconds + UInt64(timeout) * Self.million)
    }
    switch roll {
    case 2..<8: counts["provider swallowed"] += 1
    case 8..<16:
      counts["provider slow"] += 1
      let most = isFirst ? providers[provider]?.shortestWindow ?? 0 : Self.answerTime
      post(.order(index), within: Int(most))
    default: post(.order(index), within: 60)
    }
  }

  func post(_ arrival: PaymentNetwork.Arrival, within milliseconds: Int) {
    let wait = UInt64(1 + chance.below(milliseconds))
    network.post(arrival, at: clocks.nanoseconds + wait * Self.million)
  }

  /// What is on its way arrives, as far as its time has come.
  func deliverPayments() {
    while let arrival = network.take(until: clocks.nanoseconds) {
      switch arrival {
      case .order(let index): arrive(index)
      case .answer(let index, let answer): report(index, answer)
      case .timeout(let index): report(index, .unknown(why: "timeout"))
      case .policy(let name, let policy, let life) where life == self.life && isAlive:
        providers[name]?.told()
        trace("\(name): asks for \(policy.window) ms, every \(policy.queryInterval)")
        instance?.inputs.append(.provider(name: name, .policy(policy)))
      case .policy: break
      case .scan(let name, let number): scan(name, number)
      case .hint(let name, let number, let life): if life == self.life { hear(name, number) }
      }
    }
  }

  /// An order arrives at its provider, and what it says goes back.
  private func arrive(_ index: Int) {
    let sent = network.sent[index]
    let number = sent.order.number
    let before = providers[sent.provider]?.orders[number]?.holds ?? 0
    let given = providers[sent.provider]?.refunds[number]?.given ?? 0
    let answer: ProviderAnswer?
    switch sent.order.step {
    case .pay(let code): answer = providers[sent.provider]?.pay(sent.order, code: code, age: age(number))
    case .query: answer = providers[sent.provider]?.query(number, age: age(number))
    case .reverse: answer = providers[sent.provider]?.reverse(number)
    case .createCode(let code): answer = create(sent, code)
    case .close: answer = close(sent)
    case .refund(let paid): answer = providers[sent.provider]?.refund(sent.order, of: paid)
    case .queryRefund: answer = providers[sent.provider]?.queryRefund(number)
    }
    if let refund = providers[sent.provider]?.refunds[number], refund.given != given {
      trace("\(sent.provider): gives back \(refund.given) by \(number)")
      moved(number)
    }
    if let order = providers[sent.provider]?.orders[number] {
      if order.arrivals > 1 { fail(.paidTwice, "\(number) arrives a second time") }
      if order.holds != before {
        trace("\(sent.provider): holds \(order.holds) of \(number)")
        if order.holds > 0 {
          moved(number)
          hint(sent.provider, number)
        }
      }
    }
    guard let answer else { return trace("\(sent.provider): says nothing of \(number)") }
    trace("\(sent.provider): says \(answer.name) of \(number)")
    counts["said \(sent.order.step.name) \(answer.name)"] += 1
    let roll = network.isWell ? 99 : chance.below(100)
    switch roll {
    case 0..<6: counts["provider answerLost"] += 1
    case 6..<8: post(.answer(index, .unknown(why: "unreadable")), within: 60)
    case 8..<14: post(.answer(index, answer), within: Int(Self.answerTime))
    default: post(.answer(index, answer), within: 60)
    }
  }

  private func report(_ index: Int, _ answer: ProviderAnswer?) {
    let sent = network.sent[index]
    guard !sent.isAnswered, sent.life == life, isAlive, let instance else { return }
    network.sent[index].isAnswered = true
    guard let answer else {
      trace("\(sent.provider) was not told of \(sent.order.number)")
      let withheld = ProviderReport.withheld(number: sent.order.number, serial: sent.order.serial)
      return instance.inputs.append(.provider(name: sent.provider, withheld))
    }
    trace("answer of \(sent.provider) to \(sent.order.step.name) \(sent.order.number): \(answer.name)")
    if let account = sent.account {
      instance.inputs.append(
        .provider(
          name: sent.provider, .addressed(number: sent.order.number, serial: sent.order.serial, account: account)))
    }
    show(sent, answer)
    let (number, serial, said) = planted(answer, to: sent)
    instance.inputs.append(.provider(name: sent.provider, .answered(number: number, serial: serial, said)))
  }

  /// Something happens at the providers.
  func provider() {
    guard let name = Self.providerNames.randomElement(using: &chance) else { return }
    switch chance.below(100) {
    case 0..<40 where network.away.contains(name), 0..<6:
      if network.away.remove(name) == nil { network.away.insert(name) }
      trace("\(name) is \(network.away.contains(name) ? "away" : "back")")
    case 40..<46: announce(name)
    case 46..<(network.elsewhere.contains(name) ? 62 : 54):
      if network.elsewhere.remove(name) == nil { network.elsewhere.insert(name) }
      trace("\(name) is account \(account(name) ?? "")")
      introduce(name)
    case 62..<75: mislead(name)
    default: deliverPayments()
    }
  }

  /// A provider says how it wants to be asked.
  private func announce(_ name: String) {
    guard !network.away.contains(name) else { return }
    providers[name]?.changePolicy()
    guard let policy = providers[name]?.policy else { return }
    counts["policies"] += 1
    network.post(.policy(name, policy, life: life), at: clocks.nanoseconds + UInt64(chance.below(200)) * Self.million)
  }

  /// The daemon runs: its connectors ask how they are to ask.
  func connect() {
    for name in Self.providerNames { introduce(name) }
    for name in Self.providerNames where chance.chance(75) { announce(name) }
  }

  /// A connector says for whom it speaks.
  func introduce(_ name: String) {
    let abilities = ProviderAbilities(
      refunds: true, answersForRefunds: providers[name]?.answersForRefunds ?? true, makesCodes: true,
      repeatsCodes: providers[name]?.repeatsCodes ?? false, account: plant == .asksElsewhere ? nil : account(name))
    instance?.inputs.append(.provider(name: name, .abilities(abilities)))
  }

  /// At the end nobody says one: then whoever is there answers for all.
  private func account(_ name: String) -> String? {
    network.isWell ? nil : network.elsewhere.contains(name) ? "other" : name
  }

  /// What was ordered of a provider leaves the box.
  func sendOrders() {
    guard let instance else { return }
    let effects = instance.effects
    instance.effects.removeAll {
      if case .provider = $0 { true } else { false }
    }
    for case .provider(let name, let order) in effects { send(order, to: name) }
  }

  /// Time passes while orders are under way: each thing at its time, or, while the box hangs, behind its back.
  func passPayments(until target: UInt64, hangs: Bool) {
    if hangs {
      while let next = network.next, next <= target {
        clocks.advance(to: next)
        deliverPayments()
      }
      return
    }
    for _ in 0..<400 {
      guard isAlive, !isOver, let next = [network.next, due].compactMap({ $0 }).min(), next < target else { return }
      clocks.advance(to: next)
      deliverPayments()
      settle()
      sendOrders()
      if due == nil, network.next == nil { return }
    }
  }

  /// A payment of this box is not over.
  var hasPayments: Bool {
    network.next != nil || !(instance?.drain.snapshot.till.followedTenders.isEmpty ?? true)
  }

  // MARK: - two books

  /// Of what is durable: what the journal says of payments, at once against the providers' books.
  func placed(_ records: [Record], at first: UInt64) {
    guard judgesOrder else { return }
    for record in records {
      let before = record.fact.tender?.tender.number.flatMap { payments.payment($0)?.tender.state }
      if let wrong = payments.add(record, at: first) { return fail(.books, wrong) }
      guard let tender = record.fact.tender?.tender, tender.kind == .provider else { continue }
      if tender.state == .manual { counts["payments mismatched"] += 1 }
      if tender.isShown, before == .reversing, tender.state == .approved || tender.state == .manual {
        counts["codes paidWhileClosed"] += 1
      }
      if tender.course?.test != nil { counts["payments tested"] += 1 }
      if tender.course?.taken == true, let name = tender.provider, let number = tender.number {
        providers[name]?.isKnownPaid(number)
      }
      compare(tender)
    }
  }

  private func compare(_ tender: Tender) {
    guard tender.kind == .provider, let number = tender.number, tender.course?.verdict == nil else { return }
    if tender.isRefund { return compare(refund: tender, number) }
    let order = tender.provider.flatMap { providers[$0]?.orders[number] }
    switch tender.state {
    case .approved:
      guard let order, order.holds == tender.approved.minorUnits, order.holdsCurrency == "CNY" else {
        return fail(.books, "\(number) counts \(tender.approved.minorUnits), its provider holds \(order?.holds ?? 0)")
      }
    case .declined, .reversed:
      if let order, order.holds != 0 {
        fail(.paidButLost, "\(number) is \(tender.state.rawValue), its provider holds \(order.holds)")
      }
    default: break
    }
  }

  private func compare(refund tender: Tender, _ number: String) {
    let given = tender.provider.flatMap { providers[$0]?.refunds[number]?.given } ?? 0
    let counted = -tender.approved.minorUnits
    guard tender.state == .approved || tender.state == .declined, given != counted else { return }
    fail(
      given > counted ? .paidButLost : .books,
      "refund \(number) counts \(counted) as \(tender.state.rawValue), its provider gave \(given)")
  }

  /// Money moved: the box must still want to know.
  func moved(_ number: String) {
    guard judgesOrder, let payment = payments.payment(number), payment.isFinal else { return }
    fail(.paidButLost, "\(number) is \(payment.tender.state.rawValue), and its provider takes the money now")
  }

  /// What is listed as open is what the records say is open.
  func checkOpen(_ till: Till) {
    guard judgesOrder, !isOver else { return }
    let listed = till.unresolved.map { PaymentBooks.Name(sale: $0.sale, tender: $0.tender) }.sorted()
    if listed != payments.open { fail(.books, "open are \(payments.open), listed \(listed)") }
  }

  /// At the end of the day, everybody being well: each provider holds what the journal counts, to the cent.
  func compareBooks() {
    for name in Self.providerNames {
      for (number, order) in providers[name]?.orders ?? [:] where order.arrivals > 0 {
        guard let payment = payments.payment(number) else {
          return fail(.books, "\(name) has an order \(number) that the journal does not know")
        }
        let tender = payment.tender
        // What nobody confirmed stands as a person decided, who may be wrong.
        let isContrary =
          (tender.course?.verdict == .paid || payment.isGivenBackByHand) && tender.course?.test == .contrary
          || tender.isLastWord
        let back = payments.refunded(number)
        let counted = (tender.state == .approved ? tender.approved.minorUnits : 0) - back.amount
        if order.holds != counted, !isContrary, !back.isContrary {
          fail(
            order.holds > counted ? .paidButLost : .books,
            "\(number) counts \(counted) as \(tender.state.rawValue), \(name) holds \(order.holds)")
        }
        counts["payments \(tender.state.rawValue)\(isContrary ? " contrary" : "")"] += 1
        if tender.course?.late == true { counts["payments late"] += 1 }
        if tender.isShown { counts["codes \(tender.state.rawValue)"] += 1 }
      }
      for number in (providers[name]?.refunds ?? [:]).keys {
        guard let payment = payments.payment(number) else {
          return fail(.books, "\(name) has a refund \(number) that the journal does not know")
        }
        if payment.tender.course?.verdict == nil { compare(refund: payment.tender, number) }
        counts["refunds \(payment.tender.state.rawValue)"] += 1
        let course = payment.tender.course
        if let total = course?.refund?.total, total > payment.tender.asked.magnitude { counts["refunds inParts"] += 1 }
        if course?.verdict != nil { counts["refunds decided"] += 1 }
        if course?.test == .final { counts["refunds lastWord"] += 1 }
      }
    }
  }
}

extension ProviderOrder.Step {
  var isPay: Bool { if case .pay = self { true } else { false } }
  var isRefund: Bool { if case .refund = self { true } else { false } }
  var isCode: Bool { if case .createCode = self { true } else { false } }

  /// It goes out for the first time: if nobody is there, nothing was sent.
  var isFirst: Bool {
    switch self {
    case .pay: true
    case .createCode(let code): code.isFirst
    case .refund(let refund): refund.isFirst
    case .query, .reverse, .close, .queryRefund: false
    }
  }

  var name: String {
    switch self {
    case .pay: "pay"
    case .query: "query"
    case .refund: "refund"
    case .queryRefund: "queryRefund"
    case .reverse: "reverse"
    case .createCode: "createCode"
    case .close: "close"
    }
  }
}

extension ProviderAnswer {
  var name: String {
    switch self {
    case .approved: "approved"
    case .declined: "declined"
    case .pending: "pending"
    case .unknown: "unknown"
    case .notFound: "notFound"
    case .reversed: "reversed"
    case .closed: "closed"
    case .notSent: "notSent"
    }
  }
}
