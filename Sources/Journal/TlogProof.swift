/// A proof that stands alone: leaf index, inclusion path and signed checkpoint (C2SP tlog-proof). File name
/// extension `.tlog-proof`.
public struct TlogProof: Sendable, Equatable {
  /// Longest accepted proof text in bytes.
  public static let maximumLength = 131_072
  /// Longest accepted extra data in bytes.
  public static let maximumExtraLength = 16_384
  private static let firstLine = "c2sp.org/tlog-proof@v1"
  private static let newline = UInt8(ascii: "\n")

  /// Opaque data beside the proof; authenticated by nothing.
  public let extra: [UInt8]?
  /// The entry's sequence.
  public let index: UInt64
  /// Sibling hashes, the leaf's first.
  public let path: [Digest]
  /// The signed checkpoint, verbatim.
  public let checkpoint: SignedNote

  /// Puts a proof together; nothing is checked here.
  public init(index: UInt64, path: [Digest], checkpoint: SignedNote, extra: [UInt8]? = nil) {
    self.extra = extra
    self.index = index
    self.path = path
    self.checkpoint = checkpoint
  }

  /// Reads the text form.
  public init(_ bytes: some Collection<UInt8>) throws(ProofError) {
    guard bytes.count <= Self.maximumLength else { throw .limitExceeded("proof length") }
    var rest = Array(bytes)[...]
    guard try Self.line(&rest) == Self.firstLine else { throw .malformed("first line") }
    var line = try Self.line(&rest)
    if line.hasPrefix("extra ") {
      guard let data = Base64.decode(line.utf8.dropFirst(6)) else { throw .malformed("extra") }
      guard data.count <= Self.maximumExtraLength else { throw .limitExceeded("extra") }
      extra = data
      line = try Self.line(&rest)
    } else {
      extra = nil
    }
    guard line.hasPrefix("index "), let index = Checkpoint.decimal(line.utf8.dropFirst(6)) else {
      throw .malformed("index")
    }
    self.index = index
    var path: [Digest] = []
    while true {
      line = try Self.line(&rest)
      if line.isEmpty { break }
      guard path.count < MerkleProof.maximumPathLength else { throw .limitExceeded("path") }
      guard let hash = Base64.decode(line.utf8), let digest = Digest(hash) else { throw .malformed("path") }
      path.append(digest)
    }
    self.path = path
    checkpoint = try SignedNote(rest)
  }

  /// The text form.
  public var bytes: [UInt8] {
    var text = Self.firstLine + "\n"
    if let extra { text += "extra \(Base64.encode(extra))\n" }
    text += "index \(index)\n"
    for hash in path { text += Base64.encode(hash.bytes) + "\n" }
    text += "\n"
    return Array(text.utf8) + checkpoint.bytes
  }

  /// Checks that the entry with this leaf hash stands at `index` in the log of `key`; answers the head it is under.
  @discardableResult
  public func verified(leaf: Digest, key: NoteVerifier) throws(ProofError) -> Checkpoint {
    let head = try Checkpoint(note: checkpoint, key: key)
    try MerkleProof.verifyInclusion(leaf: leaf, index: index, size: head.size, path: path, root: head.root)
    return head
  }

  /// Takes the next line off `rest`, without its newline.
  private static func line(_ rest: inout ArraySlice<UInt8>) throws(ProofError) -> String {
    guard let end = rest.firstIndex(of: newline),
      let line = String(validating: rest[..<end], as: UTF8.self)
    else { throw .malformed("line") }
    rest = rest[(end + 1)...]
    return line
  }
}
