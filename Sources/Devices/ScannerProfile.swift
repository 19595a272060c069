/// How a scanner on a serial line frames a code.
public struct ScannerProfile: Sendable, Equatable {
  /// What ends a code.
  public enum Suffix: String, Sendable, CaseIterable {
    case cr
    case lf
    case crlf
    case etx
    /// Nothing: a silence ends it.
    case none
  }

  /// Longest code in bytes, prefix and identifier not counted. QR codes hold up to 7,089 digits.
  public static let maximumLengths = 1...8192
  /// Silence that ends a code without suffix, in milliseconds.
  public static let gaps = 5...1000

  /// Name of the file without `.toml`, or of the configuration entry.
  public var name: String
  /// For people; empty: it is made of the configuration alone.
  public var title = ""
  /// Name of the driver family, a row of the driver table.
  public var family: String
  /// Bytes before each code, for example STX; empty = none.
  public var prefix: [UInt8]
  public var suffix: Suffix
  /// Silence in milliseconds that ends a code without suffix.
  public var gapMilliseconds: Int
  public var maximumLength: Int
  /// The scanner sends AIM identifiers (`]E0`) in front of the data.
  public var aim: Bool
  /// USB devices that it is for.
  public var usb: [USBMatch] = []
  /// Where the values come from, by the name of their group.
  public var evidence: [String: Evidence] = [:]

  public init(
    name: String = "generic-serial", family: String = "serial-scanner", prefix: [UInt8] = [], suffix: Suffix = .cr,
    gapMilliseconds: Int = 30, maximumLength: Int = 4096, aim: Bool = true
  ) {
    self.name = name
    self.family = family
    self.prefix = prefix
    self.suffix = suffix
    self.gapMilliseconds = gapMilliseconds
    self.maximumLength = maximumLength
    self.aim = aim
  }
}
