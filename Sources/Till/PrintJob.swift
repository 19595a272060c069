/// What a job prints.
public enum DocumentKind: String, Sendable, CaseIterable {
  /// For the customer.
  case receipt
  /// A receipt without prices.
  case giftReceipt
  /// The shop's own copy.
  case merchantCopy
  /// Of a sale that is not paid yet.
  case proforma
  /// Free text of an application.
  case note
  /// A shift's or day's figures.
  case report
}

/// Which copy a slip says it is.
public enum CopyKind: String, Sendable, CaseIterable {
  /// The customer's.
  case original
  /// The shop's, an original too.
  case merchant
  /// Says 补打 / REPRINT on the paper.
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
  /// Over, proven as far as `level` says.
  case done
  /// Started, and its end is not proven.
  case unknown
  /// No paper: it could not be printed, or a note that a restart dropped before it started.
  case lost
  /// Not started in its time, or too many were waiting.
  case expired
  /// A person gave it up.
  case cancelled
}

/// How far a print is proven, ascending.
public enum PrintLevel: String, Sendable, CaseIterable, Comparable {
  /// Ordered, durably.
  case queued
  /// All bytes left the box.
  case sent
  /// The printer took them all.
  case drained
  /// The printer answered a status request sent after them.
  case fenced
  /// It reported the print as done.
  case printed
  /// It reported the cut as done.
  case cut
  /// No paper, cover or error report fell in between.
  case clean

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
  /// The paper is there.
  case itPrinted
  /// Once more, marked as a second copy.
  case printAgain
  /// No paper is wanted.
  case cancel
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
  /// Attempts that durably started, those of earlier jobs for the same document of the stub too.
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

  /// True when the paper says 补打: that of the attempt that runs, else that of the next.
  public var isMarked: Bool { state == .started ? copy == .reprint || starts > 1 : nextIsMarked }
}
