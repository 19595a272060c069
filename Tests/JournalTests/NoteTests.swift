import Foundation
import Journal
import Testing

private struct Notes: Decodable {
  struct Keyed: Decodable { let vkey, note: String }
  struct NoteOnly: Decodable { let note: String }
  struct ProofOnly: Decodable { let proof: String }
  struct Sumdb: Decodable {
    let vkeys: [String]
    let secret: String
    let badKeys: [String]
    let text: String
    let sigs: [String]
    enum CodingKeys: String, CodingKey {
      case vkeys, text, sigs
      case secret = "skey-test-only"
      case badKeys = "bad-vkeys"
    }
  }
  let note: Keyed
  let checkpoint: NoteOnly
  let cosignature: NoteOnly
  let proof: ProofOnly
  let sumdb: Sumdb
  enum CodingKeys: String, CodingKey {
    case note = "c2sp-signed-note"
    case checkpoint = "c2sp-checkpoint-format-only"
    case cosignature = "c2sp-cosignature-format-only"
    case proof = "c2sp-tlog-proof-format-only"
    case sumdb = "go-sumdb-note"
  }
}

private struct TesseraLog: Decodable {
  struct File: Decodable { let text, hex: String? }
  let vkey: String
  let files: [String: File]

  func hex(_ name: String) throws -> [UInt8] {
    let text = try #require(files[name]?.hex)
    return try #require(bytes(hex: text))
  }

  /// Entry bundle: each entry behind its big-endian UInt16 length.
  func entries(_ count: Int) throws -> [[UInt8]] {
    var rest = try hex("tile/entries/000.p/\(count)")[...]
    var out: [[UInt8]] = []
    while rest.count >= 2 {
      let length = Int(rest[rest.startIndex]) << 8 | Int(rest[rest.startIndex + 1])
      out.append(Array(rest.dropFirst(2).prefix(length)))
      rest = rest.dropFirst(2 + length)
    }
    return out
  }
}

private struct Wycheproof: Decodable {
  struct Group: Decodable { let publicKey: Key, tests: [Case] }
  struct Key: Decodable { let pk: String }
  struct Case: Decodable { let tcId: Int, msg, sig, result: String }
  let numberOfTests: Int
  let testGroups: [Group]
}

private func signer(_ name: String = "shop.example/till-01", seed: UInt8 = 7) throws -> NoteSigner {
  try NoteSigner(name: name, key: Ed25519PrivateKey(seed: [UInt8](repeating: seed, count: 32)))
}

@Suite struct NoteTests {
  private let notes: Notes
  init() throws { notes = try VectorFile.load("notes.json", as: Notes.self) }

  @Test func publishedNoteAndItsKey() throws {
    let key = try NoteVerifier(vkey: notes.note.vkey)
    #expect(key.vkey == notes.note.vkey)
    let note = try SignedNote(notes.note.note.utf8)
    #expect(note.bytes == Array(notes.note.note.utf8))
    #expect(try note.verified(by: [key]).count == 1)
    #expect(String(decoding: note.text, as: UTF8.self) == "This is an example message.\n")
  }

  @Test func goKeysNotesAndSecretKey() throws {
    let keys = try notes.sumdb.vkeys.map { try NoteVerifier(vkey: $0) }
    #expect(keys.map(\.vkey) == notes.sumdb.vkeys)
    let note = try SignedNote((notes.sumdb.text + "\n" + notes.sumdb.sigs.joined()).utf8)
    #expect(try note.verified(by: keys).map(\.name) == ["PeterNeumann", "EnochRoot"])
    #expect(try note.verified(by: [keys[1]]).count == 1)
    #expect(throws: ProofError.unsigned) { try note.verified(by: []) }
    for bad in notes.sumdb.badKeys { #expect(throws: ProofError.self) { try NoteVerifier(vkey: bad) } }

    let encoded = try #require(notes.sumdb.secret.split(separator: "+", maxSplits: 4).last)
    let seed = try #require(Data(base64Encoded: String(encoded))).dropFirst()
    let peter = try NoteSigner(name: "PeterNeumann", key: Ed25519PrivateKey(seed: Array(seed)))
    #expect(peter.verifier == keys[0])
    let ours = try SignedNote(text: notes.sumdb.text, signers: [peter])
    #expect(ours.bytes == Array((notes.sumdb.text + "\n" + notes.sumdb.sigs[0]).utf8))
  }

  @Test func publishedFormats() throws {
    let head = try Checkpoint(text: SignedNote(notes.checkpoint.note.utf8).text)
    #expect(head.origin == "example.com/behind-the-sofa")
    #expect(head.size == 20_852_163)
    let note = try SignedNote(notes.cosignature.note.utf8)
    #expect(note.signatures.count == 2)
    #expect(try Checkpoint(text: note.text) == head)
    // The published proof has its signatures abbreviated, which is not base64; the part before them is.
    #expect(throws: ProofError.self) { try TlogProof(notes.proof.proof.utf8) }
    let lines = notes.proof.proof.split(separator: "\n", omittingEmptySubsequences: false)
    let whole = lines.prefix(9).map { $0 + "\n" }.joined() + notes.checkpoint.note
    let proof = try TlogProof(whole.utf8)
    #expect(proof.index == 73_894)
    #expect(proof.path.count == 5)
    #expect(proof.extra?.count == 39)
    #expect(proof.bytes == Array(whole.utf8))
  }

  @Test func everyCheckpointOfAForeignLog() throws {
    let log = try VectorFile.load("tessera-testdata-log.json", as: TesseraLog.self)
    let key = try NoteVerifier(vkey: log.vkey)
    let last = try log.entries(15)
    let tree = MerkleTree(leaves: last.map { MerkleHash.leaf($0) })
    var seen = 0
    for (name, file) in log.files where name.hasPrefix("checkpoint") {
      let note = try SignedNote(#require(file.text).utf8)
      let head = try Checkpoint(note: note, key: key)
      #expect(tree.root(size: head.size) == head.root, "\(name)")
      seen += 1
      for index in 0..<head.size {
        let path = try #require(tree.inclusion(index: index, size: head.size))
        let proof = try TlogProof(TlogProof(index: index, path: path, checkpoint: note).bytes)
        try proof.verified(leaf: MerkleHash.leaf(last[Int(index)]), key: key)
      }
    }
    #expect(seen == 17)
    for count in 1...15 {
      #expect(try log.entries(count) == Array(last.prefix(count)))
      let tile = try log.hex("tile/0/000.p/\(count)")
      #expect(tile == last.prefix(count).flatMap { MerkleHash.leaf($0).bytes })
    }
  }

  @Test func wycheproofSignatures() throws {
    let vectors = try VectorFile.load("wycheproof-ed25519.json", as: Wycheproof.self)
    var count = 0
    for group in vectors.testGroups {
      let point = try #require(bytes(hex: group.publicKey.pk))
      let key = try #require(Ed25519PublicKey(point))
      for test in group.tests {
        let good = key.verifies(try #require(bytes(hex: test.sig)), of: try #require(bytes(hex: test.msg)))
        #expect(good == (test.result == "valid"), "case \(test.tcId)")
        count += 1
      }
    }
    #expect(count == vectors.numberOfTests)
  }

  @Test func malformedNotesAreRefused() throws {
    let good = String(decoding: try SignedNote(text: "a\n", signers: [signer()]).bytes, as: UTF8.self)
    let line = try #require(good.split(separator: "\n").last)
    let bad = [
      "", "\n", "a\n", "a\n\n", "a\n\n\n", "\(good)\n", String(good.dropLast()), "a\n\(line)\n", "a\n\n\(line)",
      "a\r\n\n\(line)\n", "a\n\n\(line)\r\n", "a\n\n-\(line.dropFirst())\n", "a\n\n\(line) x\n", "a\n\n \(line)\n",
      "a\n\n\u{2014} name+x AAAAAAA=\n", "a\n\n\u{2014} na\u{00A0}me AAAAAAA=\n", "a\n\n\u{2014}  AAAAAAA=\n",
      "a\n\n\u{2014} name AAAA\n", "a\n\n\u{2014} name AAAAAAB=\n", "a\n\n\u{2014} name AAAAAA\n",
      "a\n\n" + String(repeating: "\(line)\n", count: SignedNote.maximumSignatures + 1),
      String(repeating: "a", count: SignedNote.maximumLength) + "\n\n\(line)\n",
    ]
    for text in bad { #expect(throws: ProofError.self, "\(text.debugDescription)") { try SignedNote(text.utf8) } }
    #expect(throws: ProofError.self) { try SignedNote([0x61, 0xFF, 0x0A, 0x0A] + Array("\(line)\n".utf8)) }
    #expect(throws: ProofError.self) { try SignedNote(text: "no newline", signers: [signer()]) }
    #expect(throws: ProofError.self) { try signer("with space") }
  }

  @Test func checkpointTextIsStrict() throws {
    let root = Data(MerkleHash.empty.bytes).base64EncodedString()
    _ = try Checkpoint(text: Array("o\n18446744073709551615\n\(root)\n".utf8))
    let bad = [
      "o\n01\n\(root)\n", "o\n+1\n\(root)\n", "o\n\n\(root)\n", "o\n18446744073709551616\n\(root)\n", "o\n1\n\(root)",
      "o\n1\n\(root)\nextension\n", "\n1\n\(root)\n", "o\n1\nAAAA\n", "o\n1\n\(root.dropLast(2))9=\n",
      "o\n1 \n\(root)\n",
      "o\n\u{0661}\n\(root)\n",
    ]
    for text in bad { #expect(throws: ProofError.self, "\(text)") { try Checkpoint(text: Array(text.utf8)) } }
    let head = try Checkpoint(origin: "other.example/till", size: 1, root: MerkleHash.empty)
    #expect(throws: ProofError.wrongOrigin("other.example/till")) { try head.signed(by: signer()) }
    let foreign = try SignedNote(text: head.text, signers: [signer()])
    #expect(throws: ProofError.wrongOrigin("other.example/till")) {
      try Checkpoint(note: foreign, key: signer().verifier)
    }
  }

  @Test func noSingleByteOfAProofCanChange() throws {
    let entries = (0..<21).map { Array("{\"blind\":\"\($0)\",\"data\":{}}".utf8) }
    let tree = MerkleTree(leaves: entries.map { MerkleHash.leaf($0) })
    let signer = try signer()
    let root = try #require(tree.root(size: 21))
    let note = try Checkpoint(origin: signer.verifier.name, size: 21, root: root).signed(by: signer)
    let path = try #require(tree.inclusion(index: 9, size: 21))
    let text = TlogProof(index: 9, path: path, checkpoint: note).bytes
    try TlogProof(text).verified(leaf: MerkleHash.leaf(entries[9]), key: signer.verifier)
    for position in text.indices {
      for value in [text[position] ^ 1, text[position] ^ 0x20, 0, 0xFF, UInt8(ascii: "\n")]
      where value != text[position] {
        var changed = text
        changed[position] = value
        #expect(throws: ProofError.self, "byte \(position) = \(value)") {
          try TlogProof(changed).verified(leaf: MerkleHash.leaf(entries[9]), key: signer.verifier)
        }
      }
    }
  }

  @Test func mutatedProofsNeverTrapOrPass() throws {
    let tree = MerkleTree(leaves: (0..<70).map { MerkleHash.leaf([$0]) })
    let signer = try signer()
    let root = try #require(tree.root(size: 70))
    let note = try Checkpoint(origin: signer.verifier.name, size: 70, root: root).signed(by: signer)
    let path = try #require(tree.inclusion(index: 33, size: 70))
    let text = TlogProof(index: 33, path: path, checkpoint: note, extra: [1, 2, 3]).bytes
    var random = SeededGenerator(seed: 20_260_101)
    for _ in 0..<4_000 {
      var changed = text
      for _ in 0...Int.random(in: 0..<4, using: &random) {
        let position = Int.random(in: 0..<max(1, changed.count), using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0 where !changed.isEmpty: changed[position] = UInt8.random(in: 0...255, using: &random)
        case 1 where !changed.isEmpty: changed.remove(at: position)
        case 2: changed.insert(UInt8(ascii: "\n"), at: min(position, changed.count))
        default: changed.removeLast(min(changed.count, Int.random(in: 0..<9, using: &random)))
        }
      }
      guard let proof = try? TlogProof(changed) else { continue }
      #expect(proof.bytes == changed, "two texts for one proof")
      let passes = (try? proof.verified(leaf: MerkleHash.leaf([33]), key: signer.verifier)) != nil
      #expect(!passes || (proof.path == path && proof.index == 33))
    }
  }
}
