import Glibc

/// The folder of one epoch.
///
/// The first journal of a till stands in the journal folder itself. Each later one has a folder of its own inside it,
/// `epoch-000001` and so on, so that beginning one changes no file of those before (docs/journal-format.md, section 12).
public struct EpochFolder: Hashable, Sendable {
  /// The epoch as the folder's name says it; the journal folder itself counts as what its header says, else as 0.
  public let epoch: UInt32
  /// Path of the folder.
  public let path: String

  static let prefix = "epoch-"
  private static let digits = 6
  /// No folder has a longer number.
  public static let largest: UInt32 = 999_999

  /// The name of an epoch's folder inside the journal folder.
  public static func name(_ epoch: UInt32) -> String {
    let text = String(epoch)
    return prefix + String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
  }

  /// The epoch that a folder's name says; nil for any other name.
  static func epoch(_ name: String) -> UInt32? {
    guard name.hasPrefix(prefix), name.utf8.count == prefix.utf8.count + digits else { return nil }
    let number = name.dropFirst(prefix.utf8.count)
    guard number.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let epoch = UInt32(number), epoch > 0 else {
      return nil
    }
    return epoch
  }

  /// All epochs in a journal folder, oldest first; empty when there is no journal.
  public static func all(in files: PosixFileSystem) throws(JournalError) -> [EpochFolder] {
    let names = try files.names()
    var found: [EpochFolder] = []
    if let newest = SegmentFile.all(in: names).last {
      let header = try? SegmentSource(files, newest).header
      found.append(EpochFolder(epoch: header?.epoch ?? 0, path: files.path))
    }
    for epoch in names.compactMap(epoch).sorted() where epoch > found.last?.epoch ?? 0 {
      found.append(EpochFolder(epoch: epoch, path: files.path + "/" + name(epoch)))
    }
    return found
  }

  /// The epoch that a start opens: the highest.
  public static func newest(in files: PosixFileSystem) throws(JournalError) -> EpochFolder {
    guard let newest = try all(in: files).last else { throw .notFound(folder: files.path) }
    return newest
  }

  /// Removes what interrupted beginnings left. Only for who holds the journal folder's lock.
  public static func removeUnfinished(in files: PosixFileSystem) {
    guard let names = try? files.list() else { return }
    for name in names where name.hasPrefix(prefix) && name.hasSuffix(FileNames.unfinishedSuffix) {
      try? files.removeFolder(name)
    }
  }

  /// The journal's 16 bytes, as the newest header that can be read says; nil when none can.
  public func journalID(in root: PosixFileSystem) -> [UInt8]? {
    guard let files = try? files(in: root), let names = try? files.names() else { return nil }
    for file in SegmentFile.all(in: names).reversed() {
      if let header = try? SegmentSource(files, file).header { return header.journalID }
    }
    return nil
  }

  /// Opens the folder for reading, or for the writer. The journal folder itself is not opened twice, because its lock
  /// belongs to the descriptor.
  public func files(in root: PosixFileSystem) throws(JournalError) -> PosixFileSystem {
    if path == root.path { return root }
    do { return try PosixFileSystem(path) } catch { throw .file(error) }
  }
}

/// An epoch's folder in the making: it gets its name only when everything in it is durable.
public struct UnfinishedEpoch {
  private let root: PosixFileSystem
  private let epoch: UInt32
  /// The folder, empty at first.
  public let files: PosixFileSystem

  /// Makes the folder; what an interrupted try left is removed.
  public init(_ epoch: UInt32, in root: PosixFileSystem) throws(JournalError) {
    self.root = root
    self.epoch = epoch
    let name = EpochFolder.name(epoch) + FileNames.unfinishedSuffix
    do throws(FileError) {
      try root.removeFolder(name)
      try root.makeFolder(name)
      files = try PosixFileSystem(root.path + "/" + name)
    } catch { throw .file(error) }
  }

  /// Gives the folder its name, durably.
  public func finish() throws(JournalError) -> EpochFolder {
    let name = EpochFolder.name(epoch)
    do throws(FileError) {
      try files.synchronizeDirectory()
      try root.rename(name + FileNames.unfinishedSuffix, to: name)
      try root.synchronizeDirectory()
    } catch { throw .file(error) }
    return EpochFolder(epoch: epoch, path: root.path + "/" + name)
  }

  /// Takes the folder away after a failure.
  public func remove() {
    do throws(FileError) { try root.removeFolder(EpochFolder.name(epoch) + FileNames.unfinishedSuffix) } catch {}
  }
}

extension PosixFileSystem {
  private static let folderMode: mode_t = 0o700

  /// Makes a folder in this one.
  func makeFolder(_ name: String) throws(FileError) {
    guard mkdir(path + "/" + name, Self.folderMode) == 0 else { throw FileError(.create, name, code: errno) }
  }

  /// Removes a folder in this one with the files in it; nothing happens when it is not there.
  func removeFolder(_ name: String) throws(FileError) {
    let folder: PosixFileSystem
    do throws(FileError) { folder = try PosixFileSystem(path + "/" + name) } catch {
      if error.isMissing { return }
      throw error
    }
    for file in try folder.list() { try folder.unlink(file) }
    guard rmdir(path + "/" + name) == 0 else { throw FileError(.unlink, name, code: errno) }
  }
}
