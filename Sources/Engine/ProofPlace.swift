import Journal

/// A record that a proof is asked for, and how much of its journal counts.
struct ProofPlace: Sendable {
  let epoch: UInt32
  let sequence: UInt64
  /// Behind the last record that counts.
  let end: UInt64
  /// Checkpoints are still signed.
  let signs: Bool

  /// Standing proof of a record against the newest checkpoint that covers it.
  func proof(in root: PosixFileSystem) -> Result<String, CallError> {
    do {
      guard let folder = try EpochFolder.all(in: root).last(where: { $0.epoch == epoch }) else {
        return .failure(.archived(epoch: epoch, sequence: sequence))
      }
      let reader = try JournalReader(try PosixFileSystem(folder.path))
      let checkpoints = try reader.read(from: sequence + 1, limit: 1, upTo: end, kinds: ["checkpoint"])
      guard let found = checkpoints.first, let note = CheckpointNote.text(found.entry) else {
        return .failure(.noCheckpoint(epoch: epoch, sequence: sequence, expected: signs))
      }
      let signed = try SignedNote(Array(note.utf8))
      var leaves: [Digest] = []
      var next: UInt64 = 0
      while next < found.sequence {
        let entries = try reader.read(from: next, limit: 4_096, upTo: found.sequence)
        guard let last = entries.last else { break }
        leaves.append(contentsOf: entries.map(\.leaf))
        next = last.sequence + 1
      }
      let tree = MerkleTree(leaves: leaves)
      guard let path = tree.inclusion(index: sequence, size: found.sequence) else {
        return .failure(.fault("the tree is incomplete"))
      }
      let proof = TlogProof(index: sequence, path: path, checkpoint: signed)
      return .success(String(decoding: proof.bytes, as: UTF8.self))
    } catch {
      return .failure(LookupThread.failure(error))
    }
  }
}
