import ArgumentParser
import JSON
import Journal

extension JournalCommand {
  /// The other side of `prove`: needs no journal, no daemon and no network.
  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Checks a standing proof of one record, anywhere: no journal and no daemon needed.",
      discussion: """
        PROOF is what `journal prove` wrote; --entry a file with the record as `journal show --json` wrote it, one line.
        Exit code 0: that very record stands at that sequence of the journal of that key. Exit code 1: not shown.
        EXAMPLES
          counterfoil journal prove 1234 > 1234.tlog-proof
          counterfoil journal show --from 1234 --limit 1 --json > 1234.json
          counterfoil journal check 1234.tlog-proof --entry 1234.json --key "$(cat public-key)"
        """)
    @Argument(help: ArgumentHelp("File with the proof.", valueName: "proof")) var proof: String
    @Option(help: ArgumentHelp("Public key that `init` showed: name+id+base64.", valueName: "public-key"))
    var key: String
    @Option(help: ArgumentHelp("File with the record, one line.", valueName: "file")) var entry: String?
    @Option(help: ArgumentHelp("Leaf hash of the record instead, 64 hex digits.", valueName: "hash")) var leaf: String?
    @Flag(help: "Output for programs, one JSON object a line.") var json = false

    func validate() throws {
      if (entry == nil) == (leaf == nil) { throw ValidationError("give either --entry FILE or --leaf HASH") }
      if let leaf, Digest(hex: leaf) == nil { throw ValidationError("--leaf is 64 lower-case hex digits") }
    }

    func run() throws {
      let key = try JournalCommand.verifier(key)
      let leaf = try entryLeaf()
      let bytes = try SmallFile.read(proof, atMost: TlogProof.maximumLength)
      let index: UInt64
      let head: Checkpoint
      do throws(ProofError) {
        let proof = try TlogProof(bytes)
        (index, head) = (proof.index, try proof.verified(leaf: leaf, key: key))
      } catch { throw Self.failure(error) }
      guard json else {
        Terminal.writeLine(
          Terminal.style(
            text(
              "record \(index) is in the journal of \(head.origin), under its checkpoint of \(head.size) records",
              "记录 \(index) 在 \(head.origin) 的账本中，由含 \(head.size) 条记录的检查点证明"), .good))
        return Terminal.writeLine("\(text("leaf", "叶"))  \(leaf.hex)")
      }
      var writer = JSONWriter()
      writer.beginObject()
      writer.key("leaf")
      writer.string(leaf.hex)
      writer.key("origin")
      writer.string(head.origin)
      writer.key("root")
      writer.string(head.root.hex)
      writer.key("sequence")
      writer.integer(index)
      writer.key("size")
      writer.integer(head.size)
      writer.endObject()
      Terminal.writeLine(String(decoding: writer.bytes, as: UTF8.self))
    }

    private func entryLeaf() throws -> Digest {
      if let leaf = leaf.flatMap({ Digest(hex: $0) }) { return leaf }
      var bytes = try SmallFile.read(entry ?? "", atMost: JournalLimit.entry + 1)
      if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
      return MerkleHash.leaf(bytes)
    }

    private static func failure(_ error: ProofError) -> Failure {
      let (english, chinese) =
        switch error {
        case .unsigned: ("its checkpoint is not signed by this key", "检查点不是用这把公钥签名的")
        case .badSignature: ("its checkpoint was changed after it was signed", "检查点在签名后被改动")
        case .wrongOrigin(let origin): ("its checkpoint is of another journal: \(origin)", "检查点属于另一个账本：\(origin)")
        case .rootMismatch, .wrongPathLength, .outOfRange:
          ("this record does not stand there: record, sequence or path differ", "该位置不是这条记录：记录、序号或路径不符")
        case .malformed, .limitExceeded, .badKey, .invalidSubtree, .library:
          ("the file is no proof: \(error)", "文件不是证明：\(error)")
        }
      return Failure(
        "proofRefused", text(english, chinese), advice: [ErrorTable.entry("proofRefused")?.cure.text ?? ""],
        exit: .refused)
    }
  }

  /// The public key that was typed.
  static func verifier(_ key: String) throws -> NoteVerifier {
    do { return try NoteVerifier(vkey: key) } catch {
      throw Failure.usage(
        text(
          "--key is no public key as init showed it (NAME+HASH+KEY): \(key)",
          "--key 不是 init 显示的公钥（NAME+HASH+KEY）：\(key)"))
    }
  }
}
