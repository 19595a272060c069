import Interfaces
import Varlink

/// Which peers have which role, as the configuration says.
public struct RoleTable: Sendable {
  /// Who has one role.
  public struct Members: Sendable {
    /// User ids.
    public var users: Set<UInt32>
    /// Group ids, primary or supplementary.
    public var groups: Set<UInt32>

    /// Nobody, unless named.
    public init(users: Set<UInt32> = [], groups: Set<UInt32> = []) {
      self.users = users
      self.groups = groups
    }
  }

  /// The members of each role; a role without an entry has none.
  public var members: [Wire.Role: Members]

  /// A table as it stands. Names were looked up before.
  public init(_ members: [Wire.Role: Members]) { self.members = members }

  /// Named users come first, then groups, the widest role first. Root that nobody named is the technician, not a
  /// cashier. Nil: no role, so nothing is allowed.
  func role(of peer: PeerCredentials) -> Wire.Role? {
    let order: [Wire.Role] = [.supervisor, .technician, .cashier, .app, .auditor]
    if let named = order.first(where: { members[$0]?.users.contains(peer.userID) ?? false }) { return named }
    if let grouped = order.first(where: { role in members[role]?.groups.contains { peer.belongs(to: $0) } ?? false }) {
      return grouped
    }
    return peer.userID == 0 ? .technician : nil
  }
}

/// Which role may call which method; what is not listed is denied.
public enum Access {
  private static let everyone: Set<Wire.Role> = [.app, .cashier, .supervisor, .technician, .auditor]
  private static let sellers: Set<Wire.Role> = [.app, .cashier, .supervisor]
  private static let hands: Set<Wire.Role> = [.app, .cashier, .supervisor, .technician]
  private static let readers: Set<Wire.Role> = [.supervisor, .technician, .auditor]

  /// The roles that may call a method.
  public static func roles(for method: Method) -> Set<Wire.Role> {
    switch method {
    case .systemHello, .systemStatus, .systemWatch: everyone
    case .systemSignIn, .systemApprove: sellers
    case .saleQuote, .saleRing, .saleOpen, .saleAddLines, .saleChangeLine, .saleRemoveLine,
      .saleSetAdjustments, .saleSetParty, .saleTotal, .saleReopen, .salePark, .saleUnpark, .saleAddTender,
      .saleReportTender, .saleRemoveTender, .saleDecideTender, .saleResolve, .saleCorrectTender, .saleVoid,
      .saleDeliver:
      sellers
    case .saleReturnable, .saleGet, .saleList: everyone
    case .shiftOpen, .shiftMoveCash, .shiftClose, .shiftCloseDay, .shiftPrint: sellers
    case .shiftReport, .shiftCurrent: everyone
    case .printerPrint, .printerDecide: hands
    case .printerPrintService: [.cashier, .supervisor, .technician]
    case .printerJobs, .printerStatus, .drawerStatus, .deviceList: everyone
    case .scannerRead, .scannerInject: hands
    case .drawerOpen: hands
    case .journalHead: everyone
    case .journalRead, .journalProve, .journalVerify: readers
    case .journalBeginEpoch: [.supervisor]
    }
  }

  /// The operator's role in the configuration is too little, whatever the program may.
  static func denial(
    _ method: Method, _ role: Wire.Role?, _ peer: PeerCredentials, operator name: String
  ) -> SystemError {
    .permissionDenied(
      userId: Int64(peer.userID), role: role, method: method.rawValue,
      setting: "[[operator]]\nid = \"\(name)\"\nrole = \"supervisor\"\n", roles: [.supervisor], operator: name)
  }

  /// What the configuration would have to say; `needed` when a call needs more than its method does.
  static func denial(
    _ method: Method, _ role: Wire.Role?, _ peer: PeerCredentials, wanted needed: Wire.Role? = nil
  ) -> SystemError {
    let wanted =
      needed.map { $0 == .technician ? [.supervisor, .technician] : [$0] }
      ?? roles(for: method).sorted { $0.rawValue < $1.rawValue }
    let best = needed?.rawValue ?? (wanted.contains(.app) ? "app" : wanted.first?.rawValue ?? "supervisor")
    return .permissionDenied(
      userId: Int64(peer.userID), role: role, method: method.rawValue,
      setting: "[[role]]\nrole = \"\(best)\"\nusers = [\(peer.userID)]\n", roles: wanted, operator: nil)
  }
}
