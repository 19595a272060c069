/// What needs a second person.
public enum ApprovalAction: String, Sendable, CaseIterable {
  case priceOverride, manualAdjustment, removeLine, voidTotalled, removeTender, returnWithoutOriginal, returnTotal
  case cashOut, noSale
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
