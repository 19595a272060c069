import Journal
import Money
import SimulatedDisk
import Till
import TillShop

// What clients want of payments at providers.
extension Shopper {
  /// A step towards a payment at a provider, or with one that is under way; nil: there is nothing of the kind.
  func payment(_ random: inout SplitMix64) -> Event? {
    if shop.till.sales.count < 6, random.chance(60), let event = goodsBack(&random) { return event }
    let sales = shop.till.sales.values.filter { $0.mode == .normal && !$0.parked }.sorted { $0.id < $1.id }
    // Whoever brought something back is served first.
    let back = sales.filter { $0.kind == .return && ($0.state == .open || $0.totals.due < .zero) }
    if let sale = back.first, random.chance(60) {
      return sale.state == .open ? .total(SaleCall(sale: sale.id)) : paying(sale, shop.till, &random)
    }
    let tendering = sales.filter {
      $0.state == .tendering && !$0.totals.due.isZero || $0.tenders.contains(where: \.state.isLive)
    }
    if let sale = tendering.randomElement(using: &random), let event = paying(sale, shop.till, &random) { return event }
    let open = sales.filter { $0.state == .open && !$0.lines.isEmpty }
    if let sale = open.randomElement(using: &random), random.chance(60) { return .total(SaleCall(sale: sale.id)) }
    guard shop.till.sales.count < 6, random.chance(60) else { return nil }
    return .openSale(
      OpenSale(lane: Self.lanes[random.below(2)], lines: [item(Int64(1 + random.below(5_000)))]))
  }

  /// Something comes back that was paid through a provider; its stub is named where the call is made.
  private func goodsBack(_ random: inout SplitMix64) -> Event? {
    let paid = shop.stubs.filter { stub in
      stub.mode == .normal && stub.form != .void
        && stub.tenders.contains { $0.kind == .provider && $0.state == .approved && $0.approved > .zero }
    }
    guard !shop.till.sales.values.contains(where: { $0.mode == .normal && $0.kind == .return }),
      let stub = paid.randomElement(using: &random), let line = stub.lines.randomElement(using: &random)
    else {
      return nil
    }
    let most = Int(clamping: line.input.quantity.thousandths)
    let part = random.chance(50) ? most : 1 + random.below(most)
    let back = returning(shop.reference(stub), line.id.number, Int64(part))
    return .openSale(OpenSale(lane: Self.lanes[random.below(2)], kind: .return, lines: [back]))
  }

  static func originals(_ event: Event) -> [StubReference] {
    guard case .openSale(let open) = event else { return [] }
    return open.lines.compactMap { $0.original?.reference }
  }

  /// A step with a sale that waits for money: a customer shows a code, changes his mind, or somebody decides what nobody
  /// knows. Nil: nothing of a provider.
  func paying(_ sale: Sale, _ till: Till, _ random: inout SplitMix64) -> Event? {
    if let live = sale.tenders.first(where: { $0.kind == .provider && $0.state.holdsBill }) {
      // What is on its way back nobody takes back: a person has nothing else to do about it.
      if live.isRefund, random.chance(45) { return decide(live, of: sale, till, &random) }
      switch random.below(100) {
      case 0..<18: return remove(live, of: sale, random)
      case 18..<42:
        return live.state == .manual && random.chance(60)
          ? resolve(sale, till, &random) : decide(live, of: sale, till, &random)
      case 42..<50: return .voidSale(VoidSale(sale: sale.id, reason: "walked away", approval: nil))
      default: return nil
      }
    }
    // A refund went back against somebody's word.
    if let denied = sale.tenders.first(where: \.isDeniedRefund), random.chance(50) {
      return decide(denied, of: sale, till, &random)
    }
    if let back = sale.tenders.first(where: { $0.kind == .provider && $0.state == .reversing }), random.chance(15) {
      return decide(back, of: sale, till, &random)
    }
    if let paid = sale.tenders.first(where: { $0.kind == .provider && $0.state == .approved }), random.chance(25) {
      return remove(paid, of: sale, random)
    }
    if sale.totals.due < .zero, random.chance(85) {
      var refund = TenderInput(kind: .provider)
      refund.amount = part(of: sale.totals.due, &random)
      return .addTender(AddTender(sale: sale.id, tender: refund))
    }
    guard sale.mode == .normal, sale.totals.due > .zero, random.chance(65) else { return nil }
    var tender = TenderInput(kind: .provider)
    tender.provider = World.providerNames[random.below(World.providerNames.count)]
    tender.amount = part(of: sale.totals.due, &random)
    tender.show = random.chance(45)
    return .addTender(AddTender(sale: sale.id, tender: tender))
  }

  /// A part of what is due, with its sign; nil: all of it.
  private func part(of due: Amount, _ random: inout SplitMix64) -> Amount? {
    let all = due.magnitude.minorUnits
    guard all > 1, random.chance(35) else { return nil }
    return Amount((1 + Int64(random.below(Int(all - 1)))) * (due < .zero ? -1 : 1))
  }

  private func remove(_ tender: Tender, of sale: Sale, _ random: SplitMix64) -> Event {
    .removeTender(RemoveTender(sale: sale.id, tender: tender.id, reason: "customer changed"))
  }

  /// A person decides about a sale that waits for one.
  private func resolve(_ sale: Sale, _ till: Till, _ random: inout SplitMix64) -> Event? {
    guard let (_, tender, choices) = sale.waiting, let tender, let choice = choices.randomElement(using: &random) else {
      return nil
    }
    guard let granted = approval(of: sale, till) else { return approve(sale, tender) }
    return .resolveSale(ResolveSale(sale: sale.id, resolution: choice, evidence: "their books", approval: granted))
  }

  private func approval(of sale: Sale, _ till: Till) -> String? {
    till.approvals.values.first {
      $0.action == .decideTender && $0.subject == sale.id && $0.revision == sale.revision
    }?.id
  }

  private func approve(_ sale: Sale, _ tender: Tender) -> Event {
    .approve(
      Approve(
        approver: "9001", action: .decideTender, subject: sale.id, revision: sale.revision, reason: "looked it up",
        amount: tender.asked.magnitude))
  }

  /// A person decides, rightly or not; a second one approves of it before.
  private func decide(_ tender: Tender, of sale: Sale, _ till: Till, _ random: inout SplitMix64) -> Event {
    guard let granted = approval(of: sale, till) else { return approve(sale, tender) }
    return .decideTender(
      DecideTender(
        sale: sale.id, tender: tender.id, verdict: random.chance(40) ? .paid : .notPaid, reason: "looked it up",
        approval: granted))
  }

  /// The code that a customer shows, and the event with its hash.
  static func showing(_ event: Event, _ random: inout SplitMix64) -> (Event, code: [UInt8])? {
    guard case .addTender(var add) = event, add.tender.kind == .provider, add.tender.provider != nil,
      !add.tender.show, random.chance(97)
    else { return nil }
    let code = [UInt8]("28\(1_000_000_000_000_000 + random.below(8_999_999_999_999_999))".utf8)
    add.tender.codeHash = String(SHA256.hash(code).hex.prefix(16))
    return (.addTender(add), code)
  }

  /// An approval for whatever a person may decide at the end of the day.
  private static let enough = Amount(Amount.largest / 1_000_000)

  private static func granted(_ till: Till, _ sale: Sale, at wall: Int64) -> Approval? {
    till.approvals.values.first { approval in
      guard approval.action == .decideTender, approval.subject == sale.id else { return false }
      guard approval.revision == sale.revision, approval.amount == enough else { return false }
      return approval.granted <= wall && approval.expires > wall
    }
  }

  /// What a person does at the end of the day with a payment that the box cannot settle: another amount was taken than
  /// was asked.
  static func settling(_ till: Till, at wall: Int64) -> [Event] {
    var events: [Event] = []
    for sale in till.sales.values.sorted(by: { $0.id < $1.id }) {
      let manual = sale.tenders.first { $0.kind == .provider && $0.state == .manual }
      guard let tender = manual ?? sale.hold.flatMap({ sale.tender($0.tender) }) else { continue }
      if !sale.parked, tender.isRefund {
        let granted = granted(till, sale, at: wall)
        events.append(
          granted.map {
            .decideTender(
              DecideTender(
                sale: sale.id, tender: tender.id, verdict: .notPaid, reason: "it came back", approval: $0.id))
          }
            ?? .approve(
              Approve(
                approver: "9001", action: .decideTender, subject: sale.id, revision: sale.revision, reason: "bank",
                amount: enough)))
      } else if let (hold, tender, choices) = sale.waiting, tender != nil {
        let granted = granted(till, sale, at: wall)
        let choice = choices[Int(hold.since % Int64(choices.count))]
        events.append(
          granted.map {
            .resolveSale(ResolveSale(sale: sale.id, resolution: choice, evidence: "their books", approval: $0.id))
          }
            ?? .approve(
              Approve(
                approver: "9001", action: .decideTender, subject: sale.id, revision: sale.revision, reason: "books",
                amount: enough)))
      } else if sale.parked {
        events.append(.unpark(SaleCall(sale: sale.id), lane: sale.lane))
      }
    }
    return events
  }
}
