import Journal
import Records
import Till

/// What the journal on the disk says, read record by record from GENESIS on: STATE is never used, only compared.
struct Shadow {
  /// An event as it stands in the journal.
  struct Kept {
    var first: UInt64
    var last: UInt64
    var records: [Record]
  }

  private(set) var till = Till()
  private(set) var books = Books()
  private(set) var payments = PaymentBooks()
  /// Events of clients by their keys.
  private(set) var keys: [String: Kept] = [:]
  private(set) var stubs: [StubSealed] = []
  /// Leaf of each stub's record, and `job#attempt` of each start, and drawer orders.
  private(set) var leaves: Set<String> = []
  private(set) var starts: Set<String> = []
  private(set) var orders: Set<String> = []
  private(set) var days = 0
  private(set) var shiftsClosed = 0
  /// Thousandths of each sold line that have not come back, by stub and line.
  private var left: [String: [Int32: Int64]] = [:]
  /// Sequence of the next record to read.
  private(set) var next: UInt64 = 0
  private(set) var chain = Digest.zero
  private var open: [StoredEntry] = []

  /// Something that the journal must not say.
  struct Wrong: Error {
    var kind: Violation.Kind
    var text: String
  }

  private static func hash(_ bytes: [UInt8]) -> String { SHA256.hash(bytes).hex }

  /// Reads on to the end.
  mutating func read(_ reader: JournalReader) throws {
    if next > 0 {
      let known = try reader.entry(at: next - 1)
      if known.chain != chain { throw Wrong(kind: .lost, text: "record \(next - 1) is another one now") }
    }
    for entry in try reader.read(from: next, limit: .max) { try take(entry) }
    if !open.isEmpty { throw Wrong(kind: .stateDiffers, text: "the journal ends inside an event") }
  }

  /// No line comes back more often than it was sold.
  private mutating func giveBack(_ stub: StubSealed) throws {
    for line in stub.lines {
      guard let original = line.input.original else {
        left[stub.stub.description, default: [:]][line.id.number] = line.input.quantity.thousandths
        continue
      }
      guard let id = original.line?.number, let rest = left[original.reference.stub]?[id] else { continue }
      let now = rest + line.input.quantity.thousandths
      left[original.reference.stub]?[id] = now
      if now < 0 {
        throw Wrong(kind: .books, text: "line \(id) of \(original.reference.stub) came back \(-now) too much")
      }
    }
  }

  private mutating func take(_ entry: StoredEntry) throws {
    if entry.sequence != next { throw Wrong(kind: .lost, text: "record \(entry.sequence) follows \(next)") }
    next = entry.sequence + 1
    chain = entry.chain
    open.append(entry)
    guard !entry.continues else { return }
    defer { open.removeAll(keepingCapacity: true) }
    guard let first = open.first else { return }
    if let state = try RecordCodec.decode(state: open.map(\.entry), hash: Self.hash) {
      if state != till {
        throw Wrong(kind: .stateDiffers, text: "STATE at \(first.sequence) is not the records before it")
      }
      return
    }
    let (records, call) = try RecordCodec.decode(open.map(\.entry), hash: Self.hash)
    for record in records { try till.apply(record) }
    for case .stubSealed(let stub) in records.map(\.fact) where stub.form != .void { try giveBack(stub) }
    if let wrong = books.add(records, first: first.sequence) { throw Wrong(kind: .books, text: wrong) }
    for record in records {
      if let wrong = payments.add(record, at: first.sequence) { throw Wrong(kind: .books, text: wrong) }
    }
    if let call {
      let kept = Kept(first: first.sequence, last: entry.sequence, records: records)
      if let before = keys.updateValue(kept, forKey: call.key) {
        throw Wrong(kind: .keyTwice, text: "\(call.key) is at \(before.first) and at \(first.sequence)")
      }
    }
    if let stub = open.first(where: { $0.recordClass == .stub }) { leaves.insert(stub.leaf.hex) }
    for record in records {
      switch record.fact {
      case .stubSealed(let stub): stubs.append(stub)
      case .jobStarted(let started): starts.insert("\(started.job)#\(started.ordinal)")
      case .drawerOrdered(let order): orders.insert(order.order)
      case .dayClosed: days += 1
      case .shiftClosed: shiftsClosed += 1
      default: break
      }
    }
  }
}
