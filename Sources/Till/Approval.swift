import Money

/// What needs a second person.
public enum ApprovalAction: String, Sendable, CaseIterable {
  /// A unit price too far from the list price.
  case priceOverride
  /// A manual reduction above the limit.
  case manualAdjustment
  /// A line taken out of a sale.
  case removeLine
  /// A sale voided after its total.
  case voidTotalled
  /// An approved tender taken back.
  case removeTender
  /// A tender of a finished sale booked under another kind.
  case correctTender
  /// A finished bill replaced by another one (反结账).
  case correctSale
  /// What became of a payment that the box does not know the outcome of, decided by a person.
  case decideTender
  /// Goods taken back without proof of their sale.
  case returnWithoutOriginal
  /// Goods for more than the limit taken back in one sale.
  case returnTotal
  /// Cash out of the drawer, to the safe too, above the limit.
  case cashOut
  /// The drawer opened without a sale.
  case noSale
  /// A shift whose business day lies more than a day ahead.
  case businessDay

  /// Whether it is always of a lane.
  public var isOfLane: Bool {
    switch self {
    case .cashOut, .noSale, .businessDay: true
    case .priceOverride, .manualAdjustment, .removeLine, .voidTotalled, .removeTender, .decideTender, .correctTender,
      .correctSale, .returnWithoutOriginal, .returnTotal:
      false
    }
  }

  /// Whether it is of a finished bill.
  public var isOfStub: Bool { self == .correctTender || self == .correctSale }

  /// What an approval of it says about money.
  public var binding: AmountBinding {
    switch self {
    case .noSale, .businessDay: .none
    case .voidTotalled: .optional
    case .priceOverride, .manualAdjustment, .removeLine, .removeTender, .decideTender, .correctTender,
      .correctSale, .returnWithoutOriginal, .returnTotal, .cashOut:
      .required
    }
  }
}

/// What becomes of a payment that a person decides about.
public enum ApprovedDecision: String, Sendable, CaseIterable {
  /// It was paid.
  case paid
  /// Nothing was paid, or it has been given back.
  case notPaid
  /// Of a held sale: the money that moved counts.
  case complete
  /// Of a held sale: the money goes back, and the bill is due again.
  case refund
  /// Of a held sale: the money goes back, and the sale ends without payment.
  case void

  init(_ verdict: TenderVerdict) {
    self =
      switch verdict {
      case .paid: .paid
      case .notPaid: .notPaid
      }
  }

  init(_ resolution: HeldResolution) {
    self =
      switch resolution {
      case .complete: .complete
      case .refund: .refund
      case .void: .void
      }
  }
}

/// Whether an approval names the amount that it is for.
public enum AmountBinding: Sendable {
  /// There is none.
  case none
  /// The subject's revision fixes it: one that is named is held to, one that is not changes nothing.
  case optional
  /// Whoever uses the approval chooses it, so without one it covers nothing.
  case required
}

/// What a call needs a second person for.
struct ApprovalNeed {
  let action: ApprovalAction
  /// What goes without, and what was asked, in the action's unit.
  var limit: Int64?
  var asked: Int64?
  /// The money that the approval must be for, never negative. priceOverride: by how much the lines of the edit are off
  /// from their list price, together. manualAdjustment: all that the sale then has of them. removeLine: the line, before
  /// adjustments. voidTotalled: the total. removeTender: what goes back. decideTender: what was asked, or taken
  /// where that is more. correctTender: what moves from one row to another. correctSale: the total of the bill.
  /// returnWithoutOriginal: the returned lines of the edit. returnTotal: all that the sale then takes back. cashOut: the
  /// cash.
  var amount: Amount?
  /// Of decideTender: about which tender, and what becomes of it.
  private(set) var tender: TenderID?
  private(set) var decision: ApprovedDecision?

  init(_ action: ApprovalAction, limit: Int64? = nil, asked: Int64? = nil, amount: Amount? = nil) {
    (self.action, self.limit, self.asked, self.amount) = (action, limit, asked, amount)
  }

  /// A person decides about a tender.
  init(deciding tender: TenderID, _ decision: ApprovedDecision, amount: Amount) {
    self.init(.decideTender, amount: amount)
    (self.tender, self.decision) = (tender, decision)
  }

  /// A limit of money: what was asked is what the approval must be for.
  init(_ action: ApprovalAction, limit: Amount, amount: Amount) {
    self.init(action, limit: limit.minorUnits, asked: amount.minorUnits, amount: amount)
  }

  /// Both as one: their sum in money, the farther of two prices. One approval is for one action.
  func joined(_ other: ApprovalNeed) throws(Refusal) -> ApprovalNeed {
    guard action == other.action else {
      throw .refused(
        .approval,
        text: "one approval does not cover \(action.rawValue) and \(other.action.rawValue); make two edits of it")
    }
    var both = self
    both.asked = [asked, other.asked].compactMap { $0 }.max()
    let (one, two) = (amount ?? .zero, other.amount ?? .zero)
    both.amount = try money { () throws(MoneyError) in try one + two }
    return both
  }
}

/// What showed that it was the approver.
public enum ApprovalProof: String, Sendable, CaseIterable {
  /// The daemon checked the approver's own PIN.
  case pin
  /// The Unix user of the connection is a supervisor's; the approver's name is as it says.
  case role
}

/// A permission granted and not used yet: once, for one action on one revision of one subject, for at most one amount,
/// for 60 s.
///
/// The subject is the sale's id; for a call that makes a sale (Open, Ring) and for MoveCash, Drawer.Open and Shift.Open it
/// is the lane's name with revision 0, for CorrectTender and for a correction the stub's number with revision 0.
public struct Approval: Hashable, Sendable {
  /// Opaque.
  public var id: String
  public var action: ApprovalAction
  public var subject: String
  public var revision: Int64
  public var approver: String
  public var reason: String
  /// UTC milliseconds.
  public var granted: Int64
  public var expires: Int64
  /// The Unix user whose calls may use it; nil: whoever was handed the id.
  public var user: Int64?
  /// The most that the call which uses it may come to, in the box's currency; nil: none was named.
  public var amount: Amount?
  /// What showed that it was the approver; nil: a version that did not keep it.
  public var proven: ApprovalProof?
  /// Of decideTender: the tender that it is about; nil: any of the sale.
  public var tender: TenderID?
  /// Of decideTender: what becomes of that; nil: whatever is decided.
  public var decision: ApprovedDecision?

  /// Memberwise.
  public init(
    id: String, action: ApprovalAction, subject: String, revision: Int64, approver: String, reason: String,
    granted: Int64, expires: Int64, user: Int64? = nil, amount: Amount? = nil, proven: ApprovalProof? = nil,
    tender: TenderID? = nil, decision: ApprovedDecision? = nil
  ) {
    self.tender = tender
    self.decision = decision
    self.proven = proven
    self.id = id
    self.action = action
    self.subject = subject
    self.revision = revision
    self.approver = approver
    self.reason = reason
    self.granted = granted
    self.expires = expires
    self.user = user
    self.amount = amount
  }
}

/// Why an approval does not hold.
public enum ApprovalFault: String, Sendable, CaseIterable {
  /// It was given and has been used.
  case used
  /// Older than its minute.
  case expired
  /// Nobody granted it, or it ended long ago.
  case unknown
  /// It is for another action, subject, revision, tender or decision.
  case other
  /// It was granted to another Unix user.
  case user
  /// The call comes to more than was approved.
  case amount
  /// It names no amount, and the call is one that needs one.
  case unbound
}

/// The newest approvals that were used. No part of the state: it is in no record, two tills that differ in it only are
/// equal, and a restart forgets it. It turns "unknown" into "used" for who tries one twice, nothing else.
struct SpentApprovals: Equatable, Sendable {
  private var ids: [String] = []

  func contains(_ id: String) -> Bool { ids.contains(id) }

  mutating func note(_ id: String) {
    if ids.count >= Limits.approvals { ids.removeFirst() }
    ids.append(id)
  }

  static func == (one: Self, other: Self) -> Bool { true }
}
