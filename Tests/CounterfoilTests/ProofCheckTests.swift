import Foundation
import JSON
import Journal
import Testing
import Command

/// `journal check`: a proof file, a record and a public key, and nothing else.
@Suite struct ProofCheckTests {
  /// Seven records, the proof of one of them and the key it is under.
  struct Sample {
    static let index: UInt64 = 4
    let program: Program
    let entries = (0..<7).map { [UInt8](#"{"blind":"\#($0)","kind":"mark","v":1}"#.utf8) }
    let proof: [UInt8]
    let key: String

    init(origin: String = "north/1", seed: UInt8 = 7) throws {
      program = try Program()
      let signer = try NoteSigner(name: origin, key: Ed25519PrivateKey(seed: Array(repeating: seed, count: 32)))
      let tree = MerkleTree(leaves: entries.map(MerkleHash.leaf))
      let size = UInt64(entries.count)
      let head = try Checkpoint(origin: origin, size: size, root: #require(tree.root(size: size)))
      proof = try TlogProof(
        index: Self.index, path: #require(tree.inclusion(index: Self.index, size: size)),
        checkpoint: head.signed(by: signer)
      ).bytes
      key = signer.verifier.vkey
    }

    /// Runs the check on these bytes.
    func check(proof: [UInt8]? = nil, entry: [UInt8]? = nil, key: String? = nil, _ more: String...) throws
      -> Program.Result
    {
      try Data(proof ?? self.proof).write(to: program.folder.appending(path: "p.tlog-proof"))
      try Data((entry ?? entries[Int(Self.index)]) + [10]).write(to: program.folder.appending(path: "entry.json"))
      let words = ["journal", "check", "p.tlog-proof", "--entry", "entry.json", "--key", key ?? self.key] + more
      return try program.run(words)
    }
  }

  @Test func aProofIsCheckedWithoutAJournal() throws {
    let sample = try Sample()
    defer { sample.program.remove() }
    let good = try sample.check()
    #expect(good.exit == 0 && good.output.contains("record 4 is in the journal of north/1"), "\(good)")
    let json = try JSON(parsing: try sample.check("--json").output.trimmingCharacters(in: .newlines))
    let leaf = MerkleHash.leaf(sample.entries[4]).hex
    #expect(json["sequence"]?.integer == 4 && json["size"]?.integer == 7 && json["leaf"]?.string == leaf)
    let byLeaf = try sample.program.run("journal", "check", "p.tlog-proof", "--leaf", leaf, "--key", sample.key)
    #expect(byLeaf.exit == 0)
    #expect(try sample.program.run("journal", "check", "p.tlog-proof", "--key", sample.key).exit == 64)
  }

  /// Every changed byte of the proof and of the record is found.
  @Test func aChangedByteIsFound() throws {
    let sample = try Sample()
    defer { sample.program.remove() }
    let step = max(1, sample.proof.count / 40)
    for place in stride(from: 0, to: sample.proof.count, by: step) {
      var bytes = sample.proof
      bytes[place] ^= 1
      #expect(try sample.check(proof: bytes).exit == Sysexit.refused.rawValue, "\(place)")
    }
    var entry = sample.entries[4]
    entry[10] ^= 1
    let changed = try sample.check(entry: entry, "--json")
    #expect(changed.exit == Sysexit.refused.rawValue)
    #expect(try JSON(parsing: changed.output.trimmingCharacters(in: .newlines))["error"]?.string == "proofRefused")
    #expect(try sample.check(entry: sample.entries[3]).errors.contains("does not stand there"))
    #expect(try sample.check(proof: Array(sample.proof.dropLast(9))).exit == Sysexit.refused.rawValue)
  }

  @Test func anotherKeyShowsNothing() throws {
    let sample = try Sample()
    defer { sample.program.remove() }
    let other = try Sample(seed: 8)
    defer { other.program.remove() }
    let foreign = try sample.check(key: other.key)
    #expect(foreign.exit == Sysexit.refused.rawValue && foreign.errors.contains("not signed by this key"))
    #expect(try sample.check(key: "north/1").exit == Sysexit.usage.rawValue)
    let none = try sample.program.run(
      "journal", "check", "none", "--leaf", String(repeating: "0", count: 64), "--key", sample.key)
    #expect(none.exit == Sysexit.inputOutput.rawValue && none.errors.contains("No such file"))
  }
}
