import Money
import Testing
import Till
import TillShop

/// Whoever is refused because of a tender is told what ends its state, and that is a call that is not refused.
@Suite struct WayOutTests {
  private func pay(_ shop: inout Shop, _ kind: TenderKind) throws -> String {
    let sale = try shop.totaled([item(1000)])
    var input = TenderInput(kind: kind, amount: 400)
    if kind == .provider {
      (input.provider, input.codeHash, input.policy) = ("wallet", "0123456789abcdef", .standard)
    } else if kind == .external {
      input.report = TenderReport(outcome: .unknown)
    }
    try shop.act(.addTender(AddTender(sale: sale, tender: input)))
    return sale
  }

  private func said(_ shop: inout Shop, _ sale: String, _ answer: ProviderAnswer) throws {
    let number = try #require(shop.till.sales[sale]?.tenders.first?.number)
    try shop.act(.tenderAnswered(TenderAnswered(sale: sale, tender: TenderID(1), number: number, answer: answer)))
  }

  private func text(_ shop: Shop, _ event: Event) -> String {
    var shop = shop
    do { try shop.act(event) } catch {
      if case .refused(_, let text)? = error as? Refusal { return text }
      return "\(error)"
    }
    return "accepted"
  }

  private func report(_ sale: String) -> Event {
    .reportTender(ReportTender(sale: sale, tender: TenderID(1), report: TenderReport(outcome: .yes)))
  }

  private func remove(_ sale: String) -> Event {
    .removeTender(RemoveTender(sale: sale, tender: TenderID(1), reason: "x"))
  }

  private func void(_ sale: String) -> Event { .voidSale(VoidSale(sale: sale, reason: "x")) }
  private func reopen(_ sale: String) -> Event { .reopen(SaleCall(sale: sale)) }

  @Test func ofAProvidersPayment() throws {
    var shop = try Shop()
    let sale = try pay(&shop, .provider)
    for event in [report(sale), remove(sale), void(sale), reopen(sale)] {
      #expect(text(shop, event).contains("wait for the provider's answer"))
    }
    try said(&shop, sale, .unknown(why: "lost"))
    for event in [report(sale), void(sale), reopen(sale)] {
      let words = text(shop, event)
      #expect(words.contains("RemoveTender") && words.contains("DecideTender"), "\(words)")
    }
    try shop.act(remove(sale))
    for event in [report(sale), remove(sale), reopen(sale)] {
      #expect(text(shop, event).contains("goes on by itself"))
    }
    try said(&shop, sale, .reversed)
    #expect(text(shop, remove(sale)).contains("nothing of it is left"))
    try shop.act(reopen(sale))
  }

  @Test func ofAnExternalOne() throws {
    var shop = try Shop()
    let sale = try pay(&shop, .external)
    for event in [remove(sale), void(sale), reopen(sale)] { #expect(text(shop, event).contains("ReportTender")) }
    try shop.act(report(sale))
    #expect(text(shop, report(sale)).contains("only an unknown one is reported"))
    #expect(text(shop, reopen(sale)).contains("take the tenders back first"))
    try shop.act(remove(sale))
    #expect(text(shop, remove(sale)).contains("nothing of it is left"))
  }

  @Test func ofCashAndOfRefunds() throws {
    var shop = try Shop()
    let sale = try pay(&shop, .cash)
    #expect(text(shop, report(sale)).contains("only an external one is reported"))
    let sold = try shop.totaled([item(1000)])
    try shop.act(
      .addTender(
        AddTender(
          sale: sold,
          tender: TenderInput(
            kind: .provider, provider: "wallet", codeHash: "0123456789abcdef", policy: .standard))))
    try said(&shop, sold, .approved(amount: 1000, currency: "CNY", reference: "R"))
    let facts = try shop.facts(try #require(shop.stubs.last))
    let back = try shop.totaled([returning(facts.reference, 1, 1000)], kind: .return, facts: [facts])
    try shop.act(
      .addTender(AddTender(sale: back, tender: TenderInput(kind: .provider, policy: .standard))), facts: [facts])
    #expect(text(shop, remove(back)).contains("wait for the provider's answer"))
    try said(&shop, back, .unknown(why: "lost"))
    for event in [report(back), remove(back), void(back), reopen(back)] {
      let words = text(shop, event)
      #expect(words.contains("DecideTender") && !words.contains("RemoveTender"), "\(words)")
    }
  }
}
