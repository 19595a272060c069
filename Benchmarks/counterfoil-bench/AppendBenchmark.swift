import CLinux
import Glibc
import Journal

/// Durable appends of 512-byte entries through the real journal, on the thread that commits.
///
/// One client: one record, one commit. Several: each has one append outstanding; the thread runs its queue dry, commits
/// once, answers all, and each asks again at once, as tasks on the register's thread do.
struct AppendBenchmark {
  let directory: String
  let seconds: Double
  let clients: Int

  static let entryBytes = 512
  /// Segments of 16 MiB made ready: as many zeroed bytes as the C floor prepares.
  static let segments = 4
  /// `"blind":"<32 digits>",` is spliced in by the journal.
  static let blindBytes = 43

  func run() throws -> String {
    let files = try PosixFileSystem(directory)
    let journal = try JournalCore.create(
      files, genesis: entry("genesis", class: .genesis),
      identity: JournalIdentity(journalID: [UInt8](repeating: 7, count: 16), epoch: 0), random: fillRandom,
      now: reading())
    // A running box has its next segments ready; so has this one, before the clock starts.
    try Spares.prepare(files, options: JournalOptions(), count: Self.segments)
    let record = entry("stubSealed", class: .stub)
    var samples = Samples()
    let began = nanoseconds()
    let limit = UInt64(seconds * 1e9)
    var records = 0
    while nanoseconds() - began < limit {
      let start = nanoseconds()
      // The register looks at the clocks once a drain.
      let now = reading()
      for _ in 0..<clients { try journal.append([record], now: now) }
      try journal.commit(now: now)
      samples.add(nanoseconds() - start)
      records += clients
      if journal.wantsSwitch { try journal.switchSegment(state: [entry("state", class: .state)], now: reading()) }
    }
    // Time of commits only: a switch is not part of a record's way, and the floor does not pay one either.
    let perSecond = Double(records) / (Double(samples.sum) / 1e9)
    return """
      {"clients":\(clients),"records":\(records),"per_second":\(perSecond),"p50":\(samples.microseconds(at: 0.5)),\
      "p99":\(samples.microseconds(at: 0.99))}
      """
  }

  private func entry(_ kind: String, class recordClass: RecordClass) -> PendingEntry {
    let frame = #"{"data":{"text":""},"kind":"\#(kind)","v":1}"#
    let filler = String(repeating: "x", count: max(0, Self.entryBytes - Self.blindBytes - frame.utf8.count))
    return PendingEntry(
      recordClass: recordClass, body: Array(#"{"data":{"text":"\#(filler)"},"kind":"\#(kind)","v":1}"#.utf8))
  }

  private func reading() -> Reading {
    Reading(
      wallMilliseconds: Int64(nanoseconds(CLOCK_REALTIME) / 1_000_000), bootNanoseconds: nanoseconds(CLOCK_BOOTTIME),
      monotonicNanoseconds: nanoseconds(), trusted: true)
  }
}

/// The kernel's random source.
@Sendable func fillRandom(_ buffer: UnsafeMutableRawBufferPointer) {
  guard let base = buffer.baseAddress else { return }
  _ = counterfoil_getrandom(base, buffer.count)
}
