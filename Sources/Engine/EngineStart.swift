import Index
import Journal
import Records
import Till

/// What a start found in the journal.
struct Replay {
  var till = Till()
  var keys: [(key: String, method: String, hash: Digest, sequence: UInt64)] = []
  var newest: Int64 = 0
  /// The same of times that were believed.
  var newestTrusted: Int64 = 0
  var last: UInt64 = 0
  let tables: SegmentLookup
  /// What the index keeps of the events taken.
  var rows: [IndexRow] = []
  /// False: only rows are wanted, for a segment that goes to the index and not to memory.
  var fillsTables = true
  /// The first place where records could not be read.
  private(set) var hole: JournalFault?
  private var open: [StoredEntry] = []
  private var jobs: [String: String] = [:]
  /// The end of an entry that carries keys of earlier epochs: cheaper to look for than to read every kind.
  private static let keysCarried = Array(#","kind":"\#(RecordCodec.keysCarried)","v":1}"#.utf8)

  init() { tables = SegmentLookup() }

  /// A reading that fills lookups which are there.
  init(filling tables: SegmentLookup) { self.tables = tables }

  /// Records behind the last one taken are damaged: what was begun there is no event.
  mutating func skip(_ damaged: JournalFault) {
    open.removeAll()
    if hole == nil { hole = damaged }
  }

  /// Takes the next entry; complete events are applied to the till when `applies`.
  mutating func take(_ entry: StoredEntry, applies: Bool) throws {
    newest = max(newest, entry.wallMilliseconds)
    if entry.trusted { newestTrusted = max(newestTrusted, entry.wallMilliseconds) }
    last = entry.sequence
    open.append(entry)
    guard !entry.continues else { return }
    defer { open.removeAll(keepingCapacity: true) }
    if let state = try RecordCodec.decode(state: open.map(\.entry), hash: EntryCodec.text) {
      if applies { till = state }
      // A job may start in a later segment than the one that queued it.
      for job in state.jobs.values { jobs[job.id] = job.stub?.stub }
      return
    }
    if entry.entry.suffix(Self.keysCarried.count).elementsEqual(Self.keysCarried) {
      let keys = try RecordCodec.decode(keys: entry.entry) ?? []
      if fillsTables { tables.add(carried: keys) }
      rows += keys.map { IndexRow(.carried, RecordCodec.text(of: $0.fingerprint), entry.sequence) }
      return
    }
    let event = try EntryCodec.decode(open)
    if applies { for record in event.records { try till.apply(record) } }
    index(event)
  }

  private mutating func index(_ event: DecodedEvent) {
    if let call = event.call, let hash = Digest(hex: call.requestHash) {
      if fillsTables { keys.append((call.key, call.method, hash, event.first)) }
      rows.append(IndexRow(.key, call.key, event.first))
    }
    let stubIndex = event.stub.map { Int($0.sequence - event.first) }
    rows += SegmentLookup.rows(event.records, first: event.first, stubIndex: stubIndex)
    if fillsTables { tables.add(event.records, first: event.first, stubIndex: stubIndex) }
    for record in event.records {
      switch record.fact {
      case .jobQueued(let job): if let stub = job.stub { jobs[job.id] = stub.stub }
      case .jobStarted(let started):
        if let stub = jobs[started.job] ?? till.jobs[started.job]?.stub?.stub {
          rows.append(IndexRow(.later, stub, event.first))
          if fillsTables { tables.add(start: event.first, stub: stub) }
        }
      default: break
      }
    }
  }
}
