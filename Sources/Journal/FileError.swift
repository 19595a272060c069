/// What was tried on a file when it failed.
public enum FileOperation: String, Sendable {
  case openDirectory = "open directory"
  case open, create, read, write, synchronize, truncate, allocate, rename, unlink, list, lock, size
  case synchronizeDirectory = "synchronize directory"
}

/// A failed file operation: what, on which file, with which `errno`.
public struct FileError: Error, Hashable, Sendable {
  /// What was tried.
  public let operation: FileOperation
  /// The file's name inside the journal's folder, or the folder's path.
  public let file: String
  /// The system's error number (`errno`).
  public let code: Int32
  /// More that is known, for example how many bytes a short write wrote; may be empty.
  public let detail: String

  /// A failed operation.
  public init(_ operation: FileOperation, _ file: String, code: Int32, detail: String = "") {
    self.operation = operation
    self.file = file
    self.code = code
    self.detail = detail
  }

  /// True when the disk, or this user's share of it, has no room (`ENOSPC`, `EDQUOT`).
  public var isFull: Bool { code == Errno.noSpace || code == Errno.quota }
  /// True when this user may not (`EACCES`, `EPERM`).
  public var isDenied: Bool { code == Errno.accessDenied || code == Errno.notPermitted }
  /// True when the file system is read-only (`EROFS`).
  public var isReadOnly: Bool { code == Errno.readOnly }
  /// True when the file or folder does not exist (`ENOENT`).
  public var isMissing: Bool { code == Errno.noEntry }
  /// True when the medium does not give back what was written (`EIO`, `EBADMSG`).
  public var isDamage: Bool { code == Errno.inputOutput || code == Errno.badMessage }
}

/// The error numbers of Linux that the journal tells apart, on every architecture Debian has the same.
enum Errno {
  static let notPermitted: Int32 = 1
  static let noEntry: Int32 = 2
  static let interrupted: Int32 = 4
  static let inputOutput: Int32 = 5
  static let again: Int32 = 11
  static let noMemory: Int32 = 12
  static let accessDenied: Int32 = 13
  static let exists: Int32 = 17
  static let invalid: Int32 = 22
  static let tooManyFilesInSystem: Int32 = 23
  static let tooManyFiles: Int32 = 24
  static let fileTooBig: Int32 = 27
  static let noSpace: Int32 = 28
  static let readOnly: Int32 = 30
  /// The bytes read back are not those written.
  static let badMessage: Int32 = 74
  static let notSupported: Int32 = 95
  static let quota: Int32 = 122

  /// A few words for the number.
  static func text(_ code: Int32) -> String {
    switch code {
    case notPermitted: "operation not permitted"
    case noEntry: "no such file or folder"
    case inputOutput: "input/output error"
    case again: "held by another process"
    case noMemory: "out of memory"
    case accessDenied: "permission denied"
    case exists: "exists already"
    case invalid: "invalid argument"
    case tooManyFilesInSystem, tooManyFiles: "too many open files"
    case fileTooBig: "file too big"
    case noSpace: "no space left on the device"
    case readOnly: "file system is read-only"
    case badMessage: "damaged data"
    case notSupported: "not supported by this file system"
    case quota: "disk quota exceeded"
    default: "errno \(code)"
    }
  }

  /// What a technician can do about the number.
  static func cure(_ code: Int32) -> String {
    switch code {
    case notPermitted, accessDenied: "give the journal's folder and files to the daemon's user"
    case noEntry: "create the journal with `counterfoil init`, or restore the file from a copy"
    case inputOutput: "the medium is failing: salvage with `counterfoil journal copy --to DIR` and replace it"
    case again: "stop the other process that has this journal open"
    case badMessage: "repair the file from a copy"
    case noSpace, quota: "free space on the journal's file system"
    case readOnly: "remount the file system writable; look for its errors in the kernel log"
    case tooManyFilesInSystem, tooManyFiles: "raise the limit of open files"
    case notSupported: "use ext4, XFS or btrfs for the journal"
    default: "look into the kernel log"
    }
  }
}

extension FileError: CustomStringConvertible {
  /// One line: operation, file, reason, cure.
  public var description: String { "\(what); \(Errno.cure(code))" }

  /// Operation, file and reason. The cure is left out: it is for a journal in use, not for another folder.
  public var what: String {
    let more = detail.isEmpty ? "" : " (\(detail))"
    return "\(operation.rawValue) \(file): \(Errno.text(code))\(more)"
  }

  /// What a technician can do about it.
  public var cure: String { Errno.cure(code) }
}
