import Foundation
import Journal
import Testing

private struct Tree8: Decodable {
  let leafInputs: [String]
  let rootHashesBySize: [String]
  let nodeHashes: [[String]]
}

private struct Proof: Decodable {
  let desc: String
  let wantErr: Bool
  let proof: [Data]?
  let root, leafHash, root1, root2: Data?
  let leafIdx, treeSize, size1, size2, start, end, size: UInt64?
}

private struct Refused: Error {}

/// A hash of another length than 32 is refused before any proof is looked at.
private func digest(_ data: Data?) throws -> Digest {
  guard let data, let digest = Digest(Array(data)) else { throw Refused() }
  return digest
}

/// Some vectors have a 12-byte text for a root that nobody looks at or that stands on both sides; here it is
/// filled up to a hash, so that what is judged is the proof and not the length.
private func root(_ data: Data?) throws -> Digest {
  guard let data, data.count == 12 else { return try digest(data) }
  return try digest(data + Data(count: Digest.byteCount - data.count))
}

private func check(_ name: String, _ vector: Proof) throws {
  let path = try (vector.proof ?? []).map { try digest($0) }
  switch name.prefix(while: { $0 != "/" }) {
  case "inclusion":
    try MerkleProof.verifyInclusion(
      leaf: digest(vector.leafHash), index: #require(vector.leafIdx), size: #require(vector.treeSize), path: path,
      root: digest(vector.root))
  case "subtreeinclusion":
    try MerkleProof.verifySubtreeInclusion(
      leaf: digest(vector.leafHash), index: #require(vector.leafIdx), subtree: range(vector), path: path,
      root: digest(vector.root))
  case "consistency":
    try MerkleProof.verifyConsistency(
      from: #require(vector.size1), to: #require(vector.size2), oldRoot: root(vector.root1),
      newRoot: root(vector.root2), path: path)
  case "subtreeconsistency":
    try MerkleProof.verifySubtreeConsistency(
      subtree: range(vector), size: #require(vector.size), subtreeRoot: root(vector.root1),
      root: root(vector.root2), path: path)
  default: Issue.record("unknown kind of vector \(name)")
  }
}

private func range(_ vector: Proof) throws -> Range<UInt64> {
  let start = try #require(vector.start), end = try #require(vector.end)
  guard start <= end else { throw Refused() }
  return start..<end
}

private func leaves(_ count: Int) -> [Digest] {
  (0..<count).map { MerkleHash.leaf([UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)]) }
}

@Suite struct MerkleTests {
  @Test func hashesOfTheFirstEightLeaves() throws {
    let vectors = try VectorFile.load("rfc6962-tree8.json", as: Tree8.self)
    var frontier = MerkleFrontier()
    var tree = MerkleTree()
    #expect(frontier.root.bytes == bytes(hex: vectors.rootHashesBySize[0]))
    for (index, input) in vectors.leafInputs.enumerated() {
      let leaf = MerkleHash.leaf(try #require(bytes(hex: input)))
      #expect(leaf.bytes == bytes(hex: vectors.nodeHashes[0][index]))
      frontier.append(leaf)
      tree.append(leaf)
      #expect(frontier.root.bytes == bytes(hex: vectors.rootHashesBySize[index + 1]))
      #expect(tree.root(size: UInt64(index + 1)) == frontier.root)
    }
    #expect(frontier.peaks.map(\.bytes) == [bytes(hex: vectors.nodeHashes[3][0])])
  }

  @Test func everyPublicProofIsJudgedAsPublished() throws {
    let vectors = try VectorFile.load("rfc6962-proofs.json", as: [String: Proof].self)
    var refused = 0
    for (name, vector) in vectors.sorted(by: { $0.key < $1.key }) {
      do {
        try check(name, vector)
        #expect(!vector.wantErr, "\(name) must be refused")
      } catch {
        refused += 1
        #expect(vector.wantErr, "\(name) must be accepted, got \(error)")
      }
    }
    #expect(vectors.count == 518)
    #expect(refused == 482)
  }

  @Test func everyProofOfEverySmallTreeVerifiesAndNoOtherRootDoes() throws {
    let hashes = leaves(40)
    let tree = MerkleTree(leaves: hashes)
    for size in 1...UInt64(40) {
      let root = try #require(tree.root(size: size))
      for index in 0..<size {
        let path = try #require(tree.inclusion(index: index, size: size))
        let leaf = hashes[Int(index)]
        try MerkleProof.verifyInclusion(leaf: leaf, index: index, size: size, path: path, root: root)
        #expect(throws: ProofError.self) {
          try MerkleProof.verifyInclusion(leaf: leaf, index: index ^ 1, size: size, path: path, root: root)
        }
      }
      for old in 1...size {
        let path = try #require(tree.consistency(from: old, to: size))
        let oldRoot = try #require(tree.root(size: old))
        try MerkleProof.verifyConsistency(from: old, to: size, oldRoot: oldRoot, newRoot: root, path: path)
        for position in path.indices {
          var changed = path
          changed[position] = MerkleHash.leaf([1, 2, 3])
          #expect(throws: ProofError.self) {
            try MerkleProof.verifyConsistency(from: old, to: size, oldRoot: oldRoot, newRoot: root, path: changed)
          }
        }
      }
    }
    #expect(tree.inclusion(index: 40, size: 40) == nil)
    #expect(tree.inclusion(index: 0, size: 41) == nil)
    #expect(tree.consistency(from: 0, to: 40) == nil)
    #expect(tree.consistency(from: 5, to: 4) == nil)
  }

  @Test func frontierGoesOnFromAStoredOne() throws {
    var whole = MerkleFrontier()
    let hashes = leaves(1_100)
    let tree = MerkleTree(leaves: hashes)
    for (index, leaf) in hashes.enumerated() {
      whole = try #require(MerkleFrontier(size: whole.size, peaks: whole.peaks))
      whole.append(leaf)
      if index % 97 == 0 { #expect(whole.root == tree.root(size: UInt64(index + 1))) }
      #expect(whole.peaks.count == whole.size.nonzeroBitCount)
    }
    #expect(MerkleFrontier(size: 3, peaks: [hashes[0]]) == nil)
  }

  @Test func hugeSizesDoNotTrap() {
    let hash = MerkleHash.empty
    let sizes: [UInt64] = [.max, .max - 1, 1 << 63, (1 << 63) + 1]
    for size in sizes {
      for length in [0, 1, 63, 64, 65, 66] {
        let path = [Digest](repeating: hash, count: length)
        #expect(throws: ProofError.self) {
          try MerkleProof.verifyInclusion(leaf: hash, index: size - 1, size: size, path: path, root: hash)
        }
        #expect(throws: ProofError.self) {
          try MerkleProof.verifyConsistency(from: size - 1, to: size, oldRoot: hash, newRoot: hash, path: path)
        }
        #expect(throws: ProofError.self) {
          try MerkleProof.verifySubtreeConsistency(
            subtree: 1..<size, size: size, subtreeRoot: hash, root: hash, path: path)
        }
      }
    }
  }
}
