import Money
import Testing
import Till
import TillShop

/// Practice stands on no real report and takes no room from what is real.
@Suite struct TrainingRoomTests {
  private struct Missing: Error {}

  private func shop() throws -> Shop {
    var shop = try Shop(Shop.configuration { $0.limits.voidTotalledNeedsApproval = false })
    try shop.act(.openShift(OpenShift(lane: "2", operator: "1002")))
    return shop
  }

  private func pay(_ shop: inout Shop, _ sale: String) throws -> String {
    var input = TenderInput(kind: .provider, provider: "wallet", codeHash: "0123456789abcdef", policy: .standard)
    input.movesNoMoney = shop.till.sales[sale]?.mode == .training
    try shop.act(.addTender(AddTender(sale: sale, tender: input)))
    let number = try #require(shop.till.sales[sale]?.tender(TenderID(1))?.number)
    return number
  }

  private func said(_ sale: String, _ number: String, _ answer: ProviderAnswer) -> Event {
    .tenderAnswered(TenderAnswered(sale: sale, tender: TenderID(1), number: number, answer: answer))
  }

  /// A payment being taken back that its sale's void leaves to go on.
  private func pursued(_ shop: inout Shop, lane: String) throws -> String {
    let sale = try shop.totaled([item(1250)], lane: lane)
    let number = try pay(&shop, sale)
    try shop.act(said(sale, number, .unknown(why: "lost")))
    try shop.act(.giveUpTender(GiveUpTender(sale: sale, tender: TenderID(1), number: number)))
    try shop.act(.voidSale(VoidSale(sale: sale, reason: "practice")))
    #expect(shop.till.pursuits[number] != nil)
    return sale
  }

  @Test func whatIsPractisedStandsOnNoRealReport() throws {
    var shop = try shop()
    let (practised, real) = (try pursued(&shop, lane: "2"), try pursued(&shop, lane: "1"))
    #expect(Set(shop.till.unresolved.map(\.sale)) == [practised, real], "the resolver goes on with both")
    #expect(shop.till.dayReport().unresolved.map(\.sale) == [real])
    let z = try shop.act(.closeDay(last: shop.till.counters.lastZSequence + 99, head: "ab"))
    guard case .dayClosed(let day)? = z.records.first?.fact else { throw Missing() }
    #expect(day.unresolved.map(\.sale) == [real])
    for (lane, named, counted) in [("1", [real], 20_000), ("2", [practised], 0)] as [(String, [String], Int64)] {
      let shift = try #require(shop.till.shift(lane: lane)?.id)
      let count = Count(key: TenderKey(kind: .cash), amount: Amount(counted))
      let closed = try shop.act(.closeShift(CloseShift(shift: shift, counts: [count])))
      guard case .shiftClosed(let slip)? = closed.records.first?.fact else { throw Missing() }
      #expect(slip.unresolved.map(\.sale) == named, "lane \(lane)")
    }
  }

  /// A lane that is none for trainees any more hands over nothing that was practised.
  @Test func aLaneThatSellsAgainNamesNoPractice() throws {
    var shop = try shop()
    _ = try pursued(&shop, lane: "2")
    let practised = try #require(shop.till.shift(lane: "2"))
    try shop.act(
      .closeShift(CloseShift(shift: practised.id, counts: [Count(key: TenderKey(kind: .cash), amount: 0)])))
    try shop.act(.configure(reason: "test", Shop.configuration { $0.lanes[1].training = false }))
    try shop.act(.openShift(OpenShift(lane: "2", operator: "1002")))
    let shift = try #require(shop.till.shift(lane: "2"))
    #expect(shop.till.unresolved(of: shift).isEmpty)
  }

  @Test func practiceTakesNoRoomFromRealOrders() throws {
    var shop = try shop()
    func fill(_ lane: String, _ most: Int) throws {
      for _ in 0..<most {
        let sale = try shop.totaled([item(1250)], lane: lane)
        let number = try pay(&shop, sale)
        try shop.act(said(sale, number, .unknown(why: "lost")))
        try shop.act(.giveUpTender(GiveUpTender(sale: sale, tender: TenderID(1), number: number)))
        try shop.act(.addTender(AddTender(sale: sale, tender: TenderInput(kind: .cash))))
      }
      let next = try shop.totaled([item(1250)], lane: lane)
      #expect(throws: Refusal.limitExceeded(.orders, maximum: Int64(most))) { _ = try pay(&shop, next) }
    }
    try fill("2", Limits.most(Limits.orders, of: .training))
    try fill("1", Limits.orders)
  }

  @Test func practiceTakesNoRoomFromOpenSales() throws {
    var shop = try shop()
    let most = Limits.most(Limits.openSales, of: .training)
    for _ in 0..<most { _ = try shop.open([item(100)], lane: "2") }
    #expect(throws: Refusal.limitExceeded(.openSales, maximum: Int64(most))) {
      _ = try shop.open([item(100)], lane: "2")
    }
    for _ in 0..<Limits.openSales { _ = try shop.open([item(100)]) }
    #expect(throws: Refusal.limitExceeded(.openSales, maximum: Int64(Limits.openSales))) {
      _ = try shop.open([item(100)])
    }
  }

  /// What trainees' payments are looked at for does not push out what is real.
  @Test func practiceTakesNoRoomFromLateLooks() throws {
    var shop = try shop()
    func end(_ lane: String) throws -> String {
      let sale = try shop.totaled([item(1250)], lane: lane)
      let number = try pay(&shop, sale)
      try shop.act(said(sale, number, .declined(why: "no")))
      try shop.act(.addTender(AddTender(sale: sale, tender: TenderInput(kind: .cash))))
      return number
    }
    let real = try end("1")
    let most = Limits.most(Limits.watched, of: .training)
    for _ in 0..<most + 1 { _ = try end("2") }
    #expect(shop.till.watched[real] != nil && shop.till.watched.count == most + 1)
  }
}
