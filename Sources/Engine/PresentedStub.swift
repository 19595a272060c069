public import Journal
import Records
public import Till

/// Another box whose signed proofs this one takes.
public struct TrustedBox: Sendable, Equatable {
  /// Its name in the configuration.
  public var name: String
  /// Its key; the key's name is the box's origin.
  public var key: NoteVerifier

  /// Reads the key as `counterfoil init` shows it. Throws when it is none, or its name is no box's origin.
  public init(name: String, key text: String) throws(ProofError) {
    let key = try NoteVerifier(vkey: text)
    let parts = key.name.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }), key.name.utf8.count <= Limits.identifier else {
      throw .badKey("origin")
    }
    (self.name, self.key) = (name, key)
  }
}

/// What is wrong with the trusted boxes of a configuration, for people.
public struct TrustedBoxFault: Error, CustomStringConvertible {
  public let description: String
}

extension TrustedBox {
  /// All of a configuration. `here`: the origin of this box, which holds its own stubs.
  public static func all(_ boxes: [(name: String, key: String)], here: String) throws(TrustedBoxFault) -> [TrustedBox] {
    var all: [TrustedBox] = []
    for (name, text) in boxes {
      let box: TrustedBox
      do throws(ProofError) { box = try TrustedBox(name: name, key: text) } catch {
        throw TrustedBoxFault(
          description: "[[trusted_box]] \(name): the key is none as `counterfoil init` shows it on that box: "
            + "shop/till+8 hex digits+base64")
      }
      guard box.key.name != here else {
        throw TrustedBoxFault(description: "[[trusted_box]] \(name): the key is of \(here), which is this box")
      }
      if let other = all.first(where: { $0.key == box.key }) {
        throw TrustedBoxFault(description: "[[trusted_box]] \(name): has the key of \(other.name)")
      }
      all.append(box)
    }
    return all
  }
}

/// A stub of another box as a client hands it over: nothing in it is believed before ``verified(by:here:)``.
public struct PresentedStub: Sendable, Equatable {
  /// Presented stubs of one call.
  public static let most = 8
  /// Entries of one stub: its own and those of its parts.
  public static let mostEntries = 128

  /// The stub that a line says it is.
  public var reference: StubReference
  /// Its entries, verbatim: the stub's, then those of its parts in order.
  public var entries: [[UInt8]]
  /// The tlog-proof of the first of them.
  public var proof: [UInt8]

  /// Memberwise.
  public init(reference: StubReference, entries: [[UInt8]], proof: [UInt8]) {
    self.reference = reference
    self.entries = entries
    self.proof = proof
  }

  /// The rule that a presented stub broke.
  enum Rule: String {
    /// The proof is none, or does not prove these entries.
    case stubProof
    /// Signed with a key that the configuration does not name.
    case untrustedBox
    /// Proven, and not the stub that the line names, or no stub.
    case stubProofOther
  }

  /// The stub as it was sealed, once a trusted key has signed that it stands in its box's journal. `here`: the origin of
  /// this box, whose own stubs need no proof.
  func verified(by trusted: [TrustedBox], here: String) throws(CallError) -> ClosedStubFacts {
    let (proof, key, leaf) = try signed(by: trusted)
    guard key.name != here else {
      throw Self.broken(.stubProofOther, "the proof is of a stub of this box: name the stub without it")
    }
    let stub = try sealed()
    let proven = StubReference(
      box: key.name, stub: stub.stub.description, sequence: Int64(clamping: proof.index), hash: leaf.hex)
    guard proven.isMeant(by: reference) else {
      throw Self.broken(
        .stubProofOther,
        "the proof is of stub \(proven.stub) of box \(proven.box), sequence \(proof.index); the line names "
          + "stub \(reference.stub) of box \(reference.box)")
    }
    do {
      var facts = try ClosedStubFacts(stub: stub, reference: proven, lane: nil, later: [])
      facts.provenBy = key.vkey
      return facts
    } catch { throw Self.broken(.stubProofOther, "the figures of stub \(proven.stub) cannot be computed with") }
  }

  /// The proof, the trusted key under it and the first entry's leaf, once they fit.
  private func signed(by trusted: [TrustedBox]) throws(CallError) -> (TlogProof, NoteVerifier, Digest) {
    guard let first = entries.first, entries.count <= Self.mostEntries,
      entries.allSatisfy({ $0.count <= JournalLimit.entry })
    else {
      throw Self.broken(
        .stubProof, "a stub has 1 to \(Self.mostEntries) entries of at most \(JournalLimit.entry) bytes")
    }
    let proof: TlogProof
    do throws(ProofError) { proof = try TlogProof(self.proof) } catch { throw Self.broken(.stubProof, error) }
    let signatures = proof.checkpoint.signatures
    let found = trusted.first { box in
      signatures.contains { $0.name == box.key.name && $0.keyID == box.key.keyID }
    }
    guard let key = found?.key else {
      let names = Set(trusted.map(\.key.name)).sorted().joined(separator: ", ")
      throw Self.broken(
        .untrustedBox,
        "the proof is signed by \(signatures.first?.name ?? "nobody"); "
          + (names.isEmpty ? "this box trusts no other" : "this box trusts its keys of \(names)"))
    }
    let leaf = MerkleHash.leaf(first)
    do throws(ProofError) { try proof.verified(leaf: leaf, key: key) } catch { throw Self.broken(.stubProof, error) }
    return (proof, key, leaf)
  }

  /// The stub of the entries; its parts are bound to the first one by their hash.
  private func sealed() throws(CallError) -> StubSealed {
    let records: [Record]
    do throws(RecordsError) { records = try RecordCodec.decode(entries, hash: EntryCodec.text).records } catch {
      if case .parts(let what) = error { throw Self.broken(.stubProof, "the stub's parts do not fit it: \(what)") }
      throw Self.broken(.stubProofOther, "the proven entry cannot be read: \(error)")
    }
    guard records.count == 1, case .stubSealed(let stub)? = records.first?.fact else {
      let kind = records.first?.fact.kind.rawValue ?? "unknown"
      throw Self.broken(.stubProofOther, "the proven entry is no stub alone, but \(kind)")
    }
    return stub
  }

  private static func broken(_ rule: Rule, _ text: String) -> CallError {
    .journalRule(rule: rule.rawValue, text: text)
  }

  private static func broken(_ rule: Rule, _ error: ProofError) -> CallError {
    switch error {
    case .malformed(let what): broken(rule, "the proof cannot be read: \(what)")
    case .limitExceeded(let what): broken(rule, "the proof is too long: \(what)")
    case .badSignature(let name): broken(rule, "the signature of \(name) is not its key's")
    case .wrongOrigin(let origin): broken(rule, "the checkpoint is of \(origin)")
    default: broken(rule, "the entry is not the one that the proof is of, or was changed")
    }
  }
}

extension LookupThread {
  /// Facts about a presented stub: what it says, and what all epochs of this box returned of it.
  package func facts(_ presented: PresentedStub, upTo: UInt64) -> Result<ClosedStubFacts, CallError> {
    Result { () throws(CallError) in
      var facts = try presented.verified(by: trusted, here: origin)
      let number = facts.reference.stub
      for epoch in try pastEpochs() { try epoch.takeReturns(of: number, before: epoch.end, into: &facts) }
      try takeReturns(of: number, before: upTo, into: &facts)
      return facts
    }
  }

  /// Every epoch before this one, oldest first. One that is not here may hold returns of any stub.
  private func pastEpochs() throws(CallError) -> [LookupThread] {
    var epochs: [LookupThread] = []
    _ = past?.first { epoch in
      epochs.append(epoch)
      return false
    }
    let oldest = epochs.last?.epoch ?? epoch
    guard oldest == 0 || past == nil else { throw .archived(epoch: oldest - 1, sequence: 0) }
    return epochs.reversed()
  }

  /// Every segment of this epoch is here, or the index took it in before it was taken away.
  private func isKnownFromItsBeginning() throws(CallError) -> Bool {
    do {
      if try reader.segments().first?.first == 0 { return true }
      return try index?.covered().contains(0) ?? false
    } catch { throw failure(error) }
  }

  private func takeReturns(
    of number: String, before end: UInt64, into facts: inout ClosedStubFacts
  ) throws(CallError) {
    let later = try later(number)
    // A return may have been among what damage took before it was in the index.
    if let hole = sealed.holes.first { throw .damaged(epoch: epoch, hole) }
    guard try isKnownFromItsBeginning() else { throw .archived(epoch: epoch, sequence: 0) }
    for sequence in later where sequence < end {
      Self.subtract(try event(at: sequence).get(), from: &facts)
    }
  }
}
