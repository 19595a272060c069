/// The head of the tree at one size: C2SP tlog-checkpoint.
public struct Checkpoint: Sendable, Equatable {
  /// Which log it is: `shop/till`, the name of the key that signs it.
  public let origin: String
  /// Number of leaves; for a CHECKPOINT record its own sequence.
  public let size: UInt64
  /// RFC 6962 root over `size` leaves.
  public let root: Digest

  /// A head to sign. The origin has no space, no plus and no control character.
  public init(origin: String, size: UInt64, root: Digest) throws(ProofError) {
    guard NoteVerifier.isValidName(origin) else { throw .malformed("origin") }
    self.origin = origin
    self.size = size
    self.root = root
  }

  /// Reads a note's text. Extension lines are refused: this log writes none and nobody could audit them.
  public init(text: [UInt8]) throws(ProofError) {
    let lines = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    guard lines.count == 4, lines[3].isEmpty else { throw .malformed("checkpoint lines") }
    guard let origin = String(validating: lines[0], as: UTF8.self) else { throw .malformed("origin") }
    guard let size = Self.decimal(lines[1]) else { throw .malformed("tree size") }
    guard let hash = Base64.decode(lines[2]), let root = Digest(hash) else { throw .malformed("root hash") }
    try self.init(origin: origin, size: size, root: root)
  }

  /// Reads a signed checkpoint and believes it only when `key` signed it under its own origin.
  public init(note: SignedNote, key: NoteVerifier) throws(ProofError) {
    try note.verified(by: [key])
    try self.init(text: note.text)
    guard origin == key.name else { throw .wrongOrigin(origin) }
  }

  /// The text that is signed: origin, size and root, one a line.
  public var text: String { "\(origin)\n\(size)\n\(Base64.encode(root.bytes))\n" }

  /// The signed note of this head.
  public func signed(by signer: NoteSigner) throws(ProofError) -> SignedNote {
    guard signer.verifier.name == origin else { throw .wrongOrigin(origin) }
    return try SignedNote(text: text, signers: [signer])
  }

  /// ASCII decimal without sign and leading zeros.
  static func decimal(_ digits: some Collection<UInt8>) -> UInt64? {
    guard let first = digits.first, digits.count == 1 || first != UInt8(ascii: "0"),
      digits.allSatisfy({ (48...57).contains($0) })
    else { return nil }
    return UInt64(String(decoding: digits, as: UTF8.self))
  }
}
