import Glibc
import Varlink

/// How many files the daemon may have open, and how many of them may be connections.
///
/// Connections must never use up what the journal needs for its next segment: a journal that cannot open a file stops
/// the sale.
enum OpenFiles {
  /// For the journal, the lookup file, the devices and the process itself.
  static let reserved = 256
  /// What the process has when it cannot be asked for.
  static let usual = 1_024

  /// Raises the soft limit as far as it is of use, and answers what connections fit into it.
  static func serverLimits() -> VarlinkServer.Limits {
    var limits = VarlinkServer.Limits()
    let open = raise(to: limits.connections + reserved)
    limits.connections = min(limits.connections, max(1, open - reserved))
    // One user leaves room for the others.
    limits.connectionsPerUser = min(limits.connectionsPerUser, max(1, limits.connections / 2))
    return limits
  }

  private static func raise(to wanted: Int) -> Int {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return usual }
    let most = min(rlim_t(wanted), limit.rlim_max)
    if limit.rlim_cur < most {
      var higher = limit
      higher.rlim_cur = most
      if setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &higher) == 0 { limit = higher }
    }
    return Int(clamping: limit.rlim_cur)
  }
}
