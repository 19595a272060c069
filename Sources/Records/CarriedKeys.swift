import JSON
import Till

/// An idempotency key of an earlier epoch that this one must know.
public struct CarriedKey: Hashable, Sendable {
  /// First 8 bytes of the key's SHA-256 as a little-endian number.
  public var fingerprint: UInt64
  /// The epoch that holds its event, and the first sequence of that event.
  public var epoch: Int64
  public var sequence: Int64
  /// When it was used, UTC milliseconds.
  public var at: Int64

  /// Memberwise.
  public init(fingerprint: UInt64, epoch: Int64, sequence: Int64, at: Int64) {
    self.fingerprint = fingerprint
    self.epoch = epoch
    self.sequence = sequence
    self.at = at
  }
}

/// The kind `keysCarried`: keys of the last seven days of the epochs before, behind the STATE of a new epoch.
///
/// It is no fact of the till, whose state holds no keys.
extension RecordCodec {
  public static let keysCarried = "keysCarried"
  static let keysClass: UInt8 = 2
  /// Keys in one record: it stays below the length at which records are split.
  public static let keysInRecord = 256

  /// One record with these keys, at most ``keysInRecord``.
  public static func encode(keys: [CarriedKey], stamp: Stamp) throws(RecordsError) -> EncodedEntry {
    let items = keys.map { key -> JSON in
      .object([
        .init("at", .integer(key.at)), .init("epoch", .integer(key.epoch)),
        .init("fingerprint", .string(text(of: key.fingerprint))), .init("sequence", .integer(key.sequence)),
      ])
    }
    let members: [JSON.Member] = [
      .init("at", .integer(stamp.at)), .init("businessDay", .string(stamp.businessDay.description)),
      .init("keys", .array(items)), .init("offsetMinutes", .integer(Int64(stamp.offsetMinutes))),
      .init("timeTrusted", .bool(stamp.timeTrusted)), .init("verifiedBy", .string(stamp.verifiedBy.rawValue)),
    ]
    guard let bytes = try? JSON.object(members).canonicalBytes() else { throw .parts(keysCarried) }
    var writer = JSONWriter(capacity: bytes.count + 128)
    let data = entry(&writer, kind: keysCarried, call: nil) { $0.raw(bytes) }
    guard data.count <= maximumData else { throw .tooLarge(kind: keysCarried, bytes: data.count) }
    return EncodedEntry(recordClass: keysClass, kind: keysCarried, body: writer.bytes, data: data)
  }

  /// The keys of a `keysCarried` entry; nil for any other.
  public static func decode(keys entry: [UInt8]) throws(RecordsError) -> [CarriedKey]? {
    let head = try EntryHead(entry)
    guard head.kind == keysCarried else { return nil }
    guard let items = (try? JSON(parsing: head.data))?["keys"]?.array else { throw .missing("keysCarried.keys") }
    var keys: [CarriedKey] = []
    for item in items {
      guard let at = item["at"]?.integer, let epoch = item["epoch"]?.integer, let sequence = item["sequence"]?.integer,
        let text = item["fingerprint"]?.string, text.utf8.count == 16, let fingerprint = UInt64(text, radix: 16),
        (0...Int64(UInt32.max)).contains(epoch), sequence >= 0
      else { throw .missing("keysCarried.keys") }
      keys.append(CarriedKey(fingerprint: fingerprint, epoch: epoch, sequence: sequence, at: at))
    }
    return keys
  }

  /// A fingerprint as text: 16 hex digits.
  public static func text(of fingerprint: UInt64) -> String {
    let text = String(fingerprint, radix: 16)
    return String(repeating: "0", count: 16 - text.utf8.count) + text
  }
}
