import Money
import Testing
import Till
import TillShop

/// A code that the till shows: its order is closed when nobody pays, and money that comes all the same is never lost.
@Suite struct ShownCodeTests {
  private func show(_ sale: String, _ amount: Amount? = nil) -> Event {
    let input = TenderInput(kind: .provider, amount: amount, provider: "wallet", policy: .standard, show: true)
    return .addTender(AddTender(sale: sale, tender: input))
  }

  private func giveUp(_ shop: Shop, _ sale: String) throws -> Event {
    .giveUpTender(GiveUpTender(sale: sale, tender: TenderID(1), number: try number(shop, sale)))
  }

  private func remove(_ sale: String) -> Event {
    .removeTender(RemoveTender(sale: sale, tender: TenderID(1), reason: "customer changed"))
  }

  private func expectRefused(_ shop: Shop, _ event: Event, _ text: String) {
    var shop = shop
    do {
      try shop.act(event)
      Issue.record("not refused: \(text)")
    } catch let Refusal.refused(_, said) {
      #expect(said.contains(text))
    } catch {
      Issue.record(error)
    }
  }

  private func tender(_ shop: Shop, _ sale: String) -> Tender? { shop.till.sales[sale]?.tender(TenderID(1)) }

  /// A totalled sale of 12.50 whose code is on show.
  private func shown(_ amount: Amount? = nil) throws -> (Shop, String) {
    var shop = try Shop()
    let sale = try shop.totaled([item(1250)])
    let decision = try shop.act(show(sale, amount))
    #expect(kinds(decision) == [.tenderIntended])
    #expect(decision.effects == [.authorise(sale: sale, tender: TenderID(1))])
    try shop.act(try said(shop, sale, .pending))
    #expect(tender(shop, sale)?.showsCode == true)
    return (shop, sale)
  }

  /// The same, being closed: its time is over, or a person took it back.
  private func closing(byPerson: Bool, _ amount: Amount? = nil) throws -> (Shop, String) {
    var (shop, sale) = try shown(amount)
    try shop.act(byPerson ? remove(sale) : try giveUp(shop, sale))
    #expect(tender(shop, sale)?.state == .reversing && tender(shop, sale)?.showsCode == false)
    return (shop, sale)
  }

  @Test func theIntentSaysThatACodeIsShownAndUntilWhen() throws {
    var shop = try Shop()
    let sale = try shop.totaled([item(1250)])
    let policy = ProviderPolicy(
      payTimeout: 10_000, firstQuery: 5_000, queryInterval: 5_000, window: 45_000, reverseNotBefore: 15_000,
      codeWindow: 300_000)
    let input = TenderInput(kind: .provider, provider: "wallet", policy: policy, show: true)
    try shop.act(.addTender(AddTender(sale: sale, tender: input)))
    let course = try #require(tender(shop, sale)?.course)
    #expect(course.shown == true && course.codeHash.isEmpty)
    #expect(course.askUntil - course.startedAt == 300_000)
    // Closing moves no money: nothing is waited for.
    #expect(course.reverseFrom == course.startedAt)
  }

  @Test func whatIsPaidEndsTheSale() throws {
    var (shop, sale) = try shown()
    let decision = try shop.act(try said(shop, sale, yes()))
    #expect(kinds(decision).starts(with: [.tenderApproved, .salePaid, .stubSealed]))
    #expect(shop.till.sales.isEmpty && shop.till.pursuits.isEmpty)
  }

  @Test func whatIsRefused() throws {
    var shop = try Shop()
    let sale = try shop.totaled([item(1250)])
    func refused(_ text: String, _ change: (inout TenderInput) -> Void) {
      var input = TenderInput(kind: .provider, provider: "wallet", policy: .standard, show: true)
      change(&input)
      expectRefused(shop, .addTender(AddTender(sale: sale, tender: input)), text)
    }
    refused("not both") { $0.codeHash = "0123456789abcdef" }
    refused("makes no codes") { $0.makesCodes = false }
    refused("only a provider makes a code") { $0.kind = .cash }
    try shop.act(show(sale))
    refused("outcome is unknown") { $0.codeHash = nil }
  }

  @Test func closedBecauseItsTimeWasOverItCountsWhenTheCustomerPaidAllTheSame() throws {
    var (shop, sale) = try closing(byPerson: false)
    let decision = try shop.act(try said(shop, sale, yes()))
    #expect(kinds(decision).starts(with: [.tenderApproved, .salePaid, .stubSealed]))
    #expect(shop.till.sales.isEmpty && shop.till.pursuits.isEmpty)
  }

  @Test func cancelledAndPaidAllTheSameItWaitsForAPerson() throws {
    for resolution in HeldResolution.allCases {
      var (shop, sale) = try closing(byPerson: true)
      let decision = try shop.act(try said(shop, sale, yes()))
      #expect(kinds(decision) == [.tenderMismatched, .saleHeld])
      let hold = try #require(shop.till.sales[sale]?.hold)
      #expect(hold.why == .paidAfterCancel)
      #expect(shop.till.sales[sale]?.waiting?.2 == HeldResolution.allCases)
      let revision = try #require(shop.till.sales[sale]?.revision)
      let approval = try granted(&shop, sale)
      let end = try shop.act(
        .resolveSale(
          ResolveSale(
            sale: sale, revision: revision, resolution: resolution, evidence: "their books", approval: approval)))
      switch resolution {
      case .complete: #expect(kinds(end).contains(.salePaid) && shop.till.sales.isEmpty)
      case .refund: #expect(tender(shop, sale)?.state == .reversing && tender(shop, sale)?.course?.taken == true)
      case .void:
        #expect(shop.till.sales.isEmpty && shop.till.pursuits.values.first?.tender.course?.taken == true)
      }
    }
  }

  @Test func anotherAmountWaitsForAPersonHoweverItWasClosed() throws {
    for byPerson in [false, true] {
      var (shop, sale) = try closing(byPerson: byPerson)
      try shop.act(try said(shop, sale, yes(1300)))
      #expect(shop.till.sales[sale]?.hold?.why == .otherAmount)
    }
  }

  @Test func whatComesBehindOtherMoneyGoesBack() throws {
    for byPerson in [false, true] {
      // All of the bill is paid in cash: the sale is over.
      var (shop, sale) = try closing(byPerson: byPerson)
      try shop.act(cash(sale))
      #expect(shop.till.sales.isEmpty)
      try shop.act(try said(shop, sale, yes()))
      let pursuit = try #require(shop.till.pursuits.values.first)
      #expect(pursuit.tender.state == .reversing && pursuit.tender.course?.taken == true)
      // A part of it: what is left has no room for the whole.
      (shop, sale) = try closing(byPerson: byPerson)
      try shop.act(cash(sale, 100))
      try shop.act(try said(shop, sale, yes()))
      #expect(tender(shop, sale)?.state == .reversing && tender(shop, sale)?.course?.taken == true)
      #expect(shop.till.sales[sale]?.hold == nil)
      // What is left has room for a part.
      (shop, sale) = try closing(byPerson: byPerson, 500)
      try shop.act(cash(sale, 100))
      try shop.act(try said(shop, sale, yes(500)))
      #expect(tender(shop, sale)?.state == (byPerson ? .manual : .approved))
    }
  }

  @Test func whatComesWhenTheBillIsOpenAgainGoesBack() throws {
    var (shop, sale) = try closing(byPerson: true)
    expectRefused(shop, .reopen(SaleCall(sale: sale)), "goes on by itself")
    try shop.act(try said(shop, sale, .closed))
    try shop.act(.reopen(SaleCall(sale: sale)))
    try shop.act(try said(shop, sale, yes()))
    #expect(tender(shop, sale)?.state == .reversing && tender(shop, sale)?.course?.taken == true)
  }

  @Test func closedIsTheEndOfIt() throws {
    var (shop, sale) = try closing(byPerson: true)
    let decision = try shop.act(try said(shop, sale, .closed))
    #expect(kinds(decision) == [.tenderReversed])
    #expect(shop.till.sales[sale]?.totals.due == 1250)
    // It is looked at behind that; a provider that takes its word back gives the money back.
    #expect(tender(shop, sale)?.isWatched == true)
    try shop.act(try said(shop, sale, yes()))
    #expect(tender(shop, sale)?.state == .reversing && tender(shop, sale)?.course?.late == true)
  }

  @Test func neverTwoLiveElectronicTenders() throws {
    let (shop, sale) = try closing(byPerson: true)
    expectRefused(shop, show(sale), "outcome is unknown")
  }
}
