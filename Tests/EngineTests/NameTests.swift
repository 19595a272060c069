import Engine
import Testing
import Till
import TillShop

@Suite struct NameTests {
  private static func openedSales(_ box: TestBox, _ count: Int) throws -> [String] {
    var names: [String] = []
    for _ in 0..<count {
      let token = box.call(.ring(Ring(open: OpenSale(lane: "1", lines: [item(500)]), tender: TenderInput(kind: .cash))))
      for case .saleOpened(let sale) in try #require(box.answers[token]).get().records.map(\.fact) {
        names.append("\(sale.sale)")
      }
    }
    return names
  }

  @Test func aMachineThatRepeatsItsRandomNumbersMakesNewNames() throws {
    let box = try TestBox(index: false)
    try box.openShift()
    box.repeatRandom()
    let before = try Self.openedSales(box, 5)
    box.repeatRandom()
    try box.start()
    box.repeatRandom()
    let after = try Self.openedSales(box, 5)
    #expect(before.count == 5)
    #expect(Set(before + after).count == 10)
  }
}
