/// One signature line of a note.
public struct NoteSignature: Sendable, Equatable {
  /// The key's name.
  public let name: String
  /// The key's short id; with the name it says which key signed.
  public let keyID: UInt32
  /// The signature without the id.
  public let bytes: [UInt8]

  var line: String {
    let id = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: keyID >> $0) }
    return "\u{2014} \(name) \(Base64.encode(id + bytes))\n"
  }
}

/// Text signed by one or more keys: C2SP signed-note.
public struct SignedNote: Sendable, Equatable {
  /// Longest accepted note in bytes. One whole note fits in a journal entry.
  public static let maximumLength = 65_535
  /// More signatures than this are refused; the specification asks for at least 16.
  public static let maximumSignatures = 64

  private static let newline = UInt8(ascii: "\n")
  /// Em dash and space, which start a signature line.
  private static let linePrefix = Array("\u{2014} ".utf8)

  /// The signed text; ends in a newline.
  public let text: [UInt8]
  /// The signature lines in order.
  public let signatures: [NoteSignature]

  /// Signs `text` with each signer in order. The text ends in a newline and holds no other control character.
  public init(text: String, signers: [NoteSigner]) throws(ProofError) {
    let bytes = Array(text.utf8)
    guard bytes.last == Self.newline else { throw .malformed("text does not end in a newline") }
    var signatures: [NoteSignature] = []
    for signer in signers { signatures.append(try signer.signature(of: bytes)) }
    // Reading the result back is the check that it is a note.
    try self.init(Self.bytes(text: bytes, signatures: signatures))
  }

  /// Reads a note. Nothing in it may be believed before `verified(by:)`.
  public init(_ bytes: some Collection<UInt8>) throws(ProofError) {
    guard bytes.count <= Self.maximumLength else { throw .limitExceeded("note length") }
    let note = Array(bytes)
    guard String(validating: note, as: UTF8.self) != nil else { throw .malformed("not UTF-8") }
    guard !note.contains(where: { $0 < 0x20 && $0 != Self.newline }) else { throw .malformed("control character") }
    guard note.last == Self.newline else { throw .malformed("does not end in a newline") }
    guard let blank = Self.lastBlankLine(note) else { throw .malformed("no blank line") }
    text = Array(note[..<blank])
    let lines = note[(blank + 1)...].dropLast().split(separator: Self.newline, omittingEmptySubsequences: false)
    guard lines.count <= Self.maximumSignatures else { throw .limitExceeded("signatures") }
    var signatures: [NoteSignature] = []
    for line in lines { signatures.append(try Self.signature(line)) }
    self.signatures = signatures
  }

  /// The note as text.
  public var bytes: [UInt8] { Self.bytes(text: text, signatures: signatures) }

  /// The signatures of `keys`. Unknown keys are ignored; a false signature of a known one refuses the whole note;
  /// without any signature of a known key the note is refused too.
  @discardableResult
  public func verified(by keys: [NoteVerifier]) throws(ProofError) -> [NoteSignature] {
    var good: [NoteSignature] = []
    for signature in signatures {
      guard let key = keys.first(where: { $0.name == signature.name && $0.keyID == signature.keyID }) else { continue }
      guard key.publicKey.verifies(signature.bytes, of: text) else { throw .badSignature(signature.name) }
      good.append(signature)
    }
    guard !good.isEmpty else { throw .unsigned }
    return good
  }

  private static func bytes(text: [UInt8], signatures: [NoteSignature]) -> [UInt8] {
    text + [newline] + signatures.flatMap { Array($0.line.utf8) }
  }

  /// Where the last empty line's newline stands: after the text's own last newline.
  private static func lastBlankLine(_ note: [UInt8]) -> Int? {
    var index = note.count - 1
    while index > 0 {
      if note[index] == newline, note[index - 1] == newline { return index }
      index -= 1
    }
    return nil
  }

  private static func signature(_ line: ArraySlice<UInt8>) throws(ProofError) -> NoteSignature {
    guard line.starts(with: linePrefix) else { throw .malformed("signature line") }
    let parts = line.dropFirst(linePrefix.count)
      .split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
    guard parts.count == 2, let name = String(validating: parts[0], as: UTF8.self), NoteVerifier.isValidName(name),
      let decoded = Base64.decode(parts[1]), decoded.count > 4
    else { throw .malformed("signature line") }
    let id = decoded.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
    return NoteSignature(name: name, keyID: id, bytes: Array(decoded.dropFirst(4)))
  }
}
