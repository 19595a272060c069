/// One thing that a printer said.
public enum PrinterReply: Sendable, Equatable {
  /// Answer to `DLE EOT`. The byte does not say which query it answers; answers come in the order of the queries.
  case realTimeStatus(UInt8)
  /// Automatic status, four bytes.
  case automaticStatus(AutomaticStatus)
  /// Answer to `GS r` or to `GS I` 1 to 3.
  case transmittedStatus(UInt8)
  /// Print before `GS ( H` function 48 is on paper.
  case processIdentifier(ProcessIdentifier)
  /// Went offline; the bytes are the causes (40h to 7Fh), if they were asked for.
  case offline([UInt8])
  /// Buffers were cleared on request.
  case buffersCleared
  /// About to power off on request.
  case poweringOff
  /// Answer to `GS I` 65 and up: the text between header 5Fh and NUL.
  case information([UInt8])
  /// Any other block, header first, NUL left out.
  case block([UInt8])
  /// May send again.
  case transmitOn
  /// Must not send: buffer full.
  case transmitOff
  /// Bytes that are no reply.
  case noise([UInt8])
}

/// Automatic status (ASB). The fourth byte is reserved and not read.
public struct AutomaticStatus: Sendable, Equatable {
  public var first: UInt8
  public var second: UInt8
  public var third: UInt8
  public var fourth: UInt8
  public init(_ first: UInt8, _ second: UInt8, _ third: UInt8, _ fourth: UInt8) {
    self.first = first
    self.second = second
    self.third = third
    self.fourth = fourth
  }
}

/// What is known of a printer from its replies. A field is nil until something was heard of it.
public struct PrinterCondition: Sendable, Equatable {
  public enum Paper: String, Sendable, Equatable { case ok, low, out }
  public var isOffline: Bool?
  public var isCoverOpen: Bool?
  public var paper: Paper?
  /// Level of pin 3 of the drawer's connector; whether high means open depends on the drawer.
  public var isDrawerPinHigh: Bool?
  public var isWaitingForRecovery: Bool?
  public var isFeeding: Bool?
  public var hasRecoverableError: Bool?
  public var hasCutterError: Bool?
  public var hasUnrecoverableError: Bool?
  /// Such as a hot head: goes away by itself.
  public var hasPassingError: Bool?

  /// Nothing known.
  public init() {}

  /// True when anything is known that keeps the printer from printing.
  public var isBlocked: Bool {
    isOffline == true || isCoverOpen == true || paper == .out || hasError
  }
  /// True when any error is known.
  public var hasError: Bool {
    hasRecoverableError == true || hasCutterError == true || hasUnrecoverableError == true || hasPassingError == true
  }

  /// Takes in the answer to a `DLE EOT`.
  public mutating func apply(_ byte: UInt8, to query: RealTimeStatusQuery) {
    func bit(_ number: UInt8) -> Bool { byte >> number & 1 == 1 }
    switch query {
    case .printer:
      isDrawerPinHigh = bit(2)
      isOffline = bit(3)
      isWaitingForRecovery = bit(5)
    case .offlineCause:
      isCoverOpen = bit(2)
      isFeeding = bit(3)
      if bit(5) { paper = .out } else if paper == .out { paper = nil }
      if !bit(6) {
        (hasRecoverableError, hasCutterError, hasUnrecoverableError, hasPassingError) = (false, false, false, false)
      }
    case .error:
      hasRecoverableError = bit(2)
      hasCutterError = bit(3)
      hasUnrecoverableError = bit(5)
      hasPassingError = bit(6)
    case .paper:
      // Two bits tell each state; some printers set only one of them.
      paper = bit(5) || bit(6) ? .out : bit(2) || bit(3) ? .low : .ok
    }
  }

  /// Takes in an automatic status.
  public mutating func apply(_ status: AutomaticStatus) {
    func bit(_ byte: UInt8, _ number: UInt8) -> Bool { byte >> number & 1 == 1 }
    isDrawerPinHigh = bit(status.first, 2)
    isOffline = bit(status.first, 3)
    isCoverOpen = bit(status.first, 5)
    isFeeding = bit(status.first, 6)
    isWaitingForRecovery = bit(status.second, 0)
    hasRecoverableError = bit(status.second, 2)
    hasCutterError = bit(status.second, 3)
    hasUnrecoverableError = bit(status.second, 5)
    hasPassingError = bit(status.second, 6)
    paper = status.third & 0x0C != 0 ? .out : status.third & 0x03 != 0 ? .low : .ok
  }

  /// Takes in the answer to a `GS r`.
  public mutating func apply(_ byte: UInt8, to query: TransmitStatusQuery) {
    switch query {
    case .paper: paper = byte & 0x0C != 0 ? .out : byte & 0x03 != 0 ? .low : .ok
    case .drawer: isDrawerPinHigh = byte & 1 == 1
    case .ink: break
    }
  }
}
