/// Why the journal refused.
public enum JournalError: Error, Hashable, Sendable {
  /// A file operation failed. While opening or reading nothing else follows from it.
  case file(FileError)
  /// A write or synchronize failed earlier: nothing staged is durable, this core accepts nothing more.
  /// The cure is a new process, which reads back what the medium really holds.
  case poisoned(FileError)
  /// `stop` was called: this core accepts nothing more.
  case stopped
  /// Another process has the journal open.
  case locked(FileError)
  /// The folder holds no journal.
  case notFound(folder: String)
  /// `create` on a folder that holds a journal.
  case alreadyExists(file: String)
  /// The format's major version is not this build's.
  case unsupported(file: String, major: UInt16)
  /// Acknowledged bytes are damaged. The box must not append; repair from a copy or begin a new epoch.
  case corrupt(JournalFault)
  /// A signed checkpoint covers more records than the journal has: an older copy was put back.
  case rolledBack(checkpoint: UInt64, journal: UInt64)
  /// A signed checkpoint's root is not this journal's at that size: the past was changed.
  case forked(checkpoint: UInt64)
  /// The signer's key or its name is not the one that GENESIS names: the key or the origin is another journal's.
  case foreign(signer: String, journal: String)
  /// One entry is longer than 65,535 bytes.
  case entryTooLarge(bytes: Int, maximum: Int)
  /// One event encodes to more than the limit.
  case eventTooLarge(bytes: Int, maximum: Int)
  /// The staged batch has no room for this event: commit first.
  case batchFull
  /// The segment has no room: switch first.
  case segmentFull
  /// An entry's body is no object of at least one member, or an event has no entry.
  case invalidEntry(String)
  /// Only STATE may be appended now (see `JournalCore.needsState`).
  case stateRequired
  /// Something is staged that must be committed first.
  case staged
  /// The options cannot make a journal; which one.
  case invalidOptions(String)
  /// The record is in a segment that is no longer on this box.
  case archived(epoch: UInt32, sequence: UInt64)
  /// The journal does not have this record (yet).
  case noSuchRecord(sequence: UInt64)
  /// A checkpoint could not be signed; why.
  case signing(String)
}

/// One thing that is not as it must be, and where.
public struct JournalFault: Hashable, Sendable {
  /// The file's name.
  public let file: String
  /// Byte offset in the file (in the uncompressed segment for `.segz`).
  public let offset: UInt64
  /// How many bytes from there on are, or may be, not as they were written; nil when that is not known.
  public let length: UInt64?
  /// The record's sequence, or the sequence that is expected there, when one is known.
  public let sequence: UInt64?
  /// The first sequence behind it that can be read, when one is known.
  public let next: UInt64?
  /// What differs.
  public let text: String
  /// The medium did not give all of the file's bytes: they may be right, and it may give them later.
  public var isUnread = false

  /// A fault.
  public init(
    file: String, offset: UInt64, length: UInt64? = nil, sequence: UInt64?, next: UInt64? = nil, text: String
  ) {
    self.file = file
    self.offset = offset
    self.length = length
    self.sequence = sequence
    self.next = next
    self.text = text
  }

  /// What stops at it must say: bytes that were not given accuse the medium, not the journal.
  public var error: JournalError {
    isUnread ? .file(FileError(.read, file, code: Errno.inputOutput, detail: text)) : .corrupt(self)
  }

  /// First sequence of the segment that it is in, which is the file's name; nil for another file.
  public var segment: UInt64? {
    FileNames.first(file, suffix: FileNames.compressedSuffix) ?? FileNames.first(file, suffix: FileNames.segmentSuffix)
  }
}

extension JournalFault: CustomStringConvertible {
  /// One line: file, offset, how many bytes, sequence, what differs.
  public var description: String {
    let bytes = length.map { ", \($0) bytes" } ?? ""
    let record = sequence.map { ", sequence \($0)" } ?? ""
    return "\(file), offset \(offset)\(bytes)\(record): \(text)"
  }
}

extension JournalError: CustomStringConvertible {
  /// One line that names the cause and, where there is one, the cure.
  public var description: String {
    switch self {
    case .file(let error): "\(error)"
    case .poisoned(let error): "the journal stopped after a failed operation: \(error)"
    case .stopped: "the journal was stopped"
    case .locked(let error): "the journal is in use: \(error)"
    case .notFound(let folder): "no journal in \(folder); is the path right, and its disk mounted?"
    case .alreadyExists(let file): "there is a journal already (\(file))"
    case .unsupported(let file, let major): "\(file) has format major \(major), which this build does not know"
    case .corrupt(let fault): "\(fault)"
    case .rolledBack(let checkpoint, let journal):
      "a signed checkpoint covers \(checkpoint) records, the journal has \(journal): an older copy was put back"
    case .forked(let checkpoint): "the signed root at size \(checkpoint) is not this journal's: its past was changed"
    case .foreign(let signer, let journal):
      "the key at hand is \(signer), the journal was made with \(journal); put the journal's own key and origin back"
    case .entryTooLarge(let bytes, let maximum): "an entry of \(bytes) bytes; at most \(maximum)"
    case .eventTooLarge(let bytes, let maximum): "an event of \(bytes) bytes; at most \(maximum)"
    case .batchFull: "the batch is full; commit first"
    case .segmentFull: "the segment is full; switch first"
    case .invalidEntry(let text): "not an entry: \(text)"
    case .stateRequired: "the segment has no STATE yet; only STATE may be appended"
    case .staged: "something is staged; commit first"
    case .invalidOptions(let text): "journal options: \(text)"
    case .archived(let epoch, let sequence):
      "record \(sequence) of epoch \(epoch) is not here any more: archived or missing"
    case .noSuchRecord(let sequence): "no record \(sequence)"
    case .signing(let text): "a checkpoint could not be signed: \(text)"
    }
  }
}
