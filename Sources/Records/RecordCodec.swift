import JSON
import Till

/// The keyed call that made an event; stands in the event's first record.
public struct CallIdentity: Hashable, Sendable {
  /// Idempotency key.
  public var key: String
  /// Full method name.
  public var method: String
  /// SHA-256 of the canonical call, in hex.
  public var requestHash: String
  /// User id of the peer.
  public var uid: Int64

  public init(key: String, method: String, requestHash: String, uid: Int64) {
    self.key = key
    self.method = method
    self.requestHash = requestHash
    self.uid = uid
  }
}

/// An entry without `blind`: canonical JSON `{"call":…?,"data":{…},"kind":"…","v":1}`.
public struct EncodedEntry: Hashable, Sendable {
  public var recordClass: UInt8
  public var kind: String
  public var body: [UInt8]
  /// Where `data`'s object stands in `body`.
  public var data: Range<Int>
}

/// Hands `data` to SHA-256 and answers 64 hex digits; libcrypto is outside this module.
public typealias HashText = ([UInt8]) -> String

/// Records to entries and back.
public enum RecordCodec {
  /// Data longer than this goes on in `<kind>Part` records of the same event.
  public static let partSize = 32 << 10
  /// Version of the entries' shape.
  public static let version = 1

  /// The entries of one record, in order. `call` goes into the first.
  public static func encode(
    _ record: Record, call: CallIdentity? = nil, hash: HashText
  ) throws(RecordsError) -> [EncodedEntry] {
    let row = KindTable.row(record.fact.kind)
    var writer = JSONWriter(capacity: 512)
    let data = entry(&writer, kind: row.kind.rawValue, call: call) { record.writeData(to: &$0) }
    guard data.count > partSize, record.fact.isDivisible else {
      guard data.count <= maximumData else { throw .tooLarge(kind: row.kind.rawValue, bytes: data.count) }
      return [EncodedEntry(recordClass: row.recordClass, kind: row.kind.rawValue, body: writer.bytes, data: data)]
    }
    return try split(record, row, call, hash)
  }

  /// Longest `data` that fits an entry beside its frame of words.
  static let maximumData = 64_000

  /// One entry's bytes; answers where `data` stands.
  static func entry(
    _ writer: inout JSONWriter, kind: String, call: CallIdentity?, data: (inout JSONWriter) -> Void
  ) -> Range<Int> {
    writer.beginObject()
    if let call {
      writer.key("call")
      writer.beginObject()
      writer.key("key")
      writer.string(call.key)
      writer.key("method")
      writer.string(call.method)
      writer.key("requestHash")
      writer.string(call.requestHash)
      writer.key("uid")
      writer.integer(call.uid)
      writer.endObject()
    }
    writer.key("data")
    let start = writer.bytes.count
    data(&writer)
    let end = writer.bytes.count
    writer.key("kind")
    writer.string(kind)
    writer.key("v")
    writer.integer(version)
    writer.endObject()
    return start..<end
  }

  /// Lines and allocations leave the record for parts; the record keeps their number and hash.
  private static func split(
    _ record: Record, _ row: KindRow, _ call: CallIdentity?, _ hash: HashText
  ) throws(RecordsError) -> [EncodedEntry] {
    let kind = row.kind.rawValue
    var parts: [EncodedEntry] = []
    var all: [UInt8] = []
    var head = record
    for part in head.fact.takeBulk().parts(below: partSize) {
      var writer = JSONWriter(capacity: partSize + 512)
      let number = parts.count
      let data = entry(&writer, kind: kind + "Part", call: nil) { part.write(to: &$0, number: number, sale: nil) }
      guard data.count <= maximumData else { throw .tooLarge(kind: kind, bytes: data.count) }
      all.append(contentsOf: writer.bytes[data])
      parts.append(
        EncodedEntry(recordClass: row.recordClass, kind: kind + "Part", body: writer.bytes, data: data))
    }
    var whole = JSONWriter(capacity: 4096)
    head.writeData(to: &whole)
    let number = parts.count
    let digest = hash(all)
    guard var members = (try? JSON(parsing: whole.bytes))?.object else { throw .parts("head") }
    members.append(.init("parts", .integer(Int64(number))))
    members.append(.init("partsHash", .string(digest)))
    guard let canonical = try? JSON.object(members).canonicalBytes() else { throw .parts("head") }
    var writer = JSONWriter(capacity: canonical.count + 512)
    let data = entry(&writer, kind: kind, call: call) { $0.raw(canonical) }
    guard data.count <= maximumData else { throw .tooLarge(kind: kind, bytes: data.count) }
    return [EncodedEntry(recordClass: row.recordClass, kind: kind, body: writer.bytes, data: data)] + parts
  }

  // MARK: - reading

  /// The call that an entry bears, without a look at its data; nil when it has none.
  public static func call(of entry: [UInt8]) -> CallIdentity? { try? EntryHead(entry).call }

  /// The records of one event and the call that made it. Entries of kinds that are not the till's are skipped.
  public static func decode(
    _ entries: [[UInt8]], hash: HashText
  ) throws(RecordsError) -> (records: [Record], call: CallIdentity?) {
    var records: [Record] = []
    var call: CallIdentity?
    var index = 0
    while index < entries.count {
      let head = try EntryHead(entries[index])
      if let found = head.call { call = found }
      guard let kind = RecordKind(rawValue: head.kind) else {
        index += 1
        continue
      }
      var record = try head.record(kind)
      let first = index + 1
      index = first
      if head.parts > 0 {
        guard first + head.parts <= entries.count else { throw .parts("\(head.kind): \(head.parts) are announced") }
        try record.attach(entries[first..<first + head.parts], head, hash)
        index += head.parts
      }
      records.append(record)
    }
    return (records, call)
  }
}

/// An entry's members and what its `data` says of parts.
struct EntryHead {
  var kind = ""
  var call: CallIdentity?
  var data: [UInt8] = []
  var parts = 0
  var partsHash = ""

  init(_ entry: [UInt8]) throws(RecordsError) {
    var kind = ""
    var call: CallIdentity?
    var range = 0..<0
    try JSONReader.read(entry) { (reader) throws(RecordsError) in
      try reader.object { (reader, key) throws(RecordsError) in
        switch key {
        case "kind": kind = try reader.text()
        case "call": call = try CallIdentity(reading: &reader)
        case "data": range = try reader.slice()
        default: return false
        }
        return true
      }
    }
    self.kind = kind
    self.call = call
    self.data = Array(entry[range])
    var parts: Int64 = 0
    var partsHash = ""
    // Its slice was checked on the way.
    try JSONReader.read(data, isChecked: true) { (reader) throws(RecordsError) in
      try reader.object { (reader, key) throws(RecordsError) in
        switch key {
        case "parts": parts = try reader.int64()
        case "partsHash": partsHash = try reader.text()
        default: return false
        }
        return true
      }
    }
    guard (0...4096).contains(parts) else { throw .parts("\(parts) of them") }
    self.parts = Int(parts)
    self.partsHash = partsHash
  }

  func record(_ kind: RecordKind) throws(RecordsError) -> Record {
    let stamp = try JSONReader.read(data, isChecked: true) { (reader) throws(RecordsError) in
      try Stamp(reading: &reader)
    }
    let fact = try JSONReader.read(data, isChecked: true) { (reader) throws(RecordsError) in
      try Fact(kind, reading: &reader)
    }
    return Record(stamp: stamp, fact: fact)
  }
}

extension CallIdentity {
  init(reading reader: inout JSONReader) throws(RecordsError) {
    var (key, method, requestHash, uid) = (String?.none, String?.none, String?.none, Int64?.none)
    try reader.object { (reader, name) throws(RecordsError) in
      switch name {
      case "key": key = try reader.text()
      case "method": method = try reader.text()
      case "requestHash": requestHash = try reader.text()
      case "uid": uid = try reader.int64()
      default: return false
      }
      return true
    }
    guard let key, let method, let requestHash, let uid else { throw .missing("call") }
    self.init(key: key, method: method, requestHash: requestHash, uid: uid)
  }
}
