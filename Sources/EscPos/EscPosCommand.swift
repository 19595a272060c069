/// Single commands, for drivers. Each result is one chunk: send it whole.
public enum EscPosCommand {
  /// `ESC @` and, because it switches automatic status off, `GS a` again.
  public static func initialise(automaticStatusMask: UInt8 = 0) -> [UInt8] {
    automaticStatusMask == 0 ? [0x1B, 0x40] : [0x1B, 0x40, 0x1D, 0x61, automaticStatusMask]
  }

  /// `GS a n`: report changes of drawer (bit 0), online (1), errors (2), paper (3), panel (6).
  public static func automaticStatus(mask: UInt8) -> [UInt8] { [0x1D, 0x61, mask] }

  /// `ESC = n`: bit 0 printer, bit 1 customer display.
  public static func selectPeripheral(_ mask: UInt8 = 1) -> [UInt8] { [0x1B, 0x3D, mask] }

  /// `DLE EOT n`, answered at once, by most printers also while offline.
  public static func realTimeStatus(_ query: RealTimeStatusQuery) -> [UInt8] { [0x10, 0x04, query.rawValue] }

  /// `GS r n`, answered in order of the buffer and not while offline.
  public static func transmitStatus(_ query: TransmitStatusQuery) -> [UInt8] { [0x1D, 0x72, query.rawValue] }

  /// `GS r 1` as a fence.
  public static let fence: [UInt8] = transmitStatus(.paper)

  /// `GS I n`.
  public static func identify(_ query: IdentityQuery) -> [UInt8] { [0x1D, 0x49, query.rawValue] }

  /// `GS ( H` function 48: the printer answers with the identifier when all print before it is on paper.
  public static func processIdentifier(_ identifier: ProcessIdentifier) -> [UInt8] {
    let (b1, b2, b3, b4) = identifier.bytes
    return [0x1D, 0x28, 0x48, 0x06, 0x00, 0x30, 0x30, b1, b2, b3, b4]
  }

  /// `GS ( H` function 49: report going offline; 0 off, 1 on, 2 with causes.
  public static func offlineResponse(_ mode: UInt8) -> [UInt8] { [0x1D, 0x28, 0x48, 0x03, 0x00, 0x31, 0x30, mode] }

  /// `ESC p m t1 t2`. The times are never left out, stay within 2 to 510 ms, and never spell a real-time command.
  public static func drawerKick(_ pulse: DrawerPulse) -> [UInt8] {
    func units(_ milliseconds: Int) -> UInt8 { UInt8(clamping: max(1, milliseconds / 2)) }
    var on = units(pulse.onMilliseconds)
    if on == 0x10 { on = 0x11 }
    return [0x1B, 0x70, pulse.pin == 5 ? 1 : 0, on, units(pulse.offMilliseconds)]
  }

  /// `DLE ENQ n`: 1 resume from the line that failed, 2 clear the buffers and recover.
  public static func recover(clearingBuffers: Bool) -> [UInt8] { [0x10, 0x05, clearingBuffers ? 2 : 1] }
}

/// Argument of `DLE EOT`.
public enum RealTimeStatusQuery: UInt8, Sendable, Equatable, CaseIterable {
  case printer = 1
  case offlineCause = 2
  case error = 3
  case paper = 4
}

/// Argument of `GS r`.
public enum TransmitStatusQuery: UInt8, Sendable, Equatable { case paper = 1, drawer = 2, ink = 4 }

/// Argument of `GS I`.
public enum IdentityQuery: UInt8, Sendable, Equatable {
  case modelIdentifier = 1
  case typeIdentifier = 2
  case romVersion = 3
  case firmware = 65
  case maker = 66
  case model = 67
  case serialNumber = 68
  /// "CHINA GB18030", "CHINA GB2312", "TAIWAN BIG-5", "KANJI JAPANESE".
  case fontLanguage = 69
}
