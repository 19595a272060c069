/// Inclusion and consistency proofs (RFC 6962 section 2.1.1 and 2.1.2, RFC 9162 section 2.1.3 and 2.1.4) and
/// their generalisation to subtrees (draft-ietf-plants-merkle-tree-certs section 4).
///
/// Generation asks for the roots of complete subtrees only: `node(level, index)` is the hash over the leaves
/// `index << level ..< (index + 1) << level`; level 0 is the leaf hash itself.
public enum MerkleProof {
  /// More path elements than this belong to no tree of at most 2⁶⁴ − 1 leaves.
  public static let maximumPathLength = 64
  /// A consistency path may have one hash more than the tree has levels.
  public static let maximumConsistencyLength = maximumPathLength + 1

  /// The root of the tree over the first `size` leaves.
  public static func root<Failure: Error>(
    size: UInt64, node: (_ level: Int, _ index: UInt64) throws(Failure) -> Digest
  ) throws(Failure) -> Digest {
    size == 0 ? MerkleHash.empty : try rangeRoot(0, size, node)
  }

  /// The path from the leaf's sibling up to the root's child. Nil when the tree has no such leaf.
  public static func inclusion<Failure: Error>(
    index: UInt64, size: UInt64, node: (_ level: Int, _ index: UInt64) throws(Failure) -> Digest
  ) throws(Failure) -> [Digest]? {
    guard index < size else { return nil }
    var path: [Digest] = []
    var low: UInt64 = 0
    var high = size
    while high - low > 1 {
      let middle = low + largestPowerOfTwo(below: high - low)
      if index < middle {
        path.append(try rangeRoot(middle, high, node))
        high = middle
      } else {
        path.append(try rangeRoot(low, middle, node))
        low = middle
      }
    }
    return path.reversed()
  }

  /// The proof that the first `old` leaves of the tree of `new` leaves are the tree of `old` leaves.
  /// Nil unless `0 < old <= new`: a proof from the empty tree says nothing.
  public static func consistency<Failure: Error>(
    from old: UInt64, to new: UInt64, node: (_ level: Int, _ index: UInt64) throws(Failure) -> Digest
  ) throws(Failure) -> [Digest]? {
    guard old > 0, old <= new else { return nil }
    var path: [Digest] = []
    var low: UInt64 = 0
    var high = new
    while old != high {
      let middle = low + largestPowerOfTwo(below: high - low)
      if old <= middle {
        path.append(try rangeRoot(middle, high, node))
        high = middle
      } else {
        path.append(try rangeRoot(low, middle, node))
        low = middle
      }
    }
    // The whole old tree is known to the verifier; a part of it is not.
    if low > 0 { path.append(try rangeRoot(low, high, node)) }
    return path.reversed()
  }

  /// Checks that `leaf` is the leaf `index` of the tree of `size` leaves with `root`.
  public static func verifyInclusion(
    leaf: Digest, index: UInt64, size: UInt64, path: [Digest], root: Digest
  ) throws(ProofError) {
    guard index < size else { throw .outOfRange }
    guard try rootFromInclusion(leaf: leaf, index: index, size: size, path: path) == root else {
      throw .rootMismatch
    }
  }

  /// Checks that `leaf` is the leaf `index` of the subtree over `range` whose hash is `root`.
  public static func verifySubtreeInclusion(
    leaf: Digest, index: UInt64, subtree range: Range<UInt64>, path: [Digest], root: Digest
  ) throws(ProofError) {
    guard isSubtree(range), !range.isEmpty else { throw .invalidSubtree }
    guard range.contains(index) else { throw .outOfRange }
    try verifyInclusion(
      leaf: leaf, index: index - range.lowerBound, size: range.upperBound - range.lowerBound, path: path, root: root)
  }

  /// Checks that the tree of `old` leaves with `oldRoot` is the beginning of the tree of `new` leaves with `newRoot`.
  /// A proof from size 0 is refused: everything would pass it.
  public static func verifyConsistency(
    from old: UInt64, to new: UInt64, oldRoot: Digest, newRoot: Digest, path: [Digest]
  ) throws(ProofError) {
    guard old > 0 else { throw .outOfRange }
    try verifySubtreeConsistency(subtree: 0..<old, size: new, subtreeRoot: oldRoot, root: newRoot, path: path)
  }

  /// Checks that the subtree over `range` with `subtreeRoot` is part of the tree of `size` leaves with `root`.
  /// An empty range asks only that `subtreeRoot` is the hash of the empty tree, as the draft has it.
  public static func verifySubtreeConsistency(
    subtree range: Range<UInt64>, size: UInt64, subtreeRoot: Digest, root: Digest, path: [Digest]
  ) throws(ProofError) {
    guard range.upperBound <= size else { throw .outOfRange }
    guard isSubtree(range) else { throw .invalidSubtree }
    guard path.count <= maximumConsistencyLength else { throw .wrongPathLength }
    guard !range.isEmpty else {
      guard path.isEmpty else { throw .wrongPathLength }
      guard subtreeRoot == MerkleHash.empty else { throw .rootMismatch }
      return
    }
    var walk = SubtreeWalk(first: range.lowerBound, last: range.upperBound - 1, end: size - 1)
    let roots = try walk.roots(of: path, known: subtreeRoot)
    guard roots.subtree == subtreeRoot, roots.tree == root else { throw .rootMismatch }
  }

  /// A range is a subtree when it starts at a multiple of its length rounded up to a power of two.
  static func isSubtree(_ range: Range<UInt64>) -> Bool {
    let length = range.upperBound - range.lowerBound
    guard length > 1 else { return true }
    let bits = UInt64.bitWidth - (length - 1).leadingZeroBitCount
    // A range longer than 2⁶³ rounds up to 2⁶⁴, of which only 0 is a multiple.
    return bits >= UInt64.bitWidth ? range.lowerBound == 0 : range.lowerBound.trailingZeroBitCount >= bits
  }

  /// RFC 9162 section 2.1.3.2.
  private static func rootFromInclusion(
    leaf: Digest, index: UInt64, size: UInt64, path: [Digest]
  ) throws(ProofError) -> Digest {
    var node = index
    var last = size - 1
    var hash = leaf
    for sibling in path {
      guard last > 0 else { throw .wrongPathLength }
      if node & 1 == 1 || node == last {
        hash = MerkleHash.node(sibling, hash)
        while node & 1 == 0, node > 0 {
          node >>= 1
          last >>= 1
        }
      } else {
        hash = MerkleHash.node(hash, sibling)
      }
      node >>= 1
      last >>= 1
    }
    guard last == 0 else { throw .wrongPathLength }
    return hash
  }

  /// The hash over leaves `low ..< high`, where `low` is a multiple of the range's length rounded up.
  private static func rangeRoot<Failure: Error>(
    _ low: UInt64, _ high: UInt64, _ node: (Int, UInt64) throws(Failure) -> Digest
  ) throws(Failure) -> Digest {
    let length = high - low
    if length.nonzeroBitCount == 1 {
      let level = length.trailingZeroBitCount
      return try node(level, low >> UInt64(level))
    }
    let middle = low + largestPowerOfTwo(below: length)
    return MerkleHash.node(try rangeRoot(low, middle, node), try rangeRoot(middle, high, node))
  }

  /// The largest power of two smaller than `value`, which is at least 2.
  private static func largestPowerOfTwo(below value: UInt64) -> UInt64 {
    1 << UInt64(UInt64.bitWidth - 1 - (value - 1).leadingZeroBitCount)
  }
}

/// The walk from a subtree up to the root of the tree that holds it. All three are node numbers of one level.
private struct SubtreeWalk {
  var first: UInt64
  var last: UInt64
  var end: UInt64

  mutating func up() {
    first >>= 1
    last >>= 1
    end >>= 1
  }

  mutating func roots(of path: [Digest], known: Digest) throws(ProofError) -> (subtree: Digest, tree: Digest) {
    // Skip the levels on which the subtree's right edge needs nothing from the proof.
    while first != last, last == end || last & 1 == 1 { up() }
    var rest = path[...]
    // A complete subtree is itself the first node; of an incomplete one the proof names its last complete part.
    guard let start = first == last ? known : rest.popFirst() else { throw .wrongPathLength }
    var subtree = start
    var tree = start
    for sibling in rest {
      guard end > 0 else { throw .wrongPathLength }
      if last & 1 == 1 || last == end {
        if first < last { subtree = MerkleHash.node(sibling, subtree) }
        tree = MerkleHash.node(sibling, tree)
        while last & 1 == 0, last > 0 { up() }
      } else {
        tree = MerkleHash.node(tree, sibling)
      }
      up()
    }
    guard end == 0 else { throw .wrongPathLength }
    return (subtree, tree)
  }
}
