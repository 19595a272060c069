import ArgumentParser
import Glibc
import Interfaces
import Journal
import Records

struct JournalCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "journal", abstract: "Looks into the journal, with the daemon or without it.",
    discussion: """
      With --journal the folder is read directly, whether a daemon runs or not. Without it the daemon is asked; when none
      answers, the folder of the configuration is read.
      EXAMPLES
        counterfoil journal verify
        counterfoil journal show --from 100 --kind stubSealed
        counterfoil journal prove 1234 > 1234.tlog-proof
        counterfoil journal copy --to /media/usb/journal
        counterfoil journal restore --from /media/usb/journal
        counterfoil journal epoch begin --reason "the disk was replaced"
      """,
    subcommands: [
      Head.self, Show.self, Verify.self, Prove.self, Check.self, Copy.self, Restore.self, Epoch.self,
    ],
    defaultSubcommand: Head.self)

  /// The daemon, or a folder read directly.
  struct Source: ParsableArguments {
    @OptionGroup var connection: Connection
    @Option(help: ArgumentHelp("Folder of the journal, read without the daemon.", valueName: "folder"))
    var journal: String?
    @Option(help: "Epoch; default: the newest.") var epoch: UInt32?

    /// The folder, when it is to be read directly: it was named, or no daemon answers and it is there. The daemon speaks
    /// of an earlier epoch only where `asksEpoch`.
    func folder(asksEpoch: Bool = false) throws -> OfflineJournal? {
      try Self.folder(connection, journal: journal, epoch: epoch, asksEpoch: asksEpoch)
    }

    /// The same for a command with options of its own.
    static func folder(
      _ connection: Connection, journal: String?, epoch: UInt32? = nil, asksEpoch: Bool = false
    ) throws -> OfflineJournal? {
      if let journal {
        do { return try OfflineJournal(journal, epoch: epoch) } catch var missing as Failure
          where missing.code == "journalMissing"
        {
          // Not a box without its journal: a folder that was named wrongly.
          missing.exit = .inputOutput
          throw missing
        }
      }
      if let epoch, !asksEpoch { return try OfflineJournal(connection.settings().storage.journal, epoch: epoch) }
      do {
        _ = try connection.open(greeting: false)
        return nil
      } catch let failure as Failure where failure.code == "daemonNotRunning" {
        let folder = try connection.settings().storage.journal
        let offline: OfflineJournal
        do { offline = try OfflineJournal(folder, epoch: epoch) } catch let unread as Failure {
          // Nor can the journal be read without it: why, and not that it can be.
          throw Failure(
            failure.code, failure.message,
            advice: failure.advice.dropLast() + [
              text("and without it: \(unread.message)", "直接读取也不行：\(unread.message)")
            ] + unread.advice + [text("another folder: --journal FOLDER", "换一个目录：--journal 目录")],
            exit: failure.exit)
        }
        if !connection.json {
          Terminal.writeError(text("no daemon; reading \(folder)\n", "守护进程未运行，直接读取 \(folder)\n"))
        }
        return offline
      }
    }
  }
}

extension JournalCommand {
  struct Head: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "The end of the journal and its newest signed note.",
      discussion: "EXAMPLE: counterfoil journal head --json")
    @OptionGroup var source: Source

    func run() throws {
      let output: JournalInterface.Head.Output
      if let folder = try source.folder() {
        output = .init(head: try folder.head())
      } else {
        var session = try source.connection.open(greeting: false)
        output = try session.call(JournalInterface.Head.self, .init())
      }
      let head = output.head
      source.connection.show(output) {
        [
          "\(text("journal", "账本"))   \(head.journal)  \(text("epoch", "纪元")) \(head.epoch)",
          "\(text("sequence", "序号"))  \(head.sequence)", "\(text("chain", "链"))     \(head.chain)",
          "\(text("root", "根"))      \(head.root)",
        ] + (head.checkpoint.isEmpty ? [] : ["", head.checkpoint])
      }
    }
  }

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Entries, oldest first.",
      discussion: """
        With --json the entries exactly as they are stored, one a line. Where records are damaged a line that begins with
        `!` says which (with --json: on standard error); what stands behind is shown, and the exit code is 74.
        EXAMPLE: counterfoil journal show --from 100 --kind stubSealed --kind tenderApproved
        """)
    @OptionGroup var source: Source
    @Option(help: "First sequence.") var from: UInt64 = 0
    @Option(help: "Most entries.") var limit = 100
    @Option(help: "Only these kinds; several times.") var kind: [String] = []
    @Flag(help: "Each record with its frame: where it stands, when it was written, its hashes.") var dump = false

    func validate() throws {
      if limit < 1 { throw ValidationError("--limit is at least 1") }
    }

    func run() throws {
      if let wrong = KindTable.unknown(among: kind) {
        let all = KindTable.names.joined(separator: ", ")
        throw Failure.usage(text("--kind: no kind \(wrong); there are: ", "--kind：没有 \(wrong)；有：") + all)
      }
      if let folder = try source.folder(asksEpoch: true) {
        var count = 0
        var last: UInt64?
        var holes: [JournalFault] = []
        try folder.read(from: from, limit: limit, kinds: kind) { entry in
          count += 1
          last = entry.sequence
          if dump, !source.connection.json {
            for line in EntryText.dump(entry) { Terminal.writeLine(line) }
          } else {
            write(entry.sequence, entry.kind, String(decoding: entry.entry, as: UTF8.self))
          }
        } hole: { hole in
          holes.append(hole)
          mark(HoleText.line(hole))
        }
        if let last, try folder.hasMore(behind: last, kinds: kind) { sayMore(from: last + 1) }
        if let first = holes.first { throw HoleText.failure(first, count: holes.count) }
        return sayWhenNone(count)
      }
      guard !dump else {
        throw Failure.usage(
          text("--dump reads the folder itself: give --journal FOLDER", "--dump 需要直接读目录：--journal 目录"))
      }
      var session = try source.connection.open(greeting: false)
      let epoch = try source.epoch.map(Int64.init) ?? session.call(JournalInterface.Head.self, .init()).head.epoch
      var (count, damage) = (0, Failure?.none)
      let more = try session.read(epoch: epoch, from: from, limit: limit, kinds: kind) { entry in
        count += 1
        write(UInt64(clamping: entry.sequence), entry.kind, entry.entry)
      } damage: { failure in
        damage = damage ?? failure
        mark("! " + failure.message)
      }
      if let more { sayMore(from: more) }
      if let damage { throw damage }
      sayWhenNone(count)
    }

    /// What is damaged stands between the entries, except where a program reads those.
    private func mark(_ line: String) {
      if source.connection.json { Terminal.writeError(line + "\n") } else { Terminal.writeLine(line) }
    }

    /// An end that is only that of the page looks like the end of the journal.
    private func sayMore(from next: UInt64) {
      Terminal.writeError(text("more: --from \(next)", "后面还有：--from \(next)") + "\n")
    }

    /// An empty answer to a person who mistyped a sequence looks like a fault.
    private func sayWhenNone(_ count: Int) {
      guard count == 0, !source.connection.json else { return }
      Terminal.writeError(
        text(
          "no such entries; how far the journal goes: counterfoil journal head",
          "没有这样的记录；账本到哪里：counterfoil journal head") + "\n")
    }

    private func write(_ sequence: UInt64, _ kind: String, _ entry: String) {
      Terminal.writeLine(source.connection.json ? entry : "\(sequence)  \(kind)  \(entry)")
    }
  }

  struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Checks every byte of every epoch: frames, chain, tree, seals, signatures, links.",
      discussion: """
        The newest epoch, then each before it up to where the next one builds on it; --epoch checks one alone. Exit code 74, the first wrong place and
        what is good behind it when something is not as it was written. Signatures are checked with the key that the journal itself
        names, which a made-up journal does too; --key takes the one that was kept elsewhere. Each is for the epochs that name it, so a box
        that was replaced needs two.
        EXAMPLE: counterfoil journal verify --journal /media/usb/journal --key "$(cat public-key)"
        """)
    @OptionGroup var source: Source
    @Option(
      help: ArgumentHelp(
        "Public key that `init` showed: name+id+base64; several times. Needs --journal.", valueName: "public-key"))
    var key: [String] = []

    func validate() throws {
      if !key.isEmpty, source.journal == nil { throw ValidationError("--key goes with --journal FOLDER") }
    }

    func run() throws {
      let output: JournalInterface.Verify.Output
      if let folder = try source.folder() {
        output = try folder.verify(
          keys: key.map(JournalCommand.verifier), showsProgress: Terminal.showsProgress && !source.connection.json)
      } else {
        var session = try source.connection.open(greeting: false)
        output = try check(&session, showsProgress: Terminal.showsProgress && !source.connection.json)
      }
      guard output.good else {
        throw VerifyText.failure(output)
      }
      source.connection.show(output) { VerifyText.lines(output) }
    }

    /// Lets the daemon check, and shows how far it is.
    private func check(_ session: inout Session, showsProgress: Bool) throws -> JournalInterface.Verify.Output {
      guard showsProgress else { return try session.call(JournalInterface.Verify.self, .init()) }
      var bar = ProgressBar(isShown: true)
      var last: JournalInterface.Verify.Output?
      defer { bar.clear() }
      try session.stream(Method.journalVerify.rawValue, JournalInterface.Verify.Input().bytes) { bytes in
        guard let output = try? JournalInterface.Verify.Output(parsing: bytes, tolerant: true) else { return }
        last = output
        bar.show(
          UInt64(clamping: output.upTo + 1), of: UInt64(clamping: output.head + 1), "\(output.upTo)  \(output.text)")
      }
      guard let last else { throw Failure("protocol", Method.journalVerify.rawValue, exit: .software) }
      return last
    }
  }

  struct Prove: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "A standing proof of one record, for anyone to check.",
      discussion: """
        The proof holds for good. With the record itself (`journal show --json`) and the public key that `init` showed,
        anyone can check it: `journal check`.
        EXAMPLE: counterfoil journal prove 1234 > 1234.tlog-proof
        """)
    @OptionGroup var source: Source
    @Argument(help: "Sequence of the record.") var sequence: UInt64

    func run() throws {
      let output: JournalInterface.Prove.Output
      if let folder = try source.folder(asksEpoch: true) {
        output = .init(proof: try folder.prove(sequence))
      } else {
        var session = try source.connection.open(greeting: false)
        output = try session.call(
          JournalInterface.Prove.self,
          .init(epoch: source.epoch.map(Int64.init), sequence: Int64(clamping: sequence)))
      }
      if source.connection.json { return source.connection.show(output) { [] } }
      Terminal.write(output.proof)
    }
  }

  struct Copy: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Copies the journal, also from a dying disk; names what is lost.",
      discussion: """
        Reads the folder itself, every file byte for byte; what the disk does not give becomes zeros in the copy. It says
        what is damaged and which records are lost, then with exit code 74. The copy may not be in the journal's folder. Its own
        folder is made; the one that it is to stand in must be there, so that nothing is copied to a stick that is not mounted.
        EXAMPLE: counterfoil journal copy --to /media/usb/journal
        """)
    @OptionGroup var connection: Connection
    @Option(help: ArgumentHelp("Folder of the journal; default: the configuration's.", valueName: "folder"))
    var journal: String?
    @Option(
      help: ArgumentHelp(
        "Folder of the copy; made if it is not there, in one that is; must hold no journal.", valueName: "folder"))
    var to: String

    func run() throws {
      let from = try journal ?? connection.settings().storage.journal
      var isWhole = true
      let root: PosixFileSystem
      let epochs: [EpochFolder]
      do throws(JournalError) {
        root = try OfflineJournal.files(from)
        epochs = try EpochFolder.all(in: root)
        if epochs.isEmpty { throw .notFound(folder: from) }
      } catch {
        var failure = Failure(SalvageError(.journal, from, error))
        // Not a box without its journal: a folder that was named wrongly.
        if journal != nil, failure.code == "journalMissing" { failure.exit = .inputOutput }
        throw failure
      }
      // The daemon would find strange files among its own.
      if Folders.isInside(to, from) {
        throw Failure(
          "copyInsideJournal",
          text("\(to) is in the journal's folder \(from): nothing was copied", "\(to) 在账本的文件夹 \(from) 中：什么都没有复制"),
          advice: [ErrorTable.entry("copyInsideJournal")?.cure.text ?? ""], exit: .refused)
      }
      try checkTarget()
      if Folders.isOnOneDisk(to, from) {
        Terminal.writeError(
          text("the copy is on the disk of the journal, and is lost with it\n", "副本与账本在同一磁盘上，会一同丢失\n"))
      }
      for folder in epochs {
        let report = try copy(folder, root)
        isWhole = isWhole && report.lost.isEmpty && report.unreadable.isEmpty && report.damaged.isEmpty
      }
      guard isWhole else {
        throw Failure(
          "journalDamaged",
          text(
            "the journal is damaged; everything that can be read of it is in the copy", "账本已损坏；能读出的部分都已复制"),
          exit: .inputOutput)
      }
    }

    /// Only the copy's own folder is made. One above it that is not there is a stick that is not mounted: the copy would
    /// land on the disk that it is to outlive.
    private func checkTarget() throws {
      let above = Folders.parent(of: to)
      guard access(above, F_OK) != 0, errno == ENOENT || errno == ENOTDIR else { return }
      throw Failure(
        "copyFolder",
        text("there is no folder \(above) for the copy: nothing was copied", "没有放副本的文件夹 \(above)：什么都没有复制"),
        advice: [ErrorTable.entry("copyFolder")?.cure.text ?? ""], exit: .inputOutput)
    }

    /// Copies one epoch to the same place below the copy's folder.
    private func copy(_ folder: EpochFolder, _ root: PosixFileSystem) throws -> SalvageReport {
      let target = folder.path == root.path ? to : to + "/" + EpochFolder.name(folder.epoch)
      do { _ = try Folders.make(target, mode: 0o700) } catch let failure as Failure {
        throw failure.leading(text("cannot make the copy's folder: ", "无法建立副本的文件夹："))
      }
      let report: SalvageReport
      do throws(SalvageError) {
        let source: PosixFileSystem
        do throws(JournalError) { source = try folder.files(in: root) } catch {
          throw SalvageError(.journal, folder.path, error)
        }
        let files: PosixFileSystem
        do throws(FileError) { files = try PosixFileSystem(target) } catch {
          throw SalvageError(.copy, target, .file(error))
        }
        report = try JournalSalvage.copy(from: source, to: files)
      } catch { throw Failure(error) }
      if connection.json {
        Terminal.writeLine(CopyText.json(report, epoch: folder.epoch))
      } else {
        Terminal.writeLine("\(text("epoch", "纪元")) \(folder.epoch)")
        for line in CopyText.lines(report) { Terminal.writeLine(line) }
      }
      return report
    }
  }
}
