import Engine
import Testing
import Till
import TillShop

/// What is open at one merchant account is never said to another one that answers at the same address.
@Suite struct ProviderAccountTests {
  private func speaks(for account: String?, _ box: TestBox) {
    let said = ProviderAbilities(refunds: true, answersForRefunds: true, account: account)
    box.drain.take(.provider(name: "wallet", .abilities(said)))
    box.settle()
  }

  @Test func anOrderWaitsForItsAccountAndGoesOnWhenThatIsBack() throws {
    let box = try TestBox.withWallet()
    speaks(for: "A", box)
    let order = try box.pay()
    #expect(order.account == "A" && box.tender?.course?.account == "A")
    box.answer(order, .unknown(why: "timeout"))
    speaks(for: "B", box)
    let asked = box.orders.count
    // Far behind the time to ask, and behind ten minutes of taking back.
    box.wait(1_000)
    #expect(box.orders.count == asked && box.tender?.state == .unknown && box.tender?.course?.alarm == nil)
    #expect(box.drain.snapshot.providerAccounts == ["wallet": "B"])
    #expect(box.tender?.elsewhere(box.drain.snapshot.providerAccounts) == "B")
    speaks(for: "A", box)
    let query = try #require(box.orders.last)
    #expect(box.orders.count == asked + 1 && query.step == .query && query.number == order.number)
    #expect(box.tender?.elsewhere(box.drain.snapshot.providerAccounts) == nil)
    box.answer(query, .approved(amount: 500, currency: "CNY", reference: nil))
    #expect(box.drain.snapshot.till.sales.isEmpty)
  }

  /// The connection itself met the other account, before the register had heard of it.
  @Test func whatMetAnotherAccountWasNotSaid() throws {
    let box = try TestBox.withWallet()
    speaks(for: "A", box)
    box.answer(try box.pay(), .unknown(why: "timeout"))
    box.wait(6)
    let query = try #require(box.orders.last)
    #expect(query.step == .query)
    let asked = box.orders.count
    box.drain.take(.provider(name: "wallet", .withheld(number: query.number, serial: query.serial)))
    box.settle()
    speaks(for: "B", box)
    box.wait(120)
    #expect(box.orders.count == asked && box.tender?.state == .unknown)
    speaks(for: "A", box)
    #expect(box.orders.count == asked + 1)
  }

  /// A provider that says the box's own word has been asked: it is asked again as ever.
  @Test func aProvidersWordIsNoOtherAccount() throws {
    let box = try TestBox.withWallet()
    speaks(for: "A", box)
    box.answer(try box.pay(), .unknown(why: "timeout"))
    box.wait(6)
    let asked = box.orders.count
    box.answer(try #require(box.orders.last), .unknown(why: NotSent.otherAccount.rawValue))
    box.wait(6)
    #expect(box.orders.count == asked + 1)
  }

  @Test func whatIsBeingTakenBackWaitsToo() throws {
    let box = try TestBox.withWallet()
    speaks(for: "A", box)
    box.answer(try box.pay(), .unknown(why: "timeout"))
    try box.remove()
    speaks(for: "B", box)
    let asked = box.orders.count
    box.wait(1_000)
    #expect(box.orders.count == asked && box.tender?.state == .reversing)
    speaks(for: "A", box)
    #expect(box.orders.count == asked + 1 && box.orders.last?.step == .reverse)
  }

  /// What has ended is looked at a minute later, but not where it never was.
  @Test func aLateLookWaitsForItsAccount() throws {
    let box = try TestBox.withWallet()
    speaks(for: "A", box)
    box.answer(try box.pay(), .declined(why: "noMoney"))
    speaks(for: "B", box)
    let asked = box.orders.count
    box.wait(120)
    #expect(box.orders.count == asked)
    speaks(for: "A", box)
    #expect(box.orders.count == asked + 1 && box.orders.last?.step == .query)
  }

  /// An account that can be none is not none: it is nobody's.
  @Test func whatIsNoAccountIsAnotherOne() throws {
    let box = try TestBox.withWallet()
    speaks(for: "A", box)
    box.answer(try box.pay(), .unknown(why: "timeout"))
    let invalid = ProviderAccount.said("Merchant 2")
    speaks(for: invalid, box)
    let asked = box.orders.count
    box.wait(120)
    #expect(box.orders.count == asked && box.tender?.elsewhere(box.drain.snapshot.providerAccounts) == invalid)
    speaks(for: "A", box)
    #expect(box.orders.count == asked + 1)
  }

  @Test func noOrderIsOfAnAccountThatIsNone() throws {
    let box = try TestBox.withWallet()
    speaks(for: ProviderAccount.said("Merchant 2"), box)
    #expect(try box.pay().account == nil && box.tender?.course?.account == nil)
  }

  @Test(arguments: [(nil, "B"), ("A", nil)] as [(String?, String?)])
  func aConnectorThatSaysNoAccountIsAskedAsEver(_ before: String?, _ after: String?) throws {
    let box = try TestBox.withWallet()
    speaks(for: before, box)
    box.answer(try box.pay(), .unknown(why: "timeout"))
    speaks(for: after, box)
    let asked = box.orders.count
    box.wait(6)
    #expect(box.orders.count == asked + 1)
  }

  /// The first connection of all says who is there: that is where the order went.
  @Test func anOrderBeforeAnybodyWasKnownIsOfTheAccountThatItWentTo() throws {
    let box = try TestBox.withWallet()
    let order = try box.pay()
    #expect(order.account == nil)
    speaks(for: "A", box)
    box.drain.take(.provider(name: "wallet", .addressed(number: order.number, serial: order.serial, account: "A")))
    box.answer(order, .pending)
    #expect(box.tender?.course?.account == "A" && box.tender?.state == .pending)
  }

  /// The box dies before anything was answered: whoever is at the address then is told of its own orders only.
  @Test func theAccountOfAnOrderOutlivesTheBox() throws {
    let box = try TestBox.withWallet()
    let order = try box.pay()
    speaks(for: "A", box)
    let addressed = ProviderReport.addressed(number: order.number, serial: order.serial, account: "A")
    // Said twice it is no news.
    for _ in 0..<2 {
      box.drain.take(.provider(name: "wallet", addressed))
      box.settle()
    }
    #expect(box.tender?.state == .intent && box.drain.snapshot.till.counters.nextOrder == 2)
    try box.start()
    box.drain.take(.started)
    box.wait(2)
    #expect(box.tender?.state == .unknown && box.tender?.course?.account == "A")
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
