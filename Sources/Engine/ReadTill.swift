import Journal
import Records
import Till

/// The state that a journal ends in, read without writing.
package enum ReadTill {
  /// The newest epoch's; nil when there is no journal.
  package static func newest(in root: PosixFileSystem) throws -> Till? {
    guard let folder = try EpochFolder.all(in: root).last else { return nil }
    var replay = Replay()
    var failure: (any Error)?
    try JournalReader(folder.files(in: root)).replay().forEach { entry in
      do { if failure == nil { try replay.take(entry, applies: true) } } catch { failure = error }
    }
    if let failure { throw failure }
    return replay.till
  }
}
