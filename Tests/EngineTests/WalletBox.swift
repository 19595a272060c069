import Engine
import Money
import Simulation
import Testing
import Till
import TillShop

/// A box whose provider "wallet" is the test: it sees what is ordered and says what is answered.
extension TestBox {
  /// A box with an open shift.
  static func withWallet() throws -> TestBox {
    let box = try TestBox(index: false)
    box.setup.providers["wallet"] = NoConnector()
    try box.start()
    try box.openShift()
    return box
  }

  /// A sale of 5.00 that waits for its payment.
  func totalled() throws -> String {
    let open = call(.openSale(OpenSale(lane: "1", lines: [item(500)])))
    let opened = try #require(answers[open]).get()
    let sale = try #require(SaleChange(opened.records)?.sale)
    call(.total(SaleCall(sale: sale)))
    return sale
  }

  /// The order of a payment by a customer's code, for a sale of its own.
  func pay() throws -> ProviderOrder {
    let tender = TenderInput(kind: .provider, provider: "wallet", codeHash: "0123456789abcdef")
    call(
      .addTender(AddTender(sale: try totalled(), tender: tender)), code: [UInt8]("281234567890123456".utf8))
    return try #require(orders.last)
  }

  func answer(_ order: ProviderOrder, _ answer: ProviderAnswer) {
    drain.take(.provider(name: "wallet", .answered(number: order.number, serial: order.serial, answer)))
    settle()
  }

  /// The first tender of the only sale.
  var tender: Tender? { drain.snapshot.till.sales.values.first?.tenders.first }

  /// The customer changes his mind about it.
  func remove(settles: Bool = true) throws {
    let sale = try #require(drain.snapshot.till.sales.keys.first)
    call(
      .removeTender(RemoveTender(sale: sale, tender: TenderID(1), reason: "customer changed")), settles: settles)
  }

  /// So many times a while passes in which everything settles; a second with the settling itself.
  func wait(_ seconds: Int) {
    for _ in 0..<seconds {
      clocks.advance(milliseconds: 750)
      settle()
    }
  }

  /// The next order of this kind is out, however long that takes.
  func next(_ step: ProviderOrder.Step, sourceLocation: SourceLocation = #_sourceLocation) throws -> ProviderOrder {
    let before = orders.count
    for _ in 0..<600 {
      if orders.count > before, let order = orders.last, order.step == step { return order }
      wait(1)
    }
    return try #require(nil as ProviderOrder?, "no \(step)", sourceLocation: sourceLocation)
  }
}
