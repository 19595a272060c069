/// A bar code scanner. Works in a thread of its own; reports come in order from that thread.
public protocol Scanner: AnyObject, Sendable {
  /// Name of the device; stays the same over restarts and replugs.
  var id: DeviceIdentifier { get }
  /// Counters since ``start(report:)``.
  var statistics: DeviceStatistics { get }
  /// Starts the thread and reports a first ``ScanReport/state(_:why:)``. Called once.
  func start(report: @escaping @Sendable (ScanReport) -> Void)
  /// Ends the thread and waits for it. Idempotent.
  func stop()
}

/// One scan, as the scanner sent it, without prefix and suffix.
public struct ScannedData: Sendable, Equatable {
  /// The data behind the AIM identifier. Bytes, because QR codes hold any.
  public let bytes: [UInt8]
  /// AIM symbology identifier (ISO/IEC 15424), three characters such as `]E0`; nil when the scanner sends none.
  public let aim: String?
  /// True when the end was guessed from silence, because the scanner sends no suffix.
  public let unterminated: Bool

  public init(bytes: [UInt8], aim: String?, unterminated: Bool) {
    self.bytes = bytes
    self.aim = aim
    self.unterminated = unterminated
  }
}

/// Why a scan was thrown away whole. A short or joined code is never delivered.
public enum ScanLoss: String, Sendable, Hashable {
  /// Longer than the limit.
  case tooLong
  /// The line reported lost or damaged bytes.
  case overrun
  /// Unplugged in the middle of a code.
  case interrupted
}

/// What a scanner tells the register.
public enum ScanReport: Sendable, Equatable {
  case scan(ScannedData)
  /// UnifiedPOS `State`: closed = not there, idle = listening, error = there but cannot be used; `why` is for people.
  case state(DeviceState, why: String)
  case lost(ScanLoss)
}
