/// What the outside knows that the till does not: time, random numbers, closed stubs.
public struct Context: Sendable {
  /// Time, caller's lane and operator; `businessDay` is a proposal (local date by the shop's day start).
  public var stamp: Stamp
  /// Random numbers for opaque ids; a decision takes at most ``Limits/entropyWords``.
  public var entropy: [UInt64] = []
  /// The closed stubs that the event names.
  public var facts: [ClosedStubFacts] = []
  /// The Unix user that calls; nil: the box itself.
  public var user: Int64?

  /// Memberwise.
  public init(stamp: Stamp, entropy: [UInt64] = [], facts: [ClosedStubFacts] = [], user: Int64? = nil) {
    self.stamp = stamp
    self.entropy = entropy
    self.facts = facts
    self.user = user
  }
}

/// The answer to an event: one event's records in order, and what to do once they are durable.
public struct Decision: Hashable, Sendable {
  public var records: [Record]
  public var effects: [Effect] = []

  /// Memberwise.
  public init(records: [Record], effects: [Effect] = []) {
    self.records = records
    self.effects = effects
  }
}

/// What the engine does once the records are durable.
public enum Effect: Hashable, Sendable {
  /// Hand a queued job to its printer (then `jobStarting`).
  case print(job: String, printer: String)
  /// Take a job from its printer's queue if it has not started.
  case cancelJob(job: String, printer: String)
  /// Send a payment order to its provider, once.
  case authorise(sale: String, tender: TenderID)
  /// Pulse once.
  case kickDrawer(order: String, drawer: String)
}
