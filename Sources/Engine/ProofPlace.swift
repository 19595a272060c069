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
      guard let proof = try reader.proof(of: sequence, upTo: end) else {
        return .failure(.noCheckpoint(epoch: epoch, sequence: sequence, expected: signs))
      }
      return .success(String(decoding: proof.bytes, as: UTF8.self))
    } catch {
      return .failure(LookupThread.failure(error, epoch: epoch))
    }
  }
}
