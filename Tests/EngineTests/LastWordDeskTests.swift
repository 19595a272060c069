import Engine
import Money
import Testing
import Till
import TillShop

/// A decided payment whose provider says nothing any more comes to its end by the register's own clock.
@Suite struct LastWordDeskTests {
  private struct Missing: Error {}

  private final class Silent: PaymentConnector {
    func start(_ report: @escaping @Sendable (ProviderReport) -> Void) {}
    func carryOut(_ order: ProviderOrder) {}
    func stop() {}
  }

  /// A sale that a person decided as paid; its provider has been asked about that.
  private func decided() throws -> TestBox {
    let box = try TestBox(index: false)
    box.setup.providers["wallet"] = Silent()
    try box.start()
    try box.openShift()
    func act(_ event: Event, code: [UInt8]? = nil) throws -> Answer {
      let call = code.map { box.call(event, code: $0) } ?? box.call(event)
      return try #require(box.answers[call]).get()
    }
    let sale = try #require(
      SaleChange(try act(.openSale(OpenSale(lane: "1", lines: [item(500)]))).records)?.sale)
    _ = try act(.total(SaleCall(sale: sale)))
    let tender = TenderInput(kind: .provider, provider: "wallet", codeHash: "0123456789abcdef")
    _ = try act(.addTender(AddTender(sale: sale, tender: tender)), code: [UInt8]("281234567890123456".utf8))
    let order = try #require(box.orders.last)
    box.drain.take(.provider(name: "wallet", .answered(number: order.number, serial: order.serial, .unknown(why: "x"))))
    box.settle()
    let revision = try #require(box.drain.snapshot.till.sales[sale]?.revision)
    let approve = Approve(
      approver: "9001", action: .decideTender, subject: sale, revision: revision, reason: "their books", amount: 500)
    guard case .approvalGranted(let granted)? = try act(.approve(approve)).records.first?.fact else { throw Missing() }
    let decide = DecideTender(
      sale: sale, tender: TenderID(1), verdict: .paid, reason: "their books", approval: granted.id)
    _ = try act(.decideTender(decide))
    #expect(box.drain.snapshot.till.sales.isEmpty && box.drain.snapshot.till.followedTenders.count == 1)
    return box
  }

  private func wait(_ seconds: Int, _ box: TestBox) {
    for _ in 0..<seconds {
      box.clocks.advance(milliseconds: 1_000)
      box.settle()
    }
  }

  private func restart(_ box: TestBox) throws {
    try box.start()
    box.drain.take(.started)
    box.settle()
  }

  private func tender(_ box: TestBox) -> Tender? { box.drain.snapshot.till.pursuits.values.first?.tender }

  @Test func itIsAskedForAWeekAndThenItIsTheLastWord() throws {
    let box = try decided()
    box.clocks.advance(milliseconds: 7 * 86_400_000 - 600_000)
    wait(300, box)
    #expect(tender(box)?.course?.test == nil)
    box.clocks.advance(milliseconds: 600_000)
    wait(600, box)
    #expect(tender(box)?.isLastWord == true && box.drain.snapshot.till.followedTenders.isEmpty)
    let (asked, till) = (box.orders.count, box.drain.snapshot.till)
    wait(60, box)
    #expect(box.orders.count == asked)
    // A start reads the same from the journal, and asks nobody.
    try restart(box)
    wait(60, box)
    #expect(box.orders.count == asked && box.drain.snapshot.till.pursuits == till.pursuits)
  }

  /// However long the box was off, its provider is asked once more: it may know by now.
  @Test func behindALongTimeOffItIsAskedOnce() throws {
    let box = try decided()
    box.clocks.advance(milliseconds: 30 * 86_400_000)
    let asked = box.orders.count
    try restart(box)
    wait(2, box)
    #expect(box.orders.count == asked + 1 && tender(box)?.isLastWord == false)
    let order = try #require(box.orders.last)
    let yes = ProviderAnswer.approved(amount: 500, currency: "CNY", reference: nil)
    box.drain.take(.provider(name: "wallet", .answered(number: order.number, serial: order.serial, yes)))
    box.settle()
    #expect(box.drain.snapshot.till.pursuits.isEmpty)
  }

  /// A provider that the configuration names no more can never be asked.
  @Test func withoutItsProviderItEndsToo() throws {
    let box = try decided()
    box.setup.providers = [:]
    box.clocks.advance(milliseconds: 8 * 86_400_000)
    try restart(box)
    wait(2, box)
    #expect(tender(box)?.isLastWord == true)
  }
}
