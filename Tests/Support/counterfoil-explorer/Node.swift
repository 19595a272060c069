import Money
import Till
import TillShop

/// A state on the way: the till, its clock, and books of our own that know nothing of the till's sums.
struct Node {
  var till: Till
  var now: Int64
  /// Random numbers drawn so far.
  var draws: UInt64 = 0
  var books = Books()
  /// The stub sold before the exploration began, and what came back of it.
  var sold: StubSealed?
  var later: [StubSealed] = []
  /// How its tender is booked since it was corrected.
  var corrected: TenderCorrected?

  static let box = "shop/1"

  func context(_ facts: [ClosedStubFacts]) -> Context {
    let day = BusinessDay(year: 2026, month: 1, day: 1)
    var random = Seeded(draws)
    return Context(
      stamp: Stamp(at: now, offsetMinutes: 480, timeTrusted: true, businessDay: day ?? till.businessDay!),
      entropy: [random.next(), random.next()], facts: facts)
  }

  /// What the index would say of the stub.
  func facts() -> [ClosedStubFacts] {
    guard let sold, var facts = try? ClosedStubFacts(stub: sold, reference: reference, lane: "1", later: later) else {
      return []
    }
    if let corrected { facts.take(corrected) }
    return [facts]
  }

  /// What finished returns gave back of the sold stub's wallet payment, from their stubs alone.
  var givenBack: Amount {
    var sum = Amount.zero
    for stub in later {
      for tender in stub.tenders where tender.state == .approved && tender.kind == .provider && tender.approved < .zero
      {
        sum.minorUnits -= tender.approved.minorUnits
      }
    }
    return sum
  }

  var reference: StubReference {
    StubReference(box: Node.box, stub: sold?.stub.description ?? "1", epoch: 0)
  }
}

/// Sums made from records alone, each in another way than the till makes it.
struct Books {
  /// Cash that ought to be in the drawer, by open shift.
  var drawers: [String: Int64] = [:]
  /// Cash put in and taken out otherwise than by sales.
  var moved: Int64 = 0
  /// Cash of sealed stubs.
  var sealed: Int64 = 0
  /// What the till expected of shifts that are closed.
  var closed: Int64 = 0
  /// Since the last Z.
  var stubs: Int64 = 0
  var total: Int64 = 0
  var voids: Int64 = 0
  /// Orders that their provider took money for and has not given back; those of sealed stubs.
  var charged: Set<String> = []
  var sealedOrders: Set<String> = []
  /// Orders whose money a person gave back, behind the provider's word that it took it.
  var handedBack: Set<String> = []
  /// What the provider said went back, by the refund's order.
  var wentBack: [String: Int64] = [:]
}

extension Till {
  /// The number of a provider's tender, also of one that outlived its sale.
  func number(_ sale: String, _ tender: TenderID) -> String? {
    sales[sale]?.tender(tender)?.number
      ?? pursuits.values.first { $0.sale == sale && $0.tender.id == tender }?.tender.number
  }

  /// The revision that an approval for the sale must name.
  func revision(_ sale: String) -> Int64? {
    sales[sale]?.revision ?? pursuits.values.first { $0.sale == sale }?.revision
  }
}

extension Tender {
  /// Cash that came into the drawer with it.
  var drawerCash: Int64 {
    switch kind {
    case .cash: approved.minorUnits - change.minorUnits
    // What is carried over came in when it was paid.
    case .carried: 0
    case .external, .provider, .storedValue: -cashback.minorUnits
    }
  }
}
