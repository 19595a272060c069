import Document

/// Reads printer bytes back, in chunks of any size: the ear of a virtual printer and of tests.
///
/// It holds the state that a printer holds (fonts, sizes, code page, stored QR data) and never fails: what it does not
/// know it reports and steps over. Memory stays bounded: image data is counted, not kept.
public struct EscPosTokenizer: Sendable {
  /// The printer being played.
  public let profile: EscPosProfile
  /// Bytes of a command that has begun.
  private var pending: [UInt8] = []
  /// Image data still to come, and the token at its end.
  private var skipping = 0
  private var afterSkip: EscPosToken?
  private var scanner = RealTimeScanner()
  var page: PageState

  /// A printer that was just switched on.
  public init(profile: EscPosProfile) {
    self.profile = profile
    page = PageState(profile: profile)
  }

  /// True while a command or a character has begun and not ended.
  public var isInsideCommand: Bool { !pending.isEmpty || skipping > 0 }
  /// The line that is not printed yet.
  public var openLine: PaperLine { page.line }

  /// Takes bytes; returns what they complete.
  public mutating func feed(_ bytes: some Sequence<UInt8>) -> [EscPosToken] {
    var tokens: [EscPosToken] = []
    for byte in bytes { feed(byte, into: &tokens) }
    return tokens
  }

  private mutating func feed(_ byte: UInt8, into tokens: inout [EscPosToken]) {
    // At a command boundary the command parser below sees a real-time command itself.
    if let command = scanner.feed(byte), pending.first != 0x10 {
      tokens.append(.realTime(command, insidePayload: true))
    }
    if skipping > 0 {
      skipping -= 1
      if skipping == 0, let token = afterSkip {
        tokens.append(token)
        afterSkip = nil
      }
      return
    }
    pending.append(byte)
    switch CommandShape.of(pending, kanji: page.isKanjiOn ? profile.kanji?.encoding : nil) {
    case .more: break
    case .complete:
      let whole = pending
      pending.removeAll(keepingCapacity: true)
      page.execute(whole, into: &tokens)
    case .skip(let count, let token):
      pending.removeAll(keepingCapacity: true)
      if count == 0 {
        tokens.append(token)
      } else {
        (skipping, afterSkip) = (count, token)
      }
    case .unknown(let keep):
      // Report what surely is no command; read the rest afresh.
      let rest = Array(pending[keep...])
      tokens.append(.unknown(Array(pending[..<keep])))
      pending.removeAll(keepingCapacity: true)
      for byte in rest { refeed(byte, into: &tokens) }
    }
  }

  /// Like `feed`, for bytes that the real-time scanner has seen.
  private mutating func refeed(_ byte: UInt8, into tokens: inout [EscPosToken]) {
    let saved = scanner
    scanner = RealTimeScanner()
    feed(byte, into: &tokens)
    scanner = saved
  }
}
