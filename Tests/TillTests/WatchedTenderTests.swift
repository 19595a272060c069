import Money
import Testing
import Till
import TillShop

/// Payments that have ended and are looked at behind that.
@Suite struct WatchedTenderTests {
  private func said(_ sale: String, _ number: String, _ answer: ProviderAnswer) -> Event {
    .tenderAnswered(TenderAnswered(sale: sale, tender: TenderID(1), number: number, answer: answer))
  }

  private func ended(_ shop: inout Shop, _ answers: [ProviderAnswer]) throws -> (String, String) {
    let sale = try shop.totaled([item(1250)])
    let input = TenderInput(kind: .provider, provider: "wallet", codeHash: "0123456789abcdef", policy: .standard)
    try shop.act(.addTender(AddTender(sale: sale, tender: input)))
    let number = try #require(shop.till.sales[sale]?.tender(TenderID(1))?.number)
    for answer in answers { try shop.act(said(sale, number, answer)) }
    return (sale, number)
  }

  private let yes = ProviderAnswer.approved(amount: 1250, currency: "CNY", reference: nil)

  /// The customer paid in cash and left; then the order arrives. Its money goes back, and is counted nowhere.
  @Test func aLateSuccessBehindTheEndOfItsSaleGoesBack() throws {
    for end in [ProviderAnswer.declined(why: "no"), .closed, .reversed] {
      var shop = try Shop()
      let (sale, number) = try ended(&shop, [.unknown(why: "lost"), end])
      #expect(shop.till.watchedTenders.map(\.sale) == [sale])
      try shop.act(.addTender(AddTender(sale: sale, tender: TenderInput(kind: .cash))))
      #expect(shop.till.sales.isEmpty && shop.till.pursuits.isEmpty && shop.till.watched.keys.sorted() == [number])
      // Nobody need know of it, and it holds no order up.
      #expect(shop.till.unresolved.isEmpty && shop.till.followedTenders.isEmpty)
      for answer in [end, .notFound, .pending, .unknown(why: "x")] {
        #expect(throws: Refusal.self) { try shop.act(said(sale, number, answer)) }
      }
      let grand = shop.till.grand
      let late = try shop.act(said(sale, number, yes))
      #expect(late.records.map(\.fact.kind) == [.tenderReversing])
      #expect(shop.till.watched.isEmpty && shop.till.unresolved.map(\.sale) == [sale])
      #expect(shop.till.pursuits[number]?.tender.course?.late == true)
      try shop.act(said(sale, number, .reversed))
      // Its own word that it took the money and gave it back: that is the end.
      #expect(shop.till.pursuits.isEmpty && shop.till.watched.isEmpty && shop.till.grand == grand)
    }
  }

  /// Nothing was sent, or the money came and went back: there is nothing that could still arrive.
  @Test func whatIsNotWatched() throws {
    var shop = try Shop()
    for why in NotSent.allCases {
      let (sale, _) = try ended(&shop, [.notSent(why)])
      let tender = try #require(shop.till.sales[sale]?.tenders.first)
      #expect(tender.state == .declined && tender.why == why.rawValue && tender.course?.unsent == true)
    }
    #expect(shop.till.watchedTenders.isEmpty)
    let (sale, number) = try ended(&shop, [.declined(why: "no"), yes])
    #expect(shop.till.watchedTenders.isEmpty)
    try shop.act(said(sale, number, .reversed))
    #expect(shop.till.watchedTenders.isEmpty)
  }

  /// The box's own words mean nothing in a provider's mouth: what it declined in them may have arrived all the same.
  @Test func aProvidersWordsStopNoLateLook() throws {
    for why in NotSent.allCases.map(\.rawValue) + ["decided", "noAnswer"] {
      var shop = try Shop()
      let (sale, number) = try ended(&shop, [.declined(why: why)])
      #expect(shop.till.watchedTenders.map(\.sale) == [sale], "\(why)")
      #expect(try shop.act(said(sale, number, yes)).records.map(\.fact.kind) == [.tenderReversing], "\(why)")
    }
  }

  /// The newest few of a week.
  @Test func whatIsWatchedIsBounded() throws {
    var shop = try Shop()
    for _ in 0..<Limits.watched + 3 {
      let (sale, _) = try ended(&shop, [.declined(why: "no")])
      try shop.act(.addTender(AddTender(sale: sale, tender: TenderInput(kind: .cash))))
    }
    #expect(shop.till.watched.count == Limits.watched)
    #expect(shop.till.watched.keys.compactMap { OrderNumber($0)?.counter }.min() == 4)
    shop.now += Limits.watchedAge
    let (sale, number) = try ended(&shop, [.declined(why: "no")])
    try shop.act(.addTender(AddTender(sale: sale, tender: TenderInput(kind: .cash))))
    #expect(shop.till.watched.keys.sorted() == [number])
  }

  /// The same where the payment outlived its sale and ended behind that.
  @Test func whatIsWatchedBehindItsSaleIsBounded() throws {
    var shop = try Shop()
    for _ in 0..<Limits.watched + 3 {
      let (sale, number) = try ended(&shop, [.unknown(why: "lost")])
      try shop.act(.giveUpTender(GiveUpTender(sale: sale, tender: TenderID(1), number: number)))
      try shop.act(.addTender(AddTender(sale: sale, tender: TenderInput(kind: .cash))))
      #expect(shop.till.sales.isEmpty && shop.till.pursuits.keys.sorted() == [number])
      try shop.act(said(sale, number, .closed))
      #expect(shop.till.pursuits.isEmpty && shop.till.watched[number] != nil)
    }
    #expect(shop.till.watched.count == Limits.watched)
    #expect(shop.till.watched.keys.compactMap { OrderNumber($0)?.counter }.min() == 4)
  }

  /// What is looked at may all come back at once: new payments wait for it, and cash does not.
  @Test func whatMayComeBackIsBounded() throws {
    var shop = try Shop()
    var made = 0
    func payment(_ sale: String) -> Event {
      let input = TenderInput(kind: .provider, provider: "wallet", codeHash: "0123456789abcdef", policy: .standard)
      return .addTender(AddTender(sale: sale, tender: input))
    }
    var sale = try shop.totaled([item(1250)])
    while made < Limits.orders {
      if shop.till.sales[sale]?.tenders.count == Limits.tenders - 1 { sale = try shop.totaled([item(1250)]) }
      try shop.act(payment(sale))
      let tender = try #require(shop.till.sales[sale]?.tenders.last)
      let number = try #require(tender.number)
      let answer = ProviderAnswer.declined(why: "no")
      try shop.act(.tenderAnswered(TenderAnswered(sale: sale, tender: tender.id, number: number, answer: answer)))
      made += 1
    }
    #expect(shop.till.watchedTenders.count == Limits.orders)
    let next = try shop.totaled([item(1250)])
    #expect(throws: Refusal.limitExceeded(.orders, maximum: Int64(Limits.orders))) { try shop.act(payment(next)) }
    try shop.act(.addTender(AddTender(sale: next, tender: TenderInput(kind: .cash))))
    // Behind its sale it is one of a few, and holds nobody up.
    try shop.act(.addTender(AddTender(sale: sale, tender: TenderInput(kind: .cash))))
    let last = try shop.totaled([item(1250)])
    try shop.act(payment(last))
  }
}
