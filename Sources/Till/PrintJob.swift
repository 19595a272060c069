/// What a job prints.
public enum DocumentKind: String, Sendable, CaseIterable {
  case receipt, giftReceipt, merchantCopy, proforma, note, report
}

/// Which copy a slip says it is.
public enum CopyKind: String, Sendable, CaseIterable {
  case original, merchant
  /// 补打
  case reprint
}

/// Where an unfinished job stands.
public enum JobState: String, Sendable, CaseIterable {
  /// Waits for its printer.
  case queued
  /// Bytes may have gone out.
  case started
  /// Never started before a restart: prints unmarked, on request only.
  case owed
  /// Started and not proven; waits for a decision.
  case unknown
}

/// How a job ended.
public enum JobOutcome: String, Sendable, CaseIterable {
  case done, unknown, lost, expired, cancelled
}

/// How far a print is proven, ascending.
public enum PrintLevel: String, Sendable, CaseIterable, Comparable {
  case queued, sent, drained, fenced, printed, cut, clean

  private var rank: Int {
    switch self {
    case .queued: 0
    case .sent: 1
    case .drained: 2
    case .fenced: 3
    case .printed: 4
    case .cut: 5
    case .clean: 6
    }
  }

  public static func < (left: PrintLevel, right: PrintLevel) -> Bool { left.rank < right.rank }
}

/// What the journal keeps of a free note.
public struct NoteSummary: Hashable, Sendable {
  public var title: String
  /// SHA-256 of its content in hex.
  public var hash: String
  /// Bytes of content.
  public var size: Int64
  /// UTC milliseconds after which it no longer prints.
  public var expires: Int64?

  /// Memberwise.
  public init(title: String, hash: String, size: Int64, expires: Int64? = nil) {
    self.title = title
    self.hash = hash
    self.size = size
    self.expires = expires
  }
}

/// What a person says about an unproven job.
public enum JobDecision: String, Sendable, CaseIterable {
  case itPrinted, printAgain, cancel
}

/// A print job that is not finished.
public struct PrintJob: Hashable, Sendable {
  /// `j1`, `j2`, …
  public var id: String
  public var printer: String
  public var lane: String?
  public var document: DocumentKind
  public var copy: CopyKind = .original
  /// The stub it prints, if any.
  public var stub: StubReference?
  /// The open sale of a pro forma.
  public var sale: String?
  public var note: NoteSummary?
  /// Text of a ``ReportName``.
  public var report: String?
  public var training: Bool = false
  public var state: JobState = .queued
  /// Attempts that durably started.
  public var starts: Int64 = 0
  public var queuedAt: Int64

  /// Memberwise.
  public init(
    id: String, printer: String, lane: String? = nil, document: DocumentKind, copy: CopyKind = .original,
    stub: StubReference? = nil, sale: String? = nil, note: NoteSummary? = nil, report: String? = nil,
    training: Bool = false, state: JobState = .queued, starts: Int64 = 0, queuedAt: Int64
  ) {
    self.id = id
    self.printer = printer
    self.lane = lane
    self.document = document
    self.copy = copy
    self.stub = stub
    self.sale = sale
    self.note = note
    self.report = report
    self.training = training
    self.state = state
    self.starts = starts
    self.queuedAt = queuedAt
  }

  /// True when the next attempt must say 补打: it is a reprint, or an earlier attempt may have put paper out.
  public var nextIsMarked: Bool { copy == .reprint || starts > 0 }
}
