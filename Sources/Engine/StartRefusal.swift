import Glibc
import Journal
import Till

/// Why a start did not take a journal that is whole.
package enum StartRefusal: Error, Equatable {
  /// It was last written on another machine; the parts that differ.
  case machineChanged([String])
  /// The configuration names another till (`shop/till`) than the journal.
  case otherTill(configured: String, journal: String)
  /// The state of the journal does not allow the configuration.
  case configuration(Refusal)
  /// This user may not use the folder or a file in it: the operation, and who may.
  case denied(FileError, FolderOwner)
}

extension StartRefusal: CustomStringConvertible {
  package var description: String {
    switch self {
    case .machineChanged(let parts):
      "last written on another machine (\(parts.map(Self.name).joined(separator: ", ")) differs): a copied disk, or one "
        + "that was moved"
    case .otherTill(let configured, let journal):
      "the configuration names \(configured), the journal is of \(journal): set shop and till back to that, or give the "
        + "other till a journal and a key of its own"
    case .configuration(.refused(_, let text)): "\(text); the configuration before it stays in force"
    case .configuration(let refusal): "\(refusal); the configuration before it stays in force"
    case .denied(let error, let who): "\(error.operation.rawValue) \(error.file): permission denied: \(who.english)"
    }
  }

  /// The same in Chinese.
  package var chinese: String {
    switch self {
    case .machineChanged(let parts):
      "账本上次是在另一台机器上写的（\(parts.map(Self.chineseName).joined(separator: "、"))不同）：磁盘是复制的或移过来的"
    case .otherTill(let configured, let journal):
      "配置写的是 \(configured)，账本属于 \(journal)：把 shop 和 till 改回来，或给另一台收银机自己的账本和密钥"
    case .configuration(.refused(.shiftOpen, _)): "配置去掉了有未交班次的收银位；沿用之前的配置"
    case .configuration(.refused(.training, _)): "配置改变了有未交班次的收银位的培训模式；沿用之前的配置"
    case .configuration: "账本的现状不允许这份配置；沿用之前的配置"
    case .denied(_, let who): "没有权限：\(who.chinese)"
    }
  }

  private static func chineseName(_ part: String) -> String {
    switch part {
    case "board": "主板序列号"
    case "product": "产品 UUID"
    default: "machine-id"
    }
  }

  private static func name(_ part: String) -> String {
    switch part {
    case "board": "board serial number"
    case "product": "product UUID"
    default: "machine-id"
    }
  }
}

extension Engine {
  /// What is behind an error, where the error alone does not say it.
  static func cause(of error: any Error, in folder: String) -> any Error {
    switch error {
    case JournalError.file(let file) where file.isDenied:
      StartRefusal.denied(file, FolderOwner(file, in: folder))
    case JournalError.poisoned(let file) where file.isDenied:
      StartRefusal.denied(file, FolderOwner(file, in: folder))
    case JournalError.foreign(let signer, let journal):
      // A verifier key is `name+hash+key`. With the right key it is the name, which is the configuration's.
      if let named = TillName(signer), let own = TillName(journal), named.key == own.key {
        StartRefusal.otherTill(configured: String(named.origin), journal: String(own.origin))
      } else {
        error
      }
    default: error
    }
  }

  /// The parts of a verifier key; what they are is docs/journal-format.md, section 8.
  private struct TillName {
    let origin: Substring
    let key: Substring

    init?(_ text: String) {
      let parts = text.split(separator: "+", maxSplits: 2)
      guard parts.count == 3 else { return nil }
      (origin, key) = (parts[0], parts[2])
    }
  }

  /// Refuses a journal of another till, which without a signer nothing else would notice, and one of another machine: two
  /// boxes would give out the same numbers.
  static func check(_ till: Till, _ setup: EngineSetup) throws(StartRefusal) {
    guard let identity = till.identity else { return }
    if let origin = setup.origin, origin != identity.origin {
      throw .otherTill(configured: origin, journal: identity.origin)
    }
    guard let known = till.binding else { return }
    let differences = setup.machine.binding(journal: identity.journal).differences(from: known)
    guard differences.isEmpty else { throw .machineChanged(differences) }
  }
}

/// Who may use a file or folder, for a technician.
package struct FolderOwner: Equatable, Sendable {
  let path: String
  let owner: String
  let mode: String
  /// Whose it must be, with which mode.
  let expectedOwner: String
  let expectedMode: String

  /// Names are made and taken away by who may write their folder. What does not exist, or is hidden, is spoken of by the
  /// folder it is in too.
  init(_ error: FileError, in folder: String) {
    let ofFolder: [FileOperation] = [.create, .rename, .unlink]
    var path = error.file.hasPrefix("/") ? error.file : folder + "/" + error.file
    if ofFolder.contains(error.operation) { path = folder }
    var status = stat()
    while lstat(path, &status) != 0, let cut = path.lastIndex(of: "/"), cut > path.startIndex {
      path = String(path[..<cut])
    }
    self.path = path
    owner = Self.user(status.st_uid)
    mode = "0" + String(status.st_mode & 0o7777, radix: 8)
    expectedOwner = Self.user(geteuid())
    expectedMode = status.st_mode & S_IFMT == S_IFDIR ? "0700" : "0600"
  }

  var english: String {
    "\(path) belongs to \(owner), mode \(mode); it must belong to \(expectedOwner), whom the daemon runs as, mode "
      + expectedMode
  }

  var chinese: String {
    "\(path) 属于 \(owner)，权限 \(mode)；必须属于守护进程的用户 \(expectedOwner)，权限 \(expectedMode)"
  }

  private static func user(_ number: uid_t) -> String {
    guard let entry = getpwuid(number) else { return "uid \(number)" }
    return String(cString: entry.pointee.pw_name)
  }
}
