import JSON
import Journal

/// Which connectors cannot be reached. No order is held up by it: each tries for itself, and says what became of it.
public struct ProviderAbsence: Sendable, Hashable {
  public var why: ProviderGone
  /// UTC milliseconds.
  public var since: Int64

  public init(why: ProviderGone, since: Int64) { (self.why, self.since) = (why, since) }
}

extension ProviderDesk {
  /// False when it is no news. Another reason is news; since when stays.
  mutating func take(_ reach: ProviderReach, of provider: String, at now: Int64) -> Bool {
    let before = absences[provider]
    switch reach {
    case .there: absences[provider] = nil
    case .gone(let why): absences[provider] = ProviderAbsence(why: why, since: before?.since ?? now)
    }
    return absences[provider] != before
  }
}

extension Happening {
  static func providerStatus(_ provider: String, _ reach: ProviderReach, _ now: Reading) -> Happening {
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("online")
    writer.bool(reach == .there)
    writer.key("why")
    if case .gone(let why) = reach { writer.string(why.rawValue) } else { writer.string("") }
    writer.endObject()
    return Happening(
      topic: "device", name: "providerStatus", subject: provider, lane: nil, at: now.wallMilliseconds,
      trusted: now.trusted, data: writer.bytes)
  }
}
