import JSON
import Till

/// What may make a record longer than one entry: its lines and the allocations of its adjustments.
struct Bulk {
  var lines: [Line] = []
  var outcomes: [LineOutcome] = []
  /// By position of the adjustment.
  var allocations: [[AllocatedAmount]] = []

  /// One part's content: a JSON array under a key; for allocations with the position of their adjustment.
  struct Part {
    let key: String
    let array: [UInt8]
    let adjustment: Int?

    /// Writes the part's `data`.
    func write(to writer: inout JSONWriter, number: Int, sale: String?) {
      writer.beginObject()
      if let adjustment {
        writer.key("adjustment")
        writer.integer(adjustment)
      }
      writer.key(key)
      writer.raw(array)
      writer.key("part")
      writer.integer(number)
      if let sale {
        writer.key("sale")
        writer.string(sale)
      }
      writer.endObject()
    }
  }

  /// Arrays of at most `size` bytes, one item at least.
  func parts(below size: Int) -> [Part] {
    var parts: [Part] = []
    for array in Bulk.chunks(lines, size, { $0.write(to: &$1) }) {
      parts.append(Part(key: "lines", array: array, adjustment: nil))
    }
    for array in Bulk.chunks(outcomes, size, { $0.write(to: &$1) }) {
      parts.append(Part(key: "outcomes", array: array, adjustment: nil))
    }
    for (position, list) in allocations.enumerated() {
      for array in Bulk.chunks(list, size, { $0.write(to: &$1) }) {
        parts.append(Part(key: "allocations", array: array, adjustment: position))
      }
    }
    return parts
  }

  /// Items as JSON arrays of at most `size` bytes, one item at least.
  static func chunks<Item>(_ items: [Item], _ size: Int, _ write: (Item, inout JSONWriter) -> Void) -> [[UInt8]] {
    var chunks: [[UInt8]] = []
    var open: [UInt8] = []
    for item in items {
      var writer = JSONWriter(capacity: 512)
      write(item, &writer)
      if !open.isEmpty, open.count + writer.bytes.count + 2 > size {
        chunks.append([0x5B] + open + [0x5D])
        open.removeAll(keepingCapacity: true)
      }
      if !open.isEmpty { open.append(0x2C) }
      open.append(contentsOf: writer.bytes)
    }
    if !open.isEmpty { chunks.append([0x5B] + open + [0x5D]) }
    return chunks
  }

  /// Reads a part's `data` and adds its content; `number` is the place it must have.
  mutating func read(_ data: [UInt8], number: Int) throws(RecordsError) {
    var adjustment: Int64?
    var content = self
    var found: [AllocatedAmount] = []
    try JSONReader.read(data) { (reader) throws(RecordsError) in
      try reader.object { (reader, key) throws(RecordsError) in
        switch key {
        case "adjustment": adjustment = try reader.int64()
        case "lines": content.lines += try reader.items { (reader) throws(RecordsError) in try Line(reading: &reader) }
        case "outcomes":
          content.outcomes += try reader.items { (reader) throws(RecordsError) in try LineOutcome(reading: &reader) }
        case "allocations":
          found = try reader.items { (reader) throws(RecordsError) in try AllocatedAmount(reading: &reader) }
        case "part":
          guard try reader.int64() == Int64(number) else { throw .parts("out of order") }
        default: return false
        }
        return true
      }
    }
    if let adjustment {
      guard (0..<Int64(Limits.adjustments)).contains(adjustment) else { throw .parts("adjustment \(adjustment)") }
      while content.allocations.count <= Int(adjustment) { content.allocations.append([]) }
      content.allocations[Int(adjustment)] += found
    }
    self = content
  }

  /// Takes the allocations out of adjustments.
  mutating func take(_ adjustments: inout [Adjustment]) {
    allocations = adjustments.map(\.allocations)
    for index in adjustments.indices { adjustments[index].allocations = [] }
  }

  /// Puts them back.
  func put(into adjustments: inout [Adjustment]) throws(RecordsError) {
    guard allocations.count <= adjustments.count else { throw .parts("allocations of no adjustment") }
    for (index, list) in allocations.enumerated() { adjustments[index].allocations = list }
  }
}

extension Fact {
  /// True when the record may be longer than one entry.
  var isDivisible: Bool {
    switch self {
    case .stubSealed, .linesAdded, .saleTotaled, .adjustmentsSet: true
    default: false
    }
  }

  /// Takes lines and allocations out of the record.
  mutating func takeBulk() -> Bulk {
    var bulk = Bulk()
    switch self {
    case .stubSealed(var it):
      swap(&bulk.lines, &it.lines)
      bulk.take(&it.adjustments)
      self = .stubSealed(it)
    case .linesAdded(var it):
      swap(&bulk.lines, &it.lines)
      self = .linesAdded(it)
    case .saleTotaled(var it):
      swap(&bulk.outcomes, &it.lines)
      if var adjustments = it.adjustments {
        bulk.take(&adjustments)
        it.adjustments = adjustments
      }
      self = .saleTotaled(it)
    case .adjustmentsSet(var it):
      swap(&bulk.outcomes, &it.lines)
      self = .adjustmentsSet(it)
    default: break
    }
    return bulk
  }

  /// Puts them back.
  mutating func put(_ bulk: Bulk) throws(RecordsError) {
    switch self {
    case .stubSealed(var it):
      it.lines = bulk.lines
      try bulk.put(into: &it.adjustments)
      self = .stubSealed(it)
    case .linesAdded(var it):
      it.lines = bulk.lines
      self = .linesAdded(it)
    case .saleTotaled(var it):
      it.lines = bulk.outcomes
      if var adjustments = it.adjustments {
        try bulk.put(into: &adjustments)
        it.adjustments = adjustments
      }
      self = .saleTotaled(it)
    case .adjustmentsSet(var it):
      it.lines = bulk.outcomes
      self = .adjustmentsSet(it)
    default: throw .parts("\(kind.rawValue) has none")
    }
  }
}

extension Record {
  /// Puts the content of the parts back.
  mutating func attach(_ parts: ArraySlice<[UInt8]>, _ head: EntryHead, _ hash: HashText) throws(RecordsError) {
    var bulk = Bulk()
    var all: [UInt8] = []
    for (number, bytes) in parts.enumerated() {
      let part = try EntryHead(bytes)
      guard part.kind == head.kind + "Part" else { throw .parts("\(head.kind) is followed by \(part.kind)") }
      all.append(contentsOf: part.data)
      try bulk.read(part.data, number: number)
    }
    guard hash(all) == head.partsHash else { throw .parts("\(head.kind): partsHash differs") }
    try fact.put(bulk)
  }
}
