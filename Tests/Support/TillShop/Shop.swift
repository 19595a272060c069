import Money
import Till

/// A till with a clock, random numbers and the stubs it sealed: what the engine gives it, for tests.
public struct Shop {
  public var till = Till()
  /// Every record so far.
  public var records: [Record] = []
  /// The sealed stubs.
  public var stubs: [StubSealed] = []
  /// UTC milliseconds.
  public var now: Int64 = 1_767_225_600_000
  public var day = BusinessDay(year: 2026, month: 1, day: 1)!
  public var trusted = true
  public var random: Seeded
  public let box = "shop/1"

  public init(
    _ configuration: TillConfiguration = Shop.configuration(), currency: String = "CNY", seed: UInt64 = 1
  ) throws {
    random = Seeded(seed)
    try act(
      .genesis(
        Genesis(
          journal: "00ff", epoch: 0, origin: box, currency: currency, timeZone: "Asia/Shanghai", publicKey: "aa",
          software: "test", format: "0.1")))
    try act(.configure(reason: "test", configuration))
    try act(
      .openShift(OpenShift(lane: "1", operator: "1001", opening: [Count(key: .init(kind: .cash), amount: 20_000)])))
  }

  /// Two lanes (the second one training), taxes V13, V9 (included), X7 (added), and a cashier limit of 10 %.
  public static func configuration(_ change: (inout TillConfiguration) -> Void = { _ in }) -> TillConfiguration {
    var configuration = TillConfiguration(
      shopName: "存根便利店",
      lanes: [
        LaneConfiguration(name: "1", printer: "printer:a", drawer: "drawer:a"),
        LaneConfiguration(name: "2", printer: "printer:b", drawer: "drawer:b", training: true),
        LaneConfiguration(name: "3", printer: "printer:c", drawer: "drawer:c", receipt: .ask),
      ],
      taxes: [
        TaxRule(code: "V13", rate: TaxRate(basisPoints: 1300), included: true),
        TaxRule(code: "V9", rate: TaxRate(basisPoints: 900), included: true),
        TaxRule(code: "X7", rate: TaxRate(basisPoints: 770), included: false),
      ],
      limits: CashierLimits(priceOverrideMillionths: 100_000, manualAdjustment: 1000))
    change(&configuration)
    return configuration
  }

  public mutating func context(_ facts: [ClosedStubFacts] = []) -> Context {
    var context = Context(
      stamp: Stamp(at: now, offsetMinutes: 480, timeTrusted: trusted, businessDay: day))
    context.entropy = [random.next(), random.next()]
    context.facts = facts
    return context
  }

  /// Decides and applies; a failing apply after a decision is a defect and stops the test.
  @discardableResult
  public mutating func act(_ event: Event, facts: [ClosedStubFacts] = []) throws -> Decision {
    now += 7
    let context = context(facts)
    let decision = try till.decide(event, context)
    for record in decision.records {
      try till.apply(record)
      records.append(record)
      if case .stubSealed(let stub) = record.fact { stubs.append(stub) }
    }
    return decision
  }

  /// What the index would say about a stub.
  public func facts(_ stub: StubSealed) throws -> ClosedStubFacts {
    var facts = try ClosedStubFacts(
      stub: stub, reference: reference(stub), lane: "1", later: stubs.filter { $0 != stub })
    var documents: [String: DocumentKind] = [:]
    for record in records {
      switch record.fact {
      case .tenderCorrected(let corrected): facts.take(corrected)
      case .tenderTested(let tested): facts.takeRefunds([tested.tender])
      case .jobQueued(let job) where job.stub?.stub == stub.stub.description: documents[job.id] = job.document
      case .jobStarted(let started):
        if let document = documents[started.job] { facts.starts[document, default: 0] += 1 }
      default: break
      }
    }
    return facts
  }

  public func reference(_ stub: StubSealed) -> StubReference {
    StubReference(box: box, stub: stub.stub.description, epoch: 0)
  }

  /// Opens a sale with lines and answers its id.
  public mutating func open(
    _ lines: [LineInput], lane: String = "1", kind: SaleKind = .sale, adjustments: [Adjustment] = [],
    facts: [ClosedStubFacts] = []
  ) throws -> String {
    let event = OpenSale(lane: lane, kind: kind, lines: lines, adjustments: adjustments)
    let decision = try act(.openSale(event), facts: facts)
    return SaleChange(decision.records)?.sale ?? ""
  }

  /// The same, totalled.
  public mutating func totaled(
    _ lines: [LineInput], lane: String = "1", kind: SaleKind = .sale, adjustments: [Adjustment] = [],
    facts: [ClosedStubFacts] = []
  ) throws -> String {
    let sale = try open(lines, lane: lane, kind: kind, adjustments: adjustments, facts: facts)
    try act(.total(SaleCall(sale: sale)))
    return sale
  }

  /// Sells in one call and answers the stub.
  @discardableResult
  public mutating func sell(
    _ lines: [LineInput], lane: String = "1", adjustments: [Adjustment] = [], kind: SaleKind = .sale,
    tender: TenderInput = TenderInput(kind: .cash), facts: [ClosedStubFacts] = []
  ) throws -> StubSealed {
    let event = Ring(open: OpenSale(lane: lane, kind: kind, lines: lines, adjustments: adjustments), tender: tender)
    let before = stubs.count
    try act(.ring(event), facts: facts)
    guard stubs.count > before, let stub = stubs.last else { throw Refusal.refused(.tender, text: "no stub") }
    return stub
  }
}

/// A plain item.
public func item(
  _ price: Int64, _ quantity: Int64 = 1, tax: [String] = ["V13"], name: String = "农夫山泉 550ml"
) -> LineInput {
  LineInput(
    code: "6921168509256", name: name, taxCodes: tax, quantity: Quantity(thousandths: quantity * 1000),
    listPrice: Amount(price), unitPrice: Amount(price))
}

/// A line that returns `quantity` thousandths of a stub's line.
public func returning(_ reference: StubReference, _ line: Int32, _ thousandths: Int64, amount: Amount? = nil)
  -> LineInput
{
  LineInput(
    name: "退货", quantity: Quantity(thousandths: -thousandths), listPrice: 0, unitPrice: 0, amount: amount,
    original: Original(reference: reference, line: LineID(line)))
}

/// SplitMix64.
public struct Seeded: RandomNumberGenerator, Sendable {
  private var state: UInt64
  public init(_ seed: UInt64) { state = seed }
  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
  public mutating func chance(_ percent: Int) -> Bool { Int(next() % 100) < percent }
  public mutating func pick<T>(_ items: [T]) -> T { items[Int(next() % UInt64(items.count))] }
  public mutating func below(_ bound: Int64) -> Int64 { Int64(next() % UInt64(bound)) }
}
