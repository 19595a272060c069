import Journal

/// How unsynchronized writes look after a power cut.
public enum MediaModel: String, Sendable, CaseIterable {
  /// Each 512-byte sector is old or new, in any order and any subset.
  case sectorAtomic
  /// Each 4 KiB page that was being written is old, new or garbage, bytes in it that were durable before included: a
  /// cheap SD card.
  case pageGarbage

  /// One of these is drawn for each file at a cut, so that "nothing arrived" and "all arrived" come up often.
  static let lossPercents = [0, 10, 50, 50, 90, 100]
}

/// A failure to come.
public struct DiskFault: Sendable, Hashable {
  /// Which operation fails.
  public var operation: FileOperation
  /// Which one of them, counted from 1 at the moment of `inject`.
  public var number: Int
  /// The `errno` it fails with.
  public var code: Int32
  /// Whether all later ones fail too.
  public var forever: Bool
  /// Counts and fails only on files whose name ends like this; nil = all.
  public var suffix: String?

  /// A fault.
  public init(_ operation: FileOperation, number: Int = 1, code: Int32, forever: Bool = false, suffix: String? = nil) {
    self.operation = operation
    self.number = number
    self.code = code
    self.forever = forever
    self.suffix = suffix
  }
}

/// One operation in the disk's log.
public struct DiskOperation: Sendable, Hashable {
  /// Its number, from 1 over the disk's life.
  public let number: Int
  /// What.
  public let operation: FileOperation
  /// On which file; for a rename `from → to`, empty for the folder.
  public let file: String
  /// For reads and writes.
  public let offset: UInt64
  /// Bytes asked for, or the new size.
  public let length: UInt64
  /// `errno` when it failed.
  public var code: Int32?
}

/// What became of one file's unsynchronized writes when the power went.
struct Settlement: Sendable {
  /// Sectors or pages, in the order in which they stand in the file, which is the order of writing of a journal.
  private(set) var arrived = 0
  private(set) var missing = 0
  /// Pages in flight that came back as something that was never written.
  var garbage = 0
  /// A later one is there and an earlier one is not.
  private(set) var isReordered = false

  mutating func add(arrived isThere: Bool) {
    if isThere {
      arrived += 1
      if missing > 0 { isReordered = true }
    } else {
      missing += 1
    }
  }

  /// Names of what was seen; none when nothing was in flight.
  var names: [String] {
    var names: [String] = []
    if garbage > 0 { names.append("garbage") }
    if isReordered { names.append("reordered") }
    if arrived > 0, missing > 0 { names.append("torn") }
    if arrived > 0, missing + garbage == 0 { names.append("new") }
    if missing > 0, arrived + garbage == 0 { names.append("old") }
    return names
  }
}
