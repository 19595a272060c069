import Journal
import Records
import Till

/// Who begins a new epoch, and why.
public struct EpochOrder: Sendable {
  public var key: String
  public var method: String
  public var requestHash: Digest
  public var userID: UInt32
  public var reason: String
  /// The last sequence that counts; nil: the last that verifies.
  public var acceptLossAfter: Int64?
  public var `operator`: String?
  public var verifiedBy: VerifiedBy

  public init(
    key: String, method: String, requestHash: Digest, userID: UInt32, reason: String, acceptLossAfter: Int64?,
    operator name: String? = nil, verifiedBy: VerifiedBy = .nobody
  ) {
    self.key = key
    self.method = method
    self.requestHash = requestHash
    self.userID = userID
    self.reason = reason
    self.acceptLossAfter = acceptLossAfter
    self.operator = name
    self.verifiedBy = verifiedBy
  }
}

/// The epoch that an order began.
public struct EpochBegun: Sendable, Equatable {
  public var epoch: Int64
  /// Journal id in hex.
  public var journal: String
  /// Sequence of the first record behind its state.
  public var sequence: Int64
}

/// Makes the first records of a new epoch out of what an older journal still proves: GENESIS, which names the old head
/// and bears the order's key, STATE, and the keys of the last seven days.
package struct EpochBirth {
  /// Keys are promised this long, in milliseconds.
  static let keyDays: Int64 = 7 * 24 * 3_600_000
  /// Stub numbers skipped beyond the records that are known to be lost: what followed the last checkpoint.
  static let numberMargin: Int64 = 256
  private static let page = 4_096

  let order: EpochOrder
  /// The journal is a copy, or was moved: another machine may have written on behind what is here.
  let mayBeOld: Bool
  let options: JournalOptions
  let signer: NoteSigner?
  let software: String
  let clock: any Clocks
  let random: RandomSource

  package init(
    order: EpochOrder, mayBeOld: Bool = false, options: JournalOptions, signer: NoteSigner?, software: String,
    clock: any Clocks,
    random: @escaping RandomSource
  ) {
    self.order = order
    self.mayBeOld = mayBeOld
    self.options = options
    self.signer = signer
    self.software = software
    self.clock = clock
    self.random = random
  }

  /// What of the old journal counts.
  package struct Inheritance {
    package var till: Till
    package var head: Head
    /// What is missing behind the head.
    package var loss: JournalLoss
    /// Idempotency keys of the last seven days.
    package var keys: [CarriedKey]
    var newest: Int64
  }

  // MARK: - all of it

  /// Makes the next epoch's folder out of the newest one, from what `inherit` found there. Nothing of the old is changed;
  /// the new one has its name only when all of it is durable.
  package func begin(_ old: Inheritance, in root: PosixFileSystem) throws -> EpochBegun {
    let next = try UnfinishedEpoch(old.head.epoch + 1, in: root)
    do {
      let begun = try write(old, into: next.files)
      _ = try next.finish()
      return begun
    } catch {
      next.remove()
      throw error
    }
  }

  // MARK: - the old journal, which is only read

  package func inherit(from files: any FileSystem) throws -> Inheritance {
    let reader = try JournalReader(files)
    var upTo: UInt64?
    if let last = order.acceptLossAfter {
      guard let sequence = UInt64(exactly: last), sequence < UInt64(Int64.max) else {
        throw CallError.journalRule(rule: "acceptLossAfter", text: "acceptLossAfter is a sequence, not \(last)")
      }
      upTo = sequence + 1
    }
    let found = try reader.replay(upTo: upTo, bypassing: true)
    if let upTo, found.head.sequence != upTo {
      throw CallError.journalRule(
        rule: "acceptLossAfter",
        text: found.head.sequence < upTo
          ? "the journal verifies up to sequence \(Int64(found.head.sequence) - 1) only"
          : "sequence \(upTo - 1) is inside an event, which ends at \(found.head.sequence - 1)")
    }
    var replay = Replay()
    var failure: (any Error)?
    found.forEach { entry in
      do { if failure == nil { try replay.take(entry, applies: true) } } catch { failure = error }
    }
    if let failure { throw failure }
    let (keys, newest) = keys(reader, upTo: found.head.sequence, epoch: found.head.epoch, newest: replay.newest)
    let loss = try reader.loss(
      after: found.head.sequence, verifier: Self.verifier(replay.till.identity) ?? signer?.verifier)
    return Inheritance(till: replay.till, head: found.head, loss: loss, keys: keys, newest: newest)
  }

  /// Keys of the last seven days before the newest record, from the newest segment back. What cannot be read stays out.
  private func keys(
    _ reader: JournalReader, upTo end: UInt64, epoch: UInt32, newest: Int64
  ) -> (keys: [CarriedKey], newest: Int64) {
    var (found, newest): ([UInt64: CarriedKey], Int64) = ([:], newest)
    let segments = ((try? reader.segments()) ?? []).filter { $0.first < end }
    for (place, segment) in segments.enumerated().reversed() {
      let last = place + 1 < segments.count ? segments[place + 1].first : end
      var next = segment.first
      var youngest = Int64.min
      while next < last, let page = try? reader.page(from: next, limit: Self.page, upTo: last) {
        for entry in page.entries {
          youngest = max(youngest, entry.wallMilliseconds)
          for key in Self.keys(of: entry, epoch: epoch) where found[key.fingerprint] == nil {
            found[key.fingerprint] = key
          }
        }
        // What cannot be read stays out.
        guard let behind = page.hole?.next ?? page.entries.last.map({ $0.sequence + 1 }) else { break }
        next = behind
      }
      newest = max(newest, youngest)
      if youngest < newest - Self.keyDays { break }
    }
    let oldest = newest - Self.keyDays
    let kept = found.values.filter { $0.at >= oldest }
    return (kept.sorted { ($0.epoch, $0.sequence, $0.fingerprint) < ($1.epoch, $1.sequence, $1.fingerprint) }, newest)
  }

  /// The key that an entry's call bears, or those that it carries from epochs before.
  private static func keys(of entry: StoredEntry, epoch: UInt32) -> [CarriedKey] {
    if entry.entry.dropFirst(callOffset).starts(with: call) {
      guard let key = RecordCodec.call(of: entry.entry)?.key else { return [] }
      return [
        CarriedKey(
          fingerprint: Engine.fingerprint(of: key), epoch: Int64(epoch), sequence: Int64(clamping: entry.sequence),
          at: entry.wallMilliseconds)
      ]
    }
    return entry.kind == RecordCodec.keysCarried ? (try? RecordCodec.decode(keys: entry.entry)) ?? [] : []
  }

  /// `call` is the second member of an entry, behind a blind of fixed length.
  private static let callOffset = 44
  private static let call = Array(#""call":"#.utf8)

  /// The key that the old journal signed with; the new one may have another.
  private static func verifier(_ identity: Genesis?) -> NoteVerifier? {
    guard let identity, let bytes = Hex.decode(identity.publicKey), let key = Ed25519PublicKey(bytes) else {
      return nil
    }
    return try? NoteVerifier(name: identity.origin, publicKey: key)
  }

  // MARK: - the new journal

  /// Writes the first records into an empty folder; all of them are durable when this returns.
  package func write(_ old: Inheritance, into files: any FileSystem) throws -> EpochBegun {
    guard let identity = old.till.identity, old.head.epoch < EpochFolder.largest else {
      throw CallError.fault("epoch-identity")
    }
    var id = [UInt8](repeating: 0, count: 16)
    id.withUnsafeMutableBytes { random($0) }
    let genesis = genesis(old, identity, id)
    let till = try old.till.beginning(epoch: genesis)
    let (stamp, now) = stamp(old)
    let call = CallIdentity(
      key: order.key, method: order.method, requestHash: order.requestHash.hex, uid: Int64(order.userID))
    let first = try EntryCodec.encode([Record(stamp: stamp, fact: .genesis(genesis))], call: call)
    guard let entry = first.entries.first, first.entries.count == 1 else { throw CallError.fault("epoch-genesis") }
    let core = try JournalCore.create(
      files, genesis: entry, identity: JournalIdentity(journalID: id, epoch: old.head.epoch + 1), options: options,
      signer: signer, random: random, now: now)
    let state = try EntryCodec.encode(state: till)
    try core.append(state, now: now)
    try core.commit(now: now)
    for start in stride(from: 0, to: old.keys.count, by: RecordCodec.keysInRecord) {
      let keys = Array(old.keys[start..<min(start + RecordCodec.keysInRecord, old.keys.count)])
      let record = try RecordCodec.encode(keys: keys, stamp: stamp)
      try core.append(
        [PendingEntry(recordClass: RecordClass(rawValue: record.recordClass), body: record.body)], now: now)
      try core.commit(now: now)
      if core.wantsSwitch { try core.switchSegment(state: state, now: now) }
    }
    return EpochBegun(epoch: genesis.epoch, journal: genesis.journal, sequence: Int64(1 + state.count))
  }

  private func genesis(_ old: Inheritance, _ identity: Genesis, _ id: [UInt8]) -> Genesis {
    let last = Int64(clamping: old.head.sequence) - 1
    let mayMiss = old.loss.isPossible || mayBeOld
    return Genesis(
      journal: Hex.encode(id), epoch: Int64(old.head.epoch) + 1, origin: identity.origin, currency: identity.currency,
      timeZone: identity.timeZone,
      publicKey: signer.map { Hex.encode($0.verifier.publicKey.bytes) } ?? identity.publicKey, software: software,
      format: identity.format,
      previous: PreviousHead(
        journal: Hex.encode(old.head.journalID), epoch: Int64(old.head.epoch), sequence: last,
        chain: old.head.chain.hex, root: old.head.root.hex),
      acceptLossAfter: mayMiss ? last : nil, numberGap: mayMiss ? numberGap(old) : nil, reason: order.reason)
  }

  private func numberGap(_ old: Inheritance) -> Int64 { Int64(clamping: old.loss.records) + Self.numberMargin }

  /// The first stub number of an epoch that another machine may have written on.
  package func nextStub(_ old: Inheritance) -> Int64 { old.till.counters.nextStub + numberGap(old) }

  /// Never before the business day of the old journal.
  private func stamp(_ old: Inheritance) -> (Stamp, Reading) {
    let reading = clock.read(newest: old.newest, synchronised: clock.synchronised())
    let local = clock.local(milliseconds: reading.wallMilliseconds)
    let day = BusinessDay(year: local.year, month: local.month, day: local.day) ?? Drain.firstDay
    var stamp = Stamp(
      at: reading.wallMilliseconds, offsetMinutes: local.offsetMinutes, timeTrusted: reading.trusted,
      businessDay: max(day, old.till.businessDay ?? day), verifiedBy: order.verifiedBy)
    stamp.operator = order.operator
    return (stamp, reading)
  }

  // MARK: - a repeated order

  /// What an earlier order with this key began; nil when no epoch on this box was begun with it.
  static func earlier(_ order: EpochOrder, in root: PosixFileSystem) throws(JournalError) -> Result<
    EpochBegun, CallError
  >? {
    for folder in try EpochFolder.all(in: root).reversed() where folder.epoch > 0 {
      guard let files = try? folder.files(in: root), let reader = try? JournalReader(files),
        let first = try? reader.entry(at: 0), let call = RecordCodec.call(of: first.entry), call.key == order.key
      else { continue }
      guard call.requestHash == order.requestHash.hex else {
        return .failure(.keyReused(firstMethod: call.method, sequence: 0))
      }
      guard let event = try? EntryCodec.decode([first]), case .genesis(let genesis)? = event.records.first?.fact,
        let state = try? reader.event(containing: 1), let last = state.last
      else { return .failure(.archived(epoch: folder.epoch, sequence: 0)) }
      return .success(
        EpochBegun(epoch: genesis.epoch, journal: genesis.journal, sequence: Int64(clamping: last.sequence) + 1))
    }
    return nil
  }
}
