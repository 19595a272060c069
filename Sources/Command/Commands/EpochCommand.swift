import ArgumentParser
import Interfaces
import Journal

extension JournalCommand {
  struct Epoch: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Epochs: the journals of this till, one after the other.",
      discussion: """
        EXAMPLES
          sudo counterfoil journal epoch
          counterfoil journal epoch begin --reason "the disk was replaced"
        """,
      subcommands: [List.self, Begin.self], defaultSubcommand: List.self)
  }
}

extension JournalCommand.Epoch {
  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "The epochs on this box, and what each builds on. Reads the folder itself.",
      discussion: "EXAMPLE: counterfoil journal epoch list --json")
    @OptionGroup var connection: Connection
    @Option(help: ArgumentHelp("Folder of the journal; default: the configuration's.", valueName: "folder"))
    var journal: String?

    func run() throws {
      let path = try journal ?? connection.settings().storage.journal
      do throws(JournalError) {
        let root = try OfflineJournal.files(path)
        let all = try EpochFolder.all(in: root)
        if all.isEmpty { throw .notFound(folder: path) }
        for folder in all { show(folder, try? JournalReader(folder.files(in: root)).previousEnd()) }
      } catch { throw Failure(error) }
    }

    private func show(_ folder: EpochFolder, _ previous: EpochEnd?) {
      if connection.json {
        let builds = previous.map { #","builds":{"epoch":\#($0.epoch),"sequence":\#($0.sequence)}"# } ?? ""
        Terminal.writeLine(#"{"epoch":\#(folder.epoch)\#(builds)}"#)
      } else {
        let builds = previous.map {
          "  \(text("builds on epoch", "以纪元")) \($0.epoch) \(text("up to sequence", "为基础，直到序号")) \($0.sequence)"
        }
        Terminal.writeLine("\(folder.epoch)  \(folder.path)\(builds ?? "")")
      }
    }
  }

  struct Begin: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Begins a new journal when the present one cannot go on; a supervisor's decision.",
      discussion: """
        The old journal stays as it is. The new one names its head and takes over what verifies: open sales, shifts, numbers,
        configuration, and the keys of the last seven days. Records behind the last one that verifies are given up, and
        receipt numbers are skipped so that none is used twice.
        EXAMPLES
          counterfoil journal verify
          counterfoil journal copy --to /media/usb/journal
          counterfoil journal epoch begin --reason "the disk was replaced"
        """)
    @OptionGroup var connection: Connection
    @OptionGroup var key: KeyOption
    @Option(help: "Why, at most 200 bytes; stays in the journal.") var reason: String
    @Option(help: "Last sequence of the old journal that counts; default: the last that verifies.")
    var acceptLossAfter: Int64?

    func run() throws {
      let key = key.make()
      var session = try connection.open()
      let output = try session.call(
        JournalInterface.BeginEpoch.self,
        .init(idempotencyKey: key, reason: reason, acceptLossAfter: acceptLossAfter), key: key)
      connection.show(output) {
        [
          Terminal.style("\(text("epoch", "纪元")) \(output.epoch)", .good),
          "\(text("journal", "账本"))   \(output.journal)",
          text("look: counterfoil status", "查看：counterfoil status"),
        ]
      }
    }
  }
}
