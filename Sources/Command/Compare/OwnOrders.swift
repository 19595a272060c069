import JSON
import Money
import Records
import Till

/// What the journal says of one order, or of one refund, at a provider.
struct OwnOrder {
  /// As its newest record has it.
  private(set) var tender: Tender
  let sale: String
  var stub: String?
  /// From when the money can have moved to when the journal knew that it had, UTC milliseconds; nil: it did not move.
  private(set) var moved: ClosedRange<Int64>?
  /// The same of its way back; of a payment.
  private(set) var back: ClosedRange<Int64>?
  /// Minor units that moved, or were asked for; positive.
  private(set) var amount: Int64
  /// ISO 4217 of that; nil: the journal's.
  private(set) var currency: String?
  /// When its newest state was recorded.
  private(set) var since: Int64
  private var backFrom: Int64?

  init(_ changed: TenderChanged, at: Int64) {
    tender = changed.tender
    sale = changed.sale
    amount = changed.tender.asked.magnitude.minorUnits
    since = at
    take(changed.tender, at: at)
  }

  /// From the order on.
  var startedAt: Int64 { tender.course?.startedAt ?? since }

  /// True for money that its provider took, as far as the till heard.
  private static func isTaken(_ tender: Tender) -> Bool {
    tender.state == .approved || !tender.isRefund && tender.course?.taken == true
  }

  mutating func take(_ tender: Tender, at: Int64) {
    if tender.state != self.tender.state { since = at }
    self.tender = tender
    let isTaken = Self.isTaken(tender)
    let begin = min(startedAt, at)
    if tender.state == .approved {
      (amount, currency) = (tender.approved.magnitude.minorUnits, nil)
    } else if let took = tender.course?.took {
      (amount, currency) = (took.magnitude.minorUnits, tender.course?.tookCurrency)
    } else if !isTaken {
      amount = tender.asked.magnitude.minorUnits
    }
    if isTaken { moved = moved ?? begin...at } else { moved = nil }
    switch tender.state {
    case .reversing: backFrom = backFrom ?? at
    case .reversed where isTaken, .declined where isTaken: back = back ?? min(backFrom ?? begin, at)...at
    default: (back, backFrom) = (nil, nil)
    }
  }
}

/// The orders of a journal, by number.
struct OwnBooks {
  /// More of them are not compared at once.
  static let most = 200_000
  /// What is read: each state of a tender, and the stub that it ended on.
  static let kinds = KindTable.names.filter { $0.hasPrefix("tender") && $0 != "tenderCorrected" } + ["stubSealed"]

  private(set) var orders: [String: OwnOrder] = [:]
  /// Ids of the journals of this box, upper case: what its order numbers begin with.
  let journals: [String]
  /// ISO 4217.
  let currency: String
  private var sales: [String: [String]] = [:]

  init(journals: [String], currency: String) {
    self.journals = journals.map { $0.uppercased() }
    self.currency = currency
  }

  /// Whether a journal of this box made the number.
  func made(_ number: String) -> Bool {
    guard let number = OrderNumber(number) else { return false }
    return journals.contains { $0.hasPrefix(number.journal) }
  }

  /// Takes an entry in, of an order that is known or wanted.
  mutating func take(_ entry: JournalPages.Entry, _ isWanted: (Tender) -> Bool) throws {
    if entry.kind == "stubSealed" { return takeStub(entry) }
    let record: Record?
    do { record = try RecordCodec.decode([entry.bytes], hash: { _ in "" }).records.first } catch {
      throw Failure(
        "journalFile", text("record \(entry.sequence) cannot be read: \(error)", "无法读取记录 \(entry.sequence)：\(error)"),
        exit: .inputOutput)
    }
    guard let record, let changed = record.fact.tender, changed.tender.kind == .provider,
      let number = changed.tender.number
    else { return }
    if orders[number] != nil {
      orders[number]?.take(changed.tender, at: record.stamp.at)
    } else if isWanted(changed.tender) {
      guard orders.count < Self.most else {
        throw Failure.usage(
          text("more than \(Self.most) orders: compare a shorter time", "订单超过 \(Self.most) 笔：请缩短时段"))
      }
      orders[number] = OwnOrder(changed, at: record.stamp.at)
      sales[changed.sale, default: []].append(number)
    }
  }

  private mutating func takeStub(_ entry: JournalPages.Entry) {
    guard let data = (try? JSON(parsing: entry.bytes))?["data"], let sale = data["sale"]?.string,
      let stub = data["stub"]?.string
    else { return }
    for number in sales[sale] ?? [] { orders[number]?.stub = stub }
  }
}
