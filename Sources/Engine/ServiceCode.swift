/// A printed code by which a technician asks a box without keyboard for a slip. It only reads.
public enum ServiceCode: String, Sendable, CaseIterable {
  /// How the box is.
  case status = "CF:STATUS"
  /// What is wrong, each with the command that mends it.
  case doctor = "CF:DOCTOR"

  /// Codes that begin so are the box's own: no application ever gets one as goods.
  public static let prefix = "CF:"
  /// Characters of an unknown code that the log shows.
  static let shown = 32

  /// Whether what was scanned is none of the applications'.
  public static func isReserved(_ bytes: [UInt8]) -> Bool { bytes.starts(with: prefix.utf8) }

  /// The code that was scanned, all of it and in capitals; nil: there is no such code.
  public init?(scanned bytes: [UInt8]) {
    guard let code = Self.allCases.first(where: { bytes.elementsEqual($0.rawValue.utf8) }) else { return nil }
    self = code
  }

  /// An unknown code for a log: its beginning, whatever is not printable ASCII as `?`.
  public static func text(of bytes: [UInt8]) -> String {
    let visible = bytes.prefix(shown).map { (0x20...0x7E).contains($0) ? $0 : UInt8(ascii: "?") }
    return String(decoding: visible, as: UTF8.self) + (bytes.count > shown ? "..." : "")
  }
}

/// How many slips service codes may put out: a scanner that sends the same code day and night must not empty the paper.
/// A value without a clock; times are monotonic nanoseconds.
public struct ServiceAllowance: Sendable {
  /// A code of a scanner is heard again when that scanner has not sent that code for so long.
  public static let silence: UInt64 = 3_000_000_000
  /// Slips of one printer right after each other.
  public static let burst = 5
  /// After so long one more.
  public static let refill: UInt64 = 600_000_000_000

  /// What is silent or not: a code of a scanner. All unknown codes of a scanner are one, so there are few of these however
  /// many codes somebody makes up.
  public struct Source: Hashable, Sendable {
    public var scanner: String
    /// Nil: an unknown one.
    public var code: ServiceCode?

    /// Memberwise.
    public init(_ scanner: String, _ code: ServiceCode?) {
      self.scanner = scanner
      self.code = code
    }
  }

  /// Unix users that are counted each for themselves; all who come after them share.
  public static let users = 16

  /// Whose slips they are. Each has an allowance of its own on each printer, so that nobody uses up another's.
  public enum Asker: Hashable, Sendable {
    /// Codes that were scanned, and what the box prints by itself.
    case box
    /// Calls of a Unix user.
    case user(UInt32)
    /// Calls of users that are one too many to be counted.
    case others
  }

  private struct Account: Hashable {
    let printer: String
    let asker: Asker
  }

  private var lastScan: [Source: UInt64] = [:]
  /// When a printer has all its slips for somebody again; not told for one that has them.
  private var paidBack: [Account: UInt64] = [:]

  public init() {}

  /// True for a scan that is meant: the scanner had not sent this code just before it.
  public mutating func hears(_ source: Source, at now: UInt64) -> Bool {
    let before = lastScan.updateValue(now, forKey: source)
    return before.map { now >= $0 && now - $0 >= Self.silence } ?? true
  }

  /// Takes one slip of a printer; false: whoever asks had their share.
  public mutating func take(_ printer: String, for asker: Asker = .box, at now: UInt64) -> Bool {
    let account = account(printer, asker, now)
    let debt = max(paidBack[account] ?? 0, now)
    guard debt - now <= Self.refill * UInt64(Self.burst - 1) else { return false }
    paidBack[account] = debt + Self.refill
    return true
  }

  /// Users who owe nothing any more make room for others.
  private mutating func account(_ printer: String, _ asker: Asker, _ now: UInt64) -> Account {
    let own = Account(printer: printer, asker: asker)
    guard case .user = asker, paidBack[own] == nil else { return own }
    paidBack = paidBack.filter { $0.value > now }
    let users = paidBack.keys.filter { $0.printer == printer && $0.asker != .box && $0.asker != .others }
    return users.count < Self.users ? own : Account(printer: printer, asker: .others)
  }
}
