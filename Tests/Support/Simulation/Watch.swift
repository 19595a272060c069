import Journal

/// One commit batch as it went over the wire to the disk, read by somebody who knows the frame layout and nothing else.
struct SeenBatch {
  var file: String
  var offset: UInt64
  var length: UInt64
  var first: UInt64 = 0
  var last: UInt64 = 0
  /// It holds a record that a MARK must follow.
  var hasNews = false
  var isSeal = false
  var hasState = false
  /// `job#attempt` of each `jobStarted` in it.
  var starts: [String] = []
  /// Numbers of each payment's intent in it.
  var intents: [String] = []
  /// Orders of each `drawerOrdered` in it.
  var orders: [String] = []
  /// Monotonic nanoseconds when it was written.
  var time: UInt64 = 0

  /// A drain has run 30 ms or more after it: its MARK must be on disk.
  var isRipe = false
}

/// Stands between journal and disk and remembers what is durable: written and then synchronized. What it knows owes
/// nothing to what the journal says of itself.
final class Watch: @unchecked Sendable {
  private static let newsClasses: Set<UInt16> = [1, 10, 18, 19, 20]
  private static let newsKinds = ["approvalGranted", "saleVoided"]

  /// True: a write counts as durable at once (for the variant that never synchronizes).
  let believesWrites: Bool
  let clocks: SimulatedClocks
  private var pending: [SeenBatch] = []
  private(set) var durable: [SeenBatch] = []
  /// All records before this are durable.
  private(set) var end: UInt64 = 0
  private(set) var starts: Set<String> = []
  private(set) var orders: Set<String> = []
  private(set) var intents: Set<String> = []
  private(set) var seals = 0
  /// Called when a SEAL is about to be written.
  var onSeal: () -> Void = {}
  /// A SEAL was written and no STATE of the next segment is durable yet.
  private(set) var isSwitching = false

  init(clocks: SimulatedClocks, believesWrites: Bool) {
    self.clocks = clocks
    self.believesWrites = believesWrites
  }

  /// Called when an operation fails.
  var onFailure: (FileError) -> Void = { _ in }

  var last: SeenBatch? { durable.last }

  /// The process is killed at this operation from now, before it or after it; nil: not.
  var killsIn: Int?
  var killsAfter = false
  var onKill: () -> Void = {}

  /// Lets a failure be seen on its way out, and the process be killed here.
  func tell<Value>(_ body: () throws(FileError) -> Value) throws(FileError) -> Value {
    let isLast = killsIn == 1
    if let left = killsIn { killsIn = left > 1 ? left - 1 : nil }
    if isLast, !killsAfter { onKill() }
    do {
      let value = try body()
      if isLast, killsAfter { onKill() }
      return value
    } catch {
      onFailure(error)
      throw error
    }
  }

  func wrote(_ file: String, _ bytes: UnsafeRawBufferPointer, at offset: UInt64) {
    guard let batch = Self.batch(file, bytes, at: offset, time: clocks.nanoseconds) else { return }
    if batch.isSeal { isSwitching = true }
    // Written over the end that a recovery cut back to.
    if batch.first < end {
      durable.removeAll { $0.first >= batch.first }
      end = batch.first
    }
    pending.append(batch)
    if believesWrites { synchronized(file) }
  }

  /// Called when intents of payments are about to be written.
  var onIntents: ([String]) -> Void = { _ in }
  /// Codes that customers showed, and called when one is about to be written.
  var codes: Set<String> = []
  var onCode: (String) -> Void = { _ in }
  /// Digits of a code.
  static let codeLength = 18

  /// Looks at a write before it happens.
  func willWrite(_ bytes: UnsafeRawBufferPointer) {
    lookForCodes(bytes)
    guard let batch = Self.batch("", bytes, at: 0, time: 0) else { return }
    if batch.isSeal { onSeal() }
    if !batch.intents.isEmpty { onIntents(batch.intents) }
  }

  private func lookForCodes(_ bytes: UnsafeRawBufferPointer) {
    var run = 0
    for (index, byte) in bytes.enumerated() {
      guard byte >= 0x30, byte <= 0x39 else {
        run = 0
        continue
      }
      run += 1
      guard run >= Self.codeLength else { continue }
      let text = String(decoding: bytes[(index + 1 - Self.codeLength)...index], as: UTF8.self)
      if codes.contains(text) { onCode(text) }
    }
  }

  func synchronized(_ file: String) {
    for batch in pending where batch.file == file {
      durable.append(batch)
      end = max(end, batch.last + 1)
      starts.formUnion(batch.starts)
      orders.formUnion(batch.orders)
      intents.formUnion(batch.intents)
      if batch.isSeal { seals += 1 }
      if batch.hasState { isSwitching = false }
    }
    pending.removeAll { $0.file == file }
  }

  /// The drain ran at this time and is still alive.
  func drained(at time: UInt64) {
    guard let last = durable.last, last.hasNews, time >= last.time + JournalLimit.markDelay else { return }
    durable[durable.count - 1].isRipe = true
  }

  /// The process is gone: what it had not synchronized may be there or not.
  func processEnded() { pending.removeAll() }

  /// The frames of one write; nil when it is no batch.
  private static func batch(_ file: String, _ bytes: UnsafeRawBufferPointer, at offset: UInt64, time: UInt64)
    -> SeenBatch?
  {
    var batch = SeenBatch(file: file, offset: offset, length: 0)
    batch.time = time
    var position = 0
    while position + 128 <= bytes.count, bytes.loadUnaligned(fromByteOffset: position, as: UInt32.self) == 0x4642_5453 {
      let length = Int(bytes.loadUnaligned(fromByteOffset: position + 8, as: UInt32.self))
      guard length >= 128, position + length <= bytes.count else { break }
      let sequence = bytes.loadUnaligned(fromByteOffset: position + 16, as: UInt64.self)
      if position == 0 { batch.first = sequence }
      batch.last = sequence
      let recordClass = bytes.loadUnaligned(fromByteOffset: position + 12, as: UInt16.self)
      let entry = UnsafeRawBufferPointer(rebasing: bytes[(position + 128)..<(position + length)])
      note(recordClass, entry, in: &batch)
      position = (position + length + 7) / 8 * 8
      batch.length = UInt64(position)
    }
    return position > 0 ? batch : nil
  }

  private static func note(_ recordClass: UInt16, _ entry: UnsafeRawBufferPointer, in batch: inout SeenBatch) {
    if newsClasses.contains(recordClass) { batch.hasNews = true }
    if recordClass == 11 { batch.isSeal = true }
    if recordClass == 17 { batch.hasState = true }
    guard recordClass == 19 || recordClass == 2 || recordClass == 18 else { return }
    let text = String(decoding: entry, as: UTF8.self)
    if newsKinds.contains(where: { text.hasSuffix("\"kind\":\"\($0)\",\"v\":1}") }) { batch.hasNews = true }
    if text.hasSuffix("\"kind\":\"jobStarted\",\"v\":1}"), let job = field("job", text),
      let ordinal = field("ordinal", text)
    {
      batch.starts.append("\(job)#\(ordinal)")
    }
    if text.hasSuffix("\"kind\":\"tenderIntended\",\"v\":1}"), let number = field("number", text) {
      batch.intents.append(number)
    }
    if text.hasSuffix("\"kind\":\"drawerOrdered\",\"v\":1}"), let order = field("order", text) {
      batch.orders.append(order)
    }
  }

  /// The value of the last member of that name, without quotes.
  static func field(_ name: String, _ text: String) -> String? {
    let parts = text.split(separator: "\"\(name)\":")
    guard parts.count > 1, let last = parts.last else { return nil }
    return String(last.drop { $0 == "\"" }.prefix { $0 != "\"" && $0 != "," && $0 != "}" })
  }
}
