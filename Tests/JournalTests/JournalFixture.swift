import Journal
import SimulatedDisk

/// A small journal on a simulated disk with a clock that only moves when told.
final class JournalFixture {
  static let journalID = [UInt8](0..<16)
  static let origin = "shop/till-1"
  let disk: SimulatedDisk
  var options = JournalOptions()
  var clock: UInt64 = 1_000_000_000
  let signer: NoteSigner

  init(seed: UInt64 = 1, media: MediaModel = .sectorAtomic, segment: UInt64 = 128 << 10, batch: UInt32 = 32 << 10)
    throws
  {
    disk = SimulatedDisk(seed: seed, media: media)
    options.segmentSize = segment
    options.maximumBatch = batch
    options.preparation = .allocate
    signer = try NoteSigner(name: Self.origin, key: Ed25519PrivateKey(seed: [UInt8](repeating: 7, count: 32)))
  }

  var now: Reading {
    Reading(
      wallMilliseconds: 1_767_225_600_000 + Int64(clock / 1_000_000), bootNanoseconds: clock,
      monotonicNanoseconds: clock, trusted: true)
  }

  func advance(milliseconds: UInt64) { clock += milliseconds * 1_000_000 }

  /// The same bytes for the same seed.
  static func random(seed: UInt64 = 99) -> RandomSource {
    let source = SeededBytes(seed)
    return { source.fill($0) }
  }

  func create() throws -> JournalCore {
    let key = Hex.encode(signer.verifier.publicKey.bytes)
    let data = #"{"origin":"\#(Self.origin)","publicKey":"\#(key)"}"#
    return try JournalCore.create(
      disk.fileSystem(), genesis: Self.entry(.genesis, "genesis", data),
      identity: JournalIdentity(journalID: Self.journalID, epoch: 0), options: options, signer: signer,
      random: Self.random(), now: now)
  }

  func open() throws -> JournalCore {
    try JournalCore.open(disk.fileSystem(), options: options, signer: signer, random: Self.random(), now: now)
  }

  func reader() throws -> JournalReader { try JournalReader(disk.fileSystem()) }

  static func entry(_ recordClass: RecordClass = .domain, _ kind: String = "test", _ data: String = "{}")
    -> PendingEntry
  {
    PendingEntry(recordClass: recordClass, body: [UInt8](#"{"data":\#(data),"kind":"\#(kind)","v":1}"#.utf8))
  }

  /// An event of `count` records; its text tells which it is.
  static func event(_ number: Int, records count: Int = 1, filler: Int = 100) -> [PendingEntry] {
    (0..<count).map { index in
      entry(
        .domain, "test", #"{"event":\#(number),"part":\#(index),"text":"\#(String(repeating: "x", count: filler))"}"#)
    }
  }

  static let state = [entry(.state, "state", #"{"open":[]}"#), entry(.state, "statePart")]
  static let stopped = entry(.stop, "stop", #"{"reason":"test"}"#)
}

/// Seeded bytes behind a closure.
final class SeededBytes: @unchecked Sendable {
  private var numbers: SplitMix64
  init(_ seed: UInt64) { numbers = SplitMix64(seed: seed) }

  func fill(_ buffer: UnsafeMutableRawBufferPointer) {
    buffer.copyBytes(from: numbers.bytes(buffer.count))
  }
}
