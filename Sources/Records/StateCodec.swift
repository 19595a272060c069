import JSON
import Till

/// The whole till as one event: `state` and its `statePart` records.
///
/// The head holds what is small; a part holds one group of items: `{"group":"sales","items":[…],"part":0}`. A sale
/// longer than a part leaves its lines and allocations for parts whose `sale` names it.
extension RecordCodec {
  static let stateClass: UInt8 = 17

  public static func encode(state till: Till, hash: HashText) throws(RecordsError) -> [EncodedEntry] {
    var parts: [EncodedEntry] = []
    var all: [UInt8] = []
    func add(_ write: (inout JSONWriter, Int) -> Void) throws(RecordsError) {
      var writer = JSONWriter(capacity: partSize + 512)
      let number = parts.count
      let data = entry(&writer, kind: "statePart", call: nil) { write(&$0, number) }
      guard data.count <= maximumData else { throw .tooLarge(kind: "statePart", bytes: data.count) }
      all.append(contentsOf: writer.bytes[data])
      parts.append(EncodedEntry(recordClass: stateClass, kind: "statePart", body: writer.bytes, data: data))
    }
    func add(_ group: String, _ items: [UInt8]) throws(RecordsError) {
      try add { (writer, number) in
        writer.beginObject()
        writer.key("group")
        writer.string(group)
        writer.key("items")
        writer.raw(items)
        writer.key("part")
        writer.integer(number)
        writer.endObject()
      }
    }
    func addAll<Item>(
      _ group: String, _ items: [String: Item], _ write: (Item, inout JSONWriter) -> Void
    ) throws(RecordsError) {
      let sorted = items.sorted { utf8Precedes($0.key, $1.key) }.map(\.value)
      for chunk in Bulk.chunks(sorted, partSize, write) { try add(group, chunk) }
    }
    for id in till.sales.keys.sorted(by: utf8Precedes) {
      guard var sale = till.sales[id] else { continue }
      var writer = JSONWriter(capacity: 1024)
      sale.write(to: &writer)
      guard writer.bytes.count + 2 > partSize else {
        try add("sales", [0x5B] + writer.bytes + [0x5D])
        continue
      }
      var bulk = Bulk(lines: sale.lines)
      sale.lines = []
      bulk.take(&sale.adjustments)
      writer = JSONWriter(capacity: 1024)
      sale.write(to: &writer)
      try add("sales", [0x5B] + writer.bytes + [0x5D])
      for part in bulk.parts(below: partSize) {
        try add { (writer, number) in part.write(to: &writer, number: number, sale: id) }
      }
    }
    try addAll("shifts", till.shifts) { $0.write(to: &$1) }
    try addAll("jobs", till.jobs) { $0.write(to: &$1) }
    try addAll("approvals", till.approvals) { $0.write(to: &$1) }
    try addAll("drawerOrders", till.drawerOrders) { $0.write(to: &$1) }
    try addAll("pursuits", till.pursuits.merging(till.watched) { first, _ in first }) { $0.write(to: &$1) }
    let head = try stateHead(till, parts: parts.count, hash: hash(all))
    return [head] + parts
  }

  private static func stateHead(_ till: Till, parts: Int, hash: String) throws(RecordsError) -> EncodedEntry {
    var writer = JSONWriter(capacity: 4096)
    let data = entry(&writer, kind: "state", call: nil) {
      $0.beginObject()
      if let binding = till.binding {
        $0.key("binding")
        binding.write(to: &$0)
      }
      if let day = till.businessDay {
        $0.key("businessDay")
        $0.string(day.description)
      }
      $0.key("configuration")
      till.configuration.write(to: &$0)
      $0.key("counters")
      till.counters.write(to: &$0)
      $0.key("day")
      till.day.write(to: &$0)
      $0.key("grand")
      till.grand.write(to: &$0)
      if let identity = till.identity {
        $0.key("identity")
        identity.write(to: &$0)
      }
      $0.key("parts")
      $0.integer(parts)
      $0.key("partsHash")
      $0.string(hash)
      $0.endObject()
    }
    guard data.count <= maximumData else { throw .tooLarge(kind: "state", bytes: data.count) }
    return EncodedEntry(recordClass: stateClass, kind: "state", body: writer.bytes, data: data)
  }

  /// The till of a `state` event; nil when the event is another.
  public static func decode(state entries: [[UInt8]], hash: HashText) throws(RecordsError) -> Till? {
    guard let first = entries.first else { return nil }
    let head = try EntryHead(first)
    guard head.kind == "state" else { return nil }
    guard entries.count == head.parts + 1 else { throw .parts("state: \(head.parts) are announced") }
    var state = TillState()
    try JSONReader.read(head.data) { (reader) throws(RecordsError) in
      try reader.object { (reader, key) throws(RecordsError) in
        switch key {
        case "binding": state.binding = try MachineBinding(reading: &reader)
        case "businessDay": state.businessDay = try reader.parsed(BusinessDay.init(_:))
        case "configuration": state.configuration = try TillConfiguration(reading: &reader)
        case "counters": state.counters = try Counters(reading: &reader)
        case "day": state.day = try SalesTotals(reading: &reader)
        case "grand": state.grand = try GrandTotals(reading: &reader)
        case "identity": state.identity = try Genesis(reading: &reader)
        default: return false
        }
        return true
      }
    }
    var all: [UInt8] = []
    for (number, bytes) in entries.dropFirst().enumerated() {
      let part = try EntryHead(bytes)
      guard part.kind == "statePart" else { throw .parts("state is followed by \(part.kind)") }
      all.append(contentsOf: part.data)
      try state.take(part.data, number)
    }
    guard hash(all) == head.partsHash else { throw .parts("state: partsHash differs") }
    return Till(restoring: state)
  }
}

extension TillState {
  mutating func take(_ data: [UInt8], _ number: Int) throws(RecordsError) {
    var group = ""
    var items = 0..<0
    var owner: String?
    try JSONReader.read(data) { (reader) throws(RecordsError) in
      try reader.object { (reader, key) throws(RecordsError) in
        switch key {
        case "group": group = try reader.text()
        case "items": items = try reader.slice()
        case "sale": owner = try reader.text()
        case "part":
          guard try reader.int64() == Int64(number) else { throw .parts("state: out of order") }
        default: return false
        }
        return true
      }
    }
    if let owner {
      guard var sale = sales[owner] else { throw .parts("lines of no sale") }
      var bulk = Bulk()
      bulk.lines = sale.lines
      bulk.allocations = sale.adjustments.map(\.allocations)
      try bulk.read(data, number: number)
      sale.lines = bulk.lines
      try bulk.put(into: &sale.adjustments)
      sales[owner] = sale
      return
    }
    let bytes = Array(data[items])
    switch group {
    case "sales":
      for sale in try Self.all(bytes, { (r) throws(RecordsError) in try Sale(reading: &r) }) { sales[sale.id] = sale }
    case "shifts":
      for shift in try Self.all(bytes, { (r) throws(RecordsError) in try Shift(reading: &r) }) {
        shifts[shift.id] = shift
      }
    case "jobs":
      for job in try Self.all(bytes, { (r) throws(RecordsError) in try PrintJob(reading: &r) }) { jobs[job.id] = job }
    case "approvals":
      for approval in try Self.all(bytes, { (r) throws(RecordsError) in try Approval(reading: &r) }) {
        approvals[approval.id] = approval
      }
    case "drawerOrders":
      for order in try Self.all(bytes, { (r) throws(RecordsError) in try DrawerOrder(reading: &r) }) {
        drawerOrders[order.id] = order
      }
    case "pursuits":
      for pursuit in try Self.all(bytes, { (r) throws(RecordsError) in try Pursuit(reading: &r) }) {
        if let number = pursuit.tender.number { pursuits[number] = pursuit }
      }
    default: throw .unknownValue("state group \(group)")
    }
  }

  private static func all<Item>(
    _ bytes: [UInt8], _ read: (inout JSONReader) throws(RecordsError) -> Item
  ) throws(RecordsError) -> [Item] {
    try JSONReader.read(bytes) { (reader) throws(RecordsError) in
      try reader.items { (reader) throws(RecordsError) in try read(&reader) }
    }
  }
}
