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

  /// What the journal says of its box for good (docs/journal-format.md, `genesis`), under the names of the file.
  func identity() throws -> [(setting: String, value: String)] {
    for start in try segmentStarts() {
      var found: [(setting: String, value: String)] = []
      try read(from: start, limit: 2, kinds: ["genesis", "state"]) { entry in
        let data = (try? JSON(parsing: entry.entry))?["data"]
        guard found.isEmpty, let genesis = data?["identity"] ?? data, let origin = genesis["origin"]?.string else {
          return
        }
        let names = origin.split(separator: "/", maxSplits: 1).map(String.init)
        found = zip(["shop.shop", "shop.till"], names).map { (setting: $0, value: $1) }
        for (setting, member) in [("shop.currency", "currency"), ("shop.time_zone", "timeZone")] {
          if let value = genesis[member]?.string { found.append((setting: setting, value: value)) }
        }
      } hole: { _ in
      }
      if !found.isEmpty { return found }
    }
    return []
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
