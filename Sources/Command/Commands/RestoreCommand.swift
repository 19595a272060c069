import ArgumentParser
import Interfaces
import Journal
import JSON

extension JournalCommand {
  struct Restore: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Puts damaged sealed segments back from a copy; the box may sell meanwhile.",
      discussion: """
        Checks every sealed segment of the folder. A damaged one is taken from the copy only when it is, byte for byte, what
        the next segment's header says; its damaged file stays beside it as NAME.damaged. Nothing else is changed. Exit code
        74 when a damaged segment could not be put back.
        EXAMPLE: sudo counterfoil journal restore --from /media/usb/journal
        """)
    @OptionGroup var connection: Connection
    @Option(help: ArgumentHelp("Folder of the journal; default: the configuration's.", valueName: "folder"))
    var journal: String?
    @Option(help: ArgumentHelp("Folder of the copy.", valueName: "folder"))
    var from: String

    func run() throws {
      let path = try journal ?? connection.settings().storage.journal
      var found: [(epoch: UInt32, segment: RestoreReport.Segment)] = []
      do throws(JournalError) {
        let root = try OfflineJournal.files(path)
        let copy = try OfflineJournal.files(from)
        let copies = try EpochFolder.all(in: copy)
        for folder in try EpochFolder.all(in: root) {
          let other = try copies.first { $0.epoch == folder.epoch }?.files(in: copy) ?? copy
          let report = try JournalRestore.run(in: folder.files(in: root), from: other)
          found += report.segments.map { (folder.epoch, $0) }
        }
      } catch { throw Failure(error) }
      for (epoch, segment) in found { show(epoch, segment) }
      guard found.allSatisfy({ $0.segment.refusal == nil }) else {
        throw Failure(
          "segmentDamaged", text("a damaged segment could not be put back", "有损坏的分段未能恢复"),
          advice: [
            text("try an older or another copy; nothing was changed for it", "换一份副本再试；没有改动它"),
            text(
              "without one: the box goes on selling, what is lost stays named in counterfoil status",
              "没有副本时：收银机继续销售，丢失的部分在 counterfoil status 中列出"),
          ], exit: .inputOutput)
      }
      if found.isEmpty, !connection.json { Terminal.writeLine(text("no sealed segment is damaged", "没有损坏的已封存分段")) }
    }

    private func show(_ epoch: UInt32, _ segment: RestoreReport.Segment) {
      guard connection.json else {
        let what = segment.kept.map { text("restored; the damaged file is now \($0)", "已恢复；损坏的文件现为 \($0)") }
        let why = segment.refusal.map { text("not restored: \($0)", "未恢复：\($0)") }
        Terminal.writeLine("\(text("epoch", "纪元")) \(epoch)  \(segment.damage)")
        Terminal.writeLine("  " + (what ?? why ?? ""))
        return
      }
      var writer = JSONWriter()
      writer.beginObject()
      writer.key("damage")
      HoleText.write(segment.damage, to: &writer)
      writer.key("epoch")
      writer.integer(epoch)
      if let kept = segment.kept {
        writer.key("kept")
        writer.string(kept)
      }
      if let refusal = segment.refusal {
        writer.key("refusal")
        writer.string(refusal)
      }
      writer.key("restored")
      writer.bool(segment.refusal == nil)
      writer.endObject()
      Terminal.writeLine(String(decoding: writer.bytes, as: UTF8.self))
    }
  }
}
