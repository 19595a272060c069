import Document
import Engine
import Journal
import Money
import SimulatedDisk
import Till
import TillShop

/// What a client remembers of one call.
struct Request {
  enum State {
    /// Sent; no answer yet, or the connection broke: ask again with the same key.
    case open
    case answered(Answer)
    case refused
  }

  var key: String
  var method: String
  var event: Event
  var stubs: [StubReference]
  var note: Document?
  /// What a customer shows; it is said again with every repeat.
  var code: [UInt8]?
  var entropy: [UInt64]
  var state = State.open
  /// The answer promises a record; false for basket edits, which are answered from memory.
  var isDurable = false
  /// The newest attempt, while its process lives.
  var token: UInt64?
}

/// Clients at two tills and one in training: mostly sensible calls, some not; every one is asked again with its key until
/// it is answered.
struct Shopper {
  static let firstDay = BusinessDay("2026-01-01").unsafelyUnwrapped
  static let lanes = ["1", "2", "3"]
  private static let openSales = 10
  /// Of so many a client may want another copy.
  private static let recentStubs = 6
  /// With fewer than these a client begins another.
  private static let fewSales = 4

  private(set) var shop: Shop
  private let events = RandomEvents()
  private var number = 0

  init(seed: UInt64) throws { shop = try Shop(Self.configuration, seed: seed) }

  static var configuration: TillConfiguration {
    Shop.configuration { configuration in
      configuration.lanes = [
        LaneConfiguration(name: "1", printer: "printer:a", drawer: "drawer:a", merchantCopy: true),
        LaneConfiguration(name: "2", printer: "printer:b", drawer: "drawer:b"),
        LaneConfiguration(name: "3", printer: "printer:b", drawer: "drawer:b", training: true),
      ]
    }
  }

  /// The next call that a client thinks of, looking at `till`.
  mutating func next(_ till: Till, stubs: [StubSealed], _ random: inout SplitMix64) -> Request? {
    shop.till = till
    shop.stubs = Array(stubs.suffix(30))
    number += 1
    let key = "key-\(String(random.next(), radix: 16))-\(number)-000000"
    var (event, references) = event(&random)
    let shown = Self.showing(event, &random)
    if let shown { event = shown.0 }
    guard let method = Self.method(event) else { return nil }
    var request = Request(
      key: String(key.prefix(64)), method: method, event: event, stubs: references,
      entropy: [random.next(), random.next()])
    request.code = shown?.code
    if case .printNote = event { request.note = Document(title: "note") }
    return request
  }

  private mutating func event(_ random: inout SplitMix64) -> (Event, [StubReference]) {
    if let lane = Self.lanes.first(where: { shop.till.shift(lane: $0) == nil }), random.chance(50) {
      let opening = [Count(key: TenderKey(kind: .cash), amount: Amount(Int64(random.below(50_000))))]
      return (.openShift(OpenShift(lane: lane, operator: "1001", opening: opening)), [])
    }
    if random.chance(40), let event = payment(&random) { return (event, Self.originals(event)) }
    if let event = basket(&random) { return (event, []) }
    if random.chance(40) || shop.till.sales.count > Self.openSales, let event = finishing(&random) {
      return (event, [])
    }
    if random.chance(35) { return (ring(&random), []) }
    if random.chance(9), let stub = shop.stubs.suffix(Self.recentStubs).randomElement(using: &random) {
      return (.deliver(Deliver(stub: shop.reference(stub), document: .receipt)), [shop.reference(stub)])
    }
    if random.chance(7), let stub = shop.stubs.suffix(Self.recentStubs).randomElement(using: &random),
      let line = stub.lines.first(where: { $0.input.original == nil })
    {
      // Everything of a line goes back.
      let back = returning(shop.reference(stub), line.id.number, line.input.quantity.thousandths)
      let open = OpenSale(lane: Self.lanes[stub.mode == .training ? 2 : random.below(2)], kind: .return, lines: [back])
      let event = random.chance(70) ? Event.ring(Ring(open: open, tender: TenderInput(kind: .cash))) : .openSale(open)
      return (event, [shop.reference(stub)])
    }
    if random.chance(4) { return (.closeDay(last: 0, head: "00"), []) }
    if random.chance(6), let job = shop.till.jobs.keys.sorted().first {
      let decision = JobDecision.allCases[random.below(JobDecision.allCases.count)]
      return (.decideJob(job: job, decision: decision), [])
    }
    shop.random = Seeded(random.next())
    guard let (event, facts) = try? events.next(&shop) else { return (ring(&random), []) }
    return (event, facts.map(\.reference))
  }

  private mutating func ring(_ random: inout SplitMix64) -> Event {
    let lines = (0...random.below(3)).map { _ in line(&random) }
    let kind: TenderKind = random.chance(75) ? .cash : .external
    return .ring(
      Ring(
        open: OpenSale(lane: Self.lanes[random.below(random.chance(85) ? 2 : 3)], lines: lines),
        tender: TenderInput(kind: kind)))
  }

  /// Something about what lies in an open basket, or a new one; nil for neither.
  private func basket(_ random: inout SplitMix64) -> Event? {
    let open = shop.till.sales.values.filter { $0.state == .open && !$0.parked }.sorted { $0.id < $1.id }
    guard !open.isEmpty else {
      guard shop.till.sales.count < Self.fewSales, random.chance(25) else { return nil }
      return .openSale(OpenSale(lane: Self.lanes[random.below(3)], lines: [line(&random)]))
    }
    guard random.chance(35) else { return nil }
    let sale = open[random.below(open.count)]
    // Half of them say which state of the sale they mean.
    let revision = random.chance(50) ? sale.revision : nil
    guard let last = sale.lines.last, random.chance(45) else {
      return .addLines(AddLines(sale: sale.id, revision: revision, lines: [line(&random)]))
    }
    if random.chance(50) { return .removeLine(RemoveLine(sale: sale.id, revision: revision, line: last.id)) }
    return .changeLine(
      ChangeLine(sale: sale.id, revision: revision, line: last.id, replacement: line(&random), reason: "other"))
  }

  private func line(_ random: inout SplitMix64) -> LineInput {
    item(Int64(1 + random.below(5000)), Int64(1 + random.below(3)), tax: random.chance(50) ? ["V13"] : [])
  }

  /// A step that brings an open sale to its end.
  private func finishing(_ random: inout SplitMix64) -> Event? {
    let sales = shop.till.sales.values.sorted { $0.id < $1.id }
    guard !sales.isEmpty else { return nil }
    let sale = sales[random.below(sales.count)]
    if sale.parked { return .unpark(SaleCall(sale: sale.id), lane: sale.lane) }
    switch sale.state {
    case .open where sale.lines.isEmpty: return .voidSale(VoidSale(sale: sale.id, reason: "empty"))
    case .open: return .total(SaleCall(sale: sale.id))
    case .tendering:
      if let event = paying(sale, shop.till, &random) { return event }
      if let live = sale.tenders.first(where: { $0.state.isLive }) {
        return .reportTender(ReportTender(sale: sale.id, tender: live.id, report: TenderReport(outcome: .yes)))
      }
      return .addTender(AddTender(sale: sale.id, tender: TenderInput(kind: .cash)))
    default: return nil
    }
  }

  /// The method of a client's call; nil for what no client says.
  static func method(_ event: Event) -> String? {
    switch event {
    case .genesis, .boot, .stop, .configure, .jobStarting, .jobEnded, .drawerEnded, .tenderAnswered, .tenderAddressed,
      .giveUpTender:
      nil
    case .openSale: "io.counterfoil.Sale.Open"
    case .ring: "io.counterfoil.Sale.Ring"
    case .addLines: "io.counterfoil.Sale.AddLines"
    case .changeLine: "io.counterfoil.Sale.ChangeLine"
    case .removeLine: "io.counterfoil.Sale.RemoveLine"
    case .setAdjustments: "io.counterfoil.Sale.SetAdjustments"
    case .setParty: "io.counterfoil.Sale.SetParty"
    case .park: "io.counterfoil.Sale.Park"
    case .unpark: "io.counterfoil.Sale.Unpark"
    case .total: "io.counterfoil.Sale.Total"
    case .reopen: "io.counterfoil.Sale.Reopen"
    case .voidSale: "io.counterfoil.Sale.Void"
    case .addTender: "io.counterfoil.Sale.AddTender"
    case .reportTender: "io.counterfoil.Sale.ReportTender"
    case .removeTender: "io.counterfoil.Sale.RemoveTender"
    case .correctTender: "io.counterfoil.Sale.CorrectTender"
    case .decideTender: "io.counterfoil.Sale.DecideTender"
    case .resolveSale: "io.counterfoil.Sale.Resolve"
    case .approve: "io.counterfoil.System.Approve"
    case .openShift: "io.counterfoil.Shift.Open"
    case .moveCash: "io.counterfoil.Shift.MoveCash"
    case .closeShift: "io.counterfoil.Shift.Close"
    case .closeDay: "io.counterfoil.Shift.CloseDay"
    case .deliver: "io.counterfoil.Print.Deliver"
    case .printNote: "io.counterfoil.Print.Note"
    case .printReport: "io.counterfoil.Print.Report"
    case .decideJob: "io.counterfoil.Print.Decide"
    case .openDrawer: "io.counterfoil.Drawer.Open"
    }
  }
}
