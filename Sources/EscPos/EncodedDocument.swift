/// A document as printer bytes.
public struct EncodedDocument: Sendable, Equatable {
  /// Everything, in order.
  public var bytes: [UInt8] = []
  /// Where each chunk ends, ascending; the last equals `bytes.count`. A chunk is a line or a command with all its
  /// data: between chunks a driver may stop, wait or ask for status; inside one it may not.
  public var boundaries: [Int] = []
  /// Where the last cut (with its feed) begins; `bytes.count` when there is none. Print up to here is the body.
  public var bodyEnd = 0
  /// Where the answer-demanding commands end that were asked for, in order.
  public var proofs: [ProofMark] = []
  /// Characters that the paper shows differently, each once, with a count.
  public var substitutions: [Substitution] = []
  /// Codes that this printer cannot draw, and what was printed in their place.
  public var omissions: [Omission] = []
}

/// A point in the bytes whose passing the printer will report.
public struct ProofMark: Sendable, Equatable {
  public enum Kind: Sendable, Equatable {
    /// Process identifier behind the body.
    case body(ProcessIdentifier)
    /// Process identifier behind the cut.
    case cut(ProcessIdentifier)
    /// `GS r 1` at the end.
    case fence
  }
  public var kind: Kind
  /// Offset behind the command.
  public var offset: Int
}

/// A character that the printer's fonts lack.
public struct Substitution: Sendable, Equatable {
  public var scalar: Unicode.Scalar
  /// What the paper shows.
  public var replacement: String
  public var count: Int
  /// Memberwise.
  public init(scalar: Unicode.Scalar, replacement: String, count: Int) {
    self.scalar = scalar
    self.replacement = replacement
    self.count = count
  }
}

/// A code that is not drawn.
public struct Omission: Sendable, Equatable {
  public enum Reason: String, Sendable, Equatable {
    /// The profile says that the printer cannot draw it; the content is printed as text.
    case notSupported
    /// The content does not fit the symbology, is too long, or holds a control byte; the content is printed as text.
    case invalidContent
  }
  /// `qrCode` or the symbology's name.
  public var what: String
  public var reason: Reason
  /// Memberwise.
  public init(what: String, reason: Reason) {
    self.what = what
    self.reason = reason
  }
}

/// What a job asks the printer to confirm. Only what the profile can answer is sent.
public struct ProofRequest: Sendable, Equatable {
  /// Sent behind the body and behind the cut.
  public var body: ProcessIdentifier?
  public var cut: ProcessIdentifier?
  /// Sent at the end.
  public var fence: Bool
  /// Makes a request.
  public init(body: ProcessIdentifier? = nil, cut: ProcessIdentifier? = nil, fence: Bool = false) {
    self.body = body
    self.cut = cut
    self.fence = fence
  }
  /// Asks for nothing.
  public static let none = ProofRequest()
}

/// The four characters (20h to 7Eh) of `GS ( H` function 48.
public struct ProcessIdentifier: Sendable, Equatable, Hashable {
  public let bytes: (UInt8, UInt8, UInt8, UInt8)
  /// The decimal number with leading zeros; taken modulo 10,000.
  public init(number: UInt64) {
    let rest = number % 10_000
    func digit(_ unit: UInt64) -> UInt8 { 0x30 + UInt8(rest / unit % 10) }
    bytes = (digit(1000), digit(100), digit(10), digit(1))
  }
  /// Four received bytes; nil when one is outside 20h to 7Eh.
  public init?(_ b1: UInt8, _ b2: UInt8, _ b3: UInt8, _ b4: UInt8) {
    for byte in [b1, b2, b3, b4] where byte < 0x20 || byte > 0x7E { return nil }
    bytes = (b1, b2, b3, b4)
  }
  /// The number, nil when the characters are not four digits.
  public var number: Int? { Int(text) }
  public var text: String { String(decoding: [bytes.0, bytes.1, bytes.2, bytes.3], as: UTF8.self) }
  public static func == (left: Self, right: Self) -> Bool { left.bytes == right.bytes }
  public func hash(into hasher: inout Hasher) {
    hasher.combine(bytes.0)
    hasher.combine(bytes.1)
    hasher.combine(bytes.2)
    hasher.combine(bytes.3)
  }
}
