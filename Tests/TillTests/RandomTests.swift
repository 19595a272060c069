import Money
import Testing
import Till
import TillShop

/// How many random events a seed runs; a long run sets COUNTERFOIL_RANDOM_EVENTS.
import Foundation

let randomEvents = ProcessInfo.processInfo.environment["COUNTERFOIL_RANDOM_EVENTS"].flatMap { Int($0) } ?? 3000

@Suite struct RandomTests {
  /// Whatever comes, decide refuses or acts, apply takes what decide made, money is conserved, and replay from nothing
  /// gives the same till.
  @Test(arguments: [1, 2, 3, 4, 5, 6]) func everythingHolds(seed: UInt64) throws {
    let rounding: TaxRounding = [.perLine, .perTotal, .perSale][Int(seed % 3)]
    var shop = try Shop(
      Shop.configuration { $0.taxRounding = rounding }, currency: seed % 2 == 0 ? "CHF" : "CNY", seed: seed)
    let events = RandomEvents()
    var acted = 0
    for _ in 0..<randomEvents {
      let (event, facts) = try events.next(&shop)
      let before = shop.till
      do {
        let decision = try shop.act(event, facts: facts)
        acted += 1
        #expect(!decision.records.isEmpty)
        for record in decision.records { try check(record) }
      } catch let refusal as Refusal {
        #expect(before == shop.till, "\(refusal) changed something")
      }
      for sale in shop.till.sales.values { try check(sale) }
    }
    #expect(acted > randomEvents / 5)
    #expect(shop.stubs.count > randomEvents / 40)
    var replayed = Till()
    for record in shop.records { try replayed.apply(record) }
    #expect(replayed == shop.till)
    try checkNumbers(shop)
    try checkGrand(shop)
    try checkTenders(shop)
    try checkRefunds(shop)
    let books = try DayBooks.check(shop.records, shop.till)
    #expect(books.days > 0 && books.stubs > 0, "no day came to its end")
    #expect(books.replaced > 0, "no bill was replaced")
  }

  /// No payment gave back more than it took, by the stubs alone.
  private func checkRefunds(_ shop: Shop) throws {
    var back: [String: Int64] = [:]
    for tender in shop.stubs.flatMap(\.tenders) where tender.state == .approved {
      if let refund = tender.course?.refund { back[refund.number, default: 0] -= tender.approved.minorUnits }
    }
    for tender in shop.stubs.flatMap(\.tenders) where tender.state == .approved && !tender.isRefund {
      if let back = back.removeValue(forKey: tender.number ?? "") { #expect(back <= tender.approved.minorUnits) }
    }
    #expect(back.isEmpty, "what was never paid went back")
  }

  /// Each kind of tender has in all Z and the running day what the stubs say, corrections included.
  private func checkTenders(_ shop: Shop) throws {
    var stubs: [TenderKey: Amount] = [:]
    var sums: [TenderKey: Amount] = [:]
    var corrections: Int64 = 0
    var told = shop.till.day.correctedTenders?.count ?? 0
    func add(_ rows: [TenderTotal]) throws {
      for row in rows { sums[row.key] = try (sums[row.key] ?? .zero) + row.amount }
    }
    for record in shop.records {
      switch record.fact {
      case .stubSealed(let stub) where stub.mode == .normal && stub.form != .void:
        for tender in stub.tenders where tender.state == .approved && tender.kind != .carried {
          let key = TenderKey(kind: tender.kind, provider: tender.provider, currency: tender.foreign?.currency)
          stubs[key] = try (stubs[key] ?? .zero) + tender.approved - tender.change
        }
      case .tenderCorrected(let corrected) where StubNumber(corrected.stub.stub)?.mode == .normal:
        corrections += 1
        stubs[corrected.from] = try (stubs[corrected.from] ?? .zero) - corrected.amount
        stubs[corrected.to] = try (stubs[corrected.to] ?? .zero) + corrected.amount
      case .dayClosed(let day):
        try add(day.totals.tenders)
        told += day.totals.correctedTenders?.count ?? 0
      default: break
      }
    }
    try add(shop.till.day.tenders)
    #expect(sums.filter { $0.value != 0 } == stubs.filter { $0.value != 0 })
    #expect(told == corrections)
    #expect(corrections > 0, "no correction came up")
  }

  private func check(_ record: Record) throws {
    guard case .stubSealed(let stub) = record.fact else { return }
    #expect(try stub.totals.net + stub.totals.tax + stub.totals.liabilities == stub.totals.total)
    var lines = Amount.zero
    for line in stub.lines {
      try lines += line.result.amount
      try lines += line.result.adjustment
      for tax in line.result.taxes where !tax.included { try lines += tax.amount }
    }
    #expect(lines == stub.totals.total)
    for adjustment in stub.adjustments {
      #expect(try Amount.sum(adjustment.allocations.map(\.amount)) == adjustment.amount)
    }
    if stub.form == .void { return }
    var approved = Amount.zero
    for tender in stub.tenders where tender.state == .approved { try approved += tender.approved }
    let totals = stub.totals
    #expect(totals.due == 0)
    #expect(approved == (try totals.total + totals.cashRounding + totals.extras + totals.change))
  }

  private func check(_ sale: Sale) throws {
    #expect(sale.lines.map(\.id) == sale.lines.map(\.id).sorted())
    guard sale.state == .tendering else { return }
    var taken = Amount.zero
    for tender in sale.tenders {
      if tender.state == .approved { try taken += tender.settled }
      if tender.state.isLive, tender.state != .reversing { try taken += tender.asked }
    }
    #expect(sale.totals.due == (try sale.totals.total + sale.totals.cashRounding - taken))
  }

  private func checkNumbers(_ shop: Shop) throws {
    for mode in SaleMode.allCases {
      let numbers = shop.stubs.filter { $0.stub.mode == mode }.map(\.stub.value)
      #expect(numbers == Array(1..<Int64(numbers.count + 1)))
    }
  }

  private func checkGrand(_ shop: Shop) throws {
    let counted = shop.stubs.filter { $0.form != .void && $0.mode == .normal }
    let replaced = counted.compactMap(\.offset?.totals.total)
    #expect(shop.till.grand.total == (try Amount.sum(counted.map(\.totals.total)) - Amount.sum(replaced)))
    #expect(shop.till.grand.stubs == Int64(shop.stubs.filter { $0.mode == .normal }.count))
  }
}
