/// What the simulation did and found; sums over seeds.
public struct Counts: Sendable, Equatable {
  public private(set) var values: [String: Int] = [:]

  public init() {}

  public subscript(_ name: String) -> Int {
    get { values[name] ?? 0 }
    set { values[name] = newValue }
  }

  public mutating func add(_ other: Counts) {
    for (name, value) in other.values { values[name, default: 0] += value }
  }

  /// One JSON object, members sorted.
  public var json: String {
    "{" + values.keys.sorted().map { "\"\($0)\":\(self[$0])" }.joined(separator: ",") + "}"
  }
}

/// What a seed must not show.
public struct Violation: Sendable, CustomStringConvertible {
  public enum Kind: String, Sendable {
    /// Acknowledged and silently absent.
    case lost
    /// A good journal was refused.
    case refusedWithoutRot
    /// The engine did not start, or a disk in order was reported as failing.
    case startFailed
    /// An answer, paper or a pulse left before its record was durable.
    case early
    /// The same key answered in two ways, or an old call executed anew.
    case answeredDifferently
    /// A key stands in two events.
    case keyTwice
    /// A second unmarked copy of the same document.
    case unmarkedTwice
    /// A drawer pulsed twice for one order.
    case kickedTwice
    /// What is in memory after a start is not what the records say.
    case stateDiffers
    /// A payment order went out a second time.
    case paidTwice
    /// A provider has money of a payment that the box takes for over.
    case paidButLost
    /// A payment is not over at the end of the day.
    case unresolved
    /// A customer's payment code was kept.
    case codeKept
    /// Money or numbers do not add up.
    case books
    /// Verification of the whole journal found a fault, or did not find the flipped bit.
    case verify
    /// A call failed in a way that must not happen.
    case fault
  }

  public var kind: Kind
  public var text: String

  public init(kind: Kind, text: String) {
    self.kind = kind
    self.text = text
  }

  public var description: String { "\(kind.rawValue): \(text)" }
}

/// Which rule of the journal is left out.
public enum Variant: String, Sendable, CaseIterable {
  case none
  case noAlignment = "no-alignment"
  case noMark = "no-mark"
  case noSynchronize = "no-fdatasync"
}
