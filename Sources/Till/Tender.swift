import Money

/// By what a part of a sale is paid.
public enum TenderKind: String, Sendable, CaseIterable {
  case cash
  /// A terminal or wallet that the box does not talk to; the application reports the outcome.
  case external
  /// A payment provider that the box talks to.
  case provider
  /// Stored value (no behaviour yet).
  case storedValue
  /// A payment carried over from a corrected bill. It moves no money, and counts where its payment does.
  case carried
}

/// Where a tender stands.
public enum TenderState: String, Sendable, CaseIterable {
  /// Recorded, not sent yet.
  case intent
  /// Taken; its outcome is not reported yet.
  case pending
  /// Nobody knows whether the money moved.
  case unknown
  /// The money moved.
  case approved
  /// It did not.
  case declined
  /// Being taken back.
  case reversing
  /// Taken back.
  case reversed
  /// A person must decide.
  case manual

  /// True while money may still move.
  public var isLive: Bool {
    switch self {
    case .intent, .pending, .unknown, .reversing, .manual: true
    case .approved, .declined, .reversed: false
    }
  }

  /// True while it holds a part of the bill: what is being taken back holds none, other money may take its place.
  public var holdsBill: Bool { isLive && self != .reversing }
}

/// What the customer handed over in another currency.
public struct ForeignAmount: Hashable, Sendable {
  /// ISO 4217.
  public var currency: String
  /// In its minor units.
  public var amount: Amount
  /// Minor units of the sale's currency for one minor unit of this one, in millionths.
  public var rateMillionths: Int64

  /// Memberwise.
  public init(currency: String, amount: Amount, rateMillionths: Int64) {
    self.currency = currency
    self.amount = amount
    self.rateMillionths = rateMillionths
  }
}

/// One part of paying a sale (or of paying it out: then amounts are negative).
public struct Tender: Hashable, Sendable {
  public var id: TenderID
  public var kind: TenderKind
  public var state: TenderState
  /// What it was to settle of the bill.
  public var asked: Amount
  /// All the money it moved, change and extras included; zero unless approved.
  public var approved: Amount = .zero
  public var tip: Amount = .zero
  public var surcharge: Amount = .zero
  public var cashback: Amount = .zero
  /// Cash handed back.
  public var change: Amount = .zero
  /// What cash rounding added to the bill with this tender.
  public var cashRounding: Amount = .zero
  @Rare public var foreign: ForeignAmount?
  /// Our number for it, when one was made.
  public var number: String?
  /// Which terminal, wallet or channel, e.g. `unionpay`.
  public var provider: String?
  /// Their number for it.
  public var reference: String?
  /// The stub whose payment it is; of kind carried.
  @Rare public var carriedFrom: StubReference?
  /// True when the outcome was reported later.
  public var reported: Bool = false
  /// Why it was declined, unknown or reversed.
  public var why: String?
  /// How a provider tender goes on.
  @Rare public var course: ProviderCourse?
  /// The shift that expects its money, of one that left more to pay; nil: the shift that its sale ended in.
  public var shift: String?
  /// Which payment is carried over; of kind carried.
  @Rare public var carried: CarriedPayment?

  /// Memberwise.
  public init(
    id: TenderID, kind: TenderKind, state: TenderState, asked: Amount, approved: Amount = .zero, tip: Amount = .zero,
    surcharge: Amount = .zero, cashback: Amount = .zero, change: Amount = .zero, cashRounding: Amount = .zero,
    foreign: ForeignAmount? = nil, number: String? = nil, provider: String? = nil, reference: String? = nil,
    carriedFrom: StubReference? = nil, reported: Bool = false, why: String? = nil,
    course: ProviderCourse? = nil, shift: String? = nil,
    carried: CarriedPayment? = nil
  ) {
    self.id = id
    self.kind = kind
    self.state = state
    self.asked = asked
    self.approved = approved
    self.tip = tip
    self.surcharge = surcharge
    self.cashback = cashback
    self.change = change
    self.cashRounding = cashRounding
    self.foreign = foreign
    self.number = number
    self.provider = provider
    self.reference = reference
    self.carriedFrom = carriedFrom
    self.reported = reported
    self.why = why
    self.course = course
    self.shift = shift
    self.carried = carried
  }

  /// Σ tip, surcharge and cashback.
  public var extras: Amount {
    get throws(MoneyError) { try tip + surcharge + cashback }
  }

  /// What it settles of the bill: approved − change − extras.
  public var settled: Amount {
    get throws(MoneyError) { try approved - change - extras }
  }

  /// Key for counting.
  public var key: TenderKey { TenderKey(kind: kind, provider: provider, currency: nil) }
}

/// What counts together at cash-up: kind, provider and currency (nil: the till's own).
public struct TenderKey: Hashable, Sendable {
  public var kind: TenderKind
  public var provider: String?
  public var currency: String?

  /// Memberwise.
  public init(kind: TenderKind, provider: String? = nil, currency: String? = nil) {
    self.kind = kind
    self.provider = provider
    self.currency = currency
  }
}

extension TenderKey: Comparable, CustomStringConvertible {
  public static func < (left: TenderKey, right: TenderKey) -> Bool {
    (left.kind.rawValue, left.provider ?? "", left.currency ?? "")
      < (right.kind.rawValue, right.provider ?? "", right.currency ?? "")
  }

  /// `cash`, `cash/USD`, `external`, `external:unionpay`.
  public var description: String {
    kind.rawValue + (provider.map { ":" + $0 } ?? "") + (currency.map { "/" + $0 } ?? "")
  }

  /// Reads the text form; a provider's name holds no slash.
  public init?(_ text: String) {
    let byCurrency = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    let byProvider = byCurrency[0].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard let first = byProvider.first, let kind = TenderKind(rawValue: String(first)) else { return nil }
    let provider = byProvider.count > 1 ? String(byProvider[1]) : nil
    let currency = byCurrency.count > 1 ? String(byCurrency[1]) : nil
    guard provider != "", currency != "" else { return nil }
    self.init(kind: kind, provider: provider, currency: currency)
  }
}
