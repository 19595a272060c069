import Engine
import Journal
import Money
import Records
import SimulatedDisk
import Testing
import Till
import TillShop

/// Stubs of other boxes, handed over with a signed proof.
@Suite struct PresentedStubTests {
  /// Another box's journal, as far as a proof needs it.
  private struct OtherBox {
    let signer: NoteSigner
    var entries: [[UInt8]] = (0..<9).map { Array(#"{"blind":"\#($0)","data":{},"kind":"mark","v":1}"#.utf8) }

    init(_ origin: String = "shop/2", seed: UInt8 = 7) throws {
      signer = try NoteSigner(name: origin, key: Ed25519PrivateKey(seed: [UInt8](repeating: seed, count: 32)))
    }

    var trusted: TrustedBox {
      get throws { try TrustedBox(name: "other", key: signer.verifier.vkey) }
    }

    /// The stub's entries with the proof of the first one.
    mutating func present(_ record: Record, _ number: String) throws -> PresentedStub {
      let bodies = try RecordCodec.encode(record) { SHA256.hash($0).hex }.map(\.body)
      let sequence = entries.count
      let own = bodies.map { Array(#"{"blind":"0123456789abcdef0123456789abcdef","#.utf8) + $0.dropFirst() }
      entries += own
      entries.append(Array("{}".utf8))
      let size = UInt64(entries.count)
      let tree = MerkleTree(leaves: entries.map { MerkleHash.leaf($0) })
      let note = try Checkpoint(
        origin: signer.verifier.name, size: size, root: try #require(tree.root(size: size))
      ).signed(by: signer)
      let path = try #require(tree.inclusion(index: UInt64(sequence), size: size))
      return PresentedStub(
        reference: StubReference(box: signer.verifier.name, stub: number), entries: own,
        proof: TlogProof(index: UInt64(sequence), path: path, checkpoint: note).bytes)
    }
  }

  private static func sold(_ lines: [LineInput] = [item(1130, 3)], lane: String = "1") throws -> Record {
    var shop = try Shop()
    if lane != "1" { try shop.act(.openShift(OpenShift(lane: lane, operator: "1002"))) }
    try shop.sell(lines, lane: lane)
    return try #require(shop.records.last { if case .stubSealed = $0.fact { true } else { false } })
  }

  private static func box(trusting other: OtherBox, index: Bool = true) throws -> TestBox {
    let box = try TestBox(index: index)
    box.setup.configuration.limits.foreignReturnTotal = 100_000
    box.setup.trustedBoxes = [try other.trusted]
    try box.start()
    try box.openShift()
    return box
  }

  private func giveBack(_ stub: PresentedStub, _ thousandths: Int64, on box: TestBox) throws -> Result<
    Answer, CallError
  > {
    let line = returning(stub.reference, 1, thousandths)
    let open = OpenSale(lane: "1", kind: .return, lines: [line])
    let token = box.call(
      .ring(Ring(open: open, tender: TenderInput(kind: .cash))), [stub.reference], presented: [stub])
    return try #require(box.answers[token])
  }

  private func failure(_ result: Result<Answer, CallError>) -> CallError? {
    if case .failure(let error) = result { error } else { nil }
  }

  private func rule(_ result: Result<Answer, CallError>) -> String? {
    switch result {
    case .failure(.journalRule(let rule, _)): rule
    case .failure(.refused(.refused(let rule, _))): rule.rawValue
    default: nil
    }
  }

  /// What came back here is counted: in the same segment, in sealed ones, and behind a restart.
  @Test(arguments: [true, false]) func whatCameBackHereIsCountedOverSegmentsAndStarts(index: Bool) throws {
    var other = try OtherBox()
    let stub = try other.present(try Self.sold(), "1")
    let box = try Self.box(trusting: other, index: index)
    // A stub of this box with the same number stays as it is.
    let own = try box.ring()
    #expect(own.stub == "1")
    let answer = try giveBack(stub, 1000, on: box).get()
    let sealed = try #require(
      answer.records.compactMap { if case .stubSealed(let stub) = $0.fact { stub } else { nil } }.first)
    let original = try #require(sealed.lines.first?.input.original)
    #expect(original.proof == .signature && original.provenBy == other.signer.verifier.vkey)
    #expect(original.reference.sequence == 9 && original.reference.hash == MerkleHash.leaf(stub.entries[0]).hex)
    #expect(failure(try giveBack(stub, 2001, on: box)) == .refused(.overReturn(line: LineID(1), left: 2000)))
    try box.fillSegment()
    #expect(failure(try giveBack(stub, 2001, on: box)) == .refused(.overReturn(line: LineID(1), left: 2000)))
    try box.start()
    _ = try giveBack(stub, 1500, on: box).get()
    try box.start()
    #expect(failure(try giveBack(stub, 501, on: box)) == .refused(.overReturn(line: LineID(1), left: 500)))
    let facts = try box.lookups.facts(own, upTo: .max).get()
    #expect(facts.lines[0].leftQuantity == .one)
  }

  @Test func onlyATrustedKeyAndTheVeryRecordCount() throws {
    var other = try OtherBox()
    var stranger = try OtherBox("shop/3", seed: 8)
    var impostor = try OtherBox("shop/2", seed: 9)
    var same = try OtherBox("shop/1", seed: 10)
    let record = try Self.sold()
    let good = try other.present(record, "1")
    let box = try Self.box(trusting: other)
    box.setup.trustedBoxes.append(try same.trusted)
    try box.start()
    #expect(rule(try giveBack(try stranger.present(record, "1"), 1000, on: box)) == "untrustedBox")
    #expect(rule(try giveBack(try impostor.present(record, "1"), 1000, on: box)) == "untrustedBox")
    // A stub of this box needs no proof: and a copy of its key gives no second one.
    #expect(rule(try giveBack(try same.present(record, "1"), 1000, on: box)) == "stubProofOther")

    var bad = good
    bad.entries[0] = Array(String(decoding: bad.entries[0], as: UTF8.self).replacing("1130", with: "9130").utf8)
    #expect(rule(try giveBack(bad, 1000, on: box)) == "stubProof")
    bad = good
    bad.proof.removeLast(3)
    #expect(rule(try giveBack(bad, 1000, on: box)) == "stubProof")
    bad = good
    bad.entries.append(bad.entries[0])
    #expect(rule(try giveBack(bad, 1000, on: box)) == "stubProofOther")
    bad = good
    bad.entries = []
    #expect(rule(try giveBack(bad, 1000, on: box)) == "stubProof")
    for change: (inout StubReference) -> Void in [
      { $0.stub = "2" }, { $0.box = "shop/3" }, { $0.sequence = 3 }, { $0.hash = String(repeating: "0", count: 64) },
    ] {
      bad = good
      change(&bad.reference)
      #expect(rule(try giveBack(bad, 1000, on: box)) == "stubProofOther")
    }
    // Proven, and no stub.
    var odd = other
    let shift = Record(stamp: record.stamp, fact: .stop(reason: "SIGTERM"))
    #expect(rule(try giveBack(try odd.present(shift, "1"), 1000, on: box)) == "stubProofOther")
    let training = try odd.present(try Self.sold(lane: "2"), "T1")
    #expect(rule(try giveBack(training, 1000, on: box)) == "training")
    // Nothing of all this came to anything.
    _ = try giveBack(good, 3000, on: box).get()
  }

  /// A long stub brings its parts, bound to it by their hash.
  @Test func aLongStubBringsItsParts() throws {
    var other = try OtherBox()
    let stub = try other.present(try Self.sold((0..<200).map { _ in item(100) }), "1")
    #expect(stub.entries.count > 2)
    let box = try Self.box(trusting: other)
    var bad = stub
    bad.entries.removeLast()
    #expect(rule(try giveBack(bad, 1000, on: box)) == "stubProof")
    bad = stub
    bad.entries.swapAt(1, 2)
    #expect(rule(try giveBack(bad, 1000, on: box)) == "stubProof")
    _ = try giveBack(stub, 1000, on: box).get()
  }

  /// The refusal of a stub that is not here names the proofs that help.
  @Test func theRefusalNamesTheProofsThatHelp() throws {
    let box = try Self.box(trusting: try OtherBox())
    for (name, proofs) in [("shop/2", [OriginalProof.signature, .none]), ("shop/9", [.none])] {
      let reference = StubReference(box: name, stub: "1")
      let open = OpenSale(lane: "1", kind: .return, lines: [returning(reference, 1, 1000)])
      let token = box.call(.ring(Ring(open: open, tender: TenderInput(kind: .cash))), [reference])
      #expect(failure(try #require(box.answers[token])) == .refused(.originalNotHere(box: name, proofs: proofs)))
    }
  }

  /// Whatever bytes come: never a trap, and never another stub than the one that was signed.
  @Test func mutatedStubsNeverTrapOrPass() throws {
    var other = try OtherBox()
    let good = try other.present(try Self.sold((0..<120).map { _ in item(100) }), "1")
    #expect(good.entries.count > 1)
    let box = try Self.box(trusting: other)
    let whole = try box.lookups.facts(good, upTo: .max).get()
    var random = SplitMix64(seed: 20_260_722)
    for _ in 0..<1_500 {
      var bad = good
      // The proof, or one of the entries; the first is its leaf, the others hang on that by their hash.
      let place = Int.random(in: -1..<good.entries.count, using: &random)
      let bytes = Self.mutated(place < 0 ? good.proof : good.entries[place], &random)
      if place < 0 { bad.proof = bytes } else { bad.entries[place] = bytes }
      guard case .success(let facts) = box.lookups.facts(bad, upTo: .max) else { continue }
      #expect(facts == whole)
    }
  }

  private static func mutated(_ bytes: [UInt8], _ random: inout SplitMix64) -> [UInt8] {
    var bytes = bytes
    for _ in 0...Int.random(in: 0..<3, using: &random) {
      let place = Int.random(in: 0..<max(1, bytes.count), using: &random)
      switch Int.random(in: 0..<4, using: &random) {
      case 0 where place < bytes.count: bytes[place] = UInt8.random(in: 0...255, using: &random)
      case 1 where place < bytes.count: bytes.remove(at: place)
      case 2: bytes.insert(UInt8(ascii: "\n"), at: min(place, bytes.count))
      default: bytes.removeLast(min(bytes.count, Int.random(in: 0..<9, using: &random)))
      }
    }
    return bytes
  }

  @Test(arguments: [
    "", "shop/2", "shop/2+00000000+AAAA", "two+5a1c9f02+AZ8T",
  ]) func aKeyThatIsNoneIsRefused(text: String) {
    #expect(throws: ProofError.self) { try TrustedBox(name: "other", key: text) }
    #expect(throws: TrustedBoxFault.self) { try TrustedBox.all([("other", text)], here: "shop/1") }
  }

  @Test func aKeyOfThisBoxOrOneNamedTwiceIsRefused() throws {
    let key = try OtherBox().signer.verifier.vkey
    #expect(try TrustedBox.all([("other", key)], here: "shop/1").map(\.name) == ["other"])
    #expect(throws: TrustedBoxFault.self) { try TrustedBox.all([("other", key)], here: "shop/2") }
    #expect(throws: TrustedBoxFault.self) { try TrustedBox.all([("a", key), ("b", key)], here: "shop/1") }
  }
}
