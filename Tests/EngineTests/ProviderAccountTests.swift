import Engine
import Testing
import Till
import TillShop

/// What is open at one merchant account is never said to another one that answers at the same address.
@Suite struct ProviderAccountTests {
  private final class Silent: PaymentConnector {
    func start(_ report: @escaping @Sendable (ProviderReport) -> Void) {}
    func carryOut(_ order: ProviderOrder) {}
    func stop() {}
  }

  private func box() throws -> TestBox {
    let box = try TestBox(index: false)
    box.setup.providers["wallet"] = Silent()
    try box.start()
    try box.openShift()
    return box
  }

  private func speaks(for account: String?, _ box: TestBox) {
    let said = ProviderAbilities(refunds: true, answersForRefunds: true, account: account)
    box.drain.take(.provider(name: "wallet", .abilities(said)))
    box.settle()
  }

  private func pay(_ box: TestBox) throws -> ProviderOrder {
    let open = box.call(.openSale(OpenSale(lane: "1", lines: [item(500)])))
    let answer = try #require(box.answers[open]).get()
    let sale = try #require(SaleChange(answer.records)?.sale)
    box.call(.total(SaleCall(sale: sale)))
    let tender = TenderInput(kind: .provider, provider: "wallet", codeHash: "0123456789abcdef")
    box.call(.addTender(AddTender(sale: sale, tender: tender)), code: [UInt8]("281234567890123456".utf8))
    return try #require(box.orders.last)
  }

  private func answer(_ order: ProviderOrder, _ answer: ProviderAnswer, _ box: TestBox) {
    box.drain.take(.provider(name: "wallet", .answered(number: order.number, serial: order.serial, answer)))
    box.settle()
  }

  private func tender(_ box: TestBox) -> Tender? { box.drain.snapshot.till.sales.values.first?.tenders.first }

  private func wait(_ seconds: Int, _ box: TestBox) {
    for _ in 0..<seconds {
      box.clocks.advance(milliseconds: 1_000)
      box.settle()
    }
  }

  @Test func anOrderWaitsForItsAccountAndGoesOnWhenThatIsBack() throws {
    let box = try box()
    speaks(for: "A", box)
    let order = try pay(box)
    #expect(order.account == "A" && tender(box)?.course?.account == "A")
    answer(order, .unknown(why: "timeout"), box)
    speaks(for: "B", box)
    let asked = box.orders.count
    // Far behind the time to ask, and behind ten minutes of taking back.
    wait(1_000, box)
    #expect(box.orders.count == asked && tender(box)?.state == .unknown && tender(box)?.course?.alarm == nil)
    #expect(box.drain.snapshot.providerAccounts == ["wallet": "B"])
    #expect(tender(box)?.elsewhere(box.drain.snapshot.providerAccounts) == "B")
    speaks(for: "A", box)
    let query = try #require(box.orders.last)
    #expect(box.orders.count == asked + 1 && query.step == .query && query.number == order.number)
    #expect(tender(box)?.elsewhere(box.drain.snapshot.providerAccounts) == nil)
    answer(query, .approved(amount: 500, currency: "CNY", reference: nil), box)
    #expect(box.drain.snapshot.till.sales.isEmpty)
  }

  /// The connection itself met the other account, before the register had heard of it.
  @Test func whatMetAnotherAccountWasNotSaid() throws {
    let box = try box()
    speaks(for: "A", box)
    answer(try pay(box), .unknown(why: "timeout"), box)
    wait(6, box)
    let query = try #require(box.orders.last)
    #expect(query.step == .query)
    let asked = box.orders.count
    box.drain.take(.provider(name: "wallet", .withheld(number: query.number, serial: query.serial)))
    box.settle()
    speaks(for: "B", box)
    wait(120, box)
    #expect(box.orders.count == asked && tender(box)?.state == .unknown)
    speaks(for: "A", box)
    #expect(box.orders.count == asked + 1)
  }

  /// A provider that says the box's own word has been asked: it is asked again as ever.
  @Test func aProvidersWordIsNoOtherAccount() throws {
    let box = try box()
    speaks(for: "A", box)
    answer(try pay(box), .unknown(why: "timeout"), box)
    wait(6, box)
    let asked = box.orders.count
    answer(try #require(box.orders.last), .unknown(why: NotSent.otherAccount.rawValue), box)
    wait(6, box)
    #expect(box.orders.count == asked + 1)
  }

  @Test func whatIsBeingTakenBackWaitsToo() throws {
    let box = try box()
    speaks(for: "A", box)
    answer(try pay(box), .unknown(why: "timeout"), box)
    let sale = try #require(box.drain.snapshot.till.sales.keys.first)
    box.call(.removeTender(RemoveTender(sale: sale, tender: TenderID(1), reason: "customer changed")))
    speaks(for: "B", box)
    let asked = box.orders.count
    wait(1_000, box)
    #expect(box.orders.count == asked && tender(box)?.state == .reversing)
    speaks(for: "A", box)
    #expect(box.orders.count == asked + 1 && box.orders.last?.step == .reverse)
  }

  /// What has ended is looked at a minute later, but not where it never was.
  @Test func aLateLookWaitsForItsAccount() throws {
    let box = try box()
    speaks(for: "A", box)
    answer(try pay(box), .declined(why: "noMoney"), box)
    speaks(for: "B", box)
    let asked = box.orders.count
    wait(120, box)
    #expect(box.orders.count == asked)
    speaks(for: "A", box)
    #expect(box.orders.count == asked + 1 && box.orders.last?.step == .query)
  }

  /// An account that can be none is not none: it is nobody's.
  @Test func whatIsNoAccountIsAnotherOne() throws {
    let box = try box()
    speaks(for: "A", box)
    answer(try pay(box), .unknown(why: "timeout"), box)
    let invalid = ProviderAccount.said("Merchant 2")
    speaks(for: invalid, box)
    let asked = box.orders.count
    wait(120, box)
    #expect(box.orders.count == asked && tender(box)?.elsewhere(box.drain.snapshot.providerAccounts) == invalid)
    speaks(for: "A", box)
    #expect(box.orders.count == asked + 1)
  }

  @Test func noOrderIsOfAnAccountThatIsNone() throws {
    let box = try box()
    speaks(for: ProviderAccount.said("Merchant 2"), box)
    #expect(try pay(box).account == nil && tender(box)?.course?.account == nil)
  }

  @Test(arguments: [(nil, "B"), ("A", nil)] as [(String?, String?)])
  func aConnectorThatSaysNoAccountIsAskedAsEver(_ before: String?, _ after: String?) throws {
    let box = try box()
    speaks(for: before, box)
    answer(try pay(box), .unknown(why: "timeout"), box)
    speaks(for: after, box)
    let asked = box.orders.count
    wait(6, box)
    #expect(box.orders.count == asked + 1)
  }

  /// The first connection of all says who is there: that is where the order went.
  @Test func anOrderBeforeAnybodyWasKnownIsOfTheAccountThatItWentTo() throws {
    let box = try box()
    let order = try pay(box)
    #expect(order.account == nil)
    speaks(for: "A", box)
    box.drain.take(.provider(name: "wallet", .addressed(number: order.number, serial: order.serial, account: "A")))
    answer(order, .pending, box)
    #expect(tender(box)?.course?.account == "A" && tender(box)?.state == .pending)
  }

  /// The box dies before anything was answered: whoever is at the address then is told of its own orders only.
  @Test func theAccountOfAnOrderOutlivesTheBox() throws {
    let box = try box()
    let order = try pay(box)
    speaks(for: "A", box)
    let addressed = ProviderReport.addressed(number: order.number, serial: order.serial, account: "A")
    // Said twice it is no news.
    for _ in 0..<2 {
      box.drain.take(.provider(name: "wallet", addressed))
      box.settle()
    }
    #expect(tender(box)?.state == .intent && box.drain.snapshot.till.counters.nextOrder == 2)
    try box.start()
    box.drain.take(.started)
    wait(2, box)
    #expect(tender(box)?.state == .unknown && tender(box)?.course?.account == "A")
    #expect(box.orders.last?.step == .query && box.orders.last?.account == "A")
  }

  @Test(arguments: ["", String(repeating: "a", count: 65), "a b", "商户", "a\n"]) func whatIsNoAccount(_ text: String) {
    #expect(ProviderAccount.checked(text) == nil)
    let said = ProviderAccount.said(text)
    #expect(said != nil && ProviderAccount.checked(said) == nil)
  }

  @Test func whatIsAnAccount() {
    for text in ["1900000109", String(repeating: "a", count: 64), "mch\"1\\"] {
      #expect(ProviderAccount.checked(text) == text && ProviderAccount.said(text) == text)
    }
  }
}
