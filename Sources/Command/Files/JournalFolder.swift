import Glibc
import Journal

/// The journal folder of a box whose daemon is stopped.
enum JournalFolder {
  /// Takes the folder for this process, for as long as the answer lives; nil when there is none.
  static func hold(_ path: String) throws -> PosixFileSystem? {
    let files: PosixFileSystem
    do { files = try PosixFileSystem(path) } catch {
      if error.isMissing { return nil }
      throw Failure(JournalError.file(error))
    }
    do { try files.lock() } catch {
      guard error.code == EAGAIN else { throw Failure(JournalError.file(error)) }
      throw Failure(
        "daemonRuns", text("the daemon runs and has the journal in \(path)", "守护进程正在运行并使用 \(path) 中的账本"),
        advice: ["sudo systemctl stop counterfoild.socket counterfoild"], exit: .temporary)
    }
    return files
  }

  /// True when no journal was ever begun there.
  static func isEmpty(_ files: PosixFileSystem) throws -> Bool {
    do { return try EpochFolder.all(in: files).isEmpty } catch { throw Failure(error) }
  }
}
