// Names and numbers of UnifiedPOS 1.16, as they stand in its Java constants. Numbers go out on the control protocol
// unchanged, so that a technician who knows OPOS or JavaPOS reads them without a table of ours.

/// `State` property (`S_…`).
public enum DeviceState: Int, Sendable, Hashable {
  case closed = 1
  case idle = 2
  case busy = 3
  case error = 4
}

/// `ErrorCode` (`E_…`).
public enum ErrorCode: Int, Sendable, Hashable {
  case success = 0
  case closed = 101
  case claimed = 102
  case notClaimed = 103
  case noService = 104
  case disabled = 105
  case illegal = 106
  case noHardware = 107
  case offline = 108
  case noExist = 109
  case exists = 110
  case failure = 111
  case timeout = 112
  case busy = 113
  case extended = 114
  case deprecated = 115
}

/// `ErrorCodeExtended` of a POSPrinter (`EPTR_…`); counts only with ``ErrorCode/extended``.
public enum PrinterErrorCode: Int, Sendable, Hashable {
  case coverOpen = 201
  case receiptEmpty = 203
  case tooBig = 206
  case badFormat = 207
}

/// `StatusUpdateEvent` numbers of a POSPrinter (`PTR_SUE_…`).
public enum PrinterStatusEvent: Int, Sendable, Hashable {
  case coverOpen = 11
  case coverOK = 12
  case receiptEmpty = 24
  case receiptNearEmpty = 25
  case receiptPaperOK = 26
  case idle = 1001
}

/// `StatusUpdateEvent` numbers of a CashDrawer (`CASH_SUE_…`).
public enum DrawerStatusEvent: Int, Sendable, Hashable {
  case drawerClosed = 0
  case drawerOpen = 1
}

/// `PowerState` (`PS_…`), also used as status event numbers.
public enum PowerState: Int, Sendable, Hashable {
  case unknown = 2000
  case online = 2001
  /// Off or detached.
  case off = 2002
  /// Powered, but not ready.
  case offline = 2003
  case offOffline = 2004
}

/// `CapPowerReporting` (`PR_…`).
public enum PowerReporting: Int, Sendable, Hashable {
  case none = 0
  /// Can tell online from off or offline.
  case standard = 1
  /// Can tell online, off and offline apart.
  case advanced = 2
}

/// Level of a `checkHealth` request (`CH_…`).
public enum HealthCheckLevel: Int, Sendable, Hashable {
  /// No effect on the device.
  case `internal` = 1
  /// May print or move something.
  case external = 2
  /// An operator takes part.
  case interactive = 3
}

/// Names of the standard statistics (`U_…`) that our drivers count.
public enum StatisticName: String, Sendable, Hashable, CaseIterable {
  case hoursPoweredCount = "HoursPoweredCount"
  case communicationErrorCount = "CommunicationErrorCount"
  case onlineTransitionCount = "OnlineTransitionCount"
  case paperCutCount = "PaperCutCount"
  case failedPaperCutCount = "FailedPaperCutCount"
  case printerFaultCount = "PrinterFaultCount"
  case receiptLinePrintedCount = "ReceiptLinePrintedCount"
  case receiptCharacterPrintedCount = "ReceiptCharacterPrintedCount"
  case receiptCoverOpenCount = "ReceiptCoverOpenCount"
  case drawerGoodOpenCount = "DrawerGoodOpenCount"
  case drawerFailedOpenCount = "DrawerFailedOpenCount"
  case goodScanCount = "GoodScanCount"
  case noReadCount = "NoReadCount"
}

/// Counters of one device since the daemon started. A value; drivers publish copies.
public struct DeviceStatistics: Sendable, Equatable {
  private var counts: [StatisticName: UInt64] = [:]

  public init() {}

  /// The count so far; zero when nothing was ever counted.
  public subscript(name: StatisticName) -> UInt64 { counts[name] ?? 0 }

  /// Counts up; stops at the largest number instead of wrapping.
  public mutating func add(_ name: StatisticName, _ amount: UInt64 = 1) {
    let (sum, overflow) = self[name].addingReportingOverflow(amount)
    counts[name] = overflow ? .max : sum
  }

  /// Counted names with their values, sorted by name.
  public var all: [(name: StatisticName, count: UInt64)] {
    counts.map { (name: $0.key, count: $0.value) }.sorted { $0.name.rawValue < $1.name.rawValue }
  }
}
