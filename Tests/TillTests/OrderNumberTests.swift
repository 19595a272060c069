import Money
import Testing
import Till
import TillShop

@Suite struct OrderNumberTests {
  private func order(_ shop: inout Shop, _ sale: String) throws -> String {
    let policy = ProviderPolicy.standard
    let input = TenderInput(kind: .provider, provider: "wallet", codeHash: "0123456789abcdef", policy: policy)
    let decision = try shop.act(.addTender(AddTender(sale: sale, tender: input)))
    return try #require(decision.records.first?.fact.tender?.tender.number)
  }

  /// An older image of the disk counts from where it was; its next order is another one all the same, also when the whole
  /// machine came back with its random numbers.
  @Test func anOlderImageMakesNoNumberTwice() throws {
    var shop = try Shop()
    let sale = try shop.totaled([item(1250)])
    var (older, machine) = (shop, shop)
    _ = older.random.next()
    machine.now += 60_000
    let numbers = [try order(&shop, sale), try order(&older, sale), try order(&machine, sale)]
    #expect(Set(numbers).count == 3)
    let read = try numbers.map { try #require(OrderNumber($0)) }
    #expect(Set(read.map(\.counter)) == [1] && Set(read.map(\.journal)) == ["0000000000FF"])
    for number in numbers {
      #expect(number.utf8.count == 32)
      #expect(number.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) })
    }
  }

  /// Both forms: what journals of older versions hold too.
  @Test func bothFormsAreRead() throws {
    let new = try #require(OrderNumber("0123456789AB" + "00Z" + "00000A1" + "K3J9X0Q2ZZ"))
    #expect(new.journal == "0123456789AB" && new.epoch == 35 && new.counter == 361 && new.random == "K3J9X0Q2ZZ")
    let older = try #require(OrderNumber("0123456789ABCDEF" + "0010" + "000000000A"))
    #expect(older.journal == "0123456789ABCDEF" && older.epoch == 36 && older.counter == 10 && older.random == nil)
    for number in [new, older] { #expect(OrderNumber(number.description) == number) }
    for text in [
      "", "0123456789AB", "0123456789ab00Z00000A1K3J9X0Q2ZZ", "0123456789AG00Z00000A1K3J9X0Q2ZZ",
      "0123456789AB00Z00000A1K3J9X0Q2ZZ0", "0123456789AB00Z00000A1K3J9X0Q2Z-", "４２00000000000000000000000000",
    ] { #expect(OrderNumber(text) == nil, "\(text)") }
  }
}
