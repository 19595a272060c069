import Money
import Testing
import Till
import TillShop

/// An approval is for the money that its approver was told of.
@Suite struct ApprovalAmountTests {
  /// Somebody's approval; its id.
  func approve(
    _ shop: inout Shop, _ action: ApprovalAction, _ subject: String, _ amount: Amount?
  ) throws -> String {
    let known = Set(shop.till.approvals.keys)
    let revision = shop.till.sales[subject]?.revision ?? 0
    try shop.act(
      .approve(
        Approve(
          approver: "9", action: action, subject: subject, revision: revision, reason: "scratched", amount: amount)))
    return try #require(shop.till.approvals.keys.first { !known.contains($0) })
  }

  /// A television of 1001.00 for less.
  func television(_ price: Amount, _ pieces: Int64 = 1) -> LineInput {
    var line = item(100_100, pieces)
    line.unitPrice = price
    return line
  }

  /// The approver said yes to one yuan off: not to three televisions at a fen each.
  @Test func anOverrideIsForOneEditOfOneSum() throws {
    var shop = try Shop(Shop.configuration { $0.limits.priceOverrideMillionths = 0 })
    let sale = try shop.open([item(100)])
    func add(_ lines: [LineInput], _ approval: String?) throws {
      try shop.act(.addLines(AddLines(sale: sale, lines: lines, approval: approval)))
    }
    #expect(throws: Refusal.approvalRequired(action: .priceOverride, limit: 0, asked: 999, amount: 100)) {
      try add([television(100_000)], nil)
    }
    let one = try approve(&shop, .priceOverride, sale, 100)
    let gift = television(1)
    for (lines, amount) in [
      ([gift, gift, gift], 300_297), ([gift], 100_099), ([television(100_000, 2)], 200),
      ([television(100_000), television(100_099)], 101), ([television(99_999)], 101),
      // What is dearer on one line makes nothing cheaper on another.
      ([television(100_000), television(100_101)], 101),
    ] as [([LineInput], Amount)] {
      #expect(throws: Refusal.approvalRefused(one, why: .amount, amount: amount, approved: 100)) { try add(lines, one) }
    }
    #expect(shop.till.approvals[one]?.amount == 100, "a refusal uses nothing up")
    try add([item(5), television(100_000)], one)
    #expect(shop.till.sales[sale]?.lines.map(\.approval) == [nil, nil, one])
    #expect(shop.till.approvals.isEmpty)
    #expect(throws: Refusal.approvalRefused(one, why: .used)) { try add([television(100_000)], one) }
    // Changing what was approved is an edit of its own.
    let dear = ChangeLine(sale: sale, line: LineID(3), replacement: television(100_000, 3), approval: nil)
    #expect(throws: Refusal.approvalRequired(action: .priceOverride, limit: 0, asked: 999, amount: 300)) {
      try shop.act(.changeLine(dear))
    }
    let three = try approve(&shop, .priceOverride, sale, 300)
    var changed = dear
    changed.approval = three
    changed.replacement.unitPrice = 99_999
    #expect(throws: Refusal.approvalRefused(three, why: .amount, amount: 303, approved: 300)) {
      try shop.act(.changeLine(changed))
    }
    changed.replacement.unitPrice = 100_000
    try shop.act(.changeLine(changed))
    #expect(shop.till.sales[sale]?.lines.last?.approval == three)
  }

  /// Several lines ask for one sum, and the refusal names the farthest price.
  @Test func linesOfAnEditAddUp() throws {
    var shop = try Shop()
    let cheap = [television(50_000), item(900), television(80_080, 2)]
    let refusal = Refusal.approvalRequired(action: .priceOverride, limit: 100_000, asked: 500_499, amount: 90_140)
    #expect(throws: refusal) { try shop.open(cheap) }
    #expect(throws: refusal) { try shop.sell(cheap) }
    let less = try approve(&shop, .priceOverride, "1", 90_139)
    var open = OpenSale(lane: "1", lines: cheap, approval: less)
    func ring() throws { try shop.act(.ring(Ring(open: open, tender: TenderInput(kind: .cash)))) }
    #expect(throws: Refusal.approvalRefused(less, why: .amount, amount: 90_140, approved: 90_139)) { try ring() }
    open.approval = try approve(&shop, .priceOverride, "1", 90_140)
    try ring()
    #expect(shop.stubs.last?.lines.map(\.approval) == [open.approval, nil, open.approval])
    #expect(shop.till.approvals.keys.sorted() == [less])
  }

  /// A line priced as a whole counts by its amount.
  @Test func aLineOfOneAmountCountsWhole() throws {
    var shop = try Shop()
    var line = item(1000, 3)
    line.amount = 1500
    #expect(throws: Refusal.approvalRequired(action: .priceOverride, limit: 100_000, asked: 500_000, amount: 1500)) {
      try shop.open([line])
    }
    // Nothing on the tag: all of it is asked.
    var untagged = item(0, 2)
    untagged.unitPrice = 700
    #expect(throws: Refusal.approvalRequired(action: .priceOverride, limit: 100_000, asked: 1_000_000, amount: 1400)) {
      try shop.open([untagged])
    }
  }

  /// One approval is for one action; nobody is asked for one that could not do.
  @Test func twoActionsAreTwoEdits() throws {
    var shop = try Shop()
    let open = OpenSale(
      lane: "1", lines: [television(1)],
      adjustments: [Adjustment(id: "m", kind: .manual, label: "折", amount: -1001)])
    #expect {
      try shop.act(.openSale(open))
    } throws: {
      guard case .refused(.approval, let text) = $0 as? Refusal else { return false }
      return text.contains("priceOverride") && text.contains("manualAdjustment")
    }
  }

  /// What is returned without a receipt, discounted or carried out is bound too.
  @Test func everyActionWithAnAmountIsBound() throws {
    var shop = try Shop(
      Shop.configuration {
        $0.limits.cashOut = 100
        $0.limits.removeLineNeedsApproval = true
        $0.limits.removeTenderNeedsApproval = true
      })
    func check(
      _ action: ApprovalAction, _ subject: String, _ amount: Amount, limit: Int64? = nil, _ event: (String?) -> Event
    ) throws {
      let asked = limit == nil ? nil : amount.minorUnits
      #expect(throws: Refusal.approvalRequired(action: action, limit: limit, asked: asked, amount: amount)) {
        try shop.act(event(nil))
      }
      let less = try approve(&shop, action, subject, try amount - 1)
      #expect(
        throws: Refusal.approvalRefused(less, why: .amount, amount: amount, approved: try amount - 1), "\(action)"
      ) {
        try shop.act(event(less))
      }
      let enough = try approve(&shop, action, subject, amount)
      try shop.act(event(enough))
      #expect(shop.till.approvals[enough] == nil, "\(action)")
    }
    try check(.cashOut, "1", 101, limit: 100) {
      .moveCash(MoveCash(shift: "s1", direction: .out, amount: 101, reason: "milk", approval: $0))
    }
    var back = returning(StubReference(box: "shop/2", stub: "7"), 1, 2000)
    back.original?.proof = .none
    (back.listPrice, back.unitPrice) = (300, 300)
    try check(.returnWithoutOriginal, "1", 1200) {
      .ring(
        Ring(
          open: OpenSale(lane: "1", kind: .return, lines: [back, back], approval: $0), tender: TenderInput(kind: .cash))
      )
    }
    let sale = try shop.open([item(2000), item(7000)])
    try check(.removeLine, sale, 2000) { .removeLine(RemoveLine(sale: sale, line: LineID(1), approval: $0)) }
    let discounts = [AdjustmentKind.manual, .roundOff].map {
      Adjustment(id: $0.rawValue, kind: $0, label: "折", amount: -600)
    }
    try check(.manualAdjustment, sale, 1200, limit: 1000) {
      .setAdjustments(SetAdjustments(sale: sale, adjustments: discounts, approval: $0))
    }
    try shop.act(.total(SaleCall(sale: sale)))
    try shop.act(.addTender(AddTender(sale: sale, tender: TenderInput(kind: .cash, amount: 500, tendered: 1000))))
    try check(.removeTender, sale, 500) {
      .removeTender(RemoveTender(sale: sale, tender: TenderID(1), reason: "card", approval: $0))
    }
  }

  /// A void's sale is fixed by its revision: an amount is told and may be named, and is then held to.
  @Test func aVoidMayNameItsAmount() throws {
    var shop = try Shop()
    for amount: Amount? in [nil, 250] {
      let sale = try shop.open([item(250)])
      try shop.act(.total(SaleCall(sale: sale)))
      let less = try approve(&shop, .voidTotalled, sale, 249)
      #expect(throws: Refusal.approvalRefused(less, why: .amount, amount: 250, approved: 249)) {
        try shop.act(.voidSale(VoidSale(sale: sale, reason: "left", approval: less)))
      }
      let enough = try approve(&shop, .voidTotalled, sale, amount)
      try shop.act(.voidSale(VoidSale(sale: sale, reason: "left", approval: enough)))
    }
  }

  @Test(arguments: ApprovalAction.allCases)
  func whatNobodyCouldUseIsNotGranted(action: ApprovalAction) throws {
    var shop = try Shop()
    // The lane's name is the number of this stub, too.
    try shop.sell([item(5)])
    func grant(_ amount: Amount?) throws { _ = try approve(&shop, action, "1", amount) }
    func isRefused(_ error: any Error) -> Bool {
      if case .refused(.approvalAmount, let text) = error as? Refusal { return !text.isEmpty }
      return false
    }
    let cases: [(Amount?, Bool)] = [
      (nil, action.binding != .required), (0, action.binding != .none), (5, action.binding != .none), (-1, false),
      (Amount(Amount.largest), action.binding != .none), (Amount(Amount.largest + 1), false), (Amount(.max), false),
      (Amount(.min), false),
    ]
    for (amount, isGranted) in cases {
      if isGranted {
        try grant(amount)
      } else {
        #expect(performing: { try grant(amount) }, throws: isRefused)
      }
    }
  }

  /// One of a journal that bound no amounts covers nothing.
  @Test func anOldApprovalCoversNothing() throws {
    var shop = try Shop()
    let sale = try shop.open([item(100)])
    let revision = try #require(shop.till.sales[sale]).revision
    let old = Approval(
      id: "old", action: .priceOverride, subject: sale, revision: revision, approver: "9", reason: "r",
      granted: shop.now,
      expires: shop.now + 60_000)
    try shop.till.apply(Record(stamp: shop.context().stamp, fact: .approvalGranted(old)))
    #expect(throws: Refusal.approvalRefused("old", why: .unbound, amount: 100_099)) {
      try shop.act(.addLines(AddLines(sale: sale, lines: [television(1)], approval: "old")))
    }
  }
}
