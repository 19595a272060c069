import ArgumentParser
import Configuration
import Interfaces
import Till
import Varlink

/// `counterfoil provider compare`
///
/// It asks the connector itself, as `certify` does, and not through the daemon: a statement decides nothing and may take a
/// minute, so it has no place among what sells; and the same command must do with a journal and a file alone, years later.
/// What the box says is read from the journal in both cases, from the daemon or from the folder: one reading of one book.
struct ProviderCompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "The provider's own statement against the journal, order by order (对账).",
    discussion: """
      Asks the provider's connector for its statement, or takes one from a file, and the daemon for the journal, or reads its
      folder. Without a time it is the running business day; with --statement alone what is in the file. Ends with 0 when
      the books agree, with 1 when they do not: each line then says what is on which side. What lies within --margin of the
      edge of what the statement covers is said and is no difference. Nothing is changed on either side.
      EXAMPLES
        counterfoil provider compare
        counterfoil provider compare wallet --day 2026-11-21 --save wallet-2026-11-21.json
        counterfoil provider compare wallet --from "2026-11-01 00:00 +08:00" --to "2026-12-01 00:00 +08:00" --json
        counterfoil provider compare wallet --statement wallet-2026-11-21.json --journal /media/usb/journal
      """)
  @OptionGroup var connection: Connection
  @Argument(help: "Name of the [[provider]]. Default: the only one there is.") var name: String?
  @Option(help: ArgumentHelp("A business day, as 2026-11-21.", valueName: "day")) var day: String?
  @Option(
    help: ArgumentHelp(
      "First moment: \"2026-11-21 09:30\", with +08:00 or Z or in this machine's time.", valueName: "time"))
  var from: String?
  @Option(help: ArgumentHelp("First moment behind it. Default: now.", valueName: "time")) var to: String?
  @Option(help: ArgumentHelp("The statement, from a file: answers to Statement, one a line.", valueName: "file"))
  var statement: String?
  @Option(help: ArgumentHelp("Where to keep what the connector said; there must be no such file.", valueName: "file"))
  var save: String?
  @Option(help: ArgumentHelp("Folder of the journal, read without the daemon.", valueName: "folder")) var journal:
    String?
  @Option(help: "Seconds that the provider's clock may be away from the box's.") var margin = 600

  func validate() throws {
    if day != nil, from != nil || to != nil { throw ValidationError("--day, or --from and --to") }
    if to != nil, from == nil { throw ValidationError("--to goes with --from") }
    if let day, BusinessDay(day) == nil { throw ValidationError("--day: a day like 2026-11-21") }
    for time in [from, to].compactMap({ $0 }) where Self.moment(time) == nil {
      throw ValidationError("\(time): a time like \"2026-11-21 09:30\" or \"2026-11-21 09:30 +08:00\"")
    }
    if save != nil, statement != nil { throw ValidationError("--save keeps what a connector says, not a file") }
    guard (0...86_400).contains(margin) else { throw ValidationError("--margin: 0 to 86400 seconds") }
  }

  /// How far before the span a statement is asked for at most, for orders that took long, milliseconds.
  private static let longest: Int64 = 31 * 86_400_000
  /// Records may stand behind others of a later time by so much, where a clock was set back, milliseconds.
  private static let disorder: Int64 = 86_400_000

  func run() throws {
    let now = Moment.now
    let provider = try provider()
    let given = try statement.map { try ProviderStatement(file: $0) }
    var pages = try pages()
    let span = try span(&pages, given, now: now)
    var books = OwnBooks(journals: pages.journals, currency: pages.currency)
    let edge = Int64(margin) * 1000
    try read(&pages, from: span.lowerBound - edge - Self.disorder, into: &books) {
      ($0.course?.startedAt ?? 0) < span.upperBound + edge
    }
    let name = try name ?? provider?.name ?? only(books, span)
    let said = try given ?? ask(provider, name, books, span, edge, now)
    if let save { try said.save(save) }
    try readUnknown(&pages, said, span, into: &books)

    var comparison = Comparison(
      books, span: span, cover: said.cover ?? Self.wider(span, said.times), margin: edge, provider: name,
      account: said.account)
    comparison.compare(said.entries)
    let end = pages.isOffline ? try pages.newest()?.at : nil
    let text = CompareText(comparison, source: statement ?? provider?.path ?? "", journalEnd: end)
    for line in connection.json ? text.jsonLines : text.lines(Terminal.style) { Terminal.writeLine(line) }
    // What is damaged may be what is missing.
    if let damage = pages.damage { throw damage }
    if comparison.alarms > 0 { throw ExitCode(Sysexit.refused.rawValue) }
  }

  // MARK: - what is compared

  /// The provider of the configuration; nil: there is a file, and none is named there.
  private func provider() throws -> ProviderSettings? {
    let all = try connection.settings().providers
    if let found = name.map({ name in all.first { $0.name == name } }) ?? (all.count == 1 ? all.first : nil) {
      return found
    }
    guard statement == nil else { return nil }
    let names = all.isEmpty ? text("none", "无") : all.map(\.name).joined(separator: ", ")
    throw Failure(
      "noSuchProvider",
      name.map { text("no provider \($0); there are: ", "没有支付方 \($0)；有：") + names }
        ?? text("which provider? there are: ", "哪个支付方？有：") + names, exit: .usage)
  }

  /// The one provider of the journal in that time; nil: there was none.
  private func only(_ books: OwnBooks, _ span: Range<Int64>) throws -> String? {
    let names = Set(books.orders.values.filter { span.contains($0.startedAt) }.compactMap(\.tender.provider))
    guard names.count > 1 else { return names.first }
    throw Failure(
      "noSuchProvider",
      text("which provider? there are: ", "哪个支付方？有：") + names.sorted().joined(separator: ", "), exit: .usage)
  }

  private func pages() throws -> JournalPages {
    guard let folder = try JournalCommand.Source.folder(connection, journal: journal, asksEpoch: true) else {
      return try JournalPages(connection.open(greeting: false))
    }
    return try JournalPages(folder: journal ?? connection.settings().storage.journal, newest: folder)
  }

  private func span(
    _ pages: inout JournalPages, _ given: ProviderStatement?, now: Int64
  ) throws -> Range<Int64> {
    if let from = from.flatMap(Self.moment) {
      let to = to.flatMap(Self.moment) ?? now
      guard from < to else { throw Failure.usage(text("--from is not before --to", "--from 不早于 --to")) }
      return from..<to
    }
    if day == nil, let given, let times = given.cover ?? given.times { return times }
    guard let wanted = try day.flatMap({ BusinessDay($0) }) ?? pages.newest()?.day,
      let span = try pages.span(of: wanted, now: now)
    else {
      throw Failure(
        "noSuchDay", text("no business on \(day ?? "-")", "\(day ?? "-") 没有业务"),
        advice: [ErrorTable.entry("noSuchDay")?.cure.text ?? ""], exit: .usage)
    }
    return span
  }

  /// `2026-11-21`, `2026-11-21 09:30`, `2026-11-21T09:30:05+08:00`, `… Z`, as UTC milliseconds.
  static func moment(_ words: String) -> Int64? {
    var (plain, ahead) = (words[...], Int64?.none)
    if plain.last == "Z" {
      (plain, ahead) = (plain.dropLast(), 0)
    } else if let sign = plain.lastIndex(where: { $0 == "+" || $0 == "-" }), plain[sign...].utf8.count == 6 {
      let parts = plain[sign...].dropFirst().split(separator: ":", omittingEmptySubsequences: false)
      if parts.count == 2, let hours = Int64(parts[0]), let minutes = Int64(parts[1]), hours < 15, minutes < 60 {
        ahead = (plain[sign] == "-" ? -1 : 1) * (hours * 60 + minutes)
        plain = plain[..<sign]
      }
    }
    while plain.last == " " { plain = plain.dropLast() }
    let whole = plain.contains(":") ? String(plain) : plain + " 00:00"
    return ClockSetting.parse(whole, isUTC: ahead != nil).map { $0 - (ahead ?? 0) * 60_000 }
  }

  // MARK: - the journal

  /// Reads what may have moved money from a time on, to the end: what became of it may be recorded much later.
  private func read(
    _ pages: inout JournalPages, from time: Int64, into books: inout OwnBooks, _ isWanted: (Tender) -> Bool
  ) throws {
    var bar = ProgressBar(isShown: Terminal.showsProgress && !connection.json)
    defer { bar.clear() }
    var failed: (any Error)?
    for epoch in pages.epochs {
      guard let start = try pages.first(in: epoch, where: { $0.at >= time })?.sequence else { continue }
      try pages.read(epoch.number, from: start, limit: .max, kinds: OwnBooks.kinds) { entry in
        guard failed == nil, entry.sequence < epoch.end else { return }
        bar.show(entry.sequence - start, of: epoch.end - start, text("journal", "账本"))
        do { try books.take(entry, isWanted) } catch { failed = error }
      }
      if let failed { throw failed }
    }
  }

  /// Entries of this box whose orders are older: their records are looked for in the whole journal.
  private func readUnknown(
    _ pages: inout JournalPages, _ said: ProviderStatement, _ span: Range<Int64>, into books: inout OwnBooks
  ) throws {
    var unknown: Set<String> = []
    for entry in said.entries where span.contains(entry.time) && books.made(entry.number) {
      unknown.formUnion([entry.number, entry.refund].compactMap { $0 }.filter { books.orders[$0] == nil })
    }
    guard !unknown.isEmpty else { return }
    try read(&pages, from: .min, into: &books) { $0.number.map(unknown.contains) ?? false }
  }

  // MARK: - the statement

  /// From before the oldest order whose money moved in the span: a refund may take days.
  private func ask(
    _ provider: ProviderSettings?, _ name: String?, _ books: OwnBooks, _ span: Range<Int64>, _ edge: Int64, _ now: Int64
  ) throws -> ProviderStatement {
    guard let provider else { throw Failure.usage(text("which provider?", "哪个支付方？")) }
    var from = span.lowerBound
    for order in books.orders.values where name == nil || order.tender.provider == name {
      for moved in [order.moved, order.back].compactMap({ $0 }) where span.contains(moved.upperBound) {
        from = min(from, moved.lowerBound)
      }
    }
    from = max(from, span.lowerBound - Self.longest) - edge
    let address: VarlinkAddress
    do { address = try VarlinkAddress(provider.path) } catch { throw Failure.usage("\(error)") }
    let shows = Terminal.showsProgress && !connection.json
    defer { if shows { Terminal.writeError("\r\u{1B}[K") } }
    return try ProviderStatement(address, from..<max(from + 1, min(span.upperBound + edge, now + 1))) { page, entries in
      guard shows else { return }
      Terminal.writeError(
        "\r\(text("statement: page \(page), \(entries) entries", "对账单：第 \(page) 页，\(entries) 条"))\u{1B}[K")
    }
  }

  /// A file that does not say what it covers covers at least what it was given for and what it holds.
  private static func wider(_ span: Range<Int64>, _ times: Range<Int64>?) -> Range<Int64> {
    guard let times else { return span }
    return min(span.lowerBound, times.lowerBound)..<max(span.upperBound, times.upperBound)
  }
}
