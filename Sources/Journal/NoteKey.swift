/// The public key that a note's signatures are checked with: C2SP signed-note, Ed25519 only.
public struct NoteVerifier: Sendable, Equatable {
  /// Signature type byte of Ed25519 in key ids and key strings.
  static let ed25519: UInt8 = 0x01
  /// Longest accepted key name in bytes.
  public static let maximumNameLength = 255

  /// The key's name; for a log its origin.
  public let name: String
  /// SHA-256(name ‖ 0x0A ‖ 0x01 ‖ public key), first four bytes, big-endian.
  public let keyID: UInt32
  /// The key itself.
  public let publicKey: Ed25519PublicKey

  /// A key under `name`, which has no Unicode space and no plus.
  public init(name: String, publicKey: Ed25519PublicKey) throws(ProofError) {
    guard Self.isValidName(name) else { throw .badKey("name") }
    self.name = name
    self.publicKey = publicKey
    self.keyID = Self.keyID(name: name, encodedKey: [Self.ed25519] + publicKey.bytes)
  }

  /// Reads a key string: `name+keyid+base64(0x01 ‖ public key)`, as Go's `golang.org/x/mod/sumdb/note` writes it.
  public init(vkey: String) throws(ProofError) {
    let parts = vkey.utf8.split(separator: UInt8(ascii: "+"), maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3, let name = String(validating: parts[0], as: UTF8.self), let id = Self.keyID(hex: parts[1]),
      let encoded = Base64.decode(parts[2])
    else { throw .badKey("key string") }
    guard encoded.first == Self.ed25519 else { throw .badKey("algorithm") }
    guard let key = Ed25519PublicKey(encoded.dropFirst()) else { throw .badKey("key length") }
    try self.init(name: name, publicKey: key)
    guard keyID == id else { throw .badKey("key id") }
  }

  /// The key string that `init(vkey:)` reads.
  public var vkey: String {
    let hex = String(keyID, radix: 16)
    let padded = String(repeating: "0", count: 8 - hex.count) + hex
    return "\(name)+\(padded)+\(Base64.encode([Self.ed25519] + publicKey.bytes))"
  }

  /// Non-empty, no Unicode space, no plus, no control character, not longer than the limit.
  static func isValidName(_ name: String) -> Bool {
    !name.isEmpty && name.utf8.count <= maximumNameLength
      && !name.unicodeScalars.contains { $0.value < 0x20 || $0 == "+" || $0.properties.isWhitespace }
  }

  private static func keyID(name: String, encodedKey: [UInt8]) -> UInt32 {
    let hash = SHA256.hash(Array(name.utf8) + [0x0A] + encodedKey).bytes
    return hash.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
  }

  private static func keyID(hex: Substring.UTF8View.SubSequence) -> UInt32? {
    let isLowerHex = { (byte: UInt8) in (48...57).contains(byte) || (97...102).contains(byte) }
    guard hex.count == 8, hex.allSatisfy(isLowerHex) else { return nil }
    return UInt32(String(decoding: hex, as: UTF8.self), radix: 16)
  }
}

/// A private key and the name it signs notes under.
public struct NoteSigner: Sendable {
  /// What checks this signer's notes.
  public let verifier: NoteVerifier
  private let key: Ed25519PrivateKey

  /// A signer for `name`; for a log its origin.
  public init(name: String, key: Ed25519PrivateKey) throws(ProofError) {
    verifier = try NoteVerifier(name: name, publicKey: key.publicKey)
    self.key = key
  }

  func signature(of text: [UInt8]) throws(ProofError) -> NoteSignature {
    NoteSignature(name: verifier.name, keyID: verifier.keyID, bytes: try key.signature(of: text))
  }
}
