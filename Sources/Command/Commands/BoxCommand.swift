import ArgumentParser
import Configuration
import Engine
import Glibc
import JSON
import Journal
import Till

struct BoxCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "box", abstract: "The machine under the till: another one takes its place, or many are made of it.",
    discussion: #"EXAMPLE: sudo counterfoil box replace --from /media/usb/till-1"#,
    subcommands: [Replace.self, PrepareImage.self])
}

extension BoxCommand {
  struct Replace: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "On a new box: goes on from a copy of the old box's journal, in a new epoch.",
      discussion: """
        The copy is verified, copied into this box's journal folder, and a new epoch begins on it: with the open sales, the
        tenders that nobody knows the end of, the open shifts, the numbers, and the idempotency keys of the last seven days.
        Receipt numbers are skipped, because the old box may have sold after the copy was made. The copy stays as it is; a
        journal that is here is never touched. The daemon must be stopped, and the configuration in its place.
        THE OLD BOX MUST BE OFF FOR GOOD: nothing but that keeps it from selling on under the same name.
        EXAMPLES
          sudo counterfoil box replace --from /media/usb/till-1
          sudo counterfoil box replace --from /mnt/old-disk/var/lib/counterfoil/journal
          sudo counterfoil box replace --from /media/usb/till-1 --accept-loss "the disk died; no other copy"
        """)
    @Option(help: ArgumentHelp("Folder of the copy, or of the old disk's journal.", valueName: "folder"))
    var from: String
    @Option(help: "Goes on although the copy is damaged; why, at most 200 bytes, stays in the journal.")
    var acceptLoss: String?
    @Option(help: "Why the box is replaced, at most 200 bytes; stays in the journal.") var reason: String?
    @Option(
      help: ArgumentHelp("The old box's journal.key, to go on with; default: a key of this box.", valueName: "file"))
    var signingKey: String?
    @Option(help: ArgumentHelp("Configuration of the box.", valueName: "file"))
    var config = Connection.standardConfiguration
    @Option(help: "User the daemon runs as; default counterfoil when run by root.") var user: String?
    @Flag(help: "Output for programs.") var json = false

    func validate() throws {
      for (option, given) in [("--accept-loss", acceptLoss), ("--reason", reason)] {
        guard let given else { continue }
        do { try Till.check(epochReason: given) } catch { throw ValidationError("\(option): \(error)") }
      }
      if acceptLoss != nil, reason != nil {
        throw ValidationError(text("--accept-loss is the reason already", "--accept-loss 已经是原因"))
      }
    }

    func run() throws {
      let configuration: DaemonConfiguration
      do { configuration = try DaemonConfiguration(path: config) } catch {
        throw Failure(
          "configuration", "\(error)",
          advice: [text("bring counterfoil.toml from the old box first", "请先把旧机器的 counterfoil.toml 放到本机")],
          exit: .configuration)
      }
      let replacement = BoxReplacement(
        configuration: configuration, from: from, signingKey: signingKey, acceptLoss: acceptLoss,
        reason: acceptLoss ?? reason ?? "the box was replaced", owner: try Folders.owner(user))
      show(try replacement.run())
    }

    private func show(_ done: BoxReplacement.Result) {
      guard !json else { return Terminal.writeLine(done.json) }
      Terminal.writeLine("\(text("epoch", "纪元")) \(done.epoch)  \(text("journal", "账本")) \(done.journal)")
      Terminal.writeLine(
        text(
          "carried: \(done.sales) open sales, \(done.unresolved) unresolved tenders, \(done.shifts) open shifts, "
            + "\(done.keys) keys of the last seven days",
          "已带过来：未完成销售 \(done.sales)，未决支付 \(done.unresolved)，未交班次 \(done.shifts)，七天内的幂等键 \(done.keys)"))
      Terminal.writeLine(
        text(
          "next receipt \(done.nextStub); numbers before it were skipped, the old box may have given them out",
          "下一张小票号 \(done.nextStub)；之前的号码被跳过，旧机器可能已经用过"))
      for fault in done.faults { Terminal.writeLine(text("accepted as lost: \(fault)", "作为损失接受：\(fault)")) }
      Terminal.writeLine(text("keep both public keys away from this box:", "请把两个公钥都保存在别处："))
      Terminal.writeLine("  \(text("up to here", "此前"))  \(done.oldKey)")
      Terminal.writeLine("  \(text("from now on", "此后"))  \(done.newKey)")
      Terminal.writeLine(
        text(
          "THE OLD BOX MUST NEVER SELL AGAIN. Nothing bars it on its own machine: wipe or scrap its disk, or keep it as",
          "旧机器绝不能再销售。在它自己的机器上没有任何东西阻止它：请清除或报废它的磁盘，"))
      Terminal.writeLine(
        text(
          "evidence without power. Its disk in any other machine only reads (machineChanged).",
          "或断电保存作为证据。它的磁盘在其他机器上只能读（machineChanged）。"))
      Terminal.writeLine(
        text("next: systemctl start counterfoild, then: counterfoil", "下一步：systemctl start counterfoild，然后：counterfoil")
      )
    }
  }
}
