/// A cash drawer's contact.
public enum DrawerState: String, Sendable, Hashable {
  case open
  case closed
  /// No contact, its polarity is not known yet, or nobody asked.
  case unknown

  /// UnifiedPOS status event number; nil for unknown.
  public var statusEvent: DrawerStatusEvent? {
    switch self {
    case .open: .drawerOpen
    case .closed: .drawerClosed
    case .unknown: nil
    }
  }
}

/// How one order to open a drawer ended. A pulse is sent at most once for an order.
public enum DrawerOutcome: String, Sendable, Hashable {
  /// The contact says that it opened.
  case opened
  /// The pulse went out; this drawer cannot tell more.
  case sent
  /// The pulse went out and the contact says that the drawer is still closed.
  case stuck
  /// The connection broke while the pulse was under way.
  case unknown
  /// No pulse went out: the printer that feeds the drawer is away.
  case notSent
}
