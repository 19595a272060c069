import Glibc
import JSON

/// The provider's own books: an append-only file, one JSON object a line, durable before anything is answered. It is the
/// second book that a test compares with the journal.
struct ProviderLedger: ~Copyable {
  /// One line.
  struct Entry {
    /// ordered, shownAgain (a code was asked for again), paid, declined, queried, askedBack (a call to reverse), askedClosed (a call to close), closed, reversed, repeated; of a refund
    /// refundOrdered, refundRepeated, refundQueried, refunded, refundDeclined, refundAbnormal.
    var what: String
    var number: String
    var amount: Int64?
    var currency: String?
    var script: String?
    var reference: String?
    var refund: String?
    /// By a code that the till shows; of ordered.
    var shown = false
    var time: Int64
  }

  private let descriptor: Int32

  /// Opens or makes it, and hands every line that is whole to `each`. A torn last line is cut off.
  init(path: String, each: (Entry) -> Void) throws(ProviderFileError) {
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw ProviderFileError(call: "open \(path)", number: errno) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = read(descriptor, &chunk, chunk.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { break }
      bytes += chunk[..<count]
    }
    let whole = bytes.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
    guard ftruncate(descriptor, off_t(whole)) == 0, lseek(descriptor, off_t(whole), SEEK_SET) >= 0 else {
      let number = errno
      close(descriptor)
      throw ProviderFileError(call: "repair \(path)", number: number)
    }
    self.descriptor = descriptor
    for line in bytes[..<whole].split(separator: 0x0A) {
      if let entry = Entry(line: Array(line)) { each(entry) }
    }
  }

  deinit { close(descriptor) }

  /// Writes a line and makes it durable.
  func append(_ entry: Entry) throws(ProviderFileError) {
    let bytes = entry.line
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress.map { $0 + done }, bytes.count - done) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw ProviderFileError(call: "write", number: errno) }
      done += count
    }
    guard fdatasync(descriptor) == 0 else { throw ProviderFileError(call: "fdatasync", number: errno) }
  }
}

/// The system refused a step with the provider's files.
public struct ProviderFileError: Error, CustomStringConvertible {
  public var call: String
  public var number: Int32

  public var description: String { "\(call): \(String(cString: strerror(number)))" }
}

extension ProviderLedger.Entry {
  init?(line: [UInt8]) {
    guard let json = try? JSON(parsing: line), let what = json["what"]?.string, let number = json["number"]?.string,
      let time = json["time"]?.integer
    else { return nil }
    self.init(
      what: what, number: number, amount: json["amount"]?.integer, currency: json["currency"]?.string,
      script: json["script"]?.string, reference: json["reference"]?.string, refund: json["refund"]?.string,
      shown: json["shown"]?.bool ?? false, time: time)
  }

  var line: [UInt8] {
    var writer = JSONWriter(capacity: 256)
    writer.beginObject()
    func text(_ name: StaticString, _ value: String?) {
      guard let value else { return }
      writer.key(name)
      writer.string(value)
    }
    if let amount {
      writer.key("amount")
      writer.integer(amount)
    }
    text("currency", currency)
    text("number", number)
    text("reference", reference)
    text("refund", refund)
    text("script", script)
    if shown {
      writer.key("shown")
      writer.bool(true)
    }
    writer.key("time")
    writer.integer(time)
    text("what", what)
    writer.endObject()
    return writer.bytes + [0x0A]
  }
}
