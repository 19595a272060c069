import Interfaces
import Till

/// What a comparison says of one movement of money that is not the same on both sides.
struct Difference {
  enum Verdict: String, CaseIterable {
    /// The journal says that the money moved, and the statement does not.
    case journalOnly
    /// The statement says so, and the journal does not, or says that it did not move.
    case statementOnly
    /// Both say so, with another amount, currency or order.
    case differs
    /// The statement has it more than once.
    case twice
    /// The box does not know yet, or waits for a person, and the statement says how it stands.
    case open
    /// So near the edge of the time that it may stand on the other side of it.
    case boundary
  }

  var verdict: Verdict
  var kind: Wire.StatementKind
  /// The order's.
  var number: String
  var refund: String?
  var own: OwnOrder?
  /// What the journal says that moved; nil: nothing.
  var ownAmount: Int64?
  var entry: Wire.StatementEntry?

  /// True when somebody must look at it.
  var isAlarm: Bool { verdict != .boundary }
  /// UTC milliseconds.
  var time: Int64 { entry?.time ?? own?.moved?.upperBound ?? own?.startedAt ?? 0 }
}

/// How many, and how much, minor units.
struct Movements {
  private(set) var count = 0
  private(set) var amount: Int64 = 0

  mutating func add(_ more: Int64) {
    count += 1
    let (sum, isOver) = amount.addingReportingOverflow(more)
    amount = isOver ? .max : sum
  }
}

/// The provider's statement against the journal, order by order.
///
/// A movement is of the span in which it is known: of the statement by its time, of the journal by the record that says
/// so. It is looked for on the other side in all that the statement covers.
struct Comparison {
  typealias Entry = Wire.StatementEntry

  let books: OwnBooks
  /// What is compared, UTC milliseconds.
  let span: Range<Int64>
  /// What the statement covers.
  let cover: Range<Int64>
  /// How far two clocks may lie apart, milliseconds.
  let margin: Int64
  /// The provider's name in the configuration; nil: whichever.
  let provider: String?
  /// The merchant account that the statement is of; nil: not known.
  let account: String?

  private(set) var findings: [Difference] = []
  private(set) var same = 0
  /// By the journal, and by the statement.
  private(set) var own: [Wire.StatementKind: Movements] = [:]
  private(set) var theirs: [Wire.StatementKind: Movements] = [:]
  /// Entries of orders that this box did not make.
  private(set) var others = 0
  /// Orders of another merchant account, by the journal.
  var elsewhere: Int { ofOthers.count }
  private var ofOthers: Set<String> = []
  /// Orders that are not final here, of which the statement says nothing.
  private(set) var waiting = 0

  init(
    _ books: OwnBooks, span: Range<Int64>, cover: Range<Int64>, margin: Int64, provider: String?, account: String?
  ) {
    self.books = books
    (self.span, self.cover, self.margin) = (span, cover, margin)
    (self.provider, self.account) = (provider, account)
  }

  var alarms: Int { findings.count { $0.isAlarm } }

  mutating func compare(_ entries: [Entry]) {
    var byOrder: [String: [Entry]] = [:]
    var byRefund: [String: [Entry]] = [:]
    for entry in entries {
      let refund = entry.kind == .refund ? entry.refund.flatMap { books.orders[$0] } : nil
      guard refund != nil || books.orders[entry.number] != nil || books.made(entry.number) else {
        if span.contains(entry.time) { others += 1 }
        continue
      }
      if span.contains(entry.time) { theirs[entry.kind, default: .init()].add(entry.amount) }
      if let number = entry.refund, refund?.tender.isRefund == true {
        byRefund[number, default: []].append(entry)
      } else {
        byOrder[entry.number, default: []].append(entry)
      }
    }
    for (number, order) in books.orders where order.tender.isRefund { compare(order, byRefund[number] ?? []) }
    for (number, order) in books.orders where !order.tender.isRefund {
      compare(order, number, byOrder.removeValue(forKey: number) ?? [])
    }
    // Numbers of this box that its journal does not know, and refunds named as orders.
    for entry in byOrder.values.joined() { strange(entry, nil, .statementOnly) }
    findings.sort { ($0.time, $0.number, $0.kind.rawValue) < ($1.time, $1.number, $1.kind.rawValue) }
  }

  // MARK: - one order

  /// A payment.
  private mutating func compare(_ own: OwnOrder, _ number: String, _ entries: [Entry]) {
    var first: [Wire.StatementKind: Entry] = [:]
    var refunds: [Entry] = []
    for entry in entries {
      if entry.kind == .refund {
        // The box did not give it back: somebody did, at the provider.
        refunds.append(entry)
      } else if first[entry.kind] == nil {
        first[entry.kind] = entry
      } else {
        strange(entry, own, .twice)
      }
    }
    let (paid, back) = (first[.payment], first[.reversal])
    switch own.tender.state {
    case .reversing where own.moved != nil:
      expect(.payment, own, number, own.moved, paid)
      if let back { strange(back, own, .open) }
      for refund in refunds { strange(refund, own, .statementOnly) }
    case .intent, .pending, .unknown, .reversing, .manual:
      let known = [paid, back].compactMap { $0 } + refunds
      for entry in known { strange(entry, own, .open) }
      if known.isEmpty { wait(own) }
    case .approved:
      expect(.payment, own, number, own.moved, paid)
      for entry in [back].compactMap({ $0 }) + refunds { strange(entry, own, .statementOnly) }
    case .declined where own.moved != nil, .reversed where own.moved != nil:
      expect(.payment, own, number, own.moved, paid)
      // Money that a person gave back at the provider is a refund there.
      expect(.reversal, own, number, own.back, back ?? Self.together(refunds))
      if back != nil { for refund in refunds { strange(refund, own, .statementOnly) } }
    case .declined, .reversed:
      neverPaid(own, paid, [back].compactMap { $0 } + refunds)
    }
  }

  /// No money moved, says the journal. Money that came and went unseen is the same.
  private mutating func neverPaid(_ own: OwnOrder, _ paid: Entry?, _ back: [Entry]) {
    let entries = [paid].compactMap { $0 } + back
    if let paid, paid.amount == back.reduce(0, { $0 &+ $1.amount }) {
      same += entries.count { span.contains($0.time) }
      return
    }
    // What goes back may go back behind the statement's end.
    let mayGoBackLater = own.tender.state == .reversed && own.since + margin >= cover.upperBound
    for entry in entries { strange(entry, own, mayGoBackLater ? .boundary : .statementOnly) }
  }

  /// A refund.
  private mutating func compare(_ own: OwnOrder, _ entries: [Entry]) {
    for entry in entries.dropFirst() { strange(entry, own, .twice) }
    switch own.tender.state {
    case .approved:
      expect(.refund, own, own.tender.course?.refund?.number ?? "", own.moved, entries.first)
    case .declined, .reversed:
      if let entry = entries.first { strange(entry, own, .statementOnly) }
    case .intent, .pending, .unknown, .reversing, .manual:
      if let entry = entries.first { strange(entry, own, .open) } else { wait(own) }
    }
  }

  // MARK: - one movement

  /// Money that moved by the journal, and what the statement has of it.
  private mutating func expect(
    _ kind: Wire.StatementKind, _ own: OwnOrder, _ number: String, _ moved: ClosedRange<Int64>?, _ entry: Entry?
  ) {
    guard let moved else { return }
    let isOurs = span.contains(moved.upperBound)
    var verdict: Difference.Verdict?
    if let entry {
      let isTheirs = span.contains(entry.time)
      guard isOurs || isTheirs else { return }
      let currency = own.currency ?? books.currency
      let isSame = entry.amount == own.amount && entry.currency == currency && entry.number == number
      if !isSame { verdict = .differs } else if isOurs != isTheirs { verdict = .boundary }
      if isOurs { self.own[kind, default: .init()].add(own.amount) }
    } else {
      guard isOurs, isCompared(own) else { return }
      self.own[kind, default: .init()].add(own.amount)
      let isCovered = moved.lowerBound - margin >= cover.lowerBound && moved.upperBound + margin < cover.upperBound
      verdict = isCovered ? .journalOnly : .boundary
    }
    guard let verdict else {
      same += 1
      return
    }
    findings.append(
      Difference(
        verdict: verdict, kind: kind, number: number, refund: own.tender.isRefund ? own.tender.number : entry?.refund,
        own: own, ownAmount: own.amount, entry: entry))
  }

  /// An entry that the journal does not have so.
  private mutating func strange(_ entry: Entry, _ own: OwnOrder?, _ verdict: Difference.Verdict) {
    guard span.contains(entry.time) else { return }
    findings.append(
      Difference(
        verdict: verdict, kind: entry.kind, number: entry.number, refund: entry.refund, own: own,
        ownAmount: verdict == .twice ? own?.amount : nil, entry: entry))
  }

  private mutating func wait(_ own: OwnOrder) {
    if span.contains(own.startedAt), isCompared(own) { waiting += 1 }
  }

  /// Whether the order should be in this statement.
  private mutating func isCompared(_ own: OwnOrder) -> Bool {
    guard provider == nil || own.tender.provider == provider else { return false }
    guard !ProviderAccount.differ(own.tender.course?.account, account) else {
      ofOthers.insert(own.tender.number ?? "")
      return false
    }
    return true
  }

  /// Several refunds of an order as one.
  private static func together(_ refunds: [Entry]) -> Entry? {
    guard var all = refunds.first else { return nil }
    all.amount = refunds.reduce(0) { $0 &+ $1.amount }
    return all
  }
}
