import CSQLite
import Glibc

/// Why the index cannot be used. Never a reason not to sell: the index can be made anew from the journal.
public struct IndexError: Error, Equatable, Sendable, CustomStringConvertible {
  /// SQLite result code.
  public let code: Int32
  public let text: String
  public var description: String { "index: \(text) (\(code))" }
}

/// What a row is found by.
public enum IndexGroup: Int64, Sendable {
  /// Idempotency key → first record of its event.
  case key = 0
  /// Sale id → the stub's record, or that of its voiding.
  case sale = 1
  /// Stub number → its record.
  case stub = 2
  case external = 3
  /// Z number → its record.
  case day = 4
  /// Stub number → every later event that names it; and for a sale, what became of its tenders.
  case later = 5
  /// Closed sales in order; the name is empty.
  case closed = 6
  /// Name of a closed shift's report or of a movement's slip → its event.
  case report = 7
  /// Fingerprint of a key of an earlier epoch → the record that carries it.
  case carried = 8
  /// Order number at a provider → the record of the stub that has its tender.
  case order = 9
}

/// One lookup of sealed segments.
public struct IndexRow: Hashable, Sendable {
  public var group: IndexGroup
  public var name: String
  public var sequence: UInt64

  public init(_ group: IndexGroup, _ name: String, _ sequence: UInt64) {
    self.group = group
    self.name = name
    self.sequence = sequence
  }
}

/// The disposable lookup file over sealed segments: one SQLite file, one connection, used by one thread.
///
/// Rollback journal, synchronous=FULL, one transaction a segment. A file that is missing, damaged, of another journal or
/// another schema is made anew; its answers come back when the segments are added again.
public final class IndexStore: @unchecked Sendable {
  static let schema: Int32 = 4
  private let database: OpaquePointer
  /// True when the file had to be made: nothing is covered yet.
  public let isNew: Bool

  /// Opens `path` for the journal with this id and epoch.
  public convenience init(path: String, journal: String) throws(IndexError) {
    if let database = try? Self.open(path), Self.fits(database, journal) {
      self.init(database, isNew: false)
      return
    }
    for suffix in ["", "-journal"] { unlink(path + suffix) }
    let database = try Self.open(path)
    do throws(IndexError) {
      try Self.make(database, journal)
    } catch {
      sqlite3_close(database)
      throw error
    }
    self.init(database, isNew: true)
  }

  private init(_ database: OpaquePointer, isNew: Bool) {
    self.database = database
    self.isNew = isNew
  }

  deinit { sqlite3_close(database) }

  /// Adds the rows of one sealed segment, all or none. Adding it again changes nothing. A segment that is not whole does
  /// not count as covered: it is read again by the next who opens the file.
  public func add(first: UInt64, rows: [IndexRow], isWhole: Bool = true) throws(IndexError) {
    try Self.run(database, "BEGIN IMMEDIATE")
    do throws(IndexError) {
      let insert = try Statement(database, "INSERT OR IGNORE INTO row VALUES (?1, ?2, ?3)")
      for row in rows {
        try insert.bind(row.group.rawValue, row.name, Int64(clamping: row.sequence))
        _ = try insert.step()
        insert.reset()
      }
      if isWhole {
        let cover = try Statement(database, "INSERT OR IGNORE INTO covered VALUES (?1)")
        try cover.bind(Int64(clamping: first))
        _ = try cover.step()
      }
      try Self.run(database, "COMMIT")
    } catch {
      try? Self.run(database, "ROLLBACK")
      throw error
    }
  }

  /// First sequences of the segments that are in it.
  public func covered() throws(IndexError) -> Set<UInt64> {
    let statement = try Statement(database, "SELECT first FROM covered")
    var found = Set<UInt64>()
    while try statement.step() { found.insert(UInt64(clamping: statement.integer(0))) }
    return found
  }

  /// Places under a name, ascending.
  public func sequences(_ group: IndexGroup, _ name: String) throws(IndexError) -> [UInt64] {
    let statement = try Statement(database, "SELECT sequence FROM row WHERE grp = ?1 AND name = ?2 ORDER BY sequence")
    try statement.bind(group.rawValue, name)
    var found: [UInt64] = []
    while try statement.step() { found.append(UInt64(clamping: statement.integer(0))) }
    return found
  }

  /// The newest places of a group before `sequence`, newest first.
  public func newest(_ group: IndexGroup, before sequence: UInt64, limit: Int) throws(IndexError) -> [UInt64] {
    let statement = try Statement(
      database,
      "SELECT sequence FROM row WHERE grp = ?1 AND name = '' AND sequence < ?2 ORDER BY sequence DESC LIMIT ?3")
    try statement.bind(group.rawValue, Int64(clamping: sequence), Int64(limit))
    var found: [UInt64] = []
    while try statement.step() { found.append(UInt64(clamping: statement.integer(0))) }
    return found
  }

  /// Every name of a group.
  public func names(_ group: IndexGroup, _ body: (String) -> Void) throws(IndexError) {
    let statement = try Statement(database, "SELECT name FROM row WHERE grp = ?1")
    try statement.bind(group.rawValue)
    while try statement.step() { body(statement.text(0)) }
  }

  // MARK: - SQLite

  private static func open(_ path: String) throws(IndexError) -> OpaquePointer {
    var database: OpaquePointer?
    let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX
    let status = sqlite3_open_v2(path, &database, flags, nil)
    guard status == SQLITE_OK, let database else {
      sqlite3_close(database)
      throw IndexError(code: status, text: "\(path) cannot be opened")
    }
    return database
  }

  /// True when the file is sound and of this journal and schema.
  private static func fits(_ database: OpaquePointer, _ journal: String) -> Bool {
    do throws(IndexError) {
      try run(database, "PRAGMA synchronous = FULL")
      let version = try Statement(database, "PRAGMA user_version")
      guard try version.step(), version.integer(0) == Int64(schema) else { throw IndexError(code: 1, text: "schema") }
      let check = try Statement(database, "PRAGMA quick_check(1)")
      guard try check.step(), check.text(0) == "ok" else { throw IndexError(code: 11, text: "damaged") }
      let identity = try Statement(database, "SELECT journal FROM identity")
      guard try identity.step(), identity.text(0) == journal else { throw IndexError(code: 1, text: "journal") }
      return true
    } catch {
      sqlite3_close(database)
      return false
    }
  }

  private static func make(_ database: OpaquePointer, _ journal: String) throws(IndexError) {
    try run(database, "PRAGMA journal_mode = DELETE")
    try run(database, "PRAGMA synchronous = FULL")
    try run(database, "BEGIN")
    try run(
      database,
      "CREATE TABLE row (grp INTEGER, name TEXT, sequence INTEGER, PRIMARY KEY (grp, name, sequence)) WITHOUT ROWID")
    try run(database, "CREATE TABLE covered (first INTEGER PRIMARY KEY)")
    try run(database, "CREATE TABLE identity (journal TEXT)")
    let insert = try Statement(database, "INSERT INTO identity VALUES (?1)")
    try insert.bind(text: journal)
    _ = try insert.step()
    try run(database, "PRAGMA user_version = \(schema)")
    try run(database, "COMMIT")
  }

  private static func run(_ database: OpaquePointer, _ sql: String) throws(IndexError) {
    let status = sqlite3_exec(database, sql, nil, nil, nil)
    guard status == SQLITE_OK else { throw IndexError(code: status, text: String(cString: sqlite3_errmsg(database))) }
  }

  /// A prepared statement. Texts are copied in, so nothing outside must outlive it.
  private final class Statement {
    private let database: OpaquePointer
    private var statement: OpaquePointer?

    init(_ database: OpaquePointer, _ sql: String) throws(IndexError) {
      self.database = database
      try check(sqlite3_prepare_v2(database, sql, -1, &statement, nil))
    }

    deinit { sqlite3_finalize(statement) }

    func bind(_ group: Int64, _ name: String, _ sequence: Int64? = nil) throws(IndexError) {
      try check(sqlite3_bind_int64(statement, 1, group))
      try check(sqlite3_bind_text(statement, 2, name, -1, Self.transient))
      if let sequence { try check(sqlite3_bind_int64(statement, 3, sequence)) }
    }

    func bind(_ values: Int64...) throws(IndexError) {
      for (index, value) in values.enumerated() { try check(sqlite3_bind_int64(statement, Int32(index + 1), value)) }
    }

    func bind(text: String) throws(IndexError) {
      try check(sqlite3_bind_text(statement, 1, text, -1, Self.transient))
    }

    /// True for a row, false at the end.
    func step() throws(IndexError) -> Bool {
      switch sqlite3_step(statement) {
      case SQLITE_ROW: return true
      case SQLITE_DONE: return false
      case let status: throw IndexError(code: status, text: String(cString: sqlite3_errmsg(database)))
      }
    }

    func reset() { sqlite3_reset(statement) }
    func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(statement, column) }
    func text(_ column: Int32) -> String { sqlite3_column_text(statement, column).map { String(cString: $0) } ?? "" }

    private func check(_ status: Int32) throws(IndexError) {
      guard status == SQLITE_OK else { throw IndexError(code: status, text: String(cString: sqlite3_errmsg(database))) }
    }

    /// SQLITE_TRANSIENT, a macro that is not imported.
    private static let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
  }
}
