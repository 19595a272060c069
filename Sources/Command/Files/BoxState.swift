import Configuration
import Engine
import Glibc
import Journal
import Till

/// What makes a box the one it is: its journal, the key, and the index of it.
struct BoxState {
  private let configuration: DaemonConfiguration
  let journal: String
  private let keys: String
  private let index: String

  init(_ config: String) throws {
    do { configuration = try DaemonConfiguration(path: config) } catch {
      throw Failure("configuration", "\(error)", exit: .configuration)
    }
    journal = configuration.storage.journal
    keys = Folders.parent(of: journal) + "/keys"
    index = configuration.storage.index
  }

  static func rootOnly() throws {
    guard geteuid() == 0 else {
      throw Failure(
        "rootOnly", text("this is for root alone", "此操作只限 root"),
        advice: [ErrorTable.entry("rootOnly")?.cure.text ?? ""],
        exit: .permission)
    }
  }

  /// False: there is nothing to take away.
  var hasTraces: Bool { [journal, keys, index].contains { !Folders.names(in: $0).isEmpty } }

  /// As the journal says, else as the configuration does.
  func origin(_ files: PosixFileSystem?) -> String {
    (try? identity(files))?.origin ?? "\(configuration.shop.shop)/\(configuration.shop.till)"
  }

  private func identity(_ files: PosixFileSystem?) throws -> Genesis? {
    guard let files else { return nil }
    return try ReadTill.newest(in: files)?.identity
  }

  // MARK: - archive

  private static let prefix = "archive-"

  /// Folders of earlier archives.
  var archives: [String] {
    let folder = Folders.parent(of: journal)
    return Folders.names(in: folder).filter { $0.hasPrefix(Self.prefix) }.map { folder + "/" + $0 }
  }

  /// Moves all of it into a folder of its own. Cut short it is done by the next time: what is moved is moved whole.
  func archive(_ origin: String) throws -> String {
    let parent = Folders.parent(of: journal)
    let name = Self.prefix + origin.map { $0 == "/" ? "-" : $0 } + "-" + Folders.timeStamp()
    let archive = parent + "/" + name
    guard mkdir(archive, 0o700) == 0 else { throw Folders.failure(archive) }
    // The key last: beside a journal it is no trace of a lost one.
    for (path, name) in [(index, "index"), (journal, "journal"), (keys, "keys")] {
      guard access(path, F_OK) == 0 else { continue }
      if rename(path, archive + "/" + name) != 0 {
        // On a disk of its own it stays there.
        let beside = path + "-" + (archive.split(separator: "/").last.map(String.init) ?? "")
        guard errno == EXDEV, rename(path, beside) == 0 else { throw Folders.failure(path) }
        try Folders.synchronize(Folders.parent(of: beside))
      }
      try Folders.synchronize(Folders.parent(of: path))
    }
    try Folders.synchronize(archive)
    return archive
  }

  // MARK: - image

  /// Why this box is no empty one; nil: it never gave out a number.
  func whyNoImage(_ files: PosixFileSystem?) throws -> String? {
    guard let files, try !JournalFolder.isEmpty(files) else { return nil }
    let till: Till?
    do { till = try ReadTill.newest(in: files) } catch {
      return text("its journal cannot be read: \(error)", "账本无法读取：\(error)")
    }
    guard let till, let identity = till.identity else { return text("its journal has no beginning", "账本没有开头") }
    if identity.epoch > 0 { return text("its journal builds on an older one", "账本以更早的账本为基础") }
    if till.counters.nextStub > 1 {
      return text(
        "it gave out the receipts 1 to \(till.counters.nextStub - 1)", "已开出小票 1 到 \(till.counters.nextStub - 1)")
    }
    if !till.sales.isEmpty { return text("\(till.sales.count) sales are open", "有 \(till.sales.count) 笔未完成的销售") }
    return till.counters.nextZ > 1 ? text("a day was closed on it", "已做过日结") : nil
  }

  /// The journal last: a box without its key only signs no more.
  func removeIdentity() throws {
    for path in [index, keys, journal] {
      try Folders.remove(path)
      if access(Folders.parent(of: path), F_OK) == 0 { try Folders.synchronize(Folders.parent(of: path)) }
    }
  }
}
