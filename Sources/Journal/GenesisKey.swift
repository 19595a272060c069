import JSON

/// The key that checkpoints are checked with, as the journal itself names it.
enum GenesisKey {
  /// From GENESIS, or from the copy of its data in a segment's STATE: looked for in the first records only.
  static func find(in image: SegmentImage) -> NoteVerifier? {
    var walk = SegmentWalk(image.bytes, header: image.header)
    while let (frame, _) = walk.next() {
      switch frame.recordClass {
      case .genesis: return OwnEntries.data(of: frame.entry, kind: "genesis").flatMap(key)
      case .state: return OwnEntries.data(of: frame.entry, kind: "state").flatMap { $0["identity"] }.flatMap(key)
      case .recovery: continue
      default: return nil
      }
    }
    return nil
  }

  private static func key(_ data: JSON) -> NoteVerifier? {
    guard let origin = data["origin"]?.string, let hex = data["publicKey"]?.string, let bytes = Hex.decode(hex),
      let key = Ed25519PublicKey(bytes)
    else { return nil }
    return try? NoteVerifier(name: origin, publicKey: key)
  }
}
