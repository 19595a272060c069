import Money

/// What an application says about an external tender.
public enum ReportedOutcome: String, Sendable, CaseIterable {
  case yes, no, unknown
}

/// The outcome of an external tender.
public struct TenderReport: Hashable, Sendable {
  public var outcome: ReportedOutcome
  /// All the money moved, extras included; nil: what was asked plus extras. Less than that: a partial approval.
  public var approved: Amount?
  public var tip: Amount = .zero
  public var surcharge: Amount = .zero
  public var cashback: Amount = .zero
  public var reference: String?
  public var why: String?

  /// Memberwise.
  public init(
    outcome: ReportedOutcome, approved: Amount? = nil, tip: Amount = .zero, surcharge: Amount = .zero,
    cashback: Amount = .zero, reference: String? = nil, why: String? = nil
  ) {
    self.outcome = outcome
    self.approved = approved
    self.tip = tip
    self.surcharge = surcharge
    self.cashback = cashback
    self.reference = reference
    self.why = why
  }
}

/// AddTender's parameters; Ring's tender is the same set.
public struct TenderInput: Hashable, Sendable {
  public var kind: TenderKind
  /// The part of the bill to settle, signed as the total; nil: all that is due.
  public var amount: Amount?
  /// Cash handed over; nil: exactly what is due.
  public var tendered: Amount?
  @Rare public var foreign: ForeignAmount?
  /// Terminal, wallet or channel of an external tender.
  public var provider: String?
  public var reference: String?
  /// nil: an external tender whose outcome is reported later.
  @Rare public var report: TenderReport?
  /// Of the customer's code, for a provider tender: see ``ProviderCourse/codeHash``.
  public var codeHash: String?
  /// How the provider wants to be asked; the register knows it. nil: the box has no such provider.
  @Rare public var policy: ProviderPolicy?
  /// True for a provider that trainees practise with; the register knows it.
  public var movesNoMoney = false
  /// The payment that goes back, for a provider tender that pays out; nil: the only one that the sale's stub names.
  @Rare public var refundOf: RefundOf?
  /// By a code that the till shows, for a provider tender.
  public var show = false
  /// False when the provider says that it makes no codes to be shown; the register knows it.
  public var makesCodes = true
  /// False when the provider says that it gives no refunds; the register knows it.
  public var givesRefunds = true
  /// When the provider takes refunds; the register knows it.
  public var refundLimits = RefundLimits()
  /// The account that the provider's connector speaks for; the register knows it. nil: it does not say.
  public var account: String?

  /// Memberwise.
  public init(
    kind: TenderKind, amount: Amount? = nil, tendered: Amount? = nil, foreign: ForeignAmount? = nil,
    provider: String? = nil, reference: String? = nil, report: TenderReport? = nil, codeHash: String? = nil,
    policy: ProviderPolicy? = nil, refundOf: RefundOf? = nil, show: Bool = false
  ) {
    self.show = show
    self.refundOf = refundOf
    self.codeHash = codeHash
    self.policy = policy
    self.kind = kind
    self.amount = amount
    self.tendered = tendered
    self.foreign = foreign
    self.provider = provider
    self.reference = reference
    self.report = report
  }
}

public struct AddTender: Hashable, Sendable {
  public var sale: String
  public var revision: Int64?
  public var tender: TenderInput

  /// Memberwise.
  public init(sale: String, revision: Int64? = nil, tender: TenderInput) {
    self.sale = sale
    self.revision = revision
    self.tender = tender
  }
}

public struct ReportTender: Hashable, Sendable {
  public var sale: String
  public var revision: Int64?
  public var tender: TenderID
  public var report: TenderReport

  /// Memberwise.
  public init(sale: String, revision: Int64? = nil, tender: TenderID, report: TenderReport) {
    self.sale = sale
    self.revision = revision
    self.tender = tender
    self.report = report
  }
}

public struct RemoveTender: Hashable, Sendable {
  public var sale: String
  public var revision: Int64?
  public var tender: TenderID
  public var reason: String
  public var approval: String?

  /// Memberwise.
  public init(sale: String, revision: Int64? = nil, tender: TenderID, reason: String, approval: String? = nil) {
    self.sale = sale
    self.revision = revision
    self.tender = tender
    self.reason = reason
    self.approval = approval
  }
}
