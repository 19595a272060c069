import Engine
import Interfaces
import Till

// Money that nobody knows of yet.
extension Waits {
  /// Unfinished sales, the oldest first: their tenders, and what they are held for.
  var ofSales: [Wire.Wait] {
    snapshot.till.sales.values.sorted { ($0.openedAt, $0.id) < ($1.openedAt, $1.id) }.flatMap { sale in
      var waits = sale.tenders.filter { tender in
        tender.state.isLive && tender.state != .intent && sale.hold?.tender != tender.id || tender.isDenied
      }.map { tender in
        elsewhere(tender, sale.id, since: sale.changedAt)
          ?? Wire.Wait(
            code: Self.code(of: tender), subject: sale.id,
            since: sale.changedAt, text: text(of: tender),
            command: tender.kind == .provider
              ? "counterfoil unresolved" : "counterfoil sale get --sale \(sale.id)")
      }
      if let (hold, tender, choices) = sale.waiting {
        waits.append(
          Wire.Wait(
            code: "saleHeld", subject: sale.id, since: hold.since, text: text(of: hold, tender),
            command: "counterfoil sale resolve \(sale.id) --"
              + choices.map(\.rawValue).joined(separator: "|--") + " --evidence WORDS"))
      }
      return waits
    }
  }

  /// Payments that outlived their sales.
  var ofPursuits: [Wire.Wait] {
    snapshot.till.pursuitsInOrder.filter { !$0.tender.isLastWord }.map { pursuit in
      let since = pursuit.tender.course?.startedAt ?? started
      return elsewhere(pursuit.tender, pursuit.sale, since: since)
        ?? Wire.Wait(
          code: Self.code(of: pursuit.tender), subject: pursuit.sale,
          since: since, text: text(of: pursuit.tender), command: "counterfoil unresolved")
    }
  }

  /// A payment whose provider's address is another merchant account's now.
  private func elsewhere(_ tender: Tender, _ sale: String, since: Int64) -> Wire.Wait? {
    guard tender.isFollowed, let now = tender.elsewhere(snapshot.providerAccounts) else { return nil }
    let (provider, account) = (tender.provider ?? "", tender.course?.account ?? "")
    return Wire.Wait(
      code: "tenderElsewhere", subject: sale, since: since,
      text: text(
        "tender \(tender.id) is of account \(account), and provider \(provider) speaks for account \(now) now: put its old "
          + "address back, or decide it",
        "支付 \(tender.id) 属于商户号 \(account)，而支付方 \(provider) 当前是商户号 \(now)：请恢复原来的地址，或人工认定"),
      command: "counterfoil unresolved")
  }

  /// Whether a person is needed, or the box goes on by itself.
  private static func code(of tender: Tender) -> String {
    if tender.isRefund, tender.state == .manual || tender.isDenied { return "refundStuck" }
    return tender.course?.alarm == nil ? "tenderUnknown" : "tenderStuck"
  }

  /// What is known of a tender that is not final.
  private func text(of tender: Tender) -> String {
    if tender.isRefund { return text(ofRefund: tender) }
    return switch tender.state {
    case .approved where tender.isDenied:
      text(
        "tender \(tender.id) was decided as paid, and the provider says that it was not",
        "支付 \(tender.id) 由人工认定已付，但支付方说没有付")
    case .declined where tender.isDenied, .reversed where tender.isDenied:
      text(
        "tender \(tender.id) was decided as given back, and the provider says that it still has the money",
        "支付 \(tender.id) 由人工认定已退回，但支付方说款项仍在其处")
    case .approved, .declined, .reversed:
      text(
        "tender \(tender.id) was decided by a person; the provider has not said yet what it knows",
        "支付 \(tender.id) 由人工认定，等待支付方确认")
    case .reversing where tender.course?.alarm != nil:
      text(
        "tender \(tender.id) cannot be taken back; a person must look at it",
        "支付 \(tender.id) 一直撤销不了，需要人工处理")
    case .reversing:
      text(
        "tender \(tender.id) is being taken back",
        "支付 \(tender.id) 正在撤销")
    case .manual:
      text(
        "tender \(tender.id): the provider took another amount than was asked; a person must decide",
        "支付 \(tender.id) 的金额与应收不符，需要人工决定")
    default:
      text(
        "it is not known whether tender \(tender.id) was paid",
        "支付 \(tender.id) 是否成功还不知道")
    }
  }

  private func text(ofRefund tender: Tender) -> String {
    switch tender.state {
    case _ where tender.isDenied:
      text(
        "refund \(tender.id) was decided by a person, and the provider says otherwise",
        "退款 \(tender.id) 的人工认定与支付方的说法不符")
    case .approved, .declined, .reversed:
      text(
        "refund \(tender.id) was decided by a person; the provider has not said yet what it knows",
        "退款 \(tender.id) 由人工认定，等待支付方确认")
    case .manual:
      text(
        "refund \(tender.id) did not arrive as asked; a person must decide",
        "退款 \(tender.id) 没有按要求到账，需要人工决定")
    case .pending:
      text(
        "the provider is at refund \(tender.id)",
        "支付方正在处理退款 \(tender.id)")
    case .intent, .unknown, .reversing:
      text(
        "it is not known whether refund \(tender.id) went through",
        "退款 \(tender.id) 是否成功还不知道")
    }
  }

  /// What a sale is held for.
  private func text(of hold: SaleHold, _ tender: Tender?) -> String {
    if tender?.state == .reversing {
      return text(
        "tender \(hold.tender) is being taken back; the sale waits for a decision",
        "支付 \(hold.tender) 正在撤销，这笔销售等待人工决定")
    }
    if tender?.state != .manual {
      return text(
        "the provider gave tender \(hold.tender) back; the sale waits for a decision",
        "支付 \(hold.tender) 已由支付方退回，这笔销售等待人工决定")
    }
    switch hold.why {
    case .otherAmount:
      return text(
        "the provider took another amount for tender \(hold.tender) than was asked; the sale waits for a decision",
        "支付 \(hold.tender) 的金额与应收不符，这笔销售等待人工决定")
    case .paidAfterCancel:
      return text(
        "tender \(hold.tender) was cancelled and the customer paid it all the same; the sale waits for a decision",
        "支付 \(hold.tender) 取消后顾客仍付了款，这笔销售等待人工决定")
    }
  }
}
