import Journal
import Records
import Till

/// An event's entries and what the register must know of them.
struct EncodedEvent {
  var entries: [PendingEntry]
  /// `data` of each record (without its parts).
  var data: [[UInt8]]
  var lazy: Bool
  var news: Bool
  /// Place of `stubSealed` among the entries.
  var stubIndex: Int?
}

/// An event read back.
struct DecodedEvent {
  var records: [Record]
  var call: CallIdentity?
  var first: UInt64
  var last: UInt64
  var stub: StubPlace?
}

enum EntryCodec {
  static func encode(_ records: [Record], call: CallIdentity?) throws(RecordsError) -> EncodedEvent {
    var event = EncodedEvent(entries: [], data: [], lazy: true, news: false, stubIndex: nil)
    for (index, record) in records.enumerated() {
      let row = KindTable.row(record.fact.kind)
      if row.durability == .now { event.lazy = false }
      if row.news { event.news = true }
      if case .stubSealed = record.fact { event.stubIndex = event.entries.count }
      let entries = try RecordCodec.encode(record, call: index == 0 ? call : nil, hash: text)
      if let head = entries.first { event.data.append(Array(head.body[head.data])) }
      for entry in entries {
        event.entries.append(
          PendingEntry(recordClass: RecordClass(rawValue: entry.recordClass), body: entry.body))
      }
    }
    return event
  }

  static func encode(state till: Till) throws(RecordsError) -> [PendingEntry] {
    try RecordCodec.encode(state: till, hash: text).map {
      PendingEntry(recordClass: RecordClass(rawValue: $0.recordClass), body: $0.body)
    }
  }

  static func stop(reason: String, now: Moment) -> PendingEntry {
    let stamp = Stamp(
      at: now.reading.wallMilliseconds, offsetMinutes: now.offsetMinutes, timeTrusted: now.reading.trusted,
      businessDay: now.day)
    let encoded = try? RecordCodec.encode(Record(stamp: stamp, fact: .stop(reason: reason)), hash: text)
    return PendingEntry(
      recordClass: .stop, body: encoded?.first?.body ?? Array(#"{"data":{},"kind":"stop","v":1}"#.utf8))
  }

  static func decode(_ event: [StoredEntry]) throws(RecordsError) -> DecodedEvent {
    let (records, call) = try RecordCodec.decode(event.map(\.entry), hash: text)
    let stub = event.first { $0.recordClass == .stub }
    return DecodedEvent(
      records: records, call: call, first: event.first?.sequence ?? 0, last: event.last?.sequence ?? 0,
      stub: stub.map { StubPlace(sequence: $0.sequence, leaf: $0.leaf) })
  }

  static func text(_ bytes: [UInt8]) -> String { SHA256.hash(bytes).hex }
}
