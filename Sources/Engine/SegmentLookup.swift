import Index
import Records
import Synchronization
import Till

/// Lookups of the current segment: what the index file holds for sealed ones.
///
/// The register's thread adds durable events; lookup threads read. Once the index has taken the sealed segment in,
/// what lies before the new one is dropped.
final class SegmentLookup: Sendable {
  struct Tables {
    /// Sequence of the stub's record, or of the voiding, by sale id.
    var sales: [String: UInt64] = [:]
    var stubs: [String: UInt64] = [:]
    var external: [String: UInt64] = [:]
    var orders: [String: UInt64] = [:]
    /// Events that name a closed stub, in order.
    var later: [String: [UInt64]] = [:]
    /// Closed sales in order of their stubs.
    var closed: [UInt64] = []
    var days: [Int64: UInt64] = [:]
    /// Closed shifts and movements of cash, by the name of their slips.
    var reports: [String: UInt64] = [:]
    /// Keys of earlier epochs, by fingerprint.
    var carried: [UInt64: CarriedKey] = [:]
  }

  private let tables = Mutex(Tables())

  func add(_ records: [Record], first: UInt64, stubIndex: Int?) {
    tables.withLock { tables in
      for name in Self.reports(records) { tables.reports[name] = first }
      for record in records {
        switch record.fact {
        case .stubSealed(let stub):
          let sequence = first + UInt64(stubIndex ?? 0)
          tables.sales[stub.sale] = sequence
          tables.stubs[stub.stub.description] = sequence
          if let external = stub.externalReference { tables.external[external] = sequence }
          for tender in stub.tenders { if let number = tender.number { tables.orders[number] = sequence } }
          tables.closed.append(sequence)
          for original in stub.originals { tables.later[original.stub, default: []].append(sequence) }
          if let corrects = stub.corrects { tables.later[corrects.stub, default: []].append(sequence) }
        case .saleVoided(let voided):
          if voided.stub == nil {
            tables.sales[voided.sale] = first
            tables.closed.append(first)
          }
        case .tenderCorrected(let corrected): tables.later[corrected.stub.stub, default: []].append(first)
        case .tenderReversed(let it), .tenderDeclined(let it), .tenderTested(let it):
          tables.later[Self.name(ofSale: it.sale), default: []].append(first)
          if let stub = it.refundedStub { tables.later[stub.stub, default: []].append(first) }
        case .deliveryOrdered(let delivery):
          if let stub = delivery.stub { tables.later[stub.stub, default: []].append(first) }
        case .dayClosed(let day): tables.days[day.number] = first
        default: break
        }
      }
    }
  }

  /// The same as the index keeps it once the segment is sealed.
  static func rows(_ records: [Record], first: UInt64, stubIndex: Int?) -> [IndexRow] {
    var rows = reports(records).map { IndexRow(.report, $0, first) }
    for record in records {
      switch record.fact {
      case .stubSealed(let stub):
        let sequence = first + UInt64(stubIndex ?? 0)
        rows.append(IndexRow(.sale, stub.sale, sequence))
        rows.append(IndexRow(.stub, stub.stub.description, sequence))
        rows.append(IndexRow(.closed, "", sequence))
        if let external = stub.externalReference { rows.append(IndexRow(.external, external, sequence)) }
        for tender in stub.tenders { if let number = tender.number { rows.append(IndexRow(.order, number, sequence)) } }
        for original in stub.originals { rows.append(IndexRow(.later, original.stub, sequence)) }
        if let corrects = stub.corrects { rows.append(IndexRow(.later, corrects.stub, sequence)) }
      case .saleVoided(let voided) where voided.stub == nil:
        rows.append(IndexRow(.sale, voided.sale, first))
        rows.append(IndexRow(.closed, "", first))
      case .tenderCorrected(let corrected): rows.append(IndexRow(.later, corrected.stub.stub, first))
      case .tenderReversed(let it), .tenderDeclined(let it), .tenderTested(let it):
        rows.append(IndexRow(.later, name(ofSale: it.sale), first))
        if let stub = it.refundedStub { rows.append(IndexRow(.later, stub.stub, first)) }
      case .deliveryOrdered(let delivery):
        if let stub = delivery.stub { rows.append(IndexRow(.later, stub.stub, first)) }
      case .dayClosed(let day): rows.append(IndexRow(.day, String(day.number), first))
      default: break
      }
    }
    return rows
  }

  /// Under this name stands what became of the tenders of a sale, which may be known only behind its stub. No stub's number
  /// has a space.
  static func name(ofSale sale: String) -> String { "sale " + sale }

  /// Names by which the slips of this event are found: of a closed shift always, of a movement when it was printed with it.
  private static func reports(_ records: [Record]) -> [String] {
    records.compactMap { record in
      switch record.fact {
      case .shiftClosed(let closed): ReportName.closedShift(closed.shift).text
      case .jobQueued(let job):
        // A second slip names the movement's sequence and not its job.
        if case .movement(let place)? = job.report.flatMap({ ReportName($0) }), UInt64(place) == nil {
          job.report
        } else {
          nil
        }
      default: nil
      }
    }
  }

  /// A started job names its stub only through the job.
  func add(start sequence: UInt64, stub: String) {
    tables.withLock { $0.later[stub, default: []].append(sequence) }
  }

  func add(carried keys: [CarriedKey]) {
    tables.withLock { tables in for key in keys { tables.carried[key.fingerprint] = key } }
  }

  func carried(_ fingerprint: UInt64) -> CarriedKey? { tables.withLock { $0.carried[fingerprint] } }
  var carriedFingerprints: [UInt64] { tables.withLock { Array($0.carried.keys) } }
  func sale(_ id: String) -> UInt64? { tables.withLock { $0.sales[id] } }
  func stub(_ number: String) -> UInt64? { tables.withLock { $0.stubs[number] } }
  func external(_ reference: String) -> UInt64? { tables.withLock { $0.external[reference] } }
  func order(_ number: String) -> UInt64? { tables.withLock { $0.orders[number] } }
  func later(_ stub: String) -> [UInt64] { tables.withLock { $0.later[stub] ?? [] } }
  func report(_ name: String) -> UInt64? { tables.withLock { $0.reports[name] } }
  func day(_ number: Int64) -> UInt64? { tables.withLock { $0.days[number] } }
  /// Closed sales before `sequence`, newest first.
  func closed(before sequence: UInt64, limit: Int) -> [UInt64] {
    tables.withLock { tables in Array(tables.closed.reversed().lazy.filter { $0 < sequence }.prefix(limit)) }
  }

  /// Forgets what lies before `sequence`: the index has it.
  func drop(before sequence: UInt64) {
    tables.withLock { tables in
      tables.sales = tables.sales.filter { $0.value >= sequence }
      tables.stubs = tables.stubs.filter { $0.value >= sequence }
      tables.external = tables.external.filter { $0.value >= sequence }
      tables.orders = tables.orders.filter { $0.value >= sequence }
      tables.later = tables.later.mapValues { $0.filter { $0 >= sequence } }.filter { !$0.value.isEmpty }
      tables.closed.removeAll { $0 < sequence }
      tables.days = tables.days.filter { $0.value >= sequence }
      tables.reports = tables.reports.filter { $0.value >= sequence }
    }
  }
}
