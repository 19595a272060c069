import Document

/// A printer that knows what it can prove about paper.
///
/// Every printer works in a thread of its own; no method here waits for the device. Reports come in order, from that
/// thread, so the receiver must only hand them on. After ``stop()`` no report comes any more.
public protocol ReceiptPrinter: AnyObject, Sendable {
  /// Name of the device; stays the same over restarts.
  var id: DeviceIdentifier { get }
  /// Counters since ``start(report:)``.
  var statistics: DeviceStatistics { get }
  /// Starts the thread and reports a first ``PrinterReport/status(_:)``. Called once.
  func start(report: @escaping @Sendable (PrinterReport) -> Void)
  /// Takes one job. The queue holds one: the register sends the next after ``PrinterReport/ended(_:)`` or
  /// ``PrinterReport/refused(job:status:)``; a second job in between is refused at once.
  func print(_ request: PrintRequest)
  /// Sends the pulse to the drawer behind this printer at most once; ends with ``PrinterReport/drawer(order:outcome:why:)``.
  func kickDrawer(order: String)
  /// Takes back a job that has not sent a byte (ends as ``PrintOutcome/cancelled``). Without effect on one that has.
  func cancel(job: String)
  /// Asks the printer for its status now; a ``PrinterReport/status(_:)`` follows.
  func checkHealth()
  /// Ends the thread and waits for it: a job under way ends as what is known by then. Idempotent.
  func stop()
}

/// One printing of one document.
public struct PrintRequest: Sendable {
  /// The register's name of the job; comes back in every report.
  public let job: String
  public let document: Document
  /// Ordinal of this attempt, from 1. The driver never makes another attempt by itself.
  public let attempt: Int
  /// Longest time from the first byte to the last proof in nanoseconds; nil = computed from length and profile.
  public let budgetNanoseconds: UInt64?

  public init(job: String, document: Document, attempt: Int, budgetNanoseconds: UInt64? = nil) {
    self.job = job
    self.document = document
    self.attempt = attempt
    self.budgetNanoseconds = budgetNanoseconds
  }
}

/// What is known about a job's paper; each level includes those before it.
public enum ProofLevel: Int, Sendable, Hashable, Comparable, CaseIterable {
  /// Nothing sent.
  case queued
  /// The transport took the bytes.
  case sent
  /// The device's end acknowledged them on the link.
  case drained
  /// The printer worked through the whole job (answer to `GS r 1`, which stands behind it in the buffer).
  case fenced
  /// The printer says that the body is printed (process ID behind the body).
  case printed
  /// The printer says that it came past the cut (process ID behind the cut).
  case cut
  /// Asked after the cut, the printer reports no error, paper and a closed cover.
  case clean

  /// Word for entries and messages.
  public var name: String {
    switch self {
    case .queued: "queued"
    case .sent: "sent"
    case .drained: "drained"
    case .fenced: "fenced"
    case .printed: "printed"
    case .cut: "cut"
    case .clean: "clean"
    }
  }

  /// The level of a word written by ``name``.
  public init?(name: String) {
    guard let level = Self.allCases.first(where: { $0.name == name }) else { return nil }
    self = level
  }

  public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// How a job ended.
public enum PrintOutcome: String, Sendable, Hashable {
  /// The best proof that this printer can give was given.
  case done
  /// Some bytes went out and the proof did not come: paper may or may not exist.
  case unknown
  /// Provably nothing went out: not one byte of the job was taken.
  case lost
  /// Taken back before the first byte.
  case cancelled
}

/// Roll of paper.
public enum PaperState: String, Sendable, Hashable {
  case ok
  case low
  case out
  case unknown
}

/// Lid of the printer.
public enum CoverState: String, Sendable, Hashable {
  case closed
  case open
  case unknown
}

/// Error that the printer itself reports.
public enum PrinterFault: String, Sendable, Hashable {
  case none
  /// Can be cleared by hand or by a command once the cause is gone.
  case recoverable
  case cutter
  /// Needs a service technician.
  case unrecoverable
  /// Head too hot; ends by itself.
  case overheated
  case unknown
}

/// The printer as last seen.
public struct PrinterStatus: Sendable, Equatable {
  /// UnifiedPOS `State`: closed = not reachable, idle, busy, error = reachable but cannot print.
  public var state: DeviceState
  public var power: PowerState
  /// Reached and able to print.
  public var online: Bool
  public var paper: PaperState
  public var cover: CoverState
  public var fault: PrinterFault
  /// Level of the drawer switch as seen at the printer's connector.
  public var drawer: DrawerState
  /// The best proof that a job on this printer can reach, by its profile.
  public var bestLevel: ProofLevel
  /// Characters of the standard font that fit in a line.
  public var columns: Int
  /// Name of the text encoding in use, for example `gb18030`.
  public var encoding: String
  /// For people: why the printer cannot print, or empty.
  public var why: String

  /// True when a job handed over now would start.
  public var ready: Bool { online && (state == .idle || state == .busy) }

  public init(
    state: DeviceState = .closed, power: PowerState = .unknown, online: Bool = false, paper: PaperState = .unknown,
    cover: CoverState = .unknown, fault: PrinterFault = .none, drawer: DrawerState = .unknown, bestLevel: ProofLevel,
    columns: Int, encoding: String, why: String = ""
  ) {
    self.state = state
    self.power = power
    self.online = online
    self.paper = paper
    self.cover = cover
    self.fault = fault
    self.drawer = drawer
    self.bestLevel = bestLevel
    self.columns = columns
    self.encoding = encoding
    self.why = why
  }
}

/// How far a job came.
public struct PrintProgress: Sendable, Equatable {
  public let job: String
  public let level: ProofLevel
  /// Bytes of this job that the transport took.
  public let sentBytes: Int
  public let totalBytes: Int

  public init(job: String, level: ProofLevel, sentBytes: Int, totalBytes: Int) {
    self.job = job
    self.level = level
    self.sentBytes = sentBytes
    self.totalBytes = totalBytes
  }
}

/// The end of a job; exactly one per job that was not refused.
public struct PrintEnd: Sendable, Equatable {
  public let job: String
  public let outcome: PrintOutcome
  public let level: ProofLevel
  /// Bytes of this job that the transport took.
  public let sentBytes: Int
  public let totalBytes: Int
  /// For people; nil when all is well.
  public let why: String?

  public init(job: String, outcome: PrintOutcome, level: ProofLevel, sentBytes: Int, totalBytes: Int, why: String?) {
    self.job = job
    self.outcome = outcome
    self.level = level
    self.sentBytes = sentBytes
    self.totalBytes = totalBytes
    self.why = why
  }
}

/// What a printer tells the register.
public enum PrinterReport: Sendable, Equatable {
  case status(PrinterStatus)
  case progress(PrintProgress)
  case ended(PrintEnd)
  /// Not one byte of the job was sent, because the printer is away or cannot print. The job is the register's again; the
  /// driver keeps watching and sends a ``status(_:)`` with ``PrinterStatus/ready`` when the job may be handed over again.
  case refused(job: String, status: PrinterStatus)
  case drawer(order: String, outcome: DrawerOutcome, why: String?)
  case drawerState(DrawerState)
}
