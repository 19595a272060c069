import JSON
import Journal

extension OfflineJournal {
  /// A record that holds a whole configuration.
  struct ConfigurationRecord {
    let sequence: UInt64
    /// UTC milliseconds.
    let at: Int64
    /// Why it was written; nil: a `state` record, which repeats what was in force.
    let reason: String?
    let configuration: JSON
  }

  /// The configuration in force at the end of the journal; nil: there is none yet. Every segment but the first begins with
  /// it, so at most two are read.
  func configurationInForce() throws -> ConfigurationRecord? {
    for start in try segmentStarts().reversed() {
      if let found = try configurations(from: start, kinds: ["config", "state"]).last { return found }
    }
    return nil
  }

  /// Every configuration that came into force, oldest first.
  func configurations() throws -> [ConfigurationRecord] {
    try configurations(from: 0, kinds: ["config"])
  }

  /// SHA-256 in hex of the configuration file that the daemon read at its newest start; nil: not known.
  func newestFileHash() throws -> String? {
    for start in try segmentStarts().reversed() {
      var hash: String?
      try read(from: start, limit: .max, kinds: ["boot"]) { entry in
        hash = (try? JSON(parsing: entry.entry))?["data"]?["configurationHash"]?.string ?? hash
      } hole: { _ in
      }
      if let hash { return hash }
    }
    return nil
  }

  private func configurations(from: UInt64, kinds: [String]) throws -> [ConfigurationRecord] {
    var found: [ConfigurationRecord] = []
    try read(from: from, limit: .max, kinds: kinds) { entry in
      guard let data = (try? JSON(parsing: entry.entry))?["data"], let configuration = data["configuration"] else {
        return
      }
      found.append(
        ConfigurationRecord(
          sequence: entry.sequence, at: entry.wallMilliseconds, reason: data["reason"]?.string,
          configuration: configuration))
    } hole: { _ in
    }
    return found
  }
}
