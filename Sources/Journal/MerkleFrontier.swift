/// The hashes of the tree over the journal's entries (RFC 6962 section 2.1). Leaf index = sequence of the entry.
public enum MerkleHash {
  /// First byte of what a leaf hash covers.
  static let leafPrefix: UInt8 = 0x00
  /// First byte of what a node hash covers.
  static let nodePrefix: UInt8 = 0x01

  /// The root of the tree without leaves: SHA-256 of nothing.
  public static let empty = SHA256.hash([UInt8]())

  /// SHA-256(0x00 ‖ entry).
  public static func leaf(_ entry: [UInt8]) -> Digest {
    SHA256.hash([leafPrefix] + entry)
  }

  /// SHA-256(0x01 ‖ left ‖ right).
  public static func node(_ left: Digest, _ right: Digest) -> Digest {
    withUnsafeTemporaryAllocation(byteCount: 1 + 2 * Digest.byteCount, alignment: 8) { buffer in
      buffer[0] = nodePrefix
      left.withUnsafeBytes { UnsafeMutableRawBufferPointer(rebasing: buffer[1...]).copyMemory(from: $0) }
      right.withUnsafeBytes {
        UnsafeMutableRawBufferPointer(rebasing: buffer[(1 + Digest.byteCount)...]).copyMemory(from: $0)
      }
      return SHA256.hash(UnsafeRawBufferPointer(buffer))
    }
  }
}

/// All that is needed to append to the tree and to know its root: the roots of the complete left subtrees.
///
/// A segment header holds the frontier before its first record, so that a box can go on with every older
/// segment archived elsewhere.
public struct MerkleFrontier: Sendable, Equatable {
  /// Number of leaves.
  public private(set) var size: UInt64
  /// Roots of the complete left subtrees, the largest first: one for each 1 bit of `size`.
  public private(set) var peaks: [Digest]

  /// The frontier of the empty tree.
  public init() {
    size = 0
    peaks = []
  }

  /// A stored frontier. Nil when the number of peaks is not the number of 1 bits of `size`.
  public init?(size: UInt64, peaks: [Digest]) {
    guard peaks.count == size.nonzeroBitCount else { return nil }
    self.size = size
    self.peaks = peaks
  }

  /// Adds the next leaf.
  public mutating func append(_ leaf: Digest) {
    var hash = leaf
    // Each trailing 1 bit of the size is a complete subtree as large as the one that just became complete.
    for _ in 0..<(~size).trailingZeroBitCount {
      guard let left = peaks.popLast() else { break }
      hash = MerkleHash.node(left, hash)
    }
    peaks.append(hash)
    size &+= 1
  }

  /// The RFC 6962 tree hash over all leaves.
  public var root: Digest {
    guard var hash = peaks.last else { return MerkleHash.empty }
    for peak in peaks.dropLast().reversed() {
      hash = MerkleHash.node(peak, hash)
    }
    return hash
  }
}
