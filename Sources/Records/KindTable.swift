import Till

/// When an event of a kind must be on disk.
public enum Durability: Sendable {
  /// Before the answer.
  case now
  /// Rides with the next commit, at the latest after 200 ms.
  case lazy
}

/// One row of the kind table in docs/journal-format.md.
public struct KindRow: Sendable {
  public let kind: RecordKind
  /// The frame's type byte.
  public let recordClass: UInt8
  public let durability: Durability
  /// A MARK follows its batch after a pause.
  public let news: Bool
}

/// The kinds of entries that the till writes.
public enum KindTable {
  public static let all: [KindRow] = RecordKind.allCases.map(row)

  /// The row of a kind.
  public static func row(_ kind: RecordKind) -> KindRow {
    KindRow(kind: kind, recordClass: recordClass(kind), durability: durability(kind), news: news(kind))
  }

  /// The names of all kinds that a journal of this format holds, those that no record of the till has among them.
  public static let names: [String] =
    RecordKind.allCases.map(\.rawValue) + ["state", RecordCodec.keysCarried, "checkpoint", "mark", "seal", "recovery"]

  /// What no journal of this format holds; nil: all of them may stand there. A long record goes on in `Part` entries.
  public static func unknown(among kinds: [String]) -> String? {
    kinds.first { name in !names.contains { name == $0 || name == $0 + "Part" } }
  }

  private static func recordClass(_ kind: RecordKind) -> UInt8 {
    switch kind {
    case .genesis: 14
    case .boot: 15
    case .stop: 21
    case .config: 16
    case .stubSealed: 1
    case .tenderApproved, .tenderDeclined, .tenderUnknown, .tenderReversed, .tenderIntended, .tenderPending,
      .tenderReversing, .tenderMismatched, .tenderTested, .tenderCorrected:
      18
    case .deliveryOrdered, .jobQueued, .jobStarted, .jobEnded, .jobDecided, .drawerOrdered, .drawerEnded: 19
    case .shiftOpened, .cashMoved, .shiftClosed: 20
    case .dayClosed: 10
    default: 2
    }
  }

  private static func durability(_ kind: RecordKind) -> Durability {
    switch kind {
    case .linesAdded, .lineChanged, .lineRemoved, .adjustmentsSet, .partySet, .jobEnded, .drawerEnded: .lazy
    default: .now
    }
  }

  private static func news(_ kind: RecordKind) -> Bool {
    switch recordClass(kind) {
    case 1, 18, 19, 20, 10: true
    default: [.approvalGranted, .saleVoided, .saleHeld, .heldResolved].contains(kind)
    }
  }
}
