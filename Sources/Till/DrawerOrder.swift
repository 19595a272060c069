/// Why a drawer opens.
public enum DrawerReason: String, Sendable, CaseIterable {
  /// A sale with cash.
  case change
  /// No sale.
  case noSale
  /// Cash movement or counting.
  case count
  /// A test by a technician.
  case technician
}

/// What is known of an opening. After a restart an order without outcome is unknown and never repeated.
public enum DrawerOutcome: String, Sendable, CaseIterable {
  /// Its sensor saw it open.
  case opened
  /// The pulse left; there is no sensor that could tell.
  case sent
  /// The pulse left, and its sensor saw no opening.
  case stuck
  /// Nobody knows whether the pulse left.
  case unknown
  /// No pulse left, and none will: its printer was away, could not print, or was busy for too long.
  case notSent
}

/// A drawer order without outcome.
public struct DrawerOrder: Hashable, Sendable {
  /// `d1`, `d2`, …
  public var id: String
  public var drawer: String
  public var lane: String?
  public var reason: DrawerReason
  public var stub: String?
  public var at: Int64

  /// Memberwise.
  public init(id: String, drawer: String, lane: String? = nil, reason: DrawerReason, stub: String? = nil, at: Int64) {
    self.id = id
    self.drawer = drawer
    self.lane = lane
    self.reason = reason
    self.stub = stub
    self.at = at
  }
}
