import ArgumentParser
import Interfaces
import Journal

struct JournalCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "journal", abstract: "Looks into the journal, with the daemon or without it.",
    subcommands: [Head.self, Show.self, Verify.self, Prove.self, Copy.self], defaultSubcommand: Head.self)

  /// A folder read directly, or the daemon.
  struct Source: ParsableArguments {
    @Option(name: .customLong("journal"), help: "Folder of the journal, read without the daemon.")
    var folder: String?

    func reader() throws -> JournalReader? {
      guard let folder else { return nil }
      do { return try JournalReader(try PosixFileSystem(folder)) } catch {
        throw Failure("journal", "\(error)", exit: .inputOutput)
      }
    }
  }

  struct Head: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "The end of the journal and its newest signed note.")
    @OptionGroup var connection: Connection

    func run() throws {
      let output = try connection.call(JournalInterface.Head.self, .init())
      connection.show(output) {
        [
          "\(output.head.journal)  \(text("epoch", "纪元")) \(output.head.epoch)",
          "\(text("sequence", "序号")) \(output.head.sequence)",
          "\(text("chain", "链")) \(output.head.chain)", "\(text("root", "根")) \(output.head.root)",
          output.head.checkpoint,
        ]
      }
    }
  }

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Entries, oldest first.", discussion: "EXAMPLE: counterfoil journal show --from 100 --kind stubSealed")
    @OptionGroup var connection: Connection
    @OptionGroup var source: Source
    @Option(help: "First sequence.") var from: UInt64 = 0
    @Option(help: "Most entries.") var limit = 100
    @Option(help: "Only these kinds.") var kind: [String] = []

    func run() throws {
      if let reader = try source.reader() {
        let entries: [StoredEntry]
        do {
          entries = try reader.read(from: from, limit: limit, kinds: kind.isEmpty ? nil : Set(kind))
        } catch { throw Failure("journal", "\(error)", exit: .inputOutput) }
        for entry in entries { line(entry.sequence, entry.kind, String(decoding: entry.entry, as: UTF8.self)) }
        return
      }
      var after: String? = from > 0 ? "0.\(from - 1)" : nil
      var left = Int64(limit)
      while left > 0 {
        let output = try connection.call(
          JournalInterface.Read.self, .init(after: after, limit: min(left, 1_000), kinds: kind.isEmpty ? nil : kind))
        for entry in output.entries { line(UInt64(entry.sequence), entry.kind, entry.entry) }
        left -= Int64(output.entries.count)
        after = output.next
        if !output.more { break }
      }
    }

    private func line(_ sequence: UInt64, _ kind: String, _ entry: String) {
      Terminal.writeLine(connection.json ? entry : "\(sequence)  \(kind)  \(entry)")
    }
  }

  struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Checks every byte: frames, chain, tree, seals, signatures.",
      discussion: "Works on a running box and on a folder. Exit code 74 when something is wrong.")
    @OptionGroup var connection: Connection
    @OptionGroup var source: Source

    func run() throws {
      if let reader = try source.reader() {
        var bar = ProgressBar(isShown: Terminal.showsProgress && !connection.json)
        let report: VerifyReport
        do {
          report = try reader.verify { bar.show($0.records % 100, of: 100, "\($0.records) \($0.file)") }
        } catch { throw Failure("journal", "\(error)", exit: .inputOutput) }
        bar.clear()
        try show(report.text, good: report.firstBad == nil, upTo: report.upTo)
        return
      }
      let output = try connection.call(JournalInterface.Verify.self, .init())
      try show(output.text, good: output.good, upTo: UInt64(max(0, output.upTo)))
    }

    private func show(_ words: String, good: Bool, upTo: UInt64) throws {
      if connection.json {
        Terminal.writeLine(#"{"good":\#(good),"upTo":\#(upTo)}"#)
      } else {
        Terminal.writeLine(Terminal.style(words, good ? .good : .bad))
      }
      if !good { throw Failure("journalDamaged", words, exit: .inputOutput) }
    }
  }

  struct Prove: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "A standing proof of one record, for anyone to check.")
    @OptionGroup var connection: Connection
    @Argument(help: "Sequence.") var sequence: Int64

    func run() throws {
      let output = try connection.call(JournalInterface.Prove.self, .init(sequence: sequence))
      connection.show(output) { [output.proof] }
    }
  }

  struct Copy: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Salvages a journal from a dying disk and names what is lost.",
      discussion: "EXAMPLE: counterfoil journal copy --journal /var/lib/counterfoil/journal --to /media/usb/journal")
    @Option(name: .customLong("journal"), help: "Folder of the journal.") var folder: String
    @Option(help: "Folder to write to; must exist and hold no journal.") var to: String
    @Flag(help: "Output for programs.") var json = false

    func run() throws {
      let report: SalvageReport
      do {
        report = try JournalSalvage.copy(from: try PosixFileSystem(folder), to: try PosixFileSystem(to))
      } catch { throw Failure("journal", "\(error)", exit: .inputOutput) }
      if json {
        Terminal.writeLine(
          #"{"files":\#(report.files.count),"lost":\#(report.lost.count),"records":\#(report.records)}"#)
      } else {
        Terminal.writeLine("\(report.records) \(text("records", "条记录")), \(report.files.count) \(text("files", "个文件"))")
        for range in report.lost {
          Terminal.writeLine(
            Terminal.style("\(text("lost", "丢失")) \(range.lowerBound)-\(range.upperBound)", .bad))
        }
        for hole in report.unreadable {
          Terminal.writeLine(Terminal.style("\(hole.file) \(hole.offset)+\(hole.length)", .bad))
        }
      }
      if !report.lost.isEmpty { throw Failure("journalDamaged", text("records are lost", "有记录丢失"), exit: .inputOutput) }
    }
  }
}
