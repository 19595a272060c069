import Devices
import Symbology

/// Cuts a scanner's byte stream into codes. A value without time or I/O: bytes and silences are handed in.
///
/// Never delivers a part of a code or two codes as one: what cannot be told apart is thrown away and reported.
public struct ScanFramer: Sendable {
  /// What came out.
  public enum Output: Sendable, Equatable {
    case scan(ScannedData)
    case lost(ScanLoss)
  }

  /// Silence in the middle of a code that should end with a suffix: the rest will not come any more.
  public static let staleMilliseconds = 500

  private enum State: Sendable, Equatable {
    /// Before the prefix; `matched` bytes of it are there.
    case outside(matched: Int)
    case inside
    /// In a code that is thrown away, up to its end.
    case discarding
  }

  private static let cr: UInt8 = 0x0D
  private static let lf: UInt8 = 0x0A
  private static let etx: UInt8 = 0x03

  private let profile: ScannerProfile
  private let limit: Int
  private var state: State
  private var buffer: [UInt8] = []

  public init(profile: ScannerProfile) {
    self.profile = profile
    let limits = ScannerProfile.maximumLengths
    let longest = min(max(profile.maximumLength, limits.lowerBound), limits.upperBound)
    limit = longest + (profile.aim ? AIMIdentifier.length : 0)
    state = .outside(matched: 0)
    reset()
  }

  /// Silence in milliseconds after which ``silence()`` is to be called; nil = none is waited for.
  public var silenceMilliseconds: Int? {
    switch state {
    case .outside(let matched): matched > 0 ? Self.staleMilliseconds : nil
    case .inside:
      buffer.isEmpty && profile.prefix.isEmpty
        ? nil : profile.suffix == .none ? profile.gapMilliseconds : Self.staleMilliseconds
    case .discarding: profile.suffix == .none ? profile.gapMilliseconds : Self.staleMilliseconds
    }
  }

  private mutating func reset() {
    buffer.removeAll(keepingCapacity: true)
    state = profile.prefix.isEmpty ? .inside : .outside(matched: 0)
  }

  /// Bytes came.
  public mutating func take(_ bytes: some Sequence<UInt8>) -> [Output] {
    var outputs: [Output] = []
    for byte in bytes {
      if let output = take(byte) { outputs.append(output) }
    }
    return outputs
  }

  private mutating func take(_ byte: UInt8) -> Output? {
    switch state {
    case .outside(let matched):
      matchPrefix(byte, matched: matched)
      return nil
    case .discarding:
      if ends(with: byte) { reset() } else { keepLast(byte) }
      return nil
    case .inside:
      if ends(with: byte) { return finish(unterminated: false) }
      // The LF of a scanner that ends with CR LF while set to CR, and empty codes.
      if buffer.isEmpty, byte == Self.lf || byte == Self.cr, profile.suffix != .none { return nil }
      guard buffer.count < limit + suffixRoom else {
        state = .discarding
        buffer.removeAll(keepingCapacity: true)
        keepLast(byte)
        return .lost(.tooLong)
      }
      buffer.append(byte)
      return nil
    }
  }

  /// Bytes of the suffix that stand in the buffer before its last one is seen.
  private var suffixRoom: Int { profile.suffix == .crlf || profile.suffix == .lf ? 1 : 0 }

  private mutating func matchPrefix(_ byte: UInt8, matched: Int) {
    var matched = matched
    // The longest beginning of the prefix that the bytes so far end with.
    while matched > 0, profile.prefix[matched] != byte {
      let seen = profile.prefix[..<matched]
      matched = (0..<matched).reversed().first { seen.suffix($0).elementsEqual(profile.prefix.prefix($0)) } ?? 0
    }
    if profile.prefix[matched] == byte { matched += 1 }
    if matched == profile.prefix.count {
      buffer.removeAll(keepingCapacity: true)
      state = .inside
    } else {
      state = .outside(matched: matched)
    }
  }

  private func ends(with byte: UInt8) -> Bool {
    switch profile.suffix {
    case .cr: byte == Self.cr
    case .lf: byte == Self.lf
    case .crlf: byte == Self.lf && buffer.last == Self.cr
    case .etx: byte == Self.etx
    case .none: false
    }
  }

  /// While discarding only the last byte matters, for CR LF.
  private mutating func keepLast(_ byte: UInt8) {
    buffer.removeAll(keepingCapacity: true)
    buffer.append(byte)
  }

  private mutating func finish(unterminated: Bool) -> Output? {
    defer { reset() }
    if profile.suffix == .crlf || profile.suffix == .lf, buffer.last == Self.cr { buffer.removeLast() }
    var data = buffer[...]
    var aim: String?
    if profile.aim, let identifier = AIMIdentifier(data.prefix(AIMIdentifier.length)) {
      aim = identifier.text
      data = data.dropFirst(AIMIdentifier.length)
    }
    guard !data.isEmpty else { return nil }
    guard data.count <= min(profile.maximumLength, ScannerProfile.maximumLengths.upperBound) else {
      return .lost(.tooLong)
    }
    return .scan(ScannedData(bytes: Array(data), aim: aim, unterminated: unterminated))
  }

  /// Nothing came for ``silenceMilliseconds``.
  public mutating func silence() -> Output? {
    let before = state
    switch before {
    case .inside where profile.suffix == .none: return finish(unterminated: true)
    case .inside where !buffer.isEmpty:
      reset()
      return .lost(.interrupted)
    default:
      reset()
      return nil
    }
  }

  /// The line broke.
  public mutating func interrupted() -> Output? {
    let hadData = state == .inside && !buffer.isEmpty
    reset()
    return hadData ? .lost(.interrupted) : nil
  }
}
