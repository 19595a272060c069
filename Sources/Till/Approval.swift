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
  /// Goods taken back without proof of their sale.
  case returnWithoutOriginal
  /// Goods for more than the limit taken back in one sale.
  case returnTotal
  /// Cash out of the drawer, to the safe too, above the limit.
  case cashOut
  /// The drawer opened without a sale.
  case noSale
}

/// A permission granted and not used yet: once, for one action on one revision of one subject, for 60 s.
///
/// The subject is the sale's id; for a call that makes a sale (Open, Ring) and for MoveCash and Drawer.Open it is the lane's
/// name with revision 0.
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

  /// Memberwise.
  public init(
    id: String, action: ApprovalAction, subject: String, revision: Int64, approver: String, reason: String,
    granted: Int64, expires: Int64, user: Int64? = nil
  ) {
    self.id = id
    self.action = action
    self.subject = subject
    self.revision = revision
    self.approver = approver
    self.reason = reason
    self.granted = granted
    self.expires = expires
    self.user = user
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
  /// It is for another action, subject or revision.
  case other
  /// It was granted to another Unix user.
  case user
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
