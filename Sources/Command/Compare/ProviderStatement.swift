import Glibc
import Interfaces
import JSON
import Varlink

/// A provider's own books of a time, from its connector or from a file.
struct ProviderStatement {
  typealias Provider = PaymentProviderInterface

  /// More entries are not compared at once: those of a whole account with many boxes.
  static let most = 500_000
  /// More pages are not read, as short as they may be.
  static let pages = 20_000
  /// The longest page, bytes.
  static let pageBytes = 1 << 20
  /// The longest file, bytes.
  static let fileBytes = 256 << 20
  /// How long a page is waited for: a provider may have to make its books first.
  static let wait = Duration.seconds(60)

  private(set) var entries: [Wire.StatementEntry] = []
  /// What it was asked for, UTC milliseconds; nil: it does not say.
  private(set) var cover: Range<Int64>?
  /// The merchant account that it is of; nil: not known.
  private(set) var account: String?
  /// Each answer as it came, to be kept.
  private var answers: [[UInt8]] = []
  private var seen: Set<String> = []

  // MARK: - from the connector

  /// Asks the connector, as the daemon would: first who is there, then page by page on one connection. `progress` hears
  /// of every page.
  init(_ address: VarlinkAddress, _ time: Range<Int64>, progress: (Int, Int) -> Void) throws {
    cover = time
    var client: VarlinkClient
    do throws(VarlinkError) {
      client = try VarlinkClient(address, timeout: .seconds(2), largestReply: Self.pageBytes)
    } catch { throw Self.unreachable(address, error) }
    let said = try Self.ask(&client, address, Provider.Capabilities.self, .init()).0
    guard said.capabilities.contains(.statement) else {
      throw Failure(
        "noStatement",
        text("provider \(said.provider) says no statement of its books", "支付方 \(said.provider) 不提供对账单"),
        advice: [ErrorTable.entry("noStatement")?.cure.text ?? ""], exit: .unavailable)
    }
    account = said.account
    var after: String?
    for page in 1...Self.pages {
      let (answer, bytes) = try Self.ask(
        &client, address, Provider.Statement.self, .init(from: time.lowerBound, to: time.upperBound, after: after))
      answers.append(bytes)
      try take(answer)
      progress(page, entries.count)
      guard let next = answer.next else { return }
      after = next
    }
    throw Self.endless(text("more than \(Self.pages) pages", "超过 \(Self.pages) 页"))
  }

  private static func ask<M: OutwardMethod>(
    _ client: inout VarlinkClient, _ address: VarlinkAddress, _ method: M.Type, _ input: M.Input
  ) throws -> (M.Output, [UInt8]) {
    let reply: [UInt8]
    do throws(VarlinkError) {
      reply = try client.call(M.name, input.bytes, timeout: wait)
    } catch { throw unreachable(address, error) }
    do { return (try M.Output(parsing: reply, tolerant: true), reply) } catch {
      throw unreadable("\(address)", "\(error)")
    }
  }

  private mutating func take(_ answer: Provider.Statement.Output) throws {
    guard entries.count + answer.entries.count <= Self.most else {
      throw Failure.usage(
        text(
          "the statement has more than \(Self.most) entries: compare a shorter time",
          "对账单超过 \(Self.most) 条：请缩短时段"))
    }
    entries += answer.entries
    guard let next = answer.next else { return }
    guard seen.insert(next).inserted else {
      throw Self.endless(text("it names a page as the next one again", "翻页没有前进"))
    }
  }

  // MARK: - from a file

  private static let firstLine = "counterfoilStatement"

  /// Reads what `save` wrote, or answers to Statement: one, or one a line.
  init(file: String) throws {
    let bytes = try SmallFile.read(file, atMost: Self.fileBytes)
    let lines = bytes.split(separator: 0x0A).filter { !$0.allSatisfy { $0 == 0x20 || $0 == 0x0D || $0 == 0x09 } }
    // One answer may be written over several lines.
    let isLineByLine = lines.first.map { (try? JSON(parsing: Array($0))) != nil } ?? false
    var isWhole = false
    for line in isLineByLine ? lines.map(Array.init) : [bytes] {
      if let named = try? JSON(parsing: line), let head = named[Self.firstLine] {
        if let from = head["from"]?.integer, let to = head["to"]?.integer, from < to { cover = from..<to }
        account = head["account"]?.string
        continue
      }
      let answer: Provider.Statement.Output
      do { answer = try Provider.Statement.Output(parsing: line, tolerant: true) } catch {
        throw Self.unreadable(file, "\(error)")
      }
      try take(answer)
      isWhole = answer.next == nil
    }
    guard isWhole else {
      throw Self.unreadable(
        file, text("its last answer names a next one, so this is not all", "最后一页还指向下一页，内容不完整"))
    }
  }

  /// Writes it down, for whoever compares later; never over another file.
  func save(_ path: String) throws {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o640)
    guard descriptor >= 0 else { throw Folders.failure(path) }
    defer { close(descriptor) }
    var head = JSONWriter(capacity: 256)
    head.beginObject()
    head.key(Self.firstLine)
    head.beginObject()
    if let account {
      head.key("account")
      head.string(account)
    }
    head.key("from")
    head.integer(cover?.lowerBound ?? 0)
    head.key("to")
    head.integer(cover?.upperBound ?? 0)
    head.endObject()
    head.endObject()
    for line in [head.bytes] + answers {
      var rest = (line + [0x0A])[...]
      while !rest.isEmpty {
        let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { throw Folders.failure(path) }
        rest = rest.dropFirst(count)
      }
    }
    guard fsync(descriptor) == 0 else { throw Folders.failure(path) }
  }

  /// From the first entry to the last one; nil: there are none.
  var times: Range<Int64>? {
    guard let first = entries.map(\.time).min(), let last = entries.map(\.time).max(), last < .max else { return nil }
    return first..<last + 1
  }

  // MARK: - failures

  private static func unreachable(_ address: VarlinkAddress, _ error: VarlinkError) -> Failure {
    if case .system(_, _, let number) = error, number == EACCES {
      return Failure(
        "connectorRefused",
        text("this user may not open the connector's socket \(address)", "该用户不能打开连接器套接字 \(address)"),
        advice: [ErrorTable.entry("connectorRefused")?.cure.text ?? ""], exit: .permission)
    }
    return Failure(
      "connectorUnreachable", text("the connector at \(address): \(error)", "连接器 \(address)：\(error)"),
      advice: [ErrorTable.entry("connectorUnreachable")?.cure.text ?? ""], exit: .unavailable)
  }

  private static func unreadable(_ where: String, _ why: String) -> Failure {
    Failure(
      "statementUnreadable", text("\(`where`): no statement: \(why)", "\(`where`)：不是对账单：\(why)"),
      advice: [ErrorTable.entry("statementUnreadable")?.cure.text ?? ""], exit: .inputOutput)
  }

  private static func endless(_ why: String) -> Failure {
    Failure(
      "statementEndless", text("the statement does not end: \(why)", "对账单没有尽头：\(why)"),
      advice: [ErrorTable.entry("statementEndless")?.cure.text ?? ""], exit: .unavailable)
  }
}
