import Configuration
import Engine
import Glibc
import JSON
import Journal
import Till

/// A new box that goes on where a copy of the old one's journal ends.
struct BoxReplacement {
  let configuration: DaemonConfiguration
  /// Folder of the copy.
  let from: String
  /// A key file to go on with; nil: this box's own.
  let signingKey: String?
  /// Why a damaged copy will do; nil: it will not.
  let acceptLoss: String?
  /// What the new epoch's first record says.
  let reason: String
  let owner: passwd?

  /// Name of a journal folder in the making; it gets its own name when everything in it is durable.
  private static let unfinished = ".replacing"

  /// What was begun.
  struct Result {
    let epoch: Int64
    let journal: String
    let sales, unresolved, shifts, keys: Int
    let nextStub: Int64
    let faults: [String]
    let oldKey, newKey: String

    var json: String {
      var writer = JSONWriter()
      writer.beginObject()
      for (name, number) in [("epoch", epoch), ("keys", Int64(keys)), ("nextStub", nextStub)] {
        writer.key(name)
        writer.integer(number)
      }
      for (name, number) in [("sales", sales), ("shifts", shifts), ("unresolved", unresolved)] {
        writer.key(name)
        writer.integer(number)
      }
      for (name, text) in [("journal", journal), ("key", newKey), ("oldKey", oldKey)] {
        writer.key(name)
        writer.string(text)
      }
      writer.key("lost")
      writer.beginArray()
      for fault in faults { writer.string(fault) }
      writer.endArray()
      writer.endObject()
      return String(decoding: writer.bytes, as: UTF8.self)
    }
  }

  private var origin: String { "\(configuration.shop.shop)/\(configuration.shop.till)" }
  private var folder: String { configuration.storage.journal }

  func run() throws -> Result {
    _ = LocalTime.setZone(configuration.shop.timeZone)
    let held = try JournalFolder.hold(folder)
    if let held, try !JournalFolder.isEmpty(held) {
      var failure = Failure(JournalError.alreadyExists(file: folder))
      failure.advice.append(
        text(
          "a journal that is not needed is moved aside by: counterfoil factory-reset",
          "不需要的账本用 counterfoil factory-reset 移走"))
      throw failure
    }
    let faults = try check()
    let keys = Folders.parent(of: folder) + "/keys"
    let work = folder + Self.unfinished
    try Folders.remove(work)
    let made = try Folders.make(Folders.parent(of: folder), mode: 0o700) + Folders.make(keys, mode: 0o700)
    let hadKey = access(keys + "/journal.key", F_OK) == 0
    do {
      try copy(to: work)
      let result = try begin(in: work, key: try key(in: keys), faults: faults)
      if let owner {
        try Folders.give(made + [keys], to: owner)
        try Folders.giveAll(work, to: owner)
      }
      // The name is missing or an empty folder that this process holds: nothing is overwritten.
      guard rename(work, folder) == 0 else { throw Folders.failure(folder) }
      try Folders.synchronize(Folders.parent(of: folder))
      return result
    } catch {
      // A key without a journal is the trace of a lost one.
      if !hadKey { unlink(keys + "/journal.key") }
      try? Folders.remove(work)
      throw error
    }
  }

  // MARK: - the copy

  /// What is damaged in the copy; refuses another till's, and a damaged one that nobody accepts.
  private func check() throws -> [String] {
    var faults: [String] = []
    do {
      let root = try OfflineJournal.files(from)
      let all = try EpochFolder.all(in: root)
      guard let newest = all.last else { throw JournalError.notFound(folder: from) }
      for folder in all {
        let end = try? folder.end(in: root)
        let report = try JournalReader(folder.files(in: root)).verify(upTo: end.map { $0.sequence + 1 })
        faults += report.faults.map { "\(text("epoch", "纪元")) \(folder.epoch)  \($0)" }
        if let link = try? folder.linkFault(in: root) { faults.append("\(link)") }
      }
      try faults += missing(try newest.files(in: root), faults)
    } catch let error as JournalError {
      throw Failure(error).leading(text("the copy in \(from): ", "\(from) 中的副本："))
    }
    if !faults.isEmpty, acceptLoss == nil { throw Self.damaged(from, faults) }
    return faults
  }

  /// What is not there behind the last record that counts; refuses another till's copy, and one without any state.
  private func missing(_ newest: PosixFileSystem, _ faults: [String]) throws -> [String] {
    let old: EpochBirth.Inheritance
    do { old = try birth(nil).inherit(from: newest) } catch {
      throw Self.damaged(from, faults + [text("no state can be rebuilt from it: \(error)", "无法从中恢复状态：\(error)")])
    }
    guard let identity = old.till.identity, identity.origin == origin else {
      throw Failure(
        "journalOtherTill",
        text(
          "the copy is of \(old.till.identity?.origin ?? "?"), the configuration says \(origin)",
          "副本属于 \(old.till.identity?.origin ?? "?")，配置写的是 \(origin)"),
        advice: [text("bring counterfoil.toml from the old box", "请使用旧机器的 counterfoil.toml")], exit: .configuration)
    }
    guard old.loss.isPossible else { return [] }
    return [
      text(
        "records behind \(old.head.sequence - 1) are missing, at least \(old.loss.records)",
        "序号 \(old.head.sequence - 1) 之后缺少记录，至少 \(old.loss.records) 条")
    ]
  }

  private static func damaged(_ from: String, _ faults: [String]) -> Failure {
    Failure(
      "copyDamaged", text("the copy in \(from) is damaged; nothing was done", "\(from) 中的副本已损坏；什么都没有做"),
      advice: faults + [
        text(
          "look for a whole copy, or the old disk; only without one: --accept-loss WHY",
          "请找完整的副本或旧磁盘；实在没有才用：--accept-loss 原因")
      ], exit: .inputOutput)
  }

  /// Every epoch of the copy, byte for byte, to the same place below `work`.
  private func copy(to work: String) throws {
    do throws(SalvageError) {
      let epochs: [EpochFolder]
      let root: PosixFileSystem
      do throws(JournalError) {
        root = try OfflineJournal.files(from)
        epochs = try EpochFolder.all(in: root)
      } catch { throw SalvageError(.journal, from, error) }
      for epoch in epochs {
        let target = epoch.path == root.path ? work : work + "/" + EpochFolder.name(epoch.epoch)
        guard (try? Folders.make(target, mode: 0o700)) != nil else {
          throw SalvageError(.copy, target, .file(FileError(.create, target, code: errno)))
        }
        do throws(JournalError) {
          let files = try OfflineJournal.files(target)
          do throws(SalvageError) {
            _ = try JournalSalvage.copy(from: try Self.open(epoch, root), to: files)
          } catch { throw error.error }
        } catch { throw SalvageError(.copy, target, error) }
      }
    } catch { throw Failure(error) }
  }

  private static func open(_ epoch: EpochFolder, _ root: PosixFileSystem) throws(SalvageError) -> PosixFileSystem {
    do throws(JournalError) { return try epoch.files(in: root) } catch {
      throw SalvageError(.journal, epoch.path, error)
    }
  }

  // MARK: - the epoch

  /// The key of the new epoch, which stands in this box's place for it.
  private func key(in keys: String) throws -> Ed25519PrivateKey {
    let path = keys + "/journal.key"
    guard let signingKey else {
      let key = try KeyFile.load(orMake: path)
      try Folders.synchronize(keys)
      return key
    }
    let given = try KeyFile.load(signingKey)
    if access(path, F_OK) == 0 {
      guard try KeyFile.load(path).publicKey.bytes == given.publicKey.bytes else {
        throw Failure(
          "journalFile", text("\(path) is another key; it is never replaced", "\(path) 是另一个密钥，绝不替换"),
          advice: [text("leave --signing-key out, or move that file away", "去掉 --signing-key，或移走该文件")],
          exit: .configuration)
      }
    } else {
      try KeyFile.copy(signingKey, to: path)
      try Folders.synchronize(keys)
    }
    return given
  }

  private func begin(in work: String, key: Ed25519PrivateKey, faults: [String]) throws -> Result {
    do {
      let root = try OfflineJournal.files(work)
      let birth = try birth(key)
      let old = try birth.inherit(from: try EpochFolder.newest(in: root).files(in: root))
      guard let identity = old.till.identity else { throw CallError.fault("epoch-identity") }
      let begun = try birth.begin(old, in: root)
      return Result(
        epoch: begun.epoch, journal: begun.journal, sales: old.till.sales.count,
        unresolved: old.till.unresolved.count, shifts: old.till.shifts.count, keys: old.keys.count,
        nextStub: birth.nextStub(old), faults: faults, oldKey: Self.vkey(identity.origin, identity.publicKey),
        newKey: Self.vkey(origin, Hex.encode(key.publicKey.bytes)))
    } catch let error as Failure {
      throw error
    } catch let error as JournalError {
      throw Failure(error)
    } catch let error as FileError {
      throw Failure(JournalError.file(error))
    } catch let error as CallError {
      throw Failure("copyDamaged", "\(error)", exit: .inputOutput)
    }
  }

  /// Without a key only what it inherits can be asked.
  private func birth(_ key: Ed25519PrivateKey?) throws -> EpochBirth {
    var options = JournalOptions()
    options.segmentSize = UInt64(configuration.storage.segmentMebibytes) << 20
    let order = EpochOrder(
      key: KeyOption.random(), method: "io.counterfoil.Journal.BeginEpoch",
      requestHash: SHA256.hash(Array("box replace \(reason)".utf8)), userID: getuid(), reason: reason,
      acceptLossAfter: nil)
    let signer: NoteSigner?
    do { signer = try key.map { try NoteSigner(name: origin, key: $0) } } catch {
      throw Failure("configuration", "\(error)", exit: .configuration)
    }
    return EpochBirth(
      order: order, mayBeOld: true, options: options, signer: signer, software: "counterfoil \(Product.version)",
      clock: SystemClock(), random: systemRandom)
  }

  private static func vkey(_ origin: String, _ hex: String) -> String {
    guard let bytes = Hex.decode(hex), let key = Ed25519PublicKey(bytes),
      let verifier = try? NoteVerifier(name: origin, publicKey: key)
    else { return hex }
    return verifier.vkey
  }
}
