public import Document
public import Journal
public import Till

/// One keyed call that changes something, checked and decoded by the control protocol.
public struct Call: Sendable {
  /// The caller's name for the reply; comes back with the answer.
  public var token: UInt64
  /// Full method name, for example `io.counterfoil.Sale.Ring`.
  public var method: String
  /// Idempotency key, 16 to 64 ASCII characters.
  public var key: String
  /// SHA-256 over the canonical call without key, session, approval and revision.
  public var requestHash: Digest
  /// User id of the peer.
  public var userID: UInt32
  /// What shall happen.
  public var event: Event
  public var lane: String?
  public var `operator`: String?
  public var verifiedBy: VerifiedBy
  /// Random words for opaque ids.
  public var entropy: [UInt64]
  /// Closed stubs that the event names; their facts are looked up before the call is decided.
  public var stubs: [StubReference]
  /// Stubs of other boxes that it brings along.
  public var presented: [PresentedStub]
  /// What a free note prints; kept in memory only.
  public var note: Document?
  /// The customer's payment code of a provider tender; kept in memory only, until the order is out.
  public var paymentCode: [UInt8]?

  /// Facts about `stubs`, and the sequence (exclusive) up to which they hold.
  var facts: [ClosedStubFacts] = []
  var factsUpTo: UInt64?
  /// The lookup thread has found that no sealed segment holds the key.
  var keyIsNew = false

  public init(
    token: UInt64, method: String, key: String, requestHash: Digest, userID: UInt32, event: Event, lane: String? = nil,
    operator name: String? = nil, verifiedBy: VerifiedBy = .nobody, entropy: [UInt64], stubs: [StubReference] = [],
    presented: [PresentedStub] = [], note: Document? = nil, paymentCode: [UInt8]? = nil
  ) {
    self.presented = presented
    self.paymentCode = paymentCode
    self.token = token
    self.method = method
    self.key = key
    self.requestHash = requestHash
    self.userID = userID
    self.event = event
    self.lane = lane
    self.operator = name
    self.verifiedBy = verifiedBy
    self.entropy = entropy
    self.stubs = stubs
    self.note = note
  }
}

/// The records of one event with their places: all that an answer is made from, live and after a restart alike.
public struct Answer: Sendable {
  public var method: String
  public var records: [Record]
  /// Sequence of the first record of the event.
  public var first: UInt64
  /// Leaf hash of the stub record of the event, if it has one, and its sequence.
  public var stub: StubPlace?
  /// The journal it was read back from, when that is one of an earlier epoch.
  public var origin: AnswerOrigin?

  public init(method: String, records: [Record], first: UInt64, stub: StubPlace? = nil) {
    self.method = method
    self.records = records
    self.first = first
    self.stub = stub
  }
}

/// The journal that records are in.
public struct AnswerOrigin: Sendable, Equatable {
  /// Journal id in hex.
  public var journal: String
  public var epoch: Int64

  public init(journal: String, epoch: Int64) {
    self.journal = journal
    self.epoch = epoch
  }
}

/// Where a stub stands.
public struct StubPlace: Sendable, Equatable {
  public var sequence: UInt64
  public var leaf: Digest

  public init(sequence: UInt64, leaf: Digest) {
    self.sequence = sequence
    self.leaf = leaf
  }
}

/// Why a call has no answer.
public enum CallError: Error, Sendable, Equatable {
  case refused(Refusal)
  /// The key belongs to another call.
  case keyReused(firstMethod: String, sequence: UInt64)
  case notSelling(mode: Mode, reasons: [String])
  /// It was here; its segment is not on this box any more.
  case archived(epoch: UInt32, sequence: UInt64)
  /// The journal has it, and its bytes there are not as they were written.
  case damaged(epoch: UInt32, JournalFault)
  /// `skippedBy`: the epoch that left this number out, because records with it may have been lost.
  case noSuchStub(String, skippedBy: Int64? = nil)
  /// The box has no such printer or drawer; these it has.
  case noSuchDevice(String, similar: [String])
  case noSuchRecord(epoch: UInt32, sequence: UInt64)
  case noCheckpoint(epoch: UInt32, sequence: UInt64, expected: Bool)
  /// A rule of the journal says no.
  case journalRule(rule: String, text: String)
  /// Too much is queued.
  case busy
  /// One at a time: it is at work on the same for somebody else, since UTC milliseconds.
  case atWork(String, since: Int64)
  /// Something that must not happen; the code says where.
  case fault(String)
}

/// What the box may do now.
public enum Mode: String, Sendable, CaseIterable {
  case selling
  case cashOnly
  /// Reads work; selling waits until lookups are rebuilt.
  case recovering
  /// The journal cannot be written: reads only.
  case reading
  /// The journal cannot be read either.
  case locked
}

/// Something that happened, for watchers.
public struct Happening: Sendable {
  /// sale, tender, shift, print, drawer, device, system.
  public var topic: String
  /// The record's kind, or the name of a device event.
  public var name: String
  /// Sale, job, shift or device it is about.
  public var subject: String
  public var lane: String?
  /// UTC milliseconds.
  public var at: Int64
  public var trusted: Bool
  /// Sequence of its record when it has one.
  public var sequence: UInt64?
  /// A JSON object.
  public var data: [UInt8]

  public init(
    topic: String, name: String, subject: String, lane: String?, at: Int64, trusted: Bool, sequence: UInt64? = nil,
    data: [UInt8]
  ) {
    self.topic = topic
    self.name = name
    self.subject = subject
    self.lane = lane
    self.at = at
    self.trusted = trusted
    self.sequence = sequence
    self.data = data
  }
}
