/// The complete subtrees over a list of leaf hashes, in memory: 64 bytes a leaf. For proofs over a range that was
/// just read; the journal itself keeps only the frontier.
public struct MerkleTree: Sendable {
  /// `levels[k][i]` = hash over the leaves `i << k ..< (i + 1) << k`; complete subtrees only.
  private var levels: [[Digest]] = [[]]

  /// A tree over `leaves`, which are leaf hashes in order of their sequence.
  public init(leaves: some Sequence<Digest> = []) {
    for leaf in leaves { append(leaf) }
  }

  /// Number of leaves.
  public var size: UInt64 { UInt64(levels[0].count) }

  /// Adds the next leaf hash.
  public mutating func append(_ leaf: Digest) {
    var hash = leaf
    var level = 0
    levels[0].append(hash)
    while levels[level].count & 1 == 0 {
      hash = MerkleHash.node(levels[level][levels[level].count - 2], hash)
      level += 1
      if level == levels.count { levels.append([]) }
      levels[level].append(hash)
    }
  }

  /// The root over the first `size` leaves; nil when there are fewer.
  public func root(size: UInt64) -> Digest? {
    size <= self.size ? MerkleProof.root(size: size, node: node) : nil
  }

  /// The path for leaf `index` in the tree of the first `size` leaves; nil when there is no such leaf.
  public func inclusion(index: UInt64, size: UInt64) -> [Digest]? {
    size <= self.size ? MerkleProof.inclusion(index: index, size: size, node: node) : nil
  }

  /// The path from the tree of `old` leaves to that of `new`; nil unless `0 < old <= new <= size`.
  public func consistency(from old: UInt64, to new: UInt64) -> [Digest]? {
    new <= size ? MerkleProof.consistency(from: old, to: new, node: node) : nil
  }

  private func node(level: Int, index: UInt64) -> Digest {
    levels[level][Int(index)]
  }
}
