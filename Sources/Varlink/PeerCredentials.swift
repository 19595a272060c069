import CLinux
import Glibc

/// Who is at the other end of a Unix socket, as the kernel recorded it when the connection was made.
public struct PeerCredentials: Sendable, Hashable {
  /// Process that connected. It may have ended since; never used for permission.
  public var processID: Int32
  /// Effective user when it connected.
  public var userID: UInt32
  /// Primary group.
  public var groupID: UInt32
  /// Supplementary groups, in the kernel's order.
  public var supplementaryGroups: [UInt32]

  /// Credentials that were not read from a socket: for tests.
  public init(processID: Int32, userID: UInt32, groupID: UInt32, supplementaryGroups: [UInt32] = []) {
    self.processID = processID
    self.userID = userID
    self.groupID = groupID
    self.supplementaryGroups = supplementaryGroups
  }

  /// True when `group` is the primary or a supplementary group.
  public func belongs(to group: UInt32) -> Bool {
    groupID == group || supplementaryGroups.contains(group)
  }

  /// Reads SO_PEERCRED and SO_PEERGROUPS of a connected socket. A kernel without SO_PEERGROUPS gives no
  /// supplementary groups: fewer permissions, never more.
  public init(of descriptor: Int32) throws(VarlinkError) {
    var (process, user, group): (Int32, UInt32, UInt32) = (0, 0, 0)
    let status = clinux_peer_credentials(descriptor, &process, &user, &group)
    guard status == 0 else { throw .system(step: "SO_PEERCRED", subject: "connection", number: -status) }
    self.init(processID: process, userID: user, groupID: group, supplementaryGroups: Self.groups(of: descriptor))
  }

  private static func groups(of descriptor: Int32) -> [UInt32] {
    var capacity: Int32 = 32
    while true {
      var groups = [UInt32](repeating: 0, count: Int(capacity))
      let count = clinux_peer_groups(descriptor, &groups, capacity)
      guard count >= 0 else { return [] }
      if count <= capacity { return Array(groups.prefix(Int(count))) }
      capacity = count
    }
  }
}
